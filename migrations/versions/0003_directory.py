"""The outside: organisations, providers and where they work."""

import sqlalchemy as sa
from alembic import op

from clinic.core.db import UtcDateTime
from clinic.core.migrating import grant

revision = "0003_directory"
down_revision = "0002_catalogue"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "organisation",
        sa.Column("name", sa.String(length=160), nullable=False),
        sa.Column("search_name", sa.String(length=160), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("phone", sa.String(length=40), nullable=False),
        sa.Column("fax", sa.String(length=40), nullable=False),
        sa.Column("email", sa.String(length=254), nullable=False),
        sa.Column("address", sa.String(length=200), nullable=False),
        sa.Column("city", sa.String(length=80), nullable=False),
        sa.Column("region", sa.String(length=60), nullable=False),
        sa.Column("postcode", sa.String(length=20), nullable=False),
        sa.Column("is_active", sa.Boolean(), nullable=False),
        sa.Column("import_ref", sa.String(length=80), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("public_id", sa.String(length=20), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("updated_at", UtcDateTime(), nullable=False),
        sa.CheckConstraint("name <> ''", name=op.f("ck_organisation_name_given")),
        sa.CheckConstraint(
            "kind IN ('practice', 'hospital', 'insurer', 'veterans', 'employer', 'attorney',"
            " 'other')",
            name=op.f("ck_organisation_kind"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_organisation")),
        sa.UniqueConstraint("import_ref", name=op.f("uq_organisation_import_ref")),
        sa.UniqueConstraint("public_id", name=op.f("uq_organisation_public_id")),
    )
    op.create_index(
        op.f("ix_organisation_search_name"), "organisation", ["search_name"], unique=False
    )
    op.create_table(
        "provider",
        sa.Column("first_name", sa.String(length=80), nullable=False),
        sa.Column("last_name", sa.String(length=80), nullable=False),
        sa.Column("search_name", sa.String(length=160), nullable=False),
        sa.Column("credentials", sa.String(length=20), nullable=False),
        sa.Column("specialty", sa.String(length=80), nullable=False),
        sa.Column("npi", sa.String(length=10), nullable=False),
        sa.Column("phone", sa.String(length=40), nullable=False),
        sa.Column("fax", sa.String(length=40), nullable=False),
        sa.Column("email", sa.String(length=254), nullable=False),
        sa.Column("preferred_channel", sa.String(length=20), nullable=False),
        sa.Column("status", sa.String(length=10), nullable=False),
        sa.Column("import_ref", sa.String(length=80), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("public_id", sa.String(length=20), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("updated_at", UtcDateTime(), nullable=False),
        sa.CheckConstraint("last_name <> ''", name=op.f("ck_provider_name_given")),
        sa.CheckConstraint(
            "credentials IN ('MD', 'DO', 'NP', 'PA', 'DC', 'PT', 'OT', 'LCSW', 'RD', 'DDS',"
            " 'midwife', 'other')",
            name=op.f("ck_provider_credentials"),
        ),
        sa.CheckConstraint(
            "preferred_channel IN ('fax', 'secure_email', 'portal', 'post', 'phone')",
            name=op.f("ck_provider_preferred_channel"),
        ),
        sa.CheckConstraint(
            "status IN ('active', 'retired', 'deceased', 'moved')",
            name=op.f("ck_provider_status"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_provider")),
        sa.UniqueConstraint("import_ref", name=op.f("uq_provider_import_ref")),
        sa.UniqueConstraint("public_id", name=op.f("uq_provider_public_id")),
    )
    op.create_index(
        "uq_provider_npi",
        "provider",
        ["npi"],
        unique=True,
        sqlite_where=sa.text("npi <> ''"),
        postgresql_where=sa.text("npi <> ''"),
    )
    op.create_index(op.f("ix_provider_search_name"), "provider", ["search_name"], unique=False)
    op.create_table(
        "provider_at",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("provider_id", sa.Integer(), nullable=False),
        sa.Column("organisation_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["organisation.id"], name=op.f("fk_provider_at_organisation_id")
        ),
        sa.ForeignKeyConstraint(
            ["provider_id"], ["provider.id"], name=op.f("fk_provider_at_provider_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_provider_at")),
        sa.UniqueConstraint(
            "provider_id",
            "organisation_id",
            name=op.f("uq_provider_at_provider_id_organisation_id"),
        ),
    )
    op.create_index(
        op.f("ix_provider_at_organisation_id"), "provider_at", ["organisation_id"], unique=False
    )
    grant("organisation", "provider", "provider_at")


def downgrade() -> None:
    op.drop_table("provider_at")
    op.drop_table("provider")
    op.drop_table("organisation")
