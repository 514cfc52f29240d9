"""What is known of a person's health, as plain values that a screening can read.

A ``Sheet`` is one person's: facts, what was asked and answered, what therapists decided
and providers cleared. It holds no identity and asks no database.
"""

import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, fields
from datetime import date
from itertools import chain, groupby
from typing import Any, NamedTuple, overload

KINDS = (
    *("condition", "medicine", "allergy", "injury", "surgery", "device", "pregnancy"),
    *("treatment", "reading", "observation", "finding"),
)
"""What a fact can be about."""
SAID = ("no", "unsure", "yes")
"""What can be answered, from the mildest to the strictest."""
UNSURE = "unsure"


@dataclass(frozen=True, slots=True)
class Fact:
    """One thing that is known, or said, of a person.

    ``on`` is the day it began or happened, ``until`` its last day (a resolved condition, a
    medicine that was stopped, the end of a pregnancy). ``details`` are sorted pairs of
    ``vocabulary.DETAILS``; ``value`` is a reading's figure. ``ref`` names the row behind it
    and is never part of what is compared.
    """

    kind: str
    code: str
    text: str = ""
    on: date | None = None
    until: date | None = None
    area: str = ""
    side: str = ""
    value: float | None = None
    details: tuple[tuple[str, str], ...] = ()
    source: str = "client"
    ref: str = ""

    def detail(self, key: str) -> str:
        """What is said under this key; nothing if it was not said."""
        for name, value in self.details:
            if name == key:
                return value
        return ""

    @property
    def topic(self) -> str:
        """``condition:DVT``"""
        return f"{self.kind}:{self.code}"


class Answer(NamedTuple):
    """What somebody answered on a day.

    ``topic`` is ``answer:frail``, ``condition:DVT``, or a whole kind (``medicine``). Of a whole
    kind, "no" is "none known" and "yes" means "yes, and all of them are listed as facts"; where
    more may be missing the answer is "unsure". ``of`` is ``history`` or ``day``: an answer of the
    day's check counts for that day alone.
    """

    topic: str
    said: str
    on: date
    ref: str = ""
    of: str = "history"


About = tuple[str, date, str, str]
"""What an answer says besides its topic: what was said, the day, the ref, and of what it is."""
Run = tuple[About, Sequence[str]]
"""The topics of answers that are alike in all else."""


class Answers(Sequence[Answer]):
    """Answers in their order, held as runs: a form says "no" to a lot at once, and most of that
    is never looked at by itself."""

    __slots__ = ("_each", "runs")

    def __init__(self, runs: Iterable[Run]) -> None:
        self.runs = tuple(runs)
        self._each: tuple[Answer, ...] | None = None

    @property
    def each(self) -> tuple[Answer, ...]:
        """All of them."""
        if self._each is None:
            self._each = tuple(
                Answer(topic, *about) for about, topics in self.runs for topic in topics
            )
        return self._each

    @overload
    def __getitem__(self, index: int) -> Answer: ...
    @overload
    def __getitem__(self, index: slice) -> tuple[Answer, ...]: ...
    def __getitem__(self, index: int | slice) -> Answer | tuple[Answer, ...]:
        return self.each[index]

    def __len__(self) -> int:
        return sum(len(topics) for _, topics in self.runs)

    def __iter__(self) -> Iterator[Answer]:
        return iter(self.each)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Answers | tuple) and self.each == tuple(other)

    def __hash__(self) -> int:
        return hash(self.each)

    def __repr__(self) -> str:
        return repr(self.each)


def runs_of(answers: Sequence[Answer]) -> Iterable[Run]:
    """Answers as runs."""
    if isinstance(answers, Answers):
        return answers.runs
    alike = groupby(answers, key=lambda one: (one.said, one.on, one.ref, one.of))
    return ((about, [one.topic for one in run]) for about, run in alike)


@dataclass(frozen=True, slots=True)
class Decision:
    """What a therapist decided about a rule that was hit: ``not_applicable`` (shown not to
    apply), ``adjusted`` (seen to) or ``cleared`` (no conversation needed, with the reason).

    ``inputs`` is the hit's fingerprint when it was decided: with other inputs it counts no more.
    """

    rule: str
    says: str
    inputs: str
    until: date | None = None
    ref: str = ""


@dataclass(frozen=True, slots=True)
class Limits:
    """What a provider allows, or an order asks for: the highest pressure, techniques left out,
    spots to avoid (``(area, side)``), positions to avoid, the longest session in minutes."""

    pressure: int | None = None
    blocked: tuple[str, ...] = ()
    areas: tuple[tuple[str, str], ...] = ()
    positions: tuple[str, ...] = ()
    minutes: int | None = None


@dataclass(frozen=True, slots=True)
class Clearing:
    """A provider's yes to some clearance rules, with limits, for some days.

    ``inputs`` are the fingerprints of the hits of ``rules``, in the same order. With ``order``, the
    public id of an order, the limits are what that asks to be careful with: they lean on no rule
    and hold whatever else is known.
    """

    rules: tuple[str, ...]
    inputs: tuple[str, ...]
    since: date
    until: date | None = None
    limits: Limits = field(default_factory=Limits)
    ref: str = ""
    order: str = ""

    def counts_on(self, on: date) -> bool:
        """Whether a day is among those for which it was given."""
        return self.since <= on and (self.until is None or on <= self.until)


@dataclass(frozen=True, slots=True)
class Sheet:
    """All of it. ``refused`` are the kinds of consent that the person refuses; ``history_on``
    is the day of the last full history or update; ``is_reviewed`` says whether a therapist has
    looked through what was answered last. Decisions and clearings stand in the order made."""

    facts: tuple[Fact, ...] = ()
    answers: Sequence[Answer] = ()
    decisions: tuple[Decision, ...] = ()
    clearings: tuple[Clearing, ...] = ()
    refused: tuple[str, ...] = ()
    history_on: date | None = None
    is_reviewed: bool = False

    @property
    def is_blank(self) -> bool:
        """Whether nothing has been said yet."""
        return not (self.facts or self.answers or self.history_on)

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing at all in it: no decision, no clearing, no refusal either."""
        given = self.decisions or self.clearings or self.refused or self.is_reviewed
        return self.is_blank and not given


def join(sheets: Iterable[Sheet]) -> Sheet:
    """The sheet of a person with several records: all of it counts, and it is reviewed only
    when every record that says something is."""
    all_of = tuple(sheets)
    if len(all_of) == 1 and not all_of[0].is_blank and len(all_of[0].refused) < 2:
        return all_of[0]
    spoken = [sheet for sheet in all_of if not sheet.is_blank]
    days = [sheet.history_on for sheet in all_of if sheet.history_on]
    return Sheet(
        facts=tuple(chain.from_iterable(sheet.facts for sheet in all_of)),
        answers=Answers(run for sheet in all_of for run in runs_of(sheet.answers)),
        decisions=tuple(chain.from_iterable(sheet.decisions for sheet in all_of)),
        clearings=tuple(chain.from_iterable(sheet.clearings for sheet in all_of)),
        refused=tuple(sorted({kind for sheet in all_of for kind in sheet.refused})),
        history_on=max(days, default=None),
        is_reviewed=bool(spoken) and all(sheet.is_reviewed for sheet in spoken),
    )


# --- as text ---


def fact_to_json(fact: Fact) -> dict[str, Any]:
    """A fact as a small dictionary fit for JSON; what is empty is left out."""
    return _to_dict(fact)


def fact_from_json(given: dict[str, Any]) -> Fact:
    """The same fact again. Raises ``TypeError``, ``KeyError`` or ``ValueError`` on other things."""
    told = _dates(given, "on", "until")
    if "details" in told:
        told["details"] = tuple([(key, value) for key, value in told["details"]])
    return Fact(**told)


def to_json(sheet: Sheet) -> str:
    """A sheet as text."""
    told = {
        "facts": [_to_dict(one) for one in sheet.facts],
        "told": [
            [said, on.isoformat(), ref, of, list(topics)]
            for (said, on, ref, of), topics in runs_of(sheet.answers)
        ],
        "decisions": [_to_dict(one) for one in sheet.decisions],
        "clearings": [_to_dict(one) for one in sheet.clearings],
        "refused": list(sheet.refused),
        "history_on": sheet.history_on.isoformat() if sheet.history_on else None,
        "is_reviewed": sheet.is_reviewed,
    }
    kept = {name: value for name, value in told.items() if value}
    return json.dumps(kept, ensure_ascii=False, separators=(",", ":"))


def from_json(text: str) -> Sheet:
    """The sheet again. Raises ``ValueError``, ``TypeError`` or ``KeyError`` on other texts."""
    given = json.loads(text)
    day = given.get("history_on")
    return Sheet(
        facts=tuple(fact_from_json(one) for one in given.get("facts", ())),
        answers=_answers(given),
        decisions=tuple(Decision(**_dates(one, "until")) for one in given.get("decisions", ())),
        clearings=tuple(_clearing(one) for one in given.get("clearings", ())),
        refused=tuple(given.get("refused", ())),
        history_on=date.fromisoformat(day) if day else None,
        is_reviewed=bool(given.get("is_reviewed", False)),
    )


def limits_to_json(limits: Limits) -> dict[str, Any]:
    """Limits as a small dictionary fit for JSON."""
    return _to_dict(limits)


def limits_from_json(given: dict[str, Any]) -> Limits:
    """The same limits again."""
    return Limits(
        pressure=given.get("pressure"),
        blocked=tuple(given.get("blocked", ())),
        areas=_pairs(given.get("areas", ())),
        positions=tuple(given.get("positions", ())),
        minutes=given.get("minutes"),
    )


def _answers(given: dict[str, Any]) -> Sequence[Answer]:
    runs: list[Run] = [
        ((said, date.fromisoformat(day), ref, of), topics)
        for said, day, ref, of, topics in given.get("told", ())
    ]
    # Each by itself, as sheets were written before.
    single = [Answer(**_dates(one, "on")) for one in given.get("answers", ())]
    return Answers([*runs_of(single), *runs])


def _clearing(given: dict[str, Any]) -> Clearing:
    return Clearing(
        rules=tuple(given.get("rules", ())),
        inputs=tuple(given.get("inputs", ())),
        since=date.fromisoformat(given["since"]),
        until=date.fromisoformat(given["until"]) if given.get("until") else None,
        limits=limits_from_json(given.get("limits", {})),
        ref=given.get("ref", ""),
        order=given.get("order", ""),
    )


def _to_dict(value: Any) -> dict[str, Any]:
    told: dict[str, Any] = {}
    for part in fields(value):
        one = getattr(value, part.name)
        if isinstance(one, date):
            told[part.name] = one.isoformat()
        elif isinstance(one, Limits):
            told[part.name] = _to_dict(one)
        elif one is not None and one not in ("", ()):
            told[part.name] = one
    return told


def _dates(given: dict[str, Any], *names: str) -> dict[str, Any]:
    told = dict(given)
    for name in names:
        if given.get(name):
            told[name] = date.fromisoformat(given[name])
    return told


def _pairs(given: Iterable[Any]) -> tuple[tuple[str, str], ...]:
    return tuple((str(one), str(other)) for one, other in given)
