"""The dates of a plan, at one hour of the wall clock whatever the season."""

from dataclasses import dataclass
from datetime import UTC, date, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clinic.core.clock import NoSuchTime
from clinic.core.errors import DomainError
from clinic.scheduling.rules.series import (
    EVERY_MOST,
    PLANNED_MOST,
    TAPER,
    Ledger,
    Phase,
    about,
    at_wall,
    must_be_a_plan,
    name_of,
    planned,
    state_of_item,
    visits_of,
)

CHICAGO = ZoneInfo("America/Chicago")
LORD_HOWE = ZoneInfo("Australia/Lord_Howe")
FIRST = date(2026, 11, 27)

phases = st.lists(
    st.builds(Phase, st.integers(1, EVERY_MOST), st.integers(1, 12)), min_size=1, max_size=5
)
days = st.dates(date(2020, 1, 1), date(2060, 12, 31))


def test_the_taper_of_thirteen_visits():
    taper = [Phase(*one) for one in TAPER]
    offsets = [(one - FIRST).days for one in planned(FIRST, taper)]
    assert offsets == [0, 7, 14, 21, 28, 35, 49, 63, 77, 91, 119, 147, 175]
    assert str(name_of(taper)) == "Taper 6·4·3"


@given(phases, days)
def test_there_are_as_many_dates_as_visits_and_each_is_its_own_interval_on(plan, first):
    dates = planned(first, plan)
    assert len(dates) == visits_of(plan)
    assert dates[0] == first
    intervals = [one.every_days for one in plan for _ in range(one.visits)][1:]
    gaps = [(after - before).days for before, after in pairwise(dates)]
    assert gaps == intervals
    assert dates == sorted(set(dates))


@given(phases, phases, days)
def test_a_phase_that_is_added_moves_nothing_that_was_planned(plan, more, first):
    before, after = planned(first, plan), planned(first, [*plan, *more])
    assert after[: len(before)] == before
    assert (after[len(before)] - before[-1]).days == more[0].every_days


@given(st.integers(1, 26), st.integers(2, 12), days)
def test_whole_weeks_keep_the_weekday(weeks, visits, first):
    assert len({one.weekday() for one in planned(first, [Phase(7 * weeks, visits)])}) == 1


def test_ends_of_months_and_leap_days_are_counted_in_days():
    assert planned(date(2028, 1, 31), [Phase(28, 3)]) == [
        date(2028, 1, 31), date(2028, 2, 28), date(2028, 3, 27),
    ]  # fmt: skip
    assert planned(date(2028, 2, 28), [Phase(1, 3)])[1:] == [date(2028, 2, 29), date(2028, 3, 1)]


@given(days, st.integers(0, 1439), st.sampled_from([CHICAGO, LORD_HOWE, ZoneInfo("UTC")]))
def test_the_clock_on_the_wall_shows_the_hour_on_every_date(first, wall, zone):
    for on in planned(first, [Phase(7, 53)]):
        try:
            at = at_wall(on, wall, zone)
        except NoSuchTime:
            continue
        shown = at.astimezone(zone)
        assert (shown.date(), shown.hour * 60 + shown.minute) == (on, wall)


@pytest.mark.parametrize(
    ("first", "hours"), [(date(2027, 3, 11), (15, 14)), (date(2026, 10, 29), (14, 15))]
)
def test_neither_change_of_the_clocks_moves_the_hour(first, hours):
    found = [at_wall(on, 9 * 60, CHICAGO).astimezone(UTC) for on in planned(first, [Phase(7, 2)])]
    assert tuple(one.hour for one in found) == hours
    assert (found[1] - found[0]) != timedelta(days=7)


def test_an_hour_that_is_jumped_over_is_said_and_of_one_that_comes_twice_the_first_is_meant():
    with pytest.raises(NoSuchTime, match="02:30 does not exist"):
        at_wall(date(2027, 3, 14), 150, CHICAGO)
    twice = at_wall(date(2026, 11, 1), 90, CHICAGO)
    assert twice.astimezone(UTC).hour == 6


@pytest.mark.parametrize(
    ("plan", "why"),
    [
        ([], "how often"),
        ([Phase(0, 3)], "1 to 182 days"),
        ([Phase(183, 3)], "1 to 182 days"),
        ([Phase(7, 0)], "at least one visit"),
        ([Phase(7, 40), Phase(14, 21)], "at most 60"),
        ([Phase(7, 1)] * 9, "at most 8 steps"),
    ],
)
def test_a_plan_out_of_bounds_is_refused(plan, why):
    with pytest.raises(DomainError, match=why) as caught:
        must_be_a_plan(plan)
    assert caught.value.field == "phases"


def test_the_largest_plan_is_one():
    must_be_a_plan([Phase(EVERY_MOST, PLANNED_MOST)])


@pytest.mark.parametrize(
    ("plan", "name"),
    [
        ([Phase(7, 6)], "Weekly × 6"),
        ([Phase(14, 4)], "Every 2 weeks × 4"),
        ([Phase(10, 4)], "Every 10 days × 4"),
        ([Phase(14, 2), Phase(7, 4)], "Plan 2·4"),
    ],
)
def test_plans_have_names(plan, name):
    assert str(name_of(plan)) == name


@dataclass
class Allowed:
    visits: int
    valid_from: date = FIRST
    valid_until: date | None = None
    is_closed: bool = False
    basis: str = "fixed_date"
    days: int | None = None
    issued_on: date | None = None
    first_visit_on: date | None = None


def test_a_ledger_draws_the_earliest_first_and_says_what_is_left():
    ledger = Ledger([Allowed(3), Allowed(2)], [1, 0])
    drawn = [ledger.draw(FIRST) for _ in range(5)]
    assert [one.which for one in drawn] == [0, 0, 1, 1, None]
    assert [one.left for one in drawn] == [4, 3, 2, 1, 0]
    assert all(one.is_valid for one in drawn)


def test_a_ledger_counts_days_from_the_first_visit_that_it_draws():
    ledger = Ledger([Allowed(9, basis="first_visit", days=10)], [0])
    later = FIRST + timedelta(days=30)
    assert ledger.look(later).is_valid  # nothing is drawn: how long it lasts is not known
    assert ledger.draw(FIRST).which == 0
    assert ledger.look(FIRST + timedelta(days=9)).is_valid
    assert not ledger.look(FIRST + timedelta(days=10)).is_valid
    assert not ledger.look(later).is_valid


def test_a_ledger_draws_nothing_on_a_day_on_which_none_is_valid():
    ledger = Ledger([Allowed(3, FIRST, FIRST + timedelta(days=7))], [0])
    assert ledger.draw(FIRST + timedelta(days=8)).is_valid is False
    assert ledger.draw(FIRST - timedelta(days=1)).which is None
    assert ledger.draw(FIRST + timedelta(days=7)).which == 0


@given(st.lists(st.tuples(st.integers(1, 9), st.integers(0, 9)), max_size=4), st.integers(0, 40))
def test_a_ledger_never_draws_more_than_is_allowed(allowed, times):
    ledger = Ledger([Allowed(visits) for visits, _ in allowed], [taken for _, taken in allowed])
    drawn = [ledger.draw(FIRST).which for _ in range(times)]
    free = sum(max(visits - taken, 0) for visits, taken in allowed)
    assert sum(one is not None for one in drawn) == min(times, free)


def test_a_visit_that_stands_no_more_is_to_book_again_and_after_the_end_it_is_not():
    def state(status, *, is_skipped=False, is_over=False):
        return state_of_item(
            status=status,
            is_standing=status in ("booked", "arrived", "completed"),
            is_skipped=is_skipped,
            is_over=is_over,
        )

    assert [state(one) for one in ("booked", "completed", "cancelled", "no_show", None)] == [
        "booked", "done", "to_book", "to_book", "to_book",
    ]  # fmt: skip
    assert state(None, is_skipped=True) == "skipped"
    assert state(None, is_skipped=True, is_over=True) == "dropped"
    assert state("booked", is_skipped=True, is_over=True) == "booked"


@given(days, st.integers(0, 1439))
def test_where_the_hour_exists_the_instant_about_it_is_its_own(on, wall):
    try:
        assert about(on, wall, CHICAGO) == at_wall(on, wall, CHICAGO)
    except NoSuchTime:
        jumped = about(on, wall, CHICAGO).astimezone(CHICAGO)
        assert jumped.hour * 60 + jumped.minute == wall + 60
