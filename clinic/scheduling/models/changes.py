"""What was done with visits, as it was before; and time kept for a moment."""

from datetime import datetime

from sqlalchemy import BigInteger, ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column, relationship

from clinic.catalogue.models import ServiceVariant
from clinic.clients.models import Client
from clinic.core.db import Base, Numbered, Row
from clinic.scheduling.models.visits import Visit
from clinic.staff.models import StaffMember
from clinic.timetable.models import Place, Slot


class VisitChange(Numbered, Base):
    """One thing that was done with a visit, and how it stood before: by this it is taken back.

    ``version`` is the visit's right after the change: another one means that more
    has happened since.
    """

    __tablename__ = "visit_change"
    __table_args__ = (Index("ix_visit_change_visit", "visit_id", "id"),)
    is_audited = False

    visit_id: Mapped[int] = mapped_column(ForeignKey(Visit.id))
    verb: Mapped[str] = mapped_column(String(30))
    at: Mapped[datetime]
    by_id: Mapped[int | None] = mapped_column(ForeignKey(StaffMember.id))
    version: Mapped[int]
    status: Mapped[str] = mapped_column(String(20))
    starts_s: Mapped[int] = mapped_column(BigInteger)
    ends_s: Mapped[int] = mapped_column(BigInteger)
    therapist_id: Mapped[int] = mapped_column(ForeignKey(StaffMember.id))
    place_id: Mapped[int] = mapped_column(ForeignKey(Place.id))
    variant_id: Mapped[int] = mapped_column(ForeignKey(ServiceVariant.id))
    minutes: Mapped[int]
    price_minor: Mapped[int]
    cut_off_hours: Mapped[int]
    late_fee_minor: Mapped[int]
    no_show_fee_minor: Mapped[int]
    confirmed_at: Mapped[datetime | None]
    overlap_why: Mapped[str] = mapped_column(String(120), default="")
    is_outside_hours: Mapped[bool] = mapped_column(default=False)
    add_ons: Mapped[str] = mapped_column(String(200), default="")
    """The add-ons as they were (number:minutes:price, apart by commas), where they changed."""

    visit: Mapped[Visit] = relationship()


class Hold(Row, Base):
    """Time kept for a caller while they decide: gone by itself when its slot runs out.

    Its slot says until when (``expires_at``); whoever takes that time afterwards removes
    the slot, and with it this row.
    """

    __tablename__ = "hold"
    is_audited = False

    slot_id: Mapped[int] = mapped_column(ForeignKey(Slot.id, ondelete="CASCADE"), unique=True)
    variant_id: Mapped[int] = mapped_column(ForeignKey(ServiceVariant.id))
    therapist_id: Mapped[int] = mapped_column(ForeignKey(StaffMember.id))
    place_id: Mapped[int] = mapped_column(ForeignKey(Place.id))
    client_id: Mapped[int | None] = mapped_column(ForeignKey(Client.id))
    made_by_id: Mapped[int | None] = mapped_column(ForeignKey(StaffMember.id))

    slot: Mapped[Slot] = relationship(lazy="joined", innerjoin=True)
    variant: Mapped[ServiceVariant] = relationship(lazy="joined", innerjoin=True)
    therapist: Mapped[StaffMember] = relationship(
        foreign_keys=[therapist_id], lazy="joined", innerjoin=True
    )
    place: Mapped[Place] = relationship(lazy="joined", innerjoin=True)
    client: Mapped[Client | None] = relationship(lazy="joined")


class FeedToken(Row, Base):
    """A secret address under which a therapist's calendar can be read; only its hash is kept."""

    __tablename__ = "feed_token"

    staff_id: Mapped[int] = mapped_column(ForeignKey(StaffMember.id), index=True)
    token_hash: Mapped[str] = mapped_column(String(64), unique=True)
    shows_names: Mapped[bool] = mapped_column(default=False)
    """Whether a visit is called by the client's first name, and not just "Busy"."""
    shows_services: Mapped[bool] = mapped_column(default=False)
    revoked_at: Mapped[datetime | None]

    staff: Mapped[StaffMember] = relationship(lazy="joined", innerjoin=True)
