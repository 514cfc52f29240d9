"""Sixteen processes at as many desks: each looks, then acts on what it saw.

Run as a program this makes the processes and prints what each of them met.
"""

import json
import multiprocessing
import random
import sys
import time
from collections import Counter
from datetime import datetime, timedelta
from pathlib import Path

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm.exc import StaleDataError

from clinic.catalogue.queries import the_variant
from clinic.clients.queries import the_client
from clinic.core.db import db
from clinic.core.errors import DomainError, broken_constraint
from clinic.core.permissions import SYSTEM
from clinic.core.transactions import transaction
from clinic.scheduling import services
from clinic.scheduling.models import (
    Hold,
    SeriesItem,
    Visit,
    VisitChange,
    WaitlistEntry,
    WaitlistOffer,
)
from clinic.scheduling.queries.changes import the_change
from clinic.scheduling.queries.holding import the_hold
from clinic.scheduling.queries.visits import the_visit
from clinic.scheduling.rules import STANDING
from clinic.scheduling.services import offering, series, waiting
from clinic.staff.queries import the_member
from clinic.timetable.models import TimeOff
from clinic.timetable.queries import the_place
from clinic.timetable.services import approve, ask, call_off
from tests.engines import configuration, create_app, release
from tests.factories import scheduling as made

DAYS = 4


class Desk:
    """One process at work."""

    def __init__(self, number, facts):
        self.facts = facts
        self.random = random.Random(f"{facts['seed']} {number}")

    def act(self):
        """One operation; what came of it."""
        kind = self.random.choices(list(KINDS), weights=[weight for _, weight in KINDS.values()])[0]
        try:
            seen = getattr(self, f"see_{KINDS[kind][0]}", lambda: None)()
            db.session.remove()
            with transaction():
                done = getattr(self, kind)(seen)
        except DomainError as error:
            return kind, f"refused {type(error).__name__}" if str(error.words) else "unexplained"
        except IntegrityError as error:  # what a form calls: somebody else was faster
            return kind, f"lost {type(error).__name__}: {broken_constraint(error)}"
        except StaleDataError as error:
            return kind, f"lost {type(error).__name__}"
        except Exception as error:  # noqa: BLE001 - whatever it was is what is looked at
            return kind, f"FAULT {type(error).__name__}: {str(error)[:300]}"
        finally:
            db.session.remove()
        return kind, "done" if done is not False else "nothing to do"

    # -- what is looked at first, in a transaction of its own

    def see_visit(self):
        visits = db.session.execute(
            select(Visit.public_id, Visit.version).where(Visit.status.in_(STANDING))
        ).all()
        return self.random.choice(visits) if visits else None

    def see_change(self):
        return self._one(select(VisitChange.public_id).order_by(VisitChange.id.desc()).limit(20))

    def see_hold(self):
        return self._one(select(Hold.public_id))

    def see_offer(self):
        return self._one(select(WaitlistOffer.public_id).where(WaitlistOffer.status == "open"))

    def see_entry(self):
        return self._one(select(WaitlistEntry.public_id).where(WaitlistEntry.status == "waiting"))

    def see_absence(self):
        return self._one(select(TimeOff.public_id).where(TimeOff.status == "approved"))

    def see_item(self):
        return self._one(select(SeriesItem.public_id).where(SeriesItem.visit_id.is_(None)))

    def _one(self, query):
        found = db.session.scalars(query).all()
        return self.random.choice(found) if found else None

    def _row(self, model, public_id):
        return db.session.scalar(select(model).where(model.public_id == public_id))

    # -- who, what, when

    def anybody(self):
        return the_client(self.random.choice(self.facts["clients"]))

    def therapist(self):
        return the_member(self.random.choice(self.facts["therapists"]))

    def moment(self):
        first = datetime.fromisoformat(self.facts["first"])
        quarters = self.random.randrange(0, 40)
        return first + timedelta(days=self.random.randrange(DAYS), minutes=15 * quarters)

    def case(self):
        return {
            "actor": SYSTEM,
            "client": self.anybody(),
            "variant": the_variant(self.random.choice(self.facts["variants"])),
        }

    # -- what is done

    def book(self, _):
        services.book(**self.case(), therapist=self.therapist(), starts_at=self.moment())

    def overlap(self, _):
        services.book(
            **self.case(), therapist=self.therapist(), starts_at=self.moment(), overlap_why="Asked"
        )

    def move(self, seen):
        if seen is None:
            return False
        visit = the_visit(seen.public_id)
        other = self.therapist() if self.random.random() < 0.5 else None
        services.move(
            visit, actor=SYSTEM, starts_at=self.moment(), therapist=other, version=seen.version
        )
        return True

    def resize(self, seen):
        if seen is None:
            return False
        services.resize(
            the_visit(seen.public_id), actor=SYSTEM, version=seen.version,
            minutes=self.random.choice((30, 60, 90)),
        )  # fmt: skip
        return True

    def cancel(self, seen):
        if seen is None:
            return False
        services.cancel(the_visit(seen.public_id), actor=SYSTEM, version=seen.version)
        return True

    def take_back(self, seen):
        return seen is not None and bool(services.take_back(the_change(seen), actor=SYSTEM))

    def keep(self, _):
        services.hold_time(
            actor=SYSTEM, variant=self.case()["variant"], therapist=self.therapist(),
            starts_at=self.moment(),
        )  # fmt: skip

    def book_hold(self, seen):
        if seen is None:
            return False
        hold = the_hold(seen)
        services.book(
            actor=SYSTEM, client=self.anybody(), variant=hold.variant, therapist=hold.therapist,
            starts_at=hold.slot.starts_at, place=hold.place, hold=hold,
        )  # fmt: skip
        return True

    def let_go(self, seen):
        if seen is None:
            return False
        services.let_go(the_hold(seen), actor=SYSTEM)
        return True

    def plan(self, _):
        therapist, first, place = self.therapist(), self.moment(), self.facts["places"]
        zone = made.zone()
        chosen = [
            (number, first + timedelta(days=number - 1), therapist,
             the_place(self.random.choice(place)))
            for number in (1, 2)
        ]  # fmt: skip
        wall = first.astimezone(zone)
        series.plan_series(
            **self.case(), phases=[series.Phase(1, 3)], first_on=wall.date(),
            wall=wall.hour * 60 + wall.minute, therapist=therapist, chosen=chosen,
        )  # fmt: skip

    def book_item(self, seen):
        if seen is None:
            return False
        item = self._row(SeriesItem, seen)
        series.book_item(
            item, actor=SYSTEM, starts_at=self.moment(), therapist=self.therapist(),
            place=the_place(self.random.choice(self.facts["places"])),
        )  # fmt: skip
        return True

    def wait(self, _):
        day = datetime.fromisoformat(self.facts["first"]).astimezone(made.zone()).date()
        waiting.wait(**self.case(), earliest=day, latest=day + timedelta(days=DAYS), notice_hours=0)

    def offer(self, seen):
        if seen is None:
            return False
        entry = self._row(WaitlistEntry, seen)
        offering.offer(entry, actor=SYSTEM, therapist=self.therapist(), starts_at=self.moment())
        return True

    def accept(self, seen):
        if seen is None:
            return False
        answered = offering.accept(self._row(WaitlistOffer, seen), actor=SYSTEM)
        return answered.visit is not None

    def go_away(self, _):
        begins = self.moment()
        absence = ask(
            self.therapist(), actor=SYSTEM, kind="break", starts_at=begins,
            ends_at=begins + timedelta(hours=1),
        )  # fmt: skip
        db.session.flush()
        approve(absence, actor=SYSTEM)

    def come_back(self, seen):
        if seen is None:
            return False
        call_off(self._row(TimeOff, seen), actor=SYSTEM)
        return True


KINDS = {
    "book": ("", 24), "overlap": ("", 2), "move": ("visit", 20), "resize": ("visit", 6),
    "cancel": ("visit", 10), "take_back": ("change", 6), "keep": ("", 5), "book_hold": ("hold", 3),
    "let_go": ("hold", 3), "plan": ("", 4), "book_item": ("item", 3), "wait": ("", 3),
    "offer": ("entry", 4), "accept": ("offer", 4), "go_away": ("", 3), "come_back": ("absence", 3),
}  # fmt: skip
"""Each thing that is done: what is looked at before, and how often it comes."""


def _run(app, order, number, barrier, results):
    met = Counter()
    with app.app_context():
        db.session.connection()
        db.session.remove()
        desk = Desk(number, order["facts"])
        barrier.wait()
        for _ in range(-(-order["operations"] // order["racers"])):
            met[" ".join(desk.act())] += 1
    results.put(dict(met))


def main():
    order = json.load(sys.stdin)
    app = create_app(configuration(Path(order["folder"]), *order["addresses"]))
    release(app)
    forking = multiprocessing.get_context("fork")
    barrier, results = forking.Barrier(order["racers"], timeout=120), forking.Queue()
    racers = [
        forking.Process(target=_run, args=(app, order, number, barrier, results))
        for number in range(order["racers"])
    ]
    begun = time.perf_counter()
    for racer in racers:
        racer.start()
    met = sum((Counter(results.get(timeout=1500)) for _ in racers), Counter())
    for racer in racers:
        racer.join()
    print(json.dumps({"took": time.perf_counter() - begun, "met": met}))


if __name__ == "__main__":
    main()
