"""The README's first run through the day, as one journey: from an import to a counted visit.

It is about noon at this clinic whenever the test runs, so that there is always an
hour left today that can be booked, checked in and completed.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from playwright.sync_api import Locator, Page, expect
from sqlalchemy import select

from clinic.clients.models import Client
from clinic.core.db import db
from clinic.core.permissions import SYSTEM, Role
from clinic.imports.services import read_synthea
from clinic.staff.models import StaffMember
from clinic.staff.queries import actor_of
from tests.browser.looking import assert_accessible, assert_fits, assert_no_csp_errors
from tests.browser.sizes import at_both_sizes
from tests.factories import scheduling as made
from tests.factories import staff
from tests.factories.ready import settled

pytestmark = pytest.mark.browser

FOLDER = Path(__file__).resolve().parents[1] / "imports" / "data" / "synthea"
CLIENT, PROVIDER = "Brünhild Óskarsdóttir", "Amélie Thorvald"
DESK, FIRST, SECOND = "Hannah Doyle", "June Park", "Dariusz Wolak"
MOST_ACTIONS = 6
"""What a booking for a client who is open on the screen may cost in keys and clicks."""


@dataclass
class Hands:
    """Somebody at the page; counts what acts: a click, a key that does something, a choice."""

    page: Page
    actions: int = 0

    def click(self, what: Locator, **more: Any) -> None:
        self.actions += 1
        what.click(**more)

    def press(self, keys: str) -> None:
        self.actions += 1
        self.page.keyboard.press(keys)

    def choose(self, label: str, name: str) -> None:
        self.actions += 1
        self.page.get_by_label(label).select_option(label=name)


@pytest.fixture
def clinic(app: Flask) -> None:
    """Two therapists, a receptionist, and what another system exported."""
    with app.app_context():
        made.open_house()
        made.a_therapist(SECOND)
        staff.member(DESK, Role.RECEPTIONIST)
        report = read_synthea(FOLDER, actor=SYSTEM, good_rows=True, tidy_names=True)
        assert report.written


def sign_in(page: Page, name: str) -> None:
    page.goto("/sign-in")
    page.locator("#email").fill(staff.address_of(name))
    page.locator("#password").fill(staff.PASSWORD)
    page.keyboard.press("Enter")
    page.wait_for_url(lambda url: "sign-in" not in url)


def looks_right(page: Page) -> None:
    assert_accessible(page)
    assert_no_csp_errors(page)
    assert_fits(page)


def find_the_client(page: Page) -> None:
    """A key and some letters; on a phone, by way of the list of clients."""
    page.goto("/day")
    if page.viewport_size == {"width": 390, "height": 844}:
        page.get_by_role("link", name="Clients", exact=True).click()
        page.get_by_role("searchbox").fill("brunhild")
        page.keyboard.press("Enter")
        page.get_by_role("link", name=CLIENT).first.click()
    else:
        page.keyboard.press("/")
        page.keyboard.type("brunhild osk", delay=20)
        expect(page.get_by_role("option", name=CLIENT)).to_be_visible()
        page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1, name=CLIENT)).to_be_visible()


def pick(page: Page, label: str, typed: str, name: str) -> None:
    field = page.get_by_role("combobox", name=label)
    field.press_sequentially(typed, delay=20)
    expect(page.get_by_role("option", name=name)).to_be_visible()
    field.press("Enter")
    expect(field).to_have_value(name)


def log_the_referral(page: Page) -> str:
    """By keyboard, for eight visits; gives the address of its page."""
    page.goto("/office/referrals/")
    page.get_by_role("link", name="Log referral").first.focus()
    page.keyboard.press("Enter")
    pick(page, "Client", "brunhild", CLIENT)
    pick(page, "Provider", "thorvald", PROVIDER)
    page.get_by_label("Reason").fill("Stiff neck since the fall")
    page.get_by_label("Visits allowed").fill("8")
    page.keyboard.press("Control+s")
    expect(page.get_by_text("0 used, 0 booked, 8 left")).to_be_visible()
    expect(page.get_by_text("Stiff neck")).to_have_count(0)
    looks_right(page)
    return page.url


def book(page: Page, therapist: str) -> Hands:
    """From the client's page to a booked visit, at the first opening of a therapist."""
    find_the_client(page)
    hands = Hands(page)
    hands.click(page.get_by_role("link", name="Book", exact=True))
    hands.choose("Service", "Therapeutic")
    hands.click(page.get_by_role("radio", name=therapist, exact=True))
    expect(page.locator(".slots .person").first).to_contain_text(therapist)
    expect(page.locator(".slots .person").filter(has_not_text=therapist)).to_have_count(0)
    hands.click(page.get_by_label("Use the referral"))
    hands.click(page.locator("label.slot").first)
    hands.press("Control+s")
    page.wait_for_url("**/visits/*")
    return hands


def make_ready(app: Flask) -> None:
    """Their health form is filled in and read, the day's questions are answered, and they agree."""
    with app.app_context():
        first, last = CLIENT.split()
        client = db.session.scalars(
            select(Client).filter_by(first_name=first, last_name=last)
        ).one()
        therapist = db.session.scalars(select(StaffMember).filter_by(name=FIRST)).one()
        settled(client, actor_of(therapist))


def try_a_taken_time(page: Page, visit: str) -> None:
    """The same hour with the same therapist is refused; what was typed stands, with ways out."""
    page.goto(visit)
    wall = page.locator("#move input[name=time]").input_value()
    day = page.locator("#move input[name=on]").input_value()
    find_the_client(page)
    page.get_by_role("link", name="Book", exact=True).click()
    page.get_by_label("Service").select_option(label="Therapeutic")
    # What is put in meanwhile must not move away under the pointer.
    expect(page.locator(".slots .person").filter(has_not_text=FIRST)).not_to_have_count(0)
    page.get_by_role("radio", name=FIRST, exact=True).click()
    expect(page.locator(".slots .person").filter(has_not_text=FIRST)).to_have_count(0)
    page.get_by_label("Use the referral").check()
    page.get_by_label("Note").fill("Brings her own towel")
    page.get_by_text("Another time than those offered").click()
    page.locator("#on").fill(day)
    page.locator("#time").fill(wall)
    with page.expect_response(lambda answer: answer.request.is_navigation_request()) as answered:
        page.get_by_role("button", name="Book", exact=True).click()
    assert answered.value.status == 409
    expect(page.get_by_role("alert").filter(has_text="The next free ones")).to_be_visible()
    expect(page.get_by_label("Note")).to_have_value("Brings her own towel")
    expect(page.locator("#time")).to_have_value(wall)
    expect(page.get_by_label("Use the referral")).to_be_checked()
    looks_right(page)


@at_both_sizes
def test_the_first_run_through_the_day(app: Flask, page: Page, clinic: None) -> None:
    sign_in(page, DESK)
    order = log_the_referral(page)

    hands = book(page, FIRST)
    print(f"\na booking for a known client: {hands.actions} actions")
    assert hands.actions <= MOST_ACTIONS
    first = page.url
    book(page, SECOND)
    page.goto(order)
    expect(page.get_by_text("0 used, 2 booked, 6 left")).to_be_visible()

    try_a_taken_time(page, first)
    page.goto(order)
    expect(page.get_by_text("0 used, 2 booked, 6 left")).to_be_visible()
    try_a_taken_time(page, first)
    page.get_by_role("alert").get_by_role("button").first.click()
    page.wait_for_url("**/visits/*")
    expect(page.get_by_text("Brings her own towel")).to_be_visible()

    page.goto(first)
    page.get_by_role("button", name="Check in").click()
    expect(page.get_by_text("Arrived", exact=True).first).to_be_visible()

    page.context.clear_cookies()
    make_ready(app)
    sign_in(page, FIRST)
    page.goto("/my-day")
    looks_right(page)
    page.get_by_role("link", name=CLIENT).first.click()
    page.get_by_role("button", name="Start session").click()
    page.get_by_role("button", name="Finish").click()
    expect(page.get_by_role("button", name="Finish")).to_have_count(0)
    page.goto(order)
    expect(page.get_by_text("1 used, 2 booked, 5 left", exact=True)).to_be_visible()
    expect(page.get_by_text("Stiff neck since the fall")).to_be_visible()
    looks_right(page)
