"""The board of referrals as each role sees it, kept while nothing changes."""

import re
from html import unescape

import pytest
from flask import Flask
from sqlalchemy import select

from clinic.audit.models import access_entry
from clinic.core.permissions import Role
from tests.factories import cases, clients, directory
from tests.factories import referrals as orders
from tests.factories import staff as people
from tests.statements import counted

HERE = "/office/referrals/"


@pytest.fixture
def filled(app: Flask) -> str:
    """Referrals in several states; the public id of the client of the first."""
    with app.app_context():
        people.set_up()
        people.member("Robin Vale", Role.RECEPTIONIST)
        orders.ready()
        provider = directory.provider(at=directory.organisation())
        first = orders.order(provider=provider)
        case = cases.case_of(first, "in_treatment", late=2, action="report")
        orders.visits(cases.allowed(case), "completed", "booked", "booked")
        cases.owed(case, late=2)
        new = orders.order(clients.a_client("New One"), provider, urgency="urgent")
        cases.case_of(new, "received", late=-1)
        gone = orders.order(clients.a_client("Gone One"), provider)
        cases.case_of(gone, "declined", why="no_capacity")
        cases.outbound(clients.a_client("Sent One"), provider)
        return first.client.public_id


def page(client, path=HERE, status=200):
    answer = client.get(path)
    assert answer.status_code == status, answer.text[:400]
    return answer.text


def reads(app):
    with app.app_context(), app.extensions["access"].connect() as connection:
        return connection.execute(select(access_entry).order_by(access_entry.c.seq)).all()


def test_referrals_stand_by_state_with_what_is_next(app, filled):
    text = page(people.signed_in(app, Role.RECEPTIONIST))
    parts = dict(re.findall(r'<tbody id="g-([\w-]+)">(.*?)</tbody>', text, re.DOTALL))
    assert set(parts) == {"in-new", "in-treatment", "out-waiting"}
    assert "Grace Nakamura" in parts["in-treatment"]
    assert "1 of 8" in parts["in-treatment"]
    assert "2 days late" in parts["in-treatment"]
    assert "Write a report" in parts["in-treatment"]
    assert "Report due" in parts["in-treatment"]
    assert "Not computable" in parts["in-new"]
    assert "Precautions not confirmed" in parts["in-new"]
    assert "1 report overdue" in text


def test_one_way_alone_says_how_many_there_are_of_each_and_only_its_own_needs(app, filled):
    client = people.signed_in(app, Role.RECEPTIONIST)
    whole, inbound, outbound = (page(client, HERE + way) for way in ("", "?way=in", "?way=out"))
    for text in (whole, inbound, outbound):
        assert re.findall(r'<a href="[^"]*"[^>]*>\w+ <span class="u-muted">(\d+)', text) == [
            "3", "2", "1",
        ]  # fmt: skip
    assert "1 report overdue" in whole
    assert "1 report overdue" in inbound
    assert "overdue</b>" not in outbound
    assert "Sent One" in outbound
    assert "Grace Nakamura" not in outbound
    assert "Sent One" not in inbound


@pytest.mark.parametrize("roles", [(Role.RECEPTIONIST,), (Role.OWNER,), (Role.THERAPIST,)])
def test_nothing_clinical_stands_on_it_for_anybody(app, filled, roles):
    seer = people.signed_in(app, *roles)
    for query in ("", "?q=nakamura", "?column=in-new", "?show=ended", "?way=out", "?mine=1"):
        assert "canary" not in page(seer, HERE + query), query


def test_the_same_board_is_drawn_once_while_nothing_changes(app, filled):
    desk = people.signed_in(app)
    first = page(desk)
    with counted() as sent:
        again = page(desk)
    assert [one for one in sent if "referral_case" in one] == []
    assert strip(again) == strip(first)
    with app.app_context():
        cases.case_of(orders.order(clients.a_client("Later One")), "received")
    assert "Later One" in page(desk)


def strip(text):
    return re.sub(r"<main.*?<header", "", re.sub(r'csrf_token" value="[^"]*"', "", text))


def test_the_page_takes_at_most_six_queries(app, filled):
    desk = people.signed_in(app)
    page(desk)
    with app.app_context():
        cases.case_of(orders.order(clients.a_client("Later One")), "received")
    with counted() as sent:
        page(desk)
    asked = [one for one in sent if one.startswith(("SELECT", "WITH")) and "access_" not in one]
    assert len(asked) <= 6, "\n\n".join(asked)


def test_letters_of_every_tongue_are_shown_and_sent_as_references(app, filled):
    with app.app_context():
        cases.case_of(orders.order(clients.a_client("Tomás O’Łuk")), "received")
    text = page(people.signed_in(app))
    assert "Tomás O’Łuk" in unescape(text)
    assert text.isascii()


def test_each_session_that_sees_it_is_written_down_once(app, filled):
    desk = people.signed_in(app)
    page(desk)
    page(desk)
    entries = [one for one in reads(app) if one.place == "office_cases.index"]
    assert [one.category for one in entries] == ["contact"]
    assert filled in entries[0].subjects
    other = people.signed_in(app, name="Ana Reis")
    page(other)
    assert len([one for one in reads(app) if one.place == "office_cases.index"]) == 2


def test_mine_and_filters_narrow_it(app, filled):
    desk = people.signed_in(app, name="Ana Reis")
    assert "No referral found" in page(desk, f"{HERE}?mine=1")
    assert "New One" in page(desk, f"{HERE}?urgency=urgent")
    assert "Grace" not in page(desk, f"{HERE}?urgency=urgent")
    assert "Grace" in page(desk, f"{HERE}?overdue=1")
    assert "Grace" in page(desk, f"{HERE}?report=1")


@pytest.mark.parametrize(
    "query",
    ["?way=x", "?column=nowhere", "?urgency=%27", "?page=0", "?column=in-new&page=999999",
     "?q=%25_%27", "?provider=1", "?payer=%00", "?show=ended&page=-1"],
)  # fmt: skip
def test_what_makes_no_sense_asks_for_nothing(app, filled, query):
    page(people.signed_in(app), HERE + query)


def test_a_column_of_the_other_way_is_not_asked_for(app, filled):
    text = page(people.signed_in(app), f"{HERE}?way=out&column=in-new")
    assert "Sent One" in text
    assert "New One" not in text


def test_a_column_alone_and_what_has_ended(app, filled):
    desk = people.signed_in(app)
    alone = page(desk, f"{HERE}?column=in-new")
    assert "New One" in alone
    assert "Sent One" not in alone
    over = page(desk, f"{HERE}?show=ended")
    assert "Gone One" in over
    assert "declined" in over


def test_an_empty_board_says_what_to_do(app):
    with app.app_context():
        people.set_up()
    text = page(people.signed_in(app))
    assert "No open referrals" in text
    assert "/referrals/new" in text


def test_the_earlier_address_leads_here(app, filled):
    answer = people.signed_in(app).get("/referrals?q=nakam&show=ended")
    assert answer.status_code == 302
    assert answer.location == f"{HERE}?q=nakam&show=ended"


def test_strangers_are_sent_to_sign_in(client, filled):
    assert client.get(HERE, headers={"Accept": "text/html"}).status_code == 302


def test_what_narrows_the_board_is_asked_for_when_it_is_opened(app, filled):
    desk = people.signed_in(app, Role.RECEPTIONIST)
    board = page(desk, HERE + "?way=in&q=grace&urgency=urgent&column=in-new")
    assert "<option" not in board
    (address,) = set(re.findall(r'data-fill="([^"]+)"', board))
    address = unescape(address)
    assert "column" not in address
    alone = page(desk, address + "&form=1")
    assert alone.startswith("<form")
    assert "Adeyemi, Samuel" in alone
    assert '<option value="urgent" selected>' in alone
    for name, value in (("way", "in"), ("q", "grace")):
        assert f'<input type="hidden" name="{name}" value="{value}">' in alone
    whole = page(desk, address)
    assert alone in whole
    assert "<h1" in whole


def test_what_narrows_the_board_is_shut_to_those_who_may_not_read_referrals(app, filled):
    assert app.test_client().get(HERE + "filter").status_code == 401
    for query in ("?provider=1", "?payer=%00", "?q=%25_%27&form=1", "?urgency=nonsense"):
        page(people.signed_in(app, Role.OWNER), f"{HERE}filter{query}")
