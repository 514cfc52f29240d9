"""What becomes of a visit is told at once, in the same transaction: its state, its time."""

import pytest
from flask import Flask

from clinic.core import announcements
from clinic.core.errors import DomainError
from clinic.core.transactions import transaction
from clinic.scheduling import services
from clinic.scheduling.events import VisitChanged
from clinic.scheduling.models import Visit
from clinic.scheduling.queries.changes import latest_change
from tests.factories import scheduling as made
from tests.factories.ready import ready
from tests.scheduling.test_services_life import WALKS, do, put


@pytest.fixture
def heard(monkeypatch):
    """What was announced of visits, besides whoever else hears it."""
    told = []
    others = announcements._hearers.get(VisitChanged, ())
    monkeypatch.setitem(announcements._hearers, VisitChanged, (*others, told.append))
    return told


def steps(heard):
    return [(one.before, one.after) for one in heard]


def test_a_booking_is_told_with_what_it_counts_against(inside: Flask, heard):
    house = made.open_house()
    allowed = made.an_authorisation(house)
    visit = made.book(house, authorisation=allowed)
    assert heard == [VisitChanged(visit.id, house.client.id, allowed.id, "", "booked")]


def test_each_step_of_a_visits_life_is_told(inside: Flask, heard):
    house = made.open_house()
    ready(house)
    for (before, deed), after in WALKS.items():
        visit = made.book_now(house, 45)
        put(visit, before)
        heard.clear()
        do(deed, visit, house)
        # A word on the phone, or the same service once more, leaves all as it was for others.
        told = [] if deed in ("confirm", "change_service") else [(before, after)]
        assert (deed, steps(heard)) == (deed, told)
        put(visit, "entered_in_error")


def test_a_move_is_told_and_taking_it_back_too(inside: Flask, heard):
    house = made.open_house()
    visit = made.book(house)
    heard.clear()
    made.done(services.move, visit, house.desk, starts_at=made.at(14))
    with transaction():
        services.take_back(latest_change(visit.id), actor=house.desk)
    assert steps(heard) == [("booked", "booked")] * 2


def test_whoever_hears_may_refuse_and_nothing_is_kept(inside: Flask, monkeypatch):
    def refuse(event):
        raise DomainError("no")

    house = made.open_house()
    monkeypatch.setitem(announcements._hearers, VisitChanged, (refuse,))
    with pytest.raises(DomainError):
        made.book(house)
    assert made.db.session.query(Visit).count() == 0
