"""When a client is asked whether the sender of their referral may be told how it goes."""

from dataclasses import dataclass
from datetime import date, timedelta

from clinic.coordination.rules.inbound import UNDER_WAY
from clinic.coordination.rules.next_steps import Facts
from clinic.coordination.rules.workdays import after

ASKING = ("scheduled", "in_treatment", "renewal_requested")
"""States in which reports are owed, or soon will be: the client is asked at the first visit."""

NEEDING = (*UNDER_WAY, "expired")
"""States in which what the client agreed to is still needed."""
SHARE, TREAT = "SHARE_PROVIDER", "TREATMENT"
TOLD_BEFORE = timedelta(days=30)
"""So long before its last day somebody is to have a consent renewed."""


def tells_from(today: date) -> date:
    """Consents that end by this day are to be renewed."""
    return today + TOLD_BEFORE


@dataclass(frozen=True, slots=True)
class Sharing:
    """What was said so far: agreed to all that reports tell, or refused; the last day of an
    agreement that has run out."""

    is_covered: bool = False
    is_refused: bool = False
    ended_on: date | None = None


def ask_by(status: str, facts: Facts, said: Sharing) -> date | None:
    """By when to ask: on the day of the first visit; the next working day after it, or after an
    earlier agreement ran out. None where nothing is to be asked: agreed, refused, another state."""
    if status not in ASKING or said.is_covered or said.is_refused:
        return None
    if status == "scheduled":
        return facts.next_visit_on
    last = max(day for day in (facts.first_visit_on or facts.since, said.ended_on) if day)
    return after(last, 1)
