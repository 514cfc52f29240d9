"""Facts for the letter of a referral that goes out: what the therapist wrote, and the record."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import date

from sqlalchemy import select

from clinic.catalogue.models import Service, ServiceVariant
from clinic.clients.queries import is_of_person
from clinic.coordination.models import OutboundReferral
from clinic.coordination.queries.facts import this_day
from clinic.coordination.queries.record_facts import done_in, measured
from clinic.coordination.queries.report_facts import reader_of
from clinic.coordination.rules.outbound import (
    ANSWER_DAYS,
    CLEARANCE,
    PRESSING,
    REASONS,
    URGENCIES,
)
from clinic.core.db import db
from clinic.health.queries.clearances import asking_of
from clinic.health.queries.rules import rule_book
from clinic.letters.rules.told import Attendance, Outbound, Planned
from clinic.letters.rules.voice import Voice
from clinic.letters.services.setting import full_name
from clinic.practice.queries import the_practice
from clinic.records.queries.plans import PlanPage, open_plan, plan_page
from clinic.scheduling.models import Visit
from clinic.scheduling.queries.counts import RESERVING

Had = Sequence[tuple[int, date]]


def outbound_facts(outbound: OutboundReferral, voice: Voice) -> Outbound:
    """What is told of a client who is sent: visits, treatment and measures of this course.

    A question about treatment tells no course: what holds it, and what is planned.
    """
    practice, person = the_practice(), outbound.client.known_as
    plan = open_plan(person)
    had = _had(person, plan.opened_on if plan is not None else None)
    asks = outbound.reason == CLEARANCE
    page = plan_page(plan) if plan is not None and not asks else None
    treatment, response = done_in([] if asks else [visit_id for visit_id, _ in had])
    return Outbound(
        to=reader_of(outbound.provider),
        client=full_name(outbound.client),
        number=outbound.number,
        therapist=outbound.owner.name if outbound.owner is not None else "",
        why=REASONS[outbound.reason],
        urgency=URGENCIES[outbound.urgency],
        question=outbound.question or "",
        findings=outbound.findings or "",
        meanwhile=outbound.meanwhile or "",
        is_pressing=outbound.urgency in PRESSING,
        answer_days=ANSWER_DAYS[outbound.urgency],
        phone=practice.phone,
        email=practice.email,
        attendance=Attendance(had=tuple(on for _, on in had)),
        treatment=treatment,
        response=response,
        measures=() if asks else measured(person, page, _since(page, had), voice)[0],
        grounds=_grounds(outbound) if asks else (),
        planned=_planned(person) if asks else (),
    )


def tells_measures(outbound: OutboundReferral) -> bool:
    """Whether its letter, drafted now, would tell what was measured."""
    if outbound.reason == CLEARANCE:
        return False
    person = outbound.client.known_as
    plan = open_plan(person)
    had = _had(person, plan.opened_on if plan is not None else None)
    page = plan_page(plan) if plan is not None else None
    return bool(measured(person, page, _since(page, had), Voice())[0])


def _had(person_id: int, since: date | None) -> Had:
    """Visits that were had since the plan began; all of them where there is none, or none since."""
    wanted = (
        select(Visit.id, Visit.on_date)
        .where(is_of_person(Visit.client_id, person_id), Visit.status == "completed")
        .order_by(Visit.on_date, Visit.id)
    )
    every = [(row.id, row.on_date) for row in db.session.execute(wanted)]
    return [one for one in every if since is None or one[1] >= since] or every


def _since(page: PlanPage | None, had: Had) -> date | None:
    """From when figures belong to this course: the plan's day, or an earlier first visit."""
    return min([*([page.plan.opened_on] if page else []), *(on for _, on in had)], default=None)


def _grounds(outbound: OutboundReferral) -> tuple[str, ...]:
    """What holds the client's visits, as the rules call it."""
    if outbound.clearance is None:
        return ()
    book, on = rule_book(), this_day()
    codes = asking_of(outbound.clearance).rules
    return tuple(book.rule(code, on).label for code in codes if code in book.versions)


def _planned(person_id: int) -> tuple[Planned, ...]:
    """Visits that are booked from today on, those of one kind together."""
    wanted = (
        select(Service.name, Visit.minutes, Visit.on_date)
        .join(ServiceVariant, ServiceVariant.id == Visit.variant_id)
        .join(Service, Service.id == ServiceVariant.service_id)
        .where(
            is_of_person(Visit.client_id, person_id),
            Visit.status.in_(RESERVING),
            Visit.on_date >= this_day(),
        )
        .order_by(Visit.on_date, Visit.id)
    )
    days: dict[tuple[str, int], list[date]] = defaultdict(list)
    for name, minutes, on in db.session.execute(wanted):
        days[name, minutes].append(on)
    return tuple(Planned(*kind, len(on), on[0]) for kind, on in days.items())
