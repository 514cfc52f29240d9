"""Made-up clients fill in their forms, so that made-up sessions may begin."""

from clinic.clients.models import Client
from clinic.clients.queries import kept_record
from clinic.consents.queries import has_consent
from clinic.consents.services import take_consent
from clinic.core.permissions import SYSTEM, Actor
from clinic.health import services as health
from clinic.health.models import IntakeResponse
from clinic.health.queries import known_of
from clinic.health.rules.asking import Item
from clinic.health.rules.forms_1 import FORMS
from clinic.scheduling.models import Visit


def get_ready(visit: Visit, *, actor: Actor) -> None:
    """Before a session: a reviewed history, the questions of the day, and a consent."""
    client, on = kept_record(visit.client), visit.on_date
    known = known_of(client.id)
    if known.history_on is None:
        response = _filled(client, "full", visit)
        health.review(response, actor=actor)
    if known.checked_on != on:
        _filled(client, "check", visit)
    if not has_consent(client.id, "TREATMENT", on):
        take_consent(client, "TREATMENT", actor=SYSTEM, method="signed", signature=client.name)


def _filled(client: Client, name: str, visit: Visit) -> IntakeResponse:
    response = health.begin(client, actor=SYSTEM, form=name, on=visit.on_date)
    asked = (item for item in FORMS[name].items() if item.is_required)
    health.keep(response, {item.key: _mild(item, client) for item in asked}, actor=SYSTEM)
    return health.complete(response, actor=SYSTEM)


def _mild(item: Item, client: Client) -> str:
    if item.kind == "conditions":
        return "none"
    if item.kind in {"yesno", "rows", "pregnancy", "birth"}:
        return "no"
    if item.kind == "choice":
        return item.options[0][0]
    return client.name if item.kind == "sign" else "Neck and shoulders"
