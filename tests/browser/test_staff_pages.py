"""The staff room and the set-up, looked at through a browser, large and small."""

import pytest
from flask import Flask
from playwright.sync_api import Page, expect

from clinic.core.permissions import SYSTEM, Role
from clinic.core.transactions import transaction
from clinic.staff import services
from clinic.web.guards import is_safe_path
from tests.browser.looking import assert_accessible, assert_fits, assert_no_csp_errors
from tests.browser.sizes import at_both_sizes
from tests.factories import staff as people
from tests.web.test_redirects import PAYLOADS

pytestmark = pytest.mark.browser
SAVE = "button.btn--primary:visible"


def look(page: Page) -> None:
    assert_accessible(page)
    assert_fits(page)
    assert_no_csp_errors(page)


def enter(page: Page, name: str) -> None:
    page.goto("/sign-in")
    page.fill("#email", people.address_of(name))
    page.fill("#password", people.PASSWORD)
    page.keyboard.press("Enter")
    page.wait_for_url(lambda url: "/sign-in" not in url)


@at_both_sizes
def test_from_the_first_link_to_an_open_clinic(app: Flask, page: Page):
    with app.app_context(), transaction():
        token = services.first_owner_link(actor=SYSTEM)
    page.goto(f"/link/{token}")
    look(page)
    page.locator(SAVE).click()
    expect(page.locator("[aria-invalid=true]").first).to_be_visible()
    look(page)
    page.fill("#name", "Olga Reed")
    page.fill("#email", "olga.reed@clinic.example")
    page.fill("#password", people.PASSWORD)
    page.locator(SAVE).click()
    page.wait_for_url("**/setup")
    look(page)
    page.fill("#name", "Harbour Lane")
    page.locator(SAVE).click()
    page.wait_for_url(lambda url: "/setup" not in url)


@at_both_sizes
def test_every_page_of_the_staff_room_can_be_used(app: Flask, page: Page):
    with app.app_context():
        people.set_up()
        people.member("Olga Reed", Role.OWNER)
        people.member("Teo Marsh", Role.THERAPIST)
    page.goto("/sign-in")
    look(page)
    page.fill("#email", "olga.reed@clinic.example")
    page.fill("#password", "not this one at all")
    page.keyboard.press("Enter")
    page.locator("[role=alert]").wait_for()
    look(page)
    enter(page, "Olga Reed")
    for path in ("/account", "/staff", "/staff/invite", "/settings"):
        page.goto(path)
        look(page)


def test_signing_in_needs_no_mouse(app: Flask, page: Page):
    with app.app_context():
        people.set_up()
        people.member("Olga Reed", Role.OWNER)
    page.goto("/sign-in")
    page.keyboard.type("olga.reed@clinic.example")
    page.keyboard.press("Tab")
    page.keyboard.type(people.PASSWORD)
    page.keyboard.press("Enter")
    page.wait_for_url(lambda url: "/sign-in" not in url)


def test_what_is_let_through_stays_on_this_host_for_a_browser_as_well(page: Page):
    page.goto("/sign-in")
    tried = [*PAYLOADS, *("/" + payload for payload in PAYLOADS), "/..//evil.example", "/.//x"]
    let_through = [path for path in tried if is_safe_path(path)]
    assert len(let_through) > 10
    hosts = page.evaluate(
        "paths => paths.map((path) => new URL(path, location.href).host)", let_through
    )
    assert set(hosts) == {page.evaluate("location.host")}
