"""Whether a trigger holds for a sheet on a day: no, not known, or yes.

No is less than not known, and that is less than yes; ``|`` takes the most, ``&`` the least. What
was never asked, is not sure, lacks a day or a detail, or was answered "no" longer ago than a
history holds is not known. It never passes as no.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from operator import itemgetter

from clinic.health.rules.atoms import CLASSES
from clinic.health.rules.case import (
    NO,
    NOTHING,
    RANK,
    UNKNOWN,
    YES,
    Case,
    Cause,
    Found,
    Look,
    add_months,
    span_end,
)
from clinic.health.rules.facts import Fact
from clinic.health.rules.levels import (
    OF_THE_DAY,
    asked,
    best,
    birth_found,
    is_so_now,
    match_level,
    more,
    since_level,
)
from clinic.health.rules.nodes import (
    Age,
    Always,
    Answered,
    Both,
    Either,
    Fired,
    FiredClass,
    Match,
    Node,
    Pregnant,
    Reading,
    Refused,
    Since,
    atoms_of,
)
from clinic.health.rules.rulebook import Frame, Rule, RuleBook
from clinic.health.rules.stirring import Topics, Vocabulary, stirred, topics_of
from clinic.health.rules.vocabulary import EVENTS, Source

# --- atoms ---

Test = Callable[[Look], Found]
Part = tuple[Topics | None, Test]
"""A test, and the topics without which it is a plain no."""


@dataclass(frozen=True, slots=True)
class Plan:
    """The triggers of a day by their rules, in the order in which they can be asked, with the
    place of each that is held among its hits; which of them look at a topic, and which at more
    than topics; and the ages that any of them asks for."""

    steps: tuple[tuple[Rule, Test, int | None], ...]
    by_topic: dict[str, list[int]]
    untopical: frozenset[int]
    nothing: dict[str, Found]
    words: Vocabulary
    ages: tuple[int, ...]


def _matching(match: Match) -> Test:
    kind, codes, details = match.kind, match.codes, match.details
    is_watched = kind in {"observation", "finding"}
    is_plain = not match.areas and all(key == "status" for key, _ in details)
    is_past = any(key == "status" and "active" not in value for key, value in details)
    is_plain = is_plain and not is_past

    def test(look: Look) -> Found:
        found = NOTHING
        facts = look.case.of(kind, codes)
        if facts:
            found = best(look, ((fact, match_level(fact, match, look.on)) for fact in facts))
        if found[0] == YES or is_watched:
            return found
        return more(found, asked(look, kind, codes, is_plain=is_plain))

    return test


def _pregnant(_: Pregnant) -> Test:
    return _matching(Match("pregnancy", ("PREGNANCY",)))


def _counting(since: Since) -> Test:
    sources = EVENTS[since.event]

    def test(look: Look) -> Found:
        most = NOTHING
        for source in sources:
            most = more(most, _counted(look, source, since))
        return most

    return test


def _counted(look: Look, source: Source, since: Since) -> Found:
    facts = look.case.of(source.kind, source.codes)
    found = best(look, ((one, since_level(one, source, since, look.on)) for one in facts))
    if found[0] == YES:
        return found
    if source.topic:
        return more(found, birth_found(look, source.topic, facts))
    return more(found, _untold(look, source, since))


def _untold(look: Look, source: Source, since: Since) -> Found:
    """What was never told of an event; one of another name that is too long ago does not count."""
    level, causes = asked(look, source.kind, source.codes, is_plain=False)
    kept = tuple(
        cause
        for cause in causes
        if cause.fact is None or since_level(cause.fact, source, since, look.on) != NO
    )
    return (level, kept) if kept else NOTHING


def _answered(atom: Answered) -> Test:
    topic = f"answer:{atom.name}"
    never: Found = (UNKNOWN, (Cause(topic),))

    def test(look: Look) -> Found:
        answer = look.said(topic)
        if answer is None:
            return never
        level = RANK[answer.said]
        return (level, (Cause(topic, level, answer=answer),)) if level else NOTHING

    return test


_COMPARE: dict[str, Callable[[float, float], bool]] = {
    ">=": lambda one, other: one >= other,
    "<=": lambda one, other: one <= other,
    ">": lambda one, other: one > other,
    "<": lambda one, other: one < other,
}


def _measured(atom: Reading) -> Test:
    is_beyond = _COMPARE[atom.compared]
    codes = (atom.name,)

    def test(look: Look) -> Found:
        counted = []
        for fact in look.case.of("reading", codes):
            if is_so_now(fact, look.on):
                is_read = fact.value is not None
                is_hit = fact.value is not None and is_beyond(fact.value, atom.value)
                counted.append((fact, YES if is_hit else NO if is_read else UNKNOWN))
        sure = [pair for pair in counted if pair[1] == YES]
        if len(sure) >= atom.times:
            return best(look, sure)
        maybe = [(fact, UNKNOWN) for fact, level in counted if level]
        return best(look, maybe) if len(maybe) >= atom.times else NOTHING

    return test


def _aged(atom: Age) -> Test:
    old: Found = (YES, (Cause("age", YES),))
    unknown: Found = (UNKNOWN, (Cause("age"),))

    def test(look: Look) -> Found:
        if look.born is None:
            return unknown
        return old if add_months(look.born, atom.years * 12) <= look.on else NOTHING

    return test


def _refusing(atom: Refused) -> Test:
    refused: Found = (YES, (Cause(f"consent:{atom.consent}", YES),))
    return lambda look: refused if atom.consent in look.case.sheet.refused else NOTHING


def _leaning(codes: tuple[str, ...]) -> Test:
    def test(look: Look) -> Found:
        most = NOTHING
        for code in codes:
            found = look.found[code]
            if found[0]:
                most = more(most, found)
        return most

    return test


def _most(parts: tuple[Part, ...]) -> Test:
    def test(look: Look) -> Found:
        most, stirred = NOTHING, look.stirred
        for topics, one in parts:
            if topics is None or not topics.isdisjoint(stirred):
                found = one(look)
                if found[0]:
                    most = more(most, found)
        return most

    return test


def _least(parts: tuple[Part, ...]) -> Test:
    def test(look: Look) -> Found:
        level, causes, stirred = YES, list[Cause](), look.stirred
        if any(topics is not None and topics.isdisjoint(stirred) for topics, _ in parts):
            return NOTHING
        for _, one in parts:
            found = one(look)
            if found[0] == NO:
                return NOTHING
            level = min(level, found[0])
            causes.extend(found[1])
        return level, tuple(causes)

    return test


def _always(_: Always) -> Test:
    def test(look: Look) -> Found:
        return YES, ()

    return test


def plan_of(frame: Frame) -> Plan:
    """All triggers of a day as they can be asked quickly; made once for a frame."""
    if frame.plan is None:
        parts = [_part(rule.node, frame) for rule in frame.rules]
        by_topic: dict[str, list[int]] = {}
        for number, (topics, _) in enumerate(parts):
            for topic in topics or ():
                by_topic.setdefault(topic, []).append(number)
        atoms = [atom for rule in frame.rules for atom in atoms_of(rule.node)]
        named = (topics_of(atom) for atom in atoms)
        held = sorted(frame.held, key=lambda rule: (-CLASSES.index(rule.klass), rule.code))
        places = {rule.code: place for place, rule in enumerate(held)}
        frame.plan = Plan(
            steps=tuple(
                (rule, test, places.get(rule.code))
                for rule, (_, test) in zip(frame.rules, parts, strict=True)
            ),
            by_topic=by_topic,
            untopical=frozenset(n for n, (topics, _) in enumerate(parts) if topics is None),
            nothing={rule.code: NOTHING for rule in frame.rules},
            words=Vocabulary(topic for topics in named if topics for topic in topics),
            ages=tuple({atom.years for atom in atoms if isinstance(atom, Age)}),
        )
    plan: Plan = frame.plan
    return plan


def found_on(
    case: Case, plan: Plan, on: date, born: date | None, months: int
) -> list[tuple[Rule, Found]]:
    """What each rule that holds on a day comes to, without those that are a plain no: the
    strictest class first."""
    look = Look(case, on, born, months)
    look.stirred = stirred(look, plan.words)
    look.found = plan.nothing.copy()
    numbers = set(plan.untopical)
    for topic in look.stirred:
        numbers.update(plan.by_topic.get(topic, ()))
    hits = []
    for number in sorted(numbers):
        rule, test, place = plan.steps[number]
        found = test(look)
        if found[0]:
            look.found[rule.code] = found
            if place is not None:
                hits.append((place, rule, found))
    return [(rule, found) for _, rule, found in sorted(hits, key=_PLACE)]


_PLACE = itemgetter(0)


def _part(node: Node, frame: Frame) -> Part:
    return topics_of(node), _compiled(node, frame)


def _compiled(node: Node, frame: Frame) -> Test:
    match node:
        case Either(parts):
            return _most(tuple(_part(part, frame) for part in parts))
        case Both(parts):
            return _least(tuple(_part(part, frame) for part in parts))
        case Fired(rules):
            return _leaning(rules)
        case FiredClass(klass):
            return _leaning(frame.of_class(klass))
        case _:
            return _ATOMS[type(node)](node)


_ATOMS: dict[type, Callable[..., Test]] = {
    Always: _always,
    Pregnant: _pregnant,
    Age: _aged,
    Match: _matching,
    Since: _counting,
    Reading: _measured,
    Answered: _answered,
    Refused: _refusing,
}


# --- when something changes ---


@dataclass(frozen=True, slots=True)
class Times:
    """The spans and the ages that rules count with; no span takes more days than ``longest``."""

    spans: frozenset[tuple[int, str]]
    ages: frozenset[int]
    longest: timedelta


def turning_days(
    case: Case, book: RuleBook, first: date, born: date | None, review_months: int
) -> set[date]:
    """Every day after the first on which a verdict may differ from that of the day before;
    earlier ones may be among them."""
    sheet = case.sheet
    times = _times(book)
    turns = set(book.turning_days())
    if born is not None:
        turns.update(add_months(born, years * 12) for years in times.ages)
    for fact in sheet.facts:
        if fact.on is not None or fact.until is not None:
            turns.update(_turns_of(fact, times, first))
    for day in case.lasting:
        turns.update((day, _next(case.lapse(day, review_months))))
    for day in case.daily:
        turns.update((day, _next(day)))
    for clearing in sheet.clearings:
        turns.add(clearing.since)
    ends = [one.until for one in sheet.decisions] + [one.until for one in sheet.clearings]
    turns.update(_next(day) for day in ends if day is not None)
    if sheet.history_on:
        turns.add(_next(case.lapse(sheet.history_on, review_months)))
    return turns


def _times(book: RuleBook) -> Times:
    """Found once for each book."""
    if book.times is None:
        atoms = [atom for rule in book.rules for atom in atoms_of(rule.node)]
        spans = frozenset((one.amount, one.unit) for one in atoms if isinstance(one, Since))
        ages = frozenset(one.years for one in atoms if isinstance(one, Age))
        longest = max((span_end(date.min, *span) for span in spans), default=date.min)
        book.times = Times(spans, ages, longest - date.min + timedelta(days=31))
    times: Times = book.times
    return times


def _next(day: date) -> date:
    return min(day, date.max - timedelta(days=1)) + timedelta(days=1)


def _turns_of(fact: Fact, times: Times, first: date) -> Iterator[date]:
    for day in (fact.on, fact.until):
        if day is not None:
            yield day
            yield _next(day)
            if fact.kind not in OF_THE_DAY and first - day <= times.longest:
                for amount, unit in times.spans:
                    yield span_end(day, amount, unit)
