"""Orders as they were received. How many visits are left is counted, never kept here."""

from datetime import date

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

CHANNELS = ("fax", "post", "phone", "email", "hand", "portal")
URGENCIES = ("routine", "soon", "urgent", "emergency")


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
    )

    number: Mapped[str] = mapped_column(String(12), unique=True)
    client_id: Mapped[int] = mapped_column(ForeignKey(Client.id), index=True)
    provider_id: Mapped[int] = mapped_column(ForeignKey(Provider.id), index=True)
    organisation_id: Mapped[int | None] = mapped_column(ForeignKey(Organisation.id))
    received_on: Mapped[date] = mapped_column(index=True)
    received_via: Mapped[str] = mapped_column(String(10), default="fax")
    urgency: Mapped[str] = mapped_column(String(10), default="routine")
    their_reference: Mapped[str] = mapped_column(String(60), default="")
    frequency: Mapped[str] = mapped_column(String(80), default="")
    minutes: Mapped[int | None]
    reason_sealed: Mapped[bytes | None] = mapped_column(LargeBinary)
    diagnosis_sealed: Mapped[bytes | None] = mapped_column(LargeBinary)
    precautions_sealed: Mapped[bytes | None] = mapped_column(LargeBinary)
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

    @property
    def sent_from(self) -> str:
        """The public id of the organisation it came from, or nothing."""
        return self.organisation.public_id if self.organisation else ""

    def sealing_key(self) -> SubjectKey:
        return self.client.key

    def subject_key_id(self) -> int | None:
        return self.client.key_id


class Authorisation(Row, Base):
    """So many visits, from one day until another; what is used is counted, never stored here.

    Whether a missed or late-cancelled visit uses one up is the payer's rule, kept
    with each authorisation.
    """

    __tablename__ = "authorisation"
    __table_args__ = (
        CheckConstraint("visits BETWEEN 1 AND 200", "visits"),
        CheckConstraint("valid_until IS NULL OR valid_until >= valid_from", "order"),
    )

    referral_id: Mapped[int] = mapped_column(ForeignKey(Referral.id), index=True)
    visits: Mapped[int]
    valid_from: Mapped[date]
    valid_until: Mapped[date | None]
    reference: Mapped[str] = mapped_column(String(60), default="")
    payer: Mapped[str] = mapped_column(String(80), default="")
    counts_missed: Mapped[bool] = mapped_column(default=False)
    counts_late_cancelled: Mapped[bool] = mapped_column(default=False)

    referral: Mapped[Referral] = relationship(back_populates="authorisations", lazy="joined")

    def subject_key_id(self) -> int | None:
        return self.referral.client.key_id
