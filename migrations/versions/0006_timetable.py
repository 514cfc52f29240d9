"""Rooms, hours and taken time; the constraint that makes a clash impossible."""

import sqlalchemy as sa
from alembic import op

from clinic.core.db import UtcDateTime
from clinic.core.migrating import GROWING, grant, is_postgresql, only_grows
from clinic.timetable.models import DAY_IN_SOME_ZONE, SQLITE_CLASH_TRIGGERS

revision = "0006_timetable"
down_revision = "0005_referrals"
branch_labels = None
depends_on = None


def upgrade() -> None:
    if is_postgresql():
        op.execute("CREATE EXTENSION IF NOT EXISTS btree_gist")
    op.create_table(
        "room",
        sa.Column("name", sa.String(length=40), nullable=False),
        sa.Column("note", sa.String(length=120), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("is_active", sa.Boolean(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("public_id", sa.String(length=20), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("updated_at", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_room")),
        sa.UniqueConstraint("name", name=op.f("uq_room_name")),
        sa.UniqueConstraint("public_id", name=op.f("uq_room_public_id")),
    )
    op.create_table(
        "place",
        sa.Column("room_id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=40), nullable=False),
        sa.Column("is_active", sa.Boolean(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("public_id", sa.String(length=20), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("updated_at", UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(["room_id"], ["room.id"], name=op.f("fk_place_room_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_place")),
        sa.UniqueConstraint("public_id", name=op.f("uq_place_public_id")),
        sa.UniqueConstraint("room_id", "name", name=op.f("uq_place_room_id_name")),
    )
    op.create_table(
        "resource",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("staff_id", sa.Integer(), nullable=True),
        sa.Column("client_id", sa.Integer(), nullable=True),
        sa.Column("place_id", sa.Integer(), nullable=True),
        sa.CheckConstraint(
            "CASE WHEN staff_id IS NULL THEN 0 ELSE 1 END"
            " + CASE WHEN client_id IS NULL THEN 0 ELSE 1 END"
            " + CASE WHEN place_id IS NULL THEN 0 ELSE 1 END = 1",
            name=op.f("ck_resource_one_thing"),
        ),
        sa.ForeignKeyConstraint(["client_id"], ["client.id"], name=op.f("fk_resource_client_id")),
        sa.ForeignKeyConstraint(["place_id"], ["place.id"], name=op.f("fk_resource_place_id")),
        sa.ForeignKeyConstraint(
            ["staff_id"], ["staff_member.id"], name=op.f("fk_resource_staff_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_resource")),
        sa.UniqueConstraint("client_id", name=op.f("uq_resource_client_id")),
        sa.UniqueConstraint("id", "client_id", name=op.f("uq_resource_id_client_id")),
        sa.UniqueConstraint("id", "place_id", name=op.f("uq_resource_id_place_id")),
        sa.UniqueConstraint("id", "staff_id", name=op.f("uq_resource_id_staff_id")),
        sa.UniqueConstraint("place_id", name=op.f("uq_resource_place_id")),
        sa.UniqueConstraint("staff_id", name=op.f("uq_resource_staff_id")),
    )
    op.create_table(
        "working_hours",
        sa.Column("staff_id", sa.Integer(), nullable=False),
        sa.Column("weekday", sa.Integer(), nullable=False),
        sa.Column("starts", sa.Integer(), nullable=False),
        sa.Column("ends", sa.Integer(), nullable=False),
        sa.Column("from_on", sa.Date(), nullable=False),
        sa.Column("until_on", sa.Date(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("public_id", sa.String(length=20), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("updated_at", UtcDateTime(), nullable=False),
        sa.CheckConstraint(
            "0 <= starts AND starts < ends AND ends <= 1440", name=op.f("ck_working_hours_order")
        ),
        sa.CheckConstraint(
            "until_on IS NULL OR until_on >= from_on", name=op.f("ck_working_hours_dates")
        ),
        sa.CheckConstraint("weekday BETWEEN 0 AND 6", name=op.f("ck_working_hours_weekday")),
        sa.ForeignKeyConstraint(
            ["staff_id"], ["staff_member.id"], name=op.f("fk_working_hours_staff_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_working_hours")),
        sa.UniqueConstraint("public_id", name=op.f("uq_working_hours_public_id")),
    )
    op.create_index(
        "ix_working_hours_staff", "working_hours", ["staff_id", "weekday"], unique=False
    )
    op.create_table(
        "hours_exception",
        sa.Column("staff_id", sa.Integer(), nullable=False),
        sa.Column("on_date", sa.Date(), nullable=False),
        sa.Column("starts", sa.Integer(), nullable=True),
        sa.Column("ends", sa.Integer(), nullable=True),
        sa.Column("note", sa.String(length=80), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("public_id", sa.String(length=20), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("updated_at", UtcDateTime(), nullable=False),
        sa.CheckConstraint(
            "(starts IS NULL) = (ends IS NULL)", name=op.f("ck_hours_exception_both_or_none")
        ),
        sa.CheckConstraint(
            "starts IS NULL OR (0 <= starts AND starts < ends AND ends <= 1440)",
            name=op.f("ck_hours_exception_order"),
        ),
        sa.ForeignKeyConstraint(
            ["staff_id"], ["staff_member.id"], name=op.f("fk_hours_exception_staff_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_hours_exception")),
        sa.UniqueConstraint("public_id", name=op.f("uq_hours_exception_public_id")),
    )
    op.create_index(
        "ix_hours_exception_on_date", "hours_exception", ["on_date", "staff_id"], unique=False
    )
    op.create_table(
        "time_off",
        sa.Column("staff_id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=10), nullable=False),
        sa.Column("status", sa.String(length=10), nullable=False),
        sa.Column("starts_at", UtcDateTime(), nullable=False),
        sa.Column("ends_at", UtcDateTime(), nullable=False),
        sa.Column("note", sa.String(length=120), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("public_id", sa.String(length=20), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("updated_at", UtcDateTime(), nullable=False),
        sa.CheckConstraint(
            "kind IN ('vacation', 'sick', 'training', 'meeting', 'break', 'other')",
            name=op.f("ck_time_off_kind"),
        ),
        sa.CheckConstraint(
            "status IN ('requested', 'approved', 'declined', 'cancelled')",
            name=op.f("ck_time_off_status"),
        ),
        sa.CheckConstraint("ends_at > starts_at", name=op.f("ck_time_off_order")),
        sa.ForeignKeyConstraint(
            ["staff_id"], ["staff_member.id"], name=op.f("fk_time_off_staff_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_time_off")),
        sa.UniqueConstraint("public_id", name=op.f("uq_time_off_public_id")),
    )
    op.create_index("ix_time_off_staff", "time_off", ["staff_id", "starts_at"], unique=False)
    op.create_table(
        "room_closure",
        sa.Column("room_id", sa.Integer(), nullable=False),
        sa.Column("starts_at", UtcDateTime(), nullable=False),
        sa.Column("ends_at", UtcDateTime(), nullable=False),
        sa.Column("note", sa.String(length=120), nullable=False),
        sa.Column("lifted_at", UtcDateTime(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("public_id", sa.String(length=20), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("updated_at", UtcDateTime(), nullable=False),
        sa.CheckConstraint("ends_at > starts_at", name=op.f("ck_room_closure_order")),
        sa.ForeignKeyConstraint(["room_id"], ["room.id"], name=op.f("fk_room_closure_room_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_room_closure")),
        sa.UniqueConstraint("public_id", name=op.f("uq_room_closure_public_id")),
    )
    op.create_index(op.f("ix_room_closure_room_id"), "room_closure", ["room_id"], unique=False)
    op.create_table(
        "clinic_day",
        sa.Column("on_date", sa.Date(), nullable=False),
        sa.Column("starts_s", sa.BigInteger(), nullable=False),
        sa.Column("ends_s", sa.BigInteger(), nullable=False),
        sa.CheckConstraint(
            "ends_s - starts_s BETWEEN 79200 AND 93600", name=op.f("ck_clinic_day_a_day_long")
        ),
        sa.CheckConstraint(
            DAY_IN_SOME_ZONE["postgresql" if is_postgresql() else "sqlite"],
            name=op.f("ck_clinic_day_in_some_zone"),
        ),
        sa.PrimaryKeyConstraint("on_date", name=op.f("pk_clinic_day")),
        sa.UniqueConstraint(
            "on_date", "starts_s", "ends_s", name=op.f("uq_clinic_day_on_date_starts_s_ends_s")
        ),
    )
    op.create_table(
        "slot",
        sa.Column("kind", sa.String(length=10), nullable=False),
        sa.Column("on_date", sa.Date(), nullable=False),
        sa.Column("day_starts_s", sa.BigInteger(), nullable=False),
        sa.Column("day_ends_s", sa.BigInteger(), nullable=False),
        sa.Column("starts_s", sa.BigInteger(), nullable=False),
        sa.Column("ends_s", sa.BigInteger(), nullable=False),
        sa.Column("expires_at", UtcDateTime(), nullable=True),
        sa.Column("time_off_id", sa.Integer(), nullable=True),
        sa.Column("closure_id", sa.Integer(), nullable=True),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("public_id", sa.String(length=20), nullable=False),
        sa.CheckConstraint(
            "kind IN ('visit', 'time_off', 'closure', 'hold')", name=op.f("ck_slot_kind")
        ),
        sa.CheckConstraint(
            "day_starts_s <= starts_s AND starts_s < day_ends_s", name=op.f("ck_slot_on_its_day")
        ),
        sa.CheckConstraint(
            "starts_s < ends_s AND ends_s - starts_s <= 93600", name=op.f("ck_slot_order")
        ),
        sa.ForeignKeyConstraint(
            ["closure_id"], ["room_closure.id"], name=op.f("fk_slot_closure_id")
        ),
        sa.ForeignKeyConstraint(
            ["on_date", "day_starts_s", "day_ends_s"],
            ["clinic_day.on_date", "clinic_day.starts_s", "clinic_day.ends_s"],
            name=op.f("fk_slot_on_date_day_starts_s_day_ends_s"),
        ),
        sa.ForeignKeyConstraint(["time_off_id"], ["time_off.id"], name=op.f("fk_slot_time_off_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_slot")),
        sa.UniqueConstraint("id", "on_date", name=op.f("uq_slot_id_on_date")),
        sa.UniqueConstraint("id", "starts_s", "ends_s", name=op.f("uq_slot_id_starts_s_ends_s")),
        sa.UniqueConstraint("public_id", name=op.f("uq_slot_public_id")),
    )
    op.create_index(op.f("ix_slot_closure_id"), "slot", ["closure_id"], unique=False)
    op.create_index("ix_slot_expires_at", "slot", ["expires_at"], unique=False)
    op.create_index("ix_slot_on_date", "slot", ["on_date", "starts_s"], unique=False)
    op.create_index(op.f("ix_slot_time_off_id"), "slot", ["time_off_id"], unique=False)
    op.create_table(
        "occupancy",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("slot_id", sa.Integer(), nullable=False),
        sa.Column("resource_id", sa.Integer(), nullable=False),
        sa.Column("lane", sa.Integer(), nullable=False),
        sa.Column("overlap_reason", sa.String(length=120), nullable=False),
        sa.Column("slot_starts_s", sa.BigInteger(), nullable=False),
        sa.Column("slot_ends_s", sa.BigInteger(), nullable=False),
        sa.Column("before_s", sa.Integer(), nullable=False),
        sa.Column("after_s", sa.Integer(), nullable=False),
        sa.Column(
            "starts_s",
            sa.BigInteger(),
            sa.Computed("slot_starts_s - before_s", persisted=True),
            nullable=False,
        ),
        sa.Column(
            "ends_s",
            sa.BigInteger(),
            sa.Computed("slot_ends_s + after_s", persisted=True),
            nullable=False,
        ),
        sa.CheckConstraint(
            "lane >= 0 AND (lane = 0) = (overlap_reason = '')",
            name=op.f("ck_occupancy_overlap_with_reason"),
        ),
        sa.CheckConstraint(
            "before_s BETWEEN 0 AND 7200 AND after_s BETWEEN 0 AND 7200",
            name=op.f("ck_occupancy_buffers"),
        ),
        sa.ForeignKeyConstraint(
            ["resource_id"], ["resource.id"], name=op.f("fk_occupancy_resource_id")
        ),
        sa.ForeignKeyConstraint(
            ["slot_id", "slot_starts_s", "slot_ends_s"],
            ["slot.id", "slot.starts_s", "slot.ends_s"],
            name=op.f("fk_occupancy_slot_id_slot_starts_s_slot_ends_s"),
            onupdate="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_occupancy")),
        sa.UniqueConstraint(
            "slot_id", "resource_id", name=op.f("uq_occupancy_slot_id_resource_id")
        ),
    )
    op.create_index("ix_occupancy_resource", "occupancy", ["resource_id", "starts_s"], unique=False)
    if is_postgresql():
        op.execute(
            "ALTER TABLE occupancy ADD CONSTRAINT ex_occupancy_clash EXCLUDE USING gist"
            " (resource_id WITH =, lane WITH =, int8range(starts_s, ends_s, '[)') WITH &&)"
        )
    else:
        for trigger in SQLITE_CLASH_TRIGGERS:
            op.execute(trigger)
    only_grows("clinic_day")
    grant("clinic_day", rights=GROWING)
    grant(
        "room",
        "place",
        "resource",
        "working_hours",
        "hours_exception",
        "time_off",
        "room_closure",
        "slot",
        "occupancy",
    )


def downgrade() -> None:
    op.drop_table("occupancy")
    op.drop_table("slot")
    op.drop_table("clinic_day")
    op.drop_table("room_closure")
    op.drop_table("time_off")
    op.drop_table("hours_exception")
    op.drop_table("working_hours")
    op.drop_table("resource")
    op.drop_table("place")
    op.drop_table("room")
