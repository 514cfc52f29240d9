"""The board of referrals is read and walked, with mouse, keys and axe."""

from types import SimpleNamespace

import pytest
from flask import Flask
from playwright.sync_api import Page, expect

from clinic.core.permissions import Role
from tests.browser.looking import assert_accessible, assert_fits, assert_no_csp_errors
from tests.browser.sizes import at_both_sizes
from tests.factories import cases, clients, directory
from tests.factories import referrals as orders
from tests.factories import staff as people

pytestmark = pytest.mark.browser
HERE = "/office/referrals/"
LONG = "Bartholomew-Featherstonehaugh"


@pytest.fixture
def clinic(app: Flask) -> SimpleNamespace:
    """A receptionist, and referrals in many states, in and out."""
    with app.app_context():
        people.set_up()
        robin = people.member("Robin Vale", Role.RECEPTIONIST)
        orders.ready()
        place = directory.organisation()
        provider = directory.provider(at=place)
        lena = directory.provider("Lena", "Fischer", at=place)
        grace = orders.order(provider=provider)
        case = cases.case_of(grace, "in_treatment", late=6, action="report", owner=robin)
        orders.visits(cases.allowed(case), "completed", "completed", "booked", "booked")
        cases.owed(case, late=6)
        for name, status, late, action, urgency in (
            ("Joan Whitlock", "received", 3, "decide", "routine"),
            ("Samir Qureshi", "incomplete", -1, "await_missing", "routine"),
            (f"Maximilian {LONG}", "received", 0, "acknowledge", "emergency"),
            ("Bea Costa", "accepted", -2, "contact", "soon"),
            ("Helen Osei", "scheduled", -4, "first_visit", "routine"),
            ("Leila Haddad", "renewal_requested", -2, "renew", "routine"),
            ("Omar Farouk", "completed", 9, "final_report", "routine"),
        ):
            order = orders.order(clients.a_client(name), lena, urgency=urgency)
            other = cases.case_of(order, status, late=late, action=action, owner=robin)
            if status in ("renewal_requested", "completed"):
                orders.visits(cases.allowed(other, 6), *["completed"] * 5)
        cases.outbound(clients.a_client("Ada Sol"), lena, late=2, owner=robin)
        return SimpleNamespace(order=f"/referrals/{grace.public_id}")


@pytest.fixture
def desk(page: Page, clinic: SimpleNamespace) -> Page:
    """The receptionist, signed in."""
    page.goto(f"/sign-in?next={HERE}")
    page.get_by_label("E-mail").fill(people.address_of("Robin Vale"))
    page.locator("input[type=password]").fill(people.PASSWORD)
    page.keyboard.press("Enter")
    page.wait_for_url(lambda url: "sign-in" not in url)
    return page


def looked_at(page: Page) -> None:
    assert_accessible(page)
    assert_no_csp_errors(page)
    assert_fits(page)


@at_both_sizes
def test_the_board_is_usable_by_everyone(desk: Page):
    for query in ("", "?column=in-new", "?q=nobody", "?show=ended", "?way=out"):
        desk.goto(HERE + query)
        looked_at(desk)
    desk.goto(HERE)
    desk.locator("summary", has_text="Filter").click()
    looked_at(desk)


def test_keys_walk_the_board_and_open_a_referral(desk: Page, clinic: SimpleNamespace):
    desk.goto(HERE)
    desk.keyboard.press("j")
    expect(desk.locator(":focus")).to_have_text("Joan Whitlock")
    desk.keyboard.press("j")
    desk.keyboard.press("k")
    expect(desk.locator(":focus")).to_have_text("Joan Whitlock")
    desk.keyboard.press("4")
    expect(desk.locator(":focus")).to_have_text("Grace Nakamura")
    desk.keyboard.press("8")
    expect(desk.locator(":focus")).to_have_text("Ada Sol")
    desk.keyboard.press("4")
    desk.keyboard.press("Enter")
    desk.wait_for_url(f"**{clinic.order}")


def test_a_filter_narrows_the_board_and_is_cleared(desk: Page):
    desk.goto(HERE)
    desk.locator("summary", has_text="Filter").click()
    desk.get_by_label("Overdue").check()
    desk.get_by_role("button", name="Show").click()
    expect(desk.get_by_role("link", name="Bea Costa")).to_have_count(0)
    expect(desk.get_by_role("link", name="Omar Farouk")).to_be_visible()
    desk.locator("summary", has_text="Filter").click()
    desk.get_by_role("link", name="Clear").click()
    expect(desk.get_by_role("link", name="Bea Costa")).to_be_visible()


def test_the_filter_is_filled_by_keys_before_it_is_needed(desk: Page):
    desk.goto(HERE)
    desk.locator("summary", has_text="Filter").focus()
    desk.keyboard.press("Enter")
    expect(desk.get_by_role("combobox", name="Provider")).to_be_visible()
    desk.keyboard.press("Tab")
    expect(desk.get_by_role("combobox", name="Provider")).to_be_focused()
    desk.get_by_role("combobox", name="Urgency").select_option("urgent")
    desk.get_by_role("button", name="Show").press("Enter")
    desk.wait_for_url("**urgency=urgent**")
    expect(desk.locator("summary", has_text="Filter")).to_contain_text("1")


def test_without_an_answer_the_filter_is_a_page_of_its_own(desk: Page):
    desk.route("**/filter?*form=1", lambda route: route.abort())
    desk.goto(HERE)
    desk.locator("summary", has_text="Filter").click()
    desk.get_by_role("link", name="Choose which referrals to show").click()
    expect(desk.get_by_role("heading", level=1)).to_have_text("Which referrals to show")
    looked_at(desk)
    desk.get_by_label("Overdue").check()
    desk.get_by_role("button", name="Show").click()
    desk.wait_for_url("**overdue=1**")


def test_m_shows_what_is_mine(desk: Page):
    desk.goto(HERE)
    desk.keyboard.press("m")
    desk.wait_for_url("**mine=1")
    expect(desk.get_by_role("link", name="Mine")).to_have_attribute("aria-current", "true")
