"""What can be taken: a row each for a therapist, a client, a place, a piece of equipment."""

from collections.abc import Mapping, Sequence
from functools import lru_cache
from types import MappingProxyType
from typing import Any

from sqlalchemy import BigInteger, bindparam, or_, select
from sqlalchemy.dialects import postgresql, sqlite

from clinic.core.db import Base, db
from clinic.core.swift import Swift
from clinic.timetable.models import Resource

_NAMES = ("staff_id", "client_id", "place_id", "equipment_id")
_INSERT = {"postgresql": postgresql.insert, "sqlite": sqlite.insert}


def insert_once(table: type[Base], **values: Any) -> None:
    """Make a row unless it is there; of two who make it at once, one does."""
    make: Any = _INSERT[db.session.get_bind().dialect.name]
    db.session.execute(make(table).values(**values).on_conflict_do_nothing())


def resource_for(
    *,
    staff_id: int | None = None,
    client_id: int | None = None,
    place_id: int | None = None,
    equipment_id: int | None = None,
) -> int:
    """The resource of one therapist, client, place or piece of equipment; made when first
    needed, inside a verb."""
    wanted = {
        "staff_id": staff_id,
        "client_id": client_id,
        "place_id": place_id,
        "equipment_id": equipment_id,
    }
    return _found_or_made([(name, number) for name, number in wanted.items() if number])[0]


def resources_for(
    *,
    staff_id: int,
    client_id: int | None,
    place_id: int,
    equipment_ids: Sequence[int] = (),
    known: Mapping[tuple[str, int], int] = MappingProxyType({}),
) -> tuple[int, ...]:
    """The resources of a therapist, a client (0 without one), a place and the pieces of
    equipment, in this order: one query, and none where all of them are ``known`` already."""
    wanted = [("staff_id", staff_id), ("place_id", place_id)]
    if client_id is not None:
        wanted.append(("client_id", client_id))
    found = _found_or_made([*wanted, *(("equipment_id", one) for one in equipment_ids)], known)
    therapist, place, *rest = found
    client = rest.pop(0) if client_id is not None else 0
    return (therapist, client, place, *rest)


def _found_or_made(
    wanted: list[tuple[str, int]], known: Mapping[tuple[str, int], int] = MappingProxyType({})
) -> list[int]:
    found = known if all(one in known for one in wanted) else _find(wanted)
    missing = [one for one in wanted if one not in found]
    for name, number in missing:
        insert_once(Resource, **{name: number})
    if missing:
        found = _find(wanted)
    return [found[one] for one in wanted]


def _find(wanted: list[tuple[str, int]]) -> Mapping[tuple[str, int], int]:
    db.session.flush()
    asked = {f"number_{place}": number for place, (_, number) in enumerate(wanted)}
    query = _query_for(tuple(name for name, _ in wanted))
    return {
        (name, number): row[0]
        for row in query.raw(db.session.connection(), **asked)
        for name, number in zip(_NAMES, row[1:], strict=True)
        if number is not None
    }


@lru_cache(maxsize=64)
def _query_for(names: tuple[str, ...]) -> Swift:
    """The query for one resource of each of these kinds; put together once."""
    wanted = [
        getattr(Resource, name) == bindparam(f"number_{place}", 0, BigInteger)
        for place, name in enumerate(names)
    ]
    return Swift(
        select(Resource.id, *(getattr(Resource, name) for name in _NAMES)).where(or_(*wanted))
    )
