"""A PostgreSQL database made ready for the next test: emptied, where that leaves what a copy would.

To copy a database costs more than most tests do, and whoever connects to the copy has to
learn every table anew. Nearly all tests leave nothing behind but rows. Where there may be
more, an altered table, a transaction somebody else has begun, this says so, and the
database is made anew.
"""

from contextlib import suppress
from typing import LiteralString

import psycopg
from psycopg import sql
from psycopg.rows import TupleRow
from sqlalchemy import Engine

from tests.postgres import SUPERUSER, Server

TIMES = 100
"""How often a database is emptied before it is made anew: rows that are gone still take room."""

WATCH = (
    "CREATE SCHEMA watch",
    "CREATE SEQUENCE watch.alterations",
    # Whoever alters something: a sequence goes on counting even if that is rolled back.
    "CREATE FUNCTION watch.note() RETURNS event_trigger LANGUAGE plpgsql SECURITY DEFINER"
    " AS $$ BEGIN PERFORM nextval('watch.alterations'); END $$",
    "CREATE EVENT TRIGGER note ON ddl_command_end EXECUTE FUNCTION watch.note()",
)
SHAPE = (
    "SELECT is_called, (SELECT array_agg(version_num) FROM alembic_version) FROM watch.alterations"
)
OTHERS = """
    SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()
    AND backend_type = 'client backend' AND pid <> pg_backend_pid()
"""
TABLES = """
    SELECT tablename FROM pg_tables WHERE schemaname = 'public' AND tablename <> 'alembic_version'
"""
BEGIN_AGAIN = """
    SELECT setval(format('%I.%I', schemaname, sequencename)::regclass, start_value, false)
    FROM pg_sequences WHERE schemaname = 'public' AND last_value IS NOT NULL
"""
FORGET = "RESET SESSION AUTHORIZATION; RESET ALL; UNLISTEN *; SELECT pg_advisory_unlock_all()"


class Sweeper:
    """Empties one database of a server, again and again, over a connection of its own."""

    def __init__(self, server: Server, database: str) -> None:
        self._server, self._database = server, database
        self._connection: psycopg.Connection | None = None
        self._filled = sql.Composed([])
        self._shape: TupleRow | None = None
        self._left = 0

    def watch(self, database: str) -> None:
        """See from now on whether a database, or a copy of it, is altered."""
        with self._connected(database) as connection:
            for statement in WATCH:
                connection.execute(sql.SQL(statement))

    def begin(self) -> None:
        """The database was just made: it may be emptied so many times."""
        self.close()
        self._connection, self._left = self._connected(self._database), TIMES
        self._shape = _first(self._connection, SHAPE)
        tables = self._connection.execute(TABLES)
        self._filled = sql.SQL(" UNION ALL ").join(
            sql.SQL("SELECT {} WHERE EXISTS (SELECT FROM {})").format(
                sql.Literal(name), sql.Identifier(name)
            )
            for (name,) in tables
        )

    def close(self) -> None:
        """Let go of the database."""
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    def sweep(self, engine: Engine) -> bool:
        """Empty the database, on which the application's engine may have one idle connection.

        False where it must be made anew instead: it was altered, somebody else is in it, or
        it was emptied often enough.
        """
        try:
            return self._sweep(engine)
        except psycopg.Error:
            self.close()
            return False

    def _sweep(self, engine: Engine) -> bool:
        connection, self._left = self._connection, self._left - 1
        kept = engine.pool.checkedin()  # type: ignore[attr-defined]
        if connection is None or self._left < 0 or kept > 1:
            return False
        if _first(connection, SHAPE) != self._shape or _first(connection, OTHERS) != (kept,):
            return False
        if kept:
            _forget_settings(engine)
        with connection.transaction():
            # Rows are deleted by a session that no rule of the tables holds for.
            filled = connection.execute(self._filled, prepare=True).fetchall()
            if filled:
                names = (sql.Identifier(name) for (name,) in filled)
                deletes = (sql.SQL("DELETE FROM {}").format(name) for name in names)
                connection.execute(sql.SQL("; ").join(deletes))
            connection.execute(BEGIN_AGAIN, prepare=True)
        return True

    def _connected(self, database: str) -> psycopg.Connection:
        return psycopg.connect(
            host=str(self._server.folder),
            user=SUPERUSER,
            dbname=database,
            autocommit=True,
            options="-c session_replication_role=replica -c lock_timeout=1000",
        )


def _first(connection: psycopg.Connection, question: LiteralString) -> TupleRow | None:
    return connection.execute(sql.SQL(question), prepare=True).fetchone()


def _forget_settings(engine: Engine) -> None:
    """What was set on the connection that is kept does not hold for the next test."""
    connection = engine.raw_connection()
    try:
        connection.cursor().execute(FORGET)
        connection.commit()
    finally:
        with suppress(psycopg.Error):
            connection.close()
