"""A word of its own in what is asked of a provider outside, and in what they answer."""

from sqlalchemy import select

from clinic.clients.models import Client
from clinic.coordination.models import ArrivedPaper, CaseStep, Reply
from clinic.coordination.services.outbound import begin
from clinic.core.clock import now
from clinic.core.db import db
from clinic.core.guard import writing
from clinic.core.permissions import SYSTEM, Actor
from clinic.core.transactions import transaction
from clinic.core.vault import SubjectKey, vault
from clinic.files.services import keep
from clinic.letters.models import Letter
from clinic.letters.rules.blocks import Content
from clinic.letters.services import draft
from clinic.referrals.models import Referral
from tests.factories import directory
from tests.factories.cases import case_of
from tests.factories.outbound import a_page
from tests.factories.scheduling import this_day

OUTBOUND = {
    "canary-asking": "outbound_referral.question",
    "canary-spotted": "outbound_referral.findings",
    "canary-till-then": "outbound_referral.meanwhile",
    "canary-they-said": "reply.summary",
    "canary-step-why": "case_step.why",
    "canary-from-whom": "arrived_paper.note",
}
"""Which word lies in which column."""


def plant_outbound(client: Client, therapist: Actor) -> dict[str, str]:
    """All of them; its letter holds none of them, since it is no part of this."""
    for order in db.session.query(Referral).all():
        case_of(order)
    provider = directory.provider(last_name="Halloran")
    with transaction():
        row = begin(
            actor=therapist, client=client, provider=provider, reason="no_progress",
            urgency="routine", question="May we go on?",
        )  # fmt: skip
    with transaction() as session, writing("test.outbound", SYSTEM):
        row.question, row.findings = "canary-asking", "canary-spotted"
        row.meanwhile, row.answered_at = "canary-till-then", now()
        step = CaseStep(outbound_id=row.id, at=now(), kind="called")
        step.outbound = row
        reply = Reply(
            outbound_id=row.id, how="phone", said_by="Dr Halloran", received_on=this_day()
        )
        reply.outbound = row
        reply.file = keep(a_page(), "fax.pdf", actor=SYSTEM, key=client.key)
        step.why, reply.summary = "canary-step-why", "canary-they-said"
        paper = ArrivedPaper(arrived_at=now(), arrived_via="fax")
        paper.file = keep(a_page(), "waiting.pdf", actor=SYSTEM, key=_a_key_of_its_own())
        paper.note = "canary-from-whom"
        session.add_all([step, reply, paper])
        session.flush()
        return {
            "outbound_id": row.public_id,
            "reply_id": reply.public_id,
            "approved_letter_id": _a_report(client, therapist).public_id,
        }


def _a_report(client: Client, therapist: Actor) -> Letter:
    """One that is approved, and may be copied."""
    order = db.session.scalars(select(Referral).where(Referral.client_id == client.id)).first()
    letter = draft(
        actor=therapist, client=client, provider=order.provider, organisation=None,
        kind="progress", content=Content("Report", "Dear"), about=f"referral:{order.public_id}",
    )  # fmt: skip
    letter.status, letter.approved_at = "approved", now()
    db.session.flush()
    return letter


def _a_key_of_its_own() -> SubjectKey:
    key = vault().new_key()
    db.session.add(key)
    db.session.flush()
    return key
