"""A screening rule changes: from a day on, by whom, and why. Nothing is ever written over."""

import json
from collections.abc import Iterable
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

from sqlalchemy import select

from clinic.catalogue.models import Technique
from clinic.core import clock
from clinic.core.announcements import announce
from clinic.core.db import db
from clinic.core.errors import Conflict, DomainError, NotAllowed, StaleEdit
from clinic.core.guard import verb
from clinic.core.permissions import Actor, Permission
from clinic.core.transactions import RULES_ALONE, lock_all
from clinic.core.words import say
from clinic.health.events import RulesChanged
from clinic.health.models import RuleVersion
from clinic.health.queries.rules import rule_book, the_rule
from clinic.health.rules.grammar import parse
from clinic.health.rules.rulebook import ALL, Rule, RuleBook, check, is_tighter, rule_to_json
from clinic.practice.queries import the_practice
from clinic.staff.models import Qualification

WHY_MIN = 5
CHANGEABLE = (
    "klass", "is_active", "pressure", "blocks", "avoid", "qualification", "action", "trigger",
)  # fmt: skip


@verb(Permission.SCREENING_RULES)
def change_rule(
    code: str,
    *,
    actor: Actor,
    why: str,
    effective_from: date,
    effective_to: date | None = None,
    version: int | None = None,
    **changes: Any,
) -> Rule:
    """Have a rule say something else from a day on, today or later.

    With a last day the rule is afterwards as it was before. ``changes`` are those of
    ``CHANGEABLE``; what is not named stays as it holds on the first day. ``version`` is the
    number of the version that the form showed. What makes a rule looser on any of these days
    is for an owner. Raises DomainError, NotAllowed, NotFound, StaleEdit.
    """
    unknown = changes.keys() - set(CHANGEABLE)
    if unknown:
        raise TypeError(f"a rule has no {', '.join(sorted(unknown))}")
    lock_all([RULES_ALONE])
    versions = the_rule(code)
    _expect(versions[-1], version)
    _check_reason(why)
    _check_days(effective_from, effective_to)
    book = rule_book()
    old = book.rule(code, effective_from)
    new = _changed(old, changes, versions[-1].number + 1, effective_from, effective_to)
    check(new, book.rules)
    _check_names(new, old)
    _check_right(actor, new, book)
    _write(new, actor, why)
    announce(RulesChanged(code))
    return new


def _expect(last: Rule, version: int | None) -> None:
    if version is not None and version != last.number:
        saved = {name: getattr(last, name) for name in CHANGEABLE}
        raise StaleEdit(saved=saved, version=last.number)


def _check_reason(why: str) -> None:
    if len(why.strip()) < WHY_MIN:
        raise DomainError(say("Say why."), field="why")


def _check_days(first: date, last: date | None) -> None:
    if first < clock.today(the_practice().zone):
        raise DomainError(say("Begin today or later."), field="effective_from")
    if last is not None and last < first:
        raise DomainError(say("The last day is before the first."), field="effective_to")


def _changed(
    old: Rule, changes: dict[str, Any], number: int, first: date, last: date | None
) -> Rule:
    trigger = changes.get("trigger", old.trigger).strip()
    is_other = trigger != old.trigger
    return replace(
        old,
        **{name: value for name, value in changes.items() if name != "trigger"},
        trigger=trigger,
        node=parse(trigger) if is_other else old.node,
        when="" if is_other else old.when,
        number=number,
        effective_from=first,
        effective_to=last,
    )


def _check_names(new: Rule, old: Rule) -> None:
    """Techniques and trainings must be the clinic's own, or have been in the rule before."""
    asked = set(new.blocks) - set(old.blocks) - {ALL}
    known = set(db.session.scalars(select(Technique.code).where(Technique.code.in_(asked))))
    for code in sorted(asked - known):
        raise DomainError(say("There is no technique “{name}”.", name=code), field="blocks")
    if new.qualification in ("", old.qualification):
        return
    held = select(Qualification.id).where(Qualification.code == new.qualification)
    if db.session.scalar(held) is None:
        sentence = say("There is no qualification “{name}”.", name=new.qualification)
        raise DomainError(sentence, field="qualification")


def _check_right(actor: Actor, new: Rule, book: RuleBook) -> None:
    before = [None if rule is None else _undated(rule) for rule in stretches(book, new)]
    told = _undated(new)
    if all(rule == told for rule in before):
        raise Conflict(say("The rule says this already."))
    is_looser = not all(rule is None or is_tighter(told, rule) for rule in before)
    if is_looser and not actor.may(Permission.PRACTICE_WRITE):
        raise NotAllowed(say("This makes the rule looser: that is for an owner."))


def stretches(book: RuleBook, new: Rule) -> list[Rule | None]:
    """What holds, without the change, on its first day and wherever that turns before its last;
    None for days on which the rule says nothing."""
    first, last = new.effective_from or date.min, new.effective_to
    turns = {first} | {day for day in _turning(book.versions[new.code]) if day > first}
    days = sorted(day for day in turns if last is None or day <= last)
    held = (book.rule(new.code, day) for day in days)
    return [rule if rule.is_in_effect(day) else None for rule, day in zip(held, days, strict=True)]


def _turning(versions: Iterable[Rule]) -> set[date]:
    begins = {rule.effective_from for rule in versions if rule.effective_from}
    ends = {rule.effective_to for rule in versions if rule.effective_to}
    return begins | {day + timedelta(days=1) for day in ends}


def _undated(rule: Rule) -> Rule:
    """A rule without its days and its number: those are weighed apart."""
    return replace(rule, effective_from=None, effective_to=None, number=0)


def _write(new: Rule, actor: Actor, why: str) -> None:
    if new.effective_from is None:
        raise ValueError("a change without its first day")
    db.session.add(
        RuleVersion(
            code=new.code,
            number=new.number,
            effective_from=new.effective_from,
            contents=json.dumps(rule_to_json(new), ensure_ascii=False),
            why=why.strip()[: RuleVersion.WHY_MAX],
            made_at=clock.now(),
            made_by_id=actor.id,
        )
    )
    db.session.flush()
