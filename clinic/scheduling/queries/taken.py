"""All that is taken in a stretch of time: one statement, its rows as whole numbers.

The rows are kept as they come and looked into day by day, so a search of a month that
ends on its first day has not looked at the others.
"""

from bisect import bisect_left
from collections.abc import Collection
from datetime import UTC, datetime
from typing import Any, Final

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Select,
    bindparam,
    case,
    func,
    literal_column,
    select,
    union_all,
)

from clinic.catalogue.models import Service, ServiceVariant
from clinic.clients.queries import is_of_person
from clinic.core.clock import now
from clinic.core.db import UtcDateTime, db
from clinic.core.swift import Swift
from clinic.scheduling.models import Visit
from clinic.scheduling.rules import Bits, minutes_in
from clinic.timetable.models import Occupancy, Resource, Slot

STAFF: Final = 1
PLACE: Final = 2
EQUIPMENT: Final = 3
CLIENT: Final = 4
_HOLD: Final = 5
REACH = 36 * 3600
"""Seconds: what began further back is over, for slots last 26 hours and buffers two."""

_Row = tuple[Any, ...]
"""What, whose, from, until, slot, weight (hundredths of a minute; -1 is no visit), begins."""


class Taken:
    """What is taken, of everybody and everything, and by the client under all their records."""

    def __init__(self, rows: list[_Row], but: Collection[int]) -> None:
        rows.sort()
        holds = rows[bisect_left(rows, (_HOLD,)) :]
        gone = {row[1] for row in holds if row[5]}
        gone.update(but)
        self._rows = [row for row in rows if row[4] not in gone] if gone else rows
        self._holds = {row[1] for row in holds}

    def rows(self, what: int, number: int, begin: int, end: int) -> list[_Row]:
        """What takes one of them between two seconds."""
        rows = self._rows
        first = bisect_left(rows, (what, number, begin - REACH))
        last = bisect_left(rows, (what, number, end), first)
        return [row for row in rows[first:last] if row[3] > begin]

    def minutes(self, what: int, number: int, begin: int, length: int) -> Bits:
        """The minutes taken of a day that begins at a second and has so many of them."""
        found = self.rows(what, number, begin, begin + length * 60)
        return minutes_in([(row[2], row[3]) for row in found], begin, length) if found else 0

    def load(self, staff_id: int, begin: int, end: int) -> int:
        """What somebody treats on a day already, in hundredths of a minute."""
        found = self.rows(STAFF, staff_id, begin, end)
        return sum(row[5] for row in found if row[5] > 0 and begin <= row[6] < end)

    def has(self, staff_id: int, begin: int, end: int) -> set[str]:
        """What kinds of thing have somebody between two seconds: visit, hold, time_off."""
        return {
            "visit" if row[5] >= 0 else "hold" if row[4] in self._holds else "time_off"
            for row in self.rows(STAFF, staff_id, begin, end)
        }

    def slots(self, what: int, number: int, begin: int, end: int) -> list[int]:
        """The slots that take one of them between two seconds."""
        return [row[4] for row in self.rows(what, number, begin, end)]


def read_taken(begin: int, end: int, client_id: int, but: Collection[int]) -> Taken:
    """One query: all that takes somebody or something between two seconds, lapsed holds and
    the slots ``but`` left out. ``client_id`` is the record that stands for the client."""
    rows = _TAKEN.raw(
        db.session.connection(),
        reach=begin - REACH,
        begin=begin,
        end=end,
        person=client_id,
        at=now(),
    )
    return Taken(rows, but)


def _taken() -> Any:
    """No slot is looked at for when it runs out: those of holds are few and named apart."""
    of_staff = (
        _of(STAFF, Resource.staff_id, Visit.minutes * Service.hands_on_percent)
        .outerjoin(Visit, Visit.slot_id == Occupancy.slot_id)
        .outerjoin(ServiceVariant, ServiceVariant.id == Visit.variant_id)
        .outerjoin(Service, Service.id == ServiceVariant.service_id)
    )
    long_ago = datetime(1970, 1, 1, tzinfo=UTC)
    is_over = case((Slot.expires_at <= bindparam("at", long_ago, UtcDateTime), 1), else_=0)
    holds = select(
        _number(_HOLD), Slot.id, _number(0), _number(0), Slot.id, is_over, _number(0)
    ).where(Slot.expires_at > long_ago)
    return union_all(
        of_staff.where(Resource.staff_id > 0),
        _of(PLACE, Resource.place_id).where(Resource.place_id > 0),
        _of(EQUIPMENT, Resource.equipment_id).where(Resource.equipment_id > 0),
        _of(CLIENT, _number(0)).where(is_of_person(Resource.client_id, bindparam("person", 0))),
        holds,
    )


def _number(number: int) -> ColumnElement[int]:
    return literal_column(str(number), BigInteger)


def _of(what: int, number: Any, weight: Any = None) -> Select[Any]:
    return (
        select(
            _number(what).label("what"),
            number.label("number"),
            Occupancy.starts_s,
            Occupancy.ends_s,
            Occupancy.slot_id,
            (_number(0) if weight is None else func.coalesce(weight, -1)).label("weight"),
            Occupancy.slot_starts_s,
        )
        .select_from(Resource)
        .join(Occupancy, Occupancy.resource_id == Resource.id)
        .where(
            Occupancy.starts_s > bindparam("reach", 0),
            Occupancy.starts_s < bindparam("end", 0),
            Occupancy.ends_s > bindparam("begin", 0),
        )
    )


_TAKEN = Swift(_taken())
