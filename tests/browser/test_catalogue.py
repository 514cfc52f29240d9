"""The pages of services and prices in a browser, large and small."""

from flask import Flask
from playwright.sync_api import Page, expect

from clinic.core.permissions import Role
from tests.browser.looking import assert_accessible, assert_fits, assert_no_csp_errors
from tests.browser.sizes import at_both_sizes
from tests.factories import catalogue
from tests.factories import staff as people


def enter(page: Page, app: Flask, role: Role, *, stocked: bool = True) -> None:
    """Sign somebody of a role in."""
    with app.app_context():
        people.set_up()
        if stocked:
            catalogue.starter()
        person = people.member("Margot Ellery", role).email
    page.goto("/sign-in")
    page.locator("[name=email]").fill(person)
    page.locator("[name=password]").fill(people.PASSWORD)
    page.keyboard.press("Enter")
    page.wait_for_url(lambda url: "sign-in" not in url)


def look(page: Page) -> None:
    assert_accessible(page)
    assert_no_csp_errors(page)
    assert_fits(page)


@at_both_sizes
def test_the_owner_sets_a_new_price_by_keyboard(page: Page, app: Flask) -> None:
    enter(page, app, Role.OWNER)
    page.goto("/services")
    look(page)
    page.get_by_role("link", name="Deep tissue massage", exact=True).click()
    expect(page.get_by_role("heading", name="Deep tissue massage", level=1)).to_be_visible()
    look(page)
    page.get_by_role("link", name="New price for 60 minutes").click()
    expect(page.get_by_label("Price")).to_be_focused()
    page.keyboard.type("98")
    page.get_by_label("From").fill("2001-01-01")
    page.keyboard.press("Enter")
    expect(page.get_by_text("past days keep their price")).to_be_visible()
    expect(page.get_by_label("Price")).to_have_value("98")
    look(page)
    page.get_by_label("From").fill("2035-01-01")
    page.get_by_label("From").press("Enter")
    expect(page.get_by_text("$98.00 from 1 Jan 2035")).to_be_visible()
    page.goto("/services")
    page.get_by_role("link", name="From 1 Jan 2035").click()
    expect(page.get_by_text("$98", exact=True)).to_be_visible()
    look(page)


@at_both_sizes
def test_an_empty_catalogue_is_filled_with_one_click(page: Page, app: Flask) -> None:
    enter(page, app, Role.OWNER, stocked=False)
    page.goto("/services")
    look(page)
    page.get_by_role("button", name="Begin with the starter").click()
    expect(page.get_by_role("link", name="Swedish massage", exact=True)).to_be_visible()


@at_both_sizes
def test_the_forms_of_the_catalogue_can_be_used_by_everyone(page: Page, app: Flask) -> None:
    enter(page, app, Role.OWNER)
    for path in ("/services/new", "/services/add-ons/new", "/services/techniques"):
        page.goto(path)
        look(page)
    page.goto("/services/new")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text("Enter a name.")).to_be_visible()
    look(page)
