"""A page of a PDF as a picture, drawn in a child process that is ended when it takes too long.

What came from outside is shown within our pages only so: a picture can do nothing.
"""

import subprocess
import sys
from pathlib import Path

from clinic.core.errors import DomainError
from clinic.core.words import say

CHILD = Path(__file__).with_name("picturer.py")
_PNG = b"\x89PNG\r\n"


class CannotPicture(DomainError):
    """It could not be drawn, or not in time; the file itself can be opened still."""

    status = 404

    def __init__(self) -> None:
        super().__init__(say("This page cannot be shown here. Open the file instead."))


def picture(pdf: bytes, page: int, *, timeout: float = 20.0) -> bytes:
    """One page (counted from 1) as a PNG, 1200 pixels wide. ``timeout`` is in seconds.

    Nothing of it lies on a disk meanwhile. Raises CannotPicture.
    """
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
