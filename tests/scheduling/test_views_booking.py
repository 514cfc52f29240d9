"""Quick booking as a browser meets it: presets, the dialog's inside, kept times, equal hours."""

import json
import re
from datetime import date

import pytest
from sqlalchemy import func, select

from clinic.core.db import db
from clinic.core.permissions import Role
from clinic.scheduling.models import Hold, Visit
from tests.factories import catalogue, staff
from tests.factories import scheduling as made
from tests.factories.clients import a_client
from tests.scheduling.test_views import Desk

CHECKED = re.compile(r'name="(\w+)"[^>]*value="([^"]*)" checked')
CHICAGO = "America/Chicago"


@pytest.fixture
def desk(app):
    return Desk(app)


def checked(text):
    """What is chosen on a page, by the fields' names."""
    return dict(CHECKED.findall(text))


def had(desk, **more):
    """The client was here before, for ninety minutes with Ines Okafor."""
    with desk.app.app_context():
        longer = catalogue.variant(90, 12000, of=desk.house.variant.service)
        ines = made.a_therapist("Ines Okafor")
        made.book(desk.house, made.at(10, days=3), variant=longer, therapist=ines, **more)
        return longer.public_id, ines.public_id


def test_what_a_client_had_the_last_time_is_chosen_for_them(desk):
    longer, ines = had(desk)
    page = desk.browser.get(f"/book?client={desk.client_id}")
    chosen = checked(page.text)
    assert (chosen["variant"], chosen["therapist"]) == (longer, ines)
    assert chosen["opening"].split(".")[1] == ines
    assert "The same as on" in page.text


def test_what_was_chosen_by_hand_stays_and_another_client_brings_their_own(desk):
    longer, ines = had(desk)
    page = desk.page(therapist=desk.therapist)
    assert checked(page.text)["therapist"] == desk.therapist
    assert "The same as on" not in page.text
    with desk.app.app_context():
        other = a_client("Omar Haddad")
        made.book(desk.house, made.at(12, days=3), client=other)
        other_id = other.public_id
    typed = desk.chosen(client=other_id, variant=longer, therapist=ines, of_client=desk.client_id)
    chosen = checked(desk.send("/book", **typed, refresh="1").text)
    assert (chosen["variant"], chosen["therapist"]) == (desk.variant, desk.therapist)


def test_whoever_treated_them_last_and_is_gone_is_not_waited_for(desk):
    with desk.app.app_context():
        some = made.a_therapist("Tomas Reyes", hours=(600, 660))
        made.book(desk.house, made.at(10), therapist=some, outside_hours=True)
    page = desk.browser.get(f"/book?client={desk.client_id}")
    chosen = checked(page.text)
    assert chosen["therapist"] == ""
    assert chosen["opening"]


def test_a_gap_chooses_the_longest_that_fills_it_and_keeps_time_and_therapist(desk):
    longer, _ = had(desk)
    asked = {"on": desk.on, "time": "14:15", "therapist": desk.therapist, "minutes": "75"}
    empty = desk.browser.get("/book", query_string=asked)
    assert 'name="time" value="14:15"' in empty.text
    page = desk.send("/book", **asked, client=desk.client_id, refresh="1")
    chosen = checked(page.text)
    assert (chosen["variant"], chosen["therapist"]) == (desk.variant, desk.therapist)
    assert "14:15 · June Park" in page.text
    wide = desk.send("/book", **(asked | {"minutes": "90"}), client=desk.client_id, refresh="1")
    assert checked(wide.text)["variant"] == longer
    for odd in ("-1", "1e9", "99999", "x"):
        assert desk.browser.get("/book", query_string=asked | {"minutes": odd}).status_code == 200


def test_nothing_is_chosen_by_itself_once_the_button_was_pressed(desk):
    answer = desk.send("/book", **desk.chosen(opening=""))
    assert answer.status_code == 422
    assert "opening" not in checked(answer.text)


def test_hours_and_days_narrow_the_times(desk):
    every = desk.page()
    page = desk.page(earliest="16:00", days="3")
    hours = re.findall(r"<b>(\d\d:\d\d)</b><span class=\"person\"", page.text)
    assert hours
    assert all(hour >= "16:00" for hour in hours)
    assert page.text.count("slots__day") == 3
    assert every.text.count("slots__day") > 3
    for odd in ({"earliest": "99:99"}, {"days": "x"}, {"days": "-4"}):
        assert desk.page(**odd).status_code == 200


def test_where_nothing_is_open_the_waitlist_is_offered_with_what_was_chosen(desk):
    with desk.app.app_context():
        made.a_therapist("Ines Okafor")
    page = desk.page(gender="male", days="3")
    assert "No time is open in these days" in page.text
    assert 'value="waitlist"' in page.text
    assert ">None<" not in page.text
    there = desk.send("/book", **desk.chosen(part="evening"), goto="waitlist")
    assert there.status_code == 302
    assert there.location.startswith("/waitlist/new?client=")
    assert f"from={desk.on}" in there.location
    again = desk.send("/book", **desk.chosen(), goto="series")
    assert again.location.startswith("/series/new?")


def test_the_dialogs_inside_has_no_frame_and_answers_what_was_booked(desk):
    page = desk.browser.get("/book", query_string=desk.chosen() | {"embed": "1"})
    assert page.status_code == 200
    assert "<html" not in page.text
    assert 'id="bk-service"' in page.text
    opening = checked(page.text)["opening"]
    answer = desk.send("/book?embed=1", **desk.chosen(opening=opening))
    assert answer.status_code == 201
    said = answer.json
    assert said["said"].startswith("Grace Nakamura is booked")
    with desk.app.app_context():
        assert db.session.scalars(select(Visit)).one().public_id == said["visit"]
    refused = desk.send("/book?embed=1", **desk.chosen(opening=opening))
    assert refused.status_code == 409
    assert "The next free ones" in refused.text
    assert "<html" not in refused.text


def held(desk):
    with desk.app.app_context():
        return db.session.scalar(select(func.count()).select_from(Hold))


def test_a_kept_time_is_nobody_elses_and_is_let_go_or_booked(desk):
    opening = checked(desk.page().text)["opening"]
    page = desk.send("/book/keep", **desk.chosen(opening=opening, note="Two pillows"))
    assert page.status_code == 200
    assert "Two pillows" in page.text
    hold = re.search(r'name="hold" value="(\w+)"', page.text)[1]
    assert checked(page.text)["opening"].split(".")[0] == opening.split(".")[0]
    with desk.app.app_context():
        other = a_client("Omar Haddad").public_id
    taken = desk.send("/book", **desk.chosen(client=other, opening=opening))
    assert taken.status_code == 409
    gone = desk.send("/book/let-go", **desk.chosen(opening=opening, hold=hold))
    assert (gone.status_code, held(desk)) == (200, 0)
    page = desk.send("/book/keep", **desk.chosen(opening=opening))
    hold = re.search(r'name="hold" value="(\w+)"', page.text)[1]
    assert desk.send("/book", **desk.chosen(opening=opening, hold=hold)).status_code == 302
    assert held(desk) == 0


def test_another_kept_time_takes_the_place_of_the_first(desk):
    first, second = re.findall(r'name="opening" value="([^"]+)"', desk.page().text)[:2]
    page = desk.send("/book/keep", **desk.chosen(opening=first))
    hold = re.search(r'name="hold" value="(\w+)"', page.text)[1]
    assert desk.send("/book/keep", **desk.chosen(opening=second, hold=hold)).status_code == 200
    assert held(desk) == 1
    assert desk.send("/book/keep", **desk.chosen(opening="nonsense")).status_code == 422
    assert desk.send("/book/let-go", hold="nonsense").status_code == 200


def test_a_program_that_keeps_time_is_answered_in_json(desk):
    opening = checked(desk.page().text)["opening"]
    token = staff.token_of(desk.browser, "/account")
    asked = {"headers": {"Accept": "application/json", "X-CSRFToken": token}}
    kept = desk.browser.post("/book/keep", data=desk.chosen(opening=opening), **asked)
    assert kept.status_code == 201
    assert set(json.loads(kept.text)) == {"hold", "until"}
    again = desk.browser.post("/book/keep", data=desk.chosen(opening=opening), **asked)
    assert again.status_code == 409
    assert json.loads(again.text)["error"]
    gone = desk.browser.post("/book/let-go", data={"hold": kept.json["hold"]}, **asked)
    assert (gone.status_code, held(desk)) == (204, 0)


def fall_back(year):
    """The first Sunday of November, when the clocks of Chicago go back."""
    first = date(year, 11, 1)
    return first.replace(day=1 + (6 - first.weekday()) % 7)


@pytest.mark.parametrize("fold", ["0", "1"])
def test_a_time_that_comes_twice_is_asked_about_and_booked(app, monkeypatch, fold):
    monkeypatch.setattr(made, "zone_at_noon", lambda: CHICAGO)
    desk = Desk(app)
    with app.app_context():
        this_day = made.this_day()
    day = next(one for one in map(fall_back, (this_day.year, this_day.year + 1)) if one > this_day)
    wanted = desk.chosen(therapist=desk.therapist, time="01:30", on=day.isoformat())
    asked = desk.send("/book", **wanted)
    assert asked.status_code == 422
    assert "comes twice" in asked.text
    assert 'name="fold"' in asked.text
    assert desk.send("/book", **wanted, fold=fold).status_code == 302
    with app.app_context():
        visit = db.session.scalars(select(Visit)).one()
        assert visit.starts_at.hour == 6 + int(fold)


def test_a_therapist_sees_no_other_ways_of_booking(app):
    desk = Desk(app)
    there = staff.signed_in(app, Role.THERAPIST, name="June Park")
    assert 'value="together"' not in there.get("/book", query_string=desk.chosen()).text
    assert there.get("/book/together").status_code == 403
