"""The pages of couples and groups, as a browser meets them."""

import html
import re

import pytest
from sqlalchemy import func, select

from clinic.clients.queries import the_client
from clinic.core.db import db
from clinic.core.permissions import SYSTEM, Role
from clinic.core.transactions import transaction
from clinic.practice.services import settle
from clinic.scheduling.models import GroupBooking, Visit
from tests.factories import scheduling as made
from tests.factories import staff
from tests.factories.clients import a_client
from tests.scheduling.test_views import Desk

OPENING = re.compile(r'name="opening" value="([^"]+)"')


class Two(Desk):
    """A desk with two clients, two therapists and a room for two."""

    def __init__(self, app):
        super().__init__(app)
        with app.app_context():
            self.second = a_client("Omar Haddad").public_id
            self.other = made.a_therapist("Ines Okafor").public_id
            made.a_room_for_two()

    def typed(self, **more):
        rows = {
            "people": "2", "kind": "couple", "on": self.on,
            "client-0": self.client_id, "variant-0": self.variant, "therapist-0": "",
            "client-1": self.second, "variant-1": self.variant, "therapist-1": "",
        }  # fmt: skip
        return rows | {key.replace("_", "-"): value for key, value in more.items()}

    def offered(self):
        return OPENING.search(self.send("/book/together", **self.typed(refresh="1")).text)[1]

    def booked(self):
        answer = self.send("/book/together", **self.typed(opening=self.offered(), book="1"))
        assert answer.status_code == 302, answer.text
        return answer.location

    def count(self):
        with self.app.app_context():
            return db.session.scalar(select(func.count()).select_from(Visit))


@pytest.fixture
def two(app):
    return Two(app)


def test_a_couple_is_booked_and_its_page_names_both(two):
    page = two.browser.get(two.booked())
    assert page.status_code == 200
    assert "Grace Nakamura" in page.text
    assert "Omar Haddad" in page.text
    assert page.text.count("Garden") >= 2
    with two.app.app_context():
        first, second = db.session.scalars(select(Visit.public_id).order_by(Visit.id))
    one = two.browser.get(f"/visits/{first}").text
    assert "Together with" in one
    assert f"/visits/{second}" in one
    assert "Move both" in one
    panel = two.browser.get(f"/office/schedule/visit/{first}").text
    assert f"/visits/{second}" in panel


def test_each_has_a_note_of_their_own_that_is_kept_while_choosing(two):
    notes = {"note_0": "Window side", "note_1": "x" * 501}
    again = two.send("/book/together", **two.typed(refresh="1", **notes))
    assert 'value="Window side"' in again.text
    opening = two.offered()
    refused = two.send("/book/together", **two.typed(opening=opening, book="1", **notes))
    assert (refused.status_code, two.count()) == (422, 0)
    assert "Use at most 500 characters." in refused.text
    notes["note_1"] = "Ground floor"
    done = two.send("/book/together", **two.typed(opening=opening, book="1", **notes))
    assert done.status_code == 302
    with two.app.app_context():
        kept = db.session.scalars(select(Visit).order_by(Visit.id))
        assert [visit.note for visit in kept] == ["Window side", "Ground floor"]


def test_each_counts_against_their_own_referral_as_far_as_that_is_asked_for(two):
    with two.app.app_context():
        made.an_authorisation(two.house, 3)
        made.an_authorisation(two.house, 4, client=the_client(two.second))
    page = html.unescape(two.send("/book/together", **two.typed(refresh="1")).text)
    assert "R-000001: 0 of 3 used, 0 booked, 3 left" in page
    assert "R-000002: 0 of 4 used, 0 booked, 4 left" in page
    asked = two.typed(refresh="1") | {"use_referral-1": "y"}
    again = two.send("/book/together", **asked).text
    assert re.search(r'name="use_referral-1" id="use_referral-1" value="y" checked', again)
    assert not re.search(r'name="use_referral-0"[^>]*checked', again)
    done = two.typed(opening=OPENING.search(again)[1], book="1") | {"use_referral-1": "y"}
    assert two.send("/book/together", **done).status_code == 302
    with two.app.app_context():
        counted = [
            one.authorisation for one in db.session.scalars(select(Visit).order_by(Visit.id))
        ]
        assert [one and one.referral.number for one in counted] == [None, "R-000002"]


def test_where_none_is_left_for_one_all_are_refused_unless_the_owner_lets_a_reason_be_given(two):
    with two.app.app_context():
        full = made.an_authorisation(two.house, 1)
        made.book(two.house, made.at(8, days=20), authorisation=full)
    ask = two.typed(opening=two.offered(), book="1") | {"use_referral-0": "y"}
    page = html.unescape(two.send("/book/together", **two.typed(refresh="1")).text)
    assert "No visits left: ask for more" in page
    assert 'name="over_why"' not in page
    refused = two.send("/book/together", **ask)
    assert (refused.status_code, two.count()) == (422, 1)
    assert "of 1 in R-000001, 0 are used and 1" in html.unescape(refused.text)
    with two.app.app_context(), transaction():
        settle(actor=SYSTEM, over_authorisation="warn")
    assert 'name="over_why"' in two.send("/book/together", **two.typed(refresh="1")).text
    asked = two.send("/book/together", **ask)
    assert (asked.status_code, two.count()) == (422, 1)
    assert "Write down why" in html.unescape(asked.text)
    assert two.send("/book/together", **ask, over_why="Payer said yes").status_code == 302
    with two.app.app_context():
        visits = db.session.scalars(select(Visit).order_by(Visit.id)).all()
        assert [one.over_why for one in visits] == ["", "Payer said yes", ""]


def test_the_page_says_where_no_referral_holds_on_the_day(two):
    with two.app.app_context():
        made.an_authorisation(two.house, valid_from=made.day(60))
    page = html.unescape(two.send("/book/together", **two.typed(refresh="1")).text)
    assert "No referral holds on" in page
    assert "R-000001, from" in page
    assert "use_referral-0" not in page


def test_what_another_page_chose_is_the_first_row(two):
    asked = {"client": two.client_id, "variant": two.variant, "on": two.on}
    page = two.browser.get("/book/together", query_string=asked)
    assert f'name="client-0" value="{two.client_id}"' in page.text
    assert "Times appear here" in page.text


def test_people_are_added_taken_away_cleared_and_searched_for(two):
    def rows(text):
        return text.count("together__one")

    assert rows(two.send("/book/together", **two.typed(more="1")).text) == 3
    assert rows(two.send("/book/together", **two.typed(people="6", more="1")).text) == 6
    assert rows(two.send("/book/together", **two.typed(people="2", fewer="1")).text) == 2
    cleared = two.send("/book/together", **two.typed(clear="1"))
    assert f'name="client-1" value="{two.second}"' not in cleared.text
    found = two.send("/book/together", **(two.typed() | {"client-1": "", "who-1": "omar"}))
    assert f'value="{two.second}"' in found.text


@pytest.mark.parametrize(
    "wrong",
    [
        {"opening": ""},
        {"opening": "nonsense"},
        {"opening": "99999999999.x.y"},
        {"client_1": ""},
        {"client_1": "same"},
        {"variant_1": ""},
        {"variant_1": "\x00"},
        {"kind": "crowd"},
        {"on": "9999-99-99"},
        {"people": "3"},
    ],
    ids=repr,
)
def test_bad_input_is_a_4xx_and_books_nobody(two, wrong):
    opening = two.offered()
    wrong = {key: two.client_id if value == "same" else value for key, value in wrong.items()}
    answer = two.send("/book/together", **two.typed(**({"opening": opening, "book": "1"} | wrong)))
    assert 400 <= answer.status_code < 500
    assert two.count() == 0


def test_a_time_somebody_else_was_faster_for_is_a_409_and_books_nobody(two):
    opening = two.offered()
    two.booked()
    with two.app.app_context():
        third, fourth = a_client("Walter Brandt").public_id, a_client("Rosa Lind").public_id
    typed = two.typed(opening=opening, book="1", client_0=third, client_1=fourth)
    assert two.send("/book/together", **typed).status_code == 409
    assert two.count() == 2


def starts(two):
    with two.app.app_context():
        return {one.starts_at for one in db.session.scalars(select(Visit))}


def test_all_are_moved_and_a_stale_move_changes_nothing(two):
    where = two.booked()
    text = two.browser.get(where).text
    versions = re.search(r'name="versions" value="([^"]+)"', text)[1]
    typed = {"versions": versions, "on": two.on, "time": "15:00"}
    assert two.send(f"{where}/move", **typed).status_code == 302
    assert starts(two) == {made_at(two, 15)}
    answer = two.send(f"{where}/move", **(typed | {"time": "17:00"}))
    assert answer.status_code == 409
    assert "Nothing was changed" in answer.text
    assert starts(two) == {made_at(two, 15)}
    chip = re.search(r'name="opening" value="(\d+)"', two.browser.get(where).text)[1]
    assert two.send(f"{where}/move", opening=chip).status_code == 302
    for odd in ({"time": "99:99"}, {"on": ""}, {"time": ""}, {"versions": "x:y"}):
        answer = two.send(f"{where}/move", **({"on": two.on, "time": "15:07"} | odd))
        assert answer.status_code == 422


def made_at(two, hour):
    with two.app.app_context():
        return made.at(hour)


def test_all_are_cancelled_and_the_page_says_so(two):
    where = two.booked()
    assert two.send(f"{where}/cancel", by="clinic", why="Flood").status_code == 302
    assert "Nobody of this group comes any more" in two.browser.get(where).text
    assert two.send(f"{where}/cancel", by="clinic").status_code == 409
    with two.app.app_context():
        assert set(db.session.scalars(select(Visit.status))) == {"cancelled"}


def test_a_therapist_reads_a_group_and_moves_nobody(two):
    where = two.booked()
    there = staff.signed_in(two.app, Role.THERAPIST, name="June Park")
    page = there.get(where)
    assert page.status_code == 200
    assert "Move all" not in page.text
    assert staff.send(there, f"{where}/move", {"on": two.on, "time": "15:00"}).status_code == 403
    assert there.get("/groups/aaaaaaaaaaaaaaaaaaaa").status_code == 404
    with two.app.app_context():
        assert db.session.scalar(select(func.count()).select_from(GroupBooking)) == 1


def test_a_referral_that_was_ticked_for_one_stays_ticked_among_those_who_come_together(two):
    with two.app.app_context():
        made.an_authorisation(two.house, 3)
        made.an_authorisation(two.house, 4, client=the_client(two.second))
    there = two.send("/book", **two.chosen(use_referral="y"), goto="together").location
    page = two.browser.get(there).text
    assert re.search(r'id="use_referral-0" value="y" checked', page)
    again = two.send("/book/together", **two.typed(refresh="1") | {"use_referral-0": "y"}).text
    assert re.search(r'id="use_referral-0" value="y" checked', again)
    assert re.search(r'id="use_referral-1" value="y">', again)
    done = two.typed(opening=OPENING.search(again)[1], book="1") | {"use_referral-0": "y"}
    assert two.send("/book/together", **done).status_code == 302
    with two.app.app_context():
        visits = db.session.scalars(select(Visit).order_by(Visit.id))
        told = [one.authorisation and one.authorisation.referral.number for one in visits]
        assert told == ["R-000001", None]


def test_without_a_tick_none_is_brought_along_and_nonsense_ticks_nothing(two):
    with two.app.app_context():
        made.an_authorisation(two.house, 3)
    there = two.send("/book", **two.chosen(), goto="together").location
    assert "use_referral" not in there
    for address in (there, f"{there}&use_referral=maybe"):
        page = two.browser.get(address).text
        assert re.search(r'id="use_referral-0" value="y">', page)


def test_a_tick_is_not_shown_where_no_referral_holds_on_the_day(two):
    with two.app.app_context():
        made.an_authorisation(two.house, valid_from=made.day(60))
    there = two.send("/book", **two.chosen(use_referral="y"), goto="together").location
    assert "use_referral-0" not in two.browser.get(there).text


@pytest.mark.parametrize("way", ["series", "waitlist"])
def test_a_tick_goes_along_to_the_other_ways_as_well(two, way):
    with two.app.app_context():
        made.an_authorisation(two.house, 3)
    there = two.send("/book", **two.chosen(use_referral="y"), goto=way).location
    page = two.browser.get(there).text
    assert re.search(r'name="use_referral"[^>]*checked|checked[^>]*name="use_referral"', page)
