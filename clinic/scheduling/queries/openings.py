"""The times that are open: read in three queries, found by the rules.

What is offered here is what ``book`` accepts, and on the grid nothing else is: both
ask the same hours, buffers, qualifications, limits and clashes.
"""

from bisect import bisect_left
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import ScalarSelect, and_, case, func, literal, null, or_, select, union_all

from clinic.catalogue.models import AddOn, Service, ServiceRequirement, ServiceVariant
from clinic.clients.queries import is_of_person
from clinic.core.clock import day_bounds, epoch, from_epoch, now, today
from clinic.core.db import db
from clinic.core.permissions import Role
from clinic.practice.queries import the_practice
from clinic.scheduling.models import Visit
from clinic.scheduling.rules import (
    LICENCE,
    PARTS,
    STANDING,
    Length,
    Span,
    earliest_start,
    grid_of,
    is_within_load,
    overlaps,
    starts,
)
from clinic.staff.models import Qualification, RoleGrant, StaffMember, StaffQualification
from clinic.staff.queries import is_active
from clinic.timetable.models import Occupancy, Place, Resource, Room, Slot
from clinic.timetable.queries import hours_worked
from clinic.timetable.rules import minus, seconds, union, wall_second

DAYS = 14
"""How many days are searched at a time."""
_REACH = 60 * 3600
"""Seconds: nothing that began further back could still be going on."""


@dataclass(frozen=True, slots=True)
class Person:
    """A therapist of the search; ``held`` are codes with the days on which they count."""

    id: int
    public_id: str
    name: str
    gender: str
    held: tuple[tuple[str, date, date | None], ...] = ()

    def is_able(self, needed: frozenset[str], on: date) -> bool:
        """Whether they hold all that is needed on a day."""
        codes = {
            code for code, since, until in self.held if since <= on and not (until and until < on)
        }
        return needed <= codes


@dataclass(frozen=True, slots=True)
class Table:
    """A place of the search, by the room's name."""

    id: int
    public_id: str
    room: str


@dataclass(frozen=True, slots=True)
class Opening:
    """A time that can be booked; ``waste`` counts the sides on which too little remains."""

    at: int
    waste: int
    therapist: Person
    place: Table

    @property
    def starts_at(self) -> datetime:
        return from_epoch(self.at)

    @property
    def wall(self) -> str:
        """``09:30``, as the clinic's clock shows it."""
        return self.starts_at.astimezone(the_practice().zone).strftime("%H:%M")


@dataclass(frozen=True, slots=True)
class Wish:
    """What is looked for, from a day on; ``move`` is a visit that is to go elsewhere.

    ``client_id`` is the record that stands for the client, ``part`` a part of the day,
    ``gender`` that of the therapist, ``place_id`` one place. ``is_walk_in`` lifts the
    lead time, as booking does.
    """

    variant: ServiceVariant
    add_ons: Sequence[AddOn]
    since: date
    days: int = DAYS
    therapist_id: int | None = None
    client_id: int | None = None
    gender: str = ""
    part: str = ""
    place_id: int | None = None
    is_walk_in: bool = False
    move: Visit | None = None
    after: datetime | None = None

    @property
    def minutes(self) -> int:
        if self.move is not None and self.move.variant_id == self.variant.id:
            return self.move.minutes
        return self.variant.minutes + sum(one.extra_minutes for one in self.add_ons)

    @property
    def length(self) -> Length:
        service = self.variant.service
        return Length(self.minutes * 60, service.buffer_before * 60, service.buffer_after * 60)


@dataclass(slots=True)
class Offer:
    """What was found: times, and who could give the service on the first day, or could not."""

    openings: list[Opening] = field(default_factory=list)
    able: list[Person] = field(default_factory=list)
    unable: list[Person] = field(default_factory=list)


@dataclass(slots=True)
class _Taken:
    """Taken seconds by therapist and place, the client's own, and treatment by day."""

    people: dict[int, list[Span]] = field(default_factory=lambda: defaultdict(list))
    tables: dict[int, list[Span]] = field(default_factory=lambda: defaultdict(list))
    client: list[Span] = field(default_factory=list)
    load: Counter[tuple[int, date]] = field(default_factory=Counter)
    places: list[Table] = field(default_factory=list)
    slots: dict[int, dict[str, Any]] = field(default_factory=lambda: defaultdict(dict))


def openings(wish: Wish, count: int | None = None) -> Offer:
    """All open times of the wished days, or the best ``count`` of the earliest days.

    They come day by day; within a day those first that leave nothing unsellable
    beside them, then the earlier.
    """
    zone, practice = the_practice().zone, the_practice()
    first = max(wish.since, today(zone))
    last = min(
        wish.since + timedelta(days=wish.days - 1),
        today(zone) + timedelta(days=practice.horizon),
    )
    people, needed, shortest = _people(wish)
    offer = Offer(
        able=[one for one in people if one.is_able(needed, first)],
        unable=[one for one in people if not one.is_able(needed, first)],
    )
    asked = [one for one in people if _is_asked(one, wish)]
    if first > last or not asked:
        return offer
    hours = hours_worked([one.id for one in asked], first, last)
    taken = _taken([one.id for one in asked], wish, first, last)
    for number in range((last - first).days + 1):
        day = first + timedelta(days=number)
        able = [one for one in asked if one.is_able(needed, day) and day in hours[one.id]]
        found = sorted(
            (
                one
                for person in able
                for one in _of(person, day, hours[person.id][day], taken, wish, shortest)
            ),
            key=lambda one: (one.waste, one.at, one.therapist.name, one.therapist.id),
        )
        offer.openings.extend(found)
        if count is not None and len(offer.openings) >= count:
            break
    del offer.openings[count if count is not None else len(offer.openings) :]
    return offer


def next_free(wish: Wish, count: int = 5) -> list[Opening]:
    """The next times from a moment on, whoever is free, each time once."""
    found: dict[int, Opening] = {}
    for one in sorted(openings(wish).openings, key=lambda one: (one.at, one.waste)):
        found.setdefault(one.at, one)
    return list(found.values())[:count]


def _is_asked(person: Person, wish: Wish) -> bool:
    if wish.therapist_id is not None:
        return person.id == wish.therapist_id
    return not wish.gender or person.gender == wish.gender


def _of(
    person: Person,
    day: date,
    minutes: list[Span],
    taken: _Taken,
    wish: Wish,
    shortest: int,
) -> Iterator[Opening]:
    practice, length = the_practice(), wish.length
    percent = wish.variant.service.hands_on_percent
    load = taken.load[person.id, day]
    if not is_within_load(load, wish.minutes, percent, practice.hands_on_limit):
        return
    free = minus(seconds(day, minutes, practice.zone), taken.people[person.id])
    grid = _part(grid_of(day, practice.zone, practice.slot_grid), day, wish.part)
    tables = _in_order(taken, person.id, day, wish)
    for start in starts(free, grid, length, shortest, _earliest(wish)):
        if overlaps(taken.client, (start.at, start.at + length.treatment)):
            continue
        span = (start.at - length.before, start.at + length.treatment + length.after)
        table = next((one for one in tables if not overlaps(taken.tables[one.id], span)), None)
        if table is not None:
            yield Opening(start.at, start.waste, person, table)


def _earliest(wish: Wish) -> int:
    practice = the_practice()
    lead = 0 if wish.move is not None else practice.min_lead
    earliest = earliest_start(now(), practice.zone, lead, is_walk_in=wish.is_walk_in)
    return max(earliest, epoch(wish.after)) if wish.after is not None else earliest


def _part(grid: Sequence[int], day: date, part: str) -> Sequence[int]:
    if part not in PARTS:
        return grid
    zone = the_practice().zone
    begin, end = (wall_second(day, minute, zone) for minute in PARTS[part])
    return grid[bisect_left(grid, begin) : bisect_left(grid, end)]


def _in_order(taken: _Taken, staff_id: int, day: date, wish: Wish) -> list[Table]:
    """Places as they are tried: the visit's own, then where the therapist is that day anyway."""
    own = wish.move.place_id if wish.move is not None else None
    used = Counter(
        slot["place"]
        for slot in taken.slots.values()
        if slot.get("staff") == staff_id and slot.get("day") == day and "place" in slot
    )
    wanted = [one for one in taken.places if wish.place_id in (None, one.id)]
    return sorted(wanted, key=lambda one: (one.id != own, -used[one.id]))


# ---- what is read


def _codes(of: Any) -> ScalarSelect[str]:
    chosen = of.subquery()
    return select(func.aggregate_strings(chosen.c.code, ",")).scalar_subquery()


def _people(wish: Wish) -> tuple[list[Person], frozenset[str], int]:
    """The therapists with what they hold, what is needed, and the shortest that can be sold."""
    of_service = (
        select(Qualification.code)
        .join(ServiceRequirement, ServiceRequirement.qualification_id == Qualification.id)
        .where(ServiceRequirement.service_id == wish.variant.service_id)
    )
    of_add_ons = (
        select(Qualification.code)
        .join(AddOn, AddOn.qualification_id == Qualification.id)
        .where(AddOn.id.in_([one.id for one in wish.add_ons]))
    )
    shortest = (
        select(func.min(ServiceVariant.minutes + Service.buffer_before + Service.buffer_after))
        .join(Service, Service.id == ServiceVariant.service_id)
        .where(Service.is_active, ServiceVariant.is_active)
        .scalar_subquery()
    )
    rows = db.session.execute(
        select(
            StaffMember.id, StaffMember.public_id, StaffMember.name, StaffMember.gender,
            Qualification.code, StaffQualification.valid_from, StaffQualification.valid_until,
            StaffQualification.revoked_on, _codes(of_service), _codes(of_add_ons), shortest,
        )
        .join(RoleGrant, RoleGrant.staff_id == StaffMember.id)
        .outerjoin(StaffQualification, StaffQualification.staff_id == StaffMember.id)
        .outerjoin(Qualification, Qualification.id == StaffQualification.qualification_id)
        .where(is_active(), RoleGrant.role == Role.THERAPIST.value)
        .order_by(StaffMember.name, StaffMember.id)
    ).all()  # fmt: skip
    held: dict[int, list[tuple[str, date, date | None]]] = defaultdict(list)
    for row in rows:
        if row.code is not None:
            held[row.id].append((row.code, row.valid_from, _last_day(row)))
    people = {row.id: Person(*row[:4], tuple(held[row.id])) for row in rows}
    needed = {LICENCE}
    for codes in rows[0][8:10] if rows else ():
        needed.update((codes or "").split(",") if codes else ())
    return list(people.values()), frozenset(needed), (rows[0][10] or 0) * 60 if rows else 0


def _last_day(row: Any) -> date | None:
    """The last day on which a qualification counts: a revoked one not on that day itself."""
    ends = [row.valid_until] if row.valid_until else []
    if row.revoked_on:
        ends.append(row.revoked_on - timedelta(days=1))
    return min(ends) if ends else None


def _taken(staff_ids: list[int], wish: Wish, first: date, last: date) -> _Taken:
    """Places, and all that is taken in these days: one query."""
    zone = the_practice().zone
    begin, end = epoch(day_bounds(first, zone)[0]), epoch(day_bounds(last, zone)[1])
    taken = _Taken()
    for row in db.session.execute(_rows(staff_ids, wish, begin, end)):
        if row.public_id is not None:
            taken.places.append(Table(row.place_id, row.public_id, row.room))
            continue
        span = (row.starts_s, row.ends_s)
        if row.staff_id is not None:
            taken.people[row.staff_id].append(span)
            taken.load[row.staff_id, row.on_date] += row.weight
            taken.slots[row.slot_id] |= {"staff": row.staff_id, "day": row.on_date}
        elif row.place_id is not None:
            taken.tables[row.place_id].append(span)
            taken.slots[row.slot_id]["place"] = row.place_id
        else:
            taken.client.append(span)
    taken.client = union(taken.client)
    for spans in (taken.people, taken.tables):
        for key in spans:
            spans[key] = union(spans[key])
    return taken


def _rows(staff_ids: list[int], wish: Wish, begin: int, end: int) -> Any:
    own = wish.move.place_id if wish.move is not None else 0
    places = (
        select(
            Place.id.label("place_id"), Place.public_id, Room.name.label("room"),
            null().label("staff_id"), literal(0).label("starts_s"), literal(0).label("ends_s"),
            literal(0).label("slot_id"), literal(None, Slot.on_date.type).label("on_date"),
            literal(0).label("weight"), Room.position.label("position"),
        )
        .join(Room, Room.id == Place.room_id)
        .where(or_(Place.is_active & Room.is_active, Place.id == own))
    )  # fmt: skip
    is_standing = and_(Visit.slot_id == Slot.id, Visit.status.in_(STANDING))
    weight = case((Visit.id.is_(None), 0), else_=Visit.minutes * Service.hands_on_percent)
    occupied = (
        select(
            Resource.place_id, null(), null(), Resource.staff_id, Occupancy.starts_s,
            Occupancy.ends_s, Slot.id, Slot.on_date, weight, literal(0),
        )
        .select_from(Resource)
        .join(Occupancy, Occupancy.resource_id == Resource.id)
        .join(Slot, Slot.id == Occupancy.slot_id)
        .outerjoin(Visit, is_standing)
        .outerjoin(ServiceVariant, ServiceVariant.id == Visit.variant_id)
        .outerjoin(Service, Service.id == ServiceVariant.service_id)
        .where(
            or_(
                Resource.staff_id.in_(staff_ids),
                Resource.place_id.is_not(None),
                is_of_person(Resource.client_id, wish.client_id or 0),
            ),
            Occupancy.lane == 0,
            Occupancy.starts_s.between(begin - _REACH, end + _REACH),
            Occupancy.ends_s > begin - _REACH,
            Slot.id != (wish.move.slot_id if wish.move is not None else 0),
            or_(Slot.expires_at.is_(None), Slot.expires_at > now()),
        )
    )  # fmt: skip
    return union_all(places, occupied).order_by("position", "room", "place_id")
