"""The columns of the board of referrals, and what in them is to be minded."""

from dataclasses import dataclass

from clinic.coordination.rules import ACTIONS, inbound, outbound
from clinic.core.words import Words, say


@dataclass(frozen=True, slots=True, eq=False)
class Column:
    """One column: which way its referrals go, the states that stand in it, and its glyph. There
    are these few and no copies: each is known by itself."""

    way: str
    code: str
    name: Words
    states: tuple[str, ...]
    glyph: str

    @property
    def key(self) -> str:
        """What an address calls it."""
        return f"{self.way}-{self.code}"


INBOUND = (
    Column("in", "new", say("New"), ("received", "incomplete"), "0"),
    Column(
        "in", "first", say("Before the first visit"),
        ("accepted", "contacting", "missed_first"), "1",
    ),
    Column("in", "scheduled", say("First visit booked"), ("scheduled",), "2"),
    Column("in", "treatment", say("In treatment"), ("in_treatment", "on_hold"), "3"),
    Column("in", "renewal", say("Renewal"), ("renewal_requested", "expired"), "4"),
    Column("in", "closing", say("To be closed"), ("completed", "cancel_requested"), "5"),
)  # fmt: skip
"""Of what is live, in the order of the board. That a report is due is a flag, not a column."""
OUTBOUND = (
    Column("out", "writing", say("Being written"), ("draft", "consent_pending", "ready"), "0"),
    Column(
        "out", "waiting", say("Waiting for an answer"),
        ("sent", "acknowledged", "scheduled", "attended", "not_attended"), "2",
    ),
    Column(
        "out", "answered", say("Answered"), ("reply_received", "acted_on", "told_client"), "5"
    ),
)  # fmt: skip
COLUMNS: tuple[Column, ...] = (*INBOUND, *OUTBOUND)

UNDECIDED = ("received", "incomplete")
"""Nobody has said yet whether the clinic treats."""
BEFORE_CARE = ("received", "incomplete", "accepted", "contacting", "scheduled", "missed_first")
"""States before the first visit: by then somebody has read the precautions."""
IN_CARE = ("scheduled", "in_treatment", "renewal_requested", "expired", "completed")
"""States in which a report will be owed: a consent to share is asked for."""

FLAGS: dict[str, tuple[Words, str, str]] = {
    "report": (say("Report due"), "warning", "file-text"),
    "renewal": (say("Renewal"), "warning", "hourglass"),
    "consent": (say("Consent missing"), "warning", "signature"),
    "precautions": (say("Precautions not confirmed"), "danger", "stethoscope"),
    "missing": (say("Information missing"), "warning", "alert-circle"),
}
"""What is to be minded about a referral: the words, the tone, the picture."""


def states(way: str) -> tuple[str, ...]:
    """All states that stand on the board, of one way."""
    return tuple(state for one in COLUMNS if one.way == way for state in one.states)


def column_of(way: str, status: str) -> Column | None:
    """The column a state stands in; none for one that has ended."""
    return next((one for one in COLUMNS if one.way == way and status in one.states), None)


def next_words(action: str) -> Words:
    """A next action in words, of either way; a code that is not known any more is itself."""
    found = ACTIONS.get(action) or outbound.ACTIONS.get(action)
    return found or say("Follow up")


def state_words(way: str, status: str) -> Words:
    """A state in words that everybody at the desk may read."""
    return (inbound.STATES if way == "in" else outbound.NAMES)[status]
