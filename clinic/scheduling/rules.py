"""The life of a visit: states, the edges between them, and who may walk each.

The edges of the appointment machine, with undo of cancel and start added so that
every status can be taken back.
"""

from dataclasses import dataclass

STATES = (
    "requested", "held", "booked", "arrived", "in_session", "completed",
    "cancelled", "late_cancelled", "no_show", "released", "entered_in_error",
)  # fmt: skip
FREED = ("cancelled", "late_cancelled", "no_show", "released", "entered_in_error")
"""States in which a visit takes nobody's time."""
STANDING = tuple(state for state in STATES if state not in FREED)


@dataclass(frozen=True, slots=True)
class Edge:
    """One way from a state to another."""

    before: str
    after: str
    by: str


EDGES = (
    Edge("requested", "booked", "approve"),
    Edge("requested", "cancelled", "decline"),
    Edge("held", "booked", "book"),
    Edge("held", "released", "release"),
    Edge("held", "cancelled", "cancel"),
    Edge("booked", "booked", "move"),
    Edge("booked", "cancelled", "cancel"),
    Edge("booked", "late_cancelled", "cancel"),
    Edge("booked", "arrived", "check_in"),
    Edge("booked", "no_show", "mark_no_show"),
    Edge("booked", "entered_in_error", "correct"),
    Edge("arrived", "booked", "undo"),
    Edge("arrived", "in_session", "start"),
    Edge("arrived", "cancelled", "send_home"),
    Edge("arrived", "entered_in_error", "correct"),
    Edge("in_session", "completed", "finish"),
    Edge("in_session", "arrived", "undo"),
    Edge("completed", "arrived", "reopen"),
    Edge("completed", "no_show", "correct"),
    Edge("completed", "entered_in_error", "correct"),
    Edge("no_show", "booked", "undo"),
    Edge("no_show", "completed", "correct"),
    Edge("cancelled", "booked", "undo"),
    Edge("late_cancelled", "booked", "undo"),
)


def may_go(before: str, after: str) -> bool:
    """Whether there is an edge between two states."""
    return any(edge.before == before and edge.after == after for edge in EDGES)
