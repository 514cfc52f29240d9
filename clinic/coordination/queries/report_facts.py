"""Facts for letters about a referral that came in, gathered from what the rooms below know."""

from collections.abc import Sequence
from datetime import date
from typing import NamedTuple

from sqlalchemy import select

from clinic.coordination.models import ReferralCase
from clinic.coordination.queries.cases import attempts_of
from clinic.coordination.queries.facts import ANSWERED, day_of, this_day
from clinic.coordination.queries.record_facts import done_in, measured
from clinic.coordination.rules.reported import ITSELF, aim_of
from clinic.core.db import db
from clinic.core.words import Words, say
from clinic.directory.models import Provider
from clinic.letters.rules.told import (
    Allowed,
    Asking,
    Attempt,
    Attendance,
    Course,
    Order,
    Phase,
    Reader,
)
from clinic.letters.rules.voice import Voice
from clinic.letters.services.setting import full_name
from clinic.practice.queries import the_practice
from clinic.records.queries.measures import latest_of as latest_of_each
from clinic.records.queries.measures import readings_of
from clinic.records.queries.plans import PlanPage, plan_page, plans_of
from clinic.records.rules.measures import Subject
from clinic.records.rules.plans import PHASES, interval
from clinic.referrals.models import Authorisation, Referral
from clinic.referrals.rules import LACKING, lacks
from clinic.referrals.rules import Order as Said
from clinic.scheduling.models import Visit
from clinic.scheduling.queries.counts import RESERVING, counted
from clinic.staff.queries import names_of

DOCTORS = ("MD", "DO", "DC", "DDS")
CHANNELS: dict[str, Words] = {
    "phone": say("by phone"),
    "email": say("by e-mail"),
    "text": say("by text message"),
    "letter": say("by letter"),
    "in_person": say("in person"),
}
WEEK = 7


def reader_of(provider: Provider) -> Reader:
    """To whom a letter speaks."""
    return Reader(provider.first_name, provider.last_name, provider.credentials in DOCTORS)


def order_facts(case: ReferralCase) -> Order:
    """The order as its sender knows it, and who sees to it here."""
    referral, practice = case.referral, the_practice()
    return Order(
        to=reader_of(referral.provider),
        client=full_name(referral.client),
        number=referral.number,
        received_on=referral.received_on,
        their_reference=referral.their_reference,
        ordered_on=referral.ordered_on,
        coordinator=case.owner.name if case.owner is not None else "",
        phone=practice.phone,
        email=practice.email,
    )


def missing_of(case: ReferralCase) -> tuple[Words, ...]:
    """What the order lacks: as somebody found it, or as it can be seen from what was logged."""
    codes = case.missing.split() or lacking_of(case.referral)
    return tuple(LACKING[code] for code in codes if code in LACKING)


def lacking_of(referral: Referral) -> tuple[str, ...]:
    """Codes of what an order lacks, seen from its row, its client and its authorisations."""
    client, provider, place = referral.client, referral.provider, referral.organisation
    allowed = referral.authorisations
    ways = [provider.fax, provider.phone, provider.email]
    if place is not None:
        ways += [place.fax, place.phone, place.email, place.address]
    return lacks(
        Said(
            has_client_contact=bool(client.phones or client.email),
            has_birth_date=client.birth_date is not None,
            has_provider_contact=any(ways),
            is_signed=referral.is_signed,
            has_day=referral.ordered_on is not None,
            has_reason=bool(referral.reason),
            has_diagnosis=bool(referral.diagnosis),
            has_visits=bool(allowed),
            has_service=bool(referral.requested_service),
            has_payer=any(one.payer for one in allowed),
            has_reference=any(one.reference for one in allowed if one.payer),
        )
    )


def attempt_facts(case: ReferralCase) -> list[Attempt]:
    """Attempts that did not reach the client, since anybody last did."""
    found: list[Attempt] = []
    for one in attempts_of(case):
        if one.result in ANSWERED:
            found = []
        else:
            found.append(Attempt(one.on_date, CHANNELS[one.channel]))
    return found


class _Seen(NamedTuple):
    """A visit as far as a report goes."""

    id: int
    status: str
    on: date
    therapist_id: int


def _visits(case: ReferralCase) -> list[_Seen]:
    wanted = (
        select(Visit.id, Visit.status, Visit.on_date, Visit.therapist_id)
        .join(Authorisation, Authorisation.id == Visit.authorisation_id)
        .where(Authorisation.referral_id == case.referral_id)
        .order_by(Visit.on_date, Visit.id)
    )
    return [_Seen(*row) for row in db.session.execute(wanted)]


def attendance_of(case: ReferralCase) -> Attendance:
    """Visits of a referral, by what became of them."""
    visits, today = _visits(case), this_day()
    count = [one.status for one in visits].count
    ahead = [one.on for one in visits if one.status in RESERVING and one.on >= today]
    return Attendance(
        had=tuple(one.on for one in visits if one.status == "completed"),
        cancelled=count("cancelled"),
        cancelled_late=count("late_cancelled"),
        missed=count("no_show"),
        next_on=min(ahead, default=None),
    )


def allowed_of(authorisation: Authorisation | None) -> Allowed | None:
    """What an authorisation allows, and how much of it is left."""
    if authorisation is None:
        return None
    used = counted([authorisation.id])[authorisation.id].used
    return Allowed(
        visits=authorisation.visits,
        used=used,
        left=max(authorisation.visits - used, 0),
        until=authorisation.valid_until,
        reference=authorisation.reference,
    )


def latest_of(case: ReferralCase) -> Authorisation | None:
    """The authorisation that was added last."""
    return max(case.referral.authorisations, key=lambda one: one.id, default=None)


def course_facts(
    case: ReferralCase, voice: Voice, *, authorisation: Authorisation | None = None
) -> Course:
    """Everything that a report of a treatment says, from its first visit until now."""
    visits = _visits(case)
    since = _since(case, visits)
    page = _plan(case, since)
    lines, worse = measured(case.referral.client.known_as, page, since, voice)
    treatment, response = done_in([one.id for one in visits])
    return Course(
        order=order_facts(case),
        reason=case.referral.reason or "",
        therapist=_therapist(visits),
        attendance=attendance_of(case),
        allowed=allowed_of(authorisation or latest_of(case)),
        measures=lines,
        worse=worse,
        aims=tuple(aim_of(one.goal, one.start, one.now) for one in page.aims) if page else (),
        treatment=treatment,
        response=response,
        phases=_phases(page),
        is_careful=_is_careful(case.referral),
    )


def _is_careful(order: Referral) -> bool:
    return order.precautions_sealed is not None and order.precautions_read_at is not None


def _since(case: ReferralCase, visits: Sequence[_Seen]) -> date:
    """From when figures belong to this treatment: the order's day, or an earlier first visit."""
    had = [one.on for one in visits if one.status == "completed"]
    return min([case.referral.received_on, *had])


def _therapist(visits: Sequence[_Seen]) -> str:
    """Who treated last."""
    last = [one.therapist_id for one in visits if one.status == "completed"][-1:]
    return names_of(last).get(last[0], "") if last else ""


def treated_by(case: ReferralCase) -> list[str]:
    """The names of those who treated the client under this referral, visit by visit."""
    ids = [one.therapist_id for one in _visits(case) if one.status == "completed"]
    names = names_of(ids)
    return [names[one] for one in ids if one in names]


def _plan(case: ReferralCase, since: date) -> PlanPage | None:
    """The plan of this time: the open one, or the latest that did not end before it."""
    plans = plans_of(case.referral.client.known_as)
    ours = [one for one in plans if one.ended_on is None or one.ended_on >= since]
    return plan_page(ours[0]) if ours else None


def to_measure_again(case: ReferralCase) -> list[Subject]:
    """What was measured before the last visit and not since: the final report would compare with a
    figure from before the end. Nothing where nobody was treated."""
    visits = _visits(case)
    had = [one.on for one in visits if one.status == "completed"]
    if not had:
        return []
    known = readings_of(case.referral.client.known_as, _since(case, visits))
    return [
        subject
        for subject, last in latest_of_each(known).items()
        if subject.measure != ITSELF and last.on < had[-1]
    ]


def _phases(page: PlanPage | None) -> tuple[Phase, ...]:
    if page is None:
        return ()
    return tuple(
        Phase(PHASES[one.name], one.visits, interval(one.every_days))
        for one in page.phases
        if one.name in PHASES
    )


def asking_of(case: ReferralCase, authorisation: Authorisation | None) -> Asking:
    """What a renewal asks for, as a start: what the plan has left, or as much as before.

    Weeks follow from how far apart the plan's visits are, or one week for each visit.
    """
    page = _plan(case, case.referral.received_on)
    planned = page.planned - page.done - page.booked if page is not None else 0
    before = authorisation or latest_of(case)
    visits = planned if planned > 0 else (before.visits if before is not None else 1)
    every = page.phase.every_days if page is not None and page.phase is not None else WEEK
    return Asking(visits=visits, weeks=max(1, -(-visits * every // WEEK)))


def ended_on(case: ReferralCase) -> date:
    """The day on which a referral ended; today for one that is ending."""
    return day_of(case.ended_at) if case.ended_at is not None else this_day()
