"""Referrals to providers: wherever one stands, what is named as next can be done."""

from datetime import date, timedelta
from typing import Any

import pytest

from clinic.consents.services import refuse
from clinic.coordination.models import OutboundReferral
from clinic.coordination.queries.outbound import about_outbound, lacks_consent, replies_of
from clinic.coordination.rules.outbound import (
    ACKNOWLEDGED,
    Standing,
    answer_by,
    may_go,
    what_next,
)
from clinic.coordination.rules.workdays import after
from clinic.coordination.services import outbound as verbs
from clinic.coordination.services.outbound import sweeping
from clinic.core.clock import now, rehearsed
from clinic.core.db import db
from clinic.core.errors import Conflict
from clinic.core.permissions import SYSTEM
from clinic.core.transactions import transaction
from clinic.directory import services as directory
from clinic.files.services import keep
from clinic.letters import services as letters
from clinic.letters.queries import waiting
from clinic.records.rules.measures import Subject, Taken
from clinic.records.services import measures
from clinic.tasks.queries import live_about
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


def test_who_sees_to_it_asks_somebody_else_where_the_provider_declines(who: made.Cast):
    for urgency, due_on in (("routine", after(made.day(), 1)), ("urgent", made.day())):
        row = made.in_state(who, "declined", urgency=urgency)
        tasks = live_about(about_outbound(row))
        assert [(one.kind, one.assignee_id, one.due_on) for one in tasks] == [
            ("reassign", who.ines.id, due_on)
        ]


def test_who_is_asked_before_the_letter_is_written_anew_is_asked_for_all_that_it_will_tell(
    who: made.Cast,
):
    row = made.begin(who)
    assert row.letter is not None
    with transaction():
        letters.cancel(row.letter, actor=who.ines)
        measures.take_readings(
            who.client, [Taken(Subject("NPRS_NOW"), 6)], actor=who.ines, on=made.day()
        )
    asked = lacks_consent(row)
    assert asked is not None
    assert "measures" in asked.data
    with transaction():
        verbs.write_letter(row, actor=who.ines)
    assert lacks_consent(row) == asked


def test_who_sees_to_it_says_how_to_go_on_where_the_client_declines(who: made.Cast):
    for urgency, due_on in (("routine", after(made.day(), 1)), ("urgent", made.day())):
        row = made.in_state(who, "consent_pending", urgency=urgency)
        with transaction():
            refuse(who.client, "SHARE_PROVIDER", actor=who.robin, provider=who.provider)
        assert row.status == "client_declined"
        assert [
            (one.kind, one.assignee_id, one.due_on) for one in live_about(about_outbound(row))
        ] == [("referral_next_action", who.ines.id, due_on)]


def test_a_provider_who_has_the_letter_is_called_where_the_client_goes_there_no_more(
    who: made.Cast,
):
    row = made.in_state(who, "not_attended")
    made.do("client_refused", row, who.robin)
    tasks = live_about(about_outbound(row))
    assert [(one.kind, one.due_on) for one in tasks] == [
        ("referral_next_action", after(made.day(), 1)), ("call_provider", after(made.day(), 2)),
    ]  # fmt: skip
    untold = made.in_state(who, "not_attended")
    with transaction():
        refuse(who.client, "SHARE_PROVIDER", actor=who.robin, provider=who.provider)
    made.do("client_refused", untold, who.robin)
    assert [one.kind for one in live_about(about_outbound(untold))] == ["referral_next_action"]


def test_an_answer_is_due_from_the_day_on_which_the_letter_left(who: made.Cast):
    row = made.in_state(who, "ready", urgency="soon")
    assert row.letter is not None
    assert row.letter.needs_reply_by is None
    with rehearsed(now() + timedelta(days=21)):
        made.send(row, who.robin)
        due = answer_by("soon", made.day())
        assert [one.id for one in waiting("answer")] == [row.letter.id]
    assert (row.answer_by, row.letter.needs_reply_by) == (due, due)


def test_an_answer_that_is_written_down_with_the_letter_is_a_therapists_to_read(who: made.Cast):
    row = made.in_state(who, "sent")
    assert row.letter is not None
    with transaction():
        letters.mark_replied(row.letter, actor=who.robin, on=made.day())
    assert (row.status, row.next_action, row.read_at) == ("reply_received", "read_reply", None)
    assert [one.assignee_id for one in live_about(about_outbound(row))] == [who.ines.id]
    (reply,) = replies_of(row)
    assert (reply.said_by, reply.received_on) == (row.provider.name, made.day())


def test_an_answer_that_comes_late_with_the_letter_opens_what_had_ended_without_one(
    who: made.Cast,
):
    row = made.in_state(who, "no_response", urgency="urgent")
    assert row.letter is not None
    assert [one.kind for one in live_about(about_outbound(row))] == ["reassign"]
    with transaction():
        letters.mark_replied(row.letter, actor=who.robin, on=made.day())
    assert (row.status, row.next_action, row.ended_at) == ("reply_received", "read_reply", None)
    assert [(one.kind, one.assignee_id) for one in live_about(about_outbound(row))] == [
        ("read_reply", who.ines.id)
    ]
    assert row.read_at is None
    with transaction():
        verbs.read_reply(row, actor=who.ines, said="Go on gently")
    assert row.next_action == "act_on_reply"


def test_what_ended_without_an_answer_stays_so_while_none_has_come(who: made.Cast):
    row = made.in_state(who, "no_response")
    assert row.letter is not None
    with transaction():
        letters.acknowledge(row.letter, actor=who.robin, on=made.day(), by="Mrs Lund")
    assert (row.status, row.next_action) == ("no_response", "")


def test_an_answer_opens_nothing_that_was_declined(who: made.Cast):
    row = made.in_state(who, "declined")
    assert row.letter is not None
    with transaction():
        letters.mark_replied(row.letter, actor=who.robin, on=made.day())
    assert (row.status, replies_of(row)) == ("declined", [])


def test_what_came_back_is_asked_for_anew_once_it_has_left_again(who: made.Cast):
    row = made.in_state(who, "sent")
    for _ in range(2):
        made.do("remind", row, who.robin, how="phone")
    made.do("call", row, who.robin, result="no_answer")
    assert row.letter is not None
    with transaction():
        letters.mark_failed(row.letter.dispatches[-1], actor=who.robin, why="No such number")
    assert row.status == "ready"
    made.send(row, who.robin)
    assert (row.status, row.reminders, row.calls) == ("sent", 0, 0)
    with pytest.raises(Conflict, match="Reminded 0 of 2"):
        made.do("no_answer", row, who.robin)


def test_what_waited_for_a_consent_goes_on_by_night_once_two_records_are_one(who: made.Cast):
    row = made.in_state(who, "consent_pending")
    other = providers.provider(last_name="Adeyemi", fax="+1 920 555 0109")
    made.agree(who, provider=other)
    with transaction():
        directory.merge(who.provider, other, actor=who.olga)
    assert row.status == "consent_pending"
    with transaction():
        assert verbs.sweep(actor=SYSTEM, today=made.day()).changed == 1
    assert (row.status, row.next_action) == ("ready", "send_letter")
    with transaction():
        assert verbs.sweep(actor=SYSTEM, today=made.day()).changed == 0


def test_one_that_cannot_be_swept_keeps_no_other_waiting(who: made.Cast, monkeypatch, caplog):
    broken, other = (made.in_state(who, "sent") for _ in range(2))
    late, plan = answer_by("routine", made.day()) + timedelta(days=1), sweeping.advance

    def breaks(row: OutboundReferral, **facts: Any) -> bool:
        if row.id == broken.id:
            raise ValueError("canary of a client")
        return plan(row, **facts)

    monkeypatch.setattr(sweeping, "advance", breaks)
    with transaction():
        done = verbs.sweep(actor=SYSTEM, today=late)
    assert (done.looked_at, done.changed, done.failed) == (2, 1, 1)
    assert [one.next_action for one in (broken, other)] == ["await_answer", "remind"]
    assert f"{about_outbound(broken)} failed, ValueError" in caplog.text
    assert "canary" not in caplog.text
