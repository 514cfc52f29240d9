"""The page of one visit in a real browser: what it costs to cancel, its length, its overlap."""

from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from playwright.sync_api import Page, expect

from clinic.core.clock import rehearsed
from clinic.core.permissions import Role
from clinic.scheduling import services
from tests.browser.looking import assert_accessible, assert_fits
from tests.browser.sizes import at_both_sizes
from tests.factories import catalogue, staff
from tests.factories import scheduling as made
from tests.factories.clients import a_client

pytestmark = pytest.mark.browser


def opened(app: Flask, page: Page, role: Role = Role.RECEPTIONIST) -> dict[str, Any]:
    """A visit with a policy and a heater, one cancelled late, one over another."""
    with app.app_context():
        house = made.open_house()
        made.a_policy()
        for minutes, price in ((45, 7000), (90, 12000)):
            catalogue.variant(minutes, price, of=house.variant.service)
        made.needs(house.variant, kind="Hot-stone heater")
        made.a_piece("Hot-stone heater", "Heater 1")
        made.a_piece("Hot-stone heater", "Heater 2")
        visit = made.book(house)
        over = made.book(
            house, actor=house.owner, client=a_client("Omar Haddad"), overlap_why="Twins"
        )
        late = made.book(house, made.at(14))
        with rehearsed(late.starts_at - timedelta(hours=2)):
            made.done(services.cancel, late, house.desk)
        staff.member("Hannah Doyle", role)
        ids = {"visit": visit.public_id, "over": over.public_id, "late": late.public_id}
    page.goto("/sign-in")
    page.fill("[name=email]", staff.address_of("Hannah Doyle"))
    page.fill("[name=password]", staff.PASSWORD)
    page.keyboard.press("Enter")
    page.wait_for_url(lambda url: "sign-in" not in url)
    return ids


def looked_at(page: Page) -> None:
    assert_accessible(page)
    assert_fits(page)


@at_both_sizes
def test_the_length_is_changed_and_the_history_says_so(app: Flask, page: Page):
    ids = opened(app, page)
    page.goto(f"/visits/{ids['visit']}")
    expect(page.locator("#cancel")).to_contain_text("later costs $42.50. A missed visit costs $85")
    expect(page.get_by_text("Heater 1", exact=True)).to_be_visible()
    looked_at(page)
    page.select_option("#size-minutes", "45")
    page.get_by_role("button", name="Change the length").click()
    expect(page.get_by_text("The length is changed.")).to_be_visible()
    expect(page.locator(".timeline")).to_contain_text("60 to 45 minutes")
    expect(page.locator("#cancel")).to_contain_text("later costs $35")


@at_both_sizes
def test_a_fee_is_waived_with_a_reason_or_charged(app: Flask, page: Page):
    ids = opened(app, page)
    page.goto(f"/visits/{ids['late']}")
    fee = page.locator("#fee")
    expect(fee).to_contain_text("$42.50 to decide")
    looked_at(page)
    page.get_by_role("button", name="Waive the fee").click()
    expect(fee).to_contain_text("Say why the fee is waived.")
    looked_at(page)
    page.fill("#fee-why", "First time")
    page.get_by_role("button", name="Waive the fee").click()
    expect(fee).to_contain_text("First time")
    page.get_by_role("button", name="Charge $42.50").click()
    expect(fee).to_contain_text("Charged")
    expect(page.locator(".timeline")).to_contain_text("Fee decided")


@at_both_sizes
def test_an_overlap_on_purpose_says_so_and_only_the_owner_makes_one(app: Flask, page: Page):
    ids = opened(app, page, Role.OWNER)
    page.goto(f"/visits/{ids['over']}")
    expect(page.get_by_text("Over another visit, on purpose")).to_be_visible()
    expect(page.get_by_text("Twins")).to_be_visible()
    looked_at(page)
    page.goto(f"/visits/{ids['visit']}")
    page.fill("#time", "10:15")
    page.locator("#move").get_by_role("button", name="Move", exact=True).click()
    page.fill("#overlap_why", "A class of two")
    looked_at(page)
    page.locator("#move").get_by_role("button", name="Move", exact=True).click()
    expect(page.get_by_text("The visit is moved.")).to_be_visible()
    expect(page.get_by_text("A class of two")).to_be_visible()
