"""A letter from its draft to the provider's answer, stopped where consent is missing."""

from types import SimpleNamespace

import pytest
from flask import Flask
from playwright.sync_api import Page, expect

from clinic.letters.rules.blocks import Content, Facts, MeasureLine, Measures, Paragraph, Points
from tests.browser.looking import assert_accessible, assert_fits, assert_no_csp_errors
from tests.browser.sizes import at_both_sizes
from tests.factories import letters
from tests.factories import staff as people

pytestmark = pytest.mark.browser
WORDS = Content(
    "Progress report after 6 visits",
    "Dear Dr Adeyemi",
    (
        Paragraph("Thank you for sending us Grace Nakamura.", is_clinical=True),
        Facts((("Visits", "6 of 8"), ("Missed", "none")), is_clinical=True),
        Measures((MeasureLine("Turning the neck", "L", "48", now="60", change="+12", unit="°",
                              goal="70", may_matter=True),)),
        Points("What we ask", ("Four more visits",), is_clinical=True),
    ),
    "With kind regards",
)  # fmt: skip


@pytest.fixture
def clinic(app: Flask) -> SimpleNamespace:
    with app.app_context():
        people.set_up()
        world = letters.world()
        draft = letters.drafted(world, content=WORDS)
        letters.agreed(world, "clearance")
        asked = letters.sent(world, "clearance").letter
        faxed = letters.sent(world, "acknowledgement", "fax")
        return SimpleNamespace(
            draft=f"/letters/{draft.public_id}",
            asked=f"/letters/{asked.public_id}",
            faxed=f"/letters/{faxed.letter.public_id}",
            fax=f"/letters/{faxed.letter.public_id}/sendings/{faxed.public_id}",
            own=f"/clients/{world.client.public_id}/letters",
        )


def signed_in(page: Page, name: str) -> Page:
    page.goto("/sign-in?next=/letters")
    page.get_by_label("E-mail").fill(people.address_of(name))
    page.locator("input[type=password]").fill(people.PASSWORD)
    page.keyboard.press("Enter")
    page.wait_for_url(lambda url: "sign-in" not in url)
    return page


def looked_at(page: Page) -> None:
    assert_accessible(page)
    assert_no_csp_errors(page)
    assert_fits(page)


@at_both_sizes
def test_every_page_of_letters_is_usable_by_everyone(page: Page, clinic: SimpleNamespace):
    signed_in(page, "Teo Marsh")
    for path in (
        "/letters", "/letters?whose=mine", clinic.own, f"{clinic.own}/new",
        f"{clinic.own}/received",
        clinic.draft, f"{clinic.draft}/edit", f"{clinic.draft}/send", f"{clinic.draft}/cancel",
        clinic.asked, f"{clinic.asked}/acknowledged", f"{clinic.asked}/returned",
        clinic.faxed, f"{clinic.fax}/fax", f"{clinic.fax}/cover",
    ):  # fmt: skip
        page.goto(path)
        looked_at(page)


@at_both_sizes
def test_a_report_goes_from_its_draft_to_the_provider(page: Page, clinic: SimpleNamespace):
    signed_in(page, "Teo Marsh")
    page.goto(clinic.draft)
    expect(page.get_by_text("Consent to share is missing")).to_be_visible()
    page.get_by_role("link", name="Edit", exact=True).press("Enter")
    page.get_by_label("Another paragraph").fill("The client sleeps through the night again.")
    page.keyboard.press("Control+s")
    expect(page.get_by_text("The client sleeps through the night again.")).to_be_visible()
    expect(page.get_by_role("rowheader", name="Turning the neck")).to_be_visible()
    page.get_by_role("button", name="Approve").press("Enter")
    page.get_by_role("link", name="Send", exact=True).press("Enter")
    expect(page.get_by_text("Consent to share is missing")).to_be_visible()
    page.get_by_role("radio", name="Post").check()
    page.keyboard.press("Control+s")
    expect(page.get_by_text("Ask for it first.")).to_be_visible()
    looked_at(page)
    page.get_by_role("link", name="Ask for consent").press("Enter")
    page.get_by_label("Name", exact=False).last.fill("Grace Nakamura")
    page.keyboard.press("Control+s")
    expect(page.get_by_text("Covered")).to_be_visible()
    page.get_by_role("link", name="Send", exact=True).press("Enter")
    page.get_by_role("radio", name="Fax").check()
    page.keyboard.press("Control+s")
    expect(page.get_by_text("(555) 012-4470").first).to_be_visible()
    page.get_by_label("Number it went to").fill("555 012 9999")
    page.keyboard.press("Control+s")
    expect(page.get_by_text("This is another number than the one shown.")).to_be_visible()
    looked_at(page)
    page.get_by_label("Number it went to").fill("+1 555 012 4470")
    page.keyboard.press("Control+s")
    page.get_by_role("link", name="They say it came").press("Enter")
    page.get_by_label("Who said so").fill("June Bell")
    page.keyboard.press("Control+s")
    expect(page.get_by_text("June Bell")).to_be_visible()
    expect(page.get_by_role("listitem").filter(has_text="Delivered").first).to_be_visible()
    looked_at(page)


@at_both_sizes
def test_the_desk_sends_what_it_does_not_read(page: Page, clinic: SimpleNamespace):
    signed_in(page, "Robin Vale")
    page.goto(clinic.draft)
    expect(page.get_by_text("What it says is for the care team")).to_be_visible()
    expect(page.get_by_text("Turning the neck")).to_have_count(0)
    expect(page.get_by_text("Progress report")).to_have_count(0)
    looked_at(page)
