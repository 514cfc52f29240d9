"""Static files by an address that changes when they do, so that a browser may keep them."""

import hashlib
from pathlib import Path

from flask import Flask, current_app, request

_LENGTH = 12  # hex digits of sha256: enough that two versions of a file never meet


def digests(folder: Path) -> dict[str, str]:
    """The shortened sha256 of every file under a folder, by its path inside it."""
    return {
        path.relative_to(folder).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()[:_LENGTH]
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


class Assets:
    """The static folder as it was when the process started (or as it is now, while debugging)."""

    def __init__(self, folder: Path, prefix: str, *, fresh: bool) -> None:
        self._folder, self._prefix, self._fresh = folder, prefix, fresh
        self._digests = digests(folder)

    def path(self, name: str) -> str:
        """``/static/css/base.css?v=0a1b...``. Raises KeyError for a file that is not there."""
        if self._fresh:
            self._digests = digests(self._folder)
        return f"{self._prefix}/{name}?v={self._digests[name]}"


def asset(name: str) -> str:
    """The address of a static file below the place where the application is mounted."""
    assets: Assets = current_app.extensions["assets"]
    return request.script_root + assets.path(name)


def init_app(app: Flask) -> None:
    """Read the static folder once, and let templates say ``asset("css/base.css")``."""
    folder = Path(app.static_folder or "")
    app.extensions["assets"] = Assets(folder, app.static_url_path or "", fresh=app.debug)
    app.jinja_env.globals["asset"] = asset
