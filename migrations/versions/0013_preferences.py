"""Where a client would like more, where not to be touched, and how they are covered."""

from alembic import op

revision = "0013_preferences"
down_revision = "0012_records"
branch_labels = None
depends_on = None

COLUMNS = (
    "focus_areas VARCHAR(240) DEFAULT '' NOT NULL",
    "avoid_areas VARCHAR(240) DEFAULT '' NOT NULL",
    "draping VARCHAR(10) DEFAULT '' NOT NULL",
)


def upgrade() -> None:
    for column in COLUMNS:
        op.execute(f"ALTER TABLE preference ADD COLUMN {column}")


def downgrade() -> None:
    for column in COLUMNS:
        op.drop_column("preference", column.split()[0])
