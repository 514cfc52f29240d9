"""A provider is asked, and answers: the conversation itself is what is kept.

Who, when, how, and what was said. A signed note is no more than that, and says less
(Associated Bodywork & Massage Professionals, Ruth Werner, "Why 'Get a Doctor's Note' Isn't
Good Enough", abmp.com; "A doctor's note is permission, not safety", atpeacemedia.com).
"""

import json
from collections.abc import Sequence
from dataclasses import asdict, replace
from datetime import date
from typing import Any

from clinic.anatomy import POSITIONS, is_spot
from clinic.clients.models import Client
from clinic.clients.queries import kept_record
from clinic.clients.services import hold_person
from clinic.core import clock
from clinic.core.announcements import announce
from clinic.core.db import db
from clinic.core.errors import Conflict, DomainError
from clinic.core.guard import verb
from clinic.core.permissions import Actor, Permission
from clinic.core.tongue import spoken
from clinic.core.words import say
from clinic.directory.models import Provider
from clinic.health.events import ClearanceMoved
from clinic.health.models import Clearance
from clinic.health.queries.clearances import (
    LIMITED,
    MINUTES,
    SAID_MAX,
    Asking,
    asking_of,
    limits_of_order,
)
from clinic.health.queries.history import verdict_of
from clinic.health.rules.facts import Limits, limits_to_json
from clinic.health.rules.limiting import NONE
from clinic.health.rules.screening import Hit
from clinic.health.services.deciding import must_treat
from clinic.health.services.sheets import refresh
from clinic.practice.queries import the_practice

HOW = ("phone", "in_person", "letter", "message")
"""How a provider is spoken with."""
OUTCOMES = ("cleared", "cleared_with_limits", "refused")


@verb(Permission.CLINICAL_DECIDE)
def ask_clearance(
    client: Client,
    rules: Sequence[str],
    *,
    actor: Actor,
    provider: Provider | None = None,
    question: str = "",
    how: str = "",
    on: date | None = None,
) -> Clearance:
    """Write down that a provider is asked about these rules, which hold a client's visits.

    ``question`` is what is asked in words, ``how`` one of ``HOW`` where it is known, ``on`` the
    day whose visit is held: today if not said.
    Raises Conflict for a rule that does not ask for it, NotAllowed.
    """
    must_treat(actor, client)
    kept = kept_record(client)
    _check_how(how)
    today = clock.today(the_practice().zone)
    hits = _hits(kept, rules, on or today)
    clearance = Clearance(
        client=kept, provider=provider, asked_at=clock.now(), asked_by_id=actor.id, status="asked"
    )
    _keep(
        clearance,
        Asking(
            rules=tuple(hit.rule for hit in hits),
            inputs=tuple(hit.inputs for hit in hits),
            question=question.strip()[:SAID_MAX],
            how=how,
            for_day=on if on != today else None,
        ),
    )
    db.session.add(clearance)
    _tell(clearance)
    return clearance


@verb(Permission.CLINICAL_DECIDE)
def ask_whom(
    clearance: Clearance, provider: Provider, *, actor: Actor, version: int | None = None
) -> None:
    """Say which provider is asked, until one has answered. Raises Conflict, DomainError,
    NotAllowed, StaleEdit."""
    must_treat(actor, clearance.client)
    hold_person(clearance.client)
    clearance.expect(version)
    if clearance.status != "asked":
        raise Conflict(say("This was answered already."))
    if provider.status != "active":
        text = "{name} is no longer in practice. Choose somebody else."
        raise DomainError(say(text, name=provider.name), field="provider")
    clearance.provider = provider
    _tell(clearance)


@verb(Permission.CLINICAL_DECIDE)
def record_answer(
    clearance: Clearance,
    *,
    actor: Actor,
    outcome: str,
    said_by: str,
    said: str,
    how: str,
    on: date,
    valid_until: date | None = None,
    limits: Limits | None = None,
    inputs: Sequence[str] | None = None,
    version: int | None = None,
) -> None:
    """Write down what a provider answered: who (``said_by``), on which day, in which words.

    ``limits`` stand in place of the rules' own effects where it is cleared with limits; where
    it is cleared without, nothing is left of them. ``inputs`` are the fingerprints of what the
    page showed: with others the provider spoke of something else. Raises Conflict,
    DomainError, NotAllowed, StaleEdit.
    """
    must_treat(actor, clearance.client)
    hold_person(clearance.client)
    clearance.expect(version)
    if clearance.status != "asked":
        raise Conflict(say("This was answered already."))
    _check_answer(outcome, said_by, said, how)
    _check_days(on, valid_until)
    asking = asking_of(clearance)
    given = _limits(outcome, limits or Limits())
    present = present_inputs(clearance.client, asking)
    if inputs is not None and tuple(inputs) != present:
        raise Conflict(say("What is known changed meanwhile. Look at it again."))
    clearance.status, clearance.valid_until = outcome, valid_until
    clearance.answered_at, clearance.answered_by_id = clock.now(), actor.id
    _keep(
        clearance,
        replace(
            asking,
            inputs=present,
            said_by=said_by.strip(),
            said=said.strip()[:SAID_MAX],
            answered_how=how,
            since=on,
            limits=given,
        ),
    )
    db.session.flush()
    refresh(clearance.client, actor=actor)
    _tell(clearance)


@verb(Permission.CLINICAL_DECIDE)
def limit_by_order(
    client: Client, *, actor: Actor, order: str, provider: Provider, limits: Limits
) -> Clearance | None:
    """Set what an order asks to be careful with, as limits that hold from today on until somebody
    takes them back: in place of those that were set for it before. None where nothing is limited.

    ``order`` is its public id; whoever calls knows that it is this client's. They stay with the
    order's own record, also where that is merged into another and parted again. Nobody was asked,
    and nobody has to be told. Raises DomainError, NotAllowed.
    """
    must_treat(actor, client)
    _check_limits(limits)
    hold_person(client)
    for before in limits_of_order(client.known_as, order):
        _take_back(before, spoken(_CONFIRMED_ANEW), actor)
    if limits == NONE:
        return None
    today, at = clock.today(the_practice().zone), clock.now()
    row = Clearance(
        client=client, provider=provider, status=LIMITED, asked_at=at, asked_by_id=actor.id,
        answered_at=at, answered_by_id=actor.id,
    )  # fmt: skip
    told = Asking(
        rules=(), inputs=(), said_by=provider.name, since=today, limits=limits, order=order
    )
    _keep(row, told)
    db.session.add(row)
    db.session.flush()
    refresh(client, actor=actor)
    return row


_CONFIRMED_ANEW = say("The precautions of the order were confirmed anew.")


@verb(None)
def limit_no_more(client: Client, *, actor: Actor, order: str, why: str) -> None:
    """Take back the limits that an order set (``limit_by_order``): it is none of this client's.

    Part of other verbs, which have asked for their own permission.
    """
    hold_person(client)
    for limits in limits_of_order(client.known_as, order):
        _take_back(limits, why, actor)


@verb(Permission.CLINICAL_DECIDE)
def withdraw_clearance(
    clearance: Clearance, *, actor: Actor, why: str, version: int | None = None
) -> None:
    """It is no longer asked, or what was answered counts no more. Raises Conflict, DomainError."""
    must_treat(actor, clearance.client)
    hold_person(clearance.client)
    clearance.expect(version)
    if clearance.status == "withdrawn":
        raise Conflict(say("This was taken back already."))
    if not why.strip():
        raise DomainError(say("Say why."), field="why")
    _take_back(clearance, why, actor)


@verb(None)
def ask_no_more(clearance: Clearance, *, actor: Actor, why: str) -> None:
    """Nobody asks the provider any longer; the rules are open again, and visits stay held.

    Part of other verbs, which have asked for their own permission. Raises Conflict.
    """
    hold_person(clearance.client)
    if clearance.status != "asked":
        raise Conflict(say("This was answered already."))
    _take_back(clearance, why, actor)


def _take_back(clearance: Clearance, why: str, actor: Actor) -> None:
    clearance.why = why.strip()[:SAID_MAX]
    clearance.status, clearance.answered_at = "withdrawn", None
    db.session.flush()
    refresh(clearance.client, actor=actor)
    _tell(clearance)


def _tell(clearance: Clearance) -> None:
    db.session.flush()
    announce(ClearanceMoved(clearance.id))


def present_hits(client: Client, asking: Asking) -> list[Hit]:
    """What of the rules asked about holds the client now, on the day for which it was asked;
    once that has passed, today."""
    today = clock.today(the_practice().zone)
    verdict = verdict_of(client, max(asking.for_day or today, today))
    return [hit for hit in verdict.hits if hit.rule in asking.rules]


def present_inputs(client: Client, asking: Asking) -> tuple[str, ...]:
    """The fingerprints of the rules as they are hit now; as they were asked where they are not."""
    found = {hit.rule: hit.inputs for hit in present_hits(client, asking)}
    pairs = zip(asking.rules, asking.inputs, strict=True)
    return tuple(found.get(rule, before) for rule, before in pairs)


def limits_of(hits: Sequence[Hit]) -> Limits:
    """The rules' own effects as limits: where a provider's answer begins."""
    pressures = [hit.pressure for hit in hits if hit.pressure is not None]
    return Limits(
        pressure=min(pressures, default=None),
        blocked=tuple(dict.fromkeys(code for hit in hits for code in hit.blocks)),
        areas=tuple(dict.fromkeys(spot for hit in hits for spot in hit.areas)),
    )


def _hits(client: Client, rules: Sequence[str], on: date) -> list[Hit]:
    verdict = verdict_of(client, on)
    found = [verdict.hit(rule) for rule in dict.fromkeys(rules)]
    hits = [hit for hit in found if hit is not None and hit.klass == "CLEARANCE"]
    if not hits or len(hits) < len(found):
        raise Conflict(say("This changed meanwhile. Look at it again."))
    return hits


def _check_how(how: str) -> None:
    if how not in ("", *HOW):
        raise DomainError(say("Choose from the list."), field="how")


def _check_answer(outcome: str, said_by: str, said: str, how: str) -> None:
    if outcome not in OUTCOMES:
        raise DomainError(say("Choose what the answer was."), field="outcome")
    if not said_by.strip():
        raise DomainError(say("Say who answered."), field="said_by")
    if not said.strip():
        raise DomainError(say("Write down what was said."), field="said")
    if how not in HOW:
        raise DomainError(say("Choose from the list."), field="how")


def _check_days(on: date, valid_until: date | None) -> None:
    today = clock.today(the_practice().zone)
    if on > today:
        raise DomainError(say("This day has not come yet."), field="since")
    if valid_until is not None and valid_until < on:
        raise DomainError(say("The end lies before the beginning."), field="valid_until")


def _limits(outcome: str, limits: Limits) -> Limits:
    if outcome != "cleared_with_limits":
        return Limits()
    if limits == NONE:
        raise DomainError(say("Say which limits, or choose “cleared”."), field="outcome")
    _check_limits(limits)
    return limits


def _check_limits(limits: Limits) -> None:
    least, most = MINUTES
    if limits.minutes is not None and not least <= limits.minutes <= most:
        words = say("Sessions last {least} to {most} minutes.", least=least, most=most)
        raise DomainError(words, field="minutes")
    if limits.pressure is not None and limits.pressure not in range(6):
        raise DomainError(say("From 0 to 5."), field="pressure")
    if not all(is_spot(*spot) for spot in limits.areas):
        raise DomainError(say("Choose from the list."), field="areas")
    if not set(limits.positions) <= set(POSITIONS):
        raise DomainError(say("Choose from the list."), field="positions")


def _keep(clearance: Clearance, asking: Asking) -> None:
    told: dict[str, Any] = asdict(asking)
    for day in ("since", "for_day"):
        told[day] = told[day].isoformat() if told[day] else None
    told["limits"] = limits_to_json(asking.limits)
    clearance.details = json.dumps(told, ensure_ascii=False)
