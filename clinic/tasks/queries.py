"""What is to be done, by whom, and what is late."""

from collections.abc import Collection, Sequence
from datetime import date, datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, case, func, or_, select
from sqlalchemy.orm import joinedload

from clinic.core.clock import today
from clinic.core.db import db
from clinic.core.errors import NotFound
from clinic.core.permissions import Actor
from clinic.practice.queries import the_practice
from clinic.tasks.models import Task
from clinic.tasks.rules import KINDS, LIVE, SNOOZED

CAME = 100
"""How many tasks a list shows; the rest are behind the filters."""
WHOSE = ("mine", "role", "all")


def this_day() -> date:
    """The clinic's own day."""
    return today(the_practice().zone)


def the_task(public_id: str) -> Task:
    """Raises NotFound."""
    task = db.session.scalar(select(Task).where(Task.public_id == public_id))
    if task is None:
        raise NotFound
    return task


def is_live() -> ColumnElement[bool]:
    """Criterion on Task: still to be done."""
    return Task.status.in_(LIVE)


def is_at_hand() -> ColumnElement[bool]:
    """Criterion on Task: to be done, and not put off."""
    return and_(is_live(), Task.status != SNOOZED)


def live_dedupe(dedupe: str | None) -> Task | None:
    """The live one that says the same."""
    if dedupe is None:
        return None
    return db.session.scalar(select(Task).where(Task.dedupe == dedupe, is_live()))


def live_about(about: str) -> list[Task]:
    """What is still to be done about one thing, by day."""
    found = select(Task).where(Task.about == about, is_live()).order_by(Task.due_on, Task.id)
    return list(db.session.scalars(found))


def live_abouts(abouts: Sequence[str]) -> dict[str, list[Task]]:
    """The same for several things, by their names."""
    found: dict[str, list[Task]] = {name: [] for name in abouts}
    wanted = select(Task).where(Task.about.in_(abouts), is_live())
    for task in db.session.scalars(wanted.order_by(Task.due_on, Task.id)):
        found[task.about].append(task)
    return found


def is_mine(actor: Actor) -> ColumnElement[bool]:
    """Criterion on Task: this person has it, in person."""
    return Task.assignee_id == actor.id


def is_of_role(actor: Actor) -> ColumnElement[bool]:
    """Criterion on Task: it waits for a role of this person, or was escalated to one."""
    roles = [role.value for role in actor.roles]
    return or_(
        Task.role.in_(roles), and_(Task.escalates_to.in_(roles), Task.escalated_at.is_not(None))
    )


def concerns(actor: Actor) -> ColumnElement[bool]:
    """Criterion on Task: in person, by role, or by escalation."""
    return or_(is_mine(actor), is_of_role(actor))


def in_order(on: date) -> tuple[Any, ...]:
    """The overdue first, by consequence and then age; the rest by day (as ``rules.rank``)."""
    late = Task.due_on < on
    grade = case({code: kind.consequence for code, kind in KINDS.items()}, value=Task.kind, else_=4)
    return (case((late, 0), else_=1), case((late, grade), else_=0), Task.due_on, Task.id)


def listed(on: date) -> Select[Task]:
    """Tasks with their people, in order; whoever calls says which."""
    return (
        select(Task)
        .options(joinedload(Task.client), joinedload(Task.assignee))
        .order_by(*in_order(on))
    )


def mine(actor: Actor, on: date | None = None) -> list[Task]:
    """What is at hand and concerns this person, in order."""
    found = listed(on or this_day()).where(concerns(actor), is_at_hand())
    return list(db.session.scalars(found.limit(CAME)))


def pressing(actor: Actor, on: date, most: int = 8) -> list[Task]:
    """What this person is to see first: overdue and today's."""
    found = listed(on).where(concerns(actor), is_at_hand(), Task.due_on <= on)
    return list(db.session.scalars(found.limit(most)))


def overdue_of(actor: Actor, today: date) -> list[Task]:
    """What concerns this person and is late, the gravest first."""
    found = listed(today).where(concerns(actor), is_at_hand(), Task.due_on < today)
    return list(db.session.scalars(found.limit(CAME)))


def count_of(actor: Actor, on: date) -> int:
    """How many concern this person and are late or due."""
    return (
        db.session.scalar(
            select(func.count())
            .select_from(Task)
            .where(concerns(actor), is_at_hand(), Task.due_on <= on)
        )
        or 0
    )


def to_do(
    actor: Actor, on: date, *, whose: str = "mine", kind: str = "", state: str = ""
) -> list[Task]:
    """A list for the page: of this person, of their roles, or of everybody; put off or not."""
    found = listed(on).where(_whose(actor, whose))
    found = found.where(Task.status == SNOOZED if state == SNOOZED else is_at_hand())
    if kind:
        found = found.where(Task.kind == kind)
    return list(db.session.scalars(found.limit(CAME)))


def counts(actor: Actor) -> dict[str, int]:
    """How many are at hand: mine, my roles', everybody's, and how many are put off; one query."""
    at_hand = is_at_hand()
    row = db.session.execute(
        select(
            func.count().filter(and_(at_hand, is_mine(actor))),
            func.count().filter(and_(at_hand, is_of_role(actor))),
            func.count().filter(at_hand),
            func.count().filter(Task.status == SNOOZED),
        )
        .select_from(Task)
        .where(is_live())
    ).one()
    return dict(zip((*WHOSE, SNOOZED), row, strict=True))


def _whose(actor: Actor, whose: str) -> ColumnElement[bool]:
    if whose == "all":
        return is_live()
    return is_mine(actor) if whose == "mine" else is_of_role(actor)


def told_of(kind: str, names: Collection[str]) -> list[Task]:
    """Those of a kind that the clinic opens by itself: still to do, or of these names (``dedupe``)
    and finished by somebody. What the clinic has closed itself may come again."""
    is_finished = and_(Task.dedupe.in_(names), Task.closed_by_id.is_not(None))
    wanted = select(Task).where(Task.kind == kind, or_(Task.closed_at.is_(None), is_finished))
    return list(db.session.scalars(wanted.order_by(Task.id)))


def last_finished(about: str, dedupe: str) -> datetime | None:
    """When somebody last finished or cancelled this one; None where the clinic did so itself."""
    wanted = select(func.max(Task.closed_at)).where(
        Task.about == about, Task.dedupe == dedupe, Task.closed_by_id.is_not(None)
    )
    return db.session.scalar(wanted)


def finished(on_or_after: Any, kinds: Collection[str] = ()) -> Select[Task]:
    """What was closed since an instant, the latest first."""
    found = select(Task).where(Task.closed_at >= on_or_after)
    if kinds:
        found = found.where(Task.kind.in_(kinds))
    return found.options(
        joinedload(Task.client), joinedload(Task.assignee), joinedload(Task.closed_by)
    ).order_by(Task.closed_at.desc(), Task.id.desc())


def to_wake(on: date) -> Select[Task]:
    """What was put off until this day, or an earlier one."""
    return select(Task).where(Task.status == SNOOZED, Task.snoozed_until <= on).order_by(Task.id)


def to_escalate(before: dict[str, date]) -> Select[Task]:
    """What was due before its kind's day, and that nobody else was told of.

    Who was to be told and has it already is not told again.
    """
    late = [and_(Task.kind == kind, Task.due_on < day) for kind, day in before.items()]
    return (
        select(Task)
        .where(
            is_at_hand(),
            Task.escalated_at.is_(None),
            Task.escalates_to.is_not(None),
            or_(Task.role.is_(None), Task.role != Task.escalates_to),
            or_(*late),
        )
        .order_by(Task.id)
    )


def of_those_gone(gone: Select[Any]) -> Select[Task]:
    """What people have who work here no longer (``gone`` selects their ids)."""
    return select(Task).where(is_live(), Task.assignee_id.in_(gone)).order_by(Task.id)
