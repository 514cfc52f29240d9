"""Consents, each to the exact words that were shown; a text is never changed, only followed."""

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
from clinic.core.vault import Sealed
from clinic.directory.models import Provider
from clinic.staff.models import StaffMember

KIND_MAX = 20


class ConsentText(Numbered, Base):
    """The clinic's own wording of what is agreed to; the newest number counts.

    Number 0 of each kind is the wording that ships with the application, and no row.
    """

    __tablename__ = "consent_text"
    __table_args__ = (
        UniqueConstraint("kind", "number"),
        CheckConstraint("number > 0", "number"),
    )

    kind: Mapped[str] = mapped_column(String(KIND_MAX))
    number: Mapped[int]
    body: Mapped[str] = mapped_column(Text)
    published_at: Mapped[datetime]
    published_by_id: Mapped[int | None] = mapped_column(ForeignKey(StaffMember.id))


class Consent(OfClient, Row, Base):
    """What one client agreed to or refused: to which words, by whom, how, until when.

    ``scope`` is JSON: areas, techniques, purposes, kinds of data. That it has run out is
    not a state: ``expires_on`` says so. Once written it can only be taken back, replaced or
    called an error: the database refuses every other change.
    """

    __tablename__ = "consent"
    kept_from_audit = frozenset({"kind"})  # that somebody agreed to massage in pregnancy says why
    ANSWERS = ("given", "refused")
    STATUSES = ("active", "withdrawn", "superseded", "entered_in_error")
    GIVERS = ("client", "guardian")
    METHODS = ("signed", "typed", "verbal")
    __table_args__ = (
        CheckConstraint(f"answer IN {ANSWERS}", "answer"),
        CheckConstraint(f"status IN {STATUSES}", "status"),
        CheckConstraint(f"given_by IN {GIVERS}", "given_by"),
        CheckConstraint(f"method IN {METHODS}", "method"),
        CheckConstraint("expires_on IS NULL OR expires_on >= given_on", "expires_after"),
        CheckConstraint("(withdrawn_at IS NOT NULL) = (status = 'withdrawn')", "withdrawn"),
        Index("ix_consent_client", "client_id", "kind"),
        Index("ix_consent_provider", "provider_id"),
    )

    client_id: Mapped[int] = mapped_column(ForeignKey(Client.id))
    kind: Mapped[str] = mapped_column(String(KIND_MAX))
    text_number: Mapped[int] = mapped_column(default=0)
    answer: Mapped[str] = mapped_column(String(10), default="given")
    status: Mapped[str] = mapped_column(String(20), default="active")
    given_by: Mapped[str] = mapped_column(String(10), default="client")
    method: Mapped[str] = mapped_column(String(10))
    given_on: Mapped[date]
    expires_on: Mapped[date | None]
    """The last day on which it counts."""
    provider_id: Mapped[int | None] = mapped_column(ForeignKey(Provider.id))
    """With whom may be shared, where the kind asks for one provider."""
    scope_sealed: Mapped[bytes | None] = mapped_column(LargeBinary)
    signature_sealed: Mapped[bytes | None] = mapped_column(LargeBinary)
    """The name as it was signed or typed, or who witnessed the spoken word."""
    withdrawn_at: Mapped[datetime | None]
    why_sealed: Mapped[bytes | None] = mapped_column(LargeBinary)
    """Why it was refused, withdrawn, or entered in error."""
    taken_by_id: Mapped[int | None] = mapped_column(ForeignKey(StaffMember.id))

    scope = Sealed("scope_sealed")
    signature = Sealed("signature_sealed")
    why = Sealed("why_sealed")
    client: Mapped[Client] = relationship(lazy="joined", innerjoin=True)
    provider: Mapped[Provider | None] = relationship(lazy="joined")
    """With the consent: which record stands for them decides what the consent is worth."""
    taken_by: Mapped[StaffMember | None] = relationship()
