"""Things of a made-up clinic that take time."""

from datetime import UTC, date, datetime, time, timedelta
from itertools import count
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import update

from clinic.clients.models import Client
from clinic.core.clock import instant
from clinic.core.db import db
from clinic.core.guard import writing
from clinic.core.permissions import SYSTEM
from clinic.core.transactions import transaction
from clinic.core.vault import vault
from clinic.practice.models import Setting
from clinic.practice.services import settle
from clinic.timetable.models import Place, Room, Slot
from clinic.timetable.services import Want, resource_for, take
from tests.factories import staff

DAY = date(2027, 3, 2)
"""A Tuesday."""
LONDON = ZoneInfo("Europe/London")
_numbers = count(1)


def open_clinic(zone: str = "Europe/London") -> None:
    """Give the clinic its name and clock."""
    with transaction():
        settle(actor=SYSTEM, name="Harbour Lane", timezone=zone)


def open_clinic_again(zone: str) -> None:
    """The same clinic, its clock set to another zone behind the back of its own verb."""
    with transaction() as session, writing("test.zone", SYSTEM):
        session.execute(update(Setting).values(timezone=zone).execution_options(unaudited="test"))
    db.session().info.pop("practice", None)


def bare_client(name: str = "Nakamura") -> Client:
    """Just enough of a client to take somebody's time."""
    number = f"T-{next(_numbers):06}"
    with transaction() as session, writing("test.client", SYSTEM):
        client = Client(
            number=number, last_name=name, search_name=name.lower(), key=vault().new_key()
        )
        session.add(client)
        session.flush()
    return client


def bare_place(name: str = "R1") -> Place:
    """A room with one table."""
    with transaction() as session, writing("test.place", SYSTEM):
        place = Place(name="Table", room=Room(name=name))
        session.add(place)
        session.flush()
    return place


def three(name: str = "Teo Marsh") -> tuple[int, int, int]:
    """The resources of a fresh therapist, client and place."""
    person, client, place = staff.therapist(name), bare_client(), bare_place(f"Room of {name}")
    with transaction(), writing("test.resources", SYSTEM):
        return (
            resource_for(staff_id=person.id),
            resource_for(client_id=client.id),
            resource_for(place_id=place.id),
        )


def another_place() -> int:
    """The resource of one more place."""
    return resource_of_place(bare_place("One more"))


def resource_of_place(place: Place) -> int:
    """What of a place is taken."""
    with transaction(), writing("test.resources", SYSTEM):
        return resource_for(place_id=place.id)


def at(hour: int, minute: int = 0, *, on: date = DAY, zone: ZoneInfo = LONDON) -> datetime:
    """The instant of a wall time."""
    moment = instant(
        on + timedelta(days=hour // 24),
        time(hour % 24, minute),
        zone,
    )
    return moment.astimezone(UTC)


def taken(
    begins: datetime, minutes: int, *resources: int, kind: str = "visit", **more: Any
) -> Slot:
    """A slot that takes these resources, without buffers."""
    with transaction():
        return take(
            actor=SYSTEM,
            kind=kind,
            starts_at=begins,
            ends_at=begins + timedelta(minutes=minutes),
            wants=[Want(number) for number in resources],
            **more,
        )


def again(slot: Slot) -> Slot:
    """The slot as this transaction sees it."""
    return db.session.get_one(Slot, slot.id)
