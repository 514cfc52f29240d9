"""Signing in: throttled before the slow hash, and telling nobody which part was wrong."""

import hashlib
import logging

from clinic.core.clock import now
from clinic.core.db import db
from clinic.core.errors import DomainError
from clinic.core.guard import verb
from clinic.core.permissions import Actor
from clinic.core.transactions import refresh
from clinic.core.words import Words, say
from clinic.staff.models import StaffMember
from clinic.staff.queries import find_by_email, the_member, unused_links
from clinic.staff.rules import (
    ACCOUNT_WINDOW,
    ADDRESS_WINDOW,
    PASSWORD_MAX,
    TRIES_IN_ALL,
    TRIES_PER_ACCOUNT,
    TRIES_PER_ADDRESS,
    network_of,
    normal_email,
)
from clinic.staff.services.passwords import check_choice, hashed, is_right
from clinic.staff.services.sessions import end_others
from clinic.staff.services.throttle import count_try, forgive, take_back

log = logging.getLogger(__name__)


class SignInRefused(DomainError):
    """Wrong address or password, or too many tries."""

    def __init__(self, words: Words, *, status: int = 422) -> None:
        super().__init__(words)
        self.status = status


def check_password(email: str, password: str, *, address: str) -> StaffMember:
    """Who signs in with this address and password, from this network address.

    Raises SignInRefused: the same sentence for a wrong address, a wrong password
    and somebody who has left; another after too many tries.
    """
    email = normal_email(email)
    _count(email, address)
    refresh()
    member = find_by_email(email)
    kept = member.password_hash if member and member.is_active else None
    refresh()  # no transaction stays open while the hash is computed
    if len(password) > PASSWORD_MAX or not is_right(password, kept) or member is None:
        raise SignInRefused(say("That e-mail and password do not match. Try again."))
    forgive(_account_key(email))
    take_back(_network_key(address), ADDRESS_WINDOW)
    return member


def _account_key(email: str) -> str:
    # The address typed is kept only as a hash: a person may type their password there.
    return "account:" + hashlib.sha256(email.encode()).hexdigest()[:40]


def _network_key(address: str) -> str:
    return f"address:{network_of(address)}"


def _count(email: str, address: str) -> None:
    """Refuse who tries too often. One network that does shuts out nobody else."""
    is_much = count_try(_network_key(address), ADDRESS_WINDOW) > TRIES_PER_ADDRESS
    # What comes from there is counted no further: it may name as many addresses as it likes.
    if is_much or count_try(_account_key(email), ACCOUNT_WINDOW) > TRIES_PER_ACCOUNT:
        raise SignInRefused(
            say("Too many tries. Wait a quarter of an hour, or ask the owner for a new link."),
            status=429,
        )
    if count_try("all", ADDRESS_WINDOW) == TRIES_IN_ALL:
        log.warning("%s tries to sign in within an hour: somebody may be guessing", TRIES_IN_ALL)


def change_password(*, actor: Actor, current: str, password: str) -> str:
    """Check the present password and a new one; the new hash, to be kept by ``keep_password``.

    Both hashes are computed outside any transaction. Raises DomainError.
    """
    member = the_member(actor.public_id)
    kept, known = member.password_hash, (member.name, member.email)
    refresh()
    tries = count_try(f"change:{actor.id}", ACCOUNT_WINDOW)
    if tries > TRIES_PER_ACCOUNT:
        raise SignInRefused(say("Too many tries. Wait a quarter of an hour."), status=429)
    if not is_right(current, kept):
        raise DomainError(say("That is not your present password."), field="current")
    check_choice(password, *known)
    return hashed(password)


@verb(None)
def keep_password(*, actor: Actor, password_hash: str, session_ref: str) -> None:
    """Keep one's own new password; one's other sessions end, and links to choose one die."""
    the_member(actor.public_id).password_hash = password_hash
    end_others(actor=actor, session_ref=session_ref)
    for link in db.session.scalars(unused_links(actor.id)):
        link.used_at = now()
    db.session.flush()
