"""Time: aware instants in UTC, plain dates, and the clinic's own days.

A wall time has no meaning without the clinic's zone; every step between the two
is taken here, so that both days on which the clocks change are right.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from clinic.core.errors import DomainError
from clinic.core.words import say

_rehearsed: ContextVar[datetime | None] = ContextVar("rehearsed", default=None)


def now() -> datetime:
    """The present instant, aware, in UTC."""
    return _rehearsed.get() or datetime.now(UTC)


@contextmanager
def rehearsed(moment: datetime) -> Iterator[None]:
    """Work as if it were another instant: for a demonstration's past, never for real records."""
    token = _rehearsed.set(moment)
    try:
        yield
    finally:
        _rehearsed.reset(token)


def today(zone: ZoneInfo) -> date:
    """The date on the clinic's calendar."""
    return now().astimezone(zone).date()


def local_day(instant: datetime, zone: ZoneInfo) -> date:
    """The clinic's calendar day on which an instant falls."""
    return instant.astimezone(zone).date()


def day_bounds(day: date, zone: ZoneInfo) -> tuple[datetime, datetime]:
    """First instant of a local day and of the next one: 23, 24 or 25 hours apart."""
    return _midnight(day, zone), _midnight(day + timedelta(days=1), zone)


def _midnight(day: date, zone: ZoneInfo) -> datetime:
    return datetime.combine(day, time.min, zone).astimezone(UTC)


class NoSuchTime(DomainError):
    """The clocks jump over this wall time."""


class TwiceThatDay(DomainError):
    """The clocks go back over this wall time: it has to be said which of the two is meant."""


def instant(day: date, wall: time, zone: ZoneInfo, fold: int | None = None) -> datetime:
    """The instant of a wall time; of one that comes twice, ``fold`` says which (0 first, 1 last).

    Raises NoSuchTime for a time that the clocks jump over, TwiceThatDay for one that
    comes twice where nobody said which.
    """
    aware = datetime.combine(day, wall, zone).replace(fold=fold or 0)
    moment = aware.astimezone(UTC)
    if moment.astimezone(zone).replace(tzinfo=None) != aware.replace(tzinfo=None):
        raise NoSuchTime(
            say(
                "The clocks change that night: {time} does not exist.", time=wall.strftime("%H:%M")
            ),
            field="time",
        )
    if fold is None and aware.utcoffset() != aware.replace(fold=1).utcoffset():
        raise TwiceThatDay(
            say(
                "The clocks go back that night: {time} comes twice. Say which is meant.",
                time=wall.strftime("%H:%M"),
            ),
            field="fold",
        )
    return moment


def epoch(moment: datetime) -> int:
    """Whole seconds since 1970, as the database's ranges count them."""
    if moment.tzinfo is None:
        raise ValueError("a naive time has no place here")
    return int(moment.timestamp())


def from_epoch(seconds: int) -> datetime:
    """The instant of a count of seconds, in UTC."""
    return datetime.fromtimestamp(seconds, UTC)
