"""Notes, measures, plans and events; what the gate says of health; what closes a visit."""

import sqlalchemy as sa
from alembic import op

from clinic.core.db import UtcDateTime
from clinic.core.migrating import GROWING, grant, is_postgresql, locked, only_grows

revision = "0012_records"
down_revision = "0011_health"
branch_labels = None
depends_on = None

TABLES = ("visit_seal", "note", "treatment_plan", "reading", "adverse_event")


def upgrade() -> None:
    _let_verdicts_say_more()
    _notes()
    _plans_and_events()
    only_grows("addendum")
    grant("addendum", rights=GROWING)
    grant(*TABLES)
    locked(
        "note",
        "id", "public_id", "client_id", "visit_id", "author_id", "kind", "body_sealed", "pen",
        "minutes", "saved_at", "signed_at", "signed_as", "is_late", "created_at",
        when="OLD.signed_at IS NOT NULL",
    )  # fmt: skip
    _lock_readings()


def _let_verdicts_say_more() -> None:
    for column in (
        "effects TEXT DEFAULT '' NOT NULL",
        "is_misfit BOOLEAN DEFAULT false NOT NULL",
        "facts_version INTEGER DEFAULT 0 NOT NULL",
        "rules_version INTEGER DEFAULT 0 NOT NULL",
    ):
        op.execute(f"ALTER TABLE visit_verdict ADD COLUMN {column}")
    op.add_column("visit_verdict", sa.Column("why_sealed", sa.LargeBinary(), nullable=True))
    op.drop_column("visit_verdict", "actions")


def _lock_readings() -> None:
    """What was measured for a note is locked with it, and nothing is slipped into it later."""
    signed = "EXISTS (SELECT 1 FROM note WHERE id = {row}.note_id AND signed_at IS NOT NULL)"
    guards = {
        "INSERT": signed.format(row="NEW"),
        "UPDATE": f"{signed.format(row='OLD')} OR {signed.format(row='NEW')}",
        "DELETE": signed.format(row="OLD"),
    }
    for action, condition in guards.items():
        name = f"reading_locked_{action.lower()}"
        if not is_postgresql():
            op.execute(
                f"CREATE TRIGGER {name} BEFORE {action} ON reading WHEN {condition}"
                " BEGIN SELECT RAISE(ABORT, 'append_only'); END"
            )
            continue
        row = "OLD" if action == "DELETE" else "NEW"
        op.execute(
            f"CREATE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN"
            f" IF {condition} THEN RAISE EXCEPTION 'append_only'; END IF; RETURN {row}; END $$"
        )
        op.execute(
            f"CREATE TRIGGER {name} BEFORE {action} ON reading"
            f" FOR EACH ROW EXECUTE FUNCTION {name}()"
        )
    if is_postgresql():
        op.execute(
            "CREATE TRIGGER reading_no_truncate BEFORE TRUNCATE ON reading"
            " FOR EACH STATEMENT EXECUTE FUNCTION refuse_rewriting()"
        )


def _notes() -> None:
    op.create_table(
        "visit_seal",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("visit_id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=10), nullable=False),
        sa.Column("made_at", UtcDateTime(), nullable=False),
        sa.CheckConstraint("kind IN ('note', 'payment')", name=op.f("ck_visit_seal_kind")),
        sa.ForeignKeyConstraint(["visit_id"], ["visit.id"], name=op.f("fk_visit_seal_visit_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_visit_seal")),
        sa.UniqueConstraint("visit_id", "kind", name=op.f("uq_visit_seal_visit_id_kind")),
    )
    op.create_table(
        "note",
        sa.Column("client_id", sa.Integer(), nullable=False),
        sa.Column("visit_id", sa.Integer(), nullable=False),
        sa.Column("author_id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=10), nullable=False),
        sa.Column("status", sa.String(length=20), nullable=False),
        sa.Column("body_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("pen", sa.String(length=40), nullable=False),
        sa.Column("minutes", sa.Integer(), nullable=True),
        sa.Column("saved_at", UtcDateTime(), nullable=True),
        sa.Column("signed_at", UtcDateTime(), nullable=True),
        sa.Column("signed_as", sa.String(length=160), nullable=False),
        sa.Column("is_late", sa.Boolean(), nullable=False),
        sa.Column("why_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("public_id", sa.String(length=20), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("updated_at", UtcDateTime(), nullable=False),
        sa.CheckConstraint(
            "kind IN ('initial', 'return', 'short', 'reeval', 'phone')", name=op.f("ck_note_kind")
        ),
        sa.CheckConstraint("status <> 'draft' OR signed_at IS NULL", name=op.f("ck_note_draft")),
        sa.CheckConstraint(
            "status IN ('draft', 'signed', 'amended', 'entered_in_error')",
            name=op.f("ck_note_status"),
        ),
        sa.CheckConstraint(
            "status NOT IN ('signed', 'amended') OR signed_at IS NOT NULL",
            name=op.f("ck_note_signed"),
        ),
        sa.CheckConstraint(
            "minutes IS NULL OR minutes BETWEEN 1 AND 600", name=op.f("ck_note_minutes")
        ),
        sa.ForeignKeyConstraint(["author_id"], ["staff_member.id"], name=op.f("fk_note_author_id")),
        sa.ForeignKeyConstraint(["client_id"], ["client.id"], name=op.f("fk_note_client_id")),
        sa.ForeignKeyConstraint(["visit_id"], ["visit.id"], name=op.f("fk_note_visit_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_note")),
        sa.UniqueConstraint("public_id", name=op.f("uq_note_public_id")),
    )
    op.create_index("ix_note_author", "note", ["author_id", "status"], unique=False)
    op.create_index("ix_note_client", "note", ["client_id", "id"], unique=False)
    op.create_index("ix_note_visit", "note", ["visit_id"], unique=False)
    op.create_index(
        "uq_note_of_visit",
        "note",
        ["visit_id"],
        unique=True,
        sqlite_where=sa.text("status != 'entered_in_error'"),
        postgresql_where=sa.text("status != 'entered_in_error'"),
    )
    op.create_table(
        "addendum",
        sa.Column("client_id", sa.Integer(), nullable=False),
        sa.Column("note_id", sa.Integer(), nullable=False),
        sa.Column("author_id", sa.Integer(), nullable=False),
        sa.Column("added_at", UtcDateTime(), nullable=False),
        sa.Column("signed_as", sa.String(length=160), nullable=False),
        sa.Column("text_sealed", sa.LargeBinary(), nullable=False),
        sa.Column("why_sealed", sa.LargeBinary(), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("public_id", sa.String(length=20), nullable=False),
        sa.ForeignKeyConstraint(
            ["author_id"], ["staff_member.id"], name=op.f("fk_addendum_author_id")
        ),
        sa.ForeignKeyConstraint(["client_id"], ["client.id"], name=op.f("fk_addendum_client_id")),
        sa.ForeignKeyConstraint(["note_id"], ["note.id"], name=op.f("fk_addendum_note_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_addendum")),
        sa.UniqueConstraint("public_id", name=op.f("uq_addendum_public_id")),
    )
    op.create_index(op.f("ix_addendum_note_id"), "addendum", ["note_id"], unique=False)


def _plans_and_events() -> None:
    op.create_table(
        "treatment_plan",
        sa.Column("client_id", sa.Integer(), nullable=False),
        sa.Column("therapist_id", sa.Integer(), nullable=False),
        sa.Column("series_id", sa.Integer(), nullable=True),
        sa.Column("status", sa.String(length=10), nullable=False),
        sa.Column("opened_on", sa.Date(), nullable=False),
        sa.Column("review_every_visits", sa.Integer(), nullable=False),
        sa.Column("review_every_days", sa.Integer(), nullable=False),
        sa.Column("review_on", sa.Date(), nullable=True),
        sa.Column("ended_on", sa.Date(), nullable=True),
        sa.Column("details_sealed", sa.LargeBinary(), nullable=False),
        sa.Column("why_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("public_id", sa.String(length=20), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("updated_at", UtcDateTime(), nullable=False),
        sa.CheckConstraint(
            "status IN ('draft', 'active', 'paused', 'completed', 'stopped')",
            name=op.f("ck_treatment_plan_status"),
        ),
        sa.CheckConstraint(
            "review_every_days BETWEEN 1 AND 366", name=op.f("ck_treatment_plan_review_days")
        ),
        sa.CheckConstraint(
            "review_every_visits BETWEEN 1 AND 60", name=op.f("ck_treatment_plan_review_visits")
        ),
        sa.ForeignKeyConstraint(
            ["client_id"], ["client.id"], name=op.f("fk_treatment_plan_client_id")
        ),
        sa.ForeignKeyConstraint(
            ["series_id"], ["series.id"], name=op.f("fk_treatment_plan_series_id")
        ),
        sa.ForeignKeyConstraint(
            ["therapist_id"], ["staff_member.id"], name=op.f("fk_treatment_plan_therapist_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_treatment_plan")),
        sa.UniqueConstraint("public_id", name=op.f("uq_treatment_plan_public_id")),
        sa.UniqueConstraint("series_id", name=op.f("uq_treatment_plan_series_id")),
    )
    op.create_index("ix_treatment_plan_client", "treatment_plan", ["client_id"], unique=False)
    op.create_index(
        "ix_treatment_plan_status", "treatment_plan", ["status", "review_on"], unique=False
    )
    op.create_table(
        "reading",
        sa.Column("client_id", sa.Integer(), nullable=False),
        sa.Column("note_id", sa.Integer(), nullable=True),
        sa.Column("visit_id", sa.Integer(), nullable=True),
        sa.Column("plan_id", sa.Integer(), nullable=True),
        sa.Column("taken_on", sa.Date(), nullable=False),
        sa.Column("taken_by_id", sa.Integer(), nullable=True),
        sa.Column("phase", sa.String(length=10), nullable=False),
        sa.Column("details_sealed", sa.LargeBinary(), nullable=False),
        sa.Column("voided_at", UtcDateTime(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("public_id", sa.String(length=20), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("updated_at", UtcDateTime(), nullable=False),
        sa.CheckConstraint(
            "phase IN ('baseline', 'visit', 'reeval', 'discharge', 'followup')",
            name=op.f("ck_reading_phase"),
        ),
        sa.ForeignKeyConstraint(["client_id"], ["client.id"], name=op.f("fk_reading_client_id")),
        sa.ForeignKeyConstraint(["note_id"], ["note.id"], name=op.f("fk_reading_note_id")),
        sa.ForeignKeyConstraint(
            ["plan_id"], ["treatment_plan.id"], name=op.f("fk_reading_plan_id")
        ),
        sa.ForeignKeyConstraint(
            ["taken_by_id"], ["staff_member.id"], name=op.f("fk_reading_taken_by_id")
        ),
        sa.ForeignKeyConstraint(["visit_id"], ["visit.id"], name=op.f("fk_reading_visit_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_reading")),
        sa.UniqueConstraint("public_id", name=op.f("uq_reading_public_id")),
    )
    op.create_index("ix_reading_client", "reading", ["client_id", "taken_on"], unique=False)
    op.create_index("ix_reading_note", "reading", ["note_id"], unique=False)
    op.create_table(
        "adverse_event",
        sa.Column("client_id", sa.Integer(), nullable=False),
        sa.Column("visit_id", sa.Integer(), nullable=True),
        sa.Column("note_id", sa.Integer(), nullable=True),
        sa.Column("status", sa.String(length=20), nullable=False),
        sa.Column("severity", sa.String(length=20), nullable=True),
        sa.Column("actuality", sa.String(length=10), nullable=False),
        sa.Column("happened_on", sa.Date(), nullable=True),
        sa.Column("reported_at", UtcDateTime(), nullable=True),
        sa.Column("reported_by_id", sa.Integer(), nullable=True),
        sa.Column("owner_seen_at", UtcDateTime(), nullable=True),
        sa.Column("closed_at", UtcDateTime(), nullable=True),
        sa.Column("closed_by_id", sa.Integer(), nullable=True),
        sa.Column("details_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("review_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("public_id", sa.String(length=20), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("updated_at", UtcDateTime(), nullable=False),
        sa.CheckConstraint(
            "actuality IN ('actual', 'near_miss')", name=op.f("ck_adverse_event_actuality")
        ),
        sa.CheckConstraint(
            "severity IS NULL OR severity IN ('mild', 'moderate', 'severe', 'life_threatening', 'death')",
            name=op.f("ck_adverse_event_severity"),
        ),
        sa.CheckConstraint(
            "status <> 'closed' OR closed_at IS NOT NULL", name=op.f("ck_adverse_event_closed")
        ),
        sa.CheckConstraint(
            "status = 'draft' OR severity IS NOT NULL OR status = 'entered_in_error'",
            name=op.f("ck_adverse_event_reported_with_severity"),
        ),
        sa.CheckConstraint(
            "status IN ('draft', 'reported', 'under_review', 'action_plan', 'closed', 'entered_in_error')",
            name=op.f("ck_adverse_event_status"),
        ),
        sa.ForeignKeyConstraint(
            ["client_id"], ["client.id"], name=op.f("fk_adverse_event_client_id")
        ),
        sa.ForeignKeyConstraint(
            ["closed_by_id"], ["staff_member.id"], name=op.f("fk_adverse_event_closed_by_id")
        ),
        sa.ForeignKeyConstraint(["note_id"], ["note.id"], name=op.f("fk_adverse_event_note_id")),
        sa.ForeignKeyConstraint(
            ["reported_by_id"], ["staff_member.id"], name=op.f("fk_adverse_event_reported_by_id")
        ),
        sa.ForeignKeyConstraint(["visit_id"], ["visit.id"], name=op.f("fk_adverse_event_visit_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_adverse_event")),
        sa.UniqueConstraint("public_id", name=op.f("uq_adverse_event_public_id")),
    )
    op.create_index("ix_adverse_event_client", "adverse_event", ["client_id"], unique=False)
    op.create_index(
        "ix_adverse_event_status", "adverse_event", ["status", "severity"], unique=False
    )


def downgrade() -> None:
    raise NotImplementedError("what was signed is not thrown away")
