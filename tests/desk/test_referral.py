"""The worklist and the page of an order, as each role sees them."""

import re

import pytest
from flask import Flask
from sqlalchemy import event, select

from clinic.audit.models import access_entry
from clinic.clients import services as clients_services
from clinic.core import clock
from clinic.core.db import db
from clinic.core.permissions import SYSTEM, Role
from clinic.core.transactions import transaction
from clinic.practice.queries import the_practice
from clinic.referrals import services
from clinic.referrals.models import Authorisation, Referral
from clinic.staff.models import StaffMember
from tests.factories import clients, directory
from tests.factories import referrals as orders
from tests.factories import staff as people


@pytest.fixture
def logged(app: Flask) -> str:
    """An order for eight visits of which one was had and two are booked; its public id."""
    with app.app_context():
        people.set_up()
        orders.ready()
        place = directory.organisation()
        order = orders.order(provider=directory.provider(at=place))
        one = orders.allowance(order)
        orders.visits(one, "completed", "booked", "booked", "cancelled")
        return order.public_id


def page(client, path, status=200):
    answer = client.get(path)
    assert answer.status_code == status, answer.text[:400]
    return answer.text


def statements(app, client, path):
    with app.app_context():
        engine = db.engine
    sent = []

    def note(conn, cursor, statement, *_):
        if statement.startswith(("SELECT", "WITH")) and "access_entry" not in statement:
            sent.append(statement)

    event.listen(engine, "before_cursor_execute", note)
    try:
        page(client, path)
    finally:
        event.remove(engine, "before_cursor_execute", note)
    return sent


def test_what_is_used_booked_and_left_stands_in_the_list_and_on_the_page(app, logged):
    desk = people.signed_in(app)
    assert "1 used, 2 booked, 5 left" in page(desk, "/referrals")
    assert "1 used, 2 booked, 5 left" in page(desk, f"/referrals/{logged}")


def test_the_page_shows_the_visits_and_those_that_do_not_count(app, logged):
    text = page(people.signed_in(app), f"/referrals/{logged}")
    assert len(re.findall(r'class="visit__bar" href="/visits/', text)) == 3
    assert "1 visit that does not count" in text


@pytest.mark.parametrize("roles", [(Role.RECEPTIONIST,), (Role.OWNER,), (Role.THERAPIST,)])
def test_nobody_outside_the_care_team_receives_clinical_text(app, logged, roles):
    seer = people.signed_in(app, *roles)
    with app.app_context():
        allowed = db.session.scalar(select(Authorisation.public_id))
    for path in (
        "/referrals", "/referrals?show=ended", "/referrals?q=Nakamura", f"/referrals/{logged}",
        f"/referrals/{logged}/edit", f"/referrals/{logged}/authorise", f"/referrals/{logged}/end",
        f"/referrals/authorisations/{allowed}", "/referrals/new",
    ):  # fmt: skip
        assert "canary" not in page(seer, path), path


def test_who_treats_the_client_reads_it_and_the_log_says_so(app, logged):
    with app.app_context():
        person = people.member("Teo Marsh", Role.THERAPIST)
        with transaction():
            client = db.session.scalar(select(Referral)).client
            clients_services.join_care(client, person.id, actor=SYSTEM)
    seer = people.signed_in(app, Role.THERAPIST, name="Teo Marsh")
    for path in (f"/referrals/{logged}", f"/referrals/{logged}/edit"):
        text = page(seer, path)
        assert all(part in text for part in orders.CLINICAL.values())
    assert [entry.category for entry in reads(app)][-2:] == ["clinical", "clinical"]


def test_the_log_of_reads_names_whom_the_list_showed(app, logged):
    page(people.signed_in(app), "/referrals")
    last = reads(app)[-1]
    assert (last.place, last.category) == ("desk.referrals", "contact")
    with app.app_context():
        assert db.session.scalar(select(Referral)).client.public_id in last.subjects


def reads(app):
    with app.app_context(), app.extensions["access"].connect() as connection:
        return connection.execute(select(access_entry).order_by(access_entry.c.seq)).all()


def test_the_history_names_fields_and_never_values(app, logged):
    with app.app_context(), transaction():
        order = db.session.scalar(select(Referral))
        services.amend(
            order, actor=SYSTEM, received_on=order.received_on, received_via="phone",
            urgency="soon", their_reference="", frequency="", minutes=None,
            organisation=order.organisation, reason="canary-new",
        )  # fmt: skip
    text = page(people.signed_in(app), f"/referrals/{logged}")
    assert "came by, urgency, reason" in " ".join(text.split())
    assert "canary" not in text


def test_the_list_finds_by_client_provider_place_and_number(app, logged):
    with app.app_context():
        orders.order(clients.a_client("Omar Farouk"), directory.provider("Lena", "Fischer"))
    desk = people.signed_in(app)
    for text in ("nakam", "grace adey", "northside", "R-000001", "1", "c-00000"):
        found = page(desk, f"/referrals?q={text}")
        assert "Grace Nakamura" in found, text
    assert "Omar" not in page(desk, "/referrals?q=adeyemi")
    assert "No referral found" in page(desk, "/referrals?q=nobody")
    for odd in ("%", "_", "'", "%27", "é" * 90, "\x00"):
        page(desk, "/referrals", 200)
        assert desk.get("/referrals", query_string={"q": odd}).status_code == 200


def test_orders_stand_under_what_is_to_be_done(app, logged):
    with app.app_context():
        today = clock.today(the_practice().zone)
        new = orders.order(clients.a_client("New One"), urgency="urgent")
        orders.allowance(new, valid_until=today)
        full = orders.allowance(orders.order(clients.a_client("Full One")), 1)
        orders.visits(full, "completed")
        over = orders.allowance(orders.order(clients.a_client("Over One")), 1)
        orders.visits(over, "booked", "booked")
        gone = orders.order(clients.a_client("Gone One"))
        with transaction():
            services.end(gone, actor=SYSTEM, why="Moved away")
    desk = people.signed_in(app)
    text = page(desk, "/referrals")
    parts = dict(re.findall(r'<tbody id="g-(\w+)">(.*?)</tbody>', text, re.DOTALL))
    assert "New One" in parts["new"]
    assert "Grace Nakamura" in parts["in_treatment"]
    assert "Full One" in parts["used_up"]
    assert "1 more than allowed" in parts["expires_soon"]
    assert "0 used, 2 booked, 0 left" in parts["expires_soon"]
    assert "Gone One" not in text
    ended = page(desk, "/referrals?show=ended")
    assert "Gone One" in ended
    assert "Moved away" in ended


def test_a_merged_record_leads_to_the_kept_one(app, logged):
    with app.app_context():
        kept = clients.a_client("Grace Nakamura-Bell")
        with transaction():
            old = db.session.scalar(select(Referral)).client
            clients_services.merge(kept, old, actor=SYSTEM)
        kept_id = kept.public_id
    desk = people.signed_in(app)
    assert "Grace Nakamura-Bell" in page(desk, "/referrals")
    text = page(desk, f"/referrals/{logged}")
    assert f"/clients/{kept_id}" in text
    assert "Grace Nakamura-Bell" in page(desk, "/referrals?q=nakamura+bell")


@pytest.mark.parametrize("path", ["/referrals", "/referrals?show=ended", "/referrals?q=a"])
def test_the_list_takes_few_statements_however_long_it_is(app, logged, path):
    desk = people.signed_in(app)
    page(desk, path)
    few = statements(app, desk, path)
    with app.app_context():
        provider = directory.provider("Lena", "Fischer")
        for number in range(6):
            order = orders.order(clients.a_client(f"Person {number}"), provider)
            orders.visits(orders.allowance(order), "booked")
            if number % 2:
                with transaction():
                    services.end(order, actor=SYSTEM, why="Over")
    many = statements(app, desk, path)
    assert len(many) <= max(len(few), 5) <= 5, "\n".join(many)


def test_a_page_that_is_not_there_is_no_page(app, logged):
    desk = people.signed_in(app)
    page(desk, f"/referrals/{'a' * 20}", 404)
    page(desk, "/referrals/nonsense", 404)
    for number in ("0", "-1", "x", "99999999999999999999"):
        page(desk, f"/referrals?show=ended&page={number}")


def test_strangers_are_sent_to_sign_in(client, logged):
    for path in ("/referrals", f"/referrals/{logged}"):
        assert client.get(path, headers={"Accept": "text/html"}).status_code == 302


def test_everyone_on_the_staff_sees_who_sent_whom(app, logged):
    for role in Role:
        assert "Samuel Adeyemi" in page(people.signed_in(app, role), f"/referrals/{logged}")
    with app.app_context():
        assert db.session.scalar(select(StaffMember.id)) is not None
