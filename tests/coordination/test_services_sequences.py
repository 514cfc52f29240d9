"""Any sequence of what can happen leaves every referral looked after."""

from flask import Flask
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from tests.coordination.story import BEGINNING, DEEDS, Told, World

STEP = st.tuples(st.sampled_from(DEEDS), st.integers(0, 9), st.integers(0, 9))
SEQUENCES = 5


def test_after_any_sequence_every_referral_is_looked_after(inside: Flask):
    world = World()

    @settings(phases=[Phase.generate], max_examples=SEQUENCES)
    @given(st.lists(STEP, min_size=10, max_size=25))
    def whole(steps):
        with Told(world) as story:
            for step in (*BEGINNING, *steps):
                story.step(*step)

    whole()
