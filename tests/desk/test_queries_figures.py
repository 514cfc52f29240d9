"""What is read of the records before it is counted."""

from datetime import timedelta

import pytest

from clinic.desk.queries.figures import given
from clinic.desk.rules.figures import Period
from clinic.practice.queries import the_practice
from tests.factories import cases, clients, directory
from tests.factories import referrals as orders
from tests.factories import staff as people

pytestmark = pytest.mark.usefixtures("inside")


def test_what_was_logged_by_mistake_allows_no_visits(inside):
    people.set_up()
    orders.ready()
    provider = directory.provider(at=directory.organisation())
    kept, mistaken = (
        cases.case_of(orders.order(clients.a_client(name), provider), "accepted")
        for name in ("Grace One", "Omar Two")
    )
    for case, visits in ((kept, 4), (mistaken, 7)):
        cases.allowed(case, visits)
    cases.case_of(mistaken.referral, "entered_in_error", action="", owner_id=None, due_on=None)
    since = orders.FIRST - timedelta(days=400)
    period = Period(since, since + timedelta(days=800), cases.this_day(), the_practice().zone)
    assert [one.visits for one in given(period)] == [4]
