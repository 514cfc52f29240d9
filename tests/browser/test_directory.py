"""The directory in a browser, large and small."""

from flask import Flask
from playwright.sync_api import Page, expect

from clinic.core.permissions import Role
from tests.browser.looking import assert_accessible, assert_fits, assert_no_csp_errors
from tests.browser.sizes import at_both_sizes
from tests.factories import directory
from tests.factories import staff as people


def enter(page: Page, app: Flask) -> None:
    """Sign a receptionist in, beside a provider at a hospital."""
    with app.app_context():
        people.set_up()
        hospital = directory.organisation("Fond du Lac Hospital", kind="hospital")
        directory.provider(at=hospital, npi=directory.NPI, phone="920 555 0148")
        person = people.member("Robin Vale", Role.RECEPTIONIST).email
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
def test_a_provider_is_entered_at_an_organisation_by_keyboard(page: Page, app: Flask) -> None:
    enter(page, app)
    page.goto("/directory")
    look(page)
    page.get_by_role("link", name="New provider").click()
    expect(page.get_by_label("First name")).to_be_focused()
    page.keyboard.type("Zoë")
    page.get_by_label("Last name").fill("Núñez")
    page.get_by_label("NPI").fill("1234567890")
    page.get_by_role("combobox", name="Works at").fill("fond")
    expect(page.get_by_role("option", name="Fond du Lac Hospital")).to_be_visible()
    look(page)
    page.keyboard.press("Enter")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text("a digit was mistyped")).to_be_visible()
    expect(page.get_by_label("Save it all the same: 1234567890")).not_to_be_checked()
    expect(page.get_by_role("combobox", name="Works at")).to_have_value("Fond du Lac Hospital")
    look(page)
    page.get_by_label("NPI").fill("")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("heading", name="Zoë Núñez, MD")).to_be_visible()
    expect(page.get_by_role("link", name="Fond du Lac Hospital")).to_be_visible()
    look(page)


@at_both_sizes
def test_a_number_taken_links_to_who_has_it(page: Page, app: Flask) -> None:
    enter(page, app)
    page.goto("/directory/new")
    page.get_by_label("Last name").fill("Adeyemi")
    page.get_by_label("NPI").fill(directory.NPI)
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("link", name="Samuel Adeyemi, MD")).to_be_visible()
    look(page)
    page.get_by_role("link", name="Samuel Adeyemi, MD").click()
    expect(page.get_by_role("heading", name="Samuel Adeyemi, MD")).to_be_visible()


@at_both_sizes
def test_the_lists_and_an_organisation_can_be_used_by_everyone(page: Page, app: Flask) -> None:
    enter(page, app)
    page.goto("/directory/organisations")
    look(page)
    page.get_by_role("link", name="Fond du Lac Hospital").click()
    expect(page.get_by_role("heading", name="Fond du Lac Hospital", level=1)).to_be_visible()
    look(page)
    page.goto("/directory/organisations/new")
    look(page)
    page.goto("/directory?q=zzz")
    look(page)
