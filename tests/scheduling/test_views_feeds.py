"""Calendars for other programs, as those programs meet them."""

import re

import pytest
from icalendar import Calendar
from sqlalchemy import select

from clinic.audit.models import access_entry
from clinic.core.permissions import Role
from clinic.core.transactions import transaction
from clinic.scheduling.services import cancel
from clinic.scheduling.services.feeds import open_feed
from clinic.staff.queries import the_member
from tests.factories import scheduling as made
from tests.factories import staff


class Feeds:
    """A clinic with one visit, and therapists' addresses."""

    def __init__(self, app):
        self.app = app
        with app.app_context():
            self.house = made.open_house()
            self.visit = made.book(self.house)
            self.client_name = self.house.client.first_name, self.house.client.last_name
            self.service = self.house.variant.service.name
            self.visit_id = self.visit.public_id
            self.therapist_id = self.house.therapist.public_id

    def address(self, **shown):
        with self.app.app_context(), transaction():
            return "/calendar/" + open_feed(
                self.house.therapist, actor=self.house.treats, **shown
            ) + ".ics"  # fmt: skip

    def read(self, address):
        answer = self.app.test_client().get(address)
        assert answer.status_code == 200
        assert answer.mimetype == "text/calendar"
        return Calendar.from_ical(answer.data)

    def reads(self):
        with self.app.app_context(), self.app.extensions["access"].connect() as connection:
            return connection.execute(select(access_entry.c.actor_id, access_entry.c.place)).all()


@pytest.fixture
def feeds(app):
    return Feeds(app)


def test_a_feed_says_busy_and_not_who_or_what(feeds):
    calendar = feeds.read(feeds.address())
    event = calendar.walk("VEVENT")[0]
    assert event["SUMMARY"] == "Busy"
    assert event.decoded("DTSTART") == made_start(feeds)
    text = calendar.to_ical().decode()
    for word in (*feeds.client_name, feeds.service):
        assert word not in text
    assert feeds.reads() == []


def made_start(feeds):
    with feeds.app.app_context():
        return made.at(10)


def test_a_feed_with_names_holds_first_names_only_and_is_written_down_as_read(feeds):
    calendar = feeds.read(feeds.address(shows_names=True))
    first, last = feeds.client_name
    text = calendar.to_ical().decode()
    assert first in text
    assert last not in text
    assert feeds.service not in text
    with feeds.app.app_context():
        therapist = feeds.house.therapist.id
    assert feeds.reads() == [(therapist, "scheduling.calendar")]


def test_services_are_shown_only_where_they_were_asked_for(feeds):
    event = feeds.read(feeds.address(shows_services=True)).walk("VEVENT")[0]
    assert event["SUMMARY"] == feeds.service


@pytest.mark.parametrize("token", ["x", "a" * 500, "..%2f..", "%00", "\u00e9"])
def test_a_secret_that_is_none_finds_nothing(feeds, token):
    assert feeds.app.test_client().get(f"/calendar/{token}.ics").status_code == 404


def test_who_left_is_read_no_more(feeds):
    address = feeds.address()
    with feeds.app.app_context(), transaction():
        leaving = the_member(feeds.therapist_id)
        staff.services.disable(leaving, actor=feeds.house.owner)
    assert feeds.app.test_client().get(address).status_code == 404


def test_an_address_is_made_shown_once_and_taken_back_on_the_page(feeds):
    browser = staff.signed_in(feeds.app, Role.THERAPIST, name="June Park")
    made_one = staff.send(browser, "/calendars", {"shows_names": "y"})
    address = re.search(r'value="[^"]+(/calendar/[^"]+\.ics)"', made_one.text)[1]
    assert feeds.read(address).walk("VEVENT")
    again = browser.get("/calendars")
    assert address not in again.text
    assert "First names" in again.text
    path = re.search(r'action="(/calendars/[a-z0-9]{20}/revoke)"', again.text)[1]
    assert staff.send(browser, path).status_code == 302
    assert feeds.app.test_client().get(address).status_code == 404


def test_one_visit_is_a_file_for_the_client_and_says_nothing_of_what_it_is_for(feeds):
    browser = staff.signed_in(feeds.app)
    answer = browser.get(f"/visits/{feeds.visit_id}/visit.ics")
    assert answer.status_code == 200
    event = Calendar.from_ical(answer.data).walk("VEVENT")[0]
    assert event["SUMMARY"] == "Appointment at Harbour Lane"
    assert feeds.service not in answer.text
    assert event["STATUS"] == "CONFIRMED"
    first = event["SEQUENCE"]
    with feeds.app.app_context():
        visit = made.book(feeds.house, starts_at=made.at(15))
        made.done(cancel, visit, feeds.house.desk)
        gone = visit.public_id
    event = Calendar.from_ical(browser.get(f"/visits/{gone}/visit.ics").data).walk("VEVENT")[0]
    assert event["STATUS"] == "CANCELLED"
    assert event["SEQUENCE"] > first
