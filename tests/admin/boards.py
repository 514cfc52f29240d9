"""A day on the board, its address, and a change of something."""

from collections.abc import Callable
from typing import Any

from flask import Flask

from clinic.core.guard import writing
from clinic.core.permissions import SYSTEM
from clinic.core.transactions import transaction
from tests.factories import scheduling as made

HERE = "/office/schedule"
FEED = f"{HERE}/feed"


def a_booked_day(app: Flask) -> dict[str, Any]:
    """One visit at ten in a week's time, of a client of whom something is to be minded."""
    with app.app_context():
        house = made.open_house()
        visit = made.book(house, note="Brings a pillow")
        return {
            "visit": visit.public_id,
            "visit_id": visit.id,
            "client": house.client.public_id,
            "client_id": house.client.id,
            "therapist": house.therapist.public_id,
            "place": house.places[0].public_id,
            "on": visit.on_date,
        }


def change(app: Flask, act: Callable[[], object]) -> None:
    with app.app_context(), transaction() as session, writing("test.change", SYSTEM):
        act()
        session.flush()


def address(booked: dict[str, Any], view: str = "day") -> str:
    return f"{FEED}?on={booked['on']}&view={view}"
