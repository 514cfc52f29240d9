"""What the change log says of a thing; the values stay sealed until they are asked for."""

import json
from typing import Any

from sqlalchemy import Select, select

from clinic.audit.models import ChangeEntry
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
    """The entry's fields, each with what was and what is, opened."""
    key = db.session.get_one(SubjectKey, entry.key_id)
    place = f"change_entry.sealed_values.{entry.seq}"
    values: dict[str, Any] = json.loads(vault().open(key, place, entry.sealed_values))
    return values
