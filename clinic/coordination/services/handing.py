"""A referral, in or out, is given to somebody else: they are told, until they act on it."""

from datetime import date

from clinic.clients.models import Client
from clinic.coordination.queries.facts import day_of, this_day
from clinic.coordination.rules.workdays import after
from clinic.core.db import db
from clinic.core.permissions import Actor
from clinic.core.tongue import spoken
from clinic.core.words import say
from clinic.staff.models import StaffMember
from clinic.tasks.models import Task
from clinic.tasks.queries import live_about
from clinic.tasks.services import hand_to, open_task

_HANDED = say("A referral was handed to you.")
_BEGINS = "handed:"


def hand_on_tasks(
    about: str, client: Client, *, actor: Actor, before: int | None, to: StaffMember
) -> None:
    """What the one before had to do about it, the next one has; and is told, unless they took it
    themselves."""
    for task in live_about(about):
        if before is not None and task.assignee_id == before:
            hand_to(task, actor=actor, assignee=to)
    if actor.id == to.id:
        return
    task = open_task(
        actor=actor,
        kind="referral_next_action",
        due_on=after(_since(before), 1),
        about=about,
        client=client,
        assignee=to,
        note=spoken(_HANDED),
        dedupe=f"{_BEGINS}{about}",
    )
    if task.assignee_id not in (None, to.id):
        hand_to(task, actor=actor, assignee=to)


def _since(before: int | None) -> date:
    """Since when it is another's: the day on which the one before left, be it seen nights later;
    else today."""
    left = db.session.get(StaffMember, before) if before is not None else None
    return day_of(left.disabled_at) if left is not None and left.disabled_at else this_day()


def tells_of_hand_over(task: Task) -> bool:
    """Whether it says no more than that something was handed over."""
    return (task.dedupe or "").startswith(_BEGINS)
