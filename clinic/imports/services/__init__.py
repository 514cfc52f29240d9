"""Reading in what others wrote, and taking it back.

Each reading has two passes over its files: one that understands every row and writes
nothing, and one that writes. Rows that cannot be taken refuse the whole, unless the
good ones are asked for.
"""

from collections.abc import Mapping, Sequence
from pathlib import Path

from clinic.core.permissions import Actor
from clinic.imports.services.checking import check
from clinic.imports.services.firing import fired, fired_for
from clinic.imports.services.moving import Moved, move_history
from clinic.imports.services.people import people_sheet
from clinic.imports.services.report import Fired, Heard, Mark, Marks, Report, Tally
from clinic.imports.services.sheets import Sheet
from clinic.imports.services.synthea import synthea_sheets
from clinic.imports.services.undoing import Kept, Undone, undo
from clinic.imports.services.writing import write

__all__ = [
    "Fired",
    "Heard",
    "Kept",
    "Mark",
    "Marks",
    "Moved",
    "Report",
    "Tally",
    "Undone",
    "fired",
    "fired_for",
    "move_history",
    "read_clients",
    "read_synthea",
    "undo",
]


def read_clients(
    path: Path,
    *,
    actor: Actor,
    maps: Mapping[str, str] | None = None,
    source: str = "csv",
    dates: str = "ymd",
    good_rows: bool = False,
) -> Report:
    """Read clients from a CSV file: its headers are mapped to our fields.

    ``maps`` goes from the file's headers to ours (``rules.FIELDS``), before the usual
    ones. Raises Unreadable for a file that is none of ours, Conflict.
    """
    report = Report(path.name)
    sheet = people_sheet(path, maps or {}, source=source, dates=dates)
    return _bring_in([sheet], report, "clients", actor, good_rows=good_rows)


def read_synthea(
    folder: Path, *, actor: Actor, good_rows: bool = False, tidy_names: bool = False
) -> Report:
    """Read a folder as Synthea's CSV exporter writes it: people, directory, history.

    ``tidy_names`` takes the generator's digits off names. Raises Unreadable, Conflict.
    """
    sheets, notes = synthea_sheets(folder, is_tidy=tidy_names)
    report = Report(folder.resolve().name, notes=notes)
    return _bring_in(sheets, report, "synthea", actor, good_rows=good_rows)


def _bring_in(
    sheets: Sequence[Sheet], report: Report, format_name: str, actor: Actor, *, good_rows: bool
) -> Report:
    check(sheets, report)
    report.is_refused = bool(report.refused) and not good_rows
    if not report.is_refused:
        write(sheets, report, format_name=format_name, actor=actor)
        report.fired = fired_for(report.heard.client_refs)
    return report
