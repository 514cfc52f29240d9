from datetime import date

from flask import Flask

from clinic.catalogue import queries, services
from clinic.core import tracing
from clinic.core.permissions import SYSTEM
from clinic.core.transactions import transaction
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
