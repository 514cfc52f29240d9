"""What can be taken: a row each for a therapist, a client, a place."""

from typing import Any

from sqlalchemy import or_, select
from sqlalchemy.dialects import postgresql, sqlite

from clinic.core.db import Base, db
from clinic.timetable.models import Resource

_INSERT = {"postgresql": postgresql.insert, "sqlite": sqlite.insert}


def insert_once(table: type[Base], **values: Any) -> None:
    """Make a row unless it is there; of two who make it at once, one does."""
    make: Any = _INSERT[db.session.get_bind().dialect.name]
    db.session.execute(make(table).values(**values).on_conflict_do_nothing())


def resource_for(
    *, staff_id: int | None = None, client_id: int | None = None, place_id: int | None = None
) -> int:
    """The resource of one therapist, client or place; made when first needed, inside a verb."""
    wanted = {"staff_id": staff_id, "client_id": client_id, "place_id": place_id}
    return _found_or_made({name: number for name, number in wanted.items() if number is not None})[
        0
    ]


def resources_for(*, staff_id: int, client_id: int, place_id: int) -> tuple[int, int, int]:
    """The resources of a therapist, a client and a place, in this order: one query."""
    found = _found_or_made({"staff_id": staff_id, "client_id": client_id, "place_id": place_id})
    return found[0], found[1], found[2]


def _found_or_made(wanted: dict[str, int]) -> list[int]:
    found = _find(wanted)
    for name, number in wanted.items():
        if name not in found:
            insert_once(Resource, **{name: number})
    if len(found) < len(wanted):
        found = _find(wanted)
    return [found[name] for name in wanted]


def _find(wanted: dict[str, int]) -> dict[str, int]:
    rows = db.session.execute(
        select(Resource.id, Resource.staff_id, Resource.client_id, Resource.place_id).where(
            or_(*(getattr(Resource, name) == number for name, number in wanted.items()))
        )
    ).mappings()
    return {
        name: row["id"] for row in rows for name, number in wanted.items() if row[name] == number
    }
