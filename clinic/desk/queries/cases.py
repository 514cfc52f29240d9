"""The board of referrals, in and out: how many stand where, and those that come first.

Three queries, however many referrals there are: numbers by state with what can be chosen to
narrow it, the first of each column, and their visits. Columns only, and nothing clinical.

Rows stay as the driver gives them until a card is drawn: a column whose rows are the same as
before is not drawn again.
"""

from collections import defaultdict
from collections.abc import Hashable, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from typing import Any, Protocol

from clinic.audit.queries import Followed, Mark
from clinic.clients.rules import said_name
from clinic.core.db import at_hand, db
from clinic.desk.queries.cases_counted import CHOICES, counting
from clinic.desk.queries.cases_first import ALLOWED, AT, FIRST, WHOLE, first_cards, in_order
from clinic.desk.queries.cases_wanted import Wish, shape_of
from clinic.desk.rules import cases as rules

__all__ = [
    "FIRST", "WHOLE", "Board", "Card", "Group", "Numbers", "Pieces", "Wish", "the_cases",
]  # fmt: skip

Raw = tuple[Any, ...]
"""A row as the driver gives it."""
_WAY, _CODE, _REFERRAL, _CLIENT = (
    AT[name] for name in ("way", "code", "referral_id", "client_public_id")
)


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
            ("report", row.report_on is not None),
            ("renewal", row.status in ("renewal_requested", "expired")),
            ("consent", row.wants_consent),
            ("precautions", row.wants_precautions),
            ("missing", row.is_missing),
        )
        return tuple(code for code, is_so in found if is_so)


@dataclass(frozen=True, slots=True)
class Group:
    """A column: its first referrals, how many there are in all, and how many are overdue.

    ``facts`` are the rows as they were read, each with its authorisations.
    """

    column: rules.Column
    facts: tuple[tuple[Raw, tuple[Raw, ...]], ...]
    count: int
    late: int
    today: date

    @property
    def cards(self) -> list[Card]:
        """What is shown of each; put together whenever it is asked for."""
        dialect, cards = db.engine.dialect, first_cards(shape_of(Wish()))
        rows = cards.named(dialect, [row for row, _ in self.facts])
        return [
            _card(row, ALLOWED.named(dialect, allowed), self.today)
            for row, (_, allowed) in zip(rows, self.facts, strict=True)
        ]

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
        return [row[_CLIENT] for row, _ in self.facts]


@dataclass(frozen=True, slots=True)
class Numbers:
    """How many stand where, and what the board can be narrowed by.

    ``counts`` and ``lates`` are by column, in the order of ``rules.COLUMNS``; ``reports_late``
    are those that were owed before today.
    """

    counts: tuple[int, ...]
    lates: tuple[int, ...]
    reports_late: int
    providers: tuple[tuple[str, str], ...]
    payers: tuple[str, ...]

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
        return [group for group in of_way if group.count]

    @property
    def clients(self) -> list[str]:
        """Whose record is shown."""
        return [client for group in self.groups for client in group.clients]


def _card(row: Any, allowed: list[Any], today: date) -> Card:
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
    )


def _is_done(one: Any, today: date) -> bool:
    is_over = one.valid_until is not None and one.valid_until < today
    return bool(one.is_closed or is_over or one.used >= one.visits)


# ---- the whole of it


class Store(Protocol):
    """Where pieces are kept."""

    def get(self, key: Hashable, /) -> Any: ...
    def keep(self, key: Hashable, value: Any, /) -> None: ...


@dataclass(frozen=True, slots=True)
class Pieces:
    """What was read, each kept while nothing changed of the tables that it was read of."""

    store: Store | None = None
    followed: Followed = field(default_factory=Followed)
    _marks: dict[tuple[str, ...], Mark] = field(default_factory=dict)
    """As they were before anything was read: others follow the log on meanwhile."""

    def get(self, tables: tuple[str, ...], *key: Hashable) -> Any:
        """What is kept of these tables, or None."""
        return self.store.get((key, self._mark(tables))) if self.store else None

    def keep(self, tables: tuple[str, ...], *key: Hashable, value: Any) -> None:
        """Keep what was read after it was asked for, until one of them changes."""
        if self.store:
            self.store.keep((key, self._mark(tables)), value)

    def _mark(self, tables: tuple[str, ...]) -> Mark:
        if tables not in self._marks:
            self._marks[tables] = self.followed.mark(*tables)
        return self._marks[tables]


_NAMES = ("client", "provider", "organisation", "staff_member")
NUMBERS_OF = ("referral_case", "outbound_referral", "progress_report")
CHOICES_OF = ("referral", "outbound_referral", "provider", "authorisation")
ROWS_OF = {
    "in": ("referral_case", "referral", "progress_report", "consent", *_NAMES),
    "out": ("outbound_referral", *_NAMES),
}
ALLOWED_OF = ("authorisation", "visit")
READ_OF = tuple({*NUMBERS_OF, *CHOICES_OF, *ROWS_OF["in"], *ROWS_OF["out"], *ALLOWED_OF})
"""Everything that a board is read of, whatever it is narrowed by."""


def the_cases(wish: Wish, today: date, pieces: Pieces | None = None) -> Board:
    """The board as it is wished for, on a day: three queries, or fewer where ``pieces`` has
    what they would find. Each is right for itself, and at least as new as its mark."""
    found = pieces or Pieces()
    given = {"today": today, "week": today + timedelta(days=7)}
    numbers = _counted(replace(wish, page=1, column=""), given, found)
    rows = _rows(wish, given, found)
    allowed = _allowed(tuple(row[_REFERRAL] for row in rows if row[_REFERRAL]), found)
    facts: dict[tuple[str, str], list[Any]] = defaultdict(list)
    for row in rows:
        facts[row[_WAY], row[_CODE]].append((row, allowed.get(row[_REFERRAL], ())))
    return Board(
        [
            Group(one, tuple(facts.get((one.way, one.code), ())), count, late, today)
            for one, count, late in zip(rules.COLUMNS, numbers.counts, numbers.lates, strict=True)
        ],
        numbers,
    )


def _counted(wish: Wish, given: dict[str, date], pieces: Pieces) -> Numbers:
    """Numbers are of a wish and a day, what can be chosen of neither: one query for both."""
    tables = READ_OF if wish.is_narrow else NUMBERS_OF
    numbers = pieces.get(tables, "numbers", wish, given["today"])
    choices = pieces.get(CHOICES_OF, "choices")
    found: Sequence[Raw] = ()
    if numbers is None:
        ready = counting(shape_of(wish), with_choices=choices is None)
        found = ready.raw(at_hand(), **given, **wish.values)
        numbers = _numbers(found)
        pieces.keep(tables, "numbers", wish, given["today"], value=numbers)
    if choices is None:
        choices = _choices(found or CHOICES.raw(at_hand()))
        pieces.keep(CHOICES_OF, "choices", value=choices)
    return Numbers(*numbers, *choices)


def _rows(wish: Wish, given: dict[str, date], pieces: Pieces) -> list[Raw]:
    """The first of each column, in their order; of the whole board each way for itself."""
    connection = at_hand()
    if wish.is_narrow or wish.column:
        return sorted(
            first_cards(shape_of(wish)).raw(connection, **given, **wish.values), key=in_order
        )
    ways = (wish.way,) if wish.way else ("in", "out")
    known = {way: pieces.get(ROWS_OF[way], way, given["today"]) for way in ways}
    missing = [way for way, rows in known.items() if rows is None]
    if missing:
        asked = Wish(way=missing[0] if len(missing) == 1 else "")
        rows = sorted(first_cards(shape_of(asked)).raw(connection, **given), key=in_order)
        for way in missing:
            known[way] = [row for row in rows if row[_WAY] == way]
            pieces.keep(ROWS_OF[way], way, given["today"], value=known[way])
    return [row for way in ways for row in known[way]]


def _allowed(ids: tuple[int, ...], pieces: Pieces) -> dict[int, tuple[Raw, ...]]:
    """The authorisations of these referrals with what is used and booked, in one query."""
    if not ids:
        return {}
    found: dict[int, tuple[Raw, ...]] | None = pieces.get(ALLOWED_OF, ids)
    if found is None:
        found = {}
        given = {f"of_{place}": number for place, number in enumerate(ids)}
        for row in ALLOWED.raw(at_hand(), **given):
            found[row[0]] = (*found.get(row[0], ()), row)
        pieces.keep(ALLOWED_OF, ids, value=found)
    return found


def _numbers(found: Sequence[Raw]) -> tuple[tuple[int, ...], tuple[int, ...], int]:
    counts = {(what, key): (count, late) for what, key, _, count, late in found}
    by_column = [
        [counts.get((one.way, state), (0, 0)) for state in one.states] for one in rules.COLUMNS
    ]
    return (
        tuple(sum(count for count, _ in states) for states in by_column),
        tuple(sum(late for _, late in states) for states in by_column),
        counts["report", ""][0],
    )


def _choices(found: Sequence[Raw]) -> tuple[tuple[tuple[str, str], ...], tuple[str, ...]]:
    providers = [(key, label) for what, key, label, *_ in found if what == "provider"]
    payers = [key for what, key, *_ in found if what == "payer"]
    return tuple(sorted(providers, key=_by_label)), tuple(sorted(payers, key=str.casefold))


def _by_label(choice: tuple[str, str]) -> str:
    return choice[1].casefold()
