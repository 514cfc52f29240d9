"""What is known of a person's health and the rules of the house, to judge visits by: one query."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from typing import Any

from sqlalchemy import Select, bindparam, func, or_, select

from clinic.clients.models import Client
from clinic.core.db import db
from clinic.core.swift import Swift
from clinic.core.vault import SubjectKey
from clinic.health.models import FactSheet, RuleVersion
from clinic.health.queries import Known
from clinic.health.queries.rules import book_for
from clinic.health.queries.sheets import known_from
from clinic.health.rules.rulebook import RuleBook
from clinic.health.rules.screening import Verdict, judge, judge_days
from clinic.scheduling.queries.terms import a_row
from clinic.scheduling.rules.screening import Screened, screened


@dataclass(frozen=True, slots=True)
class Screen:
    """All that one person is judged by; ``version`` is that of the facts, ``rules`` of the book."""

    known: Known
    born: date | None
    book: RuleBook
    rules: int

    @property
    def version(self) -> int:
        return self.known.version

    def verdict(self, on: date) -> Verdict:
        """What the rules say of a day."""
        return judge(self.known.sheet, self.book, on, born=self.born)

    def verdicts(self, first: date, last: date) -> dict[date, Verdict]:
        """The same for every day from one until another."""
        return dict(judge_days(self.known.sheet, self.book, first, last, born=self.born))

    def judge(
        self, on: date, primary: frozenset[str], add_ons: frozenset[str] = frozenset()
    ) -> Screened:
        """What that does to a visit whose service and add-ons use these techniques."""
        return self.judged(self.verdict(on), primary, add_ons)

    @staticmethod
    def judged(
        verdict: Verdict, primary: frozenset[str], add_ons: frozenset[str] = frozenset()
    ) -> Screened:
        """The same for a day whose verdict is there already."""
        return screened(verdict, primary, add_ons)


def screen_of(person_id: int) -> Screen:
    """By the record that stands for the person. One query; one more for a book not read yet."""
    return _screen_from(_read(person_id), person_id)


def screen_rows(person_id: Any) -> tuple[Select[Any], ...]:
    """The same as rows of a union (``terms.a_row``), for who asks for more at once."""
    of_person = or_(Client.id == person_id, Client.person_id == person_id)
    sheet = FactSheet.client_id
    return (
        a_row("record", Client.id, day=Client.birth_date).where(of_person),
        a_row(
            "sheet",
            sheet,
            FactSheet.version,
            FactSheet.public_id,
            FactSheet.contents_sealed,
            FactSheet.checked_on,
        )
        .join(Client, Client.id == sheet)
        .where(of_person),
        a_row("key", sheet, SubjectKey.id, SubjectKey.subject, SubjectKey.wrapped)
        .join_from(FactSheet, Client, Client.id == sheet)
        .join(SubjectKey, SubjectKey.id == Client.key_id)
        .where(of_person),
        a_row("rules", RuleVersion.id, code=RuleVersion.public_id).where(
            RuleVersion.id == select(func.max(RuleVersion.id)).scalar_subquery()
        ),
    )


def screen_from_rows(rows: Sequence[Any], person_id: int) -> Screen:
    """The screen of these rows. One query for a book not read yet. Raises CannotOpen."""
    born = {row.first: row.day for row in rows if row.what == "record"}
    keys = {row.first: row for row in rows if row.what == "key"}
    rules = [(row.first, row.code) for row in rows if row.what == "rules"]
    sheets = sorted((row for row in rows if row.what == "sheet"), key=lambda row: row.first)
    number, mark = rules[0] if rules else (0, "")
    return Screen(
        known=known_from([_Sealed(row, keys[row.first]) for row in sheets]),
        born=born.get(person_id),
        book=book_for(mark),
        rules=number,
    )


class _Sealed:
    """A sheet of such rows, with the key that opens it."""

    def __init__(self, row: Any, key: Any) -> None:
        self.public_id, self.version, self.checked_on = row.code, row.second, row.day
        self.contents_sealed, self.subject, self.wrapped = row.data, key.code, key.data


def screened_days(
    person_id: int,
    first: date,
    last: date,
    primary: frozenset[str],
    add_ons: frozenset[str] = frozenset(),
) -> Mapping[date, Screened]:
    """What health does to a service on each day. One query; a day is judged when it is asked for.

    What comes of the very same rows is kept: days and effects, and nothing that is known of
    anybody.
    """
    return _Days(_read(person_id), person_id, (first, last), primary, add_ons)


class _Days(Mapping[date, Screened]):
    """The days of one search: the first that is asked for is judged by itself, then all."""

    def __init__(
        self,
        rows: tuple[Any, ...],
        person_id: int,
        span: tuple[date, date],
        primary: frozenset[str],
        add_ons: frozenset[str],
    ) -> None:
        self._rows, self._person_id, self._span = rows, person_id, span
        self._uses = primary, add_ons
        self._kept = _kept(rows, person_id, primary, add_ons)
        self._screen: Screen | None = None

    def __getitem__(self, on: date) -> Screened:
        if on not in self._kept:
            first, last = self._span
            if not first <= on <= last:
                raise KeyError(on)
            self._judge(on)
        return self._kept[on]

    def __iter__(self) -> Iterator[date]:
        first, last = self._span
        return map(date.fromordinal, range(first.toordinal(), last.toordinal() + 1))

    def __len__(self) -> int:
        first, last = self._span
        return max((last - first).days + 1, 0)

    def _judge(self, on: date) -> None:
        if self._screen is None:
            self._screen = _screen_from(self._rows, self._person_id)
            self._kept[on] = self._screen.judge(on, *self._uses)
            return
        # A stretch of days has one verdict, and so is looked at once.
        cases: dict[int, Screened] = {}
        for day, verdict in self._screen.verdicts(*self._span).items():
            if id(verdict) not in cases:
                cases[id(verdict)] = self._screen.judged(verdict, *self._uses)
            self._kept[day] = cases[id(verdict)]


def _read(person_id: int) -> tuple[Any, ...]:
    db.session.flush()  # what this piece of work has changed counts as well
    return tuple(_SCREEN.rows(db.session.connection(), person_id=person_id))


@lru_cache(maxsize=128)
def _kept(
    rows: tuple[Any, ...],
    person_id: int,
    primary: frozenset[str],
    add_ons: frozenset[str],
) -> dict[date, Screened]:
    """The days that were judged by these rows, which hold both versions and the sealed sheet."""
    return {}


def _screen_from(rows: Sequence[Any], person_id: int) -> Screen:
    first = rows[0] if rows else None
    return Screen(
        known=known_from([row for row in rows if row.contents_sealed is not None]),
        born=next((row.born for row in rows if row.client_id == person_id), None),
        book=book_for(first.mark or "" if first else ""),
        rules=first.rules or 0 if first else 0,
    )


_PERSON: Any = bindparam("person_id", 0)
_NEWEST = select(RuleVersion).order_by(RuleVersion.id.desc()).limit(1)
_SCREEN = Swift(
    select(
        Client.id.label("client_id"),
        Client.birth_date.label("born"),
        _NEWEST.with_only_columns(RuleVersion.id).scalar_subquery().label("rules"),
        _NEWEST.with_only_columns(RuleVersion.public_id).scalar_subquery().label("mark"),
        FactSheet.public_id,
        FactSheet.contents_sealed,
        FactSheet.version,
        FactSheet.checked_on,
        SubjectKey.id.label("key_id"),
        SubjectKey.subject,
        SubjectKey.wrapped,
    )
    .outerjoin(FactSheet, FactSheet.client_id == Client.id)
    .outerjoin(SubjectKey, SubjectKey.id == Client.key_id)
    .where(or_(Client.id == _PERSON, Client.person_id == _PERSON))
    .order_by(Client.id)
)
