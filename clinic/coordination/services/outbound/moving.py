"""A referral to a provider comes to another state: the step is kept, what is next is planned,
and whoever is to do it has a task.
"""

from collections.abc import Sequence
from datetime import date
from typing import NamedTuple

from clinic.clients.models import Client
from clinic.clients.queries import may_read_health
from clinic.coordination.models import CaseStep, OutboundReferral
from clinic.coordination.queries.outbound import about_outbound, lacks_consent
from clinic.coordination.rules.outbound import (
    AWAITING,
    BEFORE_SENDING,
    ENDS,
    NAMES,
    OWNERS,
    PRESSING,
    TASKS,
    Standing,
    must_go,
    what_next,
)
from clinic.coordination.services.handing import tells_of_hand_over
from clinic.core import clock
from clinic.core.db import db
from clinic.core.errors import DomainError, NotAllowed
from clinic.core.permissions import Actor, Role
from clinic.core.tongue import spoken
from clinic.core.words import say
from clinic.practice.queries import the_practice
from clinic.tasks import services as tasks
from clinic.tasks.models import Task
from clinic.tasks.queries import live_about

WHY_MAX = 1000


class Known(NamedTuple):
    """What was read of a task together with those of many others: it may be another by now, so
    nothing is written by it."""

    dedupe: str | None
    status: str
    asked_for: date


def this_day() -> date:
    """The clinic's day."""
    return clock.today(the_practice().zone)


def must_treat(actor: Actor, client: Client) -> None:
    """Raises NotAllowed for who is not in the client's care."""
    if not may_read_health(actor, client.id):
        raise NotAllowed(say("That is for a therapist in the client’s care."))


def not_later(on: date, field: str = "on") -> date:
    """A day of which something is told. Raises DomainError for one that has not come."""
    if on > this_day():
        raise DomainError(say("This day has not come yet."), field=field)
    return on


def worded(text: str, field: str = "why") -> str:
    """What was typed, which must be something. Raises DomainError."""
    said = text.strip()
    if not said:
        raise DomainError(say("Say it in a few words."), field=field)
    if len(said) > WHY_MAX:
        raise DomainError(say("Use at most {most} characters.", most=WHY_MAX), field=field)
    return said


def go(
    outbound: OutboundReferral, verb: str, *, actor: Actor, code: str = "", why: str = ""
) -> None:
    """Bring it where a verb leads, and plan what is next. Raises Conflict with the reason."""
    after = must_go(outbound.status, verb)
    with db.session.no_autoflush:
        before, outbound.status = outbound.status, after
        outbound.ended_at = clock.now() if after in ENDS else None
        outbound.why = code if after in ENDS else ""
        _plan(outbound, this_day())
        note(outbound, verb, actor=actor, before=before, code=code, why=why)
    db.session.flush()
    _hand_out(outbound, actor, this_day())


def note(
    outbound: OutboundReferral,
    kind: str,
    *,
    actor: Actor,
    before: str = "",
    code: str = "",
    why: str = "",
) -> CaseStep:
    """Write down one step; ``why`` is read by who treats the client."""
    step = CaseStep(
        outbound=outbound,
        outbound_id=outbound.id,
        at=clock.now(),
        by_id=actor.id,
        kind=kind,
        from_status=before or outbound.status,
        to_status=outbound.status,
        code=code,
    )
    step.why = why.strip()[:WHY_MAX] or None
    db.session.add(step)
    return step


def settle(
    outbound: OutboundReferral,
    *,
    actor: Actor,
    today: date | None = None,
    known: Sequence[Known] | None = None,
) -> bool:
    """Plan anew what is next, and who has it to do; whether something changed by that. ``known``
    are the tasks about it that are to be done, where somebody has read them of many at once: where
    they are not as they are to be, they are read anew."""
    on = today or this_day()
    with db.session.no_autoflush:
        before = (outbound.next_action, outbound.due_on)
        _plan(outbound, on)
    db.session.flush()
    has_tasks = _hand_out(outbound, actor, on, known)
    return has_tasks or before != (outbound.next_action, outbound.due_on)


def _plan(outbound: OutboundReferral, today: date) -> None:
    """The next action and its day. Something still to be done keeps the day it was planned for."""
    letter = outbound.letter
    unsent = outbound.status in BEFORE_SENDING
    known = Standing(
        urgency=outbound.urgency,
        today=today,
        letter=letter.status if letter is not None else "",
        has_consent=not unsent or lacks_consent(outbound) is None,
        answer_by=outbound.answer_by,
        appointment_on=outbound.appointment_on,
        reminders=outbound.reminders,
        calls=outbound.calls,
        is_read=outbound.read_at is not None,
    )
    action, due = what_next(outbound.status, known)
    if action and action == outbound.next_action and outbound.due_on is not None and due:
        due = min(due, outbound.due_on) if action not in _MOVABLE else due
    outbound.next_action, outbound.due_on = action, due


_MOVABLE = ("await_answer", "remind", "call_provider", "say_no_answer", "ask_attended")
"""Whose day follows from days that are known: another one takes its place."""


def _hand_out(
    outbound: OutboundReferral, actor: Actor, today: date, known: Sequence[Known] | None = None
) -> bool:
    """One task for what is next, none for what is past; whether there was something to do."""
    if known is not None and _is_handed_out(outbound, today, known):
        return False
    name, action = about_outbound(outbound), outbound.next_action
    kind, wanted = TASKS.get(action), f"{about_outbound(outbound)}:{action}"
    told = f"{name}:owner"
    is_late = _is_late(outbound, today)
    about = live_about(name)
    live = [task for task in about if (task.dedupe or "").startswith(f"{name}:")]
    past = [one for one in live if one.dedupe != wanted and not (one.dedupe == told and is_late)]
    if outbound.status in ENDS or actor.id == outbound.owner_id:  # who acts on it knows of it
        past += [one for one in about if tells_of_hand_over(one)]
    for task in past:
        finish(task, actor=actor, outcome=spoken(NAMES[outbound.status]))
    by_name = {task.dedupe: task for task in live}
    did = bool(past)
    if kind is not None and outbound.due_on is not None:
        did = _one(outbound, kind, wanted, actor, by_name.get(wanted)) or did
    if is_late and told not in by_name:
        _tell_owner(outbound, told, actor, today)
        did = True
    return did


def _is_handed_out(outbound: OutboundReferral, today: date, known: Sequence[Known]) -> bool:
    """Whether these are the tasks that there are to be, and nothing is to be done about them."""
    name = about_outbound(outbound)
    wanted = f"{name}:{outbound.next_action}"
    expected = {f"{name}:owner"} if _is_late(outbound, today) else set[str]()
    if outbound.next_action in TASKS and outbound.due_on is not None:
        expected.add(wanted)
    found = {one.dedupe: one for one in known if (one.dedupe or "").startswith(f"{name}:")}
    now = found.get(wanted)
    return found.keys() == expected and (now is None or _stands(now, outbound))


def _stands(task: Task | Known, outbound: OutboundReferral) -> bool:
    """Whether its day is the one that it is to have, or somebody put it off."""
    return task.status == "snoozed" or task.asked_for == outbound.due_on


def _is_late(outbound: OutboundReferral, today: date) -> bool:
    expected = outbound.answer_by
    is_awaited = outbound.status in AWAITING and expected is not None and expected < today
    return is_awaited and outbound.urgency in PRESSING


def _one(
    outbound: OutboundReferral, kind: str, dedupe: str, actor: Actor, task: Task | None
) -> bool:
    assert outbound.due_on is not None  # noqa: S101 - whoever calls has asked
    if task is not None:
        if _stands(task, outbound):
            return False
        tasks.set_due(task, actor=actor, due_on=outbound.due_on)
        return True
    in_person = outbound.next_action in OWNERS
    tasks.open_task(
        actor=actor,
        kind=kind,
        due_on=outbound.due_on,
        about=about_outbound(outbound),
        client=outbound.client,
        assignee=outbound.owner if in_person else None,
        role=Role.THERAPIST.value if in_person else None,
        note=outbound.number,
        dedupe=dedupe,
    )
    return True


def _tell_owner(outbound: OutboundReferral, dedupe: str, actor: Actor, today: date) -> None:
    """An urgent question is unanswered: an owner of the clinic is to know."""
    tasks.open_task(
        actor=actor,
        kind="answer_overdue",
        due_on=today,
        about=about_outbound(outbound),
        client=outbound.client,
        role=Role.OWNER.value,
        note=outbound.number,
        dedupe=dedupe,
    )


def finish(task: Task, *, actor: Actor, outcome: str) -> None:
    """Close a task by what became of its referral, whichever state it is in."""
    if task.status == "snoozed":
        tasks.wake(task, actor=actor)
    tasks.finish(task, actor=actor, outcome=outcome)
