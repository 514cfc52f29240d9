"""Keeping passwords: argon2id (RFC 9106), two at once, so that a flood cannot fill memory."""

from threading import BoundedSemaphore

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from clinic.core.errors import DomainError
from clinic.core.words import say
from clinic.staff.rules import PASSWORD_MAX, PASSWORD_MIN, is_guessable, normal_password

# 46 MiB, one pass, one lane: one of OWASP's equal argon2id settings.
_hasher = PasswordHasher(time_cost=1, memory_cost=47104, parallelism=1)
_room = BoundedSemaphore(2)


class _Nobody:
    """The hash that is checked when there is no such person, so that it takes as long."""

    hash: str | None = None


def use_cheap_hashes() -> None:
    """For tests and rehearsals only: hashes that cost nothing."""
    global _hasher  # noqa: PLW0603 - the one setting of this module
    _hasher = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
    _Nobody.hash = None


def hashed(password: str) -> str:
    """The hash to keep. Slow on purpose: call it outside a transaction."""
    with _room:
        return _hasher.hash(normal_password(password))


def is_right(password: str, kept: str | None) -> bool:
    """Whether a password is the one kept; takes as long when nothing is kept."""
    if _Nobody.hash is None:
        _Nobody.hash = hashed("nobody has this password")
    try:
        with _room:
            right = _hasher.verify(kept or _Nobody.hash, normal_password(password))
    except (VerificationError, InvalidHashError):
        return False
    return right and kept is not None


def check_choice(password: str, *known: str) -> None:
    """Refuse a new password that is short, endless or the first thing a guesser tries."""
    if len(normal_password(password)) < PASSWORD_MIN:
        raise DomainError(
            say(
                "Use at least {count} characters. A few words together work well.",
                count=PASSWORD_MIN,
            ),
            field="password",
        )
    if len(password) > PASSWORD_MAX:
        raise DomainError(
            say("Use at most {count} characters.", count=PASSWORD_MAX), field="password"
        )
    if is_guessable(password, *known):
        raise DomainError(
            say("That is among the first things a guesser tries. Choose another."), field="password"
        )
