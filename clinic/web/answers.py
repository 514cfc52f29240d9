"""Answers to what went wrong: calm pages that hold no data and no machinery."""

import logging
import traceback
from typing import Any

from flask import Flask, current_app, jsonify, render_template, request
from flask_wtf.csrf import CSRFError
from sqlalchemy.exc import DataError, IntegrityError, OperationalError
from sqlalchemy.orm.exc import ObjectDeletedError, StaleDataError
from werkzeug.exceptions import HTTPException, MethodNotAllowed

from clinic.core.errors import DomainError
from clinic.core.transactions import refresh
from clinic.web.wording import spoken

log = logging.getLogger(__name__)

PAGES = (400, 401, 403, 404, 405, 409, 413, 422, 429, 500, 503)
_QUIET = {
    OperationalError: 503,
    IntegrityError: 409,
    DataError: 400,
    OverflowError: 400,
    ObjectDeletedError: 404,
    StaleDataError: 409,
}


def init_app(app: Flask) -> None:
    app.log_exception = _log_quietly  # type: ignore[method-assign,assignment]
    app.register_error_handler(HTTPException, _refused)
    app.register_error_handler(CSRFError, lambda _: answer(400))
    app.register_error_handler(DomainError, _broken_rule)
    for kind, status in _QUIET.items():
        app.register_error_handler(kind, _quiet(status))
    app.register_error_handler(Exception, _unforeseen)


def _refused(error: HTTPException) -> Any:
    response = current_app.make_response(answer(_status(error)))
    if isinstance(error, MethodNotAllowed) and error.valid_methods:
        response.headers["Allow"] = ", ".join(sorted(error.valid_methods))
    return response


def answer(status: int, words: str = "") -> Any:
    """The page of a status, or the same as JSON where a script asked."""
    status = status if status in PAGES else (500 if status >= 500 else 400)
    if request.accept_mimetypes.best == "application/json":
        return jsonify(error=words or str(status)), status
    try:
        return render_template(f"errors/{status}.html", words=words), status
    except Exception as error:  # noqa: BLE001 - with the house on fire, a bare word must do
        log.error("the page for %s failed: %s", status, type(error).__name__)  # noqa: TRY400
        return f"<!doctype html><title>{status}</title><h1>{status}</h1>", status


def _broken_rule(error: DomainError) -> Any:
    refresh()
    return answer(error.status, spoken(error.words))


def _quiet(status: int) -> Any:
    def handle(error: Exception) -> Any:
        # The text of a database error may hold what somebody typed: only its kind is logged.
        log.warning("answered %s to a %s\n%s", status, type(error).__name__, _where(error))
        refresh()
        return answer(status)

    return handle


def _unforeseen(error: Exception) -> Any:
    # Where it happened, without the message: it may quote what somebody typed.
    log.error("unforeseen %s at %s\n%s", type(error).__name__, request.endpoint, _where(error))
    refresh()
    return answer(500)


def _status(error: HTTPException) -> int:
    """The status of an answer; of what failed behind the view, the one that fits its cause."""
    cause = getattr(error, "original_exception", None)
    return next(
        (code for kind, code in _QUIET.items() if isinstance(cause, kind)), error.code or 500
    )


def _log_quietly(*about: Any) -> None:
    """What failed behind the view, such as keeping the session: where, without the message."""
    error = about[-1][1]
    log.error("unforeseen %s at %s\n%s", type(error).__name__, request.endpoint, _where(error))


def _where(error: Exception) -> str:
    """Where it happened, step by step, without the message."""
    steps = traceback.extract_tb(error.__traceback__)
    return "\n".join(f"  {step.filename}:{step.lineno} in {step.name}" for step in steps)
