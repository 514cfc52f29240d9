"""On many generated days openings never offer what booking refuses, nor hide what it accepts."""

from datetime import timedelta

import pytest
from flask import Flask
from hypothesis import Phase, given, settings

from tests.engines import on_both_engines
from tests.factories import scheduling as made
from tests.scheduling.worlds import WORLD, Stage, change_days


@on_both_engines
@pytest.mark.parametrize("zone", ["Europe/London", "Australia/Lord_Howe"])
@pytest.mark.parametrize("which", [0, 1, None], ids=["a change", "the other", "a plain day"])
def test_openings_answers_and_booking_agree(
    inside: Flask, rounds: int, zone: str, which: int | None
) -> None:
    plain = lambda: made.this_day() + timedelta(days=9)  # noqa: E731
    stage = Stage(plain if which is None else lambda: change_days()[which], zone)

    @settings(phases=[Phase.generate], max_examples=max(10, rounds // 10))
    @given(world=WORLD)
    def agree(world):
        stage.play(world)

    agree()
