"""Booking a visit."""

from typing import Any
from urllib.parse import urlencode

from flask import flash, redirect, request, url_for

from clinic.audit.services import saw
from clinic.catalogue.queries import the_add_ons, the_variant
from clinic.clients.queries import the_client
from clinic.core.errors import DomainError
from clinic.core.permissions import Permission
from clinic.core.transactions import refresh
from clinic.scheduling import services
from clinic.scheduling.forms.booking import BookForm, value_of
from clinic.scheduling.queries.booking_page import booking_page
from clinic.scheduling.queries.visits import next_times
from clinic.scheduling.views import bp
from clinic.scheduling.views.choosing import after, when_chosen
from clinic.web.guards import is_safe_path, requires, the_actor
from clinic.web.pages import show
from clinic.web.wording import gettext


@bp.route("/book", methods=["GET", "POST"])
@requires(Permission.SCHEDULE_OWN)
def new() -> Any:
    """Book a visit: each choice narrows the next; only the last button books."""
    form, taken = BookForm.begun(), ()
    is_all = bool(request.values.get("all") or request.values.get("every"))
    page = booking_page(form.chosen(is_all=is_all), the_actor())
    if "newcomer" in request.form:
        return _to_somebody_new(form)
    is_final = request.method == "POST" and not {"refresh", "all"} & set(request.form)
    form.offer(page, is_final=is_final)
    if is_final and form.is_sent():
        if form.attempt(lambda: _book(form)):
            flash(gettext("The visit is booked."), "success")
            return redirect(after(url_for(".visit", visit_id=form.result)))
        page, taken = _again(form, is_all=is_all)
    shown = [page.client] if page.client is not None else page.found
    saw("contact", [one.public_id for one in shown])
    return show(
        "scheduling/book.html", form=form, page=page, is_all=is_all, taken=taken, value_of=value_of
    )


def _to_somebody_new(form: BookForm) -> Any:
    """Put the caller on the books, then come back here with them and all that was chosen."""
    chosen = form.kept()
    wanted = request.values.get("next", "")
    if is_safe_path(wanted):
        chosen += "&" + urlencode({"next": wanted})
    return redirect(url_for("clients.new", next=f"{url_for('.new')}?{chosen}"))


def _book(form: BookForm) -> str:
    """Book what the form says; the new visit's public id."""
    typed = form.values()
    starts_at, therapist, place = when_chosen(form)
    return services.book(
        actor=the_actor(),
        client=the_client(typed["client"]),
        variant=the_variant(typed["variant"]),
        add_ons=the_add_ons(typed["add_ons"] or ()),
        therapist=therapist,
        place=place,
        starts_at=starts_at,
        use_referral=typed["use_referral"],
        note=typed["note"] or "",
        source=typed["source"],
        outside_hours=typed["outside_hours"],
    ).public_id


def _again(form: BookForm, *, is_all: bool) -> tuple[Any, Any]:
    """The page after a refusal, with the next free times where the one chosen is taken."""
    refresh()
    page = booking_page(form.chosen(is_all=is_all), the_actor())
    if form.status != 409 or page.variant is None:
        return page, ()
    try:
        starts_at, _, _ = when_chosen(form)
    except DomainError:
        return page, ()
    form.opening.data = ""
    return page, next_times(page.variant, page.add_ons, page.client, starts_at, the_actor())
