"""What imported facts mean: each client judged as if they came today."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import TypeVar

from clinic.core.clock import today
from clinic.core.transactions import refresh
from clinic.health.queries import known_of
from clinic.health.queries.rules import rule_book
from clinic.health.rules.screening import Hit, judge
from clinic.imports import queries
from clinic.imports.rules.understanding import SOURCE
from clinic.imports.services.report import Fired
from clinic.practice.queries import the_practice

_T = TypeVar("_T")

TOGETHER = 500
"""Clients of one short reading."""


@dataclass
class _Count:
    facts: set[str] = field(default_factory=set)
    clients: int = 0
    asked: int = 0


def fired_for(refs: Sequence[str]) -> list[Fired]:
    """By rule, for the clients who came under these refs."""
    return fired([one.id for some in _some(refs) for one in queries.clients_by_ref(some)])


def fired(client_ids: Sequence[int]) -> list[Fired]:
    """By rule, how many imported facts it holds by, for how many of these clients; the rules
    that hold for most come first. What holds for everybody is left out."""
    book, on = rule_book(), today(the_practice().zone)
    counts: dict[str, _Count] = defaultdict(_Count)
    seen: set[int] = set()
    for some in _some(client_ids):
        people = queries.people_of(some)
        for person in people.keys() - seen:
            for hit in judge(known_of(person).sheet, book, on, born=people[person]).hits:
                _count(counts, hit)
        seen |= people.keys()
        refresh()
    told = [
        Fired(rule, book.rule(rule, on).label, len(one.facts), one.clients, one.asked)
        for rule, one in counts.items()
    ]
    return sorted(told, key=lambda one: (-one.clients, -one.asked, one.rule))


def _some(many: Sequence[_T]) -> Iterator[Sequence[_T]]:
    for start in range(0, len(many), TOGETHER):
        yield many[start : start + TOGETHER]


def _count(counts: dict[str, _Count], hit: Hit) -> None:
    imported = {
        one.fact.ref for one in hit.because if one.fact is not None and one.fact.source == SOURCE
    }
    if not imported:
        return
    if hit.state == "ask":
        counts[hit.rule].asked += 1
    else:
        counts[hit.rule].facts |= imported
        counts[hit.rule].clients += 1
