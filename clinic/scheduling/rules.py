"""The life of a visit, who is admitted to one, and which times may be offered.

The states and edges are those of a clinic's appointment, with undo of a cancel, a
start and a no-show added, so that every status can be taken back. ``requested`` and
``held`` come with online booking and with slots held while somebody chooses: their
edges stand here already, though no verb makes those states yet.
"""

from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from clinic.core.clock import day_bounds, epoch, from_epoch, local_day
from clinic.core.errors import Conflict
from clinic.core.words import Words, say

STATES = (
    "requested", "held", "booked", "arrived", "in_session", "completed",
    "cancelled", "late_cancelled", "no_show", "released", "entered_in_error",
)  # fmt: skip
FREED = ("cancelled", "late_cancelled", "no_show", "released", "entered_in_error")
"""States in which a visit takes nobody's time."""
STANDING = tuple(state for state in STATES if state not in FREED)
LICENCE = "LMT_LICENSE"
"""The licence without which nobody treats, whatever the service asks for besides."""
SOURCES = ("phone", "walk_in", "online", "series", "waitlist")
WALK_IN = "walk_in"
PARTIES = ("client", "clinic")
"""By whom a visit can be cancelled."""
PARTS = {"morning": (0, 720), "afternoon": (720, 1020), "evening": (1020, 1440)}
"""Parts of the day, in minutes after midnight."""
WHY_MAX = 200
NOTE_MAX = 500

NAMES = {
    "requested": say("requested"),
    "held": say("on hold"),
    "booked": say("booked"),
    "arrived": say("checked in"),
    "in_session": say("in session"),
    "completed": say("completed"),
    "cancelled": say("cancelled"),
    "late_cancelled": say("cancelled late"),
    "no_show": say("a no-show"),
    "released": say("released"),
    "entered_in_error": say("entered in error"),
}


@dataclass(frozen=True, slots=True)
class Edge:
    """One way from a state to another, and the verb that walks it."""

    before: str
    after: str
    by: str


EDGES = (
    Edge("requested", "booked", "approve"),
    Edge("requested", "cancelled", "decline"),
    Edge("held", "booked", "approve"),
    Edge("held", "released", "release"),
    Edge("held", "cancelled", "cancel"),
    Edge("booked", "booked", "move"),
    Edge("booked", "booked", "change_service"),
    Edge("booked", "booked", "confirm"),
    Edge("booked", "cancelled", "cancel"),
    Edge("booked", "late_cancelled", "cancel"),
    Edge("booked", "arrived", "check_in"),
    Edge("booked", "no_show", "mark_no_show"),
    Edge("booked", "entered_in_error", "correct"),
    Edge("arrived", "booked", "undo"),
    Edge("arrived", "in_session", "start"),
    Edge("arrived", "cancelled", "send_home"),
    Edge("arrived", "entered_in_error", "correct"),
    Edge("in_session", "completed", "finish"),
    Edge("in_session", "arrived", "undo"),
    Edge("completed", "arrived", "reopen"),
    Edge("completed", "no_show", "correct"),
    Edge("completed", "entered_in_error", "correct"),
    Edge("no_show", "booked", "undo"),
    Edge("no_show", "completed", "correct"),
    Edge("cancelled", "booked", "undo"),
    Edge("late_cancelled", "booked", "undo"),
)

_ONLY = {
    "approve": "A visit that is {status} cannot be approved.",
    "decline": "A visit that is {status} cannot be declined.",
    "release": "A visit that is {status} cannot be released.",
    "move": "A visit that is {status} cannot be moved.",
    "change_service": "The service of a visit that is {status} cannot be changed.",
    "confirm": "A visit that is {status} cannot be confirmed.",
    "cancel": "A visit that is {status} cannot be cancelled.",
    "check_in": "A visit that is {status} cannot be checked in.",
    "mark_no_show": "A visit that is {status} cannot become a no-show.",
    "start": "A visit that is {status} cannot be started. Check the client in first.",
    "send_home": "A client can be sent home once checked in; this visit is {status}.",
    "finish": "A visit that is {status} cannot be finished.",
    "reopen": "A visit that is {status} cannot be opened again.",
    "undo": "Nothing can be taken back on a visit that is {status}.",
    "correct": "A visit that is {status} cannot be corrected to that.",
}
VERBS = tuple(_ONLY)


def ways(status: str, verb: str) -> tuple[str, ...]:
    """The states to which a verb leads from here."""
    return tuple(edge.after for edge in EDGES if edge.before == status and edge.by == verb)


def verbs_from(status: str) -> frozenset[str]:
    """What can be done with a visit in this state."""
    return frozenset(edge.by for edge in EDGES if edge.before == status)


def must_go(status: str, verb: str, after: str | None = None) -> str:
    """The state a verb leads to. Raises Conflict with the reason where there is no edge."""
    found = ways(status, verb)
    if not found or (after is not None and after not in found):
        raise Conflict(say(_ONLY[verb], status=NAMES[status]))
    return after or found[0]


# ---- times ----


def is_late(starts_at: datetime, at: datetime, cut_off_hours: int) -> bool:
    """Whether a cancel at this moment comes after the cut-off (hours before the visit)."""
    return at > starts_at - timedelta(hours=cut_off_hours)


def is_near(on_date: date, today: date) -> bool:
    """Whether a check-in is thinkable: the visit's day is today, give or take one."""
    return abs((on_date - today).days) <= 1


def earliest_start(at: datetime, zone: ZoneInfo, lead_minutes: int, *, is_walk_in: bool) -> int:
    """The first second at which a new visit may begin.

    Whoever walks in may be written down late, up to the beginning of the same day.
    """
    if is_walk_in:
        return epoch(day_bounds(local_day(at, zone), zone)[0])
    return epoch(at) + lead_minutes * 60


def is_on_grid(start: datetime, zone: ZoneInfo, grid: int) -> bool:
    """Whether a time is one of those the clock on the wall offers (every ``grid`` minutes)."""
    wall = start.astimezone(zone)
    return wall.minute % grid == 0 and wall.second == 0 and wall.microsecond == 0


def is_within_load(load: int, minutes: int, percent: int, limit: int) -> bool:
    """Whether a therapist's day bears this too; ``load`` is in hundredths of a minute."""
    return load + minutes * percent <= limit * 100


# ---- the gate ----


@dataclass(frozen=True, slots=True)
class Candidate:
    """What the gate looks at: nothing of it is clinical."""

    client_name: str
    client_status: str
    is_not_to_book: bool
    has_died: bool
    therapist_name: str
    is_therapist: bool
    is_offered: bool
    held: frozenset[str]
    needed: frozenset[str]
    needs_referral: bool
    allowance: int | None
    """Visits that the authorisation still allows, this one not counted; None without one."""


def refusal(case: Candidate, on: date) -> tuple[Words, str] | None:
    """Why this visit is not admitted: a sentence and the field it belongs to; None admits."""
    checks: tuple[tuple[bool, Words, str], ...] = (
        (
            case.has_died,
            say(
                "{name} is recorded as having died. No visit can be booked.", name=case.client_name
            ),
            "client",
        ),
        (
            case.client_status == "archived",
            say("The record of {name} is archived. Restore it first.", name=case.client_name),
            "client",
        ),
        (
            case.is_not_to_book,
            say("{name} is marked “do not book”. Ask the owner.", name=case.client_name),
            "client",
        ),
        (not case.is_offered, say("This is no longer offered. Choose another service."), "service"),
        (
            not case.is_therapist,
            say("{name} does not treat here now.", name=case.therapist_name),
            "therapist",
        ),
        (
            LICENCE not in case.held,
            say("{name} has no valid licence on {day}.", name=case.therapist_name, day=on),
            "therapist",
        ),
        (
            not case.needed <= case.held,
            say("{name} is not qualified for this on {day}.", name=case.therapist_name, day=on),
            "therapist",
        ),
        (
            case.needs_referral and case.allowance is None,
            say("This service needs a referral that is valid on {day}.", day=on),
            "referral",
        ),
        (
            case.allowance is not None and case.allowance <= 0,
            say("The referral has no visits left."),
            "referral",
        ),
    )
    return next(((words, field) for broken, words, field in checks if broken), None)


# ---- openings ----

Span = tuple[int, int]
"""From one second (since 1970) until another, the end not included."""


@dataclass(frozen=True, slots=True)
class Length:
    """How long a visit takes, in seconds, and what its buffers take before and after."""

    treatment: int
    before: int = 0
    after: int = 0


@dataclass(frozen=True, slots=True, order=True)
class Start:
    """A possible beginning; ``waste`` counts the sides on which too little would remain."""

    waste: int
    at: int


def remainder_is_good(seconds: int, shortest: int) -> bool:
    """Whether what remains beside a visit is nothing, or can still be sold."""
    return seconds == 0 or seconds >= shortest


def overlaps(taken: Sequence[Span], span: Span) -> bool:
    """Whether a span meets any of these (sorted, apart from each other)."""
    at = bisect_right(taken, (span[0], span[0]))
    if at and taken[at - 1][1] > span[0]:
        return True
    return at < len(taken) and taken[at][0] < span[1] and span[0] < taken[at][1]


def grid_of(day: date, zone: ZoneInfo, grid: int) -> range | list[int]:
    """Every second of a local day at which the wall clock shows a time of the grid."""
    first, last = day_bounds(day, zone)
    begin, end, step = epoch(first), epoch(last), grid * 60
    if _offset(first, zone) % step == _offset(last, zone) % step:
        return range(begin + -(begin + _offset(first, zone)) % step, end, step)
    return [at for at in range(begin, end, 300) if is_on_grid(from_epoch(at), zone, grid)]


def _offset(moment: datetime, zone: ZoneInfo) -> int:
    offset = moment.astimezone(zone).utcoffset()
    return int(offset.total_seconds()) if offset else 0


def starts(
    free: Sequence[Span], grid: Sequence[int], length: Length, shortest: int, earliest: int
) -> Iterator[Start]:
    """The beginnings that fit into free time, buffers included, each with its waste.

    ``shortest`` is the shortest thing that could still be sold in what remains.
    """
    for begin, end in free:
        first = max(begin + length.before, earliest)
        last = end - length.treatment - length.after
        at = bisect_right(grid, first - 1)
        while at < len(grid) and grid[at] <= last:
            left = grid[at] - length.before - begin
            right = last - grid[at]
            waste = (not remainder_is_good(left, shortest)) + (
                not remainder_is_good(right, shortest)
            )
            yield Start(waste, grid[at])
            at += 1
