"""The board without a pointer: walk, open, move, stretch, find free time, take steps."""

import re

import pytest
from flask import Flask
from playwright.sync_api import Page, expect

from tests.browser.boards import Day, a_day, card, opened_board

pytestmark = pytest.mark.browser


@pytest.fixture
def day(app: Flask) -> Day:
    return a_day(app)


def press(page: Page, *keys: str) -> None:
    for key in keys:
        page.keyboard.press(key)


def test_arrows_walk_the_cards_and_enter_opens_the_panel(page: Page, day: Day):
    opened_board(page, day.path)
    card(page, "Leila Haddad").focus()
    press(page, "ArrowDown")
    expect(card(page, "Noah Petrov")).to_be_focused()
    press(page, "ArrowRight")
    expect(card(page, "Chidi Eze")).to_be_focused()
    press(page, "Enter")
    panel = page.get_by_role("complementary", name="Selected visit")
    expect(panel.get_by_role("heading", name="Chidi Eze")).to_be_visible()
    expect(page).to_have_url(re.compile(f"visit={day.visits['Chidi Eze']}"))
    expect(card(page, "Chidi Eze")).to_have_attribute("aria-current", "true")
    press(page, "Escape")
    expect(card(page, "Chidi Eze")).to_be_focused()
    expect(page).not_to_have_url(re.compile("visit="))


def test_a_visit_is_moved_stretched_and_taken_back_by_keyboard(page: Page, day: Day):
    opened_board(page, day.path)
    said = page.locator("#board-said")
    card(page, "Chidi Eze").focus()
    press(page, "m", "ArrowDown", "ArrowRight")
    expect(said).to_contain_text("10:15 with Priya Raman")
    press(page, "Escape")
    expect(page.locator(".ghost")).to_have_count(0)
    press(page, "m", "ArrowDown", "ArrowRight", "Enter")
    expect(card(page, "Chidi Eze")).to_contain_text("until 11:15 with Priya Raman")
    expect(card(page, "Chidi Eze")).to_be_focused()
    press(page, "l", "ArrowDown", "ArrowDown")
    expect(said).to_contain_text("90 minutes, until 11:45")
    press(page, "Enter")
    expect(card(page, "Chidi Eze")).to_contain_text("until 11:45")
    press(page, "z")
    expect(card(page, "Chidi Eze")).to_contain_text("until 11:15")


def test_free_times_are_walked_and_booked_by_keyboard(page: Page, day: Day):
    opened_board(page, day.path)
    card(page, "Leila Haddad").focus()
    press(page, "g")
    expect(
        page.get_by_role("button", name="Free 08:00–09:00 with Ines Okafor, book")
    ).to_be_focused()
    press(page, "ArrowRight")
    expect(page.get_by_role("button", name="Free 08:00–10:00 with June Park, book")).to_be_focused()
    with page.expect_request("**/book?*") as asked:
        press(page, "Enter")
    assert f"on={day.on}&time=08%3A00&therapist=" in asked.value.url
    page.get_by_role("dialog", name="New booking").wait_for()
    press(page, "Escape")


def test_letters_do_nothing_where_they_are_switched_off(page: Page, day: Day):
    opened_board(page, day.path)
    page.goto(day.path)
    page.evaluate("document.body.dataset.shortcuts = 'off'")
    card(page, "Chidi Eze").focus()
    press(page, "g", "x")
    expect(page.locator(".freegap, .ghost, .toast")).to_have_count(0)
