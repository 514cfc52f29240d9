"""How far one fact meets what a rule asks for, and what answers say of facts that are not there."""

from collections.abc import Iterable
from datetime import date

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
from clinic.health.rules.facts import UNSURE, Answer, Fact
from clinic.health.rules.nodes import Match, Since
from clinic.health.rules.vocabulary import READINGS, STANDING, Source

OF_THE_DAY = ("reading", "observation", "finding")
_LASTING = frozenset({"LUMP"} | {one.name for one in READINGS.values() if one.lasts})
_BIRTH_MONTHS = 4
"""How far before the answer a birth lies that was "in the last three months"."""

# --- what is missing ---


def asked(look: Look, kind: str, codes: tuple[str, ...], *, is_plain: bool) -> Found:
    """What answers say of facts that are not there."""
    most = NOTHING
    for code in codes or ("",):
        found = _asked_of(look, kind, code, is_plain=is_plain)
        if found[0] == most[0]:
            most = (most[0], most[1] + found[1])
        elif found[0] > most[0]:
            most = found
    return most


def _asked_of(look: Look, kind: str, code: str, *, is_plain: bool) -> Found:
    topic = f"{kind}:{code}" if code else kind
    own = look.said(topic) if code else None
    whole = look.said(kind)
    answer = own if whole is None else whole
    if own is not None and whole is not None:
        answer = max(own, whole, key=_weight)
    if answer is None:
        return UNKNOWN, (Cause(topic),)
    if answer.said == "yes" and _is_explained(look.case, kind, code, answer):
        return _rest(look, kind, code, own)
    if answer.said == "yes":
        is_sure = is_plain and (answer.topic == topic or kind == "pregnancy")
        level = YES if is_sure else UNKNOWN
        return level, (Cause(topic, level, answer=answer),)
    if answer.said == "no":
        return _rest(look, kind, code, own)
    return UNKNOWN, (Cause(topic, UNKNOWN, answer=answer),)


def _weight(answer: Answer) -> tuple[date, int]:
    return answer.on, RANK[answer.said]


def _is_explained(case: Case, kind: str, code: str, answer: Answer) -> bool:
    """Whether the facts that a "yes" speaks of have been written down, or refuted."""
    if kind == "pregnancy":
        return any(one.until and one.until >= answer.on for one in case.of(kind, ()))
    if answer.topic == kind:
        return kind in case.by_kind
    return (kind, code) in case.by_code or (kind, code) in case.refuted


def _rest(look: Look, kind: str, code: str, own: Answer | None) -> Found:
    """No, unless something that nobody has sorted yet could be it."""
    unsorted = look.case.unsorted.get(kind)
    if not unsorted or not code or (own is not None and own.said == "no"):
        return NOTHING
    causes = tuple(
        Cause(f"{kind}:{code}", UNKNOWN, fact) for fact in unsorted if is_so_now(fact, look.on)
    )
    return (UNKNOWN, causes) if causes else NOTHING


# --- facts ---


def _is_begun(fact: Fact, on: date) -> bool:
    return fact.on is None or fact.on <= on


def _is_over(fact: Fact, on: date) -> bool:
    if fact.kind in OF_THE_DAY and fact.until is None:
        return fact.on is not None and fact.on < on and fact.code not in _LASTING
    return fact.until is not None and fact.until < on


def is_so_now(fact: Fact, on: date) -> bool:
    status = fact.detail("status")
    stands = status in {"", UNSURE} or status in STANDING[fact.kind]
    return stands and _is_begun(fact, on) and not _is_over(fact, on)


def _status_level(fact: Fact, values: tuple[str, ...], on: date) -> int:
    """Recurrence, relapse, not said and not sure count as active; what is over counts as any
    status of the past."""
    if values == ("any",):
        return YES
    status = fact.detail("status")
    standing = STANDING[fact.kind]
    if status not in {"", UNSURE, *standing}:
        return YES if status in values else NO
    if _is_over(fact, on):
        return YES if set(values) - set(standing) else NO
    if status in values or standing[0] in values:
        return YES
    return UNKNOWN if status == UNSURE else NO


def _detail_level(fact: Fact, key: str, values: tuple[str, ...], on: date) -> int:
    if key == "status":
        return _status_level(fact, values, on)
    said = fact.detail(key)
    if key == "healed" and _is_over(fact, on):
        said = "yes"
    if said in {"", UNSURE}:
        return UNKNOWN
    return YES if said in values else NO


def _area_level(fact: Fact, areas: tuple[str, ...]) -> int:
    if not areas or fact.area in areas or fact.area == "WHOLE_BODY":
        return YES
    return NO if fact.area else UNKNOWN


def match_level(fact: Fact, match: Match, on: date) -> int:
    if not _is_begun(fact, on):
        return NO
    is_stated = any(key == "status" for key, _ in match.details)
    is_healing = any(key == "healed" for key, _ in match.details)
    if not is_stated and not is_healing and not is_so_now(fact, on):
        return NO
    levels = [_detail_level(fact, key, values, on) for key, values in match.details]
    return min((*levels, _area_level(fact, match.areas)))


def best(look: Look, facts: Iterable[tuple[Fact, int]]) -> Found:
    """The most that facts say, with those that say it."""
    most = NO
    causes: list[Cause] = []
    for fact, level in facts:
        if level > most:
            most, causes = level, []
        if level == most != NO:
            causes.append(Cause(fact.topic, level, fact))
    return most, tuple(causes)


def more(one: Found, other: Found) -> Found:
    """The stronger of two; of two alike, both reasons."""
    if one[0] == other[0]:
        return one[0], one[1] + other[1]
    return one if one[0] > other[0] else other


def since_level(fact: Fact, source: Source, since: Since, on: date) -> int:
    started = fact.until if source.counts_from == "until" else fact.on
    if source.counts_from == "later" and fact.until is not None:
        ended = min(fact.until, on)
        started = max(started, ended) if started else ended
    if started is not None and started > on:
        return NO
    is_over = started is not None and span_end(started, since.amount, since.unit) <= on
    level = UNKNOWN if started is None else YES if is_over == since.is_over else NO
    levels = [_detail_level(fact, key, (value,), on) for key, value in source.details]
    return min((level, *levels, _area_level(fact, since.areas)))


def birth_found(look: Look, topic: str, facts: Iterable[Fact]) -> Found:
    """What the question after a birth answers: a "yes" is explained by a pregnancy that ended
    about then, and leaves the day open otherwise."""
    answer = look.said(topic)
    if answer is None:
        return UNKNOWN, (Cause(topic),)
    if answer.said == "no":
        return NOTHING
    about = add_months(answer.on, -_BIRTH_MONTHS)
    is_told = any(fact.until is not None and fact.until >= about for fact in facts)
    if answer.said == "yes" and is_told:
        return NOTHING
    return UNKNOWN, (Cause(topic, UNKNOWN, answer=answer),)
