"""What a board of referrals shows, as it was read, and kept while nothing of it changed."""

from collections.abc import Hashable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from itertools import chain
from typing import Any, NamedTuple, Protocol

from clinic.audit.queries import Followed, Mark
from clinic.core.db import at_hand
from clinic.desk.queries.cases_counted import counting, looking
from clinic.desk.queries.cases_details import details_of
from clinic.desk.queries.cases_first import (
    AT,
    FIRST,
    NOT_LATE,
    WHOLE,
    cards_of,
    first_cards,
    page_of_column,
    parts_of,
    ways,
)
from clinic.desk.queries.cases_wanted import Wish, shape_of
from clinic.desk.rules import cases as rules

Raw = tuple[Any, ...]
"""A row as the driver gives it."""
_WAY, _ID, _REFERRAL, _PERSON, _ASKS = (
    AT[name] for name in ("way", "id", "referral_id", "person_id", "wants_consent")
)
_COLUMN_OF = {
    (one.way, state): place for place, one in enumerate(rules.COLUMNS) for state in one.states
}
_KINDS = {"choices": ("provider", "payer")}
"""What rows of what can be chosen are called."""
_MOST_IN = FIRST * len(rules.INBOUND)
"""At most so many of those that came in stand on the whole board."""


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
NUMBERS_OF = {
    "in": ("referral_case",),
    "out": ("outbound_referral",),
    "report": ("progress_report",),
    "choices": ("referral", "outbound_referral", "provider", "authorisation"),
}
ROWS_OF = {
    "in": ("referral_case", "referral", *_NAMES),
    "out": ("outbound_referral", *_NAMES),
}
DETAILS_OF = ("authorisation", "visit", "progress_report", "consent", "provider", "client")
READ_OF = tuple({*chain(*NUMBERS_OF.values(), *ROWS_OF.values(), DETAILS_OF)})
"""Everything that a board is read of, whatever it is narrowed by."""


class Found(NamedTuple):
    """What a board was read as: values, by which what is drawn of them is found again."""

    numbers: tuple[tuple[int, ...], tuple[int, ...], int]
    choices: tuple[Raw, ...]
    rows: tuple[Raw, ...]
    details: tuple[Raw, ...]


def read(wish: Wish, today: date, pieces: Pieces | None = None) -> Found:
    """What a board shows: three queries, or fewer where ``pieces`` has what they would find.
    Each is right for itself, and at least as new as its mark."""
    known = pieces or Pieces()
    given = {"today": today, "week": today + timedelta(days=7)}
    counted, choices = _counted(replace(wish, page=1, column=""), given, known)
    rows = _rows(wish, given, known, counted)
    return Found(counted.numbers, choices, rows, _details(rows, given, known))


class _Counted(NamedTuple):
    """Numbers, and of what is narrowed the ids of each column in their order."""

    numbers: tuple[tuple[int, ...], tuple[int, ...], int]
    ids: tuple[tuple[int, ...], ...] = ()


def _counted(
    wish: Wish, given: dict[str, date], pieces: Pieces
) -> tuple[_Counted, tuple[Raw, ...]]:
    """Numbers, and what can be chosen; of the whole board each way for itself: one query."""
    if wish.is_narrow:
        return _looked_through(wish, given, pieces)
    asked, day = (*ways(wish.way), "report", "choices"), given["today"]
    known = {what: pieces.get(NUMBERS_OF[what], what, "numbers", day) for what in asked}
    missing = tuple([what for what, rows in known.items() if rows is None])
    if missing:
        found = counting(missing).raw(at_hand(), **given)
        for what in missing:
            known[what] = tuple([row for row in found if row[0] in _KINDS.get(what, (what,))])
            pieces.keep(NUMBERS_OF[what], what, "numbers", day, value=known[what])
    choices = known.pop("choices")
    return _added_up(chain.from_iterable(known.values())), choices


def _looked_through(
    wish: Wish, given: dict[str, date], pieces: Pieces
) -> tuple[_Counted, tuple[Raw, ...]]:
    """Numbers of a wish and a day; what can be chosen is of neither: one query for both."""
    day, tables = given["today"], NUMBERS_OF["choices"]
    counted = pieces.get(READ_OF, "numbers", wish, day)
    choices = pieces.get(tables, "choices", "numbers", day)
    found: Sequence[Raw] = ()
    if counted is None:
        ready = looking(shape_of(wish), with_choices=choices is None)
        found = ready.raw(at_hand(), **given, **wish.values)
        counted = _put_in_order(found)
        pieces.keep(READ_OF, "numbers", wish, day, value=counted)
    if choices is None:
        found = found or counting(("choices",)).raw(at_hand(), **given)
        choices = tuple([row for row in found if row[0] in _KINDS["choices"]])
        pieces.keep(tables, "choices", "numbers", day, value=choices)
    return counted, choices


def _rows(wish: Wish, given: dict[str, date], pieces: Pieces, counted: _Counted) -> tuple[Raw, ...]:
    """The first of each column, or a page of one; of the whole board each way for itself."""
    if wish.is_narrow:
        return _by_id(wish, given, counted.ids)
    if wish.column:
        found = [page_of_column(one, wish.page) for one in rules.COLUMNS if _shows(wish, one)]
        return tuple(chain.from_iterable(page.raw(at_hand(), **given) for page in found))
    asked = ways(wish.way)
    known = {way: pieces.get(ROWS_OF[way], way, given["today"]) for way in asked}
    missing = [way for way, rows in known.items() if rows is None]
    if missing:
        counts, lates, _ = counted.numbers
        parts = tuple(chain.from_iterable(parts_of(way, counts, lates) for way in missing))
        rows = first_cards(parts).raw(at_hand(), **given) if parts else []
        for way in missing:
            known[way] = tuple([row for row in rows if row[_WAY] == way])
            pieces.keep(ROWS_OF[way], way, given["today"], value=known[way])
    return tuple(chain.from_iterable(known[way] for way in asked))


def _shows(wish: Wish, column: rules.Column) -> bool:
    """Whether the board that is wished for has a column."""
    return wish.way in ("", column.way) and wish.column in ("", column.key)


def _by_id(wish: Wish, given: dict[str, date], ids: tuple[tuple[int, ...], ...]) -> tuple[Raw, ...]:
    """The first of each column of what is narrowed, or a page of one, which are known."""
    most = WHOLE if wish.column else FIRST
    before = (wish.page - 1) * most
    shown: dict[str, list[int]] = {way: [] for way in ways("")}
    for column, some in zip(rules.COLUMNS, ids, strict=True):
        if _shows(wish, column):
            shown[column.way] += some[before : before + most]
    asked = [way for way, some in shown.items() if some]
    if not asked:
        return ()
    ready = cards_of(asked[0] if len(asked) == 1 else "", is_page=bool(wish.column))
    values = {f"{way}_{place}": one for way in asked for place, one in enumerate(shown[way])}
    return tuple(ready.raw(at_hand(), **given, **values))


def _details(rows: tuple[Raw, ...], given: dict[str, date], pieces: Pieces) -> tuple[Raw, ...]:
    """What belongs to those of the rows that came in, in one query."""
    some = [row for row in rows if row[_REFERRAL]]
    if not some:
        return ()
    ids = tuple([(row[_REFERRAL], row[_ID], (row[_ASKS] and row[_PERSON]) or 0) for row in some])
    found: tuple[Raw, ...] | None = pieces.get(DETAILS_OF, ids, given["today"])
    if found is None:
        values: dict[str, Any] = {}
        for place, (order, case, person) in enumerate(ids):
            values[f"of_{place}"], values[f"case_{place}"] = order, case
            values[f"person_{place}"] = person
        ready = details_of(_MOST_IN if len(ids) <= _MOST_IN else WHOLE)
        found = tuple(ready.raw(at_hand(), **given, **values))
        pieces.keep(DETAILS_OF, ids, given["today"], value=found)
    return found


def _added_up(found: Iterable[Raw]) -> _Counted:
    """Numbers by column, of numbers by state."""
    counts, lates, reports = [0] * len(rules.COLUMNS), [0] * len(rules.COLUMNS), 0
    for what, key, _, number, late in found:
        if what == "report":
            reports = number
        elif (what, key) in _COLUMN_OF:
            place = _COLUMN_OF[what, key]
            counts[place] += number + late
            lates[place] += late
    return _Counted((tuple(counts), tuple(lates), reports))


def _put_in_order(found: Sequence[Raw]) -> _Counted:
    """Numbers by column, and which come first, of all that are wanted."""
    rows: list[list[Any]] = [[] for _ in rules.COLUMNS]
    reports = 0
    for what, key, day, number, gravity in found:
        if what == "report":
            reports = number
        elif (what, key) in _COLUMN_OF:
            rows[_COLUMN_OF[what, key]].append((gravity, day, number))
    lates = tuple([sum(one[0] != NOT_LATE for one in some) for some in rows])
    ids = tuple([tuple([one[2] for one in sorted(some)]) for some in rows])
    return _Counted((tuple([len(some) for some in rows]), lates, reports), ids)
