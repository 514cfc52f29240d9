from collections.abc import Callable
from datetime import date, timedelta

import pytest
from flask import Flask
from sqlalchemy import event

from clinic.catalogue import queries, services
from clinic.catalogue.queries.ladder import the_ladder
from clinic.core.clock import today
from clinic.core.db import db
from clinic.core.errors import NotFound
from clinic.core.permissions import SYSTEM
from clinic.core.transactions import transaction
from clinic.practice.queries import the_practice
from tests.factories import catalogue

DAY = date(2026, 11, 20)


def test_the_starter_is_bookable_at_its_prices(inside: Flask) -> None:
    catalogue.starter()
    offered = queries.bookable_variants(DAY)
    assert len({row.service_id for row in offered}) == 19
    deep = [row for row in offered if row.name == "Deep tissue massage"]
    assert [(row.minutes, row.price_minor) for row in deep] == [
        (45, 7500),
        (60, 9500),
        (75, 11500),
        (90, 13500),
    ]
    assert deep[0].hands_on_percent == 125
    assert deep[0].required == {"LMT_LICENSE", "LIABILITY_INS"}
    assert len(queries.add_ons_on(DAY)) == 7


def statements(act: Callable[[], object]) -> int:
    """How many statements a piece of work sends."""
    seen: list[str] = []

    def note(*said: object) -> None:
        seen.append(str(said[2]))

    event.listen(db.engine, "before_cursor_execute", note)
    act()
    event.remove(db.engine, "before_cursor_execute", note)
    return len([text for text in seen if text.lstrip().upper().startswith(("SELECT", "WITH"))])


def test_all_that_can_be_booked_takes_one_query_at_any_size(inside: Flask) -> None:
    catalogue.starter()
    assert statements(lambda: queries.bookable_variants(DAY)) == 1
    assert statements(lambda: queries.add_ons_on(DAY)) == 1
    assert statements(lambda: queries.required_codes(1, [1, 2])) == 1
    assert statements(lambda: queries.prices_on([1, 2, 3], DAY)) == 1
    assert statements(lambda: the_ladder(DAY, DAY)) == 4


def test_the_ladder_shows_the_price_of_the_day_and_the_one_to_come(inside: Flask) -> None:
    variant = catalogue.variant(60, 8500)
    day = today(the_practice().zone)
    later = day + timedelta(30)
    with transaction():
        services.set_price(variant, actor=SYSTEM, amount_minor=9800, effective_from=later)
    cell = the_ladder(day, day).families[0][1][0].cells[60]
    assert (cell.amount, cell.was, cell.next_minor, cell.next_from) == (8500, None, 9800, later)
    ladder = the_ladder(day, later)
    cell = ladder.families[0][1][0].cells[60]
    assert (cell.amount, cell.was) == (9800, 8500)
    assert (ladder.days, ladder.changes) == ([later], 1)


def test_the_ladder_says_once_what_every_service_asks_for(inside: Flask) -> None:
    catalogue.service("ONE", requires=("LMT_LICENSE",))
    catalogue.service("TWO", requires=("LMT_LICENSE", "PRENATAL"))
    ladder = the_ladder(DAY, DAY)
    assert ladder.common == ["Lmt License"]
    assert [line.needs for line in ladder.families[0][1]] == [(), ("Prenatal",)]


def test_add_ons_are_found_all_or_not_at_all(inside: Flask) -> None:
    known = catalogue.add_on()
    assert queries.the_add_ons([known.public_id]) == [known]
    with pytest.raises(NotFound):
        queries.the_add_ons([known.public_id, "a" * 20])
