"""Time kept for a caller while they decide."""

from typing import Any

from flask import request

from clinic.catalogue.queries import the_add_ons, the_variant
from clinic.clients.queries import the_client
from clinic.core.errors import DomainError
from clinic.core.permissions import Permission
from clinic.core.words import say
from clinic.scheduling import services
from clinic.scheduling.forms.booking import BookForm
from clinic.scheduling.models import Hold
from clinic.scheduling.queries.booking_page import booking_page
from clinic.scheduling.queries.holding import the_hold_if_any
from clinic.scheduling.views import bp
from clinic.scheduling.views.booking import after_refusal, is_all, shown
from clinic.scheduling.views.choosing import when_chosen
from clinic.web.guards import requires, the_actor


@bp.post("/book/keep")
@requires(Permission.SCHEDULE_OWN)
def keep() -> Any:
    """Keep the chosen time for some minutes, in the place of the one kept before."""
    form = BookForm.begun()
    if not form.attempt(lambda: _let_go(form)) or not form.attempt(lambda: _keep(form)):
        return _refused(form) if _wants_json() else shown(form, *after_refusal(form))
    hold: Hold = form.result
    form.hold.data = hold.public_id
    if _wants_json():
        return {"hold": hold.public_id, "until": _until(hold)}, 201
    return _page(form)


@bp.post("/book/let-go")
@requires(Permission.SCHEDULE_OWN)
def let_go() -> Any:
    """Give the kept time back at once."""
    form = BookForm.begun()
    if not form.attempt(lambda: _let_go(form)) and _wants_json():
        return _refused(form)
    form.hold.data = ""
    return ("", 204) if _wants_json() else _page(form)


def _keep(form: BookForm) -> Hold:
    if not form.variant.data:
        raise DomainError(say("Choose a service."), field="service")
    starts_at, therapist, place = when_chosen(form)
    return services.hold_time(
        actor=the_actor(),
        variant=the_variant(form.variant.data),
        therapist=therapist,
        starts_at=starts_at,
        place=place,
        add_ons=the_add_ons(form.add_ons.data or ()),
        client=the_client(form.client.data) if form.client.data else None,
    )


def _let_go(form: BookForm) -> None:
    hold = the_hold_if_any(form.hold.data or "")
    if hold is not None:
        services.let_go(hold, actor=the_actor())


def _page(form: BookForm) -> Any:
    page = booking_page(form.chosen(is_all=is_all()), the_actor())
    form.offer(page, is_final=False)
    return shown(form, page)


def _wants_json() -> bool:
    return request.accept_mimetypes.best == "application/json"


def _until(hold: Hold) -> int:
    """The second since 1970 until which it is kept."""
    return int(hold.slot.expires_at.timestamp()) if hold.slot.expires_at else 0


def _refused(form: BookForm) -> Any:
    said = [str(one) for errors in form.errors.values() for one in errors]
    return {"error": " ".join(said)}, form.status
