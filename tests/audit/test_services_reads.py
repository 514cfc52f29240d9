"""The log of reads: one entry a request, of its own, and never in anybody's way."""

import json
import threading

import pytest
from sqlalchemy import create_engine, select, text
from sqlalchemy.exc import DBAPIError

from clinic.audit import services as audit
from clinic.audit.models import access_entry
from clinic.core.db import db
from clinic.core.guard import writing
from clinic.core.permissions import SYSTEM
from clinic.core.transactions import separate_transaction, transaction
from clinic.staff import services
from tests.audit.owners import as_owner
from tests.factories import staff as people

ONE, TWO = "a" * 20, "b" * 20


def kept(app):
    with app.extensions["access"].connect() as connection:
        return connection.execute(select(access_entry).order_by(access_entry.c.seq)).all()


def read(app, *seen, actor=None, outcome="shown"):
    audit.begin_reading()
    for category, subjects in seen:
        audit.saw(category, subjects)
    audit.write_reads(app.extensions["access"], actor, "clients.page", outcome=outcome)


def test_one_entry_names_all_who_were_shown(inside):
    actor = people.receptionist()
    read(inside, ("contact", [ONE, TWO]), ("schedule", [ONE]), actor=actor)
    (entry,) = kept(inside)
    assert json.loads(entry.subjects) == [ONE, TWO]
    assert (entry.actor_id, entry.place, entry.outcome) == (actor.id, "clients.page", "shown")
    assert entry.category == "schedule"


def test_the_most_telling_category_stands(inside):
    read(inside, ("clinical", [ONE]), ("contact", [ONE]))
    assert kept(inside)[0].category == "clinical"


def test_nothing_seen_nothing_written(inside):
    read(inside)
    assert kept(inside) == []


def test_a_refusal_is_written_even_if_nothing_was_seen(inside):
    read(inside, outcome="denied", actor=people.receptionist())
    assert kept(inside)[0].outcome == "denied"


def test_a_page_is_written_once(inside):
    read(inside, ("contact", [ONE]))
    audit.write_reads(inside.extensions["access"], None, "clients.page")
    assert len(kept(inside)) == 1


def test_entries_follow_each_other(inside):
    for _ in range(5):
        read(inside, ("contact", [ONE]))
    assert [entry.seq for entry in kept(inside)] == [1, 2, 3, 4, 5]
    assert audit.verify(inside.extensions["access"])[1].broken_at is None


@pytest.mark.parametrize(
    ("statement", "at"),
    [
        ("UPDATE access_entry SET actor_id = 7 WHERE seq = 2", 2),
        ("UPDATE access_entry SET subjects = '[]' WHERE seq = 3", 3),
        ("DELETE FROM access_entry WHERE seq = 2", 3),
    ],
)
def test_a_rewritten_entry_is_found(inside, statement, at):
    for _ in range(4):
        read(inside, ("contact", [ONE]))
    inside.extensions["access"].dispose()
    key = "ACCESS_DATABASE_URI" if db.engine.dialect.name == "sqlite" else "MIGRATION_DATABASE_URI"
    with as_owner(inside, key) as connection:
        connection.exec_driver_sql(statement)
    assert audit.verify(inside.extensions["access"])[1].broken_at == at


@pytest.mark.parametrize(
    "statement", ["DELETE FROM access_entry", "UPDATE access_entry SET place=''"]
)
def test_the_database_refuses_a_rewriting(inside, statement):
    read(inside, ("contact", [ONE]))
    with (
        pytest.raises(DBAPIError, match=r"append_only|permission denied"),
        writing("test", SYSTEM),
        separate_transaction(inside.extensions["access"]) as connection,
    ):
        connection.execute(text(statement))


def test_a_read_stays_when_the_work_is_rolled_back(inside):
    with pytest.raises(ZeroDivisionError), transaction():  # noqa: PT012 - one piece of work
        services.name_qualification(actor=SYSTEM, code="A", name="A")
        if db.engine.dialect.name == "postgresql":
            read(inside, ("contact", [ONE]))
        1 / 0  # noqa: B018 - it fails on purpose
    read(inside, ("contact", [ONE]))
    assert kept(inside)


@pytest.mark.engines("sqlite")
def test_reads_have_a_file_of_their_own_and_wait_for_no_writer(inside):
    assert inside.config["ACCESS_DATABASE_URI"] != inside.config["SQLALCHEMY_DATABASE_URI"]
    writer = create_engine(inside.config["SQLALCHEMY_DATABASE_URI"])
    with writer.connect() as connection:
        connection.connection.dbapi_connection.isolation_level = None
        connection.exec_driver_sql("BEGIN IMMEDIATE")
        done = threading.Event()

        def one_read():
            read(inside, ("contact", [ONE]))
            done.set()

        reader = threading.Thread(target=one_read)
        reader.start()
        assert done.wait(5), "a reader waited for a writer"
        reader.join()
        connection.exec_driver_sql("ROLLBACK")
    writer.dispose()
    assert len(kept(inside)) == 1
