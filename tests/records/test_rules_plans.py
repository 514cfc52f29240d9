"""What a plan says, where it can go, and when it is looked at again."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clinic.core.errors import DomainError
from clinic.records.rules.measures import GIRTHS, MOVES, PLAIN
from clinic.records.rules.plans import (
    STATUSES,
    WAYS,
    Details,
    Goal,
    PlanPhase,
    checked,
    deeds_from,
    interval,
    is_due,
    led_to,
    named_phases,
    phase_now,
    read_details,
    review_on,
    write_details,
)

DAY = date(2026, 3, 2)
words = st.text(max_size=30)
numbers = st.none() | st.integers(0, 10)
goals = st.builds(
    Goal,
    text=words,
    subject=st.none() | st.sampled_from((*PLAIN, *MOVES, *GIRTHS)),
    start=numbers,
    target=numbers,
)
phases = st.lists(st.tuples(st.integers(1, 60), st.integers(1, 20)), min_size=0, max_size=5)
days = st.none() | st.integers(0, 400).map(lambda n: DAY + timedelta(days=n))


@given(
    st.builds(
        Details,
        complaint=words,
        goals=st.lists(goals, max_size=4).map(tuple),
        phases=phases.map(named_phases),
        exit=words,
        next_step=words,
        agreed_on=days,
        reviewed_on=days,
        found=words,
        reviews=st.lists(st.tuples(st.just(DAY), words), max_size=3).map(tuple),
    )
)
def test_details_read_back_as_they_were_written(details: Details):
    assert read_details(write_details(details)) == details


@pytest.mark.parametrize(
    ("goal", "field"),
    [
        (Goal(""), "goal_1"),
        (Goal("Sleep", PLAIN[0], 11, None), "start_1"),
        (Goal("Sleep", PLAIN[0], 4, -1), "target_1"),
        (Goal("Sleep", None, 4, None), "subject_1"),
    ],
)
def test_a_goal_that_cannot_be_is_named(goal: Goal, field: str):
    with pytest.raises(DomainError) as refused:
        checked(Details(goals=(goal,)))
    assert refused.value.field == field


def test_a_plan_has_one_to_four_goals_and_phases_of_some_visits():
    goal = Goal("Sleep through")
    assert checked(Details(goals=(goal,) * 4))
    for wrong in (
        Details(),
        Details(goals=(goal,) * 5),
        Details(goals=(goal,), phases=(PlanPhase("relief", 7, 0),)),
        Details(goals=(goal,), phases=(PlanPhase("relief", 0, 4),)),
    ):
        with pytest.raises(DomainError):
            checked(wrong)


@pytest.mark.parametrize("status", sorted(STATUSES))
def test_only_what_the_life_of_a_plan_has_leads_anywhere(status: str):
    known = {(start, name.removesuffix("_paused")) for name, (start, _) in WAYS.items()}
    for deed in ("agree", "pause", "resume", "complete", "stop"):
        if (status, deed) in known:
            assert led_to(status, deed) in STATUSES
            assert deed in deeds_from(status)
        else:
            with pytest.raises(KeyError):
                led_to(status, deed)
    if status in ("completed", "stopped"):
        assert not deeds_from(status)


@given(st.integers(0, 400), st.integers(1, 366), st.integers(0, 60), st.integers(1, 60))
def test_a_plan_is_due_by_days_or_by_visits_whichever_is_first(
    later: int, every_days: int, visits: int, every_visits: int
):
    on = DAY + timedelta(days=later)
    due = is_due(on, review_on(DAY, every_days), visits, every_visits)
    assert due == (later >= every_days or visits >= every_visits)


@given(phases, st.integers(0, 120))
def test_the_phase_that_comes_next_follows_the_visits(
    given_phases: list[tuple[int, int]], done: int
):
    planned = named_phases(given_phases)
    now = phase_now(planned, done)
    assert (now is None) == (not planned)
    if planned and done >= sum(one.visits for one in planned):
        assert now == planned[-1]
    if planned and done == 0:
        assert now == planned[0]


def test_an_interval_is_said_in_weeks_where_it_can_be():
    said = {count: str(interval(count)) for count in (1, 7, 10, 14)}
    assert said == {1: "every day", 7: "every week", 10: "every 10 days", 14: "every 2 weeks"}
