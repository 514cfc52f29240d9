"""A visit booked under a record that was merged is the person's visit."""

from flask import Flask

from clinic.clients import services as clients
from clinic.core.permissions import SYSTEM, Role
from clinic.core.transactions import transaction
from tests.factories import scheduling as made
from tests.factories.clients import a_client
from tests.factories.staff import signed_in


def test_the_day_shows_the_record_that_was_kept_and_what_it_says_to_mind(app: Flask) -> None:
    with app.app_context():
        house = made.open_house()
        other = a_client("Gracie Ito")
        made.book(house, client=other)
        day = made.day()
        with transaction():
            clients.merge(house.client, other, actor=SYSTEM)
        with transaction():
            clients.stop_booking(house.client, actor=SYSTEM, reason="Owes for three visits")
    page = signed_in(app, Role.RECEPTIONIST).get(f"/day?on={day}").text
    assert "Grace Nakamura" in page
    assert "Gracie" not in page
    assert "Do not book" in page
