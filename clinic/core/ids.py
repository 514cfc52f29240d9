"""Names for the outside: what stands in a URL instead of a row's number."""

import secrets

_ALPHABET = "abcdefghjkmnpqrstuvwxyz23456789"
LENGTH = 20  # 31 letters: 99 bits, not to be guessed


def new_public_id() -> str:
    """A fresh opaque id: lower case, no look-alike letters, never reused."""
    return from_number(secrets.randbits(160))


def from_number(number: int) -> str:
    """A text of that shape for a number of 160 bits."""
    letters = []
    for _ in range(LENGTH):
        number, digit = divmod(number, len(_ALPHABET))
        letters.append(_ALPHABET[digit])
    return "".join(letters)


def is_public_id(text: str) -> bool:
    """Whether a text has the shape of a public id."""
    return len(text) == LENGTH and all(letter in _ALPHABET for letter in text)
