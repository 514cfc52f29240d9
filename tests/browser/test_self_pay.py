"""Nothing authorises the visit any more: the desk says that the client pays."""

import pytest
from flask import Flask
from playwright.sync_api import Page, expect

from clinic.core.permissions import Role
from tests.browser.looking import assert_accessible, assert_fits, assert_no_csp_errors
from tests.browser.sizes import at_both_sizes
from tests.factories import scheduling as made
from tests.factories import staff as people

pytestmark = pytest.mark.browser


@pytest.fixture
def booking(app: Flask) -> str:
    """Where a client is booked whose one authorised visit is booked already."""
    with app.app_context():
        house = made.open_house()
        people.member("Robin Reyes", Role.RECEPTIONIST)
        allowed = made.an_authorisation(house, 1)
        made.book(house, made.at(8, days=20), authorisation=allowed)
        service = house.variant.service.public_id
        return f"/book?client={house.client.public_id}&on={made.day(7)}&service={service}"


@pytest.fixture
def desk(page: Page, booking: str) -> Page:
    """The receptionist, signed in."""
    page.goto("/sign-in?next=/account")
    page.get_by_label("E-mail").fill(people.address_of("Robin Reyes"))
    page.locator("input[type=password]").fill(people.PASSWORD)
    page.keyboard.press("Enter")
    page.wait_for_url(lambda url: "sign-in" not in url)
    return page


@at_both_sizes
def test_the_desk_is_told_and_says_that_the_client_agrees(desk: Page, booking: str):
    desk.goto(booking)
    desk.get_by_label("Note").fill("By the window")
    desk.get_by_role("button", name="Book", exact=True).last.click()
    expect(desk.get_by_text("0 of 1 used, 1 reserved").last).to_be_visible()
    expect(desk.get_by_label("Note")).to_have_value("By the window")
    assert_accessible(desk)
    assert_no_csp_errors(desk)
    assert_fits(desk)
    desk.get_by_label("The client agrees to pay").check()
    desk.get_by_role("button", name="Book", exact=True).last.click()
    expect(desk.get_by_text("to pay for this visit themselves.")).to_be_visible()
    assert_accessible(desk)
    assert_fits(desk)
