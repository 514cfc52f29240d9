"""After something grave a written report is owed the same day, and an owner tells the insurer."""

from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from clinic.clients.services import join_care
from clinic.consents.rules import DATA
from clinic.coordination.models import ProgressReport, ReferralCase
from clinic.coordination.queries.cases import about, reports_of
from clinic.coordination.rules.workdays import after
from clinic.coordination.services import reporting
from clinic.coordination.services.telling import hear_grave
from clinic.core.db import db
from clinic.core.errors import Conflict
from clinic.core.permissions import SYSTEM
from clinic.core.transactions import transaction
from clinic.directory import services as outside
from clinic.letters import services as letters
from clinic.letters.queries import content_of
from clinic.letters.rules.blocks import Happened, from_json, to_json
from clinic.letters.rules.kinds import KINDS
from clinic.letters.rules.sending import ConsentMissing, needed
from clinic.records.events import GraveEventMoved
from clinic.records.models import AdverseEvent
from clinic.records.rules.adverse import Account
from clinic.records.services import adverse
from clinic.tasks.models import Task
from clinic.tasks.queries import live_about
from tests.coordination.test_services_telling import CANARY, happened, night
from tests.factories import inbound as cases
from tests.factories import scheduling as made
from tests.factories.consents import agree
from tests.factories.scheduling import House


@pytest.fixture
def house(inside: Flask) -> House:
    found = made.open_house(locale="en_US")
    with transaction():
        join_care(found.client, found.therapist.id, actor=SYSTEM)
    return found


def treated(house: House, **more: Any) -> ReferralCase:
    case = cases.accepted(house, **more)
    cases.had(case, house)
    return case


def owed(case: ReferralCase) -> list[ProgressReport]:
    return [one for one in reports_of(case) if one.due_why == "event"]


def insurer(*states: str) -> list[Task]:
    found = select(Task).where(Task.kind == "adverse_event_insurer").order_by(Task.id)
    return [one for one in db.session.scalars(found) if not states or one.status in states]


def again(event: AdverseEvent) -> None:
    with transaction():
        hear_grave(GraveEventMoved(event.id, event.client_id, "reported"))


def test_a_report_is_owed_today_by_the_referral_in_treatment(house: House):
    case = treated(house)
    happened(house)
    (report,) = owed(case)
    assert (report.kind, report.status, report.due_on) == ("progress", "due", made.this_day())
    assert (case.next_action, case.due_on) == ("report", made.this_day())
    tasks = [(one.kind, one.due_on, one.role) for one in live_about(about(case))]
    assert ("report_due", made.this_day(), "therapist") in tasks


def test_a_referral_before_its_first_visit_owes_none(house: House):
    case = cases.accepted(house)
    happened(house)
    assert owed(case) == []


@pytest.mark.parametrize("more", [{"severity": "moderate"}, {"actuality": "near_miss"}])
def test_what_is_not_grave_or_nearly_happened_is_not_written_about(
    house: House, more: dict[str, str]
):
    case = treated(house)
    happened(house, **more)
    assert (owed(case), insurer()) == ([], [])


def test_one_event_owes_it_once_whatever_became_of_it(house: House):
    case = treated(house)
    event = happened(house)
    again(event)
    assert (len(owed(case)), len(insurer())) == (1, 1)
    with transaction():
        reporting.waive(owed(case)[0], actor=house.owner, why="Told by telephone.")
    again(event)
    for days in (0, 1, 5):
        night(days)
    assert [one.status for one in owed(case)] == ["waived"]


def test_two_events_are_told_in_one_report_while_nobody_has_begun_it(house: House):
    case = treated(house)
    happened(house)
    happened(house)
    (report,) = owed(case)
    with transaction():
        letter = reporting.draft_report(report, actor=house.treats)
    content = content_of(letter)
    assert content is not None
    assert len([one for one in content.blocks if isinstance(one, Happened)]) == 2
    happened(house)
    assert [(one.status, one.nth) for one in owed(case)] == [("drafted", 1), ("due", 2)]


def test_it_says_the_fact_and_what_was_done_and_nothing_of_the_report_s_own_words(house: House):
    case = treated(house)
    account = Account(kind="fall", text=f"The client {CANARY}.", action="emergency")
    with transaction():
        event = adverse.keep_event(
            house.client, account, actor=house.desk, severity="severe",
            happened_on=made.this_day(),
        )  # fmt: skip
        adverse.report_event(event, actor=house.desk)
        letter = reporting.draft_report(owed(case)[0], actor=house.treats)
    content = content_of(letter)
    assert content is not None
    assert content.subject == "Report after an event"
    (told,) = [one for one in content.blocks if isinstance(one, Happened)]
    assert dict(told.rows)["What happened"] == "Fall"
    assert dict(told.rows)["What was done"] == "The emergency number was rung"
    assert CANARY not in letter.content
    assert from_json(to_json(content)) == content


def test_it_leaves_only_where_the_client_agreed_to_share_what_went_wrong(house: House):
    case = treated(house)
    happened(house)
    with transaction():
        letter = reporting.draft_report(owed(case)[0], actor=house.treats)
        letters.approve(letter, actor=house.treats)
    agree(
        house.client, "SHARE_PROVIDER", provider=case.referral.provider,
        data=("visits", "plan", "measures"),
    )  # fmt: skip
    with pytest.raises(ConsentMissing) as refused, transaction():
        letters.send(letter, actor=house.desk, channel="print")
    assert refused.value.needs.lacking == ("events",)
    agree(
        house.client, "SHARE_PROVIDER", provider=case.referral.provider,
        data=("visits", "plan", "measures", "events"),
    )  # fmt: skip
    with transaction():
        letters.send(letter, actor=house.desk, channel="print")
    assert owed(case)[0].status == "sent"


def test_a_report_without_an_event_asks_for_no_more_than_before(house: House):
    case = treated(house)
    with transaction():
        report = reporting.owe(case, "progress", made.this_day(), "asked", actor=house.desk)
        letter = reporting.draft_report(report, actor=house.treats)
    data, _ = needed(KINDS["progress"], content_of(letter))
    assert "events" in DATA
    assert "events" not in data


def test_an_event_that_was_an_error_owes_nothing_while_it_is_not_begun(house: House):
    case = treated(house)
    wrong, right = happened(house), happened(house)
    for event, status in ((wrong, "due"), (right, "waived")):
        with transaction():
            adverse.mark_event_in_error(event, actor=house.owner, why="Another client")
        assert [one.status for one in owed(case)] == [status]
    assert insurer("open") == []


def test_the_final_report_does_not_stand_for_it(house: House):
    case = treated(house)
    happened(house)
    cases.do("discharge", case, house.treats, outcome="goals_met")
    assert [one.status for one in owed(case)] == ["due"]
    assert sorted(one.status for one in reports_of(case)) == ["due", "due", "waived"]


def test_an_owner_tells_the_insurer_by_the_next_working_day_with_or_without_a_referral(
    house: House,
):
    event = happened(house)
    (task,) = insurer()
    assert (task.role, task.due_on) == ("owner", after(made.this_day(), 1))
    assert (task.about, task.client_id, task.note) == (f"event:{event.public_id}", None, "")
    happened(house)
    assert len(insurer()) == 2


def test_nothing_is_written_to_a_provider_who_is_gone(house: House):
    case = treated(house)
    happened(house)
    with transaction():
        outside.set_status(case.referral.provider, actor=house.owner, status="retired")
    with pytest.raises(Conflict), transaction():
        reporting.draft_report(owed(case)[0], actor=house.treats)
    with transaction():
        reporting.waive(owed(case)[0], actor=house.owner, why="Nobody to read it.")
    assert owed(case)[0].status == "waived"
