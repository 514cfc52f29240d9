"""Clients as people use them: both sizes, by keyboard, without a fault."""

import pytest
from flask import Flask
from playwright.sync_api import Page, expect

from clinic.core.permissions import Role
from tests.browser.looking import assert_accessible, assert_fits
from tests.browser.sizes import at_both_sizes
from tests.factories import staff
from tests.factories.clients import a_client

pytestmark = pytest.mark.browser


@pytest.fixture
def pid(app: Flask) -> str:
    with app.app_context():
        staff.set_up()
        staff.member("Olga Reed", Role.OWNER, Role.THERAPIST)
        return a_client(email="grace.n@example.com").public_id


def sign_in(page: Page) -> None:
    page.goto("/sign-in")
    page.locator("#email").fill(staff.address_of("Olga Reed"))
    page.locator("#password").fill(staff.PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("heading", name="Sign in")).to_have_count(0)


@at_both_sizes
def test_every_page_of_the_clients_room_is_fit_to_be_used(page: Page, pid: str) -> None:
    sign_in(page)
    own = f"/clients/{pid}"
    pages = ["/clients", "/clients?q=nobody", "/clients?show=incomplete", "/clients/new", own]
    pages += [
        own + part for part in ("/edit", "/preferences", "/standing", "/died", "/care", "/merge")
    ]
    for path in pages:
        page.goto(path)
        assert_accessible(page)
        assert_fits(page)


def test_a_client_is_found_by_keyboard_alone(page: Page, pid: str) -> None:
    sign_in(page)
    page.goto("/clients")
    page.keyboard.press("/")
    page.keyboard.type("014 88")
    expect(page.get_by_role("option").first).to_contain_text("Grace Nakamura")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_contain_text("Grace Nakamura")


def test_a_new_client_who_looks_like_another_is_compared_first(page: Page, pid: str) -> None:
    sign_in(page)
    page.goto("/clients")
    page.keyboard.press("c")
    page.get_by_label("First name", exact=False).first.fill("Gracie")
    page.get_by_label("Last name").fill("Nakamura")
    page.get_by_label("Birth date").fill("1985-04-08")
    page.get_by_label("E-mail").fill("grace.n@example.com")
    page.keyboard.press("Control+s")
    expect(page.get_by_text("Is this somebody on the books already?")).to_be_visible()
    assert_accessible(page)
    expect(page.get_by_label("Last name")).to_have_value("Nakamura")
    page.get_by_role("button", name="Save as a new client anyway").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("Gracie Nakamura")


def test_what_is_wrong_is_said_at_the_top_and_beside_the_field(page: Page, pid: str) -> None:
    sign_in(page)
    page.goto("/clients/new")
    page.get_by_label("Last name").fill("Alone")
    page.get_by_role("button", name="Save client").click()
    expect(page.get_by_role("alert")).to_contain_text("First name")
    assert_accessible(page)
    page.get_by_role("alert").get_by_role("link", name="First name").click()
    expect(page.get_by_label("First name", exact=False).first).to_be_focused()
