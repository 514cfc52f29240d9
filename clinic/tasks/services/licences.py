"""Licences and trainings of people who work here: an owner is told before one ends."""

from datetime import date
from functools import partial
from typing import NamedTuple

from clinic.core.guard import verb
from clinic.core.permissions import Actor, Permission
from clinic.core.tongue import spoken
from clinic.core.transactions import apart
from clinic.core.words import say
from clinic.staff.models import StaffQualification
from clinic.staff.queries import ending_licences
from clinic.tasks import queries
from clinic.tasks.models import Task
from clinic.tasks.rules import SNOOZED
from clinic.tasks.services.doing import finish, open_task, wake

KIND = "credential_expiring"
_PAST = say("It was renewed, or is not needed any more.")


class Told(NamedTuple):
    """How many were opened, how many closed; with how many nothing could be done."""

    opened: int = 0
    closed: int = 0
    failed: int = 0


@verb(Permission.TASKS_DO)
def see_to_licences(*, actor: Actor, today: date) -> Told:
    """Whatever people who work here hold and that ends within 60 days, or has ended and nothing has
    taken its place, is a task of the owner's, by its last day; one that was renewed, taken away or
    whose holder left is closed. What somebody finished by hand stays so. Safe to repeat and to miss
    a night.
    """
    wanted = {_name(one): one for one in ending_licences(today)}
    told = {task.dedupe: task for task in queries.told_of(KIND, wanted)}
    past = [one for name, one in told.items() if name not in wanted and one.closed_at is None]
    fresh = [(name, one) for name, one in wanted.items() if name not in told]
    opened = [
        apart(f"sweep: {name}", partial(_open, name, one, actor=actor)) for name, one in fresh
    ]
    closed = [apart(f"sweep: {task.dedupe}", partial(_close, task, actor=actor)) for task in past]
    done = [*opened, *closed]
    return Told(opened.count(True), closed.count(True), done.count(None))


def _name(held: StaffQualification) -> str:
    """Another last day is another one to be told of."""
    return f"{KIND}:{held.public_id}:{held.valid_until}"


@verb(None)
def _open(name: str, held: StaffQualification, *, actor: Actor) -> bool:
    """Part of ``see_to_licences``."""
    assert held.valid_until is not None  # noqa: S101 - that is what was asked for
    note = f"{held.staff.name}: {held.qualification.name}"
    open_task(
        actor=actor,
        kind=KIND,
        due_on=held.valid_until,
        note=note[: Task.NOTE_MAX],
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
