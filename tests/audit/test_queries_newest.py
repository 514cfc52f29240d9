"""What changed last comes along with who sits there, and is known until something is written."""

import pytest
from sqlalchemy import select

from clinic.audit.queries import THE_LOG, Followed, WhileNothingChanges, newest
from clinic.core.db import db, read_at_first
from clinic.core.permissions import Role
from clinic.core.transactions import refresh, transaction
from clinic.staff import services as staff
from clinic.staff.models import StaffMember
from clinic.staff.queries import sitting
from tests.factories import clients
from tests.factories import staff as people
from tests.statements import counted

pytestmark = pytest.mark.usefixtures("inside")
TOKEN = "t" * 40


@pytest.fixture
def sat(inside):
    """Somebody whose browser is known, and one who follows the log up to now."""
    people.set_up()
    member = people.member("Ana Reis", Role.RECEPTIONIST)
    staff.keep(
        TOKEN,
        {"_user_id": str(member.id)},
        is_new=True,
        staff_id=member.id,
        agent="",
        address="",
    )
    db.session.rollback()
    followed = Followed()
    followed.look()
    assert sitting(TOKEN) is not None
    return followed


def test_who_sits_there_brings_the_newest_change_along(sat):
    with counted(db.engine) as seen:
        brought = newest()
    assert seen == []
    refresh()
    with counted(db.engine) as seen:
        assert newest() == brought
    assert len(seen) == 1


def test_nothing_is_read_on_where_the_newest_change_was_seen(sat):
    with counted(db.engine) as seen:
        sat.look()
    assert seen == []


def test_a_change_that_came_before_the_request_is_read(sat):
    before = sat.mark("client")
    clients.a_client("Omar Farouk")
    db.session.rollback()
    sitting(TOKEN)
    sat.look()
    assert sat.mark("client") != before


def test_what_this_very_request_changed_is_read(sat):
    before, head = sat.mark("client"), newest()
    clients.a_client("Omar Farouk")
    assert newest() != head
    sat.look()
    assert sat.mark("client") != before


def test_nothing_read_inside_a_transaction_counts_after_it(sat):
    with transaction():
        sitting(TOKEN)
        inside_it = newest()
        clients.new_client("Omar Farouk")
    assert newest() != inside_it


def test_things_read_afresh_are_read_with_the_newest_change(sat):
    refresh()
    with counted(db.engine) as seen:
        sat.look()
    assert len(seen) == 1


def test_a_value_is_read_once_while_nothing_changes(sat):
    readings = []
    kept = WhileNothingChanges(lambda: readings.append("read"))
    kept.get()
    kept.get()
    assert readings == ["read"]
    clients.a_client("Omar Farouk")
    db.session.rollback()
    sitting(TOKEN)
    kept.get()
    assert readings == ["read", "read"]


def look_again():
    """Another request, of a page that follows the log."""
    db.session.rollback()
    sitting(TOKEN)
    THE_LOG.look()


def test_a_value_of_one_table_is_read_again_only_when_that_table_changed(sat):
    readings = []
    kept = WhileNothingChanges(lambda: readings.append("read"), "client")
    look_again()
    kept.get()
    people.member("Omar Farouk", Role.THERAPIST)
    look_again()
    kept.get()
    assert len(readings) == 1
    clients.a_client("Grace Nakamura")
    look_again()
    kept.get()
    kept.get()
    assert len(readings) == 2


def test_a_page_that_does_not_follow_the_log_asks_for_no_more_than_the_value(sat):
    kept = WhileNothingChanges(lambda: len(people_there()), "staff_member")
    kept.get()
    clients.a_client("Grace Nakamura")
    db.session.rollback()
    sitting(TOKEN)
    with counted(db.engine) as seen:
        kept.get()
        kept.get()
    assert len(seen) == 1


def people_there():
    return db.session.scalars(select(StaffMember.id)).all()


def test_a_value_is_not_kept_under_what_others_saw_later(sat):
    """A request that began before a change may read what was before it, and another has followed
    the log further meanwhile: what it reads is not what is there now."""
    readings = []
    kept = WhileNothingChanges(lambda: readings.append("read"), "client")
    look_again()
    head = newest()
    clients.a_client("Grace Nakamura")
    THE_LOG.look()
    read_at_first()["newest"] = head
    kept.get()
    look_again()
    kept.get()
    kept.get()
    assert len(readings) == 2


def test_a_value_is_read_each_time_where_something_may_have_changed(sat):
    readings = []
    kept = WhileNothingChanges(lambda: readings.append("read"))
    kept.get()
    with transaction():
        kept.get()
    kept.get()
    assert len(readings) == 3
