"""Who waits for time to come free, and what was offered to them."""

from datetime import date, datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from clinic.catalogue.models import ServiceVariant
from clinic.clients.models import Client
from clinic.core.db import Base, Row
from clinic.scheduling.models.visits import Visit
from clinic.staff.models import StaffMember


class WaitlistEntry(Row, Base):
    """What somebody waits for: what, with whom, on which days, how soon.

    ``weekdays`` has bit 0 for Monday; ``parts`` has bits for morning, afternoon and
    evening; ``notice_hours`` is how long before a visit they must know. No therapists
    named means anyone qualified.
    """

    __tablename__ = "waitlist_entry"
    STATUSES = ("waiting", "offered", "accepted", "expired", "cancelled")
    PRIORITIES = ("normal", "high")
    __table_args__ = (
        CheckConstraint(f"status IN {STATUSES}", "status"),
        CheckConstraint(f"priority IN {PRIORITIES}", "priority"),
        CheckConstraint("gender IN ('', 'female', 'male')", "gender"),
        CheckConstraint("latest >= earliest", "dates"),
        CheckConstraint("weekdays BETWEEN 1 AND 127 AND parts BETWEEN 1 AND 7", "when"),
        CheckConstraint("notice_hours BETWEEN 0 AND 336", "notice"),
        CheckConstraint("(visit_id IS NOT NULL) = (status = 'accepted')", "accepted_has_a_visit"),
        Index("ix_waitlist_entry_status", "status", "latest"),
        Index("ix_waitlist_entry_client", "client_id"),
    )

    client_id: Mapped[int] = mapped_column(ForeignKey(Client.id))
    variant_id: Mapped[int] = mapped_column(ForeignKey(ServiceVariant.id))
    gender: Mapped[str] = mapped_column(String(10), default="")
    earliest: Mapped[date]
    latest: Mapped[date]
    weekdays: Mapped[int] = mapped_column(default=127)
    parts: Mapped[int] = mapped_column(default=7)
    notice_hours: Mapped[int] = mapped_column(default=2)
    priority: Mapped[str] = mapped_column(String(10), default="normal")
    use_referral: Mapped[bool] = mapped_column(default=False)
    status: Mapped[str] = mapped_column(String(10), default="waiting")
    closed_at: Mapped[datetime | None]
    visit_id: Mapped[int | None] = mapped_column(ForeignKey(Visit.id), unique=True)

    client: Mapped[Client] = relationship(lazy="joined", innerjoin=True)
    variant: Mapped[ServiceVariant] = relationship(lazy="joined", innerjoin=True)
    visit: Mapped[Visit | None] = relationship()
    therapists: Mapped[list["WaitlistTherapist"]] = relationship(
        cascade="all, delete-orphan", lazy="selectin"
    )
    offers: Mapped[list["WaitlistOffer"]] = relationship(
        back_populates="entry", order_by="WaitlistOffer.id"
    )


class WaitlistTherapist(Base):
    """One of the therapists that somebody would come to."""

    __tablename__ = "waitlist_therapist"
    __table_args__ = (UniqueConstraint("entry_id", "staff_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    entry_id: Mapped[int] = mapped_column(ForeignKey(WaitlistEntry.id))
    staff_id: Mapped[int] = mapped_column(ForeignKey(StaffMember.id))

    staff: Mapped[StaffMember] = relationship(lazy="joined")


class WaitlistOffer(Row, Base):
    """A time offered to somebody who waits; it takes nobody's time until it is accepted."""

    __tablename__ = "waitlist_offer"
    STATUSES = ("open", "accepted", "declined", "expired", "withdrawn")
    __table_args__ = (
        CheckConstraint(f"status IN {STATUSES}", "status"),
        Index("ix_waitlist_offer_entry", "entry_id", "id"),
        Index("ix_waitlist_offer_open", "status", "expires_at"),
    )

    entry_id: Mapped[int] = mapped_column(ForeignKey(WaitlistEntry.id))
    therapist_id: Mapped[int] = mapped_column(ForeignKey(StaffMember.id))
    starts_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    status: Mapped[str] = mapped_column(String(10), default="open")
    made_by_id: Mapped[int | None] = mapped_column(ForeignKey(StaffMember.id))
    answered_at: Mapped[datetime | None]

    entry: Mapped[WaitlistEntry] = relationship(
        back_populates="offers", lazy="joined", innerjoin=True
    )
    therapist: Mapped[StaffMember] = relationship(
        foreign_keys=[therapist_id], lazy="joined", innerjoin=True
    )
