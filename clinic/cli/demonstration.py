"""What happens in the demonstration clinic: its people, and some weeks of its days.

Everything is done by the clinic's own verbs, each at the moment at which it would
have been done, so that logs, counts and verdicts are as real as anybody's. All
names are invented.
"""

import random
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import select

from clinic.catalogue import services as catalogue
from clinic.catalogue.models import AddOn, EquipmentKind, Service, ServiceVariant
from clinic.cli.invented import (
    CLIENTS,
    ORDERS,
    ORGANISATIONS,
    PROVIDERS,
    THERAPISTS,
    WEEKDAYS,
)
from clinic.clients import services as clients
from clinic.clients.models import Client
from clinic.clients.rules import GivenPhone
from clinic.core.clock import instant, local_day, rehearsed
from clinic.core.db import db
from clinic.core.errors import DomainError
from clinic.core.permissions import SYSTEM, Actor, Role
from clinic.core.transactions import transaction
from clinic.directory import services as directory
from clinic.directory.models import Provider
from clinic.practice import services as practice
from clinic.practice.queries import the_practice
from clinic.referrals import services as referrals
from clinic.scheduling import services as scheduling
from clinic.scheduling.models import Visit
from clinic.staff import services as staff
from clinic.staff.models import Qualification, StaffMember
from clinic.staff.queries import actor_of
from clinic.timetable import services as timetable

NAME = "Willow Row Massage"
ZONE = "America/Chicago"
ACCOUNTS = {
    "owner": "owner@willowrow.example",
    "receptionist": "desk@willowrow.example",
    "therapist": "tessa@willowrow.example",
}
PAST, AHEAD = timedelta(days=16), timedelta(days=16)
REFERRED = 0.5
"""The share of a referred client's visits that go by the order."""
STARTS = (time(9), time(10, 30), time(12, 45), time(14, 15), time(15, 45))
LUNCH = 12 * 60, 12 * 60 + 45
ROOMS = (
    ("Ground floor, step-free", ("ACCESSIBLE", "HYDRAULIC", "SINK")),
    ("Quiet", ("QUIET", "SIDE_LYING")),
    ("Heat", ("HEAT", "SINK")),
    ("Two tables", ("MAT", "SIDE_LYING")),
)
NEEDS = {
    "GENTLE": ("HYDRAULIC",), "PRENATAL": ("SIDE_LYING",), "POSTPARTUM": ("SIDE_LYING",),
    "CRANIOSACRAL": ("QUIET",), "STRETCHING": ("MAT",),
}  # fmt: skip
PIECES = (
    ("STONE_HEATER", "Hot-stone heater"), ("CUPPING_SET", "Cupping set, blue"),
    ("CUPPING_SET", "Cupping set, clear"),
)  # fmt: skip
TAKES = {"ADD_HOTSTONE": "STONE_HEATER", "ADD_CUPPING": "CUPPING_SET"}
GENERAL = ("SWEDISH", "THERAPEUTIC", "MYOFASCIAL", "DEEP_TISSUE", "TRIGGER_NMT")
SPECIAL = {"PRENATAL": "PRENATAL", "MLD_TRAINING": "LYMPHATIC", "CST_TRAINING": "CRANIOSACRAL"}

Happening = tuple[datetime, Callable[[], object]]


@dataclass
class Cast:
    """Who and what the demonstration works with."""

    desk: Actor
    owner: Actor
    therapists: dict[str, StaffMember] = field(default_factory=dict)
    clients: list[Client] = field(default_factory=list)
    providers: list[Provider] = field(default_factory=list)
    referred: list[Client] = field(default_factory=list)
    lengths: dict[str, ServiceVariant] = field(default_factory=dict)


def fill(present: datetime) -> None:
    """Open the clinic some weeks ago and let its days pass until now."""
    begun = present - PAST
    with rehearsed(begun):
        cast = _open(local_day(begun, _settle()))
    for moment, act in _between(cast, present):
        with rehearsed(moment):
            _try(act)


def _settle() -> ZoneInfo:
    with transaction():
        practice.settle(
            actor=SYSTEM, name=NAME, timezone=ZONE, currency="USD", locale="en_US", region="US",
            phone="+1 312 555 0100", address="12 Willow Row, Springfield",
        )  # fmt: skip
    return the_practice().zone


def _try(act: Callable[[], object]) -> None:
    """Do it if the clinic's rules let it: what they refuse did not happen."""
    with suppress(DomainError), transaction():
        act()


def _open(day: date) -> Cast:
    with transaction():
        catalogue.stock_starter(actor=SYSTEM)
        desk = _hire("Rosa Feld", ACCOUNTS["receptionist"], Role.RECEPTIONIST)
        owner = _hire("Odette Marlow", ACCOUNTS["owner"], Role.OWNER)
        cast = Cast(actor_of(desk), actor_of(owner))
        for name, email, gender, trainings in THERAPISTS:
            weekdays = WEEKDAYS[name]
            member = _hire(name, email, Role.THERAPIST, gender)
            _qualify(member, ("LMT_LICENSE", "LIABILITY_INS", *trainings))
            _plan_hours(member, day, weekdays)
            cast.therapists[name] = member
    with transaction():
        for number, (note, features) in enumerate(ROOMS, 1):
            tables = ("Table", "Second table") if number == 4 else ("Table",)
            timetable.open_room(
                actor=SYSTEM, name=f"Room {number}", note=note, position=number, places=tables,
                features=features,
            )  # fmt: skip
        _equip()
    _fill_directory(cast)
    _register(cast)
    _log_orders(cast, day)
    query = select(ServiceVariant).join(Service).where(ServiceVariant.minutes == 60)
    cast.lengths = {one.service.code: one for one in db.session.scalars(query)}
    return cast


def _equip() -> None:
    """Say what services and add-ons need, so that each still finds a room."""
    kinds = {one.code: one for one in db.session.scalars(select(EquipmentKind))}
    for code, name in PIECES:
        timetable.bring_in(kinds[code], actor=SYSTEM, name=name)
    for service in db.session.scalars(select(Service).where(Service.code.in_(NEEDS))):
        catalogue.amend_service(service, actor=SYSTEM, features=NEEDS[service.code])
    for one in db.session.scalars(select(AddOn).where(AddOn.code.in_(TAKES))):
        catalogue.amend_add_on(
            one,
            actor=SYSTEM,
            name=one.name,
            extra_minutes=one.extra_minutes,
            technique=one.technique.code if one.technique else "",
            qualification=one.qualification.code if one.qualification else "",
            equipment=TAKES[one.code],
        )


def _hire(name: str, email: str, role: Role, gender: str = "") -> StaffMember:
    return staff.hire(actor=SYSTEM, name=name, email=email, roles=frozenset({role}), gender=gender)


def _qualify(member: StaffMember, codes: tuple[str, ...]) -> None:
    known = {one.code: one for one in db.session.scalars(select(Qualification))}
    for code in codes:
        until = date(2031, 3, 1) if code in ("LMT_LICENSE", "LIABILITY_INS") else None
        staff.qualify(
            member, known[code], actor=SYSTEM, valid_from=date(2021, 3, 1), valid_until=until
        )


def _plan_hours(member: StaffMember, day: date, weekdays: tuple[int, ...]) -> None:
    """From nine to six, with the lunch break between two stretches."""
    for weekday in weekdays:
        for starts, ends in ((9 * 60, LUNCH[0]), (LUNCH[1], 18 * 60)):
            timetable.plan_hours(
                member, actor=SYSTEM, weekday=weekday, starts=starts, ends=ends, from_on=day
            )


def _fill_directory(cast: Cast) -> None:
    with transaction():
        places = {
            name: directory.enter_organisation(
                actor=cast.owner, name=name, kind=kind, phone=phone, city=city
            )
            for name, kind, phone, city in ORGANISATIONS
        }
        for first, last, credentials, specialty, npi, place in PROVIDERS:
            cast.providers.append(
                directory.enter_provider(
                    actor=cast.owner, first_name=first, last_name=last, credentials=credentials,
                    specialty=specialty, npi=npi, organisation=places[place],
                )
            )  # fmt: skip


def _register(cast: Cast) -> None:
    with transaction():
        for number, (first, last, born, more) in enumerate(CLIENTS):
            phone = GivenPhone(f"+1312555{1000 + number * 37:04d}")
            client = clients.register(
                actor=cast.desk,
                first_name=first,
                last_name=last,
                birth_date=date.fromisoformat(born),
                phones=[phone],
                email=f"{_plain(first)}.{_plain(last)}@example.com",
                **more,
            )
            cast.clients.append(client)
        clients.caution(
            cast.clients[3], actor=cast.desk, alert="Rings at the side door", is_prepay_only=False
        )
        clients.stop_booking(
            cast.clients[-1],
            actor=cast.owner,
            reason="Unpaid since spring; the owner talks to them first.",
        )
        for client in cast.clients[::3]:
            clients.prefer(client, actor=cast.desk, pressure=3, lubricant="oil", talk="quiet")


def _plain(name: str) -> str:
    return "".join(letter for letter in name.casefold() if letter.isascii() and letter.isalpha())


def _log_orders(cast: Cast, day: date) -> None:
    with transaction():
        for client_number, provider_number, visits, reason, diagnosis in ORDERS:
            client, provider = cast.clients[client_number], cast.providers[provider_number]
            order = referrals.log(
                actor=cast.desk, client=client, provider=provider, received_on=day,
                organisation=provider.places[0].organisation, received_via="fax",
                frequency="once a week", reason=reason, diagnosis=diagnosis,
            )  # fmt: skip
            referrals.authorise(
                order, actor=cast.desk, visits=visits, valid_from=day,
                valid_until=day + timedelta(days=90), reference=f"A-{client_number:03d}",
            )  # fmt: skip
            cast.referred.append(client)


def _between(cast: Cast, present: datetime) -> Iterator[Happening]:
    """Everything that happens from the first day until now, in its order."""
    rng, zone = random.Random(7), the_practice().zone  # noqa: S311 - made-up days, no secrets
    first, last = local_day(present - PAST, zone), local_day(present + AHEAD, zone)
    happenings: list[Happening] = []
    visits: dict[int, Visit | None] = {}
    day = first + timedelta(days=1)
    while day <= last:
        for number, seat in enumerate(_seats(cast, day, rng), len(visits)):
            visits[number] = None
            happenings += _life(cast, visits, number, seat, present)
        day += timedelta(days=1)
    happenings.append((present - timedelta(days=1), lambda: _ask_for_time_off(cast, present)))
    yield from sorted((one for one in happenings if one[0] <= present), key=lambda one: one[0])


@dataclass(frozen=True)
class Seat:
    """One visit as it is to be: who, with whom, what and when."""

    client: Client
    therapist: StaffMember
    code: str
    starts_at: datetime


def _seats(cast: Cast, day: date, rng: random.Random) -> list[Seat]:
    zone = the_practice().zone
    waiting = rng.sample(cast.clients[:-1], len(cast.clients) - 1)
    seats = []
    for name, _, _, trainings in THERAPISTS:
        if day.weekday() not in WEEKDAYS[name]:
            continue
        codes = [*GENERAL, *(SPECIAL[one] for one in trainings if one in SPECIAL)]
        for start in sorted(rng.sample(STARTS, rng.choice((2, 3, 4)))):
            code = rng.choice(codes)
            starts_at = instant(day, start, zone, fold=0)
            seats.append(Seat(waiting.pop(), cast.therapists[name], code, starts_at))
    return seats


def _life(
    cast: Cast, visits: dict[int, Visit | None], number: int, seat: Seat, present: datetime
) -> list[Happening]:
    """What becomes of one visit: booked ahead, and on its day kept, missed or called off."""
    rng = random.Random(number)  # noqa: S311 - made-up fates, no secrets
    begins, treats = seat.starts_at, actor_of(seat.therapist)
    fate, minutes = rng.random(), timedelta(minutes=1)
    ahead = begins - timedelta(days=rng.choice((2, 4, 7, 14)), hours=2)
    booked_at = min(max(ahead, present - PAST + timedelta(hours=1)), present - timedelta(minutes=5))

    def book() -> None:
        visits[number] = scheduling.book(
            actor=cast.desk,
            client=seat.client,
            variant=cast.lengths[seat.code],
            therapist=seat.therapist,
            starts_at=begins,
            use_referral=seat.client in cast.referred and fate < REFERRED,
        )

    def then(
        act: Callable[..., object], actor: Actor = cast.desk, **more: object
    ) -> Callable[[], object]:
        def later() -> None:
            if visits[number] is not None:
                act(visits[number], actor=actor, **more)

        return later

    life: list[Happening] = [(booked_at, book)]
    if fate < 0.06:
        called_off = max(begins - rng.choice((3, 30)) * 60 * minutes, booked_at + minutes)
        return [*life, (called_off, then(scheduling.cancel, by="client", why="Away"))]
    if fate < 0.10:
        return [*life, (begins + 25 * minutes, then(scheduling.mark_no_show))]
    if fate < 0.6:
        asked = max(booked_at + minutes, begins - timedelta(hours=26))
        life.append((asked, then(scheduling.confirm)))
    return [
        *life,
        (begins - 4 * minutes, then(scheduling.check_in)),
        (begins + 2 * minutes, then(scheduling.start, treats)),
        (begins + 60 * minutes, then(scheduling.finish, treats)),
    ]


def _ask_for_time_off(cast: Cast, present: datetime) -> None:
    zone = the_practice().zone
    day = local_day(present + timedelta(days=30), zone)
    member = next(iter(cast.therapists.values()))
    timetable.ask(
        member,
        actor=actor_of(member),
        kind="vacation",
        starts_at=instant(day, time(9), zone, fold=0),
        ends_at=instant(day + timedelta(days=4), time(18), zone, fold=0),
    )
