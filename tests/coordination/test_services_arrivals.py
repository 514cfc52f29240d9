"""A report that left is asked after until it is known to have arrived."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from clinic.clients.services import join_care
from clinic.coordination.models import ProgressReport, ReferralCase
from clinic.coordination.rules.next_steps import TO_CONFIRM
from clinic.coordination.rules.workdays import after
from clinic.coordination.services import inbound
from clinic.core.clock import now, rehearsed
from clinic.core.db import db
from clinic.core.guard import writing
from clinic.core.permissions import SYSTEM
from clinic.core.transactions import transaction
from clinic.tasks.models import Task
from tests.factories import inbound as cases
from tests.factories import scheduling as made
from tests.factories.reports import approved, drafted, owe, sent


@pytest.fixture
def house(inside):
    return made.open_house(locale="en_US")


@pytest.fixture
def case(house) -> ReferralCase:
    with transaction():
        join_care(house.client, house.therapist.id, actor=SYSTEM)
    return cases.accepted(house)


def _night(days: int) -> None:
    with rehearsed(now() + timedelta(days=days)), transaction():
        inbound.sweep(actor=SYSTEM, today=made.this_day())
    db.session.expire_all()


def _asked_after(report: ProgressReport) -> list[Task]:
    own = Task.dedupe.endswith(f":arrival:{report.public_id}")
    return list(db.session.scalars(select(Task).where(own, Task.closed_at.is_(None))).unique())


def _left(case, house, kind="progress") -> ProgressReport:
    report = owe(case, kind)
    letter = drafted(report, house)
    approved(letter, house)
    sent(letter, house)
    assert report.status == "sent"
    return report


def _mark(report: ProgressReport, **values) -> None:
    with transaction() as session, writing("test.letter", SYSTEM):
        for name, value in values.items():
            setattr(report.letter, name, value)
        session.flush()


@pytest.mark.parametrize("kind", ["progress", "initial"])
def test_one_of_which_nobody_knows_whether_it_arrived_is_asked_after_once(case, house, kind):
    report = _left(case, house, kind)
    _night(1)
    assert _asked_after(report) == []
    _night(14)
    (task,) = _asked_after(report)
    assert report.sent_on is not None
    assert (task.kind, task.due_on) == ("call_provider", after(report.sent_on, TO_CONFIRM))
    assert task.assignee_id == case.owner_id
    assert "Ask whether the report arrived" in task.note
    _night(15)
    assert _asked_after(report) == [task]


def test_one_that_arrived_is_asked_after_no_more(case, house):
    report = _left(case, house)
    _night(14)
    assert len(_asked_after(report)) == 1
    _mark(report, delivered_at=now())
    _night(14)
    assert _asked_after(report) == []


def test_one_that_is_known_to_have_arrived_is_never_asked_after(case, house):
    report = _left(case, house)
    _mark(report, delivered_at=now())
    _night(14)
    assert _asked_after(report) == []


def test_one_that_asks_for_more_visits_is_called_about_by_its_own_task(case, house):
    report = _left(case, house, "renewal")
    _night(30)
    assert _asked_after(report) == []


def test_a_referral_that_has_ended_asks_after_nothing(case, house):
    report = _left(case, house)
    with transaction() as session, writing("test.end", SYSTEM):
        case.status, case.ended_at, case.ended_why = "declined", now(), "no_capacity"
        session.flush()
    _night(14)
    assert _asked_after(report) == []
