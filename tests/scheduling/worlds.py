"""Made-up days with everything that can be in the way of a visit, and what each search says."""

from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Any

from hypothesis import strategies as st

from clinic.catalogue.models import AddOn, EquipmentKind, RoomFeature, ServiceEquipment
from clinic.catalogue.models import ServiceFeature as Needs
from clinic.clients.models import Client
from clinic.core.clock import from_epoch, now
from clinic.core.db import db
from clinic.core.errors import DomainError
from clinic.core.permissions import SYSTEM
from clinic.core.transactions import transaction
from clinic.health.models import FactSheet
from clinic.health.rules.facts import Fact, Sheet, to_json
from clinic.scheduling import services
from clinic.scheduling.queries.openings import Wish, answers, openings
from clinic.scheduling.rules import grid_of
from clinic.scheduling.services.claims import lock_with
from clinic.staff.models import StaffMember, StaffQualification
from clinic.staff.queries import actor_of
from clinic.timetable.models import Equipment, HoursException, Place, RoomHasFeature
from clinic.timetable.services import Want, resource_for, take
from tests.factories import catalogue
from tests.factories import scheduling as made
from tests.factories.clients import a_client
from tests.factories.ready import about
from tests.factories.screening import CANCER, CLOT, LATEX, LOW_PLATELETS

STRETCH = st.tuples(st.integers(0, 1440), st.integers(0, 1440)).map(sorted).map(tuple)
KINDS = ("visit", "visit", "visit", "other length", "hold", "lapsed", "overlap", "away", "closed")
EVENT = st.tuples(
    st.sampled_from(KINDS), st.integers(0, 95), st.booleans(), st.booleans(), st.booleans()
)
"""What, at which quarter of an hour, with the other therapist, of the same client, in the second
room."""


@dataclass(frozen=True)
class World:
    """One generated day; pairs are of the two therapists or the two rooms."""

    hours: tuple[list[tuple[int, int]], list[tuple[int, int]]]
    events: list[tuple[str, int, bool, bool, bool]]
    buffers: tuple[int, int]
    limits: tuple[int | None, int | None]
    expires: tuple[int | None, int | None]
    needs_feature: bool
    has_feature: tuple[bool, bool]
    kinds: frozenset[str]
    pieces: dict[str, list[bool]]
    has_add_on: bool
    picks: list[int]
    known: frozenset[str]
    is_own: bool
    """Whether each therapist asks for themselves, and says why where a reason would do."""


KNOWN: dict[str, Fact] = {
    "a clot": CLOT,
    "low platelets": LOW_PLATELETS,
    "a cancer": CANCER,
    "latex": LATEX,
    "fever": Fact("reading", "temp_c", value=39.0),
    "expecting": Fact("pregnancy", "PREGNANCY"),
}
"""Facts that stop, hold, block, cap or ask for a training, once they have their day."""
_LIMIT = st.sampled_from([None, None, None, 60, 150, 240])
_ENDS = st.sampled_from([None, None, None, -1, 0])
_HOURS = st.lists(STRETCH, max_size=2)
WORLD = st.builds(
    World,
    hours=st.tuples(_HOURS, _HOURS),
    events=st.lists(EVENT, max_size=7),
    buffers=st.tuples(st.sampled_from([0, 10, 20]), st.sampled_from([0, 15])),
    limits=st.tuples(_LIMIT, _LIMIT),
    expires=st.tuples(_ENDS, _ENDS),
    needs_feature=st.booleans(),
    has_feature=st.sampled_from([(True, True), (True, False), (False, True), (False, False)]),
    kinds=st.frozensets(st.sampled_from(["Heater", "Warmer"])),
    pieces=st.fixed_dictionaries(
        {"Heater": st.lists(st.booleans(), min_size=1, max_size=2), "Warmer": st.just([True])}
    ),
    has_add_on=st.booleans(),
    picks=st.lists(st.integers(0, 99), min_size=5, max_size=5),
    known=st.frozensets(st.sampled_from(sorted(KNOWN)), max_size=2),
    is_own=st.booleans(),
)


class Stage:
    """A clinic with two therapists, two rooms and two clients, on which days are played."""

    def __init__(self, day_of: Any, zone: str = "Europe/London") -> None:
        self.house = made.open_house(zone, hands_on_limit=300)
        self.people = (self.house.therapist, made.a_therapist("Ines Okafor"))
        self.other_client = a_client("Omar Haddad")
        self.other = catalogue.variant(30, code="SHORT")
        self.add_on = catalogue.add_on(minutes=15)
        self.day: date = day_of()
        about(self.house.variant, "DEEP")
        with transaction() as session, made.writing("test.kinds", SYSTEM):
            self.kinds = {name: EquipmentKind(code=name.upper(), name=name) for name in _NAMES}
            self.feature = RoomFeature(code="SINK", name="Sink")
            session.add_all([*self.kinds.values(), self.feature])
            session.flush()

    @property
    def grid(self) -> list[int]:
        return list(grid_of(self.day, made.zone(), 15))

    def play(self, world: World) -> None:
        """Lay the day out, and see that searching, answering and booking agree."""
        with rolled_back():
            self._prepare(world)
            for event in world.events:
                with suppress(DomainError), db.session.begin_nested():
                    self._happen(*event)
            self._compare(world)

    def _prepare(self, world: World) -> None:
        with made.writing("test", SYSTEM):
            service = self.house.variant.service
            service.buffer_before, service.buffer_after = world.buffers
            for person, hours, limit, ends in zip(
                self.people, world.hours, world.limits, world.expires, strict=True
            ):
                self._person(person, hours, limit, ends)
            self._rooms(world)
            db.session.flush()
            pieces = [one.id for one in db.session.query(Equipment)]
            # All that anything here takes, so that each later lock is held already.
            clients = [self.house.client, self.other_client]
            lock_with(
                [
                    *(resource_for(staff_id=one.id) for one in self.people),
                    *(resource_for(client_id=one.id) for one in clients),
                    *(resource_for(place_id=one.id) for one in self.house.places),
                    *(resource_for(equipment_id=one) for one in pieces),
                ],
                clients,
            )
            self._know(world)

    def _know(self, world: World) -> None:
        client = db.session.get_one(Client, self.house.client.id)
        since = {"fever": self.day, "expecting": self.day - timedelta(days=120)}
        facts = (replace(KNOWN[name], on=since.get(name)) for name in sorted(world.known))
        sheet = FactSheet(client=client, contents_sealed=b"")
        sheet.contents = to_json(Sheet(facts=tuple(facts)))
        db.session.add(sheet)
        db.session.flush()

    def _person(self, person: Any, hours: Any, limit: int | None, ends: int | None) -> None:
        db.session.get_one(StaffMember, person.id).hands_on_limit = limit
        for starts, until in hours:
            if starts < until:
                db.session.add(
                    HoursException(staff_id=person.id, on_date=self.day, starts=starts, ends=until)
                )
        if ends is not None:
            held = db.session.query(StaffQualification).filter_by(staff_id=person.id).one()
            held.valid_until = self.day + timedelta(days=ends)

    def _rooms(self, world: World) -> None:
        service_id = self.house.variant.service_id
        for place, has_it in zip(self.house.places, world.has_feature, strict=True):
            if has_it:
                one = RoomHasFeature(room_id=place.room_id, feature_id=self.feature.id)
                db.session.add(one)
        if world.needs_feature:
            db.session.add(Needs(service_id=service_id, feature_id=self.feature.id))
        for name, kind in self.kinds.items():
            for number, is_active in enumerate(world.pieces[name]):
                piece = Equipment(kind_id=kind.id, name=f"{name} {number}", is_active=is_active)
                db.session.add(piece)
        for name in world.kinds - ({"Warmer"} if world.has_add_on else set()):
            db.session.add(ServiceEquipment(service_id=service_id, kind_id=self.kinds[name].id))
        add_on = db.session.get_one(AddOn, self.add_on.id)
        add_on.equipment_kind_id = self.kinds["Warmer"].id if "Warmer" in world.kinds else None

    def _happen(
        self, what: str, quarter: int, is_other: bool, is_same_client: bool, is_second_room: bool
    ) -> None:
        at = from_epoch(self.grid[quarter % len(self.grid)])
        person, client = self.people[is_other], self.house.client
        place = db.session.get_one(Place, self.house.places[is_second_room].id)
        facts: dict[str, Any] = {"therapist": person, "starts_at": at, "actor": self.house.owner}
        if what in ("visit", "other length", "overlap"):
            services.book(
                client=client if is_same_client else self.other_client,
                variant=self.other if what == "other length" else self.house.variant,
                overlap_why="They asked for it" if what == "overlap" else "",
                place=place if is_second_room else None,
                **facts,
            )
        else:
            self._take(what, at, person, place)

    def _take(self, what: str, at: datetime, person: Any, place: Any) -> None:
        kind = {"lapsed": "hold", "away": "time_off", "closed": "closure"}.get(what, what)
        until = {"lapsed": now() - timedelta(1), "hold": now() + timedelta(1)}.get(what)
        with made.writing("test.take", SYSTEM):
            of_person = [resource_for(staff_id=person.id)] if what != "closed" else []
            of_place = [resource_for(place_id=place.id)] if what != "away" else []
            take(
                actor=SYSTEM, kind=kind, starts_at=at, ends_at=at + timedelta(minutes=100),
                wants=[Want(number) for number in of_person + of_place], expires_at=until,
            )  # fmt: skip

    def _wish(self, world: World, therapist_id: int | None = None) -> Wish:
        add_ons = (self.add_on,) if world.has_add_on else ()
        return Wish(
            self.house.variant, add_ons, self.day, 1,
            client_id=self.house.client.id, therapist_id=therapist_id, is_treating=world.is_own,
        )  # fmt: skip

    def _compare(self, world: World) -> None:
        found = openings(self._wish(world)).openings
        offered = {(one.at, one.therapist.id): one for one in found}
        assert len(offered) == len(found)
        grid = self.grid
        wanted = {grid[pick % len(grid)] for pick in world.picks}
        wanted |= {at for at, _ in sorted(offered)[:: max(1, len(offered) // 5)]}
        times = sorted(wanted)
        for person in self.people:
            said = answers(self._wish(world, person.id), [from_epoch(at) for at in times])
            for at, answer in zip(times, said, strict=True):
                one = offered.get((at, person.id))
                case = (from_epoch(at), person.name, world, answer.why)
                assert answer.is_open == (one is not None), case
                assert answer.is_open == (answer.why is None), case
                assert self._is_bookable(world, at, person, one) == answer.is_open, case
                for other in answer.instead[:1]:
                    self._is_offered_rightly(world, other)

    def _is_offered_rightly(self, world: World, other: Any) -> None:
        person = next(one for one in self.people if one.id == other.therapist.id)
        assert self._is_bookable(world, other.at, person, other), (other, world)

    def _is_bookable(self, world: World, at: int, person: Any, said: Any) -> bool:
        try:
            with db.session.begin_nested() as point:
                services.book(
                    actor=actor_of(person) if world.is_own else self.house.desk,
                    override_why="Asked in May, unchanged" if world.is_own else "",
                    client=self.house.client, variant=self.house.variant,
                    therapist=person, starts_at=from_epoch(at),
                    add_ons=(self.add_on,) if world.has_add_on else (),
                    place=db.session.get_one(Place, said.place.id) if said else None,
                )  # fmt: skip
                point.rollback()
        except DomainError:
            return False
        return True


_NAMES = ("Heater", "Warmer")


def change_days() -> list[date]:
    """The next two days on which the clocks change."""
    zone, day, found = made.zone(), made.this_day() + timedelta(days=1), []
    while len(found) < 2:
        begin = datetime(day.year, day.month, day.day, tzinfo=zone)
        if begin.utcoffset() != (begin + timedelta(days=1)).utcoffset():
            found.append(day)
        day += timedelta(days=1)
    return found


class rolled_back:  # noqa: N801 - reads as a phrase
    """A transaction whose work is thrown away."""

    class _Enough(Exception):
        pass

    def __enter__(self) -> None:
        self.block = transaction()
        self.block.__enter__()

    def __exit__(self, kind: Any, error: Any, trace: Any) -> bool | None:
        if kind is not None:
            return self.block.__exit__(kind, error, trace)
        self.block.__exit__(self._Enough, self._Enough(), None)
        return True
