"""Referrals to providers: who has what to do, and which consent is asked for."""

from datetime import timedelta

import pytest

from clinic.consents import services as consents
from clinic.consents.models import Consent
from clinic.coordination.models import OutboundReferral
from clinic.coordination.queries.outbound import (
    about_outbound,
    outbound_steps,
    replies_of,
)
from clinic.coordination.services import outbound as verbs
from clinic.core.db import db
from clinic.core.errors import Conflict, DomainError, NotAllowed, StaleEdit
from clinic.core.permissions import SYSTEM
from clinic.core.transactions import transaction
from clinic.files.services import keep
from clinic.letters import services as letters
from clinic.letters.models import Dispatch
from clinic.letters.queries import content_of
from clinic.letters.rules.blocks import to_json
from clinic.tasks import services as tasks
from clinic.tasks.queries import live_about
from tests.factories import outbound as made
from tests.factories import staff


@pytest.fixture
def who(inside, monkeypatch: pytest.MonkeyPatch) -> made.Cast:
    """A client, a doctor, and the house."""
    made.swift_setting(monkeypatch)
    return made.cast()


def tasks_of(row: OutboundReferral) -> list[tuple[str, str]]:
    """What is to be done about it: kind, and the role it waits for or nobody's."""
    return [(one.kind, one.role or "") for one in live_about(about_outbound(row))]


def everything() -> list[OutboundReferral]:
    return db.session.query(OutboundReferral).order_by(OutboundReferral.id).all()


# --- begun ---


def test_it_has_a_number_an_owner_a_letter_and_somebody_who_has_it_to_do(who: made.Cast):
    row = made.begin(who, urgency="soon")
    other = made.begin(who, reason="other_discipline")
    assert [one.number for one in (row, other)] == [f"O-{row.id:06d}", f"O-{other.id:06d}"]
    assert row.owner is not None
    assert row.owner.id == who.ines.id
    assert row.next_action == "approve_letter"
    assert [one.assignee_id for one in live_about(about_outbound(row))] == [who.ines.id]
    letter = row.letter
    assert letter is not None
    assert (letter.kind, letter.reference, letter.about) == (
        "outbound", row.number, about_outbound(row),
    )  # fmt: skip
    content = content_of(letter)
    assert content is not None
    said = to_json(content)
    assert "canary-asked" in said
    assert "canary-found" in said
    assert "canary-meanwhile" in said


def test_only_who_treats_the_client_begins_one_and_nobody_for_who_is_gone(who: made.Cast):
    other = staff.therapist("Teo Marsh")
    with pytest.raises(NotAllowed):
        made.begin(made.Cast(who.client, who.provider, other, who.robin, who.olga))
    with pytest.raises(NotAllowed):
        made.begin(made.Cast(who.client, who.provider, who.robin, who.robin, who.olga))
    with pytest.raises(DomainError, match="what is asked"):
        made.begin(who, question=" ")
    with pytest.raises(DomainError, match="from the list"):
        made.begin(who, reason="because")
    assert everything() == []


def test_in_an_emergency_the_call_comes_first_and_no_letter_leaves_without_consent(who: made.Cast):
    with pytest.raises(DomainError, match="Call first"):
        made.begin(who, urgency="emergency")
    row = made.begin(who, urgency="emergency", called="Told Dr Adeyemi of the numb arm: danger")
    assert row.calls == 1
    assert [one.why for one in outbound_steps(row) if one.kind == "called"] == [
        "Told Dr Adeyemi of the numb arm: danger"
    ]
    made.do("make_ready", row, who.ines)
    assert row.status == "consent_pending"
    with transaction(), pytest.raises(letters.ConsentMissing):
        letters.send(row.letter, actor=who.ines, channel="print")
    assert db.session.query(Dispatch).count() == 0


def test_what_is_written_anew_is_written_anew_in_the_letter_until_it_is_approved(who: made.Cast):
    row = made.begin(who)
    told = {"question": "another question", "findings": "", "meanwhile": "", "urgency": "urgent"}
    with pytest.raises(StaleEdit):
        made.do("amend", row, who.ines, version=row.version - 1, **told)
    made.do("amend", row, who.ines, **told)
    content = content_of(row.letter)
    assert content is not None
    assert "another question" in to_json(content)
    made.do("make_ready", row, who.ines)
    with pytest.raises(Conflict, match="approved"):
        made.do("amend", row, who.ines, **told)


# --- consent ---


def test_consent_is_asked_for_by_a_task_and_giving_it_makes_it_ready(who: made.Cast):
    row = made.in_state(who, "consent_pending")
    assert tasks_of(row) == [("consent_needed", "receptionist")]
    made.agree(who, kind="clearance")  # for another purpose: not enough
    assert row.status == "consent_pending"
    made.agree(who)
    assert row.status == "ready"
    assert row.next_action == "send_letter"


def test_a_client_who_says_no_ends_it_and_one_who_takes_it_back_stops_the_letter(who: made.Cast):
    row = made.in_state(who, "ready")
    consent = db.session.query(Consent).one()
    with transaction():
        consents.withdraw(consent, actor=who.robin, why="changed their mind")
    assert row.status == "ready"
    assert row.next_action == "get_consent"
    with transaction(), pytest.raises(letters.ConsentMissing):
        letters.send(row.letter, actor=who.robin, channel="print")
    other = made.begin(who)
    made.do("make_ready", other, who.ines)
    with transaction():
        consents.refuse(who.client, "SHARE_PROVIDER", actor=who.robin, provider=who.provider)
    assert other.status == "client_declined"
    assert other.letter is not None
    assert other.letter.status == "cancelled"
    assert tasks_of(other) == [("referral_next_action", "")]  # how to go on without


def test_nothing_is_ready_before_a_therapist_approved_it(who: made.Cast):
    row = made.begin(who)
    made.do("ask_consent", row, who.robin)
    with pytest.raises(Conflict, match="no consent"):
        made.do("consent_given", row, who.robin)
    made.agree(who)
    assert row.status == "consent_pending"
    with pytest.raises(Conflict, match="approves"):
        made.do("consent_given", row, who.robin)
    made.do("make_ready", row, who.ines)
    assert row.status == "ready"


# --- sent, and awaited ---


def test_when_it_left_an_answer_is_expected_and_a_letter_that_came_back_is_sent_again(
    who: made.Cast,
):
    row = made.in_state(who, "sent", urgency="soon")
    assert row.answer_by is not None
    assert row.answer_by > made.day(4)
    assert (row.next_action, row.due_on) == ("await_answer", row.answer_by)
    made.fail(row, who.robin)
    assert row.status == "ready"
    made.send(row, who.robin)
    assert row.status == "sent"
    with transaction():
        letters.acknowledge(row.letter, actor=who.robin, on=made.day(), by="Mrs Lund")
    assert (row.status, row.acknowledged_by) == ("acknowledged", "Mrs Lund")


def test_the_sweep_asks_again_then_calls_and_tells_an_owner_of_urgent_ones(who: made.Cast):
    row = made.in_state(who, "sent", urgency="urgent")
    assert row.answer_by is not None
    late = row.answer_by + timedelta(days=1)

    def sweep() -> verbs.OutSwept:
        with transaction():
            return verbs.sweep(actor=SYSTEM, today=late)

    assert tasks_of(row) == []
    assert sweep().changed == 1
    assert sorted(tasks_of(row)) == [
        ("answer_overdue", "owner"),
        ("answer_overdue", "receptionist"),
    ]
    assert sweep().changed == 0  # twice in one night is as good as once
    for _ in range(2):
        made.do("remind", row, who.robin, how="fax")
    sweep()
    assert sorted(tasks_of(row)) == [("answer_overdue", "owner"), ("call_provider", "receptionist")]
    with pytest.raises(Conflict, match="ask again"):
        made.do("no_answer", row, who.robin)
    made.do("call", row, who.robin, result="left_message")
    made.do("no_answer", row, who.robin)
    assert tasks_of(row) == [("reassign", "owner")]
    made.answered(row, who)  # late, and taken all the same
    assert row.status == "reply_received"
    assert row.ended_at is None
    assert ("reassign", "owner") not in tasks_of(row)


def test_an_answer_that_came_on_paper_waits_until_a_therapist_has_read_it(who: made.Cast):
    row = made.in_state(who, "sent")
    with transaction():
        scan = keep(made.a_page(), "fax.pdf", actor=who.robin, key=row.client.key)
        letters.receive(
            actor=who.robin, client=row.client, provider=row.provider, about=about_outbound(row),
            file=scan, subject="Answer", received_on=made.day(), answers=row.letter,
        )  # fmt: skip
    assert row.status == "reply_received"
    assert row.read_at is None
    assert [one.kind for one in live_about(about_outbound(row))] == ["read_reply"]
    assert replies_of(row)[0].file is not None
    with pytest.raises(Conflict, match="Read the answer"):
        made.do("act_on", row, who.ines, what="nothing")
    made.do("read_reply", row, who.ines, said="No red flags")
    assert replies_of(row)[0].summary == "No red flags"
    made.do("act_on", row, who.ines, what="nothing")


def test_it_is_closed_with_three_ticks_and_nothing_left_to_do(who: made.Cast):
    row = made.in_state(who, "told_client")
    with transaction():
        other = tasks.open_task(
            actor=who.robin, kind="other", due_on=made.day(), about=about_outbound(row)
        )
    with pytest.raises(Conflict, match="open still"):
        made.do("close", row, who.robin)
    with transaction():
        tasks.finish(other, actor=who.robin, outcome="done")
    made.do("close", row, who.robin)
    assert None not in (row.read_at, row.acted_at, row.told_at)
    assert tasks_of(row) == []
