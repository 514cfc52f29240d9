"""Papers that arrived, what goes with a letter, and marks that an order and a visit keep."""

import sqlalchemy as sa
from alembic import op

from clinic.core.db import UtcDateTime
from clinic.core.migrating import grant

revision = "0020_closing"
down_revision = "0019_directory"
branch_labels = None
depends_on = None


def upgrade() -> None:
    _add("provider", "note VARCHAR(200) DEFAULT '' NOT NULL")
    _add(
        "organisation",
        "referral_contact VARCHAR(80) DEFAULT '' NOT NULL",
        "hours VARCHAR(120) DEFAULT '' NOT NULL",
    )
    _add("referral", "used_elsewhere BOOLEAN")
    op.add_column("referral", sa.Column("precautions_read_at", UtcDateTime(), nullable=True))
    _add(
        "authorisation",
        "received_on DATE",
        "frequency VARCHAR(80) DEFAULT '' NOT NULL",
        "document_id INTEGER CONSTRAINT fk_authorisation_document_id"
        " REFERENCES referral_document (id)",
    )
    op.add_column("visit", sa.Column("self_pay_agreed_at", UtcDateTime(), nullable=True))
    _confirmed()
    _attachments()
    _papers()


def _confirmed() -> None:
    """Confirmed before, precautions set no limits: those of orders that have not ended are
    confirmed again."""
    op.execute(
        "UPDATE referral SET precautions_read_at = (SELECT referral_case.precautions_at"
        " FROM referral_case WHERE referral_case.referral_id = referral.id)"
        " WHERE referral.ended_on IS NOT NULL OR referral.precautions_sealed IS NULL"
    )
    op.execute(
        "UPDATE referral_case SET precautions_at = NULL, precautions_by_id = NULL"
        " WHERE referral_id IN (SELECT referral.id FROM referral"
        " WHERE referral.ended_on IS NULL AND referral.precautions_sealed IS NOT NULL)"
    )


def _add(table: str, *columns: str) -> None:
    for column in columns:
        op.execute(f"ALTER TABLE {table} ADD COLUMN {column}")


def _attachments() -> None:
    op.create_table(
        "letter_attachment",
        sa.Column("letter_id", sa.Integer(), nullable=False),
        sa.Column("file_id", sa.Integer(), nullable=False),
        sa.Column("tells", sa.String(length=20), nullable=False),
        *_of_a_row(),
        sa.ForeignKeyConstraint(
            ["letter_id"], ["letter.id"], name=op.f("fk_letter_attachment_letter_id")
        ),
        sa.ForeignKeyConstraint(
            ["file_id"], ["stored_file.id"], name=op.f("fk_letter_attachment_file_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_letter_attachment")),
        sa.UniqueConstraint(
            "letter_id", "file_id", name=op.f("uq_letter_attachment_letter_id_file_id")
        ),
        sa.UniqueConstraint("public_id", name=op.f("uq_letter_attachment_public_id")),
    )
    op.create_index(op.f("ix_letter_attachment_file_id"), "letter_attachment", ["file_id"])
    grant("letter_attachment")


def _papers() -> None:
    op.create_table(
        "arrived_paper",
        sa.Column("file_id", sa.Integer(), nullable=False),
        sa.Column("arrived_at", UtcDateTime(), nullable=False),
        sa.Column("arrived_via", sa.String(length=10), nullable=False),
        sa.Column("note_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("status", sa.String(length=10), nullable=False),
        sa.Column("became", sa.String(length=16), nullable=False),
        sa.Column("client_id", sa.Integer(), nullable=True),
        sa.Column("referral_id", sa.Integer(), nullable=True),
        sa.Column("settled_at", UtcDateTime(), nullable=True),
        sa.Column("settled_by_id", sa.Integer(), nullable=True),
        sa.Column("settled_why", sa.String(length=200), nullable=False),
        *_of_a_row(),
        sa.CheckConstraint(
            "arrived_via IN ('fax', 'post', 'phone', 'email', 'hand', 'portal')",
            name=op.f("ck_arrived_paper_arrived_via"),
        ),
        sa.CheckConstraint(
            "status IN ('waiting', 'filed', 'set_aside')", name=op.f("ck_arrived_paper_status")
        ),
        sa.CheckConstraint(
            "became = '' OR became IN ('order', 'document', 'answer', 'acknowledgement')",
            name=op.f("ck_arrived_paper_became"),
        ),
        sa.CheckConstraint(
            "(status = 'filed') = (became <> '')", name=op.f("ck_arrived_paper_filed_as")
        ),
        sa.CheckConstraint(
            "status <> 'filed' OR client_id IS NOT NULL", name=op.f("ck_arrived_paper_of_client")
        ),
        sa.CheckConstraint(
            "status <> 'set_aside' OR settled_why <> ''",
            name=op.f("ck_arrived_paper_set_aside_with_reason"),
        ),
        sa.CheckConstraint(
            "(status = 'waiting') = (settled_at IS NULL)", name=op.f("ck_arrived_paper_settled")
        ),
        sa.ForeignKeyConstraint(
            ["file_id"], ["stored_file.id"], name=op.f("fk_arrived_paper_file_id")
        ),
        sa.ForeignKeyConstraint(
            ["client_id"], ["client.id"], name=op.f("fk_arrived_paper_client_id")
        ),
        sa.ForeignKeyConstraint(
            ["referral_id"], ["referral.id"], name=op.f("fk_arrived_paper_referral_id")
        ),
        sa.ForeignKeyConstraint(
            ["settled_by_id"], ["staff_member.id"], name=op.f("fk_arrived_paper_settled_by_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_arrived_paper")),
        sa.UniqueConstraint("file_id", name=op.f("uq_arrived_paper_file_id")),
        sa.UniqueConstraint("public_id", name=op.f("uq_arrived_paper_public_id")),
    )
    op.create_index("ix_arrived_paper_waiting", "arrived_paper", ["status", "arrived_at"])
    for column in ("client_id", "referral_id"):
        op.create_index(op.f(f"ix_arrived_paper_{column}"), "arrived_paper", [column])
    grant("arrived_paper")


def _of_a_row() -> tuple[sa.Column[object], ...]:
    return (
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("public_id", sa.String(length=20), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("updated_at", UtcDateTime(), nullable=False),
    )


def downgrade() -> None:
    raise NotImplementedError("what arrived is not taken apart again")
