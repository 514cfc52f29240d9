"""Statements that every request makes: put together once, then run by the driver.

They are written with the toolkit like all others and pass the same engine events
(so the guard sees them and they are counted); only the work of turning them into
SQL again and again is left out. Their parameters are ``bindparam`` with a default.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Dialect, Executable

_Convert = Callable[[Any], Any]


@dataclass(frozen=True, slots=True)
class _Ready:
    """A statement as one kind of database takes it."""

    sql: str
    order: tuple[str, ...] | None
    constants: dict[str, Any]
    incoming: tuple[tuple[str, _Convert], ...]
    outgoing: tuple[tuple[int, _Convert], ...]


class Swift:
    """One statement, ready to be run."""

    def __init__(self, statement: Executable) -> None:
        self._statement: Any = statement
        self._ready: dict[str, _Ready] = {}

    def run(self, connection: Connection, **values: Any) -> None:
        """Run it for its effect."""
        self._execute(connection, values)

    def first(self, connection: Connection, **values: Any) -> list[Any] | None:
        """The first row, its columns in the order of the statement; None where there is none."""
        ready, result = self._execute(connection, values)
        row = result.fetchone()
        result.close()
        if row is None:
            return None
        columns = list(row)
        for index, convert in ready.outgoing:
            if columns[index] is not None:
                columns[index] = convert(columns[index])
        return columns

    def _execute(self, connection: Connection, values: Mapping[str, Any]) -> tuple[_Ready, Any]:
        dialect = connection.dialect
        ready = self._ready.get(dialect.name)
        if ready is None:
            ready = self._ready[dialect.name] = self._prepare(dialect)
        given: dict[str, Any] = {**ready.constants, **values}
        for name, convert in ready.incoming:
            given[name] = convert(given[name])
        sent: Any = tuple(given[name] for name in ready.order) if ready.order else given
        return ready, connection.exec_driver_sql(ready.sql, sent)

    def _prepare(self, dialect: Dialect) -> _Ready:
        compiled = self._statement.compile(
            dialect=dialect, compile_kwargs={"render_postcompile": True}
        )
        columns = getattr(self._statement, "selected_columns", ())
        incoming = (
            (name, bound.type.dialect_impl(dialect).bind_processor(dialect))
            for name, bound in compiled.binds.items()
            if not bound.literal_execute
        )
        outgoing = (
            (index, column.type.dialect_impl(dialect).result_processor(dialect, None))
            for index, column in enumerate(columns)
        )
        return _Ready(
            sql=str(compiled),
            order=tuple(compiled.positiontup) if compiled.positional else None,
            constants=dict(compiled.params),
            incoming=tuple((name, convert) for name, convert in incoming if convert),
            outgoing=tuple((index, convert) for index, convert in outgoing if convert),
        )
