"""The last change taken back: everything as it was, or a reason why not."""

from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import func, select

from clinic.core.clock import now, rehearsed
from clinic.core.db import db
from clinic.core.errors import Conflict, DomainError, NotAllowed
from clinic.core.guard import writing
from clinic.core.permissions import SYSTEM
from clinic.core.transactions import transaction
from clinic.scheduling import services
from clinic.scheduling.models import VisitChange
from clinic.scheduling.queries.changes import history, latest_change, the_change
from clinic.scheduling.rules import UNDO_WITHIN
from clinic.scheduling.services import NotAdmitted, SlotTaken
from clinic.staff import queries as staff_queries
from clinic.timetable.models import Occupancy
from tests.factories import catalogue, staff
from tests.factories import scheduling as made
from tests.factories.clients import a_client
from tests.factories.ready import ready

KEPT = (
    "status", "starts_at", "ends_at", "therapist_id", "place_id", "variant_id", "minutes",
    "price_minor", "cut_off_hours", "late_fee_minor", "no_show_fee_minor", "fee_minor",
    "confirmed_at", "arrived_at", "started_at", "finished_at", "cancelled_at", "cancelled_by",
    "why", "overlap_why", "is_outside_hours",
)  # fmt: skip


def state(visit):
    extras = sorted((one.add_on_id, one.extra_minutes, one.price_minor) for one in visit.add_ons)
    return {name: getattr(visit, name) for name in KEPT} | {"add_ons": extras}


def back(visit, actor):
    change = latest_change(visit.id)
    with transaction():
        return services.take_back(change, actor=actor)


def taken():
    return db.session.scalar(select(func.count()).select_from(Occupancy))


@pytest.mark.parametrize(
    "what",
    ["time", "day", "therapist", "room", "longer", "shorter", "service", "confirm", "unconfirm"],
)
def test_a_change_of_a_booked_visit_is_taken_back_whole(inside: Flask, what):
    house = made.open_house()
    made.a_policy()
    aroma = catalogue.add_on("ADD_AROMA", 1000, minutes=15)
    for minutes, price in ((45, 7000), (90, 12000)):
        catalogue.variant(minutes, price, of=house.variant.service)
    facial = catalogue.variant(30, 4000, code="FACIAL")
    visit = made.book(house, add_ons=[aroma])
    if what != "confirm":
        made.done(services.confirm, visit, house.desk)
    before = state(visit)
    verb, more = {
        "time": (services.move, {"starts_at": made.at(14)}),
        "day": (services.move, {"starts_at": made.at(10, days=9)}),
        "therapist": (
            services.move, {"starts_at": made.at(10), "therapist": made.a_therapist("Ines Okafor")},
        ),
        "room": (services.move, {"starts_at": made.at(10), "place": house.places[1]}),
        "longer": (services.resize, {"minutes": 105}),
        "shorter": (services.resize, {"minutes": 60}),
        "service": (services.change_service, {"variant": facial}),
        "confirm": (services.confirm, {}),
        "unconfirm": (services.confirm, {"is_confirmed": False}),
    }[what]  # fmt: skip
    made.done(verb, visit, house.desk, **more)
    assert state(visit) != before
    back(visit, house.desk)
    assert state(visit) == before
    assert taken() == 3


@pytest.mark.parametrize("what", ["check_in", "start", "finish", "mark_no_show", "send_home"])
def test_a_step_of_the_day_is_taken_back(inside: Flask, what):
    house = made.open_house()
    ready(house)
    made.a_policy()
    visit = made.book_now(house)
    ways = {
        "start": ["check_in"],
        "finish": ["check_in", "start"],
        "send_home": ["check_in"],
    }
    for step in [*ways.get(what, []), None]:
        if step is None:
            before = state(visit)
        by = house.treats if (step or what) in ("start", "finish") else house.desk
        made.done(getattr(services, step or what), visit, by)
    assert visit.status != before["status"]
    back(visit, house.desk)
    assert state(visit) == before
    assert taken() == 3


@pytest.mark.parametrize("by", ["client", "clinic"])
def test_a_cancel_is_taken_back_with_the_fee(inside: Flask, by):
    house = made.open_house()
    made.a_policy(cut_off_hours=168)
    visit = made.book(house, made.at(10, days=3))
    before = state(visit)
    made.done(services.cancel, visit, house.desk, by=by, why="Ill")
    assert taken() == 0
    back(visit, house.desk)
    assert state(visit) == before
    assert taken() == 3


def test_only_its_doer_or_who_keeps_the_schedule_takes_it_back(inside: Flask):
    house = made.open_house()
    visit = made.book(house)
    made.done(services.move, visit, house.desk, starts_at=made.at(14))
    with pytest.raises(NotAllowed, match="Only who did this"):
        back(visit, house.treats)
    back(visit, staff.receptionist("Nora Lind"))
    made.done(services.move, visit, house.treats, starts_at=made.at(15))
    other = staff_queries.actor_of(made.a_therapist("Ines Okafor"))
    with pytest.raises(NotAllowed):
        back(visit, other)
    back(visit, house.treats)
    assert visit.starts_at == made.at(10)


def test_after_half_a_minute_it_is_too_late(inside: Flask):
    house = made.open_house()
    visit = made.book(house)
    made.done(services.move, visit, house.desk, starts_at=made.at(14))
    late = now() + timedelta(seconds=UNDO_WITHIN + 2)
    with rehearsed(late), pytest.raises(Conflict, match="too late"):
        back(visit, house.desk)
    assert visit.starts_at == made.at(14)


def test_once_more_has_happened_it_says_what(inside: Flask):
    house = made.open_house()
    visit = made.book(house)
    made.done(services.move, visit, house.desk, starts_at=made.at(14))
    change = latest_change(visit.id)
    made.done(services.confirm, visit, house.desk)
    with pytest.raises(Conflict, match="Confirmation changed"), transaction():
        services.take_back(change, actor=house.desk)
    with pytest.raises(Conflict, match="cannot be taken back"), transaction():
        services.take_back(first_of(visit), actor=house.desk)
    back(visit, house.desk)
    with pytest.raises(Conflict, match="cannot be taken back"):
        back(visit, house.desk)  # the taking back itself


def first_of(visit):
    return db.session.scalars(
        select(VisitChange).where(VisitChange.visit_id == visit.id).order_by(VisitChange.id)
    ).first()


def test_what_somebody_has_by_now_is_not_taken_back(inside: Flask):
    house = made.open_house()
    visit = made.book(house)
    made.done(services.move, visit, house.desk, starts_at=made.at(14))
    made.book(house, client=a_client("Omar Haddad"))
    with pytest.raises(SlotTaken):
        back(visit, house.desk)
    assert (visit.starts_at, taken()) == (made.at(14), 6)


@pytest.mark.parametrize("days", [7, 9])
def test_what_lay_over_another_on_purpose_lies_so_again(inside: Flask, days):
    house = made.open_house()
    made.book(house)
    over = made.book(house, actor=house.owner, client=a_client("Omar Haddad"), overlap_why="Twins")
    before = state(over)
    made.done(services.move, over, house.owner, starts_at=made.at(14, days=days))
    assert over.overlap_why == ""
    back(over, house.owner)
    assert state(over) == before
    assert (over.overlap_why, taken()) == ("Twins", 6)


def test_the_gate_judges_again(inside: Flask):
    house = made.open_house()
    visit = made.book(house)
    made.done(services.move, visit, house.desk, starts_at=made.at(14))
    with transaction() as session, writing("test", SYSTEM):
        session.get_one(type(house.client), house.client.id).is_not_to_book = True
        session.flush()
    with pytest.raises(NotAdmitted, match="do not book"):
        back(visit, house.desk)


def test_outside_hours_is_noted_and_comes_back(inside: Flask):
    house = made.open_house()
    short = made.a_therapist("Ines Okafor", hours=(540, 1020))
    visit = made.book(house, made.at(8), therapist=short, outside_hours=True)
    assert visit.is_outside_hours
    made.done(services.move, visit, house.desk, starts_at=made.at(10))
    assert not visit.is_outside_hours
    back(visit, house.desk)
    assert (visit.is_outside_hours, visit.starts_at) == (True, made.at(8))


def test_every_verb_leaves_one_change_and_a_refused_one_none(inside: Flask):
    house = made.open_house()
    ready(house)
    visit = made.book_now(house)
    for verb, by in (
        ("confirm", house.desk),
        ("check_in", house.desk),
        ("undo", house.desk),
        ("check_in", house.desk),
        ("start", house.treats),
        ("finish", house.treats),
        ("reopen", house.treats),
    ):
        made.done(getattr(services, verb), visit, by)
        change = latest_change(visit.id)
        assert (change.verb, change.version, change.by_id) == (verb, visit.version, by.id)
    with pytest.raises(DomainError):
        made.done(services.cancel, visit, house.desk)
    rows = db.session.scalar(select(func.count()).select_from(VisitChange))
    assert rows == 8
    assert the_change(change.public_id).id == change.id


def test_what_changes_nothing_is_not_noted(inside: Flask):
    house = made.open_house()
    visit = made.book(house)
    made.done(services.resize, visit, house.desk, minutes=60)
    assert latest_change(visit.id).verb == "book"


def test_a_length_that_is_not_offered_is_refused_with_those_that_are(inside: Flask):
    house = made.open_house()
    catalogue.variant(30, 5000, of=house.variant.service)
    catalogue.variant(90, 12000, of=house.variant.service)
    aroma = catalogue.add_on(minutes=15)
    visit = made.book(house, add_ons=[aroma])
    with pytest.raises(DomainError, match="Choose 45, 75 or 105 minutes") as refused:
        made.done(services.resize, visit, house.desk, minutes=80)
    assert refused.value.field == "minutes"
    made.done(services.resize, visit, house.desk, minutes=105)
    assert (visit.minutes, visit.variant.minutes, visit.price_minor) == (105, 90, 12000)


def test_the_history_says_in_words_who_did_what(inside: Flask):
    house = made.open_house()
    catalogue.variant(90, 12000, of=house.variant.service)
    visit = made.book(house)
    ines = made.a_therapist("Ines Okafor")
    made.done(services.move, visit, house.desk, starts_at=made.at(14), therapist=ines)
    made.done(services.resize, visit, house.owner, minutes=90)
    made.done(services.confirm, visit, house.desk)
    told = history(visit)
    assert [str(one.what).split(":")[0] for one in told] == [
        "Confirmed", "Length changed", "Moved", "Booked",
    ]  # fmt: skip
    assert "60 to 90 minutes" in str(told[1].what)
    assert "June Park to Ines Okafor" in str(told[2].what)
    assert str(made.at(14)) in str(told[2].what)
    assert [one.who for one in told] == [
        house.desk.name, house.owner.name, house.desk.name, house.desk.name,
    ]  # fmt: skip
