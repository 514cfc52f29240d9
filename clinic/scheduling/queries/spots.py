"""Where a visit could be: a free place, and free pieces of the equipment it needs."""

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

from sqlalchemy import (
    ColumnElement,
    ScalarSelect,
    String,
    bindparam,
    case,
    cast,
    func,
    or_,
    select,
)

from clinic.catalogue.models import EquipmentKind, RoomFeature, ServiceEquipment, ServiceFeature
from clinic.clients.queries import is_of_person
from clinic.core.clock import now
from clinic.core.db import db
from clinic.core.swift import Swift
from clinic.scheduling.queries.facts import a_number, has_it, kind_of
from clinic.timetable.models import Equipment, Occupancy, Place, Resource, Room


@dataclass(frozen=True, slots=True)
class Spot:
    """A place, and what kind of thing has it, the therapist or the client then, if any.

    ``needs`` are the kinds of equipment that the service takes, ``keeps`` what can be
    taken of the equipment that the visit has now (resources). ``resources`` are those of the
    therapist, the client and the place, as far as they are there already.
    """

    place_id: int
    place_has: str | None
    therapist_has: str | None
    client_has: str | None
    needs: tuple[int, ...]
    keeps: tuple[int, ...]
    resources: dict[tuple[str, int], int]


@dataclass(frozen=True, slots=True)
class Piece:
    """A piece of equipment (0 where there is none of the kind), and whether it is free."""

    kind_id: int
    kind: str
    equipment_id: int
    is_free: bool


def a_free_spot(
    taken: tuple[int, int],
    treatment: tuple[int, int],
    therapist_id: int,
    person_id: int,
    service_id: int,
    client_id: int = 0,
    *,
    only: int | None = None,
    rather: int | None = None,
    but: int | None = None,
) -> Spot | None:
    """A place that nothing takes in these seconds, in a room that has what the service needs:
    ``rather`` this one, else the first free; or ``only`` this one, whatever has it.

    The same query says whether therapist or client have no time, so that most who come
    too late are told so at once. ``but`` is a slot whose own taking does not count; nor
    do holds that have run out.
    """
    db.session.flush()  # what this piece of work has changed counts as well
    row = (_NAMED if only is not None else _FREE).first(
        db.session.connection(),
        begin=taken[0],
        end=taken[1],
        starts=treatment[0],
        ends=treatment[1],
        therapist=therapist_id,
        person=person_id,
        client=client_id,
        service=service_id,
        only=only or 0,
        rather=rather or 0,
        but=but or 0,
        at=now(),
    )
    if row is None:
        return None
    place_id, place_has, therapist_has, client_has, needs, keeps, *resources = row
    known = ("staff_id", therapist_id), ("client_id", client_id), ("place_id", place_id)
    return Spot(
        place_id, place_has, therapist_has, client_has, _numbers(needs), _numbers(keeps),
        {name: one for name, one in zip(known, resources, strict=True) if one is not None},
    )  # fmt: skip


def _spots(*, is_named: bool) -> Swift:
    """The one place that was named, or whichever is free; put together once."""
    wanted = case((Place.id == a_number("rather"), 0), else_=1)
    taken = a_number("begin"), a_number("end")
    of_place = kind_of(*taken).where(Resource.place_id == Place.id).correlate(Place)
    of_therapist = kind_of(*taken).where(Resource.staff_id == a_number("therapist"))
    of_client = kind_of(a_number("starts"), a_number("ends")).where(
        is_of_person(Resource.client_id, a_number("person"))
    )
    found = (
        select(
            Place.id,
            of_place.scalar_subquery(),
            of_therapist.scalar_subquery(),
            of_client.scalar_subquery(),
            _NEEDS,
            _KEEPS,
            _resource(Resource.staff_id == a_number("therapist")),
            _resource(Resource.client_id == a_number("client")),
            _resource(Resource.place_id == Place.id).correlate(Place),
        )
        .join(Room, Room.id == Place.room_id)
        .order_by(wanted, Room.position, Room.name, Place.id)
        .limit(1)
    )
    if is_named:
        return Swift(found.where(Place.id == a_number("only")))
    is_used = or_(Place.is_active & Room.is_active, wanted == 0)
    return Swift(found.where(is_used, ~of_place.exists(), ~_LACKS_SOMETHING))


def _resource(criterion: ColumnElement[bool]) -> ScalarSelect[int]:
    return select(Resource.id).where(criterion).scalar_subquery()


_SERVICE = a_number("service")
_LACKS_SOMETHING = (
    select(ServiceFeature.id)
    .join(RoomFeature, RoomFeature.id == ServiceFeature.feature_id)
    .where(ServiceFeature.service_id == _SERVICE, RoomFeature.is_active, ~has_it())
    .correlate(Place)
    .exists()
)
_NEEDS = (
    select(func.aggregate_strings(cast(ServiceEquipment.kind_id, String), ","))
    .where(ServiceEquipment.service_id == _SERVICE)
    .scalar_subquery()
)
_KEEPS = (
    select(func.aggregate_strings(cast(Resource.id, String), ","))
    .join(Occupancy, Occupancy.resource_id == Resource.id)
    .where(Occupancy.slot_id == a_number("but"), Resource.equipment_id.is_not(None))
    .scalar_subquery()
)
_NAMED, _FREE = _spots(is_named=True), _spots(is_named=False)


def _numbers(listed: str | None) -> tuple[int, ...]:
    return tuple(int(one) for one in listed.split(",")) if listed else ()


def kinds_needed(service_id: int) -> tuple[int, ...]:
    """The kinds of equipment that a service takes."""
    of_service = ServiceEquipment.service_id == service_id
    return tuple(db.session.scalars(select(ServiceEquipment.kind_id).where(of_service)))


def pieces(kind_ids: Collection[int], taken: tuple[int, int], but: int | None) -> list[Piece]:
    """The pieces in use of these kinds, those that the slot ``but`` has before others.

    What is of a kind that is out of use is needed no more: there is nothing of it here.
    """
    rows = db.session.execute(
        _PIECES,
        {
            "kinds": list(kind_ids),
            "begin": taken[0],
            "end": taken[1],
            "but": but or 0,
            "at": now(),
        },
    )
    return [Piece(*row) for row in rows]


def are_in_use(equipment_ids: Collection[int]) -> bool:
    """Whether all these pieces are in use, as it stands now."""
    in_use = select(func.count(Equipment.id)).where(
        Equipment.id.in_(equipment_ids), Equipment.is_active
    )
    return db.session.scalar(in_use) == len(equipment_ids)


def _pieces() -> Any:
    is_own = (
        select(Occupancy.id)
        .join(Resource, Resource.id == Occupancy.resource_id)
        .where(Occupancy.slot_id == a_number("but"), Resource.equipment_id == Equipment.id)
        .correlate(Equipment)
        .exists()
    )
    in_the_way = kind_of(a_number("begin"), a_number("end")).where(
        Resource.equipment_id == Equipment.id
    )
    return (
        select(
            EquipmentKind.id,
            EquipmentKind.name,
            func.coalesce(Equipment.id, 0),
            ~in_the_way.correlate(Equipment).exists(),
        )
        .outerjoin(Equipment, (Equipment.kind_id == EquipmentKind.id) & Equipment.is_active)
        .where(EquipmentKind.id.in_(bindparam("kinds", expanding=True)), EquipmentKind.is_active)
        .order_by(EquipmentKind.id, case((is_own, 0), else_=1), Equipment.id)
    )


_PIECES = _pieces()
