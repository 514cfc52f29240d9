"""A word of its own in every sealed column that says something of a client's health."""

from datetime import timedelta

from clinic.clients.models import Client
from clinic.consents import services as consents
from clinic.consents.rules import Scope
from clinic.core.clock import now
from clinic.core.guard import writing
from clinic.core.permissions import SYSTEM, Actor
from clinic.core.transactions import transaction
from clinic.health import services as health
from clinic.health.models import FactSheet
from clinic.health.rules.facts import Fact
from clinic.health.services.clearing import ask_clearance
from clinic.health.services.deciding import decide
from clinic.records.models import Addendum, Note
from clinic.records.rules.adverse import Account, Review
from clinic.records.rules.measures import Subject, Taken
from clinic.records.rules.notes import Body, write_body
from clinic.records.rules.plans import Details, Goal
from clinic.records.services import adverse, measures, plans
from clinic.scheduling.models import Visit
from clinic.scheduling.services import book
from tests.architecture.planting_letters import LETTERS, plant_letters
from tests.architecture.planting_messages import MESSAGES, plant_messages
from tests.architecture.planting_outbound import OUTBOUND, plant_outbound
from tests.factories import health as forms
from tests.factories import screening
from tests.factories.scheduling import at, this_day

HEALTH = {
    "canary-answer": "intake_response.answers",
    "canary-signed": "intake_response.signature",
    "canary-stopped": "intake_response.why",
    "canary-fact": "health_fact.details",
    "canary-sheet": "fact_sheet.contents",
    "canary-decision": "rule_hit.details",
    "canary-question": "clearance.details",
    "canary-unasked": "clearance.why",
    "canary-because": "visit_verdict.why",
    "canary-early": "visit.treating_why",
    "canary-body": "note.body",
    "canary-mistake": "note.why",
    "canary-added": "addendum.text",
    "canary-adding": "addendum.why",
    "canary-plan": "treatment_plan.details",
    "canary-paused": "treatment_plan.why",
    "canary-measure": "reading.details",
    "canary-event": "adverse_event.details",
    "canary-found": "adverse_event.review",
    "canary-scope": "consent.scope",
    "canary-witness": "consent.signature",
    "canary-withdrawn": "consent.why",
    **OUTBOUND,
    **MESSAGES,
    **LETTERS,
}
"""Which word lies in which column."""

AGREED = Details(complaint="canary-plan", goals=(Goal("canary-plan goal"),))


def plant(client: Client, visit: Visit, therapist: Actor, owner: Actor) -> dict[str, str]:
    """All of them, of one client; public ids of what routes ask for by name."""
    ids = {"response_id": _forms(client, therapist), "fact_id": _facts(client, therapist)}
    with transaction():
        hit = screening.hit_of(client, "FIBROMYALGIA")
        decide(client, hit.rule, "adjusted", actor=therapist, inputs=hit.inputs,
               text="canary-decision it is seen to")  # fmt: skip
        asked = ask_clearance(
            client, ["BLEEDING_DISORDER"], actor=therapist, question="canary-question?"
        )
    ids |= {"clearance_id": asked.public_id, "consent_id": _consents(client, therapist)}
    booked = _booked(client, visit, therapist)
    ids |= {"visit_id": booked.public_id} | _records(client, visit, therapist, owner)
    ids |= plant_letters(client, therapist)  # its consent writes the sheet anew
    with transaction() as session, writing("test.sheet", SYSTEM):
        booked.treating_why, asked.why = "canary-early", "canary-unasked"
        sheet = session.query(FactSheet).filter_by(client_id=client.id).one()
        sheet.contents = sheet.contents.replace("canary-fact", "canary-sheet")
        session.flush()
    return ids | plant_outbound(client, therapist) | plant_messages(client)


def _forms(client: Client, therapist: Actor) -> str:
    with transaction():
        given_up = health.begin(client, actor=therapist, form="update")
        health.stop(given_up, actor=therapist, why="canary-stopped")
    response = forms.filled(
        client, on=this_day(), complaint="canary-answer", signature="canary-signed"
    )
    with transaction():
        health.review(response, actor=therapist)
    return response.public_id


def _facts(client: Client, therapist: Actor) -> str:
    told = Fact("condition", "FIBROMYALGIA", text="canary-fact")
    with transaction():
        row = health.record_fact(client, told, actor=therapist)
        health.record_fact(client, Fact("condition", "BLEEDING_DISORDER"), actor=therapist)
    return row.public_id


def _consents(client: Client, therapist: Actor) -> str:
    scope = Scope(areas=("GLUTEAL",), reason="canary-scope")
    with transaction():
        consent = consents.take_consent(
            client, "SENSITIVE_AREA", actor=therapist, method="signed", scope=scope,
            signature="canary-witness",
        )  # fmt: skip
    with transaction():
        consents.withdraw(consent, actor=therapist, why="canary-withdrawn")
    return consent.public_id


def _booked(client: Client, like: Visit, therapist: Actor) -> Visit:
    """Another visit, which a therapist lets stand although health holds it."""
    with transaction():
        return book(
            actor=therapist, client=client, variant=like.variant, therapist=like.therapist,
            starts_at=at(15, on=this_day() + timedelta(days=3)), note="canary-note",
            override_why="canary-because",
        )  # fmt: skip


def _records(client: Client, visit: Visit, therapist: Actor, owner: Actor) -> dict[str, str]:
    with transaction() as session, writing("test.records", SYSTEM):
        wrong = _note(client, visit, therapist, "entered_in_error")
        wrong.why = "canary-mistake"
        note = _note(client, visit, therapist, "draft")
        session.add_all((wrong, note))
        session.flush()
        note.status, note.signed_at, note.signed_as = "amended", now(), "June Park"
        addendum = Addendum(client=client, client_id=client.id, note_id=note.id,
                            author_id=therapist.id, added_at=now())  # fmt: skip
        addendum.text, addendum.why = "canary-added", "canary-adding"
        session.add(addendum)
        session.flush()
    with transaction() as session:
        plan = plans.write_plan(client, actor=therapist, details=AGREED)
        session.flush()
        plans.agree_to_plan(plan, actor=therapist)
        plan.why = "canary-paused"
        figure = Taken(Subject("STRESS_NRS"), 4, comment="canary-measure")
        measures.take_reading(client, figure, actor=therapist)
    ids = {"note_id": note.public_id, "plan_id": plan.public_id}
    return ids | {"event_id": _event(client, therapist, owner)}


def _note(client: Client, visit: Visit, therapist: Actor, status: str) -> Note:
    note = Note(client=client, client_id=client.id, visit_id=visit.id, author_id=therapist.id,
                status=status)  # fmt: skip
    note.body = write_body(Body(told="canary-body", assessment="canary-body"))
    return note


def _event(client: Client, therapist: Actor, owner: Actor) -> str:
    account = Account(
        kind="bruise", text="canary-event at the leg", action="none", done="canary-event told"
    )
    with transaction() as session:
        event = adverse.keep_event(
            client, account, actor=therapist, severity="mild",
            happened_on=this_day() - timedelta(days=1),
        )  # fmt: skip
        session.flush()
        adverse.report_event(event, actor=therapist)
    with transaction():
        adverse.open_event(event, actor=owner)
        adverse.review_event(event, actor=owner, found=Review(text="canary-found it so"))
    return event.public_id
