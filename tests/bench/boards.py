"""The board of the schedule."""

from collections.abc import Callable, Iterator
from datetime import date, timedelta
from itertools import cycle

from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import Engine, select

from clinic.admin.board_card import card_of
from clinic.core.clock import now
from clinic.core.db import db
from clinic.core.guard import writing
from clinic.core.permissions import SYSTEM
from clinic.core.transactions import transaction
from clinic.scheduling.models import Visit
from tests.bench.acts import connection_of, forget, get, sql
from tests.bench.measure import Operation
from tests.bench.stock import Stocked

BOARD_SQL = """
SELECT v.public_id, v.version, v.status, v.minutes, s.starts_s, s.ends_s, c.first_name,
       c.last_name, sv.name, v.therapist_id, r.name
FROM visit v JOIN slot s ON s.id = v.slot_id JOIN client c ON c.id = v.client_id
JOIN service_variant w ON w.id = v.variant_id JOIN service sv ON sv.id = w.service_id
JOIN place p ON p.id = v.place_id JOIN room r ON r.id = p.room_id
WHERE v.on_date BETWEEN ? AND ? ORDER BY s.starts_s"""


def board(app: Flask, client: FlaskClient, engine: Engine, stocked: Stocked) -> Iterator[Operation]:
    """The feed of the board, a day and a week: as it was drawn, drawn anew with nothing kept of
    the database, after a change of one of its visits, by a process that never drew a card; and
    unchanged; and the panel of one visit."""
    day = stocked.day
    monday = day - timedelta(days=day.weekday())
    spans = {"day": (day, day), "week": (monday, monday + timedelta(days=6))}
    for view, (first, last) in spans.items():
        path = f"/office/schedule/feed?on={day}&view={view}"
        bare = f"bare SQL: board's feed, a {view}"
        goals = {"day": (3, 6), "week": (8, 8)}[view]
        yield Operation(
            f"board's feed, a {view}, kept",
            get(client, path),
            goal=goals[0],
            sql_goal=2,
            bare=bare,
            prepare=get(client, path),
        )
        yield Operation(
            f"board's feed, a {view}, anew", get(client, path), goal=goals[1], sql_goal=5,
            bare=bare, prepare=forget(app, "boards"),
        )  # fmt: skip
        yield Operation(
            f"board's feed, a {view}, one visit changed", get(client, path), sql_goal=5,
            bare=bare, prepare=_change_one(app, day),
        )  # fmt: skip
        yield Operation(
            f"board's feed, a {view}, never drawn", get(client, path), sql_goal=5, bare=bare,
            prepare=_forget_all(app),
        )  # fmt: skip
        yield Operation(bare, sql(engine, BOARD_SQL, str(first), str(last)))
    path = f"/office/schedule/feed?on={day}&view=day"
    look, ask = _unchanged(client, path)
    yield Operation("board, nothing new", ask, goal=3, sql_goal=2, prepare=look)
    yield Operation(
        "panel of a visit to come",
        get(client, f"/office/schedule/visit/{_a_visit_to_come(engine, day)}"),
        sql_goal=10,
    )


def _a_visit_to_come(engine: Engine, day: date) -> str:
    """The public id of a booked visit after the busiest day."""
    booked = "SELECT public_id FROM visit WHERE on_date > ? AND status = 'booked' ORDER BY on_date"
    found: list[tuple[str]] = connection_of(engine).cursor().execute(booked, (str(day),)).fetchall()
    return found[0][0]


def _forget_all(app: Flask) -> Callable[[], object]:
    """Drop the boards, and the cards that they were made of."""
    boards = forget(app, "boards")

    def drop() -> None:
        boards()
        card_of.cache_clear()

    return drop


def _unchanged(client: FlaskClient, path: str) -> tuple[Callable[[], object], Callable[[], object]]:
    """A look at the board, and what an open one asks every two seconds after it."""
    seen = {}

    def look() -> None:
        seen["If-None-Match"] = client.get(path).headers["ETag"]

    def ask() -> object:
        answer = client.get(path, headers=seen)
        if answer.status_code != 304:
            raise RuntimeError(f"{path} answered {answer.status_code}")
        return answer

    return look, ask


def _change_one(app: Flask, day: date) -> Callable[[], object]:
    """Confirm one visit of the day after the other, as the desk does on the phone."""
    with app.app_context():
        numbers = cycle(db.session.scalars(select(Visit.id).where(Visit.on_date == day)).all())

    def change() -> None:
        with app.app_context(), transaction() as session, writing("bench.change", SYSTEM):
            session.get_one(Visit, next(numbers)).confirmed_at = now()
            session.flush()

    return change
