"""Time off, as those who ask for it and those who answer see it."""

from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from clinic.core.db import db
from clinic.core.permissions import SYSTEM, Role
from clinic.core.transactions import transaction
from clinic.staff.models import StaffMember
from clinic.timetable.models import TimeOff
from clinic.timetable.services import resource_for, take
from tests.factories import staff as people
from tests.factories import timetable as made
from tests.factories.staff import signed_in
from tests.factories.timetable import DAY, at

WHOLE = {"kind": "training", "from_day": DAY.isoformat(), "until_day": DAY.isoformat()}


@pytest.fixture
def clinic(app: Flask) -> Flask:
    with app.app_context():
        made.open_clinic()
    return app


def send(visitor: FlaskClient, path: str = "", **typed: Any) -> Any:
    return people.send(visitor, "/time-off" + path, typed, page="/time-off")


def asked(app: Flask) -> list[TimeOff]:
    with app.app_context():
        return list(db.session.scalars(select(TimeOff)))


@pytest.fixture
def teo(clinic: Flask) -> FlaskClient:
    return signed_in(clinic, Role.THERAPIST, name="Teo Marsh")


@pytest.fixture
def owner(clinic: Flask) -> FlaskClient:
    return signed_in(clinic, Role.OWNER)


def test_a_whole_day_is_asked_for_and_seen(clinic: Flask, teo: FlaskClient) -> None:
    assert send(teo, **WHOLE, note="Lymphatic course").status_code == 302
    [wanted] = asked(clinic)
    assert (wanted.starts_at, wanted.ends_at) == (at(0), at(24))
    page = teo.get("/time-off").text
    assert "Waiting for an answer" in page
    assert "Lymphatic course" in page
    assert "Approve" not in page


def test_the_owner_sees_everybody_and_answers(
    clinic: Flask, teo: FlaskClient, owner: FlaskClient
) -> None:
    send(teo, **WHOLE, from_time="12:00", until_time="15:30")
    [wanted] = asked(clinic)
    page = owner.get("/time-off").text
    assert "Teo Marsh" in page
    assert "12:00 – 15:30" in page
    assert send(owner, f"/{wanted.public_id}/approve").status_code == 302
    assert "Approved" in teo.get("/time-off").text
    again = send(owner, f"/{wanted.public_id}/approve")
    assert (again.status_code, "answered already" in again.text) == (409, True)
    assert send(teo, f"/{wanted.public_id}/call-off").status_code == 302
    assert asked(clinic)[0].status == "cancelled"


def test_a_declined_request_says_so(clinic: Flask, teo: FlaskClient, owner: FlaskClient) -> None:
    send(teo, **WHOLE)
    send(owner, f"/{asked(clinic)[0].public_id}/decline")
    assert "Declined" in teo.get("/time-off").text


def test_visits_that_stand_in_the_way_are_counted_on_the_page(
    clinic: Flask, teo: FlaskClient, owner: FlaskClient
) -> None:
    send(teo, **WHOLE)
    with clinic.app_context():
        person = db.session.scalars(
            select(StaffMember).where(StaffMember.name == "Teo Marsh")
        ).one()
        with transaction(), made.writing("test", SYSTEM):
            number = resource_for(staff_id=person.id)
            take(
                actor=SYSTEM,
                kind="visit",
                starts_at=at(10),
                ends_at=at(11),
                wants=[made.Want(number)],
            )
    answer = send(owner, f"/{asked(clinic)[0].public_id}/approve")
    assert answer.status_code == 409
    assert "A visit stands in that time: Tue 2 Mar" in answer.text
    assert asked(clinic)[0].status == "requested"


def test_the_owner_asks_for_somebody_else(
    clinic: Flask, teo: FlaskClient, owner: FlaskClient
) -> None:
    with clinic.app_context():
        person = db.session.scalars(
            select(StaffMember).where(StaffMember.name == "Teo Marsh")
        ).one()
        pid, number = person.public_id, person.id
    assert send(owner, **WHOLE, staff=pid).status_code == 302
    assert asked(clinic)[0].staff_id == number


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"until_day": "2027-03-01"}, "The end lies before the beginning. Change one of the two."),
        ({"until_day": "2029-03-01"}, "longer than a year"),
        ({"from_day": "soon"}, "Enter a date"),
        ({"from_day": ""}, "Enter the first day."),
        ({"from_day": "2027-03-28", "from_time": "01:30", "until_day": "2027-03-29"}, "not exist"),
        ({"kind": "nap"}, "Choose from the list"),
        ({"note": "x" * 121}, "at most 120"),
        ({"until_time": "25:00"}, "Enter a time"),
        ({"until_day": "9999-12-31"}, "Look at the year again."),
        ({"from_day": "0001-01-01"}, "Look at the year again."),
    ],
)
def test_what_cannot_be_is_said_beside_the_field_and_nothing_is_lost(
    clinic: Flask, teo: FlaskClient, wrong: dict[str, str], said: str
) -> None:
    answer = send(teo, **(WHOLE | {"note": "Kept as typed"} | wrong))
    assert answer.status_code == 422
    assert said in answer.text
    if "note" not in wrong:
        assert "Kept as typed" in answer.text
    assert asked(clinic) == []


def test_others_neither_answer_nor_call_off(clinic: Flask, teo: FlaskClient) -> None:
    send(teo, **WHOLE)
    pid = asked(clinic)[0].public_id
    for role in (Role.RECEPTIONIST, Role.THERAPIST):
        visitor = signed_in(clinic, role)
        for path in ("approve", "decline", "call-off"):
            assert send(visitor, f"/{pid}/{path}").status_code == 403
        assert "Teo Marsh" not in visitor.get("/time-off").text
    assert asked(clinic)[0].status == "requested"


def test_a_request_that_is_not_there_is_a_404(owner: FlaskClient) -> None:
    assert send(owner, "/" + "a" * 20 + "/approve").status_code == 404
