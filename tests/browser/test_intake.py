"""Health forms by mouse and keys, at both sizes, for everyone."""

from types import SimpleNamespace

import pytest
from flask import Flask
from playwright.sync_api import Page, expect

from clinic.core.marks import mark_of
from clinic.core.permissions import Role
from clinic.health.rules.forms_1 import FULL
from clinic.staff import queries as staff_queries
from tests.browser.looking import assert_accessible, assert_fits, assert_no_csp_errors
from tests.browser.sizes import at_both_sizes
from tests.factories import clients, health
from tests.factories import staff as people

pytestmark = pytest.mark.browser


@pytest.fixture
def clinic(app: Flask) -> SimpleNamespace:
    """A client with a history that nobody has read, a therapist who treats them, a desk."""
    with app.app_context():
        people.set_up()
        people.member("Robin Vale", Role.RECEPTIONIST)
        teo = people.member("Teo Marsh", Role.THERAPIST)
        grace = clients.a_client("Grace Featherstonehaugh-Bartholomew")
        health.in_care(grace, staff_queries.actor_of(teo))
        more = {"vascular__DVT": "y", "vascular__DVT__on": "2026-10", "frail": "unsure"}
        more |= {"allergy": "yes", "allergy__allergy__0__code": "NUT"}
        form = health.filled(grace, complaint="Neck and shoulders", **more)
        return SimpleNamespace(
            client=f"/clients/{grace.public_id}", form=f"/intake/{form.public_id}"
        )


def signed_in(page: Page, name: str, path: str) -> Page:
    page.goto(f"/sign-in?next={path}")
    page.get_by_label("E-mail").fill(people.address_of(name))
    page.locator("input[type=password]").fill(people.PASSWORD)
    page.keyboard.press("Enter")
    page.wait_for_url(lambda url: "sign-in" not in url)
    return page


def looked_at(page: Page) -> None:
    assert_accessible(page)
    assert_no_csp_errors(page)
    assert_fits(page)


def pressed(page: Page, those: str) -> None:
    """Press all of those that can be seen, so that everything below them is open."""
    page.evaluate(
        "those => document.querySelectorAll(those).forEach("
        "(one) => one.closest('label').checkVisibility() && one.click())",
        those,
    )


def begin(page: Page, clinic: SimpleNamespace) -> None:
    page.goto(f"{clinic.client}/intake")
    page.get_by_role("button", name="Begin").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Why you come")


@at_both_sizes
def test_every_section_is_usable_by_everyone(page: Page, clinic: SimpleNamespace):
    signed_in(page, "Robin Vale", f"{clinic.client}/intake")
    looked_at(page)
    begin(page, clinic)
    for number, section in enumerate(FULL.sections, 1):
        expect(page.get_by_role("heading", level=1)).to_have_text(str(section.title))
        expect(page.get_by_text(f"section {number} of {len(FULL.sections)}")).to_be_visible()
        pressed(page, ".yn input[value=yes]")
        pressed(page, ".tick > .check input")
        looked_at(page)
        if number < len(FULL.sections):
            page.get_by_role("button", name="Save and go on").click()
    page.get_by_role("button", name="Sign and send").click()
    expect(page.get_by_role("alert").first).to_contain_text("to look at")
    looked_at(page)
    page.get_by_role("alert").get_by_role("link", name="What would you like help with?").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Why you come")
    looked_at(page)


@at_both_sizes
def test_follow_ups_open_under_a_yes_and_a_tick(page: Page, clinic: SimpleNamespace):
    signed_in(page, "Robin Vale", clinic.client)
    begin(page, clinic)
    page.get_by_role("button", name="Save and go on").click()
    since = page.locator("[name='vascular.DVT.on']")
    expect(since).to_be_hidden()
    page.get_by_label("Blood clot in a deep vein (DVT)").check()
    expect(since).to_be_visible()
    since.fill("2026-10")
    page.get_by_role("button", name="Back").click()
    page.get_by_role("button", name="Save and go on").click()
    expect(page.locator("[name='vascular.DVT.on']")).to_have_value("2026-10")


@at_both_sizes
def test_a_question_is_answered_by_keys_alone(page: Page, clinic: SimpleNamespace):
    signed_in(page, "Robin Vale", f"{clinic.client}/check")
    page.locator("[name=diagnosis]").first.focus()
    page.keyboard.press("Space")
    expect(page.locator("[name=diagnosis][value=no]")).to_be_checked()
    page.keyboard.press("ArrowRight")
    expect(page.locator("[name=diagnosis][value=yes]")).to_be_checked()
    page.keyboard.press("Tab")
    looked_at(page)


@at_both_sizes
def test_nothing_new_is_one_press_and_something_new_is_asked_about(
    page: Page, clinic: SimpleNamespace
):
    signed_in(page, "Teo Marsh", f"{clinic.client}/check")
    looked_at(page)
    page.get_by_role("button", name="No to all").click()
    page.wait_for_url(lambda url: "/check" not in url)
    page.goto(f"{clinic.client}/check")
    pressed(page, ".yn input[value=yes]")
    looked_at(page)
    page.get_by_role("button", name="Save answers").click()
    expect(page.get_by_role("alert").first).to_contain_text("to look at")
    looked_at(page)


@at_both_sizes
def test_a_therapist_reads_what_is_new_and_confirms_it_in_one_press(
    page: Page, clinic: SimpleNamespace
):
    signed_in(page, "Teo Marsh", f"{clinic.form}/review")
    expect(page.get_by_text("Blood clot in a deep vein (DVT)").first).to_be_visible()
    looked_at(page)
    page.locator("details.intake__all > summary").click()
    looked_at(page)
    page.get_by_role("button", name="Reviewed").click()
    page.wait_for_url(lambda url: "/health" in url)
    page.goto(f"{clinic.form}/error")
    looked_at(page)


@at_both_sizes
def test_a_fact_s_page_is_usable_by_everyone(page: Page, clinic: SimpleNamespace):
    signed_in(page, "Teo Marsh", f"{clinic.client}/health/facts/new")
    for kind in ("condition", "medicine", "reading", "finding"):
        page.goto(f"{clinic.client}/health/facts/new?of={mark_of(clinic.client[9:], kind)}")
        looked_at(page)
    page.get_by_role("button", name="Save").click()
    looked_at(page)
