"""A request for renewal that nobody answers is asked about, then called for."""

from datetime import timedelta

import pytest
from flask import Flask

from clinic.clients.services import join_care
from clinic.coordination.models import ReferralCase
from clinic.coordination.queries.cases import about, reports_of
from clinic.coordination.rules.workdays import after
from clinic.coordination.services import inbound
from clinic.core.clock import now, rehearsed
from clinic.core.db import db
from clinic.core.permissions import SYSTEM
from clinic.core.transactions import transaction
from clinic.tasks.models import Task
from clinic.tasks.queries import live_about
from tests.factories import inbound as cases
from tests.factories import scheduling as made
from tests.factories.reports import approved, drafted, sent
from tests.factories.scheduling import House


@pytest.fixture
def house(inside: Flask) -> House:
    found = made.open_house(locale="en_US")
    with transaction():
        join_care(found.client, found.therapist.id, actor=SYSTEM)
    return found


@pytest.fixture
def asked(house: House) -> ReferralCase:
    """A request for renewal left today."""
    case: ReferralCase = cases.accepted(house, visits=2)
    cases.had(case, house)
    assert case.status == "renewal_requested"
    (report,) = [one for one in reports_of(case) if one.kind == "renewal"]
    letter = drafted(report, house)
    approved(letter, house)
    sent(letter, house)
    return case


def night(working_days: int) -> None:
    ahead = after(made.this_day(), working_days) - made.this_day()
    with rehearsed(now() + timedelta(days=ahead.days)), transaction():
        inbound.sweep(actor=SYSTEM, today=made.this_day())
    db.session.expire_all()


def calls(case: ReferralCase) -> list[Task]:
    return [one for one in live_about(about(case)) if one.kind == "call_provider"]


def test_after_five_working_days_it_is_asked_about(asked: ReferralCase):
    due_on = after(made.this_day(), 5)
    night(4)
    assert (asked.next_action, asked.due_on) == ("await_renewal", due_on)
    tasks = [(one.kind, one.due_on) for one in live_about(about(asked))]
    assert ("renewal_due", due_on) in tasks
    assert calls(asked) == []


def test_after_ten_somebody_calls_once(asked: ReferralCase):
    due_on = after(made.this_day(), 10)
    night(9)
    assert calls(asked) == []
    for days in (10, 10, 14):
        night(days)
    assert [(one.due_on, one.assignee_id) for one in calls(asked)] == [(due_on, asked.owner_id)]


def test_more_visits_end_both(asked: ReferralCase, house: House):
    night(12)
    assert len(calls(asked)) == 1
    cases.allowed(asked, house, 8)
    assert asked.status == "in_treatment"
    assert [one.kind for one in live_about(about(asked)) if one.kind in KINDS] == []


KINDS = ("call_provider", "renewal_due")
