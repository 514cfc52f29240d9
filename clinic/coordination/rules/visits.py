"""What the visits of a referral mean for it: how far it has come, and what it owes."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime

from clinic.referrals.rules import Due, Reporting, next_renewal, next_report
from clinic.scheduling.rules import MISSED

_LONG_AGO = datetime.min.replace(tzinfo=UTC)
GIVEN_UP = (*MISSED, "cancelled", "released")


@dataclass(frozen=True, slots=True)
class Seen:
    """A visit as far as coordination goes: which authorisation, its state, its day."""

    authorisation_id: int
    status: str
    on: date
    is_used: bool = False
    is_reserved: bool = False
    changed_at: datetime = _LONG_AGO


@dataclass(frozen=True, slots=True)
class Allowed:
    """An authorisation as far as coordination goes; ``until`` None has no end, or none yet."""

    id: int
    visits: int
    until: date | None
    is_closed: bool
    rule: Reporting | None


@dataclass(frozen=True, slots=True)
class Course:
    """The visits that were allowed, and those that were booked, of one referral."""

    allowed: tuple[Allowed, ...] = ()
    seen: tuple[Seen, ...] = ()

    @property
    def had(self) -> list[date]:
        """The days of completed visits."""
        return sorted(one.on for one in self.seen if one.status == "completed")

    @property
    def ahead(self) -> list[date]:
        """The days of visits that stand and have not been had."""
        return sorted(one.on for one in self.seen if one.is_reserved)

    @property
    def missed(self) -> list[date]:
        """The days of visits that the client missed or cancelled late."""
        return sorted(one.on for one in self.seen if one.status in MISSED)

    def missed_since(self, told_on: date | None) -> list[date]:
        """The days of misses after the last completed visit, as far as the sender was not told:
        those up to the day on which the last letter about misses was drawn up are left out."""
        until = [day for day in (self.had[-1] if self.had else None, told_on) if day is not None]
        return [day for day in self.missed if not until or day > max(until)]

    @property
    def is_last_missed(self) -> bool:
        """Whether the visit given up last was missed."""
        gone = [one for one in self.seen if one.status in GIVEN_UP]
        return bool(gone) and max(gone, key=lambda one: one.changed_at).status in MISSED

    @property
    def window_end(self) -> date | None:
        """The last day on which any visit is allowed; None where there is no such day."""
        ends = [one.until for one in self.allowed if not one.is_closed]
        return max((end for end in ends if end), default=None) if None not in ends else None

    def is_open(self, today: date) -> bool:
        """Whether a visit may still be booked inside the time allowed."""
        return not self.has_ended(today) and not all(one.is_closed for one in self.allowed)

    def has_ended(self, today: date) -> bool:
        """Whether the time allowed is over: no visit inside it can still be to come."""
        end = self.window_end
        return end is not None and end < today


def heading(status: str, course: Course) -> tuple[str, str] | None:
    """To which state the visits carry a referral, and the word for it; None where it stays.

    One step at a time: a referral whose first visit was had without a word before it is first
    scheduled and then in treatment.
    """
    has_visit = bool(course.had or course.ahead)
    if status in {"accepted", "contacting", "missed_first"}:
        return ("scheduled", "booked") if has_visit else None
    if status != "scheduled" or (course.ahead and not course.had):
        return None
    if course.had:
        return "in_treatment", "first_visit"
    if course.is_last_missed:
        return "missed_first", "missed"
    return "contacting", "cancelled_visit"


def renewal_of(course: Course, today: date) -> Due | None:
    """When more visits are to be asked for, if that day has come.

    All authorisations count together, the latest says how early; what was left of one whose
    time is over is lost.
    """
    if not course.allowed:
        return None
    taken = [one.on for one in course.seen if one.is_used or one.is_reserved]
    visits = sum(_worth(one, course, today) for one in course.allowed)
    due = next_renewal(course.allowed[-1].rule, taken, course.window_end, visits)
    return due if due is not None and due.due_on <= today else None


def _worth(one: Allowed, course: Course, today: date) -> int:
    """Visits that an authorisation gives: those taken, once no other can be booked on it."""
    is_over = one.is_closed or (one.until is not None and one.until < today)
    last = course.window_end
    if not is_over or one.until == last:
        return one.visits
    return sum(1 for visit in course.seen if visit.authorisation_id == one.id and visit.is_used)


def report_of(one: Allowed, seen: Iterable[Seen], reported_on: Sequence[date]) -> Due | None:
    """By when an authorisation's next report is due, whether or not that day has come.

    ``reported_on`` are the days of the reports before: whoever was told of a visit is not told
    of it once more.
    """
    used = sorted(visit.on for visit in seen if visit.authorisation_id == one.id and visit.is_used)
    if not used:
        return None
    last = max(reported_on, default=None)
    fresh = [day for day in used if last is None or day > last]
    rest = one.visits - (len(used) - len(fresh))
    return next_report(one.rule, fresh, last or used[0], one.until, rest)
