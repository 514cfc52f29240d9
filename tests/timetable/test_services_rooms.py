from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import func, select

from clinic.core.clock import now
from clinic.core.db import db
from clinic.core.errors import Conflict, DomainError, NotAllowed, StaleEdit
from clinic.core.permissions import SYSTEM, Actor
from clinic.core.transactions import transaction
from clinic.timetable import services
from clinic.timetable.models import Occupancy, Place, Room, RoomClosure, Slot
from clinic.timetable.queries import places_in_use
from clinic.timetable.services import SlotTaken, VisitsStand
from tests.factories import staff
from tests.factories import timetable as made
from tests.factories.timetable import at, taken


@pytest.fixture(autouse=True)
def clinic(inside: Flask) -> None:
    made.open_clinic()


@pytest.fixture
def owner() -> Actor:
    return staff.owner()


@pytest.fixture
def room(owner: Actor) -> Room:
    with transaction():
        return services.open_room(actor=owner, name="R1", places=("Left", "Right"))


def names() -> list[tuple[str, str]]:
    return [(row.room, row.place) for row in db.session.execute(places_in_use())]


def resource(room: Room, number: int) -> int:
    return made.resource_of_place(db.session.get_one(Room, room.id).places[number])


def closed(room: Room, owner: Actor, first: int, last: int) -> RoomClosure:
    with transaction():
        return services.close_room(
            db.session.get_one(Room, room.id), actor=owner, starts_at=at(first), ends_at=at(last)
        )


def test_a_room_is_opened_with_its_places(room: Room) -> None:
    assert names() == [("R1", "Left"), ("R1", "Right")]


def test_two_rooms_need_two_names(room: Room, owner: Actor) -> None:
    with pytest.raises(Conflict, match="name"), transaction():
        services.open_room(actor=owner, name="R1")
    with pytest.raises(Conflict, match="names"), transaction():
        services.open_room(actor=owner, name="R2", places=("A", "A"))
    with pytest.raises(DomainError, match="Enter"), transaction():
        services.open_room(actor=owner, name=" ")


def test_a_room_is_renamed_unless_somebody_else_did_meanwhile(room: Room, owner: Actor) -> None:
    for name in ("Blue", "Green"):
        with transaction():
            kept = db.session.get_one(Room, room.id)
            facts = {"name": name, "note": "", "position": 2}
            if name == "Blue":
                services.amend_room(kept, actor=owner, version=1, **facts)
            else:
                with pytest.raises(StaleEdit):
                    services.amend_room(kept, actor=owner, version=1, **facts)
    assert names()[0][0] == "Blue"


def test_places_are_added_renamed_and_given_up(room: Room, owner: Actor) -> None:
    with transaction():
        kept = db.session.get_one(Room, room.id)
        place = services.add_place(kept, actor=owner, name="Window")
        with pytest.raises(Conflict):
            services.add_place(kept, actor=owner, name="Left")
        services.amend_place(place, actor=owner, name="Door")
        services.give_up_place(kept.places[0], actor=owner)
    assert names() == [("R1", "Right"), ("R1", "Door")]
    with transaction():
        services.use_place_again(db.session.get_one(Room, room.id).places[0], actor=owner)
    assert len(names()) == 3


def test_a_room_with_visits_to_come_is_not_given_up(room: Room, owner: Actor) -> None:
    with transaction():
        services.give_up_room(db.session.get_one(Room, room.id), actor=owner)
    assert names() == []
    with transaction():
        services.use_room_again(db.session.get_one(Room, room.id), actor=owner)
    begins = now() + timedelta(days=3)
    taken(begins, 60, resource(room, 1))
    with pytest.raises(VisitsStand) as refused, transaction():
        services.give_up_room(db.session.get_one(Room, room.id), actor=owner)
    assert refused.value.count == 1
    with pytest.raises(VisitsStand), transaction():
        services.give_up_place(db.session.get_one(Place, room.places[1].id), actor=owner)
    assert len(names()) == 2


def test_closing_a_room_takes_the_time_of_all_its_places_day_by_day(
    room: Room, owner: Actor
) -> None:
    closed(room, owner, 12, 60)
    assert db.session.scalar(select(func.count()).select_from(Slot)) == 3
    assert db.session.scalar(select(func.count()).select_from(Occupancy)) == 6
    for hour in (12, 24, 47, 59):
        with pytest.raises(SlotTaken, match="closed"):
            taken(at(hour), 30, resource(room, 1))
    taken(at(11), 60, resource(room, 0))
    taken(at(60), 60, resource(room, 0))


def test_a_room_is_not_closed_while_visits_stand_there_and_they_are_listed(
    room: Room, owner: Actor
) -> None:
    closure = closed(room, owner, 30, 31)
    assert closure.note == ""
    for hour in range(9, 16):
        taken(at(hour), 60, resource(room, hour % 2))
    with pytest.raises(VisitsStand) as refused:
        closed(room, owner, 8, 20)
    assert (refused.value.count, refused.value.begin) == (7, [at(hour) for hour in range(9, 14)])
    assert "7 visits" in str(refused.value)
    assert "and 2 more" in str(refused.value)
    with pytest.raises(VisitsStand, match="A visit stands"):
        closed(room, owner, 15, 20)
    assert db.session.scalar(select(func.count()).select_from(RoomClosure)) == 1


def test_a_lifted_closure_gives_the_time_back(room: Room, owner: Actor) -> None:
    closure = closed(room, owner, 9, 20)
    with pytest.raises(SlotTaken):
        closed(room, owner, 12, 13)
    with transaction():
        services.lift_closure(db.session.get_one(RoomClosure, closure.id), actor=owner)
    taken(at(10), 60, resource(room, 0))
    with pytest.raises(Conflict, match="already"), transaction():
        services.lift_closure(db.session.get_one(RoomClosure, closure.id), actor=owner)


def test_a_closure_ends_after_it_begins_and_within_a_year(room: Room, owner: Actor) -> None:
    with pytest.raises(DomainError, match="end"):
        closed(room, owner, 9, 9)
    with pytest.raises(DomainError, match="year"):
        closed(room, owner, 9, 24 * 400)


def test_only_who_writes_the_timetable_changes_rooms(room: Room) -> None:
    for actor in (staff.receptionist(), staff.therapist()):
        with pytest.raises(NotAllowed), transaction():
            services.open_room(actor=actor, name="R2")
        with pytest.raises(NotAllowed), transaction():
            services.close_room(room, actor=actor, starts_at=at(9), ends_at=at(10))
    assert SYSTEM.is_system
