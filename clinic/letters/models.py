"""Letters, each version kept as it was sent, and where each went."""

from datetime import date, datetime

from sqlalchemy import (
    CheckConstraint,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    LargeBinary,
    String,
    UniqueConstraint,
)
from sqlalchemy.orm import Mapped, mapped_column, relationship

from clinic.clients.models import Client, OfClient
from clinic.consents.models import Consent
from clinic.core.db import Base, Numbered, Row
from clinic.core.vault import Sealed, SubjectKey
from clinic.directory.models import Organisation, Provider
from clinic.files.models import StoredFile
from clinic.messages.models import OutboxMessage
from clinic.staff.models import StaffMember

KIND_MAX = 20
KINDS = (
    "acknowledgement", "missing_information", "decline", "unreachable", "first_visit", "progress",
    "renewal", "discharge", "outbound", "clearance", "closing", "reply", "other",
)  # fmt: skip
BARE = ("acknowledgement", "missing_information", "decline")
"""Kinds that may leave without consent: in ready-made words they repeat only the name and the
number which the sender gave."""
CHANNELS = ("print", "post", "fax", "email", "phone")


class Letter(OfClient, Row, Base):
    """A letter to a provider, or one that came from them.

    ``content`` is JSON as ``letters.rules.blocks`` has it. ``about`` names the referral it
    belongs to (``referral:`` or ``outbound:`` and a public id), ``reference`` the number that
    stands on each of its pages. One that ``is_bare`` says nothing but ready-made phrases about
    what its receiver wrote to us; a word of somebody's own in it ends that.
    """

    __tablename__ = "letter"
    kept_from_audit = frozenset({"kind"})  # that a clearance was asked for says why
    STATUSES = ("draft", "approved", "sent", "delivered", "failed", "cancelled", "received",
                "filed")  # fmt: skip
    __table_args__ = (
        CheckConstraint(f"kind IN {KINDS}", "kind"),
        CheckConstraint("direction IN ('out', 'in')", "direction"),
        CheckConstraint(f"status IN {STATUSES}", "status"),
        CheckConstraint("(direction = 'in') = (status IN ('received', 'filed'))", "direction_fits"),
        CheckConstraint(
            "status NOT IN ('approved', 'sent', 'delivered', 'failed') OR approved_at IS NOT NULL",
            "approved",
        ),
        CheckConstraint(f"NOT is_bare OR kind IN {BARE}", "bare"),
        UniqueConstraint(
            "id", "kind", "client_id", "provider_id", "is_bare", name="uq_letter_sent"
        ),
        Index("ix_letter_about", "about"),
        Index("ix_letter_client", "client_id"),
        Index("ix_letter_provider", "provider_id", "status"),
        Index("ix_letter_reply", "needs_reply_by"),
    )

    client_id: Mapped[int] = mapped_column(ForeignKey(Client.id))
    provider_id: Mapped[int] = mapped_column(ForeignKey(Provider.id))
    organisation_id: Mapped[int | None] = mapped_column(ForeignKey(Organisation.id))
    kind: Mapped[str] = mapped_column(String(KIND_MAX))
    direction: Mapped[str] = mapped_column(String(3), default="out")
    status: Mapped[str] = mapped_column(String(10), default="draft")
    about: Mapped[str] = mapped_column(String(60), default="")
    reference: Mapped[str] = mapped_column(String(20), default="")
    content_sealed: Mapped[bytes | None] = mapped_column(LargeBinary)
    ready_sealed: Mapped[bytes | None] = mapped_column(LargeBinary)
    """The ready-made words of one that was drawn up bare: what is not among them is somebody's
    own."""
    is_bare: Mapped[bool] = mapped_column(default=False)
    written_by_id: Mapped[int | None] = mapped_column(ForeignKey(StaffMember.id))
    approved_at: Mapped[datetime | None]
    approved_by_id: Mapped[int | None] = mapped_column(ForeignKey(StaffMember.id))
    sent_at: Mapped[datetime | None]
    delivered_at: Mapped[datetime | None]
    acknowledged_on: Mapped[date | None]
    acknowledged_by: Mapped[str] = mapped_column(String(80), default="", server_default="")
    """Who said that it came."""
    needs_reply_by: Mapped[date | None]
    replied_on: Mapped[date | None]
    cancelled_why: Mapped[str] = mapped_column(String(200), default="")

    content = Sealed("content_sealed")
    ready = Sealed("ready_sealed")
    client: Mapped[Client] = relationship(lazy="joined", innerjoin=True)
    provider: Mapped[Provider] = relationship(lazy="joined", innerjoin=True)
    organisation: Mapped[Organisation | None] = relationship()
    written_by: Mapped[StaffMember | None] = relationship(foreign_keys=[written_by_id])
    approved_by: Mapped[StaffMember | None] = relationship(foreign_keys=[approved_by_id])
    versions: Mapped[list["LetterVersion"]] = relationship(
        back_populates="letter", order_by="LetterVersion.number"
    )
    attachments: Mapped[list["LetterAttachment"]] = relationship(
        back_populates="letter", order_by="LetterAttachment.id"
    )
    dispatches: Mapped[list["Dispatch"]] = relationship(
        back_populates="letter", order_by="Dispatch.id", overlaps="letter"
    )


class LetterVersion(Numbered, Base):
    """A letter exactly as it was set for sending; the database refuses every change of it."""

    __tablename__ = "letter_version"
    __table_args__ = (UniqueConstraint("letter_id", "number"), UniqueConstraint("id", "letter_id"))

    letter_id: Mapped[int] = mapped_column(ForeignKey(Letter.id))
    number: Mapped[int]
    file_id: Mapped[int] = mapped_column(ForeignKey(StoredFile.id))
    sha256: Mapped[str] = mapped_column(String(64))
    made_at: Mapped[datetime]

    letter: Mapped[Letter] = relationship(back_populates="versions")
    file: Mapped[StoredFile] = relationship()

    def subject_key_id(self) -> int | None:
        return self.letter.client.key_id


class LetterAttachment(Row, Base):
    """A document that goes with a letter; what it tells of is a kind of data of the consent."""

    __tablename__ = "letter_attachment"
    __table_args__ = (UniqueConstraint("letter_id", "file_id"),)

    letter_id: Mapped[int] = mapped_column(ForeignKey(Letter.id))
    file_id: Mapped[int] = mapped_column(ForeignKey(StoredFile.id), index=True)
    tells: Mapped[str] = mapped_column(String(20))

    letter: Mapped[Letter] = relationship(back_populates="attachments")
    file: Mapped[StoredFile] = relationship(lazy="joined", innerjoin=True)

    def subject_key_id(self) -> int | None:
        return self.letter.client.key_id


class Dispatch(Row, Base):
    """That a version of a letter went somewhere, by which way, and with which consent.

    The database refuses one with client information that has no consent, or one to share with
    somebody else, of somebody else, refused, or taken back.
    """

    __tablename__ = "dispatch"
    kept_from_audit = frozenset({"letter_kind"})
    STATUSES = ("prepared", "sent", "delivered", "failed", "withdrawn")
    __table_args__ = (
        CheckConstraint(f"channel IN {CHANNELS}", "channel"),
        CheckConstraint(f"status IN {STATUSES}", "status"),
        CheckConstraint("consent_id IS NOT NULL OR letter_is_bare", "with_consent"),
        CheckConstraint("status <> 'delivered' OR delivered_at IS NOT NULL", "delivered"),
        ForeignKeyConstraint(
            ["letter_id", "letter_kind", "client_id", "provider_id", "letter_is_bare"],
            [Letter.id, Letter.kind, Letter.client_id, Letter.provider_id, Letter.is_bare],
            name="fk_dispatch_letter",
        ),
        ForeignKeyConstraint(
            ["version_id", "letter_id"],
            [LetterVersion.id, LetterVersion.letter_id],
            name="fk_dispatch_version",
        ),
        Index("ix_dispatch_letter", "letter_id"),
        Index("ix_dispatch_consent", "consent_id"),
    )

    letter_id: Mapped[int]
    letter_kind: Mapped[str] = mapped_column(String(KIND_MAX))
    letter_is_bare: Mapped[bool]
    client_id: Mapped[int]
    provider_id: Mapped[int]
    version_id: Mapped[int] = mapped_column()
    consent_id: Mapped[int | None] = mapped_column(ForeignKey(Consent.id))
    channel: Mapped[str] = mapped_column(String(10))
    status: Mapped[str] = mapped_column(String(10), default="prepared")
    to_sealed: Mapped[bytes | None] = mapped_column(LargeBinary)
    """The number or address as it was shown when it was sent."""
    note_sealed: Mapped[bytes | None] = mapped_column(LargeBinary)
    """What was said on the telephone, or why it failed."""
    message_id: Mapped[int | None] = mapped_column(ForeignKey(OutboxMessage.id), index=True)
    sent_at: Mapped[datetime | None]
    sent_by_id: Mapped[int | None] = mapped_column(ForeignKey(StaffMember.id))
    delivered_at: Mapped[datetime | None]

    to = Sealed("to_sealed")
    note = Sealed("note_sealed")
    letter: Mapped[Letter] = relationship(
        back_populates="dispatches", lazy="joined", innerjoin=True, overlaps="dispatches"
    )
    letter_version: Mapped[LetterVersion] = relationship(
        foreign_keys=[version_id], primaryjoin="LetterVersion.id == Dispatch.version_id",
        viewonly=True,
    )  # fmt: skip
    consent: Mapped[Consent | None] = relationship(
        primaryjoin="Consent.id == Dispatch.consent_id", foreign_keys=[consent_id], viewonly=True
    )
    message: Mapped[OutboxMessage | None] = relationship()
    sent_by: Mapped[StaffMember | None] = relationship()

    def sealing_key(self) -> SubjectKey:
        return self.letter.client.key

    def subject_key_id(self) -> int | None:
        return self.letter.client.key_id
