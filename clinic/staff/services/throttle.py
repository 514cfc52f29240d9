"""Counting tries in the database: the same count for every process of the server."""

from sqlalchemy import delete, update
from sqlalchemy.dialects import postgresql, sqlite

from clinic.core.clock import epoch, now
from clinic.core.db import db
from clinic.core.guard import writing
from clinic.core.permissions import SYSTEM
from clinic.core.transactions import separate_transaction
from clinic.staff.models import Throttle


def count_try(key: str, window_seconds: int) -> int:
    """Count one more try under a key, kept whatever comes after; how many it makes."""
    insert = postgresql.insert if db.engine.dialect.name == "postgresql" else sqlite.insert
    window = epoch(now()) // window_seconds
    statement = (
        insert(Throttle)
        .values(key=key[:80], window=window, tries=1)
        .on_conflict_do_update(
            index_elements=[Throttle.key, Throttle.window], set_={"tries": Throttle.tries + 1}
        )
        .returning(Throttle.tries)
    )
    with writing("staff.count_try", SYSTEM), separate_transaction() as connection:
        tries = connection.execute(statement).scalar_one()
        if tries == 1:  # with the first of a window go those of windows long past
            same_kind = Throttle.key.startswith(key.partition(":")[0], autoescape=True)
            connection.execute(delete(Throttle).where(same_kind, Throttle.window < window - 1))
        return tries


def take_back(key: str, window_seconds: int) -> None:
    """Do not count one try after all: it was right."""
    window = epoch(now()) // window_seconds
    with writing("staff.take_back", SYSTEM), separate_transaction() as connection:
        connection.execute(
            update(Throttle)
            .where(Throttle.key == key[:80], Throttle.window == window, Throttle.tries > 0)
            .values(tries=Throttle.tries - 1)
        )


def forgive(key: str) -> None:
    """Forget the tries under a key: the last one was right."""
    with writing("staff.forgive", SYSTEM), separate_transaction() as connection:
        connection.execute(delete(Throttle).where(Throttle.key == key[:80]))
