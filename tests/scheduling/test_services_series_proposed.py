"""What is proposed for the dates of a plan, and plans of two desks at one moment."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import select

from clinic.catalogue.models import ServiceVariant
from clinic.clients.models import Client
from clinic.core.db import db
from clinic.core.permissions import SYSTEM
from clinic.core.transactions import transaction
from clinic.referrals.models import Authorisation
from clinic.scheduling import services
from clinic.scheduling.models import Series, Visit
from clinic.scheduling.queries.series import Asked, propose, value_of
from clinic.scheduling.rules.series import Phase
from clinic.staff.models import StaffMember
from clinic.timetable.models import Place
from tests.factories import scheduling as made
from tests.factories.clients import a_client
from tests.scheduling.plans import TEN, THIRTEEN, WEEKLY, first_on, number_of, plan
from tests.statements import counted

# ---- what is proposed


def asked(house, phases=THIRTEEN, **more):
    return Asked(
        **{
            "client": house.client, "variant": house.variant, "phases": phases,
            "first_on": first_on(), "wall": TEN, "therapist_id": house.therapist.id,
        } | more
    )  # fmt: skip


def test_a_proposal_answers_each_date_and_what_it_offers_can_be_booked(inside: Flask):
    house = made.open_house()
    made.an_authorisation(house, 13)
    made.book(house, made.at(10, days=21), client=a_client("Omar Haddad"))
    dates = propose(asked(house, use_referral=True))
    assert [one.number for one in dates if one.opening is None] == [3]
    assert dates[2].why is not None
    assert 1 <= len(dates[2].instead) <= 3
    assert [one.left for one in dates] == [13, 12, 11, 11, 10, 9, 8, 7, 6, 5, 4, 3, 2]
    nearest = propose(asked(house, use_referral=True), is_nearest=True)
    assert [one.left for one in nearest] == list(range(13, 0, -1))
    people = {one.public_id: one for one in db.session.scalars(select(StaffMember))}
    places = {one.public_id: one for one in db.session.scalars(select(Place))}
    chosen = [
        (
            one.number, one.chosen.starts_at, people[one.chosen.therapist.public_id],
            places[one.chosen.place.public_id],
        )
        for one in nearest
    ]  # fmt: skip
    series = plan(house, THIRTEEN, use_referral=True, chosen=chosen)
    assert all(item.visit is not None for item in series.items)


def test_thirteen_dates_cost_few_statements_and_write_nothing(inside: Flask):
    house = made.open_house()
    made.an_authorisation(house, 9)
    what = asked(house, use_referral=True)
    propose(what)
    with counted() as sent:
        dates = propose(what)
    assert len(sent) <= 6, sent
    assert all(one.startswith(("SELECT", "WITH")) for one in sent)
    assert [one.opening is None for one in dates] == [False] * 9 + [True] * 4
    assert "no visits left" in str(dates[9].why)


def test_a_date_after_the_last_day_of_the_referral_is_said(inside: Flask):
    house = made.open_house()
    made.an_authorisation(house, 9, valid_until=first_on() + timedelta(days=7))
    dates = propose(asked(house, WEEKLY, use_referral=True))
    assert [one.opening is None for one in dates] == [False, False, True, True]
    assert "not valid on" in str(dates[2].why)


def test_dates_beyond_the_horizon_are_left_for_later(inside: Flask):
    house = made.open_house(horizon=20)
    dates = propose(asked(house, WEEKLY))
    assert [one.pick == "later" for one in dates] == [False, False, True, True]
    assert "20 days ahead" in str(dates[2].why)


def test_no_date_offers_the_day_of_another(inside: Flask):
    house = made.open_house()
    for day in (8, 9):
        made.book(house, made.at(10, days=day), client=a_client(f"Visitor V{day}"))
    dates = propose(asked(house, (Phase(1, 4),)), is_nearest=True)
    days = [one.chosen.starts_at.astimezone(made.zone()).date() for one in dates if one.chosen]
    assert len(days) == len(set(days)) == 4


def test_what_was_picked_before_is_kept_where_it_can_still_be_had(inside: Flask):
    house = made.open_house()
    made.book(house, made.at(10, days=14), client=a_client("Omar Haddad"))
    first = propose(asked(house, WEEKLY))
    other = value_of(first[1].instead[0])
    dates = propose(asked(house, WEEKLY), {1: "later", 2: other, 3: "skip", 4: "1.x.y"})
    assert [one.pick for one in dates][:3] == ["later", other, "skip"]
    assert dates[3].chosen is dates[3].opening


# ---- desks at one moment


@pytest.mark.parametrize("kept", [range(1, 5), range(4, 0, -1)])
def test_of_two_desks_one_has_its_whole_plan_and_the_other_none(app: Flask, kept):
    """Plans that meet on one date alone; each names its dates in its own order."""
    with app.app_context():
        house = made.open_house()
        other = made.a_therapist("Ines Okafor")
        clients = [house.client.id, a_client("Omar Haddad").id]
        for one in clients:
            made.an_authorisation(house, 9, client=db.session.get_one(Client, one))
        people, rooms = [house.therapist.id, other.id], [one.id for one in house.places]
        variant = house.variant.id

    def book(desk: int) -> str:
        with app.app_context():
            try:
                with transaction() as session:
                    chosen = [
                        (
                            n, made.at(10, days=7 * n),
                            session.get_one(StaffMember, people[0 if n == 4 else desk]),
                            session.get_one(Place, rooms[desk]),
                        )
                        for n in kept
                    ]  # fmt: skip
                    services.plan_series(
                        actor=SYSTEM, client=session.get_one(Client, clients[desk]),
                        variant=session.get_one(ServiceVariant, variant), phases=WEEKLY,
                        first_on=first_on(), wall=TEN, chosen=chosen, use_referral=True,
                    )  # fmt: skip
            except services.DateRefused as error:
                return f"refused {error.number}"
            return "booked"

    with ThreadPoolExecutor(2) as pool:
        ended = sorted(pool.map(book, range(2)))
    with app.app_context():
        assert ended == ["booked", "refused 4"]
        assert (number_of(Series), number_of(Visit)) == (1, 4)
        assert number_of(Authorisation) == 2
