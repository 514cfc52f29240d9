"""What a letter to a provider tells before it is approved: nine things, each there or missing."""

import pytest
from flask import Flask

from clinic.coordination.queries.outbound_told import told_before
from clinic.core.guard import writing
from clinic.core.permissions import SYSTEM
from clinic.core.transactions import transaction
from clinic.practice.services import settle
from tests.factories import outbound as sent
from tests.factories import screening, staff


@pytest.fixture
def who(inside: Flask) -> sent.Cast:
    staff.set_up()
    return sent.cast()


def missing(row) -> list[str]:
    told = told_before(row)
    assert told is not None
    return [str(words) for words, is_missing in told.lines if is_missing]


def test_what_was_typed_is_there(who):
    row = sent.begin(who)
    told = told_before(row)
    assert len(told.lines) == 9
    assert told.count == 9 - len(missing(row))
    assert {"findings", "question", "meanwhile", "reason"} <= told.there


def test_what_was_left_empty_is_missing(who):
    row = sent.begin(who, findings="", meanwhile="")
    assert "What was found" in missing(row)
    assert "What we do meanwhile" in missing(row)


def test_a_client_without_a_birth_date_is_not_fully_named(who):
    row = sent.begin(who)
    assert "client" in told_before(row).there
    with transaction() as session, writing("test.client", SYSTEM):
        row.client.birth_date = None
        session.flush()
    assert "The client, with the birth date" in missing(row)


def test_a_therapist_without_a_licence_is_not_fully_named(who):
    row = sent.begin(who)
    assert "therapist" not in told_before(row).there
    staff.licence(row.owner)
    assert "therapist" in told_before(row).there


def test_without_a_way_to_reach_us_no_answer_can_come(who):
    row = sent.begin(who)
    assert "answer" not in told_before(row).there
    with transaction():
        settle(actor=SYSTEM, phone="(555) 014-8800")
    assert "answer" in told_before(row).there


def test_a_question_about_treatment_says_what_is_planned(who):
    screening.know(who.client, screening.LOW_PLATELETS)
    row = sent.begin(who, reason="clearance")
    told = told_before(row)
    assert told.asks_for_clearance
    assert "What is planned" in missing(row)
    assert "reason" in told.there


def test_once_it_is_approved_nothing_is_asked(who):
    assert told_before(sent.in_state(who, "consent_pending")) is None


def test_after_sending_nothing_is_asked(who, monkeypatch):
    sent.swift_setting(monkeypatch)
    assert told_before(sent.in_state(who, "sent")) is None
