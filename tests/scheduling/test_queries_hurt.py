"""Which visits no longer fit after a change, why, and where they could go."""

from datetime import timedelta

import pytest
from flask import Flask

from clinic.catalogue import services as catalogue_services
from clinic.core.permissions import SYSTEM, Role
from clinic.core.transactions import transaction
from clinic.scheduling import services
from clinic.scheduling.queries.hurt import count_hurt, hurt_by_time_off, hurt_visits
from clinic.scheduling.queries.suggestions import Suggested, suggest
from clinic.staff import services as staff_services
from clinic.staff.models import StaffQualification
from clinic.timetable import services as timetable
from clinic.timetable.models import TimeOff, WorkingHours
from tests.factories import scheduling as made
from tests.factories.clients import a_client
from tests.factories.scheduling import House, at, book
from tests.statements import counted

pytestmark = pytest.mark.usefixtures("inside")


@pytest.fixture
def house(inside: Flask) -> House:
    return made.open_house()


def causes() -> dict[str, tuple[str, ...]]:
    return {one.visit.public_id: one.causes for one in hurt_visits()}


def away(house: House, days: int = 7, first: int = 0, last: int = 24) -> TimeOff:
    begin = at(0, days=days)
    with transaction():
        return timetable.ask(
            house.therapist, actor=house.owner, kind="vacation",
            starts_at=begin + timedelta(hours=first), ends_at=begin + timedelta(hours=last),
        )  # fmt: skip


def test_where_everything_fits_nothing_is_hurt(house: House) -> None:
    book(house)
    assert hurt_visits() == []
    assert count_hurt() == 0


def test_hours_that_no_longer_hold_hurt_what_lies_outside(house: House) -> None:
    early, late = book(house, at(9)), book(house, at(15), client=a_client("Tomas Reyes"))
    with transaction() as session:
        for row in session.query(WorkingHours).all():
            timetable.amend_hours(
                row, actor=house.owner, weekday=row.weekday, starts=0, ends=780,
                from_on=row.from_on, until_on=None,
            )  # fmt: skip
    assert causes() == {late.public_id: ("hours",)}
    assert early.public_id not in causes()


def test_an_exception_hurts_its_own_day_only(house: House) -> None:
    hit = book(house, at(9))
    book(house, at(9, days=8), client=a_client("Tomas Reyes"))
    with transaction():
        timetable.except_hours(
            house.therapist, actor=house.owner, on_date=hit.on_date, starts=600, ends=900
        )
    assert causes() == {hit.public_id: ("hours",)}


def test_buffers_lie_within_the_hours_too(house: House) -> None:
    hit = book(house, at(10))  # until 11:00, and 15 minutes of turnover
    with transaction():
        timetable.except_hours(
            house.therapist, actor=house.owner, on_date=hit.on_date, starts=600, ends=670
        )
    assert causes() == {hit.public_id: ("hours",)}


def test_what_was_booked_outside_hours_knowingly_is_not_hurt_by_them(house: House) -> None:
    with transaction():
        timetable.except_hours(house.therapist, actor=house.owner, on_date=made.day())
    book(house, at(9), outside_hours=True)
    assert causes() == {}


def test_a_licence_that_ends_hurts_the_visits_after_it(house: House) -> None:
    before, after = book(house, at(9)), book(house, at(9, days=9), client=a_client("Tomas Reyes"))
    with transaction() as session:
        [held] = session.query(StaffQualification).all()
        staff_services.requalify(
            held, actor=SYSTEM, valid_from=held.valid_from, valid_until=before.on_date, number=""
        )
    assert causes() == {after.public_id: ("licence",)}


def test_a_qualification_that_is_taken_away_hurts_from_that_day_on(house: House) -> None:
    with transaction():
        kind = staff_services.name_qualification(actor=SYSTEM, code="PRENATAL", name="Prenatal")
    with transaction():
        held = staff_services.qualify(
            house.therapist, kind, actor=SYSTEM, valid_from=made.this_day()
        )
        catalogue_services.amend_service(
            house.variant.service, actor=SYSTEM, requires=("PRENATAL",)
        )
    visit = book(house)
    assert causes() == {}
    with transaction():
        staff_services.revoke(held, actor=SYSTEM, on=visit.on_date)
    assert causes() == {visit.public_id: ("qualification",)}


def test_who_leaves_or_treats_no_more_leaves_their_visits_behind(house: House) -> None:
    visit = book(house)
    with transaction():
        staff_services.grant_roles(
            house.therapist, actor=house.owner, roles=frozenset({Role.RECEPTIONIST})
        )
    assert causes() == {visit.public_id: ("not_therapist",)}
    with transaction():
        staff_services.disable(house.therapist, actor=house.owner)
    assert causes() == {visit.public_id: ("gone",)}


def test_a_room_that_lacks_what_a_service_needs_is_said_with_its_name(house: House) -> None:
    visit = book(house)
    with transaction():
        catalogue_services.name_feature(actor=SYSTEM, code="SINK", name="Sink")
    with transaction():
        catalogue_services.amend_service(house.variant.service, actor=SYSTEM, features=("SINK",))
    [one] = hurt_visits()
    assert one.causes == ("room_lacks",)
    assert str(one.why[0]) == f"{visit.place.room.name} lacks what this needs: Sink."


def test_what_is_cancelled_or_past_is_not_listed(house: House) -> None:
    visit = book(house)
    made.book_now(house, client=a_client("Tomas Reyes"))
    made.done(services.cancel, visit, house.desk, by="client")
    with transaction():
        staff_services.disable(house.therapist, actor=house.owner)
    assert causes() == {}


def test_time_off_hurts_the_visits_within_it_alone(house: House) -> None:
    inside, outside = book(house, at(9)), book(house, at(15), client=a_client("Tomas Reyes"))
    found = hurt_by_time_off(away(house, first=8, last=12))
    assert [one.visit.public_id for one in found] == [inside.public_id]
    assert outside.public_id not in [one.visit.public_id for one in found]


@pytest.mark.parametrize("many", [2, 9])
def test_six_statements_find_them_however_many_there_are(house: House, many: int) -> None:
    for number in range(many):
        book(house, at(9, days=7 + number))
    with transaction():
        staff_services.disable(house.therapist, actor=house.owner)
    hurt_visits()
    with counted() as sent:
        assert len(hurt_visits()) == many
    assert len(sent) <= 6, sent


# ---- where they could go


@pytest.fixture
def ana(house: House) -> object:
    return made.a_therapist("Ana Ruiz")


def suggested(house: House, **more: int) -> list[Suggested]:
    absence = away(house, **more)
    return suggest(hurt_by_time_off(absence), absence)


def test_the_same_time_with_somebody_else_comes_first(house: House, ana: object) -> None:
    visit = book(house)
    [line] = suggested(house)
    first = line.options[0]
    assert (first.starts_at, first.therapist.name) == (visit.starts_at, "Ana Ruiz")


def test_nothing_is_suggested_within_the_time_off(house: House) -> None:
    book(house)
    [line] = suggested(house)
    assert line.options
    day = line.visit.on_date
    assert all(one.starts_at.astimezone(made.zone()).date() != day for one in line.options)


def test_two_visits_are_never_given_the_same_time(house: House) -> None:
    for hour, name in ((9, "A Bee"), (11, "C Dee"), (13, "E Eff")):
        book(house, at(hour), client=a_client(name))
    lines = suggested(house)
    chosen = [line.options[0].at for line in lines]
    assert len(chosen) == 3
    for one in chosen:
        assert all(one == other or abs(one - other) >= 75 * 60 for other in chosen)
    assert len(set(chosen)) == 3


def test_who_has_left_is_suggested_no_more(house: House, ana: object) -> None:
    book(house)
    with transaction():
        staff_services.disable(house.therapist, actor=house.owner)
    [line] = suggest(hurt_visits())
    assert {one.therapist.name for one in line.options} == {"Ana Ruiz"}


def test_where_nobody_has_that_hour_the_next_days_are_suggested(house: House) -> None:
    visit = book(house, at(20))
    made.a_therapist("Ana Ruiz", hours=(480, 780))
    with transaction():
        staff_services.disable(house.therapist, actor=house.owner)
    [line] = suggest(hurt_visits())
    assert line.options
    assert all(one.at != visit.slot.starts_s for one in line.options)
    assert {one.therapist.name for one in line.options} == {"Ana Ruiz"}


def test_where_only_the_room_is_wrong_the_time_and_the_therapist_stay(house: House) -> None:
    visit = book(house)
    with transaction():
        catalogue_services.name_feature(actor=SYSTEM, code="SINK", name="Sink")
    other = next(one for one in house.places if one.id != visit.place_id)
    with transaction():
        catalogue_services.amend_service(house.variant.service, actor=SYSTEM, features=("SINK",))
        timetable.amend_room(
            other.room, actor=SYSTEM, name=other.room.name, note="", position=5, features=("SINK",)
        )
    [line] = suggest(hurt_visits())
    first = line.options[0]
    assert (first.starts_at, first.therapist.id) == (visit.starts_at, house.therapist.id)
    assert first.place.id == other.id


def test_without_any_free_time_the_visit_is_left(house: House) -> None:
    visit = book(house)
    with transaction():
        staff_services.disable(house.therapist, actor=house.owner)
    [line] = suggest(hurt_visits())
    assert (line.visit, line.options) == (visit, [])
