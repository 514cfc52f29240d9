"""What somebody agreed to, and what a provider answered, stays; one plan of a client is open.

Why who treats ended a visit is sealed: everybody reads the other reason.
"""

import sqlalchemy as sa
from alembic import op

from clinic.core.migrating import locked, refused

revision = "0014_kept"
down_revision = "0013_preferences"
branch_labels = None
depends_on = None

GIVEN = (
    "id", "public_id", "client_id", "kind", "text_number", "answer", "given_by", "method",
    "given_on", "expires_on", "provider_id", "scope_sealed", "signature_sealed", "taken_by_id",
    "created_at",
)  # fmt: skip
ANSWERED = (
    "id", "public_id", "client_id", "provider_id", "details_sealed", "asked_at", "asked_by_id",
    "answered_by_id", "valid_until", "created_at",
)  # fmt: skip
OPEN = "status NOT IN ('completed', 'stopped')"


def upgrade() -> None:
    op.create_index(
        "uq_open_treatment_plan", "treatment_plan", ["client_id"], unique=True,
        sqlite_where=sa.text(OPEN), postgresql_where=sa.text(OPEN),
    )  # fmt: skip
    op.add_column("visit", sa.Column("why_sealed", sa.LargeBinary(), nullable=True))
    op.add_column("clearance", sa.Column("why_sealed", sa.LargeBinary(), nullable=True))
    # A consent is taken back, replaced or called an error: once, and for good.
    locked("consent", *GIVEN)
    refused(
        "consent", "ended",
        "OLD.status <> 'active' AND (NEW.status <> OLD.status"
        " OR NEW.withdrawn_at {is_not} OLD.withdrawn_at OR NEW.why_sealed {is_not} OLD.why_sealed)"
        " OR OLD.status = 'active' AND NEW.status = 'active'"
        " AND NEW.why_sealed {is_not} OLD.why_sealed",
    )  # fmt: skip
    # An answer can be taken back, with why; nothing else of it changes.
    locked("clearance", *ANSWERED, when="OLD.status <> 'asked'")
    refused(
        "clearance", "answered",
        "OLD.status <> 'asked' AND NEW.status NOT IN (OLD.status, 'withdrawn')"
        " OR OLD.status <> 'asked' AND NEW.status = OLD.status"
        " AND (NEW.answered_at {is_not} OLD.answered_at OR NEW.why_sealed {is_not} OLD.why_sealed)",
    )  # fmt: skip


def downgrade() -> None:
    raise NotImplementedError("what was agreed to is not opened again")
