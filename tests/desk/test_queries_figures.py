"""What is read of the records before it is counted."""

from datetime import timedelta

import pytest

from clinic.coordination.services import inbound
from clinic.core.permissions import SYSTEM, Role
from clinic.core.transactions import transaction
from clinic.desk.queries.cases import the_cases
from clinic.desk.queries.cases_choices import the_choices
from clinic.desk.queries.cases_wanted import Wish
from clinic.desk.queries.figures import given, loops, reports, sources
from clinic.desk.rules.figures import Period
from clinic.directory import services as outside
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


def test_nobody_knows_when_an_order_from_before_was_acknowledged(inside):
    people.set_up()
    people.member("Olga Reed", Role.OWNER)
    orders.ready()
    orders.order(clients.a_client(), directory.provider(at=directory.organisation()))
    with transaction():
        assert inbound.sweep(actor=SYSTEM, today=cases.this_day()).adopted == 1
    period = Period(orders.FIRST, orders.FIRST, cases.this_day(), the_practice().zone)
    assert [one.acknowledged_at for one in loops(period)] == [None]


def test_two_joined_records_of_one_provider_are_one_source_and_one_choice(inside):
    people.set_up()
    olga = people.owner()
    orders.ready()
    kept, double = directory.provider(), directory.provider(last_name="Adeyemi")
    for name, provider in (("Grace One", kept), ("Omar Two", double)):
        cases.case_of(orders.order(clients.a_client(name), provider), "accepted")
    since = orders.FIRST - timedelta(days=400)
    period = Period(since, since + timedelta(days=800), cases.this_day(), the_practice().zone)
    assert len(sources(loops(period), reports(period), period)) == 2
    with transaction():
        outside.merge(kept, double, actor=olga)
    found = sources(loops(period), reports(period), period)
    assert [(one.public_id, len(one.loops["received"])) for one in found] == [(kept.public_id, 2)]
    assert [key for key, _ in the_choices().providers] == [kept.public_id]
    for whichever in (kept, double):
        narrowed = the_cases(Wish(provider=whichever.public_id), cases.this_day())
        assert sum(len(group.cards) for group in narrowed.groups) == 2
