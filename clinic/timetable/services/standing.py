"""What stands in the way of time that is to be taken from everybody."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from clinic.core.clock import now
from clinic.core.errors import Conflict
from clinic.core.words import Words, say
from clinic.timetable.models import TimeOff
from clinic.timetable.queries import resource_id_of_staff, visits_standing

_LISTED = 5
_FOR_GOOD = timedelta(days=3660)
"""Further ahead nothing is booked."""


class VisitsStand(Conflict):
    """Visits stand in that time; ``count`` of them, ``begin`` holds when the first begin."""

    def __init__(self, words: Words, count: int, begin: list[datetime]) -> None:
        super().__init__(words)
        self.count = count
        self.begin = begin


def refuse_while_visits_stand(
    resource_ids: Sequence[int], starts_at: datetime, ends_at: datetime
) -> None:
    """Raises VisitsStand, which says how many and when."""
    count, begin = visits_standing(resource_ids, starts_at, ends_at, _LISTED)
    if not count:
        return
    times = _listed(begin, count - len(begin))
    if count == 1:
        raise VisitsStand(
            say("A visit stands in that time: {times}. Move it first.", times=times), 1, begin
        )
    raise VisitsStand(
        say(
            "{count} visits stand in that time: {times}. Move them first.", count=count, times=times
        ),
        count,
        begin,
    )


def visits_in(time_off: TimeOff) -> int:
    """How many visits stand in time off that is asked for."""
    resource = resource_id_of_staff(time_off.staff_id)
    if resource is None:
        return 0
    return visits_standing([resource], time_off.starts_at, time_off.ends_at, 1)[0]


def refuse_while_visits_are_to_come(resource_ids: Sequence[int]) -> None:
    """The same from now on, for what is to be given up for good."""
    present = now()
    refuse_while_visits_stand(resource_ids, present, present + _FOR_GOOD)


def _listed(times: list[datetime], more: int) -> Words:
    """The times one after the other, and how many there are besides."""
    if len(times) > 1:
        return say("{first}; {rest}", first=times[0], rest=_listed(times[1:], more))
    if more:
        return say("{first}; and {count} more", first=times[0], count=more)
    return say("{first}", first=times[0])
