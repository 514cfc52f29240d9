"""A report goes to somebody else as well; a sender hears how many visits were used here."""

from types import SimpleNamespace
from typing import Any

import pytest
from flask import Flask

from clinic.coordination.queries.cases import letters_about, reports_of
from clinic.coordination.queries.copies import payers_of
from clinic.coordination.services.confirming import confirm_used
from clinic.coordination.services.copying import copy_report
from clinic.core.errors import Conflict, DomainError
from clinic.core.permissions import SYSTEM
from clinic.core.transactions import transaction
from clinic.desk.services import set_provider_status
from clinic.letters import services as letters
from clinic.letters.queries import consent_for, content_of
from clinic.referrals.queries import payers_rules
from clinic.referrals.services import stock_rules
from tests.factories import consents
from tests.factories import directory as outside
from tests.factories import inbound as cases
from tests.factories import reports as made_reports
from tests.factories import scheduling as made
from tests.factories.saying import said


@pytest.fixture
def world(inside: Flask) -> SimpleNamespace:
    """A report that is approved, and a case manager at an insurer."""
    house = made.open_house(locale="en_US")
    case = cases.received(house)
    cases.allowed(case, house)
    cases.do("accept", case, house.owner)
    cases.had(case, house)
    report = reports_of(case)[0]
    letter = made_reports.drafted(report, house)
    made_reports.approved(letter, house)
    insurer = outside.organisation("Prairie Mutual", kind="insurer", fax="+13125550177")
    manager = outside.provider("Joy", "Abara", at=insurer, credentials="other")
    return SimpleNamespace(
        house=house, case=case, report=report, letter=letter, manager=manager, insurer=insurer
    )


def copy(world: SimpleNamespace, **more: Any) -> Any:
    facts = {"actor": world.house.desk, "provider": world.manager} | more
    with transaction():
        return copy_report(world.letter, **facts)


def test_a_copy_says_the_same_to_somebody_else(world):
    made_copy = copy(world)
    assert (made_copy.kind, made_copy.about) == (world.letter.kind, world.letter.about)
    assert (made_copy.status, made_copy.provider) == ("draft", world.manager)
    assert made_copy.organisation is world.insurer
    first, second = content_of(world.letter), content_of(made_copy)
    assert second.blocks[1:] == first.blocks
    assert second.salutation == "Dear Joy Abara,"
    assert f"a copy of our report to {world.letter.provider.name}" in said(made_copy)


def test_the_report_itself_stays_as_it_is(world):
    made_copy = copy(world)
    with transaction():
        letters.approve(made_copy, actor=world.house.treats)
    assert (world.report.status, world.report.letter) == ("approved", world.letter)
    made_reports.sent(world.letter, world.house)
    assert world.report.status == "sent"
    with transaction():
        letters.cancel(made_copy, actor=world.house.desk)
    assert (world.report.status, world.report.letter) == ("sent", world.letter)


def test_a_copy_leaves_only_with_a_consent_that_names_its_receiver(world):
    made_reports.agree(world.house, world.letter)
    made_copy = copy(world)
    with transaction():
        letters.approve(made_copy, actor=world.house.treats)
    assert consent_for(made_copy, made.this_day())[1] is not None
    with pytest.raises(letters.ConsentMissing), transaction():
        letters.send(made_copy, actor=world.house.desk, channel="print")
    consents.agree(
        world.house.client, "SHARE_PROVIDER", provider=world.manager,
        data=("measures", "plan", "visits"), purposes=("progress",),
    )  # fmt: skip
    with transaction():
        letters.send(made_copy, actor=world.house.desk, channel="print")
    assert made_copy.status == "sent"
    assert world.report.status == "approved"


def test_another_sender_leaves_the_copies_of_others_alone(world):
    made_copy = copy(world)
    new = outside.provider("Lena", "Fischer")
    cases.do(
        "change_sender", world.case, world.house.desk, provider=new, code="taken_over", why="So."
    )
    assert made_copy.status == "draft"
    assert world.letter.status == "cancelled"


def test_a_second_copy_waits_for_the_first(world):
    copy(world)
    with pytest.raises(Conflict):
        copy(world)


def test_neither_the_sender_nor_who_is_gone_gets_a_copy(world):
    with transaction():
        set_provider_status(world.manager, actor=world.house.desk, status="retired")
    for provider in (world.letter.provider, world.manager):
        with pytest.raises(DomainError) as refused:
            copy(world, provider=provider)
        assert refused.value.field == "provider"


def test_a_place_where_they_do_not_work_is_refused(world):
    elsewhere = outside.organisation("Elsewhere", city="Berlin")
    with pytest.raises(DomainError) as refused:
        copy(world, organisation=elsewhere)
    assert refused.value.field == "organisation"


def test_a_draft_is_not_copied_and_no_other_letter_is(world):
    acknowledgement = next(
        one for one in letters_about(world.case) if one.kind == "acknowledgement"
    )
    with transaction():
        letters.approve(acknowledgement, actor=world.house.desk)
        draft = letters.reopen(world.letter, actor=world.house.treats)
    for letter in (acknowledgement, draft, world.letter):
        world.letter = letter
        with pytest.raises(Conflict):
            copy(world)


def test_a_payer_with_a_rule_asks_for_reports_too(world):
    assert payers_of(world.letter) == []
    with transaction():
        stock_rules(actor=SYSTEM)
    rule = next(one for one in payers_rules() if one.payer)
    cases.allowed(world.case, world.house, report_rule=rule)
    assert payers_of(world.letter) == [rule.payer]


def used(world: SimpleNamespace) -> Any:
    with transaction():
        return confirm_used(world.case, actor=world.house.desk)


def test_a_sender_hears_how_many_visits_were_used_and_on_which_days(world):
    cases.booked(world.case, world.house)
    letter = used(world)
    assert (letter.kind, letter.status, letter.is_bare) == ("other", "draft", False)
    text = said(letter)
    assert "Visits used here: 1." in text
    assert "how many are left" in text
    assert consent_for(letter, made.this_day())[1] is not None
    assert used(world) is letter


def test_before_any_visit_it_says_that_none_was_used(world):
    world.case = cases.received(world.house)
    assert "No visit has been used here so far." in said(used(world))


def test_nothing_is_written_to_a_sender_who_is_gone(world):
    with transaction():
        set_provider_status(world.letter.provider, actor=world.house.desk, status="moved")
    with pytest.raises(Conflict):
        used(world)
