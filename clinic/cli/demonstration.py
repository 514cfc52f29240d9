"""What happens in the demonstration clinic: its people, and some weeks of its days.

Everything is done by the clinic's own verbs, each at the moment at which it would
have been done, so that logs, counts and verdicts are as real as anybody's. All
names are invented.
"""

import random
from collections.abc import Callable, Iterator
from contextlib import suppress
from datetime import date, datetime, timedelta
from functools import partial
from zoneinfo import ZoneInfo

from clinic.cli import health, noting, referring, today
from clinic.cli.invented import HOURS, THERAPISTS
from clinic.cli.opening import ACCOUNTS, Cast, opened
from clinic.cli.readying import get_checked, get_ready
from clinic.cli.today import (
    BOOKED,
    CALLED_OFF,
    CONFIRMED,
    KEPT,
    LATE,
    MISSING,
    NO_SHOW,
    SOON,
    Seat,
    at,
)
from clinic.core.clock import local_day, rehearsed
from clinic.core.errors import DomainError
from clinic.core.permissions import SYSTEM, Actor
from clinic.core.transactions import transaction
from clinic.practice import services as practice
from clinic.practice.queries import the_practice
from clinic.scheduling import services as scheduling
from clinic.scheduling.models import Series, Visit
from clinic.staff.queries import actor_of

__all__ = ["ACCOUNTS", "NAME", "fill"]

NAME = "Willow Row Massage"
ZONES = (
    "America/Chicago", "America/New_York", "America/Denver", "America/Los_Angeles",
    "America/Anchorage", "America/Halifax", "America/Sao_Paulo", "America/Noronha",
    "Atlantic/Azores", "Europe/London", "Europe/Berlin", "Europe/Athens", "Europe/Istanbul",
    "Asia/Dubai", "Asia/Karachi", "Asia/Dhaka", "Asia/Bangkok", "Asia/Singapore", "Asia/Tokyo",
    "Australia/Brisbane", "Pacific/Noumea", "Pacific/Auckland", "Pacific/Fiji",
    "Pacific/Gambier", "Pacific/Honolulu", "Pacific/Pago_Pago", "Atlantic/Cape_Verde",
)  # fmt: skip
"""Where the clinic may be: there is always one where it is between eleven and twelve."""
LATE_MORNING = 11
PAST, AHEAD = timedelta(days=16), timedelta(days=14)
REFERRED = 0.5
"""The share of a referred client's visits that go by the order."""
FULL = 7
"""Days before and after that are well booked; later ones are not yet."""
EVERY = 90
"""Minutes from one beginning to the next on an ordinary day."""
GENERAL = ("SWEDISH", "THERAPEUTIC", "MYOFASCIAL", "DEEP_TISSUE", "TRIGGER_NMT")
SPECIAL = {"PRENATAL": "PRENATAL", "MLD_TRAINING": "LYMPHATIC", "CST_TRAINING": "CRANIOSACRAL"}
FATES = (KEPT,) * 5 + (CONFIRMED,) * 5 + (CALLED_OFF, NO_SHOW, LATE) + (KEPT, CONFIRMED) * 4

BY_PLAN = ("Diallo",)
"""Who comes only on the days that are given: not everything would suit them."""

Happening = tuple[datetime, Callable[[], object]]


def fill(present: datetime) -> None:
    """Open the clinic some weeks ago, where it is late morning now, and let its days pass."""
    begun = present - PAST
    with rehearsed(begun):
        zone = _settle(present)
        cast = opened(local_day(begun, zone), local_day(present, zone))
    for moment, act in _between(cast, present):
        with rehearsed(moment):
            _try(act)


def zone_at(present: datetime) -> str:
    """The zone in which a demonstration is at its best now: the morning seen, the day ahead."""
    return next(
        (one for one in ZONES if present.astimezone(ZoneInfo(one)).hour == LATE_MORNING), ZONES[0]
    )


def _settle(present: datetime) -> ZoneInfo:
    with transaction():
        practice.settle(
            actor=SYSTEM, name=NAME, timezone=zone_at(present), currency="USD", locale="en_US",
            region="US", phone="+1 312 555 0100", address="12 Willow Row, Springfield",
        )  # fmt: skip
    return the_practice().zone


def _try(act: Callable[[], object]) -> None:
    """Do it if the clinic's rules let it: what they refuse did not happen."""
    if act is referring.empty_outbox:
        act()  # each message is sent in a transaction of its own
        return
    with suppress(DomainError), transaction():
        act()


def _between(cast: Cast, present: datetime) -> Iterator[Happening]:
    """Everything that happens from the first day until now, in its order."""
    rng = random.Random(7)  # noqa: S311 - made-up days, no secrets
    first = cast.today - PAST + timedelta(days=1)
    happenings = [*_one_by_one(cast, present), *_taper(cast, present)]
    happenings += health.deeds(cast, present)
    happenings += referring.deeds(cast, present)
    number = 0
    for ahead in range((PAST + AHEAD).days):
        for seat in _seats(cast, first + timedelta(days=ahead), present, rng):
            happenings += _life(cast, number, seat, present)
            number += 1
    yield from sorted((one for one in happenings if one[0] <= present), key=lambda one: one[0])


def _one_by_one(cast: Cast, present: datetime) -> list[Happening]:
    """What happens but once, and when."""
    begun, day, hour = present - PAST, timedelta(days=1), timedelta(hours=1)
    return [
        *((begun + hour / 4, partial(today.be_away, cast, one)) for one in range(2)),
        (present - 6 * day, partial(today.book_a_couple, cast)),
        (present - 2 * day, partial(today.overlap, cast)),
        *((present - (3 - one) * day, partial(today.wait, cast, one)) for one in range(3)),
        (present - day, partial(today.ask_for_time_off, cast)),
        (present - day, partial(today.stop_booking, cast)),
        (present - 2 * hour, partial(today.work_other_hours, cast)),
        (present - hour / 2, partial(today.offer, cast)),
        (present - 3 * day, referring.empty_outbox),
    ]


def _taper(cast: Cast, present: datetime) -> list[Happening]:
    """A plan that began two weeks ago: its first visits were had, one ahead was cancelled."""
    made: list[Series] = []

    def of(number: int) -> Visit | None:
        return made[0].items[number - 1].visit if made else None

    who = actor_of(cast.therapists[today.SERIES[1]])
    happenings: list[Happening] = [
        (present - PAST + timedelta(minutes=30), lambda: made.append(today.plan_a_taper(cast))),
        (present - timedelta(days=1), lambda: today.cancel_one(cast, of(today.CANCELLED))),
    ]
    for number, past in ((1, 14), (2, 7), (3, 0)):
        begins = at(cast.today - timedelta(days=past), today.SERIES[2])
        happenings += _course(cast, partial(of, number), who, begins, 60, KEPT)
        if past:
            measure = partial(noting.measure, cast, today.SERIES[0], number - 1, actor=who)
            happenings.append((begins + timedelta(minutes=1), measure))
    happenings.append((present - timedelta(days=13), lambda: _plan(cast, made, who)))
    return happenings


def _plan(cast: Cast, made: list[Series], who: Actor) -> None:
    noting.plan_treatment(cast, today.SERIES[0], made[0] if made else None, actor=who)


def _seats(cast: Cast, day: date, present: datetime, rng: random.Random) -> list[Seat]:
    ahead = (day - cast.today).days
    if not ahead:
        return today.seats_of_today(cast, present)
    anybody = [one for one in cast.clients[:-1] if one.last_name not in BY_PLAN]
    waiting = rng.sample(anybody, len(anybody))
    seats: list[Seat] = []
    for name, _, _, trainings in THERAPISTS:
        _, free, *stretches = HOURS[name]
        if ahead % 7 in free:
            continue
        given = today.fixed_seats(cast, ahead, name)
        if given is not None:
            seats += given
            continue
        codes = [*GENERAL, *(SPECIAL[one] for one in trainings if one in SPECIAL)]
        starts = [
            minute for begin, end in stretches for minute in range(begin + 15, end - 74, EVERY)
        ]
        for minute in sorted(rng.sample(starts, rng.choice(_how_many(ahead)))):
            code, fate = rng.choice(codes), rng.choice(FATES)
            seats.append(Seat(waiting.pop(), cast.therapists[name], code, at(day, minute), fate))
    return seats


def _how_many(ahead: int) -> tuple[int, ...]:
    """How many visits a therapist may have on a day: what is past is seldom looked at."""
    if ahead < 0:
        return (2, 3) if ahead >= -FULL else (1, 2)
    return (3, 4) if ahead <= FULL else (1, 2, 3)


def _life(cast: Cast, number: int, seat: Seat, present: datetime) -> list[Happening]:
    """What becomes of one visit: booked ahead, and on its day kept, missed or called off."""
    rng = random.Random(number)  # noqa: S311 - made-up fates, no secrets
    begins, hour = seat.starts_at, timedelta(hours=1)
    ahead = begins - timedelta(days=rng.choice((2, 4, 7, 14)), hours=2)
    lately = present - rng.randrange(3, 140) * hour
    booked_at = max(ahead if ahead < present else lately, present - PAST + hour)
    is_today = local_day(begins, the_practice().zone) == cast.today
    use_referral = seat.client in cast.referred and (is_today or rng.random() < REFERRED)
    made: list[Visit] = []

    def book() -> None:
        made.append(
            scheduling.book(
                actor=cast.desk,
                client=seat.client,
                variant=cast.lengths[seat.code, seat.minutes],
                therapist=seat.therapist,
                starts_at=begins,
                place=cast.homes[seat.therapist.name],
                add_ons=[cast.add_ons[seat.add_on]] if seat.add_on else [],
                use_referral=use_referral,
                note=seat.note,
                self_pay=True,
            )
        )

    def visit() -> Visit | None:
        return made[0] if made else None

    treats = actor_of(seat.therapist)
    course = _course(cast, visit, treats, begins, seat.minutes, seat.fate)
    if seat.fate in (NO_SHOW, LATE) and not is_today:
        charge = _doing(visit, scheduling.settle_fee, cast.desk, is_charged=True)
        course.append((begins + 2 * hour, charge))
    if seat.fate == SOON:
        course = [
            (present - timedelta(minutes=4), _doing(visit, scheduling.check_in, cast.desk)),
            (present - timedelta(minutes=2), _doing(visit, get_checked, treats)),
        ]
    return [(booked_at, book), *((max(when, booked_at + hour / 60), act) for when, act in course)]


def _doing(
    visit: Callable[[], Visit | None], act: Callable[..., object], actor: Actor, **more: object
) -> Callable[[], object]:
    def later() -> None:
        found = visit()
        if found is not None:
            act(found, actor=actor, **more)

    return later


def _course(
    cast: Cast, visit: Callable[[], Visit | None], treats: Actor, begins: datetime, minutes: int,
    fate: str,
) -> list[Happening]:  # fmt: skip
    """What is done with a visit that is booked."""
    minute, doing = timedelta(minutes=1), partial(_doing, visit)
    if fate in (BOOKED, MISSING):
        return []
    if fate == CALLED_OFF:
        return [
            (begins - 50 * 60 * minute, doing(scheduling.cancel, cast.desk, by="client", why="Ill"))
        ]
    if fate == LATE:
        return [
            (begins - 3 * 60 * minute, doing(scheduling.cancel, cast.desk, by="client", why="Away"))
        ]
    if fate == NO_SHOW:
        return [(begins + 20 * minute, doing(scheduling.mark_no_show, cast.desk))]
    kept: list[Happening] = [
        (begins - 4 * minute, doing(scheduling.check_in, cast.desk)),
        (begins + minute, doing(get_ready, treats)),
        (begins + 2 * minute, doing(scheduling.start, treats)),
        (begins + minutes * minute, doing(scheduling.finish, treats)),
        (begins + (minutes + 5) * minute, doing(noting.write_note, treats, today=cast.today)),
    ]
    if fate == CONFIRMED:
        kept.insert(0, (begins - timedelta(hours=26), doing(scheduling.confirm, cast.desk)))
    return kept
