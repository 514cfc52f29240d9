"""Rooms, hours and time taken. One constraint, on both engines, keeps two from one time."""

from datetime import date, datetime

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Computed,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    String,
    UniqueConstraint,
    column,
    text,
)
from sqlalchemy.dialects.postgresql import ExcludeConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from clinic.catalogue.models import EquipmentKind, RoomFeature
from clinic.clients.models import Client
from clinic.core.clock import from_epoch
from clinic.core.db import Base, Numbered, Row
from clinic.staff.models import StaffMember

CLASH = "ex_occupancy_clash"
"""The one constraint behind everything that takes time, by the same name on both engines."""
LONGEST_SLOT = 26 * 3600
"""Seconds: the longest day has 25 hours; what lasts longer takes a slot for each day."""
LONGEST_BUFFER = 2 * 3600
_LONGEST = LONGEST_SLOT + 2 * LONGEST_BUFFER


_NEAR = "starts_s BETWEEN {midnight} - 50400 AND {midnight} + 43200"
DAY_IN_SOME_ZONE = {
    "sqlite": _NEAR.format(midnight="CAST(strftime('%s', on_date) AS INTEGER)"),
    "postgresql": _NEAR.format(midnight="(on_date - DATE '1970-01-01') * 86400::bigint"),
}
"""Midnight somewhere on earth: from UTC+14 to UTC-12. No date may claim another's seconds."""


class Room(Row, Base):
    """A treatment room; its places (tables) are what can be taken."""

    __tablename__ = "room"
    NAME_MAX = 40

    name: Mapped[str] = mapped_column(String(NAME_MAX), unique=True)
    note: Mapped[str] = mapped_column(String(120), default="")
    position: Mapped[int] = mapped_column(default=0)
    is_active: Mapped[bool] = mapped_column(default=True)

    places: Mapped[list["Place"]] = relationship(back_populates="room", order_by="Place.id")
    features: Mapped[list["RoomHasFeature"]] = relationship(cascade="all, delete-orphan")


class Place(Row, Base):
    """A table in a room: one client at a time lies on it."""

    __tablename__ = "place"
    __table_args__ = (UniqueConstraint("room_id", "name"),)

    room_id: Mapped[int] = mapped_column(ForeignKey(Room.id))
    name: Mapped[str] = mapped_column(String(40))
    is_active: Mapped[bool] = mapped_column(default=True)

    room: Mapped[Room] = relationship(back_populates="places", lazy="joined")


class RoomHasFeature(Base):
    """That a room has something which services may need."""

    __tablename__ = "room_has_feature"
    __table_args__ = (UniqueConstraint("room_id", "feature_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    room_id: Mapped[int] = mapped_column(ForeignKey(Room.id))
    feature_id: Mapped[int] = mapped_column(ForeignKey(RoomFeature.id))

    feature: Mapped[RoomFeature] = relationship(lazy="joined")


class Equipment(Row, Base):
    """One piece of equipment that can be in one room only at one time."""

    __tablename__ = "equipment"
    NAME_MAX = 60

    kind_id: Mapped[int] = mapped_column(ForeignKey(EquipmentKind.id), index=True)
    name: Mapped[str] = mapped_column(String(NAME_MAX), unique=True)
    is_active: Mapped[bool] = mapped_column(default=True)

    kind: Mapped[EquipmentKind] = relationship(lazy="joined", innerjoin=True)


class Resource(Base):
    """What can be in one place only at one time: a therapist, a client, a table, a device."""

    __tablename__ = "resource"
    __table_args__ = (
        CheckConstraint(
            "CASE WHEN staff_id IS NULL THEN 0 ELSE 1 END"
            " + CASE WHEN client_id IS NULL THEN 0 ELSE 1 END"
            " + CASE WHEN place_id IS NULL THEN 0 ELSE 1 END"
            " + CASE WHEN equipment_id IS NULL THEN 0 ELSE 1 END = 1",
            "one_thing",
        ),
        UniqueConstraint("id", "staff_id"),
        UniqueConstraint("id", "client_id"),
        UniqueConstraint("id", "place_id"),
    )
    is_audited = False

    id: Mapped[int] = mapped_column(primary_key=True)
    staff_id: Mapped[int | None] = mapped_column(ForeignKey(StaffMember.id), unique=True)
    client_id: Mapped[int | None] = mapped_column(ForeignKey(Client.id), unique=True)
    place_id: Mapped[int | None] = mapped_column(ForeignKey(Place.id), unique=True)
    equipment_id: Mapped[int | None] = mapped_column(ForeignKey(Equipment.id), unique=True)


class WorkingHours(Row, Base):
    """A stretch of a weekday (0 is Monday) in which somebody works, in minutes after midnight.

    Two stretches on one weekday are a split shift.
    """

    __tablename__ = "working_hours"
    __table_args__ = (
        CheckConstraint("weekday BETWEEN 0 AND 6", "weekday"),
        CheckConstraint("0 <= starts AND starts < ends AND ends <= 1440", "order"),
        CheckConstraint("until_on IS NULL OR until_on >= from_on", "dates"),
        Index("ix_working_hours_staff", "staff_id", "weekday"),
    )

    staff_id: Mapped[int] = mapped_column(ForeignKey(StaffMember.id))
    weekday: Mapped[int]
    starts: Mapped[int]
    ends: Mapped[int]
    from_on: Mapped[date]
    until_on: Mapped[date | None]

    staff: Mapped[StaffMember] = relationship(lazy="joined")


class HoursException(Row, Base):
    """One day on which somebody's hours are different; without hours, they do not work."""

    __tablename__ = "hours_exception"
    __table_args__ = (
        CheckConstraint("(starts IS NULL) = (ends IS NULL)", "both_or_none"),
        CheckConstraint(
            "starts IS NULL OR (0 <= starts AND starts < ends AND ends <= 1440)", "order"
        ),
        Index("ix_hours_exception_on_date", "on_date", "staff_id"),
    )

    staff_id: Mapped[int] = mapped_column(ForeignKey(StaffMember.id))
    on_date: Mapped[date]
    starts: Mapped[int | None]
    ends: Mapped[int | None]
    note: Mapped[str] = mapped_column(String(80), default="")

    staff: Mapped[StaffMember] = relationship(lazy="joined")


class TimeOff(Row, Base):
    """Time somebody asks to be away; it takes time only once it is approved."""

    __tablename__ = "time_off"
    KINDS = ("vacation", "sick", "training", "meeting", "break", "other")
    STATUSES = ("requested", "approved", "declined", "cancelled")
    __table_args__ = (
        CheckConstraint(f"kind IN {KINDS}", "kind"),
        CheckConstraint(f"status IN {STATUSES}", "status"),
        CheckConstraint("ends_at > starts_at", "order"),
        Index("ix_time_off_staff", "staff_id", "starts_at"),
    )

    staff_id: Mapped[int] = mapped_column(ForeignKey(StaffMember.id))
    kind: Mapped[str] = mapped_column(String(10))
    status: Mapped[str] = mapped_column(String(10), default="requested")
    starts_at: Mapped[datetime]
    ends_at: Mapped[datetime]
    note: Mapped[str] = mapped_column(String(120), default="")

    staff: Mapped[StaffMember] = relationship(lazy="joined")


class RoomClosure(Row, Base):
    """Time in which a room cannot be used."""

    __tablename__ = "room_closure"
    __table_args__ = (CheckConstraint("ends_at > starts_at", "order"),)

    room_id: Mapped[int] = mapped_column(ForeignKey(Room.id), index=True)
    starts_at: Mapped[datetime]
    ends_at: Mapped[datetime]
    note: Mapped[str] = mapped_column(String(120), default="")
    lifted_at: Mapped[datetime | None]

    room: Mapped[Room] = relationship(lazy="joined")


class ClinicDay(Base):
    """A day of the clinic's calendar with its first and last second: written once, then fixed.

    It is what ties a slot's date to its time, whatever statement tries to part them.
    """

    __tablename__ = "clinic_day"
    __table_args__ = (
        UniqueConstraint("on_date", "starts_s", "ends_s"),
        CheckConstraint("ends_s - starts_s BETWEEN 79200 AND 93600", "a_day_long"),
        CheckConstraint(DAY_IN_SOME_ZONE["sqlite"], "in_some_zone").ddl_if(dialect="sqlite"),
        CheckConstraint(DAY_IN_SOME_ZONE["postgresql"], "in_some_zone").ddl_if(
            dialect="postgresql"
        ),
    )
    is_audited = False

    on_date: Mapped[date] = mapped_column(primary_key=True)
    starts_s: Mapped[int] = mapped_column(BigInteger)
    ends_s: Mapped[int] = mapped_column(BigInteger)


class Slot(Numbered, Base):
    """A stretch of one clinic day (seconds since 1970) that something takes.

    A slot begins within its own day: the composite key into ``clinic_day`` and the
    check below hold for every statement, from whatever side it comes.
    """

    __tablename__ = "slot"
    KINDS = ("visit", "time_off", "closure", "hold")
    __table_args__ = (
        ForeignKeyConstraint(
            ["on_date", "day_starts_s", "day_ends_s"],
            ["clinic_day.on_date", "clinic_day.starts_s", "clinic_day.ends_s"],
        ),
        CheckConstraint("day_starts_s <= starts_s AND starts_s < day_ends_s", "on_its_day"),
        CheckConstraint(f"starts_s < ends_s AND ends_s - starts_s <= {LONGEST_SLOT}", "order"),
        CheckConstraint(f"kind IN {KINDS}", "kind"),
        UniqueConstraint("id", "on_date"),
        UniqueConstraint("id", "starts_s", "ends_s"),
        Index("ix_slot_on_date", "on_date", "starts_s"),
        Index("ix_slot_expires_at", "expires_at"),
    )
    is_audited = True

    kind: Mapped[str] = mapped_column(String(10))
    on_date: Mapped[date]
    day_starts_s: Mapped[int] = mapped_column(BigInteger)
    day_ends_s: Mapped[int] = mapped_column(BigInteger)
    starts_s: Mapped[int] = mapped_column(BigInteger)
    ends_s: Mapped[int] = mapped_column(BigInteger)
    expires_at: Mapped[datetime | None]
    time_off_id: Mapped[int | None] = mapped_column(ForeignKey(TimeOff.id), index=True)
    closure_id: Mapped[int | None] = mapped_column(ForeignKey(RoomClosure.id), index=True)

    @property
    def starts_at(self) -> datetime:
        return from_epoch(self.starts_s)

    @property
    def ends_at(self) -> datetime:
        return from_epoch(self.ends_s)


class Occupancy(Base):
    """That a slot takes a resource, its buffers (seconds before and after) included.

    The slot's times are part of the key, so that moving the slot moves this row and
    meets the clash again. Lane 0 is for all but an overlap on purpose, which says why.
    """

    __tablename__ = "occupancy"
    __table_args__ = (
        ForeignKeyConstraint(
            ["slot_id", "slot_starts_s", "slot_ends_s"],
            ["slot.id", "slot.starts_s", "slot.ends_s"],
            onupdate="CASCADE",
        ),
        UniqueConstraint("slot_id", "resource_id"),
        CheckConstraint(
            f"before_s BETWEEN 0 AND {LONGEST_BUFFER} AND after_s BETWEEN 0 AND {LONGEST_BUFFER}",
            "buffers",
        ),
        CheckConstraint("lane >= 0 AND (lane = 0) = (overlap_reason = '')", "overlap_with_reason"),
        Index("ix_occupancy_resource", "resource_id", "starts_s"),
        ExcludeConstraint(
            (column("resource_id"), "="),
            (column("lane"), "="),
            (text("int8range(starts_s, ends_s, '[)')"), "&&"),
            name=CLASH,
            using="gist",
        ).ddl_if(dialect="postgresql"),
    )
    is_audited = False

    id: Mapped[int] = mapped_column(primary_key=True)
    slot_id: Mapped[int]
    resource_id: Mapped[int] = mapped_column(ForeignKey(Resource.id))
    lane: Mapped[int] = mapped_column(default=0)
    overlap_reason: Mapped[str] = mapped_column(String(120), default="")
    slot_starts_s: Mapped[int] = mapped_column(BigInteger)
    slot_ends_s: Mapped[int] = mapped_column(BigInteger)
    before_s: Mapped[int] = mapped_column(default=0)
    after_s: Mapped[int] = mapped_column(default=0)
    starts_s: Mapped[int] = mapped_column(
        BigInteger, Computed("slot_starts_s - before_s", persisted=True)
    )
    ends_s: Mapped[int] = mapped_column(
        BigInteger, Computed("slot_ends_s + after_s", persisted=True)
    )


_OTHER = (
    "SELECT 1 FROM occupancy AS other WHERE other.resource_id = NEW.resource_id"  # noqa: S608 - ours
    " AND other.lane = NEW.lane AND other.id <> NEW.id"
    f" AND other.starts_s > NEW.starts_s - {_LONGEST}"
    " AND other.starts_s < NEW.ends_s AND other.ends_s > NEW.starts_s"
)
SQLITE_CLASH_TRIGGERS = tuple(
    f"CREATE TRIGGER {CLASH}_{name} AFTER {what} ON occupancy"
    f" BEGIN SELECT RAISE(ABORT, '{CLASH}') WHERE EXISTS ({_OTHER}); END"
    for name, what in (("insert", "INSERT"), ("update", "UPDATE"))
)
"""What the exclusion constraint does on PostgreSQL; it runs after, when computed values stand."""
