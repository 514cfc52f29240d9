"""A plan of thirteen visits in a real browser, at both sizes, with and without script."""

import pytest
from flask import Flask
from playwright.sync_api import Browser, Page, expect

from clinic.core.permissions import Role
from tests.browser.looking import assert_accessible, assert_fits
from tests.browser.sizes import at_both_sizes
from tests.factories import catalogue, staff
from tests.factories import scheduling as made
from tests.factories.clients import a_client

pytestmark = pytest.mark.browser


def sign_in(app: Flask, page: Page) -> dict[str, str]:
    """A clinic in which the third week of ten o'clocks is taken."""
    with app.app_context():
        house = made.open_house()
        catalogue.variant(90, 12000, of=house.variant.service)
        made.an_authorisation(house, 8)
        made.book(house, made.at(10, days=21), client=a_client("Omar Haddad"))
        staff.member("Hannah Doyle", Role.RECEPTIONIST)
        ids = {
            "client": house.client.public_id,
            "service": house.variant.service.public_id,
            "first": made.day().isoformat(),
        }
    page.goto("/sign-in")
    page.fill("[name=email]", staff.address_of("Hannah Doyle"))
    page.fill("[name=password]", staff.PASSWORD)
    page.keyboard.press("Enter")
    page.wait_for_url(lambda url: "sign-in" not in url)
    return ids


def cards(page: Page):
    return page.locator(".datecard")


@at_both_sizes
def test_thirteen_visits_are_planned_in_seven_actions(app: Flask, page: Page):
    ids = sign_in(app, page)
    page.goto(f"/clients/{ids['client']}")
    page.get_by_role("link", name="Plan a series").click()
    page.select_option("#service", ids["service"])
    page.get_by_role("button", name="Taper 6·4·3").click()
    page.fill("#first_on", ids["first"])
    page.locator("#first_on").dispatch_event("change")
    page.fill("#time", "10:00")
    page.locator("#time").dispatch_event("change")
    expect(cards(page)).to_have_count(13)
    page.get_by_role("radio", name="June Park", exact=True).check(force=True)
    expect(page.locator("#date-3")).to_contain_text("June Park is taken then.")
    expect(page.locator(".seriespage__sum")).to_contain_text("Book 12, leave 1 for later")
    assert_accessible(page)
    assert_fits(page)
    page.get_by_role("button", name="Use the nearest times").click()
    expect(page.locator(".seriespage__sum")).to_contain_text("Book 13")
    page.get_by_role("button", name="Book 13 visits").click()
    page.wait_for_url(lambda url: url.split("/")[-1] not in ("new", "") and "/series/" in url)
    expect(page.get_by_text("0 done, 13 booked, 0 to book")).to_be_visible()
    assert_accessible(page)
    assert_fits(page)
    page.goto(f"/clients/{ids['client']}")
    expect(page.get_by_text("0 done, 13 booked, 0 to book")).to_be_visible()
    assert_accessible(page)
    assert_fits(page)


@at_both_sizes
def test_a_choice_changes_the_sum_and_what_the_referral_still_bears(app: Flask, page: Page):
    ids = sign_in(app, page)
    asked = f"client={ids['client']}&service={ids['service']}&on={ids['first']}&time=10:00"
    page.goto(f"/series/new?{asked}")
    page.get_by_role("button", name="Taper 6·4·3").click()
    expect(cards(page)).to_have_count(13)
    page.get_by_label("Use the referral").check()
    expect(page.locator(".seriespage__sum")).to_contain_text("Book 8, leave 5 for later")
    page.locator("#date-2").get_by_label("Skip").check()
    expect(page.locator(".seriespage__sum")).to_contain_text("Book 8, leave 4 for later, skip 1")
    expect(page.locator("#date-9")).not_to_contain_text("no visits left")
    expect(page.locator("#date-2").get_by_label("Skip")).to_be_focused()
    page.get_by_role("button", name="Book 8 visits").click()
    expect(page.get_by_text("0 done, 8 booked, 4 to book, 1 skipped")).to_be_visible()
    page.locator("#visit-11").get_by_role("link", name="Find a time").click()
    expect(page.locator("#visit-11 button.choice")).not_to_have_count(0)
    assert_accessible(page)
    assert_fits(page)
    page.locator("#visit-2").get_by_role("button", name="Take up").click()
    expect(page.get_by_text("0 done, 8 booked, 5 to book")).to_be_visible()


@at_both_sizes
def test_steps_are_typed_and_what_is_wrong_is_said_beside_them(app: Flask, page: Page):
    ids = sign_in(app, page)
    asked = f"client={ids['client']}&service={ids['service']}&on={ids['first']}&time=11:00"
    page.goto(f"/series/new?{asked}")
    page.get_by_role("button", name="Add a step").click()
    page.fill("#visits-1", "70")
    page.locator("#visits-1").press("Tab")
    expect(page.get_by_text("Plan at most 60 visits at once.")).to_be_visible()
    assert_accessible(page)
    page.fill("#visits-1", "2")
    page.locator("#visits-1").press("Tab")
    expect(cards(page)).to_have_count(8)
    page.get_by_role("button", name="Remove step 2").click()
    expect(cards(page)).to_have_count(6)


def test_without_script_a_plan_is_made_and_a_visit_of_it_booked(
    app: Flask, browser: Browser, live_server: str
):
    context = browser.new_context(java_script_enabled=False, base_url=live_server)
    page = context.new_page()
    ids = sign_in(app, page)
    page.goto(f"/series/new?client={ids['client']}")
    page.select_option("#service", ids["service"])
    page.get_by_role("button", name="Show dates").last.click()
    page.get_by_role("button", name="Taper 6·4·3").click()
    page.fill("#first_on", ids["first"])
    page.fill("#time", "10:00")
    page.get_by_role("button", name="Show dates").last.click()
    expect(cards(page)).to_have_count(13)
    page.locator("#date-13").get_by_label("Later").check()
    page.get_by_role("button", name="Book").click()
    page.wait_for_url(lambda url: not url.endswith("/new"))
    expect(page.get_by_text("11 booked, 2 to book")).to_be_visible()
    page.get_by_role("link", name="Find a time").last.click()
    page.locator("button.choice").first.click()
    expect(page.get_by_text("12 booked, 1 to book")).to_be_visible()
    context.close()
