"""Pieces of equipment, and what rooms have."""

from datetime import timedelta

import pytest
from flask import Flask

from clinic.catalogue import services as catalogue
from clinic.catalogue.models import EquipmentKind
from clinic.core.clock import now
from clinic.core.errors import Conflict, DomainError, NotAllowed, StaleEdit
from clinic.core.guard import writing
from clinic.core.permissions import SYSTEM
from clinic.core.transactions import transaction
from clinic.timetable import services
from clinic.timetable.models import Equipment, Room
from clinic.timetable.services import VisitsStand
from clinic.timetable.services.resources import resource_for
from tests.factories import staff
from tests.factories import timetable as made


@pytest.fixture(autouse=True)
def clinic(inside: Flask) -> None:
    made.open_clinic()


@pytest.fixture
def kind() -> EquipmentKind:
    with transaction():
        return catalogue.name_equipment_kind(actor=SYSTEM, code="HEATER", name="Heater")


@pytest.fixture
def piece(kind: EquipmentKind) -> Equipment:
    with transaction():
        return services.bring_in(kind, actor=SYSTEM, name="Heater 1")


def resource_of(piece: Equipment) -> int:
    with transaction(), writing("test.resources", SYSTEM):
        return resource_for(equipment_id=piece.id)


def test_two_pieces_need_two_names(kind: EquipmentKind, piece: Equipment) -> None:
    with pytest.raises(Conflict) as refused, transaction():
        services.bring_in(kind, actor=SYSTEM, name="Heater 1")
    assert refused.value.field == "name"


def test_a_piece_without_a_name_is_refused(kind: EquipmentKind) -> None:
    with pytest.raises(DomainError) as refused, transaction():
        services.bring_in(kind, actor=SYSTEM, name=" ")
    assert refused.value.field == "name"


def test_a_piece_is_renamed_and_an_old_form_is_stale(piece: Equipment) -> None:
    version = piece.version
    with transaction():
        services.amend_equipment(piece, actor=SYSTEM, name="Heater A", version=version)
    assert piece.name == "Heater A"
    with pytest.raises(StaleEdit), transaction():
        services.amend_equipment(piece, actor=SYSTEM, name="Heater B", version=version)


def test_a_piece_that_visits_to_come_take_is_not_given_up(piece: Equipment) -> None:
    made.taken(now() + timedelta(days=3), 60, resource_of(piece))
    with pytest.raises(VisitsStand) as refused, transaction():
        services.give_up_equipment(piece, actor=SYSTEM)
    assert refused.value.count == 1
    assert piece.is_active


def test_a_piece_that_only_past_visits_took_is_given_up_and_used_again(piece: Equipment) -> None:
    made.taken(now() - timedelta(days=3), 60, resource_of(piece))
    with transaction():
        services.give_up_equipment(piece, actor=SYSTEM)
    assert not piece.is_active
    with transaction():
        services.use_equipment_again(piece, actor=SYSTEM)
    assert piece.is_active


def test_only_who_writes_the_timetable_brings_equipment_in(kind: EquipmentKind) -> None:
    desk = staff.receptionist()
    with pytest.raises(NotAllowed), transaction():
        services.bring_in(kind, actor=desk, name="Mine")


def features(room: Room) -> list[str]:
    return sorted(line.feature.code for line in room.features)


def test_a_room_says_what_it_has_and_a_form_leaves_it_or_changes_it() -> None:
    with transaction():
        for code in ("SINK", "QUIET"):
            catalogue.name_feature(actor=SYSTEM, code=code, name=code.title())
    with transaction():
        room = services.open_room(actor=SYSTEM, name="R1", features=("SINK",))
    plain = {"name": "R1", "note": "", "position": 0}
    with transaction():
        services.amend_room(room, actor=SYSTEM, **plain)
    assert features(room) == ["SINK"]
    version = room.version
    with transaction():
        services.amend_room(room, actor=SYSTEM, features=("QUIET",), version=version, **plain)
    assert features(room) == ["QUIET"]
    assert room.version > version


def test_a_feature_that_nobody_knows_is_refused() -> None:
    with pytest.raises(DomainError) as refused, transaction():
        services.open_room(actor=SYSTEM, name="R1", features=("NONE_SUCH",))
    assert refused.value.field == "features"
