"""What becomes of a referral after it was sent: what the desk hears and writes down.

None of it is clinical but what was said in a call, which only who treats the client reads.
"""

from datetime import date
from typing import Any

from clinic.clients.services import hold_person
from clinic.coordination.models import OutboundReferral
from clinic.coordination.queries.outbound import about_outbound, lacks_consent
from clinic.coordination.rules.outbound import (
    ACKNOWLEDGED,
    ATTENDED,
    CALLS,
    DECLINED_WHY,
    ENDS,
    NOT_ATTENDED,
    PRESSING,
    REMINDERS,
    SENT,
    TOLD,
    answer_by,
    may_give_up,
    must_go,
)
from clinic.coordination.rules.workdays import after
from clinic.coordination.services.outbound.ending import drop_letter, let_go
from clinic.coordination.services.outbound.moving import (
    go,
    not_later,
    note,
    settle,
    this_day,
    worded,
)
from clinic.core.clock import local_day
from clinic.core.errors import Conflict, DomainError
from clinic.core.guard import verb
from clinic.core.permissions import Actor, Permission, Role
from clinic.core.words import say
from clinic.letters.services import expect_answer
from clinic.practice.queries import the_practice
from clinic.tasks.services import open_task

BY_MAX = 80
REMIND_BY = ("fax", "post", "email", "phone", "message")
RESULTS = {
    "reached": say("Reached"),
    "left_message": say("Left a message"),
    "no_answer": say("Nobody answered"),
}
"""What became of a call."""


@verb(Permission.REFERRALS_WRITE)
def acknowledged(
    outbound: OutboundReferral, *, actor: Actor, on: date, by: str, version: int | None = None
) -> None:
    """Somebody there says that it came: who, on which day. Raises Conflict, DomainError."""
    outbound.expect(version)
    must_go(outbound.status, "acknowledged")
    name = by.strip()
    if not name:
        raise DomainError(say("Say who acknowledged it."), field="by")
    if len(name) > BY_MAX:
        raise DomainError(say("Use at most {most} characters.", most=BY_MAX), field="by")
    _after_sending(outbound, not_later(on))
    outbound.acknowledged_on, outbound.acknowledged_by = on, name
    go(outbound, "acknowledged", actor=actor)


@verb(Permission.REFERRALS_WRITE)
def scheduled(
    outbound: OutboundReferral, *, actor: Actor, on: date, version: int | None = None
) -> None:
    """The client has an appointment there on a day. Raises Conflict, DomainError."""
    outbound.expect(version)
    must_go(outbound.status, "scheduled")
    _after_sending(outbound, on)
    outbound.appointment_on = on
    go(outbound, "scheduled", actor=actor)


@verb(Permission.REFERRALS_WRITE)
def attended(outbound: OutboundReferral, *, actor: Actor, version: int | None = None) -> None:
    """The client went there; an answer is expected from that day on. Raises Conflict."""
    outbound.expect(version)
    must_go(outbound.status, "attended")
    seen = outbound.appointment_on or this_day()
    if seen > this_day():
        raise Conflict(say("The appointment is on {day}: it has not come yet.", day=seen))
    outbound.answer_by = answer_by(outbound.urgency, seen)
    if outbound.letter is not None:
        expect_answer(outbound.letter, actor=actor, by=outbound.answer_by)
    go(outbound, "attended", actor=actor)


@verb(Permission.REFERRALS_WRITE)
def not_attended(outbound: OutboundReferral, *, actor: Actor, version: int | None = None) -> None:
    """The client did not go there, or the appointment was called off. Raises Conflict."""
    outbound.expect(version)
    go(outbound, "not_attended", actor=actor)


@verb(Permission.REFERRALS_WRITE)
def declined(
    outbound: OutboundReferral,
    *,
    actor: Actor,
    why: str = "",
    code: str = "other",
    version: int | None = None,
) -> None:
    """The provider does not take it on: ``code`` is one of DECLINED_WHY, ``why`` as they said it,
    which must be said of another reason. Who sees to it asks somebody else: on the same day where
    it is urgent, else on the next. Raises Conflict, DomainError."""
    hold_person(outbound.client)
    outbound.expect(version)
    must_go(outbound.status, "declined")
    if code not in DECLINED_WHY:
        raise DomainError(say("Choose from the list."), field="code")
    said = worded(why) if code == "other" or why.strip() else ""
    go(outbound, "declined", actor=actor, code=code, why=said)
    let_go(outbound, actor=actor, why=why)
    is_pressing = outbound.urgency in PRESSING
    open_task(
        actor=actor,
        kind="reassign",
        due_on=this_day() if is_pressing else after(this_day(), 1),
        about=about_outbound(outbound),
        client=outbound.client,
        assignee=outbound.owner,
        role=Role.THERAPIST.value,
        note=outbound.number,
        dedupe=f"{about_outbound(outbound)}:refused",
    )


@verb(Permission.REFERRALS_WRITE)
def client_refused(
    outbound: OutboundReferral, *, actor: Actor, why: str = "", version: int | None = None
) -> None:
    """The client does not want it, or goes there no more. Raises Conflict."""
    hold_person(outbound.client)
    outbound.expect(version)
    turned_down(outbound, actor=actor, why=why)


def turned_down(outbound: OutboundReferral, *, actor: Actor, why: str = "") -> None:
    """It ends with the client's no. What was to be asked is open still: who sees to it says how to
    go on without, on the same day where it is urgent. Who has the letter waits for nobody: they
    are called, as far as the client still lets us tell them anything. Raises Conflict.
    """
    has_letter = outbound.status == NOT_ATTENDED
    go(outbound, "client_refused", actor=actor, why=why)
    drop_letter(outbound, actor=actor)
    let_go(outbound, actor=actor, why=why)
    name = about_outbound(outbound)
    due_on = this_day() if outbound.urgency in PRESSING else after(this_day(), 1)
    told: dict[str, Any] = {
        "actor": actor, "about": name, "client": outbound.client, "note": outbound.number,
    }  # fmt: skip
    open_task(
        kind="referral_next_action", due_on=due_on, assignee=outbound.owner,
        role=Role.THERAPIST.value, dedupe=f"{name}:without", **told,
    )  # fmt: skip
    if has_letter and lacks_consent(outbound) is None:
        open_task(
            kind="call_provider", due_on=after(this_day(), 2), dedupe=f"{name}:not_coming", **told
        )


@verb(Permission.REFERRALS_WRITE)
def remind(
    outbound: OutboundReferral,
    *,
    actor: Actor,
    how: str,
    note_text: str = "",
    version: int | None = None,
) -> None:
    """It was asked for the answer again. Raises Conflict, DomainError."""
    outbound.expect(version)
    if outbound.status not in (SENT, ACKNOWLEDGED, ATTENDED):
        raise Conflict(say("No answer is awaited that could be asked for again."))
    if how not in REMIND_BY:
        raise DomainError(say("Choose from the list."), field="how")
    outbound.reminders += 1
    note(outbound, "reminded", actor=actor, code=how, why=note_text)
    settle(outbound, actor=actor)


@verb(Permission.REFERRALS_WRITE)
def call(
    outbound: OutboundReferral,
    *,
    actor: Actor,
    result: str,
    note_text: str = "",
    version: int | None = None,
) -> None:
    """Somebody telephoned there. ``note_text`` is what was said, read by who treats the client.

    Before there is a consent it must say why it could not wait: what the law lets somebody
    tell to avert a danger is told by telephone, never by a letter (45 CFR 164.512(j) of the
    United States). Raises Conflict, DomainError.
    """
    outbound.expect(version)
    if outbound.status in ENDS:
        raise Conflict(say("This has ended."))
    if result not in RESULTS:
        raise DomainError(say("Choose from the list."), field="result")
    is_early = outbound.sent_at is None and result == "reached"
    if is_early and not note_text.strip() and lacks_consent(outbound) is not None:
        raise DomainError(
            say("There is no consent: say what was told, and why it could not wait."),
            field="note_text",
        )
    outbound.calls += 1
    note(outbound, "called", actor=actor, code=result, why=note_text)
    settle(outbound, actor=actor)


@verb(Permission.REFERRALS_WRITE)
def no_answer(outbound: OutboundReferral, *, actor: Actor, version: int | None = None) -> None:
    """It was asked again and again, and no answer came. An owner hears of urgent ones.

    An answer that comes late is still taken. Raises Conflict with what is to be done first.
    """
    outbound.expect(version)
    must_go(outbound.status, "no_answer")
    if not may_give_up(outbound.reminders, outbound.calls):
        text = "Reminded {reminders} of {least} times, called {calls} of {calls_least}: ask again."
        raise Conflict(
            say(
                text, reminders=outbound.reminders, least=REMINDERS, calls=outbound.calls,
                calls_least=CALLS,
            )
        )  # fmt: skip
    go(outbound, "no_answer", actor=actor)
    open_task(
        actor=actor,
        kind="reassign",
        due_on=this_day(),
        about=about_outbound(outbound),
        client=outbound.client,
        role=Role.OWNER.value if outbound.urgency in PRESSING else None,
        assignee=None if outbound.urgency in PRESSING else outbound.owner,
        note=outbound.number,
        dedupe=f"{about_outbound(outbound)}:unanswered",
    )


def _after_sending(outbound: OutboundReferral, on: date) -> None:
    sent = outbound.sent_at
    if sent is not None and on < local_day(sent, the_practice().zone):
        raise DomainError(say("It left later than that."), field="on")


def may_close(outbound: OutboundReferral) -> bool:
    """Whether all three ticks are there: read, acted on, told."""
    return outbound.status == TOLD and None not in (
        outbound.read_at,
        outbound.acted_at,
        outbound.told_at,
    )
