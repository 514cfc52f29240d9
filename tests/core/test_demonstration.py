"""The demonstration is at its best whenever it is opened: it is late morning there."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from clinic.cli.demonstration import LATE_MORNING, zone_at


@pytest.mark.parametrize("year", [2026, 2027, 2028])
def test_there_is_always_a_zone_in_which_it_is_late_morning(year):
    hours = (datetime(year + 1, 1, 1, tzinfo=UTC) - datetime(year, 1, 1, tzinfo=UTC)).days * 24
    for number in range(hours):
        present = datetime(year, 1, 1, 0, 59, tzinfo=UTC) + timedelta(hours=number)
        assert present.astimezone(ZoneInfo(zone_at(present))).hour == LATE_MORNING, present
