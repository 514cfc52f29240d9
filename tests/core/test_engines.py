"""What each engine promises, seen on the connections that the application really uses."""

import sqlite3
from pathlib import Path

import pytest
from sqlalchemy import (
    bindparam,
    create_engine,
    func,
    literal,
    literal_column,
    select,
    text,
)
from sqlalchemy.exc import DBAPIError, ProgrammingError

from clinic.app import engine_options
from clinic.audit.services import put
from clinic.core import engines, fitness
from clinic.core.db import at_hand, db
from clinic.core.engines import ONE_PLAN, wal_is_safe
from clinic.core.guard import writing
from clinic.core.permissions import SYSTEM
from clinic.core.swift import Swift
from clinic.core.transactions import transaction
from clinic.core.vault import Vault
from clinic.practice.queries import the_practice
from clinic.staff.models import Qualification
from tests.engines import on_both_engines, on_postgresql
from tests.factories import staff as people
from tests.statements import counted

ROOT = Path(__file__).resolve().parents[2]
FORBIDDEN = [
    "DROP TABLE setting",
    "DROP TRIGGER change_entry_no_delete",
    "DROP INDEX ix_change_entry_object",
    "ALTER TABLE setting ADD COLUMN x INTEGER",
    "ALTER TABLE setting RENAME TO other",
    "CREATE TABLE mine (id INTEGER)",
    "CREATE TRIGGER mine BEFORE UPDATE ON setting BEGIN SELECT 1; END",
    "CREATE INDEX mine ON setting (name)",
    "CREATE VIEW mine AS SELECT 1",
    "ATTACH DATABASE ':memory:' AS other",
    "PRAGMA writable_schema=ON",
    "PRAGMA foreign_keys=OFF",
    "PRAGMA recursive_triggers=OFF",
    "PRAGMA synchronous=OFF",
    "PRAGMA journal_mode=DELETE",
    "UPDATE sqlite_master SET sql = ''",
    "DELETE FROM sqlite_master",
]


@pytest.mark.parametrize(
    ("pragma", "value"),
    [("foreign_keys", 1), ("recursive_triggers", 1), ("secure_delete", 1), ("trusted_schema", 0),
     ("busy_timeout", engines.BUSY_MS)],
)  # fmt: skip
def test_sqlite_is_set_as_promised(inside, pragma, value):
    for engine in (db.engine, inside.extensions["access"]):
        with engine.connect() as connection:
            assert connection.exec_driver_sql(f"PRAGMA {pragma}").scalar() == value


def test_sqlite_keeps_every_acknowledged_commit(inside):
    safe = wal_is_safe(engines.sqlite_module().sqlite_version_info)
    with db.engine.connect() as connection:
        journal = connection.exec_driver_sql("PRAGMA journal_mode").scalar()
        synchronous = connection.exec_driver_sql("PRAGMA synchronous").scalar()
    assert (journal, synchronous) == (("wal", 2) if safe else ("delete", 3))


@pytest.mark.parametrize("statement", FORBIDDEN)
def test_the_application_cannot_change_the_shape_of_its_database(inside, statement):
    people.member()
    with (
        pytest.raises(DBAPIError),
        writing("test", SYSTEM),
        transaction() as session,
    ):
        session.execute(text(statement))


def test_only_migrations_may(inside, tmp_path):
    engine = create_engine(f"sqlite:///{tmp_path / 'x'}", **engine_options("sqlite://"))
    engines.set_up(engine, may_alter=True)
    with engine.begin() as connection:
        connection.exec_driver_sql("CREATE TABLE mine (id INTEGER)")
        connection.exec_driver_sql("DROP TABLE mine")
    engine.dispose()


@pytest.mark.parametrize(
    ("version", "safe"),
    [
        ((3, 40, 1), False),
        ((3, 51, 2), False),
        ((3, 51, 3), True),
        ((3, 52, 0), False),
        ((3, 53, 4), True),
    ],
)
def test_a_library_that_can_damage_a_wal_file_is_known(version, safe):
    assert wal_is_safe(version) is safe


def test_with_an_old_library_the_rollback_journal_is_used(tmp_path, monkeypatch):
    monkeypatch.setattr(engines, "sqlite_module", lambda: sqlite3)
    monkeypatch.setattr(engines, "wal_is_safe", lambda _: False)
    engine = create_engine(f"sqlite:///{tmp_path / 'x'}", module=sqlite3)
    engines.set_up(engine)
    with engine.connect() as connection:
        assert connection.exec_driver_sql("PRAGMA journal_mode").scalar() == "delete"
        assert connection.exec_driver_sql("PRAGMA synchronous").scalar() == 3
    engine.dispose()


def test_the_console_says_when_it_runs_so(inside, monkeypatch):
    monkeypatch.setattr(fitness, "wal_is_safe", lambda _: False)
    assert "rollback journal" in fitness.journal_note(db.engine)
    monkeypatch.setattr(fitness, "wal_is_safe", lambda _: True)
    assert fitness.journal_note(db.engine) == ""


@on_both_engines
def test_a_database_error_never_holds_what_was_typed(inside):
    with (
        pytest.raises(DBAPIError) as error,
        writing("test", SYSTEM),
        transaction() as session,
    ):
        session.execute(
            text("INSERT INTO qualification (code, name) VALUES (:code, :name)"),
            {"code": "X", "name": "HIV positive"},
        )
    assert "HIV" not in str(error.value)


@on_both_engines
def test_nor_does_one_of_a_row_that_is_written_at_once(inside):
    with pytest.raises(DBAPIError) as error, writing("test", SYSTEM), transaction():
        put(Qualification(code=None, name="HIV positive"))
    assert "HIV" not in f"{error.value} {error.value.orig} {error.value.__cause__}"


@on_both_engines
def test_a_reading_that_fails_without_a_transaction_keeps_no_other_from_being_made(inside):
    with pytest.raises(DBAPIError):
        Swift(select(func.no_such_function())).raw(at_hand())
    assert the_practice() is not None


@on_postgresql
@pytest.mark.parametrize(
    "statement",
    [
        "DROP TABLE setting", "TRUNCATE setting", "TRUNCATE change_entry", "TRUNCATE access_entry",
        "DELETE FROM change_entry", "UPDATE change_entry SET verb = ''",
        "DELETE FROM access_entry", "UPDATE access_entry SET place = ''",
        "ALTER TABLE change_entry DISABLE TRIGGER ALL", "CREATE TABLE mine (id int)",
        "ALTER TABLE setting ADD COLUMN x int", "SET session_replication_role = replica",
        "UPDATE alembic_version SET version_num = ''",
    ],
)  # fmt: skip
def test_postgresqls_application_role_has_no_right_to(inside, statement):
    with (
        pytest.raises(ProgrammingError, match="permission denied|must be owner"),  # noqa: RUF043
        writing("test", SYSTEM),
        transaction() as session,
    ):
        session.execute(text(statement))


@on_both_engines
def test_a_fresh_clinic_is_fit(inside):
    assert fitness.shape_faults(db.engine, ROOT / "migrations") == []
    assert fitness.rights_faults(db.engine) == []
    people.member()
    assert fitness.key_faults(db.engine) == []


@on_postgresql
def test_an_owner_or_a_superuser_is_no_application_role(ground):
    for role, fault in (("clinic_owner", "owns tables"), ("superuser", "superuser")):
        engine = create_engine(ground.server.uri("clinic", role))
        assert fault in fitness.rights_faults(engine)[0]
        engine.dispose()


def test_a_database_of_another_shape_is_not_fit(inside, tmp_path):
    engine = create_engine(f"sqlite:///{tmp_path / 'x'}", **engine_options("sqlite://"))
    assert fitness.is_empty(engine)
    assert "make migrate" in fitness.shape_faults(engine, ROOT / "migrations")[0]
    engine.dispose()
    assert not fitness.is_empty(db.engine)


def test_the_wrong_master_key_is_noticed_at_the_start(inside, monkeypatch):
    people.member()
    monkeypatch.setattr(fitness, "vault", lambda: Vault(b"x" * 32))
    assert "does not fit" in fitness.key_faults(db.engine)[0]


@on_both_engines
def test_a_statement_that_asks_for_one_plan_hides_its_values_from_the_planner(inside):
    wanted = select(literal("a"), literal_column("'why?'")).where(literal(1) == bindparam("one"))
    for options, is_hidden in (({}, False), ({ONE_PLAN: True}, True)):
        with counted(db.engine) as sent:
            found = db.session.execute(wanted.execution_options(**options), {"one": 1}).all()
        assert found == [("a", "why?")]
        if db.engine.dialect.name == "sqlite":
            assert ("+?" in sent[0]) is is_hidden
            assert "'why?'" in sent[0]
