"""The ground: settings, staff and sign-in, subjects' keys, and the two logs."""

import sqlalchemy as sa
from alembic import op

from clinic.audit.models import SQLITE_GUARDS, access_metadata
from clinic.core.db import UtcDateTime
from clinic.core.migrating import GROWING, follows_its_head, grant, is_postgresql, only_grows

revision = "0001_ground"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "change_entry",
        sa.Column("seq", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.Column("actor_id", sa.Integer(), nullable=True),
        sa.Column("verb", sa.String(length=80), nullable=False),
        sa.Column("kind", sa.String(length=10), nullable=False),
        sa.Column("object_table", sa.String(length=60), nullable=False),
        sa.Column("object_id", sa.String(length=60), nullable=False),
        sa.Column("subject_key_id", sa.Integer(), nullable=False),
        sa.Column("fields", sa.Text(), nullable=False),
        sa.Column("sealed_values", sa.LargeBinary(), nullable=False),
        sa.Column("request_ref", sa.String(length=20), nullable=False),
        sa.Column("previous", sa.LargeBinary(length=32), nullable=False),
        sa.Column("hash", sa.LargeBinary(length=32), nullable=False),
        sa.PrimaryKeyConstraint("seq", name=op.f("pk_change_entry")),
    )
    op.create_index(
        "ix_change_entry_object", "change_entry", ["object_table", "object_id"], unique=False
    )
    op.create_table(
        "qualification",
        sa.Column("code", sa.String(length=30), nullable=False),
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("public_id", sa.String(length=20), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_qualification")),
        sa.UniqueConstraint("code", name=op.f("uq_qualification_code")),
        sa.UniqueConstraint("public_id", name=op.f("uq_qualification_public_id")),
    )
    op.create_table(
        "setting",
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.Column("phone", sa.String(length=40), nullable=False),
        sa.Column("email", sa.String(length=254), nullable=False),
        sa.Column("address", sa.String(length=400), nullable=False),
        sa.Column("timezone", sa.String(length=64), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("locale", sa.String(length=20), nullable=False),
        sa.Column("region", sa.String(length=2), nullable=False),
        sa.Column("slot_grid", sa.Integer(), nullable=False),
        sa.Column("horizon", sa.Integer(), nullable=False),
        sa.Column("min_lead", sa.Integer(), nullable=False),
        sa.Column("late_cancel", sa.Integer(), nullable=False),
        sa.Column("no_show_grace", sa.Integer(), nullable=False),
        sa.Column("hands_on_limit", sa.Integer(), nullable=False),
        sa.Column("idle", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("public_id", sa.String(length=20), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("updated_at", UtcDateTime(), nullable=False),
        sa.CheckConstraint("id = 1", name=op.f("ck_setting_only_one")),
        sa.CheckConstraint("idle BETWEEN 5 AND 30", name=op.f("ck_setting_idle")),
        sa.CheckConstraint("slot_grid IN (5, 10, 15, 20, 30)", name=op.f("ck_setting_slot_grid")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_setting")),
        sa.UniqueConstraint("public_id", name=op.f("uq_setting_public_id")),
    )
    op.create_table(
        "staff_member",
        sa.Column("name", sa.String(length=80), nullable=False),
        sa.Column("email", sa.String(length=254), nullable=False),
        sa.Column("phone", sa.String(length=20), nullable=False),
        sa.Column("gender", sa.String(length=10), nullable=False),
        sa.Column("password_hash", sa.String(length=200), nullable=True),
        sa.Column("disabled_at", UtcDateTime(), nullable=True),
        sa.Column("theme", sa.String(length=5), nullable=False),
        sa.Column("has_shortcuts", sa.Boolean(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("public_id", sa.String(length=20), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("updated_at", UtcDateTime(), nullable=False),
        sa.CheckConstraint(
            "gender IN ('', 'female', 'male', 'other')", name=op.f("ck_staff_member_gender")
        ),
        sa.CheckConstraint("name <> ''", name=op.f("ck_staff_member_name_given")),
        sa.CheckConstraint(
            "theme IN ('auto', 'light', 'dark')", name=op.f("ck_staff_member_theme")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_staff_member")),
        sa.UniqueConstraint("email", name=op.f("uq_staff_member_email")),
        sa.UniqueConstraint("public_id", name=op.f("uq_staff_member_public_id")),
    )
    op.create_table(
        "subject_key",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("subject", sa.String(length=20), nullable=False),
        sa.Column("wrapped", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_subject_key")),
        sa.UniqueConstraint("subject", name=op.f("uq_subject_key_subject")),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "throttle",
        sa.Column("key", sa.String(length=80), nullable=False),
        sa.Column("window", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("key", "window", name=op.f("pk_throttle")),
    )
    op.create_table(
        "one_time_link",
        sa.Column("kind", sa.String(length=10), nullable=False),
        sa.Column("token_hash", sa.LargeBinary(length=32), nullable=False),
        sa.Column("staff_id", sa.Integer(), nullable=True),
        sa.Column("expires_at", UtcDateTime(), nullable=False),
        sa.Column("used_at", UtcDateTime(), nullable=True),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("public_id", sa.String(length=20), nullable=False),
        sa.CheckConstraint(
            "kind IN ('bootstrap', 'invite', 'reset')", name=op.f("ck_one_time_link_kind")
        ),
        sa.ForeignKeyConstraint(
            ["staff_id"], ["staff_member.id"], name=op.f("fk_one_time_link_staff_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_one_time_link")),
        sa.UniqueConstraint("public_id", name=op.f("uq_one_time_link_public_id")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_one_time_link_token_hash")),
    )
    op.create_table(
        "role_grant",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("staff_id", sa.Integer(), nullable=False),
        sa.Column("role", sa.String(length=20), nullable=False),
        sa.CheckConstraint(
            "role IN ('receptionist', 'therapist', 'owner')", name=op.f("ck_role_grant_role")
        ),
        sa.ForeignKeyConstraint(
            ["staff_id"], ["staff_member.id"], name=op.f("fk_role_grant_staff_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_role_grant")),
        sa.UniqueConstraint("staff_id", "role", name=op.f("uq_role_grant_staff_id_role")),
    )
    op.create_table(
        "staff_qualification",
        sa.Column("staff_id", sa.Integer(), nullable=False),
        sa.Column("qualification_id", sa.Integer(), nullable=False),
        sa.Column("number", sa.String(length=60), nullable=False),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("valid_until", sa.Date(), nullable=True),
        sa.Column("revoked_on", sa.Date(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("public_id", sa.String(length=20), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("updated_at", UtcDateTime(), nullable=False),
        sa.CheckConstraint(
            "valid_until IS NULL OR valid_until >= valid_from",
            name=op.f("ck_staff_qualification_order"),
        ),
        sa.ForeignKeyConstraint(
            ["qualification_id"],
            ["qualification.id"],
            name=op.f("fk_staff_qualification_qualification_id"),
        ),
        sa.ForeignKeyConstraint(
            ["staff_id"], ["staff_member.id"], name=op.f("fk_staff_qualification_staff_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_staff_qualification")),
        sa.UniqueConstraint("public_id", name=op.f("uq_staff_qualification_public_id")),
    )
    op.create_index(
        "ix_staff_qualification_staff",
        "staff_qualification",
        ["staff_id", "qualification_id"],
        unique=False,
    )
    op.create_table(
        "web_session",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("public_id", sa.String(length=20), nullable=False),
        sa.Column("token_hash", sa.LargeBinary(length=32), nullable=False),
        sa.Column("staff_id", sa.Integer(), nullable=True),
        sa.Column("payload", sa.Text(), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("last_seen_at", UtcDateTime(), nullable=False),
        sa.Column("agent", sa.String(length=200), nullable=False),
        sa.Column("address", sa.String(length=45), nullable=False),
        sa.ForeignKeyConstraint(
            ["staff_id"], ["staff_member.id"], name=op.f("fk_web_session_staff_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_web_session")),
        sa.UniqueConstraint("public_id", name=op.f("uq_web_session_public_id")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_web_session_token_hash")),
    )
    op.create_index(op.f("ix_web_session_staff_id"), "web_session", ["staff_id"], unique=False)
    if is_postgresql():
        access_metadata.create_all(op.get_bind())
        only_grows("change_entry")
        only_grows("access_entry")
        follows_its_head("change_entry")
        follows_its_head("access_entry")
        grant("access_entry", rights=GROWING)
    else:
        for trigger in SQLITE_GUARDS["change_entry"]:
            op.execute(trigger)
    grant("change_entry", rights=GROWING)
    grant(
        "subject_key", "setting", "staff_member", "role_grant", "qualification",
        "staff_qualification", "web_session", "one_time_link", "throttle",
    )  # fmt: skip


def downgrade() -> None:
    if is_postgresql():
        access_metadata.drop_all(op.get_bind())
    op.drop_index(op.f("ix_web_session_staff_id"), table_name="web_session")
    op.drop_table("web_session")
    op.drop_index("ix_staff_qualification_staff", table_name="staff_qualification")
    op.drop_table("staff_qualification")
    op.drop_table("role_grant")
    op.drop_table("one_time_link")
    op.drop_table("throttle")
    op.drop_table("subject_key")
    op.drop_table("staff_member")
    op.drop_table("setting")
    op.drop_table("qualification")
    op.drop_index("ix_change_entry_object", table_name="change_entry")
    op.drop_table("change_entry")
    if is_postgresql():
        for function in ("change_entry_follows", "access_entry_follows", "refuse_rewriting"):
            op.execute(f"DROP FUNCTION {function}")
