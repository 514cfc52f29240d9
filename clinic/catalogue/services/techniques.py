"""Ways of working, named and one day given up."""

from sqlalchemy import select

from clinic.catalogue.models import AddOn, EquipmentKind, RoomFeature, Service, Technique
from clinic.catalogue.rules import is_code
from clinic.core.db import db
from clinic.core.errors import Conflict, DomainError
from clinic.core.guard import verb
from clinic.core.permissions import Actor, Permission
from clinic.core.words import say


@verb(Permission.CATALOGUE_WRITE)
def name_technique(*, actor: Actor, code: str, name: str, is_vigorous: bool = False) -> Technique:
    """Name one more way of working. Raises Conflict for a code that is taken."""
    check_code(Technique, code)
    technique = Technique(code=code, name=name, is_vigorous=is_vigorous)
    db.session.add(technique)
    return technique


@verb(Permission.CATALOGUE_WRITE)
def amend_technique(
    technique: Technique,
    *,
    actor: Actor,
    name: str,
    is_vigorous: bool,
    version: int | None = None,
) -> None:
    """Change how a technique is called, and whether it is vigorous."""
    technique.expect(version, "name", "is_vigorous")
    technique.name, technique.is_vigorous = name, is_vigorous


@verb(Permission.CATALOGUE_WRITE)
def retire_technique(technique: Technique, *, actor: Actor) -> None:
    """Offer it for nothing new; services that use it keep it."""
    technique.is_active = False


@verb(Permission.CATALOGUE_WRITE)
def restore_technique(technique: Technique, *, actor: Actor) -> None:
    """Take it up again."""
    technique.is_active = True


def check_code(
    kind: type[Technique | Service | AddOn | RoomFeature | EquipmentKind], code: str
) -> None:
    """Raises DomainError for what is no code, Conflict for one that is taken."""
    if not is_code(code):
        raise DomainError(
            say("Use capitals, digits and underscores, such as DEEP_TISSUE."), field="code"
        )
    if db.session.scalar(select(kind.id).where(kind.code == code)) is not None:
        raise Conflict(say("This code is taken."), field="code")
