"""When payers want a report or are asked for more: the rules of real ones, as tables."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clinic.referrals.rules import (
    PRESETS,
    last_day_of,
    next_renewal,
    next_report,
    renewal_due,
    report_due,
)
from clinic.referrals.rules.payers import SOURCES

START = date(2027, 1, 4)
RULES = {one.code: one for one in PRESETS}
LNI, VA, ON = RULES["wa_lni"], RULES["va_initial"], RULES["va_continuation"]
CAR, NONE = RULES["motor_vehicle"], RULES["none"]


def every(days, count, since=START):
    return [since + timedelta(days=days * n) for n in range(count)]


def day(number):
    """The clinic's day with this number, the first visit's being the first."""
    return START + timedelta(days=number - 1)


VA_END, ON_END, CAR_END = (last_day_of(START, days) for days in (90, 180, 42))


@pytest.mark.parametrize(
    ("rule", "used", "until", "visits", "due_on", "why"),
    [
        # Washington L&I: 6 visits or 30 days, whichever comes first.
        (LNI, [], None, 6, None, None),
        (LNI, every(7, 1), None, 6, day(30), "days"),
        (LNI, every(7, 4), None, 6, day(30), "days"),
        (LNI, every(7, 5), None, 6, day(30), "days"),
        (LNI, every(3, 6), None, 6, day(16), "visits"),
        (LNI, every(2, 8), None, 12, day(11), "visits"),
        (LNI, every(6, 6), None, 6, day(30), "days"),
        (LNI, every(7, 2), day(20), 6, day(20), "window"),
        # VA: the tenth visit; or the end of 90, then 180, days from the first visit.
        (VA, every(7, 9), VA_END, 12, day(90), "window"),
        (VA, every(7, 10), VA_END, 12, day(64), "visits"),
        (VA, every(3, 12), VA_END, 12, day(28), "visits"),
        (VA, every(7, 3), None, 12, None, None),
        (ON, every(14, 9), ON_END, 12, day(180), "window"),
        (ON, every(14, 10), ON_END, 12, day(127), "visits"),
        # Motor vehicle: once or twice a week for six weeks, then a report.
        (CAR, every(7, 6), CAR_END, 12, day(42), "days"),
        (CAR, every(3, 12), CAR_END, 12, day(34), "visits"),
        (NONE, every(3, 12), CAR_END, 12, None, None),
        (None, every(3, 12), CAR_END, 12, None, None),
    ],
)
def test_a_report_is_due_with_whatever_comes_first(rule, used, until, visits, due_on, why):
    due = next_report(rule, used, START if used else None, until, visits)
    assert (due and due.due_on, due and due.why) == (due_on, why)
    if due is not None:
        early, late = due.due_on - timedelta(days=1), due.due_on
        assert report_due(rule, used, START, until, visits, early) is None
        assert report_due(rule, used, START, until, visits, late) == due


def test_after_a_report_visits_and_days_count_from_it():
    used, reported = every(3, 6), day(16)
    later = [*every(3, 2, reported + timedelta(days=3))]
    assert report_due(LNI, used, START, None, 6, day(16)).why == "visits"
    assert next_report(LNI, later, reported, None, 6).due_on == reported + timedelta(days=29)


@pytest.mark.parametrize(
    ("rule", "taken", "until", "visits", "due_on", "why"),
    [
        # 14 days before the end, or 2 visits before it.
        (VA, every(7, 9), VA_END, 12, VA_END - timedelta(days=14), "window"),
        (VA, every(7, 10), VA_END, 12, day(64), "few_left"),
        (VA, every(9, 10), VA_END, 12, VA_END - timedelta(days=14), "window"),
        (ON, every(14, 10), ON_END, 12, day(127), "few_left"),
        (ON, every(14, 4), ON_END, 12, ON_END - timedelta(days=14), "window"),
        # The first visit is not known: nothing can be early for an end that nobody knows.
        (VA, [], None, 12, None, None),
        (LNI, every(3, 4), None, 6, day(10), "few_left"),
        (LNI, every(3, 3), None, 6, None, None),
        (CAR, every(7, 2), CAR_END, 12, CAR_END - timedelta(days=7), "window"),
        (None, every(7, 8), VA_END, 10, day(50), "few_left"),
        (None, every(7, 1), VA_END, 10, VA_END - timedelta(days=14), "window"),
        # So few visits that the first one leaves few: not before it is booked.
        (NONE, [], None, 1, None, None),
        (NONE, every(7, 1), None, 2, START, "few_left"),
    ],
)
def test_more_is_asked_for_in_time(rule, taken, until, visits, due_on, why):
    due = next_renewal(rule, taken, until, visits)
    assert (due and due.due_on, due and due.why) == (due_on, why)
    if due is not None:
        early = due.due_on - timedelta(days=1)
        assert renewal_due(rule, taken, until, visits, early) is None
        assert renewal_due(rule, taken, until, visits, due.due_on) == due


rules = st.sampled_from(PRESETS)
days = st.dates(START, START + timedelta(days=400))
some = st.lists(days, max_size=15)
ends = st.none() | days


@given(rules, some, some, ends, st.integers(1, 30))
def test_with_more_visits_nothing_is_ever_due_later(rule, used, more, until, visits):
    never = date.max
    start = min(used, default=None)
    fewer = next_report(rule, used, start, until, visits)
    with_more = next_report(rule, [*used, *more], start, until, visits)
    if fewer is not None:
        assert with_more.due_on <= fewer.due_on
    before = next_renewal(rule, used, until, visits)
    after = next_renewal(rule, [*used, *more], until, visits)
    assert (after.due_on if after else never) <= (before.due_on if before else never)


@given(rules, some, st.integers(1, 30))
def test_an_end_that_cannot_be_computed_gives_no_date(rule, used, visits):
    report = next_report(rule, used, min(used, default=None), None, visits)
    renewal = next_renewal(rule, used, None, visits)
    assert {due.why for due in (report, renewal) if due} <= {"visits", "days", "few_left"}
    assert not used or renewal is None or renewal.due_on in used


@given(rules, some, ends, st.integers(1, 30), days)
def test_what_is_due_is_due_from_its_day_on(rule, used, until, visits, today):
    due = next_report(rule, used, min(used, default=None), until, visits)
    found = report_due(rule, used, min(used, default=None), until, visits, today)
    assert found == (due if due and due.due_on <= today else None)


def test_every_rule_that_ships_says_where_it_is_from():
    assert all(SOURCES[code] for code in RULES if code != "none")
