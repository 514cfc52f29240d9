"""The days that these tests speak of lie ahead, whenever they are run."""

from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
import time_machine


@pytest.fixture(autouse=True)
def the_autumn_before() -> Iterator[None]:
    """It is November 2026: the days of spring 2027 are still to come."""
    with time_machine.travel(datetime(2026, 11, 23, 15, tzinfo=UTC), tick=True):
        yield
