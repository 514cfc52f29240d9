"""What a therapist decides about a rule: that it is seen to, or shown not to apply.

A decision is for exactly what the rule found; when that changes the rule is open again.
"""

import json
from collections.abc import Collection
from datetime import date

from clinic.clients.models import Client
from clinic.clients.queries import kept_record, may_read_health
from clinic.clients.services import hold_person
from clinic.core import clock
from clinic.core.db import db
from clinic.core.errors import Conflict, DomainError, NotAllowed
from clinic.core.guard import verb
from clinic.core.permissions import Actor, Permission
from clinic.core.words import say
from clinic.health.models import RuleHit
from clinic.health.queries.clearances import REASON_MAX
from clinic.health.queries.history import verdict_of
from clinic.health.rules.case import UNKNOWN, Cause
from clinic.health.rules.facts import Answer
from clinic.health.rules.screening import Hit
from clinic.health.services.facts import record_answers
from clinic.health.services.sheets import refresh
from clinic.practice.queries import the_practice

SAYS = ("adjusted", "not_applicable", "cleared")
EVIDENCE = ("finding", "reading", "conversation", "document")
"""What can show that a rule does not apply."""
WORDS_MIN = 3
"""Words in which it must be said why a rule that stops or holds does not apply."""
OPEN = ("open", "ask")
_ALLOWED = {
    "ABSOLUTE": ("not_applicable",),
    "CLEARANCE": ("not_applicable", "cleared"),
}


@verb(Permission.CLINICAL_DECIDE)
def decide(
    client: Client,
    rule: str,
    says: str,
    *,
    actor: Actor,
    inputs: str,
    evidence: str = "",
    text: str = "",
    until: date | None = None,
    on: date | None = None,
) -> RuleHit:
    """Write down what a therapist decided about a rule that was hit, or is to be asked.

    ``inputs`` is the fingerprint of what the page showed; with another one nothing is
    decided. A rule that stops needs evidence, and words about it; one that holds may also be
    ``cleared``: no conversation is needed, for this reason. ``until`` is the last day it counts,
    ``on`` the day it is looked at, today if not said.
    Raises Conflict, DomainError, NotAllowed.
    """
    must_treat(actor, client)
    kept, today = kept_record(client), clock.today(the_practice().zone)
    hold_person(kept)
    hit = the_hit(kept, rule, inputs, on or today)
    _check(hit, says, evidence, text)
    if until is not None and until < today:
        raise DomainError(say("The last day is over already."), field="until")
    row = RuleHit(client=kept, decided_at=clock.now(), decided_by_id=actor.id, valid_until=until)
    told = {"rule": rule, "says": says, "inputs": inputs, "evidence": evidence}
    row.details = json.dumps(told | {"text": text.strip()[:REASON_MAX]}, ensure_ascii=False)
    db.session.add(row)
    db.session.flush()
    refresh(kept, actor=actor)
    return row


@verb(Permission.CLINICAL_DECIDE)
def answer(
    client: Client,
    rule: str,
    topics: Collection[str],
    said: str,
    *,
    actor: Actor,
    inputs: str,
    on: date | None = None,
) -> None:
    """Write down what the client said when a therapist asked what a rule could not tell.

    ``topics`` are among those that the rule's ``ask`` names; ``said`` is yes or no. Raises
    Conflict, DomainError, NotAllowed.
    """
    must_treat(actor, client)
    kept, today = kept_record(client), clock.today(the_practice().zone)
    hold_person(kept)
    hit = the_hit(kept, rule, inputs, on or today)
    asked = {cause.topic: cause for cause in open_topics(hit)}
    if said not in ("yes", "no") or not topics or not set(topics) <= asked.keys():
        raise DomainError(say("Choose an answer."))
    earlier = [asked[topic].answer for topic in topics]
    if said == "no" and any(one is not None and one.on >= today for one in earlier):
        # Of several answers of one day the strictest counts.
        raise DomainError(
            say("Today’s form says otherwise. Write down what shows that it does not apply.")
        )
    told = [Answer(topic, said, today) for topic in sorted(set(topics))]
    record_answers(kept, told, actor=actor)


def open_topics(hit: Hit) -> list[Cause]:
    """What a hit waits for that a plain answer could tell, each topic once."""
    found = {
        cause.topic: cause
        for cause in hit.because
        if hit.state == "ask" and cause.level == UNKNOWN and cause.fact is None
    }
    return list(found.values())


@verb(Permission.CLINICAL_DECIDE)
def withdraw_decision(decision: RuleHit, *, actor: Actor) -> None:
    """A decision no longer counts; the rule is open again. Raises Conflict, NotAllowed."""
    must_treat(actor, decision.client)
    if decision.withdrawn_at is not None:
        raise Conflict(say("This was taken back already."))
    hold_person(decision.client)
    decision.withdrawn_at, decision.withdrawn_by_id = clock.now(), actor.id
    refresh(decision.client, actor=actor)


def must_treat(actor: Actor, client: Client) -> None:
    """Raises NotAllowed for who is not in the client's care."""
    if not may_read_health(actor, client.id):
        raise NotAllowed(say("That is for a therapist in the client’s care."))


def the_hit(client: Client, rule: str, inputs: str, on: date) -> Hit:
    """What a rule found of a client on a day, as a page with this fingerprint showed it.

    Raises Conflict where that is no longer so, or was decided.
    """
    hit = verdict_of(client, on).hit(rule)
    if hit is None or hit.inputs != inputs or hit.state not in OPEN:
        raise Conflict(say("This changed meanwhile. Look at it again."))
    return hit


def _check(hit: Hit, says: str, evidence: str, text: str) -> None:
    is_open = hit.state == "open" or says == "not_applicable"
    if says not in decidable(hit.klass) or not is_open:
        raise DomainError(say("This cannot be decided so."), field="says")
    if says == "adjusted":
        return
    if hit.klass in _ALLOWED and evidence not in EVIDENCE:
        raise DomainError(say("Say what shows it."), field="evidence")
    least = WORDS_MIN if hit.klass in _ALLOWED else 1
    if len(text.split()) < least:
        raise DomainError(say("Say why, in a few words."), field="text")


def decidable(klass: str) -> tuple[str, ...]:
    """What a therapist may decide about a rule of a class."""
    return _ALLOWED.get(klass, SAYS[:2])
