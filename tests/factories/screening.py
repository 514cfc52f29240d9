"""What is known of a made-up client's health, and who treats them."""

import json
from datetime import date, timedelta
from typing import Any

from clinic.clients.models import Client
from clinic.clients.services import join_care
from clinic.core import clock
from clinic.core.guard import writing
from clinic.core.marks import mark_of
from clinic.core.permissions import SYSTEM, Actor
from clinic.core.transactions import transaction
from clinic.health.models import HealthFact
from clinic.health.queries.history import verdict_of
from clinic.health.rules.facts import Fact, fact_to_json
from clinic.health.rules.screening import Hit
from clinic.health.services.sheets import refresh
from clinic.practice.queries import the_practice

LOW_PLATELETS = Fact("condition", "LOW_PLATELETS", text="canary-condition platelets")
CANCER = Fact(
    "condition", "CANCER", text="canary-condition tumour", details=(("status", "active"),)
)
LATEX = Fact("allergy", "LATEX", text="canary-allergy")
CLOT = Fact("condition", "DVT", text="canary-clot", area="CALF", side="L",
            details=(("status", "active"),))  # fmt: skip
FIBROMYALGIA = Fact("condition", "FIBROMYALGIA", text="canary-aches")


def today() -> date:
    """The day on the clinic's calendar."""
    return clock.today(the_practice().zone)


def tomorrow() -> date:
    """The day after."""
    return today() + timedelta(days=1)


def know(client: Client, *facts: Fact, **more: Any) -> list[HealthFact]:
    """Have these facts stand on a client's sheet, as their client told them."""
    with transaction() as session, writing("test.know", SYSTEM):
        rows = []
        for fact in facts:
            row = HealthFact(client=client, source=more.get("source", "client"))
            row.details = json.dumps(fact_to_json(fact))
            row.is_reviewed = more.get("is_reviewed", True)
            session.add(row)
            rows.append(row)
        session.flush()
        refresh(client, actor=SYSTEM)
        return rows


def treat(client: Client, actor: Actor) -> None:
    """Let somebody treat this client."""
    with transaction():
        join_care(client, actor.id, actor=SYSTEM, by_visit=True)


def hit_of(client: Client, rule: str, on: date | None = None) -> Hit:
    """What a rule finds of a client; it must find something."""
    hit = verdict_of(client, on or today()).hit(rule)
    assert hit is not None, f"{rule} finds nothing"
    return hit


def found(own: str, rule: str) -> str:
    """The address below a client's health page at which a rule is decided."""
    return f"{own}/found/{mark_of(own.split('/')[2], rule)}"
