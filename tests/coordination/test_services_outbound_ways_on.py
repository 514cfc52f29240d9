"""Referrals to providers: wherever one stands, what is named as next can be done."""

from datetime import date, timedelta

import pytest

from clinic.consents.services import refuse
from clinic.coordination.queries.outbound import about_outbound, replies_of
from clinic.coordination.rules.outbound import ACKNOWLEDGED, Standing, may_go, what_next
from clinic.core.db import db
from clinic.core.transactions import transaction
from clinic.directory import services as directory
from clinic.files.services import keep
from clinic.letters import services as letters
from tests.factories import consents as agreed
from tests.factories import directory as providers
from tests.factories import outbound as made


@pytest.fixture
def who(inside, monkeypatch: pytest.MonkeyPatch) -> made.Cast:
    made.swift_setting(monkeypatch)
    return made.cast()


def test_what_they_have_confirmed_is_called_for_again_and_never_given_up():
    monday = date(2026, 11, 23)
    known = Standing(
        urgency="routine", today=monday + timedelta(days=90), answer_by=monday, reminders=2
    )
    assert what_next(ACKNOWLEDGED, known) == ("call_provider", monday + timedelta(days=10))
    called = [
        what_next(ACKNOWLEDGED, Standing("routine", known.today, answer_by=monday, reminders=2,
                                         calls=calls))
        for calls in (1, 2)
    ]  # fmt: skip
    assert called == [("call_provider", monday + timedelta(days=days)) for days in (15, 20)]
    assert "no_answer" not in may_go(ACKNOWLEDGED)


def test_a_letter_written_anew_after_it_was_ready_is_approved_where_it_is_offered(who: made.Cast):
    row = made.in_state(who, "ready")
    with transaction():
        letters.reopen(row.letter, actor=who.ines)
    assert (row.status, row.next_action) == ("ready", "approve_letter")
    made.do("make_ready", row, who.ines)
    assert (row.status, row.next_action) == ("ready", "send_letter")
    assert row.letter is not None
    assert row.letter.status == "approved"


def test_with_consent_there_the_letter_is_next_and_not_the_consent(who: made.Cast):
    row = made.in_state(who, "consent_pending")
    with transaction():
        letters.reopen(row.letter, actor=who.ines)
    assert row.next_action == "get_consent"
    made.agree(who)
    assert (row.status, row.next_action) == ("consent_pending", "approve_letter")
    made.do("make_ready", row, who.ines)
    assert (row.status, row.next_action) == ("ready", "send_letter")


def test_what_leaves_under_a_consent_for_the_same_person_counts_as_sent(who: made.Cast):
    row = made.in_state(who, "consent_pending")
    other = providers.provider(last_name="Adeyemi", fax="+1 920 555 0109")
    made.agree(who, provider=other)
    assert row.status == "consent_pending"
    with transaction():
        directory.merge(who.provider, other, actor=who.olga)
    made.send(row, who.robin)
    assert (row.status, row.next_action) == ("sent", "await_answer")


def test_a_letter_that_the_client_does_not_want_waits_for_nobody(who: made.Cast):
    row = made.in_state(who, "consent_pending")
    made.do("client_refused", row, who.robin)
    assert row.letter is not None
    assert (row.status, row.letter.status) == ("client_declined", "cancelled")


def test_a_no_from_before_ends_nothing_when_something_else_is_agreed_to(who: made.Cast):
    with transaction():
        refuse(who.client, "SHARE_PROVIDER", actor=who.robin, provider=who.provider)
    row = made.in_state(who, "consent_pending")
    agreed.agree(who.client, "TREATMENT")
    assert (row.status, row.next_action) == ("consent_pending", "get_consent")
    with transaction():
        refuse(who.client, "SHARE_PROVIDER", actor=who.robin, provider=who.provider)
    assert row.status == "client_declined"


def test_an_answer_on_paper_after_the_appointment_is_taken_in(who: made.Cast):
    row = made.in_state(who, "scheduled")
    with transaction():
        scan = keep(made.a_page(), "fax.pdf", actor=who.robin, key=row.client.key)
        letters.receive(
            actor=who.robin, client=row.client, provider=row.provider, about=about_outbound(row),
            file=scan, subject="Answer", received_on=made.day(), answers=row.letter,
        )  # fmt: skip
    db.session.expire_all()
    assert (row.status, row.next_action) == ("reply_received", "read_reply")
    assert len(replies_of(row)) == 1
