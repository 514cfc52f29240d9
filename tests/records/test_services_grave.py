"""A grave event that happened is an owner's to review the same day, and is announced."""

from collections.abc import Iterator
from typing import Any

import pytest
from sqlalchemy import select

from clinic.core import announcements
from clinic.core.db import db
from clinic.core.transactions import transaction
from clinic.records.events import GraveEventMoved
from clinic.records.models import AdverseEvent
from clinic.records.rules.adverse import GRAVE, Review
from clinic.records.services import adverse as services
from clinic.tasks.models import Task
from tests.factories import scheduling as made
from tests.factories.scheduling import House
from tests.records.test_services_adverse import BURN, do, kept, sent


@pytest.fixture
def house(inside: object) -> Iterator[House]:
    return made.open_house()


@pytest.fixture
def heard(monkeypatch: pytest.MonkeyPatch) -> list[GraveEventMoved]:
    """What was announced of grave events, besides whoever else hears it."""
    told: list[GraveEventMoved] = []
    others = announcements._hearers.get(GraveEventMoved, ())
    monkeypatch.setitem(announcements._hearers, GraveEventMoved, (*others, told.append))
    return told


def reviews(event: AdverseEvent, *states: str) -> list[Task]:
    own = Task.kind == "adverse_event_review", Task.about == f"event:{event.public_id}"
    wanted = select(Task).where(*own).order_by(Task.id)
    found = db.session.scalars(wanted).all()
    return [one for one in found if not states or one.status in states]


def found(event: AdverseEvent, house: House, **more: Any) -> None:
    review = Review("possible", "resolved", "The stones were too hot.", "A thermometer.", **more)
    with transaction():
        services.review_event(event, actor=house.owner, found=review)


@pytest.mark.parametrize("severity", GRAVE)
def test_a_grave_event_that_happened_is_the_owners_to_review_today(
    house: House, heard: list[Any], severity: str
):
    event = kept(house, house.desk, severity=severity)
    assert (reviews(event), heard) == ([], [])  # a draft is nobody's yet
    do(house, event, "report")
    (task,) = reviews(event)
    assert (task.kind, task.role, task.due_on) == (
        "adverse_event_review", "owner", made.this_day()
    )  # fmt: skip
    assert heard == [GraveEventMoved(event.id, house.client.id, "reported")]


@pytest.mark.parametrize(
    "more",
    [
        {"severity": "mild"},
        {"severity": "moderate"},
        {"severity": "severe", "actuality": "near_miss"},
        {"severity": "mild", "actuality": "near_miss"},
    ],
)
def test_what_is_not_grave_or_only_nearly_happened_is_announced_to_nobody(
    house: House, heard: list[Any], more: dict[str, str]
):
    event = sent(house, house.desk, **more)
    do(house, event, "mark_in_error")
    assert (reviews(event), heard) == ([], [])


def test_what_is_to_be_reviewed_names_neither_the_client_nor_what_happened(house: House):
    (task,) = reviews(sent(house, house.desk, severity="severe"))
    assert (task.client_id, task.note) == (None, "")


def test_it_is_to_do_until_the_report_is_closed_and_again_when_it_is_opened_again(house: House):
    event = sent(house, house.desk, severity="severe")
    do(house, event, "open")
    assert len(reviews(event, "open")) == 1  # who has opened it has not reviewed it
    found(event, house, client_on=made.this_day(), followed="Better now.")
    do(house, event, "close")
    (task,) = reviews(event)
    assert (task.status, task.closed_by_id) == ("done", house.owner.id)
    do(house, event, "reopen")
    assert [one.status for one in reviews(event)] == ["done", "open"]


def test_a_report_that_was_an_error_is_nobodys_to_review(house: House, heard: list[Any]):
    event = sent(house, house.desk, severity="severe")
    do(house, event, "mark_in_error")
    assert [one.status for one in reviews(event)] == ["done"]
    assert [one.what for one in heard] == ["reported", "in_error"]


def test_the_day_on_which_the_provider_was_told_is_announced_once(house: House, heard: list[Any]):
    event = sent(house, house.desk, BURN, severity="severe")
    do(house, event, "open")
    found(event, house)
    assert [one.what for one in heard] == ["reported"]
    for _ in range(2):
        found(event, house, provider_on=made.this_day())
    assert [one.what for one in heard] == ["reported", "provider_told"]
