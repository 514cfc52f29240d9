"""That the client pays is asked on the page, ticked, and shown with the visit."""

import html
import re
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask

from clinic.catalogue.queries import the_variant
from clinic.clients.queries import the_client
from clinic.core.db import db
from clinic.scheduling.models import Visit
from clinic.staff.models import StaffMember
from tests.factories import scheduling as made
from tests.factories.clients import a_client
from tests.factories.staff import token_of
from tests.scheduling.test_views import Desk
from tests.scheduling.waits import an_entry, offered

ASKED = "0 of 1 used, 1 reserved. Ask the client, and say that they agree to pay"
TICK = 'name="self_pay"'
IS_TICKED = re.compile(
    r'<input[^>]*name="self_pay"[^>]*checked|<input[^>]*checked[^>]*name="self_pay"'
)
KEPT = "to pay for this visit themselves."


@pytest.fixture
def desk(app: Flask) -> Desk:
    """One visit was authorised and is booked, in three weeks."""
    desk = Desk(app)
    with app.app_context():
        allowed = made.an_authorisation(desk.house, 1)
        made.book(desk.house, made.at(8, days=20), authorisation=allowed)
    return desk


def ticked(page: str) -> dict[str, str]:
    """The tick, for whom the page shows it."""
    shown = re.search(r'name="self_pay_of"[^>]*value="([^"]+)"', page)
    assert shown
    return {"self_pay": "y", "self_pay_of": html.unescape(shown[1])}


def another(desk: Desk, name: str = "Omar Haddad") -> Any:
    """Somebody else of whose order no visit is left."""
    client = a_client(name)
    booked_out(desk, client, 12)
    return client


def booked_out(desk: Desk, client: Any, hour: int) -> None:
    """One visit of a client was authorised, and is booked."""
    allowed = made.an_authorisation(desk.house, 1, client=client)
    made.book(
        desk.house, made.at(hour, days=20), authorisation=allowed, client=client, **at_hand(desk)
    )


def at_hand(desk: Desk) -> dict[str, Any]:
    person = db.session.query(StaffMember).filter_by(public_id=desk.therapist).one()
    return {"variant": the_variant(desk.variant), "therapist": person}


def visits(desk: Desk) -> int:
    with desk.app.app_context():
        return int(db.session.query(Visit).count())


def latest(desk: Desk) -> Visit:
    with desk.app.app_context():
        found: Visit = db.session.query(Visit).order_by(Visit.id.desc()).first()
        return found


def refused(desk: Desk, path: str, **form: Any) -> str:
    before = visits(desk)
    answer = desk.send(path, **form)
    text = html.unescape(answer.text)
    assert answer.status_code == 422, text
    assert ASKED in text
    assert TICK in text
    assert visits(desk) == before
    return text


def test_the_page_tells_it_before_booking_and_a_booking_without_the_tick_writes_nothing(
    desk: Desk,
) -> None:
    page = html.unescape(desk.page().text)
    assert ASKED in page
    assert TICK in page
    form = desk.chosen(therapist=desk.therapist, time="14:00", note="By the window")
    text = refused(desk, "/book", **form)
    assert "By the window" in text
    assert 'value="14:00"' in text
    refused(desk, "/book", **form, self_pay="y")  # for nobody whom a page showed
    done = desk.send("/book", **form, **ticked(text))
    assert done.status_code == 302
    visit = latest(desk)
    assert visit.self_pay_agreed_at is not None
    assert KEPT in html.unescape(desk.browser.get(f"/visits/{visit.public_id}").text)


def test_a_tick_is_for_the_client_and_the_day_that_were_shown(desk: Desk) -> None:
    with desk.app.app_context():
        other = another(desk).public_id
    form = desk.chosen(therapist=desk.therapist, time="14:00")
    tick = ticked(desk.page().text)
    for changed in ({"client": other}, {"on": made_later(desk)}):
        page = desk.send("/book", **form | changed | tick | {"refresh": "1"}).text
        assert TICK in page
        assert not IS_TICKED.search(page)
        text = refused(desk, "/book", **form | changed | tick)
        assert not IS_TICKED.search(text)
        assert ticked(text) != tick
    kept = desk.send("/book", **form | tick | {"refresh": "1"}).text
    assert IS_TICKED.search(kept)
    assert desk.send("/book", **form | tick).status_code == 302
    assert latest(desk).self_pay_agreed_at is not None


def test_who_has_visits_left_is_asked_nothing(app: Flask) -> None:
    desk = Desk(app)
    with app.app_context():
        made.an_authorisation(desk.house, 2)
    assert TICK not in desk.page().text
    done = desk.send("/book", **desk.chosen(therapist=desk.therapist, time="14:00"))
    assert done.status_code == 302
    assert KEPT not in html.unescape(desk.browser.get(done.location).text)


def test_one_tick_is_for_all_visits_of_a_plan(desk: Desk) -> None:
    form = desk.chosen(therapist=desk.therapist) | {
        "first_on": desk.on, "time": "10:00",
        "every": ["1"], "unit": ["weeks"], "visits": ["2"],
    }  # fmt: skip
    page = desk.send("/series/new", **form, show="1").text
    picks = dict(re.findall(r'name="(pick-\d+)" value="(\d[^"]+)" checked', page))
    assert len(picks) == 2
    shown = re.search(r'name="shown" value="([^"]*)"', page)
    assert shown
    form |= picks | {"shown": shown[1], "book": "1"}
    text = refused(desk, "/series/new", **form)
    assert "Visit 1, " in text
    assert desk.send("/series/new", **form, self_pay="y").status_code == 302
    assert latest(desk).self_pay_agreed_at is not None


def test_an_offer_stays_open_until_the_client_has_agreed(desk: Desk) -> None:
    with desk.app.app_context():
        entry = an_entry(
            desk.house, client=the_client(desk.client_id), variant=the_variant(desk.variant)
        )
        person = db.session.query(StaffMember).filter_by(public_id=desk.therapist).one()
        offer = offered(desk.house, entry, therapist=person).public_id
    path = f"/waitlist/offers/{offer}/accept"
    assert 'name="override_why"' not in refused(desk, path)
    assert desk.send(path, self_pay="y").status_code == 302
    assert latest(desk).self_pay_agreed_at is not None


def test_a_visit_that_agreed_moves_without_being_asked(desk: Desk) -> None:
    form = desk.chosen(therapist=desk.therapist, time="14:00")
    assert desk.send("/book", **form | ticked(desk.page().text)).status_code == 302
    visit = latest(desk)
    move = {"on": made_later(desk), "time": "15:00", "therapist": desk.therapist}
    assert desk.send(f"/visits/{visit.public_id}/move", **move).status_code == 302
    assert latest(desk).self_pay_agreed_at == visit.self_pay_agreed_at


def made_later(desk: Desk) -> str:
    with desk.app.app_context():
        return (made.day() + timedelta(days=2)).isoformat()


@pytest.fixture
def earlier(app: Flask) -> tuple[Desk, str]:
    """A visit booked while one was left, which is left no more."""
    desk = Desk(app)
    with app.app_context():
        visit = made.book(desk.house, made.at(10)).public_id
        allowed = made.an_authorisation(desk.house, 1)
        made.book(desk.house, made.at(8, days=20), authorisation=allowed)
    return desk, visit


def test_a_move_to_another_day_asks_on_the_visits_page(earlier: tuple[Desk, str]) -> None:
    desk, visit = earlier
    move = {"on": made_later(desk), "time": "15:00", "therapist": desk.therapist}
    assert TICK not in desk.browser.get(f"/visits/{visit}").text
    refused(desk, f"/visits/{visit}/move", **move)
    assert desk.send(f"/visits/{visit}/move", **move, self_pay="y").status_code == 302
    assert KEPT in html.unescape(desk.browser.get(f"/visits/{visit}").text)


def test_what_is_dropped_on_the_board_offers_to_say_that_they_agreed(
    earlier: tuple[Desk, str],
) -> None:
    desk, visit = earlier
    headers = {"Accept": "application/json", "X-CSRFToken": token_of(desk.browser, "/account")}
    wanted = {
        "visit": visit, "version": desk.version(visit), "start": f"{made_later(desk)}T15:00",
        "staff": desk.therapist,
    }  # fmt: skip
    answer = desk.browser.post("/office/schedule/move", data=wanted, headers=headers)
    assert answer.status_code == 422
    assert answer.json["offers"] == "self_pay"
    assert ASKED in answer.json["error"]
    wanted["self_pay"] = "y"
    answer = desk.browser.post("/office/schedule/move", data=wanted, headers=headers)
    assert answer.status_code == 200
