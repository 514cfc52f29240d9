"""Measures are taken by who treats, locked with their note, and void when they were a mistake."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DatabaseError

from clinic.core.clock import now
from clinic.core.db import db
from clinic.core.errors import Conflict, DomainError, NotAllowed
from clinic.core.guard import writing
from clinic.core.permissions import SYSTEM
from clinic.core.transactions import transaction
from clinic.records.models import Reading
from clinic.records.queries.measures import of_note, readings_of, trends
from clinic.records.queries.note_measures import movement_rows, movements_of
from clinic.records.rules.keeping import read_taken
from clinic.records.rules.measures import Subject, Taken
from clinic.records.services import measures as services
from clinic.records.services import notes
from tests.factories import ready, records, staff
from tests.factories import scheduling as made
from tests.factories.scheduling import House

TURN = Subject("ROM", "NECK_ROTATION", "L")
PAIN = Subject("NPRS_NOW")


@pytest.fixture
def house(inside: object) -> Iterator[House]:
    return made.open_house()


@pytest.fixture
def treated(house: House) -> House:
    ready.history(house.client, house.treats)
    return house


def take(house: House, *taken: Taken, back: int = 0, **more: Any) -> list[Reading]:
    with transaction():
        return services.take_readings(
            house.client,
            list(taken),
            actor=house.treats,
            on=made.this_day() - timedelta(days=back),
            **more,
        )


def test_the_first_figure_of_a_subject_is_its_baseline(treated: House):
    take(treated, Taken(PAIN, 6), back=9)
    take(treated, Taken(PAIN, 4), Taken(TURN, 48))
    found = {(one.taken.value, one.phase) for one in readings_of(treated.client.id)}
    assert found == {(6, "baseline"), (4, "visit"), (48, "baseline")}


def test_only_who_treats_a_client_takes_measures(treated: House):
    for actor in (treated.desk, treated.owner, staff.therapist("Nia Cole")):
        with pytest.raises(NotAllowed), transaction():
            services.take_readings(treated.client, [Taken(PAIN, 4)], actor=actor)
    assert not readings_of(treated.client.id)


def test_a_day_to_come_nothing_and_too_much_are_refused(treated: House):
    with pytest.raises(DomainError) as refused:
        take(treated, Taken(PAIN, 4), back=-1)
    assert refused.value.field == "on"
    with pytest.raises(DomainError):
        take(treated)
    with pytest.raises(DomainError):
        take(treated, Taken(PAIN, 11))
    with pytest.raises(DomainError) as twice:
        take(treated, Taken(TURN, 150))
    assert twice.value.field == "is_sure"
    assert take(treated, Taken(TURN, 150), is_sure=True)


def test_a_mistake_is_kept_and_counts_nowhere(treated: House):
    (wrong,) = take(treated, Taken(PAIN, 9))
    with transaction():
        services.void_reading(wrong, actor=treated.treats)
    assert not readings_of(treated.client.id)
    assert db.session.query(Reading).count() == 1
    with pytest.raises(Conflict), transaction():
        services.void_reading(wrong, actor=treated.treats)


def test_a_draft_keeps_what_was_measured_and_counts_only_once_signed(house: House):
    visit = records.begun(house)
    with transaction():
        note = notes.save_draft(
            visit,
            actor=house.treats,
            body=records.FULL,
            movements=[Taken(TURN, 48, "before"), Taken(TURN, 60, "after")],
        )
    rows = {row.public_id: read_taken(row.details) for row in of_note(note.id)}
    assert sorted(one.value for one in rows.values()) == [4, 48, 60]
    assert not readings_of(house.client.id)
    with transaction():
        notes.save_draft(visit, actor=house.treats, body=records.FULL)
    assert {row.public_id for row in of_note(note.id)} == set(rows)
    with transaction():
        notes.save_draft(
            visit, actor=house.treats, body=records.FULL, movements=[Taken(TURN, 50, "before")]
        )
    assert movements_of(note.id) == [(TURN, {"before": 50})]
    with transaction():
        notes.sign(visit, actor=house.treats)
    (turn,) = [one for one in trends(readings_of(house.client.id)) if one.subject == TURN]
    assert turn.now == 50


def test_what_was_measured_is_locked_with_its_note(house: House):
    visit = records.begun(house)
    note = records.signed(house, visit)
    (row,) = of_note(note.id)
    with pytest.raises(Conflict), transaction():
        services.keep_readings(note, [], actor=house.treats)
    with pytest.raises(Conflict), transaction():
        services.void_reading(row, actor=house.treats)
    for statement in (
        "UPDATE reading SET phase = 'reeval'",
        "UPDATE reading SET voided_at = '2026-01-01 00:00:00'",
        "DELETE FROM reading",
    ):
        with pytest.raises(DatabaseError), transaction(), writing("test.attack", SYSTEM):
            db.session.execute(text(statement))
        db.session.rollback()
    assert [one.taken.value for one in readings_of(house.client.id)] == [4]


def test_the_table_of_a_draft_begins_with_what_was_measured_last(house: House):
    earlier = records.finished(house, now() - timedelta(days=9))
    with transaction():
        notes.save_draft(
            earlier,
            actor=house.treats,
            body=records.FULL,
            movements=[Taken(TURN, 48, "before"), Taken(TURN, 60, "after")],
        )
    with transaction():
        notes.sign(earlier, actor=house.treats)
    visit = records.begun(house)
    first, *blank = movement_rows(visit, None)
    assert (first.subject, first.usual, first.last, first.before) == (TURN, "60–80°", "48°", "")
    assert [one.subject for one in blank] == [None, None]


def test_a_course_compares_arrival_with_arrival(treated: House):
    take(treated, Taken(PAIN, 6, "before"), Taken(PAIN, 3, "after"), back=20)
    take(treated, Taken(PAIN, 5, "before"), Taken(PAIN, 2, "after"), back=2)
    (course,) = trends(readings_of(treated.client.id))
    assert course.has_after
    assert (course.baseline, course.now, course.change.by) == (6, 5, -1)
    assert [(one.value, one.after) for one in course.points] == [(6, 3), (5, 2)]
