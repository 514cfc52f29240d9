"""Visits and the verdicts without which there is none."""

import sqlalchemy as sa
from alembic import op

from clinic.core.db import UtcDateTime
from clinic.core.migrating import GROWING, grant, only_grows

revision = "0007_scheduling"
down_revision = "0006_timetable"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "visit_verdict",
        sa.Column("client_id", sa.Integer(), nullable=False),
        sa.Column("variant_id", sa.Integer(), nullable=False),
        sa.Column("therapist_id", sa.Integer(), nullable=False),
        sa.Column("on_date", sa.Date(), nullable=False),
        sa.Column("outcome", sa.String(length=12), nullable=False),
        sa.Column("actions", sa.String(length=200), nullable=False),
        sa.Column("made_at", UtcDateTime(), nullable=False),
        sa.Column("made_by_id", sa.Integer(), nullable=True),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("public_id", sa.String(length=20), nullable=False),
        sa.CheckConstraint(
            "outcome IN ('admitted', 'needs_review')", name=op.f("ck_visit_verdict_outcome")
        ),
        sa.ForeignKeyConstraint(
            ["client_id"], ["client.id"], name=op.f("fk_visit_verdict_client_id")
        ),
        sa.ForeignKeyConstraint(
            ["made_by_id"], ["staff_member.id"], name=op.f("fk_visit_verdict_made_by_id")
        ),
        sa.ForeignKeyConstraint(
            ["therapist_id"], ["staff_member.id"], name=op.f("fk_visit_verdict_therapist_id")
        ),
        sa.ForeignKeyConstraint(
            ["variant_id"], ["service_variant.id"], name=op.f("fk_visit_verdict_variant_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_visit_verdict")),
        sa.UniqueConstraint(
            "id",
            "client_id",
            "variant_id",
            "therapist_id",
            "on_date",
            name=op.f("uq_visit_verdict_id_client_id_variant_id_therapist_id_on_date"),
        ),
        sa.UniqueConstraint("public_id", name=op.f("uq_visit_verdict_public_id")),
    )
    op.create_table(
        "visit",
        sa.Column("client_id", sa.Integer(), nullable=False),
        sa.Column("variant_id", sa.Integer(), nullable=False),
        sa.Column("therapist_id", sa.Integer(), nullable=False),
        sa.Column("on_date", sa.Date(), nullable=False),
        sa.Column("verdict_id", sa.Integer(), nullable=False),
        sa.Column("slot_id", sa.Integer(), nullable=False),
        sa.Column("held_slot_id", sa.Integer(), nullable=True),
        sa.Column("place_id", sa.Integer(), nullable=False),
        sa.Column("therapist_resource_id", sa.Integer(), nullable=False),
        sa.Column("client_resource_id", sa.Integer(), nullable=False),
        sa.Column("place_resource_id", sa.Integer(), nullable=False),
        sa.Column("authorisation_id", sa.Integer(), nullable=True),
        sa.Column("status", sa.String(length=20), nullable=False),
        sa.Column("minutes", sa.Integer(), nullable=False),
        sa.Column("price_minor", sa.Integer(), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("source", sa.String(length=10), nullable=False),
        sa.Column("confirmed_at", UtcDateTime(), nullable=True),
        sa.Column("arrived_at", UtcDateTime(), nullable=True),
        sa.Column("started_at", UtcDateTime(), nullable=True),
        sa.Column("finished_at", UtcDateTime(), nullable=True),
        sa.Column("cancelled_at", UtcDateTime(), nullable=True),
        sa.Column("cancelled_by", sa.String(length=10), nullable=False),
        sa.Column("why", sa.String(length=200), nullable=False),
        sa.Column("note_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("public_id", sa.String(length=20), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("updated_at", UtcDateTime(), nullable=False),
        sa.CheckConstraint(
            "(held_slot_id IS NULL) = (status IN ('cancelled', 'late_cancelled', 'no_show', 'released', 'entered_in_error'))",
            name=op.f("ck_visit_takes_time_while_it_stands"),
        ),
        sa.CheckConstraint(
            "status IN ('requested', 'held', 'booked', 'arrived', 'in_session', 'completed', 'cancelled', 'late_cancelled', 'no_show', 'released', 'entered_in_error')",
            name=op.f("ck_visit_status"),
        ),
        sa.CheckConstraint(
            "held_slot_id IS NULL OR held_slot_id = slot_id",
            name=op.f("ck_visit_takes_its_own_slot"),
        ),
        sa.CheckConstraint("price_minor >= 0", name=op.f("ck_visit_price")),
        sa.ForeignKeyConstraint(
            ["authorisation_id"], ["authorisation.id"], name=op.f("fk_visit_authorisation_id")
        ),
        sa.ForeignKeyConstraint(["client_id"], ["client.id"], name=op.f("fk_visit_client_id")),
        sa.ForeignKeyConstraint(
            ["client_resource_id", "client_id"],
            ["resource.id", "resource.client_id"],
            name="fk_visit_client_resource",
        ),
        sa.ForeignKeyConstraint(
            ["held_slot_id", "client_resource_id"],
            ["occupancy.slot_id", "occupancy.resource_id"],
            name="fk_visit_takes_client",
            deferrable=True,
            initially="DEFERRED",
        ),
        sa.ForeignKeyConstraint(
            ["held_slot_id", "place_resource_id"],
            ["occupancy.slot_id", "occupancy.resource_id"],
            name="fk_visit_takes_place",
            deferrable=True,
            initially="DEFERRED",
        ),
        sa.ForeignKeyConstraint(
            ["held_slot_id", "therapist_resource_id"],
            ["occupancy.slot_id", "occupancy.resource_id"],
            name="fk_visit_takes_therapist",
            deferrable=True,
            initially="DEFERRED",
        ),
        sa.ForeignKeyConstraint(["place_id"], ["place.id"], name=op.f("fk_visit_place_id")),
        sa.ForeignKeyConstraint(
            ["place_resource_id", "place_id"],
            ["resource.id", "resource.place_id"],
            name="fk_visit_place_resource",
        ),
        sa.ForeignKeyConstraint(
            ["slot_id", "on_date"], ["slot.id", "slot.on_date"], name="fk_visit_slot"
        ),
        sa.ForeignKeyConstraint(
            ["therapist_id"], ["staff_member.id"], name=op.f("fk_visit_therapist_id")
        ),
        sa.ForeignKeyConstraint(
            ["therapist_resource_id", "therapist_id"],
            ["resource.id", "resource.staff_id"],
            name="fk_visit_therapist_resource",
        ),
        sa.ForeignKeyConstraint(
            ["variant_id"], ["service_variant.id"], name=op.f("fk_visit_variant_id")
        ),
        sa.ForeignKeyConstraint(
            ["verdict_id", "client_id", "variant_id", "therapist_id", "on_date"],
            [
                "visit_verdict.id",
                "visit_verdict.client_id",
                "visit_verdict.variant_id",
                "visit_verdict.therapist_id",
                "visit_verdict.on_date",
            ],
            name="fk_visit_verdict",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_visit")),
        sa.UniqueConstraint("public_id", name=op.f("uq_visit_public_id")),
        sa.UniqueConstraint("slot_id", name=op.f("uq_visit_slot_id")),
    )
    op.create_index("ix_visit_authorisation", "visit", ["authorisation_id"], unique=False)
    op.create_index("ix_visit_client", "visit", ["client_id", "on_date"], unique=False)
    op.create_index("ix_visit_on_date", "visit", ["on_date"], unique=False)
    op.create_index("ix_visit_status", "visit", ["status", "on_date"], unique=False)
    op.create_index("ix_visit_therapist", "visit", ["therapist_id", "on_date"], unique=False)
    op.create_table(
        "visit_add_on",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("visit_id", sa.Integer(), nullable=False),
        sa.Column("add_on_id", sa.Integer(), nullable=False),
        sa.Column("extra_minutes", sa.Integer(), nullable=False),
        sa.Column("price_minor", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["add_on_id"], ["add_on.id"], name=op.f("fk_visit_add_on_add_on_id")
        ),
        sa.ForeignKeyConstraint(["visit_id"], ["visit.id"], name=op.f("fk_visit_add_on_visit_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_visit_add_on")),
        sa.UniqueConstraint(
            "visit_id", "add_on_id", name=op.f("uq_visit_add_on_visit_id_add_on_id")
        ),
    )
    op.create_table(
        "board_day",
        sa.Column("on_date", sa.Date(), nullable=False),
        sa.Column("changes", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("on_date", name=op.f("pk_board_day")),
    )
    only_grows("visit_verdict")
    grant("visit_verdict", rights=GROWING)
    grant("visit", "visit_add_on", "board_day")


def downgrade() -> None:
    op.drop_table("board_day")
    op.drop_table("visit_add_on")
    op.drop_table("visit")
    op.drop_table("visit_verdict")
