"""Who works here: hired, amended, qualified, and one day gone."""

from datetime import date

from sqlalchemy import func, select

from clinic.core.clock import now
from clinic.core.db import db
from clinic.core.errors import Conflict, DomainError
from clinic.core.guard import verb
from clinic.core.permissions import Actor, Permission, Role
from clinic.core.transactions import Lock, lock
from clinic.core.words import say
from clinic.staff.models import Qualification, RoleGrant, StaffMember, StaffQualification
from clinic.staff.queries import find_by_email, has_role, is_active, the_member
from clinic.staff.rules import HANDS_ON, normal_email
from clinic.staff.services.sessions import end_all_of

THEMES = ("auto", "light", "dark")


@verb(Permission.STAFF_WRITE)
def hire(
    *,
    actor: Actor,
    name: str,
    email: str,
    roles: frozenset[Role],
    phone: str = "",
    gender: str = "",
    hands_on_limit: int | None = None,
) -> StaffMember:
    """Put a person on the staff; ``hands_on_limit`` is in weighted minutes of treatment a day,
    None the clinic's own. Raises Conflict for an address that somebody has already."""
    email = normal_email(email)
    _check_email(email)
    _check_roles(roles)
    _check_limit(hands_on_limit)
    member = StaffMember(name=name, email=email, phone=phone, gender=gender)
    member.hands_on_limit = hands_on_limit
    member.grants = [RoleGrant(role=role.value) for role in sorted(roles)]
    db.session.add(member)
    return member


@verb(Permission.STAFF_WRITE)
def amend(
    member: StaffMember,
    *,
    actor: Actor,
    name: str,
    email: str,
    phone: str,
    gender: str,
    roles: frozenset[Role],
    hands_on_limit: int | None,
    is_lead: bool = False,
    version: int | None = None,
) -> None:
    """Change what is known of a person, their roles among it.

    ``hands_on_limit`` is in weighted minutes of treatment a day; None is the clinic's own.
    ``is_lead`` lets a therapist set the screening rules. Raises DomainError for who does
    not treat.
    """
    member.expect(version, "name", "email", "phone", "gender", "roles", "hands_on_limit", "is_lead")
    _check_lead(roles, is_lead=is_lead)
    _check_limit(hands_on_limit)
    email = normal_email(email)
    if email != member.email:
        _check_email(email)
    member.name, member.email, member.phone, member.gender = name, email, phone, gender
    member.hands_on_limit, member.is_lead = hands_on_limit, is_lead
    if roles != member.roles:
        grant_roles(member, actor=actor, roles=roles)


@verb(Permission.STAFF_WRITE)
def grant_roles(member: StaffMember, *, actor: Actor, roles: frozenset[Role]) -> None:
    """Give a person exactly these roles; they sign in anew. The last owner stays one,
    and who no longer treats is no longer the lead."""
    _check_roles(roles)
    if Role.OWNER in member.roles - roles:
        _keep_an_owner(member)
    member.grants = [grant for grant in member.grants if Role(grant.role) in roles] + [
        RoleGrant(role=role.value) for role in sorted(roles - member.roles)
    ]
    member.is_lead = member.is_lead and Role.THERAPIST in roles
    member.updated_at = now()
    end_all_of(member.id)


@verb(Permission.STAFF_WRITE)
def disable(member: StaffMember, *, actor: Actor) -> None:
    """Somebody leaves: they can no longer sign in, and stay in every record they made."""
    if member.id == actor.id:
        raise DomainError(say("You cannot end your own access. Ask another owner."))
    if Role.OWNER in member.roles:
        _keep_an_owner(member)
    member.disabled_at = now()
    end_all_of(member.id)


@verb(Permission.STAFF_WRITE)
def enable(member: StaffMember, *, actor: Actor) -> None:
    """Somebody comes back."""
    member.disabled_at = None


@verb(Permission.ACCOUNT_OWN)
def prefer(*, actor: Actor, theme: str, has_shortcuts: bool) -> None:
    """Choose how the screens look and whether single keys act, for oneself."""
    if theme not in THEMES:
        raise DomainError(say("Choose one of the looks."), field="theme")
    member = the_member(actor.public_id)
    member.theme, member.has_shortcuts = theme, has_shortcuts


@verb(Permission.STAFF_WRITE)
def name_qualification(*, actor: Actor, code: str, name: str) -> Qualification:
    """Keep track of one more licence, cover or training."""
    if db.session.scalar(select(Qualification.id).where(Qualification.code == code)):
        raise Conflict(say("There is a qualification with this code already."), field="code")
    qualification = Qualification(code=code, name=name)
    db.session.add(qualification)
    return qualification


@verb(Permission.STAFF_WRITE)
def qualify(
    member: StaffMember,
    qualification: Qualification,
    *,
    actor: Actor,
    valid_from: date,
    valid_until: date | None = None,
    number: str = "",
) -> StaffQualification:
    """Record that a person holds a qualification, and for how long it counts."""
    _check_dates(valid_from, valid_until)
    held = StaffQualification(
        staff_id=member.id,
        qualification_id=qualification.id,
        number=number,
        valid_from=valid_from,
        valid_until=valid_until,
    )
    db.session.add(held)
    return held


@verb(Permission.STAFF_WRITE)
def requalify(
    held: StaffQualification,
    *,
    actor: Actor,
    valid_from: date,
    valid_until: date | None,
    number: str,
    version: int | None = None,
) -> None:
    """Correct a qualification's dates or number."""
    held.expect(version, "valid_from", "valid_until", "number")
    _check_dates(valid_from, valid_until)
    held.valid_from, held.valid_until, held.number = valid_from, valid_until, number


@verb(Permission.STAFF_WRITE)
def revoke(held: StaffQualification, *, actor: Actor, on: date) -> None:
    """A board or the owner takes a qualification away from this day on."""
    held.revoked_on = on


def _check_email(email: str) -> None:
    if find_by_email(email) is not None:
        raise Conflict(say("Somebody signs in with this address already."), field="email")


def _check_roles(roles: frozenset[Role]) -> None:
    if not roles:
        raise DomainError(say("Choose at least one role."), field="roles")


def _check_lead(roles: frozenset[Role], *, is_lead: bool) -> None:
    if is_lead and Role.THERAPIST not in roles:
        raise DomainError(say("Only somebody who treats can be the lead."), field="is_lead")


def _check_limit(minutes: int | None) -> None:
    low, high = HANDS_ON
    if minutes is not None and not low <= minutes <= high:
        raise DomainError(
            say("Enter minutes from {low} to {high}, or nothing.", low=low, high=high),
            field="hands_on_limit",
        )


def _check_dates(valid_from: date, valid_until: date | None) -> None:
    if valid_until is not None and valid_until < valid_from:
        raise DomainError(say("The end lies before the beginning."), field="valid_until")


def _keep_an_owner(leaving: StaffMember) -> None:
    lock(Lock.HOUSE, 0)  # two owners may be sending each other away
    others = (
        select(func.count())
        .select_from(StaffMember)
        .where(is_active(), has_role(Role.OWNER), StaffMember.id != leaving.id)
    )
    if not db.session.scalar(others):
        raise DomainError(say("The clinic needs an owner. Make somebody else one first."))
