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
from clinic.imports import queries
from clinic.imports.models import Import, ImportRow
from clinic.imports.services.writing import IMPORTING

BATCH = 100
"""Rows of one transaction; a client takes all their lines along."""


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
    rows = queries.locked(kind, [note.object_id for note in notes])
    used = {} if kind == "history" else _used(number, kind, notes, rows)
    free = []
    for note in notes:
        row = rows.get(note.object_id)
        if row is None:
            note.state, note.key_id = "forgotten", None
        elif kind == "history" and note.state == "kept":
            continue
        elif note.object_id in used:
            note.state = "kept"
            found.kept.append(Kept(kind, _name(row), used[note.object_id]))
        else:
            free.append(note)
    _take_out[kind](number, free, rows, found, actor)
    return last, found


def _name(row: Any) -> str:
    """By what the report calls it: a client's number, never a name."""
    return str(getattr(row, "number", row.public_id))


def _used(
    number: int, kind: str, notes: Sequence[ImportRow], rows: Mapping[int, Any]
) -> dict[int, tuple[str, ...]]:
    """By id, why a row stays."""
    pointed = queries.pointed_to(kind, rows.keys())
    lines = queries.foreign_lines(number, rows.keys()) if kind == "client" else set()
    used = {}
    for note in notes:
        row = rows.get(note.object_id)
        if row is None:
            continue
        why = set(pointed.get(row.id, ()))
        if (row.version, getattr(row, "touches", 0)) != (note.version, note.touches):
            why.add("amended")
        if row.id in lines:
            why.add("imported_history_line")
        if why:
            used[row.id] = tuple(sorted(why))
    return used


def _take_out_clients(
    number: int, free: list[ImportRow], rows: Mapping[int, Any], found: Undone, actor: Actor
) -> None:
    gone = [note.object_id for note in free]
    stays = rows.keys() - set(gone)
    for line in queries.line_rows(number, stays):
        line.state = "kept"
    lines = queries.line_rows(number, gone)
    clients.take_out(gone, actor=actor)
    _mark([*free, *lines])
    found.add("client", len(free))
    found.add("history", len(lines))


def _take_out_history(
    number: int, free: list[ImportRow], rows: Mapping[int, Any], found: Undone, actor: Actor
) -> None:
    clients.take_out_history([rows[note.object_id] for note in free], actor=actor)
    _mark(free)
    found.add("history", len(free))


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
    "history": _take_out_history,
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
