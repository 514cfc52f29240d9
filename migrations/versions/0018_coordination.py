"""Every referral has somebody, a next action and a day, until it closes."""

import sqlalchemy as sa
from alembic import op

from clinic.core.db import UtcDateTime
from clinic.core.migrating import GROWING, grant, only_grows

revision = "0018_coordination"
down_revision = "0017_letters"
branch_labels = None
depends_on = None

GRADE = (
    "CASE WHEN urgency = 'emergency' OR next_action IN ('call_now', 'call_provider', 'read_reply',"
    " 'act_on_reply') THEN 1"
    " WHEN urgency = 'urgent' OR next_action IN ('report', 'final_report', 'renew',"
    " 'renew_expired', 'contact', 'contact_again', 'call_missed', 'give_up', 'tell_missed',"
    " 'tell_client', 'remind', 'get_consent') THEN 2"
    " WHEN next_action IN ('acknowledge', 'decide', 'ask_missing', 'await_missing',"
    " 'await_renewal', 'book_next', 'check_visits', 'confirm_cancel', 'review_hold',"
    " 'write_letter', 'approve_letter', 'send_letter', 'say_no_answer', 'ask_attended', 'rebook')"
    " THEN 3 ELSE 4 END"
)
"""How grave it is to leave the next action undone, 1 the gravest."""


def upgrade() -> None:
    op.create_table(
        "referral_case",
        sa.Column("referral_id", sa.Integer(), nullable=False),
        sa.Column("urgency", sa.String(length=10), nullable=False),
        sa.Column("status", sa.String(length=20), nullable=False),
        sa.Column("owner_id", sa.Integer(), nullable=True),
        sa.Column("next_action", sa.String(length=24), nullable=False),
        sa.Column("grade", sa.Integer(), sa.Computed(GRADE, persisted=True), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=True),
        sa.Column("why", sa.String(length=24), nullable=False),
        sa.Column("missing", sa.String(length=120), nullable=False),
        sa.Column("review_on", sa.Date(), nullable=True),
        sa.Column("resumes_to", sa.String(length=20), nullable=False),
        sa.Column("outcome", sa.String(length=16), nullable=False),
        sa.Column("received_at", UtcDateTime(), nullable=False),
        sa.Column("acknowledged_at", UtcDateTime(), nullable=True),
        sa.Column("accepted_at", UtcDateTime(), nullable=True),
        sa.Column("contacted_at", UtcDateTime(), nullable=True),
        sa.Column("first_visit_on", sa.Date(), nullable=True),
        sa.Column("completed_at", UtcDateTime(), nullable=True),
        sa.Column("ended_at", UtcDateTime(), nullable=True),
        sa.Column("precautions_at", UtcDateTime(), nullable=True),
        sa.Column("precautions_by_id", sa.Integer(), nullable=True),
        sa.Column("is_planned", sa.Boolean(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("public_id", sa.String(length=20), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("updated_at", UtcDateTime(), nullable=False),
        sa.CheckConstraint(
            "(ended_at IS NOT NULL) = (status IN ('declined', 'cancelled', 'not_reached', 'closed', 'entered_in_error'))",
            name=op.f("ck_referral_case_ended"),
        ),
        sa.CheckConstraint(
            "outcome = '' OR outcome IN ('goals_met', 'partly_met', 'not_met', 'not_started', 'transferred', 'not_shared')",
            name=op.f("ck_referral_case_outcome"),
        ),
        sa.CheckConstraint(
            "status <> 'closed' OR outcome <> ''", name=op.f("ck_referral_case_closed_with_outcome")
        ),
        sa.CheckConstraint(
            "status <> 'on_hold' OR review_on IS NOT NULL", name=op.f("ck_referral_case_reviewed")
        ),
        sa.CheckConstraint(
            "status IN ('declined', 'cancelled', 'not_reached', 'closed', 'entered_in_error') OR (owner_id IS NOT NULL AND next_action <> '' AND due_on IS NOT NULL)",
            name=op.f("ck_referral_case_looked_after"),
        ),
        sa.CheckConstraint(
            "status IN ('received', 'incomplete', 'accepted', 'contacting', 'scheduled', 'missed_first', 'in_treatment', 'on_hold', 'renewal_requested', 'cancel_requested', 'completed', 'expired', 'declined', 'cancelled', 'not_reached', 'closed', 'entered_in_error')",
            name=op.f("ck_referral_case_status"),
        ),
        sa.ForeignKeyConstraint(
            ["owner_id"], ["staff_member.id"], name=op.f("fk_referral_case_owner_id")
        ),
        sa.ForeignKeyConstraint(
            ["precautions_by_id"],
            ["staff_member.id"],
            name=op.f("fk_referral_case_precautions_by_id"),
        ),
        sa.ForeignKeyConstraint(
            ["referral_id"], ["referral.id"], name=op.f("fk_referral_case_referral_id")
        ),
        sa.ForeignKeyConstraint(
            ["referral_id", "urgency"],
            ["referral.id", "referral.urgency"],
            name=op.f("fk_referral_case_urgency"),
            onupdate="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_referral_case")),
        sa.UniqueConstraint("public_id", name=op.f("uq_referral_case_public_id")),
        sa.UniqueConstraint("referral_id", name=op.f("uq_referral_case_referral_id")),
    )
    op.create_index("ix_referral_case_board", "referral_case", ["status", "due_on"], unique=False)
    op.create_index(
        "ix_referral_case_grade", "referral_case", ["status", "grade", "due_on"], unique=False
    )
    op.create_index("ix_referral_case_owner", "referral_case", ["owner_id", "status"], unique=False)
    op.create_table(
        "outbound_referral",
        sa.Column("number", sa.String(length=12), nullable=False),
        sa.Column("client_id", sa.Integer(), nullable=False),
        sa.Column("provider_id", sa.Integer(), nullable=False),
        sa.Column("organisation_id", sa.Integer(), nullable=True),
        sa.Column("reason", sa.String(length=24), nullable=False),
        sa.Column("urgency", sa.String(length=10), nullable=False),
        sa.Column("status", sa.String(length=20), nullable=False),
        sa.Column("owner_id", sa.Integer(), nullable=True),
        sa.Column("next_action", sa.String(length=24), nullable=False),
        sa.Column("grade", sa.Integer(), sa.Computed(GRADE, persisted=True), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=True),
        sa.Column("why", sa.String(length=24), nullable=False),
        sa.Column("question_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("findings_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("meanwhile_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("clearance_id", sa.Integer(), nullable=True),
        sa.Column("letter_id", sa.Integer(), nullable=True),
        sa.Column("sent_at", UtcDateTime(), nullable=True),
        sa.Column("answer_by", sa.Date(), nullable=True),
        sa.Column("acknowledged_on", sa.Date(), nullable=True),
        sa.Column("acknowledged_by", sa.String(length=80), nullable=False),
        sa.Column("appointment_on", sa.Date(), nullable=True),
        sa.Column("reminders", sa.Integer(), nullable=False),
        sa.Column("calls", sa.Integer(), nullable=False),
        sa.Column("answered_at", UtcDateTime(), nullable=True),
        sa.Column("read_at", UtcDateTime(), nullable=True),
        sa.Column("acted_at", UtcDateTime(), nullable=True),
        sa.Column("told_at", UtcDateTime(), nullable=True),
        sa.Column("ended_at", UtcDateTime(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("public_id", sa.String(length=20), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("updated_at", UtcDateTime(), nullable=False),
        sa.CheckConstraint(
            "(ended_at IS NOT NULL) = (status IN ('closed', 'declined', 'client_declined', 'cancelled', 'no_response', 'entered_in_error'))",
            name=op.f("ck_outbound_referral_ended"),
        ),
        sa.CheckConstraint(
            "status IN ('closed', 'declined', 'client_declined', 'cancelled', 'no_response', 'entered_in_error') OR (owner_id IS NOT NULL AND next_action <> '' AND due_on IS NOT NULL)",
            name=op.f("ck_outbound_referral_looked_after"),
        ),
        sa.CheckConstraint(
            "status IN ('draft', 'consent_pending', 'ready', 'sent', 'acknowledged', 'scheduled', 'attended', 'not_attended', 'reply_received', 'acted_on', 'told_client', 'closed', 'declined', 'client_declined', 'cancelled', 'no_response', 'entered_in_error')",
            name=op.f("ck_outbound_referral_status"),
        ),
        sa.CheckConstraint(
            "urgency IN ('routine', 'soon', 'urgent', 'emergency')",
            name=op.f("ck_outbound_referral_urgency"),
        ),
        sa.ForeignKeyConstraint(
            ["clearance_id"], ["clearance.id"], name=op.f("fk_outbound_referral_clearance_id")
        ),
        sa.ForeignKeyConstraint(
            ["client_id"], ["client.id"], name=op.f("fk_outbound_referral_client_id")
        ),
        sa.ForeignKeyConstraint(
            ["letter_id"], ["letter.id"], name=op.f("fk_outbound_referral_letter_id")
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id"],
            ["organisation.id"],
            name=op.f("fk_outbound_referral_organisation_id"),
        ),
        sa.ForeignKeyConstraint(
            ["owner_id"], ["staff_member.id"], name=op.f("fk_outbound_referral_owner_id")
        ),
        sa.ForeignKeyConstraint(
            ["provider_id"], ["provider.id"], name=op.f("fk_outbound_referral_provider_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_outbound_referral")),
        sa.UniqueConstraint("clearance_id", name=op.f("uq_outbound_referral_clearance_id")),
        sa.UniqueConstraint("letter_id", name=op.f("uq_outbound_referral_letter_id")),
        sa.UniqueConstraint("number", name=op.f("uq_outbound_referral_number")),
        sa.UniqueConstraint("public_id", name=op.f("uq_outbound_referral_public_id")),
    )
    op.create_index(
        "ix_outbound_referral_board", "outbound_referral", ["status", "due_on"], unique=False
    )
    op.create_index(
        "ix_outbound_referral_grade",
        "outbound_referral",
        ["status", "grade", "due_on"],
        unique=False,
    )
    op.create_index(
        "ix_outbound_referral_asked",
        "outbound_referral",
        ["provider_id"],
        unique=False,
        sqlite_where=sa.text("ended_at IS NULL"),
        postgresql_where=sa.text("ended_at IS NULL"),
    )
    op.create_index("ix_outbound_referral_client", "outbound_referral", ["client_id"], unique=False)
    op.create_index(
        "ix_outbound_referral_owner", "outbound_referral", ["owner_id", "status"], unique=False
    )
    op.create_index(
        "ix_outbound_referral_provider",
        "outbound_referral",
        ["provider_id", "status"],
        unique=False,
    )
    op.create_table(
        "case_step",
        sa.Column("case_id", sa.Integer(), nullable=True),
        sa.Column("outbound_id", sa.Integer(), nullable=True),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.Column("by_id", sa.Integer(), nullable=True),
        sa.Column("kind", sa.String(length=24), nullable=False),
        sa.Column("from_status", sa.String(length=20), nullable=False),
        sa.Column("to_status", sa.String(length=20), nullable=False),
        sa.Column("code", sa.String(length=24), nullable=False),
        sa.Column("why_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("public_id", sa.String(length=20), nullable=False),
        sa.CheckConstraint(
            "(case_id IS NULL) <> (outbound_id IS NULL)", name=op.f("ck_case_step_one_of_two")
        ),
        sa.ForeignKeyConstraint(["by_id"], ["staff_member.id"], name=op.f("fk_case_step_by_id")),
        sa.ForeignKeyConstraint(
            ["case_id"], ["referral_case.id"], name=op.f("fk_case_step_case_id")
        ),
        sa.ForeignKeyConstraint(
            ["outbound_id"], ["outbound_referral.id"], name=op.f("fk_case_step_outbound_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_case_step")),
        sa.UniqueConstraint("public_id", name=op.f("uq_case_step_public_id")),
    )
    op.create_index("ix_case_step_case", "case_step", ["case_id", "id"], unique=False)
    op.create_index("ix_case_step_outbound", "case_step", ["outbound_id", "id"], unique=False)
    op.create_table(
        "contact_attempt",
        sa.Column("case_id", sa.Integer(), nullable=False),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.Column("on_date", sa.Date(), nullable=False),
        sa.Column("by_id", sa.Integer(), nullable=True),
        sa.Column("channel", sa.String(length=10), nullable=False),
        sa.Column("result", sa.String(length=12), nullable=False),
        sa.Column("note", sa.String(length=200), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("public_id", sa.String(length=20), nullable=False),
        sa.CheckConstraint(
            "channel IN ('phone', 'email', 'text', 'letter', 'in_person')",
            name=op.f("ck_contact_attempt_channel"),
        ),
        sa.CheckConstraint(
            "result IN ('reached', 'booked', 'no_answer', 'left_message', 'wrong_number', 'refused')",
            name=op.f("ck_contact_attempt_result"),
        ),
        sa.ForeignKeyConstraint(
            ["by_id"], ["staff_member.id"], name=op.f("fk_contact_attempt_by_id")
        ),
        sa.ForeignKeyConstraint(
            ["case_id"], ["referral_case.id"], name=op.f("fk_contact_attempt_case_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_contact_attempt")),
        sa.UniqueConstraint("public_id", name=op.f("uq_contact_attempt_public_id")),
    )
    op.create_index("ix_contact_attempt_case", "contact_attempt", ["case_id", "at"], unique=False)
    op.create_table(
        "reply",
        sa.Column("outbound_id", sa.Integer(), nullable=False),
        sa.Column("how", sa.String(length=10), nullable=False),
        sa.Column("said_by", sa.String(length=80), nullable=False),
        sa.Column("received_on", sa.Date(), nullable=False),
        sa.Column("summary_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("file_id", sa.Integer(), nullable=True),
        sa.Column("taken_by_id", sa.Integer(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("public_id", sa.String(length=20), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("updated_at", UtcDateTime(), nullable=False),
        sa.CheckConstraint(
            "how IN ('phone', 'in_person', 'letter', 'fax', 'message')", name=op.f("ck_reply_how")
        ),
        sa.ForeignKeyConstraint(["file_id"], ["stored_file.id"], name=op.f("fk_reply_file_id")),
        sa.ForeignKeyConstraint(
            ["outbound_id"], ["outbound_referral.id"], name=op.f("fk_reply_outbound_id")
        ),
        sa.ForeignKeyConstraint(
            ["taken_by_id"], ["staff_member.id"], name=op.f("fk_reply_taken_by_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_reply")),
        sa.UniqueConstraint("public_id", name=op.f("uq_reply_public_id")),
    )
    op.create_index("ix_reply_outbound", "reply", ["outbound_id"], unique=False)
    op.create_table(
        "progress_report",
        sa.Column("case_id", sa.Integer(), nullable=False),
        sa.Column("authorisation_id", sa.Integer(), nullable=True),
        sa.Column("kind", sa.String(length=10), nullable=False),
        sa.Column("nth", sa.Integer(), nullable=False),
        sa.Column("status", sa.String(length=12), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=False),
        sa.Column("due_why", sa.String(length=12), nullable=False),
        sa.Column("letter_id", sa.Integer(), nullable=True),
        sa.Column("sent_on", sa.Date(), nullable=True),
        sa.Column("waived_why", sa.String(length=200), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("public_id", sa.String(length=20), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("updated_at", UtcDateTime(), nullable=False),
        sa.CheckConstraint(
            "due_why IN ('visits', 'days', 'window', 'few_left', 'first_visit', 'discharge', 'event', 'asked')",
            name=op.f("ck_progress_report_due_why"),
        ),
        sa.CheckConstraint(
            "kind IN ('initial', 'progress', 'renewal', 'discharge')",
            name=op.f("ck_progress_report_kind"),
        ),
        sa.CheckConstraint(
            "status <> 'waived' OR waived_why <> ''",
            name=op.f("ck_progress_report_waived_with_reason"),
        ),
        sa.CheckConstraint(
            "status IN ('due', 'drafted', 'approved', 'sent', 'acknowledged', 'waived')",
            name=op.f("ck_progress_report_status"),
        ),
        sa.CheckConstraint(
            "status IN ('due', 'drafted', 'waived') OR letter_id IS NOT NULL",
            name=op.f("ck_progress_report_with_letter"),
        ),
        sa.ForeignKeyConstraint(
            ["authorisation_id"],
            ["authorisation.id"],
            name=op.f("fk_progress_report_authorisation_id"),
        ),
        sa.ForeignKeyConstraint(
            ["case_id"], ["referral_case.id"], name=op.f("fk_progress_report_case_id")
        ),
        sa.ForeignKeyConstraint(
            ["letter_id"], ["letter.id"], name=op.f("fk_progress_report_letter_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_progress_report")),
        sa.UniqueConstraint(
            "case_id",
            "authorisation_id",
            "kind",
            "nth",
            name=op.f("uq_progress_report_case_id_authorisation_id_kind_nth"),
        ),
        sa.UniqueConstraint("letter_id", name=op.f("uq_progress_report_letter_id")),
        sa.UniqueConstraint("public_id", name=op.f("uq_progress_report_public_id")),
    )
    op.create_index(
        op.f("ix_progress_report_case_id"), "progress_report", ["case_id"], unique=False
    )
    op.create_index("ix_progress_report_due", "progress_report", ["status", "due_on"], unique=False)
    is_of_case = sa.text("authorisation_id IS NULL")
    op.create_index(
        "uq_progress_report_of_case",
        "progress_report",
        ["case_id", "kind", "nth"],
        unique=True,
        sqlite_where=is_of_case,
        postgresql_where=is_of_case,
    )
    for table in ("case_step", "contact_attempt"):
        only_grows(table)
    grant("case_step", "contact_attempt", rights=GROWING)
    grant("referral_case", "outbound_referral", "reply", "progress_report")


def downgrade() -> None:
    raise NotImplementedError("referrals are not taken apart again")
