"""A visit that by hand counts against another referral, or none: both referrals follow."""

from flask import Flask

from clinic.scheduling import services as scheduling
from tests.factories import inbound as cases
from tests.factories import scheduling as made

WHY = "The client pays it"


def test_a_referral_that_loses_its_only_visit_is_to_be_contacted_again(inside: Flask) -> None:
    house = made.open_house()
    case = cases.accepted(house)
    visit = cases.booked(case, house)
    allowed = visit.authorisation
    assert case.status == "scheduled"
    made.done(scheduling.count_against, visit, house.desk, authorisation=None, why=WHY)
    assert case.status == "contacting"
    made.done(scheduling.count_against, visit, house.desk, authorisation=allowed, why=WHY)
    assert case.status == "scheduled"


def test_a_visit_that_was_had_is_looked_at_and_breaks_nothing(inside: Flask) -> None:
    house = made.open_house()
    case = cases.accepted(house)
    visit = cases.had(case, house)
    made.done(scheduling.count_against, visit, house.desk, authorisation=None, why=WHY)
    assert (case.status, case.next_action) == ("in_treatment", "check_visits")
