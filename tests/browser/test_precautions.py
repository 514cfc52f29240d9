"""An order's precautions on a wide screen and on a phone: the room card says that nobody has
confirmed them, they become a limit, and the session begins."""

import pytest
from flask import Flask
from playwright.sync_api import Page, expect

from clinic.clients.services import join_care
from clinic.core.permissions import SYSTEM
from clinic.core.transactions import transaction
from clinic.scheduling.services import check_in
from tests.browser.looking import assert_accessible, assert_fits, assert_no_csp_errors
from tests.browser.sizes import at_both_sizes
from tests.factories import inbound as cases
from tests.factories import records
from tests.factories import scheduling as made
from tests.factories import staff as people
from tests.factories.ready import ready

pytestmark = pytest.mark.browser

CAREFUL = "Nothing on one lower leg, " + "and be careful with the rest of it, " * 4 + "please."


def looks_right(page: Page) -> None:
    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme=scheme)
        assert_accessible(page)
        assert_fits(page)
    page.emulate_media(color_scheme="light")
    assert_no_csp_errors(page)


def a_first_visit(app: Flask) -> str:
    with app.app_context():
        house = made.open_house()
        records.techniques("SWEDISH", "DEEP", "HEAT")
        case = cases.received(house, precautions=CAREFUL)
        cases.allowed(case, house)
        with transaction():
            join_care(house.client, house.therapist.id, actor=SYSTEM, by_visit=True)
        cases.do("accept", case, house.owner)
        ready(house)
        visit = made.done(check_in, made.book_now(house, 30, use_referral=True), house.desk)
        return f"/visits/{visit.public_id}/card"


@at_both_sizes
def test_precautions_become_a_limit_before_the_session_begins(app: Flask, page: Page):
    card = a_first_visit(app)
    page.goto(f"/sign-in?next={card}")
    page.fill("[name=email]", people.address_of("June Park"))
    page.fill("[name=password]", people.PASSWORD)
    page.keyboard.press("Enter")
    page.wait_for_url(f"**{card}")
    expect(page.get_by_text("Nobody has confirmed the precautions of R-000001")).to_be_visible()
    expect(page.get_by_role("button", name="Start session")).to_be_disabled()
    looks_right(page)
    page.get_by_role("link", name="Confirm them").click()
    expect(page.get_by_text(CAREFUL)).to_be_visible()
    looks_right(page)
    page.get_by_role("button", name="Confirm precautions").click()
    expect(page.get_by_text("Set at least one limit, or say that none are needed.")).to_be_visible()
    looks_right(page)
    page.get_by_label("Highest pressure").select_option("2")
    page.get_by_role("checkbox", name="Heat", exact=True).check()
    page.locator("summary", has_text="Areas left out").click()
    page.locator("[name=areas][value='CALF:L']").check()
    looks_right(page)
    page.get_by_role("button", name="Confirm precautions").click()
    page.wait_for_url(f"**{card}")
    holds = page.locator(".box", has_text="What holds today")
    expect(holds).to_contain_text("left calf")
    expect(holds).to_contain_text("Pressure at most")
    looks_right(page)
    page.get_by_role("button", name="Start session").click()
    expect(page.locator("[data-said]")).to_contain_text("min left")
