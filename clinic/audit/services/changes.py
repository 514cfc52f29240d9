"""The log of changes: every audited row's change, chained, in the same transaction."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Any, NamedTuple

from sqlalchemy import event, func, insert, select
from sqlalchemy import inspect as look_into
from sqlalchemy.orm import Mapper, ORMExecuteState, Session
from sqlalchemy.orm.util import identity_key

from clinic.audit.models import ChangeEntry
from clinic.audit.rules import START, link
from clinic.core.clock import now
from clinic.core.db import Base, db, plain
from clinic.core.guard import current_verb, writing
from clinic.core.permissions import SYSTEM, Actor
from clinic.core.swift import Swift
from clinic.core.tracing import reference
from clinic.core.transactions import Lock, before_commit, before_part, lock
from clinic.core.vault import HOUSE, SubjectKey, Wrapped, house_key, vault

_SKIPPED = frozenset({"id", "public_id", "version", "created_at", "updated_at"})
_TABLE: Any = ChangeEntry.__table__
_ADD = insert(_TABLE)
_LAST = select(func.max(ChangeEntry.seq)).scalar_subquery()
_HEAD = Swift(
    select(ChangeEntry.seq, ChangeEntry.hash, SubjectKey.id, SubjectKey.subject, SubjectKey.wrapped)
    .join_from(SubjectKey, ChangeEntry, ChangeEntry.seq == _LAST, isouter=True)
    .where(SubjectKey.subject == HOUSE)
)
"""Number and hash of the last entry, with the house's own key: one query for every change."""
ROW_KINDS = ("added", "changed", "removed")


@dataclass(frozen=True, slots=True)
class Change:
    """One row's change, as it was when it was flushed."""

    verb: str
    actor: Actor
    kind: str
    table: str
    object_id: str
    key_id: int | None
    values: dict[str, Any]
    key: SubjectKey | None = None
    """The key, where it is at hand: held, so that it is not read again."""


def watch() -> None:
    """Begin to note changes; called once, when the house is put together."""
    if not event.contains(db.session, "after_flush", _note):
        event.listen(db.session, "after_flush", _note)
        event.listen(db.session, "after_soft_rollback", _forget)
        event.listen(db.session, "after_transaction_create", _mark)
        event.listen(db.session, "do_orm_execute", _refuse_unnoted)
    before_part(_try_keys)
    before_commit(_close)


class UnnotedChange(RuntimeError):
    """A statement would change audited rows in bulk, past the log: a fault of ours."""


def _refuse_unnoted(statement: ORMExecuteState) -> None:
    """Audited rows change one by one, so that each change is noted.

    A statement that must not be noted says why in its execution option ``unaudited``.
    """
    is_change = statement.is_update or statement.is_delete or statement.is_insert
    if not is_change or current_verb() is None:
        return  # without a verb the guard refuses it
    mapper = statement.bind_mapper
    if (
        mapper is not None
        and mapper.class_.is_audited
        and not statement.execution_options.get("unaudited")
    ):
        raise UnnotedChange(f"a bulk statement on {mapper.class_.__name__}")


def _note(session: Session, context: Any) -> None:
    noted = session.info.setdefault("changes", [])
    for kind, rows in zip(ROW_KINDS, (session.new, session.dirty, session.deleted), strict=True):
        noted.extend(_changes(session, kind, rows))


def note_new(row: Base) -> None:
    """Note a new row that no flush writes, before it counts as written."""
    session = db.session()
    session.info.setdefault("changes", []).extend(_changes(session, "added", [row]))


def _changes(session: Session, kind: str, rows: Any) -> Iterator[Change]:
    verb, actor = current_verb() or ("", SYSTEM)
    for row in rows:
        if not (isinstance(row, Base) and row.is_audited):
            continue
        values = _values(row, kind)
        if values or kind != "changed":
            key_id = row.subject_key_id()
            name = getattr(row, "public_id", None) or _key(row)
            key = session.identity_map.get(identity_key(SubjectKey, key_id)) if key_id else None
            yield Change(verb, actor, kind, row.__tablename__, name, key_id, values, key)


def _key(row: Base) -> str:
    return str(look_into(row).mapper.primary_key_from_instance(row)[0])


def _values(row: Base, kind: str) -> dict[str, Any]:
    """Field by field, what was and what is; a removed row says what it was."""
    state = look_into(row)
    values: dict[str, Any] = {}
    for name in _fields_of(state.mapper):
        if kind == "removed":
            before, after = getattr(row, name), None
        elif name not in state.committed_state:
            continue  # nobody has set it
        elif kind == "added":
            before, after = None, state.dict.get(name)
        else:
            history = state.attrs[name].history
            before = history.deleted[0] if history.deleted else None
            after = history.added[0] if history.added else None
        if before is None and after is None:
            continue
        values[name] = "changed" if name in row.kept_from_audit else [plain(before), plain(after)]
    return values


@lru_cache(maxsize=256)
def _fields_of(mapper: Mapper[Any]) -> tuple[str, ...]:
    return tuple(one.key for one in mapper.column_attrs if one.key not in _SKIPPED)


def _mark(session: Session, transaction: Any) -> None:
    session.info.setdefault("marks", {})[id(transaction)] = len(session.info.get("changes", ()))


def _forget(session: Session, transaction: Any) -> None:
    """What a rolled-back savepoint did was not done."""
    length = session.info.get("marks", {}).pop(id(transaction), 0)
    del session.info.get("changes", [])[length:]


def _try_keys(session: Session) -> None:
    """See now whether what a part changed can be sealed: when all is chained it is too late to
    undo that part alone. Raises CannotOpen, NoResultFound."""
    begun = session.info.get("marks", {}).get(id(session.get_nested_transaction()), 0)
    for change in session.info.get("changes", [])[begun:]:
        if change.key_id is not None:
            vault().hold(change.key or session.get_one(SubjectKey, change.key_id))


def _close(session: Session) -> None:
    """Chain what was noted: the last thing a transaction does, under the log's lock."""
    changes: list[Change] = session.info.pop("changes", [])
    session.info.pop("marks", None)
    if not changes:
        return
    with writing("audit.close", changes[0].actor):
        lock(Lock.CHANGE_LOG, 0)
        session.connection().execute(_ADD, list(_entries(session, changes)))


def _entries(session: Session, changes: list[Change]) -> Iterator[dict[str, Any]]:
    seq, before, house = _head(session)
    chain_key, at = vault().derive("change log"), now()
    for change in changes:
        seq += 1
        key: Wrapped = house
        if change.key_id is not None:
            key = change.key or session.get_one(SubjectKey, change.key_id)
        text = json.dumps(change.values, separators=(",", ":"))
        entry = {
            "seq": seq,
            "at": at,
            "actor_id": change.actor.id,
            "verb": change.verb,
            "kind": change.kind,
            "object_table": change.table,
            "object_id": change.object_id,
            "subject_key_id": change.key_id or house.id,
            "fields": ",".join(change.values),
            "sealed_values": vault().seal(key, f"change_entry.sealed_values.{seq}", text),
            "request_ref": reference(),
        }
        own = link(chain_key, facts(entry, ChangeEntry.CHAINED), before)
        yield entry | {"previous": before, "hash": own}
        before = own


class _House(NamedTuple):
    id: int
    subject: str
    wrapped: bytes


def _head(session: Session) -> tuple[int, bytes, _House]:
    """Number and hash of the last entry, and the house's key, made when it is first needed."""
    found = _HEAD.first(session.connection())
    if found is None:
        house_key()
        found = _HEAD.first(session.connection()) or []
    seq, before, *key = found
    return seq or 0, before or START, _House(*key)


def facts(entry: dict[str, Any], names: tuple[str, ...]) -> list[Any]:
    """An entry's values in the order in which they are hashed."""
    return [plain(_to_second(entry[name])) for name in names]


def _to_second(value: Any) -> Any:
    return value.isoformat(timespec="microseconds") if isinstance(value, datetime) else value
