"""What was done and found. What is signed is locked by the database itself."""

from datetime import date, datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, LargeBinary, String
from sqlalchemy.orm import Mapped, mapped_column, relationship

from clinic.clients.models import Client, OfClient
from clinic.core.db import Base, Numbered, Row
from clinic.core.vault import Sealed
from clinic.scheduling.models import Series, Visit
from clinic.staff.models import StaffMember


class Note(OfClient, Row, Base):
    """The note of one visit: a draft until its therapist signs it, then locked for good.

    ``body`` is JSON. ``pen`` names the one browser tab that writes the draft now.
    """

    __tablename__ = "note"
    kept_from_audit = frozenset({"body_sealed", "pen", "saved_at"})
    """A draft is saved every few seconds; what was signed stands in the row, for good."""
    STATUSES = ("draft", "signed", "amended", "entered_in_error")
    KINDS = ("initial", "return", "short", "reeval", "phone")
    __table_args__ = (
        CheckConstraint(f"status IN {STATUSES}", "status"),
        CheckConstraint(f"kind IN {KINDS}", "kind"),
        CheckConstraint("status NOT IN ('signed', 'amended') OR signed_at IS NOT NULL", "signed"),
        CheckConstraint("status <> 'draft' OR signed_at IS NULL", "draft"),
        CheckConstraint("minutes IS NULL OR minutes BETWEEN 1 AND 600", "minutes"),
        Index("ix_note_client", "client_id", "id"),
        Index("ix_note_author", "author_id", "status"),
        Index("ix_note_visit", "visit_id"),
    )

    client_id: Mapped[int] = mapped_column(ForeignKey(Client.id))
    visit_id: Mapped[int] = mapped_column(ForeignKey(Visit.id))
    """One note a visit counts; those entered in error stay beside it."""
    author_id: Mapped[int] = mapped_column(ForeignKey(StaffMember.id))
    kind: Mapped[str] = mapped_column(String(10), default="return")
    status: Mapped[str] = mapped_column(String(20), default="draft")
    body_sealed: Mapped[bytes | None] = mapped_column(LargeBinary)
    pen: Mapped[str] = mapped_column(String(40), default="")
    minutes: Mapped[int | None]
    """Minutes of hands-on treatment."""
    saved_at: Mapped[datetime | None]
    signed_at: Mapped[datetime | None]
    signed_as: Mapped[str] = mapped_column(String(160), default="")
    """Name and licence of who signed, as they were on that day."""
    is_late: Mapped[bool] = mapped_column(default=False)
    """Signed more than 24 hours after the session."""
    why_sealed: Mapped[bytes | None] = mapped_column(LargeBinary)
    """Why it was entered in error."""

    body = Sealed("body_sealed")
    why = Sealed("why_sealed")
    client: Mapped[Client] = relationship(lazy="joined", innerjoin=True)
    visit: Mapped[Visit] = relationship()
    author: Mapped[StaffMember] = relationship()
    addenda: Mapped[list["Addendum"]] = relationship(order_by="Addendum.id")


_COUNTS = Note.status != "entered_in_error"
Index(
    "uq_note_of_visit", Note.visit_id, unique=True, sqlite_where=_COUNTS, postgresql_where=_COUNTS
)
"""One note a visit, whoever writes: two who begin at once share one draft."""


class Addendum(OfClient, Numbered, Base):
    """What was added to a signed note; neither is changed by it."""

    __tablename__ = "addendum"

    client_id: Mapped[int] = mapped_column(ForeignKey(Client.id))
    note_id: Mapped[int] = mapped_column(ForeignKey(Note.id), index=True)
    author_id: Mapped[int] = mapped_column(ForeignKey(StaffMember.id))
    added_at: Mapped[datetime]
    signed_as: Mapped[str] = mapped_column(String(160), default="")
    text_sealed: Mapped[bytes] = mapped_column(LargeBinary)
    why_sealed: Mapped[bytes] = mapped_column(LargeBinary)

    text = Sealed("text_sealed")
    why = Sealed("why_sealed")
    client: Mapped[Client] = relationship(lazy="joined", innerjoin=True)
    author: Mapped[StaffMember] = relationship()


class TreatmentPlan(OfClient, Row, Base):
    """What treatment is to reach, by when it is looked at again, and by which series.

    ``details`` is JSON: complaint, goals with their measures, phases, exit criteria, next step.
    """

    __tablename__ = "treatment_plan"
    STATUSES = ("draft", "active", "paused", "completed", "stopped")
    __table_args__ = (
        CheckConstraint(f"status IN {STATUSES}", "status"),
        CheckConstraint("review_every_visits BETWEEN 1 AND 60", "review_visits"),
        CheckConstraint("review_every_days BETWEEN 1 AND 366", "review_days"),
        Index("ix_treatment_plan_client", "client_id"),
        Index("ix_treatment_plan_status", "status", "review_on"),
    )

    client_id: Mapped[int] = mapped_column(ForeignKey(Client.id))
    therapist_id: Mapped[int] = mapped_column(ForeignKey(StaffMember.id))
    series_id: Mapped[int | None] = mapped_column(ForeignKey(Series.id), unique=True)
    status: Mapped[str] = mapped_column(String(10), default="draft")
    opened_on: Mapped[date]
    review_every_visits: Mapped[int] = mapped_column(default=6)
    review_every_days: Mapped[int] = mapped_column(default=30)
    review_on: Mapped[date | None]
    ended_on: Mapped[date | None]
    details_sealed: Mapped[bytes] = mapped_column(LargeBinary)
    why_sealed: Mapped[bytes | None] = mapped_column(LargeBinary)
    """Why it was paused, stopped, or what was reached."""

    details = Sealed("details_sealed")
    why = Sealed("why_sealed")
    client: Mapped[Client] = relationship(lazy="joined", innerjoin=True)
    therapist: Mapped[StaffMember] = relationship()
    series: Mapped[Series | None] = relationship()


_IS_OPEN = TreatmentPlan.status.not_in(("completed", "stopped"))
Index(
    "uq_open_treatment_plan", TreatmentPlan.client_id, unique=True,
    sqlite_where=_IS_OPEN, postgresql_where=_IS_OPEN,
)  # fmt: skip
"""One plan of a client is not over, whoever writes."""


class Reading(OfClient, Row, Base):
    """One measure taken once; ``details`` is JSON. Locked with the note it was taken for.

    Version and times stand for those that belong to no note: they can be set right.
    """

    __tablename__ = "reading"
    PHASES = ("baseline", "visit", "reeval", "discharge", "followup")
    __table_args__ = (
        CheckConstraint(f"phase IN {PHASES}", "phase"),
        Index("ix_reading_client", "client_id", "taken_on"),
        Index("ix_reading_note", "note_id"),
    )

    client_id: Mapped[int] = mapped_column(ForeignKey(Client.id))
    note_id: Mapped[int | None] = mapped_column(ForeignKey(Note.id))
    visit_id: Mapped[int | None] = mapped_column(ForeignKey(Visit.id))
    plan_id: Mapped[int | None] = mapped_column(ForeignKey(TreatmentPlan.id))
    taken_on: Mapped[date]
    taken_by_id: Mapped[int | None] = mapped_column(ForeignKey(StaffMember.id))
    phase: Mapped[str] = mapped_column(String(10), default="visit")
    details_sealed: Mapped[bytes] = mapped_column(LargeBinary)
    voided_at: Mapped[datetime | None]
    """When it was said to be entered in error; it then counts nowhere."""

    details = Sealed("details_sealed")
    client: Mapped[Client] = relationship(lazy="joined", innerjoin=True)
    note: Mapped[Note | None] = relationship()


class AdverseEvent(OfClient, Row, Base):
    """Something went wrong, or nearly: what, how bad, what was done, and how it ended.

    How severe it is stands in the open, so that the owner is told at once; ``details``
    and ``review`` are sealed JSON.
    """

    __tablename__ = "adverse_event"
    STATUSES = (
        "draft", "reported", "under_review", "action_plan", "closed", "entered_in_error",
    )  # fmt: skip
    SEVERITIES = ("mild", "moderate", "severe", "life_threatening", "death")
    ACTUALITIES = ("actual", "near_miss")
    __table_args__ = (
        CheckConstraint(f"status IN {STATUSES}", "status"),
        CheckConstraint(f"severity IS NULL OR severity IN {SEVERITIES}", "severity"),
        CheckConstraint(f"actuality IN {ACTUALITIES}", "actuality"),
        CheckConstraint("status = 'draft' OR severity IS NOT NULL OR status = 'entered_in_error'",
                        "reported_with_severity"),
        CheckConstraint("status <> 'closed' OR closed_at IS NOT NULL", "closed"),
        Index("ix_adverse_event_client", "client_id"),
        Index("ix_adverse_event_status", "status", "severity"),
    )  # fmt: skip

    client_id: Mapped[int] = mapped_column(ForeignKey(Client.id))
    visit_id: Mapped[int | None] = mapped_column(ForeignKey(Visit.id))
    note_id: Mapped[int | None] = mapped_column(ForeignKey(Note.id))
    status: Mapped[str] = mapped_column(String(20), default="draft")
    severity: Mapped[str | None] = mapped_column(String(20))
    actuality: Mapped[str] = mapped_column(String(10), default="actual")
    happened_on: Mapped[date | None]
    reported_at: Mapped[datetime | None]
    reported_by_id: Mapped[int | None] = mapped_column(ForeignKey(StaffMember.id))
    owner_seen_at: Mapped[datetime | None]
    """When an owner first opened it: until then every owner is told on every page."""
    closed_at: Mapped[datetime | None]
    closed_by_id: Mapped[int | None] = mapped_column(ForeignKey(StaffMember.id))
    details_sealed: Mapped[bytes | None] = mapped_column(LargeBinary)
    review_sealed: Mapped[bytes | None] = mapped_column(LargeBinary)

    details = Sealed("details_sealed")
    review = Sealed("review_sealed")
    client: Mapped[Client] = relationship(lazy="joined", innerjoin=True)
    visit: Mapped[Visit | None] = relationship()
    note: Mapped[Note | None] = relationship()
    reported_by: Mapped[StaffMember | None] = relationship(foreign_keys=[reported_by_id])
