"""Somebody is booked while something is learned of them, or a rule changes: no verdict is stale."""

import pytest

from clinic.core.clock import epoch
from clinic.health.rules.facts import Fact
from clinic.scheduling.queries.standing import screens_of, standing_visits
from tests.engines import on_both_engines, on_postgresql
from tests.factories import scheduling as made
from tests.factories.clients import a_client
from tests.factories.screening import know
from tests.prove.racers import race

HEART = ("condition", "HEART_DISEASE")
KINDS = pytest.mark.parametrize("kind", ["screen", "rule"])


def stage(app, rounds, kind):
    """As many clients as rounds, and a free hour for each."""
    with app.app_context():
        house = made.open_house()
        people = [a_client(f"Guest {number:03d}") for number in range(rounds)]
        if kind == "rule":
            for person in people:
                know(person, Fact(*HEART, details=(("stable", "yes"),)))
        return {
            "people": [one.public_id for one in people],
            "times": [
                epoch(made.at(8 + number % 6 * 2, days=3 + number // 6)) for number in range(rounds)
            ],
            "variant": house.variant.public_id,
            "therapist": house.therapist.public_id,
            "fact": HEART,
        }


def left_behind(app):
    """How many visits stand, and how many of them would be judged otherwise now."""
    with app.app_context():
        standing = standing_visits()
        screens = screens_of(standing.keys())
        stale = 0
        for person, visits in standing.items():
            for one in visits:
                case = screens[person].judge(one.on, one.primary, one.add_ons)
                stale += (one.outcome, one.effects) != (case.outcome(), case.told())
        return sum(map(len, standing.values())), stale


@on_both_engines
@KINDS
def test_a_booking_and_a_change_never_miss_each_other(app, rounds, kind):
    # Each change of a rule makes the book longer, and judges everybody who is booked anew.
    most = rounds if kind == "screen" else min(rounds, 60)
    facts = stage(app, max(24, most), kind)
    results = race(app, kind, 2, **facts)
    assert results == [[], []]
    count, stale = left_behind(app)
    assert (count, stale) == (len(facts["people"]), 0)


@on_postgresql
@KINDS
def test_sabotage_without_the_lock_a_verdict_is_left_behind(app, kind):
    race(app, kind, 2, without_lock=True, **stage(app, 80, kind))
    assert left_behind(app)[1], "none was left behind: the proof above proves nothing"
