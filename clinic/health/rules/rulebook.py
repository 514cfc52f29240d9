"""Screening rules: what each says, what may be written into one, and how they lean on each other.

A rule is a prompt for a licensed therapist. It does not diagnose, and where none is hit nothing
is said to be safe.
"""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields
from datetime import date, timedelta
from functools import lru_cache
from pathlib import Path
from typing import Any

from clinic.anatomy import AREAS
from clinic.core.errors import DomainError
from clinic.core.words import Words, say
from clinic.health.rules.atoms import CLASSES
from clinic.health.rules.grammar import parse
from clinic.health.rules.nodes import Always, Either, Fired, FiredClass, Node, atoms_of

ALL = "ALL"
"""Every technique; or, as an area, everywhere."""
SITE = "SITE"
"""The area and side of the fact that hit."""
SCOPES = ("session", "area")
URGENCIES = ("none", "routine", "urgent", "emergency")
PRESSURE_MAX = 5
HARD = frozenset({"ABSOLUTE", "CLEARANCE", "TECHNIQUE"})
"""Classes whose blocks bind until a therapist decides, and that are asked before a start."""

CLASS_NAMES = {
    "ABSOLUTE": say("Stop"),
    "CLEARANCE": say("Ask the provider first"),
    "TECHNIQUE": say("Technique"),
    "LOCAL": say("Leave out the area"),
    "CAUTION": say("Adjust"),
}


@dataclass(frozen=True, slots=True)
class Source:
    """Where a rule comes from: a title, and where to read it."""

    title: str
    address: str


@dataclass(frozen=True, slots=True)
class Rule:
    """One version of a rule.

    ``trigger`` is text of the grammar, ``node`` the same read. ``blocks`` are technique codes or
    ALL; ``avoid`` area codes, SITE or ALL, told in ``site`` in words; ``pressure`` is the highest
    allowed on the Walton scale, 0 (no contact) to 5, None without a cap. Scope ``area`` means
    that blocks and pressure hold there only. ``number`` counts the versions of a code.
    """

    code: str
    label: str
    klass: str
    trigger: str
    node: Node
    blocks: tuple[str, ...] = ()
    scope: str = "session"
    avoid: tuple[str, ...] = ()
    site: str = ""
    pressure: int | None = None
    qualification: str = ""
    qualification_scope: str = ""
    action: str = ""
    client_text: str = ""
    urgency: str = "none"
    sources: tuple[Source, ...] = ()
    disagreement: str = ""
    verified: str = ""
    when: str = ""
    is_active: bool = True
    effective_from: date | None = None
    effective_to: date | None = None
    number: int = 1

    @property
    def is_always(self) -> bool:
        """Whether it holds for everybody: it says nothing about a person."""
        return isinstance(self.node, Always)

    def is_in_effect(self, on: date) -> bool:
        """Whether this version's days include this one."""
        begun = self.effective_from is None or self.effective_from <= on
        return begun and (self.effective_to is None or on <= self.effective_to)


_TUPLES = ("blocks", "avoid")
_LEFT_OUT = ("node", "sources", "effective_from", "effective_to")


def rule_to_json(rule: Rule) -> dict[str, Any]:
    """A rule as a dictionary fit for JSON; what is empty is left out."""
    told = {one.name: getattr(rule, one.name) for one in fields(rule) if one.name not in _LEFT_OUT}
    told["sources"] = [[one.title, one.address] for one in rule.sources]
    for name in ("effective_from", "effective_to"):
        day = getattr(rule, name)
        told[name] = day.isoformat() if day else None
    kept = {name: value for name, value in told.items() if value not in (None, "", (), [])}
    return {
        name: list(value) if isinstance(value, tuple) else value for name, value in kept.items()
    }


def rule_from_json(given: Mapping[str, Any]) -> Rule:
    """The rule again. Raises ``DomainError`` if its trigger does not read."""
    told = {name: given[name] for name in given if name not in _LEFT_OUT}
    told |= {name: tuple(given.get(name, ())) for name in _TUPLES}
    told["sources"] = tuple(Source(title, address) for title, address in given.get("sources", ()))
    for name in ("effective_from", "effective_to"):
        told[name] = date.fromisoformat(given[name]) if given.get(name) else None
    return Rule(node=parse(given["trigger"]), **told)


@lru_cache(maxsize=1)
def shipped() -> tuple[Rule, ...]:
    """The 69 rules that a clinic begins with, to be gone through by its lead therapist."""
    path = Path(__file__).parent.parent / "starter.json"
    told = json.loads(path.read_text(encoding="utf-8"))
    sources = told["sources"]
    return tuple(
        rule_from_json({**one, "sources": [sources[name] for name in one.get("sources", ())]})
        for one in told["rules"]
    )


class RuleBook:
    """Every version of every rule, and which of them hold on a day.

    Of a code's versions that are in effect on a day the one with the highest number holds; where
    none is, the rule says nothing that day, but rules that lean on it still look at its trigger.
    Raises ``DomainError`` when rules lean on each other in a circle or on one that is not there.
    """

    def __init__(self, rules: Iterable[Rule]) -> None:
        self.rules = tuple(sorted(rules, key=lambda rule: (rule.code, rule.number)))
        self.versions: dict[str, tuple[Rule, ...]] = {}
        for rule in self.rules:
            self.versions[rule.code] = (*self.versions.get(rule.code, ()), rule)
        self.order = strata(self.rules)
        self._frames: dict[tuple[int, ...], Frame] = {}
        self._days: dict[date, Frame] = {}
        self.times: Any = None

    def rule(self, code: str, on: date | None = None) -> Rule:
        """The version of a rule that holds on a day, else its last. Raises KeyError."""
        versions = self.versions[code]
        held = [one for one in versions if on is not None and one.is_in_effect(on)]
        return (held or versions)[-1]

    def frame(self, on: date) -> "Frame":
        """The rules as they are on a day, in the order in which they can be judged."""
        frame = self._days.get(on)
        if frame is None:
            rules = tuple(self.rule(code, on) for code in self.order)
            key = tuple(rule.number if rule.is_in_effect(on) else -rule.number for rule in rules)
            frame = self._frames.setdefault(key, Frame(rules, on))
            if len(self._days) > 1000:
                self._days.clear()
            self._days[on] = frame
        return frame

    def turning_days(self) -> frozenset[date]:
        """The days from which on another version may hold."""
        begins = {rule.effective_from for rule in self.rules if rule.effective_from}
        lasts = {rule.effective_to for rule in self.rules if rule.effective_to}
        return frozenset(begins | {day + timedelta(days=1) for day in lasts if day < date.max})


class Frame:
    """The version of each rule for some day, in the order of their strata. ``held`` are those
    that are switched on and in effect; the others serve only those that lean on them."""

    __slots__ = ("blank", "held", "leaners", "plain", "plan", "rules")

    def __init__(self, rules: tuple[Rule, ...], on: date) -> None:
        self.rules = rules
        self.held = tuple(rule for rule in rules if rule.is_active and rule.is_in_effect(on))
        self.leaners = _class_leaners(rules)
        self.plan: Any = None
        self.plain: Any = None
        self.blank: dict[int | None, Any] = {}
        """What somebody meets of whom nothing was ever said, by how many of the ages that rules
        ask for they have; None where nobody knows when they were born."""

    def of_class(self, klass: str) -> tuple[str, ...]:
        """The codes of a class, without those that ask for classes themselves."""
        return tuple(
            rule.code
            for rule in self.rules
            if rule.klass == klass and rule.code not in self.leaners
        )


def book_of(versions: Iterable[Rule]) -> RuleBook:
    """The book of these versions of rules."""
    return RuleBook(versions)


# --- strata ---


def leans_on(rule: Rule, rules: Iterable[Rule]) -> frozenset[str]:
    """The codes of the rules whose hits this one asks for."""
    named: set[str] = set()
    for atom in atoms_of(rule.node):
        if isinstance(atom, Fired):
            named.update(atom.rules)
        elif isinstance(atom, FiredClass):
            everyone = tuple(rules)
            leaners = _class_leaners(everyone)
            named.update(
                one.code for one in everyone if one.klass == atom.klass and one.code not in leaners
            )
    return frozenset(named)


def _class_leaners(rules: Iterable[Rule]) -> frozenset[str]:
    """Rules that ask for a class, themselves or through another: no class counts them."""
    named: dict[str, set[str]] = {}
    found: set[str] = set()
    for rule in rules:
        for atom in atoms_of(rule.node):
            if isinstance(atom, FiredClass):
                found.add(rule.code)
            elif isinstance(atom, Fired):
                named.setdefault(rule.code, set()).update(atom.rules)
    grown = True
    while grown:
        more = {code for code, on in named.items() if on & found} - found
        found |= more
        grown = bool(more)
    return frozenset(found)


def strata(rules: Iterable[Rule]) -> tuple[str, ...]:
    """The codes in an order in which each comes after those it leans on.

    Raises ``DomainError`` (field ``trigger``) for a circle, and for a rule that is not there.
    """
    everyone = tuple(rules)
    leans: dict[str, set[str]] = {rule.code: set() for rule in everyone}
    for rule in everyone:
        leans[rule.code] |= leans_on(rule, everyone)
    for on in leans.values():
        for code in sorted(on - leans.keys()):
            sentence = say("“{name}” is not a name that rules know.", name=code)
            raise DomainError(sentence, field="trigger")
    placed: dict[str, None] = {}
    while len(placed) < len(leans):
        ready = [code for code in leans if code not in placed and leans[code] <= placed.keys()]
        if not ready:
            rest = ", ".join(sorted(leans.keys() - placed.keys()))
            sentence = say("These rules lean on each other in a circle: {rules}", rules=rest)
            raise DomainError(sentence, field="trigger")
        placed.update(dict.fromkeys(ready))
    return tuple(placed)


# --- what may be written ---


def check(rule: Rule, others: Iterable[Rule] = ()) -> None:
    """Refuse a rule that could not be judged or shown.

    ``others`` are all rules it will stand beside. Raises ``DomainError`` beside the field.
    """
    for field, is_wrong, words in _faults(rule):
        if is_wrong:
            raise DomainError(words, field=field)
    beside = [one for one in others if (one.code, one.number) != (rule.code, rule.number)]
    strata([*beside, rule])


def _faults(rule: Rule) -> list[tuple[str, bool, Words]]:
    areas = {*AREAS, SITE, ALL}
    unknown = next((area for area in rule.avoid if area not in areas), "")
    is_dated = rule.effective_from is not None and rule.effective_to is not None
    is_ended_first = is_dated and str(rule.effective_to) < str(rule.effective_from)
    pressures = (None, *range(PRESSURE_MAX + 1))
    choose = say("Choose one of those listed.")
    return [
        ("label", not rule.label.strip(), say("Say what it is about.")),
        ("action", not rule.action.strip(), say("Say what is to be done.")),
        ("klass", rule.klass not in CLASSES, choose),
        ("scope", rule.scope not in SCOPES, choose),
        ("urgency", rule.urgency not in URGENCIES, choose),
        ("qualification_scope", rule.qualification_scope not in {"", *SCOPES}, choose),
        ("pressure", rule.pressure not in pressures, say("From 0 to 5.")),
        ("avoid", bool(unknown), say("“{name}” is not an area of the body.", name=unknown)),
        ("effective_to", is_ended_first, say("The last day is before the first.")),
    ]


def is_tighter(new: Rule, old: Rule) -> bool:
    """Whether a change can only make visits more careful, or leaves them as they are.

    A trigger counts as wider when it is the old one with more alternatives beside it.
    """
    return all(
        (
            CLASSES.index(new.klass) >= CLASSES.index(old.klass),
            _is_wider(new.node, old.node),
            ALL in new.blocks or set(old.blocks) <= set(new.blocks),
            ALL in new.avoid or set(old.avoid) <= set(new.avoid),
            _is_scope_kept(new.scope, old.scope),
            _is_cap_kept(new.pressure, old.pressure),
            not old.qualification or new.qualification == old.qualification,
            not old.qualification
            or _is_scope_kept(new.qualification_scope, old.qualification_scope),
            new.is_active or not old.is_active,
            _are_days_kept(new, old),
        )
    )


def _is_wider(new: Node, old: Node) -> bool:
    def parts(node: Node) -> set[Node]:
        return set(node.parts) if isinstance(node, Either) else {node}

    return isinstance(new, Always) or parts(old) <= parts(new)


def _is_scope_kept(new: str, old: str) -> bool:
    return new in (old, "session")


def _is_cap_kept(new: int | None, old: int | None) -> bool:
    return old is None or (new is not None and new <= old)


def _are_days_kept(new: Rule, old: Rule) -> bool:
    begins = new.effective_from is None or (
        old.effective_from is not None and new.effective_from <= old.effective_from
    )
    ends = new.effective_to is None or (
        old.effective_to is not None and new.effective_to >= old.effective_to
    )
    return begins and ends
