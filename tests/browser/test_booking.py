"""Booking in a real browser, at both sizes, with and without script."""

import pytest
from flask import Flask
from playwright.sync_api import Browser, Page, expect

from clinic.core.permissions import Role
from tests.browser.looking import assert_accessible, assert_fits
from tests.browser.sizes import at_both_sizes
from tests.factories import catalogue, staff
from tests.factories import scheduling as made

pytestmark = pytest.mark.browser


def sign_in(app: Flask, page: Page) -> dict[str, str]:
    with app.app_context():
        house = made.open_house()
        catalogue.variant(90, 12000, of=house.variant.service)
        made.an_authorisation(house)
        staff.member("Hannah Doyle", Role.RECEPTIONIST)
        ids = {"client": house.client.public_id, "service": house.variant.service.public_id}
    page.goto("/sign-in")
    page.fill("[name=email]", staff.address_of("Hannah Doyle"))
    page.fill("[name=password]", staff.PASSWORD)
    page.keyboard.press("Enter")
    page.wait_for_url(lambda url: "sign-in" not in url)
    return ids


@at_both_sizes
def test_a_client_is_found_a_time_chosen_and_the_visit_booked(app: Flask, page: Page):
    sign_in(app, page)
    page.goto("/book")
    assert_accessible(page)
    page.fill("#client", "naka")
    page.get_by_role("option", name="Grace Nakamura").wait_for()
    page.keyboard.press("Enter")
    expect(page.get_by_role("link", name="Grace Nakamura")).to_be_visible()
    page.select_option("#service", label="Therapeutic")
    expect(page.get_by_text("Referral: 0 used, 0 booked, 8 left")).to_be_visible()
    page.fill("[name=note]", "Two pillows")
    page.get_by_label("90 min").check(force=True)
    expect(page.locator(".booking__price b")).to_have_text("$120.00")
    expect(page.locator("[name=note]")).to_have_value("Two pillows")
    page.locator(".slot").first.click()
    assert_accessible(page)
    assert_fits(page)
    page.get_by_role("button", name="Book", exact=True).click()
    page.wait_for_url("**/visits/*")
    expect(page.get_by_text("Two pillows")).to_be_visible()
    assert_accessible(page)
    assert_fits(page)


@at_both_sizes
def test_a_visit_is_checked_in_taken_back_and_cancelled(app: Flask, page: Page):
    ids = sign_in(app, page)
    page.goto(f"/book?client={ids['client']}&service={ids['service']}")
    page.locator(".slot").first.click()
    page.get_by_role("button", name="Book", exact=True).click()
    page.wait_for_url("**/visits/*")
    page.get_by_role("button", name="Check in").click()
    expect(page.get_by_role("button", name="Take back the last step")).to_be_visible()
    page.get_by_role("button", name="Take back the last step").click()
    page.get_by_role("button", name="Cancel the visit").click()
    expect(page.get_by_text("Cancelled").first).to_be_visible()
    assert_accessible(page)


@at_both_sizes
def test_a_new_caller_is_registered_from_booking_and_the_choice_is_kept(app: Flask, page: Page):
    ids = sign_in(app, page)
    page.goto("/book")
    page.select_option("#service", ids["service"])
    page.get_by_label("90 min").check(force=True)
    expect(page.locator(".booking__price b")).to_have_text("$120.00")
    page.fill("#client", "naka")  # the search still answers after the page was drawn anew
    page.get_by_role("option", name="Grace Nakamura").wait_for()
    page.fill("#client", "")
    page.get_by_role("button", name="Somebody new").click()
    page.wait_for_url("**/clients/new**")
    page.fill("[name=first_name]", "Walter")
    page.fill("[name=last_name]", "Brandt")
    page.fill("[name=birth_date]", "1958-02-14")
    page.fill("[name=phones-0-number]", "(555) 014-2276")
    page.get_by_role("button", name="Save client").click()
    page.wait_for_url("**/book**")
    expect(page.get_by_role("link", name="Walter Brandt")).to_be_visible()
    expect(page.locator(".booking__price b")).to_have_text("$120.00")


@at_both_sizes
def test_another_service_says_its_price_and_is_changed(app: Flask, page: Page):
    ids = sign_in(app, page)
    page.goto(f"/book?client={ids['client']}&service={ids['service']}")
    page.locator(".slot").first.click()
    page.get_by_role("button", name="Book", exact=True).click()
    page.wait_for_url("**/visits/*")
    expect(page.get_by_role("button", name="Show the price")).to_be_hidden()
    page.select_option("#variant", index=1)
    expect(page.locator("#service-sum")).to_contain_text("$120.00")
    assert_accessible(page)
    assert_fits(page)
    page.get_by_role("button", name="Change the service").click()
    expect(page.get_by_text("The service is changed.")).to_be_visible()
    expect(page.get_by_text("Therapeutic 90", exact=True)).to_be_visible()


def test_without_script_a_visit_is_booked_and_its_service_changed(
    app: Flask, browser: Browser, live_server: str
):
    context = browser.new_context(java_script_enabled=False, base_url=live_server)
    page = context.new_page()
    sign_in(app, page)
    page.goto("/book")
    page.fill("#client", "naka")
    page.get_by_role("button", name="Find").click()
    page.get_by_label("Grace Nakamura").check(force=True)
    page.select_option("#service", label="Therapeutic")
    page.get_by_role("button", name="Show times").last.click()
    expect(page.get_by_role("link", name="Grace Nakamura")).to_be_visible()
    page.locator(".slot").first.click()
    page.get_by_role("button", name="Book", exact=True).click()
    page.wait_for_url("**/visits/*")
    page.select_option("#variant", index=1)
    page.get_by_role("button", name="Show the price").click()
    expect(page.locator("#service-sum")).to_contain_text("$120.00")
    page.get_by_role("button", name="Change the service").click()
    expect(page.get_by_text("The service is changed.")).to_be_visible()
    context.close()
