"""The day as people use it: both sizes, by keyboard, without a fault."""

import os
import re

import pytest
from flask import Flask
from playwright.sync_api import Page, expect

from clinic.core.permissions import SYSTEM
from clinic.core.transactions import transaction
from clinic.scheduling import services as scheduling
from clinic.timetable import services as timetable
from tests.browser.looking import assert_accessible, assert_fits
from tests.browser.sizes import at_both_sizes, on_a_phone
from tests.factories import catalogue, staff
from tests.factories import scheduling as made
from tests.factories.clients import a_client
from tests.factories.ready import ready

pytestmark = pytest.mark.browser

PEOPLE = ("Ines Okafor", "Tomás Reyes", "June Park", "Dariusz Wolak", "Priya Raman")
SERVICES = (
    ("THERAPEUTIC", "therapeutic"),
    ("DEEP_TISSUE", "deep"),
    ("PRENATAL", "prenatal"),
    ("LYMPHATIC", "lymphatic"),
    ("RELAXATION", "relaxation"),
)


@pytest.fixture
def clinic(app: Flask) -> str:
    """Five therapists, three visits each today, one in each state that a day can show."""
    with app.app_context():
        house = made.open_house()
        visits = []
        for number, (name, (code, family)) in enumerate(zip(PEOPLE, SERVICES, strict=True)):
            person = (
                house.therapist
                if name == "June Park"
                else made.a_therapist(name, hours=(480, 1080))
            )
            variant = catalogue.variant(code="S" + code, family=family, name=code.replace("_", " "))
            made.a_place(f"T{number}", number)
            for hour in (9, 13, 15):
                client = a_client(f"Guest {name.split()[0]} {hour}")
                visits.append(
                    made.book(
                        house,
                        made.at(hour, days=0),
                        therapist=person,
                        variant=variant,
                        client=client,
                        source="walk_in",
                    )
                )
        for visit, verbs in zip(
            visits, (("check_in", "start", "finish"), ("check_in",), ("confirm",)), strict=False
        ):
            if "start" in verbs:
                ready(house, visit.client)
            for verb in verbs:
                made.done(getattr(scheduling, verb), visit, SYSTEM)
        with transaction():
            wanted = timetable.ask(
                house.therapist,
                actor=house.owner,
                kind="training",
                starts_at=made.at(17, days=0),
                ends_at=made.at(18, days=0),
            )
            timetable.approve(wanted, actor=house.owner)
        return made.this_day().isoformat()


def sign_in(page: Page, name: str) -> None:
    page.goto("/sign-in")
    page.locator("#email").fill(staff.address_of(name))
    page.locator("#password").fill(staff.PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("heading", name="Sign in")).to_have_count(0)


def picture(page: Page, name: str) -> None:
    if folder := os.environ.get("PICTURES"):
        width = page.viewport_size["width"] if page.viewport_size else 0
        page.screenshot(path=f"{folder}/{name}-{width}.png")


@at_both_sizes
def test_every_page_of_the_day_is_fit_to_be_used(page: Page, clinic: str) -> None:
    sign_in(page, "Olga Reed")
    for name, path in (
        ("day", "/day"),
        ("day-empty", "/day?on=2019-01-01"),
        ("time-off", "/time-off"),
    ):
        page.goto(path)
        picture(page, name)
        assert_accessible(page)
        assert_fits(page)


@at_both_sizes
def test_ones_own_day_is_fit_to_be_used(page: Page, clinic: str) -> None:
    sign_in(page, "Ines Okafor")
    for name, path in (("my-day", "/my-day"), ("my-day-empty", "/my-day?on=2019-01-01")):
        page.goto(path)
        picture(page, name)
        assert_accessible(page)
        assert_fits(page)


def test_the_days_are_turned_by_keyboard(page: Page, clinic: str) -> None:
    sign_in(page, "Olga Reed")
    page.goto("/day")
    today = page.get_by_role("heading", level=1).text_content()
    page.keyboard.press("ArrowRight")
    page.wait_for_url("**/day?on=*")
    expect(page.get_by_role("heading", level=1)).not_to_have_text(today or "")
    page.keyboard.press("t")
    expect(page.get_by_role("heading", level=1)).to_have_text(today or "")


def test_a_visit_and_a_gap_lead_where_they_say(page: Page, clinic: str) -> None:
    sign_in(page, "Olga Reed")
    page.goto("/day")
    column = page.get_by_role("region", name="Ines Okafor")
    expect(column.get_by_role("link", name="Guest Ines 9")).to_have_attribute(
        "href", re.compile(r"^/visits/\w{20}$")
    )
    expect(column.get_by_role("link", name="Book").first).to_have_attribute(
        "href", re.compile(rf"^/book\?therapist=\w+&on={clinic}&time=\d\d:\d\d$")
    )


def test_all_therapists_stand_side_by_side_however_much_is_to_be_minded(
    page: Page, clinic: str
) -> None:
    sign_in(page, "Olga Reed")
    page.goto("/day")
    page.locator(".visitcard__b").first.evaluate(
        """card => card.insertAdjacentHTML("beforeend", '<span class="flags">'
            + '<span class="flag">Leave out: the left calf</span>'.repeat(9) + "</span>")"""
    )
    ends = page.locator(".daycol").evaluate_all(
        "columns => columns.map(one => one.getBoundingClientRect().right)"
    )
    assert len(ends) == len(PEOPLE)
    assert max(ends) <= page.evaluate("innerWidth"), ends


@on_a_phone
def test_a_phone_shows_one_therapist_and_lets_one_choose(page: Page, clinic: str) -> None:
    sign_in(page, "Olga Reed")
    page.goto("/day")
    expect(page.get_by_role("heading", level=2, name="Dariusz Wolak")).to_be_visible()
    expect(page.get_by_role("heading", level=2, name="Ines Okafor")).to_be_hidden()
    page.get_by_role("navigation", name="Therapist").get_by_role("link", name="Ines Okafor").click()
    expect(page.get_by_role("heading", level=2, name="Ines Okafor")).to_be_visible()
    expect(page.get_by_role("heading", level=2, name="Dariusz Wolak")).to_be_hidden()
