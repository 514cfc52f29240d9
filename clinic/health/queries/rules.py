"""The screening rules as this clinic has them: the shipped ones, and every change since.

``rule_version`` only grows, and its rows are written one after the other. So the newest row
says whether a book that was read before is still the book, and each process keeps a few.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from functools import lru_cache

from sqlalchemy import select

from clinic.core.db import db
from clinic.core.errors import NotFound
from clinic.core.swift import Swift
from clinic.core.words import say
from clinic.health.models import RuleVersion
from clinic.health.rules.atoms import CLASSES
from clinic.health.rules.rulebook import Rule, RuleBook, book_of, rule_from_json, shipped

_NEWEST = Swift(
    select(RuleVersion.id, RuleVersion.public_id).order_by(RuleVersion.id.desc()).limit(1)
)
_ALL = Swift(select(RuleVersion.contents).order_by(RuleVersion.id))


def rule_book() -> RuleBook:
    """Every version of every rule that holds here, in one short query; the book itself is kept."""
    return book_and_version()[0]


def rules_version() -> int:
    """A figure that grows with every change of a rule; 0 as long as all are as shipped."""
    return _newest()[0]


def book_and_version() -> tuple[RuleBook, int]:
    """The book and its version, in one query."""
    number, mark = _newest()
    return book_for(mark), number


def _newest() -> tuple[int, str]:
    found = _NEWEST.first(db.session.connection())
    return (found[0], found[1]) if found else (0, "")


def book_for(mark: str) -> RuleBook:
    """The book whose newest row has this public id; "" where all rules are as shipped.

    For who has read the id together with something else. A book that this process does not
    have yet takes one more query.
    """
    return _book(mark)


@lru_cache(maxsize=4)
def _book(mark: str) -> RuleBook:
    if not mark:
        return book_of(shipped())
    changed = [
        rule_from_json(json.loads(row.contents)) for row in _ALL.rows(db.session.connection())
    ]
    return book_of([*shipped(), *changed])


def the_rule(code: str) -> tuple[Rule, ...]:
    """Every version of a rule, the oldest first. Raises NotFound."""
    versions = rule_book().versions.get(code)
    if versions is None:
        raise NotFound(say("There is no such rule."))
    return versions


def changes_of(code: str) -> Sequence[RuleVersion]:
    """What this clinic changed about a rule, with who and why, the latest first."""
    wanted = select(RuleVersion).where(RuleVersion.code == code).order_by(RuleVersion.id.desc())
    return db.session.scalars(wanted).all()


@dataclass(frozen=True, slots=True)
class Line:
    """A rule in a list: as it is on a day. ``is_own`` says that the clinic changed it by then,
    ``next_on`` when it is to change next, ``until`` the last day of what holds now."""

    rule: Rule
    is_held: bool
    is_own: bool
    next_on: date | None
    until: date | None


def listed(on: date, text: str = "", only: str = "") -> dict[str, list[Line]]:
    """The rules on a day by class, the strictest first; those with a text in them.

    ``only`` is ``off``, ``own``, ``dated``, or nothing for all.
    """
    book = rule_book()
    by_class: dict[str, list[Line]] = {klass: [] for klass in reversed(CLASSES)}
    for versions in book.versions.values():
        line = line_of(book, versions[-1].code, on)
        if _has(line.rule, text) and _is_wanted(line, only):
            by_class[line.rule.klass].append(line)
    for lines in by_class.values():
        lines.sort(key=lambda line: line.rule.label.casefold())
    return {klass: lines for klass, lines in by_class.items() if lines}


def line_of(book: RuleBook, code: str, on: date) -> Line:
    """One rule as it is on a day."""
    rule = book.rule(code, on)
    coming = [one.effective_from for one in book.versions[code] if one.effective_from]
    return Line(
        rule=rule,
        is_held=rule.is_active and rule.is_in_effect(on),
        is_own=rule.number > book.versions[code][0].number,
        next_on=min((day for day in coming if day > on), default=None),
        until=rule.effective_to if rule.is_in_effect(on) else None,
    )


def _has(rule: Rule, text: str) -> bool:
    told = f"{rule.code} {rule.label} {rule.action} {rule.when} {rule.site} {rule.disagreement}"
    return all(word in told.casefold() for word in text.casefold().split())


def _is_wanted(line: Line, only: str) -> bool:
    wanted = {
        "off": not line.is_held,
        "own": line.is_own,
        "dated": line.next_on is not None or line.until is not None,
    }
    return wanted.get(only, True)
