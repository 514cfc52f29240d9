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
    agreement that has run out, and the day of one that stands, whatever it covers."""

    is_covered: bool = False
    is_refused: bool = False
    ended_on: date | None = None
    agreed_on: date | None = None

    def is_answered(self, received_on: date) -> bool:
        """Whether the client said what may be told of a referral that came on a day: since then,
        agreeing to a part is an answer too."""
        is_said = self.agreed_on is not None and self.agreed_on >= received_on
        return self.is_covered or self.is_refused or is_said


def ask_by(status: str, facts: Facts, said: Sharing) -> date | None:
    """By when to ask: on the day of the first visit; the next working day after it, or after an
    an earlier agreement ran out. None where nothing is to be asked: answered, another state."""
    if status not in ASKING or said.is_answered(facts.received_on):
        return None
    if status == "scheduled":
        return facts.next_visit_on
    last = max(day for day in (facts.first_visit_on or facts.since, said.ended_on) if day)
    return after(last, 1)
