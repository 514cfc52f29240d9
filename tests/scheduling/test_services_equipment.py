"""What a room must have, what a service takes besides, and how much one person bears."""

from dataclasses import replace
from threading import Thread

import pytest
from flask import Flask
from sqlalchemy import select, update

from clinic.catalogue.models import EquipmentKind, RoomFeature
from clinic.core.db import db
from clinic.core.errors import DomainError
from clinic.core.guard import writing
from clinic.core.permissions import SYSTEM
from clinic.core.transactions import transaction
from clinic.scheduling import services
from clinic.scheduling.models import Visit
from clinic.scheduling.queries.groups import openings_together
from clinic.scheduling.queries.hurt import hurt_visits
from clinic.scheduling.queries.openings import Wish, openings
from clinic.scheduling.queries.visits import equipment_of
from clinic.scheduling.services import SlotTaken, claims
from clinic.timetable.models import Equipment, Occupancy, Resource
from tests.factories import catalogue
from tests.factories import scheduling as made
from tests.factories.clients import a_client


def taken_at(visit):
    return [one.split()[-1] for one in equipment_of(visit)]


def heated(count=1):
    """A clinic whose service takes a heater, of which there are so many."""
    house = made.open_house()
    made.needs(house.variant, kind="hot-stone heater")
    pieces = [made.a_piece("hot-stone heater", f"Heater {n}") for n in range(1, count + 1)]
    other = made.a_therapist("Ines Okafor")
    return house, other, pieces


def test_only_a_room_that_has_what_is_needed_is_chosen(inside: Flask):
    house = made.open_house()
    made.needs(house.variant, feature="Sink")
    made.has(house.places[1], "Sink")
    visit = made.book(house)
    assert visit.place_id == house.places[1].id
    with pytest.raises(DomainError, match=r"This room has no sink\. Choose another\."):
        made.book(house, made.at(14), place=house.places[0])
    with pytest.raises(DomainError, match="This room has no sink"):
        made.done(services.move, visit, house.desk, starts_at=made.at(12), place=house.places[0])
    with pytest.raises(SlotTaken, match="No room is free"):
        made.book(house, therapist=made.a_therapist("Ines Okafor"), client=a_client("Omar Haddad"))


def test_a_change_of_service_goes_to_a_room_that_has_it(inside: Flask):
    house = made.open_house()
    wrap = catalogue.variant(code="WRAP")
    made.needs(wrap, feature="Sink")
    made.has(house.places[1], "Sink")
    visit = made.book(house)
    assert visit.place_id == house.places[0].id
    made.done(services.change_service, visit, house.desk, variant=wrap)
    assert visit.place_id == house.places[1].id


def test_a_visit_takes_one_free_piece_of_each_kind_with_its_buffers(inside: Flask):
    house, other, _ = heated(2)
    first = made.book(house)
    second = made.book(house, therapist=other, client=a_client("Omar Haddad"))
    assert (taken_at(first), taken_at(second)) == (["1"], ["2"])
    row = db.session.scalars(
        select(Occupancy)
        .join(Resource, Resource.id == Occupancy.resource_id)
        .where(Resource.equipment_id.is_not(None), Occupancy.slot_id == first.slot_id)
    ).one()
    assert row.after_s == first.variant.service.buffer_after * 60
    made.a_place("R3", 3)
    third = made.a_therapist("Nora Lind")
    with pytest.raises(SlotTaken, match="No hot-stone heater is free then"):
        made.book(house, therapist=third, client=a_client("Lena Voss"))
    with pytest.raises(SlotTaken, match="No hot-stone heater is free"):  # still warm
        made.book(house, made.at(11), therapist=third, client=a_client("Ana Ruiz"))
    assert made.book(house, made.at(11, 30), therapist=third, client=a_client("Ida Holm"))


def test_what_the_clinic_has_not_is_said_with_what_to_do(inside: Flask):
    house, _, _ = heated(0)
    with pytest.raises(DomainError, match=r"no hot-stone heater in use\. Add one"):
        made.book(house)


def test_an_add_on_takes_its_equipment_and_shares_the_kind_with_the_service(inside: Flask):
    house, other, pieces = heated(2)
    stones = catalogue.add_on("ADD_STONES")
    with transaction() as session, writing("test", SYSTEM):
        stones.equipment_kind_id = pieces[0].kind_id
        session.flush()
    assert taken_at(made.book(house, add_ons=[stones])) == ["1"]
    plain = catalogue.variant(code="PLAIN")
    visit = made.book(
        house, therapist=other, client=a_client("Omar Haddad"), variant=plain, add_ons=[stones]
    )
    assert taken_at(visit) == ["2"]


def test_a_visit_keeps_its_piece_where_it_can_and_gives_it_back(inside: Flask):
    house, other, pieces = heated(2)
    blocked = made.book(house)
    visit = made.book(house, therapist=other, client=a_client("Omar Haddad"))
    assert taken_at(visit) == ["2"]
    made.done(services.move, visit, house.desk, starts_at=made.at(15))
    assert taken_at(visit) == ["2"]  # its own, though the first is free then
    made.done(services.move, visit, house.desk, starts_at=made.at(15, days=8))
    assert taken_at(visit) == ["2"]
    with transaction() as session, writing("test", SYSTEM):
        session.merge(pieces[1]).is_active = False
        session.flush()
    made.done(services.move, visit, house.desk, starts_at=made.at(15))
    assert taken_at(visit) == ["1"]
    made.done(services.cancel, visit, house.desk, by="clinic")
    assert taken_at(visit) == []
    made.done(services.undo, visit, house.desk)
    assert taken_at(visit) == ["1"]
    plain = catalogue.variant(code="PLAIN")
    made.done(services.change_service, blocked, house.desk, variant=plain)
    assert taken_at(blocked) == []


def test_a_cancelled_visit_comes_back_with_another_piece_or_not_at_all(inside: Flask):
    house, other, _ = heated(2)
    visit = made.book(house)
    made.done(services.cancel, visit, house.desk, by="clinic")
    made.book(house, therapist=other, client=a_client("Omar Haddad"), place=house.places[1])
    made.done(services.undo, visit, house.desk)
    assert taken_at(visit) == ["2"]
    made.done(services.cancel, visit, house.desk, by="clinic")
    third = made.a_therapist("Nora Lind")
    made.book(house, therapist=third, client=a_client("Ida Holm"), place=made.a_place("R3", 3))
    with pytest.raises(SlotTaken, match="No hot-stone heater"):
        made.done(services.undo, visit, house.desk)


def test_a_service_that_needs_it_no_more_gives_it_back_when_it_moves(inside: Flask):
    house, _, _ = heated()
    visit = made.book(house)
    with transaction() as session, writing("test", SYSTEM):
        session.merge(house.variant.service).equipment.clear()
        session.flush()
    made.done(services.move, visit, house.desk, starts_at=made.at(10, 30))
    assert taken_at(visit) == []


def test_a_therapist_has_a_limit_of_their_own(inside: Flask):
    house = made.open_house(hands_on_limit=300)
    other = made.a_therapist("Ines Okafor")
    made.bears(other, 90)
    made.book(house, therapist=other, client=a_client("Omar Haddad"))
    with pytest.raises(DomainError, match="Ines Okafor would treat more than 90 minutes"):
        made.book(house, made.at(14), therapist=other)
    visit = made.book(house, made.at(14))
    with pytest.raises(DomainError, match="more than 90"):
        made.done(services.move, visit, house.desk, starts_at=made.at(14), therapist=other)
    made.bears(house.therapist, 480)
    for hour in (8, 10, 12, 16, 18):
        made.book(house, made.at(hour))
    assert db.session.query(Visit).filter_by(therapist_id=house.therapist.id).count() == 6


def test_two_desks_at_once_do_not_book_above_the_limit(app: Flask):
    with app.app_context():
        house = made.open_house()
        made.bears(house.therapist, 100)
        facts = [
            (house.client.id, 9),
            (a_client("Omar Haddad").id, 12),
            (a_client("Ida Holm").id, 15),
        ]
        variant, therapist, desk = house.variant.id, house.therapist.id, house.desk
    said = []

    def try_it(client, hour):
        with app.app_context():
            try:
                with transaction() as session:
                    services.book(
                        actor=desk,
                        client=session.get_one(type(house.client), client),
                        variant=session.get_one(type(house.variant), variant),
                        therapist=session.get_one(type(house.therapist), therapist),
                        starts_at=made.at(hour),
                    )
                said.append("booked")
            except DomainError as error:
                said.append(str(error))

    threads = [Thread(target=try_it, args=one) for one in facts]
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    assert said.count("booked") == 1
    assert all("more than 100 minutes" in one for one in said if one != "booked")


def out_of_use(*kinds):
    with transaction() as session, writing("test.out_of_use", SYSTEM):
        for kind in kinds:
            session.scalars(select(kind)).one().is_active = False
        session.flush()


def test_what_is_out_of_use_is_needed_no_more_by_booking_nor_by_the_search(inside: Flask):
    house, other, _ = heated(0)
    made.needs(house.variant, feature="Sink")
    wish = Wish(house.variant, (), made.day(), days=1)
    pair = [wish, replace(wish, client_id=a_client("Omar Haddad").id)]
    made.a_room_for_two()
    assert not openings(wish).openings
    assert not openings_together(pair)
    out_of_use(RoomFeature, EquipmentKind)
    assert openings(wish).openings
    assert openings_together(pair)
    visit = made.book(house)
    made.done(services.move, visit, house.desk, starts_at=made.at(12))
    assert not hurt_visits()
    made.book(house, therapist=other, client=a_client("Ada Brandt"), place=house.places[1])


def test_a_piece_that_is_given_up_while_somebody_waits_for_it_is_not_taken(
    inside: Flask, monkeypatch
):
    house, _, found = heated()
    ids = [one.id for one in found]
    there = claims.pieces

    def given_up_right_after(*about):
        seen = there(*about)
        with writing("test.meanwhile", SYSTEM):
            piece = update(Equipment.__table__).where(Equipment.__table__.c.id.in_(ids))
            db.session.connection().execute(piece.values(is_active=False))
        return seen

    monkeypatch.setattr(claims, "pieces", given_up_right_after)
    with pytest.raises(SlotTaken, match="equipment it needs is taken"):
        made.book(house)
