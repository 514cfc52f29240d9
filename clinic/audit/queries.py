"""What the change log says of a thing; the values stay sealed until they are asked for."""

import json
from collections import deque
from collections.abc import Callable, Sequence
from itertools import count, takewhile
from threading import Lock
from typing import Any, Generic, TypeVar

from sqlalchemy import BigInteger, Engine, Row, Select, bindparam, func, select

from clinic.audit.models import ChangeEntry, access_entry
from clinic.core.db import at_hand, db, read_at_first, session
from clinic.core.swift import Swift
from clinic.core.vault import SubjectKey, vault

_T = TypeVar("_T")
FOLLOWED_AT_ONCE = 500
REMEMBERED = 1000
"""So many of the newest changes are remembered row by row."""
Mark = tuple[int, int]
Head = tuple[int, bytes]
"""Number and hash of a change; of none, where there was none yet."""


def changes_of(table: str, object_id: str) -> Select[ChangeEntry]:
    """Every change of one row, newest first."""
    return (
        select(ChangeEntry)
        .where(ChangeEntry.object_table == table, ChangeEntry.object_id == object_id)
        .order_by(ChangeEntry.seq.desc())
    )


def values_of(entry: ChangeEntry) -> dict[str, Any]:
    """The entry's fields, each with what was and what is, opened.

    Nothing, where the key was destroyed: a client whose import was taken back.
    """
    key = db.session.get(SubjectKey, entry.key_id)
    if key is None:
        return {}
    place = f"change_entry.sealed_values.{entry.seq}"
    values: dict[str, Any] = json.loads(vault().open(key, place, entry.sealed_values))
    return values


def latest_reads(engine: Engine, skipped: int, size: int) -> Sequence[Row[Any]]:
    """Entries of the log of reads, newest first, from the database that holds it."""
    entries = select(access_entry).order_by(access_entry.c.seq.desc())
    with engine.connect() as connection:
        return connection.execute(entries.limit(size).offset(skipped)).all()


LAST = select(func.max(ChangeEntry.seq)).scalar_subquery()
"""The number of the newest change, for a statement that is made anyway."""
_NEWEST = Swift(select(ChangeEntry.seq, ChangeEntry.hash).where(ChangeEntry.seq == LAST))


def newest() -> Head:
    """Number and hash of the newest change; none is read where a request brought it along."""
    known: Head | None = read_at_first().get("newest")
    return known or _head(*(_NEWEST.first(at_hand()) or (None, None)))


def _head(seq: int | None, own: bytes | None) -> Head:
    return seq or 0, bytes(own or b"")


def remember_newest(seq: int | None, own: bytes | None) -> None:
    """Use what another statement brought along, for as long as this work changes nothing."""
    read_at_first()["newest"] = _head(seq, own)


_SEEN: Any = bindparam("seen", None, type_=BigInteger)
_SINCE = Swift(
    select(ChangeEntry.seq, ChangeEntry.hash, ChangeEntry.object_table, ChangeEntry.object_id)
    .where(
        ChangeEntry.seq >= func.coalesce(_SEEN, select(func.max(ChangeEntry.seq)).scalar_subquery())
    )
    .order_by(ChangeEntry.seq)
    .limit(FOLLOWED_AT_ONCE)
)
"""From the last entry that was seen on, itself among them; the newest where none was."""
_beginnings = count()


class Followed:
    """Which tables changed when, as far as this process has followed the change log.

    What was drawn is kept under the mark of the tables that it was drawn of: it stays as long as
    nothing was noted of any of them, whatever else changed meanwhile.
    """

    def __init__(self) -> None:
        self._lock = Lock()
        self._begin()

    def _begin(self) -> None:
        self._beginning = next(_beginnings)
        self._seen: Head | None = None
        self._last: dict[str, int] = {}
        self._from = 0
        self._recent: deque[tuple[int, str, str]] = deque(maxlen=REMEMBERED)

    def look(self) -> None:
        """Read on in the log: one query, and none where the newest change is known and was seen.

        A log that is not the one that was read is begun anew.
        """
        with self._lock:
            if self._seen is not None and self._seen == read_at_first().get("newest"):
                return
            rows = self._read()
            if self._seen is not None and not rows and session().in_transaction():
                # It was begun before what others have seen since: it is no other log.
                return
            is_other = self._seen is not None and (
                not rows or (rows[0][0], bytes(rows[0][1])) != self._seen
            )
            if is_other or len(rows) == FOLLOWED_AT_ONCE:
                self._begin()
                rows = self._read()
            if rows and self._seen is None:
                self._from = rows[-1][0]
            for seq, _, table, own in rows[1:]:
                self._last[table] = seq
                self._recent.append((seq, table, own))
            if rows:
                self._seen = rows[-1][0], bytes(rows[-1][1])

    def _read(self) -> list[tuple[Any, ...]]:
        return _SINCE.raw(at_hand(), seen=self._seen[0] if self._seen else None)

    def mark(self, *tables: str) -> Mark:
        """Another one after any change of one of these tables."""
        with self._lock:
            return self._mark(tables)

    def _mark(self, tables: tuple[str, ...]) -> Mark:
        last = max([self._last.get(table, 0) for table in tables], default=0)
        return self._beginning, last or self._from

    def mark_at(self, head: Head, *tables: str) -> Mark | None:
        """Their mark where this is the newest change that was seen: what is read in a transaction
        that was begun since is not older. None where the log was followed to another one."""
        with self._lock:
            return self._mark(tables) if self._seen == head else None

    def changed(self, table: str, since: Mark) -> frozenset[str] | None:
        """The public ids of the rows of a table that changed after such a mark of it; None where
        that is not remembered, so that any may have."""
        beginning, seen = since
        with self._lock:
            # A mark of before the log was begun at: what stood between them was never read.
            if beginning != self._beginning or seen < self._from:
                return None
            if self._last.get(table, 0) <= seen:
                return frozenset()
            recent = self._recent
            if len(recent) == REMEMBERED and recent[0][0] > seen + 1:
                return None
            newer = takewhile(lambda one: one[0] > seen, reversed(recent))
            return frozenset([own for _, of, own in newer if of == table])


THE_LOG = Followed()
"""As this process has followed it, for all that it keeps."""


class WhileNothingChanges(Generic[_T]):
    """One value of this process, read again once anything at all was changed.

    It is read after the change that it is kept under, and where that is not known, each time:
    another process's change can only cause a reading too much. Of ``tables``, it stays where the
    log was followed and says that none of them changed.
    """

    def __init__(self, read: Callable[[], _T], *tables: str) -> None:
        self._read, self._tables = read, tables
        self._kept: tuple[Head, Mark | None, _T] | None = None

    def get(self) -> _T:
        """The value as it is now."""
        head: Head | None = read_at_first().get("newest")
        if head is None:
            return self._read()
        mark = THE_LOG.mark_at(head, *self._tables) if self._tables else None
        kept = self._kept
        if kept is not None and (kept[0] == head or (mark is not None and kept[1] == mark)):
            return kept[2]
        found = self._read()
        self._kept = head, mark, found
        return found
