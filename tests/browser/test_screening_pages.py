"""Rules are read and changed, a hold is asked and cleared: with mouse, keys and axe."""

from types import SimpleNamespace

import pytest
from flask import Flask
from playwright.sync_api import Page, expect

from clinic.catalogue.services import stock_starter
from clinic.core.permissions import SYSTEM, Role
from clinic.core.transactions import transaction
from clinic.health.services.clearing import ask_clearance
from clinic.health.services.deciding import decide
from clinic.health.services.rules import change_rule
from clinic.staff.queries import actor_of
from tests.browser.looking import assert_accessible, assert_fits, assert_no_csp_errors
from tests.browser.sizes import at_both_sizes
from tests.factories import clients, directory, health
from tests.factories import screening as made
from tests.factories import staff as people

pytestmark = pytest.mark.browser


@pytest.fixture
def clinic(app: Flask) -> SimpleNamespace:
    """A client who is held, one who is stopped, and rules of which one was changed."""
    with app.app_context():
        people.set_up()
        with transaction():
            stock_starter(actor=SYSTEM)
        ines = actor_of(people.member("Ines Okafor", Role.THERAPIST))
        owner = actor_of(people.member("Olga Reed", Role.OWNER))
        people.member("Robin Vale", Role.RECEPTIONIST)
        who = clients.a_client()
        made.treat(who, ines)
        health.filled(who, on=made.today())
        made.know(who, made.LOW_PLATELETS, made.FIBROMYALGIA, made.CLOT, made.LATEX)
        made.know(who, made.CANCER, source="import", is_reviewed=False)
        doctor = directory.provider()
        soft = made.hit_of(who, "FIBROMYALGIA")
        new = clients.a_client("Omar Farouk")
        made.treat(new, ines)
        kinder = {"why": "Kinder words.", "action": "Send them home, kindly."}
        with transaction():
            change_rule("FEVER", actor=owner, effective_from=made.tomorrow(), **kinder)
        with transaction():
            decide(who, "FIBROMYALGIA", "adjusted", actor=ines, inputs=soft.inputs, text="Lighter.")
        with transaction():
            asked = ask_clearance(who, ["CANCER_ACTIVE"], actor=ines, provider=doctor)
        return SimpleNamespace(
            path=f"/clients/{who.public_id}/health",
            new=f"/clients/{new.public_id}/health",
            asked=f"/screening/clearances/{asked.public_id}",
        )


def enter(page: Page, name: str) -> Page:
    """Sign somebody in."""
    page.goto("/sign-in?next=/account")
    page.get_by_label("E-mail").fill(people.address_of(name))
    page.locator("input[type=password]").fill(people.PASSWORD)
    page.keyboard.press("Enter")
    page.wait_for_url(lambda url: "sign-in" not in url)
    return page


def looked_at(page: Page) -> None:
    assert_accessible(page)
    assert_no_csp_errors(page)
    assert_fits(page)


@at_both_sizes
def test_a_therapist_uses_every_page_of_screening(page: Page, clinic: SimpleNamespace) -> None:
    enter(page, "Ines Okafor")
    for path in (
        clinic.path, clinic.new, made.found(clinic.path, "THROMBOCYTOPENIA"),
        made.found(clinic.path, "DVT_ACTIVE"), made.found(clinic.path, "FIBROMYALGIA"),
        made.found(clinic.new, "OLDER_FRAIL"), clinic.asked, f"{clinic.asked}/withdraw",
        f"{clinic.asked}/provider",
        "/screening", "/screening/clearances", "/screening/rules",
        "/screening/rules?q=nothing+like+it", "/screening/rules/CANCER_ACTIVE",
    ):  # fmt: skip
        page.goto(path)
        looked_at(page)


@at_both_sizes
def test_the_desk_and_the_owner_use_theirs(page: Page, clinic: SimpleNamespace) -> None:
    enter(page, "Olga Reed")
    for path in ("/screening/rules", "/screening/rules/FEVER", "/screening/rules/FEVER/change",
                 clinic.path, "/screening/clearances"):  # fmt: skip
        page.goto(path)
        looked_at(page)


@at_both_sizes
def test_a_hold_is_asked_and_cleared_with_limits(page: Page, clinic: SimpleNamespace) -> None:
    enter(page, "Ines Okafor")
    page.goto(clinic.path)
    page.get_by_role("button", name="Ask the provider").first.click()
    looked_at(page)
    page.get_by_role("combobox", name="Provider").fill("Adey")
    page.get_by_role("option", name="Adeyemi").click()
    expect(page.get_by_text("is to be asked.")).to_be_visible()
    looked_at(page)  # the letter that asks; here the provider answers before it leaves
    page.get_by_role("link", name="What waits for the answer").click()
    expect(page.get_by_text("Waiting for an answer")).to_be_visible()
    page.get_by_label("Cleared, with the limits below").check()
    page.get_by_label("Who answered").fill("Dr Adeyemi")
    page.get_by_label("What was said").fill("Light work is fine for now.")
    page.get_by_label("Highest pressure").select_option("2")
    page.get_by_label("Longest session").fill("45")
    looked_at(page)
    page.keyboard.press("Control+s")
    expect(page.get_by_text("The answer is kept.")).to_be_visible()
    expect(page.get_by_text("Cleared with limits").first).to_be_visible()
    expect(page.get_by_text("45 minutes").first).to_be_visible()
    looked_at(page)


@at_both_sizes
def test_an_owner_changes_a_rule_and_what_is_wrong_is_said(
    page: Page, clinic: SimpleNamespace
) -> None:
    enter(page, "Olga Reed")
    page.goto("/screening/rules/DIABETES/change")
    page.get_by_label("When it is hit").fill("condition(DRAGON_POX)")
    page.get_by_label("Reason").fill("Trying it out.")
    page.keyboard.press("Control+s")
    expect(page.get_by_text("DRAGON_POX").first).to_be_visible()
    expect(page.get_by_label("Reason")).to_have_value("Trying it out.")
    looked_at(page)
    page.get_by_label("When it is hit").fill("condition(DIABETES) | answer(frail)")
    page.keyboard.press("Control+s")
    expect(page.get_by_text("The rule is changed.")).to_be_visible()
    expect(page.get_by_text("Trying it out.")).to_be_visible()
    looked_at(page)


def test_one_tap_and_one_decision_by_keyboard(page: Page, clinic: SimpleNamespace) -> None:
    enter(page, "Ines Okafor")
    page.goto(clinic.path)
    page.get_by_role("button", name="Take back").first.focus()
    page.keyboard.press("Enter")
    expect(page.get_by_text("The rule is open again.")).to_be_visible()
    page.get_by_role("button", name="Adjusted").first.focus()
    page.keyboard.press("Enter")
    expect(page.get_by_text("Marked as adjusted.")).to_be_visible()
    page.goto(made.found(clinic.path, "DVT_ACTIVE"))
    page.get_by_label("Shown not to apply").focus()
    page.keyboard.press("Space")
    page.get_by_label("What shows it").select_option("conversation")
    page.get_by_label("In your words").fill("Her doctor ruled it out.")
    page.keyboard.press("Control+s")
    expect(page.get_by_text("Kept.", exact=True)).to_be_visible()
    expect(page.get_by_text("A rule stops every session")).to_have_count(0)
