"""What is measured: the pages as a receptionist asks for them, and the bare SQL beneath them."""

import random
from collections.abc import Callable, Iterator
from datetime import date, timedelta
from itertools import count
from typing import Any

from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import Engine

from clinic.catalogue.models import ServiceVariant
from clinic.catalogue.queries import the_variant
from clinic.clients.models import Client
from clinic.core.clock import day_bounds, epoch, from_epoch
from clinic.core.db import db
from clinic.core.transactions import transaction
from clinic.scheduling import services as scheduling
from clinic.scheduling.queries.openings import Wish, openings
from clinic.staff.models import StaffMember
from clinic.staff.queries import actor_of
from tests.bench.measure import Operation
from tests.bench.rows import ROOMS, THERAPISTS, ZONE
from tests.bench.stock import Stocked

DAY_SQL = """
SELECT v.public_id, v.status, v.minutes, s.starts_s, s.ends_s, c.first_name, c.last_name,
       c.preferred_name, sv.name, st.name, r.name
FROM visit v JOIN slot s ON s.id = v.slot_id JOIN client c ON c.id = v.client_id
JOIN service_variant w ON w.id = v.variant_id JOIN service sv ON sv.id = w.service_id
JOIN staff_member st ON st.id = v.therapist_id JOIN place p ON p.id = v.place_id
JOIN room r ON r.id = p.room_id WHERE v.on_date = ? ORDER BY s.starts_s"""
LIST_SQL = """
SELECT public_id, number, first_name, last_name, birth_date, status FROM client
WHERE person_id IS NULL AND archived_at IS NULL ORDER BY search_name, id LIMIT 51"""
SEARCH_SQL = """
SELECT DISTINCT c.public_id, c.number, c.first_name, c.last_name, c.birth_date
FROM search_term t JOIN client c ON c.id = t.client_id WHERE t.term >= ? AND t.term < ? LIMIT 8"""
CLIENT_SQL = "SELECT * FROM client WHERE public_id = ?"
OFFICE_SQL = """
SELECT v.public_id, v.status, v.on_date, s.starts_s, c.first_name, c.last_name FROM visit v
JOIN slot s ON s.id = v.slot_id JOIN client c ON c.id = v.client_id
ORDER BY v.on_date DESC, v.id DESC LIMIT 51"""
TAKEN_SQL = """
SELECT resource_id, starts_s, ends_s FROM occupancy WHERE resource_id IN ({}) AND lane = 0
AND starts_s >= ? AND starts_s < ?"""


def operations(
    app: Flask, client: FlaskClient, stocked: Stocked, engine: Engine
) -> Iterator[Operation]:
    """Every operation, each page followed by the bare SQL that reads the same rows."""
    day = stocked.day
    names = ["nakamura", "haddad", "garcia", "angstrom", "mul", "ada", "312000", "c50"]
    pages: list[tuple[str, Callable[[], object], Callable[[], object], float, int]] = [
        ("client list", _get(client, "/clients"), _sql(engine, LIST_SQL), 6, 3),
        (
            "client search",
            _each(client, "/clients/suggest?q={}", names),
            _search(engine, names),
            6,
            3,
        ),
        (
            "client search, two words",
            _each(client, "/clients/suggest?q={}", ["jose garcia", "mei brown", "ch mul"]),
            _search(engine, names),
            6,
            3,
        ),
        (
            "client page",
            _get(client, f"/clients/{stocked.client_public_id}"),
            _sql(engine, CLIENT_SQL, stocked.client_public_id),
            8,
            6,
        ),
        (
            "admin list, appointments",
            _get(client, "/office/appointments/"),
            _sql(engine, OFFICE_SQL),
            30,
            3,
        ),
        ("day page, kept", _get(client, f"/day?on={day}"), _sql(engine, DAY_SQL, str(day)), 3, 2),
    ]
    yield Operation(
        "day page, drawn anew",
        _get(client, f"/day?on={day}"),
        goal=6,
        sql_goal=5,
        bare="bare SQL: day page, drawn anew",
        prepare=_forget(app),
    )
    yield Operation("bare SQL: day page, drawn anew", _sql(engine, DAY_SQL, str(day)))
    for name, act, bare, goal, most in pages:
        yield Operation(name, act, goal=goal, sql_goal=most, bare=f"bare SQL: {name}")
        yield Operation(f"bare SQL: {name}", bare)
    yield from _openings(app, engine, stocked)
    yield from _booking(app, engine, stocked)


def _forget(app: Flask) -> Callable[[], object]:
    """Drop the drawn days, so that the next one is drawn anew."""
    begun = app.extensions["desk_days"]
    return lambda: app.extensions.update(desk_days=type(begun)(64))


def _get(client: FlaskClient, path: str) -> Callable[[], object]:
    def act() -> object:
        answer = client.get(path)
        if answer.status_code != 200:
            raise RuntimeError(f"{path} answered {answer.status_code}")
        return answer

    return act


def _each(client: FlaskClient, path: str, words: list[str]) -> Callable[[], object]:
    """Ask for one word after the other, so that no answer is the last one again."""
    turn = count()
    return lambda: _get(client, path.format(words[next(turn) % len(words)]))()


def _sql(engine: Engine, statement: str, *values: Any) -> Callable[[], object]:
    """The driver's own cursor on one open connection: nothing is cheaper."""
    connection = engine.raw_connection()
    return lambda: connection.cursor().execute(statement, values).fetchall()


def _search(engine: Engine, words: list[str]) -> Callable[[], object]:
    connection, turn = engine.raw_connection(), count()

    def act() -> object:
        word = words[next(turn) % len(words)]
        beyond = word[:-1] + chr(ord(word[-1]) + 1)
        return connection.cursor().execute(SEARCH_SQL, (word, beyond)).fetchall()

    return act


def _openings(app: Flask, engine: Engine, stocked: Stocked) -> Iterator[Operation]:
    resources = [*range(1, THERAPISTS + 1), *range(101, 101 + ROOMS)]
    statement = TAKEN_SQL.format(",".join(map(str, resources)))
    for days in (1, 30):
        begins, _ = day_bounds(stocked.day, ZONE)
        _, ends = day_bounds(stocked.day + timedelta(days=days - 1), ZONE)
        name = "openings, one day" if days == 1 else f"openings, {days} days"
        goal = 3 if days == 1 else 10
        yield Operation(
            name,
            _search_openings(app, stocked, days),
            against=f"bare SQL: {name}",
            goal=goal,
            sql_goal=3,
        )
        yield Operation(f"bare SQL: {name}", _sql(engine, statement, epoch(begins), epoch(ends)))


def _search_openings(app: Flask, stocked: Stocked, days: int) -> Callable[[], object]:
    def act() -> object:
        with app.app_context():
            variant = the_variant(stocked.variant_public_id)
            return openings(Wish(variant, (), stocked.day, days=days), count=20)

    return act


def _booking(app: Flask, engine: Engine, stocked: Stocked) -> Iterator[Operation]:
    yield Operation(
        "book one visit", _book(app, stocked), against="floor: book one", goal=6, sql_goal=14
    )
    yield Operation("floor: book one", _floor(engine))


def _book(app: Flask, stocked: Stocked) -> Callable[[], object]:
    """Book through the service, each time another free hour weeks ahead."""
    wanted = _free_hours(stocked.day)

    def act() -> object:
        with app.app_context():
            client_id, therapist_id, starts_s = next(wanted)
            actor = actor_of(db.session.get_one(StaffMember, THERAPISTS + 1))
            client = db.session.get_one(Client, client_id)
            with transaction():
                return scheduling.book(
                    actor=actor,
                    client=client,
                    variant=db.session.get_one(ServiceVariant, 1),
                    therapist=db.session.get_one(StaffMember, therapist_id),
                    starts_at=from_epoch(starts_s),
                ).id

    return act


def _free_hours(day: date) -> Iterator[tuple[int, int, int]]:
    """Hours beyond the stocked weeks, when nobody has anything yet."""
    rng, ahead = random.Random(1), day + timedelta(days=40)
    while True:
        if ahead.weekday() < 5:
            begins, _ = day_bounds(ahead, ZONE)
            for hour in range(5):
                for therapist in range(1, THERAPISTS + 1):
                    yield rng.randrange(1, 1900), therapist, epoch(begins) + 8 * 3600 + hour * 4500
        ahead += timedelta(days=1)


def _floor(engine: Engine) -> Callable[[], object]:
    """Check, insert an appointment and an audit row, commit: the least that booking can be."""
    connection = engine.raw_connection()
    cursor = connection.cursor()
    numbers = count(1)

    def act() -> object:
        number = next(numbers)
        cursor.execute("BEGIN IMMEDIATE")
        cursor.execute(
            "SELECT 1 FROM occupancy WHERE resource_id = 1 AND lane = 0"
            " AND starts_s < ? AND ends_s > ? AND starts_s > ?",
            (number, number, number),
        )
        for table in ("bench_floor", "bench_floor"):
            cursor.execute(f"INSERT INTO {table} VALUES (?, ?, ?)", (number, "x", "y"))
        cursor.execute("COMMIT")
        return number

    return act
