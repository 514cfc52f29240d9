"""Rooms and the places in them: opened, renamed, closed for a while, given up."""

from collections.abc import Collection, Sequence
from datetime import datetime

from sqlalchemy import select

from clinic.catalogue.models import RoomFeature
from clinic.core.clock import now
from clinic.core.db import db
from clinic.core.errors import Conflict, DomainError
from clinic.core.guard import verb
from clinic.core.permissions import Actor, Permission
from clinic.core.transactions import Lock, lock
from clinic.core.words import say
from clinic.timetable.models import Place, Room, RoomClosure, RoomHasFeature, Slot
from clinic.timetable.services.days import check_stretch, give_back, take_days
from clinic.timetable.services.resources import resource_for
from clinic.timetable.services.standing import (
    refuse_while_visits_are_to_come,
    refuse_while_visits_stand,
)


@verb(Permission.TIMETABLE_WRITE)
def open_room(
    *,
    actor: Actor,
    name: str,
    note: str = "",
    position: int = 0,
    places: Sequence[str] = ("Table",),
    features: Collection[str] = (),
) -> Room:
    """Begin to use a room with these places; ``features`` are codes of what it has.

    Raises Conflict for a name that is in use.
    """
    _check_room_name(name)
    if len(set(places)) < len(places):
        raise Conflict(say("Two places of a room need two names."), field="places")
    room = Room(name=name, note=note, position=position)
    room.places = [Place(name=place) for place in places]
    _equip(room, features)
    db.session.add(room)
    return room


@verb(Permission.TIMETABLE_WRITE)
def amend_room(
    room: Room,
    *,
    actor: Actor,
    name: str,
    note: str,
    position: int,
    features: Collection[str] | None = None,
    version: int | None = None,
) -> None:
    """Change a room's name, note, place in the order, or what it has; None leaves that.

    Visits to come that need what is taken out stand, and no longer fit.
    """
    room.expect(version, "name", "note", "position")
    if name != room.name:
        _check_room_name(name)
    room.name, room.note, room.position = name, note, position
    if features is not None:
        _equip(room, features)
        room.updated_at = now()  # a list may be all that changed: the version counts that too


@verb(Permission.TIMETABLE_WRITE)
def give_up_room(room: Room, *, actor: Actor) -> None:
    """No longer use a room. Refused while visits are to come there (VisitsStand)."""
    _refuse_with_visits(room.places)
    room.is_active = False


@verb(Permission.TIMETABLE_WRITE)
def use_room_again(room: Room, *, actor: Actor) -> None:
    """Use a room again that was given up."""
    room.is_active = True


@verb(Permission.TIMETABLE_WRITE)
def add_place(room: Room, *, actor: Actor, name: str) -> Place:
    """Put one more table into a room. Raises Conflict for a name that the room has already."""
    _check_place_name(room, name)
    place = Place(name=name, room=room)
    db.session.add(place)
    return place


@verb(Permission.TIMETABLE_WRITE)
def amend_place(place: Place, *, actor: Actor, name: str, version: int | None = None) -> None:
    """Give a place another name."""
    place.expect(version, "name")
    if name != place.name:
        _check_place_name(place.room, name)
    place.name = name


@verb(Permission.TIMETABLE_WRITE)
def give_up_place(place: Place, *, actor: Actor) -> None:
    """No longer use a place. Refused while visits are to come there (VisitsStand)."""
    _refuse_with_visits([place])
    place.is_active = False


@verb(Permission.TIMETABLE_WRITE)
def use_place_again(place: Place, *, actor: Actor) -> None:
    """Use a place again that was given up."""
    place.is_active = True


@verb(Permission.TIMETABLE_WRITE)
def close_room(
    room: Room, *, actor: Actor, starts_at: datetime, ends_at: datetime, note: str = ""
) -> RoomClosure:
    """Close a room for a while: the time of its places is taken.

    Raises VisitsStand, which lists when visits stand there; SlotTaken where it is closed.
    """
    check_stretch(starts_at, ends_at)
    resources = _locked(room.places)
    if not resources:
        raise DomainError(say("This room has no place that could be closed."))
    refuse_while_visits_stand(resources, starts_at, ends_at)
    closure = RoomClosure(room_id=room.id, starts_at=starts_at, ends_at=ends_at, note=note)
    db.session.add(closure)
    db.session.flush()
    take_days(
        resources,
        actor=actor,
        kind="closure",
        starts_at=starts_at,
        ends_at=ends_at,
        closure_id=closure.id,
    )
    return closure


@verb(Permission.TIMETABLE_WRITE)
def lift_closure(closure: RoomClosure, *, actor: Actor) -> None:
    """Open a closed room again; what was closed can be booked."""
    if closure.lifted_at is not None:
        raise Conflict(say("This closure is lifted already."))
    closure.lifted_at = now()
    give_back(Slot.closure_id == closure.id)


def _locked(places: Sequence[Place]) -> list[int]:
    resources = [resource_for(place_id=place.id) for place in places]
    lock(Lock.RESOURCE, *resources)
    return resources


def _refuse_with_visits(places: Sequence[Place]) -> None:
    refuse_while_visits_are_to_come(_locked(places))


def _equip(room: Room, codes: Collection[str]) -> None:
    """Say that a room has exactly these features."""
    found = select(RoomFeature.id).where(RoomFeature.code.in_(codes))
    wanted = set(db.session.scalars(found)) if codes else set()
    if len(wanted) != len(set(codes)):
        raise DomainError(say("One of these is not known here. Choose again."), field="features")
    kept = [line for line in room.features if line.feature_id in wanted]
    new = wanted - {line.feature_id for line in kept}
    room.features = kept + [RoomHasFeature(feature_id=number) for number in sorted(new)]


def _check_room_name(name: str) -> None:
    if not name.strip():
        raise DomainError(say("Enter a name."), field="name")
    if db.session.scalar(select(Room.id).where(Room.name == name)) is not None:
        raise Conflict(say("There is a room with this name already."), field="name")


def _check_place_name(room: Room, name: str) -> None:
    if not name.strip():
        raise DomainError(say("Enter a name."), field="name")
    same = select(Place.id).where(Place.room_id == room.id, Place.name == name)
    if db.session.scalar(same) is not None:
        raise Conflict(say("The room has a place with this name already."), field="name")
