"""A referral's steps: each is kept for good, and leaves somebody, a next action and a day."""

from datetime import date

from clinic.coordination.models import CaseStep, ReferralCase
from clinic.coordination.queries.courses import course_of
from clinic.coordination.queries.facts import facts_of, this_day, untold_misses
from clinic.coordination.queries.people import an_owner
from clinic.coordination.rules.actions import WHYS
from clinic.coordination.rules.inbound import ENDS, must_go
from clinic.coordination.rules.next_steps import Facts, what_next
from clinic.coordination.rules.visits import Course
from clinic.coordination.services.inbound.tasking import keep_tasks
from clinic.coordination.services.missing import tell_of_misses
from clinic.core.clock import now
from clinic.core.db import db
from clinic.core.errors import Conflict, DomainError
from clinic.core.permissions import Actor
from clinic.core.tongue import spoken
from clinic.core.words import Words, say
from clinic.referrals import services as referrals
from clinic.staff.models import StaffMember

WHY_MAX, INSTEAD_MAX = 500, 200
STOPS_BOOKING = (*ENDS, "completed", "cancel_requested")
"""States in which nothing more is booked on the order."""


def write_down(
    case: ReferralCase, kind: str, *, actor: Actor, before: str = "", code: str = "", why: str = ""
) -> CaseStep:
    """Add a step to the history."""
    step = CaseStep(
        case=case, at=now(), by_id=actor.id, kind=kind, from_status=before or case.status,
        to_status=case.status, code=code,
    )  # fmt: skip
    if why.strip():
        step.why = why.strip()
    db.session.add(step)
    return step


def go(
    case: ReferralCase, to: str, kind: str, *, actor: Actor, code: str = "", why: str = ""
) -> None:
    """Walk to another state. Raises Conflict, naming both, where there is no such way.

    ``settle`` has to follow: what is next is another thing now.
    """
    before = case.status
    case.status = must_go(before, to)
    case.is_planned, case.why = False, code
    if before == "on_hold":
        case.review_on, case.resumes_to = None, ""
    if to in ENDS:
        case.ended_at, case.next_action, case.due_on = now(), "", None
    if to in STOPS_BOOKING and case.referral.ended_on is None:
        said = WHYS.get(code, say("This referral is over."))
        referrals.end(case.referral, actor=actor, why=spoken(said))
    write_down(case, kind, actor=actor, before=before, code=code, why=why)


def settle(
    case: ReferralCase, *, actor: Actor, course: Course | None = None, today: date | None = None
) -> Facts:
    """Set what is next and by when, unless somebody planned otherwise; keep its tasks in step."""
    course = course or course_of(case)
    db.session.flush()
    facts = facts_of(case, course)
    if case.status not in ENDS and not case.is_planned:
        planned = what_next(case.status, facts)
        if planned != (case.next_action, case.due_on):
            case.next_action, case.due_on = planned
    db.session.flush()
    if facts.second_miss_on is not None:
        tell_of_misses(case, untold_misses(case, course), actor=actor)
    keep_tasks(case, facts, today or this_day(), actor=actor)
    return facts


def somebody(actor: Actor, owner: StaffMember | None = None) -> StaffMember:
    """Who looks after it: whom somebody chose, else who acts, else an owner of the clinic.

    Raises Conflict for who works here no longer, and where nobody does.
    """
    if owner is not None:
        if not owner.is_active:
            raise DomainError(say("{name} works here no longer.", name=owner.name), field="owner")
        return owner
    acting = db.session.get(StaffMember, actor.id) if actor.id is not None else None
    found = acting if acting is not None and acting.is_active else an_owner()
    if found is None:
        raise Conflict(say("Nobody works here yet who could look after a referral."))
    return found


def must_be_live(case: ReferralCase) -> None:
    """Raises Conflict for a referral that has ended."""
    if case.status in ENDS:
        raise Conflict(say("This referral has ended."))


def coded(code: str, words: dict[str, Words], field: str) -> str:
    """One of the codes. Raises DomainError beside the field."""
    if code not in words:
        raise DomainError(say("Choose a reason."), field=field)
    return code


def fitting(why: str, field: str = "why", most: int = WHY_MAX) -> str:
    """What was said, in a fitting length. Raises DomainError beside the field."""
    if len(why.strip()) > most:
        raise DomainError(say("Use at most {count} characters.", count=most), field=field)
    return why.strip()
