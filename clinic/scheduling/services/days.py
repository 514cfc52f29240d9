"""Which days have changed: the key by which a drawn day is kept or drawn anew."""

from datetime import date
from typing import Any

from sqlalchemy.dialects import postgresql, sqlite

from clinic.core.db import db
from clinic.scheduling.models import BoardDay

_INSERT: dict[str, Any] = {"postgresql": postgresql.insert, "sqlite": sqlite.insert}


def bump(*days: date) -> None:
    """Count one more change of each of these days, in the transaction that changes them."""
    rows = [{"on_date": day, "changes": 1} for day in sorted(set(days))]
    insert = _INSERT[db.session.get_bind().dialect.name](BoardDay).values(rows)
    db.session.execute(
        insert.on_conflict_do_update(
            index_elements=[BoardDay.on_date], set_={"changes": BoardDay.changes + 1}
        )
    )
