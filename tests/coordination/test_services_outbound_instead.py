"""Another provider is asked, before anything was sent to the one before."""

from typing import Any

import pytest
from flask import Flask

from clinic.coordination.models import OutboundReferral
from clinic.coordination.queries.outbound import outbound_of, outbound_steps
from clinic.coordination.services import outbound as verbs
from clinic.core.errors import Conflict, DomainError, NotAllowed
from clinic.core.transactions import transaction
from clinic.desk.services import set_provider_status
from clinic.health.services.clearing import ask_whom
from clinic.letters import services as letters
from clinic.letters.queries import consent_for, of_about
from clinic.tasks.queries import live_about
from tests.factories import directory, screening
from tests.factories import outbound as sent
from tests.factories import tasks as made


@pytest.fixture
def who(inside: Flask) -> sent.Cast:
    return sent.cast()


@pytest.fixture
def other(who: sent.Cast) -> Any:
    place = directory.organisation("Lakeside Clinic", fax="+13125550188")
    return directory.provider("Lena", "Fischer", at=place)


def instead(row: OutboundReferral, who: sent.Cast, other: Any, **more: Any) -> OutboundReferral:
    with transaction():
        verbs.ask_instead(
            row, **({"actor": who.ines, "provider": other, "why": "She has retired."} | more)
        )
    return row


def test_the_letter_is_drafted_anew_to_who_is_asked_now(who, other):
    row = sent.begin(who)
    old = row.letter
    instead(row, who, other)
    assert row.provider is other
    assert row.organisation is other.places[0].organisation
    assert (old.status, row.letter.status) == ("cancelled", "draft")
    assert row.letter.provider is other
    assert outbound_steps(row)[-1].kind == "redirected"
    assert outbound_steps(row)[-1].why == "She has retired."
    assert row.next_action == "approve_letter"


@pytest.mark.parametrize("state", ["consent_pending", "ready"])
def test_what_was_approved_is_approved_again_and_needs_a_consent_of_its_own(who, other, state):
    row = sent.in_state(who, state)
    instead(row, who, other)
    assert row.letter.status == "draft"
    assert consent_for(row.letter, made.day())[1] is not None
    with transaction():
        verbs.make_ready(row, actor=who.ines)
    assert row.letter.status == "approved"
    assert row.next_action == "get_consent"
    with pytest.raises(letters.ConsentMissing), transaction():
        letters.send(row.letter, actor=who.robin, channel="print")


def test_what_was_sent_is_not_asked_of_another(who, other, monkeypatch):
    sent.swift_setting(monkeypatch)
    row = sent.in_state(who, "sent")
    with pytest.raises(Conflict):
        instead(row, who, other)


def test_a_task_to_find_somebody_else_ends_with_it(who, other):
    row = sent.begin(who)
    with transaction():
        set_provider_status(row.provider, actor=who.robin, status="retired")
    about = f"provider:{row.provider.public_id}"
    assert [one.kind for one in live_about(about)] == ["reassign"]
    instead(row, who, other)
    assert live_about(about) == []


@pytest.mark.parametrize("why", ["", "  "])
def test_it_asks_why(who, other, why):
    row = sent.begin(who)
    with pytest.raises(DomainError):
        instead(row, who, other, why=why)
    assert row.letter.status == "draft"
    assert row.provider is who.provider


def test_neither_the_same_nor_who_is_gone_is_asked(who, other):
    row = sent.begin(who)
    with transaction():
        set_provider_status(other, actor=who.robin, status="deceased")
    for provider in (who.provider, other):
        with pytest.raises(DomainError) as refused:
            instead(row, who, provider)
        assert refused.value.field == "provider"
    assert len(of_about(row.letter.about)) == 1


def test_only_who_treats_the_client_chooses(who, other):
    row = sent.begin(who)
    with pytest.raises(NotAllowed):
        instead(row, who, other, actor=who.robin)


def test_where_visits_wait_the_question_says_whom_to_ask(who, other):
    screening.know(who.client, screening.LOW_PLATELETS)
    row = sent.begin(who, reason="clearance")
    clearance = row.clearance
    assert clearance is not None
    with pytest.raises(Conflict):
        instead(row, who, other)
    with transaction():
        ask_whom(clearance, other, actor=who.ines)
    again = outbound_of(clearance.id)
    assert again is not None
    assert again.provider is other
