"""Where a visit could be: a free place, and free pieces of the equipment it needs."""

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ScalarSelect, String, case, cast, func, or_, select

from clinic.catalogue.models import EquipmentKind, ServiceEquipment, ServiceFeature
from clinic.clients.queries import is_of_person
from clinic.core.db import db
from clinic.scheduling.queries.facts import has_it, kind_of
from clinic.timetable.models import Equipment, Occupancy, Place, Resource, Room


@dataclass(frozen=True, slots=True)
class Spot:
    """A place, and what kind of thing has it, the therapist or the client then, if any.

    ``needs`` are the kinds of equipment that the service takes, ``keeps`` what can be
    taken of the equipment that the visit has now (resources).
    """

    place: Place
    place_has: str | None
    therapist_has: str | None
    client_has: str | None
    needs: tuple[int, ...]
    keeps: tuple[int, ...]


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
    wanted = case((Place.id == (rather or 0), 0), else_=1)
    of_place = kind_of(taken, but).where(Resource.place_id == Place.id).correlate(Place)
    found = (
        select(
            Place,
            of_place.scalar_subquery(),
            kind_of(taken, but).where(Resource.staff_id == therapist_id).scalar_subquery(),
            kind_of(treatment, but)
            .where(is_of_person(Resource.client_id, person_id))
            .scalar_subquery(),
            _needs(service_id),
            _keeps(but),
        )
        .join(Room, Room.id == Place.room_id)
        .order_by(wanted, Room.position, Room.name, Place.id)
        .limit(1)
    )
    if only is not None:
        found = found.where(Place.id == only)
    else:
        is_used = or_(Place.is_active & Room.is_active, wanted == 0)
        found = found.where(is_used, ~of_place.exists(), ~_lacks_something(service_id))
    row = db.session.execute(found).first()
    if row is None:
        return None
    place, place_has, therapist_has, client_has, needs, keeps = row
    return Spot(place, place_has, therapist_has, client_has, _numbers(needs), _numbers(keeps))


def _lacks_something(service_id: int) -> Any:
    return (
        select(ServiceFeature.id)
        .where(ServiceFeature.service_id == service_id, ~has_it())
        .correlate(Place)
        .exists()
    )


def _needs(service_id: int) -> ScalarSelect[str]:
    kinds = func.aggregate_strings(cast(ServiceEquipment.kind_id, String), ",")
    return select(kinds).where(ServiceEquipment.service_id == service_id).scalar_subquery()


def _keeps(slot_id: int | None) -> ScalarSelect[str]:
    return (
        select(func.aggregate_strings(cast(Resource.id, String), ","))
        .join(Occupancy, Occupancy.resource_id == Resource.id)
        .where(Occupancy.slot_id == (slot_id or 0), Resource.equipment_id.is_not(None))
        .scalar_subquery()
    )


def _numbers(listed: str | None) -> tuple[int, ...]:
    return tuple(int(one) for one in listed.split(",")) if listed else ()


def kinds_needed(service_id: int) -> tuple[int, ...]:
    """The kinds of equipment that a service takes."""
    of_service = ServiceEquipment.service_id == service_id
    return tuple(db.session.scalars(select(ServiceEquipment.kind_id).where(of_service)))


def pieces(kind_ids: Collection[int], taken: tuple[int, int], but: int | None) -> list[Piece]:
    """The pieces in use of these kinds, those that the slot ``but`` has before others."""
    is_own = (
        select(Occupancy.id)
        .join(Resource, Resource.id == Occupancy.resource_id)
        .where(Occupancy.slot_id == (but or 0), Resource.equipment_id == Equipment.id)
        .correlate(Equipment)
        .exists()
    )
    in_the_way = kind_of(taken, but).where(Resource.equipment_id == Equipment.id)
    rows = db.session.execute(
        select(
            EquipmentKind.id,
            EquipmentKind.name,
            func.coalesce(Equipment.id, 0),
            ~in_the_way.correlate(Equipment).exists(),
        )
        .outerjoin(Equipment, (Equipment.kind_id == EquipmentKind.id) & Equipment.is_active)
        .where(EquipmentKind.id.in_(kind_ids))
        .order_by(EquipmentKind.id, case((is_own, 0), else_=1), Equipment.id)
    )
    return [Piece(*row) for row in rows]
