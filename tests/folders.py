"""Where tests keep what they write: in memory, if the machine has such a place with room.

A test writes a clinic, looks and throws it away. On a disk that others write to as
well, that took most of the time of the whole suite.
"""

import os
import shutil
import tempfile
from contextlib import suppress
from pathlib import Path

ROOM_ENOUGH = 1 << 30


def fast_folder() -> str | None:
    """Where files cost least, or None where there is no place better than the usual."""
    memory = Path("/dev/shm")
    if memory.is_dir() and shutil.disk_usage(memory).free > ROOM_ENOUGH:
        return str(memory)
    return None


def private_folder(kind: str) -> Path:
    """A folder of this process; those that killed processes left behind are removed."""
    parent = fast_folder() or tempfile.gettempdir()
    for left in Path(parent).glob(f"clinic-{kind}-*-*"):
        with suppress(ValueError, PermissionError):
            if not Path(f"/proc/{int(left.name.split('-')[2])}").exists():
                shutil.rmtree(left, ignore_errors=True)
    return Path(tempfile.mkdtemp(prefix=f"clinic-{kind}-{os.getpid()}-", dir=parent))


def stay_in_memory() -> None:
    """Let temporary folders of this process and those it starts lie in memory, if they can."""
    if memory := fast_folder():
        os.environ["TMPDIR"] = tempfile.tempdir = memory
