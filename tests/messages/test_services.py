"""A message is written with what it is about, and leaves once."""

from datetime import timedelta

import pytest
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm.exc import StaleDataError

from clinic.core import announcements
from clinic.core.clock import now, rehearsed
from clinic.core.db import db
from clinic.core.errors import Conflict, DomainError
from clinic.core.guard import writing
from clinic.core.permissions import SYSTEM
from clinic.core.transactions import transaction
from clinic.core.words import say
from clinic.files.queries import read
from clinic.messages import queries
from clinic.messages.events import MessageEnded
from clinic.messages.models import OutboxMessage
from clinic.messages.rules import CLAIM, DELAYS
from clinic.messages.services import Ran, Undelivered, again, run, withdraw, write
from clinic.messages.services import running as inner
from tests.factories import staff
from tests.factories.files import a_file
from tests.factories.messages import TO, Pocket, a_message, new_message


@pytest.fixture
def heard(monkeypatch):
    told = []
    monkeypatch.setattr(announcements, "_hearers", {MessageEnded: (told.append,)})
    return told


def fresh(message):
    db.session.expire_all()
    return queries.the_message(message.public_id)


def outcomes(message):
    return [(one.outcome, one.why) for one in reversed(queries.attempts_of(message))]


def test_a_message_leaves_with_its_document_under_a_plain_name(inside, heard):
    staff.set_up(name="Harbour Lane")
    file = a_file(name="canary-name.pdf")
    message, pocket = a_message(file=file, about="letter:abc"), Pocket()
    assert run(transport=pocket) == Ran(sent=1)
    (mail,) = pocket.mails
    assert (mail["To"], mail["Subject"]) == (TO, "A letter")
    assert mail["From"] == "Harbour Lane <clinic@harbour.example>"
    assert mail["Message-ID"] == f"<{message.public_id}@harbour.example>"
    body, paper = mail.iter_parts()
    assert body.get_content().strip() == "See attached."
    assert paper.get_content() == read(file)
    assert paper.get_filename() == "document.pdf"
    assert "canary" not in str(mail)
    message = fresh(message)
    assert (message.status, message.tries, message.claimed_at) == ("sent", 1, None)
    assert now() - message.sent_at < timedelta(minutes=5)
    assert outcomes(message) == [("sent", "")]
    assert heard == [MessageEnded(message.id, "letter:abc", is_sent=True)]
    assert run(transport=pocket) == Ran()
    assert len(pocket.mails) == 1


def test_what_was_rolled_back_never_leaves(inside):
    with pytest.raises(RuntimeError), transaction():
        _write_and_fail()
    assert run(transport=Pocket()) == Ran()


def _write_and_fail():
    new_message()
    raise RuntimeError


def test_the_same_is_written_once(inside):
    first = a_message(dedupe="letter:abc:1")
    second = a_message(dedupe="letter:abc:1", subject="Another")
    assert first.id == second.id
    assert second.subject == "A letter"
    assert db.session.query(OutboxMessage).count() == 1


@pytest.mark.parametrize(
    ("field", "value"),
    [("to", "nowhere"), ("to", ""), ("to", "a@b.example\nBcc: c@d.example"), ("subject", ""),
     ("subject", "one\ntwo"), ("subject", "x" * 151), ("body", " "), ("body", "x" * 5001)],
)  # fmt: skip
def test_what_cannot_be_sent_is_refused_beside_its_field(inside, field, value):
    with pytest.raises(DomainError) as refused:
        a_message(**{field: value})
    assert refused.value.field == field


def test_words_and_address_lie_sealed(inside):
    message = a_message(to="canary@northside.example", subject="canary", body="canary")
    for column in ("to_sealed", "subject_sealed", "body_sealed"):
        assert b"canary" not in getattr(message, column)


def test_after_each_failure_it_is_tried_later_and_at_last_given_up(inside, heard):
    message, begun = a_message(), now()
    pocket = Pocket(Undelivered("not_reached"))
    moment = begun + timedelta(seconds=1)
    for number, delay in enumerate(DELAYS, 1):
        with rehearsed(moment):
            assert run(transport=pocket) == Ran(put_off=1)
            assert run(transport=pocket) == Ran()
        assert fresh(message).next_try_at == moment + delay
        assert fresh(message).tries == number
        with rehearsed(moment + delay - timedelta(seconds=1)):
            assert run(transport=pocket) == Ran()
        moment += delay
    assert heard == []
    with rehearsed(moment):
        assert run(transport=pocket) == Ran(given_up=1)
    assert fresh(message).status == "dead"
    assert outcomes(message) == [("failed", "not_reached")] * (len(DELAYS) + 1)
    assert heard == [MessageEnded(message.id, "", is_sent=False)]
    assert tuple(timedelta(minutes=m) for m in (1, 5, 30, 120, 720)) == DELAYS


def test_an_address_that_nobody_has_is_not_tried_again(inside, heard):
    message = a_message()
    assert run(transport=Pocket(Undelivered("address", is_final=True))) == Ran(given_up=1)
    assert fresh(message).status == "dead"
    assert outcomes(message) == [("refused", "address")]
    assert heard == [MessageEnded(message.id, "", is_sent=False)]


def test_what_nobody_foresaw_stops_no_other_and_quotes_nothing(inside, caplog):
    class Breaks(Pocket):
        def send(self, mail, name):
            if not self.mails:
                self.mails.append(mail)
                raise RuntimeError(f"canary {mail['To']}")
            return super().send(mail, name)

    first, second = a_message(subject="canary"), a_message()
    assert run(transport=Breaks()) == Ran(sent=1, put_off=1)
    assert outcomes(fresh(first)) == [("failed", "unforeseen")]
    assert fresh(second).status == "sent"
    assert "RuntimeError" in caplog.text
    for word in ("canary", TO, "northside"):
        assert word not in caplog.text


def test_a_kind_is_checked_right_before_it_leaves(inside, heard):
    letter, other = a_message(kind="letter", about="letter:abc"), a_message()
    asked, pocket = [], Pocket()

    def check(message: OutboxMessage) -> bool:
        asked.append(message.about)
        return False

    assert run(transport=pocket, checks={"letter": check}) == Ran(sent=1, given_up=1)
    assert asked == ["letter:abc"]
    assert fresh(letter).status == "dead"
    assert outcomes(letter) == [("refused", "not_allowed")]
    assert fresh(other).status == "sent"
    assert MessageEnded(letter.id, "letter:abc", is_sent=False) in heard
    assert len(pocket.mails) == 1


def test_a_check_that_breaks_a_rule_refuses_too(inside):
    def check(_: OutboxMessage) -> bool:
        raise Conflict(say("No."))

    message = a_message(kind="letter")
    assert run(transport=Pocket(), checks={"letter": check}) == Ran(given_up=1)
    assert fresh(message).status == "dead"


def test_a_document_that_is_damaged_is_tried_again_later(inside):
    file = a_file()
    message = a_message(file=file)
    for path in (inside.config["FILES_DIR"]).rglob("*"):
        if path.is_file():
            path.unlink()
    assert run(transport=Pocket()) == Ran(put_off=1)
    assert outcomes(fresh(message)) == [("failed", "file_damaged")]


def test_a_message_that_waits_can_be_called_back(inside, heard):
    message = a_message()
    with transaction():
        withdraw(fresh(message), actor=SYSTEM)
    assert fresh(message).status == "withdrawn"
    assert heard == [MessageEnded(message.id, "", is_sent=False)]
    assert run(transport=Pocket()) == Ran()
    with pytest.raises(Conflict, match="that waits"), transaction():
        withdraw(fresh(message), actor=SYSTEM)


def test_what_is_being_sent_is_not_called_back(inside):
    message = a_message()
    with transaction():
        inner.claim(actor=SYSTEM, checks={})
    with pytest.raises(Conflict, match="just now"), transaction():
        withdraw(fresh(message), actor=SYSTEM)
    with rehearsed(now() + CLAIM + timedelta(minutes=1)), transaction():
        withdraw(fresh(message), actor=SYSTEM)
    assert fresh(message).status == "withdrawn"


def test_what_was_given_up_is_tried_again_when_somebody_says_so(inside):
    message = a_message()
    with pytest.raises(Conflict), transaction():
        again(fresh(message), actor=SYSTEM)
    run(transport=Pocket(Undelivered("address", is_final=True)))
    with transaction():
        again(fresh(message), actor=SYSTEM)
    assert fresh(message).status == "waiting"
    assert run(transport=Pocket()) == Ran(sent=1)
    assert outcomes(fresh(message)) == [("refused", "address"), ("sent", "")]


def test_what_a_runner_left_undone_is_taken_up_by_another(inside):
    message = a_message()
    with transaction():
        inner.claim(actor=SYSTEM, checks={})
    assert run(transport=Pocket()) == Ran()
    with rehearsed(now() + CLAIM + timedelta(minutes=1)):
        assert run(transport=Pocket()) == Ran(sent=1)
    assert outcomes(fresh(message)) == [("failed", "interrupted"), ("sent", "")]


def test_what_breaks_every_runner_is_given_up(inside):
    message, moment = a_message(), now()
    for _ in range(len(DELAYS) + 1):
        with rehearsed(moment), transaction():
            assert inner.claim(actor=SYSTEM, checks={}).instead is None
        moment += CLAIM + timedelta(minutes=1)
    with rehearsed(moment):
        assert run(transport=Pocket()) == Ran(given_up=1)
    assert fresh(message).status == "dead"


def test_a_runner_that_took_too_long_changes_nothing_that_another_did(inside):
    message = a_message()
    with transaction():
        slow = inner.claim(actor=SYSTEM, checks={})
    with rehearsed(now() + CLAIM + timedelta(minutes=1)):
        assert run(transport=Pocket()) == Ran(sent=1)
    with transaction():
        assert inner.conclude(slow, inner._Outcome("failed", "not_reached"), actor=SYSTEM) == "sent"
    assert fresh(message).status == "sent"
    assert len(outcomes(message)) == 3


def test_what_left_stays_written_down_though_somebody_above_refuses(inside, monkeypatch):
    def refuses(_: MessageEnded) -> None:
        raise Conflict(say("Not so."))

    monkeypatch.setattr(announcements, "_hearers", {MessageEnded: (refuses,)})
    message, pocket = a_message(), Pocket()
    assert run(transport=pocket) == Ran(sent=1)
    assert run(transport=pocket) == Ran()
    assert fresh(message).status == "sent"
    assert outcomes(message) == [("sent", "")]


def test_who_was_late_for_what_left_is_told_again(inside, monkeypatch):
    told = []

    def late(event: MessageEnded) -> None:
        told.append(event)
        if len(told) < inner.TOLD_AT_MOST:
            raise StaleDataError

    monkeypatch.setattr(announcements, "_hearers", {MessageEnded: (late,)})
    message = a_message()
    assert run(transport=Pocket()) == Ran(sent=1)
    assert told == [MessageEnded(message.id, message.about, is_sent=True)] * inner.TOLD_AT_MOST
    assert (fresh(message).status, outcomes(message)) == ("sent", [("sent", "")])


def test_a_run_takes_so_many_and_the_longest_waiting_first(inside):
    pocket = Pocket()
    for number in range(3):
        a_message(subject=f"Letter {number}")
    assert run(transport=pocket, limit=2) == Ran(sent=2)
    assert [mail["Subject"] for mail in pocket.mails] == ["Letter 0", "Letter 1"]


def test_who_may_not_write_letters_writes_no_message(inside):
    message = a_message()
    nobody = staff.member("No Body")
    actor = staff.queries.actor_of(nobody)
    stranger = type(actor)(id=actor.id, public_id=actor.public_id, name=actor.name)
    for act in (withdraw, again):
        with pytest.raises(DomainError), transaction():
            act(fresh(message), actor=stranger)
    with pytest.raises(DomainError), transaction():
        write(actor=stranger, kind="x", about="", key=message.key, to=TO, subject="s", body="b")


def test_attempts_are_only_added(inside):
    message = a_message()
    run(transport=Pocket())
    attempt = queries.attempts_of(fresh(message))[0]
    with pytest.raises(DBAPIError):
        _rewrite(attempt)


def _rewrite(attempt):
    with transaction() as session, writing("test.rewrite", SYSTEM):
        attempt.why = "another"
        session.flush()
