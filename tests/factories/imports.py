"""Files that somebody else might have written."""

import csv
from pathlib import Path

from clinic.core.permissions import SYSTEM
from clinic.imports import services
from clinic.imports.services import Report

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
