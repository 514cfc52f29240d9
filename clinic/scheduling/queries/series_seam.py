"""Stands in for ``openings.answers`` until that is there."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from clinic.core.clock import epoch, local_day
from clinic.core.words import Words, say
from clinic.practice.queries import the_practice
from clinic.scheduling.queries.openings import Opening, Wish, openings


@dataclass
class Answer:
    at: datetime
    opening: Opening | None = None
    why: Words | None = None
    instead: list[Opening] = field(default_factory=list)


def answers(wish: Wish, wanted: Sequence[datetime]) -> list[Answer]:
    found = []
    for at in wanted:
        day = local_day(at, the_practice().zone)
        offer = openings(replace(wish, since=day - timedelta(days=2), days=5)).openings
        exact = next((one for one in offer if one.at == epoch(at)), None)
        near = sorted(offer, key=lambda one: abs(one.at - epoch(at)))
        near = [one for one in near if one.at != epoch(at)][:3]
        why = None if exact else say("The therapist is taken then. Choose another time.")
        found.append(Answer(at, exact, why, near if exact is None else []))
    return found
