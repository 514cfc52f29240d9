"""Verbs for single facts: take them over, record, change, end; and answers without a form.

A fact is never changed: what is known better is another one, and the earlier has ended.
"""

import json
from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import date

from clinic.anatomy import is_spot
from clinic.clients.models import Client
from clinic.clients.queries import kept_record, may_read_health
from clinic.clients.services import hold_person
from clinic.core.clock import now, today
from clinic.core.db import db
from clinic.core.errors import Conflict, DomainError, NotAllowed
from clinic.core.guard import verb
from clinic.core.permissions import Actor, Permission
from clinic.core.words import Words, say
from clinic.health.models import HealthFact, IntakeResponse
from clinic.health.queries.facts import fact_of, refs_known
from clinic.health.rules.facts import KINDS, SAID, Answer, Fact, fact_to_json
from clinic.health.rules.telling import answer_to_json
from clinic.health.rules.vocabulary import ANSWERS, CODES, DETAILS, OTHER, READINGS
from clinic.health.services.sheets import refresh
from clinic.practice.queries import the_practice

TEXT_MAX = 500
BY_STAFF = ("therapist", "provider")
"""Sources for which a therapist in the client's care answers: they were read when written."""


@verb(Permission.CLINICAL_ENTER)
def take_facts(
    client: Client,
    facts: Sequence[Fact],
    *,
    actor: Actor,
    source: str,
    response: IntakeResponse | None = None,
) -> list[HealthFact]:
    """Write down many facts of one client at once, then make the sheet anew.

    ``source`` is one of ``HealthFact.SOURCES``; what a client or an import says waits to be read,
    and for what a therapist or a provider says somebody in the client's care answers.
    Of an import each fact's ``ref`` names its line, and a line that was taken before is left out.
    Who takes facts of several clients in one transaction holds them all first
    (``clients.services.hold_person``). Raises DomainError, NotAllowed.
    """
    if source in BY_STAFF:
        _must_treat(actor, client)
    hold_person(client)
    rows = add_facts(client, facts, actor=actor, source=source, response=response)
    refresh(client, actor=actor)
    return rows


@verb(Permission.CLINICAL_ENTER)
def record_fact(
    client: Client, fact: Fact, *, actor: Actor, source: str = "therapist"
) -> HealthFact:
    """Write down one fact that a therapist knows, or heard from a provider.

    Raises DomainError, NotAllowed for who does not treat this client.
    """
    _must_treat(actor, client)
    return take_facts(kept_record(client), [fact], actor=actor, source=source)[0]


@verb(Permission.CLINICAL_DECIDE)
def change_fact(
    row: HealthFact, fact: Fact, *, actor: Actor, source: str = "therapist"
) -> HealthFact:
    """Put another fact in the place of one that stands; the earlier one is kept as ended.

    Raises Conflict where it has ended meanwhile, DomainError, NotAllowed.
    """
    _must_treat(actor, row.client)
    hold_person(row.client)
    _must_stand(row)
    new = add_facts(row.client, [fact], actor=actor, source=source)[0]
    db.session.flush()
    close(row, "replaced", by=new)
    refresh(row.client, actor=actor)
    return new


@verb(Permission.CLINICAL_DECIDE)
def end_fact(row: HealthFact, *, actor: Actor, why: str = "review") -> None:
    """Say that a fact counts no more: it was looked at (``review``) or was an ``error``.

    A condition that is not so has been asked about, and answered with no. Raises Conflict
    where it has ended meanwhile, NotAllowed.
    """
    _must_treat(actor, row.client)
    hold_person(row.client)
    _must_stand(row)
    close(row, why)
    _answer_with_no(row, actor)
    refresh(row.client, actor=actor)


@verb(Permission.CLINICAL_DECIDE)
def confirm_fact(row: HealthFact, *, actor: Actor) -> None:
    """Say that a therapist has read it and it stands. Raises Conflict, NotAllowed."""
    _must_treat(actor, row.client)
    hold_person(row.client)
    _must_stand(row)
    row.is_reviewed = True
    refresh(row.client, actor=actor)


@verb(Permission.CLINICAL_DECIDE)
def record_answers(
    client: Client, answers: Sequence[Answer], *, actor: Actor, source: str = "therapist"
) -> list[HealthFact]:
    """Write down what a client said without a form ("no known allergies"): topic and answer.

    Raises DomainError, NotAllowed.
    """
    _must_treat(actor, client)
    client = kept_record(client)
    hold_person(client)
    rows = [_answer_row(client, one, actor, source) for one in answers]
    db.session.add_all(rows)
    refresh(client, actor=actor)
    return rows


def add_facts(
    client: Client,
    facts: Iterable[Fact],
    *,
    actor: Actor,
    source: str,
    response: IntakeResponse | None = None,
) -> list[HealthFact]:
    """The rows of facts, checked and added; the sheet is left to the verb that calls this."""
    if source not in HealthFact.SOURCES:
        raise ValueError(source)
    on = today(the_practice().zone)
    wanted = [checked(fact, on) for fact in facts]
    if source == "import":
        known = refs_known([fact.ref for fact in wanted])
        wanted = [fact for fact in wanted if fact.ref not in known]
    rows = [_row(client, fact, actor, source, response) for fact in wanted]
    db.session.add_all(rows)
    return rows


def close(row: HealthFact, why: str, *, by: HealthFact | None = None) -> None:
    """End a row; part of verbs."""
    row.ended_at, row.ended_why = now(), why
    row.is_reviewed = True
    row.replaced_by_id = by.id if by else None


def _answer_with_no(row: HealthFact, actor: Actor) -> None:
    fact = fact_of(row)
    if fact.kind == "condition" and fact.code != OTHER:
        said = Answer(fact.topic, "no", today(the_practice().zone))
        db.session.add(_answer_row(row.client, said, actor, "therapist"))


def checked(fact: Fact, on: date) -> Fact:
    """The fact in the spelling of the lists: what they do not name is OTHER, with its text.

    Raises DomainError beside its field.
    """
    if fact.kind not in KINDS:
        raise ValueError(fact.kind)
    fact = replace(fact, text=fact.text.strip()[:TEXT_MAX], details=tuple(sorted(fact.details)))
    if fact.kind == "reading":
        _check_reading(fact)
    elif fact.code not in CODES[fact.kind]:
        fact = replace(fact, code=OTHER, text=fact.text or fact.code)
    if fact.code == OTHER and not fact.text:
        raise _wrong(say("Say in a few words what it is."), "text")
    _check_days(fact, on)
    if fact.area and not is_spot(fact.area, fact.side or "N"):
        raise _wrong(say("Choose an area that has this side."), "area")
    for name, value in fact.details:
        if value not in DETAILS[fact.kind].get(name, ()):
            raise _wrong(say("Choose from the list."), name)
    return fact


def _check_reading(fact: Fact) -> None:
    measure = READINGS.get(fact.code)
    if measure is None:
        raise _wrong(say("Choose from the list."), "code")
    if fact.value is None or not measure.least <= fact.value <= measure.most:
        text = "Enter a figure from {least} to {most}."
        raise _wrong(say(text, least=measure.least, most=measure.most), "value")


def _check_days(fact: Fact, on: date) -> None:
    if fact.on is not None and fact.on > on:
        raise _wrong(say("This day is still to come."), "on")
    if fact.until is not None and fact.on is not None and fact.until < fact.on:
        raise _wrong(say("It cannot be over before it began."), "until")


def _wrong(words: Words, field: str) -> DomainError:
    return DomainError(words, field=field)


def _must_treat(actor: Actor, client: Client) -> None:
    if not (actor.is_system or may_read_health(actor, client.id)):
        raise NotAllowed(say("Only therapists in this client’s care write health facts."))


def _must_stand(row: HealthFact) -> None:
    db.session.refresh(row)
    if row.ended_at is not None:
        raise Conflict(say("Somebody has changed this meanwhile. Look at it again."))


def _row(
    client: Client, fact: Fact, actor: Actor, source: str, response: IntakeResponse | None
) -> HealthFact:
    row = HealthFact(client=client, source=source, recorded_by_id=actor.id)
    row.response_id = response.id if response else None
    row.import_ref = fact.ref or None if source == "import" else None
    row.is_reviewed = source in BY_STAFF
    told = fact_to_json(replace(fact, ref="", source=source))
    row.details = json.dumps(told, ensure_ascii=False, separators=(",", ":"))
    return row


def _answer_row(client: Client, answer: Answer, actor: Actor, source: str) -> HealthFact:
    kind, _, code = answer.topic.partition(":")
    is_known = code in ANSWERS if kind == "answer" else kind in CODES and _is_code(kind, code)
    if answer.said not in SAID or not is_known:
        raise _wrong(say("Choose from the list."), "topic")
    row = HealthFact(client=client, source=source, recorded_by_id=actor.id)
    row.details = answer_to_json(answer)
    return row


def _is_code(kind: str, code: str) -> bool:
    return not code or code in CODES[kind]
