"""The schedule a receptionist lives in: holds, groups, series, the waitlist, feeds, undo."""

import sqlalchemy as sa
from alembic import op

from clinic.core.db import UtcDateTime
from clinic.core.migrating import grant, is_postgresql

revision = "0010_schedule"
down_revision = "0009_policies"
branch_labels = None
depends_on = None

TABLES = (
    "group_booking",
    "feed_token",
    "hold",
    "series",
    "series_add_on",
    "series_item",
    "series_phase",
    "visit_change",
    "waitlist_entry",
    "waitlist_offer",
    "waitlist_therapist",
)
VISIT = (
    ("cut_off_hours", "INTEGER NOT NULL DEFAULT 24"),
    ("late_fee_minor", "INTEGER NOT NULL DEFAULT 0"),
    ("no_show_fee_minor", "INTEGER NOT NULL DEFAULT 0"),
    ("fee_minor", "INTEGER"),
    ("fee_waived_why", "VARCHAR(200) NOT NULL DEFAULT ''"),
    ("overlap_why", "VARCHAR(120) NOT NULL DEFAULT ''"),
    ("is_outside_hours", "BOOLEAN NOT NULL DEFAULT {no}"),
)
CHECKS = (
    (
        "ck_visit_policy",
        "cut_off_hours >= 0 AND late_fee_minor >= 0 AND no_show_fee_minor >= 0",
    ),
    (
        "ck_visit_fee_where_one_is_due",
        "fee_minor IS NULL OR (fee_minor >= 0 AND status IN ('late_cancelled', 'no_show'))",
    ),
    ("ck_visit_waived_is_nothing", "fee_waived_why = '' OR fee_minor = 0"),
)


def _index_what_is_referred() -> None:
    """Only those visits: most are referred by nobody, and make the index look worthless."""
    op.drop_index("ix_visit_authorisation", "visit")
    is_referred = sa.text("authorisation_id IS NOT NULL")
    op.create_index(
        "ix_visit_authorisation",
        "visit",
        ["authorisation_id"],
        sqlite_where=is_referred,
        postgresql_where=is_referred,
    )


def upgrade() -> None:
    _make_tables()
    grant(*TABLES)
    op.drop_table("board_day")
    op.execute(
        "ALTER TABLE visit ADD COLUMN group_id INTEGER"
        " CONSTRAINT fk_visit_group_id REFERENCES group_booking (id)"
    )
    op.create_index("ix_visit_group_id", "visit", ["group_id"])
    op.create_index("ix_visit_held_slot_id", "visit", ["held_slot_id"])
    _index_what_is_referred()
    for name, kind in VISIT:
        typed = kind.format(no="false" if is_postgresql() else "0")
        op.execute(f"ALTER TABLE visit ADD COLUMN {name} {typed}{_checks(name)}")
    if is_postgresql():
        for name, rule in CHECKS:
            op.execute(f"ALTER TABLE visit ADD CONSTRAINT {name} CHECK ({rule})")
    # What was booked so far was booked under the one cut-off that the clinic had.
    op.execute(
        "UPDATE visit SET cut_off_hours = coalesce((SELECT late_cancel FROM setting LIMIT 1), 24)"
    )


def _checks(column: str) -> str:
    """SQLite adds a rule to a table that stands only together with a column: the last one."""
    if is_postgresql() or column != VISIT[-1][0]:
        return ""
    return "".join(f" CONSTRAINT {name} CHECK ({rule})" for name, rule in CHECKS)


def downgrade() -> None:
    raise NotImplementedError("go back by restoring the copy made before the upgrade")


def _make_tables() -> None:
    op.create_table(
        "group_booking",
        sa.Column("kind", sa.String(length=10), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("public_id", sa.String(length=20), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("updated_at", UtcDateTime(), nullable=False),
        sa.CheckConstraint("kind IN ('couple', 'group')", name=op.f("ck_group_booking_kind")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_group_booking")),
        sa.UniqueConstraint("public_id", name=op.f("uq_group_booking_public_id")),
    )
    op.create_table(
        "feed_token",
        sa.Column("staff_id", sa.Integer(), nullable=False),
        sa.Column("token_hash", sa.String(length=64), nullable=False),
        sa.Column("shows_names", sa.Boolean(), nullable=False),
        sa.Column("shows_services", sa.Boolean(), nullable=False),
        sa.Column("revoked_at", UtcDateTime(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("public_id", sa.String(length=20), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("updated_at", UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["staff_id"], ["staff_member.id"], name=op.f("fk_feed_token_staff_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_feed_token")),
        sa.UniqueConstraint("public_id", name=op.f("uq_feed_token_public_id")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_feed_token_token_hash")),
    )
    op.create_index(op.f("ix_feed_token_staff_id"), "feed_token", ["staff_id"], unique=False)
    op.create_table(
        "hold",
        sa.Column("slot_id", sa.Integer(), nullable=False),
        sa.Column("variant_id", sa.Integer(), nullable=False),
        sa.Column("therapist_id", sa.Integer(), nullable=False),
        sa.Column("place_id", sa.Integer(), nullable=False),
        sa.Column("client_id", sa.Integer(), nullable=True),
        sa.Column("made_by_id", sa.Integer(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("public_id", sa.String(length=20), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("updated_at", UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(["client_id"], ["client.id"], name=op.f("fk_hold_client_id")),
        sa.ForeignKeyConstraint(
            ["made_by_id"], ["staff_member.id"], name=op.f("fk_hold_made_by_id")
        ),
        sa.ForeignKeyConstraint(["place_id"], ["place.id"], name=op.f("fk_hold_place_id")),
        sa.ForeignKeyConstraint(
            ["slot_id"], ["slot.id"], name=op.f("fk_hold_slot_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["therapist_id"], ["staff_member.id"], name=op.f("fk_hold_therapist_id")
        ),
        sa.ForeignKeyConstraint(
            ["variant_id"], ["service_variant.id"], name=op.f("fk_hold_variant_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_hold")),
        sa.UniqueConstraint("public_id", name=op.f("uq_hold_public_id")),
        sa.UniqueConstraint("slot_id", name=op.f("uq_hold_slot_id")),
    )
    op.create_table(
        "series",
        sa.Column("client_id", sa.Integer(), nullable=False),
        sa.Column("variant_id", sa.Integer(), nullable=False),
        sa.Column("therapist_id", sa.Integer(), nullable=True),
        sa.Column("authorisation_id", sa.Integer(), nullable=True),
        sa.Column("first_on", sa.Date(), nullable=False),
        sa.Column("wall", sa.Integer(), nullable=False),
        sa.Column("status", sa.String(length=10), nullable=False),
        sa.Column("ended_why", sa.String(length=200), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("public_id", sa.String(length=20), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("updated_at", UtcDateTime(), nullable=False),
        sa.CheckConstraint("status IN ('active', 'ended')", name=op.f("ck_series_status")),
        sa.CheckConstraint("wall BETWEEN 0 AND 1439", name=op.f("ck_series_wall")),
        sa.ForeignKeyConstraint(
            ["authorisation_id"], ["authorisation.id"], name=op.f("fk_series_authorisation_id")
        ),
        sa.ForeignKeyConstraint(["client_id"], ["client.id"], name=op.f("fk_series_client_id")),
        sa.ForeignKeyConstraint(
            ["therapist_id"], ["staff_member.id"], name=op.f("fk_series_therapist_id")
        ),
        sa.ForeignKeyConstraint(
            ["variant_id"], ["service_variant.id"], name=op.f("fk_series_variant_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_series")),
        sa.UniqueConstraint("public_id", name=op.f("uq_series_public_id")),
    )
    op.create_index("ix_series_client", "series", ["client_id"], unique=False)
    op.create_table(
        "series_add_on",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("series_id", sa.Integer(), nullable=False),
        sa.Column("add_on_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["add_on_id"], ["add_on.id"], name=op.f("fk_series_add_on_add_on_id")
        ),
        sa.ForeignKeyConstraint(
            ["series_id"], ["series.id"], name=op.f("fk_series_add_on_series_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_series_add_on")),
        sa.UniqueConstraint(
            "series_id", "add_on_id", name=op.f("uq_series_add_on_series_id_add_on_id")
        ),
    )
    op.create_table(
        "series_item",
        sa.Column("series_id", sa.Integer(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("planned_on", sa.Date(), nullable=False),
        sa.Column("visit_id", sa.Integer(), nullable=True),
        sa.Column("is_skipped", sa.Boolean(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("public_id", sa.String(length=20), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("updated_at", UtcDateTime(), nullable=False),
        sa.CheckConstraint("number > 0", name=op.f("ck_series_item_number")),
        sa.ForeignKeyConstraint(
            ["series_id"], ["series.id"], name=op.f("fk_series_item_series_id")
        ),
        sa.ForeignKeyConstraint(["visit_id"], ["visit.id"], name=op.f("fk_series_item_visit_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_series_item")),
        sa.UniqueConstraint("public_id", name=op.f("uq_series_item_public_id")),
        sa.UniqueConstraint("series_id", "number", name=op.f("uq_series_item_series_id_number")),
        sa.UniqueConstraint("visit_id", name=op.f("uq_series_item_visit_id")),
    )
    op.create_table(
        "series_phase",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("series_id", sa.Integer(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("every_days", sa.Integer(), nullable=False),
        sa.Column("visits", sa.Integer(), nullable=False),
        sa.CheckConstraint("every_days BETWEEN 1 AND 182", name=op.f("ck_series_phase_every_days")),
        sa.CheckConstraint("visits BETWEEN 1 AND 60", name=op.f("ck_series_phase_visits")),
        sa.ForeignKeyConstraint(
            ["series_id"], ["series.id"], name=op.f("fk_series_phase_series_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_series_phase")),
        sa.UniqueConstraint(
            "series_id", "position", name=op.f("uq_series_phase_series_id_position")
        ),
    )
    op.create_table(
        "visit_change",
        sa.Column("visit_id", sa.Integer(), nullable=False),
        sa.Column("verb", sa.String(length=30), nullable=False),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.Column("by_id", sa.Integer(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("status", sa.String(length=20), nullable=False),
        sa.Column("starts_s", sa.BigInteger(), nullable=False),
        sa.Column("ends_s", sa.BigInteger(), nullable=False),
        sa.Column("therapist_id", sa.Integer(), nullable=False),
        sa.Column("place_id", sa.Integer(), nullable=False),
        sa.Column("variant_id", sa.Integer(), nullable=False),
        sa.Column("minutes", sa.Integer(), nullable=False),
        sa.Column("price_minor", sa.Integer(), nullable=False),
        sa.Column("cut_off_hours", sa.Integer(), nullable=False),
        sa.Column("late_fee_minor", sa.Integer(), nullable=False),
        sa.Column("no_show_fee_minor", sa.Integer(), nullable=False),
        sa.Column("confirmed_at", UtcDateTime(), nullable=True),
        sa.Column("overlap_why", sa.String(length=120), nullable=False),
        sa.Column("is_outside_hours", sa.Boolean(), nullable=False),
        sa.Column("add_ons", sa.String(length=200), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("public_id", sa.String(length=20), nullable=False),
        sa.ForeignKeyConstraint(["by_id"], ["staff_member.id"], name=op.f("fk_visit_change_by_id")),
        sa.ForeignKeyConstraint(["place_id"], ["place.id"], name=op.f("fk_visit_change_place_id")),
        sa.ForeignKeyConstraint(
            ["therapist_id"], ["staff_member.id"], name=op.f("fk_visit_change_therapist_id")
        ),
        sa.ForeignKeyConstraint(
            ["variant_id"], ["service_variant.id"], name=op.f("fk_visit_change_variant_id")
        ),
        sa.ForeignKeyConstraint(["visit_id"], ["visit.id"], name=op.f("fk_visit_change_visit_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_visit_change")),
        sa.UniqueConstraint("public_id", name=op.f("uq_visit_change_public_id")),
    )
    op.create_index("ix_visit_change_visit", "visit_change", ["visit_id", "id"], unique=False)
    op.create_table(
        "waitlist_entry",
        sa.Column("client_id", sa.Integer(), nullable=False),
        sa.Column("variant_id", sa.Integer(), nullable=False),
        sa.Column("gender", sa.String(length=10), nullable=False),
        sa.Column("earliest", sa.Date(), nullable=False),
        sa.Column("latest", sa.Date(), nullable=False),
        sa.Column("weekdays", sa.Integer(), nullable=False),
        sa.Column("parts", sa.Integer(), nullable=False),
        sa.Column("notice_hours", sa.Integer(), nullable=False),
        sa.Column("priority", sa.String(length=10), nullable=False),
        sa.Column("use_referral", sa.Boolean(), nullable=False),
        sa.Column("status", sa.String(length=10), nullable=False),
        sa.Column("closed_at", UtcDateTime(), nullable=True),
        sa.Column("visit_id", sa.Integer(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("public_id", sa.String(length=20), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("updated_at", UtcDateTime(), nullable=False),
        sa.CheckConstraint(
            "(visit_id IS NOT NULL) = (status = 'accepted')",
            name=op.f("ck_waitlist_entry_accepted_has_a_visit"),
        ),
        sa.CheckConstraint(
            "gender IN ('', 'female', 'male')", name=op.f("ck_waitlist_entry_gender")
        ),
        sa.CheckConstraint(
            "priority IN ('normal', 'high')", name=op.f("ck_waitlist_entry_priority")
        ),
        sa.CheckConstraint(
            "status IN ('waiting', 'offered', 'accepted', 'expired', 'cancelled')",
            name=op.f("ck_waitlist_entry_status"),
        ),
        sa.CheckConstraint("latest >= earliest", name=op.f("ck_waitlist_entry_dates")),
        sa.CheckConstraint("notice_hours BETWEEN 0 AND 336", name=op.f("ck_waitlist_entry_notice")),
        sa.CheckConstraint(
            "weekdays BETWEEN 1 AND 127 AND parts BETWEEN 1 AND 7",
            name=op.f("ck_waitlist_entry_when"),
        ),
        sa.ForeignKeyConstraint(
            ["client_id"], ["client.id"], name=op.f("fk_waitlist_entry_client_id")
        ),
        sa.ForeignKeyConstraint(
            ["variant_id"], ["service_variant.id"], name=op.f("fk_waitlist_entry_variant_id")
        ),
        sa.ForeignKeyConstraint(
            ["visit_id"], ["visit.id"], name=op.f("fk_waitlist_entry_visit_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_waitlist_entry")),
        sa.UniqueConstraint("public_id", name=op.f("uq_waitlist_entry_public_id")),
        sa.UniqueConstraint("visit_id", name=op.f("uq_waitlist_entry_visit_id")),
    )
    op.create_index("ix_waitlist_entry_client", "waitlist_entry", ["client_id"], unique=False)
    op.create_index(
        "ix_waitlist_entry_status", "waitlist_entry", ["status", "latest"], unique=False
    )
    op.create_table(
        "waitlist_offer",
        sa.Column("entry_id", sa.Integer(), nullable=False),
        sa.Column("therapist_id", sa.Integer(), nullable=False),
        sa.Column("starts_at", UtcDateTime(), nullable=False),
        sa.Column("expires_at", UtcDateTime(), nullable=False),
        sa.Column("status", sa.String(length=10), nullable=False),
        sa.Column("made_by_id", sa.Integer(), nullable=True),
        sa.Column("answered_at", UtcDateTime(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("public_id", sa.String(length=20), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("updated_at", UtcDateTime(), nullable=False),
        sa.CheckConstraint(
            "status IN ('open', 'accepted', 'declined', 'expired', 'withdrawn')",
            name=op.f("ck_waitlist_offer_status"),
        ),
        sa.ForeignKeyConstraint(
            ["entry_id"], ["waitlist_entry.id"], name=op.f("fk_waitlist_offer_entry_id")
        ),
        sa.ForeignKeyConstraint(
            ["made_by_id"], ["staff_member.id"], name=op.f("fk_waitlist_offer_made_by_id")
        ),
        sa.ForeignKeyConstraint(
            ["therapist_id"], ["staff_member.id"], name=op.f("fk_waitlist_offer_therapist_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_waitlist_offer")),
        sa.UniqueConstraint("public_id", name=op.f("uq_waitlist_offer_public_id")),
    )
    op.create_index("ix_waitlist_offer_entry", "waitlist_offer", ["entry_id", "id"], unique=False)
    op.create_index(
        "ix_waitlist_offer_open", "waitlist_offer", ["status", "expires_at"], unique=False
    )
    op.create_table(
        "waitlist_therapist",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("entry_id", sa.Integer(), nullable=False),
        sa.Column("staff_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["entry_id"], ["waitlist_entry.id"], name=op.f("fk_waitlist_therapist_entry_id")
        ),
        sa.ForeignKeyConstraint(
            ["staff_id"], ["staff_member.id"], name=op.f("fk_waitlist_therapist_staff_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_waitlist_therapist")),
        sa.UniqueConstraint(
            "entry_id", "staff_id", name=op.f("uq_waitlist_therapist_entry_id_staff_id")
        ),
    )
