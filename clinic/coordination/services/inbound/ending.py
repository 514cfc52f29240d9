"""A referral ends: cancelled, treated to its end, and closed when the sender knows."""

from clinic.coordination.models import ReferralCase
from clinic.coordination.queries.actions import may_discharge
from clinic.coordination.queries.cases import reports_of
from clinic.coordination.queries.closing import what_keeps_open
from clinic.coordination.queries.courses import course_of
from clinic.coordination.queries.facts import this_day
from clinic.coordination.rules.actions import CANCELS, OUTCOMES
from clinic.coordination.rules.inbound import must_go
from clinic.coordination.rules.next_steps import final_report_due
from clinic.coordination.rules.reports import LIVE
from clinic.coordination.rules.visits import Course
from clinic.coordination.services.inbound.stepping import coded, fitting, go
from clinic.coordination.services.inbound.treating import follow
from clinic.coordination.services.reporting import draft_letter, owe, waive
from clinic.core.clock import now
from clinic.core.errors import Conflict, DomainError, NotAllowed
from clinic.core.guard import verb
from clinic.core.permissions import SYSTEM, Actor, Permission
from clinic.core.tongue import spoken
from clinic.core.words import say
from clinic.letters.services import cancel

COVERED = say("The final report covers it.")
NOT_SHARED = say("The client does not want it shared.")


@verb(Permission.REFERRALS_WRITE)
def ask_to_cancel(
    case: ReferralCase, *, actor: Actor, code: str, why: str = "", version: int | None = None
) -> None:
    """The sender, the client or the payer wants it stopped (``code`` is one of
    ``actions.CANCELS``): nothing more is booked on it, and what stands is to be cancelled."""
    case.expect(version, "status")
    reason, said = coded(code, CANCELS, "code"), fitting(why)
    go(case, "cancel_requested", "cancel_asked", actor=actor, code=reason, why=said)
    follow(case, actor=actor)


@verb(Permission.REFERRALS_WRITE)
def confirm_cancel(
    case: ReferralCase, *, actor: Actor, outcome: str = "", version: int | None = None
) -> None:
    """It is cancelled where nothing was treated; otherwise the treatment is over, and a final
    report says what was done. Raises Conflict while visits are still booked on it."""
    case.expect(version, "status")
    course = course_of(case)
    to = must_go(case.status, "completed" if course.had else "cancelled", "cancel_requested")
    _must_have_no_visit_ahead(course)
    why = case.why
    if to == "completed":
        if outcome:
            case.outcome = coded(outcome, OUTCOMES, "outcome")
        _complete(case, actor)
    else:
        go(case, "cancelled", "cancelled", actor=actor, code=why)
        draft_letter(case, "closing", actor=actor)
    follow(case, actor=actor)


@verb(Permission.CLINICAL_DECIDE)
def discharge(
    case: ReferralCase, *, actor: Actor, outcome: str, why: str = "", version: int | None = None
) -> None:
    """The treatment is over, with an outcome; the final report is due in five working days.

    Reports that were due and not begun are covered by it. Raises Conflict while visits are
    still booked on it, NotAllowed for a therapist who neither treats nor looks after them.
    """
    case.expect(version, "status")
    if not may_discharge(case, actor):
        raise NotAllowed(say("Who treats this client, or looks after the referral, discharges."))
    result, said = coded(outcome, OUTCOMES, "outcome"), fitting(why)
    must_go(case.status, "completed", "in_treatment", "renewal_requested", "expired")
    _must_have_no_visit_ahead(course_of(case))
    case.outcome = result
    _complete(case, actor, said)
    follow(case, actor=actor)


def _complete(case: ReferralCase, actor: Actor, why: str = "") -> None:
    go(case, "completed", "discharged", actor=actor, code="treated", why=why)
    case.completed_at = now()
    for report in reports_of(case):
        is_covered = report.kind != "discharge" and report.due_why != "event"
        if report.status == "due" and is_covered:
            waive(report, actor=SYSTEM, why=spoken(COVERED))
    if case.outcome == "not_shared":
        _share_nothing(case)
    else:
        owe(case, "discharge", final_report_due(this_day()), "discharge", actor=actor)


def _must_have_no_visit_ahead(course: Course) -> None:
    if course.ahead:
        raise Conflict(
            say(
                "Visits still booked on this referral: {count}, the first on {day}."
                " Cancel what is booked first.",
                count=len(course.ahead),
                day=course.ahead[0],
            )
        )


def _share_nothing(case: ReferralCase) -> None:
    """The client does not want the sender told: what is not begun is waived, what is written
    does not leave."""
    for report in reports_of(case):
        if report.status == "due":
            waive(report, actor=SYSTEM, why=spoken(NOT_SHARED))
        elif report.status in LIVE and (letter := report.letter) and letter.status != "cancelled":
            cancel(letter, actor=SYSTEM, why=spoken(NOT_SHARED))


@verb(Permission.REFERRALS_WRITE)
def close(
    case: ReferralCase, *, actor: Actor, outcome: str = "", version: int | None = None
) -> None:
    """The loop is closed: the final report arrived, was acknowledged or is there for seven
    days, nothing is left to do, and what came of it is said.

    ``outcome`` says it where nobody has; ``not_shared`` instead of another means that the
    client refused to have the report sent: then none is. Raises Conflict with what is missing.
    """
    case.expect(version, "status")
    if outcome and case.status == "completed":
        _put_outcome(case, outcome)
        follow(case, actor=actor)
    must_go(case.status, "closed")
    if kept_open := what_keeps_open(case, this_day()):
        raise Conflict(kept_open[0])
    go(case, "closed", "closed", actor=actor, code="treated")
    follow(case, actor=actor)


def _put_outcome(case: ReferralCase, outcome: str) -> None:
    result = coded(outcome, OUTCOMES, "outcome")
    if case.outcome and result not in {case.outcome, "not_shared"}:
        raise DomainError(say("The outcome was said already."), field="outcome")
    case.outcome = result
    if result == "not_shared":
        _share_nothing(case)
