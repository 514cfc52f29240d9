"""Which topics could make a trigger hold for a person on a day; all others are a plain no.

Most of what rules look for was asked, answered with "no", and is not among the facts. A trigger
that looks at nothing else is a no without being gone through. This is only ever the short way to
the same answer: what is not surely a no is stirred, and gone through.
"""

from collections.abc import Iterable, Iterator, Set

from clinic.health.rules.case import Case, Look
from clinic.health.rules.facts import About
from clinic.health.rules.nodes import (
    Answered,
    Atom,
    Both,
    Either,
    Match,
    Node,
    Pregnant,
    Reading,
    Since,
)
from clinic.health.rules.vocabulary import EVENTS

Topics = Set[str]
WATCHED = frozenset({"observation", "finding", "reading"})
"""Kinds that nobody is asked about: where there is no such fact, there is none."""


def topics_of(node: Node) -> Topics | None:
    """The topics without which a trigger is a plain no; None where more than facts and answers
    make it hold."""
    if isinstance(node, Both):
        known = [one for one in map(topics_of, node.parts) if one is not None]
        return min(known, key=len, default=None)
    if isinstance(node, Either):
        return _of_all(node.parts)
    return _of_atom(node)


def _of_atom(atom: Atom) -> Topics | None:
    named: Iterable[str]
    match atom:
        case Match(kind, codes) if kind != "reading":
            named = _named(kind, codes)
        case Since(event):
            named = _told_by(event)
        case Pregnant():
            named = ("pregnancy:PREGNANCY",)
        case Reading(name):
            named = (f"reading:{name}",)
        case Answered(name):
            named = (f"answer:{name}",)
        case _:
            return None
    return frozenset(named)


def _of_all(parts: Iterable[Node]) -> Topics | None:
    found: set[str] = set()
    for part in parts:
        topics = topics_of(part)
        if topics is None:
            return None
        found |= topics
    return frozenset(found)


def _named(kind: str, codes: Iterable[str]) -> Iterator[str]:
    return iter([f"{kind}:{code}" for code in codes] or [kind])


def _told_by(event: str) -> Iterator[str]:
    for source in EVENTS[event]:
        yield from _named(source.kind, source.codes)
        if source.topic:
            yield source.topic


class Vocabulary:
    """All topics that some triggers look at: those of each kind that is asked about, those of
    questions, and those that nobody is asked."""

    __slots__ = ("by_kind", "questions", "topics")

    def __init__(self, topics: Iterable[str]) -> None:
        self.topics = frozenset(topics)
        kinds: dict[str, set[str]] = {}
        for topic in self.topics:
            kinds.setdefault(topic.partition(":")[0], set()).add(topic)
        self.questions = frozenset(kinds.pop("answer", ()))
        asked = kinds.keys() - WATCHED
        self.by_kind = {kind: frozenset(kinds[kind]) for kind in sorted(asked)}


def stirred(look: Look, words: Vocabulary) -> Topics:
    """The topics that are not a plain no on this day: there is a fact, an answer that is not
    "no" or has lapsed, no answer at all, or something of their kind that nobody has sorted."""
    case = look.case
    told = case.told(look.on, look.months)
    found = set(words.questions.difference(*told))
    for kind, topics in words.by_kind.items():
        whole = look.counting(kind)
        if whole is None and kind not in case.unsorted:
            found |= topics.difference(*told)
        elif not _is_sorted(kind, whole, case):
            found |= topics
    return found | (words.topics & case.named)


def _is_sorted(kind: str, whole: About | None, case: Case) -> bool:
    """Whether nothing of a kind is left but its facts: there are none, or all are listed."""
    if whole is None or kind in case.unsorted:
        return False
    is_listed = kind in case.by_kind and kind != "pregnancy"
    return whole[0] == "no" or (whole[0] == "yes" and is_listed)
