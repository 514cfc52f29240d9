"""Referrals to providers: who has what to do, which consent is asked for, what is one truth."""

from datetime import timedelta
from threading import Thread
from time import sleep
from typing import Any

import pytest
from flask import Flask

from clinic.clients.models import Client
from clinic.consents import services as consents
from clinic.consents.models import Consent
from clinic.coordination.models import OutboundReferral
from clinic.coordination.queries.outbound import (
    about_outbound,
    outbound_of,
    outbound_steps,
    replies_of,
)
from clinic.coordination.services import outbound as verbs
from clinic.coordination.services.outbound import ending
from clinic.core.db import db
from clinic.core.errors import Conflict, DomainError, NotAllowed, StaleEdit
from clinic.core.permissions import SYSTEM
from clinic.core.transactions import transaction
from clinic.files.services import keep
from clinic.health.models import Clearance
from clinic.health.queries.clearances import asking_of
from clinic.health.queries.history import verdict_of
from clinic.health.rules.facts import Limits
from clinic.health.services.clearing import (
    ask_clearance,
    ask_whom,
    record_answer,
    withdraw_clearance,
)
from clinic.letters import services as letters
from clinic.letters.models import Dispatch
from clinic.letters.queries import content_of
from clinic.letters.rules.blocks import to_json
from clinic.messages.services import run
from clinic.tasks import services as tasks
from clinic.tasks.models import Task
from clinic.tasks.queries import live_about
from tests.factories import directory, screening, staff
from tests.factories import outbound as made
from tests.factories.messages import Pocket

RULE = "THROMBOCYTOPENIA"
LIGHT = Limits(pressure=2, minutes=45)


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


# --- whether a client may be treated: one truth ---


@pytest.fixture
def held(who: made.Cast) -> made.Cast:
    """The same, and the client's visits wait for a provider."""
    screening.know(who.client, screening.LOW_PLATELETS)
    return who


def ask(who: made.Cast, **more) -> Clearance:
    plain = {"provider": who.provider, "question": "May she have massage?"}
    with transaction():
        return ask_clearance(who.client, [RULE], actor=who.ines, **(plain | more))


def of(clearance: Clearance) -> OutboundReferral:
    row = outbound_of(clearance.id)
    assert row is not None
    return row


def sent(who: made.Cast, clearance: Clearance) -> OutboundReferral:
    row = of(clearance)
    made.agree(who, row.provider, kind="clearance")
    made.do("make_ready", row, who.ines)
    made.send(row, who.robin)
    assert row.status == "sent"
    return row


def record(clearance: Clearance, who: made.Cast, outcome: str = "cleared", **more) -> None:
    plain = {"said_by": "Dr Adeyemi", "said": "fine", "how": "phone", "on": made.day()}
    with transaction():
        record_answer(clearance, actor=who.ines, outcome=outcome, **(plain | more))


def is_held(client: Client) -> bool:
    return verdict_of(client, made.day()).is_held


def test_asking_for_a_clearance_is_a_referral_of_its_own_in_the_same_moment(held: made.Cast):
    clearance = ask(held)
    row = of(clearance)
    assert (row.status, row.reason, row.question) == ("draft", "clearance", "May she have massage?")
    assert row.letter is not None
    assert row.letter.kind == "clearance"
    nobody = ask(held, provider=None)
    assert outbound_of(nobody.id) is None
    with transaction():
        ask_whom(nobody, held.provider, actor=held.ines)
    assert of(nobody).provider_id == held.provider.id


def test_an_answer_with_limits_frees_the_visits_and_is_acted_on_by_that(held: made.Cast):
    clearance = ask(held)
    row = sent(held, clearance)
    assert is_held(held.client)
    made.do(
        "answer", row, held.ines, how="letter", said_by="Dr Adeyemi", said="gentle, short",
        on=made.day(), outcome="cleared_with_limits", limits=LIGHT,
        valid_until=made.day(90),
    )  # fmt: skip
    assert not is_held(held.client)
    verdict = verdict_of(held.client, made.day())
    assert (verdict.pressure, verdict.minutes) == (2, 45)
    assert clearance.status == "cleared_with_limits"
    assert row.status == "acted_on"
    assert [one.summary for one in replies_of(row)] == ["gentle, short"]
    assert [one.kind for one in live_about(about_outbound(row))] == ["tell_client"]
    made.do("tell_client", row, held.ines, how="phone")
    made.do("close", row, held.robin)
    assert row.status == "closed"


def test_an_answer_written_on_the_clearances_own_page_is_the_referrals_as_well(held: made.Cast):
    clearance = ask(held)
    row = sent(held, clearance)
    record(clearance, held, "refused", said="not now")
    assert row.status == "acted_on"
    assert [one.summary for one in replies_of(row)] == ["not now"]
    assert row.letter is not None
    assert row.letter.replied_on == made.day()
    assert is_held(held.client)


def test_an_answer_before_anything_left_ends_it_and_the_client_is_still_to_be_told(
    held: made.Cast,
):
    clearance = ask(held)
    row = of(clearance)
    record(clearance, held)
    assert (row.status, row.why) == ("cancelled", "unsent")
    assert row.letter is not None
    assert row.letter.status == "cancelled"
    assert not is_held(held.client)
    open_now = db.session.query(Task).filter_by(status="open").all()
    assert [one.kind for one in open_now] == ["tell_client"]


def test_what_is_called_off_here_is_asked_no_longer_there_and_the_other_way_round(
    held: made.Cast,
):
    clearance = ask(held)
    made.do("cancel", of(clearance), held.ines, code="not_needed", why="moved away")
    assert (clearance.status, clearance.why) == ("withdrawn", "moved away")
    assert is_held(held.client)
    again = ask(held)
    with transaction():
        withdraw_clearance(again, actor=held.ines, why="asked twice")
    assert of(again).status == "cancelled"


def test_what_is_called_off_while_its_email_is_taken_up_is_called_off_and_never_leaves(
    inside: Flask, held: made.Cast, monkeypatch: pytest.MonkeyPatch
):
    """Both hold the person first, so that neither waits for what the other holds."""
    doctor = directory.provider("Anna", "Lund", email="lund@hospital.example")
    row = of(ask(held, provider=doctor))
    made.agree(held, doctor, kind="clearance")
    made.do("make_ready", row, held.ines)
    with transaction():
        letters.send(row.letter, actor=held.robin, channel="email")
    pocket, real = Pocket(), ending.let_go

    def empty() -> None:
        with inside.app_context():
            run(transport=pocket, checks={"letter": letters.may_still_leave})

    runner = Thread(target=empty)

    def meanwhile(*given: Any, **more: Any) -> None:
        runner.start()
        sleep(0.2)  # it goes as far as it can
        real(*given, **more)

    monkeypatch.setattr(ending, "let_go", meanwhile)
    made.do("cancel", row, held.ines, code="not_needed")
    runner.join()
    assert (row.status, pocket.mails) == ("cancelled", [])


def test_somebody_else_is_asked_in_a_referral_of_their_own_until_a_letter_left(held: made.Cast):
    clearance = ask(held)
    first, other = of(clearance), directory.provider(last_name="Yarrow")
    with transaction():
        ask_whom(clearance, other, actor=held.ines)
    second = of(clearance)
    assert (first.status, first.why, first.clearance_id) == ("cancelled", "another", None)
    assert second.provider_id == other.id
    held.provider = other
    sent(held, clearance)
    third = directory.provider(last_name="Osgood")
    with pytest.raises(Conflict, match="written to"), transaction():
        ask_whom(clearance, third, actor=held.ines)
    made.do("declined", second, held.robin, why="on leave")
    assert clearance.status == "withdrawn"
    assert is_held(held.client)


def test_a_question_about_treatment_from_the_form_asks_for_what_holds_the_visits(held: made.Cast):
    row = made.begin(held, reason="clearance", urgency="urgent")
    clearance = row.clearance
    assert clearance is not None
    assert asking_of(clearance).rules == (RULE,)
    assert asking_of(clearance).question == row.question == made.QUESTION
    assert (row.findings, row.urgency) == (made.FINDINGS, "urgent")
    assert everything() == [row]
