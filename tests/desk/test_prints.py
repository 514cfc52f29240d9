"""The day on paper."""

import pytest
from flask import Flask

from clinic.clients import services as clients
from clinic.core.permissions import SYSTEM, Role
from clinic.core.transactions import transaction
from tests.factories import scheduling as made
from tests.factories.clients import a_client
from tests.factories.staff import signed_in


@pytest.fixture
def day(app: Flask) -> str:
    """A visit with each of two therapists, in a week's time."""
    with app.app_context():
        house = made.open_house()
        other = made.a_therapist("Ada Stone")
        made.book(house)
        made.book(house, made.at(12), therapist=other, client=a_client("Helen Osei"))
        with transaction():
            clients.stop_booking(house.client, actor=SYSTEM, reason="Owes for three visits")
        return made.day().isoformat()


def test_every_therapist_has_a_sheet_with_who_comes_when_and_where(app: Flask, day: str) -> None:
    page = signed_in(app).get(f"/day/sheet?on={day}").text
    assert page.count('class="daysheet"') == 2
    june = page[page.index("June Park</h2>") :]
    for word in ("10:00\N{EN DASH}11:00", "Grace Nakamura", "Therapeutic", "R1", "Do not book"):
        assert word in june
    assert "Helen Osei" not in june
    assert "Owes for three visits" not in page


def test_every_room_has_a_sheet(app: Flask, day: str) -> None:
    page = signed_in(app).get(f"/day/sheet?on={day}&by=rooms").text
    assert page.count('class="daysheet"') == 2
    first = page[page.index("R1</h2>") : page.index("R2</h2>")]
    assert "Grace Nakamura" in first
    assert "June Park" in first


@pytest.mark.parametrize("query", ["on=x", "on=9999-12-31", "by=nothing", "on=2027-02-30&by='"])
def test_what_cannot_be_read_is_today_by_therapist(app: Flask, day: str, query: str) -> None:
    answer = signed_in(app, Role.THERAPIST).get(f"/day/sheet?{query}")
    assert answer.status_code == 200
    assert "Grace Nakamura" not in answer.text
