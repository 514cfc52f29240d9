"""Sixteen processes live a hard day at the desk: whatever they do at once, nothing overlaps.

They book, move, lengthen, cancel, take back, hold, plan series, offer and accept, ask
for and give time off, on the same few days of the same few people. Afterwards the
database is asked: no two things have one person, table or place at one time; each thing
that was done stands written down once, with a version of its own, so nothing was
overwritten; and whoever was refused was told why, in words: nobody met what a service
had not foreseen.
"""

import json
import os
import subprocess
import sys
from collections import Counter

from flask import Flask
from sqlalchemy import and_, func, select
from sqlalchemy.orm import aliased

from clinic.core.db import db
from clinic.core.transactions import transaction
from clinic.scheduling.models import (
    Visit,
    VisitChange,
    WaitlistEntry,
)
from clinic.scheduling.rules import STANDING
from clinic.timetable.models import Occupancy
from tests.engines import ROOT, on_both_engines
from tests.factories import catalogue
from tests.factories import scheduling as made
from tests.factories.clients import new_client

ADDRESSES = ("SQLALCHEMY_DATABASE_URI", "MIGRATION_DATABASE_URI", "ACCESS_DATABASE_URI")
RACERS = 16
OPERATIONS = int(os.environ.get("PROVE_OPERATIONS", "5000"))
THERAPISTS, ROOMS, CLIENTS = 5, 4, 30


def live_a_day(app, facts):
    order = {
        "racers": RACERS, "operations": OPERATIONS, "facts": facts,
        "folder": str(app.config["DATA_DIR"]),
        "addresses": [app.config[name] for name in ADDRESSES],
    }  # fmt: skip
    done = subprocess.run(
        [sys.executable, "-m", "tests.prove.desks"],
        cwd=ROOT, input=json.dumps(order), capture_output=True, text=True, check=False,
        timeout=1700,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr[-3000:]
    return json.loads(done.stdout.splitlines()[-1])


def prepared(app):
    with app.app_context():
        house = made.open_house()
        others = [made.a_therapist(f"Therapist T{number}") for number in range(THERAPISTS - 1)]
        rooms = [made.a_place(f"Room {number}", number) for number in range(3, ROOMS + 1)]
        shorter, longer = (
            catalogue.variant(minutes, of=house.variant.service) for minutes in (30, 90)
        )
        with transaction():
            clients = [new_client(f"Client C{number}").public_id for number in range(CLIENTS)]
        return {
            "clients": clients,
            "therapists": [one.public_id for one in (house.therapist, *others)],
            "variants": [one.public_id for one in (house.variant, shorter, longer)],
            "places": [one.public_id for one in (*house.places, *rooms)],
            "first": made.at(8, days=9).isoformat(),
            "seed": os.environ.get("PROVE_SEED", "21"),
        }


def overlapping():
    """Pairs of slots that have one thing at one time; of overlaps on purpose, those in one lane."""
    one, other = aliased(Occupancy), aliased(Occupancy)
    return db.session.scalar(
        select(func.count())
        .select_from(one)
        .join(
            other,
            and_(
                one.resource_id == other.resource_id,
                one.id < other.id,
                one.starts_s < other.ends_s,
                other.starts_s < one.ends_s,
            ),
        )
        .where(one.lane == other.lane)
    )


def doubled_without_reason():
    """Visits of one therapist at one time of which neither is an overlap on purpose."""
    one, other = aliased(Occupancy), aliased(Occupancy)
    return db.session.scalar(
        select(func.count())
        .select_from(one)
        .join(
            other,
            and_(
                one.resource_id == other.resource_id,
                one.id < other.id,
                one.starts_s < other.ends_s,
                other.starts_s < one.ends_s,
            ),
        )
        .where(one.overlap_reason == "", other.overlap_reason == "")
    )


@on_both_engines
def test_of_five_thousand_operations_of_sixteen_desks_none_overlaps_none_is_lost(
    app: Flask, engine_name: str
):
    facts = prepared(app)
    ended = live_a_day(app, facts)
    met = Counter(ended["met"])
    print(f"\n{sum(met.values())} operations on {engine_name} in {ended['took']:.0f} s")
    for what, times in sorted(met.items()):
        print(f"  {times:5d}  {what}")
    unforeseen = (" lost ", " FAULT ", " unexplained")
    wrong = {what: times for what, times in met.items() if any(one in what for one in unforeseen)}
    assert not wrong
    assert sum(met.values()) >= OPERATIONS
    with app.app_context():
        assert overlapping() == 0
        assert doubled_without_reason() == 0
        standing = db.session.scalar(
            select(func.count()).select_from(Visit).where(Visit.status.in_(STANDING))
        )
        assert standing > 20
        changes = db.session.execute(select(VisitChange.visit_id, VisitChange.version)).all()
        # Two that were based on one state of a visit would bear one version.
        assert len(set(changes)) == len(changes)
        written = Counter(
            dict(db.session.execute(
                select(VisitChange.verb, func.count()).group_by(VisitChange.verb)
            ).all())
        )  # fmt: skip
        for verb, kinds in (("move", ("move",)), ("cancel", ("cancel",))):
            assert written[verb] == sum(met[f"{kind} done"] for kind in kinds)
        booked = sum(met[f"{kind} done"] for kind in ("book", "overlap", "book_hold", "accept"))
        booked += met["book_item done"] + 2 * met["plan done"]
        assert written["book"] == booked
        assert not db.session.scalar(
            select(func.count())
            .select_from(WaitlistEntry)
            .where(WaitlistEntry.status == "accepted", WaitlistEntry.visit_id.is_(None))
        )
