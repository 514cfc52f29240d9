"""A catalogue to begin with: techniques, 19 services, add-ons, what they ask for and need."""

import json
from datetime import date
from importlib.resources import files
from typing import Any

from clinic.catalogue.models import AddOn, EquipmentKind, RoomFeature, Service, Technique
from clinic.catalogue.queries import codes_in_use
from clinic.catalogue.queries.needs import default_policy
from clinic.catalogue.services.add_ons import offer_add_on
from clinic.catalogue.services.late_policies import write_late_policy
from clinic.catalogue.services.needs import name_equipment_kind, name_feature
from clinic.catalogue.services.offers import offer_length, offer_service
from clinic.catalogue.services.techniques import name_technique
from clinic.core.guard import verb
from clinic.core.permissions import Actor, Permission
from clinic.staff.models import Qualification
from clinic.staff.services import name_qualification

SINCE = date(2000, 1, 1)
"""The starter's prices have held since ever, so that the owner may set others from today on."""


@verb(Permission.CATALOGUE_WRITE)
def stock_starter(*, actor: Actor, since: date = SINCE) -> int:
    """Put the starter's services into the catalogue, and say how many were new.

    What has one of its codes already is left as it is, so doing it again adds nothing.
    """
    starter = json.loads(files("clinic.catalogue").joinpath("starter.json").read_text("utf-8"))
    for facts in _new(starter["qualifications"], Qualification):
        name_qualification(actor=actor, code=facts["code"], name=facts["name"])
    for facts in _new(starter["techniques"], Technique):
        name_technique(actor=actor, **facts)
    for facts in _new(starter["room_features"], RoomFeature):
        name_feature(actor=actor, **facts)
    for facts in _new(starter["equipment_kinds"], EquipmentKind):
        name_equipment_kind(actor=actor, **facts)
    if default_policy() is None:
        write_late_policy(actor=actor, **starter["late_policy"])
    services = _new(starter["services"], Service)
    for facts in services:
        _offer(facts, actor=actor, since=since)
    for facts in _new(starter["add_ons"], AddOn):
        offer_add_on(actor=actor, effective_from=since, **facts)
    return len(services)


def _new(listed: list[dict[str, Any]], kind: type[Any]) -> list[dict[str, Any]]:
    known = codes_in_use(kind)
    return [facts for facts in listed if facts["code"] not in known]


def _offer(facts: dict[str, Any], *, actor: Actor, since: date) -> None:
    prices = facts.pop("prices")
    service = offer_service(actor=actor, **facts)
    for minutes, amount in prices.items():
        offer_length(
            service,
            actor=actor,
            minutes=int(minutes),
            amount_minor=amount,
            effective_from=since,
        )
