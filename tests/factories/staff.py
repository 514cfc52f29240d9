"""People who work at a made-up clinic."""

from datetime import date

from clinic.core.db import db
from clinic.core.permissions import SYSTEM, Actor, Role
from clinic.core.transactions import transaction
from clinic.staff import queries, services
from clinic.staff.models import StaffMember

PASSWORD = "seven grey herons wade"


def member(name: str = "Robin Vale", *roles: Role) -> StaffMember:
    """Somebody on the staff who can sign in with ``PASSWORD``; a receptionist unless said."""
    email = name.lower().replace(" ", ".") + "@clinic.example"
    held = frozenset(roles or {Role.RECEPTIONIST})
    with transaction():
        person = services.hire(actor=SYSTEM, name=name, email=email, roles=held)
    hashed = services.hashed(PASSWORD)
    with transaction():
        actor = queries.actor_of(person)
        services.keep_password(actor=actor, password_hash=hashed, session_ref="")
    return person


def receptionist(name: str = "Robin Vale") -> Actor:
    """A receptionist, as somebody who acts."""
    return queries.actor_of(member(name, Role.RECEPTIONIST))


def therapist(name: str = "Teo Marsh") -> Actor:
    """A therapist, as somebody who acts; without any licence yet."""
    return queries.actor_of(member(name, Role.THERAPIST))


def owner(name: str = "Olga Reed") -> Actor:
    """An owner, as somebody who acts."""
    return queries.actor_of(member(name, Role.OWNER))


def licence(person: StaffMember, *, until: date | None = None, code: str = "LMT_LICENSE") -> None:
    """Give somebody a licence or training that counts from 2020 on."""
    with transaction():
        known = next((q for q in _all() if q.code == code), None)
        kept = known or services.name_qualification(actor=SYSTEM, code=code, name=code)
        services.qualify(person, kept, actor=SYSTEM, valid_from=date(2020, 1, 1), valid_until=until)


def _all() -> list:
    return list(db.session.scalars(queries.qualifications()))
