"""2,000 steps of referral coordination in any order, on both engines; and what each safety is for.

A machine of Hypothesis does what people, time and the night do with referrals; after each step
what must hold is looked at from the rows alone. Then each safety is taken away, to see that
somebody would notice.
"""

from contextlib import ExitStack
from typing import Any

import pytest
from flask import Flask
from hypothesis import Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, rule, run_state_machine_as_test
from sqlalchemy.exc import IntegrityError

from clinic.coordination.rules import inbound as rules
from clinic.coordination.services.inbound import ending, stepping, treating
from clinic.letters.services import sending
from clinic.scheduling.services import booking, gate
from tests.coordination.story import BEGINNING, DEEDS, Told, World
from tests.engines import on_both_engines

STEPS = 2000
AT_ONCE = 40
NUMBERS = st.integers(0, 9)


def _machine(world: World, told: list[int]) -> type[RuleBasedStateMachine]:
    class Coordination(RuleBasedStateMachine):
        """One story after the other, each from the same beginning."""

        def __init__(self) -> None:
            super().__init__()
            with ExitStack() as kept:
                self.story = kept.enter_context(Told(world))
                for step in BEGINNING:
                    self.story.step(*step)
                self.kept = kept.pop_all()

        @rule(deed=st.sampled_from(DEEDS), which=NUMBERS, number=NUMBERS)
        def something_happens(self, deed: str, which: int, number: int) -> None:
            self.story.step(deed, which, number)

        def teardown(self) -> None:
            told.append(self.story.steps - len(BEGINNING))
            self.kept.close()

    return Coordination


@on_both_engines
def test_two_thousand_steps_leave_every_referral_looked_after(inside: Flask) -> None:
    world, told = World(), []
    plain = settings(
        max_examples=STEPS // AT_ONCE + 5, stateful_step_count=AT_ONCE, phases=[Phase.generate]
    )
    run_state_machine_as_test(_machine(world, told), settings=plain)
    assert sum(told) >= STEPS


TREATED = (
    ("receive", 0, 0), ("allow", 0, 1), ("decide", 0, 0), ("book", 0, 1), ("book", 0, 4),
    ("days", 0, 4), ("visit", 0, 1), ("visit", 1, 1),
)  # fmt: skip
"""Two visits were allowed and had; the first report is owed."""
REPORTED = (*TREATED, ("report", 0, 1), *(("letter", 1, 0),) * 3)
"""The first report is drafted, approved and sent: without a consent it does not leave."""


def _nothing(*_: Any) -> None:
    """A safety that is none."""


def _one(*_: Any) -> int:
    return 1


def _tell(world: World, steps: Any) -> None:
    with Told(world) as story:
        for step in steps:
            story.step(*step)


@pytest.mark.engines("sqlite", "postgresql")
def test_the_stories_of_the_sabotage_hold_as_long_as_the_safeties_stand(inside: Flask) -> None:
    world = World()
    for steps in (TREATED, REPORTED, (*TREATED, ("book", 0, 6)), (*TREATED, ("end", 0, 2))):
        _tell(world, steps)


@on_both_engines
def test_a_referral_that_says_nothing_of_what_is_next_is_noticed(
    inside: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    world = World()
    monkeypatch.setattr(stepping, "what_next", lambda *_: ("", None))
    with pytest.raises((AssertionError, IntegrityError)):
        _tell(world, TREATED)


@on_both_engines
def test_a_way_that_is_no_edge_is_noticed(inside: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    world = World()
    for module in (stepping, ending, treating):
        monkeypatch.setattr(module, "must_go", lambda *ways: ways[1])
    assert ("received", "completed") not in rules.EDGES
    with pytest.raises(AssertionError):
        _tell(world, (("receive", 0, 0), ("end", 0, 0)))


@on_both_engines
def test_a_visit_beyond_what_was_authorised_is_noticed(
    inside: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    world = World()
    monkeypatch.setattr(gate, "refusal", _nothing)
    monkeypatch.setattr(booking, "left", _one)
    with pytest.raises(AssertionError):
        _tell(world, (*TREATED[:-3], ("book", 0, 6), ("book", 0, 8)))


@on_both_engines
def test_a_letter_without_a_consent_is_noticed(
    inside: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    world = World()
    monkeypatch.setattr(sending, "must_be_agreed", _nothing)
    with pytest.raises((AssertionError, IntegrityError)):
        _tell(world, REPORTED)
