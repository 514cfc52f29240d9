"""An owner is told before a licence or a training of somebody who works here ends."""

from datetime import timedelta

from flask import Flask
from sqlalchemy import select

from clinic.core.clock import now, rehearsed
from clinic.core.db import db
from clinic.core.permissions import SYSTEM
from clinic.core.transactions import transaction
from clinic.staff import services as people
from clinic.staff.models import StaffMember, StaffQualification
from clinic.tasks import services
from clinic.tasks.models import Task
from clinic.tasks.services.licences import Told
from tests.factories import staff
from tests.factories import tasks as made


def night(days: int = 0) -> Told:
    with rehearsed(now() + timedelta(days=days)), transaction():
        done = services.see_to_licences(actor=SYSTEM, today=made.day())
    db.session.expire_all()
    return done


def told(*, is_live: bool = True) -> list[Task]:
    found = select(Task).where(Task.kind == "credential_expiring").order_by(Task.id)
    return [one for one in db.session.scalars(found) if not is_live or one.closed_at is None]


def held(days: int | None = 90, code: str = "LMT_LICENSE") -> StaffQualification:
    person = db.session.scalar(select(StaffMember)) or staff.member("Ana Silva")
    until = None if days is None else made.day(days)
    staff.licence(person, until=until, code=code)
    newest = select(StaffQualification).order_by(StaffQualification.id.desc())
    found = db.session.scalars(newest).first()
    assert found is not None
    return found


def test_sixty_days_before_its_end_the_owner_is_told_by_whom_and_what(inside: Flask):
    held(90)
    assert night(29) == Told()
    assert night(30) == Told(opened=1)
    (task,) = told()
    assert (task.role, task.due_on, task.note) == ("owner", made.day(90), "Ana Silva: LMT_LICENSE")
    assert night(30) == night(60) == night(120) == Told()


def test_one_that_ended_long_ago_and_was_not_replaced_is_told_as_well(inside: Flask):
    held(-400)
    assert night() == Told(opened=1)
    assert [one.due_on for one in told()] == [made.day(-400)]


def test_what_has_no_end_or_was_taken_away_is_not_told(inside: Flask):
    held(None)
    gone = held(20, "CPR")
    with transaction():
        people.revoke(gone, actor=SYSTEM, on=made.day())
    assert night() == Told()


def test_another_that_lasts_longer_takes_its_place(inside: Flask):
    held(20)
    assert night() == Told(opened=1)
    held(20, "CPR")
    assert night() == Told(opened=1)
    held(500)
    assert night() == Told(closed=1)
    assert [one.note for one in told()] == ["Ana Silva: CPR"]


def test_one_that_is_renewed_on_its_own_line_is_done_and_told_again_before_its_new_end(
    inside: Flask,
):
    one = held(20)
    night()
    with transaction():
        people.requalify(
            one, actor=SYSTEM, number="", valid_from=one.valid_from, valid_until=made.day(400)
        )
    assert night() == Told(closed=1)
    assert night(350) == Told(opened=1)


def test_of_who_works_here_no_longer_nothing_is_told(inside: Flask):
    staff.owner()
    leaving = staff.member("Teo Marsh")
    staff.licence(leaving, until=made.day(20))
    assert night() == Told(opened=1)
    with transaction():
        people.disable(leaving, actor=SYSTEM)
    assert night() == Told(closed=1)


def test_what_an_owner_finished_by_hand_or_put_off_is_not_told_again(inside: Flask):
    held(20)
    owner = staff.owner()
    night()
    (task,) = told()
    with transaction():
        services.snooze(task, actor=owner, until=made.day(5), why="Applied for.")
    assert night(1) == Told()
    with transaction():
        services.wake(task, actor=owner)
        services.finish(task, actor=owner, outcome="Not needed any more.")
    assert night(2) == Told()
