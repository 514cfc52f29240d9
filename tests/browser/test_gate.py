"""The gate in a real browser: before a booking, beside a visit and on the board."""

from typing import Any

import pytest
from flask import Flask
from playwright.sync_api import Page, expect

from clinic.core.db import db
from clinic.core.permissions import Role
from clinic.health.rules.facts import Fact
from clinic.scheduling import services
from tests.browser.looking import assert_accessible, assert_fits
from tests.browser.sizes import at_both_sizes
from tests.factories import catalogue, consents, ready, screening, staff
from tests.factories import scheduling as made

pytestmark = pytest.mark.browser

CLOT = Fact("condition", "DVT", text="canary-clot", area="CALF", side="L",
            details=(("status", "active"),))  # fmt: skip
HEART = Fact("condition", "HEART_DISEASE", text="canary-heart", details=(("stable", "yes"),))


def opened(app: Flask, page: Page, role: Role, *facts: Fact, is_today: bool = False) -> Any:
    """A clinic with a visit of a client of whom these facts are known; somebody signs in."""
    with app.app_context():
        house = made.open_house()
        ready.about(house.variant, "DEEP")
        ready.about(catalogue.variant(60, code="CALM"), "SWEDISH")
        screening.treat(house.client, house.treats)
        visit = made.book(house, made.at(13, days=0) if is_today else made.at(10))
        if is_today:
            made.done(services.check_in, visit, house.desk)
        if facts:
            screening.know(house.client, *facts)
        name = "June Park" if role is Role.THERAPIST else "Hannah Doyle"
        if role is not Role.THERAPIST:
            staff.member(name, role)
        ids = {
            "client": house.client.public_id, "service": house.variant.service.public_id,
            "visit": visit.public_id, "on": visit.on_date.isoformat(), "house": house,
        }  # fmt: skip
    page.goto("/sign-in")
    page.fill("[name=email]", staff.address_of(name))
    page.fill("[name=password]", staff.PASSWORD)
    page.keyboard.press("Enter")
    page.wait_for_url(lambda url: "sign-in" not in url)
    return ids


def looked_at(page: Page) -> None:
    assert_accessible(page)
    assert_fits(page)
    assert "canary" not in page.content()


@at_both_sizes
def test_the_desk_reads_that_somebody_must_look_and_not_why(app: Flask, page: Page):
    ids = opened(app, page, Role.RECEPTIONIST, CLOT)
    page.goto(f"/book?client={ids['client']}&service={ids['service']}")
    gate = page.locator(".gate")
    expect(gate).to_contain_text("A therapist must review this before it can be booked.")
    expect(gate).to_contain_text("Ask a therapist who treats them")
    expect(page.locator(".slot")).to_have_count(0)
    expect(gate.get_by_role("link", name="Why")).to_have_count(0)
    looked_at(page)


@at_both_sizes
def test_a_therapist_books_with_a_reason_and_the_visit_waits(app: Flask, page: Page):
    ids = opened(app, page, Role.THERAPIST, CLOT)
    page.goto(f"/book?client={ids['client']}&service={ids['service']}")
    gate = page.locator(".gate")
    expect(gate.get_by_role("link", name="Why, and what to do")).to_be_visible()
    looked_at(page)
    page.locator(".slot").first.click()
    page.get_by_role("button", name="Book", exact=True).click()
    expect(page.locator(".field__error").first).to_contain_text("Say why it may be booked")
    looked_at(page)
    page.fill("[name=override_why]", "The surgeon agreed on Monday")
    page.get_by_role("button", name="Book", exact=True).click()
    page.wait_for_url("**/visits/*")
    expect(page.locator(".visitpage__state")).to_contain_text("Needs review")
    gate = page.get_by_role("region", name="Screening")
    expect(gate).to_contain_text("A therapist must review this before the session.")
    expect(gate).to_contain_text("Why it stands: The surgeon agreed on Monday")
    looked_at(page)


@at_both_sizes
def test_the_gate_follows_what_is_chosen_and_is_read_out_once(app: Flask, page: Page):
    ids = opened(app, page, Role.RECEPTIONIST, screening.LOW_PLATELETS)
    address = f"/book?client={ids['client']}&service={ids['service']}"
    page.goto(address)
    gate, said = page.locator("#gate"), page.locator("[data-gate-said]")
    expect(gate).to_contain_text("This service does not suit this client on that day.")
    expect(said).to_have_text("")
    expect(page.get_by_role("button", name="Book", exact=True)).to_be_disabled()
    looked_at(page)
    page.fill("[name=note]", "Ground floor")
    page.get_by_role("link", name="Cannot be booked like this").focus()
    page.keyboard.press("Enter")
    expect(gate).to_be_focused()
    page.keyboard.press("Tab")
    expect(page.get_by_role("button", name="Book Calm instead")).to_be_focused()
    page.keyboard.press("Enter")
    expect(gate).to_contain_text("It is booked as “needs review”.")
    expect(said).to_contain_text("It is booked as “needs review”.")
    expect(page.locator("[name=note]")).to_have_value("Ground floor")
    assert page.url.endswith(address)
    looked_at(page)
    page.evaluate(COUNT)
    with page.expect_response("**/book"):
        page.fill("[name=on]", ids["on"])
        page.keyboard.press("Tab")
    expect(page.locator("[name=on]")).to_have_value(ids["on"])
    page.get_by_label("Afternoons").check()
    expect(page.get_by_label("Afternoons")).to_be_checked()
    assert page.evaluate("window.saidAgain") == 0
    page.select_option("[name=service]", ids["service"])
    expect(said).to_contain_text("This service does not suit this client on that day.")
    expect(page.locator("[name=note]")).to_have_value("Ground floor")


COUNT = """() => {
  window.saidAgain = 0;
  const seen = new MutationObserver(() => (window.saidAgain += 1));
  seen.observe(document.querySelector("[data-gate-said]"), { childList: true });
}"""


@at_both_sizes
def test_a_reason_that_was_typed_outlives_another_choice(app: Flask, page: Page):
    ids = opened(app, page, Role.THERAPIST, CLOT)
    page.goto(f"/book?client={ids['client']}&service={ids['service']}")
    page.fill("[name=override_why]", "The surgeon agreed on Monday")
    with page.expect_response("**/book"):
        page.fill("[name=on]", ids["on"])
        page.keyboard.press("Tab")
    expect(page.locator(".slots__day").first).to_be_visible()
    expect(page.locator("[name=override_why]")).to_have_value("The surgeon agreed on Monday")
    with page.expect_response("**/book"):
        page.get_by_label("Afternoons").check()
    expect(page.locator("[name=override_why]")).to_have_value("The surgeon agreed on Monday")


@at_both_sizes
def test_what_a_session_waits_for_is_listed_and_led_to(app: Flask, page: Page):
    ids = opened(app, page, Role.THERAPIST, HEART, is_today=True)
    page.goto(f"/visits/{ids['visit']}")
    before = page.get_by_role("region", name="Before the session")
    expect(before).to_contain_text("There is no health form yet.")
    expect(before).to_contain_text("There is no valid consent to treatment.")
    looked_at(page)
    page.get_by_role("button", name="Start session").click()
    page.wait_for_url("**/card/start")
    expect(page.locator("#gate")).to_contain_text("There is no health form yet.")
    assert_accessible(page)
    page.goto(f"/visits/{ids['visit']}")
    before.get_by_role("link", name="Questions of the day").click()
    page.wait_for_url("**/check?*")


@at_both_sizes
def test_a_session_begins_with_a_reason_where_only_the_days_questions_are_missing(
    app: Flask, page: Page
):
    ids = opened(app, page, Role.THERAPIST, is_today=True)
    with app.app_context():
        house = ids["house"]
        client = db.session.merge(house.client)
        ready.history(client, house.treats)
        consents.agree(client)
    page.goto(f"/visits/{ids['visit']}")
    looked_at(page)
    page.fill("#step-override_why", "Asked at the door")
    page.get_by_role("button", name="Start all the same").click()
    expect(page.get_by_role("button", name="Finish")).to_be_visible()


def test_the_board_says_why_a_session_waits_and_where_to_go(app: Flask, page: Page):
    ids = opened(app, page, Role.THERAPIST, HEART, is_today=True)
    page.goto(f"/office/schedule/?on={ids['on']}&visit={ids['visit']}")
    panel = page.locator("#panel")
    expect(panel.get_by_text("There is no health form yet.", exact=True)).to_be_visible()
    assert_accessible(page)
    panel.get_by_role("button", name="Start session").click()
    page.wait_for_url("**/card#gate")
    expect(page.get_by_role("alert").first).to_contain_text("See what it waits for.")
    expect(page.locator("#gate")).to_contain_text("There is no health form yet.")
    assert_accessible(page)


def test_on_the_board_a_therapist_says_why_and_moves_all_the_same(app: Flask, page: Page):
    ids = opened(app, page, Role.THERAPIST, CLOT)
    page.goto(f"/office/schedule/?on={ids['on']}&visit={ids['visit']}")
    panel = page.locator("#panel")
    panel.locator("[data-move]").first.click()
    refused = page.locator("#refused")
    refused.get_by_role("button", name="Say why").click()
    assert_accessible(page)
    page.fill("#refused-reason", "The surgeon agreed on Monday")
    page.keyboard.press("Enter")
    expect(page.locator(".toast")).to_contain_text("Grace Nakamura moved")


def test_at_the_desk_a_stopped_visit_is_refused_without_a_way_round(app: Flask, page: Page):
    ids = opened(app, page, Role.RECEPTIONIST, CLOT)
    page.goto(f"/office/schedule/?on={ids['on']}&visit={ids['visit']}")
    panel = page.locator("#panel")
    expect(panel).to_contain_text("Needs review")
    expect(panel.locator("[data-move]")).to_have_count(0)
    assert "canary" not in page.content()
    assert_accessible(page)
