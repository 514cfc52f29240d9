"""Files beside the database: written whole or not at all, each under a random name.

A file is put here before the transaction that names it commits. Where that fails, the file
is left without a name in the database, and is removed later.
"""

import os
import re
import secrets
from collections.abc import Iterator
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path

from flask import current_app

_NAME = re.compile(r"[0-9a-f]{32}")


def folder() -> Path:
    """Where the files lie."""
    found: Path = current_app.config["FILES_DIR"]
    return found


def put(data: bytes) -> str:
    """Write these bytes to the disk under a name of their own; the name."""
    name = secrets.token_hex(16)
    place = path_of(name)
    if not place.parent.exists():
        place.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        _settle(folder())
    write_whole(place, data)
    return name


def path_of(name: str) -> Path:
    """Where the file of a name lies. Raises ValueError for what is no such name."""
    if not _NAME.fullmatch(name):
        raise ValueError("that is no name of a file here")
    return folder() / name[:2] / name


def write_whole(place: Path, data: bytes) -> None:
    """Written beside its place and then put there, once the disk has it; for the owner alone."""
    draft = place.with_name(f"{place.name}.{secrets.token_hex(4)}.part")
    handle = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        draft.replace(place)
    except BaseException:
        with suppress(FileNotFoundError):
            draft.unlink()
        raise
    _settle(place.parent)


def _settle(folder: Path) -> None:
    """Have the disk remember the new name too, where folders can be asked to."""
    if os.name != "posix":
        return
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def get(name: str) -> bytes:
    """The bytes under a name. Raises OSError."""
    return path_of(name).read_bytes()


def older_than(moment: datetime) -> Iterator[Path]:
    """Every file last written before an instant, drafts of what was never finished among them."""
    for path in sorted(folder().glob("??/*")):
        with suppress(FileNotFoundError):
            if datetime.fromtimestamp(path.stat().st_mtime, UTC) < moment:
                yield path
