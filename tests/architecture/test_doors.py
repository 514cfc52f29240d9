"""Every route × method × role, and what no route may do."""

import csv
import io

import pytest
from flask import Blueprint, Flask

from clinic import app as house
from clinic.core.permissions import Permission, Role
from clinic.web.guards import Door, doors, requires
from tests.architecture.doors import (
    FILE,
    SAFE,
    as_text,
    ask,
    contents,
    matrix,
    outcome,
    routes,
    staff,
)
from tests.engines import create_app


@pytest.fixture
def known(app: Flask):
    return staff(app)


def test_the_access_matrix_is_the_committed_one(app, known):
    rows = matrix(app, known)
    failed = [row for row in rows if any("failed" in cell for cell in row)]
    assert not failed, "an empty request made the server fail"
    kept = list(csv.reader(io.StringIO(FILE.read_text(encoding="utf-8"))))
    new = [row for row in rows if row not in kept]
    gone = [row for row in kept if row not in rows]
    assert not new, f"look at these, then run `make matrix`: {new[:20]}"
    assert not gone, f"these are gone or other, run `make matrix`: {gone[:20]}"
    assert as_text(rows) == FILE.read_text(encoding="utf-8")


def test_a_stranger_passes_only_the_doors_that_say_why(app, known):
    passed = {
        rule.endpoint
        for rule, method in routes(app)
        if outcome(ask(app, rule, method, known["anonymous"])) == "passes"
    }
    reasons = {endpoint for endpoint, door in doors(app).items() if door.open_because}
    assert passed <= reasons


def test_every_unsafe_door_wants_a_token_of_its_own_session(app, known):
    before = contents(app)
    for rule, method in routes(app):
        if method in SAFE:
            continue
        for wrong in ("", "x", "ImZvcmdlZCI.aaaaaa.bbbbbb"):
            answer = ask(app, rule, method, known["everything"], headers={"X-CSRFToken": wrong})
            assert answer.status_code in (400, 403), (rule.rule, method, wrong)
    assert contents(app) == before


def test_another_sessions_token_is_no_token(app, known, monkeypatch):
    monkeypatch.setattr("tests.architecture.doors.token", lambda _: "")
    posts = [(rule, method) for rule, method in routes(app) if method not in SAFE]
    other = app.test_client()
    page = other.get("/sign-in").text
    foreign = page.split('name="csrf_token"')[1].split('value="')[1].split('"')[0]
    for rule, method in posts:
        answer = ask(app, rule, method, known["everything"], headers={"X-CSRFToken": foreign})
        assert answer.status_code in (400, 403), (rule.rule, method)


def test_a_safe_method_changes_nothing(app, known):
    before = contents(app)
    for rule, method in routes(app):
        if method in SAFE:
            for asked in SAFE:
                ask(app, rule, asked, known["everything"])
    after = contents(app)
    assert [name for name in before if before[name] != after[name]] == []


def test_a_refused_request_changes_nothing(app, known):
    kept = csv.DictReader(io.StringIO(FILE.read_text(encoding="utf-8")))
    allowed = {(row["route"], row["method"]): row for row in kept}
    before = contents(app)
    for rule, method in routes(app):
        if method in SAFE:
            continue
        for name in ("anonymous", *(role.value for role in Role)):
            row = allowed[rule.rule, method]
            if row[name] != "passes":
                ask(app, rule, method, known[name], data={"name": "x", "roles": "owner"})
    after = contents(app)
    assert [name for name in before if before[name] != after[name]] == []


def naked_blueprint(view) -> Blueprint:
    bp = Blueprint("naked", __name__)
    bp.add_url_rule("/naked", view_func=view, endpoint="page", methods=["GET", "POST"])
    return bp


def page() -> str:
    return "naked"


def test_a_route_without_a_permission_stops_the_start(ground, monkeypatch):
    monkeypatch.setattr(house, "BLUEPRINTS", (*house.BLUEPRINTS, naked_blueprint(page)))
    with pytest.raises(RuntimeError, match=r"without a permission: naked\.page"):
        create_app(ground.config)


def test_a_door_that_names_no_permission_for_writing_is_closed(app, known, monkeypatch):
    monkeypatch.setitem(doors(app), "staff.invite", Door(reading=Permission.STAFF_READ))
    rule = next(rule for rule in app.url_map.iter_rules() if rule.endpoint == "staff.invite")
    assert ask(app, rule, "GET", known["receptionist"]).status_code == 200
    assert ask(app, rule, "POST", known["everything"]).status_code == 403


def test_writing_may_ask_for_more_than_reading():
    labelled = requires(Permission.STAFF_READ, to_write=Permission.STAFF_WRITE)(lambda: "")
    assert labelled.door.permission("GET") is Permission.STAFF_READ
    assert labelled.door.permission("PATCH") is Permission.STAFF_WRITE


def test_sabotage_an_opened_door_shows_in_the_matrix(app, known, monkeypatch):
    monkeypatch.setitem(doors(app), "staff.invite", Door(open_because="by mistake"))
    kept = list(csv.reader(io.StringIO(FILE.read_text(encoding="utf-8"))))
    rule = next(rule for rule in app.url_map.iter_rules() if rule.endpoint == "staff.invite")
    row = next(row for row in kept if row[:2] == [rule.rule, "GET"])
    seen = [outcome(ask(app, rule, "GET", known[name])) for name in ("receptionist", "therapist")]
    assert seen != row[3:5]
