"""Statements that pages make again and again: put together once, then run by the driver.

They are written with the toolkit like all others and meet the same engine events
(so the guard sees them and they are counted); only the work of turning them into
SQL, and rows into results, again and again is left out. Their parameters are
``bindparam`` with a default. A statement with lists of values is none for this.
"""

import re
from collections import namedtuple
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from sqlalchemy import Connection, Dialect, Executable
from sqlalchemy.exc import DBAPIError

from clinic.core.errors import forget_values

_Convert = Callable[[Any], Any]
_VALUE = re.compile(r"('(?:[^']|'')*')|\?")
"""A value, as SQLite's statements hold it; a written text, in which a ``?`` is none."""


@lru_cache(maxsize=256)
def with_one_plan(sql: str) -> str:
    """A statement of SQLite that is planned once.

    It looks at a bare value to choose a plan by its statistics, and so plans the statement
    anew each time it is run. As an expression the value is left alone.
    """
    return _VALUE.sub(lambda found: found[1] or "+?", sql)


@dataclass(frozen=True, slots=True)
class _Ready:
    """A statement as one kind of database takes it."""

    sql: str
    order: tuple[str, ...] | None
    constants: dict[str, Any]
    incoming: tuple[tuple[str, _Convert], ...]
    outgoing: tuple[tuple[int, _Convert], ...]
    row: Callable[[Sequence[Any]], Any]

    def values(self, given: Mapping[str, Any]) -> Any:
        """The parameters as the driver wants them."""
        sent: dict[str, Any] = {**self.constants, **given}
        for name, convert in self.incoming:
            sent[name] = convert(sent[name])
        return tuple([sent[name] for name in self.order]) if self.order is not None else sent

    def columns(self, found: Any) -> list[Any]:
        """A row of the driver, its values as Python knows them."""
        columns = list(found)
        for index, convert in self.outgoing:
            if columns[index] is not None:
                columns[index] = convert(columns[index])
        return columns


class Swift:
    """One statement, ready to be run."""

    def __init__(self, statement: Executable) -> None:
        self._statement: Any = statement
        self._ready: dict[str, _Ready] = {}

    def run(self, connection: Connection, **values: Any) -> None:
        """Run it for its effect."""
        ready = self._for(connection.dialect)
        if not connection.in_transaction():
            connection.begin()
        _read(connection, ready.sql, ready.values(values), most=0)

    def alone(self, connection: Connection, **values: Any) -> None:
        """Run it for its effect where no transaction is begun, as one of its own."""
        ready = self._for(connection.dialect)
        _read(connection, ready.sql, ready.values(values), most=0)

    def first(self, connection: Connection, **values: Any) -> list[Any] | None:
        """The first row, its columns in the order of the statement; None where there is none."""
        ready = self._for(connection.dialect)
        found = _read(connection, ready.sql, ready.values(values), most=1)
        return ready.columns(found[0]) if found else None

    def rows(self, connection: Connection, **values: Any) -> list[Any]:
        """All rows, as tuples whose columns have the names that the statement gives them."""
        return self.named(connection.dialect, self.raw(connection, **values))

    def raw(self, connection: Connection, **values: Any) -> list[tuple[Any, ...]]:
        """All rows just as the driver gives them: dates, instants and truth are its own."""
        ready = self._for(connection.dialect)
        found: list[tuple[Any, ...]] = _read(connection, ready.sql, ready.values(values))
        return found

    def named(self, dialect: Dialect, found: Iterable[Sequence[Any]]) -> list[Any]:
        """What ``raw`` gave, as ``rows`` would have given it."""
        ready = self._for(dialect)
        row, columns = ready.row, ready.columns
        if not ready.outgoing:
            return [row(one) for one in found]
        return [row(columns(one)) for one in found]

    def _for(self, dialect: Dialect) -> _Ready:
        ready = self._ready.get(dialect.name)
        if ready is None:
            ready = self._ready[dialect.name] = self._prepare(dialect)
        return ready

    def _prepare(self, dialect: Dialect) -> _Ready:
        compiled = self._statement.compile(
            dialect=dialect, compile_kwargs={"render_postcompile": True}
        )
        columns = getattr(self._statement, "selected_columns", ())
        # By its name: a parameter may stand at several places.
        incoming = {
            name: bound.type.dialect_impl(dialect).bind_processor(dialect)
            for bound, name in compiled.bind_names.items()
            if not bound.literal_execute
        }
        outgoing = (
            (index, column.type.dialect_impl(dialect).result_processor(dialect, None))
            for index, column in enumerate(columns)
        )
        sql = str(compiled)
        if dialect.name == "sqlite":
            sql = with_one_plan(sql)
        names = [getattr(column, "key", None) or "" for column in columns]
        return _Ready(
            sql=sql,
            order=tuple(compiled.positiontup) if compiled.positional else None,
            constants=dict(compiled.params),
            incoming=tuple((name, convert) for name, convert in incoming.items() if convert),
            outgoing=tuple((index, convert) for index, convert in outgoing if convert),
            row=_named(names),
        )


def _named(names: list[str]) -> Callable[[Sequence[Any]], Any]:
    """How a row's values become a tuple whose parts have names."""
    row: Any = namedtuple("Row", names, rename=True)  # type: ignore[misc]
    return row._make


def _read(connection: Connection, sql: str, values: Any, *, most: int | None = None) -> Any:
    """Rows as the driver gives them, at most so many. Raises what the toolkit raises for it."""
    cursor: Any = connection.connection.cursor()
    try:
        with closing(cursor):
            for hear in connection.dispatch.before_cursor_execute:
                sql, values = hear(connection, cursor, sql, values, None, False)
            cursor.execute(sql, values)
            if most == 0:
                return []
            return cursor.fetchall() if most is None else cursor.fetchmany(most)
    except connection.dialect.loaded_dbapi.Error as error:
        raise _as_raised(connection, sql, error) from error


def _as_raised(connection: Connection, sql: str, error: Any) -> Exception:
    """The toolkit's own error for a driver's; a connection that is gone is given up.

    So is one on which no transaction was begun: the driver's own would refuse what is asked next.
    """
    dialect: Any = connection.dialect
    forget_values(error)
    is_gone = bool(dialect.is_disconnect(error, connection.connection, None))
    raised: Exception = DBAPIError.instance(
        sql, None, error, dialect.loaded_dbapi.Error,
        hide_parameters=True, connection_invalidated=is_gone, dialect=dialect,
    )  # fmt: skip
    if is_gone or not connection.in_transaction():
        connection.invalidate(error)
    return raised
