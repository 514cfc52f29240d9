"""What goes wrong with one message, or with who hears of it, keeps no other waiting."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import update
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm.exc import StaleDataError

from clinic.core import announcements
from clinic.core.clock import now, rehearsed
from clinic.core.db import db
from clinic.core.guard import writing
from clinic.core.permissions import SYSTEM
from clinic.core.transactions import refresh, transaction
from clinic.core.vault import SubjectKey, vault
from clinic.messages import queries
from clinic.messages.events import MessageEnded, MessageTouched
from clinic.messages.models import OutboxMessage
from clinic.messages.rules import CLAIM, DELAYS
from clinic.messages.services import Ran, run, running, write
from clinic.practice.models import Heartbeat
from clinic.practice.rules import OUTBOX
from tests.factories.messages import TO, Pocket, a_message

Hear = Callable[[Exception], list[MessageEnded]]


@pytest.fixture
def two(inside: Flask) -> list[OutboxMessage]:
    """The first waits longest: whatever stops at it never comes to the second."""
    return [a_message(subject="First", about="note:1"), a_message(subject="Second")]


@pytest.fixture
def refuses(two: list[OutboxMessage], monkeypatch: pytest.MonkeyPatch) -> Hear:
    """Who hears that the first is touched fails; what was told of messages that ended."""

    def hear(error: Exception) -> list[MessageEnded]:
        number, told = two[0].id, list[MessageEnded]()

        def touched(event: MessageTouched) -> None:
            if event.message_id == number:
                raise error

        hearers = {MessageTouched: (touched,), MessageEnded: (told.append,)}
        monkeypatch.setattr(announcements, "_hearers", hearers)
        return told

    return hear


def _stands(message: OutboxMessage) -> tuple[str, int]:
    db.session.expire_all()
    found = queries.the_message(message.public_id)
    return found.status, found.tries


def _outcomes(message: OutboxMessage) -> list[tuple[str, str]]:
    return [(one.outcome, one.why) for one in reversed(queries.attempts_of(message))]


@pytest.mark.parametrize(
    "error", [ValueError("canary"), StaleDataError("canary"),
              OperationalError("canary", {}, Exception("canary"))],
    ids=lambda one: type(one).__name__,
)  # fmt: skip
def test_who_hears_of_one_message_and_fails_each_time_stops_no_other(
    two: list[OutboxMessage], refuses: Hear, error: Exception, caplog: pytest.LogCaptureFixture
):
    refuses(error)
    pocket = Pocket()
    assert run(transport=pocket) == Ran(sent=1, put_off=1)
    assert [mail["Subject"] for mail in pocket.mails] == ["Second"]
    assert [_stands(one) for one in two] == [("waiting", 1), ("sent", 1)]
    assert _outcomes(two[0]) == [("failed", "unforeseen")]
    assert f"message {two[0].id} could not be taken up: {type(error).__name__}" in caplog.text
    assert "canary" not in caplog.text


@pytest.mark.parametrize(
    "error", [StaleDataError("canary"), OperationalError("canary", {}, Exception("canary"))],
    ids=lambda one: type(one).__name__,
)  # fmt: skip
def test_a_lost_race_or_a_busy_database_costs_a_message_none_of_its_tries(
    two: list[OutboxMessage], monkeypatch: pytest.MonkeyPatch, error: Exception,
    caplog: pytest.LogCaptureFixture,
):  # fmt: skip
    heard = list[MessageTouched]()

    def late(event: MessageTouched) -> None:
        heard.append(event)
        if len(heard) < running.TOLD_AT_MOST:
            raise error

    monkeypatch.setattr(announcements, "_hearers", {MessageTouched: (late,)})
    pocket = Pocket()
    assert run(transport=pocket) == Ran(sent=2)
    assert [mail["Subject"] for mail in pocket.mails] == ["First", "Second"]
    assert [_stands(one) for one in two] == [("sent", 1), ("sent", 1)]
    assert _outcomes(two[0]) == [("sent", "")]
    assert "could not be taken up" not in caplog.text
    assert "canary" not in caplog.text


def test_what_nobody_foresaw_is_not_asked_for_again_at_once(two: list[OutboxMessage]):
    asked = list[int]()

    def check(message: OutboxMessage) -> bool:
        asked.append(message.id)
        raise ValueError("canary")

    assert run(transport=Pocket(), checks={"note": check}) == Ran(put_off=2)
    assert asked == [one.id for one in two]


def test_what_a_dead_runner_may_have_sent_is_said_though_it_cannot_be_taken_up_again(
    two: list[OutboxMessage], refuses: Hear
):
    with transaction():
        running.claim(actor=SYSTEM, checks={})
    refuses(ValueError("canary"))
    with rehearsed(now() + CLAIM + timedelta(minutes=1)):
        assert run(transport=Pocket()) == Ran(sent=1, put_off=1)
    assert _stands(two[0]) == ("waiting", 2)
    assert _outcomes(two[0]) == [("failed", "interrupted"), ("failed", "unforeseen")]


def test_it_is_tried_again_later_and_at_last_given_up(two: list[OutboxMessage], refuses: Hear):
    refuses(ValueError("canary"))
    moment = now()
    for delay in DELAYS:
        with rehearsed(moment):
            run(transport=Pocket())
            assert run(transport=Pocket()) == Ran()
        assert _stands(two[0])[0] == "waiting"
        moment += delay
    with rehearsed(moment):
        assert run(transport=Pocket()) == Ran(given_up=1)
    assert _stands(two[0]) == ("dead", len(DELAYS) + 1)
    assert len(_outcomes(two[0])) == len(DELAYS) + 1


def test_it_leaves_once_nothing_fails_any_more(
    two: list[OutboxMessage], refuses: Hear, monkeypatch: pytest.MonkeyPatch
):
    refuses(ValueError("canary"))
    run(transport=Pocket())
    monkeypatch.setattr(announcements, "_hearers", {})
    with rehearsed(now() + DELAYS[0] + timedelta(seconds=1)):
        assert run(transport=Pocket()) == Ran(sent=1)
    assert _outcomes(two[0]) == [("failed", "unforeseen"), ("sent", "")]


def test_a_check_that_fails_stops_no_other(two: list[OutboxMessage]):
    def check(message: OutboxMessage) -> bool:
        if message.id == two[0].id:
            raise ValueError("canary")
        return True

    assert run(transport=Pocket(), checks={"note": check}) == Ran(sent=1, put_off=1)
    assert _outcomes(two[0]) == [("failed", "unforeseen")]


def test_who_only_fails_once_is_told_at_last_that_it_was_given_up(
    two: list[OutboxMessage], monkeypatch: pytest.MonkeyPatch
):
    told: list[Any] = []

    def fails_once(event: MessageTouched) -> None:
        told.append(event)
        if len(told) == 1:
            raise ValueError("canary")

    monkeypatch.setattr(
        announcements, "_hearers", {MessageTouched: (fails_once,), MessageEnded: (told.append,)}
    )
    with transaction() as session, writing("test.message", SYSTEM):
        session.get_one(OutboxMessage, two[0].id).tries = len(DELAYS)
        session.flush()
    assert run(transport=Pocket()) == Ran(sent=1, given_up=1)
    assert MessageEnded(two[0].id, "note:1", is_sent=False) in told


def _spoil(message: OutboxMessage) -> None:
    """Nothing about whom it concerns can be sealed any more: not even that it was tried."""
    with transaction() as session, writing("test.key", SYSTEM):
        spoilt = update(SubjectKey).where(SubjectKey.id == message.key_id)
        session.execute(spoilt.values(wrapped=b"canary that opens nothing"))


@pytest.fixture
def stuck(inside: Flask) -> list[OutboxMessage]:
    """One of somebody whose key opens nothing, and one that waits behind it."""
    with transaction() as session, writing("test.message", SYSTEM):
        key = vault().new_key()
        session.add(key)
        session.flush()
        told = {"kind": "note", "about": "", "to": TO, "subject": "First", "body": "Of somebody"}
        first = write(actor=SYSTEM, key=key, **told)
    second = a_message(subject="Second")
    _spoil(first)
    return [first, second]


def test_one_of_which_nothing_can_be_written_down_stops_no_other_and_is_said(
    inside: Flask, stuck: list[OutboxMessage], caplog: pytest.LogCaptureFixture
):
    said = inside.test_cli_runner().invoke(args=["outbox", "run"])
    refresh()
    assert said.exit_code == 1
    assert "not done: 1; 1 sent, 0 put off, 0 given up" in said.output
    assert [_stands(one) for one in stuck] == [("waiting", 0), ("sent", 1)]
    beat = db.session.get_one(Heartbeat, OUTBOX)
    assert (beat.outcome, beat.did) == ("failed", "not done: 1; 1 sent, 0 put off, 0 given up")
    assert f"message {stuck[0].id} is stuck: CannotOpen" in caplog.text
    assert "canary" not in caplog.text
    assert run(transport=Pocket()) == Ran(stuck=1)


def test_a_database_that_is_gone_ends_the_run(
    two: list[OutboxMessage], monkeypatch: pytest.MonkeyPatch
):
    asked = []

    def gone(*_: Any) -> None:
        asked.append(1)
        raise OperationalError("select", {}, Exception("gone"))

    monkeypatch.setattr(running, "still_due", gone)
    with pytest.raises(OperationalError):
        run(transport=Pocket())
    assert len(asked) == 2 * running.TOLD_AT_MOST + 1


def test_what_another_runner_takes_up_at_the_same_moment_is_no_failure(
    two: list[OutboxMessage], monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
):
    take = running.claim

    def slower(**facts: Any) -> Any:
        monkeypatch.setattr(running, "claim", take)
        take(**facts)
        return take(**facts)

    monkeypatch.setattr(running, "claim", slower)
    assert run(transport=Pocket()) == Ran(sent=2)
    assert [_stands(one) for one in two] == [("sent", 1), ("sent", 1)]
    assert "could not be taken up" not in caplog.text
