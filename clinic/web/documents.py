"""Documents on their way in and out: how large they may be, and how they are handed over."""

import re
from collections.abc import Callable
from io import BytesIO
from typing import Any, TypeVar

from flask import Flask, Response, current_app, request, send_file

_View = TypeVar("_View", bound=Callable[..., Any])

AT_MOST = 25_000_000
"""Bytes of a whole request with a file. It is more than a file may have, so that one that is too
large is refused beside its field, with all else that was typed."""
POLICY = "default-src 'none'; sandbox"
ENDINGS = {"application/pdf": "pdf", "image/png": "png", "image/jpeg": "jpg", "text/csv": "csv"}
_ODD = re.compile(r"[^A-Za-z0-9]+")


def takes_files(view: _View) -> _View:
    """Mark a page to which files are sent; put it above ``requires``."""
    view.takes_files = True  # type: ignore[attr-defined]
    return view


def init_app(app: Flask) -> None:
    """Make room for a file, on marked pages alone."""
    app.before_request(_make_room)


def _make_room() -> None:
    view = current_app.view_functions.get(request.endpoint or "")
    if getattr(view, "takes_files", False):
        request.max_content_length = AT_MOST


def document(data: bytes, name: str, media_type: str) -> Response:
    """A document to keep, never to be shown within a page of ours, and to be stored by nobody.

    ``name`` is a neutral word with a number, such as ``R-1042``: the name of a file stays in
    lists of downloads, so it says nothing about anybody's health, and never is the name under
    which the document came.
    """
    plain = _ODD.sub("-", name).strip("-") or "document"
    answer = send_file(
        BytesIO(data),
        mimetype=media_type,
        as_attachment=True,
        download_name=f"{plain}.{ENDINGS.get(media_type, 'bin')}",
        max_age=0,
        etag=False,
    )
    answer.headers["Content-Security-Policy"] = POLICY
    answer.headers["X-Content-Type-Options"] = "nosniff"
    return answer
