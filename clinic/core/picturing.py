"""A page of a PDF as a picture, drawn in a child process that is ended when it takes too long.

What came from outside is shown within our pages only so: a picture can do nothing.
"""

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import BoundedSemaphore

from clinic.core.errors import DomainError
from clinic.core.words import say

CHILD = Path(__file__).with_name("picturer.py")
WAIT = 8.0
"""Seconds that somebody waits for their turn: a browser asks for six pages at once."""
_PNG = b"\x89PNG\r\n"
# A child takes up to 250 MB and one core.
_TURNS = BoundedSemaphore(2)


class CannotPicture(DomainError):
    """It could not be drawn, not in time, or its turn never came; the file can be opened still."""

    status = 404

    def __init__(self) -> None:
        super().__init__(say("This page cannot be shown here. Open the file instead."))


def picture(pdf: bytes, page: int, *, timeout: float = 20.0) -> bytes:
    """One page (counted from 1) as a PNG, 1200 pixels wide. ``timeout`` is in seconds.

    Nothing of it lies on a disk meanwhile. Two are drawn at a time in a process; who has waited
    ``WAIT`` seconds for a turn goes without. Raises CannotPicture.
    """
    with _turn():
        return _drawn(pdf, page, timeout)


@contextmanager
def _turn() -> Iterator[None]:
    if not _TURNS.acquire(timeout=WAIT):
        raise CannotPicture
    try:
        yield
    finally:
        _TURNS.release()


def _drawn(pdf: bytes, page: int, timeout: float) -> bytes:
    try:
        done = subprocess.run(
            [sys.executable, "-I", str(CHILD), str(page), str(int(timeout))],
            input=pdf,
            capture_output=True,
            timeout=timeout,
            env={"LC_ALL": "C.UTF-8"},
            check=False,
        )
    except subprocess.TimeoutExpired:
        raise CannotPicture from None
    if done.returncode or not done.stdout.startswith(_PNG):
        raise CannotPicture
    return done.stdout
