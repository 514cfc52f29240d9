"""The pages of the waitlist, as a browser meets them; and the round that passes offers on."""

import html
import re
from datetime import timedelta

import pytest
from sqlalchemy import select

from clinic.catalogue.queries import the_variant
from clinic.clients import services as clients
from clinic.core.clock import epoch, from_epoch, now, rehearsed
from clinic.core.db import db
from clinic.core.permissions import Role
from clinic.core.transactions import transaction
from clinic.scheduling import services
from clinic.scheduling.models import WaitlistEntry, WaitlistOffer
from clinic.scheduling.queries.waitlist import the_entry
from clinic.scheduling.services import waiting
from clinic.staff.queries import the_member
from tests.factories import scheduling as made
from tests.factories import staff
from tests.factories.clients import a_client, new_client


class Desk:
    """A clinic with somebody signed in, somebody who waits, and a time that came free."""

    def __init__(self, app, *roles, name=""):
        self.app = app
        with app.app_context():
            self.house = house = made.open_house()
            self.client_id = house.client.public_id
            self.variant = house.variant.public_id
            self.service = house.variant.service.public_id
            self.therapist = house.therapist.public_id
            self.day = made.this_day()
            self.free = epoch(made.at(10))
            self.on = made.day().isoformat()
        self.browser = staff.signed_in(app, *(roles or (Role.RECEPTIONIST,)), name=name)

    def freed(self, name="Omar Haddad"):
        """A visit at ten in a week, cancelled."""
        with self.app.app_context():
            visit = made.book(self.house, client=a_client(name))
            made.done(services.cancel, visit, self.house.desk)
            return visit.public_id

    def booked(self, name="Lena Ford"):
        """Somebody else is booked at ten in a week."""
        with self.app.app_context():
            someone = a_client(name)
            with transaction():
                services.book(
                    actor=self.house.desk, client=someone, variant=the_variant(self.variant),
                    therapist=the_member(self.therapist), starts_at=from_epoch(self.free),
                )  # fmt: skip

    def entry(self, name="Ada Brandt", *, named=(), **more):
        with self.app.app_context(), transaction():
            more["therapists"] = [the_member(one) for one in named]
            facts = {"earliest": self.day, "latest": self.day + timedelta(days=30)}
            facts |= {"client": new_client(name), "variant": the_variant(self.variant)}
            one = waiting.wait(actor=self.house.desk, notice_hours=0, **(facts | more))
            return one.public_id

    def offered(self, entry_id):
        self.send(f"/waitlist/{entry_id}/offer", therapist=self.therapist, at=self.free)
        with self.app.app_context():
            return db.session.scalar(
                select(WaitlistOffer.public_id)
                .join(WaitlistEntry)
                .where(WaitlistEntry.public_id == entry_id, WaitlistOffer.status == "open")
            )

    def send(self, path, **data):
        return staff.send(self.browser, path, data)

    def wish(self, **more):
        plain = {
            "client": self.client_id, "variant": self.variant, "notice_hours": "2",
            "earliest": self.day.isoformat(), "priority": "normal", "gender": "",
            "latest": (self.day + timedelta(days=20)).isoformat(),
            "weekdays": [1, 2, 4], "parts": [1],
        }  # fmt: skip
        return plain | more

    def status(self, entry_id):
        with self.app.app_context():
            return db.session.scalar(
                select(WaitlistEntry.status).where(WaitlistEntry.public_id == entry_id)
            )


def said(answer):
    return html.unescape(re.sub(r"<[^>]+>", " ", answer.text))


@pytest.fixture
def desk(app):
    return Desk(app)


def test_an_empty_list_says_what_it_is_for(desk):
    answer = desk.browser.get("/waitlist")
    assert "Nobody waits" in answer.text
    assert "Nothing came free" in desk.browser.get("/waitlist/free").text


def test_somebody_is_put_on_the_list_with_what_an_address_has_chosen(desk):
    asked = {"client": desk.client_id, "service": desk.service, "part": "evening"}
    form = desk.browser.get("/waitlist/new", query_string=asked | {"from": "2027-01-04"})
    assert form.status_code == 200
    assert f'selected value="{desk.variant}"' in form.text
    assert 'value="2027-01-04"' in form.text
    assert re.search(r'name="parts"[^>]*value="4" checked', form.text)
    assert not re.search(r'name="parts"[^>]*value="1" checked', form.text)
    answer = desk.send("/waitlist/new", **desk.wish())
    assert answer.status_code == 302
    page = said(desk.browser.get("/waitlist"))
    assert "Grace Nakamura" in page
    assert "Mon, Tue, Wed · mornings" in page
    assert "2 hours of notice" in page


def test_without_a_client_one_is_looked_for(desk):
    page = desk.browser.get("/waitlist/new?who=naka&part=morning")
    assert "Grace Nakamura" in page.text
    assert 'name="part" value="morning"' in page.text
    assert "Nobody found" in desk.browser.get("/waitlist/new?who=zzz").text


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ({"variant": ""}, "Choose a service."),
        ({"variant": "nonsense"}, "Choose from the list."),
        ({"weekdays": []}, "Choose at least one day of the week."),
        ({"weekdays": ["256"]}, "choices"),
        ({"parts": []}, "Choose at least one part of the day."),
        ({"latest": "2020-01-01"}, "The last day comes before the first."),
        ({"latest": "9999-01-01"}, "Look at the year again."),
        ({"earliest": "soon"}, "Enter a date, such as"),
        ({"notice_hours": "-5"}, "Choose from the list."),
        ({"priority": "urgent"}, "Choose from the list."),
        ({"therapists": ["nobody"]}, "choices"),
    ],
)
def test_what_cannot_be_waited_for_is_said_beside_its_field_and_the_rest_is_kept(
    desk, wrong, words
):
    answer = desk.send("/waitlist/new", **(desk.wish(notice_hours="24") | wrong))
    assert answer.status_code == 422
    if words != "choices":
        assert words in html.unescape(answer.text)
    assert desk.browser.get("/waitlist").text.count("waitrow") == 0


def test_who_waits_already_is_refused_politely(desk):
    desk.send("/waitlist/new", **desk.wish())
    answer = desk.send("/waitlist/new", **desk.wish())
    assert answer.status_code == 409
    assert "waits for Therapeutic already" in said(answer)
    entry = re.search(r'href="(/waitlist/[a-z0-9]{20})"', answer.text)[1]
    assert "Grace Nakamura" in desk.browser.get(entry).text


def test_an_entry_is_amended_and_a_stale_one_shows_both(desk):
    entry_id = desk.entry()
    page = desk.browser.get(f"/waitlist/{entry_id}")
    version = re.search(r'name="version"[^>]*value="(\d+)"', page.text)[1]
    wish = desk.wish(version=version)
    assert desk.send(f"/waitlist/{entry_id}", **wish).status_code == 302
    assert "Mon, Tue, Wed" in said(desk.browser.get(f"/waitlist/{entry_id}"))
    answer = desk.send(f"/waitlist/{entry_id}", **wish)
    assert answer.status_code == 409
    assert "This was changed while you were editing" in answer.text
    wish = desk.wish(version=version, weekdays=[1, 64])
    shown = said(desk.send(f"/waitlist/{entry_id}", **wish))
    assert "Monday, Sunday" in shown
    assert "Monday, Tuesday, Wednesday" in shown


def test_what_was_offered_meanwhile_is_not_amended_and_says_so(desk):
    entry_id = desk.entry()
    page = desk.browser.get(f"/waitlist/{entry_id}")
    desk.offered(entry_id)
    with desk.app.app_context():
        version = the_entry(entry_id).version
    assert page.status_code == 200
    answer = desk.send(f"/waitlist/{entry_id}", **desk.wish(version=version))
    assert answer.status_code == 409
    assert "this entry is offered a time" in answer.text


def test_somebody_is_taken_off_the_list(desk):
    entry_id = desk.entry()
    page = desk.browser.get(f"/waitlist/{entry_id}")
    version = re.search(r'name="version" value="(\d+)"', page.text)[1]
    answer = desk.send(f"/waitlist/{entry_id}/withdraw", version=version)
    assert answer.status_code == 302
    assert desk.status(entry_id) == "cancelled"
    assert "Taken off the list" in desk.browser.get(f"/waitlist/{entry_id}").text
    assert desk.send(f"/waitlist/{entry_id}/withdraw", version=version).status_code == 409


def test_what_came_free_is_offered_in_one_click_and_accepted_in_another(desk):
    desk.freed()
    entry_id = desk.entry()
    page = desk.browser.get(f"/waitlist/free?on={desk.on}")
    assert "Omar Haddad" in page.text
    assert f'value="{desk.free}"' in page.text
    offer_id = desk.offered(entry_id)
    page = said(desk.browser.get("/waitlist"))
    assert "whoever says yes first has it" in page
    assert "Therapeutic, 60 minutes with June Park" in page
    answer = desk.send(f"/waitlist/offers/{offer_id}/accept")
    assert "/visits/" in answer.location
    assert "From the waitlist" in desk.browser.get(answer.location).text
    assert "Nothing came free" in desk.browser.get(f"/waitlist/free?on={desk.on}").text


def test_a_taken_time_is_said_and_they_wait_again(desk):
    desk.freed()
    entry_id = desk.entry()
    offer_id = desk.offered(entry_id)
    desk.booked()
    answer = desk.send(f"/waitlist/offers/{offer_id}/accept")
    assert answer.status_code == 302
    assert "They wait again." in desk.browser.get(answer.location).text
    assert desk.status(entry_id) == "waiting"


def test_an_offer_is_answered_once(desk):
    desk.freed()
    entry_id = desk.entry()
    offer_id = desk.offered(entry_id)
    assert desk.send(f"/waitlist/offers/{offer_id}/decline").status_code == 302
    for answer in ("decline", "accept", "retract"):
        again = desk.send(f"/waitlist/offers/{offer_id}/{answer}")
        assert again.status_code == 409
        assert "answered already" in again.text
    page = desk.browser.get(f"/waitlist/free?on={desk.on}")
    assert "Said no to this time" in page.text


def test_a_time_that_is_gone_is_not_offered(desk):
    desk.freed()
    entry_id = desk.entry()
    desk.booked()
    answer = desk.send(f"/waitlist/{entry_id}/offer", therapist=desk.therapist, at=desk.free)
    assert answer.status_code == 409
    assert "not open any more" in answer.text


@pytest.mark.parametrize("at", ["", "soon", "-1", "9" * 30, "١٢"])
def test_a_time_that_is_none_is_no_time(desk, at):
    entry_id = desk.entry()
    answer = desk.send(f"/waitlist/{entry_id}/offer", therapist=desk.therapist, at=at)
    assert answer.status_code == 404


def test_whom_nobody_may_book_is_shown_with_the_words_of_the_gate(desk):
    entry_id = desk.entry()
    with desk.app.app_context(), transaction():
        one = db.session.scalar(select(WaitlistEntry).where(WaitlistEntry.public_id == entry_id))
        clients.stop_booking(one.client, actor=desk.house.owner, reason="Asked for it")
    assert "do not book" in said(desk.browser.get("/waitlist"))
    answer = desk.send(f"/waitlist/{entry_id}/offer", therapist=desk.therapist, at=desk.free)
    assert "do not book" in said(answer)
    assert answer.status_code == 422


def test_the_list_is_filtered_by_service_and_therapist(desk):
    desk.entry("Any Body")
    with desk.app.app_context():
        other_id = made.a_therapist("Ines Okafor").public_id
    desk.entry("For Ines", named=[other_id])
    page = desk.browser.get("/waitlist", query_string={"therapist": desk.therapist}).text
    assert "Any Body" in page
    assert "For Ines" not in page
    page = desk.browser.get("/waitlist", query_string={"therapist": other_id}).text
    assert "For Ines" in page
    page = desk.browser.get("/waitlist", query_string={"service": desk.therapist}).text
    assert "Nobody waits for that" in page


def test_a_therapist_sees_the_list_and_keeps_what_is_their_own(app):
    desk = Desk(app, Role.THERAPIST, name="June Park")
    theirs = desk.entry("Any Body")
    assert "Any Body" in desk.browser.get("/waitlist").text
    assert desk.send(f"/waitlist/{theirs}/withdraw", version=1).status_code == 403
    answer = desk.send("/waitlist/new", **desk.wish(therapists=[desk.therapist]))
    assert answer.status_code == 302
    assert desk.send("/waitlist/new", **desk.wish(therapists=[])).status_code in (403, 409)


@pytest.mark.parametrize("path", ["/waitlist/aaaaaaaaaaaaaaaaaaaa", "/waitlist/nothing"])
def test_what_is_not_there_is_no_page(desk, path):
    assert desk.browser.get(path).status_code == 404


def test_the_round_says_what_it_did_and_nobodys_name(desk):
    desk.freed()
    desk.offered(desk.entry())
    runner = desk.app.test_cli_runner()
    none = "waitlist: 0 offers lapsed, 0 passed on, 0 entries over\n0 kept times ran out\n"
    assert none in runner.invoke(args=["sweep"]).output
    with rehearsed(now() + timedelta(hours=2)):
        said = runner.invoke(args=["sweep"]).output
    assert none.replace("0 offers", "1 offers") in said
    assert "Any" not in said
