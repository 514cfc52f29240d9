"""A referral to a provider is given to another therapist by keys alone, on both screens."""

import pytest
from flask import Flask
from playwright.sync_api import Page, expect

from tests.browser.boards import sign_in
from tests.browser.looking import assert_accessible, assert_fits, assert_no_csp_errors
from tests.browser.sizes import at_both_sizes
from tests.factories import outbound as sent
from tests.factories import staff

pytestmark = pytest.mark.browser


def looks_right(page: Page) -> None:
    assert_accessible(page)
    assert_no_csp_errors(page)
    assert_fits(page)


def keep(page: Page) -> None:
    page.get_by_role("button", name="Keep it").focus()
    page.keyboard.press("Enter")


@at_both_sizes
def test_a_referral_is_given_to_another_therapist_by_keys(app: Flask, page: Page):
    with app.app_context():
        staff.therapist()
        own = f"/outbound/{sent.begin(sent.cast()).public_id}"
    sign_in(page, "Robin Vale")
    page.goto(f"{own}/happened")
    page.get_by_label("What happened").focus()
    page.keyboard.type("Given")
    looks_right(page)
    page.get_by_label("What was said").focus()
    page.keyboard.type("Ines is away")
    keep(page)
    expect(page.get_by_text("Choose from the list.").first).to_be_visible()
    expect(page.get_by_label("What was said")).to_have_value("Ines is away")
    looks_right(page)
    page.get_by_label("If it is given to somebody").focus()
    page.keyboard.type("Teo")
    keep(page)
    page.wait_for_url(f"**{own}")
    expect(page.get_by_text("Teo Marsh")).to_be_visible()
    expect(page.get_by_text("Given to somebody who works here")).to_be_visible()
    looks_right(page)
