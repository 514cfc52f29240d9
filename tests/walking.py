"""Every page that can be asked for, with the ids of things that are really there."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from flask import Flask
from sqlalchemy import select
from werkzeug.routing import BuildError, Rule

from clinic.admin.office import SCREENS
from clinic.catalogue.models import AddOn, Price, Service, ServiceVariant, Technique
from clinic.clients.models import Client
from clinic.consents.models import Consent
from clinic.coordination.models import ArrivedPaper, OutboundReferral, ProgressReport, Reply
from clinic.core.db import db
from clinic.core.marks import mark_of
from clinic.directory.models import Organisation, Provider
from clinic.health.models import Clearance, HealthFact, IntakeResponse, RuleHit
from clinic.letters.models import Dispatch, Letter, LetterAttachment
from clinic.messages.models import OutboxMessage
from clinic.records.models import AdverseEvent, Note, Reading, TreatmentPlan
from clinic.referrals.models import Authorisation, Referral, ReferralDocument, ReportRule
from clinic.scheduling.models import GroupBooking, Series, Visit, WaitlistEntry
from clinic.tasks.models import Task
from clinic.timetable.models import TimeOff

ARGUMENTS: dict[str, Any] = {
    "add_on_id": AddOn,
    "authorisation_id": Authorisation,
    "clearance_id": Clearance,
    "client_id": Client,
    "consent_id": Consent,
    "decision_id": RuleHit,
    "dispatch_id": Dispatch,
    "document_id": ReferralDocument,
    "enclosed_id": LetterAttachment,
    "entry_id": WaitlistEntry,
    "event_id": AdverseEvent,
    "fact_id": HealthFact,
    "group_id": GroupBooking,
    "letter_id": Letter,
    "message_id": OutboxMessage,
    "note_id": Note,
    "organisation_id": Organisation,
    "outbound_id": OutboundReferral,
    "paper_id": ArrivedPaper,
    "plan_id": TreatmentPlan,
    "price_id": Price,
    "provider_id": Provider,
    "reading_id": Reading,
    "referral_id": Referral,
    "reply_id": Reply,
    "report_id": ProgressReport,
    "response_id": IntakeResponse,
    "rule_id": ReportRule,
    "series_id": Series,
    "service_id": Service,
    "task_id": Task,
    "technique_id": Technique,
    "variant_id": ServiceVariant,
    "time_off_id": TimeOff,
    "visit_id": Visit,
}
"""What the arguments of routes name."""
PLAIN = {
    "token": "nobodys",
    "filename": "css/base.css",
    "kind": "TREATMENT",
    "nth": "1",
    "number": "0",
    "code": "FEVER",
    "step": "1",
    "deed": "pause",
    "move": "plan",
}
MARKED = {"health.decide": "FEVER", "consents.take": "TREATMENT", "consents.refuse": "TREATMENT"}
"""What the mark in an address stands for."""
NOWHERE = "z" * 20


@dataclass(frozen=True)
class Step:
    """One address, and the endpoint that it leads to."""

    endpoint: str
    path: str


def ids_there(app: Flask) -> dict[str, str]:
    """A public id for each kind of thing that this clinic has, by route argument and screen."""
    named = ARGUMENTS | {s.slug: s.model for s in SCREENS if hasattr(s, "slug")}
    found = {}
    with app.app_context():
        for name, model in named.items():
            if hasattr(model, "public_id"):
                one = db.session.scalar(select(model.public_id).order_by(model.id.desc()).limit(1))
                found |= {name: one} if one else {}
    return found


def steps(app: Flask, ids: dict[str, str], queries: dict[str, list[str]]) -> Iterator[Step]:
    """Each route that answers GET, and the same again with each query string named for it."""
    adapter = app.url_map.bind("localhost")
    for rule in sorted(app.url_map.iter_rules(), key=lambda rule: rule.rule):
        if "GET" not in (rule.methods or ()):
            continue
        path = _path(adapter, rule, ids)
        for query in _queries(rule, ids, queries):
            yield Step(rule.endpoint, f"{path}{'?' if query else ''}{query.format(**ids)}")


def _path(adapter: Any, rule: Rule, ids: dict[str, str]) -> str:
    values = {name: ids.get(name) or PLAIN.get(name, NOWHERE) for name in rule.arguments}
    if "mark" in values:
        values["mark"] = mark_of(values["client_id"], MARKED[rule.endpoint])
    try:
        return str(adapter.build(rule.endpoint, values | (rule.defaults or {})))
    except BuildError:  # pragma: no cover - says which rule
        raise AssertionError(f"no address for {rule.rule}") from None


def _queries(rule: Rule, ids: dict[str, str], queries: dict[str, list[str]]) -> list[str]:
    room, _, page = rule.endpoint.partition(".")
    slug = room.removeprefix("office_")
    if room.startswith("office_") and page in ("edit_view", "details_view"):
        return [f"id={ids.get(slug, NOWHERE)}"]
    return ["", *queries.get(rule.endpoint, ())]
