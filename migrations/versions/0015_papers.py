"""Documents, the outbox, tasks, and when the clinic's own machinery last ran."""

import sqlalchemy as sa
from alembic import op

from clinic.core.db import UtcDateTime
from clinic.core.migrating import GROWING, grant, locked, only_grows

revision = "0015_papers"
down_revision = "0014_kept"
branch_labels = None
depends_on = None


def upgrade() -> None:
    _add(
        "setting",
        "over_authorisation VARCHAR(6) DEFAULT 'refuse' NOT NULL"
        " CONSTRAINT ck_setting_over_authorisation"
        " CHECK (over_authorisation IN ('refuse', 'warn'))",
        "desk_sees_diagnosis BOOLEAN DEFAULT false NOT NULL",
    )
    op.create_table(
        "heartbeat",
        sa.Column("name", sa.String(length=20), nullable=False),
        sa.Column("began_at", UtcDateTime(), nullable=False),
        sa.Column("ended_at", UtcDateTime(), nullable=True),
        sa.Column("outcome", sa.String(length=6), nullable=False),
        sa.Column("did", sa.String(length=200), nullable=False),
        sa.CheckConstraint("outcome IN ('', 'done', 'failed')", name=op.f("ck_heartbeat_outcome")),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_heartbeat")),
    )
    op.create_table(
        "stored_file",
        sa.Column("key_id", sa.Integer(), nullable=False),
        sa.Column("name_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("media_type", sa.String(length=20), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("kept_as", sa.String(length=40), nullable=False),
        sa.Column("pages", sa.Integer(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("public_id", sa.String(length=20), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("updated_at", UtcDateTime(), nullable=False),
        sa.CheckConstraint(
            "media_type IN ('application/pdf', 'image/png', 'image/jpeg')",
            name=op.f("ck_stored_file_media_type"),
        ),
        sa.CheckConstraint("size > 0", name=op.f("ck_stored_file_size")),
        sa.ForeignKeyConstraint(["key_id"], ["subject_key.id"], name=op.f("fk_stored_file_key_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_stored_file")),
        sa.UniqueConstraint("kept_as", name=op.f("uq_stored_file_kept_as")),
        sa.UniqueConstraint("public_id", name=op.f("uq_stored_file_public_id")),
    )
    op.create_index(op.f("ix_stored_file_key_id"), "stored_file", ["key_id"], unique=False)
    op.create_table(
        "outbox_message",
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("about", sa.String(length=60), nullable=False),
        sa.Column("key_id", sa.Integer(), nullable=False),
        sa.Column("to_sealed", sa.LargeBinary(), nullable=False),
        sa.Column("subject_sealed", sa.LargeBinary(), nullable=False),
        sa.Column("body_sealed", sa.LargeBinary(), nullable=False),
        sa.Column("file_id", sa.Integer(), nullable=True),
        sa.Column("status", sa.String(length=10), nullable=False),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("next_try_at", UtcDateTime(), nullable=False),
        sa.Column("claimed_at", UtcDateTime(), nullable=True),
        sa.Column("sent_at", UtcDateTime(), nullable=True),
        sa.Column("dedupe", sa.String(length=80), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("public_id", sa.String(length=20), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("updated_at", UtcDateTime(), nullable=False),
        sa.CheckConstraint(
            "(sent_at IS NOT NULL) = (status = 'sent')", name=op.f("ck_outbox_message_sent")
        ),
        sa.CheckConstraint(
            "status IN ('waiting', 'sent', 'dead', 'withdrawn')",
            name=op.f("ck_outbox_message_status"),
        ),
        sa.ForeignKeyConstraint(
            ["file_id"], ["stored_file.id"], name=op.f("fk_outbox_message_file_id")
        ),
        sa.ForeignKeyConstraint(
            ["key_id"], ["subject_key.id"], name=op.f("fk_outbox_message_key_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_outbox_message")),
        sa.UniqueConstraint("dedupe", name=op.f("uq_outbox_message_dedupe")),
        sa.UniqueConstraint("public_id", name=op.f("uq_outbox_message_public_id")),
    )
    op.create_index("ix_outbox_message_about", "outbox_message", ["about"], unique=False)
    op.create_index(
        "ix_outbox_message_waiting", "outbox_message", ["status", "next_try_at"], unique=False
    )
    op.create_table(
        "delivery_attempt",
        sa.Column("message_id", sa.Integer(), nullable=False),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.Column("outcome", sa.String(length=10), nullable=False),
        sa.Column("why", sa.String(length=200), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("public_id", sa.String(length=20), nullable=False),
        sa.CheckConstraint(
            "outcome IN ('sent', 'failed', 'refused')", name=op.f("ck_delivery_attempt_outcome")
        ),
        sa.ForeignKeyConstraint(
            ["message_id"], ["outbox_message.id"], name=op.f("fk_delivery_attempt_message_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_delivery_attempt")),
        sa.UniqueConstraint("public_id", name=op.f("uq_delivery_attempt_public_id")),
    )
    op.create_index(
        op.f("ix_delivery_attempt_message_id"), "delivery_attempt", ["message_id"], unique=False
    )
    op.create_table(
        "task",
        sa.Column("kind", sa.String(length=24), nullable=False),
        sa.Column("about", sa.String(length=60), nullable=False),
        sa.Column("client_id", sa.Integer(), nullable=True),
        sa.Column("assignee_id", sa.Integer(), nullable=True),
        sa.Column("role", sa.String(length=16), nullable=True),
        sa.Column("home", sa.String(length=16), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=False),
        sa.Column("asked_for", sa.Date(), nullable=False),
        sa.Column("status", sa.String(length=12), nullable=False),
        sa.Column("snoozed_until", sa.Date(), nullable=True),
        sa.Column("note", sa.String(length=200), nullable=False),
        sa.Column("outcome", sa.String(length=200), nullable=False),
        sa.Column("escalates_to", sa.String(length=16), nullable=True),
        sa.Column("escalated_at", UtcDateTime(), nullable=True),
        sa.Column("closed_at", UtcDateTime(), nullable=True),
        sa.Column("closed_by_id", sa.Integer(), nullable=True),
        sa.Column("dedupe", sa.String(length=80), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("public_id", sa.String(length=20), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("updated_at", UtcDateTime(), nullable=False),
        sa.CheckConstraint(
            "(closed_at IS NOT NULL) = (status IN ('done', 'cancelled'))",
            name=op.f("ck_task_closed"),
        ),
        sa.CheckConstraint(
            "(status = 'snoozed') = (snoozed_until IS NOT NULL)", name=op.f("ck_task_snoozed")
        ),
        sa.CheckConstraint(
            "closed_at IS NULL OR outcome <> ''", name=op.f("ck_task_closed_with_outcome")
        ),
        sa.CheckConstraint(
            "escalates_to IS NULL OR escalates_to IN ('receptionist', 'therapist', 'owner')",
            name=op.f("ck_task_escalates_to"),
        ),
        sa.CheckConstraint(
            "home IN ('receptionist', 'therapist', 'owner')", name=op.f("ck_task_home")
        ),
        sa.CheckConstraint(
            "role IS NULL OR role IN ('receptionist', 'therapist', 'owner')",
            name=op.f("ck_task_role"),
        ),
        sa.CheckConstraint(
            "status IN ('open', 'in_progress', 'snoozed', 'done', 'cancelled')",
            name=op.f("ck_task_status"),
        ),
        sa.CheckConstraint(
            "(assignee_id IS NULL) <> (role IS NULL)", name=op.f("ck_task_one_owner")
        ),
        sa.ForeignKeyConstraint(
            ["assignee_id"], ["staff_member.id"], name=op.f("fk_task_assignee_id")
        ),
        sa.ForeignKeyConstraint(["client_id"], ["client.id"], name=op.f("fk_task_client_id")),
        sa.ForeignKeyConstraint(
            ["closed_by_id"], ["staff_member.id"], name=op.f("fk_task_closed_by_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_task")),
        sa.UniqueConstraint("public_id", name=op.f("uq_task_public_id")),
    )
    op.create_index("ix_task_about", "task", ["about", "status"], unique=False)
    op.create_index("ix_task_assignee", "task", ["assignee_id", "status", "due_on"], unique=False)
    op.create_index(op.f("ix_task_client_id"), "task", ["client_id"], unique=False)
    op.create_index("ix_task_role", "task", ["role", "status", "due_on"], unique=False)
    op.create_index(
        "uq_task_live",
        "task",
        ["dedupe"],
        unique=True,
        sqlite_where=sa.text("status IN ('open', 'in_progress', 'snoozed')"),
        postgresql_where=sa.text("status IN ('open', 'in_progress', 'snoozed')"),
    )
    only_grows("delivery_attempt")
    grant("delivery_attempt", rights=GROWING)
    grant("heartbeat", "stored_file", "outbox_message", "task")
    locked(
        "stored_file", "id", "public_id", "key_id", "media_type", "size", "sha256", "kept_as",
        "created_at", may_go=True,
    )  # fmt: skip


def _add(table: str, *columns: str) -> None:
    """Columns with their checks; neither engine needs the table to be built anew."""
    for column in columns:
        op.execute(f"ALTER TABLE {table} ADD COLUMN {column}")


def downgrade() -> None:
    raise NotImplementedError("referrals are not taken apart again")
