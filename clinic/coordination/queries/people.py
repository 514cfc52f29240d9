"""Who can look after a referral, and who can treat."""

from datetime import date

from sqlalchemy import or_, select

from clinic.core.db import db
from clinic.core.permissions import Role
from clinic.scheduling.rules import LICENCE
from clinic.staff.models import Qualification, StaffMember, StaffQualification
from clinic.staff.queries import has_role, holds_on, is_active, staff_names

OUTBOUND_ROLES = frozenset({Role.THERAPIST, Role.OWNER})
"""Who can see to a referral to a provider: what it asks is for who treats, or for an owner."""


def an_owner() -> StaffMember | None:
    """An owner of the clinic; anybody who works there, where it has none."""
    people = select(StaffMember).where(is_active()).order_by(StaffMember.id).limit(1)
    return db.session.scalar(people.where(has_role(Role.OWNER))) or db.session.scalar(people)


def at_work() -> list[tuple[str, str]]:
    """Public id and name of all who work here, by name."""
    return [
        (row.public_id, row.name) for row in db.session.execute(staff_names().where(is_active()))
    ]


def may_see_to_outbound() -> list[tuple[str, str]]:
    """Public id and name of those who can see to a referral to a provider, by name."""
    roles = [has_role(role) for role in sorted(OUTBOUND_ROLES)]
    found = db.session.execute(staff_names().where(is_active(), or_(*roles)))
    return [(row.public_id, row.name) for row in found]


def has_licensed(on: date) -> bool:
    """Whether anybody treats here who holds the licence on this day."""
    licensed = (
        select(StaffMember.id)
        .join(StaffQualification, StaffQualification.staff_id == StaffMember.id)
        .join(Qualification, Qualification.id == StaffQualification.qualification_id)
        .where(is_active(), has_role(Role.THERAPIST), Qualification.code == LICENCE, holds_on(on))
    )
    return db.session.scalar(licensed.limit(1)) is not None
