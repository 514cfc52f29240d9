"""Which times may be offered: a day as bits, one for each of its minutes.

Bit ``n`` of a whole number stands for the minute ``n`` after the day's first second. All
that takes time begins and ends on whole minutes, or is counted from the minute it begins in
to the one it ends in, so nothing is lost: visits themselves begin on the grid.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import lru_cache
from zoneinfo import ZoneInfo

from clinic.core.clock import day_bounds, epoch, from_epoch
from clinic.scheduling.rules.times import is_on_grid

Span = tuple[int, int]
"""From one second (since 1970) until another, the end not included."""
Bits = int
"""Minutes of a day: bit n is the minute n after its first second."""
MINUTE = 60


@dataclass(frozen=True, slots=True)
class Block:
    """What a visit takes, in minutes: the client for the treatment, the rest with its buffers.

    ``shortest`` is the shortest thing that could still be sold, its buffers included.
    """

    treatment: int
    before: int = 0
    after: int = 0
    shortest: int = 0

    @property
    def whole(self) -> int:
        return self.before + self.treatment + self.after

    def taken_from(self, minute: int) -> Bits:
        """The minutes that a visit beginning then takes, buffers included; before the
        first of the day there are none, so 0 says that it does not fit."""
        first = minute - self.before
        return stretch(first, first + self.whole) if first >= 0 else 0


@dataclass(slots=True)
class DayGround:
    """One day of a search: the minutes in which each is free.

    ``starts`` are the beginnings that come into question; ``people`` stand in the order in
    which they are named, ``tables`` and the pieces of each kind in any; ``client`` is free.
    """

    starts: Bits
    people: Sequence[Bits]
    tables: Sequence[Bits]
    client: Bits
    kinds: Sequence[Sequence[Bits]] = field(default_factory=list)


def stretch(first: int, end: int) -> Bits:
    """The minutes from one on until another, which is not included."""
    return (1 << end) - (1 << first) if end > first else 0


def minutes_in(spans: Iterable[Span], begin: int, minutes: int) -> Bits:
    """What these spans touch of a day that begins at a second and has so many minutes."""
    bits = 0
    for starts, ends in spans:
        first = (starts - begin) // MINUTE if starts > begin else 0
        end = -((begin - ends) // MINUTE)
        if end > first:
            bits |= (1 << end) - (1 << first)
    return bits & ((1 << minutes) - 1)


def runs(free: Bits, minutes: int) -> Bits:
    """The minutes from which on so many in a row are free."""
    known = 1
    while known * 2 <= minutes:
        free &= free >> known
        known *= 2
    return free & free >> (minutes - known) if minutes > known else free


def minutes_of(bits: Bits) -> Iterator[int]:
    """The minutes that are set, the first first."""
    while bits:
        lowest = bits & -bits
        yield lowest.bit_length() - 1
        bits ^= lowest


def common_starts(ground: DayGround, block: Block) -> Bits:
    """The beginnings at which the client, a table and a piece of each kind are free."""
    found = ground.starts & runs(ground.client, block.treatment)
    for several in (ground.tables, *ground.kinds):
        if not found:
            break
        some = 0
        for free in several:
            some |= runs(free, block.whole)
        found &= some << block.before
    return found


def graded(free: Bits, starts: Bits, block: Block) -> tuple[Bits, Bits, Bits]:
    """Where somebody with this free time can begin: with no side wasted, with one, with both.

    A side is wasted where something remains on it that is too short to be sold.
    """
    fits = runs(free, block.whole) << block.before & starts
    if not fits or block.shortest <= 0:
        return fits, 0, 0
    sold = runs(free, block.shortest)
    left = (~(free << 1) | sold << block.shortest) << block.before
    right = (~free | sold) >> (block.treatment + block.after)
    return fits & left & right, fits & (left ^ right), fits & ~(left | right)


def open_starts(ground: DayGround, block: Block) -> Iterator[tuple[int, int, int]]:
    """What can be booked on a day: minute, sides wasted, number of the person.

    First what wastes least, then the earlier, then as people are named.
    """
    common = common_starts(ground, block)
    if not common:
        return
    people = [graded(free, common, block) for free in ground.people]
    for waste in range(3):
        found = [
            (minute, number)
            for number, grades in enumerate(people)
            for minute in minutes_of(grades[waste])
        ]
        for minute, number in sorted(found):
            yield minute, waste, number


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


@lru_cache(maxsize=2048)
def grid_minutes(day: date, zone: ZoneInfo, grid: int) -> Bits:
    """The grid of a local day."""
    found = grid_of(day, zone, grid)
    begin = epoch(day_bounds(day, zone)[0])
    bits = 0
    for at in found:
        bits |= 1 << (at - begin) // MINUTE
    return bits
