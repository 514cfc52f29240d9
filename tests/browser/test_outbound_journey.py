"""A visit waits for a provider: asked, agreed to, sent, answered with limits, told, closed.

From the hit to the end by the pages alone. The desk sees how far it is, and never why.
"""

from dataclasses import dataclass
from datetime import timedelta

import pytest
from flask import Flask
from playwright.sync_api import Page, expect

from clinic.clients import services as clients
from clinic.core.permissions import SYSTEM
from clinic.core.transactions import transaction
from clinic.health.rules.facts import Fact
from tests.browser.boards import sign_in
from tests.browser.looking import assert_accessible, assert_fits, assert_no_csp_errors
from tests.browser.sizes import at_both_sizes
from tests.factories import catalogue, directory, screening
from tests.factories import scheduling as made
from tests.factories.ready import about, ready

pytestmark = pytest.mark.browser
DESK, THERAPIST = "Robin Vale", "June Park"
TELLING = ("clot", "thrombosis", "dvt_history", "gentle work is fine")
"""What would tell the desk more than where it stands."""


@dataclass
class Clinic:
    """Public ids of a client whose visit waits for their doctor."""

    client: str
    visit: str


def had_a_clot() -> Fact:
    """Half a year ago, and over: only their doctor can judge it."""
    ago = made.this_day() - timedelta(days=200)
    over = (("status", "resolved"),)
    return Fact("condition", "DVT", text="canary-clot", on=ago, details=over)


@pytest.fixture
def clinic(app: Flask) -> Clinic:
    with app.app_context():
        house = made.open_house()
        gentle = catalogue.variant(code="SWEDISH")
        about(gentle, "SWEDISH")
        ready(house)
        screening.know(house.client, had_a_clot())
        doctor = directory.provider(fax="+1 920 555 0107", phone="+1 920 555 0108")
        with transaction():
            clients.join_care(house.client, actor=SYSTEM, provider_id=doctor.id, role="primary")
        visit = made.book(
            house, made.at(10, on=made.this_day() + timedelta(days=3)), variant=gentle
        )
        return Clinic(house.client.public_id, visit.public_id)


def looked_at(page: Page) -> None:
    assert_accessible(page)
    assert_no_csp_errors(page)
    assert_fits(page)


def enter(page: Page, name: str) -> None:
    page.context.clear_cookies()
    sign_in(page, name)


def ask(page: Page, clinic: Clinic) -> str:
    """One click at the hit; the referral is there, with its letter drafted. Gives its address."""
    page.goto(f"/clients/{clinic.client}/health")
    page.get_by_role("button", name="Ask the provider").first.click()
    page.get_by_role("link", name="Letter and referral").click()
    page.wait_for_url("**/outbound/*")
    expect(page.get_by_text("Read and approve the letter")).to_be_visible()
    looked_at(page)
    return page.url.split("?")[0]


def approve_and_agree(page: Page) -> None:
    """Approved, it waits for the client; they agree, and it is ready."""
    page.get_by_role("button", name="Approve").click()
    expect(page.get_by_text("The client has not agreed yet")).to_be_visible()
    looked_at(page)
    page.get_by_role("link", name="Ask for consent").first.click()
    page.locator("[name=signature]").fill("Grace Nakamura")
    page.get_by_role("button", name="Write down consent").click()
    page.wait_for_url("**/outbound/*")
    expect(page.get_by_text("Send the letter")).to_be_visible()


def send(page: Page, own: str) -> None:
    """Printed and handed over, and from then on an answer is awaited."""
    page.get_by_role("link", name="Send", exact=True).click()
    page.locator("[name=channel][value=print]").evaluate("one => one.click()")
    page.get_by_role("button", name="Send", exact=True).click()
    page.wait_for_url("**/letters/*", timeout=20_000)
    page.goto(own)
    expect(page.get_by_text("days left for the answer")).to_be_visible()


def the_desk_looks(page: Page, clinic: Clinic, own: str, *, is_held: bool) -> None:
    """Where it stands, and whether the visit waits; no word of why."""
    enter(page, DESK)
    page.goto(own)
    expect(
        page.get_by_text("Only therapists in the client’s care can read it.").first
    ).to_be_visible()
    said = page.content().casefold()
    assert [word for word in TELLING if word in said] == []
    looked_at(page)
    page.goto(f"/visits/{clinic.visit}")
    waits = page.get_by_text("A therapist must review this before the session.")
    expect(waits).to_have_count(1 if is_held else 0)
    enter(page, THERAPIST)


def answer_with_limits(page: Page, own: str) -> None:
    """What the doctor said, and the limits that follow."""
    page.goto(own)
    page.get_by_role("link", name="Record the answer").first.click()
    page.get_by_label("Cleared, with the limits below").check()
    page.get_by_label("What was said").fill("Gentle work is fine for now.")
    page.get_by_label("Highest pressure").select_option("2")
    page.get_by_label("Longest session").fill("45")
    looked_at(page)
    page.get_by_role("button", name="Keep the answer").click()
    page.wait_for_url(own)
    expect(page.get_by_text("The answer is kept.")).to_be_visible()
    expect(page.get_by_text("Gentle work is fine for now.").first).to_be_visible()


def tell_and_close(page: Page, own: str) -> None:
    """The client hears of it, and nothing is left to do."""
    page.goto(own)
    page.locator("select[name=how]").select_option("in_person")
    page.get_by_role("button", name="The client is told").click()
    expect(page.get_by_text("Close it")).to_be_visible()
    looked_at(page)
    page.get_by_role("button", name="Close", exact=True).click()
    expect(page.locator(".badge", has_text="Closed").first).to_be_visible()
    looked_at(page)


@at_both_sizes
def test_a_clearance_is_asked_agreed_to_sent_answered_with_limits_told_and_closed(
    page: Page, clinic: Clinic
):
    enter(page, THERAPIST)
    own = ask(page, clinic)
    approve_and_agree(page)
    send(page, own)
    the_desk_looks(page, clinic, own, is_held=True)
    answer_with_limits(page, own)
    page.goto(f"/visits/{clinic.visit}/card")
    expect(page.get_by_text("45 minutes").first).to_be_visible()
    the_desk_looks(page, clinic, own, is_held=False)
    tell_and_close(page, own)
