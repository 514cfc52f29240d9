"""The outbox, and every attempt to empty it."""

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, LargeBinary, String
from sqlalchemy.orm import Mapped, mapped_column, relationship

from clinic.core.db import Base, Numbered, Row
from clinic.core.vault import Sealed, SubjectKey
from clinic.files.models import StoredFile

STATUSES = ("waiting", "sent", "dead", "withdrawn")
OUTCOMES = ("sent", "failed", "refused")


class OutboxMessage(Row, Base):
    """A message that is to leave, written in the transaction of what it is about.

    ``about`` names a thing of a room above, such as ``letter:`` and its public id. ``claimed_at``
    is when somebody last took it up to send it.
    """

    __tablename__ = "outbox_message"
    __table_args__ = (
        CheckConstraint(f"status IN {STATUSES}", "status"),
        CheckConstraint("(sent_at IS NOT NULL) = (status = 'sent')", "sent"),
        Index("ix_outbox_message_waiting", "status", "next_try_at"),
        Index("ix_outbox_message_about", "about"),
    )

    kind: Mapped[str] = mapped_column(String(20))
    about: Mapped[str] = mapped_column(String(60))
    key_id: Mapped[int] = mapped_column(ForeignKey(SubjectKey.id))
    to_sealed: Mapped[bytes] = mapped_column(LargeBinary)
    subject_sealed: Mapped[bytes] = mapped_column(LargeBinary)
    body_sealed: Mapped[bytes] = mapped_column(LargeBinary)
    file_id: Mapped[int | None] = mapped_column(ForeignKey(StoredFile.id))
    status: Mapped[str] = mapped_column(String(10), default="waiting")
    tries: Mapped[int] = mapped_column(default=0)
    next_try_at: Mapped[datetime]
    claimed_at: Mapped[datetime | None]
    sent_at: Mapped[datetime | None]
    dedupe: Mapped[str | None] = mapped_column(String(80), unique=True)
    """A name of what it does: the same is never written twice."""

    to = Sealed("to_sealed")
    subject = Sealed("subject_sealed")
    body = Sealed("body_sealed")
    key: Mapped[SubjectKey] = relationship(lazy="joined", innerjoin=True)
    file: Mapped[StoredFile | None] = relationship()

    def sealing_key(self) -> SubjectKey:
        return self.key

    def subject_key_id(self) -> int | None:
        return self.key_id


class DeliveryAttempt(Numbered, Base):
    """One attempt to send a message: rows are only added. ``why`` names no person."""

    __tablename__ = "delivery_attempt"
    is_audited = False  # it is a log itself
    __table_args__ = (CheckConstraint(f"outcome IN {OUTCOMES}", "outcome"),)

    message_id: Mapped[int] = mapped_column(ForeignKey(OutboxMessage.id), index=True)
    at: Mapped[datetime]
    outcome: Mapped[str] = mapped_column(String(10))
    why: Mapped[str] = mapped_column(String(200), default="")
