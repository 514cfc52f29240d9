"""The log of changes: what it holds, and that nobody rewrites it unseen."""

import pytest
from sqlalchemy import func, select, text
from sqlalchemy.exc import DBAPIError

from clinic.audit import services as audit
from clinic.audit.models import ChangeEntry
from clinic.audit.queries import changes_of, values_of
from clinic.core.db import db
from clinic.core.errors import DomainError
from clinic.core.guard import writing
from clinic.core.permissions import SYSTEM, Role
from clinic.core.transactions import transaction
from clinic.core.words import say
from clinic.staff import services
from clinic.staff.models import OneTimeLink, StaffMember
from tests.audit.owners import as_owner, bytes_of
from tests.factories import staff as people


def entries() -> list[ChangeEntry]:
    return list(db.session.scalars(select(ChangeEntry).order_by(ChangeEntry.seq)))


def broken(app, *heads: str):
    db.session.remove()
    return audit.verify(app.extensions["access"], heads)[0].broken_at


def six_entries() -> None:
    for number in range(6):
        with transaction():
            services.name_qualification(actor=SYSTEM, code=f"Q{number}", name="N")


def test_every_change_has_who_what_and_the_verb(inside):
    owner = people.owner()
    with transaction():
        services.hire(
            actor=owner, name="Ada Stone", email="a@clinic.example", roles=frozenset({Role.OWNER})
        )
    of_hers = [entry for entry in entries() if entry.actor_id == owner.id]
    assert {entry.verb for entry in of_hers} == {"staff.keep_password", "staff.hire"}
    tables = {entry.object_table for entry in of_hers if entry.verb == "staff.hire"}
    assert tables == {"staff_member", "role_grant"}


def test_a_change_says_what_was_and_what_is(inside):
    person = people.member("Ada Stone")
    with transaction():
        services.amend(
            person, actor=SYSTEM, name="Ada Hill", email=person.email, phone="", gender="",
            roles=person.roles, hands_on_limit=None,
        )  # fmt: skip
    newest = db.session.scalars(changes_of("staff_member", person.public_id)).first()
    assert values_of(newest) == {"name": ["Ada Stone", "Ada Hill"]}
    assert newest.fields == "name"


def test_a_password_is_not_in_the_log_only_that_it_changed(inside):
    person = people.member()
    newest = db.session.scalars(changes_of("staff_member", person.public_id)).first()
    assert values_of(newest) == {"password_hash": "changed"}


def test_a_link_that_is_used_is_in_the_log(inside):
    with transaction():
        services.first_owner_link(actor=SYSTEM)
    with transaction():
        services.first_owner_link(actor=SYSTEM)
    link = db.session.scalars(select(OneTimeLink).order_by(OneTimeLink.id)).first()
    changes = db.session.scalars(changes_of("one_time_link", link.public_id)).all()
    assert (changes[0].kind, changes[0].fields) == ("changed", "used_at")


def test_nothing_of_what_was_typed_can_be_read_in_the_log(inside):
    with transaction():
        services.name_qualification(actor=SYSTEM, code="LYMPH", name="Lymphatic canary work")
    entry = entries()[-1]
    assert b"canary" not in entry.sealed_values
    assert "canary" not in entry.fields


def test_what_was_rolled_back_was_never_done(inside):
    with pytest.raises(DomainError), transaction():  # noqa: PT012 - one piece of work
        services.name_qualification(actor=SYSTEM, code="A", name="A")
        raise DomainError(say("No."))
    assert entries() == []


def test_a_savepoint_that_was_rolled_back_leaves_no_entry(inside):
    with transaction() as session:
        services.name_qualification(actor=SYSTEM, code="A", name="A")
        with pytest.raises(DomainError), session.begin_nested():  # noqa: PT012 - the same
            services.name_qualification(actor=SYSTEM, code="B", name="B")
            raise DomainError(say("No."))
        with session.begin_nested():
            services.name_qualification(actor=SYSTEM, code="C", name="C")
    assert [values_of(entry)["code"][1] for entry in entries()] == ["A", "C"]
    assert broken(inside) is None


def test_a_failed_transaction_leaves_nothing_for_the_next(inside):
    with pytest.raises(DomainError), transaction():  # noqa: PT012 - one piece of work
        services.name_qualification(actor=SYSTEM, code="A", name="A")
        raise DomainError(say("No."))
    with transaction():
        services.name_qualification(actor=SYSTEM, code="B", name="B")
    assert [values_of(entry)["code"][1] for entry in entries()] == ["B"]


def test_entries_have_numbers_without_a_gap(inside):
    six_entries()
    assert [entry.seq for entry in entries()] == [1, 2, 3, 4, 5, 6]
    assert broken(inside) is None


TAMPERINGS = {
    "an edit": ("UPDATE change_entry SET verb = 'other' WHERE seq = 3", 3),
    "another actor": ("UPDATE change_entry SET actor_id = 99 WHERE seq = 2", 2),
    "another time": ("UPDATE change_entry SET at = '2001-01-01 00:00:00.000000' WHERE seq = 4", 4),
    "another value": (
        "UPDATE change_entry SET sealed_values ="
        " (SELECT sealed_values FROM change_entry WHERE seq = 1) WHERE seq = 5",
        5,
    ),
    "one taken out": ("DELETE FROM change_entry WHERE seq = 3", 4),
    "the first taken out": ("DELETE FROM change_entry WHERE seq = 1", 2),
    "two swapped": (
        "UPDATE change_entry SET seq = CASE seq WHEN 103 THEN 4 ELSE 3 END WHERE seq IN (103, 104)",
        3,
    ),
    "one put in": (
        "INSERT INTO change_entry (seq, at, actor_id, verb, kind, object_table, object_id,"
        " subject_key_id, fields, sealed_values, request_ref, previous, hash)"
        " SELECT 7, at, actor_id, verb, kind, object_table, object_id, subject_key_id, fields,"
        " sealed_values, request_ref, previous, hash FROM change_entry WHERE seq = 6",
        7,
    ),
    "the number changed": ("UPDATE change_entry SET seq = 60 WHERE seq = 6", 60),
}


@pytest.mark.parametrize("kind", TAMPERINGS)
def test_whoever_has_the_whole_database_is_still_found_out(inside, kind):
    statement, at = TAMPERINGS[kind]
    six_entries()
    db.session.remove()
    with as_owner(inside) as connection:
        if kind == "two swapped":
            connection.exec_driver_sql(
                "UPDATE change_entry SET seq = seq + 100 WHERE seq IN (3, 4)"
            )
        assert connection.exec_driver_sql(statement).rowcount > 0
    assert broken(inside) == at


def test_a_tail_cut_off_shows_against_a_head_written_down_before(inside):
    six_entries()
    db.session.remove()
    head = audit.verify(inside.extensions["access"])[0].head
    with as_owner(inside) as connection:
        connection.exec_driver_sql("DELETE FROM change_entry WHERE seq > 4")
    assert broken(inside) is None
    assert broken(inside, head) == 6


REFUSED = {
    "an update": "UPDATE change_entry SET verb = 'x'",
    "a delete": "DELETE FROM change_entry",
    "a wrong number": "INSERT INTO change_entry SELECT 99, at, actor_id, verb, kind, object_table,"
    " object_id, subject_key_id, fields, sealed_values, request_ref, hash, hash"
    " FROM change_entry WHERE seq = 6",
    "a fork": "INSERT INTO change_entry SELECT 7, at, actor_id, verb, kind, object_table,"
    " object_id, subject_key_id, fields, sealed_values, request_ref, previous, hash"
    " FROM change_entry WHERE seq = 6",
}


@pytest.mark.parametrize("kind", REFUSED)
def test_the_database_itself_refuses_a_rewriting(inside, kind):
    six_entries()
    with (
        pytest.raises(DBAPIError, match=r"append_only|permission denied"),
        writing("test", SYSTEM),
        transaction() as session,
    ):
        session.execute(text(REFUSED[kind]))
    assert len(entries()) == 6


@pytest.mark.engines("sqlite")
@pytest.mark.parametrize("word", ["INSERT OR REPLACE", "REPLACE"])
def test_replace_does_not_slip_past_the_triggers(inside, word):
    six_entries()
    with (
        pytest.raises(DBAPIError, match="append_only"),
        writing("test", SYSTEM),
        transaction() as session,
    ):
        session.execute(text(f"{word} INTO change_entry SELECT * FROM change_entry WHERE seq = 3"))


@pytest.mark.engines("sqlite")
def test_what_is_logged_cannot_be_read_in_the_files(inside):
    with transaction():
        services.name_qualification(actor=SYSTEM, code="C", name="first canary")
    qualification = db.session.scalars(select(ChangeEntry)).one()
    assert values_of(qualification)["name"] == [None, "first canary"]
    db.session.remove()
    with as_owner(inside) as connection:
        connection.exec_driver_sql("PRAGMA secure_delete=ON")
        connection.exec_driver_sql("UPDATE qualification SET name = 'gone'")
    with as_owner(inside) as connection:
        connection.exec_driver_sql("SELECT 1")
    assert bytes_of(inside).count(b"first canary") <= 1  # the table's own write-ahead copy


@pytest.mark.engines("sqlite")
def test_sabotage_without_the_triggers_the_log_can_be_emptied(inside):
    six_entries()
    db.session.remove()
    with as_owner(inside):
        pass
    with writing("test", SYSTEM), transaction() as session:
        session.execute(text("DELETE FROM change_entry"))
    assert db.session.scalar(select(func.count()).select_from(ChangeEntry)) == 0


def test_the_version_guards_a_row_against_two_desks(inside):
    person = people.member()
    with transaction():
        version = person.version
        services.amend(
            person, actor=SYSTEM, name="One", email=person.email, phone="", gender="",
            roles=person.roles, hands_on_limit=None, version=version,
        )  # fmt: skip
    with pytest.raises(DomainError) as stale, transaction():
        services.amend(
            person, actor=SYSTEM, name="Two", email=person.email, phone="", gender="",
            roles=person.roles, hands_on_limit=None, version=version,
        )  # fmt: skip
    assert stale.value.saved["name"] == "One"
    assert db.session.scalar(select(StaffMember.name)) == "One"
