"""Fifty processes race for one slot through the service, round after round.

Run as a program this makes the racers; they live through all rounds, let go by a
barrier, and the parent prints what each brought back and how long rounds took.
"""

import gc
import json
import multiprocessing
import subprocess
import sys
import time
from collections import Counter
from contextlib import suppress
from datetime import datetime, timedelta
from pathlib import Path

from flask import Flask
from sqlalchemy import func, select

from clinic.catalogue.queries import the_variant
from clinic.clients.queries import the_client
from clinic.core.db import db
from clinic.core.errors import Conflict
from clinic.core.permissions import SYSTEM
from clinic.core.transactions import transaction
from clinic.scheduling import services
from clinic.scheduling.models import Visit
from clinic.scheduling.queries.visits import the_visit
from clinic.scheduling.services.groups import Member, book_together
from clinic.staff.queries import the_member
from clinic.timetable.models import Slot
from tests.engines import ROOT, configuration, create_app, on_both_engines, release
from tests.factories import scheduling as made
from tests.factories.clients import new_client

ADDRESSES = ("SQLALCHEMY_DATABASE_URI", "MIGRATION_DATABASE_URI", "ACCESS_DATABASE_URI")
A_DAY = 8
"""Slots of a day, two hours apart, so that no day comes near the hands-on limit."""


def slot_of(facts, turn):
    """The time that is raced for in one round."""
    first = datetime.fromisoformat(facts["first"])
    return first + timedelta(days=turn // A_DAY, hours=2 * (turn % A_DAY))


def book(number, turn, facts):
    services.book(
        actor=SYSTEM,
        client=the_client(facts["clients"][number]),
        variant=the_variant(facts["variant"]),
        therapist=the_member(facts["therapist"]),
        starts_at=slot_of(facts, turn),
    )


def move_or_book(number, turn, facts):
    """The first racers have a visit that they move to the slot; the others book it."""
    if number < len(facts["visits"]):
        visit = the_visit(facts["visits"][number])
        services.move(visit, actor=SYSTEM, starts_at=slot_of(facts, turn))
    else:
        book(number, turn, facts)


def cancel_or_check_in(number, turn, facts):
    """Half of them cancel one visit, half of them check its client in."""
    visit = the_visit(facts["visits"][0])
    (services.cancel if number % 2 else services.check_in)(visit, actor=SYSTEM)


def take_back(facts):
    with transaction():
        services.undo(the_visit(facts["visits"][0]), actor=SYSTEM)


def together(number, turn, facts):
    """Three of four want two therapists for two clients, named in either order; one of four
    wants one of the therapists."""
    pair = [the_member(facts["therapist"]), the_member(facts["other"])]
    if number % 2:
        pair.reverse()
    clients = [the_client(one) for one in facts["clients"][2 * number : 2 * number + 2]]
    variant = the_variant(facts["variant"])
    starts_at = slot_of(facts, turn)
    if number % 4 == 3:
        services.book(
            actor=SYSTEM, client=clients[0], variant=variant, therapist=pair[0],
            starts_at=starts_at,
        )  # fmt: skip
        return
    members = [Member(one, variant, who) for one, who in zip(clients, pair, strict=True)]
    book_together(actor=SYSTEM, members=members, starts_at=starts_at)


KINDS = {
    "book": book,
    "move_or_book": move_or_book,
    "cancel_or_check_in": cancel_or_check_in,
    "together": together,
}


def outcome(kind, number, turn, facts):
    try:
        with transaction():
            KINDS[kind](number, turn, facts)
    except services.SlotTaken:
        return "taken"
    except Conflict:
        return "conflict"
    except Exception as error:  # noqa: BLE001 - whatever it was is what is looked at
        return f"{type(error).__name__}: {str(error)[:200]}"
    return "won"


class _Enough(Exception):
    """Thrown so that a rehearsal leaves nothing behind."""


def rehearse(app, order):
    """Do once, and take back, what every racer will do: forks share what it made ready."""
    with app.app_context(), suppress(_Enough), transaction():
        KINDS[order["kind"]](0, 0, order["facts"])
        raise _Enough
    release(app)  # no connection crosses a fork
    gc.collect()
    gc.freeze()


def _run(app, order, number, barrier, results):
    brought = []
    with app.app_context():
        db.session.connection()
        db.session.remove()
        for turn in range(order["rounds"]):
            barrier.wait()
            brought.append(outcome(order["kind"], number, turn, order["facts"]))
            db.session.remove()
            barrier.wait()
            if number == 0 and order["kind"] == "cancel_or_check_in":
                take_back(order["facts"])
    results.put(brought)


def main():
    order = json.load(sys.stdin)
    app = create_app(configuration(Path(order["folder"]), *order["addresses"]))
    rehearse(app, order)
    forking = multiprocessing.get_context("fork")
    barrier, results = forking.Barrier(order["racers"] + 1, timeout=120), forking.Queue()
    racers = [
        forking.Process(target=_run, args=(app, order, number, barrier, results))
        for number in range(order["racers"])
    ]
    for racer in racers:
        racer.start()
    took = []
    for _ in range(order["rounds"]):
        barrier.wait()
        begun = time.perf_counter()
        barrier.wait()
        took.append(time.perf_counter() - begun)
    brought = [results.get(timeout=60) for _ in racers]
    for racer in racers:
        racer.join()
    print(json.dumps({"took": took, "found": list(zip(*brought, strict=True))}))


def race(app, kind, racers, rounds, facts):
    order = {
        "kind": kind, "racers": racers, "rounds": rounds, "facts": facts,
        "folder": str(app.config["DATA_DIR"]),
        "addresses": [app.config[name] for name in ADDRESSES],
    }  # fmt: skip
    done = subprocess.run(
        [sys.executable, "-m", "tests.prove.test_booking_race"],
        cwd=ROOT, input=json.dumps(order), capture_output=True, text=True, check=False,
        timeout=1500,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr[-3000:]
    return json.loads(done.stdout.splitlines()[-1])


def tell(name, engine_name, ended):
    took = sorted(ended["took"])
    middle, last = took[len(took) // 2] * 1000, took[-1] * 1000
    print(
        f"\n{name} on {engine_name}: {len(took)} rounds, {middle:.0f} ms each, {last:.0f} ms most"
    )


def prepared(app, racers, starts=list):
    with app.app_context():
        house = made.open_house()
        with transaction():
            clients = [new_client(f"Racer R{number}").public_id for number in range(racers)]
        return {
            "clients": clients,
            "variant": house.variant.public_id,
            "therapist": house.therapist.public_id,
            "first": made.at(1, days=20).isoformat(),
            "visits": [made.book(house, moment).public_id for moment in starts()],
        }


@on_both_engines
def test_of_fifty_who_book_one_slot_exactly_one_wins(app: Flask, engine_name: str, rounds: int):
    facts = prepared(app, 50)
    ended = race(app, "book", 50, rounds, facts)
    tell("50 book one slot", engine_name, ended)
    for turn in ended["found"]:
        assert Counter(turn) == {"won": 1, "taken": 49}
    with app.app_context():
        assert db.session.scalar(select(func.count()).select_from(Visit)) == rounds


@on_both_engines
def test_of_those_who_move_to_and_book_one_slot_exactly_one_wins(
    app: Flask, engine_name: str, rounds: int
):
    facts = prepared(app, 16, lambda: [made.at(2 + 3 * number, days=3) for number in range(4)])
    ended = race(app, "move_or_book", 16, max(rounds // 5, 5), facts)
    tell("4 move and 12 book one slot", engine_name, ended)
    for turn in ended["found"]:
        assert Counter(turn) == {"won": 1, "taken": 15}


@on_both_engines
def test_of_those_who_cancel_and_check_in_exactly_one_wins(
    app: Flask, engine_name: str, rounds: int
):
    facts = prepared(app, 2, lambda: [made.just_now(-120)])
    ended = race(app, "cancel_or_check_in", 16, max(rounds // 5, 5), facts)
    tell("8 cancel and 8 check in", engine_name, ended)
    for turn in ended["found"]:
        assert Counter(turn) == {"won": 1, "conflict": 15}


@on_both_engines
def test_a_couple_wins_whole_or_not_at_all(app: Flask, engine_name: str, rounds: int):
    facts = prepared(app, 24)
    with app.app_context():
        facts["other"] = made.a_therapist("Ines Okafor").public_id
        made.a_room_for_two()
    turns = max(rounds // 5, 5)
    ended = race(app, "together", 12, turns, facts)
    tell("9 couples and 3 others want one time", engine_name, ended)
    for turn in ended["found"]:
        # Two who book alone can both win: each with a therapist of their own.
        assert set(turn) <= {"won", "taken"}
        assert 1 <= Counter(turn)["won"] <= 2
    with app.app_context():
        times = db.session.execute(
            select(Slot.starts_s, func.count(Visit.id), func.count(Visit.group_id))
            .join(Visit, Visit.slot_id == Slot.id)
            .group_by(Slot.starts_s)
        ).all()
        assert len(times) == turns
        assert {(visits, of_group) for _, visits, of_group in times} <= {(2, 2), (1, 0), (2, 0)}


if __name__ == "__main__":
    main()
