"""A referral from the order that comes in to the closed loop, as one journey.

The visits are booked on the screen; that six of them are had is the services' own doing, each
at its own hour, and two are called off. Then the clock stands after the sixth.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from types import SimpleNamespace

import pytest
import time_machine
from flask import Flask
from playwright.sync_api import Page, expect
from sqlalchemy import select

from clinic.clients.models import Client
from clinic.core.clock import now
from clinic.core.db import db
from clinic.core.permissions import SYSTEM
from clinic.letters.models import Dispatch, LetterVersion
from clinic.scheduling import services as scheduling
from clinic.scheduling.models import Visit
from clinic.tasks.models import Task
from tests.browser.looking import assert_accessible, assert_fits, assert_no_csp_errors
from tests.browser.test_journey import Hands, pick
from tests.factories import directory, health
from tests.factories import scheduling as made
from tests.factories import staff as people
from tests.factories.files import a_pdf
from tests.factories.ready import ready

pytestmark = pytest.mark.browser
MOST_ACTIONS = 10
"""From the board to an accepted referral with its scan."""
HER = "June Park"


@pytest.fixture
def clinic(app: Flask) -> SimpleNamespace:
    """A therapist who looks after her own referrals, a client, a provider with a fax."""
    with app.app_context():
        house = made.open_house()
        ready(house)
        place = directory.organisation()
        directory.provider(at=place, fax="+13125550143")
        return SimpleNamespace(
            house=house,
            client=house.client.public_id,
            service=house.variant.service.public_id,
            first=made.day().isoformat(),
        )


def sign_in(page: Page) -> None:
    page.context.clear_cookies()
    page.goto("/sign-in")
    page.locator("#email").fill(people.address_of(HER))
    page.locator("#password").fill(people.PASSWORD)
    page.keyboard.press("Enter")
    page.wait_for_url(lambda url: "sign-in" not in url)


def looks_right(page: Page) -> None:
    assert_accessible(page)
    assert_no_csp_errors(page)
    assert_fits(page)


def order_comes_in(page: Page) -> str:
    """Logged with its scan and accepted, in few actions; the address of its page."""
    page.goto("/office/referrals/")
    hands = Hands(page)
    hands.click(page.get_by_role("link", name="Log referral").first)
    for label, typed, name in (
        ("Client", "nakamura", "Grace Nakamura"), ("Provider", "adeyemi", "Samuel Adeyemi"),
    ):  # fmt: skip
        hands.actions += 1
        pick(page, label, typed, name)
    hands.actions += 1
    scan = {"name": "order.pdf", "mimeType": "application/pdf", "buffer": a_pdf()}
    page.locator("input[type=file]").set_input_files(scan)
    page.get_by_label("Reason").fill("Stiff neck since the fall")
    page.get_by_label("Visits allowed").fill("8")
    hands.press("Control+s")
    page.wait_for_url(lambda url: not url.endswith("/new"))
    expect(page.get_by_text("0 used, 0 booked, 8 left")).to_be_visible()
    order = page.url
    hands.click(page.get_by_role("link", name="Accept", exact=True))
    hands.click(page.locator("[name=is_in_scope]"))
    hands.press("Control+s")
    page.wait_for_url(order)
    expect(page.get_by_text("Contact the client").first).to_be_visible()
    print(f"\nan order with its scan, accepted: {hands.actions} actions")
    assert hands.actions <= MOST_ACTIONS
    looks_right(page)
    return order


def book_eight(page: Page, clinic: SimpleNamespace) -> None:
    asked = f"client={clinic.client}&service={clinic.service}&on={clinic.first}&time=10:00"
    page.goto(f"/series/new?{asked}")
    page.get_by_role("button", name="Referral plan").click()
    expect(page.locator(".datecard")).to_have_count(8)
    page.get_by_label("Use the referral").check()
    page.get_by_role("button", name="Book 8 visits").click()
    expect(page.get_by_text("0 done, 8 booked, 0 to book")).to_be_visible()


def visits() -> list[Visit]:
    found = db.session.scalars(select(Visit).where(Visit.authorisation_id.is_not(None))).unique()
    return sorted(found, key=lambda visit: visit.starts_at)


def six_are_had(clinic: SimpleNamespace) -> None:
    """Each at its hour; the last two are called off in time."""
    for visit in visits()[:6]:
        with time_machine.travel(visit.starts_at, tick=True):
            health.filled(db.session.get_one(Client, visit.client_id), "check", on=visit.on_date)
            for verb in ("check_in", "start", "finish"):
                made.done(getattr(scheduling, verb), visit, SYSTEM)
    for visit in visits()[6:]:
        made.done(scheduling.cancel, visit, SYSTEM)


@contextmanager
def after_the_sixth(app: Flask) -> Iterator[None]:
    with app.app_context():
        moment = visits()[5].starts_at + timedelta(hours=3)
    with time_machine.travel(moment, tick=True):
        yield


def discharge(page: Page, order: str) -> None:
    page.goto(order)
    expect(page.get_by_text("6 used, 0 booked, 2 left")).to_be_visible()
    page.get_by_role("link", name="Discharge", exact=True).click()
    page.locator("[name=outcome]").select_option("goals_met")
    page.keyboard.press("Control+s")
    page.wait_for_url(order)


def report_goes_out(page: Page, order: str) -> None:
    """Drafted from the record, stopped for want of a consent, then given, approved, faxed."""
    page.get_by_role("button", name="Write the report").click()
    page.wait_for_url("**/letters/**/edit")
    looks_right(page)
    page.keyboard.press("Control+s")
    page.wait_for_url(lambda url: not url.endswith("/edit"))
    expect(page.get_by_text("Consent to share is missing")).to_be_visible()
    page.get_by_role("button", name="Approve").click()
    page.get_by_role("link", name="Send", exact=True).click()
    page.get_by_role("radio", name="Fax", exact=True).check(force=True)
    page.keyboard.press("Control+s")
    expect(page.get_by_text("Ask for it first.")).to_be_visible()
    page.get_by_role("link", name="Ask for consent").click()
    page.get_by_label("Name", exact=False).last.fill("Grace Nakamura")
    page.keyboard.press("Control+s")
    expect(page.get_by_text("Covered")).to_be_visible()
    page.get_by_role("link", name="Send", exact=True).click()
    page.get_by_role("radio", name="Fax", exact=True).check(force=True)
    page.keyboard.press("Control+s")
    page.get_by_label("Number it went to").fill("+1 312 555 0143")
    page.keyboard.press("Control+s")
    page.get_by_role("link", name="They say it came").click()
    page.get_by_label("Who said so").fill("June Bell")
    page.keyboard.press("Control+s")
    expect(page.get_by_text("June Bell")).to_be_visible()
    looks_right(page)
    page.goto(order)
    expect(page.get_by_text("acknowledged", exact=True).first).to_be_visible()
    looks_right(page)


def finish_tasks(page: Page, order: str) -> int:
    """What is still to do about it is done at one click and a word each."""
    done = 0
    page.goto(order)
    while page.locator(".todolist [data-row-done]").count():
        page.locator(".todolist [data-row-done]").first.click()
        page.locator(".todolist details[open] input[name=outcome]").fill("Seen to")
        page.locator(".todolist details[open] button").click()
        page.wait_for_load_state()
        done += 1
        assert done < 9
    return done


def test_a_referral_goes_from_the_order_to_the_closed_loop(
    app: Flask, page: Page, clinic: SimpleNamespace
):
    sign_in(page)
    order = order_comes_in(page)
    book_eight(page, clinic)
    page.goto(order)
    expect(page.get_by_text("0 used, 8 booked, 0 left")).to_be_visible()
    expect(page.get_by_text("first visit booked").first).to_be_visible()
    with app.app_context():
        six_are_had(clinic)
    with after_the_sixth(app):
        sign_in(page)
        discharge(page, order)
        report_goes_out(page, order)
        finish_tasks(page, order)
        page.goto(order)
        page.get_by_role("link", name="Close", exact=True).click()
        page.keyboard.press("Control+s")
        page.wait_for_url(order)
        expect(page.get_by_text("closed").first).to_be_visible()
        looks_right(page)
        page.goto("/office/referrals/?show=ended")
        expect(page.get_by_role("link", name="Grace Nakamura")).to_be_visible()
    with app.app_context():
        assert db.session.scalar(select(Dispatch.consent_id).where(Dispatch.channel == "fax"))
        assert db.session.scalars(select(LetterVersion)).all()
        assert now() is not None
        live = select(Task).where(Task.about.startswith("referral:"), Task.closed_at.is_(None))
        assert db.session.scalars(live).all() == []
