"""What therapists decided, and what providers were asked and answered."""

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from sqlalchemy import Select, select
from sqlalchemy.orm import joinedload

from clinic.clients.models import Client
from clinic.clients.queries import is_of_person
from clinic.core.db import db
from clinic.core.errors import NotFound
from clinic.core.words import say
from clinic.health.models import Clearance, RuleHit
from clinic.health.rules.facts import Limits, limits_from_json

LIMITED = "cleared_with_limits"
CLEARED = ("cleared", LIMITED)
REASON_MAX = 1000
"""How long the words of a decision may be, in characters."""
SAID_MAX = 2000
"""How long a question to a provider, and the answer, may be."""
MINUTES = (15, 240)
"""The shortest and the longest session that a provider's limit may name."""


@dataclass(frozen=True, slots=True)
class Deciding:
    """What stands in a decision: ``evidence`` is finding, reading, conversation or document."""

    rule: str
    says: str
    inputs: str
    evidence: str = ""
    text: str = ""


@dataclass(frozen=True, slots=True)
class Asking:
    """What stands in a clearance: what was asked about which rules, and what was answered.

    ``inputs`` are the fingerprints of the hits of ``rules`` when it was asked, in the same
    order. The conversation is the record: who said what, how, on which day (R20, R113).
    """

    rules: tuple[str, ...]
    inputs: tuple[str, ...]
    question: str = ""
    how: str = ""
    said_by: str = ""
    said: str = ""
    answered_how: str = ""
    since: date | None = None
    """The day of the answer: it counts from then on."""
    limits: Limits = field(default_factory=Limits)
    why: str = ""
    """Why it was withdrawn, in records of before it had a column of its own."""
    for_day: date | None = None
    """The day whose visit is held, where that is not the day on which it was asked."""
    order: str = ""
    """The public id of the order whose precautions these limits are; nobody was asked then."""


def deciding_of(row: RuleHit) -> Deciding:
    """What a decision says, opened."""
    return Deciding(**json.loads(row.details))


def asking_of(row: Clearance) -> Asking:
    """What a clearance says, opened."""
    told: dict[str, Any] = json.loads(row.details)
    told["rules"], told["inputs"] = tuple(told["rules"]), tuple(told["inputs"])
    for day in ("since", "for_day"):
        told[day] = date.fromisoformat(told[day]) if told.get(day) else None
    told["limits"] = limits_from_json(told.get("limits", {}))
    return Asking(**told)


# --- one, and lists ---


def the_decision(public_id: str) -> RuleHit:
    """Raises NotFound."""
    found = db.session.scalar(select(RuleHit).where(RuleHit.public_id == public_id))
    if found is None:
        raise NotFound(say("There is no such decision."))
    return found


def the_clearance(public_id: str) -> Clearance:
    """Raises NotFound."""
    found = db.session.scalar(select(Clearance).where(Clearance.public_id == public_id))
    if found is None:
        raise NotFound(say("There is no such clearance."))
    return found


def decisions_of(person_id: int) -> Sequence[RuleHit]:
    """Every decision for a person that was not withdrawn, the latest first."""
    wanted = (
        select(RuleHit)
        .where(is_of_person(RuleHit.client_id, person_id), RuleHit.withdrawn_at.is_(None))
        .options(joinedload(RuleHit.decided_by))
        .order_by(RuleHit.id.desc())
    )
    return db.session.scalars(wanted).all()


def clearances_of(person_id: int) -> Sequence[Clearance]:
    """Everything that providers were asked for a person, the latest first."""
    wanted = (
        _with_people(select(Clearance))
        .where(is_of_person(Clearance.client_id, person_id))
        .order_by(Clearance.id.desc())
    )
    return db.session.scalars(wanted).all()


def limits_of_order(person_id: int, order: str) -> list[Clearance]:
    """The limits that stand for what an order asks to be careful with, by its public id."""
    wanted = select(Clearance).where(
        is_of_person(Clearance.client_id, person_id), Clearance.status == LIMITED
    )
    return [one for one in db.session.scalars(wanted) if asking_of(one).order == order]


def open_clearances() -> Sequence[Clearance]:
    """What waits for an answer, the oldest first."""
    wanted = (
        _with_people(select(Clearance))
        .where(Clearance.status == "asked")
        .order_by(Clearance.asked_at, Clearance.id)
    )
    return db.session.scalars(wanted).all()


def _with_people(wanted: Select[Any]) -> Select[Any]:
    return wanted.options(
        joinedload(Clearance.provider),
        joinedload(Clearance.asked_by),
        joinedload(Clearance.client).joinedload(Client.key),
    )
