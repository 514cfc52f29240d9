"""Lines of history that an earlier release kept move to where facts are.

Their texts are sealed with the clients' keys, so that this is work for the application and
none for a migration. It may be done again at any time: what was moved is not there any more.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import insert

from clinic.clients.models import Client, ImportedHistoryLine
from clinic.clients.services import take_out_history
from clinic.core.clock import today
from clinic.core.db import db
from clinic.core.guard import verb
from clinic.core.permissions import Actor, Permission
from clinic.core.transactions import Lock, lock, transaction
from clinic.health.models import HealthFact
from clinic.imports import queries
from clinic.imports.models import ImportRow
from clinic.imports.rules.understanding import Piece, facts_in
from clinic.imports.services.history import listen, noted, write_pieces
from clinic.imports.services.report import Heard
from clinic.imports.services.running import IMPORTING
from clinic.practice.queries import the_practice

CLIENTS = 50
"""Clients of one transaction, each with all their lines."""


@dataclass
class Moved:
    """What a move did; ``heard`` says how the lines were understood."""

    lines: int = 0
    clients: list[int] = field(default_factory=list)
    heard: Heard = field(default_factory=Heard)


def move_history(*, actor: Actor) -> Moved:
    """Move every line that is left. One that was interrupted goes on where it stopped."""
    moved = Moved()
    while queries.has_lines():
        with transaction():
            some = move_some(actor=actor)
        moved.lines += some.lines
        moved.clients += some.clients
        moved.heard.include(some.heard)
    return moved


@verb(Permission.CLIENTS_WRITE)
def move_some(*, actor: Actor) -> Moved:
    """Move the lines of the next clients."""
    lock(Lock.HOUSE, IMPORTING)
    lines = queries.next_lines(CLIENTS)
    notes = queries.notes_of_lines([line.import_ref for line in lines])
    moved = Moved(len(lines), sorted({line.client_id for line in lines}))
    written = write_pieces(_pieces(lines, notes, moved.heard), actor=actor)
    for row, piece in written:
        if row.import_ref in (piece.ref, f"{piece.ref}:{piece.place}"):
            moved.heard.facts[piece.fact.kind] += 1
    _note(written, notes)
    take_out_history(lines, actor=actor)
    return moved


def _pieces(
    lines: Sequence[ImportedHistoryLine], notes: dict[str, ImportRow], heard: Heard
) -> dict[Client, list[list[Piece]]]:
    """By client, and within each by the import that wrote the lines."""
    on = today(the_practice().zone)
    found: dict[Client, dict[int, list[Piece]]] = {}
    for line in lines:
        told = _told(line.line)
        listen(heard, line.kind, told)
        note = notes.get(line.import_ref)
        own = found.setdefault(line.client, {}).setdefault(note.import_id if note else 0, [])
        facts = facts_in(line.kind, told, on)
        own += [Piece(line.import_ref, place, fact) for place, fact in enumerate(facts)]
    return {client: list(groups.values()) for client, groups in found.items()}


def _told(text: str) -> dict[str, Any]:
    """What a line says; one that is no JSON is its own description."""
    try:
        told = json.loads(text)
    except ValueError:
        told = None
    return told if isinstance(told, dict) and told.get("description") else {"description": text}


def _note(written: Sequence[tuple[HealthFact, Piece]], notes: dict[str, ImportRow]) -> None:
    """What an import noted of a line names the fact from now on."""
    more = []
    for row, piece in written:
        note = notes.get(piece.ref)
        if note is None:
            continue
        if piece.place == 0:
            note.object_id, note.version = row.id, row.version
        else:
            told = noted(row, piece, line=note.line, digest=note.digest)
            more.append({"import_id": note.import_id, **told})
    if more:
        db.session.execute(insert(ImportRow), more)
