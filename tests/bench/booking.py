"""Booking, moving and cancelling: through the services, against the least that booking can be."""

import random
from collections.abc import Callable, Iterator
from datetime import date, timedelta
from itertools import count

from flask import Flask
from sqlalchemy import Engine

from clinic.catalogue.models import ServiceVariant
from clinic.clients.models import Client
from clinic.core.clock import day_bounds, epoch, from_epoch
from clinic.core.db import db
from clinic.core.permissions import Actor
from clinic.core.transactions import transaction
from clinic.practice.queries import remember, the_practice
from clinic.scheduling import services as scheduling
from clinic.scheduling.queries.visits import the_visit
from clinic.staff.models import StaffMember
from clinic.staff.queries import actor_of
from tests.bench.measure import Operation
from tests.bench.rows import THERAPISTS, ZONE
from tests.bench.stock import Stocked


def booking(app: Flask, engine: Engine, stocked: Stocked) -> Iterator[Operation]:
    """What the desk does with a visit; all that the service is handed is read in it as well.

    The floor is a bare Flask view that checks, inserts an appointment and an audit row,
    and commits; the bare SQL is the same without Flask.
    """
    desk = Desk(app, stocked.day)
    yield Operation(
        "book one visit", desk.book, against="floor: book one", goal=6, sql_goal=14,
        bare="bare SQL: book one",
    )  # fmt: skip
    for name, act in (("move one visit", desk.move), ("cancel one visit", desk.cancel)):
        yield Operation(
            name, act, against="floor: book one", goal=6, sql_goal=14,
            bare="bare SQL: book one", prepare=desk.book,
        )  # fmt: skip
    yield Operation("floor: book one", _floor(engine))
    yield Operation("bare SQL: book one", _bare(engine))


class Desk:
    """The receptionist, who books each time another free hour weeks ahead."""

    def __init__(self, app: Flask, day: date) -> None:
        self._app, self._free = app, _free_hours(day)
        self._visit_id = ""
        with app.app_context():
            self._actor: Actor = actor_of(db.session.get_one(StaffMember, THERAPISTS + 1))
            self._practice = the_practice()

    def book(self) -> None:
        """Book the next free hour, and keep in mind which visit that is."""
        client_id, therapist_id, starts_s = next(self._free)
        with self._app.app_context():
            remember(self._practice)  # a request has it with its session
            with transaction():
                visit = scheduling.book(
                    actor=self._actor,
                    client=db.session.get_one(Client, client_id),
                    variant=db.session.get_one(ServiceVariant, 1),
                    therapist=db.session.get_one(StaffMember, therapist_id),
                    starts_at=from_epoch(starts_s),
                )
                self._visit_id = visit.public_id

    def move(self) -> None:
        """Move the visit that was booked last to the next free hour."""
        _, therapist_id, starts_s = next(self._free)
        with self._app.app_context():
            remember(self._practice)
            with transaction():
                scheduling.move(
                    the_visit(self._visit_id),
                    actor=self._actor,
                    starts_at=from_epoch(starts_s),
                    therapist=db.session.get_one(StaffMember, therapist_id),
                )

    def cancel(self) -> None:
        """Cancel the visit that was booked last."""
        with self._app.app_context():
            remember(self._practice)
            with transaction():
                scheduling.cancel(the_visit(self._visit_id), actor=self._actor)


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
    """A bare Flask view over the bare SQL."""
    app, act = Flask("floor"), _bare(engine)
    app.add_url_rule("/", methods=["POST"], view_func=lambda: {"id": act()})
    client = app.test_client()
    return lambda: client.post("/", data={"client": "1", "therapist": "1", "at": "1"})


def _bare(engine: Engine) -> Callable[[], int]:
    """Check, insert an appointment and an audit row, commit: the least that booking can be."""
    connection = engine.raw_connection()
    cursor = connection.cursor()
    numbers = count(1)

    def act() -> int:
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
