"""Many generated sequences of verbs leave the schedule whole, on both engines."""

from flask import Flask
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from tests.engines import on_both_engines
from tests.scheduling.test_services_sequences import STEP, Story, try_all


@on_both_engines
def test_after_many_sequences_nobody_is_in_two_places(inside: Flask, rounds: int) -> None:
    story = Story()

    @settings(phases=[Phase.generate], max_examples=max(5, rounds // 4))
    @given(st.lists(STEP, min_size=8, max_size=25))
    def whole(steps):
        try_all(story, steps)

    whole()
