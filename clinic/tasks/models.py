"""What is still to be done, by whom and by when."""

from datetime import date, datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column, relationship

from clinic.clients.models import Client
from clinic.core.db import Base, Row
from clinic.staff.models import StaffMember
from clinic.tasks.rules import LIVE

STATUSES = ("open", "in_progress", "snoozed", "done", "cancelled")
ROLES = ("receptionist", "therapist", "owner")


class Task(Row, Base):
    """Something to be done: exactly one person or one role does it, by a day.

    ``about`` names a thing of a room above, such as ``referral:`` and its public id. ``dedupe``
    is what the sweep would do again: of the live ones only one has it. ``note`` and ``outcome``
    are read by everybody at the desk: no health details.
    """

    __tablename__ = "task"
    NOTE_MAX = 200
    __table_args__ = (
        CheckConstraint(f"status IN {STATUSES}", "status"),
        CheckConstraint(f"role IS NULL OR role IN {ROLES}", "role"),
        CheckConstraint(f"escalates_to IS NULL OR escalates_to IN {ROLES}", "escalates_to"),
        CheckConstraint("(assignee_id IS NULL) <> (role IS NULL)", "one_owner"),
        CheckConstraint("(closed_at IS NOT NULL) = (status IN ('done', 'cancelled'))", "closed"),
        CheckConstraint("closed_at IS NULL OR outcome <> ''", "closed_with_outcome"),
        CheckConstraint(f"home IN {ROLES}", "home"),
        CheckConstraint("(status = 'snoozed') = (snoozed_until IS NOT NULL)", "snoozed"),
        Index("ix_task_assignee", "assignee_id", "status", "due_on"),
        Index("ix_task_role", "role", "status", "due_on"),
        Index("ix_task_about", "about", "status"),
    )

    kind: Mapped[str] = mapped_column(String(24))
    about: Mapped[str] = mapped_column(String(60), default="")
    client_id: Mapped[int | None] = mapped_column(ForeignKey(Client.id), index=True)
    assignee_id: Mapped[int | None] = mapped_column(ForeignKey(StaffMember.id))
    role: Mapped[str | None] = mapped_column(String(16))
    home: Mapped[str] = mapped_column(String(16))
    """The role it belongs to, and goes back to when nobody in person has it."""
    due_on: Mapped[date]
    asked_for: Mapped[date]
    """The earliest day that was ever asked for; putting it off leaves this as it is."""
    status: Mapped[str] = mapped_column(String(12), default="open")
    snoozed_until: Mapped[date | None]
    note: Mapped[str] = mapped_column(String(NOTE_MAX), default="")
    outcome: Mapped[str] = mapped_column(String(NOTE_MAX), default="")
    escalates_to: Mapped[str | None] = mapped_column(String(16))
    escalated_at: Mapped[datetime | None]
    closed_at: Mapped[datetime | None]
    closed_by_id: Mapped[int | None] = mapped_column(ForeignKey(StaffMember.id))
    dedupe: Mapped[str | None] = mapped_column(String(80))

    client: Mapped[Client | None] = relationship()
    assignee: Mapped[StaffMember | None] = relationship(foreign_keys=[assignee_id])
    closed_by: Mapped[StaffMember | None] = relationship(foreign_keys=[closed_by_id])

    def subject_key_id(self) -> int | None:
        return self.client.key_id if self.client is not None else None


_IS_LIVE = Task.status.in_(LIVE)
Index("uq_task_live", Task.dedupe, unique=True, sqlite_where=_IS_LIVE, postgresql_where=_IS_LIVE)
"""Of the live ones, one says the same, whoever writes."""
