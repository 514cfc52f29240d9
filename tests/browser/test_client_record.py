"""A client's record and one's own day, as therapists and the desk use them."""

import pytest
from flask import Flask
from playwright.sync_api import Page, expect

from clinic.clients.queries import the_client
from tests.browser.looking import assert_accessible, assert_fits, assert_no_csp_errors
from tests.browser.sizes import at_both_sizes
from tests.factories import desk, health, staff
from tests.factories import scheduling as made

pytestmark = pytest.mark.browser
TABS = ("health", "plan", "outcomes", "notes", "consents")


@pytest.fixture
def pid(app: Flask) -> str:
    with app.app_context():
        known = desk.everything_known(made.open_house())
        desk.here(known)
        return known.client.public_id


def sign_in(page: Page, name: str) -> None:
    page.goto("/sign-in")
    page.locator("#email").fill(staff.address_of(name))
    page.locator("#password").fill(staff.PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("heading", name="Sign in")).to_have_count(0)


@at_both_sizes
def test_every_tab_shows_the_same_head_and_is_fit_to_be_used(page: Page, pid: str) -> None:
    sign_in(page, "June Park")
    own = f"/clients/{pid}"
    for path in (own, *(f"{own}/{tab}" for tab in TABS), "/my-day"):
        page.goto(path)
        assert_accessible(page)
        assert_fits(page)
        assert_no_csp_errors(page)
        if path.startswith(own):
            expect(page.get_by_role("heading", level=1)).to_contain_text("Grace Nakamura")
            expect(page.get_by_text("Allergy: Latex: canary-allergy")).to_be_visible()
            expect(page.locator(".rec__tabs [aria-current=page]")).to_have_count(1)


@at_both_sizes
def test_the_desk_sees_what_to_do_and_no_reason(page: Page, pid: str) -> None:
    sign_in(page, "Robin Vale")
    for path in (f"/clients/{pid}", f"/clients/{pid}/health", f"/clients/{pid}/consents"):
        page.goto(path)
        assert_accessible(page)
        assert_fits(page)
        expect(page.locator(".rec__flags")).to_contain_text(
            "No treatment until a therapist has looked"
        )
        assert not any(word in page.content() for word in desk.WORDS)
        expect(page.locator(".rec__tabs")).not_to_contain_text("Notes")


def test_the_record_and_the_day_are_fit_in_the_dark(page: Page, pid: str) -> None:
    page.emulate_media(color_scheme="dark")
    sign_in(page, "June Park")
    for path in (f"/clients/{pid}", f"/clients/{pid}/health", "/my-day"):
        page.goto(path)
        assert_accessible(page)


@at_both_sizes
def test_from_ones_own_day_to_the_room_card_in_one_step(page: Page, pid: str) -> None:
    sign_in(page, "June Park")
    page.goto("/my-day")
    expect(page.locator(".daylist .flag--stop").first).to_be_visible()
    page.locator(".visitcard__do").get_by_role("link", name="Room card").first.click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("Grace Nakamura")
    assert_fits(page)


def test_what_a_returning_client_sent_is_reviewed_in_two_clicks(
    app: Flask, page: Page, pid: str
) -> None:
    with app.app_context():
        health.filled(the_client(pid), "update", on=made.this_day())
    sign_in(page, "June Park")
    page.goto("/my-day")
    expect(page.get_by_text("Form not reviewed").first).to_be_visible()
    page.get_by_role("link", name="Review the form").click()
    page.get_by_role("button", name="Reviewed").click()
    page.goto("/my-day")
    expect(page.get_by_text("Form not reviewed")).to_have_count(0)


def test_the_page_of_a_visit_leads_to_the_room_card_and_the_check(page: Page, pid: str) -> None:
    sign_in(page, "June Park")
    page.goto("/my-day")
    page.get_by_role("link", name="Open the visit").click()
    expect(page.get_by_role("link", name="Visit check")).to_be_visible()
    page.get_by_role("main").get_by_role("link", name="Room card").click()
    page.wait_for_url("**/card")
