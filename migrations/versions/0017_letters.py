"""Letters, each as it was sent, and where it went with whose consent."""

import sqlalchemy as sa
from alembic import op

from clinic.core.db import UtcDateTime
from clinic.core.migrating import GROWING, grant, locked, only_grows, refused

revision = "0017_letters"
down_revision = "0016_orders"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "letter",
        sa.Column("client_id", sa.Integer(), nullable=False),
        sa.Column("provider_id", sa.Integer(), nullable=False),
        sa.Column("organisation_id", sa.Integer(), nullable=True),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("direction", sa.String(length=3), nullable=False),
        sa.Column("status", sa.String(length=10), nullable=False),
        sa.Column("about", sa.String(length=60), nullable=False),
        sa.Column("reference", sa.String(length=20), nullable=False),
        sa.Column("content_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("ready_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("is_bare", sa.Boolean(), nullable=False),
        sa.Column("written_by_id", sa.Integer(), nullable=True),
        sa.Column("approved_at", UtcDateTime(), nullable=True),
        sa.Column("approved_by_id", sa.Integer(), nullable=True),
        sa.Column("sent_at", UtcDateTime(), nullable=True),
        sa.Column("delivered_at", UtcDateTime(), nullable=True),
        sa.Column("acknowledged_on", sa.Date(), nullable=True),
        sa.Column("acknowledged_by", sa.String(length=80), server_default="", nullable=False),
        sa.Column("needs_reply_by", sa.Date(), nullable=True),
        sa.Column("replied_on", sa.Date(), nullable=True),
        sa.Column("cancelled_why", sa.String(length=200), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("public_id", sa.String(length=20), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("updated_at", UtcDateTime(), nullable=False),
        sa.CheckConstraint(
            "(direction = 'in') = (status IN ('received', 'filed'))",
            name=op.f("ck_letter_direction_fits"),
        ),
        sa.CheckConstraint("direction IN ('out', 'in')", name=op.f("ck_letter_direction")),
        sa.CheckConstraint(
            "NOT is_bare OR kind IN ('acknowledgement', 'missing_information', 'decline')",
            name=op.f("ck_letter_bare"),
        ),
        sa.CheckConstraint(
            "kind IN ('acknowledgement', 'missing_information', 'decline', 'unreachable', 'first_visit', 'progress', 'renewal', 'discharge', 'outbound', 'clearance', 'closing', 'reply', 'other')",
            name=op.f("ck_letter_kind"),
        ),
        sa.CheckConstraint(
            "status IN ('draft', 'approved', 'sent', 'delivered', 'failed', 'cancelled', 'received', 'filed')",
            name=op.f("ck_letter_status"),
        ),
        sa.CheckConstraint(
            "status NOT IN ('approved', 'sent', 'delivered', 'failed') OR approved_at IS NOT NULL",
            name=op.f("ck_letter_approved"),
        ),
        sa.ForeignKeyConstraint(
            ["approved_by_id"], ["staff_member.id"], name=op.f("fk_letter_approved_by_id")
        ),
        sa.ForeignKeyConstraint(["client_id"], ["client.id"], name=op.f("fk_letter_client_id")),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["organisation.id"], name=op.f("fk_letter_organisation_id")
        ),
        sa.ForeignKeyConstraint(
            ["provider_id"], ["provider.id"], name=op.f("fk_letter_provider_id")
        ),
        sa.ForeignKeyConstraint(
            ["written_by_id"], ["staff_member.id"], name=op.f("fk_letter_written_by_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_letter")),
        sa.UniqueConstraint(
            "id",
            "kind",
            "client_id",
            "provider_id",
            "is_bare",
            name="uq_letter_sent",
        ),
        sa.UniqueConstraint("public_id", name=op.f("uq_letter_public_id")),
    )
    op.create_index("ix_letter_about", "letter", ["about"], unique=False)
    op.create_index("ix_letter_client", "letter", ["client_id"], unique=False)
    op.create_index("ix_letter_provider", "letter", ["provider_id", "status"], unique=False)
    op.create_index("ix_letter_reply", "letter", ["needs_reply_by"], unique=False)
    op.create_table(
        "letter_version",
        sa.Column("letter_id", sa.Integer(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("file_id", sa.Integer(), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("made_at", UtcDateTime(), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("public_id", sa.String(length=20), nullable=False),
        sa.ForeignKeyConstraint(
            ["file_id"], ["stored_file.id"], name=op.f("fk_letter_version_file_id")
        ),
        sa.ForeignKeyConstraint(
            ["letter_id"], ["letter.id"], name=op.f("fk_letter_version_letter_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_letter_version")),
        sa.UniqueConstraint("id", "letter_id", name=op.f("uq_letter_version_id_letter_id")),
        sa.UniqueConstraint("letter_id", "number", name=op.f("uq_letter_version_letter_id_number")),
        sa.UniqueConstraint("public_id", name=op.f("uq_letter_version_public_id")),
    )
    op.create_table(
        "dispatch",
        sa.Column("letter_id", sa.Integer(), nullable=False),
        sa.Column("letter_kind", sa.String(length=20), nullable=False),
        sa.Column("letter_is_bare", sa.Boolean(), nullable=False),
        sa.Column("client_id", sa.Integer(), nullable=False),
        sa.Column("provider_id", sa.Integer(), nullable=False),
        sa.Column("version_id", sa.Integer(), nullable=False),
        sa.Column("consent_id", sa.Integer(), nullable=True),
        sa.Column("channel", sa.String(length=10), nullable=False),
        sa.Column("status", sa.String(length=10), nullable=False),
        sa.Column("to_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("note_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("message_id", sa.Integer(), nullable=True),
        sa.Column("sent_at", UtcDateTime(), nullable=True),
        sa.Column("sent_by_id", sa.Integer(), nullable=True),
        sa.Column("delivered_at", UtcDateTime(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("public_id", sa.String(length=20), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("updated_at", UtcDateTime(), nullable=False),
        sa.CheckConstraint(
            "channel IN ('print', 'post', 'fax', 'email', 'phone')",
            name=op.f("ck_dispatch_channel"),
        ),
        sa.CheckConstraint(
            "consent_id IS NOT NULL OR letter_is_bare",
            name=op.f("ck_dispatch_with_consent"),
        ),
        sa.CheckConstraint(
            "status <> 'delivered' OR delivered_at IS NOT NULL", name=op.f("ck_dispatch_delivered")
        ),
        sa.CheckConstraint(
            "status IN ('prepared', 'sent', 'delivered', 'failed', 'withdrawn')",
            name=op.f("ck_dispatch_status"),
        ),
        sa.ForeignKeyConstraint(
            ["consent_id"], ["consent.id"], name=op.f("fk_dispatch_consent_id")
        ),
        sa.ForeignKeyConstraint(
            ["letter_id", "letter_kind", "client_id", "provider_id", "letter_is_bare"],
            [
                "letter.id",
                "letter.kind",
                "letter.client_id",
                "letter.provider_id",
                "letter.is_bare",
            ],
            name="fk_dispatch_letter",
        ),
        sa.ForeignKeyConstraint(
            ["message_id"], ["outbox_message.id"], name=op.f("fk_dispatch_message_id")
        ),
        sa.ForeignKeyConstraint(
            ["sent_by_id"], ["staff_member.id"], name=op.f("fk_dispatch_sent_by_id")
        ),
        sa.ForeignKeyConstraint(
            ["version_id", "letter_id"],
            ["letter_version.id", "letter_version.letter_id"],
            name="fk_dispatch_version",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_dispatch")),
        sa.UniqueConstraint("public_id", name=op.f("uq_dispatch_public_id")),
    )
    op.create_index("ix_dispatch_consent", "dispatch", ["consent_id"], unique=False)
    op.create_index("ix_dispatch_letter", "dispatch", ["letter_id"], unique=False)
    op.create_index(op.f("ix_dispatch_message_id"), "dispatch", ["message_id"], unique=False)
    only_grows("letter_version")
    grant("letter_version", rights=GROWING)
    grant("letter", "dispatch")
    # What left is not written again: neither the letter nor where it went.
    locked(
        "letter", "id", "public_id", "client_id", "provider_id", "kind", "direction",
        "content_sealed", "ready_sealed", "is_bare", "approved_at", "approved_by_id", "created_at",
        when="OLD.status IN ('sent', 'delivered', 'failed', 'filed')",
    )  # fmt: skip
    locked(
        "dispatch", "id", "public_id", "letter_id", "version_id", "letter_kind",
        "letter_is_bare", "client_id", "provider_id", "channel", "to_sealed", "created_at",
    )  # fmt: skip
    refused(
        "dispatch", "consent_kept",
        "OLD.sent_at IS NOT NULL AND NEW.consent_id {is_not} OLD.consent_id",
    )  # fmt: skip


def downgrade() -> None:
    raise NotImplementedError("referrals are not taken apart again")
