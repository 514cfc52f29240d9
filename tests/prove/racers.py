"""Real processes that all do one thing at one moment.

Run as a program it makes the application, forks so many racers, lets them go at
once, and prints what each of them brought back, as JSON.
"""

import json
import multiprocessing
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from flask import Flask

from clinic.audit.services import changes
from clinic.catalogue.queries import the_variant
from clinic.clients import services as clients
from clinic.clients.queries import the_client
from clinic.core.clock import from_epoch, today
from clinic.core.db import db
from clinic.core.errors import DomainError
from clinic.core.permissions import SYSTEM
from clinic.core.transactions import transaction
from clinic.health.rules.facts import Fact
from clinic.health.services.rules import change_rule
from clinic.practice.queries import the_practice
from clinic.scheduling import services as scheduling
from clinic.scheduling.services import claims
from clinic.staff import services
from clinic.staff.queries import the_member
from clinic.staff.services.throttle import count_try
from tests.engines import ROOT, configuration, create_app
from tests.factories.screening import know
from tests.prove.sending import send

ADDRESSES = ("SQLALCHEMY_DATABASE_URI", "MIGRATION_DATABASE_URI", "ACCESS_DATABASE_URI")


def become_owner(number: int, facts: dict[str, Any]) -> str:
    """Use the one link that all have got."""
    try:
        with transaction():
            services.accept(
                actor=SYSTEM,
                token=facts["token"],
                password_hash="x",
                name=f"Racer {number}",
                email=f"racer{number}@clinic.example",
            )
    except DomainError as error:
        return str(error.words)
    return "owner"


def leave(number: int, facts: dict[str, Any]) -> str:
    """One owner of several sends the next one away."""
    try:
        with transaction():
            services.disable(the_member(facts["people"][number]), actor=SYSTEM)
    except DomainError as error:
        return str(error.words)
    return "left"


def knock(number: int, facts: dict[str, Any]) -> list[int]:
    """Count so many tries under one key."""
    return [count_try("one door", 900) for _ in range(facts["times"])]


def write(number: int, facts: dict[str, Any]) -> list[str]:
    """Make so many changes, each in a transaction of its own."""
    if facts.get("without_lock"):
        changes.lock = lambda *_: None
    refused = []
    for time in range(facts["times"]):
        try:
            with transaction():
                services.name_qualification(actor=SYSTEM, code=f"Q{number}-{time}", name="N")
        except Exception as error:  # noqa: BLE001 - whatever it was is what is looked at
            refused.append(type(error).__name__)
    return refused


def register(number: int, facts: dict[str, Any]) -> list[str]:
    """Put so many people on the books; their numbers."""
    numbers = []
    for time in range(facts["times"]):
        with transaction():
            client = clients.register(
                actor=SYSTEM, last_name="Racer", import_ref=f"{number}-{time}"
            )
            numbers.append(client.number)
    return numbers


def merge(number: int, facts: dict[str, Any]) -> str:
    """Merge the next of a circle of clients into this one."""
    people = facts["people"]
    kept, duplicate = people[number], people[(number + 1) % len(people)]
    try:
        with transaction():
            clients.merge(the_client(kept), the_client(duplicate), actor=SYSTEM)
    except DomainError as error:
        return type(error).__name__
    return "merged"


class _Start:
    """What all racers wait for, once and before every round they want to begin together."""

    barrier: Any = None


def screen(number: int, facts: dict[str, Any]) -> list[str]:
    """For each of these clients: one racer books them while the other learns something of them."""
    return _beside(number, facts, lambda _, client: know(client, Fact(*facts["fact"])))


def rule(number: int, facts: dict[str, Any]) -> list[str]:
    """For each of these clients: one racer books them while the other changes a rule on them."""
    return _beside(number, facts, _change_rule)


def _change_rule(time: int, _: Any) -> None:
    with transaction():
        change_rule(
            "HEART_STABLE", actor=SYSTEM, why="As the lead therapist says.",
            effective_from=today(the_practice().zone), pressure=1 + time % 2,
        )  # fmt: skip


def _beside(number: int, facts: dict[str, Any], other: Callable[[int, Any], Any]) -> list[str]:
    """The first racer books one client after the other, while the second does something else."""
    if facts.get("without_lock"):
        claims.lock = lambda *_: None
    met = []
    for time, (one, starts_s) in enumerate(zip(facts["people"], facts["times"], strict=True)):
        db.session.remove()
        client = the_client(one)
        _Start.barrier.wait(60)
        try:
            if number:
                other(time, client)
                continue
            with transaction():
                scheduling.book(
                    actor=SYSTEM, client=client, variant=the_variant(facts["variant"]),
                    therapist=the_member(facts["therapist"]), starts_at=from_epoch(starts_s),
                )  # fmt: skip
        except Exception as error:  # noqa: BLE001 - whatever it was is what is looked at
            met.append(f"{type(error).__name__}: {str(error)[:200]}")
    return met


KINDS: dict[str, Callable[[int, dict[str, Any]], Any]] = {
    "become_owner": become_owner, "leave": leave, "knock": knock, "write": write,
    "register": register, "merge": merge, "screen": screen, "rule": rule,
    "send": send,
}  # fmt: skip


def race(app: Flask, kind: str, racers: int, **facts: Any) -> list[Any]:
    """Let so many processes go at once on the application's databases; what each brought back."""
    order = {
        "kind": kind, "racers": racers, "facts": facts, "folder": str(app.config["DATA_DIR"]),
        "addresses": [app.config[name] for name in ADDRESSES],
    }  # fmt: skip
    done = subprocess.run(
        [sys.executable, "-m", "tests.prove.racers"],
        cwd=ROOT,
        input=json.dumps(order),
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
    )
    if done.returncode:
        raise RuntimeError(done.stderr)
    return json.loads(done.stdout)


def _run(app: Flask, order: dict[str, Any], number: int, start: Any, results: Any) -> None:
    with app.app_context():
        db.engine.dispose(close=False)
        db.session.connection()  # connected before the start, as a server at work is
        db.session.remove()
        _Start.barrier = start
        start.wait()
        results.put((number, KINDS[order["kind"]](number, order["facts"])))


def main() -> None:
    order = json.load(sys.stdin)
    app = create_app(configuration(Path(order["folder"]), *order["addresses"]))
    forking = multiprocessing.get_context("fork")
    start, results = forking.Barrier(order["racers"]), forking.Queue()
    racers = [
        forking.Process(target=_run, args=(app, order, number, start, results))
        for number in range(order["racers"])
    ]
    for racer in racers:
        racer.start()
    found = dict(results.get(timeout=240) for _ in racers)
    for racer in racers:
        racer.join()
    print(json.dumps([found[number] for number in sorted(found)]))


if __name__ == "__main__":
    main()
