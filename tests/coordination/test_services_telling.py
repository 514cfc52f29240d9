"""When something grave happened to a client, whoever sent them is called the same day."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select

from clinic import app
from clinic.clients import services as clients_services
from clinic.clients.models import Client
from clinic.coordination.queries.cases import about
from clinic.coordination.queries.closing import other_tasks
from clinic.coordination.services import inbound
from clinic.coordination.services.telling import hear_grave
from clinic.core import announcements
from clinic.core.clock import now, rehearsed
from clinic.core.db import db
from clinic.core.permissions import SYSTEM
from clinic.core.transactions import transaction
from clinic.records.events import GraveEventMoved
from clinic.records.models import AdverseEvent
from clinic.records.rules.adverse import Account, Review
from clinic.records.services import adverse
from clinic.tasks import services as tasks
from clinic.tasks.models import Task
from tests.factories import directory
from tests.factories import inbound as cases
from tests.factories import scheduling as made
from tests.factories.clients import a_client
from tests.factories.scheduling import House

CANARY = "collapsed"
FELL = Account(kind="stroke_signs", text=f"The client {CANARY} after the session.", action="none")


@pytest.fixture
def house(inside: object) -> Iterator[House]:
    return made.open_house()


def happened(house: House, client: Client | None = None, **more: Any) -> AdverseEvent:
    facts = {"severity": "severe", "happened_on": made.this_day()} | more
    with transaction():
        event = adverse.keep_event(client or house.client, FELL, actor=house.desk, **facts)
        return adverse.report_event(event, actor=house.desk)


def reviewed(event: AdverseEvent, house: House) -> None:
    """An owner writes down that the provider was told."""
    with transaction():
        adverse.open_event(event, actor=house.owner)
        found = Review(provider_on=made.this_day())
        adverse.review_event(event, actor=house.owner, found=found)


def calls(*states: str) -> list[Task]:
    found = db.session.scalars(
        select(Task).where(Task.kind == "call_provider").order_by(Task.id)
    ).all()  # fmt: skip
    return [one for one in found if not states or one.status in states]


def night(days: int = 0) -> None:
    with rehearsed(now() + timedelta(days=days)), transaction():
        inbound.sweep(actor=SYSTEM, today=made.this_day())
        tasks.sweep(actor=SYSTEM, today=made.this_day())


def test_whoever_sent_the_client_is_to_be_called_today_by_who_looks_after_the_referral(
    house: House,
):
    case = cases.accepted(house)
    happened(house)
    (call,) = calls()
    assert (call.about, call.due_on, call.status) == (about(case), made.this_day(), "open")
    assert (call.assignee_id, call.client_id) == (case.owner_id, house.client.id)
    assert other_tasks(case)  # it does not close before the call


@pytest.mark.parametrize(
    "more", [{"severity": "mild"}, {"severity": "moderate"}, {"actuality": "near_miss"}]
)
def test_nobody_is_called_about_what_is_not_grave_or_nearly_happened(
    house: House, more: dict[str, str]
):
    cases.accepted(house)
    happened(house, **more)
    assert calls() == []


def test_without_a_live_referral_nobody_is_called(house: House):
    happened(house)
    case = cases.received(house)
    cases.do("decline", case, house.desk, code="no_capacity")
    happened(house)
    cases.accepted(house, a_client("Omar Haddad"))
    assert calls() == []


def test_each_live_referral_of_the_person_is_a_call_of_its_own(house: House):
    twin = a_client("Grace Nakamura")
    one, two = cases.accepted(house), cases.received(house, twin)
    with transaction():
        clients_services.merge(house.client, twin, actor=SYSTEM)
    event = happened(house)
    assert [call.about for call in calls()] == [about(one), about(two)]
    with transaction():
        hear_grave(GraveEventMoved(event.id, twin.id, "reported"))
    assert len(calls()) == 2


def test_the_night_leaves_the_call_as_it_is_and_asks_for_no_second_one(house: House):
    cases.accepted(house)
    happened(house)
    for days in (0, 0, 1, 5):
        night(days)
    (call,) = calls()
    assert (call.status, call.due_on) == ("open", made.this_day())
    with transaction():
        tasks.finish(call, actor=house.desk, outcome="Called.")
    night(6)
    assert [one.status for one in calls()] == ["done"]


@pytest.mark.parametrize("put_off", [False, True])
def test_the_call_is_done_when_the_owner_writes_down_that_the_provider_was_told(
    house: House, put_off: bool
):
    cases.accepted(house)
    event = happened(house)
    if put_off:
        with transaction():
            tasks.snooze(calls()[0], actor=house.desk, until=made.day(1), why="Closed today.")
    reviewed(event, house)
    assert [(one.status, one.outcome) for one in calls()] == [("done", "The provider was told.")]


def test_of_two_providers_each_call_is_ticked_by_hand(house: House):
    other = directory.provider("Lena", "Fischer")
    cases.accepted(house)
    with transaction():
        inbound.receive(
            actor=house.desk, client=house.client, provider=other,
            received_on=made.this_day(), is_another=True,
        )  # fmt: skip
    event = happened(house)
    reviewed(event, house)
    assert [one.status for one in calls()] == ["open", "open"]


def test_an_event_that_was_an_error_leaves_no_call_and_another_event_keeps_its_own(house: House):
    cases.accepted(house)
    wrong, right = happened(house), happened(house)
    with transaction():
        adverse.mark_event_in_error(wrong, actor=house.owner, why="Another client")
    (left,) = calls("open")
    assert left.dedupe is not None
    assert left.dedupe.startswith(f"event:{right.id}:")


def test_what_everybody_at_the_desk_reads_tells_nothing_of_what_happened(house: House):
    cases.accepted(house)
    event = happened(house)
    (call,) = calls()
    assert call.note.startswith("Today, and by who treats the client.")
    reviewed(event, house)
    for said in (call.note, call.outcome, call.about):
        for word in (CANARY, "stroke", "sever", "event", "grave", "adverse"):
            assert word not in said.lower()


def test_the_house_lists_who_hears_it_and_without_them_nobody_is_called(
    house: House, monkeypatch: pytest.MonkeyPatch
):
    assert (GraveEventMoved, hear_grave) in app.HEARERS
    cases.accepted(house)
    monkeypatch.setitem(announcements._hearers, GraveEventMoved, ())
    happened(house)
    assert calls() == []
