"""What is free and what is taken, as seconds since 1970."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any, TypeVar
from zoneinfo import ZoneInfo

from sqlalchemy import (
    ColumnElement,
    Date,
    Select,
    and_,
    bindparam,
    func,
    literal,
    null,
    or_,
    select,
    union_all,
)

from clinic.core.clock import epoch, now
from clinic.core.db import db
from clinic.core.errors import NotFound
from clinic.core.swift import Swift
from clinic.practice.queries import the_practice
from clinic.staff.models import StaffMember
from clinic.staff.queries import is_active
from clinic.timetable.models import (
    LONGEST_SLOT,
    HoursException,
    Occupancy,
    Place,
    Resource,
    Room,
    Slot,
    TimeOff,
    WorkingHours,
)
from clinic.timetable.rules import (
    Hours,
    Interval,
    clip,
    minus,
    seconds,
    union,
    wall_second,
    worked,
)

_Kept = TypeVar("_Kept", Room, Place, TimeOff)
_Columns = Select[*tuple[Any, ...]]

_REACH = LONGEST_SLOT * 2
"""Seconds: further back nothing begins that could still be going on."""


def resource_id_of_staff(staff_id: int) -> int | None:
    """The resource of a member of staff, if they were ever booked."""
    return _resource_id(Resource.staff_id == staff_id)


def _resource_id(what: ColumnElement[bool]) -> int | None:
    return db.session.scalar(select(Resource.id).where(what))


@dataclass(frozen=True, slots=True)
class FreeTime:
    """Seconds since 1970: when each therapist is free, and when each place is taken.

    Therapists are free in their hours, less all that takes them, buffers included.
    """

    therapists: dict[int, list[Interval]]
    places: dict[int, list[Interval]]


def free_time(
    staff_ids: Sequence[int], place_ids: Sequence[int], since: date, until: date
) -> FreeTime:
    """Free therapists and taken places from one date until another, both counted.

    Two queries, however many days, people and places.
    """
    zone = the_practice().zone
    begin, end = wall_second(since, 0, zone), wall_second(until, 1440, zone)
    people, places = _taken(staff_ids, place_ids, begin, end)
    hours = hours_worked(staff_ids, since, until)
    return FreeTime(
        {
            person: clip(minus(_on_the_clock(hours[person], zone), people[person]), begin, end)
            for person in staff_ids
        },
        {place: clip(places[place], begin, end) for place in place_ids},
    )


def _on_the_clock(days: dict[date, list[Interval]], zone: ZoneInfo) -> list[Interval]:
    return union(
        stretch for day, minutes in days.items() for stretch in seconds(day, minutes, zone)
    )


def _taken(
    staff_ids: Sequence[int], place_ids: Sequence[int], begin: int, end: int
) -> tuple[dict[int, list[Interval]], dict[int, list[Interval]]]:
    lapsed = select(Slot.id).where(Slot.expires_at <= now())
    rows = db.session.execute(
        select(Resource.staff_id, Resource.place_id, Occupancy.starts_s, Occupancy.ends_s)
        .join(Occupancy, Occupancy.resource_id == Resource.id)
        .where(
            or_(Resource.staff_id.in_(staff_ids), Resource.place_id.in_(place_ids)),
            Occupancy.starts_s > begin - _REACH,
            Occupancy.starts_s < end,
            Occupancy.ends_s > begin,
            Occupancy.slot_id.not_in(lapsed),
        )
    )
    people: dict[int, list[Interval]] = defaultdict(list)
    places: dict[int, list[Interval]] = defaultdict(list)
    for staff_id, place_id, starts_s, ends_s in rows:
        if staff_id is not None:
            people[staff_id].append((starts_s, ends_s))
        elif place_id is not None:
            places[place_id].append((starts_s, ends_s))
    return people, places


def hours_worked(
    staff_ids: Iterable[int], since: date, until: date
) -> dict[int, dict[date, list[Interval]]]:
    """For each person and date with hours, the wall minutes worked: one query."""
    people = list(staff_ids)
    weekly: dict[int, list[Hours]] = defaultdict(list)
    special: dict[int, dict[date, list[tuple[int | None, int | None]]]] = defaultdict(dict)
    for row in _HOURS.rows(db.session.connection(), since=since, until=until):
        if row.weekday is None:
            special[row.staff_id].setdefault(row.from_on, []).append((row.starts, row.ends))
        else:
            weekly[row.staff_id].append(
                Hours(row.weekday, row.starts, row.ends, row.from_on, row.until_on)
            )
    days = [since + timedelta(days=number) for number in range((until - since).days + 1)]
    return {
        person: {
            day: minutes
            for day in days
            if (minutes := worked(day, weekly[person], special[person].get(day, ())))
        }
        for person in people
    }


def _hours() -> Any:
    """Of everybody: the tables are small, and one statement serves any choice of people."""
    since, until = bindparam("since", date.min, Date), bindparam("until", date.min, Date)
    weekly = select(
        WorkingHours.staff_id, WorkingHours.weekday, WorkingHours.starts, WorkingHours.ends,
        WorkingHours.from_on, WorkingHours.until_on,
    ).where(is_valid_between(since, until))  # fmt: skip
    special = select(
        HoursException.staff_id, literal(None, WorkingHours.weekday.type), HoursException.starts,
        HoursException.ends, HoursException.on_date, null(),
    ).where(HoursException.on_date.between(since, until))  # fmt: skip
    return union_all(weekly, special)


def is_valid_between(since: Any, until: Any) -> ColumnElement[bool]:
    """Criterion on WorkingHours: they count on some day from one date until another."""
    return and_(
        WorkingHours.from_on <= until,
        or_(WorkingHours.until_on.is_(None), WorkingHours.until_on >= since),
    )


_HOURS = Swift(_hours())


def places_in_use() -> _Columns:
    """The places that can be booked, room by room: id, public_id, room, place."""
    return (
        select(Place.id, Place.public_id, Room.name.label("room"), Place.name.label("place"))
        .join(Room)
        .where(Room.is_active, Place.is_active)
        .order_by(Room.position, Room.name, Place.id)
    )


def room_names() -> _Columns:
    """Public id and name of the rooms in use: columns only."""
    rooms = select(Room.public_id, Room.name).where(Room.is_active)
    return rooms.order_by(Room.position, Room.name)


def the_room(public_id: str) -> Room:
    """Raises NotFound."""
    return _the(Room, public_id)


def the_place(public_id: str) -> Place:
    """Raises NotFound."""
    return _the(Place, public_id)


def the_time_off(public_id: str) -> TimeOff:
    """Raises NotFound."""
    return _the(TimeOff, public_id)


def _the(table: type[_Kept], public_id: str) -> _Kept:
    row = db.session.scalar(select(table).where(table.public_id == public_id))
    if row is None:
        raise NotFound
    return row


_TIME_OFF = select(
    TimeOff.public_id, TimeOff.kind, TimeOff.status, TimeOff.starts_at, TimeOff.ends_at,
    TimeOff.note, TimeOff.version, StaffMember.name, StaffMember.public_id.label("staff_public_id"),
).join(StaffMember)  # fmt: skip


def people_at_work() -> _Columns:
    """Who could be away: public id and name of those who work here."""
    return (
        select(StaffMember.public_id, StaffMember.name)
        .where(is_active())
        .order_by(StaffMember.name, StaffMember.id)
    )


def time_off_of(staff_id: int) -> _Columns:
    """What somebody asked for, the latest first."""
    return (
        _TIME_OFF.where(TimeOff.staff_id == staff_id)
        .order_by(TimeOff.starts_at.desc(), TimeOff.id.desc())
        .limit(100)
    )


def time_off_to_come(at: datetime) -> _Columns:
    """Everybody's requests and absences that are not over, those to be answered first."""
    return (
        _TIME_OFF.where(TimeOff.ends_at > at, TimeOff.status.in_(("requested", "approved")))
        .order_by(TimeOff.status.desc(), TimeOff.starts_at, TimeOff.id)
        .limit(200)
    )


def visits_standing(
    resource_ids: Sequence[int], starts_at: datetime, ends_at: datetime, at_most: int
) -> tuple[int, list[datetime]]:
    """How many visits take any of these resources in that time, and when the first begin."""
    begin, end = epoch(starts_at), epoch(ends_at)
    found = (
        select(Slot.id, Slot.starts_s)
        .join(Occupancy, Occupancy.slot_id == Slot.id)
        .where(
            Slot.kind == "visit",
            Occupancy.resource_id.in_(resource_ids),
            Occupancy.starts_s > begin - _REACH,
            Occupancy.starts_s < end,
            Occupancy.ends_s > begin,
        )
        .distinct()
        .subquery()
    )
    rows = db.session.execute(
        select(found.c.starts_s, func.count().over())
        .order_by(found.c.starts_s, found.c.id)
        .limit(at_most)
    ).all()
    return (rows[0][1] if rows else 0), [datetime.fromtimestamp(row[0], UTC) for row in rows]
