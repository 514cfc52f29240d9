"""An order is logged, its visits counted and its page used, with mouse, keys and axe."""

from types import SimpleNamespace

import pytest
from flask import Flask
from playwright.sync_api import Page, expect

from clinic.core.permissions import SYSTEM, Role
from clinic.core.transactions import transaction
from clinic.referrals import services
from tests.browser.looking import assert_accessible, assert_fits, assert_no_csp_errors
from tests.browser.sizes import at_both_sizes
from tests.factories import cases, clients, directory
from tests.factories import referrals as orders
from tests.factories import staff as people

pytestmark = pytest.mark.browser
LONG = "Bartholomew-Featherstonehaugh"


@pytest.fixture
def clinic(app: Flask) -> SimpleNamespace:
    """A receptionist, and orders in every state."""
    with app.app_context():
        people.set_up()
        people.member("Robin Vale", Role.RECEPTIONIST)
        orders.ready()
        provider = directory.provider(at=directory.organisation())
        order = orders.order(provider=provider, frequency="once a week", minutes=60)
        orders.visits(orders.allowance(order), "completed", "booked", "booked", "no_show")
        orders.order(clients.a_client(f"Maximilian {LONG}"), provider, urgency="emergency")
        over = orders.allowance(orders.order(clients.a_client("Omar Farouk"), provider), 1)
        orders.visits(over, "booked", "booked")
        gone = orders.order(clients.a_client("Ada Gone"), provider)
        with transaction():
            services.end(gone, actor=SYSTEM, why="Moved away")
        busy = orders.order(clients.a_client("Leila Haddad"), provider)
        case = cases.case_of(busy, "in_treatment", late=3, action="report",
                             first_visit_on=orders.FIRST)  # fmt: skip
        orders.visits(cases.allowed(case), "completed", "booked")
        cases.owed(case, late=3)
        for kind in ("received", "accepted", "booked", "first_visit"):
            cases.step(case, kind)
        cases.attempt(case, "left_message")
        return SimpleNamespace(
            order=f"/referrals/{order.public_id}",
            under_way=f"/referrals/{busy.public_id}",
            gone=gone.public_id,
        )


@pytest.fixture
def desk(page: Page, clinic: SimpleNamespace) -> Page:
    """The receptionist, signed in."""
    page.goto("/sign-in?next=/office/referrals/")
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
def test_every_page_of_orders_is_usable_by_everyone(desk: Page, clinic: SimpleNamespace):
    for path in (
        clinic.order, clinic.under_way, "/referrals/numbers", "/referrals/numbers/list?number=open",
        f"/referrals/{clinic.gone}", "/referrals/new", f"{clinic.order}/edit",
        f"{clinic.order}/authorise", f"{clinic.order}/end",
    ):  # fmt: skip
        desk.goto(path)
        looked_at(desk)


@at_both_sizes
def test_an_order_is_logged_with_the_keyboard(desk: Page):
    desk.goto("/office/referrals/")
    desk.get_by_role("link", name="Log referral").first.focus()
    desk.keyboard.press("Enter")
    choose(desk, "Client", "omar", "Omar Farouk")
    choose(desk, "Provider", "adeyemi", "Samuel Adeyemi")
    desk.get_by_label("Received on").fill("2026-08-03")
    desk.get_by_label("Reason").fill("Stiff neck")
    desk.get_by_label("Visits allowed").fill("8")
    desk.keyboard.press("Control+s")
    expect(desk.get_by_text("0 used, 0 booked, 8 left")).to_be_visible()
    expect(desk.get_by_text("Stiff neck")).to_have_count(0)
    looked_at(desk)


def choose(page: Page, label: str, typed: str, name: str) -> None:
    field = page.get_by_role("combobox", name=label)
    field.press_sequentially(typed, delay=20)
    expect(page.get_by_role("option", name=name)).to_be_visible()
    field.press("Enter")
    expect(field).to_have_value(name)


@at_both_sizes
def test_what_is_wrong_is_said_beside_the_field(desk: Page):
    desk.goto("/referrals/new")
    desk.get_by_label("How often").fill("twice a week")
    desk.get_by_role("button", name="Log referral").click()
    expect(desk.get_by_text("Choose a client from the list.")).to_be_visible()
    expect(desk.get_by_label("How often")).to_have_value("twice a week")
    looked_at(desk)


def test_a_referral_is_found_on_the_board_and_its_task_done(desk: Page):
    desk.goto("/office/referrals/")
    desk.get_by_role("searchbox").fill("leila")
    desk.keyboard.press("Enter")
    desk.get_by_role("link", name="Leila Haddad").click()
    expect(desk.get_by_text("3 days late")).to_be_visible()
    expect(desk.get_by_role("button", name="Write progress report")).to_be_visible()
    looked_at(desk)
