"""A record's sheet is made anew whenever something in it changes: once at the end of a verb.

Facts, answers, decisions, clearances and refused consents each stand in their own rows; the
sheet is what screening reads of them, so that asking costs one statement.
"""

import json
from dataclasses import replace
from datetime import date
from typing import Any

from sqlalchemy import Select, select

from clinic.clients.events import PersonChanged
from clinic.clients.models import Client
from clinic.clients.queries import is_of_person
from clinic.clients.services import hold_person, touch
from clinic.consents.events import ConsentChanged
from clinic.consents.queries import consents_on
from clinic.core.announcements import announce
from clinic.core.clock import local_day, today
from clinic.core.db import db
from clinic.core.guard import current_verb, verb
from clinic.core.permissions import SYSTEM, Actor
from clinic.health.events import FactsChanged
from clinic.health.models import Clearance, FactSheet, HealthFact, IntakeResponse, RuleHit
from clinic.health.rules.facts import (
    Answer,
    Clearing,
    Decision,
    Fact,
    Sheet,
    fact_from_json,
    limits_from_json,
    to_json,
)
from clinic.health.rules.telling import (
    ANSWER,
    Told,
    answer_from,
    answers_that_count,
    is_news,
    told_from,
)
from clinic.health.rules.vocabulary import OTHER
from clinic.practice.queries import the_practice

__all__ = ["ANSWER", "hear_consent", "hear_person", "refresh"]

REFUSABLE = ("SHARE_PROVIDER",)


@verb(None)
def refresh(client: Client, *, actor: Actor) -> None:
    """Make a record's sheet anew, and tell those above.

    Part of other verbs, which have asked for their own permission; once in each, at its end.
    """
    hold_person(client)
    touch(client.id, actor=actor)
    db.session.flush()
    responses = _all(_responses(client.known_as))
    rows = _all(select(FactSheet).where(is_of_person(FactSheet.client_id, client.known_as)))
    if all(row.client_id != client.id for row in rows):
        rows.append(FactSheet(client=client, client_id=client.id, version=0, contents_sealed=b""))
        db.session.add(rows[-1])
    for row in rows:
        _make_anew(row, responses)
    db.session.flush()
    announce(FactsChanged(client.id))


def _make_anew(row: FactSheet, responses: list[IntakeResponse]) -> None:
    """One record's sheet, by what was answered on all records of the person."""
    sheet = _sheet_of(row.client, responses)
    row.version += 1
    row.contents = to_json(sheet)
    row.history_on, row.is_reviewed = sheet.history_on, sheet.is_reviewed
    own = [one for one in responses if one.client_id == row.client_id]
    row.checked_on = max((one.on_date for one in own if one.form == "check"), default=None)


def hear_consent(event: ConsentChanged) -> None:
    """A consent was given, refused or taken back: one rule asks for that."""
    _refresh_for(event.client_id)


def hear_person(event: PersonChanged) -> None:
    """Records were joined or parted: what counts of their forms is another now."""
    if db.session.scalar(select(FactSheet.id).where(FactSheet.client_id == event.client_id)):
        _refresh_for(event.client_id)


def _refresh_for(client_id: int) -> None:
    at_work = current_verb()
    client = db.session.get_one(Client, client_id)
    refresh(client, actor=at_work[1] if at_work else SYSTEM)


def _sheet_of(client: Client, responses: list[IntakeResponse]) -> Sheet:
    client_id = client.id
    rows = _all(select(HealthFact).where(_is_live(client_id)).order_by(HealthFact.id))
    told = [json.loads(row.details) | {"ref": row.public_id} for row in rows]
    forms = [_told(one) for one in responses if one.client_id == client_id]
    own = {one.public_id for one in responses if one.client_id == client_id}
    counting = answers_that_count(_told(one) for one in responses)
    said = [answer_from(one, one["ref"]) for one in told if one["kind"] == ANSWER]
    said += [_named(one, row) for one, row in zip(told, rows, strict=True) if _is_named(one)]
    days = [one.on for one in forms if one.form == "full"]
    return Sheet(
        facts=tuple(_fact(one, row) for one, row in zip(told, rows, strict=True) if _is_fact(one)),
        answers=(*(one for one in counting if one.ref in own), *said),
        decisions=_decisions(client_id),
        clearings=_clearings(client),
        refused=_refused(client),
        history_on=max(days, default=None),
        is_reviewed=not any(_waits(one) for one in forms) and all(one.is_reviewed for one in rows),
    )


def _is_named(one: dict[str, Any]) -> bool:
    return bool(one["kind"] == "condition" and one["code"] != OTHER)


def _named(one: dict[str, Any], row: HealthFact) -> Answer:
    """Who names a condition has answered whether they have it: what is told of it is all of it."""
    on = local_day(row.created_at, the_practice().zone)
    return Answer(f"condition:{one['code']}", "yes", on, ref=one["ref"])


def _waits(one: Told) -> bool:
    """Whether a therapist has yet to look at it: a check on which nothing is new needs nobody."""
    return not one.is_reviewed and (one.form != "check" or is_news(one))


def _is_live(client_id: int) -> Any:
    return (HealthFact.client_id == client_id) & HealthFact.ended_at.is_(None)


def _responses(person_id: int) -> Select[Any]:
    """What a person answered and stands: completed and reviewed forms, the earliest first."""
    return (
        select(IntakeResponse)
        .where(
            is_of_person(IntakeResponse.client_id, person_id),
            IntakeResponse.status.in_(("completed", "reviewed")),
        )
        .order_by(IntakeResponse.on_date, IntakeResponse.id)
    )


def _told(row: IntakeResponse) -> Told:
    return told_from(
        row.answers,
        form=row.form,
        on=row.on_date,
        is_reviewed=row.status == "reviewed",
        ref=row.public_id,
    )


def _is_fact(told: dict[str, Any]) -> bool:
    return bool(told["kind"] != ANSWER)


def _fact(told: dict[str, Any], row: HealthFact) -> Fact:
    return fact_from_json(told | {"source": row.source})


def _decisions(client_id: int) -> tuple[Decision, ...]:
    rows = _all(
        select(RuleHit)
        .where(RuleHit.client_id == client_id, RuleHit.withdrawn_at.is_(None))
        .order_by(RuleHit.id)
    )
    return tuple(_decision(row, json.loads(row.details)) for row in rows)


def _decision(row: RuleHit, told: dict[str, Any]) -> Decision:
    return Decision(told["rule"], told["says"], told["inputs"], row.valid_until, row.public_id)


def _clearings(client: Client) -> tuple[Clearing, ...]:
    """What providers cleared, in the order of their answers; whatever was refused later of the
    same person and rule ends it."""
    rows = _all(
        select(Clearance)
        .where(
            is_of_person(Clearance.client_id, client.known_as),
            Clearance.status.in_(("cleared", "cleared_with_limits", "refused")),
        )
        .order_by(Clearance.answered_at, Clearance.id)
    )
    found: list[Clearing] = []
    refused: set[str] = set()
    for row in reversed(rows):
        told = json.loads(row.details)
        if row.status == "refused":
            refused.update(told["rules"])
        elif row.client_id == client.id:
            found.append(_without(_clearing(row, told), refused))
    return tuple(one for one in reversed(found) if one.rules or one.order)


def _without(clearing: Clearing, rules: set[str]) -> Clearing:
    pairs = zip(clearing.rules, clearing.inputs, strict=True)
    left = [(rule, inputs) for rule, inputs in pairs if rule not in rules]
    return replace(
        clearing, rules=tuple(one[0] for one in left), inputs=tuple(one[1] for one in left)
    )


def _clearing(row: Clearance, told: dict[str, Any]) -> Clearing:
    return Clearing(
        rules=tuple(told["rules"]),
        inputs=tuple(told["inputs"]),
        since=date.fromisoformat(told["since"]),
        until=row.valid_until,
        limits=limits_from_json(told.get("limits", {})),
        ref=row.public_id,
        order=told.get("order", ""),
    )


def _refused(client: Client) -> tuple[str, ...]:
    """Kinds of consent that the person refuses or has taken back, nothing of the kind agreed."""
    said = consents_on(client.known_as, today(the_practice().zone))
    return tuple(kind for kind in REFUSABLE if said.is_refused(kind))


def _all(query: Select[Any]) -> list[Any]:
    return list(db.session.scalars(_fresh(query)))


def _fresh(query: Select[Any]) -> Select[Any]:
    """Rows as they stand in the database now, not as this session saw them before."""
    return query.execution_options(populate_existing=True)
