"""Where each open referral stands, as this process knows it: read once, and then followed.

An order of some thousands of referrals is a few numbers each. They are read when a process first
shows the board; after a change the ones that changed are read again, and nothing is counted that
did not. What cannot be followed row by row is read anew as a whole.
"""

from bisect import bisect_left, insort
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from heapq import merge
from itertools import islice
from operator import itemgetter
from threading import Lock
from typing import Any

from sqlalchemy import ColumnElement, Date, Select, String, bindparam, func, or_, select, union_all

from clinic.audit.queries import Followed, Mark
from clinic.coordination.models import ProgressReport, ReferralCase
from clinic.coordination.rules import gravity
from clinic.core.db import at_hand, session
from clinic.core.swift import Swift
from clinic.desk.queries.cases_wanted import OWED, fixed, model_of
from clinic.desk.rules import cases as rules
from clinic.referrals.models import Referral

OWN_OF = {"in": "referral_case", "out": "outbound_referral"}
"""The table of the referrals of a way."""
GRADES = range(1, gravity.TIDINESS + 1)
_AT_ONCE = 20
"""So many changed ones are read one by one; of more, all are read."""
_STANDINGS_AT_MOST = 256
_Marks = dict[str, Mark]
"""Of each table the last change that is known."""
_Row = tuple[str, str, int, Any, int]
"""A referral as the driver gives it: way, state, gravity, day, number. They are put in order and
parted as they are: nothing is done for each of thousands."""
_when = itemgetter(3, 4)
_Cut = tuple[list[_Row], int]
"""Referrals in the order of their days, and how many of them are late."""


@dataclass(frozen=True, slots=True)
class Standing:
    """A column: how many stand in it, how many of these are late, and who comes first."""

    count: int
    late: int
    ids: tuple[int, ...]


class Known:
    """The open referrals of both ways, by state, gravity and day. Shared by all threads."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._ways = {way: _Way(way) for way in OWN_OF}
        self._day: date | None = None
        self._reports: tuple[tuple[date, Mark], int] | None = None

    def standings(
        self, today: date, followed: Followed, shown: Mapping[str, slice]
    ) -> list[Standing]:
        """The columns in their order, as ``followed`` saw them last, each with the ids of those
        that are ``shown`` of it: the overdue before the others, by consequence and then by age.
        One query of a way where something of it changed, and none where nothing did.

        Inside a transaction everything is read for it alone: it may see what was before a change
        that others know of already.
        """
        if session().in_transaction():
            return Known()._standings(today, followed, shown)
        return self._standings(today, followed, shown)

    def _standings(
        self, today: date, followed: Followed, shown: Mapping[str, slice]
    ) -> list[Standing]:
        with self._lock:
            if self._day != today:
                self._day = today
                for known in self._ways.values():
                    known.count_anew()
            self._follow(followed)
            day = today.isoformat() if at_hand().dialect.name == "sqlite" else today
            return [
                self._ways[column.way].standing(column, day, shown[column.key])
                for column in rules.COLUMNS
            ]

    def _follow(self, followed: Followed) -> None:
        """What cannot be followed of either way is read in one query."""
        # As they are before anything is read: what changes meanwhile is found the next time.
        marks = {table: followed.mark(table) for table in (*OWN_OF.values(), "referral")}
        unknown = tuple(
            [way for way, known in self._ways.items() if not known.follow(followed, marks)]
        )
        rows = _all(unknown).raw(at_hand()) if unknown else []
        rows.sort()
        for way in unknown:
            self._ways[way].learn(rows, marks)

    def late_reports(self, today: date, followed: Followed) -> int:
        """How many reports were owed before today. One query where some report changed."""
        asked_for, kept = (today, followed.mark("progress_report")), self._reports
        if kept is not None and kept[0] == asked_for:
            return kept[1]
        number: int = _LATE_REPORTS.raw(at_hand(), today=today)[0][0]
        if not session().in_transaction():
            self._reports = asked_for, number
        return number


class _Way:
    """What is known of the referrals of one way."""

    def __init__(self, way: str) -> None:
        self._way = way
        self._marks: _Marks = {}
        self._places: dict[int, _Row] = {}
        """By their numbers."""
        self._lists: dict[str, dict[int, list[_Row]]] = {}
        self._standings: dict[tuple[str, int, int], Standing] = {}
        """Of columns in which nothing changed since they were asked for."""

    def follow(self, followed: Followed, marks: _Marks) -> bool:
        """Read what changed since it was asked for last, where it is known what did."""
        if self._marks == marks:
            return True
        own, order = self._changed(followed)
        if own is None or order is None or len(own) + len(order) > _AT_ONCE:
            self._marks = {}
            return False
        if (own or order) and not self._read_some(own, order):
            self._marks = {}
            return False
        self._marks = marks
        return True

    def _changed(self, followed: Followed) -> tuple[frozenset[str] | None, frozenset[str] | None]:
        """The referrals that changed, and the orders: the database keeps an order's urgency with
        what came in by it, and nobody notes that."""
        if not self._marks:
            return None, None
        own = followed.changed(OWN_OF[self._way], self._marks[OWN_OF[self._way]])
        if self._way == "out":
            return own, frozenset()
        return own, followed.changed("referral", self._marks["referral"])

    def learn(self, rows: list[Any], marks: _Marks) -> None:
        """Know these, which are in order, and no others."""
        self._marks = {}
        self._places = {row[4]: row for row in rows if row[0] == self._way}
        self._standings.clear()
        self._lists = {
            state: {grade: _part(rows, (self._way, state, grade)) for grade in GRADES}
            for state in rules.states(self._way)
        }
        self._marks = marks

    def _read_some(self, own: frozenset[str], orders: frozenset[str]) -> bool:
        """Read these anew; not where one is no longer there."""
        values = {f"own_{place}": one for place, one in enumerate(own)}
        values |= {f"order_{place}": one for place, one in enumerate(orders)}
        is_one = len(own) == 1 and not orders
        found = (_ONE if is_one else _SOME)[self._way].raw(at_hand(), **values)
        if not own <= {public_id for public_id, *_ in found}:
            return False
        for _, *columns in found:
            self._replace(tuple(columns))
        return True

    def _replace(self, row: Any) -> None:
        _, state, grade, _, number = row
        before = self._places.pop(number, None)
        if before is not None:
            some = self._lists[before[1]][before[2]]
            del some[bisect_left(some, before)]
            self._forget(before[1])
        if state in self._lists:
            self._places[number] = row
            insort(self._lists[state][grade], row)
            self._forget(state)

    def _forget(self, state: str) -> None:
        """A column has changed."""
        column = rules.column_of(self._way, state)
        key = column.key if column else ""
        self._standings = {one: found for one, found in self._standings.items() if one[0] != key}

    def count_anew(self) -> None:
        """On another day others are late."""
        self._standings.clear()

    def standing(self, column: rules.Column, today: Any, shown: slice) -> Standing:
        """A column on a day."""
        asked_for = column.key, shown.start, shown.stop
        if asked_for not in self._standings:
            if len(self._standings) > _STANDINGS_AT_MOST:
                self._standings.clear()
            self._standings[asked_for] = self._standing(column, today, shown)
        return self._standings[asked_for]

    def _standing(self, column: rules.Column, today: Any, shown: slice) -> Standing:
        late: dict[int, list[_Cut]] = defaultdict(list)
        count = lates = 0
        for state in column.states:
            for grade, some in self._lists[state].items():
                cut = bisect_left(some, (self._way, state, grade, today))
                count, lates = count + len(some), lates + cut
                late[grade].append((some, cut))
        in_order = _in_order([late[grade] for grade in GRADES], shown.stop)
        return Standing(count, lates, tuple(islice(in_order, shown.start, shown.stop)))


def _part(rows: list[Any], begins: tuple[str, str, int]) -> list[_Row]:
    """Of what is in order those that begin so."""
    *same, grade = begins
    return rows[bisect_left(rows, begins) : bisect_left(rows, (*same, grade + 1))]


def _in_order(late: list[list[_Cut]], most: int) -> Iterator[int]:
    """The late ones by consequence, then the others; no more of any list than is wanted."""
    for some in late:
        yield from _merged(one[: min(cut, most)] for one, cut in some)
    yield from _merged(one[cut : cut + most] for some in late for one, cut in some)


def _merged(lists: Iterable[list[_Row]]) -> Iterator[int]:
    """By the day, then by number."""
    return (row[4] for row in merge(*lists, key=_when))


def _open(way: str) -> Select[Any]:
    """What is known of a referral, as ``_Row`` has it: an index holds it all."""
    model = model_of(way)
    return select(fixed(way).label("way"), model.status, model.grade, model.due_on, model.id)


@lru_cache(4)
def _all(ways: tuple[str, ...]) -> Swift:
    """All that are open."""
    return Swift(union_all(*(
        _open(way).where(model_of(way).status.in_([fixed(one) for one in rules.states(way)]))
        for way in ways
    )))  # fmt: skip


def _some(way: str) -> Select[Any]:
    """Of up to so many by their public ids (``own_0`` and on), or their orders' (``order_0``): each
    with its own public id before it."""
    is_wanted = model_of(way).public_id.in_(_ids("own"))
    if way == "in":
        orders = select(Referral.id).where(Referral.public_id.in_(_ids("order")))
        is_wanted = or_(is_wanted, ReferralCase.referral_id.in_(orders))
    return _by_name(way, is_wanted)


def _one(way: str) -> Select[Any]:
    """The same of one: most changes are of one."""
    return _by_name(way, model_of(way).public_id == _ids("own")[0])


def _by_name(way: str, is_wanted: ColumnElement[bool]) -> Select[Any]:
    found = _open(way).where(is_wanted)
    return found.with_only_columns(model_of(way).public_id, *found.selected_columns)


def _ids(name: str) -> list[Any]:
    return [bindparam(f"{name}_{place}", "", type_=String) for place in range(_AT_ONCE)]


_ONE = {way: Swift(_one(way)) for way in OWN_OF}
_SOME = {way: Swift(_some(way)) for way in OWN_OF}
_LATE_REPORTS = Swift(
    select(func.count())
    .where(ProgressReport.status.in_([fixed(state) for state in OWED]))
    .where(ProgressReport.due_on < bindparam("today", None, type_=Date))
)
