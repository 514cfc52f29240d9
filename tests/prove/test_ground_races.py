"""What must hold when many do the same at one moment: real processes, both engines."""

import pytest
from sqlalchemy import select

from clinic.audit import services as audit
from clinic.audit.models import ChangeEntry
from clinic.core.db import db
from clinic.core.permissions import SYSTEM, Role
from clinic.core.transactions import transaction
from clinic.staff import queries, services
from clinic.staff.models import StaffMember
from tests.engines import on_both_engines, on_postgresql
from tests.factories import staff as people
from tests.prove.racers import race


@pytest.fixture
def repeats(rounds: int) -> range:
    return range(max(2, rounds // 100))


@on_both_engines
def test_of_twenty_with_one_link_exactly_one_becomes_the_owner(ground, repeats):
    for _ in repeats:
        app = ground.renew()
        with app.app_context(), transaction():
            token = services.first_owner_link(actor=SYSTEM)
        results = race(app, "become_owner", 20, token=token)
        assert sorted(results) == ["This link has been used or has run out."] * 19 + ["owner"]
        with app.app_context():
            assert len(db.session.scalars(queries.everyone()).all()) == 1


@on_both_engines
def test_owners_who_send_each_other_away_leave_one(ground, repeats):
    for _ in repeats:
        app = ground.renew()
        with app.app_context():
            ids = [people.member(f"Owner {n}", Role.OWNER).public_id for n in range(8)]
        results = race(app, "leave", 8, people=ids)
        assert sorted(results)[1:] == ["left"] * 7
        with app.app_context():
            left = db.session.scalars(select(StaffMember).where(queries.is_active())).all()
            assert len(left) == 1


@on_both_engines
def test_tries_are_counted_exactly_over_eight_processes(app, rounds):
    times = max(25, rounds // 4)
    results = race(app, "knock", 8, times=times)
    assert sorted(number for one in results for number in one) == list(range(1, 8 * times + 1))


@on_both_engines
def test_sixteen_writers_leave_a_log_without_fork_or_gap(app, rounds):
    times = max(10, rounds // 10)
    results = race(app, "write", 16, times=times)
    assert results == [[]] * 16
    with app.app_context():
        numbers = db.session.scalars(select(ChangeEntry.seq).order_by(ChangeEntry.seq)).all()
        assert numbers == list(range(1, 16 * times + 1))
        db.session.remove()
        assert audit.verify(app.extensions["access"])[0].broken_at is None


@on_postgresql
def test_sabotage_without_the_lock_writers_collide(app):
    results = race(app, "write", 16, times=10, without_lock=True)
    assert any(results), "nobody collided: the proof above proves nothing"
    with app.app_context():
        assert audit.verify(app.extensions["access"])[0].broken_at is None
