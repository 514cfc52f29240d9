"""Booking, moving and changing a visit, on both engines."""

from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import func, select

from clinic.clients import services as clients
from clinic.clients.models import CareTeamMember
from clinic.core.db import db
from clinic.core.errors import DomainError, NotAllowed
from clinic.core.permissions import SYSTEM, Role
from clinic.core.transactions import transaction
from clinic.scheduling import services
from clinic.scheduling.models import Visit
from clinic.timetable.models import Occupancy
from tests.factories import catalogue, staff
from tests.factories import scheduling as made
from tests.factories.clients import a_client


def refused(error, act, match=None):
    with pytest.raises(error, match=match) as caught, transaction():
        act()
    return caught.value


def test_a_visit_is_booked_with_all_that_is_frozen(inside: Flask):
    house = made.open_house()
    aroma = catalogue.add_on(minutes=15)
    visit = made.book(house, add_ons=[aroma], note="Two pillows")
    assert (visit.status, visit.minutes, visit.price_minor, visit.currency) == (
        "booked", 75, 8500, "USD",
    )  # fmt: skip
    assert [(one.price_minor, one.extra_minutes) for one in visit.add_ons] == [(1000, 15)]
    assert visit.ends_at - visit.starts_at == timedelta(minutes=75)
    assert (visit.note, visit.client.status) == ("Two pillows", "active")
    assert db.session.scalar(select(func.count()).select_from(Occupancy)) == 3


def test_a_slot_cannot_be_booked_twice(inside: Flask):
    house = made.open_house()
    made.book(house)
    other = a_client("Omar Haddad")
    error = refused(
        services.SlotTaken,
        lambda: services.book(
            actor=house.desk, client=other, variant=house.variant, therapist=house.therapist,
            starts_at=made.at(10),
        ),
        "therapist is taken",
    )  # fmt: skip
    assert (error.status, error.field) == (409, "time")
    assert db.session.scalar(select(func.count()).select_from(Visit)) == 1


def test_the_turnover_of_one_visit_keeps_the_next_away(inside: Flask):
    house = made.open_house()
    made.book(house)
    other = a_client("Omar Haddad")
    with pytest.raises(services.SlotTaken):
        made.book(house, made.at(11), client=other)
    assert made.book(house, made.at(11, 15), client=other).status == "booked"


def test_a_client_cannot_be_with_two_therapists_at_once(inside: Flask):
    house = made.open_house()
    made.book(house)
    other = made.a_therapist("Ines Okafor")
    with pytest.raises(services.SlotTaken, match="client has another visit"):
        made.book(house, made.at(10, 30), therapist=other)
    assert made.book(house, made.at(11), therapist=other).place_id == house.places[1].id


def test_without_a_free_room_there_is_no_visit(inside: Flask):
    house = made.open_house()
    made.book(house)
    for number, name in enumerate(("Ines Okafor", "Tomas Reyes")):
        someone = made.a_therapist(name)
        visitor = a_client(f"Visitor {name}")
        if number:
            with pytest.raises(services.SlotTaken, match="No room is free"):
                made.book(house, therapist=someone, client=visitor)
        else:
            made.book(house, therapist=someone, client=visitor)


def test_booking_puts_the_therapist_into_the_care_team_once(inside: Flask):
    house = made.open_house()
    made.book(house)
    made.book(house, made.at(14))
    members = db.session.scalars(select(CareTeamMember)).all()
    assert [one.staff_id for one in members] == [house.therapist.id]


@pytest.mark.parametrize(
    ("starts", "match"),
    [
        (lambda: made.at(10, 7), "every 15 minutes"),
        (lambda: made.at(10, days=-1), "has passed"),
        (lambda: made.at(10, days=800), "days ahead"),
    ],
)
def test_a_time_that_cannot_be_is_refused_beside_its_field(inside: Flask, starts, match):
    house = made.open_house()
    with pytest.raises(DomainError, match=match) as caught:
        made.book(house, starts())
    assert caught.value.field == "time"


def test_new_bookings_keep_the_lead_time_and_walk_ins_do_not(inside: Flask):
    house = made.open_house(min_lead=600)
    soon = made.just_now(-60)
    with pytest.raises(DomainError, match="600 minutes ahead"):
        made.book(house, soon)
    assert made.book(house, soon, source="walk_in").source == "walk_in"
    earlier = made.just_now(90)
    assert made.book(house, earlier, source="walk_in", client=a_client("O H")).status == "booked"
    with pytest.raises(DomainError, match="has passed"):
        made.book(house, made.at(10, days=-1), source="walk_in")


def test_a_therapist_may_not_write_the_past(inside: Flask):
    house = made.open_house()
    with pytest.raises(DomainError, match="has passed"):
        made.book_now(house, actor=house.treats)


def test_a_therapist_books_for_themselves_only(inside: Flask):
    house = made.open_house()
    other = made.a_therapist("Ines Okafor")
    assert made.book(house, actor=house.treats).status == "booked"
    with pytest.raises(NotAllowed):
        made.book(house, made.at(15), actor=house.treats, therapist=other)
    theirs = made.book(house, made.at(15), therapist=other)
    for act in (
        lambda: services.cancel(theirs, actor=house.treats),
        lambda: services.move(theirs, actor=house.treats, starts_at=made.at(16)),
        lambda: services.move(
            theirs, actor=house.treats, starts_at=made.at(16), therapist=house.therapist
        ),
        lambda: services.check_in(theirs, actor=house.treats),
    ):
        refused(NotAllowed, act)


def test_outside_working_hours_only_knowingly_and_only_by_the_desk(inside: Flask):
    house = made.open_house()
    early = made.a_therapist("Ines Okafor", hours=(540, 720))
    assert made.book(house, made.at(9), therapist=early).status == "booked"
    for hour in (7, 11, 13):  # 11:00 would end at 12:00, and its turnover after that
        with pytest.raises(services.OutsideHours):
            made.book(house, made.at(hour), therapist=early)
    own = {"actor": staff_actor(early), "therapist": early, "outside_hours": True}
    with pytest.raises(services.OutsideHours):
        made.book(house, made.at(13), **own)
    assert made.book(house, made.at(13), therapist=early, outside_hours=True).status == "booked"


def staff_actor(person):
    return made.staff_queries.actor_of(person)


def test_the_hands_on_limit_weighs_deep_work_and_holds_for_the_day(inside: Flask):
    house = made.open_house(hands_on_limit=150)
    deep = catalogue.variant(code="DEEP", hands_on_percent=125)
    first = made.book(house, made.at(8), variant=deep)
    made.book(house, made.at(10))
    with pytest.raises(DomainError, match="more than 150 minutes"):
        made.book(house, made.at(12))
    made.done(services.cancel, first, house.desk, by="clinic")
    assert made.book(house, made.at(12)).status == "booked"
    refused(DomainError, lambda: services.undo(first, actor=house.desk), "more than 150")


def test_the_gate_asks_the_licence_on_the_day_of_the_visit(inside: Flask):
    house = made.open_house()
    person = staff.member("Ines Okafor", Role.THERAPIST)
    made.works(person, 0, 1440)
    with pytest.raises(services.NotAdmitted, match="no valid licence") as caught:
        made.book(house, therapist=person)
    assert caught.value.field == "therapist"
    last = made.this_day() + timedelta(days=7)
    staff.licence(person, until=last)
    visit = made.book(house, therapist=person)
    refused(
        services.NotAdmitted,
        lambda: services.move(visit, actor=house.desk, starts_at=made.at(10, days=8)),
        "no valid licence",
    )


def test_the_gate_asks_what_service_and_add_ons_require(inside: Flask):
    house = made.open_house()
    prenatal = catalogue.variant(code="PRENATAL", requires=("PRENATAL",))
    cupping = catalogue.add_on("ADD_CUP", requires="CUPPING")
    with pytest.raises(services.NotAdmitted, match="not qualified"):
        made.book(house, variant=prenatal)
    with pytest.raises(services.NotAdmitted, match="not qualified"):
        made.book(house, add_ons=[cupping])
    staff.licence(house.therapist, code="PRENATAL")
    assert made.book(house, variant=prenatal).status == "booked"


def test_who_is_no_therapist_or_has_left_is_not_booked(inside: Flask):
    house = made.open_house()
    desk_person = made.a_therapist("Hannah Doyle", Role.RECEPTIONIST)
    with pytest.raises(services.NotAdmitted, match="does not treat here"):
        made.book(house, therapist=desk_person)
    gone = made.a_therapist("Ines Okafor")
    with transaction():
        made.staff.services.disable(gone, actor=SYSTEM)
    with pytest.raises(services.NotAdmitted, match="does not treat here"):
        made.book(house, therapist=gone)


def test_a_client_who_may_not_be_booked_is_refused_without_the_reason(inside: Flask):
    house = made.open_house()
    with transaction():
        clients.stop_booking(house.client, actor=house.owner, reason="threatened the staff")
    with pytest.raises(services.NotAdmitted, match="do not book") as caught:
        made.book(house)
    assert "threatened" not in str(caught.value)
    assert caught.value.field == "client"


def test_nobody_is_booked_who_has_died_or_is_archived(inside: Flask):
    house = made.open_house()
    visit = made.book(house)
    with transaction():
        clients.record_death(house.client, actor=SYSTEM, on=None)
    with pytest.raises(services.NotAdmitted, match="having died"):
        made.book(house, made.at(15))
    made.done(services.cancel, visit, house.desk)
    gone = a_client("Peter Vance")
    with transaction():
        proof = clients.NothingOpen(gone.id)
        clients.archive(gone, actor=SYSTEM, nothing_open=proof)
    with pytest.raises(services.NotAdmitted, match="archived"):
        made.book(house, client=gone)


def test_a_merged_record_is_booked_as_the_one_that_was_kept(inside: Flask):
    house = made.open_house()
    double = a_client("G Nakamura")
    with transaction():
        clients.merge(house.client, double, actor=SYSTEM)
    assert made.book(house, client=double).client_id == house.client.id


def test_what_is_no_longer_offered_is_not_booked_but_still_kept(inside: Flask):
    house = made.open_house()
    visit = made.book(house)
    with transaction() as session, made.writing("test", SYSTEM):
        session.get_one(type(house.variant), house.variant.id).is_active = False
        session.flush()
    with pytest.raises(services.NotAdmitted, match="no longer offered"):
        made.book(house, made.at(15))
    made.done(services.move, visit, house.desk, starts_at=made.at(16))
    assert visit.starts_at == made.at(16)


def test_a_referral_is_used_when_asked_for_and_counted_once(inside: Flask):
    house = made.open_house()
    allowed = made.an_authorisation(house, visits=2)
    plain = made.book(house, made.at(8))
    assert plain.authorisation_id is None
    first = made.book(house, made.at(10), use_referral=True)
    made.book(house, made.at(12), authorisation=allowed)
    assert first.authorisation_id == allowed.id
    with pytest.raises(services.NotAdmitted, match="no visits left") as caught:
        made.book(house, made.at(14), use_referral=True)
    assert caught.value.field == "referral"
    made.done(services.cancel, first, house.desk, by="clinic")
    last = made.book(house, made.at(14), use_referral=True)
    assert last.authorisation_id == allowed.id
    refused(services.NotAdmitted, lambda: services.undo(first, actor=house.desk), "no visits left")


def test_the_earliest_open_authorisation_with_a_visit_left_is_used(inside: Flask):
    house = made.open_house()
    since = made.this_day() - timedelta(days=9)
    earlier = made.an_authorisation(house, visits=1, valid_from=since)
    later = made.an_authorisation(house, visits=5)
    used = [made.book(house, made.at(hour), use_referral=True) for hour in (8, 10)]
    assert [one.authorisation_id for one in used] == [earlier.id, later.id]


def test_a_service_that_needs_a_referral_is_not_booked_without(inside: Flask):
    house = made.open_house()
    ordered = catalogue.variant(code="MEDICAL", needs_referral=True)
    with pytest.raises(services.NotAdmitted, match="no referral that is valid"):
        made.book(house, variant=ordered)
    until = made.this_day() + timedelta(days=7)
    made.an_authorisation(house, valid_until=until)
    visit = made.book(house, variant=ordered)
    assert visit.authorisation_id is not None
    refused(
        services.NotAdmitted,
        lambda: services.move(visit, actor=house.desk, starts_at=made.at(10, days=8)),
        "not valid on",
    )


def test_another_clients_referral_is_not_used(inside: Flask):
    house = made.open_house()
    theirs = made.an_authorisation(house, client=a_client("Omar Haddad"))
    with pytest.raises(services.NotAdmitted, match="another client"):
        made.book(house, authorisation=theirs)
