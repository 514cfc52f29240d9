"""What the night brings: once, however often it runs, and whichever nights it missed."""

from datetime import timedelta
from typing import Any

from flask import Flask
from hypothesis import Phase, given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from clinic.coordination.models import CaseStep, ProgressReport, ReferralCase
from clinic.coordination.queries.cases import about
from clinic.coordination.services import inbound
from clinic.coordination.services.inbound import sweeping
from clinic.core.clock import now, rehearsed
from clinic.core.db import db
from clinic.core.permissions import SYSTEM
from clinic.core.transactions import transaction
from clinic.practice.models import Heartbeat
from clinic.practice.rules import SWEEP
from clinic.staff.models import StaffMember
from clinic.staff.services import disable
from clinic.tasks.models import Task
from tests.coordination.story import BEGINNING, Told, World
from tests.factories import inbound as cases
from tests.factories import referrals as orders
from tests.factories import scheduling as made

LAST = 22
"""The night up to which the two clinics are compared."""


def _sweep(days: int = 0) -> inbound.Swept:
    with rehearsed(now() + timedelta(days=days)), transaction():
        return inbound.sweep(actor=SYSTEM, today=made.this_day())


def _picture() -> Any:
    """How everything stands, without the moments at which a sweep ran."""
    db.session.flush()
    found = db.session.scalars(select(ReferralCase).order_by(ReferralCase.id)).unique().all()
    nth = {one.id: number for number, one in enumerate(found)}
    named = {about(one): nth[one.id] for one in found}
    standing = [
        (nth[one.id], one.status, one.owner_id, one.next_action, one.due_on, one.outcome, one.why,
         one.first_visit_on, one.referral.ended_on is None)
        for one in found
    ]  # fmt: skip
    reports = sorted(
        (nth[one.case_id], one.kind, one.nth, one.status, one.due_on, one.due_why)
        for one in db.session.scalars(select(ProgressReport)).unique()
    )
    tasks = sorted(
        (named[one.about], one.kind, one.due_on, one.assignee_id or 0, one.role or "")
        for one in db.session.scalars(select(Task).where(Task.closed_at.is_(None)))
    )
    return standing, reports, tasks


BEFORE = (
    *BEGINNING, ("receive", 1, 1), ("allow", 0, 4), ("decide", 0, 0), ("receive", 0, 1),
    ("allow", 0, 2), ("decide", 0, 1), ("go_on", 0, 0), ("receive", 0, 1), ("receive", 0, 1),
    ("allow", 0, 1), ("decide", 0, 0), ("attempt", 0, 0), ("days", 0, 3), ("visit", 0, 1),
    ("visit", 1, 1),
)  # fmt: skip
"""Referrals before, in and after their first visits, paused, new, with and without an end."""


def _after(world: World, nights: list[int]) -> Any:
    """How the clinic stands when the sweep ran on these nights, and on the last."""
    with Told(world) as story:
        for step in BEFORE:
            story.step(*step)
        begun = story.moment
        for night in [*nights, LAST]:
            db.session().info.pop("locks", None)
            with rehearsed(begun + timedelta(days=night)):
                inbound.sweep(actor=SYSTEM, today=made.this_day())
            story.look()
        return _picture()


def test_missed_nights_make_no_difference(inside: Flask):
    world = World()
    daily = _after(world, list(range(LAST)))

    @settings(phases=[Phase.generate], max_examples=2)
    @given(st.sets(st.integers(0, LAST - 1), max_size=5))
    def whatever_was_missed(nights):
        assert _after(world, sorted(nights)) == daily

    whatever_was_missed()


def test_a_second_run_changes_nothing(inside: Flask):
    world = World()
    with Told(world) as story:
        for step in BEFORE:
            story.step(*step)
        for days in (0, 9, 30):
            with rehearsed(story.moment + timedelta(days=days)):
                inbound.sweep(actor=SYSTEM, today=made.this_day())
                once, steps = _picture(), len(db.session.scalars(select(CaseStep)).all())
                done = inbound.sweep(actor=SYSTEM, today=made.this_day())
                assert _picture() == once
                assert len(db.session.scalars(select(CaseStep)).all()) == steps
            assert (done.adopted, done.expired, done.renewed, done.closed) == (0, 0, 0, 0)


def test_orders_from_before_are_taken_over_where_they_stand(inside: Flask):
    house = made.open_house()
    orders.ready()
    plain = orders.order()
    treated = orders.order(is_another=True)
    orders.visits(orders.allowance(treated, 8), "completed", "booked")
    booked = orders.order(is_another=True)
    orders.visits(orders.allowance(booked, 8), "booked")
    over = orders.order(is_another=True)
    with transaction():
        orders.services.end(over, actor=SYSTEM, why="Moved away")
    assert _sweep().adopted == 4
    stand = {one.referral_id: one for one in db.session.scalars(select(ReferralCase)).unique()}
    assert stand[plain.id].status == "received"
    assert stand[treated.id].status == "in_treatment"
    assert stand[booked.id].status == "scheduled"
    assert (stand[over.id].status, stand[over.id].why) == ("cancelled", "before")
    assert over.ended_why == "Moved away"
    assert not db.session.scalars(select(ProgressReport)).unique().all()
    assert _sweep().adopted == 0
    assert house.owner.id in {one.owner_id for one in stand.values()}


def test_nothing_that_expired_closes_by_itself(inside: Flask):
    house = made.open_house()
    case = cases.accepted(house)
    _sweep(61)
    assert case.status == "expired"
    _sweep(700)
    assert case.status == "expired"
    assert case.next_action == "renew_expired"


def test_what_is_complete_closes_seven_days_after_the_report_arrived(inside: Flask):
    world = World()
    told = (
        ("receive", 0, 0), ("allow", 0, 2), ("agree", 0, 2), ("decide", 0, 0), ("letter", 0, 0),
        ("letter", 0, 0), ("go_on", 0, 6), ("book", 0, 1), ("days", 0, 3), ("visit", 0, 1),
        ("end", 0, 1), ("report", 0, 1), ("letter", 1, 0), ("letter", 1, 0), ("letter", 1, 1),
    )  # fmt: skip
    with Told(world) as story:
        for step in told:
            story.step(*step)
        case = db.session.scalars(select(ReferralCase)).unique().one()
        assert case.status == "completed"
        seen = []
        for days in (0, 6, 7):
            with rehearsed(story.moment + timedelta(days=days)):
                inbound.sweep(actor=SYSTEM, today=made.this_day())
            seen.append(case.status)
        assert seen == ["completed", "completed", "closed"]


def test_a_referral_of_somebody_who_left_is_given_to_an_owner(inside: Flask):
    house = made.open_house()
    case = cases.received(house)
    assert case.owner_id == house.desk.id
    with transaction():
        disable(db.session.get_one(StaffMember, house.desk.id), actor=house.owner)
    assert _sweep().handed == 1
    assert case.owner_id == house.owner.id
    assert _sweep().handed == 0


def test_it_looks_at_so_many_at_once_and_goes_on_after_them(inside: Flask):
    house = made.open_house()
    for _ in range(3):
        cases.received(house)
    last, parts = 0, []
    while not parts or parts[-1].looked:
        with transaction():
            done = inbound.sweep(actor=SYSTEM, today=made.this_day(), after=last, at_most=2)
        parts, last = [*parts, done], done.last
    assert [one.looked for one in parts] == [2, 1, 0]


def test_a_referral_that_cannot_be_swept_keeps_no_other_waiting_and_is_told_of(
    inside: Flask, monkeypatch, caplog
):
    house = made.open_house()
    first, broken, last = (cases.accepted(house) for _ in range(3))
    number, look = broken.id, sweeping.follow

    def breaks(case: ReferralCase, **facts: Any) -> None:
        look(case, **facts)
        if case.id == number:
            case.owner_id, case.next_action = 999_999, "canary of a client"
            db.session.flush()

    monkeypatch.setattr(sweeping, "follow", breaks)
    with rehearsed(now() + timedelta(days=61)):
        said = inside.test_cli_runner().invoke(args=["sweep"])
    assert said.exit_code == 1
    db.session.expire_all()
    assert [one.status for one in (first, broken, last)] == ["expired", "accepted", "expired"]
    beat = db.session.get_one(Heartbeat, SWEEP)
    assert beat.outcome == "failed"
    assert beat.did.startswith("not done: referrals (1); waitlist: ")
    assert "not done: referrals (1)" in said.output
    assert f"{about(broken)} failed, IntegrityError" in caplog.text
    for told in (said.output, beat.did, caplog.text):
        assert "canary" not in told
        assert "UPDATE" not in told
