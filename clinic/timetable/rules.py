"""Stretches of time as pairs of whole numbers, and wall clocks as seconds.

An interval is half open: ``(start, end)`` holds its start and not its end. Lists
of intervals that these functions give back are sorted, apart, and not empty.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

Interval = tuple[int, int]

MINUTE = 60
DAY_MINUTES = 24 * 60
LONGEST_ABSENCE = 366
"""Days: time off longer than a year is a mistyped date."""

TIME_OFF_EDGES = {
    "requested": frozenset({"approved", "declined", "cancelled"}),
    "approved": frozenset({"cancelled"}),
    "declined": frozenset({"approved"}),
    "cancelled": frozenset[str](),
}
"""Where a request for time off can go from each of its states."""


def union(intervals: Iterable[Interval]) -> list[Interval]:
    """All that any of them covers; what touches is joined."""
    joined: list[Interval] = []
    for start, end in sorted(intervals):
        if start >= end:
            continue
        if joined and start <= joined[-1][1]:
            joined[-1] = (joined[-1][0], max(end, joined[-1][1]))
        else:
            joined.append((start, end))
    return joined


def minus(some: Iterable[Interval], others: Iterable[Interval]) -> list[Interval]:
    """What the first cover and the others do not."""
    left: list[Interval] = []
    holes, first = union(others), 0
    for start, end in union(some):
        while first < len(holes) and holes[first][1] <= start:
            first += 1
        at, number = start, first
        while number < len(holes) and holes[number][0] < end:
            if at < holes[number][0]:
                left.append((at, holes[number][0]))
            at = max(at, holes[number][1])
            number += 1
        if at < end:
            left.append((at, end))
    return left


def clip(intervals: Iterable[Interval], since: int, until: int) -> list[Interval]:
    """What lies between two moments."""
    return union((max(start, since), min(end, until)) for start, end in intervals)


def to_grid(intervals: Iterable[Interval], step: int, origin: int = 0) -> list[Interval]:
    """Each stretch from its first grid line on; ``step`` and ``origin`` in its own unit."""
    return [
        (begun, end)
        for start, end in union(intervals)
        if (begun := start + (origin - start) % step) < end
    ]


@dataclass(frozen=True, slots=True)
class Hours:
    """A stretch of a weekday, in minutes after midnight, from one date until another."""

    weekday: int
    starts: int
    ends: int
    from_on: date
    until_on: date | None = None

    def hold_on(self, day: date) -> bool:
        """Whether they are worked on this day."""
        ended = self.until_on is not None and self.until_on < day
        return self.weekday == day.weekday() and self.from_on <= day and not ended

    def overlap(self, other: "Hours") -> bool:
        """Whether somebody would work twice at once."""
        return (
            self.weekday == other.weekday
            and self.starts < other.ends
            and other.starts < self.ends
            and (self.until_on is None or other.from_on <= self.until_on)
            and (other.until_on is None or self.from_on <= other.until_on)
        )


Exception_ = tuple[int | None, int | None]


def worked(
    day: date, weekly: Iterable[Hours], exceptions: Sequence[Exception_] = ()
) -> list[Interval]:
    """Minutes after midnight that somebody works; a day with exceptions has only those."""
    if exceptions:
        return union(
            (starts, ends) for starts, ends in exceptions if starts is not None and ends is not None
        )
    return union((hours.starts, hours.ends) for hours in weekly if hours.hold_on(day))


def wall_second(day: date, minute: int, zone: ZoneInfo) -> int:
    """The first second of a day at which its clock shows this minute (0 to 1440) or a later one.

    A time that the clocks jump over is the moment of the jump; of a time that comes
    twice, the first counts; 1440 is the beginning of the next day.
    """
    start, end, is_plain = day_of(day, zone)
    if minute >= DAY_MINUTES:
        return end
    if is_plain:
        return start + minute * MINUTE
    return min(max(_of_wall(day, minute, zone), start), end)


def seconds(day: date, minutes: Iterable[Interval], zone: ZoneInfo) -> list[Interval]:
    """Stretches of wall minutes as stretches of seconds since 1970."""
    return union(
        (wall_second(day, start, zone), wall_second(day, end, zone)) for start, end in minutes
    )


def minutes_on(day: date, minutes: Iterable[Interval], zone: ZoneInfo) -> int:
    """Stretches of wall minutes as bits: bit n is the minute n after the day's first second."""
    start, _, is_plain = day_of(day, zone)
    bits = 0
    for first, end in minutes:
        if not is_plain:
            first = (wall_second(day, first, zone) - start) // MINUTE  # noqa: PLW2901
            end = (wall_second(day, end, zone) - start) // MINUTE  # noqa: PLW2901
        bits |= (1 << end) - (1 << first)
    return bits


@lru_cache(maxsize=2048)
def day_of(day: date, zone: ZoneInfo) -> tuple[int, int, bool]:
    """First second of a day and of the next, and whether its clock runs evenly."""
    first = datetime.combine(day, time.min, zone)
    after = datetime.combine(day + timedelta(days=1), time.min, zone)
    start, end = int(first.astimezone(UTC).timestamp()), int(after.astimezone(UTC).timestamp())
    is_even = end - start == DAY_MINUTES * MINUTE and first.utcoffset() == after.utcoffset()
    return start, end, is_even


def _of_wall(day: date, minute: int, zone: ZoneInfo) -> int:
    wall = datetime.combine(day, time(minute // 60, minute % 60), zone)
    second = int(wall.astimezone(UTC).timestamp())
    if datetime.fromtimestamp(second, zone).replace(tzinfo=None, fold=0) == wall.replace(
        tzinfo=None
    ):
        return second
    # In a gap fold 1 reads the clock as it is after the jump, fold 0 as before it.
    low, high = int(wall.replace(fold=1).astimezone(UTC).timestamp()), second
    before = datetime.fromtimestamp(low, zone).utcoffset()
    while high - low > 1:
        middle = (low + high) // 2
        if datetime.fromtimestamp(middle, zone).utcoffset() == before:
            low = middle
        else:
            high = middle
    return high
