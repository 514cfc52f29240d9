"""What is to be done, in a real browser: by keyboard alone, at both sizes, and with axe."""

import re
from types import SimpleNamespace

import pytest
from flask import Flask
from playwright.sync_api import Page, expect

from clinic.core.permissions import Role
from tests.browser.looking import assert_accessible, assert_fits, assert_no_csp_errors
from tests.browser.sizes import at_both_sizes
from tests.factories import staff as people
from tests.factories import tasks as made
from tests.factories.clients import a_client
from tests.factories.directory import provider

pytestmark = pytest.mark.browser
LONG = "Maximilian Bartholomew-Featherstonehaugh"


@pytest.fixture
def clinic(app: Flask) -> SimpleNamespace:
    """A receptionist with late tasks, today's, and one that was put off."""
    with app.app_context():
        people.set_up()
        robin = people.member("Robin Vale", Role.RECEPTIONIST)
        people.member("Kim Sato", Role.RECEPTIONIST)
        about = f"provider:{provider().public_id}"
        made.task("contact_client", due=-3, client=a_client(), note="Try the work number.")
        made.task("letter_failed", due=-1, client=a_client(LONG), assignee=robin)
        made.task("update_directory", due=0, about=about)
        made.task("contact_client", due=5, client=a_client("Joan Whitlock"))
        made.in_state("snoozed", note="They are away.")
        return SimpleNamespace(later=made.day(9).isoformat())


@pytest.fixture
def desk(page: Page, clinic: SimpleNamespace) -> Page:
    page.goto("/sign-in?next=/tasks")
    page.get_by_label("E-mail").fill(people.address_of("Robin Vale"))
    page.locator("input[type=password]").fill(people.PASSWORD)
    page.keyboard.press("Enter")
    page.wait_for_url(lambda url: "sign-in" not in url)
    return page


def looked_at(page: Page) -> None:
    assert_accessible(page)
    assert_no_csp_errors(page)
    assert_fits(page)


@at_both_sizes
def test_the_pages_of_tasks_are_usable_by_everyone(desk: Page):
    for query in ("", "?whose=role", "?whose=all", "?whose=all&put_off=1", "?kind=other", "/new"):
        desk.goto(f"/tasks{query}")
        looked_at(desk)
    desk.goto("/tasks?whose=role")
    desk.locator(".todo summary").first.click()
    looked_at(desk)
    desk.locator("[data-row-link]").first.click()
    expect(desk.get_by_role("heading", name="It need not be done")).to_be_visible()
    looked_at(desk)


@at_both_sizes
def test_the_list_is_worked_through_by_keyboard(desk: Page, clinic: SimpleNamespace):
    desk.goto("/tasks?whose=role")
    desk.keyboard.press("j")
    expect(desk.locator(":focus")).to_have_text("Contact the client")
    desk.keyboard.press("j")
    expect(desk.locator(":focus")).to_have_text("Put the directory right")
    desk.keyboard.press("k")
    desk.keyboard.press("t")
    expect(desk.get_by_text("It is yours.")).to_be_visible()
    desk.goto("/tasks?whose=mine")
    expect(desk.locator("[data-row-link]")).to_have_text(
        ["Send a letter another way", "Contact the client"]
    )
    desk.keyboard.press("j")
    desk.keyboard.press("d")
    expect(desk.locator(":focus")).to_have_attribute("name", "outcome")
    desk.keyboard.type("Posted instead, jdkt.")
    desk.keyboard.press("Enter")
    expect(desk.get_by_text("Done.", exact=True)).to_be_visible()
    expect(desk.locator("[data-row-link]")).to_have_text(["Contact the client"])
    desk.keyboard.press("j")
    desk.keyboard.press("Enter")
    expect(desk.get_by_text("Try the work number.")).to_be_visible()


def test_put_off_handed_on_and_wrong_answers_keep_what_was_typed(
    desk: Page, clinic: SimpleNamespace
):
    desk.goto("/tasks?whose=role")
    desk.locator("[data-row-link]").first.click()
    desk.get_by_label("Why it waits").fill("They are away.")
    desk.get_by_role("button", name="Put it off").click()
    expect(desk.get_by_text("Choose a day to come.").first).to_be_visible()
    expect(desk.get_by_label("Why it waits")).to_have_value("They are away.")
    looked_at(desk)
    desk.get_by_label("Until").fill(clinic.later)
    desk.get_by_role("button", name="Put it off").click()
    expect(desk.get_by_text("Put off.", exact=True)).to_be_visible()
    expect(desk).to_have_url(re.compile("whose=role"))
    desk.locator("[data-row-link]").first.click()
    desk.get_by_label("Who does it").select_option("Kim Sato")
    desk.get_by_role("button", name="Hand it on").click()
    expect(desk.get_by_text("Handed on.")).to_be_visible()


@at_both_sizes
def test_the_start_pages_say_what_is_late(desk: Page):
    desk.goto("/day")
    summary = desk.locator("[data-pressing] summary")
    expect(summary).to_contain_text("2 tasks late")
    summary.click()
    expect(desk.locator("[data-pressing] li")).to_have_count(3)
    looked_at(desk)
    desk.goto("/office/")
    expect(desk.get_by_role("heading", name="To do today")).to_be_visible()
    looked_at(desk)


def test_the_board_says_what_is_late_and_the_rail_counts_it(desk: Page):
    desk.goto("/office/schedule/")
    expect(desk.locator("[data-pressing] summary")).to_contain_text("2 tasks late")
    desk.locator("[data-pressing] summary").click()
    looked_at(desk)
    count = desk.locator(".rail a", has_text="Tasks").locator("[data-count]")
    expect(count).to_have_text("3")
