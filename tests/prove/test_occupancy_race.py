"""The negative control: what stops a double booking is the database, and nothing else.

Fifty connections of fifty processes write occupancy rows past every service, for one
therapist and one time. With the constraint taken away they clash; with it one is there.
"""

import multiprocessing
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import psycopg
from flask import Flask
from sqlalchemy import create_engine, func, select, text
from sqlalchemy.engine import make_url

from clinic.core.db import db
from clinic.core.engines import sqlite_module
from clinic.core.guard import writing
from clinic.core.permissions import SYSTEM
from clinic.core.transactions import separate_transaction, transaction
from clinic.timetable.models import CLASH, Occupancy, Slot
from clinic.timetable.services import resource_for, take
from tests.engines import Ground, on_both_engines, release
from tests.factories import staff
from tests.factories.timetable import at, open_clinic
from tests.prove.occupancy_writer import PATIENCE, write

WRITERS = 50
ROW = (
    "INSERT INTO occupancy (slot_id, resource_id, lane, overlap_reason, slot_starts_s,"
    " slot_ends_s, before_s, after_s) SELECT id, {resource}, 0, '', starts_s, ends_s, 0, 0"
    " FROM slot WHERE id = {slot}"
)
_spawned = multiprocessing.get_context("forkserver")
_spawned.set_forkserver_preload(["tests.prove.occupancy_writer"])


def place_of(ground: Ground) -> Any:
    """Where the writers connect to: a file, or a server's socket, name and role."""
    url = make_url(ground.config.SQLALCHEMY_DATABASE_URI)
    if ground.name == "sqlite":
        return url.database
    return {"host": url.query["host"], "dbname": url.database, "user": url.username}


@contextmanager
def writers(place: Any, resource: int, slots: list[int], rounds: int) -> Iterator[Any]:
    """Fifty processes with a connection each; gives what lets them write and waits for them."""
    start, done = _spawned.Barrier(WRITERS + 1), _spawned.Barrier(WRITERS + 1)
    crowd = [
        _spawned.Process(
            target=write,
            args=(
                place,
                sqlite_module().__name__,
                ROW.format(resource=resource, slot=slot),
                rounds,
                start,
                done,
            ),
            daemon=True,
        )
        for slot in slots
    ]
    for process in crowd:
        process.start()

    def go() -> None:
        start.wait(PATIENCE)
        done.wait(PATIENCE)

    try:
        yield go
        for process in crowd:
            process.join(PATIENCE)
        assert [process.exitcode for process in crowd] == [0] * WRITERS
    finally:
        for process in crowd:
            process.kill()


def without_the_constraint(ground: Ground) -> None:
    """Take away what stands behind all booking, as the owner of the database."""
    release(ground.app)
    if ground.name == "sqlite":
        statements = [f"DROP TRIGGER {CLASH}_{name}" for name in ("insert", "update")]
    else:
        statements = [f"ALTER TABLE occupancy DROP CONSTRAINT {CLASH}"]
    engine = create_engine(ground.config.MIGRATION_DATABASE_URI, module=_driver(ground))
    with engine.begin() as connection:
        for statement in statements:
            connection.execute(text(statement))
    engine.dispose()


def _driver(ground: Ground) -> Any:
    return sqlite_module() if ground.name == "sqlite" else psycopg


def set_up(app: Flask) -> tuple[int, list[int]]:
    """A therapist, and fifty slots at the same time that take nobody yet."""
    with app.app_context():
        open_clinic()
        person = staff.therapist()
        with transaction(), writing("test.set_up", SYSTEM):
            resource = resource_for(staff_id=person.id or 0)
        with transaction():
            slots = [
                take(actor=SYSTEM, kind="visit", starts_at=at(9), ends_at=at(10), wants=[])
                for _ in range(WRITERS)
            ]
            db.session.flush()
            numbers = [slot.id for slot in slots]
    return resource, numbers


def race(ground: Ground, rounds: int) -> list[int]:
    """How many rows stood at the same time after each round."""
    resource, slots = set_up(ground.app)
    counts = []
    with writers(place_of(ground), resource, slots, rounds) as go:
        for _ in range(rounds):
            go()
            with ground.app.app_context():
                counts.append(db.session.scalar(select(func.count()).select_from(Occupancy)) or 0)
                with writing("test.clear", SYSTEM), separate_transaction() as connection:
                    connection.execute(Occupancy.__table__.delete())
    return counts


@on_both_engines
def test_without_the_constraint_fifty_take_one_time(ground: Ground, rounds: int) -> None:
    without_the_constraint(ground)
    counts = race(ground, max(2, rounds // 20))
    print(f"{ground.name}: without the constraint {counts[:10]} rows for one time")
    assert min(counts) > 1


@on_both_engines
def test_with_the_constraint_one_of_fifty_has_the_time(ground: Ground, rounds: int) -> None:
    counts = race(ground, max(2, rounds // 4))
    print(f"{ground.name}: with the constraint one row in each of {len(counts)} rounds")
    assert counts == [1] * len(counts)
    with ground.app.app_context():
        assert db.session.scalar(select(func.count()).select_from(Slot)) == WRITERS
