"""What services need of a room, and which kinds of equipment they take."""

from sqlalchemy import select

from clinic.catalogue.models import EquipmentKind, RoomFeature
from clinic.catalogue.services.techniques import check_code
from clinic.core.db import db
from clinic.core.errors import Conflict, DomainError
from clinic.core.guard import verb
from clinic.core.permissions import Actor, Permission
from clinic.core.words import say

Need = RoomFeature | EquipmentKind


@verb(Permission.CATALOGUE_WRITE)
def name_feature(*, actor: Actor, code: str, name: str) -> RoomFeature:
    """Name something that rooms have and services may need. Raises Conflict for one taken."""
    check_code(RoomFeature, code)
    _check_name(RoomFeature, name)
    feature = RoomFeature(code=code, name=name.strip())
    db.session.add(feature)
    return feature


@verb(Permission.CATALOGUE_WRITE)
def name_equipment_kind(*, actor: Actor, code: str, name: str) -> EquipmentKind:
    """Name a kind of thing of which a service takes one piece. Raises Conflict for one taken."""
    check_code(EquipmentKind, code)
    _check_name(EquipmentKind, name)
    kind = EquipmentKind(code=code, name=name.strip())
    db.session.add(kind)
    return kind


@verb(Permission.CATALOGUE_WRITE)
def rename_need(need: Need, *, actor: Actor, name: str, version: int | None = None) -> None:
    """Call a feature of rooms, or a kind of equipment, something else."""
    need.expect(version, "name")
    if name.strip() != need.name:
        _check_name(type(need), name)
    need.name = name.strip()


@verb(Permission.CATALOGUE_WRITE)
def retire_need(need: Need, *, actor: Actor) -> None:
    """Nothing needs it any more; services and rooms that name it keep naming it."""
    need.is_active = False


@verb(Permission.CATALOGUE_WRITE)
def restore_need(need: Need, *, actor: Actor) -> None:
    """Take it up again."""
    need.is_active = True


def _check_name(kind: type[Need], name: str) -> None:
    if not name.strip():
        raise DomainError(say("Enter a name."), field="name")
    if db.session.scalar(select(kind.id).where(kind.name == name.strip())) is not None:
        raise Conflict(say("There is one with this name already."), field="name")
