"""Visits, each bound to the verdict made for exactly its client, length, therapist and day."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import (
    CheckConstraint,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    LargeBinary,
    String,
    Text,
    UniqueConstraint,
    column,
)
from sqlalchemy.orm import Mapped, mapped_column, relationship

from clinic.catalogue.models import AddOn, ServiceVariant
from clinic.clients.models import Client
from clinic.core.db import Base, Numbered, Row
from clinic.core.vault import Sealed, SubjectKey
from clinic.referrals.models import Authorisation
from clinic.scheduling.rules import FREED, STATES
from clinic.staff.models import StaffMember
from clinic.timetable.models import Occupancy, Place, Resource, Slot


class GroupBooking(Row, Base):
    """Visits that belong together: a couple in one room, or a group at one time."""

    __tablename__ = "group_booking"
    KINDS = ("couple", "group")
    __table_args__ = (CheckConstraint(f"kind IN {KINDS}", "kind"),)

    kind: Mapped[str] = mapped_column(String(10), default="couple")


class VisitVerdict(Numbered, Base):
    """The gate's answer for one client, service, therapist and day; never changed.

    A visit whose verdict says ``needs_review`` waits for a therapist or a provider.
    ``effects`` are codes of what is to be done or avoided, fit for the desk; the versions
    are those of the facts and the rules it was made under; ``why`` is the reason for
    which a therapist let it stand nevertheless.
    """

    __tablename__ = "visit_verdict"
    OUTCOMES = ("admitted", "needs_review")
    __table_args__ = (
        UniqueConstraint("id", "client_id", "variant_id", "therapist_id", "on_date"),
        CheckConstraint(f"outcome IN {OUTCOMES}", "outcome"),
    )
    is_audited = False

    client_id: Mapped[int] = mapped_column(ForeignKey(Client.id))
    variant_id: Mapped[int] = mapped_column(ForeignKey(ServiceVariant.id))
    therapist_id: Mapped[int] = mapped_column(ForeignKey(StaffMember.id))
    on_date: Mapped[date]
    outcome: Mapped[str] = mapped_column(String(12))
    effects: Mapped[str] = mapped_column(Text, default="")
    is_misfit: Mapped[bool] = mapped_column(default=False)
    """What the service is about must not be given: another service, or not at all."""
    facts_version: Mapped[int] = mapped_column(default=0)
    rules_version: Mapped[int] = mapped_column(default=0)
    why_sealed: Mapped[bytes | None] = mapped_column(LargeBinary)
    made_at: Mapped[datetime]
    made_by_id: Mapped[int | None] = mapped_column(ForeignKey(StaffMember.id))

    why = Sealed("why_sealed")
    client: Mapped[Client] = relationship()

    def sealing_key(self) -> SubjectKey:
        return self.client.key


_REFERRED = column("authorisation_id").is_not(None)
_IF_REFERRED: dict[str, Any] = {"sqlite_where": _REFERRED, "postgresql_where": _REFERRED}
"""Most visits are referred by nobody: with those in it, the index looks worthless to the
engine's statistics, and all visits there ever were would be walked instead."""


class Visit(Row, Base):
    """A client's time with a therapist, at a place, for a service of one length.

    The database holds what must never be otherwise: the verdict is for exactly this
    client, service, therapist and day; the slot lies on that day; and a visit that
    stands (``held_slot_id``) takes its therapist, its client and its place.
    Price, length and what a late cancel or a missed visit costs are frozen at booking.
    What it takes is looked at when the transaction ends, so that time can be given back
    and taken anew within one.
    """

    __tablename__ = "visit"
    __table_args__ = (
        ForeignKeyConstraint(
            ["verdict_id", "client_id", "variant_id", "therapist_id", "on_date"],
            [
                VisitVerdict.id, VisitVerdict.client_id, VisitVerdict.variant_id,
                VisitVerdict.therapist_id, VisitVerdict.on_date,
            ],
            name="fk_visit_verdict",
        ),
        ForeignKeyConstraint(["slot_id", "on_date"], [Slot.id, Slot.on_date], name="fk_visit_slot"),
        ForeignKeyConstraint(
            ["therapist_resource_id", "therapist_id"], [Resource.id, Resource.staff_id],
            name="fk_visit_therapist_resource",
        ),
        ForeignKeyConstraint(
            ["client_resource_id", "client_id"], [Resource.id, Resource.client_id],
            name="fk_visit_client_resource",
        ),
        ForeignKeyConstraint(
            ["place_resource_id", "place_id"], [Resource.id, Resource.place_id],
            name="fk_visit_place_resource",
        ),
        ForeignKeyConstraint(
            ["held_slot_id", "therapist_resource_id"], [Occupancy.slot_id, Occupancy.resource_id],
            name="fk_visit_takes_therapist", deferrable=True, initially="DEFERRED",
        ),
        ForeignKeyConstraint(
            ["held_slot_id", "client_resource_id"], [Occupancy.slot_id, Occupancy.resource_id],
            name="fk_visit_takes_client", deferrable=True, initially="DEFERRED",
        ),
        ForeignKeyConstraint(
            ["held_slot_id", "place_resource_id"], [Occupancy.slot_id, Occupancy.resource_id],
            name="fk_visit_takes_place", deferrable=True, initially="DEFERRED",
        ),
        CheckConstraint(f"status IN {STATES}", "status"),
        CheckConstraint(
            f"(held_slot_id IS NULL) = (status IN {FREED})", "takes_time_while_it_stands"
        ),
        CheckConstraint("held_slot_id IS NULL OR held_slot_id = slot_id", "takes_its_own_slot"),
        CheckConstraint("price_minor >= 0", "price"),
        CheckConstraint(
            "cut_off_hours >= 0 AND late_fee_minor >= 0 AND no_show_fee_minor >= 0", "policy"
        ),
        CheckConstraint(
            "fee_minor IS NULL OR (fee_minor >= 0 AND status IN ('late_cancelled', 'no_show'))",
            "fee_where_one_is_due",
        ),
        CheckConstraint("fee_waived_why = '' OR fee_minor = 0", "waived_is_nothing"),
        CheckConstraint("over_why = '' OR authorisation_id IS NOT NULL", "over_an_authorisation"),
        UniqueConstraint("slot_id"),
        Index("ix_visit_on_date", "on_date"),
        Index("ix_visit_status", "status", "on_date"),
        Index("ix_visit_client", "client_id", "on_date"),
        Index("ix_visit_therapist", "therapist_id", "on_date"),
        # Whatever is given back is looked for here by the engine: no visit may rest on it.
        Index("ix_visit_held_slot_id", "held_slot_id"),
        Index("ix_visit_authorisation", "authorisation_id", **_IF_REFERRED),
    )  # fmt: skip

    client_id: Mapped[int] = mapped_column(ForeignKey(Client.id))
    variant_id: Mapped[int] = mapped_column(ForeignKey(ServiceVariant.id))
    therapist_id: Mapped[int] = mapped_column(ForeignKey(StaffMember.id))
    on_date: Mapped[date]
    verdict_id: Mapped[int]
    slot_id: Mapped[int]
    held_slot_id: Mapped[int | None]
    place_id: Mapped[int] = mapped_column(ForeignKey(Place.id))
    therapist_resource_id: Mapped[int]
    client_resource_id: Mapped[int]
    place_resource_id: Mapped[int]
    authorisation_id: Mapped[int | None] = mapped_column(ForeignKey(Authorisation.id))

    status: Mapped[str] = mapped_column(String(20), default="booked")
    minutes: Mapped[int]
    price_minor: Mapped[int]
    currency: Mapped[str] = mapped_column(String(3))
    cut_off_hours: Mapped[int] = mapped_column(default=24)
    """Hours before the visit; a client who cancels later does so late."""
    late_fee_minor: Mapped[int] = mapped_column(default=0)
    no_show_fee_minor: Mapped[int] = mapped_column(default=0)
    fee_minor: Mapped[int | None]
    """What was decided to be charged for a late cancel or a missed visit; None while open."""
    fee_waived_why: Mapped[str] = mapped_column(String(200), default="")
    source: Mapped[str] = mapped_column(String(10), default="phone")
    group_id: Mapped[int | None] = mapped_column(ForeignKey(GroupBooking.id), index=True)
    overlap_why: Mapped[str] = mapped_column(String(120), default="")
    """Why the therapist treats somebody else at the same time, on purpose."""
    over_why: Mapped[str] = mapped_column(String(200), default="")
    """Why it was booked although no authorised visit was left; everybody at the desk reads it."""
    self_pay_agreed_at: Mapped[datetime | None]
    """When the client agreed to pay, since no authorised visit was left for it."""
    is_outside_hours: Mapped[bool] = mapped_column(default=False)
    """Booked knowingly outside the therapist's working hours."""
    confirmed_at: Mapped[datetime | None]
    arrived_at: Mapped[datetime | None]
    started_at: Mapped[datetime | None]
    finished_at: Mapped[datetime | None]
    cancelled_at: Mapped[datetime | None]
    cancelled_by: Mapped[str] = mapped_column(String(10), default="")
    why: Mapped[str] = mapped_column(String(200), default="")
    """The reason last given for a change of state; everybody at the desk reads it."""
    why_sealed: Mapped[bytes | None] = mapped_column(LargeBinary)
    """The same from who treats, where it may tell of health."""
    note_sealed: Mapped[bytes | None] = mapped_column(LargeBinary)

    note = Sealed("note_sealed")
    treating_why = Sealed("why_sealed")

    client: Mapped[Client] = relationship(foreign_keys=[client_id], lazy="joined", innerjoin=True)
    variant: Mapped[ServiceVariant] = relationship(
        foreign_keys=[variant_id], lazy="joined", innerjoin=True
    )
    therapist: Mapped[StaffMember] = relationship(
        foreign_keys=[therapist_id], lazy="joined", innerjoin=True
    )
    place: Mapped[Place] = relationship(foreign_keys=[place_id], lazy="joined", innerjoin=True)
    slot: Mapped[Slot] = relationship(
        primaryjoin=lambda: Visit.slot_id == Slot.id,
        foreign_keys=lambda: [Visit.slot_id],
        lazy="joined",
        innerjoin=True,
    )
    verdict: Mapped[VisitVerdict] = relationship(
        primaryjoin=lambda: Visit.verdict_id == VisitVerdict.id,
        foreign_keys=lambda: [Visit.verdict_id],
        viewonly=True,
    )
    authorisation: Mapped[Authorisation | None] = relationship(foreign_keys=[authorisation_id])
    group: Mapped[GroupBooking | None] = relationship(foreign_keys=[group_id])
    add_ons: Mapped[list["VisitAddOn"]] = relationship(
        cascade="all, delete-orphan", order_by="VisitAddOn.id"
    )

    @property
    def starts_at(self) -> datetime:
        """When the treatment begins."""
        return self.slot.starts_at

    @property
    def ends_at(self) -> datetime:
        """When the treatment ends; what the buffers take comes after."""
        return self.slot.ends_at

    def sealing_key(self) -> SubjectKey:
        return self.client.key

    def subject_key_id(self) -> int | None:
        return self.client.key_id


class VisitAddOn(Base):
    """An add-on of a visit, with its price and minutes as they were at booking."""

    __tablename__ = "visit_add_on"
    __table_args__ = (UniqueConstraint("visit_id", "add_on_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    visit_id: Mapped[int] = mapped_column(ForeignKey(Visit.id))
    add_on_id: Mapped[int] = mapped_column(ForeignKey(AddOn.id))
    extra_minutes: Mapped[int]
    price_minor: Mapped[int]

    add_on: Mapped[AddOn] = relationship(lazy="joined")


class VisitSeal(Base):
    """A mark from a higher room that closes a visit: its note is signed, or it is paid."""

    __tablename__ = "visit_seal"
    KINDS = ("note", "payment")
    __table_args__ = (
        UniqueConstraint("visit_id", "kind"),
        CheckConstraint(f"kind IN {KINDS}", "kind"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    visit_id: Mapped[int] = mapped_column(ForeignKey(Visit.id))
    kind: Mapped[str] = mapped_column(String(10))
    made_at: Mapped[datetime]
