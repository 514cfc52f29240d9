"""What goes wrong is reported by anybody, reviewed by an owner, closed with an outcome."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest

from clinic.core.db import db
from clinic.core.errors import Conflict, DomainError, NotAllowed
from clinic.core.permissions import Actor
from clinic.core.transactions import transaction
from clinic.health.rules.facts import Fact
from clinic.records.models import AdverseEvent
from clinic.records.queries.adverse import (
    counts,
    events_between,
    events_for,
    events_of,
    may_read_event,
    own_reports,
    unseen_grave,
)
from clinic.records.rules.adverse import (
    STATUSES,
    WAYS,
    Account,
    NotReportable,
    Review,
    read_account,
    read_review,
)
from clinic.records.services import adverse as services
from clinic.scheduling.models import Visit
from clinic.staff.queries import actor_of
from tests.factories import clients, records, screening, staff
from tests.factories import scheduling as made
from tests.factories.scheduling import House

BURN = Account(kind="burn", text="Red skin after hot stones.", action="first_aid")
DEEDS = sorted({deed for _, deed in WAYS})


@pytest.fixture
def house(inside: object) -> Iterator[House]:
    return made.open_house()


def kept(house: House, actor: Actor, account: Account = BURN, **more: Any) -> AdverseEvent:
    more = {"severity": "mild", "happened_on": made.this_day()} | more
    with transaction():
        return services.keep_event(house.client, account, actor=actor, **more)


def sent(house: House, actor: Actor, account: Account = BURN, **more: Any) -> AdverseEvent:
    event = kept(house, actor, account, **more)
    with transaction():
        return services.report_event(event, actor=actor)


def again(event: AdverseEvent) -> AdverseEvent:
    db.session.rollback()
    return db.session.get_one(AdverseEvent, event.id)


def do(house: House, event: AdverseEvent, deed: str) -> None:
    with transaction():
        match deed:
            case "report":
                services.report_event(event, actor=house.desk)
            case "discard":
                services.discard_event(event, actor=house.desk)
            case "open":
                services.open_event(event, actor=house.owner)
            case "plan":
                services.plan_actions(event, actor=house.owner)
            case "close":
                services.close_event(event, actor=house.owner)
            case "reopen":
                services.reopen_event(event, actor=house.owner, why="It came back")
            case "mark_in_error":
                services.mark_event_in_error(event, actor=house.owner, why="Another client")


def found() -> Review:
    return Review("possible", "resolved", "The stones were too hot.", "A thermometer.")


def in_state(house: House, state: str) -> AdverseEvent:
    event = kept(house, house.desk)
    way = {
        "draft": "",
        "reported": "report",
        "under_review": "report open",
        "action_plan": "report open plan",
        "closed": "report open close",
        "entered_in_error": "discard",
    }
    for deed in way[state].split():
        do(house, event, deed)
        if deed == "open":
            with transaction():
                services.review_event(event, actor=house.owner, found=found())
    return event


@pytest.mark.parametrize("state", STATUSES)
def test_a_report_goes_the_ways_of_its_life_and_no_others(house: House, state: str):
    for deed in DEEDS:
        event = in_state(house, state)
        then = WAYS.get((state, deed))
        if then is None and (state, deed) != ("under_review", "open"):
            with pytest.raises((Conflict, DomainError)):
                do(house, event, deed)
        else:
            do(house, event, deed)
        assert again(event).status == (then or state)


def test_a_report_can_be_kept_unfinished_and_is_sent_only_with_what_when_and_how_severe(
    house: House,
):
    event = kept(house, house.desk, Account(), severity="", happened_on=None)
    with pytest.raises(NotReportable) as refused, transaction():
        services.report_event(event, actor=house.desk)
    wanted = [name for name, _ in refused.value.wants]
    assert wanted == ["severity", "kind", "happened_on", "text"]
    with transaction():
        services.keep_event(
            house.client, BURN, actor=house.desk, severity="moderate",
            happened_on=made.this_day(), event=event,
        )  # fmt: skip
        services.report_event(event, actor=house.desk)
    assert event.status == "reported"


def test_a_day_to_come_and_unknown_choices_are_refused(house: House):
    for more in (
        {"happened_on": made.this_day() + timedelta(days=1)},
        {"severity": "awful"},
        {"actuality": "perhaps"},
    ):
        with pytest.raises(DomainError):
            kept(house, house.desk, **more)
    for account in (Account(kind="x"), Account(pressure=6), Account(areas=(("CALF", "Z"),))):
        with pytest.raises(DomainError):
            kept(house, house.desk, account)


def with_a_note(house: House) -> Visit:
    records.techniques("DEEP", "SWEDISH")
    visit = records.begun(house)
    screening.know(house.client, Fact("allergy", "NUT"))
    records.signed(house, visit, pressure=4, product="oil")
    return visit


def test_what_the_note_and_the_screening_say_is_attached_when_it_is_sent_and_not_before(
    house: House,
):
    visit = with_a_note(house)
    event = kept(house, house.desk, visit=visit)
    draft = read_account(event.details)
    assert draft == BURN
    with transaction():
        services.report_event(event, actor=house.desk)
    account = read_account(event.details)
    assert account.techniques == ("SWEDISH",)
    assert account.areas == (("SHOULDER_TOP", "R"),)
    assert (account.pressure, account.product) == (4, "oil")
    assert event.note_id is not None
    assert "ALLERGY_PRODUCT" in {hit.rule for hit in account.around.hits}
    assert account.around.service == visit.variant.service.name


def test_what_was_typed_stands_before_what_the_note_says(house: House):
    visit = with_a_note(house)
    event = sent(house, house.desk, Account("burn", text="Too hot there", pressure=2), visit=visit)
    assert read_account(event.details).pressure == 2


def test_a_visit_of_another_client_is_not_linked(house: House):
    visit = records.begun(house)
    other = clients.a_client("Tomas Reyes")
    with pytest.raises(DomainError), transaction():
        services.keep_event(other, BURN, actor=house.desk, visit=visit)


def test_who_reports_does_not_read_the_report_again(house: House):
    draft = kept(house, house.desk)
    assert may_read_event(house.desk, draft)
    assert not may_read_event(house.owner, draft)
    event = sent(house, house.desk)
    assert not may_read_event(house.desk, event)
    assert may_read_event(house.owner, event)
    assert events_for(house.desk) == []
    assert [one.id for one in own_reports(house.desk)] == [draft.id, event.id]
    other = actor_of(made.a_therapist("Teo Marsh"))
    assert not may_read_event(other, event)
    assert events_for(other) == []
    screening.treat(house.client, other)
    assert may_read_event(other, event)
    assert [one.event.id for one in events_for(other)] == [event.id]


def test_only_who_began_a_draft_goes_on_with_it(house: House):
    event = kept(house, house.desk)
    with pytest.raises(NotAllowed), transaction():
        services.report_event(event, actor=house.treats)
    event = sent(house, house.desk)
    with pytest.raises(NotAllowed), transaction():
        services.open_event(event, actor=house.desk)


@pytest.mark.parametrize("severity", ["mild", "moderate", "severe", "life_threatening", "death"])
def test_owners_are_told_of_severe_events_until_one_opens_them(house: House, severity: str):
    event = kept(house, house.desk, severity=severity)
    assert unseen_grave() == []
    do(house, event, "report")
    is_grave = severity not in ("mild", "moderate")
    assert [one.public_id for one in unseen_grave()] == [event.public_id] * is_grave
    do(house, event, "open")
    assert event.owner_seen_at is not None
    assert unseen_grave() == []


@pytest.mark.parametrize(
    ("review", "field"),
    [
        (Review("possible", "", "Too hot, it seems"), "outcome"),
        (Review("", "resolved", "Too hot, it seems"), "causality"),
        (Review("possible", "resolved", ""), "text"),
    ],
)
def test_it_is_closed_only_with_outcome_cause_and_review(house: House, review: Review, field: str):
    event = in_state(house, "under_review")
    with transaction():
        services.review_event(event, actor=house.owner, found=review)
    with pytest.raises(DomainError) as refused:
        do(house, event, "close")
    assert refused.value.field == field
    assert again(event).status == "under_review"


def test_the_steps_of_a_review_are_remembered_with_who_and_why(house: House):
    event = in_state(house, "closed")
    do(house, event, "reopen")
    assert event.closed_at is None
    deeds = read_review(event.review).deeds
    assert [one.what for one in deeds] == ["open", "close", "reopen"]
    assert deeds[-1].why == "It came back"
    assert deeds[0].who == house.owner.name


def test_a_client_s_reports_stand_until_one_was_an_error(house: House):
    event, wrong = sent(house, house.desk), sent(house, house.desk)
    do(house, wrong, "mark_in_error")
    assert [one.event.id for one in events_of(house.client.id)] == [event.id]


def test_counts_are_per_hundred_sessions_with_the_list_behind_each(house: House):
    visit = with_a_note(house)
    event = sent(house, house.desk, visit=visit)
    sent(house, house.desk, Account("fall", text="On the way out"))
    sent(house, house.desk, actuality="near_miss", visit=visit)
    kept(house, house.desk)
    on = made.this_day()
    told = counts(on - timedelta(days=30), on)
    assert (told.sessions, told.actual, told.near) == (1, 2, 1)
    assert {one.code: one.events for one in told.by_kind} == {"burn": 1, "fall": 1}
    assert [(one.code, one.rate) for one in told.by_technique] == [("SWEDISH", 100.0)]
    (by,) = told.by_therapist
    assert (by.name, by.events, by.sessions) == (house.treats.name, 1, 1)
    behind = events_between(told.since, told.until, "therapist", by.code)
    assert [one.event.id for one in behind] == [event.id]
    assert len(events_between(told.since, told.until, "near")) == 1
    assert counts(on + timedelta(days=2), on + timedelta(days=3)).actual == 0


def test_members_of_staff_of_every_role_may_report(house: House):
    for actor in (house.desk, staff.therapist("Ines Okafor"), house.owner):
        assert sent(house, actor).status == "reported"
