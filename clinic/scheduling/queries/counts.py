"""How many visits of an authorisation are used and booked: always counted, never stored."""

from collections.abc import Collection
from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, Date, Select, and_, case, func, or_, select

from clinic.core.db import db
from clinic.core.permissions import Actor, Permission
from clinic.practice.queries import the_practice
from clinic.referrals.models import Authorisation
from clinic.referrals.rules import Counts, standing
from clinic.scheduling.models import Visit
from clinic.scheduling.rules.counting import BY_CHOICE, RESERVING, USED

__all__ = [
    "RESERVING", "Counts", "counted", "first_taken", "is_reserved", "is_used", "may_go_over",
    "standing",
]  # fmt: skip


def is_used() -> ColumnElement[bool]:
    """Criterion on Visit and its Authorisation: the visit uses one up."""
    return or_(
        Visit.status == USED,
        *(
            and_(
                Visit.status == state,
                getattr(Authorisation, choice),
                *([Visit.cancelled_by == by] if by else []),
            )
            for state, choice, by in BY_CHOICE
        ),
    )


def is_reserved() -> ColumnElement[bool]:
    """Criterion on Visit: it takes one of the visits allowed, and has not been had."""
    return Visit.status.in_(RESERVING)


def _number(criterion: ColumnElement[bool]) -> ColumnElement[int]:
    return func.coalesce(func.sum(case((criterion, 1), else_=0)), 0)


def _day_where(criterion: ColumnElement[bool]) -> ColumnElement[date]:
    return case((criterion, Visit.on_date))


def _counts(authorisation_ids: Collection[int]) -> Select[*tuple[Any, ...]]:
    is_taken = or_(is_used(), is_reserved())
    return (
        select(
            Visit.authorisation_id,
            _number(is_used()),
            _number(is_reserved()),
            func.min(_day_where(is_taken), type_=Date),
            func.max(_day_where(is_taken), type_=Date),
            func.min(_day_where(is_reserved()), type_=Date),
        )
        .join(Authorisation, Authorisation.id == Visit.authorisation_id)
        .where(Visit.authorisation_id.in_(list(authorisation_ids)))
        .group_by(Visit.authorisation_id)
    )


def counted(authorisation_ids: Collection[int]) -> dict[int, Counts]:
    """Used and reserved visits of each of these authorisations, in one query."""
    found = {number: Counts() for number in authorisation_ids}
    if found:
        for number, *counts in db.session.execute(_counts(found)):
            found[number] = Counts(*counts)
    return found


def may_go_over(actor: Actor) -> bool:
    """Whether this person may book more visits than were authorised, with a written reason."""
    return the_practice().over_authorisation == "warn" and actor.may(Permission.REFERRALS_WRITE)


def first_taken(authorisation_id: int, *, but: int | None = None) -> date | None:
    """The day of the first visit that is used or reserved, another than ``but``."""
    found: date | None = db.session.scalar(
        select(func.min(Visit.on_date))
        .join(Authorisation, Authorisation.id == Visit.authorisation_id)
        .where(Visit.authorisation_id == authorisation_id, or_(is_used(), is_reserved()))
        .where(Visit.id != (but or 0))
    )
    return found
