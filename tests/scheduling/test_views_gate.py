"""What the gate says on the pages of a visit, a series and the board, and a therapist's reason."""

from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from clinic.core.db import db
from clinic.core.permissions import Role
from clinic.health.rules.facts import Fact
from clinic.scheduling import services
from clinic.scheduling.models import Visit
from tests.factories import consents, ready, screening
from tests.factories import scheduling as made
from tests.factories.staff import send, signed_in

STOPS = Fact("condition", "ANEURYSM", text="canary-fact")
HOLDS = Fact("condition", "HEART_DISEASE", text="canary-fact", details=(("stable", "yes"),))
WHY = "Seen by the surgeon last week"


class Clinic:
    """A clinic with one visit, today or in a week."""

    def __init__(self, app: Flask, *, days: int = 7, hour: int = 10) -> None:
        self.app = app
        with app.app_context():
            self.house = made.open_house()
            screening.treat(self.house.client, self.house.treats)
            visit = made.book(self.house, made.at(hour, days=days))
            self.client, self.visit = self.house.client.public_id, visit.public_id
            self.version = visit.version
            self.path = f"/visits/{self.visit}"

    def know(self, *facts: Fact) -> None:
        with self.app.app_context():
            screening.know(db.session.merge(self.house.client), *facts)

    def desk(self) -> FlaskClient:
        return signed_in(self.app, Role.RECEPTIONIST, name="Robin Vale")

    def therapist(self) -> FlaskClient:
        return signed_in(self.app, Role.THERAPIST, name="June Park")

    def stood(self) -> Any:
        with self.app.app_context():
            visit = db.session.query(Visit).filter_by(public_id=self.visit).one()
            return visit.version, visit.status, visit.verdict.outcome, visit.verdict.why

    def send(self, who: FlaskClient, deed: str, **typed: Any) -> Any:
        sent = {"version": self.stood()[0]} | typed
        return send(who, f"{self.path}/{deed}", sent, page=self.path)


def test_the_desk_reads_what_to_do_and_who_treats_is_led_to_why(app: Flask) -> None:
    clinic = Clinic(app)
    clinic.know(HOLDS)
    desk, treats = clinic.desk().get(clinic.path).text, clinic.therapist().get(clinic.path).text
    assert "A therapist must review this before the session." in desk
    assert "Needs review" in desk
    assert "canary" not in desk + treats
    assert f"/clients/{clinic.client}/health" not in desk
    assert f"/clients/{clinic.client}/health" in treats
    assert "Why it may go ahead" in treats
    assert "Why it may go ahead" not in desk


def test_only_a_therapist_moves_a_stopped_visit_saying_why(app: Flask) -> None:
    clinic = Clinic(app)
    clinic.know(STOPS)
    with app.app_context():
        to = {"on": (made.this_day() + timedelta(days=7)).isoformat(), "time": "14:00",
              "therapist": clinic.house.therapist.public_id}  # fmt: skip
    desk = clinic.send(clinic.desk(), "move", **to, override_why=WHY)
    assert desk.status_code == 422
    assert "A therapist must review this" in desk.text
    treats = clinic.therapist()
    refused = clinic.send(treats, "move", **to)
    assert refused.status_code == 422
    assert "Say why it may be booked" in refused.text
    assert 'name="override_why"' in refused.text
    assert clinic.send(treats, "move", **to, override_why=WHY).status_code == 302
    _, status, outcome, why = clinic.stood()
    assert (status, outcome) == ("booked", "needs_review")
    assert WHY in why
    reads = clinic.desk()
    for path in (clinic.path, f"/office/schedule/visit/{clinic.visit}",
                 f"/day?on={to['on']}", f"/office/schedule/feed?on={to['on']}",
                 f"/clients/{clinic.client}"):  # fmt: skip
        page = reads.get(path)
        assert page.status_code == 200, path
        assert WHY not in page.text, path


@pytest.fixture
def today(app: Flask) -> Clinic:
    clinic = Clinic(app, days=0, hour=13)
    with app.app_context():
        made.done(services.check_in, db.session.query(Visit).one(), clinic.house.desk)
    return clinic


def test_what_a_session_waits_for_is_listed_with_where_it_is_done(today: Clinic) -> None:
    page = today.desk().get(today.path).text
    assert "There is no health form yet." in page
    assert f"/clients/{today.client}/intake" in page
    assert f"/clients/{today.client}/consents" in page
    assert "The questions of the day have not been asked." in page
    assert f"/clients/{today.client}/check?on=" in page


def test_a_start_that_is_refused_leads_a_therapist_to_the_room_card(today: Clinic) -> None:
    treats = today.therapist()
    refused = today.send(treats, "start", override_why="They told me at the door")
    assert refused.status_code == 307
    assert refused.location == f"{today.path}/card/start"
    sent = {"version": today.stood()[0], "override_why": "They told me at the door"}
    card = send(treats, refused.location, sent, page=today.path)
    assert card.status_code == 422
    assert "There is no health form yet." in card.text
    assert 'id="gate"' in card.text
    assert today.stood()[1] == "arrived"


def test_reception_is_told_in_its_own_words_that_it_begins_no_session(today: Clinic) -> None:
    today.know(STOPS)
    refused = today.send(today.desk(), "start")
    assert refused.status_code == 403
    assert "card" not in (refused.location or "")
    assert "canary" not in refused.text
    assert "aneurysm" not in refused.text.lower()


def test_a_session_begins_with_a_reason_where_one_would_do(app: Flask, today: Clinic) -> None:
    with app.app_context():
        client = db.session.merge(today.house.client)
        ready.history(client, today.house.treats)
        consents.agree(client)
    treats = today.therapist()
    page = treats.get(today.path).text
    assert "Start all the same" in page
    assert "Start all the same" not in today.desk().get(today.path).text
    assert today.send(treats, "start").status_code == 307
    assert today.send(treats, "start", override_why="Asked at the door").status_code == 302
    _, status, _, why = today.stood()
    assert status == "in_session"
    assert "Asked at the door" in why


def test_the_board_answers_a_refusal_with_where_to_go(app: Flask, today: Clinic) -> None:
    treats = today.therapist()
    treats.get("/office/schedule/")
    typed = {"visit": today.visit, "version": today.stood()[0], "step": "start"}
    answer = send(treats, "/office/schedule/step", typed, page=today.path)
    assert answer.status_code == 422
    assert answer.json["offers"] is None
    assert answer.json["go"] == f"{today.path}/card#gate"
    assert "See what it waits for." in treats.get(f"{today.path}/card").text
    assert [one["url"] for one in answer.json["links"]] == [
        today.path, f"/clients/{today.client}/health",
    ]  # fmt: skip
    panel = treats.get(f"/office/schedule/visit/{today.visit}").text
    assert "There is no health form yet." in panel


def test_the_board_takes_a_therapists_reason_for_a_move(app: Flask) -> None:
    clinic = Clinic(app)
    clinic.know(STOPS)
    with app.app_context():
        day = made.this_day() + timedelta(days=7)
        start = f"{day.isoformat()}T14:00"
        staff = clinic.house.therapist.public_id
    treats = clinic.therapist()
    typed = {"visit": clinic.visit, "version": clinic.stood()[0], "start": start, "staff": staff}
    refused = send(treats, "/office/schedule/move", typed, page=clinic.path)
    assert (refused.status_code, refused.json["offers"]) == (422, "reason")
    done = send(treats, "/office/schedule/move", typed | {"override_why": WHY}, page=clinic.path)
    assert done.status_code == 200, done.text
    assert WHY in clinic.stood()[3]


def test_who_changes_what_is_known_is_told_how_many_visits_that_changes(app: Flask) -> None:
    clinic = Clinic(app)
    treats = clinic.therapist()
    page = f"/clients/{clinic.client}/health/facts/new"
    typed = {"code": "ANEURYSM", "source": "therapist"}
    answer = send(treats, page, typed, page=page)
    assert answer.status_code == 302, answer.text
    after = treats.get(answer.location).text
    assert "1 visit to come is judged differently now." in after
    assert 'href="/schedule/screened"' in after
    assert "judged differently now" not in treats.get(answer.location).text
    desk = clinic.desk().get("/schedule/screened").text
    assert clinic.path in desk
    assert "Needs review" in desk
    assert "neurysm" not in desk
