"""What lies over something on purpose lies in a lane of its own, and is taken all the same."""

from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import select

from clinic.core.db import db
from clinic.core.permissions import SYSTEM
from clinic.core.transactions import transaction
from clinic.timetable.models import Occupancy
from clinic.timetable.services import SlotTaken, Want, free, is_overlapping, retake, shift, take
from tests.factories import timetable as made
from tests.factories.timetable import again, at, taken, three

WHY = "Twins"


@pytest.fixture(autouse=True)
def clinic(inside: Flask) -> None:
    made.open_clinic()


def over(starts, minutes, resource, why=WHY):
    with transaction():
        return take(
            actor=SYSTEM,
            kind="visit",
            starts_at=starts,
            ends_at=starts + timedelta(minutes=minutes),
            wants=[Want(resource, overlap_why=why)],
        )


def lane(slot):
    return db.session.scalars(select(Occupancy.lane).where(Occupancy.slot_id == slot.id)).one()


def test_with_a_reason_it_lies_over_a_visit_and_without_a_clash_in_the_lane_of_all() -> None:
    therapist, _, _ = three()
    taken(at(9), 60, therapist)
    second, third = over(at(9, 30), 60, therapist), over(at(9, 45), 60, therapist)
    later = over(at(14), 60, therapist)
    assert (lane(second), lane(third), lane(later)) == (1, 2, 0)
    assert is_overlapping(again(second))
    assert not is_overlapping(again(later))


def test_nothing_is_taken_over_what_lies_in_another_lane() -> None:
    """The first is given back: only what lay over it is left, and that is somebody's time."""
    therapist, _, _ = three()
    first = taken(at(9), 60, therapist)
    over(at(9), 60, therapist)
    elsewhere = taken(at(12), 60, therapist)
    with transaction():
        free(again(first), actor=SYSTEM)
    with pytest.raises(SlotTaken):
        taken(at(9), 60, therapist)
    with pytest.raises(SlotTaken), transaction():
        retake(again(first), actor=SYSTEM, wants=[Want(therapist)])
    with pytest.raises(SlotTaken), transaction():
        shift(again(elsewhere), actor=SYSTEM, starts_at=at(9, 30), ends_at=at(10, 30))


def test_what_becomes_shorter_stays_in_its_lane_and_is_not_refused() -> None:
    therapist, _, _ = three()
    first = taken(at(9), 60, therapist)
    second = over(at(9), 60, therapist)
    for one in (first, second):
        with transaction():
            shift(again(one), actor=SYSTEM, starts_at=at(9), ends_at=at(9, 30))
    assert (lane(first), lane(second)) == (0, 1)
    with pytest.raises(SlotTaken), transaction():
        shift(again(first), actor=SYSTEM, starts_at=at(9), ends_at=at(10))
