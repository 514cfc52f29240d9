from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from hypothesis import given
from hypothesis import strategies as st

from clinic.core.clock import day_bounds, epoch
from clinic.timetable.rules import (
    Hours,
    clip,
    minus,
    seconds,
    to_grid,
    union,
    wall_second,
    worked,
)

stretches = st.lists(
    st.tuples(st.integers(0, 120), st.integers(-5, 30)).map(lambda pair: (pair[0], sum(pair))),
    max_size=12,
)
ZONES = [
    ZoneInfo(name)
    for name in (
        "Europe/London",
        "America/New_York",
        "America/Santiago",
        "Australia/Lord_Howe",
        "Africa/Casablanca",
        "Asia/Tehran",
        "UTC",
    )
]
days = st.dates(date(2019, 1, 1), date(2028, 12, 31))
changing = st.sampled_from(
    [date(2027, *day) for day in ((3, 28), (10, 31), (3, 14), (11, 7), (9, 5), (4, 4), (10, 3))]
)


def points(intervals: list[tuple[int, int]]) -> set[int]:
    """The naive model: every whole number that is covered."""
    return {number for start, end in intervals for number in range(start, end)}


def is_tidy(intervals: list[tuple[int, int]]) -> bool:
    edges = [edge for interval in intervals for edge in interval]
    return edges == sorted(set(edges))


@given(stretches)
def test_a_union_covers_what_any_covers(some: list) -> None:
    assert points(union(some)) == points(some)
    assert is_tidy(union(some))


@given(stretches, stretches)
def test_minus_takes_away_and_nothing_else(some: list, others: list) -> None:
    assert points(minus(some, others)) == points(some) - points(others)
    assert is_tidy(minus(some, others))


@given(stretches, st.integers(0, 150), st.integers(0, 150))
def test_clip_keeps_what_lies_between(some: list, since: int, until: int) -> None:
    assert points(clip(some, since, until)) == points(some) & set(range(since, until))


@given(stretches, st.integers(1, 30), st.integers(-50, 50))
def test_to_the_grid_a_stretch_begins_on_a_line(some: list, step: int, origin: int) -> None:
    found = to_grid(some, step, origin)
    assert all((start - origin) % step == 0 for start, _ in found)
    for start, end in union(some):
        lines = [number for number in range(start, end) if (number - origin) % step == 0]
        assert [pair for pair in found if pair[1] == end] == ([(lines[0], end)] if lines else [])


def first_second(day: date, minute: int, zone: ZoneInfo) -> int:
    """The naive model: walk the day minute by minute until the clock is there."""
    start, end = (epoch(moment) for moment in day_bounds(day, zone))
    for second in range(start, end, 60):
        wall = datetime.fromtimestamp(second, UTC).astimezone(zone)
        if wall.hour * 60 + wall.minute >= minute:
            return second
    return end


@given(days | changing, st.integers(0, 1440), st.sampled_from(ZONES))
def test_a_wall_time_is_the_first_moment_the_clock_is_there(
    day: date, minute: int, zone: ZoneInfo
) -> None:
    assert wall_second(day, minute, zone) == first_second(day, minute, zone)


@given(changing, st.lists(st.integers(0, 1440), min_size=2, max_size=2), st.sampled_from(ZONES))
def test_hours_keep_their_order_whatever_the_clocks_do(
    day: date, minutes: list[int], zone: ZoneInfo
) -> None:
    low, high = sorted(minutes)
    assert wall_second(day, low, zone) <= wall_second(day, high, zone)


def test_a_night_shift_is_an_hour_shorter_or_longer_when_the_clocks_change() -> None:
    london = ZoneInfo("Europe/London")
    for day, hours in ((date(2027, 3, 27), 4), (date(2027, 3, 28), 3), (date(2027, 10, 31), 5)):
        [(start, end)] = seconds(day, [(0, 240)], london)
        assert end - start == hours * 3600


def test_hours_hold_on_their_weekday_and_between_their_dates() -> None:
    monday = date(2027, 3, 1)
    hours = Hours(0, 540, 720, from_on=monday, until_on=monday + timedelta(days=7))
    assert [hours.hold_on(monday + timedelta(days=n)) for n in (-7, 0, 1, 7, 14)] == [
        False, True, False, True, False,
    ]  # fmt: skip


def test_an_exception_takes_the_place_of_the_weeks_hours() -> None:
    monday = date(2027, 3, 1)
    weekly = [Hours(0, 540, 720, monday), Hours(0, 780, 1020, monday)]
    assert worked(monday, weekly) == [(540, 720), (780, 1020)]
    assert worked(monday, weekly, [(600, 660)]) == [(600, 660)]
    assert worked(monday, weekly, [(None, None)]) == []


@given(
    *[
        st.tuples(st.integers(0, 1), st.integers(0, 20), st.integers(1, 10), st.integers(0, 20))
        for _ in range(2)
    ],
    st.none() | st.integers(0, 20),
    st.none() | st.integers(0, 20),
)
def test_two_stretches_overlap_where_a_day_has_a_minute_of_both(
    one: tuple, two: tuple, ended: int | None, two_ended: int | None
) -> None:
    monday = date(2027, 3, 1)

    def hours(facts: tuple, length: int | None) -> Hours:
        weekday, start, minutes, since = facts
        begun = monday + timedelta(days=since)
        until = None if length is None else begun + timedelta(days=length)
        return Hours(weekday, start, start + minutes, begun, until)

    first, second = hours(one, ended), hours(two, two_ended)
    both = any(
        points(worked(day, [first])) & points(worked(day, [second]))
        for day in (monday + timedelta(days=n) for n in range(70))
    )
    # Dates that overlap by less than a week may miss the weekday; that is refused all the same.
    assert first.overlap(second) or not both
    assert first.overlap(second) == second.overlap(first)
