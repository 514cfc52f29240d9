"""Consents that end while a referral needs them: the desk is told in time, once for each.

Every day that is set is the consent's own last one: a night that is missed is made up for by the
next, and a second run does nothing.
"""

from datetime import date
from functools import partial
from typing import NamedTuple

from clinic.coordination.models import ReferralCase
from clinic.coordination.queries.cases import about
from clinic.coordination.queries.expiring import Ending, ending
from clinic.core.db import db
from clinic.core.guard import verb
from clinic.core.permissions import Actor, Permission
from clinic.core.tongue import spoken
from clinic.core.transactions import apart
from clinic.core.words import say
from clinic.tasks.models import Task
from clinic.tasks.queries import told_of
from clinic.tasks.rules import SNOOZED
from clinic.tasks.services import finish, open_task, wake

TASK = "consent_expiring"
_PAST = say("It was renewed, or is not needed any more.")


class Told(NamedTuple):
    """How many were opened, how many closed; with how many nothing could be done."""

    opened: int = 0
    closed: int = 0
    failed: int = 0


@verb(Permission.TASKS_DO)
def see_to_consents(*, actor: Actor, today: date, person_id: int | None = None) -> Told:
    """Have each consent renewed that a live referral needs and that ends within 30 days; what was
    renewed, taken back or is needed no more is closed. What somebody finished by hand stays so.
    Of one person alone (``person_id``) only what is past is closed: the night opens.
    """
    wanted = {f"{TASK}:{one.consent}": one for one in ending(today, person_id)}
    told = {task.dedupe: task for task in told_of(TASK, wanted) if _is_of(task, person_id)}
    past = [task for name, task in told.items() if name not in wanted and task.closed_at is None]
    is_night = person_id is None
    fresh = [(name, one) for name, one in wanted.items() if is_night and name not in told]
    opened = [
        apart(f"sweep: {name}", partial(_open, name, one, actor=actor)) for name, one in fresh
    ]
    closed = [apart(f"sweep: {task.dedupe}", partial(_close, task, actor=actor)) for task in past]
    done = [*opened, *closed]
    return Told(opened.count(True), closed.count(True), done.count(None))


def _is_of(task: Task, person_id: int | None) -> bool:
    return person_id is None or (task.client is not None and task.client.known_as == person_id)


@verb(None)
def _open(name: str, one: Ending, *, actor: Actor) -> bool:
    """Part of ``see_to_consents``."""
    case = db.session.get_one(ReferralCase, one.case_id)
    open_task(
        actor=actor,
        kind=TASK,
        due_on=one.last_day,
        about=about(case),
        client=case.referral.client,
        dedupe=name,
    )
    return True


@verb(None)
def _close(task: Task, *, actor: Actor) -> bool:
    """The same."""
    if task.status == SNOOZED:
        wake(task, actor=actor)
    finish(task, actor=actor, outcome=spoken(_PAST))
    return True
