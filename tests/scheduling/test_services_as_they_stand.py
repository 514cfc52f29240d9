"""What was read before others changed it is seen as it stands: authorisations, clocks."""

from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from flask import Flask
from sqlalchemy import update

from clinic.catalogue.models import ServiceVariant
from clinic.core.clock import epoch
from clinic.core.db import db
from clinic.core.guard import writing
from clinic.core.permissions import SYSTEM
from clinic.core.transactions import transaction
from clinic.referrals.models import Authorisation
from clinic.scheduling import services
from clinic.scheduling.queries.changes import latest_change
from clinic.scheduling.services.plans import Plan
from clinic.staff.models import StaffMember
from tests.factories import scheduling as made


def meanwhile(allowed: Authorisation, **other: Any) -> None:
    """Somebody else changes an authorisation that was read already."""
    assert allowed.visits
    with writing("test.meanwhile", SYSTEM):
        of_it = update(Authorisation.__table__).where(Authorisation.__table__.c.id == allowed.id)
        db.session.connection().execute(of_it.values(**other))


def test_a_named_authorisation_bears_no_more_than_it_allows_by_now(inside: Flask) -> None:
    house = made.open_house()
    allowed = made.an_authorisation(house, 2)
    made.book(house, authorisation=allowed)

    def book() -> None:
        meanwhile(allowed, visits=1)
        services.book(
            actor=house.desk, client=house.client, variant=house.variant,
            therapist=house.therapist, starts_at=made.at(14), authorisation=allowed,
        )  # fmt: skip

    with pytest.raises(services.NotAdmitted, match="no visits left"), transaction():
        book()


def test_a_visit_moves_to_no_day_on_which_its_referral_is_not_valid_by_now(inside: Flask) -> None:
    house = made.open_house()
    allowed = made.an_authorisation(house, 2)
    visit = made.book(house, authorisation=allowed)

    def move() -> None:
        meanwhile(allowed, valid_until=made.this_day() + timedelta(days=8))
        services.move(visit, actor=house.desk, starts_at=made.at(10, days=9))

    with pytest.raises(services.NotAdmitted, match="not valid on"), transaction():
        move()


def test_a_cancel_is_not_taken_back_once_somebody_else_has_the_last_visit(inside: Flask) -> None:
    house = made.open_house()
    allowed = made.an_authorisation(house, 1)
    visit = made.book(house, authorisation=allowed)
    made.done(services.cancel, visit, house.desk)
    change = latest_change(visit.id)
    made.book(house, made.at(14), authorisation=allowed)
    with pytest.raises(services.NotAdmitted, match="no visits left"), transaction():
        services.take_back(change, actor=house.desk)


def test_minutes_are_minutes_on_the_night_when_the_clocks_change() -> None:
    begins = datetime(2027, 3, 14, 1, 30, tzinfo=ZoneInfo("America/Chicago"))
    plan = Plan(None, ServiceVariant(minutes=90), StaffMember(), begins)
    assert epoch(plan.ends_at) - epoch(begins) == 90 * 60
