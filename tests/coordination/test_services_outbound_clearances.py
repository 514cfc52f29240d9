"""Asking a provider whether a client may be treated: question and referral are one truth."""

from threading import Thread
from time import sleep
from typing import Any

import pytest
from flask import Flask

from clinic.clients.models import Client
from clinic.coordination.models import OutboundReferral
from clinic.coordination.queries.outbound import (
    about_outbound,
    outbound_of,
    replies_of,
)
from clinic.coordination.services.outbound import ending
from clinic.core.db import db
from clinic.core.errors import Conflict
from clinic.core.transactions import transaction
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
from clinic.messages.services import run
from clinic.tasks.models import Task
from clinic.tasks.queries import live_about
from tests.factories import directory, screening
from tests.factories import outbound as made
from tests.factories.messages import Pocket

RULE = "THROMBOCYTOPENIA"
LIGHT = Limits(pressure=2, minutes=45)


@pytest.fixture
def who(inside, monkeypatch: pytest.MonkeyPatch) -> made.Cast:
    """A client, a doctor, and the house."""
    made.swift_setting(monkeypatch)
    return made.cast()


def everything() -> list[OutboundReferral]:
    return db.session.query(OutboundReferral).order_by(OutboundReferral.id).all()


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
