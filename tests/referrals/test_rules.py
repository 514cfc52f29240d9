from dataclasses import dataclass
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clinic.referrals.rules import (
    FEW,
    SOON,
    Counts,
    Standing,
    State,
    is_valid,
    left,
    number_of,
    over,
    standing,
    state_of,
)

TODAY = date(2026, 11, 19)


@dataclass(frozen=True)
class Allowed:
    visits: int = 8
    valid_from: date = date(2026, 9, 3)
    valid_until: date | None = date(2027, 3, 3)
    is_closed: bool = False


@pytest.mark.parametrize(
    ("counts", "allowed", "expected"),
    [
        (Counts(), Allowed(), "not_begun"),
        (Counts(), Allowed(valid_from=TODAY + timedelta(days=1)), "not_yet_valid"),
        (Counts(1, 2), Allowed(), "open"),
        (Counts(1, 7), Allowed(), "all_booked"),
        (Counts(8, 0), Allowed(), "used_up"),
        (Counts(1, 2), Allowed(valid_until=TODAY - timedelta(days=1)), "expired"),
        (Counts(1, 2), Allowed(valid_until=TODAY), "open"),
        (Counts(1, 2), Allowed(valid_until=None), "open"),
        (Counts(8, 0), Allowed(valid_until=TODAY - timedelta(days=1)), "used_up"),
        (Counts(1, 2), Allowed(is_closed=True), "closed"),
        (Counts(8, 0), Allowed(is_closed=True), "used_up"),
    ],
)
def test_an_authorisation_stands_somewhere(counts, allowed, expected):
    assert standing(counts, allowed, TODAY) == Standing(expected)


counts_ = st.builds(Counts, used=st.integers(0, 30), reserved=st.integers(0, 30))
days = st.dates(date(2026, 1, 1), date(2027, 12, 31))
allowances = st.builds(Allowed, visits=st.integers(1, 30), valid_from=days).flatmap(
    lambda one: st.builds(
        Allowed,
        visits=st.just(one.visits),
        valid_from=st.just(one.valid_from),
        valid_until=st.none() | st.dates(one.valid_from, date(2028, 12, 31)),
    )
)


@given(counts_, allowances)
def test_what_is_left_is_never_below_nothing_and_an_overbooking_shows(counts, allowed):
    assert left(counts, allowed) >= 0
    assert over(counts, allowed) >= 0
    assert left(counts, allowed) - over(counts, allowed) == allowed.visits - counts.taken
    assert 0 in (left(counts, allowed), over(counts, allowed))


@given(counts_, allowances, days)
def test_where_it_is_open_there_is_something_left_on_a_valid_day(counts, allowed, today):
    where = standing(counts, allowed, today)
    if where in (Standing.OPEN, Standing.NOT_BEGUN):
        assert left(counts, allowed) > 0
        assert is_valid(allowed, today)
    if where in (Standing.ALL_BOOKED, Standing.USED_UP):
        assert left(counts, allowed) == 0


@given(st.lists(st.tuples(allowances, counts_), max_size=4), days, st.booleans())
def test_every_order_has_one_state(pairs, today, is_ended):
    state = state_of(pairs, today, is_ended=is_ended)
    assert (state is State.ENDED) == is_ended
    if state is State.NEW:
        assert not any(counts.taken for _, counts in pairs)
    if state is State.SCHEDULED:
        assert not any(counts.used for _, counts in pairs)
        assert any(counts.reserved for _, counts in pairs)
    if state is State.USED_UP:
        assert {standing(counts, allowed, today) for allowed, counts in pairs} <= {
            Standing.USED_UP,
            Standing.EXPIRED,
        }


def test_an_order_wants_renewing_when_few_visits_or_days_are_left():
    assert state_of([(Allowed(), Counts(3, 8 - 3 - FEW))], TODAY) is State.EXPIRES_SOON
    assert state_of([(Allowed(), Counts(1, 2))], TODAY) is State.IN_TREATMENT
    near = Allowed(valid_until=TODAY + SOON)
    assert state_of([(near, Counts(1, 2))], TODAY) is State.EXPIRES_SOON
    renewed = [(near, Counts(1, 2)), (Allowed(valid_until=None), Counts())]
    assert state_of(renewed, TODAY) is State.IN_TREATMENT


@pytest.mark.parametrize(
    ("typed", "number"),
    [("7", "R-000007"), (123, "R-000123"), ("R-000123", "R-000123"), ("²", "²"), ("", "")],
)
def test_a_number_is_found_by_its_figures(typed, number):
    assert number_of(typed) == number
