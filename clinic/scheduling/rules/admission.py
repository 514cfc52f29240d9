"""Who is admitted to a visit: what the gate asks, in its order."""

from dataclasses import dataclass
from datetime import date

from clinic.core.words import Words, say

LICENCE = "LMT_LICENSE"
"""The licence without which nobody treats, whatever the service asks for besides."""


@dataclass(frozen=True, slots=True)
class Candidate:
    """What the gate looks at: nothing of it is clinical."""

    client_name: str
    client_status: str
    is_not_to_book: bool
    has_died: bool
    therapist_name: str
    is_therapist: bool
    is_offered: bool
    held: frozenset[str]
    needed: frozenset[str]
    needs_referral: bool
    allowance: int | None
    """Visits that the authorisation still allows, this one not counted; None without one."""


def refusal(case: Candidate, on: date) -> tuple[Words, str] | None:
    """Why this visit is not admitted: a sentence and the field it belongs to; None admits."""
    checks: tuple[tuple[bool, Words, str], ...] = (
        (
            case.has_died,
            say(
                "{name} is recorded as having died. No visit can be booked.", name=case.client_name
            ),
            "client",
        ),
        (
            case.client_status == "archived",
            say("The record of {name} is archived. Restore it first.", name=case.client_name),
            "client",
        ),
        (
            case.is_not_to_book,
            say("{name} is marked “do not book”. Ask the owner.", name=case.client_name),
            "client",
        ),
        (not case.is_offered, say("This is no longer offered. Choose another service."), "service"),
        (
            not case.is_therapist,
            say("{name} does not treat here now.", name=case.therapist_name),
            "therapist",
        ),
        (
            LICENCE not in case.held,
            say("{name} has no valid licence on {day}.", name=case.therapist_name, day=on),
            "therapist",
        ),
        (
            not case.needed <= case.held,
            say("{name} is not qualified for this on {day}.", name=case.therapist_name, day=on),
            "therapist",
        ),
        (
            case.needs_referral and case.allowance is None,
            say("This service needs a referral that is valid on {day}.", day=on),
            "referral",
        ),
        (
            case.allowance is not None and case.allowance <= 0,
            say("The referral has no visits left."),
            "referral",
        ),
    )
    return next(((words, field) for broken, words, field in checks if broken), None)
