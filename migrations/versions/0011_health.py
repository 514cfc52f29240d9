"""What clients agree to, what is known of their health, and what rules say of it."""

import sqlalchemy as sa
from alembic import op

from clinic.core.db import UtcDateTime
from clinic.core.migrating import GROWING, grant, locked, only_grows

revision = "0011_health"
down_revision = "0010_schedule"
branch_labels = None
depends_on = None

GROW = ("consent_text", "rule_version")
TABLES = ("consent", "intake_response", "health_fact", "fact_sheet", "rule_hit", "clearance")


def upgrade() -> None:
    _consents()
    _answers_and_facts()
    _rules()
    op.execute("ALTER TABLE staff_member ADD COLUMN is_lead BOOLEAN DEFAULT false NOT NULL")
    for table in GROW:
        only_grows(table)
    grant(*GROW, rights=GROWING)
    grant(*TABLES)
    locked(
        "intake_response",
        "client_id", "form", "form_version", "on_date", "given_by", "is_on_paper",
        "entered_by_id", "answered_at", "answers_sealed", "signature_sealed",
        when="OLD.status <> 'in_progress'",
    )  # fmt: skip
    # What an import wrote can be taken out again as a whole; else facts end, and stay.
    locked(
        "health_fact", "client_id", "source", "details_sealed", "response_id", "import_ref",
        may_go=True,
    )  # fmt: skip
    locked("rule_hit", "client_id", "details_sealed", "decided_at", "decided_by_id", "valid_until")


def _consents() -> None:
    op.create_table(
        "consent_text",
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("published_at", UtcDateTime(), nullable=False),
        sa.Column("published_by_id", sa.Integer(), nullable=True),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("public_id", sa.String(length=20), nullable=False),
        sa.CheckConstraint("number > 0", name=op.f("ck_consent_text_number")),
        sa.ForeignKeyConstraint(
            ["published_by_id"], ["staff_member.id"], name=op.f("fk_consent_text_published_by_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_consent_text")),
        sa.UniqueConstraint("kind", "number", name=op.f("uq_consent_text_kind_number")),
        sa.UniqueConstraint("public_id", name=op.f("uq_consent_text_public_id")),
    )
    op.create_table(
        "consent",
        sa.Column("client_id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("text_number", sa.Integer(), nullable=False),
        sa.Column("answer", sa.String(length=10), nullable=False),
        sa.Column("status", sa.String(length=20), nullable=False),
        sa.Column("given_by", sa.String(length=10), nullable=False),
        sa.Column("method", sa.String(length=10), nullable=False),
        sa.Column("given_on", sa.Date(), nullable=False),
        sa.Column("expires_on", sa.Date(), nullable=True),
        sa.Column("provider_id", sa.Integer(), nullable=True),
        sa.Column("scope_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("signature_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("withdrawn_at", UtcDateTime(), nullable=True),
        sa.Column("why_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("taken_by_id", sa.Integer(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("public_id", sa.String(length=20), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("updated_at", UtcDateTime(), nullable=False),
        sa.CheckConstraint(
            "(withdrawn_at IS NOT NULL) = (status = 'withdrawn')", name=op.f("ck_consent_withdrawn")
        ),
        sa.CheckConstraint("answer IN ('given', 'refused')", name=op.f("ck_consent_answer")),
        sa.CheckConstraint("given_by IN ('client', 'guardian')", name=op.f("ck_consent_given_by")),
        sa.CheckConstraint(
            "method IN ('signed', 'typed', 'verbal')", name=op.f("ck_consent_method")
        ),
        sa.CheckConstraint(
            "status IN ('active', 'withdrawn', 'superseded', 'entered_in_error')",
            name=op.f("ck_consent_status"),
        ),
        sa.CheckConstraint(
            "expires_on IS NULL OR expires_on >= given_on", name=op.f("ck_consent_expires_after")
        ),
        sa.ForeignKeyConstraint(["client_id"], ["client.id"], name=op.f("fk_consent_client_id")),
        sa.ForeignKeyConstraint(
            ["provider_id"], ["provider.id"], name=op.f("fk_consent_provider_id")
        ),
        sa.ForeignKeyConstraint(
            ["taken_by_id"], ["staff_member.id"], name=op.f("fk_consent_taken_by_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_consent")),
        sa.UniqueConstraint("public_id", name=op.f("uq_consent_public_id")),
    )
    op.create_index("ix_consent_client", "consent", ["client_id", "kind"], unique=False)
    op.create_index("ix_consent_provider", "consent", ["provider_id"], unique=False)


def _answers_and_facts() -> None:
    op.create_table(
        "intake_response",
        sa.Column("client_id", sa.Integer(), nullable=False),
        sa.Column("form", sa.String(length=10), nullable=False),
        sa.Column("form_version", sa.Integer(), nullable=False),
        sa.Column("status", sa.String(length=20), nullable=False),
        sa.Column("on_date", sa.Date(), nullable=False),
        sa.Column("given_by", sa.String(length=10), nullable=False),
        sa.Column("is_on_paper", sa.Boolean(), nullable=False),
        sa.Column("entered_by_id", sa.Integer(), nullable=True),
        sa.Column("answered_at", UtcDateTime(), nullable=True),
        sa.Column("reviewed_at", UtcDateTime(), nullable=True),
        sa.Column("reviewed_by_id", sa.Integer(), nullable=True),
        sa.Column("supersedes_id", sa.Integer(), nullable=True),
        sa.Column("answers_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("signature_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("why_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("public_id", sa.String(length=20), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("updated_at", UtcDateTime(), nullable=False),
        sa.CheckConstraint(
            "(status = 'in_progress') = (answered_at IS NULL)",
            name=op.f("ck_intake_response_answered"),
        ),
        sa.CheckConstraint(
            "form IN ('full', 'update', 'check')", name=op.f("ck_intake_response_form")
        ),
        sa.CheckConstraint(
            "given_by IN ('client', 'guardian')", name=op.f("ck_intake_response_given_by")
        ),
        sa.CheckConstraint(
            "status IN ('in_progress', 'completed', 'reviewed', 'superseded', 'stopped', 'entered_in_error')",
            name=op.f("ck_intake_response_status"),
        ),
        sa.ForeignKeyConstraint(
            ["client_id"], ["client.id"], name=op.f("fk_intake_response_client_id")
        ),
        sa.ForeignKeyConstraint(
            ["entered_by_id"], ["staff_member.id"], name=op.f("fk_intake_response_entered_by_id")
        ),
        sa.ForeignKeyConstraint(
            ["reviewed_by_id"], ["staff_member.id"], name=op.f("fk_intake_response_reviewed_by_id")
        ),
        sa.ForeignKeyConstraint(
            ["supersedes_id"], ["intake_response.id"], name=op.f("fk_intake_response_supersedes_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_intake_response")),
        sa.UniqueConstraint("public_id", name=op.f("uq_intake_response_public_id")),
    )
    op.create_index(
        "ix_intake_response_client", "intake_response", ["client_id", "on_date"], unique=False
    )
    op.create_index(
        "ix_intake_response_status", "intake_response", ["status", "on_date"], unique=False
    )
    op.create_table(
        "health_fact",
        sa.Column("client_id", sa.Integer(), nullable=False),
        sa.Column("source", sa.String(length=10), nullable=False),
        sa.Column("details_sealed", sa.LargeBinary(), nullable=False),
        sa.Column("response_id", sa.Integer(), nullable=True),
        sa.Column("import_ref", sa.String(length=160), nullable=True),
        sa.Column("recorded_by_id", sa.Integer(), nullable=True),
        sa.Column("is_reviewed", sa.Boolean(), nullable=False),
        sa.Column("ended_at", UtcDateTime(), nullable=True),
        sa.Column("ended_why", sa.String(length=10), nullable=False),
        sa.Column("replaced_by_id", sa.Integer(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("public_id", sa.String(length=20), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("updated_at", UtcDateTime(), nullable=False),
        sa.CheckConstraint(
            "(ended_at IS NULL) = (ended_why = '')", name=op.f("ck_health_fact_ended")
        ),
        sa.CheckConstraint(
            "ended_why IN ('', 'replaced', 'error', 'review')",
            name=op.f("ck_health_fact_ended_why"),
        ),
        sa.CheckConstraint(
            "source IN ('client', 'guardian', 'therapist', 'provider', 'import')",
            name=op.f("ck_health_fact_source"),
        ),
        sa.ForeignKeyConstraint(
            ["client_id"], ["client.id"], name=op.f("fk_health_fact_client_id")
        ),
        sa.ForeignKeyConstraint(
            ["recorded_by_id"], ["staff_member.id"], name=op.f("fk_health_fact_recorded_by_id")
        ),
        sa.ForeignKeyConstraint(
            ["replaced_by_id"], ["health_fact.id"], name=op.f("fk_health_fact_replaced_by_id")
        ),
        sa.ForeignKeyConstraint(
            ["response_id"], ["intake_response.id"], name=op.f("fk_health_fact_response_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_health_fact")),
        sa.UniqueConstraint("import_ref", name=op.f("uq_health_fact_import_ref")),
        sa.UniqueConstraint("public_id", name=op.f("uq_health_fact_public_id")),
    )
    op.create_index("ix_health_fact_client", "health_fact", ["client_id"], unique=False)
    op.create_index(
        op.f("ix_health_fact_response_id"), "health_fact", ["response_id"], unique=False
    )
    op.create_table(
        "fact_sheet",
        sa.Column("client_id", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("contents_sealed", sa.LargeBinary(), nullable=False),
        sa.Column("history_on", sa.Date(), nullable=True),
        sa.Column("is_reviewed", sa.Boolean(), nullable=False),
        sa.Column("checked_on", sa.Date(), nullable=True),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("public_id", sa.String(length=20), nullable=False),
        sa.ForeignKeyConstraint(["client_id"], ["client.id"], name=op.f("fk_fact_sheet_client_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_fact_sheet")),
        sa.UniqueConstraint("client_id", name=op.f("uq_fact_sheet_client_id")),
        sa.UniqueConstraint("public_id", name=op.f("uq_fact_sheet_public_id")),
    )


def _rules() -> None:
    op.create_table(
        "rule_version",
        sa.Column("code", sa.String(length=30), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("effective_from", sa.Date(), nullable=False),
        sa.Column("contents", sa.Text(), nullable=False),
        sa.Column("why", sa.String(length=300), nullable=False),
        sa.Column("made_at", UtcDateTime(), nullable=False),
        sa.Column("made_by_id", sa.Integer(), nullable=True),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("public_id", sa.String(length=20), nullable=False),
        sa.CheckConstraint("number > 0", name=op.f("ck_rule_version_number")),
        sa.ForeignKeyConstraint(
            ["made_by_id"], ["staff_member.id"], name=op.f("fk_rule_version_made_by_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_rule_version")),
        sa.UniqueConstraint("code", "number", name=op.f("uq_rule_version_code_number")),
        sa.UniqueConstraint("public_id", name=op.f("uq_rule_version_public_id")),
    )
    op.create_table(
        "rule_hit",
        sa.Column("client_id", sa.Integer(), nullable=False),
        sa.Column("details_sealed", sa.LargeBinary(), nullable=False),
        sa.Column("decided_at", UtcDateTime(), nullable=False),
        sa.Column("decided_by_id", sa.Integer(), nullable=True),
        sa.Column("valid_until", sa.Date(), nullable=True),
        sa.Column("withdrawn_at", UtcDateTime(), nullable=True),
        sa.Column("withdrawn_by_id", sa.Integer(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("public_id", sa.String(length=20), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("updated_at", UtcDateTime(), nullable=False),
        sa.CheckConstraint(
            "(withdrawn_at IS NULL) = (withdrawn_by_id IS NULL)", name=op.f("ck_rule_hit_withdrawn")
        ),
        sa.ForeignKeyConstraint(["client_id"], ["client.id"], name=op.f("fk_rule_hit_client_id")),
        sa.ForeignKeyConstraint(
            ["decided_by_id"], ["staff_member.id"], name=op.f("fk_rule_hit_decided_by_id")
        ),
        sa.ForeignKeyConstraint(
            ["withdrawn_by_id"], ["staff_member.id"], name=op.f("fk_rule_hit_withdrawn_by_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_rule_hit")),
        sa.UniqueConstraint("public_id", name=op.f("uq_rule_hit_public_id")),
    )
    op.create_index("ix_rule_hit_client", "rule_hit", ["client_id"], unique=False)
    op.create_table(
        "clearance",
        sa.Column("client_id", sa.Integer(), nullable=False),
        sa.Column("provider_id", sa.Integer(), nullable=True),
        sa.Column("status", sa.String(length=20), nullable=False),
        sa.Column("details_sealed", sa.LargeBinary(), nullable=False),
        sa.Column("asked_at", UtcDateTime(), nullable=False),
        sa.Column("asked_by_id", sa.Integer(), nullable=True),
        sa.Column("answered_at", UtcDateTime(), nullable=True),
        sa.Column("answered_by_id", sa.Integer(), nullable=True),
        sa.Column("valid_until", sa.Date(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("public_id", sa.String(length=20), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("updated_at", UtcDateTime(), nullable=False),
        sa.CheckConstraint(
            "(answered_at IS NULL) = (status IN ('asked', 'withdrawn'))",
            name=op.f("ck_clearance_answered"),
        ),
        sa.CheckConstraint(
            "status IN ('asked', 'cleared', 'cleared_with_limits', 'refused', 'withdrawn')",
            name=op.f("ck_clearance_status"),
        ),
        sa.ForeignKeyConstraint(
            ["answered_by_id"], ["staff_member.id"], name=op.f("fk_clearance_answered_by_id")
        ),
        sa.ForeignKeyConstraint(
            ["asked_by_id"], ["staff_member.id"], name=op.f("fk_clearance_asked_by_id")
        ),
        sa.ForeignKeyConstraint(["client_id"], ["client.id"], name=op.f("fk_clearance_client_id")),
        sa.ForeignKeyConstraint(
            ["provider_id"], ["provider.id"], name=op.f("fk_clearance_provider_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_clearance")),
        sa.UniqueConstraint("public_id", name=op.f("uq_clearance_public_id")),
    )
    op.create_index("ix_clearance_client", "clearance", ["client_id"], unique=False)
    op.create_index(op.f("ix_clearance_provider_id"), "clearance", ["provider_id"], unique=False)
    op.create_index("ix_clearance_status", "clearance", ["status", "asked_at"], unique=False)


def downgrade() -> None:
    raise NotImplementedError("what clients told us is not thrown away")
