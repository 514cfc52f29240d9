"""Lines of health history become facts: all lines of a client together, some clients at a time.

Kept meanwhile are the lines of the files, since those of one client may stand anywhere in
them: about 50 MB for 100,000 lines.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from sqlalchemy import insert

from clinic.clients.models import Client
from clinic.core.clock import today
from clinic.core.db import db
from clinic.core.guard import verb
from clinic.core.permissions import Actor, Permission
from clinic.core.transactions import Lock, lock, transaction
from clinic.core.words import say
from clinic.health.models import HealthFact
from clinic.health.services import take_imported
from clinic.imports import queries
from clinic.imports.models import ImportRow
from clinic.imports.rules import Fault
from clinic.imports.rules.understanding import Piece, facts_in, gathered, meaning
from clinic.imports.services.report import Heard, Report, Tally
from clinic.imports.services.running import BATCH, IMPORTING, Reading, good_rows, the_run
from clinic.imports.services.sheets import Sheet
from clinic.practice.queries import the_practice


@dataclass(frozen=True, slots=True)
class Line:
    """A line of history: in which of the files, where, and what it says."""

    file: int
    number: int
    ref: str
    kind: str
    text: str


@dataclass
class Outcome:
    """What became of the lines of some clients; told to the report once it is committed."""

    number: int | None
    new: list[Line] = field(default_factory=list)
    present: list[Line] = field(default_factory=list)
    repeated: list[Line] = field(default_factory=list)
    lost: list[Line] = field(default_factory=list)
    kinds: list[str] = field(default_factory=list)
    """The kind of each fact that was written."""


def write_history(
    pairs: Sequence[tuple[Sheet, Tally]], report: Report, reading: Reading, *, actor: Actor
) -> None:
    """Write the good lines of these files as facts. Raises Unreadable, Conflict."""
    lines = _by_client(pairs, report.heard)
    report.heard.client_refs = tuple(lines)
    for some in _batches(lines):
        with transaction():
            outcome = take_lines(some, report.import_id, reading, actor=actor)
        _tell(outcome, [tally for _, tally in pairs], report)


def _by_client(pairs: Sequence[tuple[Sheet, Tally]], heard: Heard) -> dict[str, list[Line]]:
    lines: dict[str, list[Line]] = {}
    for file, (sheet, tally) in enumerate(pairs):
        for number, entry in good_rows(sheet, tally):
            line = Line(file, number, entry.ref, entry.values["kind"], entry.values["text"])
            lines.setdefault(entry.belongs_to, []).append(line)
            listen(heard, line.kind, json.loads(line.text))
    return lines


def listen(heard: Heard, kind: str, told: Mapping[str, Any]) -> None:
    """Note how a line was understood."""
    text = str(told["description"])
    heard.add(meaning(kind, text, str(told.get("code", ""))).sort, kind, text)


def _batches(lines: Mapping[str, list[Line]]) -> Iterator[dict[str, list[Line]]]:
    """Some clients at a time, each with all their lines."""
    some: dict[str, list[Line]] = {}
    count = 0
    for owner, own in lines.items():
        some[owner] = own
        count += len(own)
        if count >= BATCH:
            yield some
            some, count = {}, 0
    if some:
        yield some


@verb(Permission.CLIENTS_WRITE)
def take_lines(
    lines: Mapping[str, list[Line]], number: int | None, reading: Reading, *, actor: Actor
) -> Outcome:
    """Write the lines of some clients that are not here yet. Raises Conflict if it was undone."""
    lock(Lock.HOUSE, IMPORTING)
    outcome = Outcome(number)
    owners = _owners(lines)
    here = queries.lines_here([line.ref for own in lines.values() for line in own])
    pieces: dict[Client, list[Piece]] = {}
    on = today(the_practice().zone)
    for owner, own in lines.items():
        fresh = _sorted_out(own, here, outcome)
        if owner not in owners:
            outcome.lost += fresh
        elif fresh:
            outcome.new += fresh
            pieces[owners[owner]] = [piece for line in fresh for piece in _pieces(line, on)]
    if outcome.new:
        run = the_run(number, reading)
        outcome.number = run.id
        numbers = {line.ref: line.number for line in outcome.new}
        notes = _written(pieces, outcome, numbers, actor)
        db.session.execute(insert(ImportRow), [{"import_id": run.id, **note} for note in notes])
    return outcome


def _owners(lines: Mapping[str, list[Line]]) -> dict[str, Client]:
    return {one.import_ref or "": one for one in queries.clients_by_ref(lines)}


def _sorted_out(own: list[Line], here: set[str], outcome: Outcome) -> list[Line]:
    """The lines that are new; those that stand twice in the files are so once."""
    fresh: dict[str, Line] = {}
    for line in own:
        if line.ref in here:
            outcome.present.append(line)
        elif line.ref in fresh:
            outcome.repeated.append(line)
        else:
            fresh[line.ref] = line
    return list(fresh.values())


def _pieces(line: Line, on: date) -> list[Piece]:
    facts = facts_in(line.kind, json.loads(line.text), on)
    return [Piece(line.ref, place, fact) for place, fact in enumerate(facts)]


def _written(
    pieces: Mapping[Client, list[Piece]], outcome: Outcome, numbers: Mapping[str, int], actor: Actor
) -> list[dict[str, Any]]:
    """Write the facts of these clients; what is to be noted of each line."""
    notes = []
    for row, piece in write_pieces({c: [some] for c, some in pieces.items()}, actor=actor):
        if piece.fact.kind and row.import_ref in (piece.ref, f"{piece.ref}:{piece.place}"):
            outcome.kinds.append(piece.fact.kind)
        notes.append(noted(row, piece, line=numbers[piece.ref]))
    return notes


def noted(row: HealthFact, piece: Piece, *, line: int, digest: bytes = b"") -> dict[str, Any]:
    """What is to be known of a line whose fact was written."""
    return {
        "kind": "history", "object_id": row.id, "key_id": None, "ref": piece.ref,
        "digest": digest, "version": row.version, "touches": 0, "line": line,
    }  # fmt: skip


def write_pieces(
    pieces: Mapping[Client, Sequence[Sequence[Piece]]], *, actor: Actor
) -> list[tuple[HealthFact, Piece]]:
    """Part of verbs: write the facts of each client, gathered within each of their groups."""
    found = {
        client: [one for some in groups for one in gathered(some)]
        for client, groups in pieces.items()
    }
    with still_as_imported([client.id for client in pieces]):
        facts = {client: [fact for fact, _ in some] for client, some in found.items()}
        rows = take_imported(facts, actor=actor)
    return [
        (rows[fact.ref], piece)
        for some in found.values()
        for fact, behind in some
        if fact.ref in rows
        for piece in behind
    ]


@contextmanager
def still_as_imported(client_ids: Sequence[int]) -> Iterator[None]:
    """What imports write of a client is no use made of the record since it was imported."""
    notes = queries.untouched(client_ids)
    yield
    touches = queries.touches([note.object_id for note in notes])
    for note in notes:
        note.touches = touches[note.object_id]


def _tell(outcome: Outcome, tallies: Sequence[Tally], report: Report) -> None:
    """Add what was committed to the report."""
    report.import_id = outcome.number
    report.heard.facts.update(outcome.kinds)
    for name in ("present", "repeated"):
        for line in getattr(outcome, name):
            setattr(tallies[line.file], name, getattr(tallies[line.file], name) + 1)
    for line in outcome.new:
        tallies[line.file].written += 1
    for line in outcome.lost:
        tally = tallies[line.file]
        reason = say("The client was taken out meanwhile.")
        report.refuse(tally, line.number, [Fault(tally.file, line.number, "", reason)])
