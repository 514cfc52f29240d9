"""Time kept for a caller: nobody else has it meanwhile, and afterwards anybody may."""

from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import func, select

from clinic.core.clock import now, rehearsed
from clinic.core.db import db
from clinic.core.errors import Conflict, DomainError, NotAllowed, NotFound
from clinic.core.guard import writing
from clinic.core.permissions import SYSTEM
from clinic.core.transactions import transaction
from clinic.desk.queries.day import day_mark
from clinic.scheduling import services
from clinic.scheduling.models import Hold
from clinic.scheduling.queries.holding import standing_holds, the_hold
from clinic.scheduling.rules import HOLD_MINUTES
from clinic.scheduling.services import OutsideHours, SlotTaken
from clinic.staff import queries as staff_queries
from clinic.timetable.models import Occupancy, Slot
from clinic.timetable.services import approve, ask, close_room, remove_lapsed
from tests.factories import catalogue, staff
from tests.factories import scheduling as made
from tests.factories.clients import a_client

GONE = timedelta(minutes=HOLD_MINUTES, seconds=1)


def kept(house, starts_at=None, **more):
    facts = {
        "actor": house.desk,
        "variant": house.variant,
        "therapist": house.therapist,
        "starts_at": starts_at or made.at(10),
    }
    with transaction():
        return services.hold_time(**(facts | more))


def refused(error, act, match):
    with pytest.raises(error, match=match), transaction():
        act()


def count(table):
    return db.session.scalar(select(func.count()).select_from(table))


def test_what_is_kept_is_nobody_elses_for_five_minutes(inside: Flask):
    house = made.open_house()
    hold = kept(house)
    assert hold.slot.expires_at - now() <= timedelta(minutes=5)
    assert (count(Occupancy), hold.place_id) == (2, house.places[0].id)
    with pytest.raises(SlotTaken, match="kept for somebody"):
        made.book(house)
    # another therapist has the same time, in another room
    other = made.a_therapist("Ines Okafor")
    assert made.book(house, therapist=other).place_id == house.places[1].id
    assert the_hold(hold.public_id).id == hold.id
    assert [one.id for one in standing_holds(made.day(), made.day())] == [hold.id]


def test_with_a_client_their_own_time_is_kept_too(inside: Flask):
    house = made.open_house()
    kept(house, client=house.client)
    with pytest.raises(SlotTaken, match="kept for somebody"):
        made.book(house, therapist=made.a_therapist("Ines Okafor"))


def test_a_hold_becomes_the_visit(inside: Flask):
    house = made.open_house()
    hold = kept(house, place=house.places[1], client=house.client)
    visit = made.book(house, hold=hold)
    assert visit.place_id == house.places[1].id
    assert (count(Hold), count(Occupancy), count(Slot)) == (0, 3, 1)


def test_a_hold_is_given_back_when_another_time_is_booked_with_it(inside: Flask):
    house = made.open_house()
    hold = kept(house)
    made.book(house, made.at(14), hold=hold)
    assert made.book(house, client=a_client("Omar Haddad"))


def test_a_refused_booking_keeps_the_hold(inside: Flask):
    house = made.open_house()
    hold = kept(house)
    with transaction() as session, writing("test", SYSTEM):
        house.client.status = "archived"
        session.flush()
    number = hold.public_id
    with pytest.raises(services.NotAdmitted, match="archived"):
        made.book(house, hold=hold)
    assert (the_hold(number).place_id, count(Occupancy)) == (house.places[0].id, 2)


def test_a_hold_that_ran_out_is_as_good_as_none(inside: Flask):
    house = made.open_house()
    hold = kept(house)
    with rehearsed(now() + GONE):
        with pytest.raises(NotFound):
            the_hold(hold.public_id)
        first = made.book(house, client=a_client("Omar Haddad"))  # somebody else is faster
        assert (first.status, count(Hold)) == ("booked", 0)
        with pytest.raises(SlotTaken):
            made.book(house, hold=hold)
        assert made.book(house, made.at(15), hold=hold)
        with transaction():
            services.let_go(hold, actor=house.desk)


@pytest.mark.parametrize("what", ["move", "undo", "time off", "closure", "hold"])
def test_what_ran_out_blocks_nothing(inside: Flask, what):
    house = made.open_house()
    visit = made.book(house, made.at(10 if what == "undo" else 15))
    if what == "undo":
        made.done(services.cancel, visit, house.desk, by="clinic")
    kept(house, place=house.places[0])
    with rehearsed(now() + GONE):
        if what == "move":
            made.done(services.move, visit, house.desk, starts_at=made.at(10))
        elif what == "undo":
            made.done(services.undo, visit, house.desk)
        elif what == "time off":
            away = {"kind": "break", "starts_at": made.at(10), "ends_at": made.at(11)}
            with transaction():
                asked = ask(house.therapist, actor=house.owner, **away)
            made.done(approve, asked, house.owner)
        elif what == "closure":
            closed = {"starts_at": made.at(10), "ends_at": made.at(11)}
            with transaction():
                close_room(house.places[0].room, actor=house.owner, **closed)
        else:
            kept(house)
        assert count(Hold) == (1 if what == "hold" else 0)


def test_who_keeps_it_lets_it_go_and_no_other_therapist(inside: Flask):
    house = made.open_house()
    hold = kept(house, actor=house.treats)
    other = staff_queries.actor_of(made.a_therapist("Ines Okafor"))
    refused(NotAllowed, lambda: services.let_go(hold, actor=other), "Somebody else")
    with transaction():
        services.let_go(hold, actor=house.treats)
    assert (count(Hold), count(Slot), count(Occupancy)) == (0, 0, 0)
    again = kept(house, actor=house.treats)
    with transaction():
        services.let_go(again, actor=house.desk)  # who keeps the schedule may
    assert count(Hold) == 0


def test_nobody_hoards(inside: Flask):
    house = made.open_house()
    first = kept(house, made.at(8))
    kept(house, made.at(10))
    kept(house, made.at(12))
    with pytest.raises(Conflict, match="keep 3 times"):
        kept(house, made.at(14))
    assert kept(house, made.at(14), actor=staff.receptionist("Nora Lind"))
    with transaction():
        services.let_go(first, actor=house.desk)
    assert kept(house, made.at(16))


def test_what_could_not_be_booked_is_not_kept(inside: Flask):
    house = made.open_house()
    short = made.a_therapist("Ines Okafor", hours=(540, 1020))
    with pytest.raises(OutsideHours):
        kept(house, made.at(7), therapist=short)
    with pytest.raises(DomainError, match="begin every"):
        kept(house, made.at(10, 7))
    with pytest.raises(DomainError, match="has passed"):
        kept(house, made.just_now())
    hot = catalogue.variant(code="HOT_STONE", requires=("HOT_STONE",))
    with pytest.raises(services.NotAdmitted, match="not qualified"):
        kept(house, variant=hot)
    with pytest.raises(NotAllowed):
        kept(house, actor=staff_queries.actor_of(short))
    assert count(Hold) == 0


def test_what_ran_out_is_swept_away_one_by_one_and_what_stands_stays(inside: Flask):
    house = made.open_house()
    for hour in (10, 12):
        kept(house, made.at(hour))
    with rehearsed(now() + GONE):
        stays = kept(house, made.at(14))
        swept = 0
        while _swept():
            swept += 1
        assert swept == 2
        assert [one.id for one in db.session.scalars(select(Hold))] == [stays.id]


def _swept():
    with transaction():
        return remove_lapsed(actor=SYSTEM)


def test_letting_go_is_written_down_so_that_boards_see_it(inside: Flask):
    house = made.open_house()
    hold = kept(house)
    before = day_mark()
    with transaction():
        services.let_go(hold, actor=house.desk)
    assert day_mark() != before
