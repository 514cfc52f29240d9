"""What a board of referrals shows, as it was read, and kept while nothing of it changed."""

from collections import defaultdict
from collections.abc import Hashable
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from itertools import chain
from typing import Any, NamedTuple, Protocol, cast

from clinic.audit.queries import Followed, Mark
from clinic.core.db import at_hand, session
from clinic.desk.queries.cases_cards import AT, FIRST, NOT_LATE, WHOLE, cards_of, ways
from clinic.desk.queries.cases_details import details_of
from clinic.desk.queries.cases_known import OWN_OF, Known, Standing
from clinic.desk.queries.cases_narrow import looking
from clinic.desk.queries.cases_wanted import Wish, shape_of
from clinic.desk.rules import cases as rules

Raw = tuple[Any, ...]
"""A row as the driver gives it."""
Ids = tuple[tuple[int, ...], ...]
"""Of each column those that are shown of it, in their order."""
_WAY, _OWN, _ID, _STATUS, _REFERRAL, _PERSON, _WANTS_REPORT = (
    AT[name]
    for name in ("way", "own_public_id", "id", "status", "referral_id", "person_id", "wants_report")
)
_COLUMN_OF = {
    (one.way, state): place for place, one in enumerate(rules.COLUMNS) for state in one.states
}
_MOST_IN = FIRST * len(rules.INBOUND)
"""At most so many of those that came in stand on the whole board."""
_SIZES = (4, _MOST_IN, WHOLE)
"""After a change few of them are to be read."""
_BELONGS = ("allowed", "report", "agreed")
"""What belongs to an order, to a case and to a person."""
_MOST_KEPT = 512
"""At most so many rows of one way are kept."""


class Store(Protocol):
    """Where pieces are kept."""

    def get(self, key: Hashable, /) -> Any: ...
    def keep(self, key: Hashable, value: Any, /) -> None: ...


@dataclass(frozen=True, slots=True)
class Pieces:
    """What was read, each kept while nothing changed of the tables that it was read of."""

    store: Store | None = None
    followed: Followed = field(default_factory=Followed)
    known: Known = field(default_factory=Known)
    """Where each referral stands, followed by the same log."""
    _marks: dict[tuple[str, ...], Mark] = field(default_factory=dict)
    """As they were before anything was read: others follow the log on meanwhile."""

    def get(self, tables: tuple[str, ...], *key: Hashable) -> Any:
        """What is kept of these tables, or None."""
        return self.store.get((key, self._mark(tables))) if self.store else None

    def keep(self, tables: tuple[str, ...], *key: Hashable, value: Any) -> None:
        """Keep what was read after it was asked for, until one of them changes."""
        if store := self._open_store():
            store.keep((key, self._mark(tables)), value)

    def rows(self, own: str, tables: tuple[str, ...], *key: Hashable) -> dict[int, Raw]:
        """Rows by id that are kept of these tables: of their own one, those that did not change.
        Others read them too: they are not to be altered."""
        if not self.store:
            return {}
        # Before it is asked what changed: what changes later is found by the next who asks.
        self._mark((own,))
        mark, rows = self.store.get((key, self._mark(tables))) or (None, {})
        changed = self.followed.changed(own, mark) if mark else None
        if changed is None:
            return {}
        if not changed:
            return cast("dict[int, Raw]", rows)
        return {number: row for number, row in rows.items() if row[_OWN] not in changed}

    def keep_rows(
        self, own: str, tables: tuple[str, ...], *key: Hashable, rows: dict[int, Raw]
    ) -> None:
        """Keep rows after they were asked for."""
        if store := self._open_store():
            store.keep((key, self._mark(tables)), (self._mark((own,)), rows))

    def _open_store(self) -> Store | None:
        """None for what is read in a transaction: it may be of before what others saw since."""
        return None if session().in_transaction() else self.store

    def _mark(self, tables: tuple[str, ...]) -> Mark:
        if tables not in self._marks:
            self._marks[tables] = self.followed.mark(*tables)
        return self._marks[tables]


_NAMES = ("client", "provider", "organisation", "staff_member")
ROWS_OF = {"in": ("referral", *_NAMES), "out": _NAMES}
"""Besides the table of the referrals of a way themselves."""
DETAILS_OF = ("authorisation", "visit", "progress_report", "consent", "provider", "client")
READ_OF = tuple({*chain(*ROWS_OF.values(), OWN_OF.values(), DETAILS_OF)})
"""Everything that a board is read of, whatever it is narrowed by."""


class Fact(NamedTuple):
    """A referral as it was read, and what belongs to it."""

    row: Raw
    details: tuple[Raw, ...]


class Found(NamedTuple):
    """What a board was read as: values, by which what is drawn of them is found again.

    ``facts`` are those of each column in their order.
    """

    numbers: tuple[tuple[int, ...], tuple[int, ...], int]
    facts: tuple[tuple[Fact, ...], ...]


def read(wish: Wish, today: date, pieces: Pieces | None = None) -> Found:
    """What a board shows: two queries, and what ``pieces.known`` needs; none where nothing changed.
    Each is right for itself, and at least as new as its mark."""
    known = pieces or Pieces()
    given = {"today": today, "week": today + timedelta(days=7)}
    counted = _counted(wish, given, known)
    rows = _rows(wish, given, known, counted.ids)
    return Found(counted.numbers, _facts(rows, given, known))


def asks_consent(row: Raw) -> bool:
    """Whether a report will be owed of one that came in, or a consent is waited for."""
    if row[_REFERRAL] is None:
        return bool(row[_STATUS] == "consent_pending")
    return bool(row[_WANTS_REPORT]) and row[_STATUS] in rules.IN_CARE


class _Counted(NamedTuple):
    """Numbers, and of each column the ids that are shown."""

    numbers: tuple[tuple[int, ...], tuple[int, ...], int]
    ids: Ids


def _counted(wish: Wish, given: dict[str, date], pieces: Pieces) -> _Counted:
    """How many there are, and whom to show: of the whole board it is known where each stands."""
    today = given["today"]
    reports = pieces.known.late_reports(today, pieces.followed)
    shown = {column.key: _slice(wish, column) for column in rules.COLUMNS}
    if wish.is_narrow:
        found = _looked_through(wish, given, pieces, shown)
    else:
        found = pieces.known.standings(today, pieces.followed, shown)
    counts, lates = tuple([one.count for one in found]), tuple([one.late for one in found])
    return _Counted((counts, lates, reports), tuple([one.ids for one in found]))


def _slice(wish: Wish, column: rules.Column) -> slice:
    """Which ones of a column are shown, in their order."""
    if not wish.column:
        return slice(0, FIRST if wish.way in ("", column.way) else 0)
    return slice((wish.page - 1) * WHOLE, wish.page * WHOLE if wish.column == column.key else 0)


def _looked_through(
    wish: Wish, given: dict[str, date], pieces: Pieces, shown: dict[str, slice]
) -> list[Standing]:
    """The columns of what is narrowed: everybody is looked for once, whichever are shown; of both
    ways, for how many there are of each is said above them."""
    asked, day = replace(wish, way="", page=1, column=""), given["today"]
    columns: list[list[Raw]] | None = pieces.get(READ_OF, "narrow", asked, day)
    if columns is None:
        columns = [[] for _ in rules.COLUMNS]
        for way, state, due, number, gravity in looking(shape_of(asked)).raw(
            at_hand(), **given, **asked.values
        ):
            columns[_COLUMN_OF[way, state]].append((gravity, due, number))
        for some in columns:
            some.sort()
        pieces.keep(READ_OF, "narrow", asked, day, value=columns)
    return [
        Standing(
            len(some), sum(one[0] != NOT_LATE for one in some),
            tuple([one[2] for one in some[shown[column.key]]]),
        )
        for column, some in zip(rules.COLUMNS, columns, strict=True)
    ]  # fmt: skip


def _rows(
    wish: Wish, given: dict[str, date], pieces: Pieces, ids: Ids
) -> tuple[tuple[Raw, ...], ...]:
    """What is shown of these, column by column: one query for those that are not kept."""
    known = {way: pieces.rows(OWN_OF[way], ROWS_OF[way], way, "rows") for way in ways("")}
    missing: dict[str, list[int]] = {way: [] for way in known}
    for column, some in zip(rules.COLUMNS, ids, strict=True):
        missing[column.way] += [number for number in some if number not in known[column.way]]
    _read_cards({way: some for way, some in missing.items() if some}, wish, given, pieces, known)
    # Another state since it was counted: it is drawn where it stands then.
    return tuple([
        tuple([row for number in some if (row := known[column.way].get(number))
               and row[_STATUS] in column.states])
        for column, some in zip(rules.COLUMNS, ids, strict=True)
    ])  # fmt: skip


def _read_cards(
    missing: dict[str, list[int]], wish: Wish, given: dict[str, date], pieces: Pieces,
    known: dict[str, dict[int, Raw]],
) -> None:  # fmt: skip
    """Read what is missing into what is known, and keep it."""
    if not missing:
        return
    asked = next(iter(missing)) if len(missing) == 1 else ""
    values = {f"{way}_{place}": one for way, some in missing.items()
              for place, one in enumerate(some)}  # fmt: skip
    found = cards_of(asked, is_page=bool(wish.column)).raw(at_hand(), **given, **values)
    for way in missing:
        rows = {row[_ID]: row for row in found if row[_WAY] == way}
        known[way] = known[way] | rows
        kept = known[way] if len(known[way]) <= _MOST_KEPT else rows
        pieces.keep_rows(OWN_OF[way], ROWS_OF[way], way, "rows", rows=kept)


def _facts(
    rows: tuple[tuple[Raw, ...], ...], given: dict[str, date], pieces: Pieces
) -> tuple[tuple[Fact, ...], ...]:
    """The rows with what belongs to those that came in: one query for what is not kept."""
    asked = [[_belonging(row) for row in some] for some in rows]
    day = given["today"]
    known: dict[Raw | None, tuple[Raw, ...]] = pieces.get(DETAILS_OF, "details", day) or {None: ()}
    missing = [one for some in asked for one in some if one not in known]
    if missing:
        if len(known) > _MOST_KEPT:
            known = {one: known[one] for some in asked for one in some if one in known} | {None: ()}
        known = known | _read_details(missing, given)
        pieces.keep(DETAILS_OF, "details", day, value=known)
    return tuple([
        tuple([Fact(row, known[one]) for row, one in zip(some, belonging, strict=True)])
        for some, belonging in zip(rows, asked, strict=True)
    ])  # fmt: skip


def _belonging(row: Raw) -> Raw | None:
    """By what it is known what belongs to a referral; None where nothing does."""
    if not row[_REFERRAL]:
        return None
    return row[_REFERRAL], row[_ID], row[_PERSON] if asks_consent(row) else 0


def _read_details(missing: list[Any], given: dict[str, date]) -> dict[Raw | None, tuple[Raw, ...]]:
    values: dict[str, Any] = {}
    for place, (order, case, person) in enumerate(missing):
        values[f"of_{place}"], values[f"case_{place}"] = order, case
        values[f"person_{place}"] = person
    ready = details_of(next(size for size in _SIZES if len(missing) <= size))
    of: dict[tuple[str, int], list[Raw]] = defaultdict(list)
    for row in ready.raw(at_hand(), **given, **values):
        of[row[0], row[1]].append(row)
    return {
        one: tuple(chain.from_iterable(of.get(key, ()) for key in zip(_BELONGS, one, strict=True)))
        for one in missing
    }
