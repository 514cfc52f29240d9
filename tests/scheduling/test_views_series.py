"""The pages of plans, as a browser meets them."""

import html
import re
from datetime import date, timedelta

import pytest
from sqlalchemy import func, select

from clinic.core.db import db
from clinic.core.permissions import Role
from clinic.scheduling import services
from clinic.scheduling.models import Series, Visit
from tests.factories import scheduling as made
from tests.factories import staff
from tests.factories.clients import a_client

PICK = re.compile(r'name="(pick-\d+)" value="([^"]+)" checked')
ANY_PICK = re.compile(r'name="(pick-\d+)" value="(\d[^"]+)"')
SHOWN = re.compile(r'name="shown" value="([^"]*)"')
TAPER = {"every": ["1", "2", "4"], "unit": ["weeks"] * 3, "visits": ["6", "4", "3"]}


class Desk:
    """A clinic with somebody signed in, and what a plan of theirs sends."""

    def __init__(self, app, *roles):
        self.app = app
        with app.app_context():
            self.house = house = made.open_house()
            self.plain = {
                "client": house.client.public_id, "service": house.variant.service.public_id,
                "variant": house.variant.public_id, "therapist": house.therapist.public_id,
                "time": "10:00",
                "first_on": made.day().isoformat(),
            }  # fmt: skip
        self.browser = staff.signed_in(app, *(roles or (Role.RECEPTIONIST,)))

    def send(self, path="/series/new", **data):
        return staff.send(self.browser, path, data)

    def dates(self, **more):
        """The page with its dates, and the form as it would be sent from there."""
        form = self.plain | TAPER | more
        page = self.send(**form, show="1")
        picks = dict(PICK.findall(page.text))
        kept = {name: value for name, value in form.items() if name not in ("nearest", "preset")}
        return page, kept | picks | {"shown": SHOWN.search(page.text)[1]}

    def booked(self, **more):
        """A plan that was made; its address."""
        _, form = self.dates(**more)
        answer = self.send(**form, book="1")
        assert answer.status_code == 302, answer.text
        return answer.location

    def count(self, model):
        with self.app.app_context():
            return db.session.scalar(select(func.count()).select_from(model))

    def clash(self, days):
        with self.app.app_context():
            made.book(self.house, made.at(10, days=days), client=a_client("Omar Haddad"))


@pytest.fixture
def desk(app):
    return Desk(app)


def versions(text, path):
    """The version that a button's form sends."""
    found = rf'action="{re.escape(path)}".*?name="version"[^>]*value="(\d+)"'
    return re.search(found, text, re.DOTALL)[1]


def test_thirteen_dates_are_shown_and_booked(desk):
    page, form = desk.dates()
    assert (page.status_code, len(PICK.findall(page.text))) == (200, 13)
    assert "Book 13 visits" in page.text
    answer = desk.send(**form, book="1")
    assert (answer.status_code, desk.count(Visit)) == (302, 13)
    shown = desk.browser.get(answer.location)
    assert "0 done, 13 booked, 0 to book" in shown.text
    assert "Taper 6·4·3" in shown.text


def test_a_clash_is_said_with_other_times_and_left_for_later_until_one_is_chosen(desk):
    desk.clash(14)
    page, form = desk.dates()
    assert form["pick-2"] == "unasked"
    assert "Book 12, leave 1 for later" in page.text
    other = [value for name, value in ANY_PICK.findall(page.text) if name == "pick-2"]
    assert 1 <= len(other) <= 3
    nearest, form = desk.dates(nearest="1")
    assert "Book 13 visits" in nearest.text
    assert desk.send(**form, book="1").status_code == 302
    assert desk.count(Visit) == 14


def test_what_is_skipped_and_left_stays_in_the_plan(desk):
    _, form = desk.dates()
    answer = desk.send(**(form | {"pick-2": "skip", "pick-3": "later"}), book="1")
    shown = desk.browser.get(answer.location).text
    assert "0 done, 11 booked, 1 to book, 1 skipped" in shown


def test_a_date_taken_meanwhile_refuses_all_and_shows_the_dates_anew(desk):
    _, form = desk.dates()
    desk.clash(21)
    answer = desk.send(**form, book="1")
    assert answer.status_code == 409
    assert "Visit 3, " in answer.text
    assert (desk.count(Series), desk.count(Visit)) == (0, 1)
    assert dict(PICK.findall(answer.text))["pick-3"] == "unasked"
    assert dict(PICK.findall(answer.text))["pick-4"] == form["pick-4"]
    again = form | dict(PICK.findall(answer.text)) | {"shown": SHOWN.search(answer.text)[1]}
    assert desk.send(**again, book="1").status_code == 302


def test_a_plan_changed_after_its_dates_were_shown_is_not_booked(desk):
    _, form = desk.dates()
    answer = desk.send(**(form | {"time": "11:00"}), book="1")
    assert answer.status_code == 409
    assert "The plan is another now" in answer.text
    assert desk.count(Visit) == 0


@pytest.mark.parametrize(
    ("more", "status", "said"),
    [
        ({"every": ["0"], "unit": ["weeks"], "visits": ["6"]}, 422, "1 to 182 days"),
        ({"every": ["x"], "unit": ["weeks"], "visits": ["6"]}, 422, "whole numbers"),
        ({"every": ["1"], "unit": ["years"], "visits": ["6"]}, 422, "whole numbers"),
        ({"every": ["1"], "unit": ["weeks"], "visits": ["61"]}, 422, "at most 60"),
        ({"every": ["1"] * 40, "unit": ["weeks"] * 40, "visits": ["1"] * 40}, 422, "at most 8"),
        ({"first_on": "9999-12-31"}, 422, "Look at the year"),
        ({"first_on": "2020-01-01"}, 422, "from today on"),
        ({"first_on": "no day"}, 422, "Enter a date"),
        ({"first_on": ""}, 422, "day of the first visit"),
        ({"time": "25:00"}, 422, "such as 09:30"),
        ({"time": ""}, 422, "such as 09:30"),
        ({"client": "a" * 20}, 404, ""),
        ({"client": ""}, 422, "Choose a client"),
        ({"therapist": "b" * 20}, 422, ""),
        ({"variant": "c" * 20}, 422, ""),
    ],
)
def test_bad_input_is_said_and_what_was_typed_is_kept(desk, more, status, said):
    form = desk.plain | {"every": ["3"], "unit": ["days"], "visits": ["5"]} | more
    shown = desk.send(**form, show="1")
    assert shown.status_code == 200
    mark = SHOWN.search(shown.text)[1]
    answer = desk.send(**form, shown=mark, book="1")
    assert answer.status_code == status
    assert said in answer.text
    if status == 422:
        typed = re.search(r'<input[^>]*name="time"[^>]*>', answer.text)[0]
        assert f'value="{form["time"]}"' in typed
        assert f'value="{form["visits"][0]}"' in answer.text
    assert desk.count(Series) == 0


@pytest.mark.parametrize("pick", ["1.x.y", "99999999999999.a.b", "later.", "x" * 500, "-1.a.b"])
def test_a_pick_that_is_no_time_books_nothing(desk, pick):
    _, form = desk.dates()
    answer = desk.send(**(form | {"pick-1": pick}), book="1")
    assert 400 <= answer.status_code < 500
    assert desk.count(Visit) == 0


def test_steps_are_added_removed_and_preset_without_script(desk):
    page = desk.send(**desk.plain, preset="taper")
    assert len(PICK.findall(page.text)) == 13
    page = desk.send(**(desk.plain | TAPER), remove="1")
    assert len(PICK.findall(page.text)) == 9
    page = desk.send(**(desk.plain | TAPER), add="1")
    assert 'id="every-3"' in page.text
    assert 'value="8"' in page.text  # twice as far apart as every four weeks
    page = desk.send(**desk.plain, preset="referral")
    assert len(PICK.findall(page.text)) == 6  # there is none: nothing changes


def test_the_referral_plan_uses_what_is_left(desk):
    with desk.app.app_context():
        made.an_authorisation(desk.house, 8)
    page = desk.send(**desk.plain, preset="referral")
    assert len(PICK.findall(page.text)) == 8
    assert "8 left" in page.text
    assert 'name="use_referral" type="checkbox" value="y"' in page.text
    page, form = desk.dates(use_referral="y")
    assert "Book 8, leave 5 for later" in page.text
    assert "The referral has no visits left." in page.text
    assert desk.send(**form, book="1").status_code == 302


def test_without_a_first_time_free_ones_are_offered_to_begin_with(desk):
    form = desk.plain | {"time": "", "first_on": ""}
    page = desk.send(**form, show="1")
    begin = re.search(r'name="begin" value="(\d+)"', page.text)[1]
    shown = desk.send(**form, begin=begin)
    assert len(PICK.findall(shown.text)) == 6
    assert dict(PICK.findall(shown.text))["pick-1"].startswith(begin)


def test_an_address_fills_the_plan_in(desk):
    query = {name: desk.plain[name] for name in ("client", "service", "therapist")}
    page = desk.browser.get("/series/new", query_string=query)
    assert page.status_code == 200
    assert "Grace Nakamura" in page.text
    query |= {"on": desk.plain["first_on"], "time": "10:00"}
    assert len(PICK.findall(desk.browser.get("/series/new", query_string=query).text)) == 6
    query |= {"after": desk.plain["first_on"]}
    later = desk.browser.get("/series/new", query_string=query)
    first = date.fromisoformat(desk.plain["first_on"]) + timedelta(days=7)
    assert f'value="{first}"' in later.text
    assert desk.browser.get("/series/new?client=nobody&service=none&every=1").status_code == 200


def test_a_cancelled_visit_is_to_book_and_found_a_time(desk):
    address = desk.booked()
    with desk.app.app_context():
        visit = db.session.scalar(select(Visit).order_by(Visit.on_date))
        made.done(services.cancel, visit, desk.house.desk)
    page = desk.browser.get(address).text
    assert "0 done, 12 booked, 1 to book" in page
    finding = desk.browser.get(f"{address}?find=1").text
    version = versions(finding, f"{address}/1/book")
    opening = re.search(r'name="opening" value="([^"]+)"', finding)[1]
    answer = desk.send(f"{address}/1/book", opening=opening, version=version)
    assert answer.status_code == 302
    assert "0 done, 13 booked, 0 to book" in desk.browser.get(address).text
    again = desk.send(f"{address}/1/book", opening=opening, version=version)
    assert again.status_code == 409


def test_a_visit_is_skipped_and_taken_up(desk):
    _, form = desk.dates()
    address = desk.send(**(form | {"pick-2": "later"}), book="1").location
    text = desk.browser.get(address).text
    skipped = desk.send(f"{address}/2/skip", version=versions(text, f"{address}/2/skip"))
    assert skipped.status_code == 302
    text = desk.browser.get(address).text
    assert "0 to book, 1 skipped" in text
    assert desk.send(f"{address}/2/take-up", version="1").status_code == 409
    taken = desk.send(f"{address}/2/take-up", version=versions(text, f"{address}/2/take-up"))
    assert taken.status_code == 302
    assert desk.send(f"{address}/99/skip", version="1").status_code == 404
    assert desk.send(f"{address}/1/skip", version="2").status_code == 409


def test_a_plan_is_extended_and_ended_with_a_reason(desk):
    address = desk.booked()
    text = desk.browser.get(address).text
    version = versions(text, f"{address}/extend")
    more = {"every": "8", "unit": "weeks", "visits": "2"}
    assert (
        desk.send(f"{address}/extend", version=version, **(more | {"visits": "0"})).status_code
        == 422
    )
    assert desk.send(f"{address}/extend", version=version, **more).status_code == 302
    text = desk.browser.get(address).text
    assert "0 done, 13 booked, 2 to book" in text
    version = versions(text, f"{address}/end")
    assert desk.send(f"{address}/end", version=version, why="").status_code == 422
    assert desk.send(f"{address}/end", version=version, why="Feels well").status_code == 302
    text = desk.browser.get(address).text
    assert "Feels well" in text
    assert "Not to book any more" in text
    assert "Find a time" not in text
    assert desk.send(f"{address}/end", version="9", why="Again").status_code == 409


def test_who_did_what_is_told(desk):
    text = desk.browser.get(desk.booked()).text
    assert "Planned" in text
    assert text.count('class="tl"') == 1


def test_a_therapist_plans_with_themselves_only(app):
    desk = Desk(app, Role.THERAPIST)
    with app.app_context():
        made.a_therapist("Ines Okafor")
    page = desk.send(**desk.plain, show="1")
    assert page.status_code == 200
    assert "Ines Okafor" not in page.text
    assert "Anyone qualified" not in page.text


def test_the_client_page_and_the_visit_page_lead_here(desk):
    address = desk.booked()
    page = desk.browser.get(f"/clients/{desk.plain['client']}").text
    assert "0 done, 13 booked, 0 to book" in page
    assert address in page
    assert f"/series/new?client={desk.plain['client']}" in page
    with desk.app.app_context():
        visit = db.session.scalar(select(Visit.public_id).order_by(Visit.on_date))
    link = re.search(r'href="(/series/new[^"]+)"', desk.browser.get(f"/visits/{visit}").text)[1]
    again = desk.browser.get(html.unescape(link))
    assert len(re.findall(r'<fieldset class="datecard', again.text)) == 6
