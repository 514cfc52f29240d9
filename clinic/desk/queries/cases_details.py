"""What belongs to the referrals that a board shows: visits allowed, reports owed, consents."""

from functools import lru_cache
from typing import Any

from sqlalchemy import (
    CTE,
    Date,
    Integer,
    Select,
    bindparam,
    cast,
    column,
    func,
    join,
    null,
    or_,
    select,
    union_all,
    values,
)
from sqlalchemy import false as no
from sqlalchemy.orm import aliased

from clinic.clients.models import Client
from clinic.consents.models import Consent
from clinic.coordination.models import ProgressReport
from clinic.core.swift import Swift
from clinic.desk.queries.cases_cards import TODAY, WEEK
from clinic.desk.queries.cases_wanted import OWED, fixed
from clinic.directory.models import Provider
from clinic.referrals.models import Authorisation
from clinic.scheduling.models import Visit
from clinic.scheduling.queries.counts import is_reserved, is_used


@lru_cache(4)
def details_of(most: int) -> Swift:
    """Of up to so many cases (``case_0`` and on), their orders (``of_0``), and the persons whose
    consent is asked for (``person_0``).

    Each row says what it is and whose: ``allowed`` an authorisation of an order with what is used
    and booked, ``report`` one that a case owes, ``agreed`` the provider (``number``) with whom
    a person shares, on whichever records of both.
    """
    shown = _shown(most)
    return Swift(union_all(_allowed(shown), _owed(shown), *_agreed(shown)))


def _shown(most: int) -> CTE:
    """So many rows of what is asked for; a 0 is none."""
    names = ("of", "case", "person")
    rows = [
        tuple(bindparam(f"{name}_{place}", 0, type_=Integer) for name in names)
        for place in range(most)
    ]
    return values(*(column(f"{name}_id", Integer) for name in names), name="shown").data(rows).cte()


def _allowed(shown: CTE) -> Select[Any]:
    visits = select(func.count()).where(Visit.authorisation_id == Authorisation.id)
    return select(
        fixed("allowed").label("what"), Authorisation.referral_id.label("whose"),
        Authorisation.id.label("number"), Authorisation.visits, Authorisation.basis,
        Authorisation.valid_from, Authorisation.valid_until, Authorisation.is_closed,
        visits.where(is_used()).correlate(Authorisation).scalar_subquery().label("used"),
        visits.where(is_reserved()).correlate(Authorisation).scalar_subquery().label("booked"),
    ).join_from(shown, Authorisation, Authorisation.referral_id == shown.c.of_id)  # fmt: skip


_BLANK = (
    fixed(0), fixed(""), cast(null(), Date), cast(null(), Date), no(), fixed(0), fixed(0),
)  # fmt: skip
"""In place of what is an authorisation's alone."""


def _owed(shown: CTE) -> Select[Any]:
    return (
        select(fixed("report"), ProgressReport.case_id, fixed(0), *_BLANK)
        .join_from(shown, ProgressReport, ProgressReport.case_id == shown.c.case_id)
        .where(ProgressReport.due_on <= WEEK)
        .where(ProgressReport.status.in_([fixed(state) for state in OWED]))
    )


def _agreed(shown: CTE) -> tuple[Select[Any], Select[Any]]:
    """By the person's own record, and by those that were joined to it.

    The provider is joined from outside, so that it is looked up of the consents, not before them.
    """
    named = aliased(Provider)
    known_as = func.coalesce(named.merged_into_id, named.id)

    def agreed(whose: Any) -> Select[Any]:
        return (
            select(fixed("agreed"), shown.c.person_id, known_as, *_BLANK)
            .select_from(whose)
            .outerjoin(named, named.id == Consent.provider_id)
            .where(Consent.kind == fixed("SHARE_PROVIDER"))
            .where(Consent.status == fixed("active"), Consent.answer == fixed("given"))
            .where(or_(Consent.expires_on.is_(None), Consent.expires_on >= TODAY))
        )

    own = join(shown, Consent, Consent.client_id == shown.c.person_id)
    others = join(shown, Client, Client.person_id == shown.c.person_id)
    return agreed(own), agreed(others.join(Consent, Consent.client_id == Client.id))
