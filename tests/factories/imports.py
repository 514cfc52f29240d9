"""Files that somebody else might have written."""

import csv
import shutil
from pathlib import Path

from sqlalchemy import select

from clinic.clients.models import Client, ImportedHistoryLine
from clinic.core.db import db
from clinic.core.guard import writing
from clinic.core.permissions import SYSTEM
from clinic.core.transactions import transaction
from clinic.imports import services
from clinic.imports.models import ImportRow
from clinic.imports.rules import Entry
from clinic.imports.services import Report
from clinic.imports.services.checking import read as rows_of
from clinic.imports.services.synthea import synthea_sheets

DATA = Path(__file__).resolve().parents[1] / "imports" / "data"
SYNTHEA = DATA / "synthea"
ROUGH = DATA / "rough"
HEADERS = ("Client ID", "First Name", "Last Name", "Date of Birth", "Email", "Mobile")


def a_file(folder: Path, text: str | bytes, name: str = "clients.csv") -> Path:
    """A file of these letters, in UTF-8, or of these bytes."""
    path = folder / name
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return path


def many(folder: Path, count: int, *, last: str = "", name: str = "many.csv") -> Path:
    """A file of so many people; ``last`` is one more line as it stands."""
    path = folder / name
    with path.open("w", newline="", encoding="utf-8") as file:
        lines = csv.writer(file)
        lines.writerow(HEADERS)
        for n in range(1, count + 1):
            lines.writerow([n, f"Ada{n}", "Ashton", f"19{n % 60 + 30}-03-0{n % 9 + 1}",
                            f"ada{n}@mail.example", ""])  # fmt: skip
        file.write(last)
    return path


def read(path: Path, **more: object) -> Report:
    """Read clients from a file."""
    return services.read_clients(path, actor=SYSTEM, **more)


def read_folder(folder: Path = SYNTHEA, **more: object) -> Report:
    """Read a folder in Synthea's format."""
    return services.read_synthea(folder, actor=SYSTEM, **more)


def read_as_before(folder: Path, beside: Path) -> Report:
    """Read a folder as the first release did, which kept history as lines and no procedures."""
    people = shutil.copytree(folder, beside)
    sheets, _ = synthea_sheets(folder, is_tidy=False)
    lines = [sheet for sheet in sheets if sheet.kind == "history"]
    for sheet in lines:
        (people / sheet.file.name).unlink()
    report = read_folder(people)
    with transaction(), writing("test.history", SYSTEM):
        for sheet in lines:
            for number, entry in rows_of(sheet) if sheet.file.name != "procedures.csv" else ():
                _keep_line(report, number, entry)
        db.session.flush()
    return report


def _keep_line(report: Report, number: int, entry: Entry) -> None:
    owner = db.session.scalars(select(Client).where(Client.import_ref == entry.belongs_to)).one()
    wanted = select(ImportedHistoryLine).where(ImportedHistoryLine.import_ref == entry.ref)
    if db.session.scalar(wanted) is not None:
        return
    line = ImportedHistoryLine(import_ref=entry.ref, kind=entry.values["kind"])
    line.client, line.line = owner, entry.values["text"]
    db.session.add(line)
    db.session.flush()
    db.session.add(
        ImportRow(
            import_id=report.import_id,
            kind="history",
            object_id=line.id,
            ref=entry.ref,
            digest=b"",
            line=number,
        )
    )
