"""What cannot be read or written of one referral by night keeps none of the others waiting."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import update
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm.exc import StaleDataError

from clinic.clients.models import Client
from clinic.coordination.models import OutboundReferral, ProgressReport, ReferralCase
from clinic.coordination.queries.cases import about
from clinic.coordination.queries.outbound import about_outbound
from clinic.coordination.services import outbound as verbs
from clinic.coordination.services.inbound import sweeping as inbound_sweeping
from clinic.coordination.services.outbound import sweeping as outbound_sweeping
from clinic.core.clock import now, rehearsed
from clinic.core.db import db
from clinic.core.guard import writing
from clinic.core.permissions import SYSTEM
from clinic.core.transactions import transaction
from clinic.core.vault import SubjectKey
from clinic.practice.models import Heartbeat
from clinic.practice.rules import SWEEP
from clinic.tasks.models import Task
from tests.factories import inbound as cases
from tests.factories import outbound as sent
from tests.factories import referrals as orders
from tests.factories import scheduling as made
from tests.factories import screening, tasks
from tests.factories.clients import a_client
from tests.factories.reports import owe, put
from tests.statements import counted


def _spoil(client: Client) -> None:
    """Nothing about this client can be sealed or opened any more."""
    with transaction() as session, writing("test.key", SYSTEM):
        spoilt = update(SubjectKey).where(SubjectKey.id == client.key_id)
        session.execute(spoilt.values(wrapped=b"canary that opens nothing"))


def _night(app: Flask, days: int) -> Any:
    """What is said of a sweep so many days from now, and what staff read of it."""
    with rehearsed(now() + timedelta(days=days)):
        said = app.test_cli_runner().invoke(args=["sweep"])
    db.session.expire_all()
    beat = db.session.get_one(Heartbeat, SWEEP)
    return said, beat


@pytest.fixture
def three(inside: Flask) -> Iterator[list[ReferralCase]]:
    """Three referrals, each of a client of its own, whose time will have run out."""
    house = made.open_house()
    names = ("Omar Haddad", "Canary Brandt", "Rosa Lind")
    return [cases.accepted(house, a_client(name)) for name in names]


def test_what_cannot_be_written_about_one_is_written_about_all_others(
    inside: Flask, three: list[ReferralCase], caplog: pytest.LogCaptureFixture
):
    first, broken, last = three
    _spoil(broken.referral.client)
    said, beat = _night(inside, 61)
    assert [one.status for one in (first, broken, last)] == ["expired", "accepted", "expired"]
    assert said.exit_code == 1
    assert beat.outcome == "failed"
    assert beat.did.startswith("not done: referrals (1)")
    assert "3 looked at" in said.output
    assert f"{about(broken)} failed, CannotOpen" in caplog.text
    for told in (said.output, beat.did, caplog.text):
        assert "canary" not in told.lower()


def test_what_cannot_be_read_of_one_is_read_of_all_others(
    inside: Flask, three: list[ReferralCase], monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
):  # fmt: skip
    first, broken, last = three
    number, read = broken.id, inbound_sweeping.known_of_all

    def breaks(found: Sequence[ReferralCase]) -> Any:
        if number in [one.id for one in found]:
            raise ValueError("canary of a client")
        return read(found)

    monkeypatch.setattr(inbound_sweeping, "known_of_all", breaks)
    said, beat = _night(inside, 61)
    assert [one.status for one in (first, broken, last)] == ["expired", "accepted", "expired"]
    assert (said.exit_code, beat.outcome) == (1, "failed")
    assert "not done: referrals (1);" in beat.did
    assert "2 expired" in said.output
    assert f"{about(broken)} failed, ValueError" in caplog.text
    assert "canary" not in caplog.text


def test_the_next_batch_is_done_after_one_that_failed(
    inside: Flask, three: list[ReferralCase], monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr("clinic.cli.sweeping.AT_ONCE", 2)
    _spoil(three[0].referral.client)
    _night(inside, 61)
    assert [one.status for one in three] == ["accepted", "expired", "expired"]


def test_an_order_that_cannot_be_taken_over_keeps_no_other_from_it(inside: Flask):
    made.open_house()
    orders.ready()
    spoilt, other = a_client("Omar Haddad"), a_client("Rosa Lind")
    found = [orders.order(client=one) for one in (spoilt, other)]
    _spoil(spoilt)
    said, _ = _night(inside, 0)
    assert "1 taken over" in said.output
    assert "not done: referrals (1)" in said.output
    taken = {one.referral_id for one in db.session.query(ReferralCase)}
    assert taken == {found[1].id}


def test_a_report_that_cannot_be_settled_keeps_no_other_from_it(inside: Flask):
    house = made.open_house()
    both = [cases.accepted(house, a_client(name)) for name in ("Omar Haddad", "Rosa Lind")]
    reports = [owe(one) for one in both]
    for report in reports:
        put(report, "sent", house)
        _arrived(report)
    _spoil(both[0].referral.client)
    said, _ = _night(inside, 9)
    assert [one.status for one in reports] == ["sent", "acknowledged"]
    assert "not done: referrals (2)" in said.output  # the report, and its referral


def _arrived(report: ProgressReport) -> None:
    assert report.letter is not None
    with transaction() as session, writing("test.letter", SYSTEM):
        report.letter.delivered_at = now()
        session.flush()


def test_a_task_that_cannot_be_written_about_keeps_no_other_from_being_woken(
    inside: Flask, caplog: pytest.LogCaptureFixture
):
    made.open_house()
    clients = [a_client(name) for name in ("Omar Haddad", "Canary Brandt", "Rosa Lind")]
    asleep = [tasks.in_state("snoozed", client=one) for one in clients]
    _spoil(clients[1])
    said, beat = _night(inside, 4)
    assert [one.status for one in asleep] == ["open", "snoozed", "open"]
    assert (said.exit_code, beat.outcome) == (1, "failed")
    assert "not done: tasks (1);" in beat.did
    assert f"task {asleep[1].public_id} failed, CannotOpen" in caplog.text
    assert "canary" not in caplog.text.lower()


def test_a_database_that_is_gone_is_not_asked_once_for_each(
    inside: Flask, three: list[ReferralCase], monkeypatch: pytest.MonkeyPatch
):
    asked = []

    def gone(found: Sequence[ReferralCase]) -> Any:
        asked.append(len(found))
        raise OperationalError("select", {}, Exception("gone"))

    monkeypatch.setattr(inbound_sweeping, "known_of_all", gone)
    said, beat = _night(inside, 61)
    assert asked == [3, 1, 1]
    assert "not done: referrals;" in beat.did
    assert said.exit_code == 1


def test_a_deadlock_with_a_desk_ends_nothing(
    inside: Flask, three: list[ReferralCase], monkeypatch: pytest.MonkeyPatch
):
    asked, read = list[int](), inbound_sweeping.known_of_all

    def deadlocked(found: Sequence[ReferralCase]) -> Any:
        asked.append(len(found))
        if len(asked) < 3:  # together, and the first by itself
            raise OperationalError("select", {}, Exception("deadlock detected"))
        return read(found)

    monkeypatch.setattr(inbound_sweeping, "known_of_all", deadlocked)
    said, beat = _night(inside, 61)
    assert asked == [3, 1, 1, 1, 1, 0]
    assert [one.status for one in three] == ["expired"] * 3
    assert (said.exit_code, beat.outcome) == (0, "done")


@pytest.mark.parametrize("times", [1, 2])
def test_a_race_lost_by_one_alone_is_run_once_more(
    inside: Flask, three: list[ReferralCase], monkeypatch: pytest.MonkeyPatch, times: int
):
    left, number, read = [1 + times], three[1].id, inbound_sweeping.known_of_all

    def slower(found: Sequence[ReferralCase]) -> Any:
        if number in [one.id for one in found] and left[0]:
            left[0] -= 1
            raise StaleDataError("a desk was faster")
        return read(found)

    monkeypatch.setattr(inbound_sweeping, "known_of_all", slower)
    said, _ = _night(inside, 61)
    assert [one.status for one in three].count("expired") == 4 - times
    assert said.exit_code == times - 1


# --- to providers ---


@pytest.fixture
def two(inside: Flask, monkeypatch: pytest.MonkeyPatch) -> list[OutboundReferral]:
    """Two that wait for an answer, each about a client of its own."""
    sent.swift_setting(monkeypatch)
    who = sent.cast()
    return [sent.in_state(one, "sent") for one in (who, _with_another(who))]


def _with_another(who: sent.Cast) -> sent.Cast:
    client = a_client("Rosa Lind")
    screening.treat(client, who.ines)
    return replace(who, client=client)


def test_what_cannot_be_written_about_one_that_is_out_is_written_about_the_others(
    inside: Flask, two: list[OutboundReferral], caplog: pytest.LogCaptureFixture
):
    broken, other = two
    _spoil(broken.client)
    said, beat = _night(inside, 40)
    assert [one.next_action for one in (broken, other)] == ["await_answer", "remind"]
    assert "outbound (1)" in beat.did
    assert "to providers: 1 of 2 planned anew" in said.output
    assert f"{about_outbound(broken)} failed, CannotOpen" in caplog.text


def test_what_cannot_be_read_of_one_that_is_out_is_read_of_the_others(
    inside: Flask, two: list[OutboundReferral], monkeypatch: pytest.MonkeyPatch
):
    broken, other = two
    name, read = about_outbound(broken), outbound_sweeping.live_abouts

    def breaks(names: Sequence[str]) -> Any:
        if name in names:
            raise ValueError("canary of a client")
        return read(names)

    monkeypatch.setattr(outbound_sweeping, "live_abouts", breaks)
    _, beat = _night(inside, 40)
    assert [one.next_action for one in (broken, other)] == ["await_answer", "remind"]
    assert "outbound (1)" in beat.did


@pytest.fixture
def meanwhile(monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """A desk changes tasks right after those about all were read."""
    read = outbound_sweeping.live_abouts

    def meet(**values: Any) -> None:
        def slow(names: Sequence[str]) -> dict[str, list[Task]]:
            found = read(names)
            changed = update(Task).where(Task.about.in_(names), Task.closed_at.is_(None))
            db.session.connection().execute(changed.values(version=Task.version + 1, **values))
            return found

        monkeypatch.setattr(outbound_sweeping, "live_abouts", slow)

    return meet


@pytest.mark.parametrize(
    "values", [{"status": "done", "outcome": "Rang them", "closed_at": now()},
               {"status": "in_progress"}],
    ids=["closes", "takes up"],
)  # fmt: skip
def test_a_desk_that_is_faster_about_a_task_is_no_failure(
    inside: Flask, two: list[OutboundReferral], meanwhile: Callable[..., None],
    values: dict[str, Any],
):  # fmt: skip
    _night(inside, 40)
    assert [one.next_action for one in two] == ["remind", "remind"]
    with transaction() as session, writing("test.outbound", SYSTEM):
        for one in two:
            one.answer_by = sent.day(90)
        session.flush()
    meanwhile(**values)
    said, beat = _night(inside, 40)
    assert [one.next_action for one in two] == ["await_answer", "await_answer"]
    assert "2 of 2 planned anew" in said.output
    assert (said.exit_code, beat.outcome) == (0, "done")
    assert {one.status for one in db.session.query(Task).filter_by(kind="answer_overdue")} == {
        "done"
    }


def test_a_task_that_a_desk_opens_meanwhile_is_no_failure_and_not_opened_again(
    inside: Flask, two: list[OutboundReferral], monkeypatch: pytest.MonkeyPatch
):
    _night(inside, 40)
    before = len(db.session.query(Task).all())
    monkeypatch.setattr(outbound_sweeping, "live_abouts", lambda names: {one: [] for one in names})
    said, beat = _night(inside, 40)
    assert "planned anew" not in said.output
    assert (said.exit_code, beat.outcome) == (0, "done")
    assert len(db.session.query(Task).all()) == before


def test_a_quiet_night_asks_of_many_that_are_out_no_more_than_of_few(
    inside: Flask, monkeypatch: pytest.MonkeyPatch
):
    sent.swift_setting(monkeypatch)
    who = sent.cast()

    def asked() -> int:
        with transaction():
            verbs.sweep(actor=SYSTEM, today=sent.day())
        with counted() as queries, transaction():
            verbs.sweep(actor=SYSTEM, today=sent.day())
        return len(queries)

    sent.in_state(who, "sent")
    few = asked()
    for _ in range(3):
        sent.in_state(who, "sent")
    assert asked() == few
