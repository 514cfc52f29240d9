"""What is counted of referrals: each number with its definition, and what stands behind it.

A number is never more than the things it counts: ``behind`` lists them, and the value is made
from that list. Rates of referrals follow those that were received in a period until today (the
cohort); a loop counts as closed when it ended with the report delivered. The benchmark for
attended referrals, about a third, is that of a large network of the United States (Patel and
others, "Closing the Referral Loop", Journal of General Internal Medicine, 2018).
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from statistics import median
from typing import Any
from zoneinfo import ZoneInfo

from clinic.core.words import Words, say

OPENS, CLOSES = time(9), time(17)
"""Working hours are counted Monday to Friday between these, at the clinic."""
LONG = timedelta(days=30)
FEW = 5
"""Counts below this are not told to anybody outside the clinic."""
_HARMLESS = "'"
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n")


@dataclass(frozen=True, slots=True)
class Period:
    """The first and the last day that are counted, and the day on which it is done."""

    since: date
    until: date
    today: date
    zone: ZoneInfo

    def has(self, day: date | None) -> bool:
        """Whether a day lies in it."""
        return day is not None and self.since <= day <= self.until


@dataclass(frozen=True, slots=True)
class Loop:
    """A referral that came in, as far as it is counted."""

    row: Any
    status: str
    received_on: date
    received_at: datetime
    due_on: date | None = None
    acknowledged_at: datetime | None = None
    accepted_at: datetime | None = None
    contacted_at: datetime | None = None
    first_visit_on: date | None = None
    ended_at: datetime | None = None
    was_scheduled: bool = False
    asked_renewal: bool = False
    was_renewed: bool = False


@dataclass(frozen=True, slots=True)
class Owed:
    """A report that was owed: by which day, and when it left."""

    row: Any
    status: str
    due_on: date
    sent_on: date | None = None


@dataclass(frozen=True, slots=True)
class Given:
    """An authorisation: visits allowed and had, and its first and last day."""

    row: Any
    visits: int
    used: int
    valid_from: date
    valid_until: date | None = None


@dataclass(frozen=True, slots=True)
class Asked:
    """A referral that went out: when, how urgent, when it was answered."""

    row: Any
    urgency: str
    sent_on: date | None = None
    answered_on: date | None = None


Thing = Any
_Holds = Callable[[Any, Period], bool]
_Measure = Callable[[Any, Period], float]


@dataclass(frozen=True, slots=True)
class Number:
    """One number. ``among`` says what it is counted of, ``hit`` which of them hold (a share),
    ``measure`` what each is worth (a median or a sum)."""

    code: str
    name: Words
    definition: Words
    of: str
    """``loops``, ``reports``, ``given`` or ``asked``."""
    unit: str
    """``hours``, ``days``, ``share``, ``count``, ``visits``."""
    among: _Holds
    hit: _Holds | None = None
    measure: _Measure | None = None
    target: Words | None = None


@dataclass(frozen=True, slots=True)
class Figure:
    """A number as it is: its value, what it is of, and which of these hold."""

    number: Number
    among: tuple[Thing, ...]
    hits: tuple[Thing, ...]
    value: float | None
    """None where there is nothing to count."""

    def behind(self, part: str = "") -> tuple[Thing, ...]:
        """What was counted: all of it, or with ``hit`` those that hold."""
        return self.hits if part == "hit" else self.among


def working_hours(begun: datetime, ended: datetime, zone: ZoneInfo) -> float:
    """Hours between two moments, Monday to Friday, nine to five at the clinic; never below 0."""
    first, last = begun.astimezone(zone), ended.astimezone(zone)
    total, day = timedelta(), first.date()
    while day <= last.date():
        if day.weekday() < 5:
            opens = datetime.combine(day, OPENS, zone)
            closes = datetime.combine(day, CLOSES, zone)
            total += max(min(last, closes) - max(first, opens), timedelta())
        day += timedelta(days=1)
    return total.total_seconds() / 3600


# ---- criteria


def _received(one: Loop, period: Period) -> bool:
    return one.status != "entered_in_error" and period.has(one.received_on)


def _accepted(one: Loop, period: Period) -> bool:
    return _received(one, period) and one.accepted_at is not None


def _is_late_long(one: Loop, period: Period) -> bool:
    is_live = one.ended_at is None
    return is_live and one.due_on is not None and period.today - one.due_on > LONG


def _is_decided(one: Loop, period: Period) -> bool:
    ended = one.status in ("closed", "cancelled", "not_reached", "expired")
    return _received(one, period) and (ended or _is_late_long(one, period))


def _is_open_long(one: Loop, period: Period) -> bool:
    return one.ended_at is None and period.today - one.received_on > LONG


def _was_due(one: Owed, period: Period) -> bool:
    is_due = one.due_on < period.today or one.sent_on is not None
    return one.status != "waived" and period.has(one.due_on) and is_due


def _ran_out(one: Given, period: Period) -> bool:
    until = one.valid_until
    return (
        period.has(until) and until is not None and until < period.today and one.used < one.visits
    )


def _hours_to(name: str) -> _Measure:
    def measure(one: Loop, period: Period) -> float:
        return working_hours(one.received_at, getattr(one, name), period.zone)

    return measure


def _has(name: str) -> _Holds:
    def holds(one: Loop, period: Period) -> bool:
        return _received(one, period) and getattr(one, name) is not None

    return holds


def _answered(urgency: str) -> _Holds:
    def holds(one: Asked, period: Period) -> bool:
        return one.urgency == urgency and period.has(one.sent_on) and one.answered_on is not None

    return holds


def _reply_days(one: Asked, period: Period) -> float:
    assert one.sent_on is not None  # noqa: S101 - only what was sent is answered
    assert one.answered_on is not None  # noqa: S101 - and only the answered are measured
    return (one.answered_on - one.sent_on).days


# ---- the numbers

URGENT_WORDS = {
    "emergency": say("Emergency"),
    "urgent": say("Urgent"),
    "soon": say("Soon"),
    "routine": say("Routine"),
}
NUMBERS: tuple[Number, ...] = (
    Number(
        "acknowledging", say("Time to acknowledge"),
        say("Median working hours (Monday to Friday, 9 to 17) from receiving a referral to "
            "acknowledging it, of those received in the period and acknowledged."),
        "loops", "hours", _has("acknowledged_at"), measure=_hours_to("acknowledged_at"),
        target=say("at most 16"),
    ),
    Number(
        "contacting", say("Time to first contact"),
        say("Median working hours from receiving a referral to first reaching for the client, "
            "of those received in the period and tried."),
        "loops", "hours", _has("contacted_at"), measure=_hours_to("contacted_at"),
    ),
    Number(
        "starting", say("Time to first visit"),
        say("Median days from receiving a referral to the first visit that was had, of those "
            "received in the period with a first visit."),
        "loops", "days", _has("first_visit_on"),
        measure=lambda one, _: float((one.first_visit_on - one.received_on).days),
        target=say("at most 10"),
    ),
    Number(
        "scheduled", say("Scheduled"),
        say("Of the referrals received in the period and accepted, the share with a first visit "
            "booked at some time."),
        "loops", "share", _accepted, hit=lambda one, _: one.was_scheduled,
    ),
    Number(
        "attended", say("First visit attended"),
        say("Of the referrals received in the period and accepted, the share whose first visit "
            "was had. In a large network it was about a third."),
        "loops", "share", _accepted, hit=lambda one, _: one.first_visit_on is not None,
    ),
    Number(
        "unreached", say("Not reached"),
        say("Of the referrals received in the period and accepted, the share that ended because "
            "the client could not be reached."),
        "loops", "share", _accepted, hit=lambda one, _: one.status == "not_reached",
    ),
    Number(
        "reports", say("Reports on time"),
        say("Of the reports that were due in the period and not waived, the share that was sent "
            "by the day they were due."),
        "reports", "share", _was_due,
        hit=lambda one, _: one.sent_on is not None and one.sent_on <= one.due_on,
    ),
    Number(
        "closed", say("Loops closed"),
        say("Of the referrals received in the period that are closed, cancelled, expired, not "
            "reached, or overdue by more than 30 days, the share that is closed."),
        "loops", "share", _is_decided, hit=lambda one, _: one.status == "closed",
    ),
    Number(
        "open", say("Open for more than 30 days"),
        say("Referrals received more than 30 days ago that have not ended, today, whatever the "
            "period."),
        "loops", "count", _is_open_long,
    ),
    Number(
        "use", say("Authorised visits used"),
        say("Of the visits of authorisations that began in the period, the share that was used."),
        "given", "used", lambda one, period: period.has(one.valid_from),
    ),
    Number(
        "unused", say("Visits that expired unused"),
        say("Visits not used of authorisations whose last day was in the period and has passed."),
        "given", "visits", _ran_out, measure=lambda one, _: float(one.visits - one.used),
    ),
    Number(
        "renewed", say("Renewals granted"),
        say("Of the referrals received in the period for which a renewal was asked, the share "
            "that was allowed more visits afterwards."),
        "loops", "share", lambda one, period: _received(one, period) and one.asked_renewal,
        hit=lambda one, _: one.was_renewed,
    ),
    Number(
        "answered", say("Outbound referrals answered"),
        say("Of the referrals sent out in the period, the share that was answered."),
        "asked", "share", lambda one, period: period.has(one.sent_on),
        hit=lambda one, _: one.answered_on is not None,
    ),
    *(
        Number(
            f"answer-{urgency}", say("Days to an answer: {urgency}", urgency=words),
            say("Median days from sending a referral out to its answer, of those of this urgency "
                "that were sent in the period and answered."),
            "asked", "days", _answered(urgency), measure=_reply_days,
        )
        for urgency, words in URGENT_WORDS.items()
    ),
)  # fmt: skip
BY_CODE = {one.code: one for one in NUMBERS}
FROM_PROVIDER = {
    "received": (say("Referrals"), _received),
    "accepted": (say("Accepted"), _accepted),
    "begun": (
        say("First visit had"),
        lambda one, period: _received(one, period) and one.first_visit_on is not None,
    ),
}
"""What is counted of each provider; nothing compares how their patients fare."""


def figure_of(number: Number, things: Iterable[Thing], period: Period) -> Figure:
    """A number of these things."""
    among = tuple(one for one in things if number.among(one, period))
    hits = tuple(one for one in among if number.hit is None or number.hit(one, period))
    return Figure(number, among, hits, _value(number, among, hits, period))


def _value(
    number: Number, among: Sequence[Thing], hits: Sequence[Thing], period: Period
) -> float | None:
    if number.unit == "count":
        return float(len(among))
    if number.unit == "visits" and number.measure:
        return sum(number.measure(one, period) for one in among)
    if not among:
        return None
    if number.unit == "used":
        return float(sum(one.used for one in among) / sum(one.visits for one in among))
    if number.measure is None:
        return len(hits) / len(among)
    return float(median(number.measure(one, period) for one in among))


# ---- out of the house


def safe_cell(value: object) -> str:
    """A cell that no program takes for a formula, whatever somebody typed.

    OWASP, "CSV Injection": a cell that begins with one of these signs gets a quote before it.
    """
    text = str(value)
    return _HARMLESS + text if text.startswith(_FORMULA) else text


def told(count: int) -> str:
    """A count as it leaves the clinic: below five only that."""
    return f"<{FEW}" if count < FEW else str(count)
