from collections import Counter

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import event

from clinic.core.db import db
from clinic.referrals.rules import Counts
from clinic.scheduling.queries.counts import RESERVING, counted
from clinic.scheduling.rules import STATES
from tests.factories import referrals as orders


def by_hand(statuses, *, missed: bool, late: bool) -> tuple[int, int]:
    """The same count, as somebody would make it with a pencil."""
    seen = Counter(statuses)
    used = seen["completed"]
    used += seen["no_show"] if missed else 0
    used += seen["late_cancelled"] if late else 0
    reserved = sum(seen[s] for s in ("requested", "held", "booked", "arrived", "in_session"))
    return used, reserved


plans = st.lists(
    st.tuples(st.booleans(), st.booleans(), st.lists(st.sampled_from(STATES), max_size=6)),
    min_size=1,
    max_size=3,
)


@pytest.fixture
def order(inside):
    orders.ready()
    return orders.order()


@settings(max_examples=12, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(plans)
def test_visits_are_counted_as_one_would_with_a_pencil(order, plans):
    expected = {}
    for missed, late, statuses in plans:
        one = orders.allowance(order, 200, counts_missed=missed, counts_late_cancelled=late)
        orders.visits(one, *statuses)
        expected[one.id] = by_hand(statuses, missed=missed, late=late)
    found = {number: (c.used, c.reserved) for number, c in counted(list(expected)).items()}
    assert found == expected


def test_any_number_of_authorisations_is_counted_in_one_query(order):
    ids = [orders.allowance(order).id for _ in range(5)]
    sent = []

    def note(conn, cursor, statement, *_):
        sent.append(statement)

    event.listen(db.engine, "before_cursor_execute", note)
    try:
        assert counted(ids) == dict.fromkeys(ids, Counts())
        assert counted([]) == {}
    finally:
        event.remove(db.engine, "before_cursor_execute", note)
    assert len(sent) == 1


def test_the_days_of_the_first_the_last_and_the_next_visit_are_known(order):
    one = orders.allowance(order)
    had = orders.visit(one, "completed", orders.FIRST)
    orders.visit(one, "cancelled", orders.FIRST.replace(day=1))
    coming = orders.visit(one, "booked", orders.FIRST.replace(month=10))
    counts = counted([one.id])[one.id]
    assert (counts.first_on, counts.last_on) == (had.on_date, coming.on_date)
    assert counts.next_on == coming.on_date


def test_every_state_that_takes_time_is_had_or_still_to_come():
    assert set(RESERVING) == {"requested", "held", "booked", "arrived", "in_session"}
