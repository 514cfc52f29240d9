"""What can be added to a visit."""

from datetime import date

from sqlalchemy import select

from clinic.catalogue.events import TechniquesChanged
from clinic.catalogue.models import AddOn, EquipmentKind, Technique
from clinic.catalogue.services.prices import set_price
from clinic.catalogue.services.techniques import check_code
from clinic.core.announcements import announce
from clinic.core.clock import today
from clinic.core.db import db
from clinic.core.errors import DomainError
from clinic.core.guard import verb
from clinic.core.permissions import Actor, Permission
from clinic.core.words import say
from clinic.practice.queries import the_practice
from clinic.staff.models import Qualification

EXTRA = (0, 60)
"""The fewest and the most minutes that an add-on may take."""


@verb(Permission.CATALOGUE_WRITE)
def offer_add_on(
    *,
    actor: Actor,
    code: str,
    name: str,
    extra_minutes: int = 0,
    technique: str = "",
    qualification: str = "",
    equipment: str = "",
    amount_minor: int | None = None,
    effective_from: date | None = None,
) -> AddOn:
    """Offer something that can be added to a visit, with its price from a day on.

    ``technique``, ``qualification`` and ``equipment`` (a kind of it) are codes, or nothing;
    the price begins today unless said. Raises DomainError, Conflict for a code that is taken.
    """
    check_code(AddOn, code)
    add_on = AddOn(code=code)
    _state(add_on, name, extra_minutes, (technique, qualification, equipment))
    db.session.add(add_on)
    db.session.flush()
    if amount_minor is not None:
        first = effective_from or today(the_practice().zone)
        set_price(add_on, actor=actor, amount_minor=amount_minor, effective_from=first)
    return add_on


@verb(Permission.CATALOGUE_WRITE)
def amend_add_on(
    add_on: AddOn,
    *,
    actor: Actor,
    name: str,
    extra_minutes: int,
    technique: str = "",
    qualification: str = "",
    equipment: str = "",
    version: int | None = None,
) -> None:
    """Change an add-on; visits already booked keep what was agreed."""
    add_on.expect(version, "name", "extra_minutes")
    used = add_on.technique_id
    _state(add_on, name, extra_minutes, (technique, qualification, equipment))
    if add_on.technique_id != used:
        announce(TechniquesChanged())


@verb(Permission.CATALOGUE_WRITE)
def retire_add_on(add_on: AddOn, *, actor: Actor) -> None:
    """Offer it no more; visits already booked stand."""
    add_on.is_active = False


@verb(Permission.CATALOGUE_WRITE)
def restore_add_on(add_on: AddOn, *, actor: Actor) -> None:
    """Offer it again."""
    add_on.is_active = True


def _state(add_on: AddOn, name: str, extra_minutes: int, codes: tuple[str, str, str]) -> None:
    low, high = EXTRA
    if not low <= extra_minutes <= high:
        raise DomainError(
            say("Enter a whole number from {low} to {high}.", low=low, high=high),
            field="extra_minutes",
        )
    add_on.name, add_on.extra_minutes = name, extra_minutes
    technique, qualification, equipment = codes
    add_on.technique_id = _id_of(Technique, technique, "technique")
    add_on.qualification_id = _id_of(Qualification, qualification, "qualification")
    add_on.equipment_kind_id = _id_of(EquipmentKind, equipment, "equipment")


def _id_of(
    kind: type[Technique | Qualification | EquipmentKind], code: str, field: str
) -> int | None:
    if not code:
        return None
    found = db.session.scalar(select(kind.id).where(kind.code == code))
    if found is None:
        raise DomainError(say("This is not known here. Choose again."), field=field)
    return found
