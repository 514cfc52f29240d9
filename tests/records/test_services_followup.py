"""After a moderate event or worse the client is asked how they are before it is closed."""

from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any

import pytest

from clinic.core.clock import now, rehearsed
from clinic.core.errors import DomainError
from clinic.core.transactions import transaction
from clinic.records.models import AdverseEvent
from clinic.records.queries.adverse import events_for, follow_up_of
from clinic.records.rules.adverse import Account, Review, follow_up_by
from clinic.records.services import adverse as services
from tests.factories import scheduling as made
from tests.factories.scheduling import House

ON = date(2026, 11, 18)
BURN = Account(kind="burn", text="Red skin after hot stones.", action="first_aid")


@pytest.fixture
def house(inside: object) -> Iterator[House]:
    return made.open_house()


def sent(house: House, severity: str, back: int = 0, **more: Any) -> AdverseEvent:
    """Reported so many days ago, on the day on which it happened."""
    with rehearsed(now() - timedelta(days=back)), transaction():
        event = services.keep_event(
            house.client, BURN, actor=house.desk, severity=severity,
            happened_on=made.this_day(), **more,
        )  # fmt: skip
        return services.report_event(event, actor=house.desk)


def found(**more: Any) -> Review:
    return Review("possible", "resolved", "The stones were too hot.", "A thermometer.", **more)


@pytest.mark.parametrize(
    ("severity", "actuality", "reported", "by"),
    [
        ("mild", "actual", 0, None), ("moderate", "actual", 0, 2), ("moderate", "actual", 5, 5),
        ("severe", "actual", 0, 0), ("life_threatening", "actual", 1, 1),
        ("death", "actual", 0, None), ("severe", "near_miss", 0, None),
    ],
)  # fmt: skip
def test_how_soon_depends_on_how_severe_it_was(
    severity: str, actuality: str, reported: int, by: int | None
):
    said = follow_up_by(severity, actuality, ON, ON + timedelta(days=reported))
    assert said == (None if by is None else ON + timedelta(days=by))


def test_the_list_begins_with_those_who_are_to_be_asked(house: House):
    mild = sent(house, "mild")
    fresh = sent(house, "moderate")
    late = sent(house, "moderate", back=4)
    later = sent(house, "moderate", back=6)
    grave = sent(house, "severe")
    listed = events_for(house.owner, "open")
    assert [one.event.id for one in listed] == [later.id, late.id, grave.id, fresh.id, mild.id]
    waits = [one.follow_up and (one.follow_up.is_overdue, one.follow_up.is_due) for one in listed]
    assert waits == [(True, True), (True, True), (False, True), (False, False), None]


def test_it_is_closed_only_once_the_client_was_asked(house: House):
    event = sent(house, "moderate", back=3)
    day = made.this_day()
    with transaction():
        services.open_event(event, actor=house.owner)
    for review, field in (
        (found(), "client_on"), (found(client_on=day), "followed"),
        (found(followed="Better"), "client_on"),
    ):  # fmt: skip
        with transaction():
            services.review_event(event, actor=house.owner, found=review)
        with pytest.raises(DomainError) as refused, transaction():
            services.close_event(event, actor=house.owner)
        assert refused.value.field == field
    with transaction():
        services.review_event(
            event, actor=house.owner, found=found(client_on=day, followed="Better")
        )
    assert follow_up_of(event) is None
    with transaction():
        services.close_event(event, actor=house.owner)
    assert event.status == "closed"


@pytest.mark.parametrize("days", [-1, 1])
def test_nobody_is_asked_before_the_event_or_tomorrow(house: House, days: int):
    event = sent(house, "moderate")
    with transaction():
        services.open_event(event, actor=house.owner)
    with pytest.raises(DomainError) as refused, transaction():
        services.review_event(
            event,
            actor=house.owner,
            found=found(client_on=made.this_day() + timedelta(days=days), followed="Better"),
        )
    assert refused.value.field == "client_on"
