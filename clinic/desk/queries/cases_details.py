"""What belongs to the referrals that a board shows: visits allowed, reports owed, consents."""

from functools import lru_cache
from typing import Any

from sqlalchemy import (
    Date,
    Integer,
    Select,
    bindparam,
    case,
    cast,
    func,
    null,
    or_,
    select,
    union_all,
)
from sqlalchemy import false as no
from sqlalchemy.orm import aliased

from clinic.clients.models import Client
from clinic.consents.models import Consent
from clinic.coordination.models import ProgressReport
from clinic.core.swift import Swift
from clinic.desk.queries.cases_first import TODAY, WEEK
from clinic.desk.queries.cases_wanted import OWED, fixed
from clinic.directory.models import Provider
from clinic.referrals.models import Authorisation
from clinic.scheduling.models import Visit
from clinic.scheduling.queries.counts import is_reserved, is_used


@lru_cache(2)
def details_of(most: int) -> Swift:
    """Of up to so many cases (``case_0`` and on), their orders (``of_0``), and the persons whose
    consent is asked for (``person_0``).

    Each row says what it is and whose: ``allowed`` an authorisation of an order with what is used
    and booked, ``report`` one that a case owes, ``agreed`` the provider (``number``) with whom
    a person shares, on whichever records of both.
    """
    return Swift(union_all(_allowed(most), _owed(most), *_agreed(most)))


def _ids(name: str, most: int) -> list[Any]:
    return [bindparam(f"{name}_{place}", 0, type_=Integer) for place in range(most)]


def _allowed(most: int) -> Select[Any]:
    used = func.coalesce(func.sum(case((is_used(), 1), else_=0)), 0)
    booked = func.coalesce(func.sum(case((is_reserved(), 1), else_=0)), 0)
    return (
        select(
            fixed("allowed").label("what"), Authorisation.referral_id.label("whose"),
            Authorisation.id.label("number"), Authorisation.visits, Authorisation.basis,
            Authorisation.valid_from, Authorisation.valid_until, Authorisation.is_closed,
            used.label("used"), booked.label("booked"),
        )
        .outerjoin(Visit, Visit.authorisation_id == Authorisation.id)
        .where(Authorisation.referral_id.in_(_ids("of", most)))
        .group_by(Authorisation.id)
    )  # fmt: skip


_BLANK = (
    fixed(0), fixed(""), cast(null(), Date), cast(null(), Date), no(), fixed(0), fixed(0),
)  # fmt: skip
"""In place of what is an authorisation's alone."""


def _owed(most: int) -> Select[Any]:
    return (
        select(fixed("report"), ProgressReport.case_id, fixed(0), *_BLANK)
        .where(ProgressReport.case_id.in_(_ids("case", most)), ProgressReport.due_on <= WEEK)
        .where(ProgressReport.status.in_([fixed(state) for state in OWED]))
    )


def _agreed(most: int) -> tuple[Select[Any], Select[Any]]:
    """By the person's own record, and by those that were joined to it.

    The provider is joined from outside, so that it is looked up of the consents, not before them.
    """
    named = aliased(Provider)
    known_as = func.coalesce(named.merged_into_id, named.id)

    def agreed(whose: Any) -> Select[Any]:
        return (
            select(fixed("agreed"), whose, known_as, *_BLANK)
            .select_from(Consent)
            .outerjoin(named, named.id == Consent.provider_id)
            .where(whose.in_(_ids("person", most)), Consent.kind == fixed("SHARE_PROVIDER"))
            .where(Consent.status == fixed("active"), Consent.answer == fixed("given"))
            .where(or_(Consent.expires_on.is_(None), Consent.expires_on >= TODAY))
        )

    joined = agreed(Client.person_id).join(Client, Client.id == Consent.client_id)
    return agreed(Consent.client_id), joined
