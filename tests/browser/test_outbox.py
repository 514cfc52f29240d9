"""The outbox in a browser, large and small."""

from datetime import timedelta

from flask import Flask
from playwright.sync_api import Page, expect

from clinic.core.clock import now, rehearsed
from clinic.core.permissions import Role
from clinic.messages.services import Undelivered, run
from clinic.practice.rules import OUTBOX, SWEEP
from clinic.practice.services import beat
from tests.browser.looking import assert_accessible, assert_fits, assert_no_csp_errors
from tests.browser.sizes import at_both_sizes
from tests.factories import staff as people
from tests.factories.messages import Pocket, a_message


def enter(page: Page, app: Flask) -> None:
    with app.app_context():
        people.set_up()
        person = people.member("Margot Ellery", Role.RECEPTIONIST).email
    page.goto("/sign-in")
    page.locator("[name=email]").fill(person)
    page.locator("[name=password]").fill(people.PASSWORD)
    page.keyboard.press("Enter")
    page.wait_for_url(lambda url: "sign-in" not in url)


def look(page: Page) -> None:
    assert_accessible(page)
    assert_no_csp_errors(page)
    assert_fits(page)


@at_both_sizes
def test_a_letter_that_was_given_up_is_tried_again(page: Page, app: Flask) -> None:
    enter(page, app)
    page.goto("/messages")
    expect(page.get_by_text("Nothing has been sent by e-mail yet")).to_be_visible()
    look(page)
    with app.app_context():
        a_message(kind="letter", to="nobody@northside.example")
        run(transport=Pocket(Undelivered("address", is_final=True)))
        a_message(kind="letter")
        with rehearsed(now() - timedelta(hours=27)), beat(SWEEP), beat(OUTBOX):
            pass
    page.goto("/messages")
    expect(page.get_by_text("Nightly sweep is overdue")).to_be_visible()
    expect(page.get_by_text("The mail server does not know this address.")).to_be_visible()
    look(page)
    page.get_by_role("link", name="Not delivered").click()
    page.get_by_role("link", name="Letter", exact=True).click()
    expect(page.get_by_text("nobody@northside.example")).to_be_visible()
    look(page)
    page.get_by_role("button", name="Try again").click()
    expect(page.get_by_role("button", name="Call it back")).to_be_visible()
    look(page)
    page.get_by_role("button", name="Call it back").click()
    expect(page.get_by_text("Withdrawn", exact=True)).to_be_visible()


@at_both_sizes
def test_the_office_says_when_its_machinery_last_ran(page: Page, app: Flask) -> None:
    enter(page, app)
    with app.app_context(), beat(SWEEP):
        pass
    page.goto("/office/")
    expect(
        page.get_by_role("list", name="When the clinic’s own machinery last ran")
    ).to_be_visible()
    look(page)
