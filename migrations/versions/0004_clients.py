"""The people we care for, how to find them, and who cares for them."""

import sqlalchemy as sa
from alembic import op

from clinic.core.db import UtcDateTime
from clinic.core.migrating import grant

revision = "0004_clients"
down_revision = "0003_directory"
branch_labels = None
depends_on = None


def folded(length: int) -> sa.types.TypeEngine[str]:
    """Text that both engines compare byte by byte."""
    return sa.String(length).with_variant(sa.String(length, collation="C"), "postgresql")


def upgrade() -> None:
    op.create_table(
        "client",
        sa.Column("number", sa.String(length=12), nullable=False),
        sa.Column("key_id", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=True),
        sa.Column("merged_into_id", sa.Integer(), nullable=True),
        sa.Column("status", sa.String(length=10), nullable=False),
        sa.Column("touches", sa.Integer(), nullable=False),
        sa.Column("first_name", sa.String(length=80), nullable=False),
        sa.Column("last_name", sa.String(length=80), nullable=False),
        sa.Column("preferred_name", sa.String(length=80), nullable=False),
        sa.Column("search_name", folded(340), nullable=False),
        sa.Column("pronouns", sa.String(length=30), nullable=False),
        sa.Column("birth_date", sa.Date(), nullable=True),
        sa.Column("died_on", sa.Date(), nullable=True),
        sa.Column("sex_at_birth", sa.String(length=12), nullable=False),
        sa.Column("gender", sa.String(length=40), nullable=False),
        sa.Column("email", sa.String(length=254), nullable=False),
        sa.Column("address", sa.String(length=200), nullable=False),
        sa.Column("city", sa.String(length=80), nullable=False),
        sa.Column("region", sa.String(length=60), nullable=False),
        sa.Column("postcode", sa.String(length=20), nullable=False),
        sa.Column("country", sa.String(length=60), nullable=False),
        sa.Column("language", sa.String(length=40), nullable=False),
        sa.Column("needs", sa.String(length=120), nullable=False),
        sa.Column("occupation", sa.String(length=80), nullable=False),
        sa.Column("source", sa.String(length=20), nullable=False),
        sa.Column("payer", sa.String(length=20), nullable=False),
        sa.Column("emergency_name", sa.String(length=80), nullable=False),
        sa.Column("emergency_relation", sa.String(length=40), nullable=False),
        sa.Column("emergency_phone", sa.String(length=20), nullable=False),
        sa.Column("guardian_name", sa.String(length=80), nullable=False),
        sa.Column("guardian_relation", sa.String(length=40), nullable=False),
        sa.Column("guardian_phone", sa.String(length=20), nullable=False),
        sa.Column("is_not_to_book", sa.Boolean(), nullable=False),
        sa.Column("not_to_book_reason_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("is_prepay_only", sa.Boolean(), nullable=False),
        sa.Column("alert_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("missing", sa.String(length=120), nullable=False),
        sa.Column("import_ref", sa.String(length=80), nullable=True),
        sa.Column("archived_at", UtcDateTime(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("public_id", sa.String(length=20), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("updated_at", UtcDateTime(), nullable=False),
        sa.CheckConstraint("last_name <> ''", name=op.f("ck_client_name_given")),
        sa.CheckConstraint(
            "status IN ('prospect', 'active', 'inactive', 'deceased', 'archived')",
            name=op.f("ck_client_status"),
        ),
        sa.CheckConstraint(
            "person_id IS NULL OR person_id <> id", name=op.f("ck_client_not_its_own_duplicate")
        ),
        sa.CheckConstraint(
            "(person_id IS NULL) = (merged_into_id IS NULL)",
            name=op.f("ck_client_merged_as_a_whole"),
        ),
        sa.ForeignKeyConstraint(["key_id"], ["subject_key.id"], name=op.f("fk_client_key_id")),
        sa.ForeignKeyConstraint(["person_id"], ["client.id"], name=op.f("fk_client_person_id")),
        sa.ForeignKeyConstraint(
            ["merged_into_id"], ["client.id"], name=op.f("fk_client_merged_into_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_client")),
        sa.UniqueConstraint("import_ref", name=op.f("uq_client_import_ref")),
        sa.UniqueConstraint("number", name=op.f("uq_client_number")),
        sa.UniqueConstraint("public_id", name=op.f("uq_client_public_id")),
    )
    op.create_index(op.f("ix_client_birth_date"), "client", ["birth_date"], unique=False)
    op.create_index("ix_client_by_name", "client", ["search_name", "id"], unique=False)
    for name, columns, criterion in (
        ("ix_client_incomplete", ["search_name", "id"], "missing != ''"),
        ("ix_client_away", ["search_name", "id"], "status IN ('archived', 'deceased')"),
        ("ix_client_person_id", ["person_id"], "person_id IS NOT NULL"),
    ):
        op.create_index(
            name,
            "client",
            columns,
            sqlite_where=sa.text(criterion),
            postgresql_where=sa.text(criterion),
        )
    op.create_index(op.f("ix_client_email"), "client", ["email"], unique=False)
    op.create_table(
        "phone",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("client_id", sa.Integer(), nullable=False),
        sa.Column("number", sa.String(length=20), nullable=False),
        sa.Column("kind", sa.String(length=10), nullable=False),
        sa.Column("may_text", sa.Boolean(), nullable=False),
        sa.CheckConstraint("kind IN ('mobile', 'home', 'work')", name=op.f("ck_phone_kind")),
        sa.ForeignKeyConstraint(["client_id"], ["client.id"], name=op.f("fk_phone_client_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_phone")),
    )
    op.create_index(op.f("ix_phone_client_id"), "phone", ["client_id"], unique=False)
    op.create_index("ix_phone_number", "phone", ["number"], unique=False)
    op.create_table(
        "search_term",
        sa.Column("client_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("term", folded(60), nullable=False),
        sa.ForeignKeyConstraint(
            ["client_id"], ["client.id"], name=op.f("fk_search_term_client_id")
        ),
        sa.PrimaryKeyConstraint("client_id", "term", name=op.f("pk_search_term")),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_search_term_term", "search_term", ["term", "client_id"], unique=False)
    op.create_table(
        "preference",
        sa.Column("client_id", sa.Integer(), nullable=False),
        sa.Column("pressure", sa.Integer(), nullable=True),
        sa.Column("lubricant", sa.String(length=10), nullable=False),
        sa.Column("scent", sa.String(length=10), nullable=False),
        sa.Column("music", sa.String(length=60), nullable=False),
        sa.Column("talk", sa.String(length=10), nullable=False),
        sa.Column("table_warmth", sa.String(length=10), nullable=False),
        sa.Column("undress", sa.String(length=20), nullable=False),
        sa.Column("therapist_gender", sa.String(length=10), nullable=False),
        sa.Column("positions_to_avoid", sa.String(length=40), nullable=False),
        sa.Column("note_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("public_id", sa.String(length=20), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("updated_at", UtcDateTime(), nullable=False),
        sa.CheckConstraint(
            "pressure IS NULL OR pressure BETWEEN 1 AND 5", name=op.f("ck_preference_pressure")
        ),
        sa.ForeignKeyConstraint(["client_id"], ["client.id"], name=op.f("fk_preference_client_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_preference")),
        sa.UniqueConstraint("client_id", name=op.f("uq_preference_client_id")),
        sa.UniqueConstraint("public_id", name=op.f("uq_preference_public_id")),
    )
    op.create_table(
        "care_team_member",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("public_id", sa.String(length=20), nullable=False),
        sa.Column("client_id", sa.Integer(), nullable=False),
        sa.Column("staff_id", sa.Integer(), nullable=True),
        sa.Column("provider_id", sa.Integer(), nullable=True),
        sa.Column("role", sa.String(length=20), nullable=False),
        sa.Column("since", UtcDateTime(), nullable=False),
        sa.Column("until", UtcDateTime(), nullable=True),
        sa.Column("why", sa.String(length=80), nullable=False),
        sa.CheckConstraint(
            "(staff_id IS NULL) <> (provider_id IS NULL)",
            name=op.f("ck_care_team_member_one_person"),
        ),
        sa.ForeignKeyConstraint(
            ["client_id"], ["client.id"], name=op.f("fk_care_team_member_client_id")
        ),
        sa.ForeignKeyConstraint(
            ["provider_id"], ["provider.id"], name=op.f("fk_care_team_member_provider_id")
        ),
        sa.ForeignKeyConstraint(
            ["staff_id"], ["staff_member.id"], name=op.f("fk_care_team_member_staff_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_care_team_member")),
        sa.UniqueConstraint("public_id", name=op.f("uq_care_team_member_public_id")),
        sa.UniqueConstraint(
            "client_id",
            "provider_id",
            "since",
            name=op.f("uq_care_team_member_client_id_provider_id_since"),
        ),
        sa.UniqueConstraint(
            "client_id",
            "staff_id",
            "since",
            name=op.f("uq_care_team_member_client_id_staff_id_since"),
        ),
    )
    op.create_index(
        "ix_care_team_member_staff", "care_team_member", ["staff_id", "client_id"], unique=False
    )
    op.create_table(
        "imported_history_line",
        sa.Column("client_id", sa.Integer(), nullable=False),
        sa.Column("import_ref", sa.String(length=160), nullable=False),
        sa.Column("kind", sa.String(length=12), nullable=False),
        sa.Column("line_sealed", sa.LargeBinary(), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("public_id", sa.String(length=20), nullable=False),
        sa.CheckConstraint(
            "kind IN ('condition', 'medication', 'allergy')",
            name=op.f("ck_imported_history_line_kind"),
        ),
        sa.ForeignKeyConstraint(
            ["client_id"], ["client.id"], name=op.f("fk_imported_history_line_client_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_imported_history_line")),
        sa.UniqueConstraint("import_ref", name=op.f("uq_imported_history_line_import_ref")),
        sa.UniqueConstraint("public_id", name=op.f("uq_imported_history_line_public_id")),
    )
    op.create_index(
        op.f("ix_imported_history_line_client_id"),
        "imported_history_line",
        ["client_id"],
        unique=False,
    )
    grant(
        "client", "phone", "search_term", "preference", "care_team_member", "imported_history_line"
    )


def downgrade() -> None:
    op.drop_table("imported_history_line")
    op.drop_table("care_team_member")
    op.drop_table("preference")
    op.drop_table("search_term")
    op.drop_table("phone")
    op.drop_table("client")
