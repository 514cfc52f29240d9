"""The times that are open: read in two queries, found by the rules.

What is offered here is what ``book`` accepts, and on the grid nothing else is: both
ask the same hours, buffers, qualifications, rooms, equipment, limits and clashes.
"""

from collections.abc import Iterator
from datetime import date, timedelta
from itertools import islice

from clinic.core.clock import local_day
from clinic.practice.queries import the_practice
from clinic.scheduling.queries.answers import answers
from clinic.scheduling.queries.ground import Ground, read_ground, span_of
from clinic.scheduling.queries.lacks import no_health, what_lacks
from clinic.scheduling.queries.wishes import (
    DAYS,
    Answer,
    Offer,
    Opening,
    Person,
    Table,
    Wish,
)

__all__ = [
    "DAYS",
    "Answer",
    "Offer",
    "Opening",
    "Person",
    "Table",
    "Wish",
    "answers",
    "next_apart",
    "next_free",
    "openings",
]

A_DAY, APART_S = 2, 2 * 3600
"""How many times of one day are suggested, and how far from each other."""


def openings(wish: Wish, count: int | None = None) -> Offer:
    """All open times of the wished days, or the best ``count`` of the earliest days.

    They come day by day; within a day those first that leave nothing unsellable
    beside them, then the earlier. Where there are none, the offer may say why.
    """
    first, last = span_of(wish)
    ground = read_ground(wish, first, max(first, last))
    offer = Offer()
    needed = ground.needed_on(first)
    for person in ground.still.people:
        into = offer.able if person.is_able(needed, first) else offer.unable
        into.append(person)
    found = (one for day in _days(ground, first, last) for one in day)
    offer.openings = list(islice(found, count))
    day = local_day(offer.openings[0].starts_at, the_practice().zone) if offer.openings else first
    offer.on = day
    offer.screened = ground.screening(day)
    if not offer.openings:
        offer.refused = no_health(ground, first, last)
        offer.why = what_lacks(ground, first, last)
    return offer


def next_free(wish: Wish, count: int = 5) -> list[Opening]:
    """The next times from a moment on, whoever is free, each time once."""
    first, last = span_of(wish)
    free: list[Opening] = []
    if first > last:
        return free
    for day in _days(read_ground(wish, first, last), first, last):
        found: dict[int, Opening] = {}
        for one in sorted(day, key=lambda one: (one.at, one.waste)):
            found.setdefault(one.at, one)
        free.extend(found.values())
        if len(free) >= count:
            break
    return free[:count]


def next_apart(wish: Wish, count: int, staff_id: int) -> list[Opening]:
    """The next times on several days, few of each day and hours apart.

    With one therapist wherever they have time on the day, else with whoever has.
    """
    first, last = span_of(wish)
    free: list[Opening] = []
    if first > last:
        return free
    for day in _days(read_ground(wish, first, last), first, last):
        found = sorted(day, key=lambda one: (one.at, one.waste))
        own = [one for one in found if one.therapist.id == staff_id]
        free.extend(_apart(own or found))
        if len(free) >= count:
            break
    return free[:count]


def _apart(day: list[Opening]) -> list[Opening]:
    kept: list[Opening] = []
    for one in day:
        if len(kept) < A_DAY and (not kept or one.at - kept[-1].at >= APART_S):
            kept.append(one)
    return kept


def _days(ground: Ground, first: date, last: date) -> Iterator[Iterator[Opening]]:
    """What is open on one day after the other: each is looked at when it is asked for."""
    people = [one for one in ground.still.people if ground.is_asked(one)]
    for number in range((last - first).days + 1):
        day = ground.on(first + timedelta(days=number), people)
        if day.people and (wished := ground.wished(day)):
            yield ground.openings(day, wished)
