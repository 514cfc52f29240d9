"""Orders as they were received. How many visits are left is counted, never kept here."""

from datetime import date, datetime

from sqlalchemy import (
    CheckConstraint,
    ForeignKey,
    Index,
    LargeBinary,
    String,
    UniqueConstraint,
)
from sqlalchemy.orm import Mapped, mapped_column, relationship

from clinic.clients.models import Client
from clinic.core.db import Base, Row
from clinic.core.vault import Sealed, SubjectKey
from clinic.directory.models import Organisation, Provider
from clinic.files.models import StoredFile
from clinic.referrals.rules import BASES

CHANNELS = ("fax", "post", "phone", "email", "hand", "portal")
URGENCIES = ("routine", "soon", "urgent", "emergency")
DOCUMENT_KINDS = ("order", "authorisation", "report", "other")


class Referral(Row, Base):
    """A provider's order as it was received: who sent whom, for what, and how often.

    Reason, diagnosis codes and precautions are clinical: sealed, and read only by
    those who treat. ``minutes`` is the session length asked for.
    """

    __tablename__ = "referral"
    __table_args__ = (
        CheckConstraint(f"received_via IN {CHANNELS}", "received_via"),
        CheckConstraint(f"urgency IN {URGENCIES}", "urgency"),
        CheckConstraint("(ended_on IS NULL) = (ended_why = '')", "ended_with_reason"),
        UniqueConstraint("id", "client_id"),
        Index("ix_referral_ended_on", "ended_on", "id"),
        Index("uq_referral_urgency", "id", "urgency", unique=True),
    )

    number: Mapped[str] = mapped_column(String(12), unique=True)
    client_id: Mapped[int] = mapped_column(ForeignKey(Client.id), index=True)
    provider_id: Mapped[int] = mapped_column(ForeignKey(Provider.id), index=True)
    organisation_id: Mapped[int | None] = mapped_column(ForeignKey(Organisation.id))
    received_on: Mapped[date] = mapped_column(index=True)
    received_via: Mapped[str] = mapped_column(String(10), default="fax")
    urgency: Mapped[str] = mapped_column(String(10), default="routine")
    their_reference: Mapped[str] = mapped_column(String(60), default="")
    ordered_on: Mapped[date | None]
    """The day that stands on the order itself."""
    is_signed: Mapped[bool] = mapped_column(default=False)
    wants_report: Mapped[bool] = mapped_column(default=True)
    """Whether the sender asked to be told what comes of it."""
    requested_service: Mapped[str] = mapped_column(String(80), default="")
    frequency: Mapped[str] = mapped_column(String(80), default="")
    minutes: Mapped[int | None]
    reason_sealed: Mapped[bytes | None] = mapped_column(LargeBinary)
    diagnosis_sealed: Mapped[bytes | None] = mapped_column(LargeBinary)
    precautions_sealed: Mapped[bytes | None] = mapped_column(LargeBinary)
    used_elsewhere: Mapped[bool | None]
    """Whether the client uses this order somewhere else too; None where nobody asked."""
    precautions_read_at: Mapped[datetime | None]
    """A mark that coordination leaves: a therapist has confirmed the precautions."""
    ended_on: Mapped[date | None]
    ended_why: Mapped[str] = mapped_column(String(200), default="")

    reason = Sealed("reason_sealed")
    diagnosis = Sealed("diagnosis_sealed")
    precautions = Sealed("precautions_sealed")

    client: Mapped[Client] = relationship(lazy="joined", innerjoin=True)
    provider: Mapped[Provider] = relationship(lazy="joined", innerjoin=True)
    organisation: Mapped[Organisation | None] = relationship(lazy="joined")
    authorisations: Mapped[list["Authorisation"]] = relationship(
        back_populates="referral", order_by="Authorisation.valid_from"
    )
    documents: Mapped[list["ReferralDocument"]] = relationship(
        back_populates="referral", order_by="ReferralDocument.id"
    )

    @property
    def sent_from(self) -> str:
        """The public id of the organisation it came from, or nothing."""
        return self.organisation.public_id if self.organisation else ""

    def sealing_key(self) -> SubjectKey:
        return self.client.key

    def subject_key_id(self) -> int | None:
        return self.client.key_id


_LIVE = Referral.ended_on.is_(None)
Index("ix_referral_sender", Referral.provider_id, sqlite_where=_LIVE, postgresql_where=_LIVE)
"""Who has sent somebody, of the orders that have not ended."""


class ReferralDocument(Row, Base):
    """A scan that belongs to an order: the order itself, a payer's letter, and the like."""

    __tablename__ = "referral_document"
    __table_args__ = (CheckConstraint(f"kind IN {DOCUMENT_KINDS}", "kind"),)

    referral_id: Mapped[int] = mapped_column(ForeignKey(Referral.id), index=True)
    file_id: Mapped[int] = mapped_column(ForeignKey(StoredFile.id), unique=True)
    kind: Mapped[str] = mapped_column(String(16), default="order")
    received_on: Mapped[date]
    removed_why: Mapped[str] = mapped_column(String(200), default="")
    """Why it does not belong here; it stays in the store."""

    referral: Mapped[Referral] = relationship(
        back_populates="documents", lazy="joined", innerjoin=True
    )
    file: Mapped[StoredFile] = relationship(lazy="joined", innerjoin=True)

    def subject_key_id(self) -> int | None:
        return self.referral.client.key_id


class ReportRule(Row, Base):
    """What a payer asks for: a report at so many visits or days, renewal so long before the end.

    With ``basis``, ``days``, ``visits`` and what counts, it also fills in a new authorisation.
    ``code`` names one that ships with the application; the clinic's own have none.
    """

    __tablename__ = "report_rule"
    __table_args__ = (
        CheckConstraint("name <> ''", "name_given"),
        CheckConstraint(f"basis IN {BASES}", "basis"),
        CheckConstraint("report_visits IS NULL OR report_visits BETWEEN 1 AND 200", "visits"),
        CheckConstraint("report_days IS NULL OR report_days BETWEEN 1 AND 730", "days"),
        CheckConstraint("renew_days BETWEEN 0 AND 180", "renew_days"),
        CheckConstraint("renew_visits BETWEEN 0 AND 50", "renew_visits"),
    )

    code: Mapped[str | None] = mapped_column(String(20), unique=True)
    name: Mapped[str] = mapped_column(String(80))
    payer: Mapped[str] = mapped_column(String(80), default="")
    report_visits: Mapped[int | None]
    report_days: Mapped[int | None]
    renew_days: Mapped[int] = mapped_column(default=14)
    renew_visits: Mapped[int] = mapped_column(default=2)
    visits: Mapped[int | None]
    basis: Mapped[str] = mapped_column(String(12), default="fixed_date")
    days: Mapped[int | None]
    counts_missed: Mapped[bool] = mapped_column(default=False)
    counts_late_cancelled: Mapped[bool] = mapped_column(default=False)
    counts_cancelled: Mapped[bool] = mapped_column(default=False)
    is_active: Mapped[bool] = mapped_column(default=True)


class Authorisation(Row, Base):
    """So many visits, from one day until another; what is used is counted, never stored here.

    Whether a missed or cancelled visit uses one up is the payer's rule, kept with each
    authorisation. ``basis`` says from when its ``days`` count: the day it was issued, the first
    visit (``first_visit_on``, a mark that the schedule leaves here), or not at all. With the
    first visit not known there is no ``valid_until`` yet: how long it lasts cannot be computed.
    """

    __tablename__ = "authorisation"
    __table_args__ = (
        CheckConstraint("visits BETWEEN 1 AND 200", "visits"),
        CheckConstraint("valid_until IS NULL OR valid_until >= valid_from", "order"),
        CheckConstraint(f"basis IN {BASES}", "basis"),
        CheckConstraint(
            "(basis IN ('issue_date', 'first_visit')) = (days IS NOT NULL)", "days_of_basis"
        ),
        CheckConstraint("days IS NULL OR days BETWEEN 1 AND 730", "days"),
        CheckConstraint("basis <> 'issue_date' OR issued_on IS NOT NULL", "issued"),
    )

    referral_id: Mapped[int] = mapped_column(ForeignKey(Referral.id), index=True)
    visits: Mapped[int]
    basis: Mapped[str] = mapped_column(String(12), default="fixed_date")
    days: Mapped[int | None]
    issued_on: Mapped[date | None]
    first_visit_on: Mapped[date | None]
    report_rule_id: Mapped[int | None] = mapped_column(ForeignKey(ReportRule.id))
    valid_from: Mapped[date]
    valid_until: Mapped[date | None]
    reference: Mapped[str] = mapped_column(String(60), default="")
    payer: Mapped[str] = mapped_column(String(80), default="", index=True)
    received_on: Mapped[date | None]
    frequency: Mapped[str] = mapped_column(String(80), default="", server_default="")
    document_id: Mapped[int | None] = mapped_column(ForeignKey(ReferralDocument.id))
    """The scan that it stands on, among those of its referral."""
    counts_missed: Mapped[bool] = mapped_column(default=False)
    counts_late_cancelled: Mapped[bool] = mapped_column(default=False)
    counts_cancelled: Mapped[bool] = mapped_column(default=False)
    is_closed: Mapped[bool] = mapped_column(default=False)
    """Nothing more is booked on it, whatever is left."""

    referral: Mapped[Referral] = relationship(
        back_populates="authorisations", lazy="joined", innerjoin=True
    )
    report_rule: Mapped[ReportRule | None] = relationship(lazy="joined")
    document: Mapped[ReferralDocument | None] = relationship()

    @property
    def reports_by(self) -> str:
        """The public id of the payer's rule it goes by, or nothing."""
        return self.report_rule.public_id if self.report_rule else ""

    @property
    def paper(self) -> str:
        """The public id of the paper that it stands on, or nothing."""
        return self.document.public_id if self.document else ""

    def subject_key_id(self) -> int | None:
        return self.referral.client.key_id
