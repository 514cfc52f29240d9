"""Outcomes and the plan in a real browser, at both sizes, in the dark, by keys."""

from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from playwright.sync_api import Page, expect

from clinic.core.transactions import transaction
from clinic.records.rules.measures import Subject, Taken
from clinic.records.rules.plans import Details, Goal, PlanPhase
from clinic.records.services import measures, notes, plans
from tests.browser.looking import assert_accessible, assert_fits
from tests.browser.sizes import at_both_sizes
from tests.factories import ready, records, staff
from tests.factories import scheduling as made

pytestmark = pytest.mark.browser
TURN = Subject("ROM", "NECK_ROTATION", "L")
PAIN = Subject("NPRS_NOW")
COURSE = ((41, 6, 4, 48, 53), (27, 6, 4, 50, 55), (13, 5, 3, 54, 60), (3, 4, 2, 60, 64))


def sign_in(app: Flask, page: Page, *, is_measured: bool = True) -> str:
    """A client in June Park's care, with some weeks of figures and a plan that runs."""
    with app.app_context():
        house = made.open_house()
        ready.history(house.client, house.treats)
        if is_measured:
            for back, *said in COURSE:
                take(house, back, *said)
            with transaction():
                plan = plans.write_plan(
                    house.client,
                    actor=house.treats,
                    details=Details(
                        complaint="Stiff neck",
                        goals=(
                            Goal("Check my blind spot without turning my whole body", TURN, 48, 70),
                            Goal("Work a day without pain", PAIN, 6, 2),
                        ),
                        phases=(PlanPhase("relief", 7, 4), PlanPhase("rebuild", 14, 4)),
                        next_step="Two more visits, then look again",
                    ),
                )
            with transaction():
                plans.agree_to_plan(plan, actor=house.treats)
        client = house.client.public_id
    page.goto("/sign-in")
    page.fill("[name=email]", staff.address_of("June Park"))
    page.fill("[name=password]", staff.PASSWORD)
    page.keyboard.press("Enter")
    page.wait_for_url(lambda url: "sign-in" not in url)
    return client


def take(house: made.House, back: int, pain: int, eased: int, turn: int, freed: int) -> None:
    with transaction():
        measures.take_readings(
            house.client,
            [
                Taken(PAIN, pain, "before"),
                Taken(PAIN, eased, "after"),
                Taken(TURN, turn, "before"),
                Taken(TURN, freed, "after"),
                Taken(Subject("SLEEP_HOURS"), round(5.3 + (42 - back) * 0.03, 1)),
            ],
            actor=house.treats,
            on=made.this_day() - timedelta(days=back),
        )


@at_both_sizes
def test_courses_are_drawn_and_can_be_read_as_tables(app: Flask, page: Page):
    client = sign_in(app, page)
    page.goto(f"/clients/{client}/outcomes?range=all")
    expect(page.locator("figure.course")).to_have_count(3)
    turn = page.locator("figure.course", has_text="Neck, turning, left")
    expect(turn).to_contain_text("12° better")
    turn.get_by_text("As a table").focus()
    page.keyboard.press("Enter")
    expect(turn.get_by_role("table")).to_contain_text("48°")
    assert_accessible(page)
    assert_fits(page)
    page.emulate_media(color_scheme="dark")
    assert_accessible(page)


@at_both_sizes
def test_a_figure_is_written_down_and_stands_in_its_course(app: Flask, page: Page):
    client = sign_in(app, page, is_measured=False)
    page.goto(f"/clients/{client}/outcomes")
    expect(page.get_by_text("Nothing has been measured yet")).to_be_visible()
    assert_accessible(page)
    page.goto(f"/clients/{client}/outcomes/new?group=movement")
    assert_accessible(page)
    assert_fits(page)
    page.select_option("#movement", "ROM:NECK_ROTATION:L")
    page.fill("#reached", "150")
    page.keyboard.press("Enter")
    expect(page.get_by_text("far more than usual")).to_be_visible()
    assert_accessible(page)
    page.fill("#reached", "50")
    page.get_by_role("button", name="Keep").click()
    expect(page.locator("figure.course")).to_contain_text("Neck, turning, left")
    assert_accessible(page)
    assert_fits(page)


@at_both_sizes
def test_a_plan_shows_goals_visits_and_figures_and_is_looked_at_again(app: Flask, page: Page):
    client = sign_in(app, page)
    page.goto(f"/clients/{client}/plan")
    expect(page.get_by_text("Check my blind spot without turning my whole body")).to_be_visible()
    expect(page.locator("progress").first).to_have_attribute("value", "55")
    assert_accessible(page)
    assert_fits(page)
    page.get_by_role("link", name="Review", exact=True).click()
    assert_accessible(page)
    assert_fits(page)
    page.fill("#found", "Turns further, less pain")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text("Turns further, less pain")).to_be_visible()
    page.get_by_role("link", name="Edit").first.click()
    expect(page.locator("#goal_1")).to_have_value(
        "Check my blind spot without turning my whole body"
    )
    assert_accessible(page)
    assert_fits(page)


@at_both_sizes
def test_movements_are_measured_inside_a_note(app: Flask, page: Page):
    with app.app_context():
        house = made.open_house()
        records.techniques()
        visit = records.begun(house)
        with transaction():
            notes.save_draft(
                visit, actor=house.treats, body=records.FULL, movements=[Taken(TURN, 48, "before")]
            )
        address = f"/visits/{visit.public_id}/note"
    page.goto("/sign-in")
    page.fill("[name=email]", staff.address_of("June Park"))
    page.fill("[name=password]", staff.PASSWORD)
    page.keyboard.press("Enter")
    page.wait_for_url(lambda url: "sign-in" not in url)
    page.goto(address)
    assert_accessible(page)
    assert_fits(page)
    page.get_by_label("Neck, turning, left, after").fill("60")
    expect(page.locator(".romtable")).to_contain_text("+12° better")
    page.get_by_role("button", name="Save draft").click()
    expect(page.locator("[data-state]")).to_contain_text("Draft saved")
    page.reload()
    expect(page.locator(".romtable")).to_contain_text("12° better")


@at_both_sizes
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_back_list_is_ticked_by_keys_and_drawn(app: Flask, page: Page, scheme: Any):
    page.emulate_media(color_scheme=scheme)
    client = sign_in(app, page)
    page.goto(f"/clients/{client}/outcomes/new?group=back")
    assert_fits(page)
    assert_accessible(page)
    page.get_by_label("I walk more slowly than usual because of my back.").focus()
    page.keyboard.press("Space")
    page.get_by_label("The therapist, reading it out").check()
    page.keyboard.press("Control+s")
    course = page.locator("figure.course", has_text="Roland-Morris questionnaire")
    expect(course.locator(".band")).to_have_count(1)
    course.get_by_text("As a table").click()
    expect(course).to_contain_text("ticked: 3")
    expect(course).to_contain_text("RMDQ-24 (1983)")
    assert_fits(page)
    assert_accessible(page)
