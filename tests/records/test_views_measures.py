"""The pages of measures and plans: what is typed, what is shown, and to whom."""

from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from clinic.core.db import db
from clinic.core.permissions import Role
from clinic.core.transactions import transaction
from clinic.records.models import Reading, TreatmentPlan
from clinic.records.rules.keeping import read_taken
from clinic.records.rules.measures import Subject, Taken
from clinic.records.services import measures
from tests.factories import ready, staff
from tests.factories import scheduling as made

PLAN = {
    "complaint": "Stiff neck",
    "goal_1": "Check my blind spot",
    "subject_1": "ROM:NECK_ROTATION:L",
    "start_1": "48",
    "target_1": "70",
    "every_visits": "6",
    "every_days": "30",
    "relief_days": "7",
    "relief_visits": "4",
}


@pytest.fixture
def ids(app: Flask) -> dict[str, str]:
    """A client in June Park's care, whom Teo Marsh does not treat."""
    with app.app_context():
        house = made.open_house()
        ready.history(house.client, house.treats)
        made.a_therapist("Teo Marsh")
        staff.member("Hannah Doyle", Role.RECEPTIONIST)
        staff.member("Ana Long", Role.OWNER)
        days = [made.this_day() - timedelta(days=back) for back in (40, 20, 2)]
        for on, (pain, turn) in zip(days, ((6, 48), (5, 55), (4, 60)), strict=True):
            with transaction():
                measures.take_readings(
                    house.client,
                    [
                        Taken(Subject("NPRS_NOW"), pain),
                        Taken(Subject("ROM", "NECK_ROTATION", "L"), turn, method="goniometer"),
                    ],
                    actor=house.treats,
                    on=on,
                )
        return {"client": house.client.public_id}


def as_who(app: Flask, name: str = "June Park") -> FlaskClient:
    return staff.signed_in(app, name=name)


def post(client: FlaskClient, address: str, **sent: Any) -> Any:
    return staff.send(client, address, sent)


def planned(app: Flask, browser: FlaskClient, ids: dict[str, str], **more: str) -> str:
    answer = post(browser, f"/clients/{ids['client']}/plan/new", **(PLAN | more))
    assert answer.status_code == 302, answer.text
    with app.app_context():
        found = db.session.query(TreatmentPlan).order_by(TreatmentPlan.id.desc()).first()
        assert found is not None
        return found.public_id


def test_a_course_is_drawn_and_stands_in_a_table(app: Flask, ids: dict[str, str]):
    page = as_who(app).get(f"/clients/{ids['client']}/outcomes").text
    assert "<polyline" in page
    assert "Neck, turning, left" in page
    assert '<td class="num">48°</td>' in page
    assert '<td class="num">60°</td>' in page
    assert "A change of this size may be meaningful." in page  # pain, 6 to 4


def test_another_range_can_be_asked_for(app: Flask, ids: dict[str, str]):
    browser = as_who(app)
    assert "3 months" in browser.get(f"/clients/{ids['client']}/outcomes?range=3m").text
    assert browser.get(f"/clients/{ids['client']}/outcomes?range=nonsense").status_code == 200


@pytest.mark.parametrize("name", ["Teo Marsh", "Hannah Doyle", "Ana Long"])
@pytest.mark.parametrize("page", ["outcomes", "outcomes/new", "plan", "plan/new"])
def test_only_who_treats_a_client_sees_how_they_do(
    app: Flask, ids: dict[str, str], name: str, page: str
):
    answer = as_who(app, name).get(f"/clients/{ids['client']}/{page}")
    assert answer.status_code == 403
    assert "Neck, turning" not in answer.text


@pytest.mark.parametrize(
    ("group", "sent", "kept"),
    [
        ("pain", {"NPRS_NOW": "3", "NPRS_WORST": "7"}, [3, 7]),
        ("wellbeing", {"SLEEP_HOURS": "6,5", "GROC": "-2"}, [6.5, -2]),
        ("movement", {"movement": "ROM:NECK_FLEXION", "reached": "44", "how": "passive"}, [44]),
        ("girth", {"place": "GIRTH:CALF:L", "girth": "38.5"}, [38.5]),
        ("activities", {"activity_1": "Drive", "score_1": "4", "activity_2": "Lift",
                        "score_2": "5"}, [4.5]),
        ("back", {"RMDQ": "11"}, [11]),
        ("questionnaires", {"NDI": "11", "ODI": "32"}, [11, 32]),
    ],
)  # fmt: skip
def test_every_group_of_measures_can_be_written_down(
    app: Flask, ids: dict[str, str], group: str, sent: dict[str, str], kept: list[float]
):
    browser, day = as_who(app), _today(app)
    address = f"/clients/{ids['client']}/outcomes/new?group={group}"
    assert browser.get(address).status_code == 200
    answer = post(browser, address, on=day, **sent)
    assert answer.status_code == 302, answer.text
    with app.app_context():
        found = db.session.query(Reading).order_by(Reading.id.desc()).limit(len(kept)).all()
        assert sorted(read_taken(one.details).value for one in found) == sorted(kept)


@pytest.mark.parametrize(
    ("group", "sent", "said"),
    [
        ("pain", {"NPRS_NOW": "11"}, "Enter a whole number from 0 to 10."),
        ("pain", {"NPRS_NOW": "much"}, "Enter a number."),
        ("pain", {}, "Enter at least one figure."),
        ("movement", {"movement": "ROM:NECK_ROTATION:L", "reached": "201"}, "from 0 to 200"),
        ("movement", {"movement": "ROM:NECK_ROTATION:L", "reached": "150"}, "Measure again"),
        ("movement", {"reached": "50"}, "Choose from the list."),
        ("girth", {"place": "GIRTH:CALF:L", "girth": "0.5"}, "from 3 to 150"),
        ("activities", {"activity_1": "Drive"}, "Enter a whole number from 0 to 10."),
        ("activities", {}, "Name one to five activities."),
        ("questionnaires", {"NDI": "51"}, "Enter a whole number from 0 to 50."),
    ],
)
def test_what_cannot_be_is_said_beside_what_was_typed(
    app: Flask, ids: dict[str, str], group: str, sent: dict[str, str], said: str
):
    address = f"/clients/{ids['client']}/outcomes/new?group={group}"
    answer = post(as_who(app), address, on=_today(app), **sent)
    assert answer.status_code == 422
    assert said in answer.text
    assert all(value in answer.text for value in sent.values())


def test_a_far_movement_is_kept_once_it_was_looked_at_twice(app: Flask, ids: dict[str, str]):
    address = f"/clients/{ids['client']}/outcomes/new?group=movement"
    sent = {"on": _today(app), "movement": "ROM:NECK_ROTATION:L", "reached": "150"}
    browser = as_who(app)
    assert 'name="is_sure"' in post(browser, address, **sent).text
    assert post(browser, address, is_sure="y", **sent).status_code == 302


def test_a_mistake_counts_no_more(app: Flask, ids: dict[str, str]):
    with app.app_context():
        first = db.session.query(Reading).order_by(Reading.id).first()
        assert first is not None
        wrong = first.public_id
    browser = as_who(app)
    assert post(browser, f"/measures/{wrong}/void").status_code == 302
    with app.app_context():
        assert db.session.query(Reading).filter(Reading.voided_at.is_not(None)).count() == 1
    assert post(as_who(app, "Teo Marsh"), f"/measures/{wrong}/void").status_code == 403


def test_a_plan_is_written_agreed_to_reviewed_and_completed(app: Flask, ids: dict[str, str]):
    browser = as_who(app)
    assert "There is no plan now" in browser.get(f"/clients/{ids['client']}/plan").text
    assert browser.get(f"/clients/{ids['client']}/plan/new").status_code == 200
    plan = planned(app, browser, ids)
    page = browser.get(f"/clients/{ids['client']}/plan").text
    assert "“Check my blind spot”" in page
    assert "The client agrees" in page
    assert 'value="55"' in page  # 48 to 60 of 70
    assert post(browser, f"/plans/{plan}/agree").status_code == 302
    assert browser.get("/plans").text.count(plan) == 1
    assert browser.get(f"/plans/{plan}/review").status_code == 200
    assert post(browser, f"/plans/{plan}/review", found="Turns better").status_code == 302
    assert "Turns better" in browser.get(f"/plans/{plan}").text
    assert browser.get(f"/plans/{plan}/complete").status_code == 200
    assert post(browser, f"/plans/{plan}/complete").status_code == 422
    assert post(browser, f"/plans/{plan}/complete", why="Sees the lane").status_code == 302
    over = browser.get(f"/plans/{plan}").text
    assert "Completed" in over
    assert "Sees the lane" in over
    assert browser.get(f"/plans/{plan}/pause").status_code == 404
    assert "Other plans" in browser.get(f"/clients/{ids['client']}/plan").text


def test_a_plan_is_changed_paused_and_gone_on_with(app: Flask, ids: dict[str, str]):
    browser = as_who(app)
    plan = planned(app, browser, ids)
    form = browser.get(f"/plans/{plan}/edit").text
    assert "Check my blind spot" in form
    assert 'value="48"' in form
    version = _version(app, plan)
    sent = PLAN | {"version": str(version), "goal_1": "Drive again"}
    assert post(browser, f"/plans/{plan}/edit", **sent).status_code == 302
    assert post(browser, f"/plans/{plan}/edit", **sent).status_code == 409
    assert "“Drive again”" in browser.get(f"/plans/{plan}").text
    post(browser, f"/plans/{plan}/agree")
    assert post(browser, f"/plans/{plan}/pause", why="Away").status_code == 302
    assert "Go on" in browser.get(f"/plans/{plan}").text
    assert post(browser, f"/plans/{plan}/resume").status_code == 302
    assert "Active" in browser.get(f"/plans/{plan}").text


def test_a_second_plan_waits_for_the_first_to_end(app: Flask, ids: dict[str, str]):
    browser = as_who(app)
    planned(app, browser, ids)
    answer = post(browser, f"/clients/{ids['client']}/plan/new", **PLAN)
    assert answer.status_code == 409
    assert "There is a plan already" in answer.text


def test_a_plan_without_a_goal_is_kept_on_the_screen(app: Flask, ids: dict[str, str]):
    sent = PLAN | {"goal_1": "", "exit": "Sleeps well"}
    answer = post(as_who(app), f"/clients/{ids['client']}/plan/new", **sent)
    assert answer.status_code == 422
    assert "in the client’s words" in answer.text
    assert "Sleeps well" in answer.text


def test_what_became_worse_asks_for_a_review(app: Flask, ids: dict[str, str]):
    browser = as_who(app)
    more = {"subject_1": "NPRS_NOW", "start_1": "4", "target_1": "1"}
    plan = planned(app, browser, ids, **more)
    post(browser, f"/plans/{plan}/agree")
    address = f"/clients/{ids['client']}/outcomes/new?group=pain"
    post(browser, address, on=_today(app), NPRS_NOW="5")
    assert "Review the plan, or refer" not in browser.get(f"/plans/{plan}").text
    post(browser, address, on=_today(app), NPRS_NOW="6")
    assert "Review the plan, or refer" in browser.get(f"/plans/{plan}").text
    assert "Review the plan, or refer" in browser.get(f"/clients/{ids['client']}/outcomes").text


def _today(app: Flask) -> str:
    with app.app_context():
        return made.this_day().isoformat()


def _version(app: Flask, plan: str) -> int:
    with app.app_context():
        return db.session.query(TreatmentPlan).filter_by(public_id=plan).one().version
