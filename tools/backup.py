"""Write a checked copy of the clinic into a folder: ``python -m tools.backup FOLDER``.

Both SQLite files first (VACUUM INTO gives one consistent copy while others write), then the
folder of documents. Documents are written once and never changed, so that each is copied only
once, into ``files`` of the same folder; all that the copied database names are there. A copy
that does not pass its checks is removed and the command fails.
"""

import os
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path

from clinic.core.cabinet import write_whole
from clinic.core.engines import sqlite_module
from config import Config, access_address


def main(folder: Path) -> int:
    config = Config(os.environ)
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    files = config.DATA_DIR / "files"
    if not config.SQLALCHEMY_DATABASE_URI.startswith("sqlite:///"):
        said(copy_files(files, folder / "files"), folder / "files")
        print("The rest of the data are on PostgreSQL: use pg_dump -Fc, and do it before this.")
        return 0
    stamp = datetime.now(UTC).strftime("%Y%m%dT%H%M%SZ")
    copies = []
    for address in (config.SQLALCHEMY_DATABASE_URI, access_address(config.SQLALCHEMY_DATABASE_URI)):
        source = Path(address.removeprefix("sqlite:///"))
        copies.append(folder / f"{stamp}-{source.name}")
        if not write_checked(source, copies[-1]):
            print(f"{copies[-1].name} did not pass its check and was removed.")
            return 1
        print(f"{copies[-1]} ({copies[-1].stat().st_size:,} bytes), checked")
    said(copy_files(files, folder / "files"), folder / "files")
    gone = missing(copies[0], folder / "files")
    if gone:
        print(f"{len(gone)} documents that the database names are not on the disk.")
    print("Keep the master key elsewhere: without it the copies cannot be read.")
    return 1 if gone else 0


def said(copied: int, place: Path) -> None:
    print(f"{place}: {copied} new documents, checked")


def write_checked(source: Path, copy: Path) -> bool:
    """Copy one file and check the copy; a bad one does not stay."""
    module = sqlite_module()
    origin = module.connect(source)
    origin.execute("VACUUM INTO ?", (str(copy),))
    origin.close()
    copy.chmod(0o600)
    written = module.connect(copy)
    fine = written.execute("PRAGMA integrity_check").fetchone()[0] == "ok"
    fine = fine and not written.execute("PRAGMA foreign_key_check").fetchall()
    written.close()
    if not fine:
        copy.unlink()
    return bool(fine)


def copy_files(source: Path, target: Path) -> int:
    """Copy what is not there yet, each read again and compared; how many were copied."""
    copied = 0
    for path in sorted(source.glob("??/*")):
        copy = target / path.parent.name / path.name
        if copy.exists() or path.suffix == ".part":
            continue
        copy.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        data = path.read_bytes()
        write_whole(copy, data)
        if sha256(copy.read_bytes()).digest() != sha256(data).digest():
            copy.unlink()
            raise OSError(f"{copy} is not what was written")
        copied += 1
    return copied


def missing(database: Path, files: Path) -> list[str]:
    """Names of documents that a copied database has, and the copied folder has not."""
    copy = sqlite_module().connect(database)
    names: Iterator[tuple[str]] = copy.execute("SELECT kept_as FROM stored_file")
    gone = [name for (name,) in names if not (files / name[:2] / name).exists()]
    copy.close()
    return gone


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    sys.exit(main(Path(sys.argv[1])))
