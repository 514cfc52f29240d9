"""What the board of referrals can be narrowed by: those who send or are asked, and who pays.

Read when somebody opens the filter, not with every board.
"""

from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, exists, func, or_, select, union_all
from sqlalchemy.orm import aliased

from clinic.coordination.models import OutboundReferral
from clinic.core.db import at_hand
from clinic.core.swift import Swift
from clinic.desk.queries.cases_wanted import fixed
from clinic.directory.models import Provider
from clinic.referrals.models import Authorisation, Referral

MOST_CHOICES = 200


@dataclass(frozen=True, slots=True)
class Choices:
    """By their labels: providers by public id and name, and payers."""

    providers: tuple[tuple[str, str], ...]
    payers: tuple[str, ...]


def the_choices() -> Choices:
    """What can be chosen at present, at most 200 of each: one query."""
    found = _CHOICES.raw(at_hand())
    providers = [(key, label) for what, key, label in found if what == "provider"]
    payers = [key for what, key, _ in found if what == "payer"]
    return Choices(tuple(sorted(providers, key=_by_label)), tuple(sorted(payers, key=str.casefold)))


def _by_label(choice: tuple[str, str]) -> str:
    return choice[1].casefold()


def _providers() -> Any:
    """Those who have sent somebody, or are asked, at present; two joined records are one."""
    other = aliased(Provider)
    by_other = exists().where(other.merged_into_id == Provider.id, _has_some(other))
    name = Provider.last_name + ", " + Provider.first_name
    found = select(fixed("provider").label("what"), Provider.public_id, name.label("label"))
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
    first = select(func.min(payer).label("payer")).where(payer > fixed(""))
    known = first.cte("known", recursive=True)
    following = select(func.min(payer)).where(payer > known.c.payer)
    known = known.union_all(select(following.scalar_subquery()).where(known.c.payer.is_not(None)))
    found = select(fixed("payer").label("what"), known.c.payer, known.c.payer.label("label"))
    return select(found.where(known.c.payer.is_not(None)).limit(fixed(MOST_CHOICES)).subquery())


_CHOICES = Swift(union_all(_providers(), _payers()))
