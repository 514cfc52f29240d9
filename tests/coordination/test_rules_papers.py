"""How long a paper has waited: only working days count."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clinic.coordination.rules.papers import age_of, late_before

ZONE = ZoneInfo("America/Chicago")


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=ZONE)


@pytest.mark.parametrize(
    ("arrived", "now", "days", "hours", "is_late"),
    [
        ("2026-11-18T09:00", "2026-11-18T09:00", 0, 0, False),
        ("2026-11-18T09:00", "2026-11-18T16:30", 0, 7, False),
        ("2026-11-18T09:00", "2026-11-19T09:00", 1, 0, False),
        ("2026-11-18T09:00", "2026-11-19T09:01", 1, 0, True),
        ("2026-11-20T16:00", "2026-11-22T23:00", 0, 8, False),
        ("2026-11-20T16:00", "2026-11-23T16:00", 1, 0, False),
        ("2026-11-20T16:00", "2026-11-23T16:01", 1, 0, True),
        ("2026-11-21T10:00", "2026-11-23T00:00", 0, 0, False),
        ("2026-11-21T10:00", "2026-11-24T00:01", 1, 0, True),
        ("2026-11-16T10:00", "2026-11-27T11:00", 9, 1, True),
    ],
)
def test_what_falls_on_a_weekend_does_not_count(arrived, now, days, hours, is_late):
    age = age_of(at(arrived), at(now), ZONE)
    assert (age.days, age.hours, age.is_late) == (days, hours, is_late)


MOMENTS = st.integers(0, 2 * 365 * 24 * 60).map(
    lambda minutes: datetime(2026, 1, 1, tzinfo=UTC) + timedelta(minutes=minutes)
)


@given(now=MOMENTS, minutes=st.integers(0, 8 * 24 * 60))
def test_what_the_list_calls_late_is_what_the_task_is_opened_for(now, minutes):
    arrived = now - timedelta(minutes=minutes)
    assert age_of(arrived, now, ZONE).is_late == (arrived < late_before(now, ZONE))
