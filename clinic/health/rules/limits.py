"""Where a reading stands against the figures that the screening rules name. For clinicians only.

What decides is the screening itself; this only says beside a figure what it will come to.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from clinic.core.words import Words, say
from clinic.health.rules.atoms import CLASSES
from clinic.health.rules.nodes import Either, Reading
from clinic.health.rules.rulebook import Rule
from clinic.health.rules.vocabulary import READINGS

ABOVE = (">=", ">")
_BEYOND = {
    ">=": lambda value, limit: value >= limit,
    ">": lambda value, limit: value > limit,
    "<=": lambda value, limit: value <= limit,
    "<": lambda value, limit: value < limit,
}


@dataclass(frozen=True, slots=True)
class Limit:
    """A figure that by itself is enough for a rule; ``times`` how often it must be read."""

    reading: str
    compared: str
    value: float
    times: int
    rule: Rule

    def is_passed(self, value: float) -> bool:
        """Whether a figure is beyond it."""
        return bool(_BEYOND[self.compared](value, self.value))


@dataclass(frozen=True, slots=True)
class Place:
    """Where readings stand: ``tone`` is stop, care or fine; ``rule`` its code, "" if none."""

    tone: str
    words: Words
    rule: str = ""
    source: str = ""


def limits_of(rules: Iterable[Rule]) -> tuple[Limit, ...]:
    """The figures of these rules, the strictest rule first."""
    found = []
    for rule in rules:
        parts = rule.node.parts if isinstance(rule.node, Either) else (rule.node,)
        found += [
            Limit(part.name, part.compared, part.value, part.times, rule)
            for part in parts
            if isinstance(part, Reading)
        ]
    return tuple(sorted(found, key=lambda one: -CLASSES.index(one.rule.klass)))


def place_of(readings: Mapping[str, float], limits: Iterable[Limit]) -> Place | None:
    """Where the readings of one moment stand; None where no limit is known for any of them."""
    known = [one for one in limits if one.reading in readings]
    if not known:
        return None
    for one in known:
        if one.is_passed(readings[one.reading]):
            return _beyond(one)
    return Place(
        "fine", say("Within the limits of the screening rules: {limits}.", limits=_all(known))
    )


def _beyond(limit: Limit) -> Place:
    is_stop = limit.rule.klass == "ABSOLUTE"
    given = {"limit": _figure(limit), "rule": limit.rule.label}
    if limit.times > 1:
        words = say("{limit}: measure again after a rest. Twice means: {rule}.", **given)
    elif is_stop and limit.rule.urgency in ("urgent", "emergency"):
        words = say("{limit}: stop, and ask a provider today. {rule}.", **given)
    else:
        words = say("{limit}: {rule}.", **given)
    source = "; ".join(one.title for one in limit.rule.sources[:1])
    return Place("stop" if is_stop else "care", words, limit.rule.code, source)


def _figure(limit: Limit) -> Words:
    kind = READINGS[limit.reading]
    given = {"reading": kind.label, "figure": f"{limit.value:g} {kind.unit}"}
    if limit.compared in ABOVE:
        return say("{reading} at or above {figure}", **given)
    return say("{reading} at or below {figure}", **given)


def _all(known: Iterable[Limit]) -> str:
    """``180/110, 160/100``: the figures of each rule, in the order of the readings."""
    rules: dict[str, list[str]] = {}
    for one in known:
        rules.setdefault(one.rule.code, []).append(f"{one.value:g}")
    return ", ".join("/".join(figures) for figures in rules.values())
