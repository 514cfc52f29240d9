"""How long a paper that arrived has waited: only working days count, Monday to Friday."""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from clinic.coordination.rules.workdays import is_working
from clinic.core.clock import local_day

NOTE_MAX = 200
WHY_MAX = 200
"""Characters."""
_DAY = timedelta(days=1)
_HOUR = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Age:
    """Whole working days and hours that a paper has waited; ``is_late`` after more than a day."""

    days: int
    hours: int
    is_late: bool


def age_of(arrived: datetime, now: datetime, zone: ZoneInfo) -> Age:
    """How long it has waited, by the clinic's clock: what falls on a weekend does not count."""
    since, until = (one.astimezone(zone).replace(tzinfo=None) for one in (arrived, now))
    day, last, waited = local_day(arrived, zone), local_day(now, zone), timedelta()
    while day <= last:
        begins = datetime.combine(day, time.min)
        if is_working(day):
            waited += max(min(until, begins + _DAY) - max(since, begins), timedelta())
        day += _DAY
    return Age(waited // _DAY, waited % _DAY // _HOUR, is_late=waited > _DAY)


def late_before(now: datetime, zone: ZoneInfo) -> datetime:
    """What arrived before this instant has waited for more than one working day."""
    day = local_day(now, zone)
    # On a weekend the last working day is over, and no hour of another one has begun.
    at = now.astimezone(zone).time() if is_working(day) else time.min
    return datetime.combine(_working_day_before(day), at, tzinfo=zone)


def _working_day_before(day: date) -> date:
    before = day - _DAY
    while not is_working(before):
        before -= _DAY
    return before
