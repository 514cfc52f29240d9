"""Whether given times can be booked, and where not: why, and when instead.

All of it is found in what two queries have read, however many times are asked.
"""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta

from clinic.core.clock import epoch, local_day, now, today
from clinic.core.words import Words, say
from clinic.practice.queries import the_practice
from clinic.scheduling.queries.ground import Day, Ground, read_ground
from clinic.scheduling.queries.lacks import (
    no_equipment,
    no_price,
    no_room,
    nobody_asked,
    not_able,
    not_offered,
    out_of_reach,
)
from clinic.scheduling.queries.taken import CLIENT, STAFF
from clinic.scheduling.queries.wishes import Answer, Opening, Person, Wish
from clinic.scheduling.rules import is_on_grid, runs

NEAR = 3
"""Days before and after a day that are looked at for another time."""
DAY = 86_400
INSTEAD = 3
"""How many other times are named."""


def answers(wish: Wish, wanted: Sequence[datetime]) -> list[Answer]:
    """An answer for each of these times, in their order. Two queries, whatever their number.

    The therapist is that of the wish, or whoever can. What is offered instead is nearest
    in time: the same day first, then up to three days off; the same therapist before others.
    """
    days = [_day(at) for at in wanted]
    reach = _reach([day for day in days if day is not None])
    if reach is None:
        return [Answer(at, None, _why_never(at)) for at in wanted]
    # Others may be offered instead, so nobody is left out but by the wish for a gender.
    ground = read_ground(wish, *reach)
    anybody = replace(ground, wish=replace(wish, therapist_id=None))
    people = [one for one in ground.still.people if anybody.is_asked(one) or ground.is_asked(one)]
    return [
        _answer(ground, people, at, day) if day is not None else Answer(at, None, _why_never(at))
        for at, day in zip(wanted, days, strict=True)
    ]


def _bounds() -> tuple[date, date]:
    practice = the_practice()
    this_day = today(practice.zone)
    return this_day, this_day + timedelta(days=practice.horizon)


def _day(at: datetime) -> date | None:
    """The clinic's day of a time, where it is one that can be booked at all."""
    first, last = _bounds()
    if not first.year - 1 <= at.year <= last.year + 1:
        return None
    day = local_day(at, the_practice().zone)
    return day if first <= day <= last else None


def _reach(days: Sequence[date]) -> tuple[date, date] | None:
    if not days:
        return None
    first, last = _bounds()
    near = timedelta(days=NEAR)
    return max(first, min(days) - near), min(last, max(days) + near)


def _why_never(at: datetime) -> Words:
    return say("That time has passed.") if at < now() else out_of_reach(_bounds()[1])


def _answer(ground: Ground, people: Sequence[Person], at: datetime, on: date) -> Answer:
    day = ground.on(on, people)
    found = _at(ground, day, at)
    if found is not None:
        return Answer(at, found, screened=ground.screening(on))
    instead = _nearest(ground, people, at, on)
    return Answer(at, None, _why(ground, day, at), instead, ground.screening(on))


def _minute(day: Day, at: datetime) -> int | None:
    """The minute of the day, where it is a whole one."""
    minute, rest = divmod(epoch(at) - day.begin, 60)
    return minute if not rest and not at.microsecond else None


def _at(ground: Ground, day: Day, at: datetime) -> Opening | None:
    minute = _minute(day, at)
    if minute is None or not day.ground.starts >> minute & 1:
        return None
    found = ground.openings(day, 1 << minute)
    return next((one for one in found if ground.is_asked(one.therapist)), None)


# ---- instead


def _nearest(ground: Ground, people: Sequence[Person], at: datetime, on: date) -> Sequence[Opening]:
    first, last = _bounds()
    found: dict[int, Opening] = {}
    for distance in range(NEAR + 1):
        near = {on - timedelta(days=distance), on + timedelta(days=distance)}
        open_ones = (
            one for day in near if first <= day <= last for one in _open(ground, people, day)
        )
        for one in sorted(open_ones, key=lambda one: _farness(ground, one, at)):
            found.setdefault(one.at, one)
            if len(found) == INSTEAD:
                return tuple(found.values())
    return tuple(found.values())


def _open(ground: Ground, people: Sequence[Person], on: date) -> Iterator[Opening]:
    day = ground.on(on, people)
    return ground.openings(day, ground.wished(day))


def _farness(ground: Ground, one: Opening, at: datetime) -> tuple[bool, int, int, int]:
    apart = abs(one.at - epoch(at)) % DAY  # on another day, near the same time of the day
    return (not ground.is_asked(one.therapist), min(apart, DAY - apart), one.at, one.waste)


# ---- why not


def _why(ground: Ground, day: Day, at: datetime) -> Words:
    """The first of what is in the way, asked in the order in which booking asks."""
    minute = _minute(day, at)
    untimely = _untimely(ground, at)
    if untimely is not None or minute is None:
        return untimely or _off_grid()
    return (
        not_offered(ground)
        or no_price(ground, day.on)
        or no_room(ground)
        or no_equipment(ground)
        or ground.health_refuses(day.on)
        or _no_person(ground, day, minute)
        or _client_is_taken(ground, day, minute)
        or _no_table(ground, day, minute)
        or _no_piece(ground, day, minute)
        or say("Therapist, room and equipment are not free together then.")
    )


def _off_grid() -> Words:
    return say("Visits begin every {minutes} minutes.", minutes=the_practice().slot_grid)


def _untimely(ground: Ground, at: datetime) -> Words | None:
    practice = the_practice()
    if not is_on_grid(at, practice.zone, practice.slot_grid):
        return _off_grid()
    if epoch(at) >= ground.earliest:
        return None
    if at < now():
        return say("That time has passed.")
    return say("Book at least {minutes} minutes ahead.", minutes=practice.min_lead)


def _no_person(ground: Ground, day: Day, minute: int) -> Words | None:
    """Who is asked, may, works, is not taken and bears it: whom the last question leaves."""
    people = [one for one in ground.still.people if ground.is_asked(one)]
    if not people:
        return nobody_asked(ground)
    able = [one for one in people if one.is_able(ground.needed_on(day.on), day.on)]
    if not able:
        return not_able(ground, people, day.on)
    wanted = ground.block.taken_from(minute)
    at_work = [one for one in able if wanted and not wanted & ~ground.worked(one, day)]
    if not at_work:
        return _named(ground, able, "{name} does not work then, turnover included.") or say(
            "Nobody who can give this works then, turnover included."
        )
    free = [one for one in at_work if not wanted & ~ground.free(STAFF, one.id, day)]
    if not free:
        return _who_is_taken(ground, at_work, day, minute)
    if not any(ground.bears(one, day) for one in free):
        return _too_much(ground, free)
    return None


def _named(ground: Ground, people: Sequence[Person], message: str) -> Words | None:
    if ground.wish.therapist_id is None:
        return None
    return say(message, name=people[0].name)


def _who_is_taken(ground: Ground, people: Sequence[Person], day: Day, minute: int) -> Words:
    if ground.wish.therapist_id is None:
        return say("Everybody who can give this is taken then.")
    first = day.begin + (minute - ground.block.before) * 60
    has = ground.taken.has(people[0].id, first, first + ground.block.whole * 60)
    name = people[0].name
    if "time_off" in has:
        return say("{name} is away then.", name=name)
    if "visit" in has:
        return say("{name} is taken then.", name=name)
    return say("That time is kept for somebody just now. Wait a little, or choose another.")


def _too_much(ground: Ground, people: Sequence[Person]) -> Words:
    if ground.wish.therapist_id is None:
        return say("Everybody who is free then has treated enough that day.")
    return say(
        "{name} would treat more than {minutes} minutes that day.",
        name=people[0].name,
        minutes=ground.limit_of(people[0]),
    )


def _client_is_taken(ground: Ground, day: Day, minute: int) -> Words | None:
    if runs(ground.free(CLIENT, 0, day), ground.block.treatment) >> minute & 1:
        return None
    return say("The client has another visit then.")


def _no_table(ground: Ground, day: Day, minute: int) -> Words | None:
    wanted = ground.block.taken_from(minute)
    if any(not wanted & ~free for free in day.ground.tables):
        return None
    if ground.wish.place_id is not None:
        return say("This room is taken then.")
    what = ", ".join(sorted(ground.still.features.values()))
    if what:
        return say("No room with {what} is free then.", what=what)
    return say("No room is free then. Choose another time.")


def _no_piece(ground: Ground, day: Day, minute: int) -> Words | None:
    wanted = ground.block.taken_from(minute)
    for kind, pieces in zip(ground.kinds, day.ground.kinds, strict=False):
        if all(wanted & ~free for free in pieces):
            return say("Every {what} is taken then.", what=ground.still.named.get(kind, ""))
    return None
