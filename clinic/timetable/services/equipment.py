"""Pieces of equipment: brought in, renamed, given up."""

from sqlalchemy import select

from clinic.catalogue.models import EquipmentKind
from clinic.core.db import db
from clinic.core.errors import Conflict, DomainError
from clinic.core.guard import verb
from clinic.core.permissions import Actor, Permission
from clinic.core.transactions import Lock, lock
from clinic.core.words import say
from clinic.timetable.models import Equipment
from clinic.timetable.services.resources import resource_for
from clinic.timetable.services.standing import refuse_while_visits_are_to_come


@verb(Permission.TIMETABLE_WRITE)
def bring_in(kind: EquipmentKind, *, actor: Actor, name: str) -> Equipment:
    """Begin to use one more piece of this kind. Raises Conflict for a name that is in use."""
    _check_name(name)
    piece = Equipment(kind_id=kind.id, name=name.strip())
    db.session.add(piece)
    return piece


@verb(Permission.TIMETABLE_WRITE)
def amend_equipment(
    piece: Equipment, *, actor: Actor, name: str, version: int | None = None
) -> None:
    """Give a piece another name."""
    piece.expect(version, "name")
    if name.strip() != piece.name:
        _check_name(name)
    piece.name = name.strip()


@verb(Permission.TIMETABLE_WRITE)
def give_up_equipment(piece: Equipment, *, actor: Actor) -> None:
    """No longer use a piece. Refused while visits to come take it (VisitsStand)."""
    resource = resource_for(equipment_id=piece.id)
    lock(Lock.RESOURCE, resource)
    refuse_while_visits_are_to_come([resource])
    piece.is_active = False


@verb(Permission.TIMETABLE_WRITE)
def use_equipment_again(piece: Equipment, *, actor: Actor) -> None:
    """Use a piece again that was given up."""
    piece.is_active = True


def _check_name(name: str) -> None:
    if not name.strip():
        raise DomainError(say("Enter a name."), field="name")
    if db.session.scalar(select(Equipment.id).where(Equipment.name == name.strip())) is not None:
        raise Conflict(say("There is a piece with this name already."), field="name")
