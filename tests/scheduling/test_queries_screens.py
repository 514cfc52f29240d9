"""What health does to the days of a search: the same for each, in whatever order they are asked."""

from collections.abc import Mapping
from datetime import date, timedelta

import pytest
from flask import Flask

from clinic.health.rules.facts import Fact
from clinic.scheduling.queries.screens import screen_of, screened_days
from clinic.scheduling.rules.screening import CLEAR, Screened
from tests.factories import scheduling as made
from tests.factories.screening import know

PRIMARY = frozenset({"DEEP"})


def days_of(house: made.House, first: date) -> Mapping[date, Screened]:
    return screened_days(house.client.known_as, first, first + timedelta(days=29), PRIMARY)


def told(house: made.House) -> date:
    """Something that turns within the days that are searched; the first of them."""
    first = made.this_day()
    know(
        house.client,
        Fact("injury", "SPRAIN_STRAIN", on=first, area="ANKLE", side="L"),
        Fact("treatment", "VACCINE", on=first + timedelta(days=6), area="UPPER_ARM", side="R"),
        Fact("pregnancy", "PREGNANCY", until=first + timedelta(days=12)),
    )
    return first


def test_each_day_is_as_it_is_judged_by_itself(inside: Flask):
    house = made.open_house()
    first = told(house)
    screen = screen_of(house.client.known_as)
    alone = {
        day: screen.judge(day, PRIMARY)
        for day in (first + timedelta(days=number) for number in range(30))
    }
    assert len(set(alone.values())) > 1
    assert dict(days_of(house, first)) == alone
    for order in (list(reversed(alone)), sorted(alone, key=lambda day: day.toordinal() % 7)):
        days = days_of(house, first)
        assert {day: days[day] for day in order} == alone
    assert len(days_of(house, first)) == 30


def test_a_day_outside_of_the_search_is_none_of_its_days(inside: Flask):
    house = made.open_house()
    first = told(house)
    days = days_of(house, first)
    for outside in (first - timedelta(days=1), first + timedelta(days=30)):
        with pytest.raises(KeyError):
            days[outside]
        assert days.get(outside, CLEAR) is CLEAR


def test_what_is_told_later_counts_in_the_next_search(inside: Flask):
    house = made.open_house()
    first = made.this_day()
    assert not days_of(house, first)[first].is_stopped
    know(house.client, Fact("condition", "ANEURYSM"))
    days = days_of(house, first)
    assert all(days[day].is_stopped for day in days)
