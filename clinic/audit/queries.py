"""What the change log says of a thing; the values stay sealed until they are asked for."""

import json
from collections.abc import Sequence
from typing import Any

from sqlalchemy import Engine, Row, Select, select

from clinic.audit.models import ChangeEntry, access_entry
from clinic.core.db import db
from clinic.core.vault import SubjectKey, vault


def changes_of(table: str, object_id: str) -> Select[ChangeEntry]:
    """Every change of one row, newest first."""
    return (
        select(ChangeEntry)
        .where(ChangeEntry.object_table == table, ChangeEntry.object_id == object_id)
        .order_by(ChangeEntry.seq.desc())
    )


def values_of(entry: ChangeEntry) -> dict[str, Any]:
    """The entry's fields, each with what was and what is, opened.

    Nothing, where the key was destroyed: a client whose import was taken back.
    """
    key = db.session.get(SubjectKey, entry.key_id)
    if key is None:
        return {}
    place = f"change_entry.sealed_values.{entry.seq}"
    values: dict[str, Any] = json.loads(vault().open(key, place, entry.sealed_values))
    return values


def latest_reads(engine: Engine, skipped: int, size: int) -> Sequence[Row[Any]]:
    """Entries of the log of reads, newest first, from the database that holds it."""
    entries = select(access_entry).order_by(access_entry.c.seq.desc())
    with engine.connect() as connection:
        return connection.execute(entries.limit(size).offset(skipped)).all()
