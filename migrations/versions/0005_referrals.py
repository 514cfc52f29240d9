"""What providers asked for, and the visits they allow."""

import sqlalchemy as sa
from alembic import op

from clinic.core.db import UtcDateTime
from clinic.core.migrating import grant

revision = "0005_referrals"
down_revision = "0004_clients"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "referral",
        sa.Column("number", sa.String(length=12), nullable=False),
        sa.Column("client_id", sa.Integer(), nullable=False),
        sa.Column("provider_id", sa.Integer(), nullable=False),
        sa.Column("organisation_id", sa.Integer(), nullable=True),
        sa.Column("received_on", sa.Date(), nullable=False),
        sa.Column("received_via", sa.String(length=10), nullable=False),
        sa.Column("urgency", sa.String(length=10), nullable=False),
        sa.Column("their_reference", sa.String(length=60), nullable=False),
        sa.Column("frequency", sa.String(length=80), nullable=False),
        sa.Column("minutes", sa.Integer(), nullable=True),
        sa.Column("reason_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("diagnosis_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("precautions_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("ended_on", sa.Date(), nullable=True),
        sa.Column("ended_why", sa.String(length=200), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("public_id", sa.String(length=20), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("updated_at", UtcDateTime(), nullable=False),
        sa.CheckConstraint(
            "(ended_on IS NULL) = (ended_why = '')", name=op.f("ck_referral_ended_with_reason")
        ),
        sa.CheckConstraint(
            "received_via IN ('fax', 'post', 'phone', 'email', 'hand', 'portal')",
            name=op.f("ck_referral_received_via"),
        ),
        sa.CheckConstraint(
            "urgency IN ('routine', 'soon', 'urgent', 'emergency')",
            name=op.f("ck_referral_urgency"),
        ),
        sa.ForeignKeyConstraint(["client_id"], ["client.id"], name=op.f("fk_referral_client_id")),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["organisation.id"], name=op.f("fk_referral_organisation_id")
        ),
        sa.ForeignKeyConstraint(
            ["provider_id"], ["provider.id"], name=op.f("fk_referral_provider_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_referral")),
        sa.UniqueConstraint("id", "client_id", name=op.f("uq_referral_id_client_id")),
        sa.UniqueConstraint("number", name=op.f("uq_referral_number")),
        sa.UniqueConstraint("public_id", name=op.f("uq_referral_public_id")),
    )
    op.create_index(op.f("ix_referral_client_id"), "referral", ["client_id"], unique=False)
    op.create_index(op.f("ix_referral_provider_id"), "referral", ["provider_id"], unique=False)
    op.create_index(op.f("ix_referral_received_on"), "referral", ["received_on"], unique=False)
    op.create_index("ix_referral_ended_on", "referral", ["ended_on", "id"], unique=False)
    op.create_table(
        "authorisation",
        sa.Column("referral_id", sa.Integer(), nullable=False),
        sa.Column("visits", sa.Integer(), nullable=False),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("valid_until", sa.Date(), nullable=True),
        sa.Column("reference", sa.String(length=60), nullable=False),
        sa.Column("payer", sa.String(length=80), nullable=False),
        sa.Column("counts_missed", sa.Boolean(), nullable=False),
        sa.Column("counts_late_cancelled", sa.Boolean(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("public_id", sa.String(length=20), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("updated_at", UtcDateTime(), nullable=False),
        sa.CheckConstraint(
            "valid_until IS NULL OR valid_until >= valid_from", name=op.f("ck_authorisation_order")
        ),
        sa.CheckConstraint("visits BETWEEN 1 AND 200", name=op.f("ck_authorisation_visits")),
        sa.ForeignKeyConstraint(
            ["referral_id"], ["referral.id"], name=op.f("fk_authorisation_referral_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_authorisation")),
        sa.UniqueConstraint("public_id", name=op.f("uq_authorisation_public_id")),
    )
    op.create_index(
        op.f("ix_authorisation_referral_id"), "authorisation", ["referral_id"], unique=False
    )
    grant("referral", "authorisation")


def downgrade() -> None:
    op.drop_table("authorisation")
    op.drop_table("referral")
