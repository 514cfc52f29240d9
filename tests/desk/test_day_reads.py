"""A day that could not be logged is not shown, and is logged when it is."""

from flask import Flask
from sqlalchemy import select

from clinic import app as house
from clinic.audit.models import access_entry
from clinic.core.permissions import Role
from tests.factories import scheduling as made
from tests.factories.staff import signed_in


def places(app: Flask) -> list[str]:
    with app.extensions["access"].connect() as connection:
        return list(connection.scalars(select(access_entry.c.place)))


def test_a_day_held_back_is_logged_when_it_is_shown_after_all(app: Flask, monkeypatch) -> None:
    with app.app_context():
        made.book(made.open_house())
        day = made.day()
    desk = signed_in(app, Role.RECEPTIONIST)

    def fail(*_, **__):
        raise OSError("the disk is full")

    with monkeypatch.context() as broken:
        broken.setattr(house.audit, "write_reads", fail)
        assert desk.get(f"/day?on={day}").status_code == 503
    assert "desk.day" not in places(app)
    for _ in range(2):
        assert "Nakamura" in desk.get(f"/day?on={day}").text
    assert places(app).count("desk.day") == 1
