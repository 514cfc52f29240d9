"""A therapist's day as one list: visits, what is free between them, what is not worked."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from clinic.core.words import Words
from clinic.scheduling.rules.screening import codes_of, told_once
from clinic.timetable.rules import MINUTE, Interval, clip, minus, to_grid, union

_TINTS = {"relaxation": "relax", "lymphatic": "lymph", "assessment": "assess"}
_ORDER = ("off", "away", "visit", "gap")


def tint(family: str) -> str:
    """The name by which the style sheets know a family of services."""
    return _TINTS.get(family, family)


_MARKS = {
    "waits": ("alert-octagon", "stop"),
    "stop": ("hand-stop", "stop"),
    "review": ("stethoscope", "stop"),
    "misfit": ("ban", "care"),
    "form": ("clipboard-list", "admin"),
    "due": ("clipboard-list", "admin"),
    "need:PRENATAL": ("prenatal", "care"),
}
_TONES = ("stop", "care", "admin")


@dataclass(frozen=True, slots=True)
class Effect:
    """Something that the gate asks for: a picture, how grave it is, and fixed words."""

    icon: str
    tone: str
    words: Words


def effects_said(codes: str) -> list[Effect]:
    """What the gate asks for, the gravest first: never why."""
    found = [
        Effect(*_MARKS.get(code, ("alert-triangle", "care")), words)
        for code, words in told_once(codes_of(codes))
    ]
    return sorted(found, key=lambda one: _TONES.index(one.tone))


def is_fee_open(row: Any) -> bool:
    """Whether it is still to be decided what a late cancel or a missed visit costs.

    ``row`` is a visit or its columns: status, fee_minor, late_fee_minor, no_show_fee_minor.
    """
    due = {"late_cancelled": row.late_fee_minor, "no_show": row.no_show_fee_minor}
    return row.fee_minor is None and bool(due.get(row.status))


@dataclass(frozen=True, slots=True)
class Piece:
    """A stretch of somebody's day, in seconds since 1970.

    ``kind`` is visit, gap (free to be booked), away (``word`` says why) or off (between
    the hours of a split shift); ``visit`` is the visit's row.
    """

    kind: str
    starts_s: int
    ends_s: int
    visit: Any = None
    word: str = ""

    @property
    def minutes(self) -> int:
        return (self.ends_s - self.starts_s) // MINUTE


def pieces(
    hours: Sequence[Interval],
    visits: Iterable[Any],
    absences: Iterable[tuple[int, int, str]],
    *,
    grid: int,
    shortest: int,
) -> list[Piece]:
    """What a therapist's day is made of, in its order.

    Visits are rows with ``starts_s``, ``ends_s``, ``before_s``, ``after_s`` and
    ``is_standing``; ``grid`` and ``shortest`` are seconds: where a gap may begin, and
    how long it is at least.
    """
    shown = list(visits)
    away = _away(hours, absences)
    busy = [
        (row.starts_s - row.before_s, row.ends_s + row.after_s) for row in shown if row.is_standing
    ]
    gaps = minus(hours, [*busy, *((piece.starts_s, piece.ends_s) for piece in away)])
    found = [
        *(Piece("visit", row.starts_s, row.ends_s, row) for row in shown),
        *(Piece("gap", *gap) for gap in to_grid(gaps, grid) if gap[1] - gap[0] >= shortest),
        *(Piece("off", *pause) for pause in _pauses(hours)),
        *away,
    ]
    return sorted(found, key=lambda piece: (piece.starts_s, _ORDER.index(piece.kind), piece.ends_s))


def _pauses(hours: Sequence[Interval]) -> list[Interval]:
    if not hours:
        return []
    return minus([(hours[0][0], hours[-1][1])], hours)


def _away(hours: Sequence[Interval], absences: Iterable[tuple[int, int, str]]) -> list[Piece]:
    """Absences, so far as they matter: within the hours where there are any."""
    found = []
    for starts, ends, word in absences:
        parts = clip(hours, starts, ends) if hours else [(starts, ends)]
        found += [Piece("away", part[0], part[1], word=word) for part in parts]
    return found


def worked_minutes(hours: Iterable[Interval]) -> int:
    """How long somebody works, in minutes."""
    return sum(end - start for start, end in union(hours)) // MINUTE
