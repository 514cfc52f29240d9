"""Papers that arrived: sealed by themselves, kept by whose they are, and never left lying."""

from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import func, select
from sqlalchemy.orm.exc import StaleDataError

from clinic.audit.models import ChangeEntry
from clinic.audit.queries import values_of
from clinic.clients.queries import kept_record
from clinic.coordination.models import ArrivedPaper, Reply
from clinic.coordination.queries.cases import the_case
from clinic.coordination.queries.papers import the_paper, waiting_now
from clinic.coordination.services import inbound, papers
from clinic.core import cabinet
from clinic.core.clock import now
from clinic.core.db import db
from clinic.core.errors import Conflict, DomainError, NotAllowed, StaleEdit
from clinic.core.guard import writing
from clinic.core.permissions import SYSTEM, Actor
from clinic.core.transactions import transaction
from clinic.core.vault import CannotOpen, SubjectKey, vault
from clinic.files.models import StoredFile
from clinic.files.queries import place_of, read
from clinic.tasks.models import Task
from clinic.tasks.rules import LIVE
from tests.factories import inbound as orders
from tests.factories import outbound as asked
from tests.factories import papers as made
from tests.factories import scheduling as schedule
from tests.factories.files import a_pdf
from tests.statements import counted


@pytest.fixture
def order(inside: Flask) -> Any:
    """An order that the desk received."""
    return orders.received(schedule.open_house()).referral


def copies() -> int:
    return db.session.scalar(select(func.count()).select_from(StoredFile)) or 0


def tasks() -> list[Task]:
    wanted = select(Task).where(Task.kind == papers.TASK, Task.status.in_(LIVE))
    return list(db.session.scalars(wanted))


def test_a_paper_waits_under_a_key_of_its_own(inside: Flask) -> None:
    data = a_pdf(3)
    first, second = made.paper(data=data), made.paper()
    assert first.status == "waiting"
    assert first.file.key_id != second.file.key_id
    assert first.file.pages == 3
    assert first.note == made.NOTE
    assert read(first.file) == data
    assert made.NOTE.encode() not in (first.note_sealed or b"")
    assert data not in cabinet.get(first.file.kept_as)
    assert waiting_now().count == 2


def test_what_is_filed_is_the_clients_and_the_first_copy_is_gone_with_its_key(order: Any) -> None:
    data = a_pdf(2)
    paper = made.paper(data=data)
    before = paper.file
    bytes_, key, number = cabinet.get(before.kept_as), before.key_id, before.public_id
    files = copies()
    document = made.do("make_document", paper, referral=order, kind="report")
    assert copies() == files
    assert document.kind == "report"
    assert document.file_id == paper.file_id
    assert document.file.key_id == order.client.key_id
    assert read(document.file) == data
    assert (paper.status, paper.became, paper.note) == ("filed", "document", made.NOTE)
    assert paper.referral_id == order.id
    db.session.expire_all()
    assert db.session.get(SubjectKey, key) is None
    assert db.session.scalar(select(StoredFile).where(StoredFile.public_id == number)) is None
    with pytest.raises(CannotOpen):
        vault().open_bytes(order.client.key, place_of(number), bytes_)


def test_with_the_clients_key_gone_nothing_of_the_paper_opens(order: Any) -> None:
    paper = made.paper()
    made.do("make_document", paper, referral=order)
    key = order.client.key
    with transaction() as session, writing("test.erase", SYSTEM):
        key.wrapped = vault().new_key(key.subject).wrapped
        session.flush()
    db.session.expire_all()
    with pytest.raises(CannotOpen):
        assert the_paper(paper.public_id).note
    with pytest.raises(DomainError, match="damaged"):
        read(paper.file)
    entries = db.session.scalars(
        select(ChangeEntry).where(ChangeEntry.object_id == paper.public_id)
    ).all()
    assert len(entries) >= 2
    for entry in entries:
        try:
            assert not values_of(entry), "a value of the paper opens without the client's key"
        except CannotOpen:
            continue


def test_of_two_who_file_one_paper_one_wins(order: Any) -> None:
    paper = made.paper()
    shown = paper.version
    made.do("set_aside", paper, why="An advertisement", version=shown)
    with pytest.raises(Conflict, match="Somebody else has seen to this paper"):
        made.do("make_document", paper, referral=order, version=shown)
    made.do("take_up", paper)
    with pytest.raises(StaleEdit):
        made.do("make_document", paper, referral=order, version=shown)
    made.do("make_document", paper, referral=order, version=paper.version)
    with pytest.raises(Conflict, match="Somebody else has seen to this paper"):
        made.do("set_aside", paper, why="Not ours")
    assert len(order.documents) == 1


def test_who_read_it_before_somebody_filed_it_changes_nothing(order: Any) -> None:
    paper = made.paper()
    paper_id = paper.id

    def late() -> None:
        row = db.session.get_one(ArrivedPaper, paper_id)
        db.session.connection().execute(
            ArrivedPaper.__table__.update()
            .where(ArrivedPaper.id == paper_id)
            .values(version=row.version + 1)
        )
        papers.make_document(row, actor=SYSTEM, referral=order)

    files = copies()
    with pytest.raises(StaleDataError), transaction(), writing("test.late", SYSTEM):
        late()
    assert (copies(), len(order.documents)) == (files, 0)


def test_what_is_set_aside_says_why_and_can_be_taken_up(inside: Flask) -> None:
    paper = made.paper(hours=200)
    arrived = paper.arrived_at
    with pytest.raises(DomainError, match="Say why"):
        made.do("set_aside", paper, why="  ")
    made.do("set_aside", paper, why="Meant for the dentist next door")
    assert (paper.status, paper.settled_why) == ("set_aside", "Meant for the dentist next door")
    assert read(paper.file)
    assert waiting_now().count == 0
    made.do("take_up", paper)
    assert (paper.status, paper.settled_why, paper.settled_at) == ("waiting", "", None)
    assert paper.arrived_at == arrived
    with pytest.raises(Conflict, match="not set aside"):
        made.do("take_up", paper)


def test_bad_facts_are_refused_and_nothing_is_kept(order: Any) -> None:
    for facts, words in (
        ({"arrived_via": "pigeon"}, "Choose from the list"),
        ({"note": "x" * 201}, "at most 200"),
    ):
        with pytest.raises(DomainError, match=words):
            made.paper(**facts)
    with pytest.raises(DomainError, match="has not come yet"):
        made.paper(hours=-1)
    nobody = Actor(id=None, public_id="x", name="Nobody")
    with pytest.raises(NotAllowed):
        made.paper(actor=nobody)
    paper = made.paper()
    with transaction():
        inbound.mistake(the_case(order.public_id), actor=SYSTEM, why="double")
    with pytest.raises(DomainError, match="has ended"):
        made.do("make_document", paper, referral=order)
    assert paper.status == "waiting"
    assert waiting_now().count == 1


def test_one_task_stands_while_a_paper_waits_too_long_and_none_when_none_does(order: Any) -> None:
    made.paper(hours=1)
    assert not tasks()
    first, second = made.paper(hours=200), made.paper(hours=300)
    (task,) = tasks()
    assert (task.role, task.escalates_to) == ("receptionist", "owner")
    assert task.about.startswith("papers:")
    made.do("set_aside", first, why="Twice")
    assert tasks() == [task]
    made.do("make_document", second, referral=order)
    assert not tasks()
    assert task.status == "done"
    made.do("take_up", first)
    assert len(tasks()) == 1


def test_the_nightly_step_opens_what_time_alone_brings_and_twice_is_once(
    inside: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    made.paper(hours=1)
    with transaction():
        assert not papers.see_to(actor=SYSTEM)
    later = now() + timedelta(days=5)
    monkeypatch.setattr("clinic.core.clock.now", lambda: later)
    for is_first in (True, False):
        with transaction():
            assert papers.see_to(actor=SYSTEM) is is_first
    assert len(tasks()) == 1
    assert waiting_now().is_late


def test_the_desk_keeps_an_answer_that_a_therapist_reads(
    inside: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked.swift_setting(monkeypatch)
    who = asked.cast()
    row = asked.begin(who)
    asked.approve(row, who)
    asked.agree(who)
    asked.send(row, who.robin)
    paper = made.paper()
    letter = made.do("keep_answer", paper, actor=who.robin, outbound=row)
    reply = db.session.scalars(select(Reply)).one()
    assert (reply.file_id, row.status, row.read_at) == (paper.file_id, "reply_received", None)
    assert (letter.direction, letter.status) == ("in", "received")
    assert row.letter is not None
    assert row.letter.replied_on is not None
    assert paper.file.key_id == kept_record(row.client).key_id


def test_what_is_recorded_as_an_answer_lies_with_the_client(inside: Flask) -> None:
    who = asked.cast()
    row = asked.begin(who)
    paper = made.paper()
    file = made.do("as_answer", paper, outbound=row)
    assert file.key_id == row.client.key_id
    assert (paper.became, paper.client_id) == ("answer", row.client_id)


def test_what_waits_is_counted_in_one_statement(inside: Flask) -> None:
    assert waiting_now().oldest is None
    made.paper(hours=2)
    made.paper(hours=5)
    with transaction(), counted() as asked_for:
        assert waiting_now().count == 2
    assert len(asked_for) == 1, asked_for
