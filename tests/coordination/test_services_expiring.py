"""A consent that a live referral needs and that ends is renewed in time."""

from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import select

from clinic.clients import services as clients_services
from clinic.consents.models import Consent
from clinic.consents.services import refuse, withdraw
from clinic.coordination.models import ReferralCase
from clinic.coordination.queries.cases import about
from clinic.coordination.services import inbound
from clinic.coordination.services.expiring import Told, see_to_consents
from clinic.core.clock import now, rehearsed
from clinic.core.db import db
from clinic.core.permissions import SYSTEM
from clinic.core.transactions import transaction
from clinic.scheduling import services as scheduling
from clinic.tasks import services as tasks
from clinic.tasks.models import Task
from clinic.tasks.rules import KINDS
from tests.factories import directory
from tests.factories import inbound as cases
from tests.factories import scheduling as made
from tests.factories.clients import a_client
from tests.factories.consents import agree
from tests.factories.scheduling import House


@pytest.fixture
def house(inside: Flask) -> House:
    return made.open_house()


def night(days: int = 0) -> Told:
    with rehearsed(now() + timedelta(days=days)), transaction():
        done = see_to_consents(actor=SYSTEM, today=made.this_day())
    db.session.expire_all()
    return done


def told(*, is_live: bool = True) -> list[Task]:
    found = select(Task).where(Task.kind == "consent_expiring").order_by(Task.id)
    return [one for one in db.session.scalars(found) if not is_live or one.closed_at is None]


def shared(case: ReferralCase, days: int = 100) -> Consent:
    return agree(
        case.referral.client, "SHARE_PROVIDER", provider=case.referral.provider,
        data=("visits", "plan", "measures"), until=made.day(days),
    )  # fmt: skip


def test_thirty_days_before_its_end_the_desk_has_it_renewed_by_its_last_day(house: House):
    case = cases.accepted(house)
    shared(case)
    assert night(69) == Told()
    assert night(70) == Told(opened=1)
    (task,) = told()
    assert (task.role, task.due_on, task.about) == ("receptionist", made.day(100), about(case))
    assert (KINDS[task.kind].consequence, KINDS[task.kind].escalates_to) == (2, "owner")
    assert night(70) == night(75) == Told()


def test_a_missed_night_leaves_what_each_would_have_left(house: House):
    shared(cases.accepted(house))
    night(95)
    assert [one.due_on for one in told()] == [made.day(100)]


def test_two_referrals_that_need_it_are_told_once(house: House):
    case = cases.accepted(house)
    cases.accepted(house)
    shared(case, 20)
    night()
    assert len(told()) == 1


def test_it_is_done_at_once_when_it_is_renewed(house: House):
    case = cases.accepted(house)
    shared(case, 20)
    night()
    shared(case, 200)
    assert told() == []
    assert night() == Told()


@pytest.mark.parametrize("deed", ["withdraw", "refuse"])
def test_so_it_is_when_the_client_takes_it_back(house: House, deed: str):
    case = cases.accepted(house)
    consent = shared(case, 20)
    night()
    with transaction():
        if deed == "withdraw":
            withdraw(consent, actor=SYSTEM)
        else:
            refuse(house.client, "SHARE_PROVIDER", actor=SYSTEM, provider=case.referral.provider)
    assert told() == []
    assert night(1) == Told()


def test_so_it_is_when_the_referral_ends(house: House):
    case = cases.accepted(house)
    shared(case, 20)
    night()
    assert len(told()) == 1
    cases.do("decline", case, house.desk, code="no_capacity")
    assert told() == []
    assert night(1) == Told()


def test_what_no_live_referral_needs_is_not_told(house: House):
    case = cases.accepted(house)
    other = directory.provider("Lena", "Fischer")
    agree(house.client, "SHARE_PROVIDER", provider=other, until=made.day(20))
    agree(a_client("Omar Haddad"), "SHARE_PROVIDER", provider=case.referral.provider,
          until=made.day(20))  # fmt: skip
    agree(house.client, "SHARE_FAMILY", whom="Ken", until=made.day(20))
    assert night() == Told()


def test_the_agreement_to_be_treated_is_renewed_while_visits_are_booked_under_a_referral(
    house: House,
):
    with rehearsed(now() - timedelta(days=350)):
        agree(house.client)
    case = cases.accepted(house)
    assert night() == Told()
    visit = cases.booked(case, house, days=20)
    assert night() == Told(opened=1)
    made.done(scheduling.cancel, visit, house.desk)
    assert night() == Told(closed=1)
    cases.booked(case, house, days=22)
    assert night() == Told(opened=1)
    agree(house.client)
    assert told() == []


def test_what_somebody_finished_by_hand_is_not_asked_for_again(house: House):
    shared(cases.accepted(house), 20)
    night()
    with transaction():
        tasks.finish(told()[0], actor=house.desk, outcome="They will sign next time.")
    assert night(1) == Told()


def test_one_that_was_put_off_is_done_as_well(house: House):
    case = cases.accepted(house)
    shared(case, 20)
    night()
    with transaction():
        tasks.snooze(told()[0], actor=house.desk, until=made.day(5), why="They are away.")
    shared(case, 200)
    assert told() == []


def test_of_two_records_of_one_person_the_later_answer_decides(house: House):
    case, twin = cases.accepted(house), a_client("Grace Nakamura")
    shared(case, 20)
    agree(twin, "SHARE_PROVIDER", provider=case.referral.provider, until=made.day(200))
    assert night() == Told(opened=1)
    with transaction():
        clients_services.merge(house.client, twin, actor=SYSTEM)
    assert night() == Told(closed=1)


def test_one_that_cannot_be_written_keeps_no_other_waiting(
    house: House, monkeypatch: pytest.MonkeyPatch
):
    first, second = cases.accepted(house), cases.accepted(house, a_client("Omar Haddad"))
    shared(first, 20)
    shared(second, 20)

    def sometimes(case: ReferralCase) -> str:
        if case.id == first.id:
            raise ValueError
        return about(case)

    monkeypatch.setattr("clinic.coordination.services.expiring.about", sometimes)
    assert night() == Told(opened=1, failed=1)
    assert [one.about for one in told()] == [about(second)]


def test_the_nights_of_referrals_leave_it_as_it_is(house: House):
    shared(cases.accepted(house), 20)
    night()
    with transaction():
        inbound.sweep(actor=SYSTEM, today=made.this_day())
    assert len(told()) == 1
