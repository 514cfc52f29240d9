"""One new row written at once: as a flush would write it, and noted as a flush would have it noted.

A flush looks through all that a session holds and sorts it by what leans on what. Where one row
comes by itself, and all it leans on is there, that is most of what writing it costs.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from sqlalchemy import bindparam, insert
from sqlalchemy import inspect as look_into
from sqlalchemy.orm import MANYTOONE, Mapper
from sqlalchemy.orm.attributes import set_committed_value

from clinic.audit.services.changes import note_new
from clinic.core.db import Base, db
from clinic.core.swift import Swift


@dataclass(frozen=True, slots=True)
class _Shape:
    """A kind of row: its statement, the columns it fills, what they have where nothing is said,
    the numbers that follow from the rows it belongs to, and its lists."""

    add: Swift
    columns: tuple[tuple[str, str], ...]
    defaults: tuple[tuple[str, Callable[[], Any]], ...]
    belongs: tuple[tuple[str, tuple[tuple[str, str], ...]], ...]
    lists: tuple[str, ...]


def put(row: Base) -> None:
    """Write a new row that has a number of its own, after all that the session has to write.

    What it has of its own (lists of rows) is set afterwards. Raises what the database raises.
    """
    session = db.session()
    shape, state = _shape_of(type(row)), look_into(row)
    held = state.dict
    others = [(held[name], pairs) for name, pairs in shape.belongs if held.get(name) is not None]
    session.add_all(other for other, _ in others)
    session.flush()
    for other, pairs in others:
        for own, theirs in pairs:
            setattr(row, own, getattr(other, theirs))
    given = {name: make() for name, make in shape.defaults if held.get(name) is None}
    values = {column: given.get(name, held.get(name)) for name, column in shape.columns}
    found = shape.add.first(session.connection(), **values)
    note_new(row)
    for name, value in (*given.items(), ("id", found[0] if found else None)):
        set_committed_value(row, name, value)
    for name in shape.lists:
        if name not in held:
            set_committed_value(row, name, [])
    session.add(row)
    # What a flush does last: from here on it is a row like all others, and it is gone from the
    # session where the transaction, or its savepoint, is rolled back.
    session._register_persistent({state})


@lru_cache(maxsize=64)
def _shape_of(kind: type[Base]) -> _Shape:
    mapper: Mapper[Any] = look_into(kind)
    table: Any = kind.__table__
    columns = {
        mapper.get_property_by_column(one).key: one for one in table.columns if one.name != "id"
    }
    belongs = tuple(
        (
            one.key,
            tuple(
                (mapper.get_property_by_column(own).key, one.mapper.get_property_by_column(its).key)
                for own, its in one.local_remote_pairs
            ),
        )
        for one in mapper.relationships
        if one.direction is MANYTOONE and not one.viewonly
    )
    return _Shape(
        Swift(
            insert(table)
            .values({one.name: bindparam(one.name) for one in columns.values()})
            .returning(table.c.id)
        ),
        tuple((name, one.name) for name, one in columns.items()),
        tuple(_defaults(mapper, columns)),
        belongs,
        tuple(one.key for one in mapper.relationships if one.uselist and not one.viewonly),
    )


def _defaults(mapper: Mapper[Any], columns: dict[str, Any]) -> Any:
    for name, column in columns.items():
        if column is mapper.version_id_col:
            yield name, lambda: 1
        elif column.default is not None:
            yield name, _maker(column.default)


def _maker(default: Any) -> Callable[[], Any]:
    value = default.arg
    return (lambda: value(None)) if default.is_callable else (lambda: value)
