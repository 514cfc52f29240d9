"""What hangs on a provider outside: what is still open with them, and how soon they answer."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from statistics import median
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import joinedload

from clinic.clients.models import Client
from clinic.consents.models import Consent
from clinic.coordination.models import IN_ENDS, OUT_ENDS, OutboundReferral, ReferralCase
from clinic.coordination.rules import inbound, outbound
from clinic.core.clock import local_day, today
from clinic.core.db import db
from clinic.core.words import Words, say
from clinic.directory.models import Provider
from clinic.directory.queries import ids_of_person
from clinic.health.models import Clearance
from clinic.letters.models import Letter
from clinic.letters.rules.kinds import KINDS
from clinic.practice.queries import the_practice
from clinic.referrals.models import Referral
from clinic.staff.models import StaffMember

UNSENT = ("draft", "approved", "failed")
SINCE = timedelta(days=365)
"""How far back answers are looked at."""
MOST = 200
"""How many things of one kind a page lists."""


@dataclass(frozen=True, slots=True)
class Hanging:
    """One thing that is open with a provider; ``about`` names it as a task does.

    ``name`` and ``state`` are neutral words: everybody at the desk reads them.
    """

    kind: str
    about: str
    name: Words | str
    state: Words | str
    client: Client
    owner: StaffMember | None


def hanging(provider: Provider) -> list[Hanging]:
    """Whatever must go to somebody else when this provider is no longer there; five queries."""
    ids = ids_of_person(provider.id)
    return [
        *_referrals(ids),
        *_outbound(ids),
        *_letters(ids),
        *_clearances(ids),
        *_consents(ids),
    ]


def _found(query: Any) -> Sequence[Any]:
    return db.session.scalars(query.limit(MOST)).all()


def _referrals(ids: Sequence[int]) -> Iterable[Hanging]:
    for case in _found(
        select(ReferralCase)
        .join(Referral, Referral.id == ReferralCase.referral_id)
        .options(joinedload(ReferralCase.owner))
        .where(Referral.provider_id.in_(ids), ReferralCase.status.not_in(IN_ENDS))
        .order_by(ReferralCase.id)
    ):
        order = case.referral
        about = f"referral:{order.public_id}"
        state = inbound.STATES[case.status]
        yield Hanging("referral", about, order.number, state, order.client, case.owner)


def _outbound(ids: Sequence[int]) -> Iterable[Hanging]:
    for row in _found(
        select(OutboundReferral)
        .options(joinedload(OutboundReferral.owner))
        .where(OutboundReferral.provider_id.in_(ids), OutboundReferral.status.not_in(OUT_ENDS))
        .order_by(OutboundReferral.id)
    ):
        about = f"outbound:{row.public_id}"
        yield Hanging(
            "outbound", about, row.number, outbound.NAMES[row.status], row.client, row.owner
        )


def _letters(ids: Sequence[int]) -> Iterable[Hanging]:
    for row in _found(
        select(Letter)
        .options(joinedload(Letter.written_by))
        .where(Letter.provider_id.in_(ids), Letter.direction == "out", Letter.status.in_(UNSENT))
        .order_by(Letter.id)
    ):
        about, name = f"letter:{row.public_id}", KINDS[row.kind].desk_name
        yield Hanging("letter", about, name, say("not sent yet"), row.client, row.written_by)


def _clearances(ids: Sequence[int]) -> Iterable[Hanging]:
    """Questions that wait for an answer, besides those of an outbound referral listed already."""
    listed = select(OutboundReferral.clearance_id).where(
        OutboundReferral.clearance_id.is_not(None), OutboundReferral.status.not_in(OUT_ENDS)
    )
    for row in _found(
        select(Clearance)
        .options(joinedload(Clearance.asked_by))
        .where(
            Clearance.provider_id.in_(ids),
            Clearance.status == "asked",
            Clearance.id.not_in(listed),
        )
        .order_by(Clearance.id)
    ):
        name, state = say("Question to a provider"), say("waits for an answer")
        yield Hanging("clearance", "", name, state, row.client, row.asked_by)


def _consents(ids: Sequence[int]) -> Iterable[Hanging]:
    """Consents to share with this provider that still count; whose task they are is the desk's."""
    on = today(the_practice().zone)
    for row in _found(
        select(Consent)
        .where(
            Consent.provider_id.in_(ids),
            Consent.status == "active",
            Consent.answer == "given",
            Consent.expires_on.is_(None) | (Consent.expires_on >= on),
        )
        .order_by(Consent.id)
    ):
        yield Hanging("consent", "", say("Consent to share"), say("stands"), row.client, None)


def by_owner(found: Iterable[Hanging]) -> dict[StaffMember | None, list[Hanging]]:
    """The same by who looks after it; what nobody does is the desk's."""
    owned: dict[StaffMember | None, list[Hanging]] = defaultdict(list)
    for one in found:
        owned[one.owner].append(one)
    return dict(owned)


@dataclass(frozen=True, slots=True)
class Took:
    """How many days something took, in the middle of so many; None where there was none."""

    days: float | None
    count: int


@dataclass(frozen=True, slots=True)
class Turnaround:
    """How soon a provider acknowledges and answers, and how many referrals came from them.

    Nothing here is about how clients fared: providers are not compared by that.
    """

    acknowledged: Took
    answered: Took
    waiting: int
    """Questions without an answer so far."""
    referrals: int
    referrals_of_year: int


def turnaround(provider: Provider) -> Turnaround:
    """Of letters that expect an answer and referrals sent within a year; three queries."""
    ids = ids_of_person(provider.id)
    practice = the_practice()
    since = today(practice.zone) - SINCE
    sent = [*_asked_by_letter(ids), *_asked_by_referral(ids)]
    asked = [one for one in sent if local_day(one.sent_at, practice.zone) >= since]
    begun = {id(one): local_day(one.sent_at, practice.zone) for one in asked}
    answers = [
        (one.replied_on - begun[id(one)]).days for one in asked if one.replied_on is not None
    ]
    known = [
        (one.acknowledged_on - begun[id(one)]).days
        for one in asked
        if one.acknowledged_on is not None
    ]
    total, of_year = db.session.execute(
        select(func.count(), func.count().filter(Referral.received_on >= since))
        .select_from(Referral)
        .where(Referral.provider_id.in_(ids))
    ).one()
    return Turnaround(_middle(known), _middle(answers), len(asked) - len(answers), total, of_year)


def _middle(days: list[int]) -> Took:
    return Took(float(median(days)) if days else None, len(days))


@dataclass(frozen=True, slots=True)
class _Asked:
    sent_at: datetime
    acknowledged_on: date | None
    replied_on: date | None


def _asked_by_letter(ids: Sequence[int]) -> Iterable[_Asked]:
    """Letters that expect an answer; those of an outbound referral are counted there."""
    of_outbound = select(OutboundReferral.letter_id).where(OutboundReferral.letter_id.is_not(None))
    for row in db.session.execute(
        select(Letter.sent_at, Letter.acknowledged_on, Letter.replied_on).where(
            Letter.provider_id.in_(ids),
            Letter.direction == "out",
            Letter.sent_at.is_not(None),
            Letter.needs_reply_by.is_not(None),
            Letter.id.not_in(of_outbound),
        )
    ):
        yield _Asked(row.sent_at, row.acknowledged_on, row.replied_on)


def _asked_by_referral(ids: Sequence[int]) -> Iterable[_Asked]:
    zone = the_practice().zone
    for row in db.session.execute(
        select(
            OutboundReferral.sent_at,
            OutboundReferral.acknowledged_on,
            OutboundReferral.answered_at,
        ).where(
            OutboundReferral.provider_id.in_(ids),
            OutboundReferral.sent_at.is_not(None),
            OutboundReferral.status != "entered_in_error",
        )
    ):
        answered = local_day(row.answered_at, zone) if row.answered_at else None
        yield _Asked(row.sent_at, row.acknowledged_on, answered)
