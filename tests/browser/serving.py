"""The application behind a real socket, on this machine only."""

import logging
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from waitress import wasyncore
from waitress.server import create_server

# It warns of every request that waits a moment, which is what browsers do.
logging.getLogger("waitress.queue").setLevel(logging.ERROR)


@contextmanager
def serve(app: Any) -> Iterator[str]:
    """Serve a WSGI application on a free port; gives its address, ``http://localhost:…``."""
    channels: dict[int, Any] = {}
    server = create_server(app, host="127.0.0.1", port=0, threads=4, map=channels)
    thread = threading.Thread(target=server.run, name="clinic-under-test", daemon=True)
    thread.start()
    try:
        yield f"http://localhost:{server.effective_port}"
    finally:
        # Closed inside its own thread: a socket closed under select() would raise there.
        server.trigger.pull_trigger(lambda: wasyncore.close_all(channels))
        thread.join(timeout=10)
        server.task_dispatcher.shutdown()
