"""What a client tells decides what may be booked: a recent clot, from the form to the room card.

The desk learns what to do, and never why. A therapist asks once, writes down the
answer, and the visit that waited is free by itself.
"""

import re
from dataclasses import dataclass
from datetime import timedelta

import pytest
from flask import Flask
from playwright.sync_api import Page, expect

from clinic.core.permissions import SYSTEM
from clinic.core.transactions import transaction
from clinic.scheduling.services import waiting
from tests.browser.boards import sign_in
from tests.browser.looking import assert_accessible, assert_fits, assert_no_csp_errors
from tests.browser.sizes import at_both_sizes
from tests.factories import catalogue, directory
from tests.factories import scheduling as made
from tests.factories.clients import a_client
from tests.factories.ready import about, ready

pytestmark = pytest.mark.browser
DESK, THERAPIST = "Robin Vale", "June Park"
TELLING = ("clot", "dvt", "thrombosis", "vein", "DVT_HISTORY", "anticoagul")
"""What would tell the desk more than what to do."""
BY_CHANCE = re.compile(r"(?=[\w.-]*\d)[\w.-]{18,}")
"""Ids and tokens: any three letters stand in one of them some day."""


@dataclass
class Clinic:
    """Public ids of a client who had a clot, of services, and of what is booked already."""

    client: str
    deep: str
    gentle: str
    deep_hour: str
    therapist: str
    entry: str
    other_visit: str
    on: str


@pytest.fixture
def clinic(app: Flask) -> Clinic:
    with app.app_context():
        house = made.open_house()
        deep, gentle = house.variant, catalogue.variant(code="SWEDISH")
        about(deep, "DEEP")
        about(gentle, "SWEDISH")
        directory.provider()
        day = made.this_day() + timedelta(days=4)
        with transaction():
            entry = waiting.wait(
                actor=SYSTEM, client=house.client, variant=deep, earliest=day,
                latest=day + timedelta(days=9),
            )  # fmt: skip
        other = made.book(
            house, made.at(10, on=day), client=a_client("Omar Haddad"),
            variant=deep,
        )  # fmt: skip
        ready(house)
        return Clinic(
            client=house.client.public_id,
            deep=deep.service.public_id,
            gentle=gentle.service.public_id,
            deep_hour=deep.public_id,
            therapist=house.therapist.public_id,
            entry=entry.public_id,
            other_visit=other.public_id,
            on=str(day),
        )


def looked_at(page: Page) -> None:
    assert_accessible(page)
    assert_no_csp_errors(page)
    assert_fits(page)


def tells_nothing(page: Page) -> None:
    """What the desk sees holds no word of what the client told."""
    said = BY_CHANCE.sub("", page.content()).casefold()
    assert [word for word in TELLING if word.casefold() in said] == []


def enter(page: Page, name: str) -> None:
    page.context.clear_cookies()
    sign_in(page, name)


def chosen(page: Page, name: str, value: str) -> None:
    """Press an answer; on a phone the bar at the foot may lie over where it is drawn."""
    page.locator(f"[name={name}][value={value}]").evaluate("one => one.click()")


def tell_of_a_clot(page: Page, clinic: Clinic) -> None:
    """The desk types in what the client wrote on paper."""
    page.goto(f"/clients/{clinic.client}/intake")
    chosen(page, "form", "update")
    page.get_by_role("button", name="Begin").click()
    page.wait_for_url("**/intake/*/1")
    for name in ("news_medicine", "news_allergy", "news_injury", "pregnancy",
                 "one_sided_limb_swelling", "unexplained_lump"):  # fmt: skip
        chosen(page, name, "no")
    chosen(page, "news_condition", "yes")
    row = "news_condition.condition.0"
    page.locator(f"[name='{row}.code']").select_option("DVT")
    page.locator(f"[name='{row}.on']").fill(clinic.on[:4])
    page.locator(f"[name='{row}.status']").select_option("resolved")
    page.locator("[name=complaint]").fill("A rest")
    looked_at(page)
    for step in ("2", "3"):  # how they like to be treated, and the end
        page.get_by_role("button", name="Save and go on").click()
        page.wait_for_url(f"**/intake/*/{step}")
    page.locator("[name=signature]").fill("Grace Nakamura")
    page.get_by_role("button", name="Sign and send").click()
    page.wait_for_url(lambda url: "/intake/" not in url)
    tells_nothing(page)


def refused_everywhere(page: Page, clinic: Clinic) -> None:
    """Deep work, by the booking page, as a series, from the waitlist."""
    page.goto(f"/book?client={clinic.client}&service={clinic.deep}")
    expect(
        page.get_by_text("This service does not suit this client on that day.").first
    ).to_be_visible()
    expect(page.locator(".slot")).to_have_count(0)
    looked_at(page)
    tells_nothing(page)
    asked = f"client={clinic.client}&service={clinic.deep}&therapist={clinic.therapist}"
    page.goto(f"/series/new?{asked}&on={clinic.on}&time=15:00")
    page.get_by_role("button", name="Taper 6·4·3").click()
    expect(
        page.get_by_text("This service does not suit this client on that day.").first
    ).to_be_visible()
    tells_nothing(page)
    page.goto(f"/visits/{clinic.other_visit}")
    page.get_by_role("button", name="Cancel the visit").click()
    page.goto(f"/waitlist/free?on={clinic.on}")
    expect(page.get_by_role("button", name="Offer Grace Nakamura")).to_have_count(0)
    tells_nothing(page)


def book_gently(page: Page, clinic: Clinic) -> str:
    """Another service is booked, and waits for a review; it is not changed to deep work."""
    page.goto(f"/book?client={clinic.client}&service={clinic.gentle}")
    expect(page.get_by_text("It is booked as “needs review”.")).to_be_visible()
    page.locator(".slot").first.click()
    page.get_by_role("button", name="Book", exact=True).click()
    page.wait_for_url("**/visits/*")
    expect(page.get_by_text("A therapist must review this before the session.")).to_be_visible()
    tells_nothing(page)
    visit = page.url.rsplit("/", 1)[1].split("?")[0]
    page.select_option("#variant", clinic.deep_hour)
    page.get_by_role("button", name="Change the service").click()
    expect(
        page.get_by_text("This service does not suit this client on that day.").first
    ).to_be_visible()
    tells_nothing(page)
    return visit


def clear_with_limits(page: Page, clinic: Clinic) -> None:
    """One click asks; the answer is written down."""
    page.goto(f"/clients/{clinic.client}/health")
    page.get_by_role("button", name="Ask the provider").first.click()
    page.get_by_role("link", name="Go on without a name").click()
    expect(page.get_by_text("Waiting for an answer")).to_be_visible()
    page.get_by_label("Cleared, with the limits below").check()
    page.get_by_label("Who answered").fill("Dr Adeyemi")
    page.get_by_label("What was said").fill("Light work is fine for now.")
    page.get_by_label("Highest pressure").select_option("2")
    page.get_by_label("Longest session").fill("45")
    page.keyboard.press("Control+s")
    expect(page.get_by_text("The answer is kept.")).to_be_visible(timeout=20_000)


@at_both_sizes
def test_a_clot_is_told_refused_asked_about_and_limited(page: Page, clinic: Clinic):
    enter(page, DESK)
    tell_of_a_clot(page, clinic)
    refused_everywhere(page, clinic)
    visit = book_gently(page, clinic)
    enter(page, THERAPIST)
    clear_with_limits(page, clinic)
    page.goto(f"/visits/{visit}")
    expect(page.get_by_text("A therapist must review this before the session.")).to_have_count(0)
    page.goto(f"/visits/{visit}/card")
    expect(page.get_by_text("45 minutes").first).to_be_visible()
    looked_at(page)
    enter(page, DESK)
    page.goto(f"/visits/{visit}")
    expect(page.get_by_text("A therapist must review this before the session.")).to_have_count(0)
    tells_nothing(page)
