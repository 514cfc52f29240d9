"""What is known of a person's health and the rules of the house, to judge visits by: one query."""

from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import bindparam, or_, select

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
    db.session.flush()  # what this piece of work has changed counts as well
    rows = _SCREEN.rows(db.session.connection(), person_id=person_id)
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
