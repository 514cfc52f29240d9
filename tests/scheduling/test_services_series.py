"""Plans of visits: booked all or none, then each visit by itself; on both engines."""

from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import select

from clinic.core.db import db
from clinic.core.errors import Conflict, DomainError, NotAllowed, StaleEdit
from clinic.core.transactions import transaction
from clinic.scheduling import services
from clinic.scheduling.models import Series, SeriesItem, Visit
from clinic.scheduling.rules.series import Phase, at_wall, planned
from clinic.timetable.models import Occupancy, Resource
from tests.factories import catalogue
from tests.factories import scheduling as made
from tests.factories.clients import a_client
from tests.scheduling.plans import TEN, THIRTEEN, WEEKLY, each, first_on, number_of, plan


def test_thirteen_visits_are_booked_at_one_hour_each_a_row_of_its_own(inside: Flask):
    house = made.open_house("America/Chicago")
    aroma = catalogue.add_on(minutes=15)
    series = plan(house, THIRTEEN, add_ons=[aroma])
    visits = [item.visit for item in series.items]
    assert len({one.id for one in visits}) == 13
    walls = {one.starts_at.astimezone(made.zone()).strftime("%H:%M") for one in visits}
    assert walls == {"10:00"}
    assert {(one.source, one.minutes, one.status) for one in visits} == {("series", 75, "booked")}
    assert [(one.position, one.every_days, one.visits) for one in series.phases] == [
        (0, 7, 6), (1, 14, 4), (2, 28, 3),
    ]  # fmt: skip


@pytest.mark.parametrize("wrong", [1, 3, 4])
def test_one_clash_leaves_nothing_and_says_which_visit(inside: Flask, wrong):
    house = made.open_house()
    other = a_client("Omar Haddad")
    made.book(house, made.at(10, 30, days=7 * wrong), client=other)
    before = number_of(Occupancy)
    with pytest.raises(services.DateRefused, match=f"Visit {wrong}, .*therapist is taken") as error:
        plan(house)
    assert (error.value.number, error.value.status, error.value.field) == (wrong, 409, "dates")
    assert (number_of(Series), number_of(SeriesItem), number_of(Visit)) == (0, 0, 1)
    assert number_of(Occupancy) == before


def test_what_was_not_accepted_stays_in_the_plan(inside: Flask):
    house = made.open_house()
    series = plan(house, chosen=each(house, numbers={1, 4}), skipped=[3])
    booked = [item.visit is not None for item in series.items]
    assert booked == [True, False, False, True]
    assert [item.is_skipped for item in series.items] == [False, False, True, False]
    assert [item.planned_on for item in series.items] == planned(first_on(), WEEKLY)


def test_the_referral_runs_out_at_the_ninth_and_none_is_booked(inside: Flask):
    house = made.open_house()
    made.an_authorisation(house, 8)
    with pytest.raises(services.DateRefused, match=r"Visit 9, .*no visits left") as error:
        plan(house, THIRTEEN, use_referral=True)
    assert error.value.number == 9
    assert number_of(Visit) == 0
    eight = plan(house, THIRTEEN, use_referral=True, chosen=each(house, THIRTEEN, range(1, 9)))
    assert sum(item.visit is not None for item in eight.items) == 8
    assert eight.authorisation is not None


def test_visits_count_against_the_earliest_referral_that_bears_them(inside: Flask):
    house = made.open_house()
    later = made.an_authorisation(house, 5)
    until = first_on() + timedelta(days=8)
    since = made.this_day() - timedelta(days=9)
    short = made.an_authorisation(house, 9, valid_from=since, valid_until=until)
    series = plan(house, use_referral=True)
    used = [item.visit.authorisation_id for item in series.items]
    assert used == [short.id, short.id, later.id, later.id]


def test_a_named_authorisation_alone_is_used(inside: Flask):
    house = made.open_house()
    made.an_authorisation(house, 5)
    named = made.an_authorisation(house, 3)
    with pytest.raises(services.DateRefused, match=r"Visit 4, .*no visits left"):
        plan(house, authorisation=named)
    series = plan(house, authorisation=named, chosen=each(house, numbers={1, 2, 3}))
    assert {item.visit.authorisation_id for item in series.items[:3]} == {named.id}


def test_without_an_open_referral_none_can_be_used(inside: Flask):
    house = made.open_house()
    with pytest.raises(DomainError, match="no open referral") as error:
        plan(house, use_referral=True)
    assert error.value.field == "use_referral"


def test_locks_never_come_out_of_order_whoever_was_made_first(inside: Flask):
    """Therapists and rooms change from visit to visit, and the latest come first."""
    house = made.open_house()
    made.an_authorisation(house, 30)
    made.an_authorisation(house, 30, valid_from=first_on() + timedelta(days=20))
    others = [house.therapist, made.a_therapist("Ines Okafor"), made.a_therapist("Tomas Reyes")]
    rooms = [*house.places, made.a_place("R3", 3)]
    dates = planned(first_on(), THIRTEEN)
    chosen = [
        (n, at_wall(on, TEN, made.zone()), others[-n % 3], rooms[n % 3])
        for n, on in enumerate(dates, 1)
    ]
    series = plan(house, THIRTEEN, use_referral=True, therapist=None, chosen=chosen[::-1])
    assert [item.visit.therapist_id for item in series.items] == [one[2].id for one in chosen]


def test_equipment_that_is_another_piece_each_time_is_locked_at_once_too(inside: Flask):
    house = made.open_house()
    made.needs(house.variant, kind="lamp")
    first = made.a_piece("lamp", "Lamp 1")
    other = made.a_therapist("Ines Okafor")
    made.book(house, made.at(10), client=a_client("Omar Haddad"), therapist=other)
    made.a_piece("lamp", "Lamp 2")
    made.an_authorisation(house, 9)
    series = plan(house, use_referral=True, chosen=each(house, place=1))
    takes = select(Resource.equipment_id).join(Occupancy).where(Resource.equipment_id.is_not(None))
    taken = [
        db.session.scalar(takes.where(Occupancy.slot_id == item.visit.slot_id))
        for item in series.items
    ]
    assert [one == first.id for one in taken] == [False, True, True, True]


@pytest.mark.parametrize(
    ("more", "match"),
    [
        ({"skipped": [1]}, "another plan"),
        ({"skipped": [5]}, "another plan"),
        ({"phases": ()}, "how often"),
        ({"wall": 1440}, "09:30"),
    ],
)
def test_what_is_no_plan_is_refused(inside: Flask, more, match):
    house = made.open_house()
    with pytest.raises(DomainError, match=match):
        plan(house, **({"chosen": each(house, numbers={1})} | more))
    assert number_of(Series) == 0


def test_a_plan_does_not_begin_in_the_past(inside: Flask):
    house = made.open_house()
    with pytest.raises(DomainError, match="from today on") as error:
        plan(house, first_on=made.this_day() - timedelta(days=1), chosen=[])
    assert error.value.field == "first_on"


def test_a_therapist_plans_for_themselves_only(inside: Flask):
    house = made.open_house()
    assert len(plan(house, actor=house.treats).items) == 4
    other = made.a_therapist("Ines Okafor")
    with pytest.raises(NotAllowed):
        plan(house, actor=house.treats, chosen=[], therapist=other)
    with pytest.raises(NotAllowed):
        plan(house, actor=house.treats, chosen=[], therapist=None)
    theirs = [(1, made.at(15), other, house.places[1])]
    with pytest.raises(NotAllowed):
        plan(house, actor=house.treats, chosen=theirs)


# ---- afterwards


def test_a_cancelled_visit_is_booked_again_in_its_place(inside: Flask):
    house = made.open_house()
    series = plan(house)
    item = series.items[1]
    cancelled = item.visit
    with pytest.raises(Conflict, match="booked already"), transaction():
        services.book_item(
            item, actor=house.desk, starts_at=made.at(15, days=14), therapist=house.therapist
        )
    made.done(services.cancel, cancelled, house.desk)
    with transaction():
        anew = services.book_item(
            item, actor=house.desk, starts_at=made.at(15, days=15), therapist=house.therapist,
            version=item.version,
        )  # fmt: skip
    assert (item.visit_id, anew.source, cancelled.status) == (anew.id, "series", "cancelled")


def test_a_plan_on_a_referral_books_its_rest_on_it_too(inside: Flask):
    house = made.open_house()
    made.an_authorisation(house, 2)
    series = plan(house, use_referral=True, chosen=each(house, numbers={1}))
    facts = {"actor": house.desk, "therapist": house.therapist}
    with transaction():
        second = services.book_item(series.items[1], starts_at=made.at(10, days=14), **facts)
    assert second.authorisation_id is not None
    with pytest.raises(services.NotAdmitted, match="no visits left"), transaction():
        services.book_item(series.items[2], starts_at=made.at(10, days=21), **facts)


def test_skipped_visits_are_taken_up_and_booked_ones_are_not_skipped(inside: Flask):
    house = made.open_house()
    series = plan(house, chosen=each(house, numbers={1}), skipped=[2])
    with pytest.raises(Conflict, match="booked already"):
        made.done(services.skip_item, series.items[0], house.desk)
    assert made.done(services.skip_item, series.items[2], house.desk).is_skipped
    assert not made.done(services.take_up_item, series.items[1], house.desk).is_skipped
    with pytest.raises(StaleEdit):
        made.done(services.skip_item, series.items[1], house.desk, version=1)
    with transaction():
        services.book_item(
            series.items[2], actor=house.desk, starts_at=made.at(10, days=21),
            therapist=house.therapist,
        )  # fmt: skip
    assert not series.items[2].is_skipped


def test_an_ended_plan_leaves_its_visits_alone_and_books_no_more(inside: Flask):
    house = made.open_house()
    series = plan(house, chosen=each(house, numbers={1}))
    with pytest.raises(DomainError, match="Say why"):
        made.done(services.end_series, series, house.desk, why="  ")
    made.done(services.end_series, series, house.desk, why="Moved away", version=series.version)
    assert (series.status, series.items[0].visit.status) == ("ended", "booked")
    for verb in (services.skip_item, services.take_up_item):
        with pytest.raises(Conflict, match="has ended"):
            made.done(verb, series.items[1], house.desk)
    with pytest.raises(Conflict, match="has ended"):
        made.done(services.extend_series, series, house.desk, phase=Phase(7, 1))
    with pytest.raises(Conflict, match="has ended"):
        made.done(services.end_series, series, house.desk, why="again")


def test_a_plan_is_extended_after_its_last_date(inside: Flask):
    house = made.open_house()
    series = plan(house)
    made.done(services.extend_series, series, house.desk, phase=Phase(28, 2))
    db.session.expire_all()
    dates = [item.planned_on for item in series.items]
    assert dates == planned(first_on(), [*WEEKLY, Phase(28, 2)])
    with pytest.raises(DomainError, match="at most 60"):
        made.done(services.extend_series, series, house.desk, phase=Phase(7, 55))


def test_a_therapist_books_of_their_own_plans_only(inside: Flask):
    house = made.open_house()
    other = made.a_therapist("Ines Okafor")
    series = plan(house, chosen=[], therapist=other)
    facts = {"starts_at": made.at(15), "therapist": house.therapist}
    with pytest.raises(NotAllowed), transaction():
        services.book_item(series.items[0], actor=house.treats, **facts)
    with transaction():
        services.book_item(series.items[0], actor=house.desk, **facts)
