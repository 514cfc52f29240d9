"""How the benchmark writes rows: in batches, straight into the tables."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, insert

from clinic.core.clock import now
from clinic.core.ids import new_public_id

ZONE = ZoneInfo("America/Chicago")
THERAPISTS, ROOMS, A_DAY = 8, 10, 35
BATCH = 5000


@dataclass(frozen=True)
class Size:
    """How much there is."""

    clients: int
    visits: int


def put(connection: Connection, model: Any, rows: Iterable[dict[str, Any]]) -> None:
    """Insert in batches, so that no list grows with the clinic."""
    batch: list[dict[str, Any]] = []
    for row in rows:
        batch.append(row)
        if len(batch) == BATCH:
            connection.execute(insert(model.__table__), batch)
            batch = []
    if batch:
        connection.execute(insert(model.__table__), batch)


def row(number: int, /, **values: Any) -> dict[str, Any]:
    at = now()
    common = {"id": number, "public_id": new_public_id(), "version": 1}
    return common | {"created_at": at, "updated_at": at} | values
