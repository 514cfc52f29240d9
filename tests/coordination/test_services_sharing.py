"""The client is asked at the first visit whether their sender may be told how it goes."""

from datetime import timedelta

import pytest
from flask import Flask

from clinic import app
from clinic.consents.events import ConsentChanged
from clinic.consents.models import Consent
from clinic.consents.services import refuse, withdraw
from clinic.coordination.models import ReferralCase
from clinic.coordination.queries.cases import about
from clinic.coordination.rules.workdays import after
from clinic.coordination.services import inbound
from clinic.core import announcements
from clinic.core.clock import now, rehearsed
from clinic.core.db import db
from clinic.core.permissions import SYSTEM
from clinic.core.transactions import transaction
from clinic.directory import services as outside
from clinic.tasks import services as tasks
from clinic.tasks.models import Task
from clinic.tasks.queries import live_about
from tests.factories import directory
from tests.factories import inbound as cases
from tests.factories import scheduling as made
from tests.factories.consents import agree
from tests.factories.scheduling import House

ENOUGH = {"data": ("visits", "plan", "measures"), "purposes": ("progress",)}


@pytest.fixture
def house(inside: Flask) -> House:
    return made.open_house()


def asked(case: ReferralCase) -> list[Task]:
    return [one for one in live_about(about(case)) if one.kind == "consent_needed"]


def night(days: int = 0) -> None:
    with rehearsed(now() + timedelta(days=days)), transaction():
        inbound.sweep(actor=SYSTEM, today=made.this_day())
    db.session.expire_all()


def agreed(case: ReferralCase, **more: object) -> Consent:
    provider = case.referral.provider
    return agree(case.referral.client, "SHARE_PROVIDER", provider=provider, **(ENOUGH | more))


def scheduled(house: House) -> ReferralCase:
    case = cases.accepted(house)
    cases.booked(case, house, days=3)
    return case


def test_before_a_first_visit_is_booked_nobody_asks(house: House):
    assert asked(cases.accepted(house)) == []


def test_it_is_asked_on_the_day_of_the_first_visit_by_the_desk(house: House):
    case = scheduled(house)
    (task,) = asked(case)
    assert (task.due_on, task.role, task.client_id) == (
        made.day(3), "receptionist", house.client.id,
    )  # fmt: skip


def test_where_treatment_has_begun_on_the_next_working_day(house: House):
    case = cases.accepted(house)
    cases.had(case, house)
    (task,) = asked(case)
    assert task.due_on == after(made.this_day(), 1)


def test_the_night_asks_once_and_moves_no_day(house: House):
    case = cases.accepted(house)
    cases.had(case, house)
    due_on = after(made.this_day(), 1)
    for days in (0, 0, 2, 9):
        night(days)
    assert [one.due_on for one in asked(case)] == [due_on]


def test_it_is_done_when_the_client_agrees(house: House):
    case = scheduled(house)
    agreed(case)
    assert asked(case) == []
    night(1)
    assert asked(case) == []


PARTS = ({"data": ("visits",)}, {"purposes": ("care",)})
"""What covers less than a report tells."""


@pytest.mark.parametrize("less", PARTS)
def test_agreeing_to_a_part_is_an_answer_too(house: House, less: dict[str, object]):
    case = scheduled(house)
    agreed(case, **less)
    for days in (0, 1, 4):
        night(days)
    assert asked(case) == []


@pytest.mark.parametrize("less", PARTS)
def test_a_part_that_was_agreed_before_the_referral_came_is_not_enough(
    house: House, less: dict[str, object]
):
    case = scheduled(house)
    with rehearsed(now() - timedelta(days=1)):
        agreed(case, **less)
    night()
    assert len(asked(case)) == 1


def test_a_part_that_runs_out_is_asked_for_anew_as_all_of_it_is(house: House):
    case = cases.accepted(house)
    cases.had(case, house)
    agreed(case, data=("visits",), until=made.day(10))
    night(15)
    assert [one.due_on for one in asked(case)] == [after(made.day(10), 1)]


def test_agreed_to_share_with_somebody_else_is_not_enough(house: House):
    case = scheduled(house)
    other = directory.provider("Lena", "Fischer")
    agree(house.client, "SHARE_PROVIDER", provider=other, **ENOUGH)
    assert len(asked(case)) == 1


def test_a_refusal_is_an_answer_and_is_not_asked_about_again(house: House):
    case = scheduled(house)
    with transaction():
        refuse(house.client, "SHARE_PROVIDER", actor=SYSTEM, provider=case.referral.provider)
    assert asked(case) == []
    for days in (0, 1, 4):
        night(days)
    assert asked(case) == []


def test_so_is_taking_it_back(house: House):
    case = scheduled(house)
    consent = agreed(case)
    with transaction():
        withdraw(consent, actor=SYSTEM)
    night()
    assert asked(case) == []


def test_one_that_runs_out_is_asked_for_anew_the_working_day_after(house: House):
    case = cases.accepted(house)
    cases.had(case, house)
    agreed(case, until=made.day(10))
    night(10)
    assert asked(case) == []
    night(15)
    assert [one.due_on for one in asked(case)] == [after(made.day(10), 1)]


# --- finished by hand ---


def thinks(case: ReferralCase, house: House) -> None:
    """The client wants to think: whoever asked says so, and is done."""
    (task,) = asked(case)
    with transaction():
        tasks.finish(task, actor=house.desk, outcome="They want to think about it.")


def test_whoever_wants_to_think_is_not_asked_again_each_night(house: House):
    case = scheduled(house)
    thinks(case, house)
    for days in (0, 1, 4):
        night(days)
    assert asked(case) == []


def test_nor_when_the_treatment_begins(house: House):
    case = scheduled(house)
    thinks(case, house)
    cases.had(case, house)
    assert (case.status, asked(case)) == ("in_treatment", [])


def test_another_sender_is_another_question(house: House):
    case = scheduled(house)
    thinks(case, house)
    other = directory.provider("Ann", "Lee")
    cases.do("change_sender", case, house.desk, provider=other, code="taken_over", why="Moved.")
    assert len(asked(case)) == 1


def test_what_was_agreed_later_and_ran_out_is_another_question(house: House):
    case = scheduled(house)
    thinks(case, house)
    agreed(case, until=made.day(10))
    night(15)
    assert [one.due_on for one in asked(case)] != []


def test_what_a_pause_closed_is_asked_when_it_goes_on(house: House):
    case = cases.accepted(house)
    cases.had(case, house)
    cases.do("hold", case, house.desk, why="ill", review_on=made.day(5))
    assert asked(case) == []
    cases.do("resume", case, house.desk)
    assert len(asked(case)) == 1


def test_it_is_over_with_the_referral(house: House):
    case = scheduled(house)
    assert asked(case)
    cases.do("ask_to_cancel", case, house.desk, code="by_client")
    assert asked(case) == []


def test_to_a_provider_who_is_gone_nothing_is_to_leave(house: House):
    case = scheduled(house)
    with transaction():
        outside.set_status(case.referral.provider, actor=house.owner, status="retired")
    night()
    assert asked(case) == []


def test_the_house_lists_who_hears_it_and_without_them_only_the_night_sees(
    house: House, monkeypatch: pytest.MonkeyPatch
):
    assert (ConsentChanged, inbound.hear_consent) in app.HEARERS
    case = scheduled(house)
    monkeypatch.setitem(announcements._hearers, ConsentChanged, ())
    agreed(case)
    assert len(asked(case)) == 1
    night()
    assert asked(case) == []
