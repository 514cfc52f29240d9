"""The board as the desk's browsers ask for it."""

import json
from typing import Any

import pytest
from flask import Flask

from clinic.core.permissions import Role
from tests.factories import scheduling as made
from tests.factories.staff import signed_in
from tests.statements import counted

FEED = "/office/schedule/feed"


@pytest.fixture
def booked(app: Flask) -> dict[str, Any]:
    """One visit at ten in a week's time."""
    with app.app_context():
        house = made.open_house()
        visit = made.book(house)
        return {
            "visit": visit.public_id,
            "on": visit.on_date,
            "therapist": house.therapist.public_id,
        }


def test_smoke(app, booked):
    desk = signed_in(app)
    page = desk.get(f"/office/schedule/?on={booked['on']}")
    assert page.status_code == 200, page.text
    found = desk.get(f"{FEED}?on={booked['on']}&view=week")
    print(json.dumps(found.json, indent=1))
    assert found.status_code == 200
    again = desk.get(
        f"{FEED}?on={booked['on']}&view=week", headers={"If-None-Match": found.headers["ETag"]}
    )
    assert again.status_code == 304


def test_panel(app, booked):
    desk = signed_in(app)
    page = desk.get(f"/office/schedule/visit/{booked['visit']}")
    print(page.text)
    assert page.status_code == 200
