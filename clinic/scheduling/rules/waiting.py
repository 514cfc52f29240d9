"""Waiting for time to come free: the life of an entry, whom a time suits, who comes first."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from clinic.core.clock import local_day
from clinic.core.errors import Conflict
from clinic.core.words import Words, say
from clinic.scheduling.rules.admission import LICENCE, Candidate, refusal
from clinic.scheduling.rules.life import Edge
from clinic.scheduling.rules.times import PARTS

WAITING = "waiting"
OFFERED = "offered"
STATES = (WAITING, OFFERED, "accepted", "expired", "cancelled")
ALIVE = (WAITING, OFFERED)
"""States in which somebody still waits."""
EDGES = (
    Edge(WAITING, OFFERED, "offer"),
    Edge(WAITING, WAITING, "amend"),
    Edge(WAITING, "expired", "expire"),
    Edge(WAITING, "cancelled", "withdraw"),
    Edge(OFFERED, "accepted", "accept"),
    Edge(OFFERED, WAITING, "decline"),
    Edge(OFFERED, WAITING, "lapse"),
    Edge(OFFERED, WAITING, "retract"),
    Edge(OFFERED, "cancelled", "withdraw"),
)
NAMES = {
    WAITING: say("waiting"),
    OFFERED: say("offered a time"),
    "accepted": say("booked"),
    "expired": say("over"),
    "cancelled": say("taken off the list"),
}
_ONLY = {
    "offer": "A time can be offered to somebody who is waiting; this entry is {status}.",
    "amend": "What somebody waits for can be changed while they wait; this entry is {status}.",
    "expire": "Only an entry that is waiting can run out; this one is {status}.",
    "withdraw": "This entry is {status} already.",
    "accept": "There is no open offer to accept: the entry is {status}.",
    "decline": "There is no open offer to decline: the entry is {status}.",
    "lapse": "There is no open offer to let lapse: the entry is {status}.",
    "retract": "There is no open offer to take back: the entry is {status}.",
}
VERBS = tuple(_ONLY)

WEEKDAYS_ALL = 127
PARTS_ALL = 7
PART_BITS = {name: 1 << at for at, name in enumerate(PARTS)}
"""Bit by part of the day: morning 1, afternoon 2, evening 4."""
NOTICE_MAX = 336
"""Hours: two weeks."""
LONGEST_WAIT = 366
"""Days between the first and the last day of an entry."""
PRESSING = timedelta(days=14)
"""How long before its last day a referral makes its entry come first."""
OFFER_MINUTES = 120
OFFER_MINUTES_TODAY = 20
PASSING = range(8, 20)
"""Hours of the clinic's clock in which offers pass on by themselves: nobody is called at night."""


def must_go(status: str, verb: str) -> str:
    """The state a verb leads to. Raises Conflict with the reason where there is no edge."""
    for edge in EDGES:
        if edge.before == status and edge.by == verb:
            return edge.after
    raise Conflict(say(_ONLY[verb], status=NAMES[status]))


@dataclass(frozen=True, slots=True)
class Wanted:
    """What an entry asks for; ``since`` is when it began to wait.

    ``weekdays`` and ``parts`` are bits; no therapists named means anyone of the gender,
    or anyone at all. ``presses_on`` is the last day of a referral that still has a visit
    left, where the visit counts against one.
    """

    id: int
    since: datetime
    earliest: date
    latest: date
    weekdays: int = WEEKDAYS_ALL
    parts: int = PARTS_ALL
    notice_hours: int = 0
    gender: str = ""
    therapists: frozenset[int] = frozenset()
    priority: str = "normal"
    presses_on: date | None = None

    def is_pressing(self, today: date) -> bool:
        """Whether the referral ends so soon that this comes before others."""
        return self.presses_on is not None and today <= self.presses_on <= today + PRESSING


def suits(
    wanted: Wanted, starts_at: datetime, staff_id: int, gender: str, at: datetime, zone: ZoneInfo
) -> bool:
    """Whether a time with a therapist is one they would come to, told at this moment."""
    return (
        would_see(wanted, staff_id, gender)
        and is_wanted_day(wanted, local_day(starts_at, zone))
        and is_wanted_part(wanted, starts_at, zone)
        and is_in_time(wanted, starts_at, at)
    )


def would_see(wanted: Wanted, staff_id: int, gender: str) -> bool:
    """Whether they would come to this therapist: one named, or of the gender asked for."""
    if wanted.therapists:
        return staff_id in wanted.therapists
    return wanted.gender in ("", gender)


def is_wanted_day(wanted: Wanted, day: date) -> bool:
    """Whether the day is one of theirs."""
    return wanted.earliest <= day <= wanted.latest and bool(wanted.weekdays >> day.weekday() & 1)


def is_wanted_part(wanted: Wanted, starts_at: datetime, zone: ZoneInfo) -> bool:
    """Whether the clock on the wall shows one of their parts of the day."""
    wall = starts_at.astimezone(zone)
    minute = wall.hour * 60 + wall.minute
    return any(
        wanted.parts & PART_BITS[name] and begin <= minute < end
        for name, (begin, end) in PARTS.items()
    )


def is_in_time(wanted: Wanted, starts_at: datetime, at: datetime) -> bool:
    """Whether they still have more than the notice they need."""
    return starts_at - at > timedelta(hours=wanted.notice_hours)


def rank(wanted: Wanted, today: date) -> tuple[bool, bool, date, datetime, int]:
    """Who comes first: high priority, then a referral about to end, then who waits longest."""
    is_pressing = wanted.is_pressing(today)
    ends = wanted.presses_on if is_pressing and wanted.presses_on else date.max
    return (wanted.priority != "high", not is_pressing, ends, wanted.since, wanted.id)


def offer_ends(
    starts_at: datetime, at: datetime, zone: ZoneInfo, *, notice_hours: int, lead_minutes: int
) -> datetime:
    """Until when an offer made now stands: two hours, or 20 minutes for a time today.

    Never longer than somebody could still book it and have the notice they need; who
    is offered a time at shorter notice than they asked for has until it can be booked no more.
    """
    is_today = local_day(starts_at, zone) == local_day(at, zone)
    ends = at + timedelta(minutes=OFFER_MINUTES_TODAY if is_today else OFFER_MINUTES)
    bookable = starts_at - timedelta(minutes=lead_minutes)
    noticed = starts_at - timedelta(hours=notice_hours)
    return min(ends, bookable, noticed if noticed > at else bookable)


def has_a_day(earliest: date, latest: date, weekdays: int) -> bool:
    """Whether any of the weekdays lies between the two dates."""
    days = min((latest - earliest).days + 1, 7)
    return any(
        weekdays >> (earliest + timedelta(days=number)).weekday() & 1 for number in range(days)
    )


def not_to_be_booked(
    name: str,
    status: str,
    on: date,
    *,
    is_not_to_book: bool,
    has_died: bool,
    is_offered: bool = True,
) -> Words | None:
    """Why this client, or this service, cannot be booked, in the gate's own words; else None."""
    case = Candidate(
        client_name=name, client_status=status, is_not_to_book=is_not_to_book, has_died=has_died,
        therapist_name="", is_therapist=True, is_offered=is_offered, held=frozenset({LICENCE}),
        needed=frozenset(), needs_referral=False, allowance=None,
    )  # fmt: skip
    found = refusal(case, on)
    return found[0] if found else None


def best_start(
    starts: Sequence[tuple[int, int]], gap: tuple[int, int], seconds: int
) -> tuple[int, int, int] | None:
    """The best of (waste, second) beginnings inside a gap, with what remains of it.

    First what wastes least, then the earliest. What remains are the seconds of the gap
    before the treatment and after it.
    """
    inside = [one for one in starts if gap[0] <= one[1] < gap[1]]
    if not inside:
        return None
    _, at = min(inside)
    return at, at - gap[0], max(gap[1] - at - seconds, 0)
