"""How long a paper that arrived has waited: only working days count, Monday to Friday."""

from dataclasses import dataclass
from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

from clinic.coordination.rules.workdays import is_working

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
    waited = _waited(_wall(arrived, zone), _wall(now, zone))
    return Age(waited // _DAY, waited % _DAY // _HOUR, is_late=waited > _DAY)


def _waited(since: datetime, until: datetime) -> timedelta:
    waited, at = timedelta(), since
    while at < until:
        midnight = datetime.combine(at.date() + _DAY, time.min)
        if is_working(at.date()):
            waited += min(midnight, until) - at
        at = midnight
    return waited


def late_before(now: datetime, zone: ZoneInfo) -> datetime:
    """What arrived before this instant has waited for more than one working day."""
    wall = _wall(now, zone)
    if not is_working(wall.date()):
        wall = datetime.combine(_earlier(wall) + _DAY, time.min)
    begins = datetime.combine(_earlier(wall), wall.time())
    return begins.replace(tzinfo=zone)


def _earlier(wall: datetime) -> datetime:
    """The working day before."""
    before = wall - _DAY
    while not is_working(before.date()):
        before -= _DAY
    return before


def _wall(instant: datetime, zone: ZoneInfo) -> datetime:
    return instant.astimezone(zone).replace(tzinfo=None)
