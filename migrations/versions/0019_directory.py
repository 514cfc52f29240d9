"""Two records of one provider outside: one stands for both, and either can be parted again.

What leaves the clinic needs a consent that names the person it goes to, by either record.
"""

from alembic import op

from clinic.core.migrating import is_postgresql

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
    _only_with_consent()


def _only_with_consent() -> None:
    """What leaves names a consent that stands, of that very client, to share with that person."""
    standing = (
        "SELECT 1 FROM consent"
        " JOIN client AS theirs ON theirs.id = consent.client_id"
        " JOIN client AS whose ON whose.id = NEW.client_id"
        " JOIN provider AS named ON named.id = consent.provider_id"
        " JOIN provider AS written ON written.id = NEW.provider_id"
        " WHERE consent.id = NEW.consent_id AND consent.kind = 'SHARE_PROVIDER'"
        " AND consent.answer = 'given' AND consent.status = 'active'"
        " AND coalesce(theirs.person_id, theirs.id) = coalesce(whose.person_id, whose.id)"
        " AND coalesce(named.merged_into_id, named.id)"
        " = coalesce(written.merged_into_id, written.id)"
    )
    unwanted = f"NEW.consent_id IS NOT NULL AND NOT EXISTS ({standing})"
    if is_postgresql():
        op.execute(
            "CREATE FUNCTION dispatch_consented() RETURNS trigger LANGUAGE plpgsql AS"
            f" $$ BEGIN IF {unwanted} THEN RAISE EXCEPTION 'dispatch_consented'; END IF;"
            " RETURN NEW; END $$"
        )
        op.execute(
            "CREATE TRIGGER dispatch_consented BEFORE INSERT OR UPDATE OF consent_id ON dispatch"
            " FOR EACH ROW EXECUTE FUNCTION dispatch_consented()"
        )
        return
    for name, action in (("", "INSERT"), ("_anew", "UPDATE OF consent_id")):
        op.execute(
            f"CREATE TRIGGER dispatch_consented{name} BEFORE {action} ON dispatch WHEN {unwanted}"
            " BEGIN SELECT RAISE(ABORT, 'dispatch_consented'); END"
        )


def downgrade() -> None:
    raise NotImplementedError("referrals are not taken apart again")
