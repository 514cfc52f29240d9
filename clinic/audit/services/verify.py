"""Walking both chains from their first entry: does every link hold?"""

from dataclasses import dataclass
from typing import Any

from sqlalchemy import Engine, Table, func, select

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


def verify(access_engine: Engine) -> list[Finding]:
    """Check the log of changes and the log of reads, entry by entry."""
    changes: Any = ChangeEntry.__table__
    return [
        _walk(db.engine, changes, ChangeEntry.CHAINED, "change log"),
        _walk(access_engine, access_entry, ACCESS_CHAINED, "access log"),
    ]


def _walk(engine: Engine, table: Table, names: tuple[str, ...], log: str) -> Finding:
    key = vault().derive(log)
    with engine.connect() as connection:
        count = connection.scalar(select(func.count()).select_from(table)) or 0
        rows = connection.execution_options(yield_per=1000).execute(
            select(table).order_by(table.c.seq)
        )
        entries = (
            (row["seq"], facts(dict(row), names), row["previous"], row["hash"])
            for row in rows.mappings()
        )
        return Finding(log, count, first_break(key, entries))
