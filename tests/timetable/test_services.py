from datetime import date, timedelta
from zoneinfo import ZoneInfo

import pytest
from flask import Flask
from sqlalchemy import func, select

from clinic.core.clock import epoch, now
from clinic.core.db import db
from clinic.core.errors import DomainError
from clinic.core.guard import writing
from clinic.core.permissions import SYSTEM
from clinic.core.transactions import transaction
from clinic.timetable.models import ClinicDay, Occupancy, Slot
from clinic.timetable.services import (
    SlotTaken,
    Want,
    free,
    resource_for,
    retake,
    shift,
    take,
)
from tests.factories import timetable as made
from tests.factories.timetable import DAY, LONDON, again, at, bare_place, taken, three


@pytest.fixture(autouse=True)
def clinic(inside: Flask) -> None:
    made.open_clinic()


def count(table: type) -> int:
    return db.session.scalar(select(func.count()).select_from(table)) or 0


def test_visits_may_stand_back_to_back() -> None:
    resources = three()
    taken(at(9), 60, *resources)
    taken(at(10), 60, *resources)
    assert count(Occupancy) == 6


def test_buffers_are_part_of_what_is_taken() -> None:
    therapist, client, _ = three()
    with transaction():
        take(
            actor=SYSTEM,
            kind="visit",
            starts_at=at(9),
            ends_at=at(10),
            wants=[Want(therapist, before=5, after=15), Want(client)],
        )
    with pytest.raises(SlotTaken):
        taken(at(10), 30, therapist)
    with pytest.raises(SlotTaken):
        taken(at(8), 60, therapist)
    taken(at(10), 30, client)
    taken(at(10, 15), 30, therapist)


@pytest.mark.parametrize(
    ("which", "word"),
    [(0, "therapist"), (1, "client"), (2, "room")],
    ids=["staff", "client", "place"],
)
def test_nobody_and_nothing_is_in_two_places_at_once(which: int, word: str) -> None:
    resources = three()
    taken(at(9), 60, resources[which])
    with pytest.raises(SlotTaken, match=word) as refused:
        taken(at(9, 30), 60, *resources)
    assert refused.value.resource_ids == (resources[which],)
    assert refused.value.field == "time"
    assert count(Slot) == 1


def test_a_hold_that_ran_out_gives_way_and_a_live_one_does_not() -> None:
    therapist, *_ = three()
    taken(at(9), 60, therapist, kind="hold", expires_at=now() - timedelta(seconds=1))
    taken(at(11), 60, therapist, kind="hold", expires_at=now() + timedelta(minutes=5))
    taken(at(9, 30), 60, therapist)
    with pytest.raises(SlotTaken):
        taken(at(11, 30), 60, therapist)
    assert count(Slot) == 2


def test_a_slot_across_midnight_belongs_to_the_day_it_starts_on() -> None:
    therapist, *_ = three()
    slot = taken(at(23, 30), 60, therapist)
    assert again(slot).on_date == DAY
    with pytest.raises(SlotTaken):
        taken(at(24), 30, therapist)
    assert again(taken(at(24, 30), 30, therapist)).on_date == DAY + timedelta(days=1)


@pytest.mark.parametrize(
    ("zone", "day", "hours"),
    [
        ("Europe/London", date(2027, 3, 28), 23),
        ("Europe/London", date(2027, 10, 31), 25),
        ("America/New_York", date(2027, 3, 14), 23),
        ("America/New_York", date(2027, 11, 7), 25),
        ("America/Santiago", date(2027, 9, 5), 23),  # midnight itself does not exist
        ("Australia/Lord_Howe", date(2027, 4, 4), 24.5),
    ],
)
def test_a_day_on_which_the_clocks_change_has_its_own_length(
    zone: str, day: date, hours: float
) -> None:
    made.open_clinic_again(zone)
    therapist, *_ = three()
    clock = ZoneInfo(zone)
    slot = again(taken(at(23, 45, on=day, zone=clock), 15, therapist))
    assert slot.on_date == day
    assert slot.day_ends_s - slot.day_starts_s == hours * 3600
    assert slot.day_ends_s == slot.ends_s
    following = again(taken(slot.ends_at, 15, therapist))
    assert following.on_date == day + timedelta(days=1)


def test_a_slot_moves_with_all_it_takes() -> None:
    resources = three()
    slot = taken(at(9), 60, *resources)
    with transaction():
        shift(again(slot), actor=SYSTEM, starts_at=at(9, 30), ends_at=at(10, 30))
    taken(at(9), 30, *resources)
    with pytest.raises(SlotTaken):
        taken(at(10), 30, resources[0])
    assert set(db.session.scalars(select(Occupancy.starts_s)).all()) == {
        epoch(at(9)),
        epoch(at(9, 30)),
    }


def test_a_slot_does_not_move_onto_another() -> None:
    therapist, *_ = three()
    slot = taken(at(9), 60, therapist)
    taken(at(11), 60, therapist)
    with pytest.raises(SlotTaken), transaction():
        shift(again(slot), actor=SYSTEM, starts_at=at(10, 30), ends_at=at(11, 30))
    assert again(slot).starts_at == at(9)


def test_a_slot_moves_to_another_day() -> None:
    therapist, *_ = three()
    slot = taken(at(9), 60, therapist)
    with transaction():
        shift(again(slot), actor=SYSTEM, starts_at=at(33), ends_at=at(34))
    assert again(slot).on_date == DAY + timedelta(days=1)


def test_what_is_freed_can_be_taken_and_taken_again_if_it_still_is_free() -> None:
    therapist, client, _ = three()
    slot = taken(at(9), 60, therapist, client)
    with transaction():
        free(again(slot), actor=SYSTEM)
    other = taken(at(9, 30), 60, therapist)
    with pytest.raises(SlotTaken), transaction():
        retake(again(slot), actor=SYSTEM, wants=[Want(therapist), Want(client)])
    with transaction():
        free(again(other), actor=SYSTEM)
    with transaction():
        retake(again(slot), actor=SYSTEM, wants=[Want(therapist), Want(client)])
    with pytest.raises(SlotTaken):
        taken(at(9), 60, client)


def test_a_slot_has_a_length_and_it_is_no_longer_than_a_day() -> None:
    therapist, *_ = three()
    with pytest.raises(DomainError, match="end"):
        taken(at(9), 0, therapist)
    with pytest.raises(DomainError, match="longer"):
        taken(at(9), 27 * 60, therapist)


def test_a_day_is_made_once_and_stays_when_the_zone_is_changed() -> None:
    therapist, *_ = three()
    taken(at(9), 60, therapist)
    taken(at(12), 60, therapist)
    assert count(ClinicDay) == 1
    made.open_clinic_again("Asia/Tokyo")
    with pytest.raises(DomainError, match="zone"):
        taken(at(1, on=DAY, zone=ZoneInfo("Asia/Tokyo")), 30, therapist)


def test_a_resource_is_made_once() -> None:
    place = bare_place("R7")
    with transaction(), writing("test", SYSTEM):
        assert resource_for(place_id=place.id) == resource_for(place_id=place.id)
    assert LONDON.key == "Europe/London"
