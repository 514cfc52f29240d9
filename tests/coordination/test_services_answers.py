"""An answer to a letter of a referral that has ended is read by who looked after it."""

import pytest
from flask import Flask
from sqlalchemy import select

from clinic.coordination.queries.cases import about
from clinic.coordination.queries.outbound import about_outbound
from clinic.coordination.rules.workdays import after
from clinic.core.db import db
from clinic.core.transactions import transaction
from clinic.letters import services as letters
from clinic.letters.models import Letter
from clinic.letters.queries import of_about
from clinic.tasks import services as tasks
from clinic.tasks.models import Task
from tests.factories import inbound as cases
from tests.factories import outbound as out
from tests.factories import scheduling as made


def to_read(name: str) -> list[Task]:
    found = select(Task).where(Task.kind == "read_reply", Task.about == name).order_by(Task.id)
    return list(db.session.scalars(found))


def test_an_answer_to_a_decline_is_read_by_who_looked_after_the_order(inside: Flask):
    house = made.open_house()
    case = cases.received(house)
    cases.do("decline", case, house.desk, code="no_capacity")
    letter: Letter = next(one for one in of_about(about(case)) if one.kind == "decline")
    with transaction():
        letters.approve(letter, actor=house.desk)
        letters.send(letter, actor=house.desk, channel="print")
    assert to_read(about(case)) == []
    with transaction():
        letters.mark_replied(letter, actor=house.desk, on=made.this_day())
    (task,) = to_read(about(case))
    assert (task.assignee_id, task.due_on) == (case.owner_id, after(made.this_day(), 1))
    assert (task.client_id, task.note) == (house.client.id, case.referral.provider.name)


def test_it_is_read_once_whatever_else_is_said_of_the_letter(inside: Flask):
    house = made.open_house()
    case = cases.received(house)
    cases.do("decline", case, house.desk, code="no_capacity")
    letter: Letter = next(one for one in of_about(about(case)) if one.kind == "decline")
    with transaction():
        letters.approve(letter, actor=house.desk)
        letters.send(letter, actor=house.desk, channel="print")
        letters.mark_replied(letter, actor=house.desk, on=made.this_day())
    with transaction():
        tasks.finish(to_read(about(case))[0], actor=house.desk, outcome="Read.")
    with transaction():
        letters.acknowledge(letter, actor=house.desk, on=made.this_day())
    assert [one.status for one in to_read(about(case))] == ["done"]


def test_while_a_referral_is_live_its_own_next_step_sees_to_it(inside: Flask):
    house = made.open_house()
    case = cases.received(house)
    cases.do("found_incomplete", case, house.desk, missing=["signature"])
    letter: Letter = next(one for one in of_about(about(case)) if one.kind == "missing_information")
    with transaction():
        letters.approve(letter, actor=house.desk)
        letters.send(letter, actor=house.desk, channel="print")
        letters.mark_replied(letter, actor=house.desk, on=made.this_day())
    assert to_read(about(case)) == []


def test_what_a_provider_who_declined_answers_after_all_is_read(
    inside: Flask, monkeypatch: pytest.MonkeyPatch
):
    out.swift_setting(monkeypatch)
    who = out.cast()
    row = out.in_state(who, "declined")
    assert row.letter is not None
    with transaction():
        letters.mark_replied(row.letter, actor=who.robin, on=out.day())
    (task,) = to_read(about_outbound(row))
    assert (task.assignee_id, task.status, row.status) == (row.owner_id, "open", "declined")
