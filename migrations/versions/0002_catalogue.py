"""What we offer: techniques, services, lengths, add-ons, prices."""

import sqlalchemy as sa
from alembic import op

from clinic.core.db import UtcDateTime
from clinic.core.migrating import grant

revision = "0002_catalogue"
down_revision = "0001_ground"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "technique",
        sa.Column("code", sa.String(length=30), nullable=False),
        sa.Column("name", sa.String(length=80), nullable=False),
        sa.Column("is_vigorous", sa.Boolean(), nullable=False),
        sa.Column("is_active", sa.Boolean(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("public_id", sa.String(length=20), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("updated_at", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_technique")),
        sa.UniqueConstraint("code", name=op.f("uq_technique_code")),
        sa.UniqueConstraint("public_id", name=op.f("uq_technique_public_id")),
    )
    op.create_table(
        "service",
        sa.Column("code", sa.String(length=30), nullable=False),
        sa.Column("name", sa.String(length=80), nullable=False),
        sa.Column("family", sa.String(length=20), nullable=False),
        sa.Column("note", sa.String(length=300), nullable=False),
        sa.Column("buffer_before", sa.Integer(), nullable=False),
        sa.Column("buffer_after", sa.Integer(), nullable=False),
        sa.Column("max_pressure", sa.Integer(), nullable=False),
        sa.Column("hands_on_percent", sa.Integer(), nullable=False),
        sa.Column("needs_referral", sa.Boolean(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("is_active", sa.Boolean(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("public_id", sa.String(length=20), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("updated_at", UtcDateTime(), nullable=False),
        sa.CheckConstraint(
            "family IN ('therapeutic', 'deep', 'relaxation', 'prenatal', 'lymphatic', 'assessment')",
            name=op.f("ck_service_family"),
        ),
        sa.CheckConstraint(
            "buffer_before BETWEEN 0 AND 60 AND buffer_after BETWEEN 0 AND 60",
            name=op.f("ck_service_buffers"),
        ),
        sa.CheckConstraint("hands_on_percent BETWEEN 0 AND 300", name=op.f("ck_service_hands_on")),
        sa.CheckConstraint("max_pressure BETWEEN 1 AND 5", name=op.f("ck_service_max_pressure")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_service")),
        sa.UniqueConstraint("code", name=op.f("uq_service_code")),
        sa.UniqueConstraint("public_id", name=op.f("uq_service_public_id")),
    )
    op.create_table(
        "service_technique",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("service_id", sa.Integer(), nullable=False),
        sa.Column("technique_id", sa.Integer(), nullable=False),
        sa.Column("is_primary", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(
            ["service_id"], ["service.id"], name=op.f("fk_service_technique_service_id")
        ),
        sa.ForeignKeyConstraint(
            ["technique_id"], ["technique.id"], name=op.f("fk_service_technique_technique_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_service_technique")),
        sa.UniqueConstraint(
            "service_id", "technique_id", name=op.f("uq_service_technique_service_id_technique_id")
        ),
    )
    op.create_table(
        "service_requirement",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("service_id", sa.Integer(), nullable=False),
        sa.Column("qualification_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["qualification_id"],
            ["qualification.id"],
            name=op.f("fk_service_requirement_qualification_id"),
        ),
        sa.ForeignKeyConstraint(
            ["service_id"], ["service.id"], name=op.f("fk_service_requirement_service_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_service_requirement")),
        sa.UniqueConstraint(
            "service_id",
            "qualification_id",
            name=op.f("uq_service_requirement_service_id_qualification_id"),
        ),
    )
    op.create_table(
        "service_variant",
        sa.Column("service_id", sa.Integer(), nullable=False),
        sa.Column("minutes", sa.Integer(), nullable=False),
        sa.Column("is_active", sa.Boolean(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("public_id", sa.String(length=20), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("updated_at", UtcDateTime(), nullable=False),
        sa.CheckConstraint(
            "minutes IN (15, 30, 45, 60, 75, 90, 120, 150, 180)",
            name=op.f("ck_service_variant_minutes"),
        ),
        sa.ForeignKeyConstraint(
            ["service_id"], ["service.id"], name=op.f("fk_service_variant_service_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_service_variant")),
        sa.UniqueConstraint("public_id", name=op.f("uq_service_variant_public_id")),
        sa.UniqueConstraint(
            "service_id", "minutes", name=op.f("uq_service_variant_service_id_minutes")
        ),
    )
    op.create_table(
        "add_on",
        sa.Column("code", sa.String(length=30), nullable=False),
        sa.Column("name", sa.String(length=80), nullable=False),
        sa.Column("extra_minutes", sa.Integer(), nullable=False),
        sa.Column("technique_id", sa.Integer(), nullable=True),
        sa.Column("qualification_id", sa.Integer(), nullable=True),
        sa.Column("is_active", sa.Boolean(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("public_id", sa.String(length=20), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("updated_at", UtcDateTime(), nullable=False),
        sa.CheckConstraint("extra_minutes BETWEEN 0 AND 60", name=op.f("ck_add_on_extra_minutes")),
        sa.ForeignKeyConstraint(
            ["qualification_id"], ["qualification.id"], name=op.f("fk_add_on_qualification_id")
        ),
        sa.ForeignKeyConstraint(
            ["technique_id"], ["technique.id"], name=op.f("fk_add_on_technique_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_add_on")),
        sa.UniqueConstraint("code", name=op.f("uq_add_on_code")),
        sa.UniqueConstraint("public_id", name=op.f("uq_add_on_public_id")),
    )
    op.create_table(
        "price",
        sa.Column("variant_id", sa.Integer(), nullable=True),
        sa.Column("add_on_id", sa.Integer(), nullable=True),
        sa.Column("amount_minor", sa.Integer(), nullable=False),
        sa.Column("effective_from", sa.Date(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("public_id", sa.String(length=20), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("updated_at", UtcDateTime(), nullable=False),
        sa.CheckConstraint(
            "(variant_id IS NULL) <> (add_on_id IS NULL)", name=op.f("ck_price_of_one_thing")
        ),
        sa.CheckConstraint("amount_minor >= 0", name=op.f("ck_price_not_negative")),
        sa.ForeignKeyConstraint(["add_on_id"], ["add_on.id"], name=op.f("fk_price_add_on_id")),
        sa.ForeignKeyConstraint(
            ["variant_id"], ["service_variant.id"], name=op.f("fk_price_variant_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_price")),
        sa.UniqueConstraint(
            "add_on_id", "effective_from", name=op.f("uq_price_add_on_id_effective_from")
        ),
        sa.UniqueConstraint("public_id", name=op.f("uq_price_public_id")),
        sa.UniqueConstraint(
            "variant_id", "effective_from", name=op.f("uq_price_variant_id_effective_from")
        ),
    )
    op.create_index("ix_price_effective_from", "price", ["effective_from"], unique=False)
    grant(
        "technique",
        "service",
        "service_technique",
        "service_requirement",
        "service_variant",
        "add_on",
        "price",
    )


def downgrade() -> None:
    op.drop_table("price")
    op.drop_table("add_on")
    op.drop_table("service_variant")
    op.drop_table("service_requirement")
    op.drop_table("service_technique")
    op.drop_table("service")
    op.drop_table("technique")
