from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clinic.core.clock import (
    NoSuchTime,
    TwiceThatDay,
    day_bounds,
    epoch,
    from_epoch,
    instant,
    local_day,
    now,
)

LONDON, NEW_YORK = ZoneInfo("Europe/London"), ZoneInfo("America/New_York")
ZONES = [
    ZoneInfo(name)
    for name in (
        "UTC", "Europe/London", "America/New_York", "America/Sao_Paulo", "Asia/Kolkata",
        "Asia/Kathmandu", "Australia/Lord_Howe", "Pacific/Auckland", "Pacific/Apia",
    )
]  # fmt: skip
zones = st.sampled_from(ZONES)
days = st.dates(date(2015, 1, 1), date(2035, 12, 31))


def test_now_is_aware_and_in_utc():
    assert now().tzinfo is UTC


@pytest.mark.parametrize(
    ("day", "zone", "hours"),
    [
        (date(2026, 3, 29), LONDON, 23),
        (date(2026, 10, 25), LONDON, 25),
        (date(2026, 3, 8), NEW_YORK, 23),
        (date(2026, 11, 1), NEW_YORK, 25),
        (date(2026, 6, 1), LONDON, 24),
    ],
)
def test_a_day_has_as_many_hours_as_the_clock_gives_it(day, zone, hours):
    begin, end = day_bounds(day, zone)
    assert end - begin == timedelta(hours=hours)


@given(days, zones)
def test_days_follow_each_other_without_gap_or_overlap(day, zone):
    assert day_bounds(day, zone)[1] == day_bounds(day + timedelta(days=1), zone)[0]


@given(days, zones, st.integers(0, 24 * 60 - 1))
def test_every_instant_lies_in_the_day_it_falls_on(day, zone, minute):
    moment = datetime.combine(day, time.min, UTC) + timedelta(minutes=minute)
    begin, end = day_bounds(local_day(moment, zone), zone)
    assert begin <= moment < end


@given(days, zones, st.integers(0, 24 * 60 - 1))
def test_a_wall_time_comes_back_as_it_was_or_is_refused(day, zone, minute):
    wall = time(minute // 60, minute % 60)
    try:
        moment = instant(day, wall, zone, fold=0)
    except NoSuchTime:
        aware = datetime.combine(day, wall, zone)
        assert aware.utcoffset() != aware.astimezone(UTC).astimezone(zone).utcoffset()
        return
    shown = moment.astimezone(zone)
    assert (shown.date(), shown.time().replace(tzinfo=None)) == (day, wall)
    assert moment.tzinfo is UTC


def test_a_time_the_clocks_jump_over_is_refused():
    with pytest.raises(NoSuchTime, match="01:30 does not exist") as refused:
        instant(date(2026, 3, 29), time(1, 30), LONDON)
    assert refused.value.field == "time"


def test_a_time_that_comes_twice_is_asked_for_and_then_either_of_the_two():
    day, wall = date(2026, 10, 25), time(1, 30)
    with pytest.raises(TwiceThatDay, match="01:30 comes twice") as asked:
        instant(day, wall, LONDON)
    assert asked.value.field == "fold"
    first, second = instant(day, wall, LONDON, fold=0), instant(day, wall, LONDON, fold=1)
    assert first == datetime(2026, 10, 25, 0, 30, tzinfo=UTC)
    assert second - first == timedelta(hours=1)


def test_a_time_the_clocks_jump_over_is_refused_whichever_is_said():
    for fold in (0, 1):
        with pytest.raises(NoSuchTime):
            instant(date(2026, 3, 29), time(1, 30), LONDON, fold=fold)


def test_a_weekly_visit_keeps_its_wall_time_over_the_change():
    before, after = (instant(day, time(9), LONDON) for day in (date(2026, 3, 27), date(2026, 4, 3)))
    assert after - before == timedelta(days=7) - timedelta(hours=1)


def test_a_naive_time_has_no_epoch():
    with pytest.raises(ValueError, match="naive"):
        epoch(datetime(2026, 1, 1))  # noqa: DTZ001 - that is what is refused


@given(st.datetimes(datetime(1971, 1, 1), datetime(2100, 1, 1), timezones=st.just(UTC)))  # noqa: DTZ001
def test_whole_seconds_come_back(moment):
    whole = moment.replace(microsecond=0)
    assert from_epoch(epoch(whole)) == whole
