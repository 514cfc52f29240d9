"""Which times may be offered: free time less buffers, on the grid."""

from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from zoneinfo import ZoneInfo

from clinic.core.clock import day_bounds, epoch, from_epoch
from clinic.scheduling.rules.times import is_on_grid

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
