"""No way to write around a service, on either engine."""

import pytest
from sqlalchemy import delete, insert, text, update

from clinic.core import guard as the_guard
from clinic.core.db import db
from clinic.core.errors import NotAllowed
from clinic.core.guard import UnguardedWrite, current_verb, verb, writing
from clinic.core.permissions import SYSTEM, Permission
from clinic.core.transactions import separate_transaction, transaction
from clinic.staff.models import Qualification, StaffMember
from tests.factories import staff as people

TABLE = StaffMember.__table__
WAYS = {
    "a changed row": lambda s: setattr(s.query(StaffMember).first(), "name", "Changed"),
    "a new row": lambda s: s.add(Qualification(code="X", name="X")),
    "a deleted row": lambda s: s.delete(s.query(StaffMember).first()),
    "a bulk update": lambda s: s.execute(update(StaffMember).values(name="Changed")),
    "a bulk delete": lambda s: s.execute(delete(StaffMember)),
    "the old query's update": lambda s: s.query(StaffMember).update({"name": "Changed"}),
    "bulk_insert_mappings": lambda s: s.bulk_insert_mappings(
        Qualification, [{"public_id": "x" * 20, "code": "X", "name": "X"}]
    ),
    "an insert of the core": lambda s: s.execute(
        insert(Qualification.__table__).values(public_id="x" * 20, code="X", name="X")
    ),
    "text": lambda s: s.execute(text("UPDATE staff_member SET name = 'Changed'")),
    "text in lower case": lambda s: s.execute(text("  update staff_member set name = 'Changed'")),
    "text behind a comment": lambda s: s.execute(
        text("/* SELECT */ UPDATE staff_member SET name = 'Changed'")
    ),
    "raw SQL of the driver": lambda s: s.connection().exec_driver_sql("DELETE FROM staff_member"),
    "a second statement": lambda s: s.connection().exec_driver_sql(
        "SELECT 1; DELETE FROM staff_member"
    ),
    "WITH before an insert": lambda s: s.execute(
        text(
            "WITH q AS (SELECT 'X' AS c) INSERT INTO qualification (public_id, code, name)"
            " SELECT c, c, c FROM q"
        )
    ),
    "WITH around a delete": lambda s: s.execute(
        text("WITH q AS (DELETE FROM staff_member RETURNING id) SELECT * FROM q")
    ),
    "EXPLAIN that runs it": lambda s: s.execute(text("EXPLAIN ANALYZE DELETE FROM staff_member")),
    "REPLACE": lambda s: s.execute(text("REPLACE INTO throttle VALUES ('x', 1, 1)")),
    "TRUNCATE": lambda s: s.execute(text("TRUNCATE staff_member")),
    "DROP": lambda s: s.execute(text("DROP TABLE staff_member")),
    "COPY": lambda s: s.execute(text("COPY staff_member FROM stdin")),
    "DO": lambda s: s.execute(text("DO $$ BEGIN DELETE FROM staff_member; END $$")),
}


@pytest.mark.parametrize("way", WAYS)
def test_nothing_is_written_without_a_verb(inside, way):
    people.member()
    with pytest.raises(UnguardedWrite), transaction() as session:
        WAYS[way](session)
    assert db.session.query(StaffMember).one().name == "Robin Vale"


def test_a_connection_of_its_own_is_guarded_as_well(inside):
    with pytest.raises(UnguardedWrite), separate_transaction() as connection:
        connection.execute(update(TABLE).values(name="Changed"))


def test_the_log_of_reads_is_guarded_as_well(inside):
    access = inside.extensions["access"]
    with pytest.raises(UnguardedWrite), separate_transaction(access) as connection:
        connection.execute(text("DELETE FROM access_entry"))


@pytest.mark.parametrize(
    "statement",
    [
        "SELECT 1",
        "select 'a; delete from b'",
        "WITH q AS (SELECT 1) SELECT * FROM q",
        "SELECT 1;",
    ],
)
def test_reading_needs_no_verb(inside, statement):
    db.session.execute(text(statement)).all()


def test_a_verb_asks_for_the_permission_again(inside):
    @verb(Permission.STAFF_WRITE)
    def act(*, actor):
        return current_verb()

    with pytest.raises(NotAllowed):
        act(actor=people.receptionist())
    with pytest.raises(NotAllowed):
        act(actor=None)
    assert act(actor=SYSTEM) == ("core.act", SYSTEM) or act(actor=SYSTEM)[1] is SYSTEM


def test_the_guard_closes_behind_a_verb_that_fails(inside):
    with pytest.raises(ZeroDivisionError), writing("test.fail", SYSTEM):
        1 / 0  # noqa: B018 - it fails on purpose
    assert current_verb() is None


def test_the_outermost_verb_gives_the_change_its_name(inside):
    with writing("outer", SYSTEM), writing("inner", SYSTEM):
        assert current_verb()[0] == "outer"


def test_sabotage_without_the_guard_a_bulk_update_goes_through(inside, monkeypatch):
    people.member()
    monkeypatch.setattr(the_guard, "_is_harmless", lambda _: True)
    with transaction() as session:
        session.execute(update(TABLE).values(name="Changed"))
    assert db.session.query(StaffMember.name).scalar() == "Changed"
