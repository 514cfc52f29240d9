"""Booking in a real browser, at both sizes, with and without script."""

import re
from typing import Any

import pytest
from flask import Flask
from playwright.sync_api import Browser, Page, expect
from sqlalchemy import select

from clinic.catalogue.models import ServiceVariant
from clinic.clients.models import Client
from clinic.core.clock import from_epoch
from clinic.core.db import db
from clinic.core.permissions import SYSTEM, Role
from clinic.core.transactions import transaction
from clinic.scheduling import services
from clinic.scheduling.models import Hold, Visit
from clinic.staff.models import StaffMember
from tests.browser.looking import assert_accessible, assert_fits
from tests.browser.sizes import at_both_sizes
from tests.factories import catalogue, staff
from tests.factories import scheduling as made
from tests.factories.clients import a_client

pytestmark = pytest.mark.browser


def sign_in(app: Flask, page: Page) -> dict[str, str]:
    with app.app_context():
        house = made.open_house()
        catalogue.variant(90, 12000, of=house.variant.service)
        made.an_authorisation(house)
        staff.member("Hannah Doyle", Role.RECEPTIONIST)
        ids = {"client": house.client.public_id, "service": house.variant.service.public_id}
    page.goto("/sign-in")
    page.fill("[name=email]", staff.address_of("Hannah Doyle"))
    page.fill("[name=password]", staff.PASSWORD)
    page.keyboard.press("Enter")
    page.wait_for_url(lambda url: "sign-in" not in url)
    return ids


@at_both_sizes
def test_a_client_is_found_a_time_chosen_and_the_visit_booked(app: Flask, page: Page):
    sign_in(app, page)
    page.goto("/book")
    assert_accessible(page)
    page.fill("#client", "naka")
    page.get_by_role("option", name="Grace Nakamura").wait_for()
    page.keyboard.press("Enter")
    expect(page.get_by_role("link", name="Grace Nakamura")).to_be_visible()
    page.select_option("#service", label="Therapeutic")
    expect(page.get_by_text("Referral: 0 used, 0 booked, 8 left")).to_be_visible()
    page.fill("[name=note]", "Two pillows")
    page.get_by_label("90 min").check(force=True)
    expect(page.locator(".booking__price b")).to_have_text("$120.00")
    expect(page.locator("[name=note]")).to_have_value("Two pillows")
    page.locator(".slot").first.click()
    assert_accessible(page)
    assert_fits(page)
    page.get_by_role("button", name="Book", exact=True).click()
    page.wait_for_url("**/visits/*")
    expect(page.get_by_text("Two pillows")).to_be_visible()
    assert_accessible(page)
    assert_fits(page)


@at_both_sizes
def test_a_visit_is_checked_in_taken_back_and_cancelled(app: Flask, page: Page):
    ids = sign_in(app, page)
    page.goto(f"/book?client={ids['client']}&service={ids['service']}")
    page.locator(".slot").first.click()
    page.get_by_role("button", name="Book", exact=True).click()
    page.wait_for_url("**/visits/*")
    page.get_by_role("button", name="Check in").click()
    expect(page.get_by_role("button", name="Take back the last step")).to_be_visible()
    page.get_by_role("button", name="Take back the last step").click()
    page.get_by_role("button", name="Cancel the visit").click()
    expect(page.get_by_text("Cancelled").first).to_be_visible()
    assert_accessible(page)


@at_both_sizes
def test_a_new_caller_is_registered_from_booking_and_the_choice_is_kept(app: Flask, page: Page):
    ids = sign_in(app, page)
    page.goto("/book")
    page.select_option("#service", ids["service"])
    page.get_by_label("90 min").check(force=True)
    expect(page.locator(".booking__price b")).to_have_text("$120.00")
    page.fill("#client", "naka")  # the search still answers after the page was drawn anew
    page.get_by_role("option", name="Grace Nakamura").wait_for()
    page.fill("#client", "")
    page.get_by_role("button", name="Somebody new").click()
    page.wait_for_url("**/clients/new**")
    page.fill("[name=first_name]", "Walter")
    page.fill("[name=last_name]", "Brandt")
    page.fill("[name=birth_date]", "1958-02-14")
    page.fill("[name=phones-0-number]", "(555) 014-2276")
    page.get_by_role("button", name="Save client").click()
    page.wait_for_url("**/book**")
    expect(page.get_by_role("link", name="Walter Brandt")).to_be_visible()
    expect(page.locator(".booking__price b")).to_have_text("$120.00")


@at_both_sizes
def test_another_service_says_its_price_and_is_changed(app: Flask, page: Page):
    ids = sign_in(app, page)
    page.goto(f"/book?client={ids['client']}&service={ids['service']}")
    page.locator(".slot").first.click()
    page.get_by_role("button", name="Book", exact=True).click()
    page.wait_for_url("**/visits/*")
    expect(page.get_by_role("button", name="Show the price")).to_be_hidden()
    page.select_option("#variant", index=1)
    expect(page.locator("#service-sum")).to_contain_text("$120.00")
    assert_accessible(page)
    assert_fits(page)
    page.get_by_role("button", name="Change the service").click()
    expect(page.get_by_text("The service is changed.")).to_be_visible()
    expect(page.get_by_text("Therapeutic 90", exact=True)).to_be_visible()


def test_without_script_a_visit_is_booked_and_its_service_changed(
    app: Flask, browser: Browser, live_server: str
):
    context = browser.new_context(java_script_enabled=False, base_url=live_server)
    page = context.new_page()
    sign_in(app, page)
    page.goto("/book")
    page.fill("#client", "naka")
    page.get_by_role("button", name="Find").click()
    page.get_by_label("Grace Nakamura").check(force=True)
    page.select_option("#service", label="Therapeutic")
    page.get_by_role("button", name="Show times").last.click()
    expect(page.get_by_role("link", name="Grace Nakamura")).to_be_visible()
    page.locator(".slot").first.click()
    page.get_by_role("button", name="Book", exact=True).click()
    page.wait_for_url("**/visits/*")
    page.select_option("#variant", index=1)
    page.get_by_role("button", name="Show the price").click()
    expect(page.locator("#service-sum")).to_contain_text("$120.00")
    page.get_by_role("button", name="Change the service").click()
    expect(page.get_by_text("The service is changed.")).to_be_visible()
    context.close()


OPEN = "dialog.booking[open]"


def over_the_day(page: Page) -> None:
    """A page over which the dialog opens, as the board has it."""
    page.goto("/day")
    page.add_script_tag(url="/static/js/booking-dialog.js")


def ask_for_booking(page: Page) -> None:
    """What the key does where there is one, and the board's own button on a phone."""
    if (page.viewport_size or {})["width"] > 500:
        page.keyboard.press("n")
    else:
        page.evaluate("openBooking('/book')")


def came_before(app: Flask, days: int = 3) -> None:
    """The client has been here: an hour and a half with Ines Okafor."""
    with app.app_context():
        client = db.session.scalars(select(Client)).one()
        longer = db.session.scalars(select(ServiceVariant).filter_by(minutes=90)).one()
        ines, start = made.a_therapist("Ines Okafor"), made.at(10, days=days)
        with transaction():
            services.book(
                actor=SYSTEM, client=client, variant=longer, therapist=ines, starts_at=start
            )


@at_both_sizes
def test_a_known_client_is_booked_by_three_keys(app: Flask, page: Page):
    sign_in(app, page)
    came_before(app)
    over_the_day(page)
    ask_for_booking(page)  # one
    page.locator(f"{OPEN} #bk-client").wait_for()
    expect(page.locator("#bk-client")).to_be_focused()
    page.keyboard.type("naka")
    page.get_by_role("option", name="Grace Nakamura").wait_for()
    page.keyboard.press("Enter")  # two
    expect(page.get_by_text("The same as on")).to_be_visible()
    expect(page.get_by_label("90 min")).to_be_checked()
    expect(page.locator("[name=therapist]:checked + label")).to_contain_text("Ines Okafor")
    picked = page.locator("[name=opening]:checked")
    expect(picked).to_be_focused()
    expect(page.locator("[data-picked]")).to_contain_text("Ines Okafor")
    assert_accessible(page)
    assert_fits(page)
    page.evaluate("document.addEventListener('clinic:booked', (e) => (window.heard = e.detail))")
    page.keyboard.press("Enter")  # three
    expect(page.locator(".toast")).to_contain_text("Grace Nakamura is booked")
    expect(page.locator(OPEN)).to_have_count(0)
    visit = page.evaluate("window.heard.visit")
    page.goto(f"/visits/{visit}")
    expect(page.get_by_text("Therapeutic 90", exact=True)).to_be_visible()


@at_both_sizes
def test_a_new_caller_is_booked_by_nine_actions_at_most(app: Flask, page: Page):
    sign_in(app, page)
    over_the_day(page)
    actions = 0

    def act(do: Any, *what: Any) -> None:
        nonlocal actions
        actions += 1
        do(*what)

    act(ask_for_booking, page)
    page.locator(f"{OPEN} #bk-client").wait_for()
    act(page.get_by_role("button", name="Somebody new").click)
    page.wait_for_url("**/clients/new**")
    page.fill("[name=first_name]", "Walter")
    page.fill("[name=last_name]", "Brandt")
    page.fill("[name=birth_date]", "1958-02-14")
    page.fill("[name=phones-0-number]", "(555) 014-2276")
    act(page.keyboard.press, "Control+s")
    page.wait_for_url("**/book**")
    act(page.select_option, "#service", "Therapeutic")
    expect(page.locator("[name=opening]:checked")).to_have_count(1)
    act(page.keyboard.press, "Control+s")
    page.wait_for_url("**/day**")
    assert actions <= 9
    with app.app_context():
        assert db.session.scalars(select(Visit)).one().client.name == "Walter Brandt"


def test_the_dialog_gives_the_focus_back_and_keeps_refusals_inside(app: Flask, page: Page):
    ids = sign_in(app, page)
    over_the_day(page)
    opener = page.get_by_role("link", name="New booking").first
    opener.focus()
    page.keyboard.press("Enter")
    page.locator(OPEN).wait_for()
    page.keyboard.press("Escape")
    expect(page.locator(OPEN)).to_have_count(0)
    expect(opener).to_be_focused()
    page.evaluate(f"openBooking('/book?client={ids['client']}&service={ids['service']}')")
    first = page.locator(f"{OPEN} [name=opening]").first
    first.wait_for()
    with app.app_context():
        at = int(page.locator("[name=opening]:checked").get_attribute("value").split(".")[0])
        omar = a_client("Omar Haddad")
        variant = db.session.scalars(select(ServiceVariant).filter_by(minutes=60)).one()
        june = db.session.scalars(select(StaffMember).filter_by(name="June Park")).one()
        with transaction():
            services.book(
                actor=SYSTEM, client=omar, variant=variant, therapist=june,
                starts_at=from_epoch(at), source="walk_in",
            )  # fmt: skip
    page.fill(f"{OPEN} [name=note]", "Two pillows")
    page.locator(f"{OPEN} [name=book]").click()
    expect(page.get_by_text("That time is taken. The next free ones:")).to_be_visible()
    expect(page.locator(f"{OPEN} [name=note]")).to_have_value("Two pillows")
    assert_accessible(page)
    page.locator(f"{OPEN} [name=instead]").first.click()
    expect(page.locator(".toast")).to_contain_text("Grace Nakamura is booked")


def test_three_clicks_narrow_the_times_to_three_days_after_four_with_a_woman(
    app: Flask, page: Page
):
    ids = sign_in(app, page)
    with app.app_context():
        person = made.a_therapist("Ines Okafor")
        with transaction() as session, made.writing("test", made.SYSTEM):
            session.get_one(StaffMember, person.id).gender = "female"
            session.flush()
    page.goto(f"/book?client={ids['client']}&service={ids['service']}")
    for choice in ("3 days", "16:00", "Female"):
        with page.expect_response("**/book"):
            page.get_by_label(choice, exact=True).click(force=True)
    expect(page.locator(".slots__day")).to_have_count(3)
    expect(page.locator(".slot", has_text="June Park")).to_have_count(0)
    assert all(hour >= "16:00" for hour in page.locator(".slot b").all_text_contents())


def test_a_gap_of_the_board_gives_therapist_time_and_length(app: Flask, page: Page):
    ids = sign_in(app, page)
    came_before(app)
    with app.app_context():
        june = db.session.scalars(select(StaffMember).filter_by(name="June Park")).one().public_id
        on = made.day(2)
    over_the_day(page)
    page.evaluate(f"openBooking('/book?on={on}&time=14:15&therapist={june}&minutes=60')")
    page.locator(f"{OPEN} #bk-client").fill("naka")
    page.get_by_role("option", name="Grace Nakamura").wait_for()
    page.keyboard.press("Enter")
    expect(page.locator("[data-picked]")).to_contain_text("14:15 · June Park")
    expect(page.get_by_label("60 min")).to_be_checked()
    assert ids


def test_a_time_is_kept_for_a_caller_let_go_and_booked(app: Flask, page: Page):
    ids = sign_in(app, page)
    page.goto(f"/book?client={ids['client']}&service={ids['service']}")
    page.get_by_role("button", name="Keep for 5 minutes").click()
    expect(page.locator("[data-left]")).to_contain_text(re.compile(r"Kept for you, [45]:\d\d left"))
    assert_accessible(page)
    picked = page.locator("[data-picked]").text_content()
    page.get_by_role("button", name="Let go").click()
    page.get_by_role("button", name="Keep for 5 minutes").click()
    expect(page.locator("[data-left]")).to_be_visible()
    expect(page.locator("[data-picked]")).to_have_text(picked or "")
    page.get_by_role("button", name="Book", exact=True).click()
    page.wait_for_url("**/visits/*")
    with app.app_context():
        assert db.session.scalars(select(Hold)).all() == []


@at_both_sizes
def test_a_couple_is_booked_in_one_room_and_moved_together(app: Flask, page: Page):
    ids = sign_in(app, page)
    with app.app_context():
        made.a_therapist("Ines Okafor")
        a_client("Omar Haddad")
        made.a_room_for_two()
    page.goto(f"/book?client={ids['client']}&service={ids['service']}")
    page.get_by_role("button", name="Together").click()
    page.wait_for_url("**/book/together**")
    assert_accessible(page)
    page.fill("#client-1", "omar")
    page.get_by_role("option", name="Omar Haddad").wait_for()
    page.keyboard.press("Enter")
    expect(page.locator(".picked")).to_have_count(2)
    expect(page.locator("#variant-1")).to_be_focused()
    for number in (0, 1):
        with page.expect_response("**/book/together"):
            page.select_option(f"#variant-{number}", label="Therapeutic 60 · $85")
    expect(page.locator(".slot").first).to_contain_text("Garden")
    assert_accessible(page)
    assert_fits(page)
    page.get_by_role("button", name="Book all").click()
    page.wait_for_url("**/groups/*")
    expect(page.get_by_text("All are booked.")).to_be_visible()
    assert_accessible(page)
    assert_fits(page)
    page.locator("#move .choice").first.click()
    expect(page.get_by_text("All are moved.")).to_be_visible()
    with app.app_context():
        visits = db.session.scalars(select(Visit)).all()
        assert len({one.starts_at for one in visits}) == 1
        assert {one.place.room.name for one in visits} == {"Garden"}
