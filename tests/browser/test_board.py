"""The board under a hand: book by drag, move, stretch, take back, and be refused."""

import re
from itertools import pairwise

import pytest
from flask import Flask
from playwright.sync_api import Browser, Page, expect

from tests.browser.boards import Day, a_day, card, carry, drag, opened_board, point
from tests.browser.chromium import opened, witness_of

pytestmark = pytest.mark.browser


@pytest.fixture
def day(app: Flask) -> Day:
    return a_day(app)


def test_a_drag_across_free_time_books_that_time_with_that_therapist(page: Page, day: Day):
    opened_board(page, day.path)
    drag(page, point(page, "June Park", "13:00"), point(page, "June Park", "14:28"))
    dialog = page.get_by_role("dialog", name="New booking")
    dialog.get_by_role("combobox", name="Client").fill("naka")
    dialog.get_by_role("option", name="Grace Nakamura").click()
    dialog.locator("[name=service]").select_option(label="Therapeutic")
    expect(dialog.get_by_role("radio", name="13:00 June Park").first).to_be_checked()
    dialog.get_by_role("button", name="Book").last.click()
    expect(card(page, "Grace Nakamura")).to_contain_text("13:00 Therapeutic 90")
    expect(card(page, "Grace Nakamura")).to_contain_text("until 14:30 with June Park")


def test_a_drag_to_another_therapist_moves_and_is_taken_back(page: Page, day: Day):
    opened_board(page, day.path)
    carry(page, "June Park", "10:00", "Priya Raman", "11:30")
    toast = page.locator(".toast")
    expect(toast).to_contain_text("Chidi Eze moved to")
    expect(card(page, "Chidi Eze")).to_contain_text("until 12:30 with Priya Raman")
    page.keyboard.press("z")
    expect(toast).to_contain_text("Taken back")
    expect(card(page, "Chidi Eze")).to_contain_text("until 11:00 with June Park")


def test_a_refused_drag_goes_back_and_says_why_with_free_times(page: Page, day: Day):
    opened_board(page, day.path)
    carry(page, "June Park", "10:00", "Ines Okafor", "09:15")
    refused = page.get_by_role("alertdialog", name="Chidi Eze stays at 10:00")
    expect(refused).to_contain_text("The therapist is taken")
    expect(card(page, "Chidi Eze")).to_contain_text("until 11:00 with June Park")
    refused.get_by_role("button", name=re.compile("Ines Okafor")).first.click()
    expect(page.locator(".toast")).to_contain_text("Chidi Eze moved to")
    expect(card(page, "Chidi Eze")).to_contain_text("with Ines Okafor")


def test_outside_hours_a_visit_is_moved_all_the_same_when_it_is_meant(page: Page, day: Day):
    opened_board(page, day.path)
    carry(page, "Priya Raman", "14:00", "Priya Raman", "17:30")
    refused = page.get_by_role("alertdialog")
    expect(card(page, "Sofia Marchetti")).to_contain_text("until 15:00")
    refused.get_by_role("button", name="Move all the same, outside hours").click()
    expect(card(page, "Sofia Marchetti")).to_contain_text("until 18:30 with Priya Raman")


def test_an_overlap_on_purpose_asks_why_and_is_drawn_as_such(page: Page, day: Day):
    opened_board(page, day.path, "Olga Reed")
    carry(page, "June Park", "10:00", "Ines Okafor", "09:15")
    refused = page.get_by_role("alertdialog")
    refused.get_by_role("button", name="Overlap on purpose").click()
    refused.get_by_label("Why may they overlap?").fill("Supervised student")
    refused.get_by_role("button", name="Overlap", exact=True).click()
    overlapping = page.locator(".appt.is-over", has_text="Chidi Eze")
    expect(overlapping.get_by_text("Overlap", exact=True)).to_be_visible()


def test_the_edge_dragged_changes_the_length(page: Page, day: Day):
    opened_board(page, day.path)
    x, y = point(page, "Priya Raman", "15:00")
    drag(page, (x, y - 3), (x, point(page, "Priya Raman", "15:30")[1] - 3))
    expect(page.locator(".toast")).to_contain_text("Sofia Marchetti now takes 90 min")
    expect(card(page, "Sofia Marchetti")).to_contain_text("until 15:30")
    x, y = point(page, "Priya Raman", "15:30")
    drag(page, (x, y - 3), (x, point(page, "Priya Raman", "15:45")[1] - 3))
    expect(page.get_by_role("alertdialog")).to_contain_text("60 or 90 minutes")
    expect(card(page, "Sofia Marchetti")).to_contain_text("until 15:30")


def test_a_browser_in_new_york_sees_and_drags_the_clinics_times(
    browser: Browser, live_server: str, day: Day
):
    with opened(browser, live_server, timezone_id="America/New_York") as page:
        opened_board(page, day.path)
        expect(card(page, "Chidi Eze")).to_contain_text("10:00 Therapeutic")
        with page.expect_request("**/office/schedule/move") as sent:
            carry(page, "June Park", "10:00", "June Park", "12:15")
        assert f"start={day.on}T12%3A15" in (sent.value.post_data or "")
        expect(card(page, "Chidi Eze")).to_contain_text("12:15 Therapeutic")
        page.goto("/office/schedule/")
        shown = page.locator(".ec-now-indicator")
        wall = page.locator("#board").get_attribute("data-now") or ""
        feed = page.locator("#board").get_attribute("data-feed") or ""
        is_open = '"min":"08:00"' in feed and "08:00" <= wall[11:16] < "18:00"
        if is_open:
            expect(shown).to_have_attribute("data-time", re.compile(wall[11:14]))
        else:
            expect(shown).to_have_count(0)
        assert not witness_of(page).complaints()


def test_what_is_to_be_seen_to_fills_the_panel_line_by_line(page: Page, day: Day):
    opened_board(page, day.path)
    rows = page.locator(".panel .seeto__row")
    expect(rows.first).to_be_visible()
    panel = page.locator(".panel").bounding_box() or {}
    boxes = [one.bounding_box() or {} for one in rows.all()]
    assert min(box["width"] for box in boxes) > panel["width"] * 0.7
    for above, below in pairwise(boxes):
        assert above["y"] + above["height"] <= below["y"]
