"""Moving and changing a visit, and what the verbs cost, on both engines."""

from contextlib import ExitStack
from datetime import date

import pytest
from flask import Flask
from sqlalchemy import func, select
from sqlalchemy.exc import DBAPIError

from clinic.core.db import db
from clinic.core.errors import Conflict, DomainError, StaleEdit
from clinic.core.permissions import SYSTEM
from clinic.core.transactions import transaction
from clinic.scheduling import services
from clinic.scheduling.models import Visit, VisitVerdict
from clinic.timetable.models import Occupancy
from tests.factories import catalogue
from tests.factories import scheduling as made
from tests.factories.clients import a_client
from tests.statements import counted


def refused(error, act, match=None):
    with pytest.raises(error, match=match) as caught, transaction():
        act()
    return caught.value


@pytest.mark.parametrize("days", [7, 8], ids=["same day", "another day"])
@pytest.mark.parametrize("what", ["time", "therapist", "room", "all"])
def test_a_visit_moves_with_its_own_verdict_and_leaves_nothing_behind(inside: Flask, what, days):
    house = made.open_house()
    other = made.a_therapist("Ines Okafor")
    visit = made.book(house)
    before = visit.verdict_id
    wanted = {"starts_at": made.at(10, days=days)}
    if what in ("time", "all"):
        wanted["starts_at"] = made.at(10, 30, days=days)
    if what in ("therapist", "all"):
        wanted["therapist"] = other
    if what in ("room", "all"):
        wanted["place"] = house.places[1]
    made.done(services.move, visit, house.desk, **wanted)
    assert visit.starts_at == wanted["starts_at"]
    assert visit.therapist_id == wanted.get("therapist", house.therapist).id
    assert visit.place_id == wanted.get("place", house.places[0]).id
    assert visit.verdict_id != before
    verdict = db.session.get_one(VisitVerdict, visit.verdict_id)
    assert (verdict.therapist_id, verdict.on_date) == (visit.therapist_id, visit.on_date)
    assert db.session.scalar(select(func.count()).select_from(Occupancy)) == 3
    if days == 8:  # what it left is free again, all of it
        assert made.book(house, client=a_client("Omar Haddad"), place=house.places[0])


def test_a_move_keeps_the_price_and_asks_for_confirmation_anew(inside: Flask):
    house = made.open_house()
    visit = made.book(house)
    made.done(services.confirm, visit, house.desk)
    assert visit.confirmed_at
    made.done(services.move, visit, house.desk, starts_at=made.at(15))
    assert (visit.price_minor, visit.confirmed_at) == (8500, None)


def test_a_move_takes_another_room_where_its_own_is_taken(inside: Flask):
    house = made.open_house()
    visit = made.book(house)
    other = made.a_therapist("Ines Okafor")
    made.book(house, made.at(15), therapist=other, client=a_client("Omar Haddad"))
    made.done(services.move, visit, house.desk, starts_at=made.at(15))
    assert visit.place_id == house.places[1].id


def test_a_move_onto_taken_time_is_refused_and_changes_nothing(inside: Flask):
    house = made.open_house()
    visit = made.book(house)
    made.book(house, made.at(15), client=a_client("Omar Haddad"))
    refused(
        services.SlotTaken, lambda: services.move(visit, actor=house.desk, starts_at=made.at(15))
    )
    assert visit.starts_at == made.at(10)


def test_another_service_is_priced_and_judged_anew(inside: Flask):
    house = made.open_house()
    visit = made.book(house)
    longer = catalogue.variant(90, 12000, of=house.variant.service)
    aroma = catalogue.add_on(minutes=0)
    before = visit.verdict_id
    made.done(services.change_service, visit, house.desk, variant=longer, add_ons=[aroma])
    assert (visit.minutes, visit.price_minor, len(visit.add_ons)) == (90, 12000, 1)
    assert visit.verdict_id != before
    assert visit.ends_at == made.at(11, 30)
    made.done(services.change_service, visit, house.desk, variant=longer)
    assert visit.add_ons == []


def test_a_longer_service_must_fit_what_comes_after(inside: Flask):
    house = made.open_house()
    visit = made.book(house)
    made.book(house, made.at(11, 15), client=a_client("Omar Haddad"))
    longer = catalogue.variant(90, 12000, of=house.variant.service)
    refused(
        services.SlotTaken,
        lambda: services.change_service(visit, actor=house.desk, variant=longer),
    )


def test_a_stale_move_is_refused_with_what_stands(inside: Flask):
    house = made.open_house()
    visit = made.book(house)
    old = visit.version
    made.done(services.move, visit, house.desk, starts_at=made.at(15))
    error = refused(
        StaleEdit,
        lambda: services.move(visit, actor=house.desk, starts_at=made.at(16), version=old),
    )
    assert error.saved["starts_at"] == made.at(15)


def test_a_service_without_a_price_on_the_day_is_not_booked(inside: Flask):
    house = made.open_house()
    free = catalogue.variant(30, None, of=house.variant.service)
    with pytest.raises(DomainError, match="no price"):
        made.book(house, variant=free)


def test_long_notes_and_odd_sources_are_refused(inside: Flask):
    house = made.open_house()
    with pytest.raises(DomainError) as caught:
        made.book(house, note="x" * 501)
    assert caught.value.field == "note"
    with pytest.raises(DomainError):
        made.book(house, source="pigeon")


def test_a_room_out_of_use_is_not_booked(inside: Flask):
    house = made.open_house()
    with transaction() as session, made.writing("test", SYSTEM):
        session.get_one(type(house.places[0]), house.places[0].id).is_active = False
        session.flush()
    with pytest.raises(DomainError, match="not in use"):
        made.book(house, place=house.places[0])


def test_verbs_take_few_statements(inside: Flask):
    """Locks and the reading of what a page hands over are not counted; the change log is.

    A therapist's first visit ever, and their first with this client, cost two more each.
    """
    house = made.open_house()
    aroma = catalogue.add_on(minutes=15)
    other = made.a_therapist("Ines Okafor")
    made.book(house, made.at(8))
    made.book(house, made.at(8, days=8), therapist=other)

    def cost(act):
        with ExitStack() as stack:
            with transaction():
                things = (house.client, house.variant.service, house.therapist, other, aroma)
                assert [one.id for one in (*things, *house.places)]
                wanted = again(visit) if visit else None
                sent = stack.enter_context(counted())
                result = act(wanted)
            return len([one for one in sent if "pg_advisory" not in one]), result

    visit = None
    booked, visit = cost(
        lambda _: services.book(
            actor=house.desk, client=house.client, variant=house.variant,
            therapist=house.therapist, starts_at=made.at(10), add_ons=[aroma],
            place=house.places[0],
        )
    )  # fmt: skip
    moved, _ = cost(lambda one: services.move(one, actor=house.desk, starts_at=made.at(11)))
    away, _ = cost(
        lambda one: services.move(
            one, actor=house.desk, starts_at=made.at(14, days=8), therapist=other
        )
    )
    gone, _ = cost(lambda one: services.cancel(one, actor=house.desk))
    print(f"book {booked}, move {moved}, to another day and therapist {away}, cancel {gone}")
    # One of them reads what is known of the client, and the rules, in one go.
    assert max(booked, moved, away, gone) <= 15


def again(visit):
    found = db.session.get_one(Visit, visit.id)
    assert found.slot.id
    assert found.add_ons is not None
    return found


def test_a_change_that_somebody_else_was_faster_with_is_a_conflict(inside: Flask):
    house = made.open_house()
    visit = made.book(house)

    def cancel_too_late():
        assert visit.status == "booked"
        with made.writing("test", SYSTEM):
            db.session.connection().execute(
                Visit.__table__.update().values(version=visit.version + 1)
            )
        services.cancel(visit, actor=house.desk)

    refused(Conflict, cancel_too_late, "Somebody else changed")


def test_a_verdict_is_never_rewritten(inside: Flask):
    house = made.open_house()
    visit = made.book(house)
    verdict = db.session.get_one(VisitVerdict, visit.verdict_id)

    def rewrite():
        with made.writing("test", SYSTEM):
            db.session.connection().execute(
                VisitVerdict.__table__.update().values(on_date=date(2030, 1, 1))
            )

    refused(DBAPIError, rewrite, r"append_only|permission denied")
    assert verdict.on_date == visit.on_date
