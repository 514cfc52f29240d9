"""The first pass: every row of every file is understood before any is written."""

from collections.abc import Iterator, Sequence

from clinic.core.transactions import refresh
from clinic.core.words import Words, say
from clinic.imports.rules import Entry, Fault
from clinic.imports.services.report import Report, Tally
from clinic.imports.services.sheets import Refused, Sheet, unread
from clinic.practice.queries import the_practice

UNREAD_SHOWN = 12


def check(sheets: Sequence[Sheet], report: Report) -> None:
    """Read all of it, and note every row that cannot be taken. Writes nothing.

    Kept meanwhile are the ids of the rows and no more. Raises Unreadable.
    """
    the_practice()  # read once; the long reading that follows holds no transaction open
    refresh()
    known: dict[str, dict[str, int]] = {}
    refused: dict[str, set[str]] = {}
    for sheet in sheets:
        tally = Tally(sheet.file.name, sheet.kind)
        report.tallies.append(tally)
        report.notes += [(sheet.file.name, note) for note in sheet.file.notes]
        _note_unread(sheet, report)
        own, lost = known.setdefault(sheet.kind, {}), refused.setdefault(sheet.kind, set())
        for line, found in read(sheet):
            tally.read += 1
            refusal = found if isinstance(found, Refused) else None
            if isinstance(found, Entry):
                refusal = _misplaced(sheet, line, found, known, refused)
            if refusal is not None:
                report.refuse(tally, line, refusal.faults)
                lost.add(refusal.ref)
            elif isinstance(found, Entry) and sheet.kind != "history":
                own[found.ref] = line


def read(sheet: Sheet) -> Iterator[tuple[int, Entry | Refused]]:
    """Line by line, what each row means or what is wrong with it."""
    for raw in sheet.file.rows():
        yield raw.line, sheet.entry(raw)


def _misplaced(
    sheet: Sheet,
    line: int,
    entry: Entry,
    known: dict[str, dict[str, int]],
    refused: dict[str, set[str]],
) -> Refused | None:
    """What is wrong with a row beside the others: a second of its id, or nobody's."""
    earlier = known[sheet.kind].get(entry.ref)
    if earlier is not None:
        has_ids = any(column.name.casefold() == "id" for column, _ in sheet.columns)
        text = "Line {line} has the same id." if has_ids else "Line {line} is the same person."
        return _refusal(sheet, line, "Id" if has_ids else "", say(text, line=earlier))
    if not sheet.home or entry.belongs_to in known.get(sheet.home, {}):
        return None
    column = "PATIENT" if sheet.home == "client" else "ORGANIZATION"
    if entry.belongs_to in refused.get(sheet.home, set()):
        reason = say("The row it belongs to is refused.")
    else:
        reason = say("No row of this id is in the files.")
    return _refusal(sheet, line, column, reason, entry.ref)


def _refusal(sheet: Sheet, line: int, column: str, reason: Words, ref: str = "") -> Refused:
    return Refused([Fault(sheet.file.name, line, sheet.header(column), reason)], ref)


def _note_unread(sheet: Sheet, report: Report) -> None:
    left = unread(sheet.file, sheet.columns)
    if left:
        names = ", ".join(left[:UNREAD_SHOWN]) + (", …" if len(left) > UNREAD_SHOWN else "")
        report.notes.append((sheet.file.name, say("Columns not read: {names}.", names=names)))
