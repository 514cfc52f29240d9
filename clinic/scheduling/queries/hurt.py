"""Visits to come that no longer fit: whom they were booked with, when and where.

Six statements at most, however many visits there are.
"""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

from sqlalchemy import BigInteger, Date, Select, String, cast, literal, null, select, union_all
from sqlalchemy.orm import joinedload, selectinload

from clinic.catalogue.models import (
    AddOn,
    RoomFeature,
    ServiceFeature,
    ServiceRequirement,
    ServiceVariant,
)
from clinic.clients.models import Client
from clinic.core.clock import epoch, now, today
from clinic.core.db import db
from clinic.core.permissions import Role
from clinic.core.words import Words, say
from clinic.practice.queries import the_practice
from clinic.scheduling.models import Visit, VisitAddOn, VisitVerdict
from clinic.scheduling.rules import LICENCE
from clinic.scheduling.rules.hurt import foremost
from clinic.scheduling.rules.screening import NEEDS_REVIEW, needed_by, not_the_right_one
from clinic.staff.models import Qualification, StaffMember, StaffQualification
from clinic.staff.queries import has_role
from clinic.timetable.models import (
    LONGEST_SLOT,
    Occupancy,
    Place,
    Resource,
    Room,
    RoomHasFeature,
    Slot,
    TimeOff,
)
from clinic.timetable.queries import hours_worked
from clinic.timetable.rules import seconds

TO_COME = ("requested", "held", "booked")
"""States of a visit that can still be arranged otherwise."""


@dataclass(frozen=True, slots=True)
class Hurt:
    """A visit that no longer fits; ``why`` has a sentence for each of its causes."""

    visit: Visit
    causes: tuple[str, ...]
    why: tuple[Words, ...]

    @property
    def cause(self) -> str:
        """Under which it is listed."""
        return foremost(self.causes)


@dataclass(slots=True)
class _Known:
    """What must hold for a visit, by the ids of what says so."""

    holds: dict[int, list[tuple[str, date, date | None]]] = field(
        default_factory=lambda: defaultdict(list)
    )
    service_needs: dict[int, set[str]] = field(default_factory=lambda: defaultdict(set))
    visit_needs: dict[int, set[str]] = field(default_factory=lambda: defaultdict(set))
    features: dict[int, dict[int, str]] = field(default_factory=lambda: defaultdict(dict))
    has: dict[int, set[int]] = field(default_factory=lambda: defaultdict(set))
    away: dict[int, list[tuple[int, int]]] = field(default_factory=lambda: defaultdict(list))
    closed: dict[int, list[tuple[int, int]]] = field(default_factory=lambda: defaultdict(list))
    hours: dict[int, dict[date, list[tuple[int, int]]]] = field(default_factory=dict)


def hurt_visits(first: date | None = None, last: date | None = None) -> list[Hurt]:
    """All visits to come (from one day until another, where said) that no longer fit.

    The soonest first. Raises nothing.
    """
    causes = _hurt(first, last)
    return [
        Hurt(visit, tuple(causes[visit.id]), tuple(causes[visit.id].values()))
        for visit in _visits(list(causes))
    ]


def count_hurt() -> int:
    """How many visits to come no longer fit."""
    return len(_hurt(None, None))


def hurt_by_time_off(time_off: TimeOff) -> list[Hurt]:
    """The visits that stand in the way of time off, the soonest first. Three statements."""
    begin, end = epoch(time_off.starts_at), epoch(time_off.ends_at)
    found = db.session.scalars(
        select(Visit.id)
        .join(Resource, Resource.staff_id == Visit.therapist_id)
        .join(Occupancy, Occupancy.resource_id == Resource.id)
        .where(
            Visit.therapist_id == time_off.staff_id,
            Visit.held_slot_id == Occupancy.slot_id,
            Visit.status.in_(TO_COME),
            Occupancy.starts_s > begin - LONGEST_SLOT * 2,
            Occupancy.starts_s < end,
            Occupancy.ends_s > begin,
        )
    )
    words = say("{name} is away then.", name=time_off.staff.name)
    return [Hurt(visit, ("away",), (words,)) for visit in _visits(list(found))]


def _hurt(first: date | None, last: date | None) -> dict[int, dict[str, Words]]:
    """The causes of those that no longer fit, by the visit's id."""
    zone = the_practice().zone
    first = max(first or today(zone), today(zone))
    rows = db.session.execute(_to_come(first, last)).all()
    if not rows:
        return {}
    until = max(row.on_date for row in rows)
    known = _known(first, until)
    known.hours = hours_worked({row.therapist_id for row in rows}, first, until)
    return {row.id: found for row in rows if (found := _causes(row, known))}


def _to_come(first: date, last: date | None) -> Select[Any]:
    columns: tuple[Any, ...] = (
        Visit.id, Visit.on_date, Visit.therapist_id, Visit.place_id, Visit.is_outside_hours,
        Visit.overlap_why, Occupancy.starts_s, Occupancy.ends_s, StaffMember.name,
        StaffMember.disabled_at, has_role(Role.THERAPIST).label("is_therapist"),
        Room.id.label("room_id"), Room.name.label("room"),
        (Room.is_active & Place.is_active).label("is_in_use"),
        ServiceVariant.service_id, VisitVerdict.outcome, VisitVerdict.is_misfit,
        VisitVerdict.effects,
    )  # fmt: skip
    query = (
        select(*columns)
        .join(Slot, Slot.id == Visit.slot_id)
        .join(
            Occupancy,
            (Occupancy.slot_id == Visit.held_slot_id)
            & (Occupancy.resource_id == Visit.therapist_resource_id),
        )
        .join(StaffMember, StaffMember.id == Visit.therapist_id)
        .join(Place, Place.id == Visit.place_id)
        .join(Room, Room.id == Place.room_id)
        .join(ServiceVariant, ServiceVariant.id == Visit.variant_id)
        .join(VisitVerdict, VisitVerdict.id == Visit.verdict_id)
        .where(Visit.on_date >= first, Visit.status.in_(TO_COME), Slot.starts_s > epoch(now()))
    )
    return query if last is None else query.where(Visit.on_date <= last)


def _visits(ids: Sequence[int]) -> list[Visit]:
    if not ids:
        return []
    query = (
        select(Visit)
        .join(Slot, Slot.id == Visit.slot_id)
        .where(Visit.id.in_(ids))
        .options(
            selectinload(Visit.add_ons),
            joinedload(Visit.client).lazyload(Client.phones),
            joinedload(Visit.therapist).lazyload(StaffMember.grants),
        )
        .order_by(Slot.starts_s, Visit.id)
    )
    return list(db.session.scalars(query))


# ---- why


def _causes(row: Any, known: _Known) -> dict[str, Words]:
    """The causes of one visit, each with its sentence; none where it fits."""
    return _of_therapist(row, known) | _of_health(row) | _of_time(row, known) | _of_room(row, known)


def _of_therapist(row: Any, known: _Known) -> dict[str, Words]:
    if row.disabled_at is not None:
        return {"gone": say("{name} no longer works here.", name=row.name)}
    if not row.is_therapist:
        return {"not_therapist": say("{name} does not treat here now.", name=row.name)}
    held = {
        code
        for code, since, until in known.holds[row.therapist_id]
        if since <= row.on_date and (until is None or row.on_date <= until)
    }
    needed = known.service_needs[row.service_id] | known.visit_needs[row.id] | {LICENCE}
    of_client = needed_by(row.effects)
    if LICENCE not in held:
        words = say("{name} has no valid licence on {day}.", name=row.name, day=row.on_date)
        return {"licence": words}
    if not needed <= held:
        words = say("{name} is not qualified for this on {day}.", name=row.name, day=row.on_date)
        return {"qualification": words}
    if not of_client <= held:
        words = not_the_right_one(of_client - held, row.name, row.on_date)
        return {"qualification": words}
    return {}


def _of_health(row: Any) -> dict[str, Words]:
    found: dict[str, Words] = {}
    if row.outcome == NEEDS_REVIEW:
        found["review"] = say("A therapist must review this visit before it begins.")
    if row.is_misfit:
        found["misfit"] = say("This service does not suit this client on that day. Choose another.")
    return found


def _of_time(row: Any, known: _Known) -> dict[str, Words]:
    if row.disabled_at is not None:
        return {}
    if not row.overlap_why and _meets(known.away[row.therapist_id], row):
        return {"away": say("{name} is away then.", name=row.name)}
    minutes = known.hours.get(row.therapist_id, {}).get(row.on_date, [])
    worked = seconds(row.on_date, minutes, the_practice().zone)
    works = any(begin <= row.starts_s and row.ends_s <= end for begin, end in worked)
    if works or row.is_outside_hours:
        return {}
    return {"hours": say("{name} does not work then, turnover included.", name=row.name)}


def _of_room(row: Any, known: _Known) -> dict[str, Words]:
    found: dict[str, Words] = {}
    if not row.is_in_use:
        found["room_given_up"] = say("{room} is no longer used.", room=row.room)
    if _meets(known.closed[row.place_id], row):
        found["room_closed"] = say("{room} is closed then.", room=row.room)
    needed = known.features[row.service_id]
    lacking = sorted(needed[one] for one in needed.keys() - known.has[row.room_id])
    if lacking:
        what = ", ".join(lacking)
        found["room_lacks"] = say("{room} lacks what this needs: {what}.", room=row.room, what=what)
    return found


def _meets(spans: Sequence[tuple[int, int]], row: Any) -> bool:
    return any(begin < row.ends_s and row.starts_s < end for begin, end in spans)


# ---- what is read of the house: one statement


def _known(first: date, last: date) -> _Known:
    known = _Known()
    for row in db.session.execute(_statement(first, last)):
        match row.what:
            case "holds":
                ends = [row.until] if row.until else []
                ends += [row.revoked - timedelta(days=1)] if row.revoked else []
                known.holds[row.one].append((row.code, row.since, min(ends, default=None)))
            case "service_needs" | "visit_needs":
                getattr(known, row.what)[row.one].add(row.code)
            case "features":
                known.features[row.one][row.two] = row.code
            case "has":
                known.has[row.one].add(row.two)
            case _:
                getattr(known, row.what)[row.one].append((row.two, row.three))
    return known


def _row(what: str, one: Any, **given: Any) -> Select[Any]:
    nothing = cast(null(), Date)
    columns: dict[str, Any] = {
        "two": literal(0, BigInteger), "three": literal(0, BigInteger),
        "code": literal("", String), "since": nothing, "until": nothing, "revoked": nothing,
    }  # fmt: skip
    return select(
        literal(what).label("what"),
        one.label("one"),
        *(column.label(name) for name, column in (columns | given).items()),
    )


def _statement(first: date, last: date) -> Any:
    holds = _row(
        "holds", StaffQualification.staff_id, code=Qualification.code,
        since=StaffQualification.valid_from, until=StaffQualification.valid_until,
        revoked=StaffQualification.revoked_on,
    ).join(Qualification, Qualification.id == StaffQualification.qualification_id)  # fmt: skip
    of_service = _row("service_needs", ServiceRequirement.service_id, code=Qualification.code).join(
        Qualification, Qualification.id == ServiceRequirement.qualification_id
    )
    of_add_on = (
        _row("visit_needs", VisitAddOn.visit_id, code=Qualification.code)
        .join(AddOn, AddOn.id == VisitAddOn.add_on_id)
        .join(Qualification, Qualification.id == AddOn.qualification_id)
        .join(Visit, Visit.id == VisitAddOn.visit_id)
        .where(Visit.on_date.between(first, last))
    )
    features = _row(
        "features", ServiceFeature.service_id, two=ServiceFeature.feature_id, code=RoomFeature.name
    )
    features = features.join(RoomFeature, RoomFeature.id == ServiceFeature.feature_id).where(
        RoomFeature.is_active
    )
    has = _row("has", RoomHasFeature.room_id, two=RoomHasFeature.feature_id)
    return union_all(holds, of_service, of_add_on, features, has, *_absences(first, last))


def _absences(first: date, last: date) -> tuple[Select[Any], ...]:
    """Time off and closures as they are taken: what lies over them was booked on purpose."""
    found = []
    kinds = (("away", "time_off", Resource.staff_id), ("closed", "closure", Resource.place_id))
    for what, kind, whose in kinds:
        query = _row(what, whose, two=Occupancy.starts_s, three=Occupancy.ends_s)
        query = (
            query.join(Occupancy, Occupancy.resource_id == Resource.id)
            .join(Slot, Slot.id == Occupancy.slot_id)
            .where(
                Slot.kind == kind,
                whose.is_not(None),
                Slot.on_date.between(first - timedelta(days=1), last),
            )
        )
        found.append(query)
    return tuple(found)
