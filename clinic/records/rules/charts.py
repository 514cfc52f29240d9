"""Where the lines of a chart run: points in a box of 360 by 132, from dated figures. Pure."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from math import ceil, floor

from clinic.records.rules.measures import Subject

WIDTH, HEIGHT = 360, 132
LEFT, RIGHT, TOP, BOTTOM = 34, 318, 12, 106
"""The field that lines run in: figures stand at its left and right, days below."""
APART = 62
"""How far apart two days must stand to be read."""
_STEPS = (0.5, 1, 2, 5, 10, 20, 50, 100)


@dataclass(frozen=True, slots=True)
class Point:
    """What was measured on a day: at arrival (or at any time), and after the session."""

    on: date
    value: float | None
    after: float | None = None


@dataclass(frozen=True, slots=True)
class Dot:
    """A figure's place in the chart."""

    x: float
    y: float
    is_last: bool = False


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a chart; ``end`` is the last figure, written at ``end_y``."""

    kind: str
    dots: tuple[Dot, ...]
    end: str
    end_y: float

    @property
    def points(self) -> str:
        """As a polyline wants it."""
        return " ".join(f"{one.x:g},{one.y:g}" for one in self.dots)


@dataclass(frozen=True, slots=True)
class Tick:
    """A figure of the scale and its height, or a day and its place."""

    at: float
    label: str | date
    anchor: str = "middle"


@dataclass(frozen=True, slots=True)
class Chart:
    """Everything that is drawn; ``baseline`` and ``goal`` are heights, None where there is none.

    ``band`` is top and bottom of where a change from the baseline is too small to be noticed by
    most people, where that is known of the measure.
    """

    lines: tuple[Line, ...]
    ticks: tuple[Tick, ...]
    days: tuple[Tick, ...]
    baseline: float | None
    goal: float | None
    band: tuple[float, float] | None = None


def drawn(
    subject: Subject,
    points: Sequence[Point],
    target: float | None = None,
    base: float | None = None,
) -> Chart:
    """The chart of a subject's points, the earliest first. There must be at least one."""
    figures = [one for point in points for one in (point.value, point.after) if one is not None]
    marks = scale(subject, [*figures, *(one for one in (target, base) if one is not None)])
    low, high = marks[0], marks[-1]
    first, days = points[0].on, (points[-1].on - points[0].on).days

    def x(on: date) -> float:
        if days == 0:
            return round((LEFT + RIGHT) / 2, 1)
        return round(LEFT + (RIGHT - LEFT) * (on - first).days / days, 1)

    def y(value: float) -> float:
        return round(BOTTOM - (BOTTOM - TOP) * (value - low) / (high - low), 1)

    has_after = any(one.after is not None for one in points)
    lines = [_line("2" if has_after else "", subject, [(x(p.on), p.value) for p in points], y)]
    if has_after:
        lines.append(_line("", subject, [(x(p.on), p.after) for p in points], y))
    return Chart(
        lines=_apart([one for one in lines if one.dots]),
        ticks=tuple(Tick(y(mark), subject.figure(mark)) for mark in (low, marks[1], high)),
        days=_days(points, x),
        baseline=None if base is None else y(base),
        goal=None if target is None else y(target),
        band=_band(subject, base, y),
    )


def _band(
    subject: Subject, base: float | None, place: Callable[[float], float]
) -> tuple[float, float] | None:
    meaning = subject.kind.meaning
    if meaning is None or base is None:
        return None
    about = meaning.after(base)
    return max(TOP, place(base + about)), min(BOTTOM, place(base - about))


def scale(subject: Subject, figures: Sequence[float]) -> tuple[float, float, float]:
    """Lowest, middle and highest figure of the scale: all that was measured lies in it."""
    low, high = subject.bounds
    if high - low <= 24 and not subject.unit:
        return low, (low + high) / 2, high
    least, most = min(figures), max(figures)
    for step in _STEPS:
        bottom = floor(least / step) * step
        top = ceil(most / step) * step
        if top == bottom:
            bottom, top = max(low, bottom - step), top + step
        if top - bottom <= 4 * step:
            break
    return bottom, (bottom + top) / 2, top


def _line(
    kind: str,
    subject: Subject,
    figures: Sequence[tuple[float, float | None]],
    place: Callable[[float], float],
) -> Line:
    known = [(at, value) for at, value in figures if value is not None]
    dots = tuple(
        Dot(at, place(value), is_last=number == len(known) - 1)
        for number, (at, value) in enumerate(known)
    )
    end = subject.figure(known[-1][1]) if known else ""
    return Line(kind, dots, end, dots[-1].y + 4 if dots else 0)


def _apart(lines: list[Line]) -> tuple[Line, ...]:
    """Two last figures that would stand on each other are moved apart."""
    if len(lines) == 2 and abs(lines[0].end_y - lines[1].end_y) < 13:
        upper, lower = sorted(lines, key=lambda one: one.end_y)
        middle = min(max((upper.end_y + lower.end_y) / 2, TOP + 8), BOTTOM - 2)
        placed = {id(upper): middle - 6.5, id(lower): middle + 6.5}
        lines = [Line(one.kind, one.dots, one.end, placed[id(one)]) for one in lines]
    return tuple(lines)


def _days(points: Sequence[Point], place: Callable[[date], float]) -> tuple[Tick, ...]:
    first, last = points[0].on, points[-1].on
    if first == last:
        return (Tick(place(first), first),)
    kept = [Tick(place(first), first, "start")]
    end = Tick(place(last), last, "end")
    for point in points[1:-1]:
        at = place(point.on)
        clear = APART * (1.5 if len(kept) == 1 else 1)
        if at - kept[-1].at >= clear and end.at - at >= APART * 1.5:
            kept.append(Tick(at, point.on))
    return (*kept, end)
