"""Write a checked copy of both SQLite files into a folder: ``python -m tools.backup FOLDER``.

VACUUM INTO gives one consistent copy while others write. A copy that does not
pass SQLite's own checks is removed and the command fails.
"""

import os
import sys
from datetime import UTC, datetime
from pathlib import Path

from clinic.core.engines import sqlite_module
from config import Config, access_address


def main(folder: Path) -> int:
    config = Config(os.environ)
    if not config.SQLALCHEMY_DATABASE_URI.startswith("sqlite:///"):
        print("The data are on PostgreSQL: use pg_dump -Fc.")
        return 2
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    stamp = datetime.now(UTC).strftime("%Y%m%dT%H%M%SZ")
    for address in (config.SQLALCHEMY_DATABASE_URI, access_address(config.SQLALCHEMY_DATABASE_URI)):
        source = Path(address.removeprefix("sqlite:///"))
        copy = folder / f"{stamp}-{source.name}"
        if not write_checked(source, copy):
            print(f"{copy.name} did not pass its check and was removed.")
            return 1
        print(f"{copy} ({copy.stat().st_size:,} bytes), checked")
    print("Keep the master key elsewhere: without it the copies cannot be read.")
    return 0


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


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    sys.exit(main(Path(sys.argv[1])))
