"""What a visit's page suggests and tells; on both engines."""

from datetime import timedelta
from itertools import groupby

from flask import Flask

from clinic.core.clock import local_day
from clinic.core.transactions import transaction
from clinic.scheduling import services
from clinic.scheduling.queries.visit_page import visit_page
from clinic.scheduling.rules.series import Phase, at_wall, planned
from tests.factories import scheduling as made


def suggested(house, visit):
    return [(one.starts_at, one.therapist.name) for one in visit_page(visit, house.desk).soon]


def test_other_times_lie_on_several_days_and_hours_apart(inside: Flask):
    house = made.open_house()
    made.a_therapist("Ines Okafor")
    visit = made.book(house)
    soon = suggested(house, visit)
    assert len(soon) == 5
    assert [name for _, name in soon] == ["June Park"] * 5
    by_day = [list(day) for _, day in groupby(soon, key=lambda one: local_day(one[0], made.zone()))]
    assert [len(day) for day in by_day] == [2, 2, 1]
    assert all((day[1][0] - day[0][0]).seconds >= 7200 for day in by_day[:2])
    assert min(when for when, _ in soon) > visit.starts_at


def test_others_are_suggested_on_a_day_on_which_the_therapist_has_no_time(inside: Flask):
    house = made.open_house()
    made.a_therapist("Ines Okafor")
    visit = made.book(house, made.at(21))
    assert suggested(house, visit)
    made.bears(house.therapist, 60)
    assert {name for _, name in suggested(house, visit)} == {"June Park"}
    made.book(house, made.at(8, days=8))
    names = {local_day(when, made.zone()): name for when, name in suggested(house, visit)}
    assert names[made.this_day() + timedelta(days=8)] == "Ines Okafor"


def test_a_visit_of_a_series_says_which_one_it_is(inside: Flask):
    house = made.open_house()
    alone, phases = made.book(house, made.at(15)), (Phase(7, 4),)
    first = made.day()
    chosen = [
        (number, at_wall(on, 600, made.zone()), house.therapist, house.places[0])
        for number, on in enumerate(planned(first, phases), 1)
    ]
    with transaction():
        series = services.plan_series(
            actor=house.desk, client=house.client, variant=house.variant,
            therapist=house.therapist, phases=phases, first_on=first, wall=600, chosen=chosen,
        )  # fmt: skip
    second = visit_page(series.items[1].visit, house.desk).in_series
    assert second is not None
    assert (second.series_id, second.number, second.count) == (series.public_id, 2, 4)
    assert visit_page(alone, house.desk).in_series is None
