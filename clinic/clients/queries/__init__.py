"""Who the clients are, how they are reached, and who cares for them."""

from typing import Any

from sqlalchemy import ColumnElement, Select, bindparam, exists, func, or_, select

from clinic.clients.models import CareTeamMember, Client, Phone, Preference
from clinic.clients.queries.finding import (
    FILTERS,
    KEPT_AT_MOST,
    PAGE,
    Found,
    Listing,
    LooksLike,
    found,
    is_met_by,
    listing,
    look_alikes,
)
from clinic.core.clock import now
from clinic.core.db import UtcDateTime, db
from clinic.core.errors import NotFound
from clinic.core.permissions import Actor, Permission, Role
from clinic.core.swift import Swift
from clinic.directory.models import Provider
from clinic.directory.queries import is_available
from clinic.staff.models import StaffMember
from clinic.staff.queries import has_role

__all__ = [
    "FILTERS", "KEPT_AT_MOST", "PAGE", "Found", "Listing", "LooksLike", "care_team", "found",
    "in_care_of", "is_current", "is_met_by", "is_of_person", "kept_record", "listing",
    "look_alikes", "may_read_health", "provider_id", "records_of", "staff_id", "the_care_member",
    "the_client", "the_phones", "the_preference", "who_may_care",
]  # fmt: skip


def the_client(public_id: str) -> Client:
    """The record of this id itself, merged or not. Raises NotFound."""
    client = db.session.scalar(select(Client).where(Client.public_id == public_id))
    if client is None:
        raise NotFound
    return client


def the_phones(client_id: int) -> list[Phone]:
    """A client's telephone numbers, the first one first."""
    return list(
        db.session.scalars(select(Phone).where(Phone.client_id == client_id).order_by(Phone.id))
    )


def kept_record(client: Client) -> Client:
    """The record that stands for this person."""
    return db.session.get_one(Client, client.known_as)


def is_of_person(column: Any, person_id: Any) -> ColumnElement[bool]:
    """Criterion on a column of client ids: the kept record, and every one merged into it."""
    merged = select(Client.id).where(Client.person_id == person_id)
    return or_(column == person_id, column.in_(merged))


def records_of(person_id: int) -> Select[Client]:
    """The kept record and those merged into it, the kept one first."""
    return (
        select(Client)
        .where(or_(Client.id == person_id, Client.person_id == person_id))
        .order_by(Client.person_id.is_not(None), Client.id)
    )


# ---- preferences and care team


def the_preference(client: Client) -> Preference | None:
    """How a client likes to be treated, once somebody has asked."""
    return db.session.scalar(select(Preference).where(Preference.client_id == client.id))


def is_current(at: Any = None) -> ColumnElement[bool]:
    """Criterion on CareTeamMember: takes part in the care now, or at an instant."""
    return or_(CareTeamMember.until.is_(None), CareTeamMember.until > (now() if at is None else at))


def _care_team() -> Swift:
    at: Any = bindparam("at", None, UtcDateTime)
    person_id: Any = bindparam("person_id", 0)
    return Swift(
        select(
            CareTeamMember.public_id,
            CareTeamMember.role,
            CareTeamMember.since,
            CareTeamMember.staff_id,
            StaffMember.name.label("staff_name"),
            StaffMember.public_id.label("staff_public_id"),
            Provider.first_name,
            Provider.last_name,
            Provider.credentials,
            Provider.public_id.label("provider_public_id"),
        )
        .outerjoin(StaffMember, StaffMember.id == CareTeamMember.staff_id)
        .outerjoin(Provider, Provider.id == CareTeamMember.provider_id)
        .where(is_of_person(CareTeamMember.client_id, person_id), is_current(at))
        .order_by(CareTeamMember.staff_id.is_(None), CareTeamMember.since, CareTeamMember.id)
    )


_CARE = _care_team()


def care_team(person_id: int) -> list[Any]:
    """Who cares for this person now, our own people first: columns, in one query."""
    return _CARE.rows(db.session.connection(), person_id=person_id, at=now())


def the_care_member(client_id: str, member_id: str) -> CareTeamMember:
    """One membership in the care team of a person, by public ids. Raises NotFound."""
    member = db.session.scalar(
        select(CareTeamMember).where(
            CareTeamMember.public_id == member_id,
            is_of_person(CareTeamMember.client_id, the_client(client_id).known_as),
        )
    )
    if member is None:
        raise NotFound
    return member


def who_may_care() -> tuple[list[tuple[str, str]], list[tuple[str, str]]]:
    """Our people who treat, and outside providers in practice: (public id, name) by name."""
    staff = db.session.execute(
        select(StaffMember.public_id, StaffMember.name)
        .where(StaffMember.disabled_at.is_(None), has_role(Role.THERAPIST))
        .order_by(StaffMember.name)
    )
    providers = db.session.execute(
        select(Provider.public_id, Provider.last_name, Provider.first_name, Provider.credentials)
        .where(is_available())
        .order_by(Provider.search_name)
    )
    names = [
        (row.public_id, f"{row.last_name}, {row.first_name} {row.credentials}") for row in providers
    ]
    return [(row.public_id, row.name) for row in staff], names


def staff_id(public_id: str) -> int | None:
    """The id of somebody here; None where nobody was chosen."""
    return db.session.scalar(select(StaffMember.id).where(StaffMember.public_id == public_id))


def provider_id(public_id: str) -> int | None:
    """The id of an outside provider; None where nobody was chosen."""
    return db.session.scalar(select(Provider.id).where(Provider.public_id == public_id))


def in_care_of(client_id: int, *, staff_id: int | None, provider_id: int | None) -> Any:
    """The present membership of one person in one record's care team, if there is one."""
    return db.session.scalar(
        select(CareTeamMember).where(
            CareTeamMember.client_id == client_id,
            CareTeamMember.staff_id == staff_id,
            CareTeamMember.provider_id == provider_id,
            is_current(),
        )
    )


def may_read_health(actor: Actor, client_id: int) -> bool:
    """Whether this person treats this client: only then is a health fact shown to them."""
    if actor.id is None or not actor.may(Permission.CLINICAL_READ):
        return False
    person = select(func.coalesce(Client.person_id, Client.id)).where(Client.id == client_id)
    records = select(Client.id).where(
        func.coalesce(Client.person_id, Client.id) == person.scalar_subquery()
    )
    return bool(
        db.session.scalar(
            select(
                exists().where(
                    CareTeamMember.staff_id == actor.id,
                    CareTeamMember.client_id.in_(records),
                    is_current(),
                )
            )
        )
    )
