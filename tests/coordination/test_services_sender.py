"""Another provider becomes the sender: letters go there, reports stay owed, consent is theirs."""

from types import SimpleNamespace
from typing import Any

import pytest
from flask import Flask

from clinic.coordination.models import ReferralCase
from clinic.coordination.queries.cases import letters_about, reports_of, steps_of
from clinic.coordination.services import inbound, reporting
from clinic.core.db import db
from clinic.core.errors import Conflict, DomainError, StaleEdit
from clinic.core.transactions import transaction
from clinic.desk.services import set_provider_status
from clinic.directory import services as directory
from clinic.letters import services as letters
from clinic.letters.queries import consent_for
from clinic.scheduling.queries.counts import counted
from clinic.tasks.queries import live_about
from tests.factories import directory as outside
from tests.factories import inbound as cases
from tests.factories import reports as made_reports
from tests.factories import scheduling as made


@pytest.fixture
def world(inside: Flask) -> SimpleNamespace:
    """A referral from one doctor; another works at a practice."""
    house = made.open_house()
    case = cases.received(house)
    place = outside.organisation("Lakeside Clinic", fax="+13125550188")
    return SimpleNamespace(
        house=house,
        case=case,
        old=case.referral.provider,
        new=outside.provider("Lena", "Fischer", at=place),
        place=place,
    )


def change(world: SimpleNamespace, **more: Any) -> ReferralCase:
    facts = {"provider": world.new, "code": "taken_over", "why": "She left the practice."} | more
    return cases.do("change_sender", world.case, world.house.desk, **facts)


def letters_to(world: SimpleNamespace, provider: Any) -> list[tuple[str, str]]:
    return [
        (one.kind, one.status)
        for one in letters_about(world.case)
        if one.provider.id == provider.id
    ]


def test_the_order_names_the_new_sender_and_their_place(world):
    change(world)
    assert world.case.referral.provider is world.new
    assert world.case.referral.organisation is world.place


def test_what_was_not_sent_is_cancelled_with_a_reason_and_drafted_to_the_new_one(world):
    change(world)
    assert letters_to(world, world.old) == [("acknowledgement", "cancelled")]
    assert letters_to(world, world.new) == [("acknowledgement", "draft")]
    dropped = next(one for one in letters_about(world.case) if one.status == "cancelled")
    assert "sender" in dropped.cancelled_why


def test_who_took_over_is_told_nothing_without_a_consent_of_the_client(world):
    change(world)
    letter = next(one for one in letters_about(world.case) if one.status == "draft")
    assert not letter.is_bare
    assert consent_for(letter, made.this_day())[1] is not None


def test_who_wrote_the_order_is_told_as_every_sender_is(world):
    change(world, code="misread")
    letter = next(one for one in letters_about(world.case) if one.status == "draft")
    assert letter.is_bare
    assert consent_for(letter, made.this_day()) == (None, None)


def acknowledged(world: SimpleNamespace) -> Any:
    letter = letters_about(world.case)[0]
    with transaction():
        letters.approve(letter, actor=world.house.desk)
        letters.send(letter, actor=world.house.desk, channel="print")
    return letter


def test_a_sender_who_was_logged_wrongly_is_not_the_one_who_was_to_hear(world):
    sent = acknowledged(world)
    assert world.case.acknowledged_at is not None
    change(world, code="misread")
    assert world.case.next_action == "acknowledge"
    assert letters_to(world, world.new) == [("acknowledgement", "draft")]
    with transaction():
        letters.mark_delivered(sent.dispatches[-1], actor=world.house.desk, on=made.this_day())
    assert world.case.acknowledged_at is None


def test_what_was_acknowledged_stays_so_where_somebody_took_over(world):
    acknowledged(world)
    change(world)
    assert world.case.acknowledged_at is not None
    assert letters_to(world, world.new) == []


def test_a_question_about_the_order_goes_to_the_new_sender(world):
    cases.do("found_incomplete", world.case, world.house.desk, missing=["signature"])
    change(world)
    assert ("missing_information", "draft") in letters_to(world, world.new)


def test_the_timeline_says_who_it_was_and_why(world):
    change(world)
    step = steps_of(world.case)[-1]
    assert (step.kind, step.code) == ("sender", "taken_over")
    assert all(part in step.why for part in (world.old.name, world.new.name, "left the practice"))


def test_visits_and_what_was_allowed_stay(world):
    given = cases.allowed(world.case, world.house)
    cases.do("accept", world.case, world.house.owner)
    cases.booked(world.case, world.house)
    change(world)
    assert world.case.status == "scheduled"
    assert counted([given.id])[given.id].reserved == 1


@pytest.fixture
def reported(world: SimpleNamespace) -> Any:
    """A report of the treated client, drafted and approved."""
    cases.allowed(world.case, world.house)
    cases.do("accept", world.case, world.house.owner)
    cases.had(world.case, world.house)
    report = reports_of(world.case)[0]
    made_reports.approved(made_reports.drafted(report, world.house), world.house)
    return report


def test_a_report_that_has_not_left_stays_owed_to_the_new_sender(world, reported):
    change(world)
    assert reported.letter.status == "cancelled"
    assert reported.status == "drafted"
    again = made_reports.drafted(reported, world.house)
    assert again.provider is world.new
    assert again.organisation is world.place


def test_a_report_that_left_stays_as_it_left(world, reported):
    made_reports.sent(reported.letter, world.house)
    change(world)
    assert (reported.status, reported.letter.status) == ("sent", "sent")
    assert reported.letter.provider is world.old


def test_a_task_to_find_somebody_else_ends_with_the_last_of_them(world):
    with transaction():
        set_provider_status(world.old, actor=world.house.desk, status="retired")
    cases.received(world.house, provider=outside.provider("Ann", "Lee"))
    about = f"provider:{world.old.public_id}"
    assert [one.kind for one in live_about(about)] == ["reassign"]
    change(world)
    assert live_about(about) == []


def test_a_task_to_find_somebody_else_stays_while_there_is_another_referral(world):
    cases.received(world.house, provider=world.old)
    with transaction():
        set_provider_status(world.old, actor=world.house.desk, status="moved")
    change(world)
    assert [one.kind for one in live_about(f"provider:{world.old.public_id}")] == ["reassign"]


@pytest.mark.parametrize("status", ["retired", "deceased", "moved"])
def test_nobody_who_is_gone_becomes_the_sender(world, status):
    with transaction():
        set_provider_status(world.new, actor=world.house.desk, status=status)
    refused(world, "provider")


def test_a_record_that_was_merged_does_not_become_the_sender(world):
    kept = outside.provider("Lena", "Fischer")
    with transaction():
        directory.merge(kept, world.new, actor=world.house.owner)
    refused(world, "provider")


def test_the_same_sender_is_refused(world):
    refused(world, "provider", provider=world.old)


def test_a_place_where_they_do_not_work_is_refused(world):
    refused(world, "sent_from", organisation=outside.organisation("Elsewhere", city="Berlin"))


@pytest.mark.parametrize(
    ("typed", "field"),
    [({"code": "because"}, "code"), ({"why": " "}, "why"), ({"why": "x" * 501}, "why")],
)
def test_it_asks_why(world, typed, field):
    refused(world, field, **typed)


def refused(world: SimpleNamespace, field: str, **typed: Any) -> None:
    with pytest.raises(DomainError) as error:
        change(world, **typed)
    assert error.value.field == field
    assert world.case.referral.provider is world.old
    assert letters_to(world, world.old) == [("acknowledgement", "draft")]


def test_a_referral_that_has_ended_keeps_its_sender(world):
    cases.do("decline", world.case, world.house.desk, code="no_capacity")
    with pytest.raises(Conflict):
        change(world)


def test_a_final_report_still_owed_goes_to_the_new_sender(world):
    cases.allowed(world.case, world.house)
    cases.do("accept", world.case, world.house.owner)
    cases.had(world.case, world.house)
    cases.do("discharge", world.case, world.house.treats, outcome="goals_met")
    change(world)
    final = reports_of(world.case)[-1]
    with transaction():
        assert reporting.draft_report(final, actor=world.house.treats).provider is world.new


def test_an_edit_begun_on_an_older_order_is_refused(world):
    with pytest.raises(StaleEdit), transaction():
        inbound.change_sender(
            world.case, actor=world.house.desk, provider=world.new, code="misread", why="So.",
            version=99,
        )  # fmt: skip
    db.session.rollback()
