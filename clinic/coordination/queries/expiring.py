"""Consents that live referrals need and that end soon: read for all of them in a few queries."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, Select, func, or_, select, true

from clinic.clients.models import Client
from clinic.consents.models import Consent
from clinic.coordination.models import ReferralCase
from clinic.coordination.rules.sharing import NEEDING, SHARE, TREAT, tells_from
from clinic.core.db import db
from clinic.directory.models import Provider
from clinic.referrals.models import Authorisation, Referral
from clinic.scheduling.models import Visit
from clinic.scheduling.queries.counts import is_reserved

_person = func.coalesce(Client.person_id, Client.id)
_whom = func.coalesce(Provider.merged_into_id, Provider.id)


@dataclass(frozen=True, slots=True)
class Ending:
    """A consent that ends, and the first of the referrals that need it."""

    consent: str
    last_day: date
    case_id: int


def ending(today: date, person_id: int | None = None) -> list[Ending]:
    """Consents that live referrals need and that end soon, each once; those of one person, if said.

    To share with their sender: up to the last day. To be treated: while visits are booked, over as
    well. One that a later answer has taken the place of is none of them.
    """
    cases = _needing(person_id)
    booked = _booked(today) if cases else set[int]()
    wanted = _given(tells_from(today), person_id)
    rows: Iterable[Any] = db.session.execute(wanted).all() if cases else ()
    needed = [
        (row, case)
        for row in rows
        for case in cases.get(row.person, ())
        if _needs(row, case, booked, today)
    ]
    latest = _latest({row.person for row, _ in needed})
    found: dict[str, Ending] = {}
    for row, case in needed:
        if latest[row.person, row.kind, row.whom] == row.id:
            one = Ending(row.public_id, row.expires_on, case.id)
            found.setdefault(one.consent, one)
    return list(found.values())


def _needing(person_id: int | None) -> dict[int, list[Any]]:
    """Referrals under way, by person."""
    wanted = (
        select(ReferralCase.id, Referral.id.label("order"), _person.label("person"),
               _whom.label("whom"))
        .join(Referral, Referral.id == ReferralCase.referral_id)
        .join(Client, Client.id == Referral.client_id)
        .join(Provider, Provider.id == Referral.provider_id)
        .where(ReferralCase.status.in_(NEEDING), _is_of(person_id))
        .order_by(ReferralCase.id)
    )  # fmt: skip
    found: dict[int, list[Any]] = defaultdict(list)
    for row in db.session.execute(wanted):
        found[row.person].append(row)
    return found


def _booked(today: date) -> set[int]:
    """Orders on which a visit stands ahead."""
    wanted = (
        select(Authorisation.referral_id)
        .join(Visit, Visit.authorisation_id == Authorisation.id)
        .where(is_reserved(), Visit.on_date >= today)
        .distinct()
    )
    return set(db.session.scalars(wanted))


def _given(until: date, person_id: int | None) -> Select[*tuple[Any, ...]]:
    return (
        select(Consent.id, Consent.public_id, Consent.kind, Consent.expires_on,
               _person.label("person"), _whom.label("whom"))
        .join(Client, Client.id == Consent.client_id)
        .outerjoin(Provider, Provider.id == Consent.provider_id)
        .where(Consent.kind.in_((SHARE, TREAT)), Consent.status == "active")
        .where(Consent.answer == "given", Consent.expires_on <= until, _is_of(person_id))
    )  # fmt: skip


def _is_of(person_id: int | None) -> ColumnElement[bool]:
    return (
        true() if person_id is None else or_(Client.id == person_id, Client.person_id == person_id)
    )


def _needs(row: Any, case: Any, booked: set[int], today: date) -> bool:
    if row.kind == SHARE:
        return bool(row.whom == case.whom and row.expires_on >= today)
    return case.order in booked


def _latest(persons: set[int]) -> dict[tuple[int, str, int | None], int]:
    """The answers that decide, by person, kind and provider."""
    wanted = (
        select(Consent.id, Consent.kind, _person.label("person"), _whom.label("whom"))
        .join(Client, Client.id == Consent.client_id)
        .outerjoin(Provider, Provider.id == Consent.provider_id)
        .where(Consent.kind.in_((SHARE, TREAT)), Consent.status != "entered_in_error")
        .where(or_(Client.id.in_(persons), Client.person_id.in_(persons)))
        .order_by(Consent.given_on, Consent.id)
    )
    return {(row.person, row.kind, row.whom): row.id for row in db.session.execute(wanted)}
