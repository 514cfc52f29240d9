"""What another desk commits between a service's first look and its lock is not overlooked."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import func, select

from clinic.core.db import db
from clinic.core.errors import Conflict, DomainError
from clinic.core.permissions import SYSTEM
from clinic.core.transactions import transaction
from clinic.referrals.models import Authorisation
from clinic.referrals.services import amend_authorisation
from clinic.scheduling import services
from clinic.scheduling.models import SeriesItem, Visit
from clinic.scheduling.queries.counts import counted
from clinic.scheduling.services import claims, gate, series
from clinic.staff.models import StaffMember
from clinic.timetable.models import Place, TimeOff
from clinic.timetable.services import approve, ask, call_off, give_up_place, time_off
from tests.engines import on_postgresql
from tests.factories import scheduling as made


def elsewhere(app, act):
    """Do something at another desk, and wait until it is committed."""

    def work():
        with app.app_context(), transaction():
            act()

    with ThreadPoolExecutor(1) as desk:
        desk.submit(work).result(timeout=30)


def just_before_the_lock(monkeypatch, module, app, act):
    """Let the other desk act once, when the module is about to take its first lock."""
    waiting = [act]
    real = module.lock

    def lock(*wanted):
        if waiting:
            elsewhere(app, waiting.pop())
        real(*wanted)

    monkeypatch.setattr(module, "lock", lock)


@on_postgresql
def test_fewer_visits_allowed_meanwhile_are_seen(inside, monkeypatch):
    house = made.open_house()
    allowed = made.an_authorisation(house, 2)
    made.book(house, use_referral=True)
    number, since = allowed.id, allowed.valid_from

    def allow_one():
        amend_authorisation(
            db.session.get_one(Authorisation, number), actor=SYSTEM, count=counted, visits=1,
            valid_from=since, valid_until=None, reference="", payer="", counts_missed=False,
            counts_late_cancelled=False,
        )  # fmt: skip

    just_before_the_lock(monkeypatch, gate, inside, allow_one)
    with pytest.raises(DomainError, match="no visits left"):
        made.book(house, made.at(14), use_referral=True)
    assert counted([number])[number].taken == 1


@on_postgresql
def test_a_table_given_up_meanwhile_is_not_booked(inside, monkeypatch):
    house = made.open_house()
    number = house.places[0].id
    made.done(services.cancel, made.book(house, place=house.places[0]), house.desk)

    def give_up():
        give_up_place(db.session.get_one(Place, number), actor=SYSTEM)

    just_before_the_lock(monkeypatch, claims, inside, give_up)
    with pytest.raises(DomainError, match="not in use"):
        made.book(house, place=house.places[0])


@on_postgresql
def test_time_off_called_off_meanwhile_is_not_called_off_twice(inside, monkeypatch):
    house = made.open_house()
    with transaction():
        away = ask(
            house.therapist, actor=SYSTEM, kind="break", starts_at=made.at(10),
            ends_at=made.at(11),
        )  # fmt: skip
    number = away.id
    made.done(approve, away, SYSTEM)

    def call_it_off():
        call_off(db.session.get_one(TimeOff, number), actor=SYSTEM)

    just_before_the_lock(monkeypatch, time_off, inside, call_it_off)
    with pytest.raises(Conflict, match="answered already"):
        made.done(call_off, away, SYSTEM)
    assert db.session.get_one(TimeOff, number).status == "cancelled"


@on_postgresql
def test_a_visit_of_a_plan_booked_meanwhile_is_not_booked_twice(inside, monkeypatch):
    house = made.open_house()
    with transaction():
        plan = series.plan_series(
            actor=SYSTEM, client=house.client, variant=house.variant, therapist=house.therapist,
            phases=[series.Phase(1, 2)], first_on=made.day(), wall=600,
            chosen=[(1, made.at(10), house.therapist, house.places[0])],
        )  # fmt: skip
    item = plan.items[1]
    number, therapist = item.id, house.therapist.id

    def book_it(hour):
        series.book_item(
            db.session.get_one(SeriesItem, number), actor=SYSTEM, starts_at=made.at(hour, days=8),
            therapist=db.session.get_one(StaffMember, therapist),
        )  # fmt: skip

    just_before_the_lock(monkeypatch, claims, inside, lambda: book_it(10))
    with pytest.raises(Conflict, match="Visit 2 of this plan is booked"), transaction():
        book_it(14)
    assert db.session.get_one(SeriesItem, number).visit.starts_at == made.at(10, days=8)
    assert db.session.scalar(select(func.count()).select_from(Visit)) == 2
