"""One-time links: the first owner, an invitation, a new password.

A link carries 256 random bits; only its hash is kept; it dies when used, when a
newer one of its kind is made for the same person, and with time.
"""

from clinic.core.clock import now
from clinic.core.db import db
from clinic.core.errors import DomainError, NotFound
from clinic.core.guard import verb
from clinic.core.permissions import Actor, Permission, Role
from clinic.core.transactions import Lock, lock, refresh
from clinic.core.words import say
from clinic.staff.models import OneTimeLink, StaffMember
from clinic.staff.queries import is_without_owner, link_of, unused_links
from clinic.staff.rules import LINK_LIFE, new_token, token_hash
from clinic.staff.services.people import hire
from clinic.staff.services.sessions import end_all_of


@verb(None)
def first_owner_link(*, actor: Actor) -> str:
    """A link by which the first owner is made; printed on the console only.

    Raises DomainError once there is an owner.
    """
    lock(Lock.HOUSE, 0)
    if not (actor.is_system and is_without_owner()):
        raise DomainError(say("There is an owner already. Sign in, or ask for a new password."))
    return _issue("bootstrap", None)


@verb(Permission.STAFF_WRITE)
def invite(
    *, actor: Actor, name: str, email: str, roles: frozenset[Role]
) -> tuple[StaffMember, str]:
    """Put a person on the staff and make the link by which they choose their password."""
    member = hire(actor=actor, name=name, email=email, roles=roles)
    return member, _issue("invite", member)


@verb(Permission.STAFF_WRITE)
def reset_link(member: StaffMember, *, actor: Actor) -> str:
    """A link by which somebody who forgot their password chooses another."""
    if not member.is_active:
        raise DomainError(say("{name} has left. Let them back in first.", name=member.name))
    return _issue("reset" if member.password_hash else "invite", member)


@verb(None)
def accept(
    *, actor: Actor, token: str, password_hash: str, name: str = "", email: str = ""
) -> StaffMember:
    """Use a link: whoever holds it is who it was made for. It works once.

    Raises NotFound for a link that was used, replaced or has run out.
    """
    link = _used_up(token)
    if link.kind == "bootstrap":
        if not is_without_owner():
            raise NotFound(say("This link has been used or has run out."))
        member = hire(actor=actor, name=name, email=email, roles=frozenset({Role.OWNER}))
    else:
        member = db.session.get_one(StaffMember, link.staff_id)
        if not member.is_active:
            raise NotFound(say("This link has been used or has run out."))
    member.password_hash = password_hash
    end_all_of(member.id)
    return member


def _used_up(token: str) -> OneTimeLink:
    """Mark the link as used; of two who try at once, the lock lets one through."""
    lock(Lock.HOUSE, 0)
    link = link_of(token)
    if link is not None:
        link.used_at = now()
        return link
    raise NotFound(say("This link has been used or has run out."))


def _issue(kind: str, member: StaffMember | None) -> str:
    lock(Lock.HOUSE, 0)
    db.session.flush()
    owner, token = member.id if member else None, new_token()
    for older in db.session.scalars(unused_links(owner)):
        older.used_at = now()
    db.session.add(
        OneTimeLink(
            kind=kind,
            token_hash=token_hash(token),
            staff_id=owner,
            expires_at=now() + LINK_LIFE[kind],
        )
    )
    return token


def kind_of(token: str) -> tuple[str, str]:
    """What a link is for and whom it names. Raises NotFound."""
    link = link_of(token)
    if link is None:
        raise NotFound(say("This link has been used or has run out."))
    member = db.session.get(StaffMember, link.staff_id) if link.staff_id else None
    answer = link.kind, member.name if member else ""
    refresh()
    return answer
