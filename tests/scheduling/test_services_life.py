"""Every edge of a visit's life is walked, and every other is refused with a reason."""

from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import func, select, update

from clinic.core.clock import now
from clinic.core.db import db
from clinic.core.errors import Conflict, DomainError, NotAllowed
from clinic.core.transactions import transaction
from clinic.scheduling import services
from clinic.scheduling.models import Visit
from clinic.scheduling.rules import EDGES, FREED, STATES
from clinic.timetable.models import Occupancy
from tests.factories import catalogue
from tests.factories import scheduling as made
from tests.factories.clients import a_client
from tests.factories.ready import ready

SEED = """
held>booked held>released requested>booked requested>cancelled booked>booked booked>cancelled
booked>late_cancelled booked>arrived arrived>booked arrived>in_session arrived>cancelled
in_session>completed booked>no_show no_show>booked no_show>completed completed>no_show
completed>arrived booked>entered_in_error arrived>entered_in_error completed>entered_in_error
""".split()
"""The appointment's life as it was first written down."""
ADDED = "cancelled>booked late_cancelled>booked in_session>arrived held>cancelled".split()
"""What makes every status one that can be taken back."""

WALKS = {
    ("requested", "approve"): "booked", ("requested", "decline"): "cancelled",
    ("held", "approve"): "booked", ("held", "release"): "released",
    ("held", "cancel"): "cancelled", ("booked", "move"): "booked",
    ("booked", "change_service"): "booked", ("booked", "confirm"): "booked",
    ("booked", "cancel"): "late_cancelled", ("booked", "cancel by the clinic"): "cancelled",
    ("booked", "check_in"): "arrived", ("booked", "mark_no_show"): "no_show",
    ("booked", "correct to entered_in_error"): "entered_in_error",
    ("arrived", "undo"): "booked", ("arrived", "start"): "in_session",
    ("arrived", "send_home"): "cancelled",
    ("arrived", "correct to entered_in_error"): "entered_in_error",
    ("in_session", "finish"): "completed", ("in_session", "undo"): "arrived",
    ("completed", "reopen"): "arrived", ("completed", "correct to no_show"): "no_show",
    ("completed", "correct to entered_in_error"): "entered_in_error",
    ("no_show", "undo"): "booked", ("no_show", "correct to completed"): "completed",
    ("cancelled", "undo"): "booked", ("late_cancelled", "undo"): "booked",
}  # fmt: skip
"""From a state, by a deed, to a state: all there is."""
DEEDS = sorted({deed for _, deed in WALKS})


def test_the_edges_are_those_that_were_written_down_and_no_others():
    walked = {f"{edge.before}>{edge.after}" for edge in EDGES}
    assert walked == set(SEED) | set(ADDED)
    assert walked == {f"{before}>{after}" for (before, _), after in WALKS.items()} | {
        "booked>cancelled"
    }


def put(visit, status):
    """A visit in a state, however it came there."""
    with transaction() as session, made.writing("test.put", made.SYSTEM):
        held = None if status in FREED else visit.slot_id
        session.connection().execute(
            update(Visit.__table__).where(Visit.id == visit.id).values(
                status=status, held_slot_id=held, fee_minor=None
            )
        )  # fmt: skip
        if held is None:
            session.connection().execute(
                Occupancy.__table__.delete().where(Occupancy.slot_id == visit.slot_id)
            )
    db.session.expire_all()


def do(deed, visit, house):
    verb, _, rest = deed.partition(" ")
    by, facts = house.desk, {}
    if verb in ("start", "finish"):
        by = house.treats
    if verb == "correct":
        by, facts = house.owner, {"to": rest.removeprefix("to "), "why": "A slip"}
    if verb == "cancel":
        facts = {"by": "clinic" if rest else "client", "why": "Cannot come"}
    if verb == "move":
        facts = {"starts_at": made.at(15)}
    if verb == "change_service":
        facts = {"variant": house.variant}
    made.done(getattr(services, verb), visit, by, **facts)


def taken():
    return db.session.scalar(select(func.count()).select_from(Occupancy))


def test_every_edge_is_walked_and_takes_time_while_it_stands(inside: Flask):
    house = made.open_house()
    ready(house)
    for (before, deed), after in WALKS.items():
        visit = made.book_now(house, 45)
        put(visit, before)
        do(deed, visit, house)
        assert (before, deed, visit.status) == (before, deed, after)
        assert (visit.held_slot_id is None) == (after in FREED)
        assert taken() == (0 if after in FREED else 3)
        put(visit, "entered_in_error")


def test_every_other_way_is_refused_with_a_reason_and_changes_nothing(inside: Flask):
    house = made.open_house()
    visit = made.book_now(house, 45)
    for before in STATES:
        for deed in DEEDS:
            if (before, deed) in WALKS or (before == "held" and deed.startswith("cancel")):
                continue
            if before not in FREED and not taken():
                put(visit, "entered_in_error")
                visit = made.book_now(house, 45)
            put(visit, before)
            version = visit.version
            with pytest.raises(Conflict) as refused:
                do(deed, visit, house)
            assert str(refused.value), (before, deed)
            db.session.refresh(visit)
            assert (visit.status, visit.version) == (before, version)


def test_before_the_cut_off_a_cancel_is_on_time_and_after_it_late(inside: Flask):
    house = made.open_house(late_cancel=24)
    soon = made.book(house, made.just_now(-120))
    made.done(services.cancel, soon, house.desk, by="client", why="Ill")
    assert (soon.status, soon.cancelled_by, soon.why) == ("late_cancelled", "client", "Ill")
    later = made.book(house, made.at(10, days=3))
    made.done(services.cancel, later, house.desk)
    assert later.status == "cancelled"


def test_what_was_cancelled_is_taken_back_while_its_time_is_free(inside: Flask):
    house = made.open_house()
    visit = made.book(house)
    before = visit.verdict_id
    made.done(services.cancel, visit, house.desk)
    other = made.book(house, client=a_client("Omar Haddad"))
    with pytest.raises(services.SlotTaken):
        made.done(services.undo, visit, house.desk)
    made.done(services.cancel, other, house.desk)
    made.done(services.undo, visit, house.desk)
    assert (visit.status, visit.cancelled_at, visit.why) == ("booked", None, "")
    assert visit.verdict_id != before


def test_check_in_is_for_the_day_give_or_take_one(inside: Flask):
    house = made.open_house()
    far = made.book(house, made.at(10, days=2))
    with pytest.raises(DomainError, match="Move it first"):
        made.done(services.check_in, far, house.desk)
    near = made.book(house, made.at(10, days=1))
    made.done(services.check_in, near, house.desk)
    assert near.arrived_at


def test_a_no_show_is_said_only_after_the_grace(inside: Flask):
    house = made.open_house(no_show_grace=60)
    visit = made.book_now(house, 15)
    with pytest.raises(DomainError, match="60 minutes"):
        made.done(services.mark_no_show, visit, house.desk)


def test_only_who_treats_starts_and_finishes(inside: Flask):
    house = made.open_house()
    ready(house)
    visit = made.book_now(house, 15)
    made.done(services.check_in, visit, house.desk)
    other = made.staff_queries.actor_of(made.a_therapist("Ines Okafor"))
    for actor in (house.desk, house.owner, other):
        with pytest.raises(NotAllowed):
            made.done(services.start, visit, actor)
    made.done(services.start, visit, house.treats)
    made.done(services.finish, visit, house.treats, why="Stopped early")
    assert (visit.status, visit.treating_why) == ("completed", "Stopped early")
    assert visit.finished_at <= now()


def test_check_in_and_start_judge_again(inside: Flask):
    house = made.open_house()
    ready(house)
    visit = made.book_now(house, 15)
    first = visit.verdict_id
    made.done(services.check_in, visit, house.desk)
    second = visit.verdict_id
    with transaction():
        for held in db.session.scalars(made.staff_queries.held_by(house.therapist)):
            made.staff.services.revoke(held, actor=made.SYSTEM, on=made.this_day())
    with pytest.raises(services.NotAdmitted, match="no valid licence"):
        made.done(services.start, visit, house.treats)
    assert len({first, second}) == 2
    assert visit.status == "arrived"


def test_correcting_is_the_owners_and_needs_a_reason(inside: Flask):
    house = made.open_house()
    visit = made.book(house)
    with pytest.raises(NotAllowed):
        made.done(services.correct, visit, house.desk, to="entered_in_error", why="x")
    with pytest.raises(DomainError, match="Say why"):
        made.done(services.correct, visit, house.owner, to="entered_in_error", why=" ")


def test_a_day_that_is_over_cannot_be_reopened_or_reinstated(inside: Flask):
    house = made.open_house()
    visit = made.book(house, made.at(10, days=1))
    put(visit, "completed")
    with pytest.raises(DomainError, match="own day"):
        made.done(services.reopen, visit, house.desk)
    assert visit.on_date == made.this_day() + timedelta(days=1)


def test_a_confirmation_is_taken_back(inside: Flask):
    house = made.open_house()
    visit = made.book(house)
    made.done(services.confirm, visit, house.desk)
    made.done(services.confirm, visit, house.desk, is_confirmed=False)
    assert visit.confirmed_at is None
    assert catalogue.SINCE
