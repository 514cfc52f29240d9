"""What migrations say more than once: rights on PostgreSQL, and tables that only grow."""

from alembic import op
from flask import current_app
from sqlalchemy.engine import make_url

ALL = "SELECT, INSERT, UPDATE, DELETE"
GROWING = "SELECT, INSERT"


def is_postgresql() -> bool:
    """Which of the two engines this migration runs on."""
    return op.get_bind().dialect.name == "postgresql"


def application_role() -> str | None:
    """The role that the application runs as, where it is not the owner itself."""
    own = make_url(current_app.config["SQLALCHEMY_DATABASE_URI"]).username
    owner = make_url(current_app.config["MIGRATION_DATABASE_URI"]).username
    return own if own != owner else None


def grant(*tables: str, rights: str = ALL) -> None:
    """Let the application's role use these tables (and their counters) so far and no further."""
    role = application_role() if is_postgresql() else None
    if role is None:
        return
    quoted = op.get_bind().dialect.identifier_preparer.quote(role)
    for table in tables:
        op.execute(f"GRANT {rights} ON {table} TO {quoted}")
    op.execute(f"GRANT USAGE ON ALL SEQUENCES IN SCHEMA public TO {quoted}")


def follows_its_head(table: str) -> None:
    """On PostgreSQL a new link of a chain must follow its head, as on SQLite by its trigger."""
    op.execute(
        f"CREATE FUNCTION {table}_follows() RETURNS trigger LANGUAGE plpgsql AS $$"  # noqa: S608
        " DECLARE head record; BEGIN"
        f" SELECT seq, hash INTO head FROM {table} ORDER BY seq DESC LIMIT 1;"
        " IF NEW.seq <> coalesce(head.seq, 0) + 1"
        " OR NEW.previous <> coalesce(head.hash, decode(repeat('00', 32), 'hex'))"
        " THEN RAISE EXCEPTION 'append_only'; END IF; RETURN NEW; END $$"
    )
    op.execute(
        f"CREATE TRIGGER {table}_follows BEFORE INSERT ON {table}"
        f" FOR EACH ROW EXECUTE FUNCTION {table}_follows()"
    )


def only_grows(table: str) -> None:
    """Rows of this table are added, and never changed or removed."""
    if is_postgresql():
        _refusing()
        op.execute(
            f"CREATE TRIGGER {table}_no_rewriting BEFORE UPDATE OR DELETE ON {table}"
            " FOR EACH ROW EXECUTE FUNCTION refuse_rewriting()"
        )
        _never_emptied(table)
        return
    for action in ("UPDATE", "DELETE"):
        op.execute(
            f"CREATE TRIGGER {table}_no_{action.lower()} BEFORE {action} ON {table}"
            " BEGIN SELECT RAISE(ABORT, 'append_only'); END"
        )
    # INSERT OR REPLACE removes the old row first: recursive_triggers makes that a DELETE.


def _refusing() -> None:
    op.execute(
        "CREATE OR REPLACE FUNCTION refuse_rewriting() RETURNS trigger LANGUAGE plpgsql AS"
        " $$ BEGIN RAISE EXCEPTION 'append_only'; END $$"
    )


def _never_emptied(table: str) -> None:
    op.execute(
        f"CREATE TRIGGER {table}_no_truncate BEFORE TRUNCATE ON {table}"
        " FOR EACH STATEMENT EXECUTE FUNCTION refuse_rewriting()"
    )


def locked(table: str, *frozen: str, when: str = "", may_go: bool = False) -> None:
    """These columns of a row never change, once ``when`` (a condition on OLD) holds.

    Neither is the row removed then, unless it ``may_go``. Whoever tries, by whatever
    statement, is refused by the database itself.
    """
    distinct = "IS DISTINCT FROM" if is_postgresql() else "IS NOT"
    changed = " OR ".join(f"NEW.{column} {distinct} OLD.{column}" for column in frozen)
    unwanted = {"UPDATE": f"{when} AND ({changed})" if when else changed}
    if not may_go:
        unwanted["DELETE"] = when
    for action, condition in unwanted.items():
        _refuse(table, "locked_" + action.lower(), action, condition)
    if is_postgresql() and not may_go:
        _never_emptied(table)


def refused(table: str, name: str, condition: str) -> None:
    """A row is not changed where this holds of OLD and NEW; ``{is_not}`` compares what may be
    nothing."""
    distinct = "IS DISTINCT FROM" if is_postgresql() else "IS NOT"
    _refuse(table, name, "UPDATE", condition.format(is_not=distinct))


def _refuse(table: str, name: str, action: str, condition: str) -> None:
    if is_postgresql():
        _refusing()
        body = "FOR EACH ROW " + (f"WHEN ({condition}) " if condition else "")
        act = "EXECUTE FUNCTION refuse_rewriting()"
    else:
        body = f"WHEN {condition} " if condition else ""
        act = "BEGIN SELECT RAISE(ABORT, 'append_only'); END"
    op.execute(f"CREATE TRIGGER {table}_{name} BEFORE {action} ON {table} {body}{act}")
