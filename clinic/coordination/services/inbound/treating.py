"""A referral goes with its visits: scheduled, begun, paused, reported on, renewed."""

from datetime import date, timedelta

from clinic.clients.queries import may_read_health
from clinic.coordination.models import ReferralCase
from clinic.coordination.queries.cases import reports_of
from clinic.coordination.queries.courses import course_of, is_renewed
from clinic.coordination.queries.facts import this_day
from clinic.coordination.rules.actions import HOLDS
from clinic.coordination.rules.inbound import must_go
from clinic.coordination.rules.next_steps import initial_report_due
from clinic.coordination.rules.reports import LIVE as LIVE_REPORTS
from clinic.coordination.rules.visits import Course, heading, renewal_of, report_of
from clinic.coordination.services.inbound.stepping import (
    coded,
    fitting,
    go,
    settle,
    write_down,
)
from clinic.coordination.services.reporting import owe
from clinic.core.clock import now
from clinic.core.errors import Conflict, DomainError, NotAllowed
from clinic.core.guard import verb
from clinic.core.permissions import Actor, Permission
from clinic.core.words import say
from clinic.health.rules.facts import Limits
from clinic.health.rules.limiting import NONE
from clinic.health.services.clearing import limit_by_order
from clinic.referrals.services import mark_precautions_read

REPORTING = ("in_treatment", "renewal_requested", "on_hold", "expired")
"""States in which a payer's rule asks for reports."""
HOLD_MAX = timedelta(days=366)


def follow(
    case: ReferralCase, *, actor: Actor, today: date | None = None, is_adopted: bool = False
) -> None:
    """Bring a referral to where its visits have carried it, and say what is next.

    Always counted anew from the visits themselves, so that a correction counts as well. What
    cannot go back (the first visit was none after all) stays, and is the next thing to look at.
    One that is adopted owes no report of its first visit: that was long ago.
    """
    on, course = today or this_day(), course_of(case)
    is_first = bool(course.had) and case.first_visit_on is None
    while (step := heading(case.status, course)) is not None:
        to, kind = step
        go(case, to, kind, actor=actor)
        is_first = is_first or to == "in_treatment"
    if is_first and case.status in REPORTING and not is_adopted:
        _begin(case, course, actor)
    _count(case, course, actor)
    if case.status in REPORTING:
        _owe_reports(case, course, on, actor)
    if case.status == "in_treatment":
        _see_to_renewal(case, course, on, actor)
    settle(case, actor=actor, course=course, today=on)


def _begin(case: ReferralCase, course: Course, actor: Actor) -> None:
    """The first visit was had, be it while the referral is on hold or its time has ended: the
    sender hears of it within five working days."""
    if any(one.kind == "initial" for one in reports_of(case)):
        return
    first = course.had[0]
    owe(case, "initial", initial_report_due(first), "first_visit", actor=actor)


def _count(case: ReferralCase, course: Course, actor: Actor) -> None:
    """The day of the first visit; one that does not count any more is noted."""
    first = course.had[0] if course.had else None
    if case.first_visit_on is not None and first is None:
        write_down(case, "uncounted", actor=actor)
    if first != case.first_visit_on:
        case.first_visit_on = first


def _owe_reports(case: ReferralCase, course: Course, on: date, actor: Actor) -> None:
    """A report for each authorisation whose rule asks for one by today; one at a time."""
    reports = reports_of(case)
    for one in course.allowed:
        own = [r for r in reports if r.authorisation_id == one.id and r.kind == "progress"]
        if any(report.status in LIVE_REPORTS for report in own):
            continue
        told = [report.sent_on or report.due_on for report in own]
        due = report_of(one, course.seen, told)
        if due is not None and due.due_on <= on:
            owe(case, "progress", due.due_on, due.why, actor=actor, authorisation_id=one.id)


def _see_to_renewal(case: ReferralCase, course: Course, on: date, actor: Actor) -> None:
    """Where a night was missed and the time has ended meanwhile, it is owed all the same."""
    due = renewal_of(course, on)
    if due is None:
        return
    if not course.has_ended(on):
        go(case, "renewal_requested", "renewal_due", actor=actor)
    if not any(one.kind == "renewal" and one.status in LIVE_REPORTS for one in reports_of(case)):
        last = course.allowed[-1].id
        owe(case, "renewal", due.due_on, due.why, actor=actor, authorisation_id=last)


@verb(Permission.REFERRALS_WRITE)
def renewed(case: ReferralCase, *, actor: Actor, authorisation_id: int | None = None) -> None:
    """More visits or more time were allowed: treatment goes on, or the client is contacted.

    Raises Conflict where no authorisation was added since the renewal was wanted or the time
    ended. Elsewhere a new authorisation changes what is counted, and no more.
    """
    if case.status not in {"renewal_requested", "expired"}:
        follow(case, actor=actor)
        return
    course = course_of(case)
    if authorisation_id is None and not is_renewed(case):
        raise Conflict(say("No visits were added since. Add the new authorisation first."))
    began = case.status == "renewal_requested" or bool(course.had)
    go(case, "in_treatment" if began else "contacting", "renewed", actor=actor)
    follow(case, actor=actor)


@verb(Permission.REFERRALS_WRITE)
def hold(
    case: ReferralCase,
    *,
    actor: Actor,
    why: str,
    review_on: date,
    note: str = "",
    version: int | None = None,
) -> None:
    """Pause: somebody is ill or away (``why`` is one of ``actions.HOLDS``); it is looked at
    again on a day to come."""
    case.expect(version, "status")
    reason, said = coded(why, HOLDS, "why"), fitting(note, "note")
    if not this_day() < review_on <= this_day() + HOLD_MAX:
        raise DomainError(say("Choose a day to come, within a year."), field="review_on")
    case.review_on = review_on
    case.resumes_to = "in_treatment" if case.status == "in_treatment" else "contacting"
    go(case, "on_hold", "held", actor=actor, code=reason, why=said)
    follow(case, actor=actor)


@verb(Permission.REFERRALS_WRITE)
def resume(case: ReferralCase, *, actor: Actor, version: int | None = None) -> None:
    """Go on: with the treatment, or before the first visit with contacting the client."""
    case.expect(version, "status")
    course = course_of(case)
    began = bool(course.had) or case.resumes_to == "in_treatment"
    to = must_go(case.status, "in_treatment" if began else "contacting", "on_hold")
    go(case, to, "resumed", actor=actor)
    follow(case, actor=actor)


@verb(Permission.CLINICAL_DECIDE)
def confirm_precautions(
    case: ReferralCase,
    *,
    actor: Actor,
    limits: Limits = NONE,
    is_none_needed: bool = False,
    read: int | None = None,
    version: int | None = None,
) -> None:
    """A therapist has turned the order's precautions into limits, which bind from today on in place
    of those set for it before, or says that no limits are needed.

    ``read`` is the version of the order that the page showed: of another one something else was
    read. Also where the referral has ended: visits may stand. Raises NotAllowed for one who does
    not treat the client, and so cannot have read them, Conflict, StaleEdit, and DomainError where
    neither was said, or both.
    """
    case.expect(version, "status")
    if not may_read_health(actor, case.referral.client_id):
        raise NotAllowed(say("Who treats this client reads the precautions and confirms them."))
    if case.precautions_at is not None:
        raise Conflict(say("The precautions were confirmed already."))
    order = case.referral
    if read is not None and read != order.version:
        raise Conflict(say("The order was corrected meanwhile. Read it again, then confirm."))
    _must_be_said(limits, is_none_needed=is_none_needed)
    # First the client is held and their visits are judged anew: that may bring the case along.
    limit_by_order(
        order.client, actor=actor, order=order.public_id, provider=order.provider, limits=limits
    )
    case.precautions_at, case.precautions_by_id = now(), actor.id
    mark_precautions_read(order, actor=actor)
    write_down(case, "precautions", actor=actor)
    settle(case, actor=actor)


def _must_be_said(limits: Limits, *, is_none_needed: bool) -> None:
    if is_none_needed == (limits != NONE):
        raise DomainError(
            say("You set limits, and say that none are needed. Choose one of the two.")
            if is_none_needed
            else say("Set at least one limit, or say that none are needed."),
            field="is_none_needed",
        )
