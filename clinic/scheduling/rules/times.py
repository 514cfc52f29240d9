"""When a visit may begin, and what is late."""

from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from clinic.core.clock import day_bounds, epoch, local_day

HOLD_MINUTES = 5
"""How long time is kept for a caller."""
HOLDS_MAX = 3
"""How many times one person may keep at once."""
UNDO_SECONDS = 10
"""How long "Undo" is offered after a change."""
UNDO_WITHIN = 30
"""Seconds within which a change is taken back, whatever the clocks and the lines do."""
PARTS = {"morning": (0, 720), "afternoon": (720, 1020), "evening": (1020, 1440)}
"""Parts of the day, in minutes after midnight."""


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
