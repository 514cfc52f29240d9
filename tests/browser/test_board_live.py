"""The board at two desks, on a phone, for everybody, and when the line is down."""

import pytest
from flask import Flask
from playwright.sync_api import Browser, Page, expect

from tests.browser.boards import Day, a_day, card, carry, opened_board, sign_in
from tests.browser.chromium import opened, witness_of
from tests.browser.looking import assert_accessible, assert_fits
from tests.browser.sizes import at_both_sizes, on_a_phone

pytestmark = pytest.mark.browser
_SWIPE = """() => {
  const target = document.getElementById("board");
  const touch = (clientX) => [new Touch({ identifier: 1, target, clientX, clientY: 400 })];
  const send = (name, more) =>
    target.dispatchEvent(new TouchEvent(name, { bubbles: true, ...more }));
  send("touchstart", { touches: touch(300) });
  send("touchend", { changedTouches: touch(120) });
}"""


@pytest.fixture
def day(app: Flask) -> Day:
    return a_day(app)


def test_two_desks_see_each_other_and_neither_overwrites_the_other(
    browser: Browser, page: Page, live_server: str, day: Day
):
    opened_board(page, f"{day.path}&visit={day.visits['Chidi Eze']}")
    card(page, "Noah Petrov").focus()
    with opened(browser, live_server) as other:
        opened_board(other, day.path, "Olga Reed")
        carry(other, "June Park", "10:00", "June Park", "15:00")
        expect(card(page, "Chidi Eze")).to_contain_text("15:00 Therapeutic", timeout=4000)
        expect(page.locator("#panel")).to_contain_text("15:00–16:00")
        expect(card(page, "Noah Petrov")).to_be_focused()
        # The other desk is cut off, and drags what has been moved meanwhile.
        other.route("**/office/schedule/feed*", lambda route: route.abort())
        expect(other.get_by_text("No connection. Times may be old.")).to_be_visible()
        carry(page, "Priya Raman", "14:00", "Priya Raman", "16:00")
        expect(card(page, "Sofia Marchetti")).to_contain_text("16:00 Therapeutic")
        carry(other, "Priya Raman", "14:00", "Priya Raman", "09:00")
        stale = other.get_by_role("alertdialog", name="Somebody changed this visit meanwhile")
        expect(stale.get_by_role("columnheader", name="As Robin Vale left it")).to_be_visible()
        expect(stale.get_by_role("row", name="Starts")).to_contain_text("16:00")
        other.unroute("**/office/schedule/feed*")
        stale.get_by_role("button", name="Show the newest").click()
        expect(card(other, "Sofia Marchetti")).to_contain_text("16:00 Therapeutic")
        assert not witness_of(other).complaints()


@at_both_sizes
def test_every_view_is_fit_to_be_used(page: Page, day: Day):
    opened_board(page, f"{day.path}&visit={day.visits['Chidi Eze']}")
    page.locator("#panel h2").wait_for()
    assert_accessible(page)
    assert_fits(page)
    for view in ("week", "rooms"):
        page.goto(f"{day.path}&view={view}")
        page.locator("#board.is-ready").wait_for()
        assert_accessible(page)
        assert_fits(page)
    page.emulate_media(color_scheme="dark")
    page.set_viewport_size({"width": 320, "height": 640})
    page.goto(day.path)
    page.locator("#board.is-ready").wait_for()
    assert_accessible(page)
    assert_fits(page)


@on_a_phone
def test_a_phone_shows_one_therapist_and_a_swipe_turns_the_day(page: Page, day: Day):
    opened_board(page, day.path)
    expect(card(page, "Chidi Eze")).to_have_count(0)
    picker = page.get_by_role("group", name="Therapist")
    picker.get_by_role("button", name="June").click()
    expect(card(page, "Chidi Eze")).to_be_visible()
    expect(card(page, "Leila Haddad")).to_have_count(0)
    june = page.url
    with page.expect_navigation():
        page.evaluate(_SWIPE)
    assert page.url != june
    expect(page.get_by_role("button", name="June")).to_have_attribute("aria-current", "true")


def test_without_script_the_board_leads_to_the_list(browser: Browser, live_server: str, day: Day):
    context = browser.new_context(java_script_enabled=False, base_url=live_server)
    page = context.new_page()
    sign_in(page)
    page.goto(day.path)
    page.get_by_role("link", name="See the same day as a list").click()
    expect(page.get_by_role("link", name="Chidi Eze")).to_be_visible()
    context.close()
