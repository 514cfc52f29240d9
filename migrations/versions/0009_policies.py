"""What a visit may need and cost: late policies, room features, equipment, own limits."""

import sqlalchemy as sa
from alembic import op

from clinic.core.db import UtcDateTime
from clinic.core.migrating import grant, is_postgresql

revision = "0009_policies"
down_revision = "0008_imports"
branch_labels = None
depends_on = None

TABLES = (
    "equipment_kind",
    "late_policy",
    "room_feature",
    "equipment",
    "room_has_feature",
    "service_equipment",
    "service_feature",
)
ONE_THING = (
    "CASE WHEN staff_id IS NULL THEN 0 ELSE 1 END"
    " + CASE WHEN client_id IS NULL THEN 0 ELSE 1 END"
    " + CASE WHEN place_id IS NULL THEN 0 ELSE 1 END"
    " + CASE WHEN equipment_id IS NULL THEN 0 ELSE 1 END = 1"
)


def upgrade() -> None:
    _make_tables()
    grant(*TABLES)
    _refer("add_on", "equipment_kind_id", "equipment_kind")
    _refer("service", "late_policy_id", "late_policy")
    op.execute(
        "ALTER TABLE staff_member ADD COLUMN hands_on_limit INTEGER"
        " CONSTRAINT ck_staff_member_hands_on_limit CHECK (hands_on_limit BETWEEN 30 AND 720)"
    )
    _let_equipment_be_taken()


def _refer(table: str, column: str, other: str) -> None:
    op.execute(
        f"ALTER TABLE {table} ADD COLUMN {column} INTEGER"
        f" CONSTRAINT fk_{table}_{column} REFERENCES {other} (id)"
    )


def _let_equipment_be_taken() -> None:
    if is_postgresql():
        op.execute("ALTER TABLE resource DROP CONSTRAINT ck_resource_one_thing")
        _refer("resource", "equipment_id", "equipment")
        op.execute(
            "ALTER TABLE resource ADD CONSTRAINT uq_resource_equipment_id UNIQUE (equipment_id)"
        )
        op.execute(f"ALTER TABLE resource ADD CONSTRAINT ck_resource_one_thing CHECK ({ONE_THING})")
        return
    # SQLite changes no rule of a table that stands: a new one takes its rows and its name.
    op.create_table(
        "resource_new",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("staff_id", sa.Integer(), nullable=True),
        sa.Column("client_id", sa.Integer(), nullable=True),
        sa.Column("place_id", sa.Integer(), nullable=True),
        sa.Column("equipment_id", sa.Integer(), nullable=True),
        sa.CheckConstraint(ONE_THING, name=op.f("ck_resource_one_thing")),
        sa.ForeignKeyConstraint(["client_id"], ["client.id"], name=op.f("fk_resource_client_id")),
        sa.ForeignKeyConstraint(["place_id"], ["place.id"], name=op.f("fk_resource_place_id")),
        sa.ForeignKeyConstraint(
            ["staff_id"], ["staff_member.id"], name=op.f("fk_resource_staff_id")
        ),
        sa.ForeignKeyConstraint(
            ["equipment_id"], ["equipment.id"], name=op.f("fk_resource_equipment_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_resource")),
        sa.UniqueConstraint("client_id", name=op.f("uq_resource_client_id")),
        sa.UniqueConstraint("id", "client_id", name=op.f("uq_resource_id_client_id")),
        sa.UniqueConstraint("id", "place_id", name=op.f("uq_resource_id_place_id")),
        sa.UniqueConstraint("id", "staff_id", name=op.f("uq_resource_id_staff_id")),
        sa.UniqueConstraint("place_id", name=op.f("uq_resource_place_id")),
        sa.UniqueConstraint("staff_id", name=op.f("uq_resource_staff_id")),
        sa.UniqueConstraint("equipment_id", name=op.f("uq_resource_equipment_id")),
    )
    op.execute(
        "INSERT INTO resource_new (id, staff_id, client_id, place_id)"
        " SELECT id, staff_id, client_id, place_id FROM resource"
    )
    op.drop_table("resource")
    op.execute("ALTER TABLE resource_new RENAME TO resource")


def downgrade() -> None:
    raise NotImplementedError("go back by restoring the copy made before the upgrade")


def _make_tables() -> None:
    op.create_table(
        "equipment_kind",
        sa.Column("code", sa.String(length=30), nullable=False),
        sa.Column("name", sa.String(length=60), nullable=False),
        sa.Column("is_active", sa.Boolean(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("public_id", sa.String(length=20), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("updated_at", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_equipment_kind")),
        sa.UniqueConstraint("code", name=op.f("uq_equipment_kind_code")),
        sa.UniqueConstraint("name", name=op.f("uq_equipment_kind_name")),
        sa.UniqueConstraint("public_id", name=op.f("uq_equipment_kind_public_id")),
    )
    op.create_table(
        "late_policy",
        sa.Column("name", sa.String(length=60), nullable=False),
        sa.Column("cut_off_hours", sa.Integer(), nullable=False),
        sa.Column("late_kind", sa.String(length=10), nullable=False),
        sa.Column("late_value", sa.Integer(), nullable=False),
        sa.Column("no_show_kind", sa.String(length=10), nullable=False),
        sa.Column("no_show_value", sa.Integer(), nullable=False),
        sa.Column("is_default", sa.Boolean(), nullable=False),
        sa.Column("is_active", sa.Boolean(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("public_id", sa.String(length=20), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("updated_at", UtcDateTime(), nullable=False),
        sa.CheckConstraint(
            "(late_kind <> 'percent' OR late_value <= 100) AND (no_show_kind <> 'percent' OR no_show_value <= 100)",
            name=op.f("ck_late_policy_a_whole_at_most"),
        ),
        sa.CheckConstraint(
            "late_kind IN ('none', 'percent', 'amount')", name=op.f("ck_late_policy_late_kind")
        ),
        sa.CheckConstraint(
            "no_show_kind IN ('none', 'percent', 'amount')",
            name=op.f("ck_late_policy_no_show_kind"),
        ),
        sa.CheckConstraint("cut_off_hours BETWEEN 0 AND 168", name=op.f("ck_late_policy_cut_off")),
        sa.CheckConstraint(
            "is_active OR NOT is_default", name=op.f("ck_late_policy_default_is_active")
        ),
        sa.CheckConstraint(
            "late_value >= 0 AND no_show_value >= 0", name=op.f("ck_late_policy_not_negative")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_late_policy")),
        sa.UniqueConstraint("name", name=op.f("uq_late_policy_name")),
        sa.UniqueConstraint("public_id", name=op.f("uq_late_policy_public_id")),
    )
    op.create_index(
        "uq_late_policy_default",
        "late_policy",
        ["is_default"],
        unique=True,
        sqlite_where=sa.text("is_default IS 1"),
        postgresql_where=sa.text("is_default IS true"),
    )
    op.create_table(
        "room_feature",
        sa.Column("code", sa.String(length=30), nullable=False),
        sa.Column("name", sa.String(length=60), nullable=False),
        sa.Column("is_active", sa.Boolean(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("public_id", sa.String(length=20), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("updated_at", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_room_feature")),
        sa.UniqueConstraint("code", name=op.f("uq_room_feature_code")),
        sa.UniqueConstraint("name", name=op.f("uq_room_feature_name")),
        sa.UniqueConstraint("public_id", name=op.f("uq_room_feature_public_id")),
    )
    op.create_table(
        "equipment",
        sa.Column("kind_id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=60), nullable=False),
        sa.Column("is_active", sa.Boolean(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("public_id", sa.String(length=20), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("updated_at", UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["kind_id"], ["equipment_kind.id"], name=op.f("fk_equipment_kind_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_equipment")),
        sa.UniqueConstraint("name", name=op.f("uq_equipment_name")),
        sa.UniqueConstraint("public_id", name=op.f("uq_equipment_public_id")),
    )
    op.create_index(op.f("ix_equipment_kind_id"), "equipment", ["kind_id"], unique=False)
    op.create_table(
        "room_has_feature",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("room_id", sa.Integer(), nullable=False),
        sa.Column("feature_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["feature_id"], ["room_feature.id"], name=op.f("fk_room_has_feature_feature_id")
        ),
        sa.ForeignKeyConstraint(["room_id"], ["room.id"], name=op.f("fk_room_has_feature_room_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_room_has_feature")),
        sa.UniqueConstraint(
            "room_id", "feature_id", name=op.f("uq_room_has_feature_room_id_feature_id")
        ),
    )
    op.create_table(
        "service_equipment",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("service_id", sa.Integer(), nullable=False),
        sa.Column("kind_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["kind_id"], ["equipment_kind.id"], name=op.f("fk_service_equipment_kind_id")
        ),
        sa.ForeignKeyConstraint(
            ["service_id"], ["service.id"], name=op.f("fk_service_equipment_service_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_service_equipment")),
        sa.UniqueConstraint(
            "service_id", "kind_id", name=op.f("uq_service_equipment_service_id_kind_id")
        ),
    )
    op.create_table(
        "service_feature",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("service_id", sa.Integer(), nullable=False),
        sa.Column("feature_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["feature_id"], ["room_feature.id"], name=op.f("fk_service_feature_feature_id")
        ),
        sa.ForeignKeyConstraint(
            ["service_id"], ["service.id"], name=op.f("fk_service_feature_service_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_service_feature")),
        sa.UniqueConstraint(
            "service_id", "feature_id", name=op.f("uq_service_feature_service_id_feature_id")
        ),
    )
