"""Two desks book the last authorised visit at one moment, round after round: one of them does.

Run as a program this makes the two desks, real processes that live through all rounds and
are let go by a barrier. They book other times with other therapists, so that nothing but the
number of visits stands in the way of either.
"""

import gc
import json
import multiprocessing
import subprocess
import sys
from collections import Counter
from contextlib import suppress
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import select

from clinic.catalogue.queries import the_variant
from clinic.clients.queries import the_client
from clinic.core import transactions
from clinic.core.db import db
from clinic.core.permissions import SYSTEM
from clinic.core.transactions import Lock, transaction
from clinic.referrals.queries import the_authorisation
from clinic.scheduling import services
from clinic.scheduling.models import Visit
from clinic.scheduling.queries.counts import counted
from clinic.scheduling.services import claims, gate
from clinic.staff.queries import the_member
from tests.engines import ROOT, configuration, create_app, on_both_engines, release
from tests.factories import scheduling as made

ADDRESSES = ("SQLALCHEMY_DATABASE_URI", "MIGRATION_DATABASE_URI", "ACCESS_DATABASE_URI")
DESKS = 2


def book(number, facts):
    services.book(
        actor=SYSTEM,
        client=the_client(facts["client"]),
        variant=the_variant(facts["variant"]),
        therapist=the_member(facts["therapists"][number]),
        starts_at=datetime.fromisoformat(facts["first"]) + timedelta(hours=3 * number),
        use_referral=True,
    )


def outcome(number, facts):
    try:
        with transaction():
            book(number, facts)
    except services.NotAdmitted as error:
        return "none left" if "no visits left" in str(error.words) else str(error.words)
    except Exception as error:  # noqa: BLE001 - whatever it was is what is looked at
        return f"{type(error).__name__}: {str(error)[:200]}"
    return "won"


def give_back(facts):
    """As before the round: nobody has the last visit."""
    booked = select(Visit).where(Visit.status == "booked", Visit.over_why == "")
    kept = facts["kept"]
    for visit in db.session.scalars(booked).unique().all():
        if visit.public_id not in kept:
            with transaction():
                services.cancel(visit, actor=SYSTEM, by="clinic")
    db.session.remove()


def without_locks():
    """Sabotage: whoever counts waits for nobody. (SQLite has one lock, that of its writer.)"""
    whole = transactions.lock_all
    left = {Lock.RESOURCE, Lock.AUTHORISATION, Lock.PERSON}
    fewer = lambda keys: whole([key for key in keys if key[0] not in left])  # noqa: E731
    transactions.lock_all = claims.lock = fewer


def counted_before(authorisation):
    """Sabotage: the numbers are those that stood before the lock was waited for."""
    numbers = gate.numbers_of(authorisation)
    gate.numbers_of = lambda _: numbers


def run(app, order, number, barrier, results):
    brought, facts = [], order["facts"]
    if order["without"] == "locks":
        without_locks()
    with app.app_context():
        plain = gate.numbers_of
        for _ in range(order["rounds"]):
            gate.numbers_of = plain
            if order["without"] == "count":
                counted_before(the_authorisation(facts["authorisation"]))
            db.session.remove()
            barrier.wait()
            brought.append(outcome(number, facts))
            db.session.remove()
            barrier.wait()
            if number == 0:
                give_back(facts)
            barrier.wait()
    results.put(brought)


class Enough(Exception):
    """Thrown so that a rehearsal leaves nothing behind."""


def rehearse(app, facts):
    with app.app_context(), suppress(Enough), transaction():
        book(0, facts)
        raise Enough
    release(app)  # no connection crosses a fork
    gc.collect()
    gc.freeze()


def main():
    order = json.load(sys.stdin)
    app = create_app(configuration(Path(order["folder"]), *order["addresses"]))
    rehearse(app, order["facts"])
    forking = multiprocessing.get_context("fork")
    barrier, results = forking.Barrier(DESKS, timeout=120), forking.Queue()
    desks = [
        forking.Process(target=run, args=(app, order, number, barrier, results))
        for number in range(DESKS)
    ]
    for desk in desks:
        desk.start()
    brought = [results.get(timeout=900) for _ in desks]
    for desk in desks:
        desk.join()
    print(json.dumps(list(zip(*brought, strict=True))))


def race(app, facts, rounds, without=""):
    order = {
        "rounds": rounds, "facts": facts, "without": without,
        "folder": str(app.config["DATA_DIR"]),
        "addresses": [app.config[name] for name in ADDRESSES],
    }  # fmt: skip
    done = subprocess.run(
        [sys.executable, "-m", "tests.prove.test_last_visit_race"],
        cwd=ROOT, input=json.dumps(order), capture_output=True, text=True, check=False,
        timeout=1500,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr[-3000:]
    return [Counter(one) for one in json.loads(done.stdout.splitlines()[-1])]


def prepared(app, **lasts):
    """Three visits are allowed, and two of them booked."""
    with app.app_context():
        house = made.open_house()
        other = made.a_therapist("Ines Okafor")
        allowed = made.an_authorisation(house, 3, **lasts)
        kept = [made.book(house, made.at(8, days=day), authorisation=allowed) for day in (3, 5)]
        return {
            "client": house.client.public_id,
            "variant": house.variant.public_id,
            "therapists": [house.therapist.public_id, other.public_id],
            "authorisation": allowed.public_id,
            "first": made.at(9, days=20).isoformat(),
            "kept": [one.public_id for one in kept],
        }


@on_both_engines
def test_of_two_desks_that_book_the_last_visit_exactly_one_does(app: Flask, rounds: int):
    facts = prepared(app)
    found = race(app, facts, rounds)
    assert found == [Counter({"won": 1, "none left": 1})] * len(found)
    with app.app_context():
        allowed = the_authorisation(facts["authorisation"])
        assert counted([allowed.id])[allowed.id].taken == 2  # the last was given back


@on_both_engines
def test_the_same_where_days_count_from_the_first_visit(app: Flask, rounds: int):
    facts = prepared(app, basis="first_visit", days=90)
    found = race(app, facts, max(rounds // 5, 5))
    assert found == [Counter({"won": 1, "none left": 1})] * len(found)


@on_both_engines
@pytest.mark.parametrize("without", ["count", "locks"])
def test_sabotage_who_counts_outside_of_the_lock_books_too_many(
    app: Flask, engine_name: str, without: str
):
    if (engine_name, without) == ("sqlite", "locks"):
        without = "count"  # its one lock is the transaction's own: there is no other to leave out
    found = race(app, prepared(app), 20, without)
    assert Counter({"won": 2}) in found


if __name__ == "__main__":
    main()
