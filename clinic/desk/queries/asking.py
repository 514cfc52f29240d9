"""Which providers know a client: who is asked first when a visit waits for one."""

from collections.abc import Iterator
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import selectinload

from clinic.clients.queries import care_team
from clinic.core.db import db
from clinic.directory.models import Provider
from clinic.directory.queries import is_available
from clinic.referrals.models import Referral
from clinic.referrals.queries import of_person


@dataclass(frozen=True, slots=True)
class Known:
    """A provider, and what they are to the client: a role of the care team, or ``referring``."""

    provider: Provider
    role: str


def who_knows(person_id: int) -> list[Known]:
    """Providers in practice of a person's care team, then those who sent them. Three queries."""
    roles: dict[str, str] = {}
    for public_id, role in _named(person_id):
        roles.setdefault(public_id, role)
    found = db.session.scalars(
        select(Provider)
        .where(Provider.public_id.in_(roles), is_available())
        .options(selectinload(Provider.places))
    )
    people = {one.public_id: one for one in found}
    return [Known(people[one], role) for one, role in roles.items() if one in people]


def _named(person_id: int) -> Iterator[tuple[str, str]]:
    for one in care_team(person_id):
        if one.provider_public_id:
            yield one.provider_public_id, one.role
    for order in db.session.scalars(of_person(person_id).options(selectinload(Referral.provider))):
        yield order.provider.public_id, "referring"
