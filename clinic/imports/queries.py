"""What was read in, and what of it still stands."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import Table, exists, func, literal, select, union_all
from sqlalchemy.orm import InstrumentedAttribute

from clinic.clients.models import Client, ImportedHistoryLine, Phone, SearchTerm
from clinic.clients.rules import is_similar_name
from clinic.core.db import Base, db
from clinic.directory.models import Organisation, Provider, ProviderAt
from clinic.health.models import FactSheet, HealthFact
from clinic.imports.models import Import, ImportRow

STANDING = ("written", "kept")
REFERRED: dict[str, InstrumentedAttribute[Any]] = {
    "client": Client.import_ref,
    "organisation": Organisation.import_ref,
    "provider": Provider.import_ref,
}
"""Where each kind of entry says by what ref it came."""
MODELS: dict[str, type[Any]] = {
    "client": Client,
    "organisation": Organisation,
    "provider": Provider,
    "history": HealthFact,
}
OWN_PARTS: dict[str, tuple[Any, ...]] = {
    "client": (Phone, SearchTerm, HealthFact, FactSheet),
    "organisation": (),
    "provider": (ProviderAt,),
    "history": (),
}
"""Rows that come and go with one of this kind: that they point to it is no use made of it."""


@dataclass(frozen=True, slots=True)
class Listed:
    """One import as the list shows it."""

    id: int
    at: datetime
    format: str
    source: str
    state: str
    refused: int
    standing: int
    """Rows that it wrote and that are here still."""


def imports() -> list[Listed]:
    """Every import, the newest first."""
    standing = (
        select(func.count(ImportRow.ref.distinct()))
        .where(ImportRow.import_id == Import.id, ImportRow.state.in_(STANDING))
        .scalar_subquery()
    )
    rows = db.session.execute(
        select(
            Import.id, Import.created_at, Import.format, Import.source, Import.state,
            Import.refused, standing,
        ).order_by(Import.id.desc())
    )  # fmt: skip
    return [Listed(*row) for row in rows]


def the_import(number: int) -> Import | None:
    """The import of this number."""
    return db.session.get(Import, number)


def ids_by_ref(kind: str, refs: Collection[str]) -> dict[str, int]:
    """Which of these refs are here, and the ids of their rows."""
    column, model = REFERRED[kind], MODELS[kind]
    rows = db.session.execute(select(column, model.id).where(column.in_(refs)))
    return dict(rows.all())


def digests(kind: str, refs: Collection[str]) -> dict[str, bytes]:
    """What rows said when they were read in, as digests by ref."""
    rows = db.session.execute(
        select(ImportRow.ref, ImportRow.digest).where(
            ImportRow.ref.in_(refs),
            ImportRow.kind == kind,
            ImportRow.state.in_(STANDING),
        )
    )
    return dict(rows.all())


def last_client() -> int:
    """The highest id of a client: those above came later."""
    return db.session.scalar(select(func.max(Client.id))) or 0


def look_alikes(people: Iterable[tuple[str, date | None, str]], up_to: int) -> dict[str, list[str]]:
    """By ref, the numbers of clients up to an id with the same birth date and a similar name."""
    people = list(people)
    days = {born for _, born, _ in people if born is not None}
    by_day: dict[date, list[tuple[str, str]]] = {}
    rows = db.session.execute(
        select(Client.birth_date, Client.number, Client.first_name, Client.last_name).where(
            Client.birth_date.in_(days), Client.id <= up_to, Client.person_id.is_(None)
        )
    )
    for born, number, first, last in rows:
        by_day.setdefault(born or date.min, []).append((number, f"{first} {last}"))
    found = {}
    for ref, born, name in people:
        others = by_day.get(born, []) if born is not None else []
        numbers = [number for number, other in others if is_similar_name(name, other)]
        if numbers:
            found[ref] = numbers
    return found


# ---- undoing


def rows_of(number: int, kind: str, after: int, most: int) -> Sequence[ImportRow]:
    """The next rows of one kind that an import wrote and that stand, by their own ids."""
    return db.session.scalars(
        select(ImportRow)
        .where(
            ImportRow.import_id == number,
            ImportRow.kind == kind,
            ImportRow.state.in_(STANDING),
            ImportRow.id > after,
        )
        .order_by(ImportRow.id)
        .limit(most)
    ).all()


def has_standing(number: int) -> bool:
    """Whether anything is left of what an import wrote."""
    standing = ImportRow.state.in_(("written", "kept", "removed"))
    return bool(db.session.scalar(select(exists().where(ImportRow.import_id == number, standing))))


def removed_rows(number: int, most: int) -> Sequence[ImportRow]:
    """Rows whose object is gone, and whose key is not yet."""
    return db.session.scalars(
        select(ImportRow)
        .where(ImportRow.import_id == number, ImportRow.state == "removed")
        .where(ImportRow.key_id.is_not(None))
        .order_by(ImportRow.id)
        .limit(most)
    ).all()


def locked(kind: str, ids: Collection[int]) -> dict[int, Any]:
    """The rows themselves, held so that nobody can begin to point to them meanwhile."""
    model = MODELS[kind]
    rows = db.session.scalars(
        select(model)
        .where(model.id.in_(ids))
        .order_by(model.id)
        .with_for_update(of=model)
        .execution_options(populate_existing=True)
    )
    return {row.id: row for row in rows}


def pointed_to(kind: str, ids: Collection[int]) -> dict[int, set[str]]:
    """Which of these rows others point to, and in what tables: whatever room they are of.

    The rooms' tables are asked through their foreign keys, so that a room made later
    is asked as well.
    """
    table: Table = MODELS[kind].__table__
    own = {part.__table__ for part in OWN_PARTS[kind]}
    columns = [
        key.parent
        for other in Base.metadata.tables.values()
        if other not in own
        for key in other.foreign_keys
        if key.column is table.c.id
    ]
    found: dict[int, set[str]] = {}
    if not columns:
        return found
    asked = [
        select(literal(column.table.name), column).where(column.in_(ids)) for column in columns
    ]
    for name, number in db.session.execute(union_all(*asked)):
        found.setdefault(number, set()).add(name)
    return found


_NOTED = (ImportRow.kind == "history") & ImportRow.state.in_(STANDING)
"""Criterion on ImportRow: it tells of a line of history whose fact is here."""


def with_other_facts(number: int, client_ids: Collection[int]) -> set[int]:
    """Clients with facts that this import did not write, or that somebody has looked at since."""
    as_written = exists().where(
        ImportRow.import_id == number,
        ImportRow.object_id == HealthFact.id,
        ImportRow.version == HealthFact.version,
        _NOTED,
    )
    return set(
        db.session.scalars(
            select(HealthFact.client_id).where(HealthFact.client_id.in_(client_ids), ~as_written)
        )
    )


def fact_rows(number: int, client_ids: Collection[int]) -> Sequence[ImportRow]:
    """What an import noted of the facts of these clients."""
    return db.session.scalars(
        select(ImportRow)
        .join(HealthFact, HealthFact.id == ImportRow.object_id)
        .where(ImportRow.import_id == number, _NOTED, HealthFact.client_id.in_(client_ids))
    ).all()


def clients_of(kind: str, ids: Collection[int]) -> Sequence[Client]:
    """The clients who are, or whom facts are about, that rows of one kind tell of."""
    if kind not in ("client", "history"):
        return []
    about = select(HealthFact.client_id).where(HealthFact.id.in_(ids))
    wanted = Client.id.in_(ids) if kind == "client" else Client.id.in_(about)
    return db.session.scalars(select(Client).where(wanted)).all()


# ---- history


def lines_here(refs: Collection[str]) -> set[str]:
    """Which of these lines of history were taken in and are here."""
    here = db.session.scalars(select(ImportRow.ref).where(ImportRow.ref.in_(refs), _NOTED))
    return set(here)


def clients_by_ref(refs: Iterable[str]) -> Sequence[Client]:
    """Clients by the refs under which they came."""
    return db.session.scalars(select(Client).where(Client.import_ref.in_(list(refs)))).all()


def people_of(client_ids: Collection[int]) -> dict[int, date | None]:
    """The records that stand for these clients, each with their day of birth."""
    kept = select(func.coalesce(Client.person_id, Client.id)).where(Client.id.in_(client_ids))
    rows = db.session.execute(select(Client.id, Client.birth_date).where(Client.id.in_(kept)))
    return dict(rows.all())


def untouched(client_ids: Collection[int]) -> Sequence[ImportRow]:
    """What was noted of those of these clients whose record is as it was imported."""
    return db.session.scalars(
        select(ImportRow)
        .join(Client, Client.id == ImportRow.object_id)
        .where(
            ImportRow.kind == "client",
            ImportRow.state.in_(STANDING),
            ImportRow.object_id.in_(client_ids),
            ImportRow.version == Client.version,
            ImportRow.touches == Client.touches,
        )
    ).all()


def touches(client_ids: Collection[int]) -> dict[int, int]:
    """How often something of these clients has changed."""
    rows = db.session.execute(select(Client.id, Client.touches).where(Client.id.in_(client_ids)))
    return dict(rows.all())


# ---- lines that an earlier release kept


def has_lines() -> bool:
    """Whether lines of history are left that have not become facts."""
    return bool(db.session.scalar(select(exists(select(ImportedHistoryLine.id)))))


def next_lines(clients: int) -> Sequence[ImportedHistoryLine]:
    """All lines of the next so many clients, in the order in which they were read."""
    some = select(ImportedHistoryLine.client_id).distinct()
    ids = list(db.session.scalars(some.order_by(ImportedHistoryLine.client_id).limit(clients)))
    return db.session.scalars(
        select(ImportedHistoryLine)
        .where(ImportedHistoryLine.client_id.in_(ids))
        .order_by(ImportedHistoryLine.id)
    ).all()


def notes_of_lines(refs: Collection[str]) -> dict[str, ImportRow]:
    """What imports noted of these lines, by ref."""
    rows = db.session.scalars(select(ImportRow).where(ImportRow.ref.in_(refs), _NOTED))
    return {row.ref: row for row in rows}


def organisations_by_ref(refs: Collection[str]) -> dict[str, Organisation]:
    """Organisations that may still be chosen, by the ref under which they came."""
    rows = db.session.scalars(
        select(Organisation).where(Organisation.import_ref.in_(refs), Organisation.is_active)
    )
    return {row.import_ref or "": row for row in rows}
