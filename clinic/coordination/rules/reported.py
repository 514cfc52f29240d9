"""Figures of a record as a report says them: pure, from subjects, points and goals."""

from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import date
from statistics import median

from clinic.anatomy import AREAS, spot
from clinic.core.words import Words, say
from clinic.letters.rules.blocks import MeasureLine
from clinic.letters.rules.told import Aim, Response
from clinic.letters.rules.voice import Voice
from clinic.records.rules.charts import Point
from clinic.records.rules.measures import HIGH, LOW, Change, Subject, change
from clinic.records.rules.notes import Body
from clinic.records.rules.plans import Goal

TECHNIQUES, PLACES = 8, 6
"""The most techniques and places that a report names, the most frequent first."""
ITSELF = "GROC"
"""A measure that says by itself how much changed: it has no start to be compared with."""
NO_CHANGE = say("no change")
LESS, MORE = say("{figure} lower"), say("{figure} higher")
READINGS = 60
"""The most figures of one course, the latest."""


def line_of(
    subject: Subject,
    points: Sequence[Point],
    voice: Voice,
    *,
    start: float | None = None,
    target: float | None = None,
) -> MeasureLine | None:
    """One measure from its start to now; None where nothing counts.

    Figures on arrival count, those after a session only where there are no others. ``start`` is
    the plan's own first figure, where it has one.
    """
    known = _figures(points)
    if not known:
        return None
    (first_on, first), (last_on, last) = known[0], known[-1]
    began = first if start is None else start
    is_compared = subject.measure != ITSELF and (len(known) > 1 or start is not None)
    moved = change(subject, began, last, target) if is_compared else None
    return MeasureLine(
        name=voice(subject.name),
        side=subject.side,
        baseline="" if subject.measure == ITSELF else subject.figure(began),
        baseline_on=first_on if began == first and subject.measure != ITSELF else None,
        now=subject.figure(last) if moved or subject.measure == ITSELF else "",
        now_on=last_on if moved or subject.measure == ITSELF else None,
        change=voice(moved_by(moved)) if moved else "",
        goal="" if target is None else subject.figure(target),
        unit=subject.unit,
        may_matter=bool(moved and moved.may_matter),
        series=tuple((on.isoformat(), value) for on, value in known[-READINGS:]),
    )


def _figures(points: Sequence[Point]) -> list[tuple[date, float]]:
    before = [(one.on, one.value) for one in points if one.value is not None]
    return before or [(one.on, one.after) for one in points if one.after is not None]


def moved_by(moved: Change) -> Words:
    """``3 lower``: a direction and a size, without a judgement."""
    if moved.by == 0:
        return NO_CHANGE
    way = LESS if moved.by < 0 else MORE
    return say(way.message, figure=moved.figure)


def is_worse(
    subject: Subject, points: Sequence[Point], start: float | None, target: float | None
) -> bool:
    """Whether it moved the other way by so much that people notice it."""
    known = _figures(points)
    if not known or subject.measure == ITSELF:
        return False
    moved = change(subject, known[0][1] if start is None else start, known[-1][1], target)
    return moved.tone == "worse" and moved.may_matter


def aim_of(goal: Goal, start: float | None, now: float | None) -> Aim:
    """A goal as a report says it."""
    subject = goal.subject
    if subject is None:
        return Aim(goal.text)
    figures = [None if one is None else subject.figure(one) for one in (start, now, goal.target)]
    said = [figure or "" for figure in figures]
    return Aim(goal.text, said[0], said[1], said[2], is_met(subject, start, now, goal.target))


def is_met(
    subject: Subject, start: float | None, now: float | None, target: float | None
) -> bool | None:
    """Whether a goal's figure is reached; None where that cannot be said."""
    if now is None or target is None:
        return None
    better = subject.better
    if better not in (LOW, HIGH):
        if start is None or start == target:
            return now == target
        better = HIGH if target > start else LOW
    return now >= target if better == HIGH else now <= target


def most_used(bodies: Iterable[Body]) -> list[str]:
    """Codes of techniques, the most frequent first; equals in the order of their codes."""
    counted = Counter(code for body in bodies for code in set(body.techniques))
    return sorted(counted, key=lambda code: (-counted[code], code))[:TECHNIQUES]


def treated_most(bodies: Iterable[Body]) -> tuple[Words, ...]:
    """Where was treated, the most frequent first; what is sensitive is left to the record."""
    counted = Counter(
        place
        for body in bodies
        for place in {(one.area, one.side) for one in body.treated}
        if place[0] in AREAS and not AREAS[place[0]].is_sensitive
    )
    found = sorted(counted, key=lambda place: (-counted[place], place))[:PLACES]
    return tuple(spot(*place) for place in found)


def usual_minutes(minutes: Iterable[int | None]) -> int | None:
    """The middle of what is known, to five minutes."""
    known = [one for one in minutes if one]
    return 5 * round(median(known) / 5) if known else None


def told_since(bodies: Iterable[Body]) -> Response:
    """How often a client came better, the same, worse."""
    counted = Counter(body.since for body in bodies)
    return Response(counted["better"], counted["same"], counted["worse"])
