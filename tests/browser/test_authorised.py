"""What an order allows, on the pages where it is entered, attached to and booked against."""

from types import SimpleNamespace

import pytest
from flask import Flask
from playwright.sync_api import Page, expect

from clinic.core.permissions import SYSTEM, Role
from clinic.core.transactions import transaction
from clinic.practice.services import settle
from tests.browser.looking import assert_accessible, assert_fits, assert_no_csp_errors
from tests.browser.sizes import at_both_sizes
from tests.factories import referrals as orders
from tests.factories import scheduling as made
from tests.factories import staff as people
from tests.factories.files import a_pdf

pytestmark = pytest.mark.browser


@pytest.fixture
def clinic(app: Flask) -> SimpleNamespace:
    """An order of two visits from the first one on, both booked; an owner who works the desk."""
    with app.app_context():
        house = made.open_house()
        people.member("Rowan Hale", Role.RECEPTIONIST, Role.OWNER)
        orders.rules()
        with transaction():
            settle(actor=SYSTEM, over_authorisation="warn")
        allowed = made.an_authorisation(house, 2, basis="first_visit", days=90)
        made.book(house, made.at(8, days=20), authorisation=allowed)
        made.book(house, made.at(8, days=27), authorisation=allowed)
        order = allowed.referral
        paper = orders.paper(order)
        return SimpleNamespace(
            order=f"/referrals/{order.public_id}",
            allowed=f"/referrals/authorisations/{allowed.public_id}",
            paper=f"/referrals/documents/{paper.public_id}/remove",
            book=f"/book?client={house.client.public_id}&on={made.day(7)}"
            f"&service={house.variant.service.public_id}",
        )


@pytest.fixture
def desk(page: Page, clinic: SimpleNamespace) -> Page:
    page.goto("/sign-in?next=/referrals/payers")
    page.get_by_label("E-mail").fill(people.address_of("Rowan Hale"))
    page.locator("input[type=password]").fill(people.PASSWORD)
    page.keyboard.press("Enter")
    page.wait_for_url(lambda url: "sign-in" not in url)
    return page


def looked_at(page: Page) -> None:
    assert_accessible(page)
    assert_no_csp_errors(page)
    assert_fits(page)


@at_both_sizes
def test_every_page_of_what_is_authorised_is_usable_by_everyone(
    desk: Page, clinic: SimpleNamespace
):
    for path in (
        "/referrals/payers", "/referrals/payers/new", "/referrals/new", clinic.allowed,
        f"{clinic.order}/authorise", f"{clinic.order}/documents", clinic.paper, clinic.book,
    ):  # fmt: skip
        desk.goto(path)
        looked_at(desk)


@at_both_sizes
def test_one_more_is_booked_with_a_reason(desk: Page, clinic: SimpleNamespace):
    desk.goto(clinic.book)
    expect(desk.get_by_text("0 of 2 used, 2 booked, 0 left")).to_be_visible()
    desk.get_by_label("Use the referral").check()
    desk.get_by_label("Why one more than authorised").fill("The payer agreed by phone")
    desk.get_by_role("button", name="Book", exact=True).last.click()
    expect(desk.get_by_text("More than authorised: The payer agreed by phone")).to_be_visible()
    looked_at(desk)


def test_a_scan_is_attached(desk: Page, clinic: SimpleNamespace):
    desk.goto(f"{clinic.order}/documents")
    file = {"name": "scan.pdf", "mimeType": "application/pdf", "buffer": a_pdf()}
    desk.get_by_label("Document").set_input_files(file)
    desk.get_by_role("button", name="Attach").click()
    expect(desk.get_by_text("The document is attached.")).to_be_visible()
