"""The second pass: what was checked is written, a batch at a time, under one import's number.

A process that dies leaves whole batches, each row noted: the import can be undone,
or the files read in again, which writes what is lacking.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import insert

from clinic.clients.services import HistoryLine, take_in, take_on_history
from clinic.core.clock import now
from clinic.core.db import db
from clinic.core.errors import Conflict
from clinic.core.guard import verb
from clinic.core.permissions import Actor, Permission
from clinic.core.transactions import Lock, lock, transaction
from clinic.core.words import say
from clinic.directory.services import enter_organisation, enter_provider
from clinic.imports import queries
from clinic.imports.models import Import, ImportRow
from clinic.imports.rules import Entry, Fault, Unreadable
from clinic.imports.services.checking import read
from clinic.imports.services.report import Report, Tally
from clinic.imports.services.sheets import Refused, Sheet, keyed

BATCH = 200
"""Rows of one transaction."""
IMPORTING = 2
"""The number of the house's lock under which imports write, one batch at a time."""


@dataclass
class Outcome:
    """What became of one batch; told to the report once it is committed."""

    number: int | None
    rows: list[Any] = field(default_factory=list)
    new: list[tuple[int, Entry]] = field(default_factory=list)
    present: int = 0
    repeated: int = 0
    changed: list[int] = field(default_factory=list)
    lost: list[int] = field(default_factory=list)
    look_alikes: dict[str, list[str]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Reading:
    """What all batches of one import share."""

    format: str
    source: str
    last_client: int


def write(sheets: Sequence[Sheet], report: Report, *, format_name: str, actor: Actor) -> None:
    """Write every row that the check found good. Raises Unreadable, Conflict."""
    reading = Reading(format_name, report.source, queries.last_client())
    for sheet, tally in zip(sheets, report.tallies, strict=True):
        for batch in _batches(sheet, tally):
            with transaction():
                outcome = take_batch(sheet, batch, report.import_id, reading, actor=actor)
            _tell(outcome, tally, report)
    if report.import_id is not None:
        with transaction():
            finish(report.import_id, report.refused, actor=actor)


def _batches(sheet: Sheet, tally: Tally) -> Iterator[list[tuple[int, Entry]]]:
    """The good rows again, as they were when they were checked."""
    batch: list[tuple[int, Entry]] = []
    for line, found in read(sheet):
        if line in tally.refused_lines:
            continue
        if isinstance(found, Refused):
            raise Unreadable(say("The file changed while it was read."), sheet.file.name)
        batch.append((line, found))
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
    run = _run(number, reading)
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


def _run(number: int | None, reading: Reading) -> Import:
    if number is None:
        run = Import(format=reading.format, source=reading.source[: Import.SOURCE_MAX])
        db.session.add(run)
        db.session.flush()
        return run
    run = db.session.get_one(Import, number)
    if run.state != "writing":
        raise Conflict(say("This import is being undone. It was stopped."))
    return run


def _sorted_out(sheet: Sheet, batch: Sequence[tuple[int, Entry]], number: int | None) -> Outcome:
    """Which rows are new, here already, or here already with other words."""
    outcome = Outcome(number)
    refs = {entry.ref for _, entry in batch}
    here = queries.ids_by_ref(sheet.kind, refs)
    is_history = sheet.kind == "history"
    said = {} if is_history or not here else queries.digests(sheet.kind, here)
    own = queries.written_by(number, here) if is_history and here and number else set()
    for line, entry in batch:
        if entry.ref in own:
            outcome.repeated += 1
        elif entry.ref in here:
            outcome.present += 1
            if said.get(entry.ref, b"") not in (b"", _digest(sheet, entry)):
                outcome.changed.append(line)
        else:
            outcome.new.append((line, entry))
            if is_history:
                own.add(entry.ref)
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


def _write_history(outcome: Outcome, actor: Actor) -> list[Any]:
    owners = queries.ids_by_ref("client", {entry.belongs_to for _, entry in outcome.new})
    outcome.lost = [line for line, entry in outcome.new if entry.belongs_to not in owners]
    outcome.new = [(line, entry) for line, entry in outcome.new if entry.belongs_to in owners]
    lines = [
        HistoryLine(owners[e.belongs_to], e.ref, e.values["kind"], e.values["text"])
        for _, e in outcome.new
    ]
    return list(take_on_history(lines, actor=actor))


_WRITERS = {
    "client": _write_clients,
    "organisation": _write_organisations,
    "provider": _write_providers,
    "history": _write_history,
}


@verb(Permission.CLIENTS_WRITE)
def finish(number: int, refused: int, *, actor: Actor) -> None:
    """An import has written all that it had to."""
    run = db.session.get_one(Import, number)
    if run.state == "writing":
        run.state, run.refused, run.ended_at = "done", refused, now()


def _tell(outcome: Outcome, tally: Tally, report: Report) -> None:
    """Add a committed batch to the report."""
    report.import_id = outcome.number
    tally.written += len(outcome.new)
    tally.present += outcome.present
    tally.repeated += outcome.repeated
    for line in outcome.changed:
        report.changed.add(tally.file, line, ())
    for line in outcome.lost:
        reason = say("The client was taken out meanwhile.")
        report.refuse(tally, line, [Fault(tally.file, line, "", reason)])
    for line, entry in outcome.new if tally.kind == "client" else ():
        person = entry.values["person"]
        if person.missing:
            report.incomplete.add(tally.file, line, person.missing)
        if person.is_deceased:
            report.deceased.add(tally.file, line, ())
        if entry.ref in outcome.look_alikes:
            report.look_alikes.add(tally.file, line, outcome.look_alikes[entry.ref])
