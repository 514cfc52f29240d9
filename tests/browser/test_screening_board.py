"""A client who had a clot, on the board and in the office: by hand, by keys, by form.

Deep work does not suit them, and the visit that stands already goes nowhere. The desk is told
that another service is needed, and never why.
"""

import re
from datetime import timedelta

import pytest
from flask import Flask
from playwright.sync_api import Locator, Page, expect

from clinic.catalogue.models import ServiceVariant
from clinic.clients.models import Client
from clinic.core.db import db
from clinic.health.rules.facts import Fact
from clinic.scheduling.models import Visit
from tests.browser.boards import Day, a_day, card, carry, drag, opened_board, point, sign_in
from tests.browser.sizes import at_both_sizes
from tests.browser.test_screening_journey import looked_at, tells_nothing
from tests.factories import scheduling as made
from tests.factories.ready import about
from tests.factories.screening import know

pytestmark = pytest.mark.browser
NAME, OTHER = "Chidi Eze", "Grace Nakamura"
"""Who is booked from ten to eleven with June Park, and who is not booked yet."""
REFUSED = "This service does not suit this client on that day. Choose another."
DESK, OWNER = "Robin Vale", "Olga Reed"


@pytest.fixture
def day(app: Flask) -> Day:
    """The board's day, whose service is deep work, and two of whose clients had a clot."""
    day = a_day(app)
    with app.app_context():
        visit = db.session.query(Visit).filter_by(public_id=day.visits[NAME]).one()
        about(db.session.query(ServiceVariant).first(), "DEEP")
        over = made.this_day() - timedelta(days=200)
        clot = Fact(
            "condition", "DVT", text="canary-clot", on=over - timedelta(days=40), until=over,
            details=(("status", "resolved"),),
        )  # fmt: skip
        [other] = [one for one in db.session.query(Client) if one.name == OTHER]
        for client in (visit.client, other):
            know(client, clot)
    return day


def stays(page: Page, title: str = f"{NAME} stays at 10:00") -> None:
    """It is refused in the desk's words, and the card is where it was."""
    refused = page.get_by_role("alertdialog", name=title)
    expect(refused).to_contain_text(REFUSED)
    expect(refused.get_by_role("link")).to_have_count(1)
    tells_nothing(page)
    looked_at(page)
    page.keyboard.press("Escape")
    expect(page.locator(".ghost")).to_have_count(0)
    is_there(page)


def is_there(page: Page) -> None:
    expect(card(page, NAME)).to_contain_text("10:00")
    expect(card(page, NAME)).to_contain_text("until 11:00 with June Park")


def test_a_drag_of_somebody_who_had_a_clot_goes_back(page: Page, day: Day):
    opened_board(page, day.path)
    carry(page, "June Park", "10:00", "Priya Raman", "11:30")
    stays(page)
    carry(page, "June Park", "10:00", "June Park", "12:15")
    stays(page)
    page.reload()
    page.locator("#board.is-ready").wait_for()
    is_there(page)
    tells_nothing(page)


def test_an_edge_that_is_dragged_goes_back(page: Page, day: Day):
    opened_board(page, day.path)
    x, y = point(page, "June Park", "11:00")
    drag(page, (x, y - 3), (x, point(page, "June Park", "11:30")[1] - 3))
    expect(page.get_by_role("alertdialog")).to_contain_text(REFUSED)
    tells_nothing(page)
    is_there(page)


def test_a_drag_across_free_time_finds_no_time_for_them(page: Page, day: Day):
    opened_board(page, day.path)
    drag(page, point(page, "June Park", "13:00"), point(page, "June Park", "13:58"))
    dialog = page.get_by_role("dialog", name="New booking")
    dialog.get_by_role("combobox", name="Client").fill("naka")
    dialog.get_by_role("option", name=OTHER).click()
    dialog.locator("[name=service]").select_option(label="Therapeutic")
    expect(
        dialog.get_by_text("This service does not suit this client on that day.").first
    ).to_be_visible()
    expect(dialog.locator(".slot")).to_have_count(0)
    tells_nothing(page)
    expect(card(page, OTHER)).to_have_count(0)


def shown(page: Page) -> Locator:
    """The card; on a phone after its therapist was chosen."""
    picker = page.get_by_role("group", name="Therapist")
    if picker.is_visible():
        picker.get_by_role("button", name="June").click()
    expect(card(page, NAME)).to_be_visible()
    return card(page, NAME)


@at_both_sizes
def test_keys_move_and_stretch_them_no_further_than_a_hand(page: Page, day: Day):
    opened_board(page, day.path)
    shown(page).focus()
    for key in ("m", "ArrowDown", "Enter"):
        page.keyboard.press(key)
    stays(page)
    shown(page).focus()
    for key in ("l", "ArrowDown", "ArrowDown", "Enter"):
        page.keyboard.press(key)
    stays(page, "Nothing was changed")


@at_both_sizes
def test_the_panel_and_the_page_of_the_visit_refuse_it_in_the_same_words(page: Page, day: Day):
    opened_board(page, day.path)
    shown(page).click()
    panel = page.get_by_role("complementary", name="Selected visit")
    expect(panel.get_by_role("heading", name=NAME)).to_be_visible()
    tells_nothing(page)
    panel.get_by_role("link", name=f"Open {NAME}").click()
    page.wait_for_url("**/visits/*")
    move = page.locator("form[action$='/move']").last
    move.locator("[name=time]").fill("14:00")
    move.get_by_role("button").last.click()
    expect(page.get_by_role("alert").filter(has_text=REFUSED)).to_be_visible()
    looked_at(page)
    tells_nothing(page)
    page.goto(f"/visits/{day.visits[NAME]}")
    expect(page.get_by_text(re.compile("10:00"))).not_to_have_count(0)


@at_both_sizes
@pytest.mark.parametrize("name", [DESK, OWNER])
def test_the_office_refuses_it_and_keeps_what_was_typed(page: Page, day: Day, name: str):
    sign_in(page, name)
    page.goto(f"/office/appointments/edit/?id={day.visits[NAME]}")
    page.locator("#time").fill("14:00")
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.get_by_text(REFUSED).first).to_be_visible()
    expect(page.locator("#time")).to_have_value("14:00")
    looked_at(page)
    tells_nothing(page)
    page.goto(f"/office/appointments/edit/?id={day.visits[NAME]}")
    expect(page.locator("#time")).to_have_value("10:00")
