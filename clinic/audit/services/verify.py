"""Walking both chains from their first entry: does every link hold?"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Engine, Table, func, select

from clinic.audit.models import ACCESS_CHAINED, ChangeEntry, access_entry
from clinic.audit.rules import first_break
from clinic.audit.services.changes import facts
from clinic.core.db import db
from clinic.core.vault import vault


@dataclass(frozen=True, slots=True)
class Finding:
    """What the walk along one log found: how many entries, and the first that breaks."""

    log: str
    entries: int
    broken_at: int | None
    head: str = ""
    """Number and hash of the last entry: written down elsewhere, it shows a tail cut off."""


def verify(access_engine: Engine, known_heads: tuple[str, ...] = ()) -> list[Finding]:
    """Check the log of changes and the log of reads, entry by entry.

    ``known_heads`` are heads that were written down before, in the form of ``Finding.head``:
    a log in which such an entry is missing or other breaks there.
    """
    changes: Any = ChangeEntry.__table__
    return [
        _walk(db.engine, changes, ChangeEntry.CHAINED, "change log", known_heads),
        _walk(access_engine, access_entry, ACCESS_CHAINED, "access log", known_heads),
    ]


def _walk(
    engine: Engine, table: Table, names: tuple[str, ...], log: str, known: tuple[str, ...]
) -> Finding:
    key = vault().derive(log)
    with engine.connect() as connection:
        ordered = select(table).order_by(table.c.seq)
        with connection.execution_options(yield_per=1000).execute(ordered) as rows:
            entries = (
                (row["seq"], facts(dict(row), names), row["previous"], row["hash"])
                for row in rows.mappings()
            )
            broken = first_break(key, entries)
        count = connection.scalar(select(func.count()).select_from(table)) or 0
        lost = [
            seq for seq in _lost(connection, table, log, known) if broken is None or seq < broken
        ]
        return Finding(log, count, min(lost, default=broken), _head(connection, table, log))


def _head(connection: Connection, table: Table, log: str) -> str:
    last = connection.execute(
        select(table.c.seq, table.c.hash).order_by(table.c.seq.desc()).limit(1)
    ).first()
    return f"{log} {last.seq} {last.hash.hex()}" if last else f"{log} 0"


def _lost(connection: Connection, table: Table, log: str, known: tuple[str, ...]) -> Iterator[int]:
    """The numbers of known entries that are gone, or are not what they were."""
    for head in known:
        number, _, digest = head.removeprefix(f"{log} ").partition(" ")
        if not head.startswith(f"{log} ") or not digest:
            continue
        kept = connection.scalar(select(table.c.hash).where(table.c.seq == int(number)))
        if kept is None or kept.hex() != digest:
            yield int(number)
