"""What is known of a client's health. Whatever says something clinical is sealed.

A kind of fact or the code of a rule would tell as much as its text, so they stand in
the sealed contents too; the columns say only whose it is, from whom, and since when.
"""

from datetime import date, datetime

from sqlalchemy import (
    CheckConstraint,
    ForeignKey,
    Index,
    LargeBinary,
    String,
    Text,
    UniqueConstraint,
)
from sqlalchemy.orm import Mapped, mapped_column, relationship

from clinic.clients.models import Client, OfClient
from clinic.core.db import Base, Numbered, Row
from clinic.core.vault import Sealed, SubjectKey
from clinic.directory.models import Provider
from clinic.staff.models import StaffMember


class IntakeResponse(OfClient, Row, Base):
    """A form that was filled in; once it is completed its answers never change.

    ``form`` and ``form_version`` name the questions as they were asked. What a client
    changes later is another response, which ``supersedes`` this one.
    """

    __tablename__ = "intake_response"
    FORMS = ("full", "update", "check")
    STATUSES = (
        "in_progress", "completed", "reviewed", "superseded", "stopped", "entered_in_error",
    )  # fmt: skip
    GIVERS = ("client", "guardian")
    __table_args__ = (
        CheckConstraint(f"form IN {FORMS}", "form"),
        CheckConstraint(f"status IN {STATUSES}", "status"),
        CheckConstraint(f"given_by IN {GIVERS}", "given_by"),
        CheckConstraint("(status = 'in_progress') = (answered_at IS NULL)", "answered"),
        Index("ix_intake_response_client", "client_id", "on_date"),
        Index("ix_intake_response_status", "status", "on_date"),
    )

    client_id: Mapped[int] = mapped_column(ForeignKey(Client.id))
    form: Mapped[str] = mapped_column(String(10))
    form_version: Mapped[int]
    status: Mapped[str] = mapped_column(String(20), default="in_progress")
    on_date: Mapped[date]
    """The day for which the answers were given: that on the paper, or of the visit."""
    given_by: Mapped[str] = mapped_column(String(10), default="client")
    is_on_paper: Mapped[bool] = mapped_column(default=False)
    entered_by_id: Mapped[int | None] = mapped_column(ForeignKey(StaffMember.id))
    """Who typed it in; None where the client did."""
    answered_at: Mapped[datetime | None]
    """When it was completed, or given up."""
    reviewed_at: Mapped[datetime | None]
    reviewed_by_id: Mapped[int | None] = mapped_column(ForeignKey(StaffMember.id))
    supersedes_id: Mapped[int | None] = mapped_column(ForeignKey("intake_response.id"))
    answers_sealed: Mapped[bytes | None] = mapped_column(LargeBinary)
    signature_sealed: Mapped[bytes | None] = mapped_column(LargeBinary)
    why_sealed: Mapped[bytes | None] = mapped_column(LargeBinary)
    """Why it was stopped or entered in error."""

    answers = Sealed("answers_sealed")
    signature = Sealed("signature_sealed")
    why = Sealed("why_sealed")
    client: Mapped[Client] = relationship(lazy="joined", innerjoin=True)
    entered_by: Mapped[StaffMember | None] = relationship(foreign_keys=[entered_by_id])
    reviewed_by: Mapped[StaffMember | None] = relationship(foreign_keys=[reviewed_by_id])


class HealthFact(OfClient, Row, Base):
    """One thing known of a client's health, and from whom; ``details`` is a fact in JSON.

    A fact is never changed: what is known better is another fact, and this one has ended.
    """

    __tablename__ = "health_fact"
    SOURCES = ("client", "guardian", "therapist", "provider", "import")
    ENDED = ("", "replaced", "error", "review")
    __table_args__ = (
        CheckConstraint(f"source IN {SOURCES}", "source"),
        CheckConstraint(f"ended_why IN {ENDED}", "ended_why"),
        CheckConstraint("(ended_at IS NULL) = (ended_why = '')", "ended"),
        Index("ix_health_fact_client", "client_id"),
    )

    client_id: Mapped[int] = mapped_column(ForeignKey(Client.id))
    source: Mapped[str] = mapped_column(String(10))
    details_sealed: Mapped[bytes] = mapped_column(LargeBinary)
    response_id: Mapped[int | None] = mapped_column(ForeignKey(IntakeResponse.id), index=True)
    import_ref: Mapped[str | None] = mapped_column(String(160), unique=True)
    recorded_by_id: Mapped[int | None] = mapped_column(ForeignKey(StaffMember.id))
    is_reviewed: Mapped[bool] = mapped_column(default=True)
    """Whether a therapist has read it; what a client or an import says waits for that."""
    ended_at: Mapped[datetime | None]
    ended_why: Mapped[str] = mapped_column(String(10), default="")
    replaced_by_id: Mapped[int | None] = mapped_column(ForeignKey("health_fact.id"))

    details = Sealed("details_sealed")
    client: Mapped[Client] = relationship(lazy="joined", innerjoin=True)
    recorded_by: Mapped[StaffMember | None] = relationship()


class FactSheet(Numbered, Base):
    """All of it that rules look at, in one sealed sheet a record, made anew when it changes.

    Asking whether somebody may be treated then opens one text. The plain columns say
    only whether there is a history, whether it was read, and until when its answers hold.
    """

    __tablename__ = "fact_sheet"
    is_audited = False

    client_id: Mapped[int] = mapped_column(ForeignKey(Client.id), unique=True)
    version: Mapped[int] = mapped_column(default=1)
    contents_sealed: Mapped[bytes] = mapped_column(LargeBinary)
    history_on: Mapped[date | None]
    """The day of the latest full history; None before the first. An update adds to it."""
    is_reviewed: Mapped[bool] = mapped_column(default=True)
    checked_on: Mapped[date | None]
    """The day of the latest visit check."""

    contents = Sealed("contents_sealed")
    client: Mapped[Client] = relationship(lazy="joined", innerjoin=True)

    def sealing_key(self) -> SubjectKey:
        return self.client.key


class RuleVersion(Numbered, Base):
    """A screening rule as this clinic has it from a day on, whole; ``contents`` is JSON.

    Version 0 of each rule ships with the application, and is no row.
    """

    __tablename__ = "rule_version"
    __table_args__ = (UniqueConstraint("code", "number"), CheckConstraint("number > 0", "number"))
    CODE_MAX = 30
    WHY_MAX = 300

    code: Mapped[str] = mapped_column(String(CODE_MAX))
    number: Mapped[int]
    effective_from: Mapped[date]
    contents: Mapped[str] = mapped_column(Text)
    why: Mapped[str] = mapped_column(String(WHY_MAX))
    made_at: Mapped[datetime]
    made_by_id: Mapped[int | None] = mapped_column(ForeignKey(StaffMember.id))

    made_by: Mapped[StaffMember | None] = relationship()


class RuleHit(OfClient, Row, Base):
    """What a therapist decided about one rule for one client; ``details`` is JSON.

    It holds for exactly what the rule had found then: where that changes, the rule
    is open again, and nobody needs to remember.
    """

    __tablename__ = "rule_hit"
    __table_args__ = (
        CheckConstraint("(withdrawn_at IS NULL) = (withdrawn_by_id IS NULL)", "withdrawn"),
        Index("ix_rule_hit_client", "client_id"),
    )

    client_id: Mapped[int] = mapped_column(ForeignKey(Client.id))
    details_sealed: Mapped[bytes] = mapped_column(LargeBinary)
    decided_at: Mapped[datetime]
    decided_by_id: Mapped[int | None] = mapped_column(ForeignKey(StaffMember.id))
    valid_until: Mapped[date | None]
    withdrawn_at: Mapped[datetime | None]
    withdrawn_by_id: Mapped[int | None] = mapped_column(ForeignKey(StaffMember.id))

    details = Sealed("details_sealed")
    client: Mapped[Client] = relationship(lazy="joined", innerjoin=True)
    decided_by: Mapped[StaffMember | None] = relationship(foreign_keys=[decided_by_id])


class Clearance(OfClient, Row, Base):
    """A provider is asked whether and how a client may be treated; what they said is kept.

    ``details`` is JSON: the rules it is about, the question, who said what, the limits.
    That it has run out is not a state: ``valid_until`` says so. Once it is answered the
    database lets only taking it back through.
    """

    __tablename__ = "clearance"
    STATUSES = ("asked", "cleared", "cleared_with_limits", "refused", "withdrawn")
    __table_args__ = (
        CheckConstraint(f"status IN {STATUSES}", "status"),
        CheckConstraint("(answered_at IS NULL) = (status IN ('asked', 'withdrawn'))", "answered"),
        Index("ix_clearance_client", "client_id"),
        Index("ix_clearance_status", "status", "asked_at"),
    )

    client_id: Mapped[int] = mapped_column(ForeignKey(Client.id))
    provider_id: Mapped[int | None] = mapped_column(ForeignKey(Provider.id), index=True)
    status: Mapped[str] = mapped_column(String(20), default="asked")
    details_sealed: Mapped[bytes] = mapped_column(LargeBinary)
    asked_at: Mapped[datetime]
    asked_by_id: Mapped[int | None] = mapped_column(ForeignKey(StaffMember.id))
    answered_at: Mapped[datetime | None]
    answered_by_id: Mapped[int | None] = mapped_column(ForeignKey(StaffMember.id))
    """Which of us wrote the answer down."""
    valid_until: Mapped[date | None]
    why_sealed: Mapped[bytes | None] = mapped_column(LargeBinary)
    """Why it was taken back."""

    details = Sealed("details_sealed")
    why = Sealed("why_sealed")
    client: Mapped[Client] = relationship(lazy="joined", innerjoin=True)
    provider: Mapped[Provider | None] = relationship()
    asked_by: Mapped[StaffMember | None] = relationship(foreign_keys=[asked_by_id])
    answered_by: Mapped[StaffMember | None] = relationship(foreign_keys=[answered_by_id])
