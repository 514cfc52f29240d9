"""The booking page and the page of one visit, as a browser meets them."""

import re

import pytest
from sqlalchemy import func, select

from clinic.clients.models import Client
from clinic.core.db import db
from clinic.core.permissions import Role
from clinic.core.transactions import transaction
from clinic.scheduling.models import Visit
from clinic.timetable.queries import the_place
from tests.factories import catalogue, staff
from tests.factories import scheduling as made
from tests.factories.clients import a_client
from tests.factories.ready import ready

CALLER = {
    "first_name": "New",
    "last_name": "Caller",
    "birth_date": "1990-02-03",
    "sex_at_birth": "female",
    "phones-0-number": "(555) 014-8899",
    "phones-0-kind": "mobile",
    "phones-1-kind": "mobile",
    "source": "",
    "payer": "",
}
OPENING = re.compile(r'name="opening" value="([^"]+)"')


class Desk:
    """A clinic with somebody signed in, and the public ids that forms send."""

    def __init__(self, app, *roles):
        with app.app_context():
            self.house = made.open_house()
            house = self.house
            self.client_id = house.client.public_id
            self.variant = house.variant.public_id
            self.service = house.variant.service.public_id
            self.therapist = house.therapist.public_id
            self.on = made.day().isoformat()
        self.app = app
        self.browser = staff.signed_in(app, *(roles or (Role.RECEPTIONIST,)))

    def chosen(self, **more):
        plain = {"client": self.client_id, "service": self.service, "variant": self.variant}
        return plain | {"on": self.on, "therapist": "", "part": "", "source": "phone"} | more

    def send(self, path, **data):
        """Send a form; one about a visit says, unless told otherwise, the version that stands."""
        if path.startswith("/visits/"):
            data.setdefault("version", self.version(path.split("/")[2]))
        return staff.send(self.browser, path, data)

    def version(self, visit_id):
        with self.app.app_context():
            return db.session.scalar(select(Visit.version).where(Visit.public_id == visit_id)) or 1

    def page(self, **more):
        return self.browser.get("/book", query_string=self.chosen(**more))

    def visit(self, **more):
        with self.app.app_context():
            return made.book(self.house, **more).public_id

    def status(self, visit_id):
        with self.app.app_context():
            return db.session.scalar(select(Visit.status).where(Visit.public_id == visit_id))


@pytest.fixture
def desk(app):
    return Desk(app)


def test_a_booking_goes_from_choice_to_visit(desk):
    page = desk.page()
    assert page.status_code == 200
    assert "Grace Nakamura" in page.text
    assert "$85" in page.text
    first = OPENING.search(page.text)[1]
    answer = desk.send("/book", **desk.chosen(opening=first, note="Two pillows"))
    assert answer.status_code == 302
    shown = desk.browser.get(answer.location)
    assert shown.status_code == 200
    assert "Two pillows" in shown.text
    assert "June Park" in shown.text


def test_refreshing_books_nothing_and_keeps_what_was_typed(desk):
    answer = desk.send("/book", **desk.chosen(refresh="1", note="keep me"))
    assert answer.status_code == 200
    assert "keep me" in answer.text
    with desk.app.app_context():
        assert db.session.scalar(select(func.count()).select_from(Visit)) == 0


def test_a_taken_time_is_a_409_with_the_next_free_times_and_nothing_lost(desk):
    taken = OPENING.search(desk.page().text)[1]
    assert desk.send("/book", **desk.chosen(opening=taken)).status_code == 302
    with desk.app.app_context():
        other = a_client("Omar Haddad").public_id
    answer = desk.send("/book", **desk.chosen(client=other, opening=taken, note="keep me"))
    assert answer.status_code == 409
    assert "The next free ones" in answer.text
    assert "keep me" in answer.text
    offered = re.findall(r'<button class="btn btn--sm" name="instead" value="([^"]+)"', answer.text)
    assert 1 <= len(offered) <= 5
    instead = desk.chosen(client=other, opening=taken, time="10:00", instead=offered[0])
    assert desk.send("/book", **instead).status_code == 302


@pytest.mark.parametrize(
    "wrong",
    [
        {"opening": "nonsense"},
        {"opening": ""},
        {"opening": "99999999999.aaaaaaaaaaaaaaaaaaaa.aaaaaaaaaaaaaaaaaaaa"},
        {"client": "nobody"},
        {"client": ""},
        {"variant": "x" * 5000},
        {"service": "\x00"},
        {"on": "9999-99-99"},
        {"time": "25:99"},
        {"time": "10:00"},
        {"note": "x" * 5000},
        {"source": "pigeon"},
        {"add_ons": "nothing"},
    ],
    ids=repr,
)
def test_bad_input_is_a_4xx_and_books_nothing(desk, wrong):
    opening = OPENING.search(desk.page().text)[1]
    answer = desk.send("/book", **desk.chosen(**({"opening": opening} | wrong)))
    assert 400 <= answer.status_code < 500
    with desk.app.app_context():
        assert db.session.scalar(select(func.count()).select_from(Visit)) == 0


def test_outside_working_hours_is_asked_about_and_then_booked(desk):
    with desk.app.app_context():
        early = made.a_therapist("Ines Okafor", hours=(540, 720)).public_id
    wanted = desk.chosen(therapist=early, time="14:00")
    refused = desk.send("/book", **wanted)
    assert refused.status_code == 422
    assert "does not work then" in refused.text
    assert desk.send("/book", **wanted, outside_hours="y").status_code == 302


def test_an_address_can_ask_for_client_therapist_day_and_time(desk):
    page = desk.page(therapist=desk.therapist, time="10:15")
    chosen = re.findall(r'name="opening" value="([^"]+)" checked', page.text)
    assert len(chosen) <= 1
    assert desk.browser.get("/book").status_code == 200
    assert desk.browser.get("/book?client=zzz&on=no&service=x").status_code == 200


def test_a_visit_goes_through_its_day_by_buttons(app):
    desk = Desk(app)
    with app.app_context():
        ready(desk.house)
        visit = made.book_now(desk.house, 5).public_id
    there = staff.signed_in(app, Role.THERAPIST, name="June Park")
    for who, step, after in (
        (desk.browser, "confirm", "booked"),
        (desk.browser, "check-in", "arrived"),
        (desk.browser, "undo", "booked"),
        (desk.browser, "check-in", "arrived"),
        (there, "start", "in_session"),
        (there, "finish", "completed"),
        (desk.browser, "reopen", "arrived"),
    ):
        sent = {"version": desk.version(visit)}
        assert staff.send(who, f"/visits/{visit}/{step}", sent).status_code == 302, step
        assert desk.status(visit) == after
        assert desk.browser.get(f"/visits/{visit}").status_code == 200


def test_a_step_that_cannot_be_is_a_409_on_the_page(desk):
    visit = desk.visit()
    answer = desk.send(f"/visits/{visit}/reopen")
    assert answer.status_code == 409
    assert "cannot be opened again" in answer.text


def test_cancelling_keeps_the_reason_and_can_be_taken_back(desk):
    visit = desk.visit()
    answer = desk.send(f"/visits/{visit}/cancel", by="client", why="Feels better", next="/clients")
    assert (answer.status_code, answer.location) == (302, "/clients")
    assert desk.status(visit) == "cancelled"
    assert "Feels better" in desk.browser.get(f"/visits/{visit}").text
    assert desk.send(f"/visits/{visit}/undo").status_code == 302
    assert desk.status(visit) == "booked"


def test_no_way_leads_out_of_the_house(desk):
    visit = desk.visit()
    answer = desk.send(f"/visits/{visit}/cancel", by="clinic", next="//evil.example")
    assert answer.location == f"/visits/{visit}"


def test_a_stale_move_shows_both_versions_and_changes_nothing(desk):
    visit = desk.visit()
    typed = {"on": desk.on, "time": "15:00", "therapist": desk.therapist, "version": "1"}
    assert desk.send(f"/visits/{visit}/move", **typed).status_code == 302
    answer = desk.send(f"/visits/{visit}/move", **(typed | {"time": "16:00"}))
    assert answer.status_code == 409
    assert "16:00" in answer.text
    assert "Saved meanwhile" in answer.text
    with desk.app.app_context():
        found = db.session.scalars(select(Visit)).one()
        assert found.starts_at == made.at(15)


@pytest.mark.parametrize("wrong", [{"time": "99:00"}, {"on": ""}, {"therapist": "x"}, {"time": ""}])
def test_a_move_that_cannot_be_read_is_a_422(desk, wrong):
    visit = desk.visit()
    typed = {"on": desk.on, "time": "15:00", "therapist": desk.therapist, "version": "1"}
    assert desk.send(f"/visits/{visit}/move", **(typed | wrong)).status_code == 422


def test_only_the_owner_sets_the_record_right(app):
    desk = Desk(app)
    visit = desk.visit()
    data = {"to": "entered_in_error", "why": "Wrong client", "version": "1"}
    assert desk.send(f"/visits/{visit}/correct", **data).status_code == 403
    boss = staff.signed_in(app, Role.OWNER)
    assert staff.send(boss, f"/visits/{visit}/correct", data | {"why": ""}).status_code == 422
    assert staff.send(boss, f"/visits/{visit}/correct", data).status_code == 302
    assert desk.status(visit) == "entered_in_error"


def test_a_therapist_is_offered_their_own_times_only(app):
    desk = Desk(app)
    with app.app_context():
        made.a_therapist("Ines Okafor")
    there = staff.signed_in(app, Role.THERAPIST, name="June Park")
    page = there.get("/book", query_string=desk.chosen())
    assert "Ines Okafor" not in page.text
    place = OPENING.search(page.text)[1].rpartition(".")[2]
    with app.app_context(), transaction():
        assert the_place(place).id


def test_a_new_caller_is_put_on_the_books_and_all_that_was_chosen_is_kept(desk):
    opening = OPENING.search(desk.page(therapist=desk.therapist).text)[1]
    chosen = desk.chosen(therapist=desk.therapist, opening=opening, part="morning") | {"client": ""}
    answer = desk.send("/book", **chosen, newcomer="1", note="Knee hurts", who="Naka")
    assert answer.status_code == 302
    assert "Knee" not in answer.location
    assert "Naka" not in answer.location
    back = staff.send(desk.browser, answer.location, CALLER)
    assert back.status_code == 302, back.text
    assert back.location.startswith("/book?")
    with desk.app.app_context():
        caller = db.session.scalars(select(Client).where(Client.last_name == "Caller")).one()
        assert back.location.endswith(f"client={caller.public_id}")
    page = desk.browser.get(back.location)
    assert "New Caller" in page.text
    assert f'value="{opening}" checked' in page.text
    assert f'value="{desk.therapist}" checked' in page.text
    assert 'value="morning" checked' in page.text


@pytest.mark.parametrize("evil", ["//evil.example", "https://evil.example/", "/\\evil.example"])
def test_a_new_client_leads_nowhere_out_of_the_house(desk, evil):
    back = staff.send(desk.browser, f"/clients/new?next={evil}", CALLER)
    assert back.location.startswith("/clients/")


def test_without_script_a_client_is_searched_for_and_chosen(desk):
    found = desk.send("/book", **(desk.chosen(refresh="1", who="naka") | {"client": ""}))
    assert found.status_code == 200
    assert f'type="radio" name="client" id="found-0" value="{desk.client_id}"' in found.text
    both = [("client", desk.client_id), ("client", "")]
    for order in (both, both[::-1]):
        page = staff.send(
            desk.browser, "/book", {"refresh": "1", "client": [one[1] for one in order]}
        )
        assert "picked" in page.text
    nobody = desk.send("/book", **(desk.chosen(refresh="1", who="zzz") | {"client": ""}))
    assert "Nobody found" in nobody.text


def test_the_therapists_gender_narrows_while_no_therapist_is_chosen(desk):
    with desk.app.app_context():
        person = made.a_therapist("Ines Okafor")
        with transaction() as session, made.writing("test", made.SYSTEM):
            session.get_one(type(person), person.id).gender = "female"
            session.flush()
    assert 'name="gender"' in desk.page().text
    page = desk.page(gender="female")
    side = page.text[page.text.index('id="openings"') :]
    assert "Ines Okafor" in side
    assert "June Park" not in side
    chosen = desk.page(gender="female", therapist=desk.therapist)
    assert 'name="gender"' not in chosen.text
    assert "June Park" in chosen.text[chosen.text.index('id="openings"') :]
    assert desk.page(gender="x" * 500).status_code == 200


def test_booking_the_same_twice_gives_one_visit_and_the_next_free_times(desk):
    page = desk.page()
    wanted = desk.chosen(opening=OPENING.search(page.text)[1], note="keep me")
    token = {"csrf_token": re.search(r'name="csrf_token" value="([^"]+)"', page.text)[1]}
    first = desk.browser.post("/book", data=wanted | token)
    again = desk.browser.post(
        "/book", data=wanted | token
    )  # a second click; or back, and once more
    assert (first.status_code, again.status_code) == (302, 409)
    assert "The next free ones" in again.text
    assert "keep me" in again.text
    with desk.app.app_context():
        assert db.session.scalar(select(func.count()).select_from(Visit)) == 1


class Other:
    """A longer length and an add-on that a visit can be changed to."""

    def __init__(self, desk):
        with desk.app.app_context():
            longer = catalogue.variant(90, 12000, of=desk.house.variant.service)
            self.variant = longer.public_id
            self.add_on = catalogue.add_on(minutes=15).public_id


def test_another_service_says_its_price_first_and_is_then_changed(desk):
    visit, other = desk.visit(), Other(desk)
    page = desk.browser.get(f"/visits/{visit}")
    assert "$120" in page.text
    typed = {"variant": other.variant, "add_ons": other.add_on, "version": "1"}
    asked = desk.send(f"/visits/{visit}/service", **typed, refresh="1")
    assert asked.status_code == 200
    assert "$130.00" in asked.text
    assert "105 min" in asked.text
    assert desk.send(f"/visits/{visit}/service", **typed).status_code == 302
    with desk.app.app_context():
        found = db.session.scalars(select(Visit)).one()
        assert (found.minutes, found.price_minor, len(found.add_ons)) == (105, 12000, 1)


def test_a_stale_change_of_service_shows_both_versions(desk):
    visit, other = desk.visit(), Other(desk)
    moved = {"on": desk.on, "time": "15:00", "therapist": desk.therapist, "version": "1"}
    assert desk.send(f"/visits/{visit}/move", **moved).status_code == 302
    typed = {"variant": other.variant, "version": "1"}
    answer = desk.send(f"/visits/{visit}/service", **typed)
    assert answer.status_code == 409
    assert "Saved meanwhile" in answer.text
    assert f'value="{other.variant}" selected' in answer.text
    with desk.app.app_context():
        found = db.session.scalars(select(Visit)).one()
        assert (found.minutes, found.starts_at) == (60, made.at(15))


@pytest.mark.parametrize("wrong", [{"variant": "x"}, {"variant": ""}, {"add_ons": "x"}], ids=repr)
def test_a_change_of_service_that_cannot_be_read_is_a_422(desk, wrong):
    visit, other = desk.visit(), Other(desk)
    typed = {"variant": other.variant, "version": "1"} | wrong
    assert desk.send(f"/visits/{visit}/service", **typed).status_code == 422


@pytest.mark.parametrize("version", ["", "no", "-1", "7", "9" * 30])
def test_a_form_that_does_not_say_the_version_that_stands_is_stale(desk, version):
    visit = desk.visit()
    answer = desk.send(f"/visits/{visit}/check-in", version=version)
    assert answer.status_code == 409
    assert desk.status(visit) == "booked"


def test_a_longer_service_that_does_not_fit_is_a_409_and_changes_nothing(desk):
    visit, other = desk.visit(), Other(desk)
    with desk.app.app_context():
        next_one = a_client("Omar Haddad").public_id
    follows = desk.chosen(client=next_one, therapist=desk.therapist, time="11:15")
    assert desk.send("/book", **follows).status_code == 302
    answer = desk.send(f"/visits/{visit}/service", variant=other.variant, version="1")
    assert answer.status_code == 409
    assert "therapist is taken" in answer.text
