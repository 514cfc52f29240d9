"""No way but its own verdict moves a visit to another day, therapist, service or client.

Every statement runs with the write guard open: what refuses is the database itself.
"""

from datetime import datetime, time, timedelta

import pytest
from flask import Flask
from sqlalchemy import insert, select, update
from sqlalchemy.exc import DBAPIError

from clinic.catalogue.models import ServiceVariant
from clinic.clients.models import Client
from clinic.core.clock import day_bounds, epoch, instant
from clinic.core.db import db
from clinic.core.transactions import transaction
from clinic.scheduling import services
from clinic.scheduling.models import Visit, VisitVerdict
from clinic.staff.models import StaffMember
from clinic.timetable.models import ClinicDay, Occupancy, Resource, Slot
from tests.engines import on_both_engines
from tests.factories import catalogue
from tests.factories import scheduling as made
from tests.factories.clients import a_client

pytestmark = on_both_engines
VISIT, VERDICT, SLOT = Visit.__table__, VisitVerdict.__table__, Slot.__table__
FACTS = ("client_id", "variant_id", "therapist_id", "on_date", "verdict_id", "slot_id")


class Ground:
    """Two visits of different people, days, services and therapists; what each is."""

    def __init__(self, on=None):
        zone = "Europe/London"
        house = made.open_house(zone)
        other = made.a_therapist("Ines Okafor")
        someone = a_client("Omar Haddad")
        day = on() if on else made.this_day() + timedelta(days=7)
        self.day, self.house = day, house
        self.visit = made.book(house, instant(day, time(10), made.zone()))
        self.other = made.book(
            house, instant(day + timedelta(days=1), time(10), made.zone()),
            client=someone, therapist=other,
            variant=catalogue.variant(90, of=house.variant.service),
        )  # fmt: skip
        self.ids = (self.visit.id, self.other.id)
        self.before = self.facts()
        self.theirs = {name: getattr(self.other, name) for name in FACTS}

    def facts(self):
        db.session.expire_all()
        rows = db.session.execute(
            select(*(VISIT.c[name] for name in FACTS), SLOT.c.starts_s)
            .join(SLOT, SLOT.c.id == VISIT.c.slot_id)
            .where(VISIT.c.id == self.ids[0])
        )
        return rows.one()


def changes_the_day():
    day = made.this_day() + timedelta(days=1)
    while True:
        begin = datetime.combine(day, time.min, made.zone())
        if begin.utcoffset() != (begin + timedelta(days=1)).utcoffset():
            return day
        day += timedelta(days=1)


def of(ground):
    return VISIT.c.id == ground.ids[0]


def to_their(*names):
    """An UPDATE of the visit that takes these facts from the other one."""
    return lambda ground: update(VISIT).where(of(ground)).values(
        {name: ground.theirs[name] for name in names}
    )  # fmt: skip


def orm(*names):
    return lambda ground: update(Visit).where(Visit.id == ground.ids[0]).values(
        {name: ground.theirs[name] for name in names}
    )  # fmt: skip


def slot_by(seconds):
    return lambda ground: update(SLOT).where(SLOT.c.id == ground.before.slot_id).values(
        starts_s=SLOT.c.starts_s + seconds, ends_s=SLOT.c.ends_s + seconds
    )  # fmt: skip


def slot_day(ground):
    """The slot with another day's date and bounds, its seconds gone along."""
    start, end = day_bounds(ground.day + timedelta(days=1), made.zone())
    return update(SLOT).where(SLOT.c.id == ground.before.slot_id).values(
        on_date=ground.day + timedelta(days=1), day_starts_s=epoch(start), day_ends_s=epoch(end),
        starts_s=SLOT.c.starts_s + 86400, ends_s=SLOT.c.ends_s + 86400,
    )  # fmt: skip


def day_bound(ground):
    return update(ClinicDay.__table__).where(ClinicDay.on_date == ground.day).values(
        ends_s=ClinicDay.ends_s + 3600
    )  # fmt: skip


def day_date(ground):
    return update(ClinicDay.__table__).where(ClinicDay.on_date == ground.day).values(
        on_date=ground.day + timedelta(days=30)
    )  # fmt: skip


def verdict(ground):
    return update(VERDICT).where(VERDICT.c.id == ground.before.verdict_id).values(
        therapist_id=ground.theirs["therapist_id"]
    )  # fmt: skip


def whose_resource(ground):
    mine = select(Resource.id).where(Resource.staff_id == ground.before.therapist_id)
    return update(Resource.__table__).where(Resource.id.in_(mine)).values(staff_id=None)


def whose_occupancy(ground):
    theirs = db.session.scalar(
        select(Resource.id).where(Resource.staff_id == ground.theirs["therapist_id"])
    )
    mine = select(Resource.id).where(Resource.staff_id == ground.before.therapist_id)
    return update(Occupancy.__table__).where(
        Occupancy.slot_id == ground.before.slot_id, Occupancy.resource_id.in_(mine)
    ).values(resource_id=theirs)  # fmt: skip


def without_occupancy(ground):
    return Occupancy.__table__.delete().where(Occupancy.slot_id == ground.before.slot_id)


def copied(ground):
    """A second visit that leans on the first one's verdict for another therapist."""
    row = db.session.execute(select(VISIT).where(of(ground))).mappings().one()
    return insert(VISIT).values(
        {**row, "id": 9999, "public_id": "z" * 20, "slot_id": ground.theirs["slot_id"],
         "held_slot_id": None, "status": "cancelled", "therapist_id": ground.theirs["therapist_id"]}
    )  # fmt: skip


WAYS = {
    "another day": to_their("on_date"),
    "another therapist": to_their("therapist_id"),
    "another service": to_their("variant_id"),
    "another client": to_their("client_id"),
    "all four": to_their("client_id", "variant_id", "therapist_id", "on_date"),
    "another's verdict": to_their("verdict_id"),
    "another's slot": to_their("slot_id"),
    "another's slot and day": to_their("slot_id", "on_date"),
    "another's slot and verdict": to_their("slot_id", "verdict_id"),
    "in bulk, another day": orm("on_date"),
    "in bulk, another therapist": orm("therapist_id"),
    "in bulk, another client": orm("client_id"),
    "in bulk, another service": orm("variant_id"),
    "its slot a day later": slot_by(86400),
    "its slot a day earlier": slot_by(-86400),
    "its slot to another date": slot_day,
    "its day made longer": day_bound,
    "its day called another": day_date,
    "its verdict rewritten": verdict,
    "its therapist's resource emptied": whose_resource,
    "its time taken from another": whose_occupancy,
    "its time given away": without_occupancy,
    "a copy for another therapist": copied,
}


@pytest.mark.parametrize("on", [None, changes_the_day], ids=["a plain day", "the clocks change"])
@pytest.mark.parametrize("way", WAYS)
def test_no_statement_moves_a_visit_without_its_own_verdict(inside: Flask, way, on):
    ground = Ground(on)
    with pytest.raises(DBAPIError), transaction(), made.writing("test.attack", made.SYSTEM):
        db.session.connection().execute(WAYS[way](ground))
    assert ground.facts() == ground.before


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("client", lambda ground: db.session.get_one(Client, ground.theirs["client_id"])),
        ("variant", lambda ground: db.session.get_one(ServiceVariant, ground.theirs["variant_id"])),
        (
            "therapist",
            lambda ground: db.session.get_one(StaffMember, ground.theirs["therapist_id"]),
        ),
        ("on_date", lambda ground: ground.theirs["on_date"]),
    ],
)
def test_no_form_that_sets_an_attribute_does_either(inside: Flask, name, value):
    ground = Ground()

    def fill_in():
        with transaction(), made.writing("test.form", made.SYSTEM):
            setattr(db.session.get_one(Visit, ground.ids[0]), name, value(ground))
            db.session.flush()

    with pytest.raises(DBAPIError):
        fill_in()
    assert ground.facts() == ground.before


@pytest.mark.parametrize("on", [None, changes_the_day], ids=["a plain day", "the clocks change"])
def test_with_its_own_verdict_it_moves(inside: Flask, on):
    ground = Ground(on)
    later = instant(ground.day + timedelta(days=2), time(10), made.zone())
    made.done(services.move, ground.visit, ground.house.desk, starts_at=later)
    after = ground.facts()
    assert after.on_date == ground.day + timedelta(days=2)
    assert after.verdict_id != ground.before.verdict_id
    own = db.session.get_one(VisitVerdict, after.verdict_id)
    assert (own.client_id, own.variant_id, own.therapist_id, own.on_date) == (
        after.client_id, after.variant_id, after.therapist_id, after.on_date,
    )  # fmt: skip
