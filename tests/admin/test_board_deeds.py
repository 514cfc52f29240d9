"""What the board's script sends, and what it is answered."""

from datetime import date
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from clinic.core.permissions import Role
from tests.factories import scheduling as made
from tests.factories.clients import a_client
from tests.factories.staff import signed_in, token_of

HERE = "/office/schedule"
JSON = {"Accept": "application/json"}


class Desk:
    """Somebody at the board, whose script sends as the page's does."""

    def __init__(self, app: Flask, *roles: Role, name: str = "") -> None:
        self.client: FlaskClient = signed_in(app, *roles, name=name)
        self.token = token_of(self.client, "/account")

    def send(self, path: str, **fields: Any) -> Any:
        headers = {**JSON, "X-CSRFToken": self.token}
        return self.client.post(f"{HERE}/{path}", data=fields, headers=headers)

    def event(self, on: str, visit: str) -> dict[str, Any]:
        found = self.client.get(f"{HERE}/feed?on={on}").json
        return next(one for one in found["events"] if one["id"] == visit)


@pytest.fixture
def booked(app: Flask) -> dict[str, Any]:
    """A visit with June at ten, one with Ada at twelve, in a week's time."""
    with app.app_context():
        house = made.open_house()
        ada = made.a_therapist("Ada Stone", hours=(480, 1080))
        visit = made.book(house)
        other = made.book(house, made.at(12), therapist=ada, client=a_client("Helen Osei"))
        return {
            "visit": visit.public_id,
            "other": other.public_id,
            "on": visit.on_date.isoformat(),
            "june": house.therapist.public_id,
            "ada": ada.public_id,
            "variant": house.variant.public_id,
            "client": house.client.public_id,
            "version": visit.version,
        }


def moved(booked: dict[str, Any], at: str, **more: Any) -> dict[str, Any]:
    return {
        "visit": booked["visit"],
        "version": booked["version"],
        "start": f"{booked['on']}T{at}",
        "staff": booked["june"],
        "place": "",
    } | more


def test_a_visit_is_moved_and_the_move_taken_back(app: Flask, booked: dict[str, Any]) -> None:
    desk = Desk(app)
    answer = desk.send("move", **moved(booked, "14:00", staff=booked["ada"]))
    assert answer.status_code == 200, answer.text
    assert answer.json["visit"] == booked["visit"]
    assert "Grace Nakamura moved to" in answer.json["said"]
    assert "14:00 with Ada Stone" in answer.json["said"]
    event = desk.event(booked["on"], booked["visit"])
    assert (event["start"][11:], event["staff"]) == ("14:00:00", booked["ada"])
    assert event["v"] == answer.json["version"]
    back = desk.send("undo", change=answer.json["undo"])
    assert back.status_code == 200, back.text
    assert back.json["undo"] is None
    event = desk.event(booked["on"], booked["visit"])
    assert (event["start"][11:], event["staff"]) == ("10:00:00", booked["june"])


def test_a_refused_move_says_why_and_names_the_nearest_free_times(
    app: Flask, booked: dict[str, Any]
) -> None:
    desk = Desk(app)
    answer = desk.send("move", **moved(booked, "12:15", staff=booked["ada"]))
    assert answer.status_code == 409
    said = answer.json
    assert said["field"] == "time"
    assert said["error"] == "The therapist is taken then. Choose another time."
    assert said["offers"] is None
    assert 1 <= len(said["free"]) <= 5
    assert said["free"][0]["staff"] == booked["ada"]
    assert said["stale"] is None
    first = said["free"][0]
    again = desk.send(
        "move", **moved(booked, first["start"][11:16], staff=first["staff"], place=first["place"])
    )
    assert again.status_code == 200, again.text


def test_only_the_owner_is_offered_to_book_over_another_visit(
    app: Flask, booked: dict[str, Any]
) -> None:
    owner = Desk(app, Role.OWNER)
    wanted = moved(booked, "12:15", staff=booked["ada"])
    assert owner.send("move", **wanted).json["offers"] == "overlap"
    done = owner.send("move", **wanted, overlap_why="Four hands")
    assert done.status_code == 200, done.text
    event = owner.event(booked["on"], booked["visit"])
    assert event["over"] is True
    assert "Overlaps on purpose" in [flag["text"] for flag in event["flags"]]
    again = moved(booked, "12:30", version=done.json["version"], overlap_why="Because")
    assert Desk(app).send("move", **again).status_code == 403


def test_outside_the_hours_is_offered_and_then_known(app: Flask, booked: dict[str, Any]) -> None:
    desk = Desk(app)
    wanted = moved(booked, "20:00", staff=booked["ada"])
    refused = desk.send("move", **wanted)
    assert refused.status_code == 422
    assert refused.json["offers"] == "outside_hours"
    assert refused.json["free"]
    done = desk.send("move", **wanted, outside_hours="y")
    assert done.status_code == 200, done.text
    assert desk.event(booked["on"], booked["visit"])["note"] == "Outside hours"


def test_who_was_slower_sees_both_versions_and_who_was_faster(
    app: Flask, booked: dict[str, Any]
) -> None:
    faster, slower = Desk(app, name="Robin Vale"), Desk(app, Role.OWNER)
    assert faster.send("move", **moved(booked, "14:00")).status_code == 200
    answer = slower.send("move", **moved(booked, "15:00"))
    assert answer.status_code == 409
    yours, theirs = answer.json["stale"]["yours"], answer.json["stale"]["theirs"]
    assert yours["Starts"].endswith("15:00")
    assert yours["With"] == "June Park"
    assert theirs["Starts"].endswith("14:00")
    assert theirs["by"] == "Robin Vale"
    assert theirs["State"] == "Booked"
    assert slower.event(booked["on"], booked["visit"])["start"].endswith("T14:00:00")


def test_without_a_version_a_move_is_stale(app: Flask, booked: dict[str, Any]) -> None:
    desk = Desk(app)
    for version in ("", "x", "-1", "9" * 30):
        answer = desk.send("move", **moved(booked, "14:00", version=version))
        assert answer.status_code == 409
        assert answer.json["stale"]["theirs"]["Starts"].endswith("10:00")


def test_a_therapist_moves_their_own_visits_only(app: Flask, booked: dict[str, Any]) -> None:
    june = Desk(app, Role.THERAPIST, name="June Park")
    assert june.send("move", **moved(booked, "15:00")).status_code == 200
    event = june.event(booked["on"], booked["visit"])
    assert event["may"] == ["move", "length"]
    assert june.event(booked["on"], booked["other"])["may"] == []
    wanted = {"visit": booked["other"], "version": 1, "start": f"{booked['on']}T16:00"}
    refused = june.send("move", **wanted)
    assert refused.status_code == 403
    assert refused.json["error"] == "You can do this for your own visits only."
    theirs = june.send("move", **moved(booked, "15:00", version=event["v"], staff=booked["ada"]))
    assert theirs.status_code == 403


def test_steps_are_taken_and_taken_back(app: Flask, booked: dict[str, Any]) -> None:
    desk = Desk(app)
    kept = {"visit": booked["visit"]}
    done = desk.send("step", **kept, version=booked["version"], step="confirm")
    assert done.status_code == 200, done.text
    assert done.json["said"] == "Grace Nakamura confirmed"
    assert desk.event(booked["on"], booked["visit"])["st"] == "confirmed"
    gone = desk.send(
        "step", **kept, version=done.json["version"], step="cancel", by="clinic", why="Closed"
    )
    assert gone.status_code == 200, gone.text
    event = desk.event(booked["on"], booked["visit"])
    assert (event["st"], event["is_standing"], event["note"]) == ("cancelled", False, "Cancelled")
    back = desk.send("undo", change=gone.json["undo"])
    assert back.status_code == 200, back.text
    assert desk.event(booked["on"], booked["visit"])["st"] == "confirmed"
    again = desk.send("undo", change=gone.json["undo"])
    assert again.status_code == 409


def test_a_step_that_cannot_be_taken_is_refused_in_words(
    app: Flask, booked: dict[str, Any]
) -> None:
    desk = Desk(app)
    kept = {"visit": booked["visit"], "version": booked["version"]}
    for step, status in (("check-in", 422), ("no-show", 422), ("reopen", 409), ("start", 403)):
        answer = desk.send("step", **kept, step=step)
        assert answer.status_code == status, (step, answer.text)
        assert len(answer.json["error"]) > 5
    assert desk.send("step", **kept, step="fee", decision="charge").status_code == 409
    assert desk.send("step", **kept, step="nothing").status_code == 404


def test_a_visit_gets_another_length_that_its_service_has(
    app: Flask, booked: dict[str, Any]
) -> None:
    desk = Desk(app)
    kept = {"visit": booked["visit"], "version": booked["version"]}
    refused = desk.send("length", **kept, minutes="77")
    assert refused.status_code == 422
    assert refused.json["field"] == "minutes"
    assert "60 minutes" in refused.json["error"]
    same = desk.send("length", **kept, minutes="60")
    assert same.status_code == 200
    assert same.json["undo"] is None


def test_a_time_is_kept_shown_and_given_back(app: Flask, booked: dict[str, Any]) -> None:
    desk, owner = Desk(app), Desk(app, Role.OWNER)
    wanted = {
        "variant": booked["variant"],
        "staff": booked["june"],
        "start": f"{booked['on']}T15:00",
    }
    kept = desk.send("hold", **wanted)
    assert kept.status_code == 200, kept.text
    for one, is_mine in ((desk, True), (owner, False)):
        holds = one.client.get(f"{HERE}/feed?on={booked['on']}").json["holds"]
        assert [(hold["id"], hold["is_mine"]) for hold in holds] == [(kept.json["hold"], is_mine)]
        assert holds[0]["start"].endswith("T15:00:00")
        assert holds[0]["until"] == kept.json["until"]
    taken = owner.send("hold", **wanted)
    assert taken.status_code == 409
    assert taken.json["free"]
    assert owner.send("release", hold=kept.json["hold"]).status_code == 200
    assert owner.client.get(f"{HERE}/feed?on={booked['on']}").json["holds"] == []
    assert owner.send("release", hold=kept.json["hold"]).status_code == 404


def test_a_time_that_comes_twice_is_asked_about(app: Flask) -> None:
    with app.app_context():
        house = made.open_house("Europe/Berlin")
        visit = made.book(house)
        facts = {"visit": visit.public_id, "version": visit.version}
        year = made.this_day().year + 1
    desk = Desk(app)
    autumn = max(day for day in range(25, 32) if _is_sunday(year, 10, day))
    spring = max(day for day in range(25, 32) if _is_sunday(year, 3, day))
    twice = desk.send("move", **facts, start=f"{year}-10-{autumn}T02:30")
    assert twice.status_code == 422
    assert twice.json["offers"] == "fold"
    done = desk.send("move", **facts, start=f"{year}-10-{autumn}T02:30", fold="1")
    assert done.status_code == 200, done.text
    event = desk.event(f"{year}-10-{autumn}", facts["visit"])
    assert event["end"] > event["start"]
    facts["version"] = done.json["version"]
    gap = desk.send("move", **facts, start=f"{year}-03-{spring}T02:30")
    assert gap.status_code == 422
    assert "does not exist" in gap.json["error"]


def _is_sunday(year: int, month: int, day: int) -> bool:
    return date(year, month, day).weekday() == 6


HOSTILE = ("", "x", "9999-12-31T23:59", "0001-01-01T00:00", "2027-02-30T10:00", "2027-01-01T25:00",
           "2027-01-01T10:00+05:00", "2027-01-01", "1" * 5000, "\x00", "2027-01-01 10:00",
           "٢٠٢٧-01-01T10:00", "10000-01-01T10:00")  # fmt: skip


@pytest.mark.parametrize("start", HOSTILE)
def test_a_time_that_is_none_is_refused_in_words(
    app: Flask, booked: dict[str, Any], start: str
) -> None:
    desk = Desk(app)
    for path in ("move", "hold"):
        answer = desk.send(path, **moved(booked, "10:00", start=start, variant=booked["variant"]))
        assert 400 <= answer.status_code < 500, (path, answer.text)
        assert answer.json["error"]
        assert answer.json["field"] == "time"


@pytest.mark.parametrize("path", ["move", "length", "step", "undo", "hold", "release"])
def test_what_is_not_there_is_answered_with_404_as_json(
    app: Flask, booked: dict[str, Any], path: str
) -> None:
    desk = Desk(app)
    for public_id in ("a" * 20, "", "x", "'" * 20, "\x00" * 20, "é" * 20, "9" * 4000):
        names = ("visit", "change", "hold", "variant")
        fields = dict.fromkeys(names, public_id) | {
            "version": 1, "step": "confirm", "minutes": 60, "start": f"{booked['on']}T10:00",
            "staff": booked["june"],
        }  # fmt: skip
        answer = desk.send(path, **fields)
        assert answer.status_code == 404, (path, public_id, answer.text)
        assert answer.is_json
        assert answer.json["error"]


def test_without_a_token_nothing_is_done(app: Flask, booked: dict[str, Any]) -> None:
    desk = Desk(app)
    for path in ("move", "length", "step", "undo", "hold", "release"):
        answer = desk.client.post(f"{HERE}/{path}", data=moved(booked, "14:00"), headers=JSON)
        assert answer.status_code == 400
        assert answer.json["error"]
    assert desk.event(booked["on"], booked["visit"])["start"].endswith("T10:00:00")


def test_strangers_are_turned_away_as_json(app: Flask, booked: dict[str, Any]) -> None:
    stranger = app.test_client()
    assert stranger.get(f"{HERE}/feed", headers=JSON).status_code == 401
    answer = stranger.post(f"{HERE}/move", data=moved(booked, "14:00"), headers=JSON)
    assert answer.status_code in (400, 401)
    assert answer.is_json


def test_what_is_too_long_is_refused(app: Flask, booked: dict[str, Any]) -> None:
    desk = Desk(app)
    long = desk.send("step", visit=booked["visit"], version=1, step="cancel", why="x" * 201)
    assert long.status_code == 422
    assert long.json["error"]
    far = desk.send("length", visit=booked["visit"], version=1, minutes="9" * 40)
    assert far.status_code == 422
    assert far.json["field"] == "minutes"


def test_the_fee_of_a_late_cancel_is_charged_or_waived_with_a_reason(app: Flask) -> None:
    with app.app_context():
        house = made.open_house()
        made.a_policy()
        visit = made.book(house, made.at(20, days=0))
        facts = {"visit": visit.public_id}
        on, version = visit.on_date.isoformat(), visit.version
    desk = Desk(app)
    gone = desk.send("step", **facts, version=version, step="cancel", by="client")
    assert gone.status_code == 200, gone.text
    event = desk.event(on, visit.public_id)
    assert (event["st"], event["note"]) == ("late_cancelled", "Late cancel")
    assert [flag["text"] for flag in event["flags"]] == ["Fee to be decided"]
    panel = desk.client.get(f"{HERE}/visit/{facts['visit']}").text
    assert "Charge $42.50" in panel
    facts["version"] = gone.json["version"]
    bare = desk.send("step", **facts, step="fee", decision="waive")
    assert (bare.status_code, bare.json["field"]) == (422, "why")
    done = desk.send("step", **facts, step="fee", decision="waive", why="Was ill")
    assert done.status_code == 200, done.text
    assert desk.event(on, visit.public_id)["flags"] == []
    panel = desk.client.get(f"{HERE}/visit/{facts['visit']}").text
    assert "Was ill" in panel
