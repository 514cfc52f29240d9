"""Who works here, who may do what, and which sessions are open."""

import json
from collections.abc import Collection
from dataclasses import dataclass, fields
from datetime import date, datetime, timedelta
from functools import lru_cache
from typing import Any

from sqlalchemy import (
    ColumnElement,
    LargeBinary,
    Select,
    and_,
    bindparam,
    exists,
    func,
    or_,
    select,
)
from sqlalchemy.orm import aliased, contains_eager, selectinload

from clinic.audit.models import ChangeEntry
from clinic.audit.queries import LAST, remember_newest
from clinic.core.clock import now
from clinic.core.db import at_hand, db
from clinic.core.errors import NotFound
from clinic.core.permissions import LEADS, Actor, Role
from clinic.core.swift import Swift
from clinic.practice.models import Setting
from clinic.practice.queries import remember
from clinic.practice.rules import Practice
from clinic.staff.models import (
    OneTimeLink,
    Qualification,
    RoleGrant,
    StaffMember,
    StaffQualification,
    WebSession,
)
from clinic.staff.rules import LICENCE, is_live, token_hash


@dataclass(slots=True)
class Sitting:
    """A browser as the server remembers it; ``actor`` is None until somebody signs in."""

    public_id: str
    payload: dict[str, Any]
    last_seen_at: datetime
    actor: Actor | None = None
    theme: str = "auto"
    has_shortcuts: bool = True


_PRACTICE = [item.name for item in fields(Practice)]
ROLES_HELD = (
    select(func.aggregate_strings(RoleGrant.role, ","))
    .where(RoleGrant.staff_id == StaffMember.id)
    .scalar_subquery()
)
"""For each member of the staff, their roles with commas between."""
_SITTING = Swift(
    select(
        WebSession.public_id,
        WebSession.payload,
        WebSession.created_at,
        WebSession.last_seen_at,
        StaffMember.id,
        StaffMember.public_id,
        StaffMember.name,
        StaffMember.disabled_at,
        StaffMember.theme,
        StaffMember.has_shortcuts,
        ROLES_HELD,
        StaffMember.is_lead,
        ChangeEntry.seq,
        ChangeEntry.hash,
        *(getattr(Setting, name) for name in _PRACTICE),
    )
    .select_from(WebSession)
    .outerjoin(StaffMember, WebSession.staff_id == StaffMember.id)
    .outerjoin(Setting, Setting.id == 1)
    .outerjoin(ChangeEntry, ChangeEntry.seq == LAST)
    .where(WebSession.token_hash == bindparam("hash", b"", LargeBinary))
)


def sitting(token: str) -> Sitting | None:
    """The live session of a cookie's token, with who sits there: one query.

    It brings along the clinic's settings and what changed last, for all that is kept under that.
    """
    row = _SITTING.first(at_hand(), hash=token_hash(token))
    if row is None:
        return None
    reference, payload, created_at, last_seen_at, *person = row[:12]
    remember_newest(*row[12:14])
    practice = _practice(row[14:])
    remember(practice)
    actor, is_staff = _actor(person), person[0] is not None
    idle = timedelta(minutes=practice.idle)
    alive = is_live(
        signed_in=is_staff, created_at=created_at, last_seen_at=last_seen_at, at=now(), idle=idle
    )
    if not alive or (is_staff and actor is None):
        return None
    theme, has_shortcuts = person[4] or "auto", person[5] is not False
    return Sitting(reference, json.loads(payload), last_seen_at, actor, theme, has_shortcuts)


def _practice(values: list[Any]) -> Practice:
    """The settings of a row; the version is there where the row is."""
    facts = dict(zip(_PRACTICE, values, strict=True))
    return Practice(**facts) if facts["version"] is not None else Practice()


def _actor(person: list[Any]) -> Actor | None:
    number, public_id, name, disabled_at, _, _, roles, is_lead = person
    if number is None or disabled_at is not None:
        return None
    by_name = LEADS if is_lead else frozenset()
    return Actor(number, public_id, name, _roles(roles or ""), by_name=by_name)


@lru_cache(maxsize=64)
def _roles(names: str) -> frozenset[Role]:
    return frozenset(Role(name) for name in names.split(",") if name)


def actor_of(member: StaffMember) -> Actor:
    """The same person as somebody who acts."""
    by_name = LEADS if member.is_lead else frozenset()
    return Actor(member.id, member.public_id, member.name, member.roles, by_name=by_name)


def sessions_of(actor: Actor) -> Select[WebSession]:
    """Where this person is signed in, latest first."""
    return (
        select(WebSession)
        .where(WebSession.staff_id == actor.id)
        .order_by(WebSession.last_seen_at.desc(), WebSession.id.desc())
    )


def is_active() -> ColumnElement[bool]:
    """The people who work here now."""
    return StaffMember.disabled_at.is_(None)


def everyone() -> Select[StaffMember]:
    """All who work or worked here with their roles, those who work here first."""
    return (
        select(StaffMember)
        .options(selectinload(StaffMember.grants))
        .order_by(StaffMember.disabled_at.is_not(None), StaffMember.name, StaffMember.id)
    )


def has_role(role: Role) -> ColumnElement[bool]:
    """Criterion on StaffMember: holds this role."""
    return exists().where(RoleGrant.staff_id == StaffMember.id, RoleGrant.role == role.value)


def therapists() -> Select[StaffMember]:
    """Those who treat, by name."""
    return (
        select(StaffMember)
        .where(is_active(), has_role(Role.THERAPIST))
        .order_by(StaffMember.name, StaffMember.id)
    )


def staff_names() -> Select[*tuple[Any, ...]]:
    """Public id and name of all who work or worked here: columns only."""
    return select(StaffMember.public_id, StaffMember.name).order_by(
        StaffMember.disabled_at.is_not(None), StaffMember.name, StaffMember.id
    )


def therapist_names() -> Select[*tuple[Any, ...]]:
    """The same of those who treat."""
    return staff_names().where(is_active(), has_role(Role.THERAPIST))


def names_of(staff_ids: Collection[int]) -> dict[int, str]:
    """The names of these people by id."""
    found = select(StaffMember.id, StaffMember.name).where(StaffMember.id.in_(staff_ids))
    return {row.id: row.name for row in db.session.execute(found)}


def the_member(public_id: str) -> StaffMember:
    """Raises NotFound."""
    member = db.session.scalar(select(StaffMember).where(StaffMember.public_id == public_id))
    if member is None:
        raise NotFound
    return member


def find_by_email(email: str) -> StaffMember | None:
    """Who signs in with this address (already in its normal spelling)."""
    return db.session.scalar(select(StaffMember).where(StaffMember.email == email))


def is_without_owner() -> bool:
    """Whether nobody who works here is an owner: only then may the console make one."""
    owner = select(StaffMember.id).where(is_active(), has_role(Role.OWNER)).limit(1)
    return db.session.scalar(owner) is None


def link_of(token: str) -> OneTimeLink | None:
    """The unused, unexpired link of a token."""
    return db.session.scalar(
        select(OneTimeLink).where(
            OneTimeLink.token_hash == token_hash(token),
            OneTimeLink.used_at.is_(None),
            OneTimeLink.expires_at > now(),
        )
    )


def unused_links(staff_id: int | None) -> Select[OneTimeLink]:
    """The links that still work for a person; for None, those that make the first owner."""
    return select(OneTimeLink).where(
        OneTimeLink.staff_id.is_(None) if staff_id is None else OneTimeLink.staff_id == staff_id,
        OneTimeLink.used_at.is_(None),
    )


def qualifications() -> Select[Qualification]:
    """Every licence, cover and training that the clinic keeps track of."""
    return select(Qualification).order_by(Qualification.name)


def the_qualification(public_id: str) -> Qualification:
    """Raises NotFound."""
    found = db.session.scalar(select(Qualification).where(Qualification.public_id == public_id))
    if found is None:
        raise NotFound
    return found


def held_by(member: StaffMember) -> Select[StaffQualification]:
    """What a person holds or held, by name and date."""
    return (
        select(StaffQualification)
        .join(Qualification)
        .where(StaffQualification.staff_id == member.id)
        .order_by(Qualification.name, StaffQualification.valid_from.desc())
    )


def holds_on(on: date | ColumnElement[date]) -> ColumnElement[bool]:
    """Criterion on StaffQualification: it counts on this day."""
    return and_(
        StaffQualification.valid_from <= on,
        or_(StaffQualification.valid_until.is_(None), StaffQualification.valid_until >= on),
        or_(StaffQualification.revoked_on.is_(None), StaffQualification.revoked_on > on),
    )


ENDS_SOON = timedelta(days=60)
"""So long before its last day whoever sees to them is told of what somebody holds."""


def ending_licences(today: date) -> list[StaffQualification]:
    """What people who work here hold and that ends soon or has ended, was not taken away, and
    nothing of the same kind that lasts longer has taken the place of; the earliest first."""
    later = aliased(StaffQualification)
    is_replaced = exists().where(
        later.staff_id == StaffQualification.staff_id,
        later.qualification_id == StaffQualification.qualification_id,
        later.id != StaffQualification.id,
        later.revoked_on.is_(None),
        or_(later.valid_until.is_(None), later.valid_until > StaffQualification.valid_until,
            and_(later.valid_until == StaffQualification.valid_until,
                 later.id > StaffQualification.id)),
    )  # fmt: skip
    wanted = (
        select(StaffQualification)
        .join(StaffQualification.staff)
        .where(
            is_active(),
            StaffQualification.valid_until <= today + ENDS_SOON,
            StaffQualification.revoked_on.is_(None),
            ~is_replaced,
        )
        .options(contains_eager(StaffQualification.staff))
        .order_by(StaffQualification.valid_until, StaffQualification.id)
    )
    return list(db.session.scalars(wanted))


def licence_of(staff_id: int, on: date) -> str:
    """The licence a person holds on a day, in words; nothing where none."""
    held: Any = db.session.execute(
        select(Qualification.name, StaffQualification.number)
        .join(StaffQualification, StaffQualification.qualification_id == Qualification.id)
        .where(
            StaffQualification.staff_id == staff_id,
            Qualification.code == LICENCE,
            holds_on(on),
        )
        .order_by(StaffQualification.valid_from.desc())
        .limit(1)
    ).one_or_none()
    return " ".join(part for part in held if part) if held else ""
