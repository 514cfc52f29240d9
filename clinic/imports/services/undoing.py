"""Taking an import back: exactly what it wrote, unless somebody has used it since.

The rows' removal is logged like every change, sealed with the clients' own keys;
then those keys are destroyed, so that the log's chain stays whole and tells
nothing more of people who are gone.
"""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from clinic.clients import services as clients
from clinic.core.clock import now
from clinic.core.db import db
from clinic.core.errors import Conflict, NotFound
from clinic.core.guard import verb
from clinic.core.permissions import Actor, Permission
from clinic.core.transactions import Lock, lock, transaction
from clinic.core.words import say
from clinic.directory import services as directory
from clinic.health import services as health
from clinic.health.models import HealthFact
from clinic.imports import queries
from clinic.imports.models import Import, ImportRow
from clinic.imports.services.history import still_as_imported
from clinic.imports.services.moving import move_history
from clinic.imports.services.running import IMPORTING

BATCH = 100
"""Rows of one transaction; a client takes all their facts along."""


@dataclass(frozen=True, slots=True)
class Kept:
    """Something that was used since, and stays: ``why`` are codes and names of tables."""

    kind: str
    name: str
    why: tuple[str, ...]


@dataclass
class Undone:
    """What undoing an import did."""

    number: int
    removed: dict[str, int] = field(default_factory=dict)
    kept: list[Kept] = field(default_factory=list)

    def add(self, kind: str, count: int) -> None:
        if count:
            self.removed[kind] = self.removed.get(kind, 0) + count


def undo(number: int, *, actor: Actor) -> Undone:
    """Take back what an import wrote. One that was interrupted goes on where it stopped.

    Raises NotFound, Conflict for one that is undone already.
    """
    with transaction():
        begin_undoing(number, actor=actor)
    move_history(actor=actor)  # so that all that is left of it are facts
    undone = Undone(number)
    for kind in ("client", "history", "provider", "organisation"):
        after = 0
        while True:
            with transaction():
                after, found = take_back(number, kind, after, actor=actor)
            if after == 0:
                break
            for name, count in found.removed.items():
                undone.add(name, count)
            undone.kept += found.kept
            _forget_all(number, actor)
    _forget_all(number, actor)
    with transaction():
        end_undoing(number, actor=actor)
    return undone


@verb(Permission.PRACTICE_WRITE)
def begin_undoing(number: int, *, actor: Actor) -> None:
    """From here on the import writes nothing more. Raises NotFound, Conflict."""
    lock(Lock.HOUSE, IMPORTING)
    run = queries.the_import(number)
    if run is None:
        raise NotFound(say("There is no import {number}.", number=number))
    if run.state == "undone" and not queries.has_standing(number):
        raise Conflict(say("Import {number} is undone already.", number=number))
    run.state = "undoing"


@verb(Permission.PRACTICE_WRITE)
def end_undoing(number: int, *, actor: Actor) -> None:
    """All that could be taken back is gone."""
    run = db.session.get_one(Import, number)
    run.state, run.ended_at = "undone", now()


@verb(Permission.PRACTICE_WRITE)
def take_back(number: int, kind: str, after: int, *, actor: Actor) -> tuple[int, Undone]:
    """Take back the next rows of one kind: where it came to (0 at the end), and what it did."""
    lock(Lock.HOUSE, IMPORTING)
    found = Undone(number)
    notes = queries.rows_of(number, kind, after, BATCH)
    if not notes:
        return 0, found
    last = notes[-1].id
    _hold(kind, [note.object_id for note in notes])
    rows = queries.locked(kind, [note.object_id for note in notes])
    used = _used(number, kind, notes, rows)
    free = []
    for note in notes:
        row = rows.get(note.object_id)
        if row is None:
            note.state, note.key_id = "forgotten", None
        elif kind == "history" and note.state == "kept":
            continue
        elif note.object_id in used:
            note.state = "kept"
            kept = Kept(kind, _name(row), used[note.object_id])
            if kept not in found.kept:
                found.kept.append(kept)
        else:
            free.append(note)
    _take_out[kind](number, free, rows, found, actor)
    return last, found


def _hold(kind: str, ids: Sequence[int]) -> None:
    """What is known of the people concerned stands still meanwhile."""
    clients.hold_person(*queries.clients_of(kind, ids))


def _name(row: Any) -> str:
    """By what the report calls it: a client's number, never a name."""
    if isinstance(row, HealthFact):
        return row.client.number
    return str(getattr(row, "number", row.public_id))


def _used(
    number: int, kind: str, notes: Sequence[ImportRow], rows: Mapping[int, Any]
) -> dict[int, tuple[str, ...]]:
    """By id, why a row stays."""
    pointed = queries.pointed_to(kind, rows.keys())
    others = queries.with_other_facts(number, rows.keys()) if kind == "client" else set()
    used = {}
    for note in notes:
        row = rows.get(note.object_id)
        if row is None:
            continue
        why = set(pointed.get(row.id, ()))
        if (row.version, getattr(row, "touches", 0)) != (note.version, note.touches):
            why.add("amended")
        if row.id in others:
            why.add("health_fact")
        if why:
            used[row.id] = tuple(sorted(why))
    return used


def _take_out_clients(
    number: int, free: list[ImportRow], rows: Mapping[int, Any], found: Undone, actor: Actor
) -> None:
    gone = [note.object_id for note in free]
    stays = rows.keys() - set(gone)
    for fact in queries.fact_rows(number, stays):
        fact.state = "kept"
    facts = queries.fact_rows(number, gone)
    found.add("history", health.take_out_all(gone, actor=actor))
    clients.take_out(gone, actor=actor)
    _mark([*free, *facts])
    found.add("client", len(free))


def _take_out_facts(
    number: int, free: list[ImportRow], rows: Mapping[int, Any], found: Undone, actor: Actor
) -> None:
    gone = {note.object_id: rows[note.object_id] for note in free}
    with still_as_imported([row.client_id for row in gone.values()]):
        health.take_out_facts(gone.values(), actor=actor)
    _mark(free)
    found.add("history", len(gone))


def _take_out_of_directory(kind: str) -> Callable[..., None]:
    def take_out(
        number: int, free: list[ImportRow], rows: Mapping[int, Any], found: Undone, actor: Actor
    ) -> None:
        directory.take_out([rows[note.object_id] for note in free], actor=actor)
        _mark(free)
        found.add(kind, len(free))

    return take_out


_take_out: dict[str, Callable[..., None]] = {
    "client": _take_out_clients,
    "history": _take_out_facts,
    "provider": _take_out_of_directory("provider"),
    "organisation": _take_out_of_directory("organisation"),
}


def _mark(notes: Collection[ImportRow]) -> None:
    """``removed`` until the key is gone as well; where there is none, that is all."""
    for note in notes:
        note.state = "removed" if note.key_id is not None else "forgotten"


def _forget_all(number: int, actor: Actor) -> None:
    """Destroy the keys of those who are gone, in transactions after the log has used them."""
    while True:
        with transaction():
            if not forget(number, actor=actor):
                return


@verb(Permission.PRACTICE_WRITE)
def forget(number: int, *, actor: Actor) -> int:
    """Destroy the next keys of clients who are gone: how many."""
    notes = queries.removed_rows(number, BATCH)
    keys = [note.key_id for note in notes if note.key_id is not None]
    if keys:
        clients.forget_keys(keys, actor=actor)
    for note in notes:
        note.state, note.key_id = "forgotten", None
    return len(notes)
