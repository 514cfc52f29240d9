"""What a late cancel costs: frozen at booking, decided afterwards."""

from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import update
from sqlalchemy.exc import IntegrityError

from clinic.core.clock import rehearsed
from clinic.core.db import db
from clinic.core.errors import Conflict, DomainError, NotAllowed, StaleEdit
from clinic.core.guard import writing
from clinic.core.permissions import SYSTEM
from clinic.core.transactions import transaction
from clinic.scheduling import services
from clinic.scheduling.models import Visit
from clinic.scheduling.queries.visits import missed_by
from clinic.staff import queries as staff_queries
from tests.factories import catalogue
from tests.factories import scheduling as made
from tests.factories.clients import a_client
from tests.factories.ready import ready


def terms(visit):
    return visit.cut_off_hours, visit.late_fee_minor, visit.no_show_fee_minor


def refused(error, act, match):
    with pytest.raises(error, match=match), transaction():
        act()


def test_without_a_policy_the_clinics_hours_count_and_nothing_is_charged(inside: Flask):
    house = made.open_house(late_cancel=36)
    visit = made.book(house)
    assert terms(visit) == (36, 0, 0)
    with rehearsed(made.at(9)):
        made.done(services.cancel, visit, house.desk)
    assert (visit.status, visit.fee_minor) == ("late_cancelled", 0)
    refused(
        Conflict,
        lambda: services.settle_fee(visit, actor=house.desk, is_charged=True),
        "No fee is due",
    )


def test_the_usual_policy_is_frozen_with_the_add_ons_in_the_price(inside: Flask):
    house = made.open_house()
    made.a_policy(cut_off_hours=48)
    aroma = catalogue.add_on(price=1001)
    visit = made.book(house, add_ons=[aroma])
    assert terms(visit) == (48, 4751, 9501)


def test_a_services_own_policy_comes_before_the_usual_one_unless_it_is_given_up(inside: Flask):
    house = made.open_house()
    made.a_policy()
    own = made.a_policy(is_default=False, late_kind="amount", late_value=2500, cut_off_hours=12)
    with transaction() as session, writing("test", SYSTEM):
        house.variant.service.late_policy_id = own.id
        session.flush()
    assert terms(made.book(house)) == (12, 2500, 8500)
    with transaction() as session, writing("test", SYSTEM):
        own.is_active = False
        session.flush()
    assert terms(made.book(house, made.at(12))) == (24, 4250, 8500)


def test_a_later_policy_changes_nothing_that_was_agreed_on(inside: Flask):
    house = made.open_house()
    policy = made.a_policy()
    visit = made.book(house)
    with transaction() as session, writing("test", SYSTEM):
        policy.late_value, policy.cut_off_hours = 100, 72
        session.flush()
    made.done(services.move, visit, house.desk, starts_at=made.at(14))
    assert terms(visit) == (24, 4250, 8500)
    longer = catalogue.variant(90, 12000, of=house.variant.service)
    made.done(services.change_service, visit, house.desk, variant=longer)
    assert terms(visit) == (72, 12000, 12000)


def test_a_referred_visit_has_no_fee(inside: Flask):
    house = made.open_house()
    made.a_policy()
    visit = made.book(house, authorisation=made.an_authorisation(house))
    assert terms(visit) == (24, 0, 0)


def test_the_visits_own_cut_off_says_what_is_late_to_the_second(inside: Flask):
    house = made.open_house(late_cancel=24)
    made.a_policy(cut_off_hours=48)
    first, second = made.book(house), made.book(house, made.at(12), client=a_client("Omar Haddad"))
    limit = made.at(10) - timedelta(hours=48)
    with rehearsed(limit):
        made.done(services.cancel, first, house.desk)
    with rehearsed(limit + timedelta(hours=2, seconds=1)):
        made.done(services.cancel, second, house.desk)
    assert (first.status, first.fee_minor) == ("cancelled", None)
    assert (second.status, second.fee_minor) == ("late_cancelled", None)


def late(house, **more):
    visit = made.book(house, **more)
    with rehearsed(visit.starts_at - timedelta(hours=1)):
        made.done(services.cancel, visit, house.desk)
    return visit


def test_a_fee_is_charged_or_waived_with_a_reason_and_may_be_decided_again(inside: Flask):
    house = made.open_house()
    made.a_policy()
    visit = late(house)
    assert visit.fee_minor is None
    settle = {"actor": house.desk}
    refused(
        DomainError,
        lambda: services.settle_fee(visit, **settle, is_charged=False, why=" "),
        "Say why",
    )
    made.done(services.settle_fee, visit, house.desk, is_charged=True)
    assert (visit.fee_minor, visit.fee_waived_why) == (4250, "")
    made.done(services.settle_fee, visit, house.desk, is_charged=False, why="First time")
    assert (visit.fee_minor, visit.fee_waived_why) == (0, "First time")
    refused(
        StaleEdit,
        lambda: services.settle_fee(visit, **settle, is_charged=True, version=visit.version - 1),
        "Somebody else",
    )


def test_a_missed_visit_costs_what_was_agreed_and_taking_it_back_clears_the_fee(inside: Flask):
    house = made.open_house()
    made.a_policy()
    visit = made.book_now(house)
    made.done(services.mark_no_show, visit, house.desk)
    assert visit.fee_minor is None
    made.done(services.settle_fee, visit, house.desk, is_charged=True)
    assert visit.fee_minor == 8500
    made.done(services.undo, visit, house.desk)
    assert (visit.status, visit.fee_minor, visit.fee_waived_why) == ("booked", None, "")


def test_the_owners_correction_opens_a_fee_and_clears_it(inside: Flask):
    house = made.open_house()
    ready(house)
    made.a_policy()
    visit = made.book_now(house)
    made.done(services.check_in, visit, house.desk)
    made.done(services.start, visit, house.treats)
    made.done(services.finish, visit, house.treats)
    made.done(services.correct, visit, house.owner, to="no_show", why="Wrong row")
    assert visit.fee_minor is None
    made.done(services.settle_fee, visit, house.desk, is_charged=True)
    made.done(services.correct, visit, house.owner, to="completed", why="They came")
    assert (visit.status, visit.fee_minor) == ("completed", None)


def test_a_therapist_decides_on_their_own_visits_alone(inside: Flask):
    house = made.open_house()
    made.a_policy()
    visit = late(house)
    other = staff_queries.actor_of(made.a_therapist("Ines Okafor"))
    refused(
        NotAllowed,
        lambda: services.settle_fee(visit, actor=other, is_charged=True),
        "your own visits",
    )
    made.done(services.settle_fee, visit, house.treats, is_charged=True)
    assert visit.fee_minor == 4250


def test_what_was_missed_is_counted_on_the_person(inside: Flask):
    house = made.open_house()
    late(house)
    gone = made.book_now(house)
    made.done(services.mark_no_show, gone, house.desk)
    made.done(services.cancel, made.book(house, made.at(15)), house.desk)
    assert missed_by(house.client.known_as) == (1, 1)
    made.done(services.undo, gone, house.desk)
    assert missed_by(house.client.known_as) == (1, 0)


@pytest.mark.parametrize(
    "wrong",
    [
        {"fee_minor": 100},
        {"status": "no_show", "held_slot_id": None, "fee_minor": -1},
        {"status": "no_show", "held_slot_id": None, "fee_minor": 5, "fee_waived_why": "Kind"},
        {"late_fee_minor": -1},
    ],
)
def test_the_database_refuses_a_fee_that_cannot_be(inside: Flask, wrong):
    house = made.open_house()
    visit = made.book(house)
    with pytest.raises(IntegrityError), transaction(), writing("test", SYSTEM):
        db.session.connection().execute(
            update(Visit.__table__).where(Visit.id == visit.id).values(**wrong)
        )
