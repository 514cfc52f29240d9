"""Couples and groups: several visits at one time, all or none, on both engines."""

from dataclasses import dataclass
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import func, select

from clinic.core.db import db
from clinic.core.errors import Conflict, DomainError, NotAllowed, StaleEdit
from clinic.core.guard import writing
from clinic.core.permissions import SYSTEM
from clinic.core.transactions import transaction
from clinic.scheduling import services
from clinic.scheduling.models import GroupBooking, Visit
from clinic.scheduling.queries.groups import (
    best_of_days,
    openings_together,
    partners,
    visits_of,
)
from clinic.scheduling.queries.openings import Wish
from clinic.scheduling.services.groups import (
    Member,
    book_together,
    cancel_together,
    move_together,
)
from clinic.timetable.models import Occupancy, Place, Room
from tests.factories import scheduling as made
from tests.factories.clients import a_client


@dataclass
class Pair:
    """Two people, two therapists, and a room with two tables."""

    house: made.House
    members: list[Member]
    room: Room

    def book(self, hour: int = 10, **more: Any) -> GroupBooking:
        facts = {"actor": self.house.desk, "members": self.members, "starts_at": made.at(hour)}
        with transaction():
            return book_together(**(facts | more))


@pytest.fixture
def pair(inside: Flask) -> Pair:
    house = made.open_house()
    other = made.a_therapist("Ines Okafor")
    return Pair(
        house,
        [
            Member(house.client, house.variant, house.therapist),
            Member(a_client("Omar Haddad"), house.variant, other),
        ],
        made.a_room_for_two(),
    )


def count(what: Any) -> int:
    return db.session.scalar(select(func.count()).select_from(what)) or 0


def wishes(pair: Pair) -> list[Wish]:
    on = made.day()
    return [Wish(one.variant, (), on, 2, client_id=one.client.known_as) for one in pair.members]


def test_a_couple_lies_in_one_room_at_one_time_with_a_visit_each(pair: Pair):
    group = pair.book()
    visits = visits_of(group)
    assert [one.client.name for one in visits] == ["Grace Nakamura", "Omar Haddad"]
    assert {one.starts_at for one in visits} == {made.at(10)}
    assert {one.place.room_id for one in visits} == {pair.room.id}
    assert len({one.place_id for one in visits}) == 2
    assert [one.client.name for one in partners(visits[0])] == ["Omar Haddad"]
    assert partners(made.book(pair.house, made.at(15))) == []


def test_a_group_takes_whatever_rooms_there_are(pair: Pair):
    made.book(
        pair.house, client=a_client("Walter Brandt"), therapist=made.a_therapist("Tomas Reyes"),
        place=pair.room.places[0],
    )  # fmt: skip
    with pytest.raises(services.SlotTaken, match="No room has 2 free places"):
        pair.book()
    assert count(Visit) == 1
    group = pair.book(kind="group")
    assert {one.place.room.name for one in visits_of(group)} == {"R1", "R2"}


def test_of_several_who_cannot_all_come_nobody_is_booked(pair: Pair):
    made.book(pair.house, client=a_client("Walter Brandt"), therapist=pair.members[1].therapist)
    taken = count(Occupancy)
    with pytest.raises(services.SlotTaken, match="therapist is taken"):
        pair.book()
    assert (count(Visit), count(GroupBooking), count(Occupancy)) == (1, 0, taken)
    assert pair.book(12).kind == "couple"


@pytest.mark.parametrize("what", ["client", "therapist", "alone", "crowd", "kind"])
def test_each_is_another_and_there_are_two_to_six(pair: Pair, what: str):
    first, second = pair.members
    wrong: dict[str, Any] = {
        "client": {"members": [first, Member(first.client, second.variant, second.therapist)]},
        "therapist": {"members": [first, Member(second.client, second.variant, first.therapist)]},
        "alone": {"members": [first]},
        "crowd": {"members": [first] * 7},
        "kind": {"kind": "crowd"},
    }
    with pytest.raises(DomainError) as caught:
        pair.book(**wrong[what])
    assert caught.value.status == 422
    assert count(Visit) == 0


def test_a_room_that_is_named_is_kept_to(pair: Pair):
    other = made.a_room_for_two("Attic", 10)
    visits = visits_of(pair.book(room=other))
    assert {one.place.room_id for one in visits} == {other.id}
    with pytest.raises(services.SlotTaken):
        pair.book(10, room=db.session.scalars(select(Room).filter_by(name="R1")).one())


def test_the_times_that_are_offered_are_those_that_can_be_booked(pair: Pair):
    made.book(pair.house, made.at(9), client=a_client("Walter Brandt"))
    times = openings_together(wishes(pair))
    starts = {one.starts_at for one in times}
    assert made.at(9) not in starts
    assert made.at(10, 15) in starts
    one = next(one for one in times if one.starts_at == made.at(11))
    assert one.rooms == "Garden"
    assert len({person.id for person in one.therapists}) == 2
    known = {person.id: person for person in [pair.house.therapist, pair.members[1].therapist]}
    members = [
        Member(member.client, member.variant, known[person.id])
        for member, person in zip(pair.members, one.therapists, strict=True)
    ]
    pair.book(11, members=members)
    assert made.at(11) not in {one.starts_at for one in openings_together(wishes(pair))}
    days = best_of_days(times, 4)
    assert [len(shown) for _, shown in days] == [4, 4]


def test_without_two_therapists_or_a_room_for_two_no_time_is_offered(pair: Pair):
    with transaction() as session, writing("test", SYSTEM):
        session.get_one(Place, pair.room.places[0].id).is_active = False
        session.flush()
    assert openings_together(wishes(pair)) == []
    assert openings_together(wishes(pair), "group")
    three = [*wishes(pair), wishes(pair)[0]]
    assert openings_together(three, "group") == []


def test_all_move_together_or_none_does(pair: Pair):
    group = pair.book()
    visits = visits_of(group)
    shown = {one.public_id: one.version for one in visits}
    with transaction():
        move_together(group, actor=pair.house.desk, starts_at=made.at(10, 30), versions=shown)
    assert {one.starts_at for one in visits_of(group)} == {made.at(10, 30)}
    assert {one.place.room_id for one in visits_of(group)} == {pair.room.id}
    with pytest.raises(StaleEdit), transaction():
        move_together(group, actor=pair.house.desk, starts_at=made.at(14), versions=shown)
    made.book(pair.house, made.at(14), client=a_client("W B"), therapist=pair.members[1].therapist)
    with pytest.raises(services.SlotTaken), transaction():
        move_together(group, actor=pair.house.desk, starts_at=made.at(14))
    assert {one.starts_at for one in visits_of(group)} == {made.at(10, 30)}


def test_all_are_cancelled_together(pair: Pair):
    group = pair.book()
    with transaction():
        cancel_together(group, actor=pair.house.desk, by="clinic", why="Flood")
    assert visits_of(group) == []
    assert set(db.session.scalars(select(Visit.status))) == {"cancelled"}
    for act in (
        lambda: cancel_together(group, actor=pair.house.desk),
        lambda: move_together(group, actor=pair.house.desk, starts_at=made.at(15)),
    ):
        with pytest.raises(Conflict), transaction():
            act()
    assert pair.book().kind == "couple"


def test_only_who_keeps_the_schedule_books_for_several(pair: Pair):
    with pytest.raises(NotAllowed):
        pair.book(actor=pair.house.treats)


def test_both_count_against_their_own_referral_whichever_was_written_first(pair: Pair):
    second = made.an_authorisation(pair.house, client=pair.members[1].client)
    first = made.an_authorisation(pair.house)
    members = [
        Member(one.client, one.variant, one.therapist, use_referral=True) for one in pair.members
    ]
    visits = visits_of(pair.book(members=members))
    assert [one.authorisation_id for one in visits] == [first.id, second.id]
