"""What was read in from elsewhere: each import, and every row that it wrote."""

import sqlalchemy as sa
from alembic import op

from clinic.core.db import UtcDateTime
from clinic.core.migrating import grant

revision = "0008_imports"
down_revision = "0007_scheduling"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "import_run",
        sa.Column("format", sa.String(length=10), nullable=False),
        sa.Column("source", sa.String(length=120), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("refused", sa.Integer(), nullable=False),
        sa.Column("ended_at", UtcDateTime(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("public_id", sa.String(length=20), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("updated_at", UtcDateTime(), nullable=False),
        sa.CheckConstraint("format IN ('clients', 'synthea')", name=op.f("ck_import_run_format")),
        sa.CheckConstraint(
            "state IN ('writing', 'done', 'undoing', 'undone')", name=op.f("ck_import_run_state")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_import_run")),
        sa.UniqueConstraint("public_id", name=op.f("uq_import_run_public_id")),
    )
    op.create_table(
        "import_row",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("import_id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=12), nullable=False),
        sa.Column("object_id", sa.Integer(), nullable=False),
        sa.Column("key_id", sa.Integer(), nullable=True),
        sa.Column("ref", sa.String(length=160), nullable=False),
        sa.Column("digest", sa.LargeBinary(length=16), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("touches", sa.Integer(), nullable=False),
        sa.Column("line", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.CheckConstraint(
            "kind IN ('client', 'history', 'organisation', 'provider')",
            name=op.f("ck_import_row_kind"),
        ),
        sa.CheckConstraint(
            "state IN ('written', 'kept', 'removed', 'forgotten')",
            name=op.f("ck_import_row_state"),
        ),
        sa.ForeignKeyConstraint(
            ["import_id"], ["import_run.id"], name=op.f("fk_import_row_import_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_import_row")),
    )
    op.create_index("ix_import_row_import", "import_row", ["import_id", "kind", "state", "id"])
    op.create_index("ix_import_row_ref", "import_row", ["ref"])
    op.create_index("ix_import_row_object", "import_row", ["kind", "object_id"])
    grant("import_run", "import_row")


def downgrade() -> None:
    op.drop_table("import_row")
    op.drop_table("import_run")
