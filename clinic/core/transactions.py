"""The one place that commits, and the order in which locks are taken.

Lock order, everywhere: the house, the screening rules, persons, resources by ascending id, then
an authorisation, then a credit or gift card, then the invoice counter, and the head of the change
log last, taken by the transaction's own end.
"""

import logging
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from enum import IntEnum
from functools import lru_cache
from typing import Any, TypeVar

from sqlalchemy import ColumnElement, Connection, Engine, func, select
from sqlalchemy.orm import Session

from clinic.core.db import db, let_go, read_at_first
from clinic.core.swift import Swift

log = logging.getLogger(__name__)

_R = TypeVar("_R")
BeforeCommit = Callable[[Session], None]

_before_commit: list[BeforeCommit] = []
_before_part: list[BeforeCommit] = []


class Lock(IntEnum):
    """Kinds of lock, in the only order in which they may be taken."""

    HOUSE = 0
    """What concerns the clinic as a whole, such as that it keeps an owner."""
    RULES = 1
    """The screening rules: shared by all who judge by them, alone whoever changes them."""
    PERSON = 2
    """What is known of a client: whoever changes it, and whoever judges by it, by record."""
    RESOURCE = 3
    AUTHORISATION = 4
    CREDIT = 5
    INVOICE_COUNTER = 6
    CHANGE_LOG = 7


Key = tuple[Lock, int]
RULES_SHARED: Key = (Lock.RULES, 0)
"""Held by all who judge by the rules, side by side."""
RULES_ALONE: Key = (Lock.RULES, 1)
"""Held by who changes a rule: nobody judges meanwhile."""


class LockOrderError(RuntimeError):
    """Locks were taken in an order that could deadlock: a fault of ours."""


def before_commit(act: BeforeCommit) -> None:
    """Have something done at the end of every transaction, just before it commits."""
    if act not in _before_commit:
        _before_commit.append(act)


def before_part(act: BeforeCommit) -> None:
    """Have something tried at the end of what is done apart: where it fails, that part alone is
    undone, and not the whole at its end."""
    if act not in _before_part:
        _before_part.append(act)


@contextmanager
def transaction() -> Iterator[Session]:
    """Commit what the block did, or none of it.

    What was read before is read again inside, under the write lock, so that no
    decision rests on what another desk has changed meanwhile.
    """
    session = db.session()
    if session.info.get("in_transaction"):
        raise RuntimeError("transactions do not nest")
    session.rollback()
    let_go()
    read_at_first().clear()
    session.info["in_transaction"] = True
    session.connection(execution_options={"sqlite_begin": "IMMEDIATE"})
    try:
        yield session
        session.flush()
        for act in _before_commit:
            act(session)
        session.commit()
    except BaseException:
        session.rollback()
        session.info.pop("tally", None)
        raise
    finally:
        session.info.pop("in_transaction", None)
        read_at_first().clear()
        session.info.pop("locks", None)


def apart(what: str, act: Callable[[], _R]) -> _R | None:
    """Do something to one of many: where it fails it alone is undone, and the others go on.

    None where it failed. ``what`` says which one, telling nothing; it is logged with the kind of
    the error, never with its message, which may quote what somebody typed.
    """
    try:
        with db.session.begin_nested():
            found = act()
            session = db.session()
            session.flush()
            for attempt in _before_part:
                attempt(session)
            return found
    except Exception as error:  # noqa: BLE001 - whatever it was, the others go on
        log.error("%s failed, %s", what, type(error).__name__)  # noqa: TRY400
        return None


def tally(name: str, count: int) -> None:
    """Count what a transaction brings about besides; forgotten where it fails."""
    counts: dict[str, int] = db.session().info.setdefault("tally", {})
    counts[name] = counts.get(name, 0) + count


def tallied(name: str) -> int:
    """What was brought about so, in this request."""
    found: int = db.session().info.get("tally", {}).get(name, 0)
    return found


@contextmanager
def separate_transaction(engine: Engine | None = None) -> Iterator[Connection]:
    """A short transaction of its own, kept whatever becomes of the request.

    For sign-in counters, sessions' last-seen times and the log of reads.
    """
    with _immediate(engine or db.engine).connect() as connection, connection.begin():
        yield connection


def write_alone(engine: Engine, statement: Swift, **values: Any) -> None:
    """Run one statement on SQLite that is a transaction by itself, kept whatever becomes of the
    request. To begin and to end one around it would cost more than it does."""
    with engine.connect() as connection:
        statement.alone(connection, **values)


@lru_cache(maxsize=8)
def _immediate(engine: Engine) -> Engine:
    """The same engine, whose transactions take the write lock when they begin."""
    return engine.execution_options(sqlite_begin="IMMEDIATE")


def refresh() -> None:
    """End the reading transaction, so that the next read sees what others committed."""
    db.session.rollback()
    read_at_first().clear()


def lock(kind: Lock, *ids: int) -> None:
    """Take locks of one kind until the transaction ends, ids ascending.

    On SQLite the whole transaction holds the one write lock already. Raises
    LockOrderError where a later kind is held.
    """
    lock_all((kind, number) for number in ids)


def lock_all(keys: Iterable[Key]) -> None:
    """The same for locks of several kinds, in one statement. Raises LockOrderError."""
    session = db.session()
    held: dict[tuple[int, int], bool] = session.info.setdefault("locks", {})
    is_nested = session.in_nested_transaction()
    wanted: list[tuple[int, int]] = []
    for key in sorted({(int(kind), number) for kind, number in keys}):
        if key not in held and held and key < max(held):
            raise LockOrderError(f"{key} after {max(held)}")
        if held.get(key):
            continue
        # A savepoint that is rolled back gives its locks up: those are asked for again.
        held[key] = not is_nested
        wanted.append(key)
    if wanted and session.get_bind().dialect.name == "postgresql":
        # One statement: a select list is worked through from left to right.
        session.execute(select(*(_taken(*key) for key in wanted)))


def _taken(kind: int, number: int) -> ColumnElement[Any]:
    if kind != Lock.RULES:
        return func.pg_advisory_xact_lock(kind, number)
    if number == RULES_SHARED[1]:
        return func.pg_advisory_xact_lock_shared(kind, 0)
    return func.pg_advisory_xact_lock(kind, 0)
