from types import SimpleNamespace

import pytest
from flask import Flask
from sqlalchemy import func, select

from clinic.core.db import db
from clinic.core.permissions import SYSTEM, Role
from clinic.core.transactions import transaction
from clinic.directory import services as outside
from clinic.referrals import services
from clinic.referrals.models import Authorisation, Referral
from tests.factories import clients, directory
from tests.factories import referrals as orders
from tests.factories import staff as people

NEW = "/referrals/new"
ORDER = {
    "received_on": "2026-09-02", "received_via": "fax", "urgency": "routine",
    "their_reference": "NF-88", "frequency": "once a week", "minutes": "60",
}  # fmt: skip
ALLOWED = {"visits": "8", "valid_from": "2026-09-03", "valid_until": "2027-03-03"}


@pytest.fixture
def known(app: Flask) -> SimpleNamespace:
    """A client and a provider who works at one place, by their public ids."""
    with app.app_context():
        people.set_up()
        place = directory.organisation()
        return SimpleNamespace(
            client=clients.a_client().public_id,
            provider=directory.provider(at=place).public_id,
            place=place.public_id,
        )


@pytest.fixture
def logged(app: Flask) -> SimpleNamespace:
    """An order that allows eight visits; one was had and one is booked."""
    with app.app_context():
        people.set_up()
        orders.ready()
        order = orders.order()
        one = orders.allowance(order)
        orders.visits(one, "completed", "booked")
        return SimpleNamespace(
            path=f"/referrals/{order.public_id}",
            version=order.version,
            allowed=f"/referrals/authorisations/{one.public_id}",
            allowed_version=one.version,
        )


def whom(known) -> dict[str, str]:
    return {"client": known.client, "provider": known.provider}


def kept(app, what=Referral):
    with app.app_context():
        return db.session.scalar(select(what).order_by(what.id.desc()))


def how_many(app, what=Referral):
    with app.app_context():
        return db.session.scalar(select(func.count()).select_from(what))


def test_an_order_is_logged_on_one_page(app, known):
    desk = people.signed_in(app)
    typed = whom(known) | ORDER | ALLOWED | {"payer": "Meridian", "counts_missed": "y"}
    answer = people.send(desk, NEW, typed, page=NEW)
    assert answer.status_code == 302
    order = kept(app)
    assert answer.headers["Location"] == f"/referrals/{order.public_id}"
    assert (order.number, order.minutes, order.frequency) == ("R-000001", 60, "once a week")
    allowed = kept(app, Authorisation)
    assert (allowed.visits, allowed.payer, allowed.counts_missed) == (8, "Meridian", True)
    text = desk.get(answer.headers["Location"]).text
    assert "0 used, 0 booked, 8 left" in text
    assert "Logged as R-000001." in text


def test_an_order_that_says_nothing_of_visits_is_logged_without(app, known):
    desk = people.signed_in(app)
    assert people.send(desk, NEW, whom(known) | ORDER, page=NEW).status_code == 302
    assert how_many(app, Authorisation) == 0


def test_visits_without_a_first_day_count_from_the_day_it_came(app, known):
    desk = people.signed_in(app)
    people.send(desk, NEW, whom(known) | ORDER | {"visits": "4"}, page=NEW)
    assert kept(app, Authorisation).valid_from.isoformat() == "2026-09-02"


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ({"client": ""}, "Choose a client from the list."),
        ({"client": "a" * 20}, "Choose a client from the list."),
        ({"provider": "nobody"}, "Choose a provider from the list."),
        ({"received_on": "yesterday"}, "Enter a date, such as 2026-11-19."),
        ({"received_on": "0001-01-01"}, "Look at the year again."),
        ({"received_on": "2099-01-01"}, "This day has not come yet."),
        ({"received_on": ""}, "Enter the day it came."),
        ({"received_via": "pigeon"}, "Choose from the list"),
        ({"minutes": "lots"}, "Enter a whole number."),
        ({"minutes": "9"}, "Sessions last 10 to 240 minutes."),
        ({"minutes": "9" * 30}, "Enter a whole number."),
        ({"visits": "0"}, "Allow 1 to 200 visits."),
        ({"visits": "201"}, "Allow 1 to 200 visits."),
        ({"visits": "²"}, "Enter a whole number."),
        ({"visits": "8", "valid_until": "2020-01-01"}, "The end lies before the beginning."),
        ({"their_reference": "x" * 61}, "Use at most 60 characters."),
        ({"reason": "x" * 2001}, "Use at most 2000 characters."),
        ({"sent_from": "a" * 20}, "Choose one of the places."),
    ],
)
def test_bad_input_is_shown_beside_its_field_and_keeps_everything(app, known, typed, said):
    desk = people.signed_in(app)
    answer = people.send(desk, NEW, whom(known) | ORDER | {"frequency": "twice"} | typed, page=NEW)
    assert answer.status_code == 422
    assert said in answer.text
    assert how_many(app) == how_many(app, Authorisation) == 0
    assert 'value="twice"' in answer.text


def test_what_was_typed_without_choosing_comes_back(app, known):
    desk = people.signed_in(app)
    typed = whom(known) | ORDER | {"client": "", "client_text": "Grace <Naka"}
    answer = people.send(desk, NEW, typed, page=NEW)
    assert answer.status_code == 422
    assert 'value="Grace &lt;Naka"' in answer.text
    assert 'value="Samuel Adeyemi, MD"' in answer.text


def test_a_client_can_be_given_in_the_address(app, known):
    text = people.signed_in(app).get(f"{NEW}?client={known.client}&provider={'x' * 20}").text
    assert 'value="Grace Nakamura"' in text
    assert "Choose a provider" not in text


def test_with_several_places_one_is_chosen(app, known):
    desk = people.signed_in(app)
    with app.app_context():
        other = directory.organisation("Elsewhere")
        other_id = other.public_id
        with transaction():
            outside.place_provider(outside_provider(known.provider), other, actor=SYSTEM)
    answer = people.send(desk, NEW, whom(known) | ORDER, page=NEW)
    assert answer.status_code == 422
    assert "Choose where it was sent from." in answer.text
    assert f'value="{other_id}"' in answer.text
    typed = whom(known) | ORDER | {"sent_from": other_id}
    assert people.send(desk, NEW, typed, page=NEW).status_code == 302
    with app.app_context():
        assert db.session.scalar(select(Referral)).sent_from == other_id


def outside_provider(public_id):
    return db.session.scalar(
        select(directory.Provider).where(directory.Provider.public_id == public_id)
    )


def test_the_same_sheet_twice_is_asked_about(app, known):
    desk = people.signed_in(app)
    people.send(desk, NEW, whom(known) | ORDER, page=NEW)
    again = people.send(desk, NEW, whom(known) | ORDER | {"frequency": "daily"}, page=NEW)
    assert again.status_code == 409
    assert "R-000001 has the same client, provider and day." in again.text
    assert 'value="daily"' in again.text
    assert how_many(app) == 1
    people.send(desk, NEW, whom(known) | ORDER | {"is_another": "y"}, page=NEW)
    assert how_many(app) == 2


def test_the_desk_corrects_an_order_without_seeing_its_reason(app, logged):
    desk = people.signed_in(app)
    form = desk.get(f"{logged.path}/edit").text
    assert form.count("Kept, not shown here.") == 3
    assert "canary" not in form
    typed = ORDER | {"version": logged.version, "precautions": "Left side only"}
    assert people.send(desk, f"{logged.path}/edit", typed).status_code == 302
    order = kept(app)
    with app.app_context():
        order = db.session.merge(order)
        assert order.reason == orders.CLINICAL["reason"]
        assert order.precautions == "Left side only"


def test_a_stale_correction_keeps_what_was_typed_and_shows_both(app, logged):
    desk = people.signed_in(app)
    with app.app_context(), transaction():
        order = db.session.scalar(select(Referral))
        services.amend(
            order, actor=SYSTEM, received_on=order.received_on, received_via="post",
            urgency="urgent", their_reference="", frequency="", minutes=None, reason="canary-two",
        )  # fmt: skip
    typed = ORDER | {"version": logged.version}
    answer = people.send(desk, f"{logged.path}/edit", typed)
    assert answer.status_code == 409
    assert "Saved meanwhile" in answer.text
    assert "Post" in answer.text
    assert "canary" not in answer.text
    assert kept(app).urgency == "urgent"


def test_visits_are_added_and_corrected_but_not_below_those_had_and_booked(app, logged):
    desk = people.signed_in(app)
    more = {"visits": "4", "valid_from": "2027-01-01"}
    assert people.send(desk, f"{logged.path}/authorise", more).status_code == 302
    assert how_many(app, Authorisation) == 2
    typed = ALLOWED | {"valid_until": "", "version": logged.allowed_version}
    few = people.send(desk, logged.allowed, typed | {"visits": "1"})
    assert few.status_code == 422
    assert "1 are used and 1 booked: allow at least 2." in few.text
    assert people.send(desk, logged.allowed, typed | {"visits": "2"}).status_code == 302
    assert "1 used, 1 booked, 0 left" in desk.get(logged.path).text
    stale = people.send(desk, logged.allowed, typed)
    assert stale.status_code == 409
    assert "Saved meanwhile" in stale.text


def test_visits_need_a_number_and_a_first_day(app, logged):
    answer = people.send(people.signed_in(app), f"{logged.path}/authorise", {})
    assert answer.status_code == 422
    assert "Enter how many visits are allowed." in answer.text
    assert "Enter the first day." in answer.text


def test_an_order_is_ended_with_a_reason_and_reopened(app, logged):
    desk = people.signed_in(app)
    end = f"{logged.path}/end"
    assert people.send(desk, end, {"why": " ", "version": logged.version}).status_code == 422
    stale = people.send(desk, end, {"why": "Over", "version": logged.version + 1})
    assert stale.status_code == 409
    answer = people.send(desk, end, {"why": "All had", "version": logged.version})
    assert answer.status_code == 302
    assert "All had" in desk.get(logged.path).text
    refused = people.send(desk, f"{logged.path}/authorise", {"visits": "1"} | {
        "valid_from": "2027-01-01"
    })  # fmt: skip
    assert refused.status_code == 409
    assert people.send(desk, f"{logged.path}/reopen").status_code == 302
    assert kept(app).ended_on is None


@pytest.mark.parametrize("role", list(Role))
def test_every_role_logs_and_amends_orders(app, logged, role):
    seer = people.signed_in(app, role)
    for path in (NEW, f"{logged.path}/edit", f"{logged.path}/end", logged.allowed):
        assert seer.get(path).status_code == 200


def test_a_form_without_its_token_does_nothing(app, logged):
    desk = people.signed_in(app)
    assert desk.post(f"{logged.path}/end", data={"why": "x"}).status_code == 400
    assert kept(app).ended_on is None


def test_where_no_payers_rule_is_on_the_list_the_form_says_where_those_that_ship_are(app, known):
    desk = people.signed_in(app)
    hint = "ship with the application"
    assert hint in desk.get(NEW).text
    assert "/referrals/payers" in desk.get(NEW).text.split(hint)[1].split("</p>")[0]
    with app.app_context(), transaction():
        services.stock_rules(actor=SYSTEM)
    assert hint not in desk.get(NEW).text
