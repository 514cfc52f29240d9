"""A document goes with a letter: attached, approved, seen on paper and sent, with keys and axe."""

from types import SimpleNamespace

import pytest
from flask import Flask
from playwright.sync_api import Page, expect
from pypdf import PdfReader

from tests.browser.looking import assert_accessible, assert_fits, assert_no_csp_errors
from tests.browser.sizes import at_both_sizes
from tests.factories import letters
from tests.factories import referrals as orders
from tests.factories import staff as people
from tests.factories.files import a_pdf
from tests.letters.test_services_attaching import COVERED

pytestmark = pytest.mark.browser


@pytest.fixture
def clinic(app: Flask) -> SimpleNamespace:
    """A drafted report, an order with its scan, and a consent that covers both."""
    with app.app_context():
        people.set_up()
        orders.ready()
        world = letters.world()
        orders.paper(orders.order(world.client, world.provider))
        letters.agreed(world, data=COVERED)
        return SimpleNamespace(draft=f"/letters/{letters.drafted(world).public_id}")


@pytest.fixture
def therapist(page: Page, clinic: SimpleNamespace) -> Page:
    """Who treats the client, on the page of the draft."""
    page.goto(f"/sign-in?next={clinic.draft}")
    page.get_by_label("E-mail").fill(people.address_of("Teo Marsh"))
    page.locator("input[type=password]").fill(people.PASSWORD)
    page.keyboard.press("Enter")
    page.wait_for_url(lambda url: "sign-in" not in url)
    return page


def looked_at(page: Page) -> None:
    assert_accessible(page)
    assert_no_csp_errors(page)
    assert_fits(page)


def on_paper(page: Page, name: str) -> str:
    """The words of the PDF that a link hands over."""
    with page.expect_download() as handed:
        page.get_by_role("link", name=name).first.click()
    kept = PdfReader(handed.value.path())
    return "\n".join(one.extract_text() for one in kept.pages)


@at_both_sizes
def test_a_document_is_attached_seen_on_paper_and_sent(therapist: Page):
    page = therapist
    page.get_by_role("link", name="Attach").press("Enter")
    looked_at(page)
    page.keyboard.press("Control+s")
    expect(page.get_by_text("Say what it tells of.")).to_be_visible()
    looked_at(page)
    page.get_by_label("A document that is kept here").select_option(index=1)
    page.get_by_role("radio", name="health history").check()
    page.keyboard.press("Control+s")
    expect(page.get_by_role("link", name="Document, 2 pages")).to_be_visible()
    page.get_by_role("link", name="Attach").press("Enter")
    file = {"name": "canary.pdf", "mimeType": "application/pdf", "buffer": a_pdf(3)}
    page.get_by_label("A new file").set_input_files(file)
    page.get_by_role("radio", name="treatment plan").check()
    page.keyboard.press("Control+s")
    expect(page.get_by_role("link", name="Document, 3 pages")).to_be_visible()
    looked_at(page)
    said = on_paper(page, "PDF as it would leave now")
    assert "Enclosed: 2 documents" in said
    assert "canary" not in said
    page.get_by_role("button", name="Take off").last.press("Enter")
    expect(page.get_by_role("link", name="Document, 3 pages")).to_have_count(0)
    page.get_by_role("button", name="Approve").press("Enter")
    expect(page.get_by_text("print these too")).to_be_visible()
    expect(page.get_by_role("button", name="Take off")).to_have_count(0)
    page.get_by_role("link", name="Send", exact=True).press("Enter")
    expect(page.get_by_text("print these too")).to_be_visible()
    looked_at(page)
    page.get_by_role("radio", name="Fax").check()
    page.keyboard.press("Control+s")
    expect(page.get_by_text("4 pages with the cover sheet")).to_be_visible()
    expect(page.get_by_text("put them in behind the letter")).to_be_visible()
    looked_at(page)
    assert on_paper(page, "Cover sheet and letter, PDF").count("3, and this cover sheet") == 1
    page.get_by_label("Number it went to").fill(letters.FAX)
    page.keyboard.press("Control+s")
    expect(page.get_by_text("The fax is written down as sent.")).to_be_visible()
    looked_at(page)
