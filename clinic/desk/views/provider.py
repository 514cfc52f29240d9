"""What the desk adds to the page of a provider outside, and the one way to say that one is gone."""

from typing import Any

from flask import current_app, flash, redirect, request, url_for

from clinic.audit.services import saw
from clinic.core.errors import DomainError, NotFound
from clinic.core.permissions import Permission
from clinic.core.transactions import transaction
from clinic.desk.queries import provider as open_things
from clinic.desk.services import set_provider_status
from clinic.desk.views import bp
from clinic.directory.models import Provider
from clinic.directory.queries import the_provider
from clinic.tasks.models import Task
from clinic.web.guards import requires, the_actor
from clinic.web.wording import gettext, spoken


def provider_more(provider: Provider) -> Any:
    """What stands below a provider's contact: what is open with them, and how soon they answer."""
    found = open_things.hanging(provider)
    saw("contact", {one.client.public_id for one in found})
    part: Any = current_app.jinja_env.get_template("desk/provider_more.html").module
    return part.more(
        found,
        open_things.turnaround(provider),
        provider.status != "active",
        request.script_root,
    )


@bp.post("/directory/<pid:provider_id>/status")
@requires(Permission.DIRECTORY_WRITE)
def provider_status(provider_id: str) -> Any:
    """They work, retired, died or moved away; who looks after what is open is told."""
    wanted = request.form.get("status", "")
    tasks: list[Task] = []
    try:
        with transaction():
            tasks = set_provider_status(the_provider(provider_id), actor=the_actor(), status=wanted)
    except NotFound:
        raise
    except DomainError as error:
        flash(spoken(error.words), "error")
    if tasks:
        flash(gettext("What is open with them is on the task list."), "success")
    return redirect(url_for("directory.provider", provider_id=provider_id))
