"""What booking says of authorised visits: the numbers, the window, and when there is none."""

import html
import re
from datetime import timedelta

import pytest

from clinic.catalogue.queries import the_variant
from clinic.clients.queries import the_client
from clinic.core.db import db
from clinic.core.permissions import SYSTEM
from clinic.core.transactions import transaction
from clinic.practice.services import settle
from clinic.scheduling.models import Visit
from clinic.staff.models import StaffMember
from clinic.web.wording import short_day
from tests.factories import scheduling as made
from tests.factories.clients import a_client
from tests.scheduling.test_views import Desk
from tests.scheduling.test_views_self_pay import ticked
from tests.scheduling.waits import an_entry, offered


@pytest.fixture
def desk(app):
    return Desk(app)


def allowed(desk, visits=2, booked=0, **lasts):
    with desk.app.app_context():
        one = made.an_authorisation(desk.house, visits, **lasts)
        for number in range(booked):
            made.book(desk.house, made.at(8, days=20 + number), authorisation=one)
        return one.public_id


def lets_over(desk):
    with desk.app.app_context(), transaction():
        settle(actor=SYSTEM, over_authorisation="warn")


def latest(desk):
    with desk.app.app_context():
        return db.session.query(Visit).order_by(Visit.id.desc()).first()


def send(desk, **more):
    chosen = desk.chosen(therapist=desk.therapist, time="14:00", **more)
    return desk.send("/book", **chosen)


def booking(desk):
    return html.unescape(desk.page().text)


def test_the_page_says_what_would_be_used_and_that_its_end_is_not_known(desk):
    allowed(desk, basis="first_visit", days=90)
    text = booking(desk)
    assert "R-000001: 0 of 2 used, 0 booked, 2 left" in text
    assert "not computable yet: 90 days from the first visit" in text


def test_once_the_first_visit_is_booked_the_page_says_until_when(desk):
    allowed(desk, basis="first_visit", days=90, booked=1)
    with desk.app.app_context(), desk.app.test_request_context():
        until = short_day(made.day(20) + timedelta(days=89))
    text = booking(desk)
    assert "R-000001: 0 of 2 used, 1 booked, 1 left" in text
    assert f" to {until}" in text


def test_where_none_holds_on_the_day_the_page_says_which_there_are(desk):
    with desk.app.app_context():
        late = made.day(60)
    allowed(desk, valid_from=late)
    text = booking(desk)
    assert "No referral holds on" in text
    assert "R-000001, from" in text
    assert 'name="use_referral"' not in text


def test_with_none_left_the_owner_decides_what_the_desk_can_do(desk):
    allowed(desk, visits=1, booked=1)
    text = booking(desk)
    assert "No visits left: ask for more" in text
    assert 'name="over_why"' not in text
    answer = send(desk, use_referral="y", over_why="By phone")
    assert answer.status_code == 422
    assert "of 1 in R-000001, 0 are used and 1 booked" in html.unescape(answer.text)
    lets_over(desk)
    assert 'name="over_why"' in booking(desk)
    answer = send(desk, use_referral="y", note="Brings a friend")
    assert answer.status_code == 422
    assert "Write down why one more may be booked" in html.unescape(answer.text)
    assert "Brings a friend" in answer.text
    answer = send(desk, use_referral="y", over_why="Payer agreed by phone")
    assert answer.status_code == 302
    assert latest(desk).over_why == "Payer agreed by phone"
    page = html.unescape(desk.browser.get(answer.headers["Location"]).text)
    assert "0 of 1 used, 2 booked, 0 left" in page
    assert "More than authorised: Payer agreed by phone" in page


def test_where_nothing_is_left_of_several_the_page_names_the_one_that_booking_names(desk):
    with desk.app.app_context():
        for number in range(2):
            full = made.an_authorisation(desk.house, 1)
            made.book(desk.house, made.at(8, days=20 + number), authorisation=full)
    assert "R-000001: 0 of 1 used, 1 booked, 0 left" in booking(desk)
    refused = send(desk, use_referral="y")
    assert refused.status_code == 422
    assert "of 1 in R-000001" in html.unescape(refused.text)


def test_without_the_referral_the_client_pays_and_nothing_is_counted(desk):
    allowed(desk, visits=1, booked=1)
    tick = ticked(booking(desk))
    assert send(desk, **tick).status_code == 302
    assert latest(desk).authorisation_id is None


def plan_of_two(desk):
    """The page of a plan of two visits, and what it would send with every date taken."""
    form = desk.chosen(therapist=desk.therapist, time="10:00", use_referral="y") | {
        "every": ["1"], "unit": ["weeks"], "visits": ["2"], "first_on": desk.on,
    }  # fmt: skip
    page = desk.send("/series/new", **form, show="1").text
    picks = {}
    for name, value in re.findall(r'name="(pick-\d+)" value="(\d[^"]+)"', page):
        picks.setdefault(name, value)
    shown = re.search(r'name="shown" value="([^"]*)"', page)[1]
    return html.unescape(page), form | picks | {"shown": shown, "book": "1"}


def test_a_plan_offers_more_than_was_authorised_only_where_the_owner_lets_it(desk):
    allowed(desk, visits=1)
    page, form = plan_of_two(desk)
    assert "pick-2" not in form
    assert "R-000001: 0 of 1 used, 0 booked, 1 left" in page
    assert "The referral has no visits left." in page
    assert 'name="over_why"' not in page
    lets_over(desk)
    page, form = plan_of_two(desk)
    assert "Book 1, leave 1 for later" in page
    assert 'name="over_why"' in page
    answer = desk.send("/series/new", **form)
    assert answer.status_code == 422
    said = html.unescape(answer.text)
    assert "of 1 in R-000001, 0 are used and 1 booked. Write down why" in said
    assert "Book 2 visits" in said
    sent = form | {"over_why": "Payer agreed by phone"}
    assert desk.send("/series/new", **sent).status_code == 302
    assert latest(desk).over_why == "Payer agreed by phone"


def test_an_offer_from_the_waitlist_that_goes_over_asks_for_the_reason(desk):
    allowed(desk, visits=1, booked=1)
    lets_over(desk)
    with desk.app.app_context():
        entry = an_entry(
            desk.house, client=the_client(desk.client_id), variant=the_variant(desk.variant),
            use_referral=True,
        )  # fmt: skip
        person = db.session.query(StaffMember).filter_by(public_id=desk.therapist).one()
        offer = offered(desk.house, entry, therapist=person).public_id
    path = f"/waitlist/offers/{offer}/accept"
    answer = desk.send(path)
    assert answer.status_code == 422
    assert "Write down why one more may be booked" in html.unescape(answer.text)
    assert 'name="over_why"' in answer.text
    assert 'name="override_why"' not in answer.text
    assert desk.send(path, over_why="Payer agreed by phone").status_code == 302
    assert latest(desk).over_why == "Payer agreed by phone"


def test_on_the_visits_page_it_is_said_by_hand_what_it_counts_against(desk):
    with desk.app.app_context():
        first, second = made.an_authorisation(desk.house), made.an_authorisation(desk.house)
        ids = {one.referral.number: one.public_id for one in (first, second)}
        visit = made.book(desk.house, use_referral=True).public_id
        free = made.book(desk.house, made.at(12), client=a_client("Omar Haddad")).public_id
    page = desk.browser.get(f"/visits/{visit}").text
    for number, one in ids.items():
        assert f'value="{one}"' in page, number
    path = f"/visits/{visit}/referral"
    answer = desk.send(path, authorisation=ids["R-000002"])
    assert answer.status_code == 422
    assert "Say why." in answer.text
    answer = desk.send(path, authorisation=ids["R-000002"], why="The second accident")
    assert answer.status_code == 302
    page = desk.browser.get(f"/visits/{visit}").text
    assert "Counted on R-000002: The second accident" in page
    assert 'id="referral"' not in desk.browser.get(f"/visits/{free}").text


def test_a_visit_that_was_changed_meanwhile_says_so_before_it_counts_otherwise(desk):
    with desk.app.app_context():
        first, second = made.an_authorisation(desk.house), made.an_authorisation(desk.house)
        visit = made.book(desk.house, authorisation=first).public_id
        other = second.public_id
    path = f"/visits/{visit}/referral"
    answer = desk.send(path, authorisation=other, why="The second accident", version="0")
    assert answer.status_code == 409
    assert "This was changed while you were editing" in answer.text
    assert "The second accident" in answer.text
