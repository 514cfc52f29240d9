"""What is counted of referrals: each number is made of its list, and leaves the house harmless."""

import csv
import io
from datetime import UTC, date, datetime, timedelta
from types import SimpleNamespace
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clinic.coordination.models import IN_ENDS, IN_STATES
from clinic.desk.queries.figures import sources
from clinic.desk.rules.figures import (
    BY_CODE,
    NUMBERS,
    Asked,
    Given,
    Loop,
    Owed,
    Period,
    figure_of,
    safe_cell,
    told,
    working_hours,
)

ZONE = ZoneInfo("America/Chicago")
TODAY = date(2026, 9, 30)
SPAN = Period(date(2026, 7, 1), TODAY, TODAY, ZONE)
SHARES = [one.code for one in NUMBERS if one.unit == "share"]


def at(day, hour=10):
    return datetime.combine(day, datetime.min.time(), ZONE).replace(hour=hour).astimezone(UTC)


def loop(day=date(2026, 8, 3), status="in_treatment", **facts):
    row = SimpleNamespace(provider_public_id="p" * 20, provider_first_name="Lena",
                          provider_last_name="Fischer", credentials="MD")  # fmt: skip
    return Loop(row=row, status=status, received_on=day, received_at=at(day), **facts)


def value(code, *things, span=SPAN):
    return figure_of(BY_CODE[code], things, span).value


@pytest.mark.parametrize(
    ("begun", "ended", "hours"),
    [
        ("2026-08-03T09:00", "2026-08-03T11:30", 2.5),
        ("2026-08-03T16:00", "2026-08-04T10:00", 2),
        ("2026-08-07T16:00", "2026-08-10T10:00", 2),  # over a weekend
        ("2026-08-08T10:00", "2026-08-09T10:00", 0),
        ("2026-08-03T06:00", "2026-08-03T20:00", 8),
        ("2026-08-03T11:00", "2026-08-03T10:00", 0),
        ("2026-10-30T16:00", "2026-11-02T10:00", 2),  # the clocks go back between
    ],
)
def test_working_hours_are_those_of_weekdays(begun, ended, hours):
    first, last = (datetime.fromisoformat(one).replace(tzinfo=ZONE) for one in (begun, ended))
    assert working_hours(first.astimezone(UTC), last.astimezone(UTC), ZONE) == hours


def test_times_are_medians():
    monday = date(2026, 8, 3)
    some = [
        loop(monday, acknowledged_at=at(monday, 12), first_visit_on=monday + timedelta(days=4)),
        loop(monday, acknowledged_at=at(monday, 16), first_visit_on=monday + timedelta(days=9)),
        loop(monday, acknowledged_at=at(monday + timedelta(days=1), 12)),
        loop(monday),
    ]
    assert value("acknowledging", *some) == 6
    assert value("starting", *some) == 6.5
    assert value("contacting", *some) is None


def test_rates_are_of_what_was_accepted():
    some = [
        loop(accepted_at=at(TODAY), was_scheduled=True, first_visit_on=TODAY),
        loop(accepted_at=at(TODAY), was_scheduled=True),
        loop(accepted_at=at(TODAY), status="not_reached", ended_at=at(TODAY)),
        loop(accepted_at=at(TODAY)),
        loop(),
    ]
    assert value("scheduled", *some) == 0.5
    assert value("attended", *some) == 0.25
    assert value("unreached", *some) == 0.25


def test_a_loop_is_closed_of_those_that_ended_or_ought_to_have():
    old = TODAY - timedelta(days=31)
    some = [
        loop(status="closed", ended_at=at(TODAY)),
        loop(status="cancelled", ended_at=at(TODAY)),
        loop(status="expired", due_on=TODAY),
        loop(due_on=old),  # overdue by more than thirty days
        loop(due_on=TODAY - timedelta(days=30)),
        loop(status="declined", ended_at=at(TODAY)),
    ]
    assert value("closed", *some) == 0.25
    assert value("open", *some) == 3


def test_a_report_counts_once_it_was_due():
    day = date(2026, 8, 20)
    row = loop().row
    some = [
        Owed(row, "sent", day, day),
        Owed(row, "sent", day, day + timedelta(days=1)),
        Owed(row, "due", day),
        Owed(row, "waived", day),
        Owed(row, "due", TODAY),  # until the evening it is not late
    ]
    figure = figure_of(BY_CODE["reports"], some, SPAN)
    assert (len(figure.hits), len(figure.among)) == (1, 3)


def test_visits_of_authorisations_are_added_up():
    row, ended = loop().row, date(2026, 8, 31)
    some = [
        Given(row, 8, 6, date(2026, 7, 5), ended),
        Given(row, 6, 6, date(2026, 7, 5), ended),
        Given(row, 10, 2, date(2026, 7, 5), TODAY + timedelta(days=1)),
        Given(row, 4, 1, date(2026, 1, 5), ended),
    ]
    assert value("use", *some) == 14 / 24
    assert value("unused", *some) == 5


def test_answers_are_counted_by_urgency():
    row, day = loop().row, date(2026, 8, 3)
    some = [
        Asked(row, "urgent", day, day + timedelta(days=2)),
        Asked(row, "urgent", day, day + timedelta(days=3)),
        Asked(row, "routine", day),
        Asked(row, "routine", None),
    ]
    assert value("answered", *some) == 2 / 3
    assert value("answer-urgent", *some) == 2.5
    assert value("answer-routine", *some) is None


days = st.dates(date(2026, 5, 1), TODAY)
moments = st.none() | days.map(at)


@st.composite
def any_loop(draw):
    status = draw(st.sampled_from(IN_STATES))
    return loop(
        draw(days), status, due_on=draw(st.none() | days), acknowledged_at=draw(moments),
        accepted_at=draw(moments), contacted_at=draw(moments),
        first_visit_on=draw(st.none() | days),
        ended_at=at(draw(days)) if status in IN_ENDS else None,
        was_scheduled=draw(st.booleans()), asked_renewal=draw(st.booleans()),
        was_renewed=draw(st.booleans()),
    )  # fmt: skip


@given(st.lists(any_loop(), max_size=12), days, days)
def test_a_number_is_as_long_as_its_list(loops, one, other):
    period = Period(min(one, other), max(one, other), TODAY, ZONE)
    for number in NUMBERS:
        if number.of != "loops":
            continue
        figure = figure_of(number, loops, period)
        assert all(one in figure.among for one in figure.hits)
        assert all(one in loops for one in figure.among)
        if number.unit == "count":
            assert figure.value == len(figure.behind())
        elif number.code in SHARES and figure.among:
            assert figure.value == len(figure.behind("hit")) / len(figure.behind())
        elif not figure.among:
            assert figure.value is None


@given(st.lists(any_loop(), max_size=12))
def test_what_came_from_all_providers_is_what_came(loops):
    found = sources(loops, [], SPAN)
    total = sum(len(one.loops["received"]) for one in found)
    expected = [one for one in loops if SPAN.has(one.received_on)]
    assert total == len([one for one in expected if one.status != "entered_in_error"])


@given(st.text(max_size=20))
def test_no_cell_is_taken_for_a_formula(text):
    cell = safe_cell(text)
    assert cell in (text, "'" + text)
    assert not cell.startswith(("=", "+", "-", "@", "\t", "\r", "\n"))
    out = io.StringIO(newline="")
    csv.writer(out).writerow([cell, "end"])
    assert next(csv.reader(io.StringIO(out.getvalue(), newline=""))) == [cell, "end"]


@pytest.mark.parametrize("begins", ["=", "+", "-", "@", "\t", "\r"])
def test_each_sign_that_begins_a_formula_is_made_harmless(begins):
    assert safe_cell(f"{begins}SUM(A1)") == f"'{begins}SUM(A1)"


def test_small_counts_are_only_told_to_be_small():
    assert [told(count) for count in (0, 4, 5, 12)] == ["<5", "<5", "5", "12"]
