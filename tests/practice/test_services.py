"""What the clinic's settings refuse."""

import pytest

from clinic.core.errors import DomainError
from clinic.core.permissions import SYSTEM
from clinic.core.transactions import transaction
from clinic.practice.queries import the_practice
from clinic.practice.services import settle
from tests.factories import scheduling as made
from tests.factories import staff


def change(**figures):
    with transaction():
        settle(actor=SYSTEM, version=the_practice().version, **figures)


def test_the_zone_can_be_set_right_until_a_day_of_it_is_used(inside):
    staff.set_up()
    change(timezone="Europe/London")
    assert the_practice().timezone == "Europe/London"


def test_the_zone_stays_once_a_visit_stands_on_its_clock(inside):
    made.book(made.open_house())
    zone = the_practice().timezone
    with pytest.raises(DomainError, match="stays as it is") as refused:
        change(timezone="Asia/Tokyo")
    assert refused.value.field == "timezone"
    change(timezone=zone, name="Another name")
    assert the_practice().name == "Another name"


def test_a_country_whose_telephones_nobody_knows_is_refused(inside):
    staff.set_up()
    with pytest.raises(DomainError, match="two letters") as refused:
        change(region="ZZ")
    assert refused.value.field == "region"
    change(region="CA")
