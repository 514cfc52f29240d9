"""Services and their lengths: offered, amended, retired; never removed."""

from collections.abc import Collection
from datetime import date
from typing import Any

from sqlalchemy import select

from clinic.catalogue.events import TechniquesChanged
from clinic.catalogue.models import (
    FAMILIES,
    MINUTES,
    EquipmentKind,
    LatePolicy,
    RoomFeature,
    Service,
    ServiceEquipment,
    ServiceFeature,
    ServiceRequirement,
    ServiceTechnique,
    ServiceVariant,
    Technique,
)
from clinic.catalogue.queries import facts_of, last_position
from clinic.catalogue.rules import FIELDS, LIMITS
from clinic.catalogue.services.prices import set_price
from clinic.catalogue.services.techniques import check_code
from clinic.core.announcements import announce
from clinic.core.clock import now, today
from clinic.core.db import db
from clinic.core.errors import Conflict, DomainError, StaleEdit
from clinic.core.guard import verb
from clinic.core.permissions import Actor, Permission
from clinic.core.words import say
from clinic.practice.queries import the_practice
from clinic.staff.models import Qualification


@verb(Permission.CATALOGUE_WRITE)
def offer_service(
    *,
    actor: Actor,
    code: str,
    requires: Collection[str] = (),
    techniques: Collection[str] = (),
    primary: Collection[str] = (),
    features: Collection[str] = (),
    equipment: Collection[str] = (),
    late_policy: str = "",
    **facts: Any,
) -> Service:
    """Put a service into the catalogue; it is bookable once it has a length with a price.

    ``requires`` are codes of qualifications, ``techniques`` and ``primary`` codes of
    techniques (the primary ones are those without which it is not this service),
    ``features`` what a room must have, ``equipment`` kinds of which it takes a piece;
    ``late_policy`` is a policy's public id, or nothing for the default.
    ``facts`` are fields of ``Service`` (``FIELDS``), buffers in minutes.
    Raises DomainError, Conflict for a code that is taken.
    """
    check_code(Service, code)
    facts.setdefault("position", last_position() + 10)
    service = Service(code=code)
    _state(service, facts)
    db.session.add(service)
    db.session.flush()
    _require(service, requires)
    _use(service, techniques, primary)
    _need(service, features, equipment)
    _charge(service, late_policy)
    return service


@verb(Permission.CATALOGUE_WRITE)
def amend_service(
    service: Service,
    *,
    actor: Actor,
    version: int | None = None,
    requires: Collection[str] | None = None,
    techniques: Collection[str] | None = None,
    primary: Collection[str] | None = None,
    features: Collection[str] | None = None,
    equipment: Collection[str] | None = None,
    late_policy: str | None = None,
    **facts: Any,
) -> None:
    """Change what is known of a service; None leaves its lists as they are.

    Visits already booked keep what was agreed. Raises DomainError, StaleEdit.
    """
    if version is not None and version != service.version:
        raise StaleEdit(saved=facts_of(service), version=service.version)
    _state(service, facts)
    if requires is not None:
        _require(service, requires)
    led_by = _leading(service)
    if techniques is not None:
        _use(service, techniques, primary or ())
    _need(service, features, equipment)
    if late_policy is not None:
        _charge(service, late_policy)
    service.updated_at = now()  # a list may be all that changed: the version counts that too
    if _leading(service) != led_by:
        announce(TechniquesChanged())


@verb(Permission.CATALOGUE_WRITE)
def retire_service(service: Service, *, actor: Actor) -> None:
    """Offer it no more; visits already booked stand."""
    service.is_active = False


@verb(Permission.CATALOGUE_WRITE)
def restore_service(service: Service, *, actor: Actor) -> None:
    """Offer it again, with the lengths it had."""
    service.is_active = True


@verb(Permission.CATALOGUE_WRITE)
def offer_length(
    service: Service,
    *,
    actor: Actor,
    minutes: int,
    amount_minor: int | None = None,
    effective_from: date | None = None,
) -> ServiceVariant:
    """Offer a service in one more length, with its price from a day on (today unless said).

    Without an amount it cannot be booked until it has a price. Raises Conflict for a
    length that the service has already, DomainError for one that is none.
    """
    if minutes not in MINUTES:
        raise DomainError(say("Choose one of the lengths."), field="minutes")
    same = select(ServiceVariant.id).where(
        ServiceVariant.service_id == service.id, ServiceVariant.minutes == minutes
    )
    if db.session.scalar(same) is not None:
        raise Conflict(
            say("There is a length of {minutes} minutes already.", minutes=minutes),
            field="minutes",
        )
    variant = ServiceVariant(service=service, minutes=minutes)
    db.session.add(variant)
    db.session.flush()
    if amount_minor is not None:
        first = effective_from or today(the_practice().zone)
        set_price(variant, actor=actor, amount_minor=amount_minor, effective_from=first)
    return variant


@verb(Permission.CATALOGUE_WRITE)
def withdraw_length(variant: ServiceVariant, *, actor: Actor) -> None:
    """Book this length no more; visits already booked stand."""
    variant.is_active = False


@verb(Permission.CATALOGUE_WRITE)
def resume_length(variant: ServiceVariant, *, actor: Actor) -> None:
    """Offer a withdrawn length again, at the price that holds."""
    variant.is_active = True


def _state(service: Service, facts: dict[str, Any]) -> None:
    unknown = set(facts) - set(FIELDS)
    if unknown:
        raise TypeError(f"a service has no {sorted(unknown)}")
    if facts.get("family", FAMILIES[0]) not in FAMILIES:
        raise DomainError(say("Choose one of the families."), field="family")
    for name, (low, high) in LIMITS.items():
        if not low <= facts.get(name, low) <= high:
            raise DomainError(
                say("Enter a whole number from {low} to {high}.", low=low, high=high), field=name
            )
    for name, value in facts.items():
        setattr(service, name, value)


def _require(service: Service, codes: Collection[str]) -> None:
    """Have the service ask for exactly these qualifications."""
    wanted = {row.code: row.id for row in _found(Qualification, codes, "requires")}
    kept = [row for row in service.requirements if row.qualification_id in wanted.values()]
    held = {row.qualification_id for row in kept}
    service.requirements = kept + [
        ServiceRequirement(qualification_id=number)
        for number in wanted.values()
        if number not in held
    ]


def _leading(service: Service) -> set[int]:
    """The techniques that the service is about."""
    return {line.technique_id for line in service.techniques if line.is_primary}


def _use(service: Service, codes: Collection[str], primary: Collection[str]) -> None:
    """Have the service use exactly these techniques."""
    if not set(primary) <= set(codes):
        raise DomainError(
            say("A leading technique is one of the techniques of the service."), field="primary"
        )
    known = {row.code: row for row in _found(Technique, codes, "techniques")}
    used = {row.technique_id: row for row in service.techniques}
    lines = []
    for code in codes:
        line = used.get(known[code].id) or ServiceTechnique(technique_id=known[code].id)
        line.is_primary = code in primary
        lines.append(line)
    service.techniques = lines


def _need(
    service: Service, features: Collection[str] | None, equipment: Collection[str] | None
) -> None:
    """Have the service need exactly these of a room, and take a piece of exactly these kinds."""
    if features is not None:
        wanted = {row.id for row in _found(RoomFeature, features, "features")}
        kept = [line for line in service.features if line.feature_id in wanted]
        new = wanted - {line.feature_id for line in kept}
        service.features = kept + [ServiceFeature(feature_id=number) for number in sorted(new)]
    if equipment is not None:
        wanted = {row.id for row in _found(EquipmentKind, equipment, "equipment")}
        taken = [line for line in service.equipment if line.kind_id in wanted]
        new = wanted - {line.kind_id for line in taken}
        service.equipment = taken + [ServiceEquipment(kind_id=number) for number in sorted(new)]


def _charge(service: Service, public_id: str) -> None:
    """Let this policy count for the service; nothing is the default."""
    if not public_id:
        if service.late_policy_id is not None:
            service.late_policy_id = None
        return
    policy = db.session.scalar(select(LatePolicy).where(LatePolicy.public_id == public_id))
    if policy is None or not (policy.is_active or policy.id == service.late_policy_id):
        raise DomainError(say("This is not known here. Choose again."), field="late_policy")
    service.late_policy_id = policy.id


def _found(kind: type[Any], codes: Collection[str], field: str) -> list[Any]:
    found = list(db.session.scalars(select(kind).where(kind.code.in_(codes)))) if codes else []
    if len(found) != len(set(codes)):
        raise DomainError(say("One of these is not known here. Choose again."), field=field)
    return found
