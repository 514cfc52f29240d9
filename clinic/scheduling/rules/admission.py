"""Who is admitted to a visit: what the gate asks, in its order."""

from dataclasses import dataclass
from datetime import date

from clinic.core.words import Words, say
from clinic.scheduling.rules.counting import Numbers
from clinic.staff.rules import LICENCE

__all__ = ["LICENCE", "Candidate", "refusal"]


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
    numbers: Numbers | None = None
    """The same with what is used and booked, where the sentence may say so."""
    may_go_over: bool = False
    """Whether one more than allowed may be booked with a written reason."""
    has_reason: bool = False


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
            case.allowance is not None and case.allowance <= 0 and not _is_excused(case),
            used_up(case.numbers, is_asked=case.may_go_over),
            "over_why" if case.may_go_over else "referral",
        ),
    )
    return next(((words, field) for broken, words, field in checks if broken), None)


def _is_excused(case: Candidate) -> bool:
    return case.may_go_over and case.has_reason


def used_up(numbers: Numbers | None, *, is_asked: bool = False) -> Words:
    """That no visit is left, with the numbers; and whether a reason would let one more be."""
    if numbers is None:
        return say("The referral has no visits left.")
    if is_asked:
        return say(
            "The referral has no visits left: of {visits} in {number}, {used} are used and"
            " {booked} booked. Write down why one more may be booked, or book it without the"
            " referral.",
            visits=numbers.visits,
            number=numbers.number,
            used=numbers.used,
            booked=numbers.reserved,
        )
    return say(
        "The referral has no visits left: of {visits} in {number}, {used} are used and {booked}"
        " booked. Ask for more, or book this one without the referral.",
        visits=numbers.visits,
        number=numbers.number,
        used=numbers.used,
        booked=numbers.reserved,
    )


def outside(number: str, first: date, last: date | None, on: date) -> Words:
    """That a day lies outside of what an order allows, and what can be done about it."""
    if last is None:
        return say(
            "The referral is not valid on {day}: {number} begins on {first}. Choose a later day,"
            " or book this visit without the referral.",
            day=on,
            number=number,
            first=first,
        )
    return say(
        "The referral is not valid on {day}: {number} lasts from {first} to {last}. Choose another"
        " day, or book this visit without the referral.",
        day=on,
        number=number,
        first=first,
        last=last,
    )
