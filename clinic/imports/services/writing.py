"""The second pass: what was checked is written, a batch at a time, under one import's number.

A process that dies leaves whole batches, each row noted: the import can be undone,
or the files read in again, which writes what is lacking.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import insert

from clinic.clients.services import take_in
from clinic.core.db import db
from clinic.core.guard import verb
from clinic.core.permissions import Actor, Permission
from clinic.core.transactions import Lock, lock, transaction
from clinic.directory.services import enter_organisation, enter_provider
from clinic.imports import queries
from clinic.imports.models import ImportRow
from clinic.imports.rules import Entry
from clinic.imports.services.history import write_history
from clinic.imports.services.report import Report, Tally
from clinic.imports.services.running import BATCH, IMPORTING, Reading, finish, good_rows, the_run
from clinic.imports.services.sheets import Sheet, keyed


@dataclass
class Outcome:
    """What became of one batch; told to the report once it is committed."""

    number: int | None
    rows: list[Any] = field(default_factory=list)
    new: list[tuple[int, Entry]] = field(default_factory=list)
    present: int = 0
    changed: list[int] = field(default_factory=list)
    look_alikes: dict[str, list[str]] = field(default_factory=dict)


def write(sheets: Sequence[Sheet], report: Report, *, format_name: str, actor: Actor) -> None:
    """Write every row that the check found good. Raises Unreadable, Conflict."""
    reading = Reading(format_name, report.source, queries.last_client())
    pairs = list(zip(sheets, report.tallies, strict=True))
    for sheet, tally in pairs:
        for batch in _batches(sheet, tally) if sheet.kind != "history" else ():
            with transaction():
                outcome = take_batch(sheet, batch, report.import_id, reading, actor=actor)
            _tell(outcome, tally, report)
    histories = [pair for pair in pairs if pair[0].kind == "history"]
    write_history(histories, report, reading, actor=actor)
    if report.import_id is not None:
        with transaction():
            finish(report.import_id, report.refused, actor=actor)


def _batches(sheet: Sheet, tally: Tally) -> Iterator[list[tuple[int, Entry]]]:
    batch: list[tuple[int, Entry]] = []
    for row in good_rows(sheet, tally):
        batch.append(row)
        if len(batch) == BATCH:
            yield batch
            batch = []
    if batch:
        yield batch


@verb(Permission.CLIENTS_WRITE)
def take_batch(
    sheet: Sheet,
    batch: Sequence[tuple[int, Entry]],
    number: int | None,
    reading: Reading,
    *,
    actor: Actor,
) -> Outcome:
    """Write the rows of a batch that are not here yet. Raises Conflict where it was undone."""
    lock(Lock.HOUSE, IMPORTING)
    outcome = _sorted_out(sheet, batch, number)
    if not outcome.new:
        return outcome
    run = the_run(number, reading)
    outcome.number = run.id
    if sheet.kind == "client":
        people = [entry.values["person"] for _, entry in outcome.new]
        asked = [(one.import_ref, one.facts.get("birth_date"), _name(one.facts)) for one in people]
        outcome.look_alikes = queries.look_alikes(asked, reading.last_client)
    outcome.rows = _WRITERS[sheet.kind](outcome, actor)
    db.session.flush()
    db.session.execute(insert(ImportRow), list(_noted(sheet, outcome, run.id)))
    return outcome


def _name(facts: dict[str, Any]) -> str:
    return f"{facts.get('first_name', '')} {facts['last_name']}"


def _sorted_out(sheet: Sheet, batch: Sequence[tuple[int, Entry]], number: int | None) -> Outcome:
    """Which rows are new, here already, or here already with other words."""
    outcome = Outcome(number)
    refs = {entry.ref for _, entry in batch}
    here = queries.ids_by_ref(sheet.kind, refs)
    said = queries.digests(sheet.kind, here) if here else {}
    for line, entry in batch:
        if entry.ref in here:
            outcome.present += 1
            if said.get(entry.ref, b"") not in (b"", _digest(sheet, entry)):
                outcome.changed.append(line)
        else:
            outcome.new.append((line, entry))
    return outcome


def _digest(sheet: Sheet, entry: Entry) -> bytes:
    return keyed(sheet.kind, entry.content) if entry.content else b""


def _noted(sheet: Sheet, outcome: Outcome, number: int) -> Iterator[dict[str, Any]]:
    """What is to be known of each row, to know it again and to take it back."""
    for (line, entry), row in zip(outcome.new, outcome.rows, strict=True):
        yield {
            "import_id": number,
            "kind": sheet.kind,
            "object_id": row.id,
            "key_id": getattr(row, "key_id", None),
            "ref": entry.ref,
            "digest": _digest(sheet, entry),
            "version": getattr(row, "version", 0),
            "touches": getattr(row, "touches", 0),
            "line": line,
        }


def _write_clients(outcome: Outcome, actor: Actor) -> list[Any]:
    return list(take_in([entry.values["person"] for _, entry in outcome.new], actor=actor))


def _write_organisations(outcome: Outcome, actor: Actor) -> list[Any]:
    return [
        enter_organisation(actor=actor, despite_twins=True, import_ref=entry.ref, **entry.values)
        for _, entry in outcome.new
    ]


def _write_providers(outcome: Outcome, actor: Actor) -> list[Any]:
    places = queries.organisations_by_ref({entry.belongs_to for _, entry in outcome.new})
    return [
        enter_provider(
            actor=actor,
            despite_twins=True,
            import_ref=entry.ref,
            organisation=places.get(entry.belongs_to),
            **entry.values,
        )
        for _, entry in outcome.new
    ]


_WRITERS = {
    "client": _write_clients,
    "organisation": _write_organisations,
    "provider": _write_providers,
}


def _tell(outcome: Outcome, tally: Tally, report: Report) -> None:
    """Add a committed batch to the report."""
    report.import_id = outcome.number
    tally.written += len(outcome.new)
    tally.present += outcome.present
    for line in outcome.changed:
        report.changed.add(tally.file, line, ())
    for line, entry in outcome.new if tally.kind == "client" else ():
        person = entry.values["person"]
        if person.missing:
            report.incomplete.add(tally.file, line, person.missing)
        if person.is_deceased:
            report.deceased.add(tally.file, line, ())
        if entry.ref in outcome.look_alikes:
            report.look_alikes.add(tally.file, line, outcome.look_alikes[entry.ref])
