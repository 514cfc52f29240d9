"""Every free measure: written down, checked, drawn with its start, and read as a table."""

from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from clinic.core.db import db
from clinic.records.models import Reading
from clinic.records.rules import roland
from clinic.records.rules.keeping import read_taken
from clinic.records.rules.measures import MEASURES, Subject, Taken
from tests.factories import ready, records, staff
from tests.factories import scheduling as made

_TEN = "Enter a whole number from 0 to 10."
# group, first and second figure as typed, what cannot be, what is said of it, subject, figures
FREE = [
    ("pain", {"NPRS_NOW": "6"}, {"NPRS_NOW": "4"}, {"NPRS_NOW": "11"}, _TEN,
     "NPRS_NOW", ("6", "4")),
    ("pain", {"NPRS_AVERAGE": "5"}, {"NPRS_AVERAGE": "3"}, {"NPRS_AVERAGE": "-1"}, _TEN,
     "NPRS_AVERAGE", ("5", "3")),
    ("pain", {"NPRS_WORST": "9"}, {"NPRS_WORST": "6"}, {"NPRS_WORST": "4.5"}, _TEN,
     "NPRS_WORST", ("9", "6")),
    ("activities", {"activity_1": "Drive", "score_1": "4", "activity_2": "Lift", "score_2": "5"},
     {"activity_1": "Drive", "score_1": "7", "activity_2": "Lift", "score_2": "6"},
     {"activity_1": "Drive", "score_1": "12"}, _TEN, "PSFS", ("4.5", "6.5")),
    ("movement", {"movement": "ROM:SHOULDER_ABDUCTION:R", "reached": "90"},
     {"movement": "ROM:SHOULDER_ABDUCTION:R", "reached": "120"},
     {"movement": "ROM:SHOULDER_ABDUCTION:R", "reached": "201"},
     "Enter a number from 0 to 200.", "ROM:SHOULDER_ABDUCTION:R", ("90°", "120°")),
    ("wellbeing", {"STRESS_NRS": "8"}, {"STRESS_NRS": "5"}, {"STRESS_NRS": "20"}, _TEN,
     "STRESS_NRS", ("8", "5")),
    ("wellbeing", {"SLEEP_NRS": "3"}, {"SLEEP_NRS": "6"}, {"SLEEP_NRS": "11"}, _TEN,
     "SLEEP_NRS", ("3", "6")),
    ("wellbeing", {"SLEEP_HOURS": "5,5"}, {"SLEEP_HOURS": "7"}, {"SLEEP_HOURS": "25"},
     "Enter a number from 0 h to 24 h.", "SLEEP_HOURS", ("5.5 h", "7 h")),
    ("wellbeing", {"MOOD_NRS": "4"}, {"MOOD_NRS": "7"}, {"MOOD_NRS": "11"}, _TEN,
     "MOOD_NRS", ("4", "7")),
    ("wellbeing", {"GROC": "-2"}, {"GROC": "5"}, {"GROC": "8"}, "Choose from the list.",
     "GROC", ("−2", "+5")),
    ("girth", {"place": "GIRTH:CALF:L", "girth": "41"}, {"place": "GIRTH:CALF:L", "girth": "39.5"},
     {"place": "GIRTH:CALF:L", "girth": "151"}, "Enter a number from 3 to 150.",
     "GIRTH:CALF:L", ("41 cm", "39.5 cm")),
    ("back", {"statements": ["2", "3", "13", "14", "18"], "by": "client"},
     {"statements": ["13"], "by": "therapist"}, {"RMDQ": "25"},
     "Enter a whole number from 0 to 24.", "RMDQ", ("5", "1")),
]  # fmt: skip
CASES = pytest.mark.parametrize("case", FREE, ids=[one[5] for one in FREE])


@pytest.fixture
def ids(app: Flask) -> dict[str, str]:
    with app.app_context():
        house = made.open_house()
        ready.history(house.client, house.treats)
        today = made.this_day()
        return {
            "client": house.client.public_id,
            "today": today.isoformat(),
            "before": (today - timedelta(days=20)).isoformat(),
        }


def june(app: Flask) -> FlaskClient:
    return staff.signed_in(app, name="June Park")


def measure(browser: FlaskClient, ids: dict[str, str], group: str, sent: dict[str, Any]) -> Any:
    address = f"/clients/{ids['client']}/outcomes/new?group={group}"
    return staff.send(browser, address, {"on": ids["today"], "by": "client"} | sent)


def test_every_free_measure_is_among_these_cases():
    free = {one.code for one in MEASURES.values() if not one.is_score_only}
    assert {subject.partition(":")[0] for *_, subject, _ in FREE} == free


@CASES
def test_a_figure_that_cannot_be_is_said_beside_it_and_what_was_typed_is_kept(
    app: Flask, ids: dict[str, str], case: Any
):
    group, _, _, wrong, said, *_ = case
    answer = measure(june(app), ids, group, wrong | {"comment": "Typed with care"})
    assert answer.status_code == 422
    assert said in answer.text
    assert "Typed with care" in answer.text
    for name, typed in wrong.items():
        assert name == "GROC" or f'value="{typed}"' in answer.text
    with app.app_context():
        assert db.session.query(Reading).count() == 0


@CASES
def test_its_course_is_drawn_from_the_start_and_stands_in_a_table(
    app: Flask, ids: dict[str, str], case: Any
):
    group, first, second, _, _, code, figures = case
    browser = june(app)
    earlier = measure(browser, ids, group, first | {"on": ids["before"]})
    assert earlier.status_code == 302, earlier.text
    assert measure(browser, ids, group, second).status_code == 302
    page = browser.get(f"/clients/{ids['client']}/outcomes?range=all").text
    assert page.count("<polyline") == 1
    assert 'class="base"' in page
    assert all(f'<td class="num">{one}</td>' in page for one in figures)
    knows = MEASURES[code.partition(":")[0]].meaning is not None
    assert ('class="band"' in page) is knows
    assert ("May be meaningful from" in page) is knows
    with app.app_context():
        rows = db.session.query(Reading).order_by(Reading.taken_on).all()
        assert [one.phase for one in rows] == ["baseline", "visit"]
        assert {read_taken(one.details).subject.code for one in rows} == {code}


def test_the_back_list_counts_ticks_and_keeps_which_and_by_whom(app: Flask, ids: dict[str, str]):
    browser = june(app)
    page = browser.get(f"/clients/{ids['client']}/outcomes/new?group=back").text
    assert page.count('name="statements"') == len(roland.STATEMENTS) == 24
    assert roland.VERSION in page
    assert "No permission is needed when it is used as published." in page
    assert measure(browser, ids, "back", {"statements": ["24", "1"]}).status_code == 302
    with app.app_context():
        taken = read_taken(db.session.query(Reading).one().details)
    assert (taken.value, taken.ticked, taken.wording, taken.by) == (
        2, (1, 24), roland.VERSION, "client",
    )  # fmt: skip
    assert "ticked: 1, 24" in browser.get(f"/clients/{ids['client']}/outcomes?range=all").text


@pytest.mark.parametrize(
    ("sent", "score", "is_listed"),
    [({"is_none": "y"}, 0, True), ({"RMDQ": "11"}, 11, False),
     ({"RMDQ": "2", "statements": ["1", "2"]}, 2, True)],
)  # fmt: skip
def test_nothing_ticked_is_a_score_of_nothing_and_a_score_alone_will_do(
    app: Flask, ids: dict[str, str], sent: dict[str, Any], score: int, is_listed: bool
):
    assert measure(june(app), ids, "back", sent).status_code == 302
    with app.app_context():
        taken = read_taken(db.session.query(Reading).one().details)
    assert taken.value == score
    assert bool(taken.wording) is is_listed


@pytest.mark.parametrize(
    ("sent", "said"),
    [({}, "Tick what describes the client"), ({"statements": ["1"], "is_none": "y"}, "Take the"),
     ({"statements": ["1", "2"], "RMDQ": "3"}, "2 are ticked."), ({"statements": ["25"]}, "list"),
     ({"statements": ["1"], "by": "nobody"}, "list")],
)  # fmt: skip
def test_a_list_that_contradicts_itself_is_asked_again(
    app: Flask, ids: dict[str, str], sent: dict[str, Any], said: str
):
    answer = measure(june(app), ids, "back", sent)
    assert answer.status_code == 422
    assert said in answer.text
    assert answer.text.count("checked") >= len(set(sent.get("statements", ())) & {"1", "2"})


def test_activities_of_last_time_stand_there_to_be_scored_again(app: Flask, ids: dict[str, str]):
    browser = june(app)
    named = {"activity_1": "Drive at night", "score_1": "4", "activity_2": "Lift my son",
             "score_2": "3", "activity_3": "Sit through a film", "score_3": "5"}  # fmt: skip
    assert measure(browser, ids, "activities", named | {"on": ids["before"]}).status_code == 302
    page = browser.get(f"/clients/{ids['client']}/outcomes/new?group=activities").text
    assert 'value="Drive at night"' in page
    assert 'value="Sit through a film"' in page
    assert "Last time 4" in page
    assert measure(browser, ids, "activities", named | {"score_1": "6"}).status_code == 302
    with app.app_context():
        latest = db.session.query(Reading).order_by(Reading.id.desc()).first()
        assert latest is not None
        assert read_taken(latest.details).value == 4.7


def test_a_change_is_chosen_by_its_words(app: Flask, ids: dict[str, str]):
    browser = june(app)
    page = browser.get(f"/clients/{ids['client']}/outcomes/new?group=wellbeing").text
    assert "+7 · A very great deal better" in page
    assert "−7 · A very great deal worse" in page
    measure(browser, ids, "wellbeing", {"GROC": "-3"})
    assert "Somewhat worse" in browser.get(f"/clients/{ids['client']}/outcomes?range=all").text


def test_what_is_measured_from_a_note_belongs_to_its_visit(app: Flask):
    with app.app_context():
        house = made.open_house()
        records.techniques()
        visit = records.begun(house)
        other = made.book_now(house, 120, client=made.a_client("Ada Cole"))
        there = {"client": house.client.public_id, "today": visit.on_date.isoformat()}
        mine, strange = visit.public_id, other.public_id
    browser = june(app)
    assert f"group=girth&amp;visit={mine}" in browser.get(f"/visits/{mine}/note").text
    sent = {"place": "GIRTH:CALF:L", "girth": "40"}
    assert measure(browser, there, f"girth&visit={mine}", sent).status_code == 302
    assert measure(browser, there, f"girth&visit={strange}", sent).status_code == 404
    with app.app_context():
        row = db.session.query(Reading).one()
        assert row.visit_id is not None


def test_a_figure_written_before_there_was_a_list_still_reads():
    assert read_taken('{"form": 1, "subject": "RMDQ", "value": 9}') == Taken(Subject("RMDQ"), 9)
