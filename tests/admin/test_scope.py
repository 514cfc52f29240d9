"""What is out of scope cannot be opened, edited, found or done anything with; and the tests
that say so fall when Flask-Admin's own methods are put back."""

from typing import Any

import pytest
from flask_admin.contrib.sqla import ModelView

from clinic.admin.staff import PeopleAdmin
from clinic.admin.timetable import RoomsAdmin
from clinic.core.db import db
from clinic.core.errors import NotFound
from clinic.core.guard import UnguardedWrite
from clinic.timetable.models import Room
from tests.engines import on_both_engines


@pytest.fixture
def hidden(app, office, monkeypatch) -> str:
    """A room that the screen of rooms does not show, by its public id."""
    monkeypatch.setattr(RoomsAdmin, "scope", lambda _: (Room.name != "R1",))
    return office.ids["rooms"]


def reach(visitor, number: str) -> list[int]:
    """Every way to a row."""
    typed = {"name": "Taken over", "note": "", "position": "1", "version": "1"}
    return [
        visitor.get(f"/office/rooms/edit/?id={number}").status_code,
        visitor.get(f"/office/rooms/details/?id={number}").status_code,
        visitor.post(f"/office/rooms/edit/?id={number}", typed).status_code,
        visitor.post(
            "/office/rooms/action/", {"action": "give_up", "rowid": number}
        ).status_code,
    ]  # fmt: skip


def rooms(app) -> set[tuple[str, bool]]:
    with app.app_context():
        return {(room.name, room.is_active) for room in db.session.query(Room)}


@on_both_engines
def test_what_the_list_hides_nothing_reaches(app, owner, hidden):
    before = rooms(app)
    page = owner.get("/office/rooms/").text
    assert "R1" not in page
    assert "R2" in page
    assert reach(owner, hidden) == [404, 404, 404, 404]
    assert rooms(app) == before


def test_with_the_stock_get_one_the_hidden_row_is_reached(app, owner, hidden, monkeypatch):
    """Sabotage: ``session.get`` knows no scope, and a number is enough."""
    monkeypatch.setattr(RoomsAdmin, "get_one", ModelView.get_one)
    with app.app_context():
        number = db.session.query(Room.id).filter_by(public_id=hidden).scalar()
        view = next(v for v in app.extensions["admin"][0]._views if v.endpoint == "office_rooms")
        assert view.get_one(str(number)).name == "R1", "the stock method reaches it"
        monkeypatch.undo()
        monkeypatch.setattr(RoomsAdmin, "scope", lambda _: (Room.name != "R1",))
        with pytest.raises(NotFound):
            view.get_one(str(number))
        with pytest.raises(NotFound):
            view.get_one(hidden)


def test_with_the_stock_methods_of_writing_the_guard_refuses(app, office, owner, monkeypatch):
    """Sabotage: even then nothing is written, and no text of the refusal is shown."""
    before = rooms(app)
    typed = {"name": "R7", "note": "", "position": "1", "version": "1"}
    monkeypatch.setattr(RoomsAdmin, "update_model", ModelView.update_model)
    answer = owner.post(f"/office/rooms/edit/?id={office.ids['rooms']}", typed)
    assert answer.status_code == 500
    assert "UPDATE" not in answer.text
    assert "outside a service" not in answer.text
    monkeypatch.setattr(RoomsAdmin, "create_model", ModelView.create_model)
    assert owner.post("/office/rooms/new/", typed | {"places": "A"}).status_code == 500
    assert rooms(app) == before


def test_the_stock_way_of_deleting_is_not_there(app, office):
    with app.app_context():
        room = db.session.query(Room).first()
        with pytest.raises(UnguardedWrite):
            ModelView.delete_model(_views(app)["office_rooms"], room)
        db.session.rollback()
    for view in _views(app).values():
        assert not getattr(view, "can_delete", False)
        assert not getattr(view, "can_export", False)
        assert not getattr(view, "column_editable_list", ())
        assert not getattr(view, "inline_models", None)
        assert not getattr(view, "fast_mass_delete", False)


def _views(app) -> dict[str, Any]:
    return {view.endpoint: view for view in app.extensions["admin"][0]._views}


def test_a_type_error_is_not_hidden_behind_another(app, office, owner, monkeypatch):
    """Flask-Admin tries a view again with other arguments when it raises a TypeError."""
    calls = []

    def fails(view: Any) -> None:
        calls.append(1)
        raise TypeError("the true one")

    monkeypatch.setattr(PeopleAdmin, "new_address", lambda view, _: fails(view))
    assert owner.get("/office/people/").status_code == 500
    assert len(calls) == 1
