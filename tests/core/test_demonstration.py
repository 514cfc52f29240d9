"""The demonstration is at its best whenever it is opened: it is late morning there."""

from datetime import UTC, datetime
from itertools import product
from zoneinfo import ZoneInfo

import pytest

from clinic.cli.demonstration import LATE_MORNING, zone_at


@pytest.mark.parametrize("month", range(1, 13))
def test_there_is_always_a_zone_in_which_it_is_late_morning(month):
    """On both sides of the days on which clocks change in America, in Europe and in the south."""
    for day, hour in product((1, 7, 12, 20, 28), range(24)):
        present = datetime(2027, month, day, hour, 59, tzinfo=UTC)
        assert present.astimezone(ZoneInfo(zone_at(present))).hour == LATE_MORNING, present
