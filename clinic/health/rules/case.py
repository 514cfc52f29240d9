"""A person's sheet laid out for a day: what was said by then, and what makes a trigger hold."""

from calendar import monthrange
from collections.abc import Iterable, Sequence, Set
from dataclasses import dataclass
from datetime import date, timedelta

from clinic.health.rules.facts import UNSURE, About, Answer, Fact, Run, Sheet, runs_of
from clinic.health.rules.vocabulary import ANSWERS, OTHER

NO, UNKNOWN, YES = 0, 1, 2
_ERROR, _REFUTED = "entered_in_error", "refuted"


@dataclass(frozen=True, slots=True)
class Cause:
    """Why a trigger holds, or what is missing to say so: a fact, an answer, or a topic that
    nobody answered. ``level`` is ``YES`` or ``UNKNOWN``."""

    topic: str
    level: int = UNKNOWN
    fact: Fact | None = None
    answer: Answer | None = None

    @property
    def is_of_the_day(self) -> bool:
        """Whether only the day's check could tell."""
        name = self.topic.removeprefix("answer:")
        return self.level == UNKNOWN and name in ANSWERS and ANSWERS[name].scope == "day"

    @property
    def key(self) -> tuple[str, int, int, int]:
        """What tells two causes of one sheet apart."""
        return self.topic, self.level, id(self.fact), id(self.answer)

    @property
    def mark(self) -> str:
        """What is compared to tell whether an input is still the same."""
        if self.fact is not None:
            fact = self.fact
            told = (fact.text, fact.on, fact.until, fact.area, fact.side, fact.value, fact.details)
            return f"{self.level}{self.topic}{told}"
        if self.answer is not None:
            on = self.answer.on if is_daily(self.answer) else ""
            return f"{self.level}{self.topic}={self.answer.said}{on}"
        return f"{self.level}{self.topic}?"


Found = tuple[int, tuple[Cause, ...]]
NOTHING: Found = (NO, ())
"""A plain no."""


_DAILY = frozenset(f"answer:{one.name}" for one in ANSWERS.values() if one.scope == "day")


def is_daily(answer: Answer) -> bool:
    """Whether an answer counts for its day only."""
    return answer.of == "day" or answer.topic in _DAILY


def add_months(day: date, months: int) -> date:
    """The same day of the month so many months later, or the last one that month has."""
    count = day.year * 12 + day.month - 1 + months
    year, month = divmod(count, 12)
    if year > date.max.year:
        return date.max
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))


def span_end(start: date, amount: int, unit: str) -> date:
    """The first day on which so much time is over.

    Facts have days and no hours, so hours are taken strictly: 24 h last through the next day.
    """
    if unit == "mo":
        return add_months(start, amount)
    days = {"h": -(-amount // 24) + 1, "d": amount, "w": amount * 7}[unit]
    return start + timedelta(days=days)


class Case:
    """A sheet laid out for looking things up; made once for any number of days."""

    __slots__ = (
        *("by_code", "by_kind", "daily", "lapses", "lasting", "named", "often", "once"),
        *("refuted", "sheet", "unsorted"),
    )

    def __init__(self, sheet: Sheet) -> None:
        self.sheet = sheet
        self.by_kind: dict[str, list[Fact]] = {}
        self.by_code: dict[tuple[str, str], list[Fact]] = {}
        self.unsorted: dict[str, list[Fact]] = {}
        self.refuted: set[tuple[str, str]] = set()
        for fact in sheet.facts:
            said = {fact.detail("status"), fact.detail("verification")}
            if _REFUTED in said:
                self.refuted.add((fact.kind, fact.code))
            elif _ERROR not in said:
                self._lay(fact)
        self.named: set[str] = {*self.by_kind, *(f"{kind}:{code}" for kind, code in self.by_code)}
        """What there are facts of, and what was ever answered with anything but "no"."""
        self.lapses: dict[tuple[date, int], date] = {}
        self.daily: dict[date, list[Run]] = {}
        """What was answered for a day alone."""
        self.lasting: dict[date, list[Sequence[str]]] = {}
        """The topics of each day's answers that count for longer than that day."""
        self.once: dict[str, About] = {}
        """What was said of each topic in such an answer, the first time."""
        self.often: dict[str, list[About]] = {}
        """All of it, where there was more than one."""
        for about, topics in runs_of(sheet.answers):
            self._hear(about, topics)

    def _hear(self, about: About, topics: Sequence[str]) -> None:
        said, on, _, of = about
        if said != "no":
            self.named.update(topics)
        if of == "day":
            self.daily.setdefault(on, []).append((about, topics))
            return
        if not _DAILY.isdisjoint(topics):
            of_the_day = [topic for topic in topics if topic in _DAILY]
            self.daily.setdefault(on, []).append((about, of_the_day))
            topics = [topic for topic in topics if topic not in _DAILY]
        if topics:
            self.lasting.setdefault(on, []).append(topics)
            self._keep(about, topics)

    def _keep(self, about: About, topics: Sequence[str]) -> None:
        once = self.once
        if once.keys().isdisjoint(topics):
            once.update(dict.fromkeys(topics, about))
            return
        for topic in topics:
            if once.setdefault(topic, about) is not about:
                self.often.setdefault(topic, [once[topic]]).append(about)

    def _lay(self, fact: Fact) -> None:
        self.by_kind.setdefault(fact.kind, []).append(fact)
        self.by_code.setdefault((fact.kind, fact.code), []).append(fact)
        if fact.code == OTHER and fact.detail("sorted") != "yes":
            self.unsorted.setdefault(fact.kind, []).append(fact)

    def lapse(self, on: date, months: int) -> date:
        """The last day on which what was answered on a day is held to be so."""
        last = self.lapses.get((on, months))
        if last is None:
            last = self.lapses[on, months] = add_months(on, months)
        return last

    def told(self, on: date, months: int) -> list[Sequence[str]]:
        """The topics of all answers that may count on a day."""
        found = [topics for _, topics in self.daily.get(on, ())]
        for day, told in self.lasting.items():
            if day <= on <= self.lapse(day, months):
                found.extend(told)
        return found

    def of(self, kind: str, codes: tuple[str, ...]) -> Iterable[Fact]:
        """The facts of a kind with one of these codes; of none, all."""
        if not codes:
            return self.by_kind.get(kind, ())
        if len(codes) == 1:
            return self.by_code.get((kind, codes[0]), ())
        return [fact for code in codes for fact in self.by_code.get((kind, code), ())]


class Look:
    """One day of a case: what each rule's trigger came to, found in the order of the strata."""

    __slots__ = ("born", "case", "daily", "found", "months", "on", "spoken", "stirred")

    def __init__(self, case: Case, on: date, born: date | None, months: int) -> None:
        self.case = case
        self.on = on
        self.born = born
        self.months = months
        self.found: dict[str, Found] = {}
        self.daily = _strictest(case.daily.get(on, ()))
        self.spoken: dict[str, Answer | None] = {}
        self.stirred: Set[str] = frozenset()
        """Topics that rules look at and that are no plain no (``stirring.stirred``)."""

    def said(self, topic: str) -> Answer | None:
        """The answer that counts on this day: a yes before the day's own, then the day's, then
        the last of the history unless it has lapsed."""
        if topic not in self.spoken:
            self.spoken[topic] = self._said(topic)
        return self.spoken[topic]

    def _said(self, topic: str) -> Answer | None:
        counts = self.counting(topic)
        return Answer(topic, *counts) if counts is not None else None

    def counting(self, topic: str) -> About | None:
        """What is said in the answer that counts on this day."""
        today = self.daily.get(topic)
        if today is not None and today[0] == "yes":
            return today
        case, on = self.case, self.on
        given = case.often.get(topic)
        earlier = _last(given, on) if given is not None else case.once.get(topic)
        if earlier is None or earlier[1] > on:
            return today
        if earlier[0] == "yes":
            return earlier
        if today is not None:
            return today
        return earlier if on <= case.lapse(earlier[1], self.months) else None


RANK = {"no": 0, UNSURE: 1, "yes": 2}


def _strictest(runs: Iterable[Run]) -> dict[str, About]:
    """What was said for a day, the strictest of each topic."""
    found: dict[str, About] = {}
    for about, topics in runs:
        for topic in topics:
            if topic not in found or RANK[about[0]] > RANK[found[topic][0]]:
                found[topic] = about
    return found


def _last(given: list[About], on: date) -> About | None:
    """The last one given by a day; of several on one day the strictest."""
    by_then = [one for one in given if one[1] <= on]
    return max(by_then, key=lambda one: (one[1], RANK[one[0]]), default=None)
