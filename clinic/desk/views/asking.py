"""Whom to ask about a client: who knows them already first, anybody of the directory by name."""

from typing import Any

from flask import flash, redirect, request, url_for

from clinic.audit.services import saw
from clinic.clients.queries import kept_record
from clinic.core.permissions import Permission
from clinic.desk.forms import WhomForm
from clinic.desk.queries.asking import who_knows
from clinic.desk.views import bp
from clinic.directory.queries import found_providers, the_provider
from clinic.health.queries.clearances import the_clearance
from clinic.health.services import clearing, deciding
from clinic.web.guards import requires, the_actor
from clinic.web.pages import show
from clinic.web.wording import gettext


@bp.route("/screening/clearances/<pid:clearance_id>/provider", methods=["GET", "POST"])
@requires(Permission.CLINICAL_DECIDE)
def whom_to_ask(clearance_id: str) -> Any:
    """Choose the provider who is asked; what was asked stays as it is."""
    row = the_clearance(clearance_id)
    deciding.must_treat(the_actor(), row.client)
    saw("clinical", [row.client.public_id])
    form, who = WhomForm(version=row.version), request.form.get("who", "")[:100].strip()
    is_searching = bool(who) and not form.provider.data
    if not is_searching and form.is_sent() and form.attempt(lambda: _choose(clearance_id, form)):
        name = form.result.name
        flash(gettext("%(name)s is to be asked.", name=name), "success")
        return redirect(url_for("coordination.outbound_for", clearance_id=clearance_id))
    return show(
        "desk/whom_to_ask.html",
        form=form,
        clearance=row,
        known=who_knows(kept_record(row.client).id),
        who=who,
        found=found_providers(who) if who else [],
    )


def _choose(clearance_id: str, form: WhomForm) -> Any:
    provider = the_provider(form.provider.data or "")
    clearing.ask_whom(
        the_clearance(clearance_id), provider, actor=the_actor(), version=form.version.data
    )
    return provider
