"""Couples and groups: where several can lie at one time, and when."""

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime

from sqlalchemy import or_, select

from clinic.catalogue.models import (
    AddOn,
    EquipmentKind,
    RoomFeature,
    ServiceEquipment,
    ServiceFeature,
    ServiceVariant,
)
from clinic.core.clock import from_epoch, local_day, now, today
from clinic.core.db import db
from clinic.core.errors import NotFound
from clinic.core.permissions import Actor
from clinic.practice.queries import the_practice
from clinic.scheduling.models import GroupBooking, Visit
from clinic.scheduling.queries.openings import Person, Wish, openings
from clinic.scheduling.rules import STANDING
from clinic.scheduling.rules.pairing import pairing
from clinic.scheduling.rules.screening import is_treating
from clinic.timetable.models import (
    Equipment,
    Occupancy,
    Place,
    Resource,
    Room,
    RoomHasFeature,
    Slot,
)
from clinic.timetable.rules import union

COUPLE, GROUP = GroupBooking.KINDS
_REACH = 60 * 3600
"""Seconds: nothing that began further back could still be going on."""
Span = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Seat:
    """What one of several needs: how long it takes, buffers included, and of what kind.

    ``length`` are the seconds of the treatment, ``before`` and ``after`` its buffers;
    ``rather`` is the place that is theirs now.
    """

    service_id: int
    length: int
    before: int
    after: int
    kinds: frozenset[int] = frozenset()
    rather: int = 0

    def span(self, at: int) -> Span:
        """What it takes of a place, where the treatment begins at this second."""
        return at - self.before, at + self.length + self.after


@dataclass(slots=True)
class House:
    """The places and the equipment, and when they are taken: three queries."""

    places: dict[int, Place] = field(default_factory=dict)
    features: dict[int, set[int]] = field(default_factory=lambda: defaultdict(set))
    needs: dict[int, set[int]] = field(default_factory=lambda: defaultdict(set))
    pieces: dict[int, list[int]] = field(default_factory=lambda: defaultdict(list))
    taken: dict[tuple[str, int], list[Span]] = field(default_factory=lambda: defaultdict(list))

    def is_free(self, what: str, number: int, span: Span) -> bool:
        """Whether nothing takes a place or a piece of equipment in these seconds."""
        spans = self.taken.get((what, number), [])
        at = bisect_left(spans, (span[1], 0))
        return not (at and spans[at - 1][1] > span[0])

    def suits(self, seat: Seat, place: Place) -> bool:
        """Whether the room has all that the service needs."""
        return self.needs[seat.service_id] <= self.features[place.room_id]

    def seated(self, seats: Sequence[Seat], at: int, kind: str, room_id: int = 0) -> list[Place]:
        """A place for each at this second, in one room for a couple; none where there are not
        enough. ``room_id`` names the room."""
        if not self._has_equipment(seats, at):
            return []
        rooms = dict.fromkeys(place.room_id for place in self.places.values())
        for room in sorted(rooms, key=lambda one: one != self._own_room(seats)):
            if room_id in (0, room) and kind == COUPLE:
                found = self._in(seats, at, room)
                if found:
                    return found
        return self._in(seats, at, room_id) if kind == GROUP else []

    def _own_room(self, seats: Sequence[Seat]) -> int:
        own = self.places.get(seats[0].rather)
        return own.room_id if own is not None else 0

    def _in(self, seats: Sequence[Seat], at: int, room_id: int) -> list[Place]:
        options = [
            sorted(
                (
                    place.id
                    for place in self.places.values()
                    if room_id in (0, place.room_id)
                    and self.suits(seat, place)
                    and self.is_free("place", place.id, seat.span(at))
                ),
                key=lambda one, own=seat.rather: one != own,  # type: ignore[misc]
            )
            for seat in seats
        ]
        return [self.places[one] for one in pairing(options) or ()]

    def _has_equipment(self, seats: Sequence[Seat], at: int) -> bool:
        wanted = [
            [one for one in self.pieces[kind] if self.is_free("equipment", one, seat.span(at))]
            for seat in seats
            for kind in sorted(seat.kinds)
        ]
        return pairing(wanted) is not None


def the_house(seats: Sequence[Seat], since: int, until: int, but: Collection[int] = ()) -> House:
    """What there is for these, and what is taken of it between two seconds.

    ``but`` are slots whose own taking does not count; nor do holds that have run out.
    """
    house = House()
    own = [seat.rather for seat in seats]
    in_use = or_(Place.is_active & Room.is_active, Place.id.in_(own))
    by_order = select(Place).join(Room).where(in_use).order_by(Room.position, Room.name, Place.id)
    house.places = {one.id: one for one in db.session.scalars(by_order)}
    _put_needs(house, [seat.service_id for seat in seats])
    _put_pieces(house, {kind for seat in seats for kind in seat.kinds})
    found = db.session.execute(
        select(
            Resource.place_id, Resource.equipment_id, Occupancy.starts_s, Occupancy.ends_s
        )
        .join(Occupancy, Occupancy.resource_id == Resource.id)
        .join(Slot, Slot.id == Occupancy.slot_id)
        .where(
            or_(Resource.place_id.is_not(None), Resource.equipment_id.is_not(None)),
            Occupancy.starts_s.between(since - _REACH, until + _REACH),
            Occupancy.ends_s > since - _REACH,
            Slot.id.not_in(list(but)),
            or_(Slot.expires_at.is_(None), Slot.expires_at > now()),
        )
    )  # fmt: skip
    for place_id, equipment_id, starts, ends in found:
        what = "place" if place_id is not None else "equipment"
        house.taken[what, place_id or equipment_id or 0].append((starts, ends))
    house.taken = {key: union(spans) for key, spans in house.taken.items()}
    return house


def _put_needs(house: House, service_ids: Collection[int]) -> None:
    of_services = select(ServiceFeature.service_id, ServiceFeature.feature_id)
    needed = of_services.join(RoomFeature, RoomFeature.id == ServiceFeature.feature_id).where(
        ServiceFeature.service_id.in_(service_ids), RoomFeature.is_active
    )
    for service_id, feature_id in db.session.execute(needed):
        house.needs[service_id].add(feature_id)
    has = select(RoomHasFeature.room_id, RoomHasFeature.feature_id)
    for room_id, feature_id in db.session.execute(has):
        house.features[room_id].add(feature_id)


def _put_pieces(house: House, kinds: Collection[int]) -> None:
    if not kinds:
        return
    of_kinds = select(Equipment.kind_id, Equipment.id).where(
        Equipment.kind_id.in_(kinds), Equipment.is_active
    )
    for kind_id, equipment_id in db.session.execute(of_kinds.order_by(Equipment.id)):
        house.pieces[kind_id].append(equipment_id)


def kinds_of(variant: ServiceVariant, add_ons: Sequence[AddOn]) -> frozenset[int]:
    """The kinds of equipment that a service with these add-ons takes, one piece of each."""
    of_service = select(ServiceEquipment.kind_id).where(
        ServiceEquipment.service_id == variant.service_id
    )
    of_add_ons = [one.equipment_kind_id for one in add_ons if one.equipment_kind_id]
    in_use = select(EquipmentKind.id).where(
        or_(EquipmentKind.id.in_(of_service), EquipmentKind.id.in_(of_add_ons)),
        EquipmentKind.is_active,
    )
    return frozenset(db.session.scalars(in_use))


def seat_for(variant: ServiceVariant, add_ons: Sequence[AddOn]) -> Seat:
    """What one of several needs, booked anew."""
    minutes = variant.minutes + sum(one.extra_minutes for one in add_ons)
    service = variant.service
    return Seat(
        service.id, minutes * 60, service.buffer_before * 60, service.buffer_after * 60,
        kinds_of(variant, add_ons),
    )  # fmt: skip


def seat_of(visit: Visit) -> Seat:
    """What one of several needs who is booked already."""
    service = visit.variant.service
    add_ons = [one.add_on for one in visit.add_ons]
    return Seat(
        service.id, visit.minutes * 60, service.buffer_before * 60, service.buffer_after * 60,
        kinds_of(visit.variant, add_ons), visit.place_id,
    )  # fmt: skip


@dataclass(frozen=True, slots=True)
class TimeTogether:
    """A time at which all can come: who treats each of them, and where, in their order."""

    at: int
    therapists: tuple[Person, ...]
    places: tuple[Place, ...]

    @property
    def starts_at(self) -> datetime:
        return from_epoch(self.at)

    @property
    def rooms(self) -> str:
        """The rooms, each once."""
        return ", ".join(dict.fromkeys(one.room.name for one in self.places))


def openings_together(wishes: Sequence[Wish], kind: str = COUPLE) -> list[TimeTogether]:
    """The times at which each wish is open with a therapist of their own, in one room for a
    couple: all of them, by time. Wishes that ``move`` a visit count that as given up."""
    by_time = [_people_by_time(wish) for wish in wishes]
    times = sorted(set.intersection(*(set(one) for one in by_time))) if by_time else []
    if not times:
        return []
    moved = [wish.move for wish in wishes if wish.move is not None]
    seats = [
        seat_of(wish.move) if wish.move else seat_for(wish.variant, wish.add_ons) for wish in wishes
    ]
    longest = max(seat.length + seat.after for seat in seats)
    house = the_house(seats, times[0], times[-1] + longest, [one.slot_id for one in moved])
    found = (_together(at, [people[at] for people in by_time], seats, house, kind) for at in times)
    return [one for one in found if one is not None]


def times_to_move(
    visits: Sequence[Visit], kind: str, actor: Actor, count: int = 5
) -> list[TimeTogether]:
    """The next times to which all these visits could move, each with its own therapist."""
    since = today(the_practice().zone)
    wishes = [
        Wish(
            one.variant, [added.add_on for added in one.add_ons], max(since, one.on_date),
            therapist_id=one.therapist_id, client_id=one.client.known_as, move=one,
            is_treating=is_treating(actor),
        )
        for one in visits
    ]  # fmt: skip
    now_at = visits[0].slot.starts_s if visits else 0
    later = [one for one in openings_together(wishes, kind) if one.at != now_at]
    return [one for _, times in best_of_days(later, 2) for one in times][:count]


def _people_by_time(wish: Wish) -> dict[int, dict[int, Person]]:
    found: dict[int, dict[int, Person]] = defaultdict(dict)
    for one in openings(wish).openings:
        found[one.at][one.therapist.id] = one.therapist
    return found


def _together(
    at: int, people: list[dict[int, Person]], seats: Sequence[Seat], house: House, kind: str
) -> TimeTogether | None:
    pairs = pairing([sorted(one) for one in people])
    places = house.seated(seats, at, kind) if pairs is not None else []
    if pairs is None or not places:
        return None
    chosen = tuple(known[one] for known, one in zip(people, pairs, strict=True))
    return TimeTogether(at, chosen, tuple(places))


def best_of_days(times: Sequence[TimeTogether], each: int) -> list[tuple[date, list[TimeTogether]]]:
    """So many times of each day, each hour of the clock once."""
    zone, days = the_practice().zone, defaultdict[date, dict[int, TimeTogether]](dict)
    for one in times:
        days[local_day(one.starts_at, zone)].setdefault(one.at // 3600, one)
    return [(day, list(hours.values())[:each]) for day, hours in days.items()]


def the_group(public_id: str) -> GroupBooking:
    """Raises NotFound."""
    group = db.session.scalar(select(GroupBooking).where(GroupBooking.public_id == public_id))
    if group is None:
        raise NotFound
    return group


def visits_of(group: GroupBooking) -> list[Visit]:
    """The visits of a group that stand, in the order in which they were booked."""
    standing = select(Visit).where(Visit.group_id == group.id, Visit.status.in_(STANDING))
    return list(db.session.scalars(standing.order_by(Visit.id)))


def partners(visit: Visit) -> list[Visit]:
    """The others of a visit's group whose visits stand."""
    if visit.group_id is None:
        return []
    others = select(Visit).where(
        Visit.group_id == visit.group_id, Visit.id != visit.id, Visit.status.in_(STANDING)
    )
    return list(db.session.scalars(others.order_by(Visit.id)))
