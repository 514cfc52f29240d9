"""The life of a report that a referral owes: its states, and every way between them."""

from datetime import date, timedelta

from clinic.core.errors import Conflict
from clinic.core.words import Words, say

STATES: dict[str, Words] = {
    "due": say("due"),
    "drafted": say("drafted"),
    "approved": say("approved"),
    "sent": say("sent"),
    "acknowledged": say("acknowledged"),
    "waived": say("waived"),
}
EDGES = (
    ("due", "drafted"),
    ("drafted", "approved"),
    ("approved", "sent"),
    ("sent", "acknowledged"),
    ("due", "waived"),
    ("approved", "drafted"),
)
"""All six of them."""
LIVE = ("due", "drafted", "approved")
"""States of a report that has not left."""
SETTLES_AFTER = timedelta(days=7)
"""A report that arrived counts as acknowledged then, though nobody said so."""

KINDS: dict[str, Words] = {
    "initial": say("First-visit note"),
    "progress": say("Progress report"),
    "renewal": say("Renewal request"),
    "discharge": say("Discharge report"),
}
LETTERS = {
    "initial": "first_visit",
    "progress": "progress",
    "renewal": "renewal",
    "discharge": "discharge",
}
"""As which kind of letter a report leaves."""
ONCE = ("initial", "discharge")
"""Kinds that a referral owes one time only."""

_WHY_NOT: dict[str, Words] = {
    "due": say("This report is not written yet."),
    "drafted": say("This report is a draft: a therapist approves it first."),
    "approved": say("This report is approved and has not left yet."),
    "sent": say("This report has left already."),
    "acknowledged": say("This report was acknowledged already."),
    "waived": say("This report was waived."),
}


def may_go(status: str, to: str) -> bool:
    """Whether there is such a way."""
    return (status, to) in EDGES


def must_go(status: str, to: str) -> str:
    """The state it goes to. Raises Conflict with the reason where there is no such way."""
    if not may_go(status, to):
        raise Conflict(_WHY_NOT[status])
    return to


def settles_on(delivered_on: date) -> date:
    """From which day a report that arrived counts as acknowledged."""
    return delivered_on + SETTLES_AFTER
