"""How the demonstration clinic is opened: its people, rooms, prices, clients and orders."""

from dataclasses import dataclass, field
from datetime import date, timedelta

from sqlalchemy import select

from clinic.catalogue import services as catalogue
from clinic.catalogue.models import AddOn, EquipmentKind, Service, ServiceVariant
from clinic.cli.invented import (
    CAUTIONS,
    CLIENTS,
    HOURS,
    ORDERS,
    ORGANISATIONS,
    PROVIDERS,
    THERAPISTS,
)
from clinic.clients import services as clients
from clinic.clients.models import Client
from clinic.clients.rules import GivenPhone
from clinic.coordination.models import ReferralCase
from clinic.coordination.queries.cases import about
from clinic.coordination.services import inbound
from clinic.core.db import db
from clinic.core.permissions import SYSTEM, Actor, Role
from clinic.core.transactions import transaction
from clinic.directory import services as directory
from clinic.directory.models import Provider
from clinic.letters import services as letters
from clinic.letters.queries import of_about
from clinic.referrals import services as referrals
from clinic.staff import services as staff
from clinic.staff.models import Qualification, StaffMember
from clinic.staff.queries import actor_of
from clinic.timetable import services as timetable
from clinic.timetable.models import Place

ACCOUNTS = {
    "owner": "owner@willowrow.example",
    "receptionist": "desk@willowrow.example",
    "therapist": "tessa@willowrow.example",
}
ROOMS = (
    ("Ground floor, step-free", ("ACCESSIBLE", "HYDRAULIC", "SIDE_LYING")),
    ("Quiet", ("QUIET", "SIDE_LYING")),
    ("Heat", ("HEAT", "SINK")),
    ("Two tables", ("MAT", "SIDE_LYING")),
    ("Garden side", ("SINK",)),
)
"""What is said of each room, and what it has; the fourth has two tables."""
WITH_TWO_TABLES = 4
NEEDS = {
    "GENTLE": ("HYDRAULIC",), "PRENATAL": ("SIDE_LYING",), "POSTPARTUM": ("SIDE_LYING",),
    "CRANIOSACRAL": ("QUIET",), "STRETCHING": ("MAT",),
}  # fmt: skip
PIECES = (
    ("STONE_HEATER", "Hot-stone heater"), ("CUPPING_SET", "Cupping set, blue"),
    ("CUPPING_SET", "Cupping set, clear"),
)  # fmt: skip
TAKES = {"ADD_HOTSTONE": "STONE_HEATER", "ADD_CUPPING": "CUPPING_SET"}
POLICIES = (
    ("48 hours: all", 48, 100, ("INITIAL", "SWEDISH")),
    ("By referral: nothing", 24, 0, ("REFERRED", "REEVAL")),
)
"""Name, hours, per cent of the price, and the services that go by it instead of the default."""
RENEWED_LATE = "Jun Ito"
"""Whose cover ends in three weeks."""


CALLED = {
    "THERAPEUTIC": "Therapeutic", "SWEDISH": "Swedish", "DEEP_TISSUE": "Deep tissue",
    "SPORTS": "Sports", "TRIGGER_NMT": "Trigger point", "MYOFASCIAL": "Myofascial",
    "LYMPHATIC": "Lymphatic", "CRANIOSACRAL": "Craniosacral", "PRENATAL": "Prenatal",
}  # fmt: skip
"""What this clinic calls some of the starter's services: short, for the board."""


@dataclass
class Cast:
    """Who and what the demonstration works with; ``today`` is the day it is made for."""

    today: date
    desk: Actor
    owner: Actor
    therapists: dict[str, StaffMember] = field(default_factory=dict)
    clients: list[Client] = field(default_factory=list)
    providers: list[Provider] = field(default_factory=list)
    referred: list[Client] = field(default_factory=list)
    lengths: dict[tuple[str, int], ServiceVariant] = field(default_factory=dict)
    add_ons: dict[str, AddOn] = field(default_factory=dict)
    homes: dict[str, Place] = field(default_factory=dict)

    def client(self, name: str) -> Client:
        """The client of this full name."""
        return next(one for one in self.clients if f"{one.first_name} {one.last_name}" == name)


def opened(day: date, today: date) -> Cast:
    """Open the clinic on ``day``, some weeks before ``today``."""
    with transaction():
        catalogue.stock_starter(actor=SYSTEM)
        referrals.stock_rules(actor=SYSTEM)
        desk = _hire("Rosa Feld", ACCOUNTS["receptionist"], Role.RECEPTIONIST)
        owner = _hire("Odette Marlow", ACCOUNTS["owner"], Role.OWNER)
        cast = Cast(today, actor_of(desk), actor_of(owner))
        for name, email, gender, trainings in THERAPISTS:
            member = _hire(name, email, Role.THERAPIST, gender)
            _qualify(member, trainings, today)
            _plan_hours(member, day, today)
            cast.therapists[name] = member
    with transaction():
        _furnish(cast)
        _equip()
        _charge()
    _fill_directory(cast)
    _register(cast)
    _log_orders(cast, day)
    query = select(ServiceVariant).join(Service)
    cast.lengths = {(one.service.code, one.minutes): one for one in db.session.scalars(query)}
    cast.add_ons = {one.code: one for one in db.session.scalars(select(AddOn))}
    return cast


def _furnish(cast: Cast) -> None:
    """A room for each therapist; one of them has a second table."""
    for number, (note, features) in enumerate(ROOMS, 1):
        tables = ("A", "B") if number == WITH_TWO_TABLES else ("Table",)
        room = timetable.open_room(
            actor=SYSTEM, name=f"Room {number}", note=note, position=number, places=tables,
            features=features,
        )  # fmt: skip
        name = next(one for one, (home, *_) in HOURS.items() if home == number)
        cast.homes[name] = room.places[0]


def _charge() -> None:
    """What a late cancel costs, where it is not what the default says."""
    for name, hours, percent, codes in POLICIES:
        kind = "percent" if percent else "none"
        policy = catalogue.write_late_policy(
            actor=SYSTEM, name=name, cut_off_hours=hours, late_kind=kind, late_value=percent,
            no_show_kind=kind, no_show_value=percent,
        )  # fmt: skip
        db.session.flush()
        for service in db.session.scalars(select(Service).where(Service.code.in_(codes))):
            catalogue.amend_service(service, actor=SYSTEM, late_policy=policy.public_id)


def _equip() -> None:
    """Say what services and add-ons need, so that each still finds a room."""
    kinds = {one.code: one for one in db.session.scalars(select(EquipmentKind))}
    for code, name in PIECES:
        timetable.bring_in(kinds[code], actor=SYSTEM, name=name)
    for service in db.session.scalars(select(Service)):
        code = service.code
        catalogue.amend_service(
            service, actor=SYSTEM, name=CALLED.get(code, service.name), features=NEEDS.get(code)
        )
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


def _qualify(member: StaffMember, trainings: tuple[str, ...], today: date) -> None:
    """Licence and cover, which end one day, and what they have learnt."""
    known = {one.code: one for one in db.session.scalars(select(Qualification))}
    soon = today + timedelta(days=21)
    ends = {
        "LMT_LICENSE": date(today.year + 5, 3, 1),
        "LIABILITY_INS": soon if member.name == RENEWED_LATE else date(today.year + 5, 3, 1),
    }
    for code in (*ends, *trainings):
        until = ends.get(code)
        staff.qualify(
            member, known[code], actor=SYSTEM, valid_from=date(2021, 3, 1), valid_until=until
        )


def _plan_hours(member: StaffMember, day: date, today: date) -> None:
    """Two stretches with a break between them, on all days of the week but their own free ones."""
    _, free, *stretches = HOURS[member.name]
    for ahead in set(range(7)).difference(free):
        weekday = (today.weekday() + ahead) % 7
        for starts, ends in stretches:
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
        for number, facts in enumerate(PROVIDERS):
            first, last, credentials, specialty, npi, place = facts
            cast.providers.append(
                directory.enter_provider(
                    actor=cast.owner, first_name=first, last_name=last, credentials=credentials,
                    specialty=specialty, npi=npi, organisation=places[place],
                    email=f"{_plain(first)}@{_plain(place)}.example",
                    fax=f"+1 312 555 {160 + number:04d}",
                )
            )  # fmt: skip


def _register(cast: Cast) -> None:
    with transaction():
        for number, (first, last, born, more) in enumerate(CLIENTS):
            # Who came from the list that was kept before has no birth date yet.
            client = clients.register(
                actor=cast.desk,
                first_name=first,
                last_name=last,
                birth_date=date.fromisoformat(born) if born else None,
                phones=[GivenPhone(f"+1312555{1000 + number * 37:04d}")],
                email=f"{_plain(first)}.{_plain(last)}@example.com",
                import_ref=None if born else f"card-{number}",
                **more,
            )
            cast.clients.append(client)
        for name, alert, is_prepay_only in CAUTIONS:
            clients.caution(
                cast.client(name), actor=cast.desk, alert=alert, is_prepay_only=is_prepay_only
            )
        for client in cast.clients[::3]:
            clients.prefer(client, actor=cast.desk, pressure=3, lubricant="oil", talk="quiet")


def acknowledge(case: ReferralCase, actor: Actor, channel: str = "print") -> None:
    """The letter that says the order came is read, and printed and handed over, or sent."""
    letter = next(one for one in of_about(about(case)) if one.kind == "acknowledgement")
    letters.approve(letter, actor=actor)
    letters.send(letter, actor=actor, channel=channel)


def _plain(name: str) -> str:
    return "".join(letter for letter in name.casefold() if letter.isascii() and letter.isalpha())


def _log_orders(cast: Cast, day: date) -> None:
    with transaction():
        for client_number, provider_number, visits, reason, diagnosis in ORDERS:
            client, provider = cast.clients[client_number], cast.providers[provider_number]
            case = inbound.receive(
                actor=cast.desk, client=client, provider=provider, received_on=day,
                organisation=provider.places[0].organisation, received_via="fax",
                frequency="once a week", reason=reason, diagnosis=diagnosis,
            )  # fmt: skip
            referrals.authorise(
                case.referral, actor=cast.desk, visits=visits, valid_from=day,
                valid_until=day + timedelta(days=180), reference=f"A-{client_number:03d}",
            )  # fmt: skip
            inbound.accept(case, actor=cast.owner)
            acknowledge(case, cast.desk)
            cast.referred.append(client)
