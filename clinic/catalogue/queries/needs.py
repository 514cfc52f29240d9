"""What services need of rooms and equipment, and what missing a visit costs."""

from sqlalchemy import Select, select

from clinic.catalogue.models import EquipmentKind, LatePolicy, RoomFeature, Service
from clinic.core.db import db
from clinic.core.errors import NotFound


def room_features() -> Select[RoomFeature]:
    """All features by name, those in use first."""
    return select(RoomFeature).order_by(
        RoomFeature.is_active.desc(), RoomFeature.name, RoomFeature.id
    )


def equipment_kinds() -> Select[EquipmentKind]:
    """All kinds of equipment by name, those in use first."""
    return select(EquipmentKind).order_by(
        EquipmentKind.is_active.desc(), EquipmentKind.name, EquipmentKind.id
    )


def late_policies() -> Select[LatePolicy]:
    """The policies that services may name: the default first."""
    return (
        select(LatePolicy)
        .where(LatePolicy.is_active)
        .order_by(LatePolicy.is_default.desc(), LatePolicy.name, LatePolicy.id)
    )


def default_policy() -> LatePolicy | None:
    """The policy of services that name none; None before the first is written."""
    return db.session.scalar(select(LatePolicy).where(LatePolicy.is_default))


def the_policy(public_id: str) -> LatePolicy:
    """Raises NotFound."""
    found = db.session.scalar(select(LatePolicy).where(LatePolicy.public_id == public_id))
    if found is None:
        raise NotFound
    return found


def the_equipment_kind(public_id: str) -> EquipmentKind:
    """Raises NotFound."""
    found = db.session.scalar(select(EquipmentKind).where(EquipmentKind.public_id == public_id))
    if found is None:
        raise NotFound
    return found


def services_naming(policy: LatePolicy) -> list[str]:
    """The names of the services that name this policy."""
    found = select(Service.name).where(Service.late_policy_id == policy.id).order_by(Service.name)
    return list(db.session.scalars(found))
