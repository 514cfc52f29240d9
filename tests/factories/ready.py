"""Clients with whom a session may begin: a reviewed history, the day's check, a consent."""

from datetime import date
from typing import Any

from sqlalchemy import select

from clinic.catalogue.models import ServiceTechnique, ServiceVariant, Technique
from clinic.clients.models import Client
from clinic.clients.services import join_care
from clinic.core.db import db
from clinic.core.guard import writing
from clinic.core.permissions import SYSTEM, Actor
from clinic.core.transactions import transaction
from clinic.health.models import HealthFact
from clinic.health.queries.history import verdict_of
from clinic.health.rules.facts import Answer
from clinic.health.services import confirm_fact, record_answers, review
from tests.factories import consents, health
from tests.factories.scheduling import House, this_day


def history(client: Client, therapist: Actor, *, on: date | None = None, **more: str) -> Any:
    """A full history, answered with no but for ``more``, and reviewed."""
    response = health.filled(client, on=on or this_day(), **more)
    with transaction():
        join_care(client, therapist.id, actor=SYSTEM, by_visit=True)
        review(response, actor=therapist)
    return response


def ready(house: House, client: Client | None = None, *, on: date | None = None) -> Client:
    """Everything that is asked before a session on a day, today unless said."""
    whom = client or house.client
    history(whom, house.treats)
    health.filled(whom, "check", on=on or this_day())
    consents.agree(whom)
    return whom


def settled(client: Client, therapist: Actor) -> None:
    """The same for somebody of whom something is known already: every fact is read, and what
    rules have to ask is answered with no."""
    history(client, therapist)
    health.filled(client, "check", on=this_day())
    consents.agree(client)
    live = HealthFact.client_id == client.id, HealthFact.ended_at.is_(None)
    for row in db.session.scalars(select(HealthFact).where(*live)).all():
        with transaction():
            confirm_fact(row, actor=therapist)
    hits = [hit for hit in verdict_of(client, this_day()).of("ask") if hit.is_hard]
    asked = {one.topic for hit in hits for one in hit.because if one.fact is None}
    with transaction():
        said = [Answer(topic, "no", this_day()) for topic in sorted(asked)]
        record_answers(client, said, actor=therapist)


def about(variant: ServiceVariant, *codes: str) -> None:
    """Let a service be about these techniques."""
    with transaction() as session, writing("test.about", SYSTEM):
        for code in codes:
            found = session.query(Technique).filter_by(code=code).first()
            technique = found or Technique(code=code, name=code.title())
            session.add(
                ServiceTechnique(
                    service_id=variant.service_id, technique=technique, is_primary=True
                )
            )
        session.flush()
