"""Prices and codes: what may be set, and what a price history says on a day."""

import re
from collections.abc import Iterable
from datetime import date

LIMITS = {
    "buffer_before": (0, 60),
    "buffer_after": (0, 60),
    "max_pressure": (1, 5),
    "hands_on_percent": (0, 300),
    "position": (0, 10_000),
}
"""The least and the most that each figure of a service may be."""
FIELDS = ("name", "family", "note", "needs_referral", *LIMITS)
"""What is said of a service, besides its code and its lists."""

CUT_OFF = (0, 168)
"""Hours before a visit within which a cancel can be late."""
PER_CENT = 100

_CODE = re.compile(r"[A-Z][A-Z0-9_]{1,29}")


def is_code(text: str) -> bool:
    """Whether a text can be a code: capitals, digits and underscores, a letter first."""
    return bool(_CODE.fullmatch(text))


def price_of(history: Iterable[tuple[date, int]], on: date) -> int | None:
    """The amount (minor units) that holds on a day: the last one begun; None before the first."""
    begun = [(first, amount) for first, amount in history if first <= on]
    return max(begun)[1] if begun else None


def may_begin(first: date, *, today: date, history: Iterable[date]) -> bool:
    """Whether a new price may begin on a day: what a day has cost is never rewritten.

    From today on, or on a past day that had no price yet.
    """
    return first >= today or all(first < other for other in history)


def has_begun(first: date, *, today: date) -> bool:
    """Whether a price holds or held already, and so stands for good."""
    return first <= today
