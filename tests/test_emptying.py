"""What one test leaves behind, the next does not see, however its database was made ready."""

from collections.abc import Iterator
from typing import Any

import psycopg
import pytest
from sqlalchemy import MetaData, create_engine, func, inspect, select, text
from sqlalchemy.pool import NullPool

from clinic.core.db import db
from clinic.core.guard import writing
from clinic.core.permissions import SYSTEM
from clinic.staff.models import StaffMember
from tests.engines import Ground, on_both_engines, on_postgresql
from tests.factories import staff
from tests.factories.clients import a_client

SINCE = "SELECT oid FROM pg_database WHERE datname = current_database()"


def kept(ground: Ground) -> dict[str, int]:
    """How many rows there are, by table."""
    with ground.app.app_context():
        tables = MetaData()
        tables.reflect(db.engine)
        count = {
            name: db.session.scalar(select(func.count()).select_from(table)) or 0
            for name, table in tables.tables.items()
        }
    return {name: rows for name, rows in count.items() if rows}


def asked(ground: Ground, question: str) -> Any:
    with ground.app.app_context():
        return db.session.scalar(text(question))


@pytest.fixture
def owner(ground: Ground) -> Iterator[Any]:
    """The database's owner, who may alter it, over connections of their own."""
    engine = create_engine(ground.config.MIGRATION_DATABASE_URI, poolclass=NullPool)
    with engine.connect() as connection:
        yield connection


@on_both_engines
def test_rows_and_files_are_gone_and_numbers_begin_again(ground: Ground):
    empty = kept(ground)
    with ground.app.app_context():
        staff.set_up()
        first = staff.member().id
        a_client()
        db.session.add(StaffMember(name="Half", email="half@clinic.example"))
        db.session.rollback()
    left = ground.app.config["DATA_DIR"] / "left"
    left.write_text("behind")
    assert kept(ground) != empty
    ground.renew()
    assert kept(ground) == empty == {"alembic_version": 1}
    assert not left.exists()
    with ground.app.app_context():
        assert staff.member().id == first


@on_postgresql
def test_where_only_rows_were_left_the_database_stays(ground: Ground):
    since = asked(ground, SINCE)
    for _ in range(3):
        with ground.app.app_context():
            staff.member()
        ground.renew()
        assert asked(ground, SINCE) == since


@on_postgresql
@pytest.mark.parametrize("ending", ["commit", "rollback"])
def test_what_was_altered_is_made_anew(ground: Ground, owner: Any, ending: str):
    since = asked(ground, SINCE)
    owner.execute(text("ALTER TABLE staff_member ADD COLUMN more integer"))
    getattr(owner, ending)()
    ground.renew()
    assert asked(ground, SINCE) != since
    with ground.app.app_context():
        assert "more" not in {one["name"] for one in inspect(db.engine).get_columns("staff_member")}


@on_postgresql
def test_what_another_has_begun_does_not_come_into_the_next(ground: Ground, owner: Any):
    owner.execute(text("INSERT INTO alembic_version VALUES ('another')"))
    ground.renew()
    with pytest.raises(Exception, match="terminat") as error:
        owner.commit()
    assert isinstance(error.value.__cause__ or error.value.__context__, psycopg.Error)
    owner.invalidate()
    assert kept(ground) == {"alembic_version": 1}


@on_postgresql
def test_what_was_set_on_a_connection_holds_no_longer(ground: Ground):
    asked(ground, "SELECT 1")
    since, plain = asked(ground, SINCE), asked(ground, "SHOW statement_timeout")
    with (
        ground.app.app_context(),
        db.engine.connect() as connection,
        writing("test.settings", SYSTEM),
    ):
        connection.execute(text("SET statement_timeout = '77s'"))
        connection.execute(text("SELECT pg_advisory_lock(77)"))
        connection.commit()
    ground.renew()
    assert asked(ground, SINCE) == since
    assert asked(ground, "SHOW statement_timeout") == plain
    assert asked(ground, "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory'") == 0
