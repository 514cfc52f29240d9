"""Offered, answered and bookable are the same on generated days, whatever is in the way."""

from datetime import timedelta

import pytest
from flask import Flask
from hypothesis import Phase, given, settings

from tests.factories import scheduling as made
from tests.scheduling.worlds import WORLD, Stage, change_days

DAYS = {
    "a change": lambda: change_days()[0],
    "the other": lambda: change_days()[1],
    "a plain day": lambda: made.this_day() + timedelta(days=9),
}


@pytest.mark.parametrize("which", DAYS)
def test_what_is_offered_is_what_can_be_booked(inside: Flask, which: str) -> None:
    stage = Stage(DAYS[which])

    @settings(max_examples=5, phases=[Phase.generate])
    @given(world=WORLD)
    def agree(world):
        stage.play(world)

    agree()
