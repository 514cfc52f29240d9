"""Clients with whom a session may begin: a reviewed history, the day's check, a consent."""

from datetime import date
from typing import Any

from clinic.catalogue.models import ServiceTechnique, ServiceVariant, Technique
from clinic.clients.models import Client
from clinic.clients.services import join_care
from clinic.core.guard import writing
from clinic.core.permissions import SYSTEM, Actor
from clinic.core.transactions import transaction
from clinic.health.services import review
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
