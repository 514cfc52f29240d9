"""How many referrals stand where, and what the board can be narrowed by: one statement.

With nothing narrowed the database counts, by parts of an index. What is narrowed has to be
looked through anyhow: that is done once, and what is found is counted and put in order here.
"""

from functools import lru_cache
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Select,
    String,
    case,
    cast,
    column,
    exists,
    func,
    or_,
    select,
    union_all,
    values,
)
from sqlalchemy.orm import aliased

from clinic.coordination.models import OutboundReferral, ProgressReport
from clinic.core.swift import Swift
from clinic.desk.queries.cases_first import NOT_LATE, TODAY
from clinic.desk.queries.cases_wanted import (
    OWED,
    Shape,
    Wish,
    fixed,
    model_of,
    reached,
    wanted,
)
from clinic.desk.rules import cases as rules
from clinic.directory.models import Provider
from clinic.referrals.models import Authorisation, Referral

MOST_CHOICES = 200
_NONE, _ZERO = fixed(""), fixed(0)
_NUMBERS = (_ZERO.label("number"), _ZERO.label("other"))


@lru_cache(16)
def counting(what: tuple[str, ...]) -> Swift:
    """Numbers with nothing narrowed, of one way (``in``, ``out``) each, of late reports
    (``report``), and what can be chosen (``choices``): as many of these as are asked for.

    Each row says what it is (``in``, ``out``, ``report``, ``provider``, ``payer``), of what, its
    label, and two numbers: of a state, how many are not late, and how many are.
    """
    return Swift(union_all(*(part for one in what for part in _parts(one))))


@lru_cache(64)
def looking(shape: Shape, *, with_choices: bool) -> Swift:
    """All that is wanted of what is narrowed, with late reports and what can be chosen: of one
    referral each its state, its day, its id, and its ``gravity``."""
    wish = shape.wish
    ways = (wish.way,) if wish.way else ("in", "out")
    others = ("report", "choices") if with_choices else ("report",)
    parts = (part for one in others for part in _parts(one))
    return Swift(union_all(*(_found(way, wish) for way in ways), *parts))


def _parts(what: str) -> tuple[Any, ...]:
    if what == "choices":
        return _providers(), _payers()
    return (_late_reports() if what == "report" else _by_state(what),)


def _late_reports() -> Select[Any]:
    late = select(fixed("report"), _NONE, _NONE, func.count(), _ZERO)
    late = late.where(ProgressReport.status.in_([fixed(state) for state in OWED]))
    return late.where(ProgressReport.due_on < TODAY)


def _by_state(way: str) -> Select[Any]:
    """Of each state two parts of an index, counted; what lives has a day."""
    model, code = model_of(way), column("code", String)
    states = values(code, name=f"states_{way}", literal_binds=True)
    one = states.data([(state,) for state in rules.states(way)]).cte()
    count = select(func.count()).where(model.status == one.c.code)
    return select(
        fixed(way), one.c.code, _NONE,
        count.where(model.due_on >= TODAY).scalar_subquery(),
        count.where(model.due_on < TODAY).scalar_subquery(),
    )  # fmt: skip


def _found(way: str, wish: Wish) -> Select[Any]:
    model = model_of(way)
    gravity = case((model.due_on < TODAY, model.grade), else_=fixed(NOT_LATE))
    states = [fixed(state) for state in rules.states(way)]
    found = select(fixed(way), model.status, cast(model.due_on, String), model.id, gravity)
    found = found.select_from(model).where(model.status.in_(states), *wanted(way, wish, TODAY))
    return reached(found, way, wish)


def _providers() -> Any:
    """Those who have sent somebody, or are asked, at present; two joined records are one."""
    other = aliased(Provider)
    by_other = exists().where(other.merged_into_id == Provider.id, _has_some(other))
    name = Provider.last_name + ", " + Provider.first_name
    found = select(
        fixed("provider").label("what"), Provider.public_id, name.label("label"), *_NUMBERS
    )
    found = found.where(Provider.merged_into_id.is_(None), or_(_has_some(Provider), by_other))
    return select(found.limit(fixed(MOST_CHOICES)).subquery())


def _has_some(provider: Any) -> ColumnElement[bool]:
    came = exists().where(Referral.provider_id == provider.id, Referral.ended_on.is_(None))
    went = exists().where(
        OutboundReferral.provider_id == provider.id, OutboundReferral.ended_at.is_(None)
    )
    return or_(came, went)


def _payers() -> Any:
    """Every payer that is named, found in steps along the index, not one by one."""
    payer = Authorisation.payer
    first = select(func.min(payer).label("payer")).where(payer > _NONE)
    known = first.cte("known", recursive=True)
    following = select(func.min(payer)).where(payer > known.c.payer)
    known = known.union_all(select(following.scalar_subquery()).where(known.c.payer.is_not(None)))
    found = select(
        fixed("payer").label("what"), known.c.payer, known.c.payer.label("label"), *_NUMBERS
    )
    return select(found.where(known.c.payer.is_not(None)).limit(fixed(MOST_CHOICES)).subquery())
