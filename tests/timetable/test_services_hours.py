from datetime import date, timedelta
from typing import Any

import pytest
from flask import Flask

from clinic.core.clock import epoch, now
from clinic.core.db import db
from clinic.core.errors import Conflict, DomainError, NotAllowed, StaleEdit
from clinic.core.permissions import Actor, Role
from clinic.core.transactions import transaction
from clinic.staff.models import StaffMember
from clinic.timetable import services
from clinic.timetable.models import HoursException, TimeOff, WorkingHours
from clinic.timetable.queries import (
    free_time,
    hours_worked,
    resource_id_of_staff,
    time_off_of,
    time_off_to_come,
)
from clinic.timetable.services import SlotTaken, VisitsStand
from tests.factories import staff
from tests.factories import timetable as made
from tests.factories.timetable import DAY, at, taken
from tests.statements import counted


@pytest.fixture(autouse=True)
def clinic(inside: Flask) -> None:
    made.open_clinic()


@pytest.fixture
def owner() -> Actor:
    return staff.owner()


@pytest.fixture
def teo() -> StaffMember:
    return staff.member("Teo Marsh", Role.THERAPIST)


def plan(member: StaffMember, owner: Actor, starts: int, ends: int, **more: Any) -> WorkingHours:
    facts = {"weekday": DAY.weekday(), "from_on": date(2027, 1, 1)} | more
    with transaction():
        return services.plan_hours(member, actor=owner, starts=starts * 60, ends=ends * 60, **facts)


def worked_on(member: StaffMember, day: date = DAY) -> list[tuple[int, int]]:
    return hours_worked([member.id], day, day)[member.id].get(day, [])


def test_a_split_shift_is_two_stretches_of_a_weekday(teo: StaffMember, owner: Actor) -> None:
    plan(teo, owner, 9, 12)
    plan(teo, owner, 12, 13)
    plan(teo, owner, 14, 18)
    assert worked_on(teo) == [(540, 780), (840, 1080)]
    assert worked_on(teo, DAY + timedelta(days=1)) == []
    assert worked_on(teo, DAY - timedelta(weeks=20)) == []


def test_hours_of_one_weekday_do_not_overlap_while_both_hold(
    teo: StaffMember, owner: Actor
) -> None:
    first = plan(teo, owner, 9, 12, until_on=date(2027, 6, 30))
    with pytest.raises(Conflict, match="overlap"):
        plan(teo, owner, 11, 14)
    plan(teo, owner, 11, 14, from_on=date(2027, 7, 1))
    with pytest.raises(Conflict, match="overlap"), transaction():
        services.amend_hours(
            db.session.get_one(WorkingHours, first.id),
            actor=owner,
            weekday=DAY.weekday(),
            starts=540,
            ends=720,
            from_on=date(2027, 1, 1),
            until_on=None,
        )
    plan(staff.member("Una Lake", Role.THERAPIST), owner, 11, 14)


@pytest.mark.parametrize(
    "wrong",
    [{"weekday": 7}, {"starts": 12 * 60}, {"ends": 1441}, {"until_on": date(2020, 1, 1)}],
)
def test_hours_that_cannot_be_are_refused(
    teo: StaffMember, owner: Actor, wrong: dict[str, Any]
) -> None:
    facts = {"weekday": 1, "starts": 540, "ends": 720, "from_on": DAY} | wrong
    with pytest.raises(DomainError), transaction():
        services.plan_hours(teo, actor=owner, **facts)


def test_hours_are_amended_and_struck(teo: StaffMember, owner: Actor) -> None:
    hours = plan(teo, owner, 9, 12)
    facts = {"weekday": DAY.weekday(), "starts": 600, "ends": 720, "from_on": DAY, "until_on": None}
    with transaction():
        kept = db.session.get_one(WorkingHours, hours.id)
        services.amend_hours(kept, actor=owner, version=1, **facts)
    assert worked_on(teo) == [(600, 720)]
    kept = db.session.get_one(WorkingHours, hours.id)
    with pytest.raises(StaleEdit), transaction():
        services.amend_hours(kept, actor=owner, version=1, **facts)
    with transaction():
        services.strike_hours(db.session.get_one(WorkingHours, hours.id), actor=owner)
    assert worked_on(teo) == []


def test_a_day_may_have_other_hours_or_none(teo: StaffMember, owner: Actor) -> None:
    plan(teo, owner, 9, 17)
    with transaction():
        services.except_hours(teo, actor=owner, on_date=DAY, starts=600, ends=660)
        other = services.except_hours(teo, actor=owner, on_date=DAY, starts=700, ends=760)
        off = services.except_hours(teo, actor=owner, on_date=DAY + timedelta(days=7))
    assert worked_on(teo) == [(600, 660), (700, 760)]
    assert worked_on(teo, DAY + timedelta(days=7)) == []
    with pytest.raises(Conflict), transaction():
        services.except_hours(teo, actor=owner, on_date=DAY, starts=650, ends=690)
    with pytest.raises(Conflict), transaction():
        services.except_hours(teo, actor=owner, on_date=DAY)
    with pytest.raises(DomainError, match="both"), transaction():
        services.except_hours(teo, actor=owner, on_date=date(2027, 1, 1), starts=650)
    with transaction():
        services.strike_exception(db.session.get_one(HoursException, other.id), actor=owner)
        services.amend_exception(
            db.session.get_one(HoursException, off.id),
            actor=owner,
            on_date=off.on_date,
            starts=60,
            ends=90,
            note="Late",
        )
    assert worked_on(teo) == [(600, 660)]
    assert worked_on(teo, DAY + timedelta(days=7)) == [(60, 90)]


def ask(teo: StaffMember, actor: Actor, first: int, last: int) -> TimeOff:
    with transaction():
        return services.ask(
            teo, actor=actor, kind="vacation", starts_at=at(first), ends_at=at(last)
        )


def act(verb: Any, time_off: TimeOff, actor: Actor, **more: Any) -> None:
    with transaction():
        verb(db.session.get_one(TimeOff, time_off.id), actor=actor, **more)


def actor_of(member: StaffMember) -> Actor:
    return Actor(member.id, member.public_id, member.name, member.roles)


def test_time_off_takes_time_once_it_is_approved(teo: StaffMember, owner: Actor) -> None:
    plan(teo, owner, 9, 17)
    wanted = ask(teo, actor_of(teo), 12, 24 * 3)
    day = (epoch(at(9)), epoch(at(17)))
    assert free_time([teo.id], [], DAY, DAY).therapists[teo.id] == [day]
    act(services.approve, wanted, owner, version=1)
    assert free_time([teo.id], [], DAY, DAY).therapists[teo.id] == [(day[0], epoch(at(12)))]
    with pytest.raises(SlotTaken, match="away"):
        taken(at(30), 60, resource_id_of_staff(teo.id) or 0)
    act(services.call_off, wanted, actor_of(teo))
    assert free_time([teo.id], [], DAY, DAY).therapists[teo.id] == [day]


def test_time_off_is_not_given_while_visits_stand_in_it(teo: StaffMember, owner: Actor) -> None:
    wanted = ask(teo, actor_of(teo), 9, 24 * 5)
    act(services.approve, wanted, owner)
    act(services.call_off, wanted, owner)
    wanted = ask(teo, actor_of(teo), 9, 24 * 5)
    resource = resource_id_of_staff(teo.id) or 0
    for hour in (30, 10, 60):
        taken(at(hour), 60, resource)
    with pytest.raises(VisitsStand, match="3 visits") as refused:
        act(services.approve, wanted, owner)
    assert refused.value.begin[0] == at(10)
    assert db.session.get_one(TimeOff, wanted.id).status == "requested"


def test_a_request_is_answered_once(teo: StaffMember, owner: Actor) -> None:
    wanted = ask(teo, actor_of(teo), 9, 12)
    act(services.decline, wanted, owner)
    with pytest.raises(Conflict, match="already"):
        act(services.call_off, wanted, actor_of(teo))
    act(services.approve, wanted, owner)
    with pytest.raises(Conflict, match="already"):
        act(services.decline, wanted, owner)
    with pytest.raises(StaleEdit):
        act(services.call_off, wanted, owner, version=1)


def test_absences_of_one_person_do_not_overlap(teo: StaffMember, owner: Actor) -> None:
    act(services.approve, ask(teo, owner, 9, 12), owner)
    with pytest.raises(SlotTaken, match="away"):
        act(services.approve, ask(teo, owner, 11, 15), owner)
    act(services.approve, ask(teo, owner, 12, 15), owner)


def test_people_ask_for_themselves_and_the_owner_for_anybody(
    teo: StaffMember, owner: Actor
) -> None:
    other = staff.therapist("Una Lake")
    with pytest.raises(NotAllowed):
        ask(teo, other, 9, 12)
    wanted = ask(teo, owner, 9, 12)
    with pytest.raises(NotAllowed):
        act(services.call_off, wanted, other)
    with pytest.raises(NotAllowed):
        act(services.approve, wanted, actor_of(teo))
    with pytest.raises(DomainError, match="kind"), transaction():
        services.ask(teo, actor=owner, kind="nap", starts_at=at(9), ends_at=at(10))
    assert [row.status for row in db.session.execute(time_off_of(teo.id))] == ["requested"]
    assert [row.name for row in db.session.execute(time_off_to_come(now()))] == ["Teo Marsh"]


def test_free_time_costs_the_same_few_queries_however_much_is_asked(
    teo: StaffMember, owner: Actor
) -> None:
    people = [teo, *(staff.member(f"Una {letter}", Role.THERAPIST) for letter in "ABCDEFG")]
    places = [made.bare_place(f"R{number}") for number in range(10)]
    for person in people:
        plan(person, owner, 9, 17)
    resource = made.resource_of_place(places[0])
    taken(at(10), 60, resource)
    taken(at(12), 60, resource, kind="hold", expires_at=now() - timedelta(minutes=1))
    ids = [person.id for person in people], [place.id for place in places]
    db.session.rollback()
    with counted() as statements:
        free = free_time(*ids, DAY, DAY + timedelta(days=29))
    assert len(statements) <= 3
    assert len(free.therapists[teo.id]) == 5
    assert free.places[places[0].id] == [(epoch(at(10)), epoch(at(11)))]
    assert free.places[places[1].id] == []


@pytest.mark.parametrize(
    ("starts", "ends", "said"),
    [
        (22, 6, "plan two stretches"),
        (9, 9, "begin and end at one time"),
        (9, 25, "from 00:00 to 24:00"),
        (-1, 9, "from 00:00 to 24:00"),
    ],
)
def test_hours_that_no_day_has_say_what_to_do(
    teo: StaffMember, owner: Actor, starts: int, ends: int, said: str
) -> None:
    with pytest.raises(DomainError, match=said) as refused:
        plan(teo, owner, starts, ends)
    assert refused.value.field == "ends"


def test_hours_that_overlap_name_those_that_stand(teo: StaffMember, owner: Actor) -> None:
    plan(teo, owner, 9, 12)
    with pytest.raises(Conflict, match="09:00 to 12:00"):
        plan(teo, owner, 11, 15)
