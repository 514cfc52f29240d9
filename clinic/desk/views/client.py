"""The page of a client, the archive, and two records that are one person."""

from typing import Any

from flask import flash, redirect, request, url_for

from clinic.audit.services import saw
from clinic.clients import services
from clinic.clients.models import Client
from clinic.clients.queries import the_client
from clinic.coordination.rules.outbound import ENDS, NAMES, REASONS
from clinic.core.errors import DomainError, NotFound
from clinic.core.permissions import Permission
from clinic.core.transactions import transaction
from clinic.desk.queries import client as record
from clinic.desk.queries.head import head_of
from clinic.desk.queries.openness import nothing_open, overlaps
from clinic.desk.views import bp
from clinic.web.guards import requires, the_actor
from clinic.web.pages import asked_id, show
from clinic.web.wording import gettext, spoken


@bp.get("/clients/<pid:client_id>")
@requires(Permission.CLIENTS_READ)
def client(client_id: str) -> Any:
    sheet = record.sheet(client_id, reader=the_actor())
    saw("clinical" if sheet.is_treating else "schedule", sheet.shown_ids)
    return show(
        "desk/client.html",
        sheet=sheet,
        client=sheet.client,
        asked_states=NAMES,
        asked_reasons=REASONS,
        asked_ends=ENDS,
    )


@bp.post("/clients/<pid:client_id>/archive")
@requires(Permission.CLIENTS_WRITE)
def archive(client_id: str) -> Any:
    """Every room is asked first whether it has something open."""

    def act(client: Client) -> None:
        services.archive(client, actor=the_actor(), nothing_open=nothing_open(client))

    return _do(client_id, act, gettext("The record is archived."))


def _do(client_id: str, act: Any, done: str) -> Any:
    """One deed; a broken rule is said on the client's page."""
    try:
        with transaction():
            act(the_client(client_id))
    except NotFound:
        raise
    except DomainError as error:
        flash(spoken(error.words), "error")
    else:
        flash(done, "success")
    return redirect(url_for(".client", client_id=client_id))


@bp.route("/clients/<pid:client_id>/merge", methods=["GET", "POST"])
@requires(Permission.CLIENTS_MERGE)
def merge(client_id: str) -> Any:
    """First choose the other record, then compare both, then say which is kept."""
    if request.method == "POST":
        kept, _, duplicate = request.form.get("pair", "").partition(",")
        if client_id in (kept, duplicate):
            return _merge(kept, duplicate)
    one, other_id = the_client(client_id), asked_id("with")
    other = the_client(other_id) if other_id else None
    saw("schedule", [client_id, *([other_id] if other_id else [])])
    both = overlaps(one, other) if other and other.id != one.id else []
    return show("desk/client_merge.html", one=one, other=other, overlaps=both)


def _merge(kept: str, duplicate: str) -> Any:
    def act(client: Client) -> None:
        services.merge(client, the_client(duplicate), actor=the_actor())

    return _do(kept, act, gettext("The two records are one person now."))


@bp.post("/clients/<pid:client_id>/part")
@requires(Permission.CLIENTS_MERGE)
def part(client_id: str) -> Any:
    """Undo a merge."""

    def act(client: Client) -> None:
        services.part(client, actor=the_actor())

    return _do(client_id, act, gettext("The two records stand for themselves again."))


@bp.app_template_global("record_head")
def record_head(client: Client) -> Any:
    """What stands above a client's pages, for layouts/record.html. Raises CannotOpen."""
    return head_of(client, the_actor())
