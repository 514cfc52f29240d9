"""From which state a letter comes to which others."""

from clinic.core.errors import Conflict
from clinic.core.words import Words, say

EDGES = frozenset(
    {
        ("draft", "approved"),
        ("draft", "cancelled"),
        ("approved", "sent"),
        ("sent", "delivered"),
        ("sent", "failed"),
        ("failed", "sent"),
        ("received", "filed"),
    }
)
"""Correspondence: a therapist approves, a channel carries, somebody confirms or returns it."""

GIVEN_UP = frozenset({("approved", "cancelled"), ("approved", "failed"), ("failed", "cancelled")})
"""What befalls a letter that never left: written anew or not needed any longer, an e-mail that
nobody took, a letter that came back and is not sent again."""

BEGINS = {"out": "draft", "in": "received"}
ENDS = frozenset({"cancelled", "delivered", "filed"})

STATES: dict[str, Words] = {
    "draft": say("Draft"),
    "approved": say("Approved"),
    "sent": say("Sent"),
    "delivered": say("Delivered"),
    "failed": say("Did not arrive"),
    "cancelled": say("Cancelled"),
    "received": say("Received"),
    "filed": say("Filed"),
}

_WHY_NOT: dict[str, Words] = {
    "draft": say("This letter is a draft: it is approved first."),
    "approved": say("This letter is approved and has not left yet."),
    "sent": say("This letter has left already."),
    "delivered": say("This letter has arrived. What follows is another letter."),
    "failed": say("This letter did not arrive. Send it again, or give it up."),
    "cancelled": say("This letter was cancelled. What follows is another letter."),
    "received": say("This letter came to us: it can only be filed."),
    "filed": say("This letter came to us and is filed."),
}


def may_move(status: str, target: str) -> bool:
    """Whether a letter of one status may come to another."""
    return (status, target) in EDGES or (status, target) in GIVEN_UP


def must_move(status: str, target: str) -> None:
    """Raises Conflict with the reason, where a letter does not come from one to the other."""
    if not may_move(status, target):
        raise Conflict(_WHY_NOT[status])
