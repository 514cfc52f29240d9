"""Time off is asked for, the visits in it are shown, moved and the time off given; with axe."""

from datetime import timedelta
from types import SimpleNamespace

import pytest
from flask import Flask
from playwright.sync_api import Page, expect

from clinic.core.transactions import transaction
from clinic.staff import services as staff_services
from clinic.timetable import services as timetable
from tests.browser.looking import assert_accessible, assert_fits, assert_no_csp_errors
from tests.browser.sizes import at_both_sizes
from tests.factories import scheduling as made
from tests.factories import staff as people
from tests.factories.clients import a_client
from tests.factories.scheduling import at, book

pytestmark = pytest.mark.browser
LONG = "Bartholomew Featherstonehaugh"


@pytest.fixture
def clinic(app: Flask) -> SimpleNamespace:
    """Four visits on a day that somebody wants off, and somebody else who could take them."""
    with app.app_context():
        house = made.open_house(min_lead=0)
        made.a_therapist("Ana Ruiz", hours=(480, 780))
        for hour, name in ((9, "Grace Hopper"), (11, LONG), (14, "Tomas Reyes"), (16, "Lena Voss")):
            book(house, at(hour), client=a_client(name))
        with transaction():
            timetable.ask(
                house.therapist, actor=house.owner, kind="vacation",
                starts_at=at(0), ends_at=at(0) + timedelta(days=1),
            )  # fmt: skip
        return SimpleNamespace(house=house)


@pytest.fixture
def owner(page: Page, clinic: SimpleNamespace) -> Page:
    page.goto("/sign-in?next=/time-off")
    page.get_by_label("E-mail").fill(people.address_of("Olga Reed"))
    page.locator("input[type=password]").fill(people.PASSWORD)
    page.keyboard.press("Enter")
    page.wait_for_url(lambda url: "sign-in" not in url)
    return page


def looked_at(page: Page) -> None:
    assert_accessible(page)
    assert_no_csp_errors(page)
    assert_fits(page)


@at_both_sizes
def test_time_off_is_given_together_with_the_visits_that_stood_in_it(owner: Page) -> None:
    looked_at(owner)
    owner.get_by_role("link", name="Move 4 visits").click()
    expect(owner.get_by_role("heading", level=1)).to_contain_text("June Park")
    looked_at(owner)
    boxes = owner.get_by_role("combobox")
    expect(boxes).to_have_count(4)
    boxes.nth(3).focus()
    boxes.nth(3).select_option("cancel")
    owner.get_by_role("button", name="Look at old and new").click()
    expect(owner.get_by_text("Nothing is changed yet.")).to_be_visible()
    looked_at(owner)
    owner.get_by_role("button", name="Move 3, cancel 1 and approve").click()
    expect(owner.get_by_text("3 visits are moved. 1 visit is cancelled.")).to_be_visible()
    expect(owner.get_by_role("cell", name="Approved")).to_be_visible()


@at_both_sizes
def test_who_leaves_leaves_visits_that_are_listed_and_moved(
    owner: Page, app: Flask, clinic: SimpleNamespace
) -> None:
    with app.app_context(), transaction() as session:
        person = session.merge(clinic.house.therapist)
        staff_services.disable(person, actor=clinic.house.owner)
    owner.goto("/schedule/hurt")
    expect(owner.get_by_role("heading", name="The therapist has left")).to_be_visible()
    looked_at(owner)
    owner.get_by_role("button", name="Look at old and new").click()
    looked_at(owner)
    owner.get_by_role("button", name="Move").click()
    expect(owner.get_by_text("visits are moved.")).to_be_visible()
    looked_at(owner)


@at_both_sizes
def test_where_every_visit_fits_the_page_says_so(owner: Page) -> None:
    owner.goto("/schedule/hurt")
    expect(owner.get_by_text("Every visit fits")).to_be_visible()
    looked_at(owner)
