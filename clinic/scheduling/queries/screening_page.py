"""What a booking page says of health before anybody books: effects and ways on, never why."""

from dataclasses import dataclass
from datetime import date

from sqlalchemy import select

from clinic.catalogue.models import Service, ServiceTechnique, Technique
from clinic.clients.models import Client
from clinic.clients.queries import may_read_health
from clinic.core.db import db
from clinic.core.permissions import Actor, Permission
from clinic.core.words import Words
from clinic.scheduling.queries.screens import screen_of
from clinic.scheduling.queries.wishes import Offer
from clinic.scheduling.rules.screening import MISFIT, is_treating, phrases

OTHERS = 3
"""How many other services are named."""


@dataclass(frozen=True, slots=True)
class Gate:
    """The gate's answer: ``refused`` is why nothing can be booked, ``effects`` are phrases.

    ``others`` are services (public id, name) that may be booked instead, ``needs_reason`` says
    that a therapist books with a reason, ``may_read`` that this person may see why, and
    ``may_ask`` that they may ask a provider about what holds a visit ``on`` this day.
    """

    refused: Words | None
    effects: tuple[Words, ...]
    is_held: bool = False
    is_stopped: bool = False
    needs_reason: bool = False
    may_read: bool = False
    may_ask: bool = False
    on: date | None = None
    others: tuple[tuple[str, str], ...] = ()


NO_GATE = Gate(None, ())


def gate_of(offer: Offer, client: Client | None, services: dict[str, str], actor: Actor) -> Gate:
    """At most three queries more, and none where there is nothing to say."""
    case = offer.screened
    if client is None or not (offer.refused or case.effects):
        return NO_GATE
    is_suited = not case.is_misfit
    may_read = may_read_health(actor, client.id)
    told = {"review", MISFIT} if offer.refused else {"review"}  # what the heading says
    return Gate(
        refused=offer.refused,
        effects=phrases(case.effects, but=told),
        is_held=case.is_held,
        is_stopped=case.is_stopped,
        needs_reason=is_treating(actor) and is_suited and (case.is_held or case.is_stopped),
        may_read=may_read,
        may_ask=may_read and case.is_held and actor.may(Permission.CLINICAL_DECIDE),
        on=offer.on,
        others=() if is_suited or case.is_stopped else _others(offer, client, services),
    )


def _others(offer: Offer, client: Client, services: dict[str, str]) -> tuple[tuple[str, str], ...]:
    """The first of the services offered that nothing stands in the way of."""
    about: dict[str, set[str]] = {one: set() for one in services}
    rows = db.session.execute(
        select(Service.public_id, Technique.code)
        .join(ServiceTechnique, ServiceTechnique.service_id == Service.id)
        .join(Technique, Technique.id == ServiceTechnique.technique_id)
        .where(ServiceTechnique.is_primary, Service.is_active)
    )
    for public_id, code in rows:
        about.setdefault(public_id, set()).add(code)
    screen = screen_of(client.known_as)
    verdict = screen.verdict(offer.on)
    found = [
        (one, name)
        for one, name in services.items()
        if not screen.judged(verdict, frozenset(about[one])).is_misfit
    ]
    return tuple(found[:OTHERS])
