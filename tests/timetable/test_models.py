"""What the database refuses by itself, whoever asks and however: raw SQL, past every service."""

import threading
from datetime import date, timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import func, select, text
from sqlalchemy.exc import DBAPIError, IntegrityError

from clinic.core.clock import epoch
from clinic.core.db import db
from clinic.core.errors import broken_constraint
from clinic.core.guard import writing
from clinic.core.permissions import SYSTEM
from clinic.core.transactions import separate_transaction, transaction
from clinic.timetable.models import CLASH, ClinicDay, Occupancy, Slot
from clinic.timetable.services import Want, take
from tests.factories import timetable as made
from tests.factories.timetable import at, taken

SPRING, AUTUMN, PLAIN = date(2027, 3, 28), date(2027, 10, 31), date(2027, 3, 2)
DAYS = pytest.mark.parametrize("day", [PLAIN, SPRING, AUTUMN], ids=["24h", "23h", "25h"])


@pytest.fixture(autouse=True)
def clinic(inside: Flask) -> None:
    made.open_clinic()


@pytest.fixture
def resources() -> tuple[int, ...]:
    return made.three()


def refused(statement: str, **values: Any) -> str | None:
    """The name of the constraint that stopped a raw statement."""
    db.session.rollback()
    with (
        pytest.raises(DBAPIError) as error,
        writing("test.attack", SYSTEM),
        separate_transaction() as connection,
    ):
        connection.execute(text(statement), values)
    assert not isinstance(error.value, IntegrityError) or error.value.orig is not None
    return broken_constraint(error.value) if isinstance(error.value, IntegrityError) else None


@DAYS
def test_seconds_do_not_move_a_slot_off_its_day(day: date, resources: tuple[int, ...]) -> None:
    slot = taken(at(9, on=day), 60, *resources)
    taken(at(33, on=day), 60, *resources)  # so that the next day is there
    for shift in (86_400, 3600 * 25, -3600 * 11, 3600 * 16):
        name = refused(
            "UPDATE slot SET starts_s = starts_s + :by, ends_s = ends_s + :by WHERE id = :id",
            by=shift,
            id=slot.id,
        )
        assert name == "ck_slot_on_its_day"


@DAYS
def test_the_last_second_of_a_day_is_its_own_and_the_next_is_not(
    day: date, resources: tuple[int, ...]
) -> None:
    slot = taken(at(9, on=day), 60, *resources)
    ends = epoch(at(24, on=day))
    with writing("test.attack", SYSTEM), separate_transaction() as connection:
        connection.execute(
            text("UPDATE slot SET starts_s = :at - 60, ends_s = :at + 60 WHERE id = :id"),
            {"at": ends, "id": slot.id},
        )
    assert "on_its_day" in str(
        refused(
            "UPDATE slot SET starts_s = :at, ends_s = :at + 60 WHERE id = :id",
            at=ends,
            id=slot.id,
        )
    )


@DAYS
def test_a_date_does_not_move_a_slot(day: date, resources: tuple[int, ...]) -> None:
    slot = taken(at(9, on=day), 60, *resources)
    other = made.again(taken(at(33, on=day), 60, *resources))
    values = {"on": str(other.on_date), "first": other.day_starts_s, "last": other.day_ends_s}
    assert refused("UPDATE slot SET on_date = :on WHERE id = :id", on=values["on"], id=slot.id)
    assert (
        refused(
            "UPDATE slot SET on_date = :on, day_starts_s = :first, day_ends_s = :last"
            " WHERE id = :id",
            id=slot.id,
            **values,
        )
        == "ck_slot_on_its_day"
    )
    assert refused(
        "UPDATE slot SET day_starts_s = :first, day_ends_s = :last WHERE id = :id",
        id=slot.id,
        first=values["first"],
        last=values["last"],
    )


@DAYS
def test_a_day_keeps_its_bounds(day: date, resources: tuple[int, ...]) -> None:
    taken(at(9, on=day), 60, *resources)
    refused("UPDATE clinic_day SET starts_s = starts_s - 3600")
    refused("DELETE FROM clinic_day")
    following = day + timedelta(days=2)
    assert "in_some_zone" in str(
        refused(
            "INSERT INTO clinic_day (on_date, starts_s, ends_s) VALUES (:on, :first, :last)",
            on=str(following),
            first=epoch(at(0, on=day)),
            last=epoch(at(24, on=day)),
        )
    )


def test_a_slot_is_not_pushed_onto_another(resources: tuple[int, ...]) -> None:
    slot = taken(at(9), 60, *resources)
    taken(at(11), 60, resources[0])
    for statement in (
        "UPDATE slot SET starts_s = starts_s + 5400, ends_s = ends_s + 5400 WHERE id = :id",
        "UPDATE slot SET ends_s = ends_s + 3601 WHERE id = :id",
        "UPDATE slot SET ends_s = ends_s + 7200",
    ):
        assert refused(statement, **({"id": slot.id} if ":id" in statement else {})) == CLASH


def test_what_a_slot_takes_moves_only_with_the_slot(resources: tuple[int, ...]) -> None:
    slot = taken(at(9), 60, *resources)
    other = taken(at(11), 60, resources[0])
    for statement in (
        "UPDATE occupancy SET slot_starts_s = slot_starts_s + 60 WHERE slot_id = :id",
        "UPDATE occupancy SET slot_ends_s = slot_ends_s - 60 WHERE slot_id = :id",
        "UPDATE occupancy SET starts_s = starts_s + 60 WHERE slot_id = :id",
        f"UPDATE occupancy SET slot_id = {other.id} WHERE slot_id = :id",
        "DELETE FROM slot WHERE id = :id",
    ):
        refused(statement, id=slot.id)


def test_a_busy_resource_is_not_written_in(resources: tuple[int, ...]) -> None:
    therapist, client, _ = resources
    slot = taken(at(9), 60, therapist)
    other = made.again(taken(at(9, 30), 60, client))
    swap = "UPDATE occupancy SET resource_id = :to WHERE slot_id = :id"
    assert refused(swap, id=slot.id, to=client) == CLASH
    insert = (
        " INTO occupancy (slot_id, resource_id, lane, overlap_reason, slot_starts_s, slot_ends_s,"
        " before_s, after_s) VALUES (:id, :to, 0, '', :first, :last, 0, 0)"
    )
    values = {"id": other.id, "to": therapist, "first": other.starts_s, "last": other.ends_s}
    assert refused("INSERT" + insert, **values) == CLASH
    if db.engine.dialect.name == "sqlite":
        for way in ("REPLACE", "IGNORE"):
            assert refused(f"INSERT OR {way}" + insert, **values) == CLASH


def test_buffers_do_not_grow_into_somebody_elses_time(resources: tuple[int, ...]) -> None:
    slot = taken(at(9), 60, resources[0])
    taken(at(10, 15), 60, resources[0])
    grow = "UPDATE occupancy SET after_s = :by WHERE slot_id = :id"
    assert refused(grow, id=slot.id, by=901) == CLASH
    assert "buffers" in str(refused(grow, id=slot.id, by=-60))
    assert "buffers" in str(refused(grow, id=slot.id, by=7201))


def test_an_overlap_on_purpose_says_why(resources: tuple[int, ...]) -> None:
    slot = taken(at(9), 60, resources[0])
    lane = "UPDATE occupancy SET lane = :lane, overlap_reason = :why WHERE slot_id = :id"
    for number, why in ((1, ""), (0, "Couple"), (-1, "Couple")):
        assert "overlap_with_reason" in str(refused(lane, id=slot.id, lane=number, why=why))


def test_a_slot_has_a_length(resources: tuple[int, ...]) -> None:
    slot = taken(at(9), 60, *resources)
    for ends in ("starts_s", "starts_s - 1", "starts_s + 93601"):
        name = refused(f"UPDATE slot SET ends_s = {ends} WHERE id = :id", id=slot.id)
        assert name == "ck_slot_order"


def test_a_day_is_made_once_however_many_need_it_at_once(app: Flask) -> None:
    people = [made.three(f"Una {number}") for number in range(6)]
    db.session.rollback()
    start, faults = threading.Barrier(len(people)), []

    def book(resources: tuple[int, ...]) -> None:
        try:
            with app.app_context():
                start.wait()
                with transaction():
                    take(
                        actor=SYSTEM,
                        kind="visit",
                        starts_at=at(9, on=AUTUMN),
                        ends_at=at(10, on=AUTUMN),
                        wants=[Want(number) for number in resources],
                    )
        except BaseException as error:  # noqa: BLE001 - shown below, in the test's own thread
            faults.append(error)

    threads = [threading.Thread(target=book, args=(resources,)) for resources in people]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not faults
    assert db.session.scalar(select(func.count()).select_from(ClinicDay)) == 1
    assert db.session.scalar(select(func.count()).select_from(Slot)) == len(people)
    assert db.session.scalar(select(func.count()).select_from(Occupancy)) == 3 * len(people)
