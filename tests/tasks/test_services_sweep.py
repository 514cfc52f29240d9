"""What the sweep does: once, however often it runs, and whichever nights it missed."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from flask import Flask
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import func, select

from clinic.core.db import db
from clinic.core.permissions import SYSTEM
from clinic.core.transactions import transaction
from clinic.staff.services import disable
from clinic.tasks import queries, services
from clinic.tasks.models import Task
from clinic.tasks.rules import KINDS
from clinic.tasks.services import Swept
from tests.factories import staff
from tests.factories import tasks as made


def _sweep(days: int = 0) -> Swept:
    with transaction():
        return services.sweep(actor=SYSTEM, today=made.day(days))


def test_what_was_put_off_comes_back_on_its_day_and_not_before(inside):
    task = made.task()
    with transaction():
        services.snooze(task, actor=SYSTEM, until=made.day(3), why="They are away.")
    assert _sweep(2) == Swept()
    assert _sweep(3) == Swept(woken=1)
    assert (task.status, task.due_on, task.snoozed_until) == ("open", made.day(3), None)
    assert _sweep(3) == Swept()


@pytest.mark.parametrize("kind", ["contact_client", "confirm_precautions", "update_directory"])
def test_what_is_late_by_its_kinds_days_is_escalated_once_and_both_see_it(inside, kind):
    days = KINDS[kind].after_days
    task = made.task(kind)
    owner = staff.owner()
    role = {"receptionist": staff.receptionist, "therapist": staff.therapist}[KINDS[kind].role]()
    assert _sweep(days) == Swept()
    assert queries.mine(owner) == []
    assert _sweep(days + 1) == Swept(escalated=1)
    assert _sweep(days + 1) == Swept()
    first = task.escalated_at
    assert queries.mine(owner) == queries.mine(role) == [task]
    assert _sweep(days + 30) == Swept()
    assert task.escalated_at == first


def test_an_escalated_one_can_be_taken_by_who_was_told(inside):
    made.task("report_due", due=-9)
    owner = staff.owner()
    _sweep()
    (task,) = queries.overdue_of(owner, made.day())
    with transaction():
        services.take(task, actor=owner)
    assert (task.assignee_id, task.status) == (owner.id, "in_progress")


def test_who_has_it_already_is_not_told_again(inside):
    task = made.task("report_due", due=-9, role="owner")
    assert _sweep() == Swept()
    assert task.escalated_at is None


def test_what_somebody_had_who_left_waits_for_its_role(inside):
    person = staff.member()
    open_one = made.task(assignee=person)
    begun = made.in_state("in_progress", assignee=person)
    with transaction():
        disable(person, actor=SYSTEM)
    assert _sweep() == Swept(homed=2)
    assert {open_one.role, begun.role} == {"receptionist"}
    assert {open_one.status, begun.status} == {"open"}
    assert _sweep() == Swept()


_CASE = st.tuples(
    st.sampled_from(sorted(KINDS)),
    st.integers(-20, 10),
    st.sampled_from(["open", "in_progress", "snoozed", "done"]),
)


@settings(
    max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(cases=st.lists(_CASE, min_size=1, max_size=6), nights=st.sets(st.integers(0, 14)))
def test_missed_nights_and_repeated_ones_end_in_the_same(inside, cases, nights):
    one, other = [], []
    for kind, due, state in cases:
        one.append(made.in_state(state, kind=kind, due=due))
    for night in [*sorted(nights), 15, 15]:
        _sweep(night)
    seen = [_stand(task) for task in one]
    for kind, due, state in cases:
        other.append(made.in_state(state, kind=kind, due=due))
    _sweep(15)
    assert [_stand(task) for task in other] == seen
    with transaction():
        services.sweep(actor=SYSTEM, today=made.day(15) + timedelta(days=0))


def _stand(task: Task) -> tuple:
    owners = (task.assignee_id is None) != (task.role is None)
    return task.status, task.due_on, task.escalated_at is None, owners


DESKS = 6
ROUNDS = 10


def test_two_sweeps_that_say_the_same_at_once_make_one(app: Flask):
    with app.app_context():
        day = made.day(2)

    def say(dedupe: str) -> int:
        with app.app_context(), transaction():
            return services.open_task(actor=SYSTEM, kind="report_due", due_on=day, dedupe=dedupe).id

    with ThreadPoolExecutor(DESKS) as pool:
        for round_ in range(ROUNDS):
            assert len(set(pool.map(say, [f"report:{round_}"] * DESKS))) == 1
    with app.app_context():
        assert db.session.scalar(select(func.count()).select_from(Task)) == ROUNDS


def test_two_sweeps_at_once_do_the_work_of_one(app: Flask):
    with app.app_context():
        for _ in range(4):
            made.task("report_due", due=-9)
        today = made.day()

    def sweep(_: int) -> int:
        with app.app_context(), transaction():
            return services.sweep(actor=SYSTEM, today=today).escalated

    with ThreadPoolExecutor(DESKS) as pool:
        assert sum(pool.map(sweep, range(DESKS))) == 4
