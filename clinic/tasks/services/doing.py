"""Opening what is to be done, taking it, putting it off, finishing it; the sweep's part.

Anybody with ``TASKS_DO`` may act on any task: a small clinic covers for one another, and the
change log says who did what. Only ``take`` asks for the role, since whoever takes it does it.
"""

from collections.abc import Callable, Collection
from dataclasses import dataclass
from datetime import date
from functools import partial

from sqlalchemy import Select, select
from sqlalchemy.exc import IntegrityError

from clinic.clients.models import Client
from clinic.clients.queries import kept_record
from clinic.core.clock import now
from clinic.core.db import db
from clinic.core.errors import Conflict, DomainError, NotAllowed
from clinic.core.guard import verb
from clinic.core.permissions import Actor, Permission, Role
from clinic.core.transactions import apart
from clinic.core.words import say
from clinic.staff.models import StaffMember
from clinic.tasks import queries
from clinic.tasks.models import Task
from clinic.tasks.rules import (
    IN_PROGRESS,
    KINDS,
    SNOOZE_MAX,
    SNOOZED,
    escalated_before,
    kind_of,
    must_go,
    path_to,
    said,
)

FIELDS = ("status", "due_on", "outcome")
"""What a stale edit of a task shows of the version that stands."""


@dataclass(frozen=True, slots=True)
class Swept:
    """What a sweep did: how many came back, were escalated, and went back to their role; with how
    many nothing could be done."""

    woken: int = 0
    escalated: int = 0
    homed: int = 0
    failed: int = 0


@verb(Permission.TASKS_DO)
def open_task(
    *,
    actor: Actor,
    kind: str,
    due_on: date,
    about: str = "",
    client: Client | None = None,
    assignee: StaffMember | None = None,
    role: str | None = None,
    note: str = "",
    dedupe: str | None = None,
) -> Task:
    """Say that something is to be done: by one person, or one role (the kind's, unless said).

    Who works here no longer is given nothing: the role has it. A live task with the same
    ``dedupe`` is given back; an earlier day than any asked for before brings it forward (and
    back, where it was put off), a later one changes nothing: see ``set_due``.
    """
    kind_of(kind)
    twin = queries.live_dedupe(dedupe)
    if twin is not None:
        return _bring_forward(twin, due_on)
    task = _made(kind, due_on, about=about, client=client, note=note, dedupe=dedupe)
    task.home = Role(role).value if role else KINDS[kind].role
    _own(task, assignee)
    if dedupe is None:
        db.session.add(task)
        return task
    try:
        with db.session.begin_nested():
            db.session.add(task)
    except IntegrityError:
        twin = queries.live_dedupe(dedupe)  # another was faster: theirs stands
        if twin is None:
            raise
        return _bring_forward(twin, due_on)
    return task


def _made(
    kind: str, due_on: date, *, about: str, client: Client | None, note: str, dedupe: str | None
) -> Task:
    if len(note) > Task.NOTE_MAX:
        raise DomainError(
            say("Say it in at most {most} characters.", most=Task.NOTE_MAX), field="note"
        )
    return Task(
        kind=kind,
        due_on=due_on,
        asked_for=due_on,
        about=about,
        client=kept_record(client) if client is not None else None,
        note=note,
        dedupe=dedupe,
        status="open",
        escalates_to=KINDS[kind].escalates_to,
    )


def _own(task: Task, assignee: StaffMember | None) -> None:
    """One person has it, or its role: never both, never nobody."""
    has = assignee is not None and assignee.is_active
    task.assignee = assignee if has else None
    task.role = None if has else task.home


def _bring_forward(task: Task, due_on: date) -> Task:
    if due_on < task.asked_for:
        task.asked_for = due_on
        task.due_on = min(task.due_on, due_on)
        if task.status == SNOOZED:
            _wake(task)
    return task


def _wake(task: Task) -> None:
    task.status, task.snoozed_until = must_go(task.status, "wake"), None


@verb(Permission.TASKS_DO)
def set_due(
    task: Task, *, actor: Actor, due_on: date, note: str | None = None, version: int | None = None
) -> None:
    """What is to be done was planned anew: another day, earlier or later."""
    task.expect(version, *FIELDS)
    _must_be_live(task)
    task.due_on = task.asked_for = due_on
    task.escalated_at = None
    if note is not None:
        task.note = note[: Task.NOTE_MAX]
    if task.status == SNOOZED:
        _wake(task)


@verb(Permission.TASKS_DO)
def take(task: Task, *, actor: Actor, version: int | None = None) -> None:
    """I do it. Raises NotAllowed for one that waits for a role this person does not hold."""
    task.expect(version, *FIELDS)
    if task.status == IN_PROGRESS and task.assignee is not None:
        raise Conflict(say("{name} does this already.", name=task.assignee.name))
    after = must_go(task.status, "take")
    if actor.id is None or not _may_take(task, actor):
        raise NotAllowed(say("This waits for another role. Hand it to whoever should do it."))
    taker = db.session.get_one(StaffMember, actor.id)
    task.status, task.assignee, task.role = after, taker, None


def _may_take(task: Task, actor: Actor) -> bool:
    wanted = {task.role or task.home, task.escalates_to if task.escalated_at else task.home}
    held = {role.value for role in actor.roles}
    return task.assignee_id == actor.id or bool(wanted & held) or Role.OWNER in actor.roles


@verb(Permission.TASKS_DO)
def hand_back(task: Task, *, actor: Actor, version: int | None = None) -> None:
    """I do not do it after all: it waits for its role again."""
    task.expect(version, *FIELDS)
    task.status = must_go(task.status, "hand_back")
    _own(task, None)


@verb(Permission.TASKS_DO)
def finish(task: Task, *, actor: Actor, outcome: str, version: int | None = None) -> None:
    """It is done; ``outcome`` says how it ended, without health details."""
    task.expect(version, *FIELDS)
    after = must_go(task.status, "finish")
    outcome = said(outcome, say("Say how it ended."), "outcome", Task.NOTE_MAX)
    _close(task, actor, after, outcome)


@verb(Permission.TASKS_DO)
def cancel(task: Task, *, actor: Actor, why: str, version: int | None = None) -> None:
    """It need not be done."""
    task.expect(version, *FIELDS)
    after = must_go(task.status, "cancel")
    why = said(why, say("Say why it need not be done."), "why", Task.NOTE_MAX)
    _close(task, actor, after, why)


def _close(task: Task, actor: Actor, status: str, outcome: str) -> None:
    task.status, task.outcome = status, outcome
    task.closed_at, task.closed_by_id = now(), actor.id


@verb(Permission.TASKS_DO)
def snooze(task: Task, *, actor: Actor, until: date, why: str, version: int | None = None) -> None:
    """Put it off: it comes back on that day, which is its day then. The reason is its note."""
    task.expect(version, *FIELDS)
    after = must_go(task.status, "snooze")
    today = queries.this_day()
    if until <= today:
        raise DomainError(say("Choose a day to come."), field="until")
    if until > today + SNOOZE_MAX:
        raise DomainError(
            say("A task can be put off for {most} days at most.", most=SNOOZE_MAX.days),
            field="until",
        )
    task.note = said(why, say("Say why it waits."), "why", Task.NOTE_MAX)
    task.status, task.snoozed_until = after, until
    task.due_on = max(task.due_on, until)


@verb(Permission.TASKS_DO)
def wake(task: Task, *, actor: Actor, version: int | None = None) -> None:
    """It is looked at today after all: its day has come."""
    task.expect(version, *FIELDS)
    _wake(task)
    task.due_on = min(task.due_on, queries.this_day())


@verb(Permission.TASKS_DO)
def hand_to(
    task: Task,
    *,
    actor: Actor,
    assignee: StaffMember | None = None,
    role: str | None = None,
    version: int | None = None,
) -> None:
    """Somebody else does it: one person, or one role. Whoever had taken it has it no more."""
    task.expect(version, *FIELDS)
    _must_be_live(task)
    if (assignee is None) == (role is None):
        raise DomainError(say("Choose a person or a role."), field="whom")
    if assignee is not None and not assignee.is_active:
        raise DomainError(say("{name} works here no longer.", name=assignee.name), field="whom")
    if task.status == IN_PROGRESS:
        task.status = must_go(task.status, "hand_back")
    if role is not None:
        task.home = Role(role).value
    _own(task, assignee)


def _must_be_live(task: Task) -> None:
    if task.closed_at is not None:
        raise Conflict(say("This is closed already."))


@verb(Permission.TASKS_DO)
def finish_about(about: str, *, actor: Actor, outcome: str, kinds: Collection[str] = ()) -> int:
    """What was to be done about a thing (of some kinds) has been done; how many there were.

    Those put off come back first: every step is one of the machine's own.
    """
    return _close_about(about, "finish", actor, outcome, kinds)


@verb(Permission.TASKS_DO)
def cancel_about(about: str, *, actor: Actor, why: str, kinds: Collection[str] = ()) -> int:
    """What was to be done about a thing need not be done any more; how many there were."""
    return _close_about(about, "cancel", actor, why, kinds)


def _close_about(
    about: str, verb_name: str, actor: Actor, outcome: str, kinds: Collection[str]
) -> int:
    outcome = said(outcome, say("Say how it ended."), "outcome", Task.NOTE_MAX)
    closing = [task for task in queries.live_about(about) if not kinds or task.kind in kinds]
    for task in closing:
        *before, last = path_to(task.status, verb_name)
        for step in before:
            task.status, task.snoozed_until = must_go(task.status, step), None
            db.session.flush()
        _close(task, actor, must_go(task.status, last), outcome)
    return len(closing)


@verb(Permission.TASKS_DO)
def sweep(*, actor: Actor, today: date) -> Swept:
    """What was put off comes back on its day; what is late is escalated, once.

    What somebody has who works here no longer goes back to its role. A second run on the
    same day does nothing, and a missed night is made up for by the next. Rows that another
    sweep holds are left to it; one that fails stays as it was, and the others go on.
    """
    woken = _each(queries.to_wake(today), _wake)
    gone = select(StaffMember.id).where(StaffMember.disabled_at.is_not(None))
    left = _each(queries.of_those_gone(gone), _send_home)
    before = {kind: escalated_before(kind, today) for kind in KINDS}
    late = _each(queries.to_escalate(before), _escalate)
    failed = [done for done in (*woken, *left, *late) if not done]
    return Swept(sum(woken), sum(late), sum(left), len(failed))


def _each(wanted: Select[Task], act: Callable[[Task], None]) -> list[bool]:
    """Done to each by itself: whether it could be."""

    def did(task: Task) -> bool:
        act(task)
        return True

    found = db.session.scalars(wanted.with_for_update(skip_locked=True)).all()
    return [apart(f"sweep: task {one.public_id}", partial(did, one)) or False for one in found]


def _send_home(task: Task) -> None:
    if task.status == IN_PROGRESS:
        task.status = must_go(task.status, "hand_back")
    _own(task, None)


def _escalate(task: Task) -> None:
    task.escalated_at = now()
