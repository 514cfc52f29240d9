"""The life of a visit: its states, and the ways between them.

The states and edges are those of a clinic's appointment, with undo of a cancel, a
start and a no-show added, so that every status can be taken back. ``requested`` and
``held`` come with online booking and with slots held while somebody chooses: their
edges stand here already, though no verb makes those states yet.
"""

from dataclasses import dataclass

from clinic.core.errors import Conflict
from clinic.core.words import say

STATES = (
    "requested", "held", "booked", "arrived", "in_session", "completed",
    "cancelled", "late_cancelled", "no_show", "released", "entered_in_error",
)  # fmt: skip
FREED = ("cancelled", "late_cancelled", "no_show", "released", "entered_in_error")
"""States in which a visit takes nobody's time."""
STANDING = tuple(state for state in STATES if state not in FREED)
BEARING = tuple(state for state in STANDING if state != "completed")
"""States in which what the gate says of a visit still matters."""
SOURCES = ("phone", "walk_in", "online", "series", "waitlist")
WALK_IN = "walk_in"
PARTIES = ("client", "clinic")
"""By whom a visit can be cancelled."""
WHY_MAX = 200
OVERLAP_WHY_MAX = 120
OVER_WHY_MAX = 200
"""Characters of the reason to book more visits than were authorised."""
MISSED = ("late_cancelled", "no_show")
"""States for which the clinic may charge a fee."""
TAKEN_BACK = (
    "move", "change_service", "resize", "confirm", "check_in", "start", "finish",
    "cancel", "mark_no_show", "send_home",
)  # fmt: skip
"""Verbs that can be taken back right after."""
NOTE_MAX = 500

NAMES = {
    "requested": say("requested"),
    "held": say("on hold"),
    "booked": say("booked"),
    "arrived": say("checked in"),
    "in_session": say("in session"),
    "completed": say("completed"),
    "cancelled": say("cancelled"),
    "late_cancelled": say("cancelled late"),
    "no_show": say("a no-show"),
    "released": say("released"),
    "entered_in_error": say("entered in error"),
}


@dataclass(frozen=True, slots=True)
class Edge:
    """One way from a state to another, and the verb that walks it."""

    before: str
    after: str
    by: str


EDGES = (
    Edge("requested", "booked", "approve"),
    Edge("requested", "cancelled", "decline"),
    Edge("held", "booked", "approve"),
    Edge("held", "released", "release"),
    Edge("held", "cancelled", "cancel"),
    Edge("booked", "booked", "move"),
    Edge("booked", "booked", "change_service"),
    Edge("booked", "booked", "resize"),
    Edge("booked", "booked", "confirm"),
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

_ONLY = {
    "approve": "A visit that is {status} cannot be approved.",
    "decline": "A visit that is {status} cannot be declined.",
    "release": "A visit that is {status} cannot be released.",
    "move": "A visit that is {status} cannot be moved.",
    "change_service": "The service of a visit that is {status} cannot be changed.",
    "resize": "The length of a visit that is {status} cannot be changed.",
    "confirm": "A visit that is {status} cannot be confirmed.",
    "cancel": "A visit that is {status} cannot be cancelled.",
    "check_in": "A visit that is {status} cannot be checked in.",
    "mark_no_show": "A visit that is {status} cannot become a no-show.",
    "start": "A visit that is {status} cannot be started. Check the client in first.",
    "send_home": "A client can be sent home once checked in; this visit is {status}.",
    "finish": "A visit that is {status} cannot be finished.",
    "reopen": "A visit that is {status} cannot be opened again.",
    "undo": "Nothing can be taken back on a visit that is {status}.",
    "correct": "A visit that is {status} cannot be corrected to that.",
}
VERBS = tuple(_ONLY)


def ways(status: str, verb: str) -> tuple[str, ...]:
    """The states to which a verb leads from here."""
    return tuple(edge.after for edge in EDGES if edge.before == status and edge.by == verb)


def verbs_from(status: str) -> frozenset[str]:
    """What can be done with a visit in this state."""
    return frozenset(edge.by for edge in EDGES if edge.before == status)


def must_go(status: str, verb: str, after: str | None = None) -> str:
    """The state a verb leads to. Raises Conflict with the reason where there is no edge."""
    found = ways(status, verb)
    if not found or (after is not None and after not in found):
        raise Conflict(say(_ONLY[verb], status=NAMES[status]))
    return after or found[0]
