"""What a letter to a provider is to tell, and what of it is there before it is approved.

The list is what a referral letter of a massage therapist is taught to hold: who writes, about
whom, since when, why, what was found and done, the question, what is done until it is answered,
and that an answer is wanted, and how.
"""

from dataclasses import dataclass

from clinic.core.words import Words, say

TOLD: dict[str, Words] = {
    "therapist": say("Who we are: the therapist, with a licence"),
    "client": say("The client, with the birth date"),
    "since": say("Since when they come"),
    "reason": say("Why we write"),
    "findings": say("What was found"),
    "treatment": say("What we did, and how they responded"),
    "question": say("The question"),
    "meanwhile": say("What we do meanwhile"),
    "answer": say("By when an answer is wanted, and how to reach us"),
}
"""Everything that it is to tell, in the order of the letter."""
PLANNED = say("What is planned")
"""In the place of what was done, where it is asked whether treatment is possible."""


@dataclass(frozen=True, slots=True)
class Told:
    """Which of them are there: whether, never what."""

    there: frozenset[str]
    asks_for_clearance: bool = False

    @property
    def lines(self) -> list[tuple[Words, bool]]:
        """Each in words, and whether it is missing."""
        return [(self._name(code), code not in self.there) for code in TOLD]

    @property
    def count(self) -> int:
        """How many are there."""
        return len(self.there & set(TOLD))

    def _name(self, code: str) -> Words:
        return PLANNED if code == "treatment" and self.asks_for_clearance else TOLD[code]
