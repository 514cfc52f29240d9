"""Steps of referrals on a wide screen and on a phone, by keys alone: an order is declined with what
may help instead, a late answer is written down, a ticked referral goes along to a booking for two.
"""

import pytest
from flask import Flask
from playwright.sync_api import Page, expect

from tests.browser.looking import assert_accessible, assert_fits, assert_no_csp_errors
from tests.browser.sizes import at_both_sizes
from tests.factories import inbound as cases
from tests.factories import outbound as sent
from tests.factories import scheduling as made
from tests.factories import staff as people
from tests.factories.clients import a_client

pytestmark = pytest.mark.browser


def sign_in(page: Page, name: str) -> None:
    page.goto("/sign-in")
    page.fill("[name=email]", people.address_of(name))
    page.fill("[name=password]", people.PASSWORD)
    page.keyboard.press("Enter")
    page.wait_for_url(lambda url: "sign-in" not in url)


def looks_right(page: Page) -> None:
    assert_accessible(page)
    assert_no_csp_errors(page)
    assert_fits(page)


@at_both_sizes
def test_an_order_is_declined_by_keys_with_what_may_help_instead(app: Flask, page: Page):
    with app.app_context():
        case = cases.received(made.open_house())
        path = f"/referrals/{case.referral.public_id}"
    sign_in(page, "Robin Vale")
    page.goto(f"{path}/steps/decline")
    looks_right(page)
    page.get_by_label("Reason").focus()
    page.keyboard.type("no capacity")
    page.keyboard.press("Tab")
    expect(page.get_by_label("What may help instead")).to_be_focused()
    page.keyboard.type("Lakeside Massage, (555) 014-2200, " + "a-word-that-does-not-break" * 4)
    page.keyboard.press("Control+s")
    page.wait_for_url(f"**{path}")
    expect(page.get_by_text("Suggested to the sender instead")).to_be_visible()
    expect(page.get_by_text("Lakeside Massage, (555) 014-2200").first).to_be_visible()
    looks_right(page)


@at_both_sizes
def test_a_late_answer_is_written_down_by_keys(
    app: Flask, page: Page, monkeypatch: pytest.MonkeyPatch
):
    sent.swift_setting(monkeypatch)
    with app.app_context():
        row = sent.in_state(sent.cast(), "no_response")
        path = f"/outbound/{row.public_id}"
    sign_in(page, "Robin Vale")
    page.goto(path)
    expect(page.get_by_text("An answer that comes late is still taken")).to_be_visible()
    looks_right(page)
    page.get_by_role("link", name="They answered").focus()
    page.keyboard.press("Enter")
    page.wait_for_url("**/answered")
    page.get_by_role("button", name="Write it down").focus()
    page.keyboard.press("Enter")
    page.wait_for_url(lambda url: not url.endswith("/answered"))
    page.goto(path)
    expect(page.get_by_text("Read the answer").first).to_be_visible()


@at_both_sizes
def test_a_ticked_referral_goes_along_to_a_booking_for_two(app: Flask, page: Page):
    with app.app_context():
        house = made.open_house()
        made.an_authorisation(house)
        made.a_therapist("Ines Okafor")
        a_client("Omar Haddad")
        made.a_room_for_two()
        asked = f"client={house.client.public_id}&service={house.variant.service.public_id}"
    sign_in(page, "Robin Vale")
    page.goto(f"/book?{asked}")
    page.get_by_label("Use the referral").focus()
    page.keyboard.press("Space")
    page.get_by_role("button", name="Together").focus()
    page.keyboard.press("Enter")
    page.wait_for_url("**/book/together**")
    expect(page.locator("#use_referral-0")).to_be_checked()
    looks_right(page)
    with page.expect_response("**/book/together"):
        page.get_by_label("Service").nth(1).select_option(index=1)
    expect(page.locator("#use_referral-0")).to_be_checked()
