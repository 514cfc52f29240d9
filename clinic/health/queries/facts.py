"""The facts of a person, one by one, as somebody reads or corrects them."""

import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import Select, select

from clinic.clients.queries import is_of_person
from clinic.core.db import db
from clinic.core.errors import NotFound
from clinic.core.words import say
from clinic.health.models import HealthFact
from clinic.health.rules.facts import Answer, Fact, fact_from_json
from clinic.health.rules.telling import ANSWER, answer_from


@dataclass(frozen=True, slots=True)
class Kept:
    """A fact and the row that it stands in."""

    row: HealthFact
    fact: Fact


def the_fact(public_id: str) -> HealthFact:
    """Raises NotFound."""
    found = db.session.scalar(select(HealthFact).where(HealthFact.public_id == public_id))
    if found is None:
        raise NotFound(say("There is no such entry."))
    return found


def fact_of(row: HealthFact) -> Fact:
    """What a row says, opened; of one that holds an answer, the kind is ``answer``."""
    told: dict[str, Any] = json.loads(row.details)
    if told["kind"] == ANSWER:
        return Fact(ANSWER, told["topic"], text=told["said"], source=row.source, ref=row.public_id)
    return replace(fact_from_json(told), source=row.source, ref=row.public_id)


def live(person_id: int) -> Select[Any]:
    """The rows of a person that have not ended, the earliest first."""
    return (
        select(HealthFact)
        .where(is_of_person(HealthFact.client_id, person_id), HealthFact.ended_at.is_(None))
        .order_by(HealthFact.id)
    )


def facts_of(person_id: int) -> list[Kept]:
    """What is known of a person and has not ended."""
    found = (Kept(row, fact_of(row)) for row in db.session.scalars(live(person_id)))
    return [one for one in found if one.fact.kind != ANSWER]


def ended_facts_of(person_id: int) -> list[Kept]:
    """What was known once and has ended, the latest first."""
    ended = (
        select(HealthFact)
        .where(is_of_person(HealthFact.client_id, person_id), HealthFact.ended_at.is_not(None))
        .order_by(HealthFact.ended_at.desc(), HealthFact.id.desc())
    )
    found = (Kept(row, fact_of(row)) for row in db.session.scalars(ended))
    return [one for one in found if one.fact.kind != ANSWER]


def answers_of(person_id: int) -> list[Answer]:
    """What our people wrote down as answers ("none known"), apart from forms."""
    found = db.session.scalars(live(person_id))
    told = ((row, json.loads(row.details)) for row in found)
    return [answer_from(one, row.public_id) for row, one in told if one["kind"] == ANSWER]


def refs_known(refs: Sequence[str]) -> set[str]:
    """Which of these lines of another system were taken over already."""
    known = select(HealthFact.import_ref).where(HealthFact.import_ref.in_(refs))
    return {ref for ref in db.session.scalars(known) if ref}
