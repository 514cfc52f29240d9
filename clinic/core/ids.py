"""Names for the outside: what stands in a URL instead of a row's number."""

import secrets

_ALPHABET = "abcdefghjkmnpqrstuvwxyz23456789"
LENGTH = 20  # 31 letters: 99 bits, not to be guessed


def new_public_id() -> str:
    """A fresh opaque id: lower case, no look-alike letters, never reused."""
    return "".join(secrets.choice(_ALPHABET) for _ in range(LENGTH))


def is_public_id(text: str) -> bool:
    """Whether a text has the shape of a public id."""
    return len(text) == LENGTH and all(letter in _ALPHABET for letter in text)
