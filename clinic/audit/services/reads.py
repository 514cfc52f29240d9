"""The log of reads: one entry a request that showed anybody's record, before it leaves."""

import json
from collections.abc import Iterable
from contextvars import ContextVar
from typing import Any
from weakref import WeakKeyDictionary

from sqlalchemy import Engine, func, insert, select
from sqlalchemy.exc import DBAPIError, OperationalError

from clinic.audit.models import ACCESS_CHAINED, SQLITE_GUARDS, access_entry, access_metadata
from clinic.audit.rules import START, link
from clinic.audit.services.changes import facts
from clinic.core.clock import now
from clinic.core.guard import writing
from clinic.core.permissions import SYSTEM, Actor
from clinic.core.swift import Swift
from clinic.core.tracing import reference
from clinic.core.transactions import Lock, separate_transaction, write_alone
from clinic.core.vault import vault

CATEGORIES = ("contact", "schedule", "clinical")
"""What was seen, the most telling last."""

_HEAD = Swift(
    select(access_entry.c.seq, access_entry.c.hash).order_by(access_entry.c.seq.desc()).limit(1)
)
_ADD = Swift(insert(access_entry))
_LOCK = Swift(select(func.pg_advisory_xact_lock(int(Lock.CHANGE_LOG), 1)))
_Head = tuple[int, bytes]
_heads: WeakKeyDictionary[Engine, _Head] = WeakKeyDictionary()
"""The last entry that this process wrote to each log: most often it is still the head."""
_seen: ContextVar[dict[str, str] | None] = ContextVar("seen", default=None)


def begin_reading() -> None:
    """Open a fresh page for what this request will show."""
    _seen.set({})


def saw(category: str, subjects: Iterable[str]) -> None:
    """Note that these clients (public ids) are being shown to whoever asked."""
    page = _seen.get()
    if page is None:
        return
    for subject in subjects:
        known = page.get(subject)
        if known is None or CATEGORIES.index(category) > CATEGORIES.index(known):
            page[subject] = category


def write_reads(engine: Engine, actor: Actor | None, place: str, *, outcome: str = "shown") -> None:
    """Write what was noted; nothing when nobody's record was shown.

    Raises whatever the database raises: the caller must then show nothing.
    """
    page = _seen.get()
    _seen.set(None)
    if not page and outcome == "shown":
        return
    page = page or {}
    category = max(page.values(), key=CATEGORIES.index, default="contact")
    entry = {
        "at": now(),
        "actor_id": actor.id if actor else None,
        "place": place[:80],
        "category": category,
        "outcome": outcome,
        "subjects": json.dumps(sorted(page)),
        "request_ref": reference(),
    }
    with writing("audit.read", actor or SYSTEM):
        known = _heads.pop(engine, None)
        try:
            _heads[engine] = _append(engine, entry, known)
        except DBAPIError as error:
            if known is None or isinstance(error, OperationalError):
                raise
            # Another process wrote meanwhile, and the table took no entry that follows another.
            _heads[engine] = _append(engine, entry, None)


def _append(engine: Engine, entry: dict[str, Any], head: _Head | None) -> _Head:
    """Write an entry behind the head, which is looked up where it is not known."""
    if head is not None and engine.dialect.name == "sqlite":
        found = _linked(entry, head)
        write_alone(engine, _ADD, **found)
    else:
        with separate_transaction(engine) as connection:
            if connection.dialect.name == "postgresql":
                _LOCK.first(connection)
            last, before = head or _HEAD.first(connection) or (0, START)
            found = _linked(entry, (last, before))
            _ADD.run(connection, **found)
    return found["seq"], found["hash"]


def _linked(entry: dict[str, Any], head: _Head) -> dict[str, Any]:
    """An entry as it is behind this one."""
    last, before = head
    found = entry | {"seq": last + 1}
    own = link(vault().derive("access log"), facts(found, ACCESS_CHAINED), before)
    return found | {"previous": before, "hash": own}


def install_reads(engine: Engine) -> None:
    """Make the log of reads in its own SQLite file; done again, it changes nothing."""
    with engine.begin() as connection:
        if not connection.dialect.has_table(connection, "access_entry"):
            access_metadata.create_all(connection)
            for trigger in SQLITE_GUARDS["access_entry"]:
                connection.exec_driver_sql(trigger)
