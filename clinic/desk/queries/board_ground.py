"""What the visits of some days stand on: who treats and when, the places, what is sold.

One query. It changes seldom: whoever draws boards keeps it until one of the tables changes
that it was read of (``GROUND_OF``).
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from functools import lru_cache
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from sqlalchemy import (
    Date,
    Dialect,
    Integer,
    String,
    and_,
    bindparam,
    case,
    cast,
    literal,
    null,
    or_,
    select,
    union_all,
)

from clinic.catalogue.models import Service, ServiceVariant
from clinic.core.db import at_hand
from clinic.core.permissions import Role
from clinic.core.swift import Swift
from clinic.practice.queries import the_practice
from clinic.staff.models import StaffMember
from clinic.staff.queries import has_role, is_active
from clinic.timetable.models import HoursException, Place, Room, WorkingHours
from clinic.timetable.rules import Hours, Interval, seconds, worked

GROUND_OF = (
    "staff_member", "role_grant", "place", "room", "working_hours", "hours_exception", "service",
    "service_variant",
)  # fmt: skip
"""The tables of which it is read."""

Worked = Mapping[date, tuple[Interval, ...]]
"""Seconds since 1970, by day."""


@dataclass(frozen=True, slots=True)
class BoardPerson:
    """Somebody who may have a column on the board."""

    id: int
    public_id: str
    name: str
    is_there: bool = True
    """Whether they treat, nowadays."""
    hours: Worked = field(default_factory=dict)


class Spot(NamedTuple):
    """A place in a room."""

    public_id: str
    room: str
    label: str
    """The room's name, with the place's where the room has several that are in use."""
    is_in_use: bool


class Sold(NamedTuple):
    """A service of some length."""

    service: str
    family: str


@dataclass(frozen=True, slots=True, eq=False)
class Ground:
    """Read once and changed by nobody. It is itself a key under which more can be kept."""

    since: date
    people: Mapping[int, BoardPerson]
    """Everybody there ever was, by name."""
    spots: Mapping[int, Spot]
    """All there are, in the rooms' order, by the place's number."""
    sold: Mapping[int, Sold]
    """By the variant's number."""

    def knows(self, visits: Iterable[Any]) -> bool:
        """Whether all that these visits refer to is here; what came to be since is not."""
        return all(
            row.place_id in self.spots
            and row.variant_id in self.sold
            and row.therapist_id in self.people
            for row in visits
        )


_SINCE: Any = bindparam("since", date.min, type_=Date)
_UNTIL: Any = bindparam("until", date.min, type_=Date)
Kinds = Mapping[str, Any]
_PARTS: Kinds = {
    "number": Integer(), "key": String(), "name": String(), "other": String(),
    "is_so": Integer(), "weekday": Integer(), "starts": Integer(), "ends": Integer(),
    "since": Date(), "until": Date(),
}  # fmt: skip


def _truth(criterion: Any) -> Any:
    """The same on both engines where rows of several kinds are one column."""
    return case((criterion, 1), else_=0)


def part_of(kinds: Kinds, what: str, **columns: Any) -> Any:
    """One kind of row of a statement that reads several: ``what`` it is, and nothing in those
    columns of ``kinds`` that it does not have."""
    return select(
        literal(what).label("what"),
        *(
            (columns[name] if name in columns else cast(null(), kind)).label(name)
            for name, kind in kinds.items()
        ),
    )


def _ground() -> Any:
    people = part_of(
        _PARTS, "person", number=StaffMember.id, key=StaffMember.public_id, name=StaffMember.name,
        is_so=_truth(and_(is_active(), has_role(Role.THERAPIST))),
    )  # fmt: skip
    places = part_of(
        _PARTS, "place", number=Place.id, key=Place.public_id, name=Room.name, other=Place.name,
        is_so=_truth(and_(Place.is_active, Room.is_active)), starts=Room.position,
    ).join(Room, Room.id == Place.room_id)  # fmt: skip
    weekly = part_of(
        _PARTS, "weekly", number=WorkingHours.staff_id, starts=WorkingHours.starts,
        ends=WorkingHours.ends, weekday=WorkingHours.weekday, since=WorkingHours.from_on,
        until=WorkingHours.until_on,
    ).where(
        WorkingHours.from_on <= _UNTIL,
        or_(WorkingHours.until_on.is_(None), WorkingHours.until_on >= _SINCE),
    )  # fmt: skip
    special = part_of(
        _PARTS, "special", number=HoursException.staff_id, starts=HoursException.starts,
        ends=HoursException.ends, since=HoursException.on_date,
    ).where(HoursException.on_date >= _SINCE, HoursException.on_date <= _UNTIL)  # fmt: skip
    sold = part_of(
        _PARTS, "sold", number=ServiceVariant.id, name=Service.name, other=Service.family
    ).join(Service, Service.id == ServiceVariant.service_id)
    return union_all(people, places, weekly, special, sold)


_GROUND = Swift(_ground())


def the_ground(since: date, days: int) -> Ground:
    """All that so many days from a date on stand on: one query."""
    until, connection = since + timedelta(days=days - 1), at_hand()
    found = _GROUND.raw(connection, since=since, until=until)
    rows = tuple(map(tuple, found))
    return _laid(rows, since, days, the_practice().zone, connection.dialect)


@lru_cache(maxsize=256)
def _laid(
    found: tuple[tuple[Any, ...], ...], since: date, days: int, zone: ZoneInfo, dialect: Dialect
) -> Ground:
    """Rows as the driver gave them, as boards have them; kept under the rows."""
    rows: dict[str, list[Any]] = defaultdict(list)
    for row in _GROUND.named(dialect, found):
        rows[row.what].append(row)
    return Ground(
        since,
        _people(rows, since, days, zone),
        _spots(rows["place"]),
        {row.number: Sold(row.name, row.other) for row in rows["sold"]},
    )


def _spots(rows: list[Any]) -> dict[int, Spot]:
    tables: dict[str, int] = defaultdict(int)
    for row in rows:
        tables[row.name] += bool(row.is_so)
    return {
        row.number: Spot(
            row.key,
            row.name,
            f"{row.name}, {row.other}" if row.is_so and tables[row.name] > 1 else row.name,
            bool(row.is_so),
        )
        for row in sorted(rows, key=lambda row: (row.starts, row.name, row.number))
    }


def _people(
    rows: dict[str, list[Any]], since: date, days: int, zone: ZoneInfo
) -> dict[int, BoardPerson]:
    of_person: dict[int, list[Any]] = defaultdict(list)
    for row in (*rows["weekly"], *rows["special"]):
        of_person[row.number].append(row)
    return {
        row.number: BoardPerson(
            row.number, row.key, row.name, bool(row.is_so),
            _hours(of_person[row.number], since, days, zone),
        )
        for row in sorted(rows["person"], key=lambda row: (row.name, row.number))
    }  # fmt: skip


def _hours(rows: list[Any], since: date, days: int, zone: ZoneInfo) -> Worked:
    """Somebody's hours, by day."""
    weekly: list[Hours] = []
    special: dict[date, list[tuple[int | None, int | None]]] = defaultdict(list)
    for row in rows:
        if row.what == "weekly":
            weekly.append(Hours(row.weekday, row.starts, row.ends, row.since, row.until))
        else:
            special[row.since].append((row.starts, row.ends))
    found = {}
    for number in range(days):
        day = since + timedelta(days=number)
        found[day] = tuple(seconds(day, worked(day, weekly, special.get(day, ())), zone))
    return found
