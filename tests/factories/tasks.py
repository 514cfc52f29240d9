"""What is to be done, in tests."""

from datetime import date, timedelta
from typing import Any

from clinic.core.clock import now
from clinic.core.db import db
from clinic.core.guard import writing
from clinic.core.permissions import SYSTEM
from clinic.core.transactions import transaction
from clinic.tasks import services
from clinic.tasks.models import Task
from clinic.tasks.queries import this_day


def day(days: int = 0) -> date:
    """So many days from the clinic's today."""
    return this_day() + timedelta(days=days)


def task(kind: str = "contact_client", due: int = 0, **facts: Any) -> Task:
    """One to be done in so many days (before today: overdue)."""
    with transaction():
        return services.open_task(actor=SYSTEM, kind=kind, due_on=day(due), **facts)


def in_state(status: str, **facts: Any) -> Task:
    """One in any state, written as a row: how it came there is another test's affair."""
    made = task(**facts)
    with transaction(), writing("test.task", SYSTEM):
        made = db.session.get_one(Task, made.id)
        made.status = status
        made.snoozed_until = day(3) if status == "snoozed" else None
        if status in {"done", "cancelled"}:
            made.closed_at, made.outcome = now(), "It was so."
        db.session.flush()
    return made
