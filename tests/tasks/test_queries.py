"""Which tasks concern whom, and in which order."""

from clinic.core.db import db
from clinic.core.permissions import SYSTEM
from clinic.core.transactions import transaction
from clinic.staff.queries import the_member
from clinic.tasks import queries, rules, services
from tests.factories import staff
from tests.factories import tasks as made


def test_the_overdue_come_first_by_consequence_then_age_and_the_rest_by_day(inside):
    desk = staff.receptionist()
    wanted = [
        made.task("letter_failed", due=-1, role="receptionist"),
        made.task("contact_client", due=-5),
        made.task("contact_client", due=-2),
        made.task("update_directory", due=-30),
        made.task("update_directory", due=0),
        made.task("letter_failed", due=1),
    ]
    assert queries.mine(desk) == wanted
    today = made.day()
    assert sorted(wanted, key=lambda t: rules.rank(t.kind, t.due_on, today)) == wanted
    assert queries.overdue_of(desk, today) == wanted[:4]
    assert queries.pressing(desk, today) == wanted[:5]
    assert queries.count_of(desk, today) == 5


def test_mine_my_roles_and_everybodys_are_told_apart(inside):
    desk, therapist = staff.receptionist(), staff.therapist()
    person = the_member(desk.public_id)
    own = made.task(assignee=person)
    shared = made.task(due=1)
    others = made.task("report_due")
    put_off = made.in_state("snoozed", assignee=person)
    made.in_state("done", assignee=person)
    today = made.day()
    assert queries.to_do(desk, today) == [own]
    assert queries.to_do(desk, today, whose="role") == [shared]
    assert set(queries.to_do(desk, today, whose="all")) == {own, shared, others}
    assert queries.to_do(desk, today, state="snoozed") == [put_off]
    assert queries.to_do(desk, today, whose="all", kind="report_due") == [others]
    assert queries.counts(desk) == {"mine": 1, "role": 1, "all": 3, "snoozed": 1}
    assert queries.mine(therapist) == [others]


def test_what_was_closed_is_listed_latest_first(inside):
    first, second, _ = made.task(), made.task(), made.task()
    for task in (first, second):
        with transaction():
            services.finish(task, actor=SYSTEM, outcome="Reached.")
    since = first.created_at
    assert list(db.session.scalars(queries.finished(since))) == [second, first]
