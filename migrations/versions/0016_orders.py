"""How long an authorisation lasts, what its payer asks for, and the scans of an order."""

import sqlalchemy as sa
from alembic import op

from clinic.core.db import UtcDateTime
from clinic.core.migrating import grant

revision = "0016_orders"
down_revision = "0015_papers"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "report_rule",
        sa.Column("code", sa.String(length=20), nullable=True),
        sa.Column("name", sa.String(length=80), nullable=False),
        sa.Column("payer", sa.String(length=80), nullable=False),
        sa.Column("report_visits", sa.Integer(), nullable=True),
        sa.Column("report_days", sa.Integer(), nullable=True),
        sa.Column("renew_days", sa.Integer(), nullable=False),
        sa.Column("renew_visits", sa.Integer(), nullable=False),
        sa.Column("visits", sa.Integer(), nullable=True),
        sa.Column("basis", sa.String(length=12), nullable=False),
        sa.Column("days", sa.Integer(), nullable=True),
        sa.Column("counts_missed", sa.Boolean(), nullable=False),
        sa.Column("counts_late_cancelled", sa.Boolean(), nullable=False),
        sa.Column("counts_cancelled", sa.Boolean(), nullable=False),
        sa.Column("is_active", sa.Boolean(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("public_id", sa.String(length=20), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("updated_at", UtcDateTime(), nullable=False),
        sa.CheckConstraint(
            "basis IN ('fixed_date', 'issue_date', 'first_visit', 'open')",
            name=op.f("ck_report_rule_basis"),
        ),
        sa.CheckConstraint("name <> ''", name=op.f("ck_report_rule_name_given")),
        sa.CheckConstraint("renew_days BETWEEN 0 AND 180", name=op.f("ck_report_rule_renew_days")),
        sa.CheckConstraint(
            "renew_visits BETWEEN 0 AND 50", name=op.f("ck_report_rule_renew_visits")
        ),
        sa.CheckConstraint(
            "report_days IS NULL OR report_days BETWEEN 1 AND 730", name=op.f("ck_report_rule_days")
        ),
        sa.CheckConstraint(
            "report_visits IS NULL OR report_visits BETWEEN 1 AND 200",
            name=op.f("ck_report_rule_visits"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_report_rule")),
        sa.UniqueConstraint("code", name=op.f("uq_report_rule_code")),
        sa.UniqueConstraint("public_id", name=op.f("uq_report_rule_public_id")),
    )
    op.create_table(
        "referral_document",
        sa.Column("referral_id", sa.Integer(), nullable=False),
        sa.Column("file_id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("received_on", sa.Date(), nullable=False),
        sa.Column("removed_why", sa.String(length=200), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("public_id", sa.String(length=20), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("updated_at", UtcDateTime(), nullable=False),
        sa.CheckConstraint(
            "kind IN ('order', 'authorisation', 'report', 'other')",
            name=op.f("ck_referral_document_kind"),
        ),
        sa.ForeignKeyConstraint(
            ["file_id"], ["stored_file.id"], name=op.f("fk_referral_document_file_id")
        ),
        sa.ForeignKeyConstraint(
            ["referral_id"], ["referral.id"], name=op.f("fk_referral_document_referral_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_referral_document")),
        sa.UniqueConstraint("file_id", name=op.f("uq_referral_document_file_id")),
        sa.UniqueConstraint("public_id", name=op.f("uq_referral_document_public_id")),
    )
    op.create_index(
        op.f("ix_referral_document_referral_id"), "referral_document", ["referral_id"], unique=False
    )
    _add(
        "referral",
        "ordered_on DATE",
        "is_signed BOOLEAN DEFAULT false NOT NULL",
        "wants_report BOOLEAN DEFAULT true NOT NULL",
        "requested_service VARCHAR(80) DEFAULT '' NOT NULL",
    )
    _add(
        "authorisation",
        "basis VARCHAR(12) DEFAULT 'fixed_date' NOT NULL CONSTRAINT ck_authorisation_basis"
        " CHECK (basis IN ('fixed_date', 'issue_date', 'first_visit', 'open'))",
        "days INTEGER CONSTRAINT ck_authorisation_days"
        " CHECK (days IS NULL OR days BETWEEN 1 AND 730)",
        "issued_on DATE",
        "first_visit_on DATE",
        "report_rule_id INTEGER CONSTRAINT fk_authorisation_report_rule_id"
        " REFERENCES report_rule (id)",
        "counts_cancelled BOOLEAN DEFAULT false NOT NULL CONSTRAINT ck_authorisation_days_of_basis"
        " CHECK ((basis IN ('issue_date', 'first_visit')) = (days IS NOT NULL))",
        "is_closed BOOLEAN DEFAULT false NOT NULL CONSTRAINT ck_authorisation_issued"
        " CHECK (basis <> 'issue_date' OR issued_on IS NOT NULL)",
    )
    _add(
        "visit",
        "over_why VARCHAR(200) DEFAULT '' NOT NULL CONSTRAINT ck_visit_over_an_authorisation"
        " CHECK (over_why = '' OR authorisation_id IS NOT NULL)",
    )
    op.execute("UPDATE authorisation SET basis = 'open' WHERE valid_until IS NULL")
    op.create_index("uq_referral_urgency", "referral", ["id", "urgency"], unique=True)
    is_live = sa.text("ended_on IS NULL")
    op.create_index(
        "ix_referral_sender", "referral", ["provider_id"],
        sqlite_where=is_live, postgresql_where=is_live,
    )  # fmt: skip
    op.create_index("ix_authorisation_payer", "authorisation", ["payer"])
    grant("report_rule", "referral_document")


def _add(table: str, *columns: str) -> None:
    """Columns with their checks; neither engine needs the table to be built anew."""
    for column in columns:
        op.execute(f"ALTER TABLE {table} ADD COLUMN {column}")


def downgrade() -> None:
    raise NotImplementedError("referrals are not taken apart again")
