"""The room card and the reports of events in a real browser, at a desk and in one hand."""

from typing import Any

import pytest
from flask import Flask
from playwright.sync_api import Page, expect

from clinic.clients.services import prefer
from clinic.core.permissions import SYSTEM
from clinic.core.transactions import transaction
from clinic.health.rules.facts import Fact
from clinic.scheduling.queries.visits import the_visit
from clinic.scheduling.services import check_in
from tests.browser.looking import assert_accessible, assert_fits, assert_no_csp_errors
from tests.browser.sizes import at_both_sizes
from tests.factories import records, screening, staff
from tests.factories import referrals as sent
from tests.factories import scheduling as made
from tests.factories.ready import ready

pytestmark = pytest.mark.browser


def a_clinic(app: Flask) -> dict[str, Any]:
    with app.app_context():
        house = made.open_house()
        records.techniques()
        ready(house)
        visit = made.book_now(house, 30)
        made.done(check_in, visit, house.desk)
        with transaction():
            prefer(house.client, actor=SYSTEM, pressure=4, focus_areas="CALF:L", draping="towel")
        screening.know(house.client, Fact("allergy", "NUT"))
        return {
            "visit": visit.public_id, "client": house.client.public_id,
            "day": visit.on_date.isoformat(),
        }  # fmt: skip


def enter(page: Page, name: str, then: str) -> None:
    page.goto(f"/sign-in?next={then}")
    page.fill("[name=email]", staff.address_of(name))
    page.fill("[name=password]", staff.PASSWORD)
    page.keyboard.press("Enter")
    page.wait_for_url(lambda url: "sign-in" not in url)


def looked_at(page: Page) -> None:
    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme=scheme)
        assert_fits(page)
        assert_accessible(page)
    page.emulate_media(color_scheme="light")
    assert_no_csp_errors(page)


@at_both_sizes
def test_a_session_is_prepared_begun_and_finished_on_its_card(app: Flask, page: Page):
    ids = a_clinic(app)
    enter(page, "June Park", f"/visits/{ids['visit']}/card")
    expect(page.get_by_text("Left calf")).to_be_visible()
    expect(page.get_by_text("Allergies", exact=True)).to_be_visible()
    looked_at(page)
    page.get_by_role("button", name="Adjusted").first.click()
    expect(page.get_by_text("Marked as adjusted.")).to_be_visible()
    page.get_by_role("button", name="Start session").click()
    expect(page.locator("[data-said]")).to_contain_text("min left")
    looked_at(page)
    page.emulate_media(media="print")
    expect(page.locator(".card__secret").first).to_be_hidden()
    page.emulate_media(media="screen")
    page.get_by_role("button", name="Finish").click()
    expect(page.get_by_role("link", name="Write the note")).to_be_visible()


@at_both_sizes
def test_what_an_order_asks_to_be_careful_with_is_read_first_and_stays_off_the_paper(
    app: Flask, page: Page
):
    ids = a_clinic(app)
    told = "No forceful rotation of the neck.\n" + "Lie on the left side only. " * 12 + "x" * 90
    with app.app_context():
        sent.order(the_visit(ids["visit"]).client, precautions=told)
    enter(page, "June Park", f"/visits/{ids['visit']}/card")
    careful = page.locator(".alert", has_text="Precautions of the order")
    paper = page.get_by_text("The order names precautions: read them")
    expect(careful.get_by_text("No forceful rotation of the neck.")).to_be_in_viewport()
    expect(paper).to_be_hidden()
    looked_at(page)
    page.emulate_media(media="print")
    expect(careful).to_be_hidden()
    expect(paper).to_be_visible()


@at_both_sizes
def test_a_severe_event_is_reported_told_and_reviewed(app: Flask, page: Page):
    ids = a_clinic(app)
    enter(page, "Robin Vale", f"/events/new?visit={ids['visit']}")
    page.get_by_label("Severe: needed a doctor or a hospital").check()
    expect(page.get_by_text("Ring 911 first")).to_be_visible()
    page.get_by_label("What happened", exact=True).select_option("burn")
    page.get_by_text("Techniques, areas, pressure, product, hours").click()
    looked_at(page)
    page.get_by_role("button", name="Send the report").click()
    expect(page.get_by_text("Say what happened, in a few words.")).to_be_visible()
    # A field that lies half below the bar of buttons is judged by what shows of it.
    page.locator("#text").scroll_into_view_if_needed()
    page.locator("#text").evaluate("one => one.scrollIntoView({block: 'center'})")
    assert_accessible(page)
    page.get_by_label("What happened, in your words").fill("Red skin after hot stones")
    page.get_by_role("button", name="Send the report").click()
    expect(page.get_by_text("Thank you. The report has arrived.")).to_be_visible()
    looked_at(page)
    page.context.clear_cookies()
    enter(page, "Olga Reed", "/events")
    expect(page.get_by_text("1 severe event was reported")).to_be_visible()
    looked_at(page)
    page.get_by_role("link", name="Open the report of").click()
    looked_at(page)
    page.get_by_role("button", name="Open it and begin the review").click()
    expect(page.get_by_text("1 severe event was reported")).to_be_hidden()
    looked_at(page)
    page.get_by_label("What the review found").fill("The stones were too hot")
    page.get_by_label("Possible").check()
    expect(page.locator("header").get_by_text("Follow-up due today")).to_be_visible()
    page.locator("#client_on").fill(ids["day"])
    page.get_by_label("How the client is now").fill("Better, a little red")
    page.get_by_label("How it ended").select_option("resolved")
    page.get_by_role("button", name="Close with this review").click()
    expect(page.get_by_text("Something new?")).to_be_visible()
    page.goto("/events/counts?by=kind&of=burn")
    looked_at(page)
