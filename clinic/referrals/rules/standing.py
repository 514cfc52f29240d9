"""How many visits an order still allows, and how far it has come.

An authorisation's visits are used up by completed ones, and by missed or
late-cancelled ones where its payer counts them; a booked visit is reserved.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from typing import Protocol

SOON = timedelta(days=14)
"""How long before its end an order wants renewing."""
FEW = 2
"""With so many visits left or fewer, it wants renewing as well."""
VISITS_MAX = 200
MINUTES = (10, 240)
"""The shortest and the longest session that an order may ask for."""


@dataclass(frozen=True, slots=True)
class Counts:
    """Visits of an authorisation: used and reserved, the days of the first and the last of
    them, and the day of the next reserved one."""

    used: int = 0
    reserved: int = 0
    first_on: date | None = None
    last_on: date | None = None
    next_on: date | None = None

    @property
    def taken(self) -> int:
        """Used and reserved together."""
        return self.used + self.reserved


class Allowance(Protocol):
    """So many visits, from one day until another (or without end)."""

    @property
    def visits(self) -> int: ...
    @property
    def valid_from(self) -> date: ...
    @property
    def valid_until(self) -> date | None: ...
    @property
    def is_closed(self) -> bool: ...


class Standing(StrEnum):
    """Where an authorisation stands."""

    NOT_YET_VALID = "not_yet_valid"
    NOT_BEGUN = "not_begun"
    OPEN = "open"
    ALL_BOOKED = "all_booked"
    USED_UP = "used_up"
    EXPIRED = "expired"
    CLOSED = "closed"


class State(StrEnum):
    """Where a referral stands, derived from its authorisations; never stored."""

    NEW = "new"
    SCHEDULED = "scheduled"
    IN_TREATMENT = "in_treatment"
    EXPIRES_SOON = "expires_soon"
    USED_UP = "used_up"
    ENDED = "ended"


def number_of(text: int | str) -> str:
    """``R-000123`` of 123, or of what somebody typed for it; a text without figures stays."""
    digits = str(text)
    is_number = digits.isascii() and digits.isdigit() and len(digits) < 10
    return f"R-{int(digits):06d}" if is_number else digits


def left(counts: Counts, allowance: Allowance) -> int:
    """Visits that may still be booked; never below 0."""
    return max(allowance.visits - counts.taken, 0)


def over(counts: Counts, allowance: Allowance) -> int:
    """Visits used or booked beyond what is allowed."""
    return max(counts.taken - allowance.visits, 0)


def is_valid(allowance: Allowance, on: date) -> bool:
    """Whether a visit on this day may be one of those allowed."""
    return allowance.valid_from <= on and not is_expired(allowance, on)


def is_expired(allowance: Allowance, on: date) -> bool:
    """Whether its last day has passed."""
    return allowance.valid_until is not None and allowance.valid_until < on


def standing(counts: Counts, allowance: Allowance, today: date) -> Standing:
    """Where an authorisation stands: what cannot be mended is named first."""
    if counts.used >= allowance.visits:
        return Standing.USED_UP
    if is_expired(allowance, today):
        return Standing.EXPIRED
    if allowance.is_closed:
        return Standing.CLOSED
    if counts.taken >= allowance.visits:
        return Standing.ALL_BOOKED
    if today < allowance.valid_from:
        return Standing.NOT_YET_VALID
    return Standing.OPEN if counts.taken else Standing.NOT_BEGUN


def state_of(
    allowed: Sequence[tuple[Allowance, Counts]], today: date, *, is_ended: bool = False
) -> State:
    """How far a referral has come.

    It wants renewing when at most ``FEW`` visits are left or its last day is at
    most ``SOON`` away (VA and Washington L&I ask for a progress report then).
    """
    if is_ended:
        return State.ENDED
    done = (Standing.USED_UP, Standing.EXPIRED, Standing.CLOSED)
    live = [pair for pair in allowed if standing(pair[1], pair[0], today) not in done]
    if allowed and not live:
        return State.USED_UP
    if not any(counts.taken for _, counts in allowed):
        return State.NEW
    if _wants_renewing(live, today):
        return State.EXPIRES_SOON
    used = any(counts.used for _, counts in allowed)
    return State.IN_TREATMENT if used else State.SCHEDULED


def _wants_renewing(live: Sequence[tuple[Allowance, Counts]], today: date) -> bool:
    if sum(left(counts, allowance) for allowance, counts in live) <= FEW:
        return True
    last = last_day(live)
    return last is not None and last - today <= SOON


def last_day(live: Sequence[tuple[Allowance, Counts]]) -> date | None:
    """The day on which the last of these authorisations ends; None where one has no end."""
    ends = [allowance.valid_until for allowance, _ in live]
    return None if not ends or None in ends else max(end for end in ends if end)
