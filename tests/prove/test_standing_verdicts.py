"""Whatever is done, and whatever is learned: a visit to come is judged by what is so."""

from contextlib import suppress

from flask import Flask
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from clinic.core.db import db
from clinic.core.errors import DomainError
from clinic.core.transactions import transaction
from tests.engines import on_both_engines
from tests.prove.healthy import OF_HEALTH, OF_VISITS, Story

STEP = st.tuples(
    st.one_of(st.sampled_from(OF_VISITS), st.sampled_from(OF_HEALTH)),
    st.integers(0, 11),
    st.integers(0, 59),
    st.booleans(),
)


class _Enough(Exception):
    pass


def tell(story: Story, steps: list[tuple[str, int, int, bool]]) -> None:
    """Do them one after the other, look after each, and take all of it back."""
    with suppress(_Enough), transaction():
        for step in steps:
            db.session().info.pop("locks", None)  # each would be a transaction of its own
            try:
                with db.session.begin_nested():
                    story.act(*step)
            except DomainError:
                db.session.expire_all()
            stale = story.stale()
            assert not stale, (step, stale)
        raise _Enough


@on_both_engines
def test_after_any_sequence_every_verdict_is_what_a_fresh_one_says(
    inside: Flask, rounds: int
) -> None:
    story = Story()

    @settings(phases=[Phase.generate], max_examples=max(4, rounds // 25))
    @given(st.lists(STEP, min_size=10, max_size=30))
    def judged(steps):
        tell(story, steps)

    judged()
