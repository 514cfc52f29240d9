"""The life of a referral that came in: its states, and every way between them.

The states and edges are those of a closed-loop referral as the harmonised BSeR and 360X
workflows have it (request, accept or decline, scheduled, attended, outcome), with a clinic's own:
what is missing, attempts to reach the client, a pause, a renewal, a window that ended.
"""

from clinic.core.errors import Conflict
from clinic.core.words import Words, say

STATES: dict[str, Words] = {
    "received": say("received"),
    "incomplete": say("incomplete"),
    "accepted": say("accepted"),
    "contacting": say("contacting the client"),
    "scheduled": say("first visit booked"),
    "missed_first": say("first visit missed"),
    "in_treatment": say("in treatment"),
    "on_hold": say("on hold"),
    "renewal_requested": say("waiting for renewal"),
    "cancel_requested": say("to be cancelled"),
    "completed": say("treatment over"),
    "expired": say("expired"),
    "declined": say("declined"),
    "cancelled": say("cancelled"),
    "not_reached": say("not reached"),
    "closed": say("closed"),
    "entered_in_error": say("entered in error"),
}
ENDS = ("declined", "cancelled", "not_reached", "closed", "entered_in_error")
"""States that nothing leads out of."""
LIVE = tuple(state for state in STATES if state not in ENDS)
_WAYS: dict[str, tuple[str, ...]] = {
    "received": ("incomplete", "accepted", "declined", "cancel_requested", "entered_in_error"),
    "incomplete": ("accepted", "declined", "cancel_requested"),
    "accepted": (
        "declined", "contacting", "scheduled", "on_hold", "expired", "cancel_requested",
        "entered_in_error",
    ),
    "contacting": ("declined", "scheduled", "not_reached", "expired", "cancel_requested"),
    "scheduled": ("missed_first", "contacting", "in_treatment", "expired", "cancel_requested"),
    "missed_first": ("scheduled", "not_reached"),
    "in_treatment": (
        "renewal_requested", "on_hold", "completed", "expired", "cancel_requested",
    ),
    "renewal_requested": ("in_treatment", "completed", "expired", "cancel_requested"),
    "on_hold": ("in_treatment", "contacting", "expired", "cancel_requested"),
    "expired": ("in_treatment", "contacting", "completed"),
    "cancel_requested": ("cancelled", "completed"),
    "completed": ("closed",),
}  # fmt: skip
EDGES = tuple((before, after) for before, ways in _WAYS.items() for after in ways)
"""All 46 that the requirement lists."""
ADDED = (("missed_first", "cancel_requested"), ("missed_first", "expired"))
"""Ways besides those listed. A referral may be called off, and its time may end, while a first
visit was missed as at any other time; the list left it no end there but to reach the client
(decision 0012)."""
ALL_EDGES = EDGES + ADDED
BEFORE_TREATMENT = ("accepted", "contacting", "scheduled", "missed_first")
"""Accepted, and the first visit has not been had."""
EXPIRING = tuple(before for before, after in ALL_EDGES if after == "expired")
"""States that a window's end turns into ``expired``."""
UNDER_WAY = (*BEFORE_TREATMENT, "in_treatment", "on_hold", "renewal_requested")
"""Accepted, and neither over nor to be ended."""
ATTEMPTS_ENOUGH = 3
"""So many days with an attempt to reach the client, before the sender is told that nobody did."""
MISSES_ENOUGH = 2


def ways(status: str) -> tuple[str, ...]:
    """Where a referral in this state can go."""
    return tuple(after for before, after in ALL_EDGES if before == status)


def may_go(status: str, to: str) -> bool:
    """Whether there is such a way."""
    return to in ways(status)


def must_go(status: str, to: str, *only_from: str) -> str:
    """The state it goes to. Raises Conflict, naming both states, where there is no such way, or
    a verb goes it ``only_from`` others."""
    if may_go(status, to) and (not only_from or status in only_from):
        return to
    named = {"status": STATES[status], "to": STATES[to]}
    if status in ENDS:
        raise Conflict(
            say("This referral has ended ({status}): it cannot become “{to}” any more.", **named)
        )
    raise Conflict(say("A referral that is “{status}” cannot become “{to}”.", **named))
