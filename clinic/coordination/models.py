"""Where each referral stands, who sees to it, what is next and by when."""

from datetime import date, datetime

from sqlalchemy import (
    CheckConstraint,
    Computed,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    LargeBinary,
    String,
    UniqueConstraint,
)
from sqlalchemy.orm import Mapped, mapped_column, relationship

from clinic.clients.models import Client, OfClient
from clinic.coordination.rules.gravity import GRADE
from clinic.core.db import Base, Numbered, Row
from clinic.core.vault import Sealed, SubjectKey
from clinic.directory.models import Organisation, Provider
from clinic.files.models import StoredFile
from clinic.health.models import Clearance
from clinic.letters.models import Letter
from clinic.referrals.models import CHANNELS as RECEIVED_VIA
from clinic.referrals.models import URGENCIES, Authorisation, Referral
from clinic.staff.models import StaffMember

IN_STATES = (
    "received", "incomplete", "accepted", "contacting", "scheduled", "missed_first",
    "in_treatment", "on_hold", "renewal_requested", "cancel_requested", "completed", "expired",
    "declined", "cancelled", "not_reached", "closed", "entered_in_error",
)  # fmt: skip
IN_ENDS = ("declined", "cancelled", "not_reached", "closed", "entered_in_error")
OUT_STATES = (
    "draft", "consent_pending", "ready", "sent", "acknowledged", "scheduled", "attended",
    "not_attended", "reply_received", "acted_on", "told_client", "closed", "declined",
    "client_declined", "cancelled", "no_response", "entered_in_error",
)  # fmt: skip
OUT_ENDS = ("closed", "declined", "client_declined", "cancelled", "no_response",
            "entered_in_error")  # fmt: skip
OUTCOMES = ("goals_met", "partly_met", "not_met", "not_started", "transferred", "not_shared")
REPORTS = ("initial", "progress", "renewal", "discharge")
REPORT_STATES = ("due", "drafted", "approved", "sent", "acknowledged", "waived")


def _looked_after(ends: tuple[str, ...]) -> str:
    owned = "owner_id IS NOT NULL AND next_action <> '' AND due_on IS NOT NULL"
    return f"status IN {ends} OR ({owned})"


class ReferralCase(Row, Base):
    """How far a referral has come. One that has not ended has an owner, a next action and a
    day: the database refuses any other.

    ``why`` is a code of ``coordination.rules``, ``missing`` the codes of what an order lacks,
    parted by spaces; ``review_on`` the day on which one on hold is looked at again.
    """

    __tablename__ = "referral_case"
    __table_args__ = (
        CheckConstraint(f"status IN {IN_STATES}", "status"),
        CheckConstraint(_looked_after(IN_ENDS), "looked_after"),
        CheckConstraint("status <> 'on_hold' OR review_on IS NOT NULL", "reviewed"),
        CheckConstraint(f"outcome = '' OR outcome IN {OUTCOMES}", "outcome"),
        CheckConstraint("status <> 'closed' OR outcome <> ''", "closed_with_outcome"),
        CheckConstraint(f"(ended_at IS NOT NULL) = (status IN {IN_ENDS})", "ended"),
        ForeignKeyConstraint(
            ["referral_id", "urgency"],
            ["referral.id", "referral.urgency"],
            "fk_referral_case_urgency",
            onupdate="CASCADE",
        ),
        Index("ix_referral_case_board", "status", "due_on"),
        Index("ix_referral_case_grade", "status", "grade", "due_on"),
        Index("ix_referral_case_owner", "owner_id", "status"),
    )

    referral_id: Mapped[int] = mapped_column(ForeignKey(Referral.id), unique=True)
    urgency: Mapped[str] = mapped_column(String(10))
    """The order's own: the database keeps it the same when the order is corrected."""
    status: Mapped[str] = mapped_column(String(20), default="received")
    owner_id: Mapped[int | None] = mapped_column(ForeignKey(StaffMember.id))
    next_action: Mapped[str] = mapped_column(String(24), default="")
    grade: Mapped[int] = mapped_column(Computed(GRADE, persisted=True), deferred=True)
    due_on: Mapped[date | None]
    is_planned: Mapped[bool] = mapped_column(default=False)
    """Somebody chose the next action and its day; they stand until the state changes."""
    why: Mapped[str] = mapped_column(String(24), default="")
    missing: Mapped[str] = mapped_column(String(120), default="")
    review_on: Mapped[date | None]
    resumes_to: Mapped[str] = mapped_column(String(20), default="")
    """Where it goes when a pause or a request to cancel ends."""
    outcome: Mapped[str] = mapped_column(String(16), default="")
    received_at: Mapped[datetime]
    acknowledged_at: Mapped[datetime | None]
    accepted_at: Mapped[datetime | None]
    contacted_at: Mapped[datetime | None]
    first_visit_on: Mapped[date | None]
    completed_at: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]
    precautions_at: Mapped[datetime | None]
    """When a therapist turned the order's precautions into limits, or saw that there are none."""
    precautions_by_id: Mapped[int | None] = mapped_column(ForeignKey(StaffMember.id))

    referral: Mapped[Referral] = relationship(
        lazy="joined", innerjoin=True, foreign_keys=[referral_id]
    )
    owner: Mapped[StaffMember | None] = relationship(foreign_keys=[owner_id])

    def subject_key_id(self) -> int | None:
        return self.referral.client.key_id


class OutboundReferral(OfClient, Row, Base):
    """A client is sent, or a question put, to a provider outside.

    The question, the findings and what is done meanwhile are sealed. ``clearance_id`` is what
    is waited for, where it is a question about whether a client may be treated.
    """

    __tablename__ = "outbound_referral"
    kept_from_audit = frozenset({"reason"})
    __table_args__ = (
        CheckConstraint(f"status IN {OUT_STATES}", "status"),
        CheckConstraint(f"urgency IN {URGENCIES}", "urgency"),
        CheckConstraint(_looked_after(OUT_ENDS), "looked_after"),
        CheckConstraint(f"(ended_at IS NOT NULL) = (status IN {OUT_ENDS})", "ended"),
        Index("ix_outbound_referral_board", "status", "due_on"),
        Index("ix_outbound_referral_grade", "status", "grade", "due_on"),
        Index("ix_outbound_referral_owner", "owner_id", "status"),
        Index("ix_outbound_referral_client", "client_id"),
        Index("ix_outbound_referral_provider", "provider_id", "status"),
    )

    number: Mapped[str] = mapped_column(String(12), unique=True)
    client_id: Mapped[int] = mapped_column(ForeignKey(Client.id))
    provider_id: Mapped[int] = mapped_column(ForeignKey(Provider.id))
    organisation_id: Mapped[int | None] = mapped_column(ForeignKey(Organisation.id))
    reason: Mapped[str] = mapped_column(String(24))
    urgency: Mapped[str] = mapped_column(String(10), default="routine")
    status: Mapped[str] = mapped_column(String(20), default="draft")
    owner_id: Mapped[int | None] = mapped_column(ForeignKey(StaffMember.id))
    next_action: Mapped[str] = mapped_column(String(24), default="")
    grade: Mapped[int] = mapped_column(Computed(GRADE, persisted=True), deferred=True)
    due_on: Mapped[date | None]
    why: Mapped[str] = mapped_column(String(24), default="")
    question_sealed: Mapped[bytes | None] = mapped_column(LargeBinary)
    findings_sealed: Mapped[bytes | None] = mapped_column(LargeBinary)
    meanwhile_sealed: Mapped[bytes | None] = mapped_column(LargeBinary)
    clearance_id: Mapped[int | None] = mapped_column(ForeignKey(Clearance.id), unique=True)
    letter_id: Mapped[int | None] = mapped_column(ForeignKey(Letter.id), unique=True)
    sent_at: Mapped[datetime | None]
    answer_by: Mapped[date | None]
    acknowledged_on: Mapped[date | None]
    acknowledged_by: Mapped[str] = mapped_column(String(80), default="")
    appointment_on: Mapped[date | None]
    reminders: Mapped[int] = mapped_column(default=0)
    calls: Mapped[int] = mapped_column(default=0)
    answered_at: Mapped[datetime | None]
    read_at: Mapped[datetime | None]
    acted_at: Mapped[datetime | None]
    told_at: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]

    question = Sealed("question_sealed")
    findings = Sealed("findings_sealed")
    meanwhile = Sealed("meanwhile_sealed")
    client: Mapped[Client] = relationship(lazy="joined", innerjoin=True)
    provider: Mapped[Provider] = relationship(lazy="joined", innerjoin=True)
    organisation: Mapped[Organisation | None] = relationship()
    owner: Mapped[StaffMember | None] = relationship()
    clearance: Mapped[Clearance | None] = relationship()
    letter: Mapped[Letter | None] = relationship()


_LIVE = OutboundReferral.ended_at.is_(None)
Index(
    "ix_outbound_referral_asked", OutboundReferral.provider_id,
    sqlite_where=_LIVE, postgresql_where=_LIVE,
)  # fmt: skip
"""Who is asked or sent to at present."""


class CaseStep(Numbered, Base):
    """One step of a referral, in or out: rows are only added. ``why`` is what was said of it."""

    __tablename__ = "case_step"
    __table_args__ = (
        CheckConstraint("(case_id IS NULL) <> (outbound_id IS NULL)", "one_of_two"),
        Index("ix_case_step_case", "case_id", "id"),
        Index("ix_case_step_outbound", "outbound_id", "id"),
    )

    case_id: Mapped[int | None] = mapped_column(ForeignKey(ReferralCase.id))
    outbound_id: Mapped[int | None] = mapped_column(ForeignKey(OutboundReferral.id))
    at: Mapped[datetime]
    by_id: Mapped[int | None] = mapped_column(ForeignKey(StaffMember.id))
    kind: Mapped[str] = mapped_column(String(24))
    """What happened: a trigger of the machine, or another word of ``coordination.rules``."""
    from_status: Mapped[str] = mapped_column(String(20), default="")
    to_status: Mapped[str] = mapped_column(String(20), default="")
    code: Mapped[str] = mapped_column(String(24), default="")
    why_sealed: Mapped[bytes | None] = mapped_column(LargeBinary)

    why = Sealed("why_sealed")
    case: Mapped[ReferralCase | None] = relationship()
    outbound: Mapped[OutboundReferral | None] = relationship()
    by: Mapped[StaffMember | None] = relationship()

    def _client(self) -> Client:
        if self.case is not None:
            return self.case.referral.client
        assert self.outbound is not None  # noqa: S101 - one of the two: the table says so
        return self.outbound.client

    def sealing_key(self) -> SubjectKey:
        return self._client().key

    def subject_key_id(self) -> int | None:
        return self._client().key_id


class ContactAttempt(Numbered, Base):
    """One attempt to reach a client about a referral: rows are only added."""

    __tablename__ = "contact_attempt"
    CHANNELS = ("phone", "email", "text", "letter", "in_person")
    RESULTS = ("reached", "booked", "no_answer", "left_message", "wrong_number", "refused")
    NOTE_MAX = 200
    __table_args__ = (
        CheckConstraint(f"channel IN {CHANNELS}", "channel"),
        CheckConstraint(f"result IN {RESULTS}", "result"),
        Index("ix_contact_attempt_case", "case_id", "at"),
    )

    case_id: Mapped[int] = mapped_column(ForeignKey(ReferralCase.id))
    at: Mapped[datetime]
    on_date: Mapped[date]
    """The clinic's day of ``at``: attempts on different days count."""
    by_id: Mapped[int | None] = mapped_column(ForeignKey(StaffMember.id))
    channel: Mapped[str] = mapped_column(String(10))
    result: Mapped[str] = mapped_column(String(12))
    note: Mapped[str] = mapped_column(String(NOTE_MAX), default="")

    case: Mapped[ReferralCase] = relationship()
    by: Mapped[StaffMember | None] = relationship()

    def subject_key_id(self) -> int | None:
        return self.case.referral.client.key_id


class Reply(Row, Base):
    """What a provider answered to an outbound referral: a letter, or what was said."""

    __tablename__ = "reply"
    HOW = ("phone", "in_person", "letter", "fax", "message")
    __table_args__ = (
        CheckConstraint(f"how IN {HOW}", "how"),
        Index("ix_reply_outbound", "outbound_id"),
    )

    outbound_id: Mapped[int] = mapped_column(ForeignKey(OutboundReferral.id))
    how: Mapped[str] = mapped_column(String(10))
    said_by: Mapped[str] = mapped_column(String(80))
    received_on: Mapped[date]
    summary_sealed: Mapped[bytes | None] = mapped_column(LargeBinary)
    """Nothing until a therapist has read what came on paper."""
    file_id: Mapped[int | None] = mapped_column(ForeignKey(StoredFile.id))
    taken_by_id: Mapped[int | None] = mapped_column(ForeignKey(StaffMember.id))

    summary = Sealed("summary_sealed")
    outbound: Mapped[OutboundReferral] = relationship(lazy="joined", innerjoin=True)
    file: Mapped[StoredFile | None] = relationship()
    taken_by: Mapped[StaffMember | None] = relationship()

    def sealing_key(self) -> SubjectKey:
        return self.outbound.client.key

    def subject_key_id(self) -> int | None:
        return self.outbound.client.key_id


class ProgressReport(Row, Base):
    """A report that a referral owes its provider: why, by which day, and which letter it became.

    ``nth`` counts the reports of one kind of one authorisation, or of the referral as a whole.
    """

    __tablename__ = "progress_report"
    DUE = ("visits", "days", "window", "few_left", "first_visit", "discharge", "event", "asked")
    __table_args__ = (
        CheckConstraint(f"kind IN {REPORTS}", "kind"),
        CheckConstraint(f"status IN {REPORT_STATES}", "status"),
        CheckConstraint(f"due_why IN {DUE}", "due_why"),
        CheckConstraint("status <> 'waived' OR waived_why <> ''", "waived_with_reason"),
        CheckConstraint(
            "status IN ('due', 'drafted', 'waived') OR letter_id IS NOT NULL", "with_letter"
        ),
        UniqueConstraint("case_id", "authorisation_id", "kind", "nth"),
        Index("ix_progress_report_due", "status", "due_on"),
    )

    case_id: Mapped[int] = mapped_column(ForeignKey(ReferralCase.id), index=True)
    authorisation_id: Mapped[int | None] = mapped_column(ForeignKey(Authorisation.id))
    kind: Mapped[str] = mapped_column(String(10))
    nth: Mapped[int] = mapped_column(default=1)
    status: Mapped[str] = mapped_column(String(12), default="due")
    due_on: Mapped[date]
    due_why: Mapped[str] = mapped_column(String(12))
    letter_id: Mapped[int | None] = mapped_column(ForeignKey(Letter.id), unique=True)
    sent_on: Mapped[date | None]
    waived_why: Mapped[str] = mapped_column(String(200), default="")

    case: Mapped[ReferralCase] = relationship(lazy="joined", innerjoin=True)
    authorisation: Mapped[Authorisation | None] = relationship()
    letter: Mapped[Letter | None] = relationship()

    def subject_key_id(self) -> int | None:
        return self.case.referral.client.key_id


_IS_OF_CASE = ProgressReport.authorisation_id.is_(None)
Index(
    "uq_progress_report_of_case", ProgressReport.case_id, ProgressReport.kind, ProgressReport.nth,
    unique=True, sqlite_where=_IS_OF_CASE, postgresql_where=_IS_OF_CASE,
)  # fmt: skip
"""A report that no authorisation asked for is owed once too: NULL is equal to nothing."""


PAPER_STATES = ("waiting", "filed", "set_aside")
PAPER_BECAME = ("order", "document", "answer", "acknowledgement")


class ArrivedPaper(Row, Base):
    """A paper that arrived and is no order, document or answer yet.

    While it waits its file is sealed under a key of its own; what it became is sealed under
    the key of the client it is about.
    """

    __tablename__ = "arrived_paper"
    __table_args__ = (
        CheckConstraint(f"arrived_via IN {RECEIVED_VIA}", "arrived_via"),
        CheckConstraint(f"status IN {PAPER_STATES}", "status"),
        CheckConstraint(f"became = '' OR became IN {PAPER_BECAME}", "became"),
        CheckConstraint("(status = 'filed') = (became <> '')", "filed_as"),
        CheckConstraint("status <> 'filed' OR client_id IS NOT NULL", "of_client"),
        CheckConstraint("status <> 'set_aside' OR settled_why <> ''", "set_aside_with_reason"),
        CheckConstraint("(status = 'waiting') = (settled_at IS NULL)", "settled"),
        Index("ix_arrived_paper_waiting", "status", "arrived_at"),
    )

    file_id: Mapped[int] = mapped_column(ForeignKey(StoredFile.id), unique=True)
    arrived_at: Mapped[datetime]
    arrived_via: Mapped[str] = mapped_column(String(10))
    note_sealed: Mapped[bytes | None] = mapped_column(LargeBinary)
    """Whom it seems to be from or about."""
    status: Mapped[str] = mapped_column(String(10), default="waiting")
    became: Mapped[str] = mapped_column(String(16), default="")
    client_id: Mapped[int | None] = mapped_column(ForeignKey(Client.id), index=True)
    referral_id: Mapped[int | None] = mapped_column(ForeignKey(Referral.id), index=True)
    settled_at: Mapped[datetime | None]
    settled_by_id: Mapped[int | None] = mapped_column(ForeignKey(StaffMember.id))
    settled_why: Mapped[str] = mapped_column(String(200), default="")

    note = Sealed("note_sealed")
    file: Mapped[StoredFile] = relationship(lazy="joined", innerjoin=True)
    client: Mapped[Client | None] = relationship()
    referral: Mapped[Referral | None] = relationship()
    settled_by: Mapped[StaffMember | None] = relationship()

    def sealing_key(self) -> SubjectKey:
        return self.file.key

    def subject_key_id(self) -> int | None:
        return self.file.key_id
