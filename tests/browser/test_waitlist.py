"""The waitlist in a real browser, at both sizes: a cancel, its matches, an offer, a yes."""

import re
from datetime import timedelta

import pytest
from flask import Flask
from playwright.sync_api import Browser, Page, expect

from clinic.core.permissions import Role
from clinic.core.transactions import transaction
from clinic.scheduling.services import waiting
from tests.browser.looking import assert_accessible, assert_fits
from tests.browser.sizes import at_both_sizes
from tests.factories import scheduling as made
from tests.factories import staff
from tests.factories.clients import a_client

pytestmark = pytest.mark.browser


def sign_in(app: Flask, page: Page) -> dict[str, str]:
    """A visit at ten in a week, three who wait, and Hannah at the desk."""
    with app.app_context():
        house = made.open_house()
        day = made.this_day()
        visit = made.book(house)
        for name, more in (
            ("Omar Haddad", {"parts": 3, "weekdays": 127, "notice_hours": 24}),
            ("Ada Brandt", {"priority": "high", "therapists": [house.therapist]}),
            ("Lena Ford", {"parts": 4}),
        ):
            someone = a_client(name)
            with transaction():
                waiting.wait(
                    actor=house.desk, client=someone, variant=house.variant, earliest=day,
                    latest=day + timedelta(days=30), **more,
                )  # fmt: skip
        staff.member("Hannah Doyle", Role.RECEPTIONIST)
        ids = {"visit": visit.public_id, "client": house.client.public_id}
        ids |= {"variant": house.variant.public_id}
        ids |= {"on": made.day().isoformat()}
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
def test_a_cancelled_time_is_offered_to_who_comes_first_and_accepted(app: Flask, page: Page):
    ids = sign_in(app, page)
    page.goto(f"/visits/{ids['visit']}")
    page.get_by_role("button", name="Cancel the visit").click()
    expect(page.get_by_text("2 on the waitlist may want this time")).to_be_visible()
    looked_at(page)
    page.get_by_role("link", name="See whom it would suit").click()
    expect(page.get_by_role("link", name="Grace Nakamura")).to_be_visible()
    expect(page.locator(".waitrow .person__name")).to_have_text(["Ada Brandt", "Omar Haddad"])
    looked_at(page)
    page.get_by_role("button", name=re.compile("Offer Ada Brandt")).click()
    expect(page.get_by_text("whoever says yes first has it")).to_be_visible()
    looked_at(page)
    page.get_by_role("button", name="Declined").click()
    expect(page.get_by_text("Said no to this time")).to_be_visible()
    page.get_by_role("button", name=re.compile("Offer Omar Haddad")).click()
    expect(page.get_by_text("Offered. Call them now.")).to_be_visible()
    page.goto("/waitlist")
    expect(page.get_by_role("heading", name="Offered")).to_be_visible()
    looked_at(page)
    page.get_by_role("button", name="Accepted").click()
    page.wait_for_url("**/visits/*")
    expect(page.get_by_role("link", name="Omar Haddad")).to_be_visible()
    expect(page.get_by_text("From the waitlist")).to_be_visible()


@at_both_sizes
def test_somebody_is_put_on_the_list_amended_and_taken_off(app: Flask, page: Page):
    sign_in(app, page)
    page.goto("/waitlist")
    page.get_by_role("link", name="Add to the waitlist").click()
    page.wait_for_url("**/waitlist/new")
    page.fill("#client", "naka")
    page.get_by_role("option", name="Grace Nakamura").wait_for()
    looked_at(page)
    page.keyboard.press("Enter")
    page.wait_for_url("**client=*")
    page.select_option("#variant", label="Therapeutic 60")
    page.locator("#weekdays-6").uncheck()
    looked_at(page)
    page.get_by_role("button", name="Put on the waitlist").click()
    expect(page.get_by_role("heading", name="Grace Nakamura waits")).to_be_visible()
    looked_at(page)
    page.locator("#priority-1").check()
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text("High priority")).to_be_visible()
    page.get_by_role("button", name="Take off the waitlist").click()
    page.get_by_role("dialog").get_by_role("button", name="Take off the waitlist").click()
    expect(page.get_by_text("They are off the waitlist.")).to_be_visible()
    expect(page.locator(".waitrow")).to_have_count(3)


def test_without_script_somebody_is_found_waits_and_is_offered_a_time(
    app: Flask, browser: Browser, live_server: str
):
    context = browser.new_context(java_script_enabled=False, base_url=live_server)
    page = context.new_page()
    ids = sign_in(app, page)
    page.goto("/waitlist/new")
    page.fill("#client", "naka")
    page.get_by_role("button", name="Find").click()
    page.get_by_role("button", name="Grace Nakamura").click()
    page.select_option("#variant", label="Therapeutic 60")
    page.get_by_role("button", name="Put on the waitlist").click()
    expect(page.get_by_text("They are on the waitlist.")).to_be_visible()
    page.goto(f"/visits/{ids['visit']}")
    page.get_by_role("button", name="Cancel the visit").click()
    expect(page.get_by_text("Cancelled").first).to_be_visible()
    page.goto(f"/waitlist/free?on={ids['on']}")
    page.get_by_role("button", name=re.compile("Offer Grace Nakamura")).click()
    page.get_by_role("button", name="Accepted").click()
    expect(page.get_by_text("From the waitlist")).to_be_visible()
    context.close()
