"""How many referrals stand where, and what the board can be narrowed by: one statement."""

from functools import lru_cache
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Integer,
    Select,
    String,
    case,
    exists,
    func,
    literal,
    or_,
    select,
    union_all,
)
from sqlalchemy.orm import aliased

from clinic.coordination.models import OutboundReferral, ProgressReport
from clinic.core.swift import Swift
from clinic.desk.queries.cases_first import TODAY
from clinic.desk.queries.cases_wanted import OWED, Shape, Wish, model_of, wanted
from clinic.desk.rules import cases as rules
from clinic.directory.models import Provider
from clinic.referrals.models import Authorisation, Referral

MOST_CHOICES = 200
_NONE: Any = literal("", String)
_ZERO: Any = literal(0, Integer)


@lru_cache(256)
def counting(shape: Shape, *, with_choices: bool = True) -> Swift:
    """Numbers and overdue numbers by state, late reports, and what can be chosen.

    Each row says what it is (``in``, ``out``, ``report``, ``provider``, ``payer``), of what, its
    label, and two numbers.
    """
    wish = shape.wish
    if wish.way or wish.is_narrow:
        numbers: list[Any] = [_narrowed(way, wish) for way in ("in", "out")]
    else:
        numbers = [_of_state(way, state) for way in ("in", "out") for state in rules.states(way)]
    reports = select(literal("report", String), _NONE, _NONE, func.count(), _ZERO).where(
        ProgressReport.status.in_(OWED), ProgressReport.due_on < TODAY
    )
    choices = (_providers(), _payers()) if with_choices else ()
    return Swift(union_all(*numbers, reports, *choices))


def _of_state(way: str, state: str) -> Select[Any]:
    """Two parts of an index, counted."""
    model = model_of(way)
    count = select(func.count()).where(model.status == state)
    late = count.where(model.due_on < TODAY)
    return select(
        literal(way, String), literal(state, String), _NONE,
        count.scalar_subquery(), late.scalar_subquery(),
    )  # fmt: skip


def _narrowed(way: str, wish: Wish) -> Select[Any]:
    model = model_of(way)
    late = func.coalesce(func.sum(case((model.due_on < TODAY, 1), else_=0)), 0)
    return (
        select(literal(way, String), model.status, _NONE, func.count(), late)
        .where(model.status.in_(rules.states(way)), *wanted(way, wish, TODAY))
        .group_by(model.status)
    )


def _providers() -> Any:
    """Those who have sent somebody, or are asked, at present; two joined records are one."""
    other = aliased(Provider)
    by_other = exists().where(other.merged_into_id == Provider.id, _has_some(other))
    name = Provider.last_name + ", " + Provider.first_name
    found = select(literal("provider", String), Provider.public_id, name, _ZERO, _ZERO)
    found = found.where(Provider.merged_into_id.is_(None), or_(_has_some(Provider), by_other))
    return select(found.limit(MOST_CHOICES).subquery())


def _has_some(provider: Any) -> ColumnElement[bool]:
    came = exists().where(Referral.provider_id == provider.id, Referral.ended_on.is_(None))
    went = exists().where(
        OutboundReferral.provider_id == provider.id, OutboundReferral.ended_at.is_(None)
    )
    return or_(came, went)


def _payers() -> Any:
    """Every payer that is named, found in steps along the index, not one by one."""
    payer = Authorisation.payer
    first = select(func.min(payer).label("payer")).where(payer > "")
    known = first.cte("known", recursive=True)
    following = select(func.min(payer)).where(payer > known.c.payer)
    known = known.union_all(select(following.scalar_subquery()).where(known.c.payer.is_not(None)))
    found = select(literal("payer", String), known.c.payer, known.c.payer, _ZERO, _ZERO)
    return select(found.where(known.c.payer.is_not(None)).limit(MOST_CHOICES).subquery())


CHOICES = Swift(union_all(_providers(), _payers()))
"""What can be chosen, alone: rows as in ``counting``."""
