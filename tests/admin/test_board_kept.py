"""A board that was drawn, for as long as nothing changes of what it stands on."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask

from clinic.clients.models import Client
from clinic.core.clock import rehearsed
from clinic.core.db import db
from clinic.core.permissions import SYSTEM
from clinic.core.transactions import transaction
from clinic.directory.models import Organisation
from clinic.scheduling import services
from clinic.scheduling.models import Visit
from clinic.timetable import services as timetable
from tests.admin.boards import a_booked_day, address, change
from tests.factories import scheduling as made
from tests.factories.staff import signed_in


@pytest.fixture
def booked(app: Flask) -> dict[str, Any]:
    return a_booked_day(app)


def rename_room(booked: dict[str, Any]) -> None:
    db.session.get_one(Visit, booked["visit_id"]).place.room.name = "Quiet room"


def rename_service(booked: dict[str, Any]) -> None:
    db.session.get_one(Visit, booked["visit_id"]).variant.service.name = "Long strokes"


def rename_therapist(booked: dict[str, Any]) -> None:
    db.session.get_one(Visit, booked["visit_id"]).therapist.name = "June Stone"


def shorten_the_day(booked: dict[str, Any]) -> None:
    therapist = db.session.get_one(Visit, booked["visit_id"]).therapist
    timetable.except_hours(
        therapist, actor=SYSTEM, on_date=booked["on"], starts=9 * 60, ends=12 * 60
    )


def take_time_off(booked: dict[str, Any]) -> None:
    therapist = db.session.get_one(Visit, booked["visit_id"]).therapist
    wanted = timetable.ask(
        therapist, actor=SYSTEM, kind="training", starts_at=made.at(14), ends_at=made.at(16)
    )
    timetable.approve(wanted, actor=SYSTEM)


def rename_client(booked: dict[str, Any]) -> None:
    db.session.get_one(Client, booked["client_id"]).last_name = "Osei"


@pytest.mark.parametrize(
    ("act", "shown"),
    [
        (rename_room, "Quiet room"), (rename_service, "Long strokes 60"),
        (rename_therapist, "June Stone"), (shorten_the_day, "9–12"), (take_time_off, "Training"),
        (rename_client, "Grace Osei"),
    ],
)  # fmt: skip
def test_whatever_a_day_stands_on_is_drawn_as_it_is_now(
    app: Flask, booked: dict[str, Any], act: Callable[[dict[str, Any]], None], shown: str
) -> None:
    desk = signed_in(app)
    assert shown not in desk.get(address(booked)).text
    change(app, lambda: act(booked))
    assert shown in desk.get(address(booked)).text


def test_a_hold_that_ran_out_is_on_no_board_that_was_drawn_before(
    app: Flask, booked: dict[str, Any]
) -> None:
    desk = signed_in(app)
    with app.app_context(), transaction() as session:
        visit = session.get_one(Visit, booked["visit_id"])
        hold = services.hold_time(
            actor=SYSTEM, variant=visit.variant, therapist=visit.therapist, starts_at=made.at(14)
        )
        expires = hold.slot.expires_at
    assert len(desk.get(address(booked)).json["holds"]) == 1
    with rehearsed(expires + timedelta(seconds=1)):
        assert desk.get(address(booked)).json["holds"] == []


def test_a_change_of_something_else_leaves_the_board_as_it_was_drawn(
    app: Flask, booked: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    desk = signed_in(app)
    before = desk.get(address(booked)).data
    change(app, lambda: db.session.add(Organisation(name="Hill Clinic", search_name="hill")))
    monkeypatch.setattr("clinic.admin.board.the_board", None)
    assert desk.get(address(booked)).data == before
