"""The board: in which column a referral that came in stands."""

from dataclasses import dataclass

from clinic.core.words import Words, say


@dataclass(frozen=True, slots=True)
class Column:
    """A column of the board, and the states that stand in it."""

    code: str
    name: Words
    states: tuple[str, ...]


COLUMNS = (
    Column("new", say("New"), ("received", "incomplete")),
    Column("first", say("Before the first visit"), ("accepted", "contacting", "missed_first")),
    Column("scheduled", say("First visit booked"), ("scheduled",)),
    Column("treatment", say("In treatment"), ("in_treatment", "on_hold")),
    Column("renewal", say("Renewal"), ("renewal_requested", "expired")),
    Column("closing", say("To be closed"), ("completed", "cancel_requested")),
)
"""Of what is live, in the order of the board. That a report is due is a mark, not a column."""
