"""The board of referrals, in and out: how many stand where, and those that come first.

Where each referral stands is known; what is shown of those that come first is one query, and what
belongs to them another, however many there are. Columns only, and nothing clinical.

Rows stay as the driver gives them until a card is drawn: what was read the same as before is
not put together and not drawn again.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from clinic.clients.rules import said_name
from clinic.core.db import db
from clinic.desk.queries.cases_cards import AT, FIRST, WHOLE, cards_of
from clinic.desk.queries.cases_details import details_of
from clinic.desk.queries.cases_read import READ_OF, Fact, Found, Pieces, asks_consent, read
from clinic.desk.queries.cases_wanted import Wish
from clinic.desk.rules import cases as rules

__all__ = [
    "FIRST", "READ_OF", "WHOLE", "Board", "Card", "Fact", "Found", "Group", "Numbers", "Pieces",
    "Wish", "board_of", "card_of", "read", "the_cases",
]  # fmt: skip

_CLIENT = AT["client_public_id"]


@dataclass(frozen=True, slots=True)
class Card:
    """One referral: who, from or to whom, how many visits, and what is next."""

    row: Any
    visits: int | None
    """Visits allowed by what still counts; None where there is no authorisation to count by."""
    used: int
    booked: int
    until: date | None
    is_open_ended: bool
    """Whether how long it lasts cannot be computed yet."""
    today: date
    owes_report: bool = False
    wants_consent: bool = False

    @property
    def client(self) -> str:
        return said_name(self.row.first_name, self.row.last_name, self.row.preferred_name)

    @property
    def provider(self) -> str:
        name = f"{self.row.provider_first_name} {self.row.provider_last_name}".strip()
        return name if self.row.credentials == "other" else f"{name}, {self.row.credentials}"

    @property
    def late(self) -> int:
        """Days since the next action was due; 0 where it is not yet."""
        return max((self.today - self.row.due_on).days, 0) if self.row.due_on else 0

    @property
    def ends_soon(self) -> bool:
        return self.until is not None and self.until - self.today <= timedelta(days=14)

    @property
    def flags(self) -> tuple[str, ...]:
        """What is to be minded, as codes of ``rules.FLAGS``."""
        row = self.row
        found = (
            ("report", self.owes_report),
            ("renewal", row.status in ("renewal_requested", "expired")),
            ("consent", self.wants_consent),
            ("precautions", row.has_unread_precautions and row.status in rules.BEFORE_CARE),
            ("missing", row.lacks_something and row.status in rules.UNDECIDED),
        )
        return tuple(code for code, is_so in found if is_so)


@dataclass(frozen=True, slots=True)
class Group:
    """A column: its first referrals, how many there are in all, and how many are overdue.

    ``facts`` are those that are shown of it, as they were read.
    """

    column: rules.Column
    facts: tuple[Fact, ...]
    count: int
    late: int
    today: date

    @property
    def cards(self) -> list[Card]:
        """What is shown of each; put together whenever it is asked for."""
        return [card_of(fact, self.today) for fact in self.facts]

    @property
    def more(self) -> int:
        """How many are not shown on the whole board."""
        return max(self.count - len(self.facts), 0)

    def beyond(self, wish: Wish) -> int:
        """How many come after those that are shown."""
        before = (wish.page - 1) * WHOLE if wish.column else 0
        return max(self.count - before - len(self.facts), 0)

    @property
    def clients(self) -> list[str]:
        """Whose record is shown."""
        return [fact.row[_CLIENT] for fact in self.facts]


@dataclass(frozen=True, slots=True)
class Numbers:
    """How many stand where.

    ``counts`` and ``lates`` are by column, in the order of ``rules.COLUMNS``; ``reports_late``
    are those that were owed before today.
    """

    counts: tuple[int, ...]
    lates: tuple[int, ...]
    reports_late: int

    def count(self, way: str = "") -> int:
        """How many there are of one way, or of both."""
        return sum(
            count
            for one, count in zip(rules.COLUMNS, self.counts, strict=True)
            if one.way.startswith(way)
        )

    def late_in(self, key: str) -> int:
        """How many of a column are overdue."""
        return self.lates[_PLACE[key]]

    def count_in(self, key: str) -> int:
        """How many stand in a column."""
        return self.counts[_PLACE[key]]


_PLACE = {one.key: place for place, one in enumerate(rules.COLUMNS)}


@dataclass(frozen=True, slots=True)
class Board:
    """What stands where."""

    groups: list[Group]
    numbers: Numbers

    def shown(self, way: str, wish: Wish) -> list[Group]:
        """The columns of one way that hold something, or the one that was asked for."""
        of_way = [group for group in self.groups if group.column.way == way]
        if wish.column:
            return [group for group in of_way if group.column.key == wish.column]
        return [group for group in of_way if group.count] if wish.way in ("", way) else []

    @property
    def clients(self) -> list[str]:
        """Whose record is shown."""
        return [client for group in self.groups for client in group.clients]


def card_of(fact: Fact, today: date) -> Card:
    """What is shown of a referral."""
    dialect, raw = db.engine.dialect, fact.row
    [row] = cards_of("", is_page=False).named(dialect, [raw])
    details = details_of(WHOLE).named(dialect, sorted(fact.details, key=_oldest_first))
    allowed = [one for one in details if one.what == "allowed"]
    live = [one for one in allowed if not _is_done(one, today)] or allowed[-1:]
    ends = [one.valid_until for one in live if one.valid_until is not None]
    return Card(
        row=row,
        visits=sum(one.visits for one in live) if live else None,
        used=sum(one.used for one in live),
        booked=sum(one.booked for one in live),
        until=max(ends, default=None) if len(ends) == len(live) else None,
        is_open_ended=any(one.basis == "first_visit" and not one.valid_until for one in live),
        today=today,
        owes_report=any(one.what == "report" for one in details),
        wants_consent=asks_consent(raw)
        and all(one.number != row.known_as for one in details if one.what == "agreed"),
    )


def _is_done(one: Any, today: date) -> bool:
    is_over = one.valid_until is not None and one.valid_until < today
    return bool(one.is_closed or is_over or one.used >= one.visits)


def the_cases(wish: Wish, today: date, pieces: Pieces | None = None) -> Board:
    """The board as it is wished for, on a day."""
    return board_of(read(wish, today, pieces), today)


def board_of(found: Found, today: date) -> Board:
    """What was read, put together."""
    numbers = Numbers(*found.numbers)
    return Board(
        [
            Group(column, facts, count, late, today)
            for column, facts, count, late in zip(
                rules.COLUMNS, found.facts, numbers.counts, numbers.lates, strict=True
            )
        ],
        numbers,
    )


def _oldest_first(row: Sequence[Any]) -> tuple[str, Any, int]:
    """By the day from which it counts, where it is an authorisation."""
    return row[0], row[5] if row[0] == "allowed" else 0, row[2]
