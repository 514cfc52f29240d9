"""Writers of one SQLite file in a line, so that none of them waits by chance.

SQLite lets one writer in and has the others ask again after ever longer naps, up to
a tenth of a second: with fifty of them the file lies idle most of the time. Here a
writer first takes a lock file and asks for it every few milliseconds. It is courtesy
only: what keeps writers apart is SQLite's own lock, also where there are no such files.
"""

import os
import random
import time
from pathlib import Path
from typing import Any

from sqlalchemy import Engine, event

try:
    import fcntl
except ImportError:  # not on this system: SQLite's own waiting has to do
    fcntl = None  # type: ignore[assignment]

NAP = 0.004
"""Seconds between two tries, give or take a half."""
_KEY = "line"


def form_a_line(engine: Engine) -> None:
    """Have this engine's connections able to stand in line before they write."""
    file = engine.url.database
    if fcntl is None or not file or file == ":memory:":
        return
    line = Path(f"{file}.line")

    @event.listens_for(engine, "connect")
    def connect(connection: Any, record: Any) -> None:
        record.info[_KEY] = os.open(line, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)

    @event.listens_for(engine, "close")
    def close(connection: Any, record: Any) -> None:
        _leave(record.info.pop(_KEY, None), is_last=True)

    @event.listens_for(engine, "checkin")
    def checkin(connection: Any, record: Any) -> None:
        _leave(record.info.get(_KEY))


def stand_in_line(info: Any, longest_ms: int) -> None:
    """Wait for one's turn; given up after so many milliseconds, when SQLite itself decides."""
    handle = info.get(_KEY)
    if handle is None:
        return
    until = time.monotonic() + longest_ms / 1000
    while time.monotonic() < until:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            time.sleep(NAP * random.uniform(0.5, 1.5))  # noqa: S311 - to keep them apart
        else:
            return


def _leave(handle: int | None, *, is_last: bool = False) -> None:
    if handle is None:
        return
    fcntl.flock(handle, fcntl.LOCK_UN)
    if is_last:
        os.close(handle)
