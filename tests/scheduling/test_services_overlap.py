"""Two at one time with one therapist: only on purpose, only by the owner, never by accident."""

import pytest
from flask import Flask
from sqlalchemy import select

from clinic.core.db import db
from clinic.core.errors import DomainError, NotAllowed
from clinic.core.transactions import transaction
from clinic.scheduling import services
from clinic.scheduling.services import SlotTaken
from clinic.timetable.models import Occupancy
from clinic.timetable.services import approve, ask
from tests.factories import catalogue
from tests.factories import scheduling as made
from tests.factories.clients import a_client

WHY = "Twins, both want June"


def lanes(visit):
    rows = select(Occupancy.resource_id, Occupancy.lane).where(Occupancy.slot_id == visit.slot_id)
    found = {row.resource_id: row.lane for row in db.session.execute(rows)}
    return tuple(
        found[one]
        for one in (
            visit.therapist_resource_id,
            visit.client_resource_id,
            visit.place_resource_id,
        )
    )


def two(house, **more):
    first = made.book(house)
    over = {"actor": house.owner, "client": a_client("Omar Haddad"), "overlap_why": WHY}
    return first, made.book(house, more.pop("starts_at", None), **(over | more))


def test_the_owner_books_a_therapist_twice_and_says_why(inside: Flask):
    house = made.open_house()
    first, second = two(house)
    assert (first.overlap_why, lanes(first)) == ("", (0, 0, 0))
    assert (second.overlap_why, lanes(second)) == (WHY, (1, 0, 0))
    assert second.place_id != first.place_id


def test_a_third_lies_in_a_lane_of_its_own(inside: Flask):
    house = made.open_house()
    two(house)
    made.a_place("R3", 3)
    third = made.book(
        house, actor=house.owner, client=a_client("Nora Lind"), overlap_why="A class of three"
    )
    assert lanes(third) == (2, 0, 0)


def test_nobody_else_may(inside: Flask):
    house = made.open_house()
    made.book(house)
    for actor in (house.desk, house.treats):
        with pytest.raises(NotAllowed, match="Only the owner"):
            made.book(house, client=a_client("Omar Haddad"), actor=actor, overlap_why=WHY)


def test_without_a_clash_the_reason_is_not_kept(inside: Flask):
    house = made.open_house()
    visit = made.book(house, actor=house.owner, overlap_why=WHY)
    assert (visit.overlap_why, lanes(visit)) == ("", (0, 0, 0))


def test_client_and_room_are_never_taken_twice(inside: Flask):
    house = made.open_house()
    first = made.book(house)
    with pytest.raises(SlotTaken, match="client has another"):
        made.book(house, actor=house.owner, overlap_why=WHY)
    with pytest.raises(SlotTaken, match="room is taken"):
        made.book(
            house, actor=house.owner, client=a_client("Omar Haddad"), overlap_why=WHY,
            place=first.place,
        )  # fmt: skip


def test_time_off_and_kept_time_are_not_overlapped(inside: Flask):
    house = made.open_house()
    with transaction():
        asked = ask(
            house.therapist, actor=house.owner, kind="break", starts_at=made.at(10),
            ends_at=made.at(11),
        )  # fmt: skip
    made.done(approve, asked, house.owner)
    with pytest.raises(SlotTaken, match="away"):
        made.book(house, actor=house.owner, overlap_why=WHY)
    with transaction():
        services.hold_time(
            actor=house.desk, variant=house.variant, therapist=house.therapist,
            starts_at=made.at(14),
        )  # fmt: skip
    with pytest.raises(SlotTaken, match="kept"):
        made.book(house, made.at(14), actor=house.owner, overlap_why=WHY)


def test_what_lies_over_another_blocks_like_any_visit(inside: Flask):
    """The one below is cancelled or moved away: the lane of all is empty, the therapist is not."""
    house = made.open_house()
    first, second = two(house)
    made.done(services.cancel, first, house.desk, by="clinic")
    with pytest.raises(SlotTaken, match="therapist is taken"):
        made.book(house, client=a_client("Nora Lind"))
    with pytest.raises(SlotTaken, match="therapist is taken"):
        made.done(services.undo, first, house.desk)
    made.done(services.cancel, second, house.desk, by="clinic")
    made.done(services.undo, first, house.desk)
    assert lanes(first) == (0, 0, 0)


def test_a_move_to_a_free_time_ends_it(inside: Flask):
    house = made.open_house()
    _, second = two(house)
    made.done(services.move, second, house.desk, starts_at=made.at(15))
    assert (second.overlap_why, lanes(second)) == ("", (0, 0, 0))


def test_a_visit_is_moved_over_another_by_the_owner_alone(inside: Flask):
    house = made.open_house()
    made.book(house)
    other = made.book(house, made.at(15), client=a_client("Omar Haddad"))
    with pytest.raises(SlotTaken):
        made.done(services.move, other, house.desk, starts_at=made.at(10, 30))
    with pytest.raises(NotAllowed):
        made.done(services.move, other, house.desk, starts_at=made.at(10, 30), overlap_why=WHY)
    made.done(services.move, other, house.owner, starts_at=made.at(10, 30), overlap_why=WHY)
    assert (other.overlap_why, lanes(other)) == (WHY, (1, 0, 0))


def test_a_visit_is_moved_over_another_of_another_day_and_therapist(inside: Flask):
    house = made.open_house()
    ines = made.a_therapist("Ines Okafor")
    made.book(house, made.at(10, days=9), therapist=ines)
    other = made.book(house, client=a_client("Omar Haddad"))
    made.done(
        services.move, other, house.owner,
        starts_at=made.at(10, days=9), therapist=ines, overlap_why=WHY,
    )  # fmt: skip
    assert (other.starts_at, other.therapist_id) == (made.at(10, days=9), ines.id)
    assert (other.overlap_why, lanes(other)) == (WHY, (1, 0, 0))


def test_who_may_not_overlap_makes_it_shorter_and_never_longer(inside: Flask):
    house = made.open_house()
    long = catalogue.variant(90, 12000, of=house.variant.service)
    short = catalogue.variant(30, 5000, of=house.variant.service)
    for one in two(house):
        with pytest.raises(SlotTaken):
            made.done(services.change_service, one, house.desk, variant=long)
        made.done(services.change_service, one, house.desk, variant=short)
        assert one.minutes == 30
    first, second = one, one
    assert (second.overlap_why, first.status) == (WHY, "booked")
    made.done(services.resize, second, house.owner, minutes=60)
    assert (second.overlap_why, lanes(second)) == (WHY, (1, 0, 0))


def test_a_cancelled_overlap_comes_back_only_by_who_may(inside: Flask):
    house = made.open_house()
    first, second = two(house)
    made.done(services.cancel, second, house.desk, by="clinic")
    with pytest.raises(SlotTaken):
        made.done(services.undo, second, house.desk)
    made.done(services.undo, second, house.owner)
    assert (second.overlap_why, lanes(second)) == (WHY, (1, 0, 0))
    made.done(services.cancel, second, house.desk, by="clinic")
    made.done(services.cancel, first, house.desk, by="clinic")
    made.done(services.undo, second, house.desk)
    assert (second.overlap_why, lanes(second)) == ("", (0, 0, 0))


def test_a_reason_has_a_length(inside: Flask):
    house = made.open_house()
    with pytest.raises(DomainError, match="at most 120"):
        made.book(house, actor=house.owner, overlap_why="x" * 121)
