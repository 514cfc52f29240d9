"""The log of the outbox: what waits, what left, what was given up, and why."""

from collections.abc import Callable
from typing import Any

from flask import current_app, flash, redirect, url_for

from clinic.core.permissions import Permission, can
from clinic.messages import queries, services
from clinic.messages.forms import DeedForm
from clinic.messages.models import OutboxMessage
from clinic.messages.rules import KINDS, OTHER_KIND, STATUSES, WHYS, masked
from clinic.messages.views import bp
from clinic.practice.queries import machinery
from clinic.web.guards import requires, the_actor
from clinic.web.pages import asked_page, asked_text, page_of, show
from clinic.web.wording import gettext

TONES = {
    "waiting": ("", "hourglass"),
    "sent": ("success", "circle-check"),
    "dead": ("danger", "alert-circle"),
    "withdrawn": ("", "arrow-back-up"),
}


@bp.app_template_filter("message_kind")
def message_kind(code: str) -> Any:
    """What a message is, in words."""
    return KINDS.get(code, OTHER_KIND)


@bp.app_template_filter("message_why")
def message_why(code: str) -> Any:
    """Why an attempt came out as it did, in words."""
    return WHYS.get(code, "")


@bp.get("/messages")
@requires(Permission.MESSAGES_READ)
def index() -> Any:
    """All of one state, or all: the newest first. Nobody's address stands there whole."""
    status = asked_text("status", 10)
    status = status if status in STATUSES else ""
    number = asked_page()
    page = page_of(queries.log_of(status), number=number)
    return show(
        "messages/index.html",
        lines=queries.lines([row.id for row in page.rows]),
        page=page,
        state=status,
        counts=queries.counts(),
        statuses=STATUSES,
        tones=TONES,
        masked=masked,
        beats=machinery(queries.waiting_since()),
        is_sent=bool(current_app.config["SMTP_HOST"]),
    )


@bp.get("/messages/<pid:message_id>")
@requires(Permission.MESSAGES_READ)
def message(message_id: str) -> Any:
    """One message with every attempt to send it; never its words: they stand with the letter."""
    return _page(queries.the_message(message_id), DeedForm())


def _page(message: OutboxMessage, form: DeedForm) -> Any:
    form.version.data, form.version.raw_data = message.version, None
    may = can(the_actor(), Permission.LETTERS_WRITE)
    return show(
        "messages/message.html",
        form=form,
        message=message,
        to=message.to if may else masked(message.to),
        may=may,
        attempts=queries.attempts_of(message),
        statuses=STATUSES,
        tones=TONES,
    )


@bp.post("/messages/<pid:message_id>/again")
@requires(Permission.LETTERS_WRITE)
def again(message_id: str) -> Any:
    """Send once more what was given up."""
    return _do(message_id, services.again, gettext("It is tried again at the next run."))


@bp.post("/messages/<pid:message_id>/withdraw")
@requires(Permission.LETTERS_WRITE)
def withdraw(message_id: str) -> Any:
    """Call back what waits."""
    return _do(message_id, services.withdraw, gettext("It was called back and is not sent."))


def _do(message_id: str, act: Callable[..., None], done: str) -> Any:
    form = DeedForm()
    version = form.version.data
    if form.is_sent() and form.attempt(
        lambda: act(queries.the_message(message_id), actor=the_actor(), version=version)
    ):
        flash(done, "success")
        return redirect(url_for(".message", message_id=message_id))
    return _page(queries.the_message(message_id), form)
