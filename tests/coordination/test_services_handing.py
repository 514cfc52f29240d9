"""Who is given a referral is told of it, until they act on it; drafts name who treats now."""

from datetime import timedelta

import pytest
from flask import Flask

from clinic.clients.services import join_care
from clinic.coordination.models import ReferralCase
from clinic.coordination.queries.cases import about
from clinic.coordination.queries.closing import other_tasks
from clinic.coordination.queries.outbound import about_outbound
from clinic.coordination.rules.workdays import after
from clinic.coordination.services import inbound, reporting
from clinic.coordination.services import outbound as verbs
from clinic.coordination.services.handing import tells_of_hand_over
from clinic.coordination.services.inbound.receiving import give_to
from clinic.core.clock import now, rehearsed
from clinic.core.db import db
from clinic.core.guard import writing
from clinic.core.permissions import SYSTEM, Role
from clinic.core.transactions import transaction
from clinic.letters import services as letters
from clinic.letters.models import Letter
from clinic.letters.queries import content_of
from clinic.letters.rules.blocks import Facts, Paragraph
from clinic.scheduling import services as scheduling
from clinic.staff.models import StaffMember
from clinic.staff.queries import actor_of
from clinic.staff.services import disable
from clinic.tasks import services as tasks
from clinic.tasks.models import Task
from clinic.tasks.queries import live_about
from tests.factories import inbound as cases
from tests.factories import outbound as out
from tests.factories import scheduling as made
from tests.factories import staff
from tests.factories.ready import ready
from tests.factories.scheduling import House


@pytest.fixture
def house(inside: Flask) -> House:
    return made.open_house(locale="en_US")


def told(name: str) -> list[Task]:
    return [one for one in live_about(name) if tells_of_hand_over(one)]


def given(case: ReferralCase, to: StaffMember, house: House) -> None:
    cases.do(
        "plan_next", case, house.desk, next_action=case.next_action, due_on=case.due_on, owner=to
    )


def other() -> StaffMember:
    return staff.member("Teo Marsh", Role.RECEPTIONIST)


def night(days: int = 0) -> None:
    with rehearsed(now() + timedelta(days=days)), transaction():
        inbound.sweep(actor=SYSTEM, today=made.this_day())
        verbs.sweep(actor=SYSTEM, today=made.this_day())
    db.session.expire_all()


# --- of those that came in ---


def test_who_is_given_a_referral_is_told_by_the_next_working_day(house: House):
    case, teo = cases.accepted(house), other()
    given(case, teo, house)
    (task,) = told(about(case))
    assert (task.assignee_id, task.due_on) == (teo.id, after(made.this_day(), 1))
    assert (task.kind, task.note) == ("referral_next_action", "A referral was handed to you.")
    for days in (0, 0, 3):
        night(days)
    assert told(about(case)) == [task]


def test_who_takes_it_themselves_is_not_told(house: House):
    case, teo = cases.accepted(house), other()
    with transaction(), writing("test.give", actor_of(teo)):
        give_to(case, teo, actor=actor_of(teo))
    assert told(about(case)) == []


def test_it_is_done_when_they_act_on_the_referral_and_not_when_others_do(house: House):
    case, teo = cases.accepted(house), other()
    given(case, teo, house)
    cases.tried(case, house)
    assert len(told(about(case))) == 1
    cases.do("log_attempt", case, actor_of(teo), channel="phone", result="no_answer")
    assert told(about(case)) == []


def test_or_when_they_say_that_they_know(house: House):
    case, teo = cases.accepted(house), other()
    given(case, teo, house)
    with transaction():
        tasks.finish(told(about(case))[0], actor=actor_of(teo), outcome="Seen.")
    night(1)
    assert told(about(case)) == []


def test_it_keeps_no_referral_open_and_ends_with_it(house: House):
    case = cases.accepted(house)
    before = len(other_tasks(case))
    given(case, other(), house)
    assert len(other_tasks(case)) == before
    cases.do("decline", case, house.desk, code="no_capacity")
    assert told(about(case)) == []


def test_given_on_once_more_the_last_one_is_told(house: House):
    case, teo = cases.accepted(house), other()
    given(case, teo, house)
    ria = staff.member("Ria Holt", Role.RECEPTIONIST)
    given(case, ria, house)
    assert [one.assignee_id for one in told(about(case))] == [ria.id]


def test_by_night_an_owner_is_told_of_what_somebody_who_left_had(house: House):
    case, teo = cases.accepted(house), other()
    given(case, teo, house)
    cases.do("log_attempt", case, actor_of(teo), channel="phone", result="no_answer")
    with transaction():
        disable(teo, actor=house.owner)
    for days in (4, 4, 6):
        night(days)
    (task,) = told(about(case))
    assert (task.assignee_id, task.due_on) == (house.owner.id, after(made.this_day(), 1))
    assert case.owner_id == house.owner.id


# --- of those to providers ---


def test_so_it_is_with_a_referral_to_a_provider(inside: Flask, monkeypatch: pytest.MonkeyPatch):
    out.swift_setting(monkeypatch)
    who = out.cast()
    row, teo = out.in_state(who, "sent"), staff.therapist()
    owner = db.session.get_one(StaffMember, teo.id)
    with transaction():
        verbs.hand_over(row, actor=who.robin, owner=owner)
    name = about_outbound(row)
    assert [one.assignee_id for one in told(name)] == [teo.id]
    night()
    assert len(told(name)) == 1
    with transaction():
        verbs.acknowledged(row, actor=who.robin, on=out.day(), by="The desk there")
    assert len(told(name)) == 1
    with transaction():
        verbs.call(row, actor=teo, result="reached")
    assert told(name) == []


# --- who treats now ---


def _had(house: House, therapist: StaffMember, minutes: int) -> None:
    ready(house, house.client)
    visit = made.book_now(house, minutes, therapist=therapist, use_referral=True)
    for verb, actor in (("check_in", house.desk), ("start", SYSTEM), ("finish", SYSTEM)):
        made.done(getattr(scheduling, verb), visit, actor)


def _draft(case: ReferralCase, house: House) -> Letter:
    with transaction():
        report = reporting.owe(case, "progress", made.this_day(), "asked", actor=house.desk)
        return reporting.draft_report(report, actor=house.treats)


def _therapist(letter: Letter) -> str:
    content = content_of(letter)
    assert content is not None
    rows = [row for block in content.blocks if isinstance(block, Facts) for row in block.rows]
    return dict(rows)["Therapist"]


@pytest.fixture
def treated(house: House) -> ReferralCase:
    with transaction():
        join_care(house.client, house.therapist.id, actor=SYSTEM)
    case: ReferralCase = cases.accepted(house)
    _had(house, house.therapist, 300)
    return case


def test_a_draft_names_who_treats_from_their_first_visit_on(house: House, treated: ReferralCase):
    letter = _draft(treated, house)
    assert _therapist(letter) == "June Park"
    _had(house, made.a_therapist("Ria Holt"), 120)
    assert _therapist(letter) == "Ria Holt"


def test_what_was_approved_keeps_its_words(house: House, treated: ReferralCase):
    letter = _draft(treated, house)
    with transaction():
        letters.approve(letter, actor=house.treats)
    _had(house, made.a_therapist("Ria Holt"), 120)
    assert _therapist(letter) == "June Park"


def test_what_somebody_wrote_stays(house: House, treated: ReferralCase):
    letter = _draft(treated, house)
    content = content_of(letter)
    assert content is not None
    own = (Paragraph("June Park knows more."), Facts((("Therapist", "June P., LMT"),)))
    with transaction():
        letters.edit(
            letter, actor=house.treats,
            content=type(content)(content.subject, content.salutation, own, content.closing),
        )  # fmt: skip
    _had(house, made.a_therapist("Ria Holt"), 120)
    after_all = content_of(letter)
    assert after_all is not None
    assert after_all.blocks == own
