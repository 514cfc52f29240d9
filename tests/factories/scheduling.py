"""A made-up clinic with everything that a booking needs."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import inspect

from clinic.catalogue.models import (
    EquipmentKind,
    LatePolicy,
    RoomFeature,
    ServiceEquipment,
    ServiceFeature,
    ServiceVariant,
)
from clinic.clients.models import Client
from clinic.core.clock import instant, now, today
from clinic.core.db import db
from clinic.core.guard import writing
from clinic.core.permissions import SYSTEM, Actor, Role
from clinic.core.transactions import transaction
from clinic.directory.models import Provider
from clinic.practice.queries import the_practice
from clinic.practice.services import settle
from clinic.referrals.models import Authorisation
from clinic.referrals.services import authorise, log
from clinic.scheduling import services
from clinic.scheduling.models import Visit
from clinic.staff import queries as staff_queries
from clinic.staff.models import StaffMember
from clinic.timetable.models import Equipment, Place, Room, RoomHasFeature, WorkingHours
from tests.factories import catalogue, directory, staff
from tests.factories.clients import a_client


@dataclass
class House:
    """One therapist, one client, one service of an hour, two rooms, and the desk."""

    desk: Actor
    owner: Actor
    therapist: StaffMember
    client: Client
    variant: ServiceVariant
    places: list[Place]

    @property
    def treats(self) -> Actor:
        """The therapist, as somebody who acts; asked for anew, since another context made them."""
        number = inspect(self.therapist).identity
        return staff_queries.actor_of(db.session.get_one(StaffMember, number))


def zone_at_noon() -> str:
    """A zone in which it is about noon now: the day is neither new nor nearly over."""
    east = (12 - datetime.now(UTC).hour + 12) % 24 - 12
    return f"Etc/GMT{-east:+d}" if east else "Etc/GMT"


def open_house(zone: str | None = None, **figures: Any) -> House:
    """A fresh clinic; it is about noon there unless a zone is named."""
    plain = {"min_lead": 0, "horizon": 730, "hands_on_limit": 720}
    with transaction():
        settle(
            actor=SYSTEM, name="Harbour Lane", timezone=zone or zone_at_noon(), **(plain | figures)
        )
    return House(
        desk=staff.receptionist(),
        owner=staff.owner(),
        therapist=a_therapist(),
        client=a_client(),
        variant=catalogue.variant(code="THERAPEUTIC"),
        places=[a_place("R1", 1), a_place("R2", 2)],
    )


def a_therapist(name: str = "June Park", *roles: Role, hours: tuple[int, int] = (0, 1440)) -> Any:
    """Somebody with a licence who works every day of the week."""
    person = staff.member(name, *(roles or (Role.THERAPIST,)))
    staff.licence(person)
    works(person, *hours)
    return person


def works(person: StaffMember, starts: int, ends: int, *weekdays: int) -> None:
    """Let somebody work at these minutes, on all weekdays unless said."""
    with transaction() as session, writing("test.hours", SYSTEM):
        session.add_all(
            WorkingHours(
                staff_id=person.id, weekday=day, starts=starts, ends=ends, from_on=date(2020, 1, 1)
            )
            for day in (weekdays or range(7))
        )
        session.flush()


def a_place(name: str = "R1", position: int = 0) -> Place:
    """A room with one table."""
    with transaction() as session, writing("test.place", SYSTEM):
        place = Place(name="Table", room=Room(name=name, position=position))
        session.add(place)
        session.flush()
    return place


def a_room_for_two(name: str = "Garden", position: int = 9) -> Room:
    """A room in which two can lie."""
    with transaction() as session, writing("test.room", SYSTEM):
        room = Room(name=name, position=position)
        session.add_all([Place(name="Left", room=room), Place(name="Right", room=room)])
        session.flush()
    return room


def zone() -> ZoneInfo:
    return the_practice().zone


def this_day() -> date:
    """The date at the clinic."""
    return today(zone())


def day(days: int = 7) -> date:
    """The date at the clinic so many days from today: the one of ``at``."""
    return this_day() + timedelta(days=days)


def at(hour: int, minute: int = 0, *, days: int = 7, on: date | None = None) -> datetime:
    """The instant of a wall time, so many days from today."""
    return instant(on or day(days), time(hour, minute), zone())


def just_now(minutes: int = 60) -> datetime:
    """A time of the grid so many minutes ago, or a little earlier; on the same day at noon."""
    moment = now() - timedelta(minutes=minutes)
    return moment.replace(minute=moment.minute - moment.minute % 15, second=0, microsecond=0)


def book(house: House, starts_at: datetime | None = None, **more: Any) -> Visit:
    """A booked visit: at ten in a week's time unless said."""
    facts: dict[str, Any] = {
        "actor": house.desk,
        "client": house.client,
        "variant": house.variant,
        "therapist": house.therapist,
        "starts_at": starts_at or at(10),
    }
    with transaction():
        return services.book(**(facts | more))


def book_now(house: House, minutes: int = 60, **more: Any) -> Visit:
    """A visit that began so many minutes ago, written down as a walk-in."""
    return book(house, just_now(minutes), source="walk_in", **more)


def done(verb: Any, visit: Visit, actor: Actor, **more: Any) -> Visit:
    """A verb done with a visit, in a transaction of its own."""
    with transaction():
        verb(visit, actor=actor, **more)
    return visit


def an_authorisation(
    house: House, visits: int = 8, *, client: Client | None = None, **more: Any
) -> Authorisation:
    """So many visits, allowed from yesterday on."""
    provider = db.session.query(Provider).first() or directory.provider()
    with transaction():
        referral = log(
            actor=SYSTEM,
            client=client or house.client,
            provider=provider,
            received_on=this_day(),
            is_another=True,
        )
        since = this_day() - timedelta(days=1)
        return authorise(referral, actor=SYSTEM, visits=visits, **({"valid_from": since} | more))


def a_policy(*, is_default: bool = True, **facts: Any) -> LatePolicy:
    """What late cancels cost: half the price, and all of it for a missed visit, unless said."""
    plain = {
        "name": "Usual" if is_default else "Own",
        "cut_off_hours": 24,
        "late_kind": "percent",
        "late_value": 50,
        "no_show_kind": "percent",
        "no_show_value": 100,
    }
    with transaction() as session, writing("test.policy", SYSTEM):
        policy = LatePolicy(is_default=is_default, **(plain | facts))
        session.add(policy)
        session.flush()
    return policy


def needs(variant: ServiceVariant, *, feature: str = "", kind: str = "") -> None:
    """Let a service need a feature of its room, or a kind of equipment."""
    with transaction() as session, writing("test.needs", SYSTEM):
        if feature:
            found = RoomFeature(code=feature.upper(), name=feature)
            session.add(ServiceFeature(service_id=variant.service_id, feature=found))
        if kind:
            found_kind = EquipmentKind(code=kind.upper(), name=kind)
            session.add(ServiceEquipment(service_id=variant.service_id, kind=found_kind))
        session.flush()


def has(place: Place, feature: str) -> None:
    """Put a feature into a place's room."""
    with transaction() as session, writing("test.has", SYSTEM):
        known = session.query(RoomFeature).filter_by(name=feature).one()
        session.add(RoomHasFeature(room_id=place.room_id, feature_id=known.id))
        session.flush()


def a_piece(kind: str, name: str) -> Equipment:
    """A piece of equipment of a kind that something needs already."""
    with transaction() as session, writing("test.piece", SYSTEM):
        known = session.query(EquipmentKind).filter_by(name=kind).one()
        piece = Equipment(name=name, kind_id=known.id)
        session.add(piece)
        session.flush()
    return piece


def bears(person: StaffMember, minutes: int) -> None:
    """Give a therapist a hands-on limit of their own."""
    with transaction() as session, writing("test.limit", SYSTEM):
        session.get_one(StaffMember, person.id).hands_on_limit = minutes
        session.flush()
