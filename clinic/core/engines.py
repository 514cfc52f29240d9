"""How the two databases are set up: the same promises from each.

SQLite runs in WAL with synchronous=FULL, foreign keys on and every writing
transaction begun IMMEDIATE. A library older than 3.51.3 can corrupt a WAL file
when two connections reset it at once (https://sqlite.org/wal.html, "the WAL-reset bug"),
so with such a one the rollback journal with synchronous=EXTRA is used instead.
"""

import sqlite3
from importlib import import_module
from types import ModuleType
from typing import Any

from sqlalchemy import Engine, event

from clinic.core.errors import forget_values
from clinic.core.queueing import form_a_line, stand_in_line
from clinic.core.swift import with_one_plan

SAFE_WAL = (3, 51, 3)
WITHDRAWN = (3, 52, 0)
CACHE_KIB = 32 * 1024
"""Pages that a connection keeps in memory: enough for the indexes of a large clinic."""
ONE_PLAN = "sqlite_one_plan"
"""An execution option of a large statement whose plan does not hang on its values."""
BUSY_MS = 30_000
"""How long a writer waits for another, in milliseconds, before it is told to try again."""

_READ_PRAGMAS = {
    "database_list", "foreign_key_check", "foreign_key_list", "index_info", "index_list",
    "index_xinfo", "integrity_check", "quick_check", "table_info", "table_list", "table_xinfo",
}  # fmt: skip
_READABLE_SETTINGS = {
    "foreign_keys", "journal_mode", "synchronous", "recursive_triggers", "busy_timeout",
    "secure_delete", "trusted_schema", "user_version", "data_version",
}  # fmt: skip


def sqlite_module() -> ModuleType:
    """The newest SQLite at hand: the bundled wheel's where there is one, else Python's own."""
    try:
        return import_module("pysqlite3.dbapi2")
    except ImportError:
        return sqlite3


def wal_is_safe(version: tuple[int, ...]) -> bool:
    """Whether this library may write a WAL file from several connections."""
    return version >= SAFE_WAL and version != WITHDRAWN


def set_up(engine: Engine, *, may_alter: bool = False) -> None:
    """Prepare every connection of an engine; only migrations ``may_alter`` tables."""
    if engine.dialect.name != "sqlite":
        event.listen(engine, "handle_error", _forget_values)
        return
    module = sqlite_module()
    safe = wal_is_safe(module.sqlite_version_info)

    @event.listens_for(engine, "connect")
    def connect(connection: Any, record: Any) -> None:
        connection.isolation_level = None
        for pragma in (
            f"busy_timeout={BUSY_MS}",
            "journal_mode=WAL" if safe else "journal_mode=DELETE",
            "synchronous=FULL" if safe else "synchronous=EXTRA",
            "foreign_keys=ON",
            "recursive_triggers=ON",
            "secure_delete=ON",
            "trusted_schema=OFF",
            f"cache_size=-{CACHE_KIB}",
        ):
            connection.execute(f"PRAGMA {pragma}")
        if not may_alter:
            connection.set_authorizer(_authorizer(module))

    @event.listens_for(engine, "begin")
    def begin(connection: Any) -> None:
        mode = connection.get_execution_options().get("sqlite_begin", "")
        if mode:
            stand_in_line(connection.connection.info, BUSY_MS)
        connection.connection.dbapi_connection.execute(f"BEGIN {mode}")

    event.listen(engine, "before_cursor_execute", _plan_once, retval=True)
    form_a_line(engine)


def _plan_once(*about: Any) -> tuple[str, Any]:
    _, _, sql, values, context, _ = about
    if context is not None and context.execution_options.get(ONE_PLAN):
        sql = with_one_plan(sql)
    return sql, values


def _forget_values(context: Any) -> None:
    forget_values(context.original_exception, context.sqlalchemy_exception)


def _authorizer(module: ModuleType) -> Any:
    """Refuse to the application what only a migration may: to drop, alter or make tables."""
    refused = {
        getattr(module, name)
        for name in (
            "SQLITE_DROP_TABLE", "SQLITE_DROP_TRIGGER", "SQLITE_DROP_INDEX", "SQLITE_DROP_VIEW",
            "SQLITE_ALTER_TABLE", "SQLITE_CREATE_TABLE", "SQLITE_CREATE_TRIGGER",
            "SQLITE_CREATE_INDEX", "SQLITE_CREATE_VIEW", "SQLITE_ATTACH", "SQLITE_DETACH",
        )
    }  # fmt: skip
    master_writes = {module.SQLITE_INSERT, module.SQLITE_UPDATE, module.SQLITE_DELETE}
    pragma, ok, deny = module.SQLITE_PRAGMA, module.SQLITE_OK, module.SQLITE_DENY

    def authorize(action: int, first: Any, second: Any, database: Any, trigger: Any) -> int:
        if action in refused:
            return int(deny)
        if action in master_writes and first in ("sqlite_master", "sqlite_schema"):
            return int(deny)
        if action == pragma and first not in _READ_PRAGMAS:
            return int(ok if second is None and first in _READABLE_SETTINGS else deny)
        return int(ok)

    return authorize
