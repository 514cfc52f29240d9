"""Following the change log: what is drawn of some tables is kept until one of them changes."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import select

from clinic.audit.models import ChangeEntry
from clinic.audit.queries import Followed
from clinic.core.db import db
from clinic.core.permissions import Role
from tests.factories import clients
from tests.factories import staff as people
from tests.statements import counted

pytestmark = pytest.mark.usefixtures("inside")


@pytest.fixture
def followed(inside):
    people.set_up()
    clients.a_client()
    db.session.rollback()
    found = Followed()
    found.look()
    return found


def test_a_mark_is_another_one_after_a_change_of_its_tables_alone(followed):
    theirs, ours = followed.mark("client"), followed.mark("staff_member", "room")
    clients.a_client("Omar Farouk")
    db.session.rollback()
    followed.look()
    assert followed.mark("client") != theirs
    assert followed.mark("staff_member", "room") == ours
    people.member("Ana Reis", Role.THERAPIST)
    db.session.rollback()
    followed.look()
    assert followed.mark("staff_member", "room") != ours


def test_reading_on_takes_one_query(followed):
    clients.a_client("Omar Farouk")
    db.session.rollback()
    with counted(db.engine) as seen:
        followed.look()
    assert len(seen) == 1


def test_two_that_follow_never_share_a_mark(followed):
    other = Followed()
    other.look()
    assert other.mark("client") != followed.mark("client")


def test_a_log_that_is_not_the_one_that_was_read_is_begun_anew(followed):
    before = followed.mark("client")
    followed._seen = (followed._seen[0], b"of another log")
    followed.look()
    assert followed.mark("client") != before
    after = followed.mark("client")
    followed.look()
    assert followed.mark("client") == after


def test_which_rows_of_a_table_changed_is_known_row_by_row(followed):
    since = followed.mark("client")
    assert followed.changed("client", since) == frozenset()
    names = ("Omar Farouk", "Noor Haddad")
    made = frozenset(clients.a_client(name).public_id for name in names)
    people.member("Ana Reis", Role.THERAPIST)
    db.session.rollback()
    followed.look()
    assert followed.changed("client", since) == made
    assert followed.changed("client", followed.mark("client")) == frozenset()
    assert followed.changed("room", followed.mark("room")) == frozenset()


def test_of_more_changes_than_are_remembered_any_row_may_have_changed(followed, monkeypatch):
    monkeypatch.setattr("clinic.audit.queries.REMEMBERED", 2)
    few = Followed()
    few.look()
    since = few.mark("client")
    for number in range(3):
        clients.a_client(f"Person {number}")
        db.session.rollback()
        few.look()
    assert few.changed("client", since) is None


def test_after_another_log_any_row_may_have_changed(followed):
    since = followed.mark("client")
    followed._seen = (followed._seen[0], b"of another log")
    followed.look()
    assert followed.changed("client", since) is None


def test_of_a_mark_from_before_the_log_was_begun_at_any_row_may_have_changed(followed):
    early = Followed()
    since = early.mark("client")
    clients.a_client("Omar Farouk")
    db.session.rollback()
    early.look()
    assert early.changed("client", since) is None
    assert early.changed("client", early.mark("client")) == frozenset()


def test_who_reads_in_an_older_transaction_begins_nothing_anew(app, followed):
    """On SQLite a transaction that reads sees what was there when it began."""
    before = followed.mark("client")
    db.session.scalar(select(ChangeEntry.seq).limit(1))
    with ThreadPoolExecutor(1) as others:
        others.submit(_add_and_look, app, followed).result()
    after = followed.mark("client")
    assert after != before
    followed.look()
    assert followed.mark("client") == after
    db.session.rollback()
    followed.look()
    assert followed.mark("client") == after


def _add_and_look(app, followed):
    with app.app_context():
        clients.a_client("Omar Farouk")
        db.session.rollback()
        followed.look()
