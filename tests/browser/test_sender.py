"""Another provider becomes the sender of a referral: by keys, on a wide screen and on a phone."""

import pytest
from flask import Flask
from playwright.sync_api import Page, expect

from clinic.coordination.queries.cases import reports_of
from tests.browser.looking import assert_accessible, assert_fits, assert_no_csp_errors
from tests.browser.sizes import at_both_sizes
from tests.factories import directory
from tests.factories import inbound as cases
from tests.factories import outbound as sent
from tests.factories import reports as made_reports
from tests.factories import scheduling as made
from tests.factories import staff as people

pytestmark = pytest.mark.browser


def sign_in(page: Page, name: str) -> None:
    page.goto("/sign-in")
    page.fill("[name=email]", people.address_of(name))
    page.fill("[name=password]", people.PASSWORD)
    page.keyboard.press("Enter")
    page.wait_for_url(lambda url: "sign-in" not in url)


def looks_right(page: Page) -> None:
    assert_accessible(page)
    assert_no_csp_errors(page)
    assert_fits(page)


@at_both_sizes
def test_the_number_is_seen_before_another_sender_is_saved(app: Flask, page: Page):
    with app.app_context():
        house = made.open_house()
        case = cases.received(house)
        place = directory.organisation("Lakeside " + "Clinic" * 12, fax="+13125550188")
        directory.provider("Lena", "Fischer", at=place)
        path = f"/referrals/{case.referral.public_id}"
    sign_in(page, "Robin Vale")
    page.goto(path)
    page.get_by_role("link", name="Change who sent it").focus()
    page.keyboard.press("Enter")
    page.wait_for_url("**/sender")
    looks_right(page)
    search = page.get_by_role("combobox", name="Provider")
    expect(search).to_be_focused()
    page.keyboard.type("fisch")
    expect(page.get_by_role("option", name="Lena Fischer")).to_be_visible()
    page.keyboard.press("Enter")
    page.wait_for_url("**/sender?*provider=*")
    expect(page.get_by_text("(312) 555-0188")).to_be_visible()
    looks_right(page)
    page.get_by_role("button", name="Save").focus()
    page.keyboard.press("Enter")
    expect(page.get_by_text("Say why.").first).to_be_visible()
    expect(page.get_by_text("(312) 555-0188")).to_be_visible()
    looks_right(page)
    page.get_by_label("What happened").select_option("taken_over")
    page.locator("#why").fill("She left the practice.")
    page.keyboard.press("Control+s")
    page.wait_for_url(f"**{path}")
    expect(page.get_by_text("Lena Fischer, MD is the sender now.")).to_be_visible()
    expect(page.get_by_text("She left the practice.").first).to_be_visible()
    looks_right(page)


@at_both_sizes
def test_somebody_else_is_asked_before_anything_was_sent(app: Flask, page: Page):
    with app.app_context():
        people.set_up()
        row = sent.begin(sent.cast())
        place = directory.organisation("Lakeside Clinic", fax="+13125550188")
        directory.provider("Lena", "Fischer", at=place)
        path = f"/outbound/{row.public_id}"
    sign_in(page, "Ines Okafor")
    page.goto(path)
    expect(page.get_by_text("What the letter tells")).to_be_visible()
    looks_right(page)
    page.get_by_role("link", name="Ask somebody else").focus()
    page.keyboard.press("Enter")
    page.wait_for_url("**/recipient")
    looks_right(page)
    page.keyboard.type("fisch")
    expect(page.get_by_role("option", name="Lena Fischer")).to_be_visible()
    page.keyboard.press("Enter")
    page.wait_for_url("**/recipient?*provider=*")
    expect(page.get_by_text("(312) 555-0188")).to_be_visible()
    looks_right(page)
    page.locator("#why").fill("She has retired.")
    page.keyboard.press("Control+s")
    page.wait_for_url(f"**{path}")
    expect(page.get_by_text("Lena Fischer, MD is asked now.")).to_be_visible()
    looks_right(page)


@at_both_sizes
def test_a_report_is_copied_to_a_payer(app: Flask, page: Page):
    with app.app_context():
        house = made.open_house()
        case = cases.received(house, used_elsewhere=True)
        cases.allowed(case, house, frequency="twice a week")
        cases.do("accept", case, house.owner)
        cases.had(case, house)
        letter = made_reports.drafted(reports_of(case)[0], house)
        made_reports.approved(letter, house)
        place = directory.organisation("Prairie Mutual", kind="insurer", fax="+13125550177")
        directory.provider("Joy", "Abara", at=place, credentials="other")
        path, there = f"/referrals/{case.referral.public_id}", f"/letters/{letter.public_id}"
    sign_in(page, "Robin Vale")
    page.goto(path)
    expect(page.get_by_text("The client also uses this order elsewhere")).to_be_visible()
    expect(page.get_by_text("twice a week").first).to_be_visible()
    looks_right(page)
    page.get_by_role("link", name="Send a copy to somebody else").focus()
    page.keyboard.press("Enter")
    page.wait_for_url(f"**{there}/copy")
    looks_right(page)
    page.keyboard.type("abara")
    expect(page.get_by_role("option", name="Joy Abara")).to_be_visible()
    page.keyboard.press("Enter")
    page.wait_for_url("**/copy?*provider=*")
    expect(page.get_by_text("(312) 555-0177")).to_be_visible()
    looks_right(page)
    page.keyboard.press("Control+s")
    page.wait_for_url(lambda url: "/copy" not in url)
    expect(page.get_by_text("The copy is drafted.")).to_be_visible()
    looks_right(page)
    page.goto(path)
    page.get_by_role("button", name="Write which visits were used here").focus()
    page.keyboard.press("Enter")
    page.wait_for_url("**/letters/**")
    looks_right(page)
