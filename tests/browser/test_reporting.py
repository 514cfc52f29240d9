"""An event is reported from anywhere in two actions, and what was being typed is not lost."""

import re
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from playwright.sync_api import Page, expect

from clinic.core.clock import now
from clinic.records.models import Note
from clinic.records.queries.notes import note_of
from clinic.records.rules.notes import read_body
from clinic.scheduling.queries.visits import the_visit
from tests.browser.looking import assert_accessible, assert_fits, at_rest
from tests.browser.sizes import at_both_sizes
from tests.factories import records, staff
from tests.factories import scheduling as made

pytestmark = pytest.mark.browser
EVERYBODY = (
    "/clients", "/clients/{client}", "/clients/{client}/intake", "/clients/{client}/consents",
    "/visits/{visit}", "/book", "/waitlist", "/events", "/directory", "/services", "/account",
    "/time-off", "/nowhere",
)  # fmt: skip
OF = {
    "Robin Vale": (*EVERYBODY, "/office/schedule/", "/day", "/office/", "/office/appointments/",
                   "/office/referrals/"),
    "June Park": (*EVERYBODY, "/my-day", "/visits/{visit}/card", "/visits/{visit}/note",
                  "/notes/{note}", "/notes", "/clients/{client}/health",
                  "/clients/{client}/outcomes", "/clients/{client}/plan/new", "/screening"),
    "Olga Reed": (*EVERYBODY, "/office/schedule/", "/day", "/office/", "/office/rooms/",
                  "/office/services/", "/staff", "/settings", "/settings/consents",
                  "/screening/rules", "/events/counts", "/schedule/screened"),
}  # fmt: skip
FORM = "form.eventform [name=severity]"


@pytest.fixture
def ids(app: Flask) -> dict[str, str]:
    """A visit in session, and a signed note of the visit before."""
    with app.app_context():
        house = made.open_house()
        records.techniques()
        done: Note = records.signed(house, records.finished(house, now() - timedelta(days=9)))
        visit = records.begun(house)
        return {
            "visit": visit.public_id, "client": house.client.public_id, "note": done.public_id,
        }  # fmt: skip


def enter(page: Page, name: str) -> None:
    page.goto("/sign-in")
    page.fill("[name=email]", staff.address_of(name))
    page.fill("[name=password]", staff.PASSWORD)
    page.keyboard.press("Enter")
    page.wait_for_url(lambda url: "sign-in" not in url)


def open_form(page: Page) -> None:
    """Two actions at most: the entry of the rail, or "More" and the entry in it."""
    if page.locator(".rail").is_visible():
        page.locator(".rail").get_by_role("link", name="Report an event").click()
    else:
        page.get_by_role("button", name="More", exact=True).click()
        page.locator("#more").get_by_role("link", name="Report an event").click()


@at_both_sizes
@pytest.mark.parametrize("name", list(OF))
def test_the_form_is_open_after_two_actions_on_every_kind_of_page(
    app: Flask, page: Page, ids: dict[str, str], name: str
):
    enter(page, name)
    for path in OF[name]:
        answer = page.goto(path.format(**ids))
        assert answer is not None
        assert answer.status == (404 if path == "/nowhere" else 200), path
        at_rest(page)
        open_form(page)
        expect(page.locator(FORM).first, path).to_be_visible()
        expect(page.get_by_text("Ring 911 first"), path).to_be_visible()


@pytest.mark.parametrize("name", list(OF))
def test_a_key_opens_it_on_every_kind_of_page_and_stands_in_the_list_of_keys(
    app: Flask, page: Page, ids: dict[str, str], name: str
):
    enter(page, name)
    for path in OF[name][:1] + OF[name][-6:]:
        page.goto(path.format(**ids))
        at_rest(page)
        page.evaluate("document.activeElement?.blur()")
        page.keyboard.press("!")
        expect(page.locator(FORM).first, path).to_be_visible()
    at_rest(page)
    page.keyboard.press("?")
    expect(
        page.locator("#keys dl > div", has_text="Report an event").locator("kbd")
    ).to_be_visible()


@at_both_sizes
@pytest.mark.parametrize(
    "path", ["/visits/{visit}/card", "/visits/{visit}/note", "/visits/{visit}"]
)
@pytest.mark.parametrize("way", ["link", "menu"])
def test_what_the_page_shows_is_linked_already(
    app: Flask, page: Page, ids: dict[str, str], path: str, way: str
):
    enter(page, "June Park")
    page.goto(path.format(**ids))
    at_rest(page)
    if way == "link":
        page.locator("#main a[data-event]").click()
    else:
        open_form(page)
    page.locator(FORM).first.wait_for()
    expect(page.locator("form.eventform [name=visit]")).to_have_value(ids["visit"])
    expect(page.locator("form.eventform [name=client]")).to_have_value(ids["client"])
    page.get_by_label("Mild: passes by itself").check()
    page.locator("form.eventform [name=kind]").select_option("bruise")
    page.locator("form.eventform [name=text]").fill("A small bruise")
    page.get_by_role("button", name="Send the report").click()
    page.get_by_role("link", name="Read the report").click()
    expect(page.get_by_text("A small bruise")).to_be_visible()


@at_both_sizes
def test_what_is_typed_into_a_note_stays_while_an_event_is_reported(
    app: Flask, page: Page, ids: dict[str, str]
):
    enter(page, "June Park")
    page.goto(f"/visits/{ids['visit']}/note")
    at_rest(page)
    page.locator("[name=told]").fill("Felt dizzy on getting up")
    with page.context.expect_page() as opened:
        open_form(page)
    report: Any = opened.value
    expect(report.locator(FORM).first).to_be_visible()
    expect(report.locator("form.eventform [name=visit]")).to_have_value(ids["visit"])
    report.close()
    expect(page.locator("[name=told]")).to_have_value("Felt dizzy on getting up")
    expect(page.locator("[data-state]")).to_contain_text("Draft saved", timeout=15000)
    with app.app_context():
        note = note_of(the_visit(ids["visit"]).id)
        assert note is not None
        assert read_body(note.body).told == "Felt dizzy on getting up"


@at_both_sizes
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_whom_it_happened_to_is_found_by_keys_and_the_form_is_accessible(
    app: Flask, page: Page, ids: dict[str, str], scheme: Any
):
    page.emulate_media(color_scheme=scheme)
    enter(page, "Robin Vale")
    page.goto("/events/new")
    assert_fits(page)
    assert_accessible(page)
    page.get_by_label("What happened, in your words").fill("Slipped at the door")
    page.get_by_role("button", name="Send the report").click()
    expect(page.get_by_role("alert")).to_contain_text("Whom it happened to")
    assert_fits(page)
    assert_accessible(page)
    page.locator("input#client").focus()
    page.keyboard.type("Grace")
    page.get_by_role("option").first.wait_for()
    page.keyboard.press("Enter")
    expect(page.locator("[data-combo-value]")).to_have_value(ids["client"])
    page.get_by_label("Mild: passes by itself").check()
    page.locator("form.eventform [name=kind]").select_option("fall")
    page.get_by_role("button", name="Send the report").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("report", ignore_case=True)
    expect(page).to_have_url(re.compile("/receipt$"))
