"""The back office by keyboard: a list, a filter, an edit that is refused, mended, saved."""

import pytest
from flask import Flask
from playwright.sync_api import Page, expect

from clinic.core.permissions import Role
from tests.admin.filling import Office, filled
from tests.browser.looking import assert_accessible, assert_fits, assert_no_csp_errors
from tests.browser.sizes import at_both_sizes
from tests.factories import staff


@pytest.fixture
def office(app: Flask) -> Office:
    with app.app_context():
        staff.member("Margot Ellery", Role.OWNER)
        return filled()


def enter(page: Page) -> None:
    page.goto("/sign-in")
    page.locator("[name=email]").fill(staff.address_of("Margot Ellery"))
    page.locator("[name=password]").fill(staff.PASSWORD)
    page.keyboard.press("Enter")
    page.wait_for_url(lambda address: "sign-in" not in address)


def looks_right(page: Page) -> None:
    assert_accessible(page)
    assert_no_csp_errors(page)
    assert_fits(page)


def reach(page: Page, selector: str, most: int = 60) -> None:
    """Press Tab until the focus is there, as somebody without a mouse does."""
    for _ in range(most):
        page.keyboard.press("Tab")
        if page.evaluate("s => document.activeElement.matches(s)", selector):
            return
    pytest.fail(f"Tab never reaches {selector}")


@at_both_sizes
def test_a_row_is_found_mended_and_saved_by_keyboard(page: Page, office: Office) -> None:
    enter(page)
    page.goto("/office/")
    looks_right(page)
    reach(page, "a.tile[href='/office/organisations/']")
    page.keyboard.press("Enter")
    page.wait_for_url("**/office/organisations/")
    looks_right(page)

    reach(page, ".listbar summary")
    page.keyboard.press("Enter")
    expect(page.get_by_label("Value")).to_be_visible()
    assert_accessible(page)
    reach(page, "#flt-val")
    page.keyboard.press("p")  # "Practice", by its first letter
    reach(page, ".filterform .btn--primary")
    page.keyboard.press("Enter")
    expect(page.locator(".filterchip")).to_contain_text("Kind is Practice")
    looks_right(page)

    reach(page, "a.rowlink")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("Northside Family Practice")
    looks_right(page)
    name = page.get_by_label("Name")
    reach(page, "#name")
    page.keyboard.press("Control+a")
    page.keyboard.press("Delete")
    page.keyboard.press("Enter")
    expect(page.locator(".errors")).to_be_focused()
    expect(page.locator("#name-e")).to_contain_text("Enter a name.")
    looks_right(page)

    page.keyboard.press("Tab")  # the summary leads to the field
    page.keyboard.press("Enter")
    name.press_sequentially("Northside Practice")
    page.keyboard.press("Enter")
    expect(page.locator(".toast")).to_have_text("Saved.")
    expect(page.locator("a.rowlink")).to_have_text("Northside Practice")
    expect(page.locator(".filterchip")).to_contain_text("Kind is Practice")
    looks_right(page)


@at_both_sizes
def test_several_rows_are_asked_about_before_they_change(page: Page, office: Office) -> None:
    enter(page)
    page.goto("/office/licences/")
    reach(page, "input[name=rowid]")
    page.keyboard.press("Space")
    expect(page.locator("[data-bulk-count]")).to_have_text("1 selected")
    looks_right(page)
    page.locator("[data-bulk] button[value=revoke]").focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("dialog")).to_contain_text("Take this away from today on?")
    assert_accessible(page)
    page.keyboard.press("Enter")  # "Keep as it is" has the focus
    expect(page.get_by_role("dialog")).to_be_hidden()
    expect(page.locator(".toast")).to_have_count(0)
    page.locator("[data-bulk] button[value=revoke]").focus()
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(page.locator(".toast")).to_have_text("Take away: 1 done.")


@at_both_sizes
def test_a_related_row_is_found_by_typing(page: Page, office: Office) -> None:
    enter(page)
    page.goto("/office/providers/new/")
    looks_right(page)
    page.get_by_label("Last name").fill("Okoro")
    page.get_by_role("combobox", name="Works at").press_sequentially("north")
    expect(page.locator(".lookup [role=option]")).to_have_text("Northside Family Practice")
    assert_accessible(page)
    page.keyboard.press("Enter")
    expect(page.get_by_role("combobox", name="Works at")).to_have_value("Northside Family Practice")
    page.keyboard.press("Enter")
    expect(page.locator(".toast")).to_have_text("Added.")
    expect(page.locator("a.rowlink", has_text="Okoro")).to_be_visible()
