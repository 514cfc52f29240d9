"""Which visits use up one of those that were authorised: the one place that says so.

A visit that was had does; one that is booked takes one all the same. Whether one that was
missed, or that the client gave up, does is the authorisation's own choice. What the clinic
itself cancels never does.
"""

from typing import NamedTuple, Protocol

from clinic.scheduling.rules.life import STANDING

USED = "completed"
RESERVING = tuple(state for state in STANDING if state != USED)
"""States in which a visit is booked and not yet had."""
BY_CHOICE = (
    ("no_show", "counts_missed", ""),
    ("late_cancelled", "counts_late_cancelled", ""),
    ("cancelled", "counts_cancelled", "client"),
)
"""Each state that may use one up, the choice that says so, and by whom it was cancelled."""


class Counting(Protocol):
    """What an authorisation says of visits that were not had."""

    @property
    def counts_missed(self) -> bool: ...
    @property
    def counts_late_cancelled(self) -> bool: ...
    @property
    def counts_cancelled(self) -> bool: ...


class Numbers(NamedTuple):
    """An authorisation's number, and how many of its visits are used and booked."""

    number: str
    visits: int
    used: int
    reserved: int

    @property
    def left(self) -> int:
        """Visits that may still be booked; never below 0."""
        return max(self.visits - self.used - self.reserved, 0)


def uses_one(status: str, cancelled_by: str, counting: Counting) -> bool:
    """Whether a visit in this state has used one up."""
    return status == USED or any(
        status == state and by in ("", cancelled_by) and bool(getattr(counting, choice))
        for state, choice, by in BY_CHOICE
    )


def takes_one(status: str, cancelled_by: str, counting: Counting) -> bool:
    """Whether a visit in this state has used one up, or is booked to."""
    return status in RESERVING or uses_one(status, cancelled_by, counting)
