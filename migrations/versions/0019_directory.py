"""Two records of one provider outside: one stands for both, and either can be parted again."""

from alembic import op

revision = "0019_directory"
down_revision = "0018_coordination"
branch_labels = None
depends_on = None


def upgrade() -> None:
    # One statement on both engines: neither builds the table anew.
    op.execute(
        "ALTER TABLE provider ADD COLUMN merged_into_id INTEGER"
        " CONSTRAINT fk_provider_merged_into_id REFERENCES provider (id)"
        " CONSTRAINT ck_provider_not_itself CHECK (merged_into_id <> id)"
    )
    op.create_index("ix_provider_merged_into_id", "provider", ["merged_into_id"])


def downgrade() -> None:
    raise NotImplementedError("referrals are not taken apart again")
