"""The chain: each entry carries the hash of the one before, under a key kept elsewhere.

An entry that is changed, taken out, swapped or put in breaks every hash after
it (the manner of ONC 170.315(d)(2): alteration can be detected).
"""

import hmac
import json
from collections.abc import Iterable, Sequence
from typing import Any

FORM = 1
"""The version of the canonical form below; it is part of what is hashed."""
START = b"\x00" * 32
"""What stands in the place of a hash before the first entry."""

_canonical = json.JSONEncoder(separators=(",", ":"), ensure_ascii=True).encode


def link(key: bytes, facts: Sequence[Any], before: bytes) -> bytes:
    """The hash of an entry: HMAC-SHA256 over its facts and the hash before it."""
    text = _canonical([FORM, *facts, before.hex()])
    return hmac.digest(key, text.encode(), "sha256")


def first_break(
    key: bytes, entries: Iterable[tuple[int, Sequence[Any], bytes, bytes]]
) -> int | None:
    """The number of the first entry that does not follow, or None where the chain holds.

    Each entry is (number, facts, hash before, hash).
    """
    expected, before = 1, START
    for number, facts, previous, own in entries:
        follows = number == expected and hmac.compare_digest(previous, before)
        if not follows or not hmac.compare_digest(own, link(key, facts, before)):
            return number
        expected, before = number + 1, own
    return None
