"""What the gate says of a visit that stands: phrases fit for the desk, and what is missing."""

from dataclasses import dataclass
from datetime import date

from clinic.clients.queries import may_read_health
from clinic.core.clock import today
from clinic.core.permissions import Actor
from clinic.core.words import Words
from clinic.practice.queries import the_practice
from clinic.scheduling.models import Visit
from clinic.scheduling.queries.starting import day_of, start_checks
from clinic.scheduling.rules import BEARING
from clinic.scheduling.rules.screening import (
    NEEDS_REVIEW,
    WAITS,
    codes_of,
    is_treating,
    phrases,
    reason_from_text,
    waits_for_somebody,
)
from clinic.scheduling.rules.starting import Check

BEFORE = ("booked", "arrived")
"""States from which a session begins."""


@dataclass(frozen=True, slots=True)
class AtTheGate:
    """``effects`` are phrases, ``listed`` those that a heading does not say already, and
    ``missing`` what the session waits for; ``waits`` says that somebody must review the visit
    first.

    ``may_read`` says that this person may see why, ``may_say`` that they treat and something
    stops or holds the visit, so that a reason of theirs counts, ``must_say`` that nothing of it
    is changed without one, and ``may_begin`` that a reason would do for all that is missing.
    ``on`` is the day that all of it is said of.
    """

    effects: tuple[Words, ...] = ()
    listed: tuple[Words, ...] = ()
    missing: tuple[Check, ...] = ()
    waits: bool = False
    may_read: bool = False
    may_say: bool = False
    must_say: bool = False
    may_begin: bool = False
    on: date | None = None


OPEN_GATE = AtTheGate()


def gate_of_visit(visit: Visit, actor: Actor) -> AtTheGate:
    """One query, and three more on the day of the session, before it began."""
    if visit.status not in BEARING:
        return OPEN_GATE
    codes = codes_of(visit.verdict.effects)
    missing = missing_of(visit)
    treats = is_treating(actor)
    waits = visit.verdict.outcome == NEEDS_REVIEW
    return AtTheGate(
        effects=phrases(codes),
        listed=phrases(codes, but={WAITS, "review"} if waits else ()),
        missing=missing,
        waits=waits,
        may_read=bool(codes or missing) and may_read_health(actor, visit.client_id),
        may_say=treats and waits_for_somebody(codes),
        must_say=treats and lacks_reason(visit),
        may_begin=treats and bool(missing) and all(one.may_override for one in missing),
        on=day_of(visit),
    )


def lacks_reason(visit: Visit) -> bool:
    """Whether treatment is stopped and nobody has said why the visit may stand."""
    verdict = visit.verdict
    return "stop" in codes_of(verdict.effects) and verdict.why_sealed is None


def reason_kept(visit: Visit, actor: Actor) -> str:
    """A therapist's reason for which the visit stands, for those who may read health; "" for
    others, and where there is none. At most two queries."""
    verdict = visit.verdict
    if verdict.why_sealed is None or not may_read_health(actor, visit.client_id):
        return ""
    return reason_from_text(verdict.why)[0]


def told_by_who_treated(visit: Visit, actor: Actor) -> str:
    """Why who treats ended the visit, or sent the client home, for those who may read health;
    "" for others, and where nothing was said. At most one query."""
    if visit.why_sealed is None or not may_read_health(actor, visit.client_id):
        return ""
    return visit.treating_why or ""


def missing_of(visit: Visit) -> tuple[Check, ...]:
    """What a session of today waits for, before it began."""
    if visit.status not in BEFORE or day_of(visit) != today(the_practice().zone):
        return ()
    return tuple(one for one in start_checks(visit) if not one.is_met)
