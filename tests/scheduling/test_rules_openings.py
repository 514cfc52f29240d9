"""A day's open times, found by bits, are those that one would find with a pencil."""

from datetime import date, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clinic.core.clock import day_bounds, epoch
from clinic.scheduling.rules import (
    Block,
    DayGround,
    grid_minutes,
    grid_of,
    minutes_in,
    open_starts,
    runs,
    stretch,
)
from clinic.timetable.rules import minutes_on, seconds

LENGTH = 8 * 60
"""Minutes of the days that are tried here: long enough for a few visits, quick to walk."""

spans = st.lists(st.tuples(st.integers(-30, LENGTH + 30), st.integers(1, 150)), max_size=5).map(
    lambda found: [(first, first + length) for first, length in found]
)
blocks = st.builds(
    Block,
    treatment=st.sampled_from([15, 30, 45, 60, 90]),
    before=st.sampled_from([0, 5, 10]),
    after=st.sampled_from([0, 10, 15]),
    shortest=st.sampled_from([0, 30, 45, 75]),
)


def minutes_free(taken, *, hours=((0, LENGTH),)):
    """Minute by minute, as one would cross them out on paper."""
    return [
        any(first <= minute < end for first, end in hours)
        and not any(first <= minute < end for first, end in taken)
        for minute in range(LENGTH)
    ]


def as_bits(free):
    return sum(1 << minute for minute, is_free in enumerate(free) if is_free)


def is_free(free, first, end):
    return first >= 0 and end <= len(free) and all(free[first:end])


def remainder(free, first, step):
    """How many minutes in a row are free from one on, forwards or backwards."""
    count = 0
    while 0 <= first < len(free) and free[first]:
        first, count = first + step, count + 1
    return count


def by_pencil(starts, people, tables, kinds, client, block):
    found = []
    for minute in sorted(starts):
        first, end = minute - block.before, minute + block.treatment + block.after
        if not is_free(client, minute, minute + block.treatment):
            continue
        if not any(is_free(table, first, end) for table in tables):
            continue
        if not all(any(is_free(piece, first, end) for piece in pieces) for pieces in kinds):
            continue
        for number, free in enumerate(people):
            if is_free(free, first, end):
                sides = remainder(free, first - 1, -1), remainder(free, end, 1)
                waste = sum(0 < side < block.shortest for side in sides)
                found.append((waste, minute, number))
    return [(minute, waste, number) for waste, minute, number in sorted(found)]


@given(
    hours=st.lists(spans, min_size=1, max_size=3),
    taken=st.lists(spans, min_size=3, max_size=3),
    tables=st.lists(spans, min_size=0, max_size=3),
    kinds=st.lists(st.lists(spans, max_size=2), max_size=2),
    client=spans,
    block=blocks,
    grid=st.sampled_from([5, 15, 20]),
    since=st.integers(0, LENGTH),
)
def test_open_times_are_those_one_finds_with_a_pencil(
    hours, taken, tables, kinds, client, block, grid, since
):
    people = [minutes_free(taken[n], hours=worked) for n, worked in enumerate(hours)]
    places = [minutes_free(one) for one in tables]
    pieces = [[minutes_free(one) for one in several] for several in kinds]
    own = minutes_free(client)
    starts = range(-(-since // grid) * grid, LENGTH, grid)
    ground = DayGround(
        starts=as_bits([minute in starts for minute in range(LENGTH)]),
        people=[as_bits(one) for one in people],
        tables=[as_bits(one) for one in places],
        client=as_bits(own),
        kinds=[[as_bits(one) for one in several] for several in pieces],
    )
    expected = by_pencil(starts, people, places, pieces, own, block)
    assert list(open_starts(ground, block)) == expected


@given(spans=spans, minutes=st.integers(1, 200))
def test_a_run_of_free_minutes_begins_where_so_many_follow(spans, minutes):
    free = minutes_free(spans)
    expected = [m for m in range(LENGTH) if is_free(free, m, m + minutes)]
    assert runs(as_bits(free), minutes) == sum(1 << m for m in expected)


@given(st.lists(st.tuples(st.integers(-9000, 40_000), st.integers(1, 9000)), max_size=4))
def test_what_is_taken_takes_every_minute_that_it_touches(found):
    spans = [(first, first + length) for first, length in found]
    expected = {
        minute
        for minute in range(LENGTH)
        for first, end in spans
        if first < (minute + 1) * 60 and minute * 60 < end
    }
    assert minutes_in(spans, 0, LENGTH) == sum(1 << minute for minute in expected)


def test_before_the_first_minute_of_a_day_nothing_fits():
    assert Block(60, before=10).taken_from(5) == 0
    assert Block(60, before=10).taken_from(10) == stretch(0, 70)
    assert stretch(5, 5) == 0


ZONES = ["Europe/London", "America/New_York", "Australia/Lord_Howe", "Asia/Kathmandu", "UTC"]


@pytest.mark.parametrize("zone", ZONES)
@given(number=st.integers(0, 365), grid=st.sampled_from([5, 10, 15, 20, 30]))
def test_the_grid_of_a_day_is_the_same_as_bits_and_as_seconds(zone, number, grid):
    zone, day = ZoneInfo(zone), date(2027, 1, 1) + timedelta(days=number)
    begin = epoch(day_bounds(day, zone)[0])
    expected = sum(1 << (at - begin) // 60 for at in grid_of(day, zone, grid))
    assert grid_minutes(day, zone, grid) == expected


@pytest.mark.parametrize("zone", ZONES)
@given(
    number=st.integers(0, 365),
    hours=st.lists(st.tuples(st.integers(0, 1439), st.integers(1, 700)), max_size=3),
)
def test_hours_of_the_wall_clock_are_the_same_as_bits_and_as_seconds(zone, number, hours):
    zone, day = ZoneInfo(zone), date(2027, 1, 1) + timedelta(days=number)
    minutes = [(first, min(first + length, 1440)) for first, length in hours]
    begin, end = (epoch(moment) for moment in day_bounds(day, zone))
    of_seconds = minutes_in(seconds(day, minutes, zone), begin, (end - begin) // 60)
    assert minutes_on(day, minutes, zone) == of_seconds
