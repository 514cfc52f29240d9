"""What arrived on paper is put in, seen in place and entered, with mouse, keys and axe."""

from types import SimpleNamespace

import pytest
from flask import Flask
from playwright.sync_api import Page, expect

from clinic.core.permissions import Role
from tests.browser.looking import assert_accessible, assert_fits, assert_no_csp_errors
from tests.browser.sizes import at_both_sizes
from tests.factories import clients, directory, papers
from tests.factories import inbound as orders
from tests.factories import scheduling as made
from tests.factories import staff as people
from tests.factories.files import a_pdf, a_picture

pytestmark = pytest.mark.browser


@pytest.fixture
def clinic(app: Flask) -> SimpleNamespace:
    """A receptionist, an order under way, and papers that came today and last week."""
    with app.app_context():
        people.set_up()
        house = made.open_house()
        people.member("Robin Reyes", Role.RECEPTIONIST)
        directory.provider(at=directory.organisation())
        clients.a_client("Omar Farouk")
        number = orders.received(house).referral.number
        new = papers.paper(hours=2, note="Cover sheet says Dr Okoro")
        papers.paper(hours=300, data=a_picture("JPEG", (800, 1100)), name="post.jpg")
        aside = papers.paper(hours=30, note="")
        papers.do("set_aside", aside, why="An advertisement for needles")
        entered = papers.paper(hours=30)
        papers.do("make_document", entered, referral=orders.received(house).referral)
        return SimpleNamespace(
            new=f"/papers/{new.public_id}",
            order=f"/referrals/new?paper={new.public_id}",
            aside=f"/papers/{aside.public_id}",
            entered=f"/papers/{entered.public_id}",
            number=number,
        )


@pytest.fixture
def desk(page: Page, clinic: SimpleNamespace) -> Page:
    """The receptionist, signed in."""
    page.goto("/sign-in?next=/papers")
    page.get_by_label("E-mail").fill(people.address_of("Robin Reyes"))
    page.locator("input[type=password]").fill(people.PASSWORD)
    page.keyboard.press("Enter")
    page.wait_for_url(lambda url: "sign-in" not in url)
    return page


def looked_at(page: Page) -> None:
    assert_accessible(page)
    assert_no_csp_errors(page)
    assert_fits(page)


@at_both_sizes
def test_every_page_of_papers_is_usable_by_everyone(desk: Page, clinic: SimpleNamespace):
    for path in (
        "/papers", "/papers?show=filed", "/papers?show=set_aside", "/papers/new", clinic.new,
        clinic.aside, clinic.entered, clinic.order, f"{clinic.new}/document",
        f"{clinic.new}/answer", f"{clinic.new}/aside",
    ):  # fmt: skip
        desk.goto(path)
        looked_at(desk)


@at_both_sizes
def test_scans_are_put_in_and_an_order_is_typed_beside_one(desk: Page, clinic: SimpleNamespace):
    desk.get_by_role("link", name="Put scans in").first.click()
    files = [
        {"name": "one.pdf", "mimeType": "application/pdf", "buffer": a_pdf()},
        {"name": "two.png", "mimeType": "image/png", "buffer": a_picture(size=(600, 800))},
    ]
    desk.get_by_label("Scans").set_input_files(files)
    desk.get_by_label("Whom it seems to be from").fill("Dr Lund")
    desk.keyboard.press("Control+s")
    expect(desk.get_by_text("2 papers are put in.")).to_be_visible()
    expect(desk.get_by_text("late")).to_have_count(1)
    desk.goto(clinic.new)
    shown = desk.get_by_role("img", name="Page 1 of 2")
    expect(shown).to_be_visible()
    assert shown.evaluate("async (one) => { await one.decode(); return one.naturalWidth }") == 1200
    desk.get_by_role("link", name="New order from it").focus()
    desk.keyboard.press("Enter")
    expect(desk.get_by_role("img", name="Page 1 of 2")).to_be_visible()
    choose(desk, "Client", "omar", "Omar Farouk")
    choose(desk, "Provider", "adeyemi", "Samuel Adeyemi")
    desk.get_by_label("Reason").fill("Stiff neck")
    looked_at(desk)
    desk.keyboard.press("Control+s")
    expect(desk.get_by_text("Omar Farouk").first).to_be_visible()
    expect(desk.get_by_text("2 pages")).to_be_visible()


def choose(page: Page, label: str, typed: str, name: str) -> None:
    field = page.get_by_role("combobox", name=label)
    field.press_sequentially(typed, delay=20)
    expect(page.get_by_role("option", name=name)).to_be_visible()
    field.press("Enter")
    expect(field).to_have_value(name)


def test_the_list_is_walked_by_letter_and_a_paper_put_to_an_order(
    desk: Page, clinic: SimpleNamespace
):
    desk.keyboard.press("j")
    desk.keyboard.press("j")
    desk.keyboard.press("Enter")
    desk.get_by_role("link", name="It belongs to an order").click()
    desk.get_by_role("searchbox").fill(clinic.number)
    desk.keyboard.press("Enter")
    desk.get_by_role("radio", name=clinic.number).check()
    desk.get_by_label("What it is").select_option("report")
    desk.get_by_role("button", name="Attach").click()
    expect(desk.get_by_text("The document is attached.")).to_be_visible()


@at_both_sizes
def test_the_board_says_in_red_how_long_the_oldest_waits(desk: Page):
    desk.goto("/office/schedule/")
    link = desk.get_by_role("link", name="2 papers")
    expect(link).to_be_visible()
    expect(link).to_contain_text("late")
    looked_at(desk)
    link.click()
    expect(desk.get_by_role("heading", name="Papers that arrived")).to_be_visible()
