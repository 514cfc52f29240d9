"""Made-up clients fill in their forms, so that made-up sessions may begin."""

from collections.abc import Mapping
from datetime import date

from clinic.cli.told import CHECKED, TOLD
from clinic.clients.models import Client
from clinic.clients.queries import kept_record
from clinic.consents.queries import has_consent
from clinic.consents.services import take_consent
from clinic.core.permissions import SYSTEM, Actor
from clinic.health import services as health
from clinic.health.models import IntakeResponse
from clinic.health.queries import known_of
from clinic.health.rules.asking import Item
from clinic.health.rules.facts import Answer
from clinic.health.rules.forms_1 import FORMS
from clinic.scheduling.models import Visit


def get_ready(visit: Visit, *, actor: Actor) -> None:
    """Before a session: a reviewed history, the questions of the day, and a consent."""
    client, on = kept_record(visit.client), visit.on_date
    if known_of(client.id).history_on is None:
        response = fill_in(client, "full", on, TOLD.get(_full(client), {}))
        health.review(response, actor=actor)
        _talk_over(client, on, actor)
    get_checked(visit, actor=actor)
    agree(client, on)


def _talk_over(client: Client, on: date, actor: Actor) -> None:
    """Their therapist asks whether what they ticked is all that there is to it."""
    told = [fact for fact in known_of(client.id).sheet.facts if fact.kind == "condition"]
    if told:
        health.record_answers(client, [Answer(one.topic, "yes", on) for one in told], actor=actor)


def get_checked(visit: Visit, *, actor: Actor) -> None:
    """They answer the questions of the day, where they were not answered yet."""
    client, on = kept_record(visit.client), visit.on_date
    if known_of(client.id).checked_on != on:
        said = CHECKED.get(_full(client), {})
        response = fill_in(client, "check", on, said)
        if said:
            health.review(response, actor=actor)


def agree(client: Client, on: date) -> None:
    """The consent that every treatment needs: a minor's is their guardian's."""
    is_young = health.is_minor(client, on)
    kinds = ("MINOR_GUARDIAN", "TREATMENT") if is_young else ("TREATMENT",)
    name = client.guardian_name if is_young else client.name
    for kind in kinds:
        if not has_consent(client.id, kind, on):
            take_consent(
                client, kind, actor=SYSTEM, method="signed", signature=name,
                given_by="guardian" if is_young else "client",
            )  # fmt: skip


def fill_in(client: Client, name: str, on: date, said: Mapping[str, str]) -> IntakeResponse:
    """A client, or who answers for them, sends a form: all no, but for what is ``said``."""
    giver = "guardian" if health.is_minor(client, on) else "client"
    response = health.begin(client, actor=SYSTEM, form=name, on=on, given_by=giver)
    asked = (item for item in FORMS[name].items() if item.is_required)
    mild = {item.key: _mild(item, client) for item in asked}
    health.keep(response, mild | dict(said), actor=SYSTEM)
    return health.complete(response, actor=SYSTEM)


def _full(client: Client) -> str:
    return f"{client.first_name} {client.last_name}"


def _mild(item: Item, client: Client) -> str:
    if item.kind == "conditions":
        return "none"
    if item.kind in {"yesno", "rows", "pregnancy", "birth"}:
        return "no"
    if item.kind == "choice":
        return item.options[0][0]
    name = client.guardian_name or client.name
    return name if item.kind == "sign" else "Neck and shoulders"
