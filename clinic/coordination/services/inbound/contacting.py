"""Attempts to reach the client; and who looks after a referral, what is next, and when."""

from datetime import date

from clinic.coordination.models import ContactAttempt, ReferralCase
from clinic.coordination.queries.cases import attempts_of
from clinic.coordination.queries.courses import course_of
from clinic.coordination.queries.facts import (
    LEFT,
    letters_of,
    since_missed,
    this_day,
    tried_on,
)
from clinic.coordination.rules.actions import ACTIONS
from clinic.coordination.rules.inbound import (
    ATTEMPTS_ENOUGH,
    MISSES_ENOUGH,
    UNDER_WAY,
    must_go,
)
from clinic.coordination.services.inbound.receiving import give_to
from clinic.coordination.services.inbound.stepping import (
    fitting,
    go,
    must_be_live,
    settle,
    write_down,
)
from clinic.coordination.services.inbound.treating import follow
from clinic.coordination.services.reporting import draft_letter
from clinic.core.clock import now
from clinic.core.db import db
from clinic.core.errors import Conflict, DomainError
from clinic.core.guard import verb
from clinic.core.permissions import Actor, Permission
from clinic.core.words import Words, say
from clinic.staff.models import StaffMember


@verb(Permission.REFERRALS_WRITE)
def log_attempt(
    case: ReferralCase,
    *,
    actor: Actor,
    channel: str,
    result: str,
    note: str = "",
    version: int | None = None,
) -> ContactAttempt:
    """Write down an attempt to reach the client; the first one begins the contacting.

    ``note`` is read by everybody at the desk. With the third day on which nobody was
    reached, the letter that tells the sender is drafted. Raises Conflict before acceptance.
    """
    case.expect(version, "status")
    if case.status not in UNDER_WAY:
        raise Conflict(say("Accept the referral before you contact the client about it."))
    _check_attempt(channel, result, note)
    attempt = ContactAttempt(
        case=case, at=now(), on_date=this_day(), by_id=actor.id,
        channel=channel, result=result, note=note.strip(),
    )  # fmt: skip
    db.session.add(attempt)
    case.contacted_at = case.contacted_at or attempt.at
    if case.status == "accepted":
        go(case, "contacting", "attempted", actor=actor, code=result)
    else:
        write_down(case, "attempted", actor=actor, code=result)
    db.session.flush()
    _draft_unreachable(case, actor)
    follow(case, actor=actor)
    return attempt


def _check_attempt(channel: str, result: str, text: str) -> None:
    if channel not in ContactAttempt.CHANNELS:
        raise DomainError(say("Say how you tried."), field="channel")
    if result not in ContactAttempt.RESULTS:
        raise DomainError(say("Say what came of it."), field="result")
    if len(text.strip()) > ContactAttempt.NOTE_MAX:
        most = ContactAttempt.NOTE_MAX
        raise DomainError(say("Use at most {count} characters.", count=most), field="note")


def _draft_unreachable(case: ReferralCase, actor: Actor) -> None:
    """Enough days without reaching anybody, or visits missed: the letter lies ready, once."""
    why_not = {"contacting": _why_not_tried, "missed_first": _why_not_missed}.get(case.status)
    if why_not is not None and why_not(case) is None and not letters_of(case, "unreachable"):
        draft_letter(case, "unreachable", actor=actor)


@verb(Permission.REFERRALS_WRITE)
def give_up(case: ReferralCase, *, actor: Actor, why: str = "", version: int | None = None) -> None:
    """The client was not reached: on three days, or not after a second missed first visit.

    The sender is told: the letter has left, or it lies drafted and ``why`` says what keeps it
    (most often that nobody could ask the client whether it may be sent); it is then a task.
    Raises Conflict with what is missing.
    """
    case.expect(version, "status")
    said = fitting(why)
    must_go(case.status, "not_reached")
    why_not = _why_not_missed(case) if case.status == "missed_first" else _why_not_tried(case)
    if why_not is not None:
        raise Conflict(why_not)
    letters = letters_of(case, "unreachable")
    if not letters:
        draft_letter(case, "unreachable", actor=actor)
    if not said and not any(letter.status in LEFT for letter in letters):
        raise Conflict(
            say("Send the letter that tells the sender, or say why it cannot leave."),
        )
    go(case, "not_reached", "gave_up", actor=actor, code="not_reached", why=said)
    follow(case, actor=actor)


def _why_not_tried(case: ReferralCase) -> Words | None:
    days = len(set(tried_on(attempts_of(case))))
    if days >= ATTEMPTS_ENOUGH:
        return None
    return say(
        "Try on {count} different days first. There were attempts on {days}.",
        count=ATTEMPTS_ENOUGH,
        days=days,
    )


def _why_not_missed(case: ReferralCase) -> Words | None:
    """Missed twice, and called about it; or once, and the client said no or was not reached on
    three days: then nothing more is to come."""
    missed = course_of(case).missed
    since = since_missed(attempts_of(case), missed)
    is_over = any(one.result == "refused" for one in since)
    is_over |= len(set(tried_on(since))) >= ATTEMPTS_ENOUGH
    if len(missed) < MISSES_ENOUGH and not is_over:
        return say("Only one visit was missed. Try to book another.")
    if not since:
        return say("Call the client about the missed visit first, and write it down.")
    return None


@verb(Permission.REFERRALS_WRITE)
def plan_next(
    case: ReferralCase,
    *,
    actor: Actor,
    next_action: str,
    due_on: date,
    owner: StaffMember | None = None,
    version: int | None = None,
) -> None:
    """Choose what is next, by when, and who sees to it; it stands until the state changes.

    ``next_action`` is one of ``actions.ACTIONS``; empty lets it follow from the state again. Who
    leaves step and day as they are has planned neither: both go on following from the state.
    """
    case.expect(version, "next_action", "due_on", "owner_id")
    must_be_live(case)
    if next_action and next_action not in ACTIONS:
        raise DomainError(say("Choose what is next."), field="next_action")
    is_other = (next_action, due_on) != (case.next_action, case.due_on)
    if next_action and is_other and due_on < this_day():
        raise DomainError(say("This day has passed."), field="due_on")
    if owner is not None:
        give_to(case, owner, actor=actor)
    case.is_planned = bool(next_action) and (is_other or case.is_planned)
    if next_action:
        case.next_action, case.due_on = next_action, due_on
    write_down(case, "planned", actor=actor, code=next_action)
    settle(case, actor=actor)
