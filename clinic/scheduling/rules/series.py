"""The dates of a plan: visits at growing distances, at one hour of the wall clock.

The first visit is on the first date. Each further one comes its own phase's interval
after the one before it, so that the first visit of a phase comes one interval of that
phase after the last visit of the phase before.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from typing import Protocol
from zoneinfo import ZoneInfo

from clinic.core.clock import instant
from clinic.core.errors import DomainError
from clinic.core.words import Words, say
from clinic.referrals.rules import Allowance, Lasting, window_from

EVERY_MOST = 182
"""Days between two visits of a plan at most: half a year."""
PLANNED_MOST = 60
"""Visits of a whole plan at most."""
PHASES_MOST = 8
ENDED_WHY_MAX = 200
WEEK = 7
TAPER = ((WEEK, 6), (2 * WEEK, 4), (4 * WEEK, 3))
"""Weekly, then every two weeks, then every four: intervals in days, and visits."""


@dataclass(frozen=True, slots=True)
class Phase:
    """So many visits, each so many days after the one before."""

    every_days: int
    visits: int


def must_be_a_plan(phases: Sequence[Phase]) -> None:
    """Refuse phases that are none, too many or out of bounds. Raises DomainError."""
    if not phases:
        raise DomainError(say("Say how often and how many visits."), field="phases")
    if len(phases) > PHASES_MOST:
        raise DomainError(say("Use at most {count} steps.", count=PHASES_MOST), field="phases")
    if any(not 1 <= one.every_days <= EVERY_MOST for one in phases):
        raise DomainError(
            say("Leave 1 to {days} days between visits.", days=EVERY_MOST), field="phases"
        )
    if any(one.visits < 1 for one in phases):
        raise DomainError(say("Each step needs at least one visit."), field="phases")
    if visits_of(phases) > PLANNED_MOST:
        raise DomainError(
            say("Plan at most {count} visits at once.", count=PLANNED_MOST), field="phases"
        )


def visits_of(phases: Sequence[Phase]) -> int:
    """How many visits these phases come to."""
    return sum(one.visits for one in phases)


def planned(first_on: date, phases: Sequence[Phase]) -> list[date]:
    """The clinic's day of each visit, ascending."""
    gaps = [one.every_days for one in phases for _ in range(one.visits)]
    days, on = [], first_on
    for number, gap in enumerate(gaps):
        on = on + timedelta(days=gap) if number else on
        days.append(on)
    return days


def at_wall(on: date, wall: int, zone: ZoneInfo) -> datetime:
    """The instant at which the clock on the wall shows ``wall`` (minutes after midnight).

    Each date by itself, so that a change of the clocks never moves the hour. Of an hour
    that comes twice the first is meant. Raises NoSuchTime for one that is jumped over.
    """
    return instant(on, time(*divmod(wall, 60)), zone, fold=0)


def about(on: date, wall: int, zone: ZoneInfo) -> datetime:
    """The same; of an hour that is jumped over, the instant to which the clocks jump it."""
    return datetime.combine(on, time(*divmod(wall, 60)), zone).astimezone(UTC)


def name_of(phases: Sequence[Phase]) -> Words:
    """What a plan is called at the desk: ``Taper 6·4·3``, ``Weekly × 6``."""
    if len(phases) > 1:
        counts = "·".join(str(one.visits) for one in phases)
        gaps = [one.every_days for one in phases]
        if gaps == sorted(gaps):
            return say("Taper {counts}", counts=counts)
        return say("Plan {counts}", counts=counts)
    weeks, days = divmod(phases[0].every_days, WEEK) if phases else (0, 0)
    count = visits_of(phases)
    if days:
        return say("Every {days} days × {count}", days=phases[0].every_days, count=count)
    if weeks == 1:
        return say("Weekly × {count}", count=count)
    return say("Every {weeks} weeks × {count}", weeks=weeks, count=count)


@dataclass(frozen=True, slots=True)
class Draw:
    """What a visit of the plan would count against: which of the authorisations (None where
    none bears it), how many visits are left before it, and whether any is valid that day:
    ``first`` is the earliest of those, or of all."""

    which: int | None
    left: int
    is_valid: bool
    first: int = 0


class Drawable(Allowance, Lasting, Protocol):
    """So many visits, for so long."""


@dataclass(slots=True)
class Ledger:
    """Authorised visits as a plan uses them up, date by date.

    ``allowed`` in the order in which they are used; ``taken`` visits used or booked of each.
    Where days count from the first visit, that may be one of the plan itself: ``firsts``.
    """

    allowed: Sequence[Drawable]
    taken: Sequence[int]
    drawn: dict[int, int] = field(default_factory=dict)
    firsts: dict[int, date] = field(default_factory=dict)

    def look(self, on: date) -> Draw:
        """What a visit on this day would count against; nothing is drawn yet."""
        valid = [at for at in range(len(self.allowed)) if self._holds(at, on)]
        lefts = {at: self._left(at) for at in valid}
        which = next((at for at in valid if lefts[at] > 0), None)
        return Draw(which, sum(lefts.values()), bool(valid), valid[0] if valid else 0)

    def draw(self, on: date) -> Draw:
        """The same, and one visit is drawn where one is left."""
        found = self.look(on)
        if found.which is not None:
            self.drawn[found.which] = self.drawn.get(found.which, 0) + 1
            self.firsts[found.which] = self._first(found.which, on)
        return found

    def _first(self, at: int, on: date) -> date:
        """The first visit of an authorisation, with one on this day."""
        known = (self.allowed[at].first_visit_on, self.firsts.get(at), on)
        return min(day for day in known if day is not None)

    def _holds(self, at: int, on: date) -> bool:
        return window_from(self.allowed[at], self._first(at, on)).holds(on)

    def _left(self, at: int) -> int:
        return max(self.allowed[at].visits - self.taken[at] - self.drawn.get(at, 0), 0)


def state_of_item(*, status: str | None, is_standing: bool, is_skipped: bool, is_over: bool) -> str:
    """Where one visit of a plan stands: done, booked, skipped, to_book, or dropped.

    ``status`` is its visit's, if it has one. A visit that stands no more is to book
    again; once the plan has ended, what is not booked is dropped.
    """
    if status == "completed":
        return "done"
    if is_standing:
        return "booked"
    if is_over:
        return "dropped"
    return "skipped" if is_skipped else "to_book"
