"""What the clinic offers: a price counts from a day on and is never overwritten."""

from datetime import date

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from clinic.core.db import Base, Row
from clinic.staff.models import Qualification

FAMILIES = ("therapeutic", "deep", "relaxation", "prenatal", "lymphatic", "assessment")
"""Families of service: each has its colour on the board, and its name on every card."""
MINUTES = (15, 30, 45, 60, 75, 90, 120, 150, 180)
"""The lengths that a treatment may have."""
CODE_MAX = 30


def _one_of(column: str, values: tuple[object, ...]) -> str:
    return f"{column} IN ({', '.join(repr(value) for value in values)})"


class Technique(Row, Base):
    """A way of working, such as deep tissue or lymph drainage."""

    __tablename__ = "technique"
    NAME_MAX = 80

    code: Mapped[str] = mapped_column(String(CODE_MAX), unique=True)
    name: Mapped[str] = mapped_column(String(NAME_MAX))
    is_vigorous: Mapped[bool] = mapped_column(default=False)
    is_active: Mapped[bool] = mapped_column(default=True)


class RoomFeature(Row, Base):
    """Something a room has and a service may need, such as a sink or a hydraulic table."""

    __tablename__ = "room_feature"
    NAME_MAX = 60

    code: Mapped[str] = mapped_column(String(CODE_MAX), unique=True)
    name: Mapped[str] = mapped_column(String(NAME_MAX), unique=True)
    is_active: Mapped[bool] = mapped_column(default=True)


class EquipmentKind(Row, Base):
    """A kind of thing that a service takes for its time, such as a hot-stone heater."""

    __tablename__ = "equipment_kind"
    NAME_MAX = 60

    code: Mapped[str] = mapped_column(String(CODE_MAX), unique=True)
    name: Mapped[str] = mapped_column(String(NAME_MAX), unique=True)
    is_active: Mapped[bool] = mapped_column(default=True)


class LatePolicy(Row, Base):
    """What the owner charges for a late cancel and for a visit that was missed.

    A value is a percentage of the visit's price, or an amount in minor units. The
    default policy counts for services that name none.
    """

    __tablename__ = "late_policy"
    FEES = ("none", "percent", "amount")
    __table_args__ = (
        CheckConstraint("cut_off_hours BETWEEN 0 AND 168", "cut_off"),
        CheckConstraint(_one_of("late_kind", FEES), "late_kind"),
        CheckConstraint(_one_of("no_show_kind", FEES), "no_show_kind"),
        CheckConstraint("late_value >= 0 AND no_show_value >= 0", "not_negative"),
        CheckConstraint(
            "(late_kind <> 'percent' OR late_value <= 100)"
            " AND (no_show_kind <> 'percent' OR no_show_value <= 100)",
            "a_whole_at_most",
        ),
        CheckConstraint("is_active OR NOT is_default", "default_is_active"),
    )
    NAME_MAX = 60

    name: Mapped[str] = mapped_column(String(NAME_MAX), unique=True)
    cut_off_hours: Mapped[int] = mapped_column(default=24)
    late_kind: Mapped[str] = mapped_column(String(10), default="none")
    late_value: Mapped[int] = mapped_column(default=0)
    no_show_kind: Mapped[str] = mapped_column(String(10), default="none")
    no_show_value: Mapped[int] = mapped_column(default=0)
    is_default: Mapped[bool] = mapped_column(default=False)
    is_active: Mapped[bool] = mapped_column(default=True)


Index(
    "uq_late_policy_default",
    LatePolicy.is_default,
    unique=True,
    sqlite_where=LatePolicy.is_default.is_(True),
    postgresql_where=LatePolicy.is_default.is_(True),
)
"""One default at most, whoever writes."""


class Service(Row, Base):
    """What a client can book, in one or several lengths.

    Buffers are minutes before and after in which therapist and place are taken
    as well. ``hands_on_percent`` weighs treatment time against the therapist's
    daily limit (deep work counts 125).
    """

    __tablename__ = "service"
    __table_args__ = (
        CheckConstraint(_one_of("family", FAMILIES), "family"),
        CheckConstraint(
            "buffer_before BETWEEN 0 AND 60 AND buffer_after BETWEEN 0 AND 60", "buffers"
        ),
        CheckConstraint("max_pressure BETWEEN 1 AND 5", "max_pressure"),
        CheckConstraint("hands_on_percent BETWEEN 0 AND 300", "hands_on"),
    )
    NAME_MAX = 80
    NOTE_MAX = 300

    code: Mapped[str] = mapped_column(String(CODE_MAX), unique=True)
    name: Mapped[str] = mapped_column(String(NAME_MAX))
    family: Mapped[str] = mapped_column(String(20))
    note: Mapped[str] = mapped_column(String(NOTE_MAX), default="")
    buffer_before: Mapped[int] = mapped_column(default=0)
    buffer_after: Mapped[int] = mapped_column(default=15)
    max_pressure: Mapped[int] = mapped_column(default=3)
    hands_on_percent: Mapped[int] = mapped_column(default=100)
    needs_referral: Mapped[bool] = mapped_column(default=False)
    late_policy_id: Mapped[int | None] = mapped_column(ForeignKey(LatePolicy.id))
    position: Mapped[int] = mapped_column(default=0)
    is_active: Mapped[bool] = mapped_column(default=True)

    techniques: Mapped[list["ServiceTechnique"]] = relationship(
        cascade="all, delete-orphan", order_by="ServiceTechnique.id"
    )
    requirements: Mapped[list["ServiceRequirement"]] = relationship(cascade="all, delete-orphan")
    features: Mapped[list["ServiceFeature"]] = relationship(cascade="all, delete-orphan")
    equipment: Mapped[list["ServiceEquipment"]] = relationship(cascade="all, delete-orphan")
    late_policy: Mapped[LatePolicy | None] = relationship()
    variants: Mapped[list["ServiceVariant"]] = relationship(
        back_populates="service", order_by="ServiceVariant.minutes"
    )


class ServiceTechnique(Base):
    """A technique a service uses; a service without its primary ones is not that service."""

    __tablename__ = "service_technique"
    __table_args__ = (UniqueConstraint("service_id", "technique_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    service_id: Mapped[int] = mapped_column(ForeignKey(Service.id))
    technique_id: Mapped[int] = mapped_column(ForeignKey(Technique.id))
    is_primary: Mapped[bool] = mapped_column(default=False)

    technique: Mapped[Technique] = relationship(lazy="joined")


class ServiceRequirement(Base):
    """A qualification without which nobody gives this service."""

    __tablename__ = "service_requirement"
    __table_args__ = (UniqueConstraint("service_id", "qualification_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    service_id: Mapped[int] = mapped_column(ForeignKey(Service.id))
    qualification_id: Mapped[int] = mapped_column(ForeignKey(Qualification.id))

    qualification: Mapped[Qualification] = relationship(lazy="joined")


class ServiceFeature(Base):
    """What a room must have for this service."""

    __tablename__ = "service_feature"
    __table_args__ = (UniqueConstraint("service_id", "feature_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    service_id: Mapped[int] = mapped_column(ForeignKey(Service.id))
    feature_id: Mapped[int] = mapped_column(ForeignKey(RoomFeature.id))

    feature: Mapped[RoomFeature] = relationship(lazy="joined")


class ServiceEquipment(Base):
    """A kind of equipment of which this service takes one piece."""

    __tablename__ = "service_equipment"
    __table_args__ = (UniqueConstraint("service_id", "kind_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    service_id: Mapped[int] = mapped_column(ForeignKey(Service.id))
    kind_id: Mapped[int] = mapped_column(ForeignKey(EquipmentKind.id))

    kind: Mapped[EquipmentKind] = relationship(lazy="joined")


class ServiceVariant(Row, Base):
    """One length of a service: its ``minutes`` are the client's own time on the table."""

    __tablename__ = "service_variant"
    __table_args__ = (
        UniqueConstraint("service_id", "minutes"),
        CheckConstraint(_one_of("minutes", MINUTES), "minutes"),
    )

    service_id: Mapped[int] = mapped_column(ForeignKey(Service.id))
    minutes: Mapped[int]
    is_active: Mapped[bool] = mapped_column(default=True)

    service: Mapped[Service] = relationship(back_populates="variants", lazy="joined")


class AddOn(Row, Base):
    """Something added to a visit, with its own minutes and price."""

    __tablename__ = "add_on"
    __table_args__ = (CheckConstraint("extra_minutes BETWEEN 0 AND 60", "extra_minutes"),)
    NAME_MAX = 80

    code: Mapped[str] = mapped_column(String(CODE_MAX), unique=True)
    name: Mapped[str] = mapped_column(String(NAME_MAX))
    extra_minutes: Mapped[int] = mapped_column(default=0)
    technique_id: Mapped[int | None] = mapped_column(ForeignKey(Technique.id))
    qualification_id: Mapped[int | None] = mapped_column(ForeignKey(Qualification.id))
    equipment_kind_id: Mapped[int | None] = mapped_column(ForeignKey(EquipmentKind.id))
    is_active: Mapped[bool] = mapped_column(default=True)

    equipment_kind: Mapped[EquipmentKind | None] = relationship()
    technique: Mapped[Technique | None] = relationship(lazy="joined")
    qualification: Mapped[Qualification | None] = relationship(lazy="joined")


class Price(Row, Base):
    """What a length or an add-on costs from a day on, in minor units, until the next price.

    Two prices for one day are impossible: each has its own first day.
    """

    __tablename__ = "price"
    __table_args__ = (
        CheckConstraint("(variant_id IS NULL) <> (add_on_id IS NULL)", "of_one_thing"),
        CheckConstraint("amount_minor >= 0", "not_negative"),
        UniqueConstraint("variant_id", "effective_from"),
        UniqueConstraint("add_on_id", "effective_from"),
        Index("ix_price_effective_from", "effective_from"),
    )

    variant_id: Mapped[int | None] = mapped_column(ForeignKey(ServiceVariant.id))
    add_on_id: Mapped[int | None] = mapped_column(ForeignKey(AddOn.id))
    amount_minor: Mapped[int]
    effective_from: Mapped[date]
