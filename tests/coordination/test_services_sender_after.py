"""Another becomes the sender while letters lie ready or are on their way: what each then says."""

from datetime import timedelta
from typing import Any

import pytest
from flask import Flask

from clinic.clients.services import join_care
from clinic.consents.services import refuse
from clinic.coordination.models import ProgressReport, ReferralCase
from clinic.coordination.queries.cases import about, letters_about, reports_of
from clinic.coordination.queries.facts import owed
from clinic.coordination.services import reporting
from clinic.coordination.services.copying import copy_report
from clinic.core.clock import now, rehearsed
from clinic.core.db import db
from clinic.core.guard import writing
from clinic.core.permissions import SYSTEM
from clinic.core.transactions import transaction
from clinic.directory.models import Provider
from clinic.letters import services as letters
from clinic.letters.models import Letter
from clinic.letters.queries import content_of
from clinic.letters.rules.blocks import Points
from clinic.records.rules.adverse import Account
from clinic.records.services import adverse
from clinic.tasks.queries import live_about
from tests.factories import directory as outside
from tests.factories import inbound as cases
from tests.factories import reports
from tests.factories import scheduling as made
from tests.factories.scheduling import House

GRAVE = Account(kind="stroke_signs", text="Speech was slurred after the session.", action="none")


@pytest.fixture
def house(inside: Flask) -> House:
    return made.open_house(locale="en_US")


@pytest.fixture
def case(house: House) -> ReferralCase:
    """A referral in treatment, whose therapist reads what is written of it."""
    with transaction():
        join_care(house.client, house.therapist.id, actor=SYSTEM)
    case = cases.accepted(house)
    cases.had(case, house, minutes=120)
    return case


@pytest.fixture
def new(inside: Flask) -> Provider:
    return outside.provider("Lena", "Fischer", at=outside.organisation("Lakeside Clinic"))


def change(case: ReferralCase, house: House, to: Provider, *, days: int = 0) -> None:
    with rehearsed(now() + timedelta(days=days)):
        cases.do("change_sender", case, house.desk, provider=to, code="taken_over", why="Moved.")
    db.session.expire_all()


def lying(case: ReferralCase, kind: str = "unreachable") -> list[tuple[str, str, str]]:
    """Letters of a kind, the newest first: to whom, how they stand, what they are about."""
    return [
        (one.provider.name, one.status, getattr(content_of(one), "subject", ""))
        for one in letters_about(case)
        if one.kind == kind
    ]


# --- letters about visits missed ---


def missed(case: ReferralCase, house: House) -> None:
    for days in (1, 2):
        with rehearsed(now() + timedelta(days=days)):
            cases.missed(case, house)


def days_told(case: ReferralCase) -> list[tuple[Any, ...]]:
    """The days that the newest letter about misses names."""
    letter = next(one for one in letters_about(case) if one.kind == "unreachable")
    content = content_of(letter)
    return [one.items for one in content.blocks if isinstance(one, Points)] if content else []


def test_missed_visits_are_told_to_the_new_sender_in_the_same_words(house, case, new):
    missed(case, house)
    old = case.referral.provider
    before = days_told(case)
    change(case, house, new, days=3)
    assert lying(case) == [
        (new.name, "draft", "Missed visits"), (old.name, "cancelled", "Missed visits"),
    ]  # fmt: skip
    assert days_told(case) == before != []
    assert case.next_action == "tell_missed"


def test_so_they_are_while_it_waits_for_the_client_to_come_back(house, case, new):
    missed(case, house)
    review_on = made.day(20)
    cases.do("hold", case, house.desk, why="ill", review_on=review_on)
    change(case, house, new, days=3)
    assert lying(case)[0] == (new.name, "draft", "Missed visits")


def test_where_the_client_does_not_want_the_new_sender_told_nothing_is_drafted(house, case, new):
    missed(case, house)
    with transaction():
        refuse(house.client, "SHARE_PROVIDER", actor=SYSTEM, provider=new)
    change(case, house, new, days=3)
    assert [status for _, status, _ in lying(case)] == ["cancelled"]


def test_misses_that_were_told_are_not_told_again(house, case, new):
    missed(case, house)
    letter = letters_about(case)[0]
    with transaction() as session, writing("test.letter", SYSTEM):
        session.refresh(letter)
        letter.status, letter.approved_at, letter.sent_at = "sent", now(), now()
        session.flush()
    change(case, house, new, days=3)
    assert [status for _, status, _ in lying(case)] == ["sent"]


def test_before_the_treatment_that_nobody_was_reached_goes_to_the_new_sender(house):
    case = cases.accepted(house)
    new = outside.provider("Ann", "Lee")
    for days in (0, 1, 2):
        with rehearsed(now() + timedelta(days=days)):
            cases.tried(case, house)
    ((_, _, said),) = lying(case)
    change(case, house, new, days=3)
    assert lying(case)[0] == (new.name, "draft", said)
    assert said != "Missed visits"


# --- reports after something grave ---


@pytest.fixture
def told(house: House, case: ReferralCase) -> ProgressReport:
    """The drafted report of something grave; then the treatment ends."""
    with transaction():
        event = adverse.keep_event(
            house.client, GRAVE, actor=house.desk, severity="severe", happened_on=made.this_day()
        )
        adverse.report_event(event, actor=house.desk)
    report = next(one for one in reports_of(case) if one.due_why == "event")
    reports.drafted(report, house)
    cases.do("discharge", case, house.treats, outcome="goals_met")
    return report


def test_a_report_of_something_grave_stays_owed_to_the_new_sender(house, case, new, told):
    change(case, house, new)
    assert told in owed(case, reports_of(case))
    assert reports.drafted(told, house).provider is new


def test_it_stays_owed_where_somebody_cancels_its_letter(house, case, told):
    with transaction():
        letters.cancel(told.letter, actor=house.treats)
    db.session.expire_all()
    assert told in owed(case, reports_of(case))
    tasks = {one.dedupe for one in live_about(about(case))}
    assert f"case:{case.public_id}:report:{told.public_id}" in tasks


def test_any_other_report_is_covered_by_the_final_one(house, case, new):
    first = next(one for one in reports_of(case) if one.kind == "initial")
    reports.drafted(first, house)
    cases.do("discharge", case, house.treats, outcome="goals_met")
    change(case, house, new)
    assert [one.kind for one in owed(case, reports_of(case))] == ["discharge"]


# --- reports that come back ---


def gone(case: ReferralCase, house: House) -> tuple[ProgressReport, Letter]:
    """The first report, which has left to the sender."""
    report = next(one for one in reports_of(case) if one.kind == "initial")
    letter = reports.drafted(report, house)
    reports.approved(letter, house)
    reports.sent(letter, house)
    return report, letter


def back(letter: Letter, house: House) -> None:
    with transaction():
        letters.mark_failed(letter.dispatches[-1], actor=house.desk, why="Returned.")
    db.session.expire_all()


def kinds(thing: str) -> set[str]:
    return {one.kind for one in live_about(thing)}


def test_a_report_that_comes_back_from_the_sender_before_is_owed_to_the_new_one(house, case, new):
    report, letter = gone(case, house)
    change(case, house, new)
    back(letter, house)
    assert (letter.status, report.status, report.sent_on) == ("cancelled", "drafted", None)
    assert "sender" in letter.cancelled_why
    assert kinds(f"letter:{letter.public_id}") == set()
    assert "report_due" in kinds(about(case))
    assert reports.drafted(report, house).provider is new


def test_one_that_comes_back_from_the_sender_is_sent_again_or_written_anew(house, case):
    report, letter = gone(case, house)
    back(letter, house)
    assert (letter.status, report.status) == ("failed", "sent")
    assert kinds(f"letter:{letter.public_id}") == {"letter_failed"}


def test_a_copy_that_comes_back_from_somebody_else_stays_theirs(house, case, new):
    _, letter = gone(case, house)
    payer = outside.provider("Paula", "Payer")
    with transaction():
        copy = copy_report(letter, actor=house.treats, provider=payer)
    reports.approved(copy, house)
    reports.sent(copy, house)
    change(case, house, new)
    back(copy, house)
    assert (copy.status, copy.provider.name) == ("failed", payer.name)
    assert kinds(f"letter:{copy.public_id}") == {"letter_failed"}


def test_a_draft_to_somebody_who_is_the_sender_no_longer_does_not_stand(house, case, new):
    report = next(one for one in reports_of(case) if one.kind == "initial")
    before = reports.drafted(report, house)
    _readdress(case, new)
    after = reports.drafted(report, house)
    assert (before.status, after.status, after.provider) == ("cancelled", "draft", new)
    assert (report.letter, report.status) == (after, "drafted")
    with transaction():
        assert reporting.draft_report(report, actor=house.treats) is after


def _readdress(case: ReferralCase, to: Provider) -> Any:
    """The order names somebody else, and its letters are as they were."""
    with transaction() as session, writing("test.order", SYSTEM):
        session.refresh(case.referral)
        case.referral.provider, case.referral.organisation = to, None
        session.flush()
