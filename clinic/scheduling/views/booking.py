"""Booking a visit: on a page of its own, or in a dialog over the board."""

from typing import Any
from urllib.parse import urlencode

from flask import flash, redirect, request, url_for

from clinic.audit.services import saw
from clinic.catalogue.queries import the_add_ons, the_variant
from clinic.clients.queries import kept_record, the_client
from clinic.core.clock import local_day
from clinic.core.errors import DomainError
from clinic.core.permissions import Permission
from clinic.core.transactions import refresh
from clinic.practice.queries import the_practice
from clinic.scheduling import services
from clinic.scheduling.forms.booking import BookForm, value_of
from clinic.scheduling.forms.paying import shown_as
from clinic.scheduling.models import Visit
from clinic.scheduling.queries.booking_page import BookingPage, booking_page
from clinic.scheduling.queries.holding import the_hold_if_any
from clinic.scheduling.queries.openings import Opening
from clinic.scheduling.queries.visits import next_times, the_visit
from clinic.scheduling.views import bp
from clinic.scheduling.views.choosing import after, when_chosen
from clinic.web.guards import is_safe_path, requires, the_actor
from clinic.web.pages import show
from clinic.web.wording import clock_time, gettext, when

TICKED = "use_referral"
ELSEWHERE = {
    "series": ("/series/new", ("client", "service", "variant", "add_ons", "therapist", TICKED)),
    "together": ("/book/together", ("client", "service", "variant", "therapist", TICKED)),
    "waitlist": ("/waitlist/new", ("client", "service", "variant", "therapist", "part", TICKED)),
}
"""Other ways of giving a time, and what of the choices goes along to each."""
UNFINISHED = {"refresh", "all", "rather"}


@bp.route("/book", methods=["GET", "POST"])
@requires(Permission.SCHEDULE_OWN)
def new() -> Any:
    """Book a visit: each choice narrows the next; only the last button books."""
    form = BookForm.begun()
    is_final = request.method == "POST" and not UNFINISHED & set(request.form)
    if "newcomer" in request.form:
        return _to_somebody_new(form)
    if request.form.get("goto") in ELSEWHERE:
        return redirect(_elsewhere(form, request.form["goto"]))
    page = booking_page(form.chosen(is_all=is_all(), is_final=is_final), the_actor())
    form.offer(page, is_final=is_final)
    if not (is_final and form.is_sent()):
        return shown(form, page)
    if form.attempt(lambda: _book(form)):
        return _booked(form.result)
    return shown(form, *after_refusal(form))


def is_all() -> bool:
    """Whether every opening is to be listed."""
    return bool(request.values.get("all") or request.values.get("every"))


def shown(form: BookForm, page: BookingPage, taken: list[Opening] | None = None) -> Any:
    """The page, or what of it goes into a dialog over another page."""
    people = [page.client] if page.client is not None else page.found
    saw("contact", [one.public_id for one in people])
    form.bind_tick(page)
    is_embedded = _is_embedded()
    if is_embedded:
        _give_own_ids(form)
    return show(
        f"scheduling/{'book_dialog' if is_embedded else 'book'}.html",
        form=form, page=page, is_all=is_all(), taken=taken or [], value_of=value_of,
        is_embedded=is_embedded,
    )  # fmt: skip


def _is_embedded() -> bool:
    return request.args.get("embed") == "1"


def _give_own_ids(form: BookForm) -> None:
    """Ids that do not meet those of the page below the dialog."""
    for field in form:
        field.id = field.label.field_id = f"bk-{field.name}"


def _booked(visit_id: str) -> Any:
    """Where booking leads: to the visit, or back to the board that asked for it."""
    if not _is_embedded():
        flash(gettext("The visit is booked."), "success")
        return redirect(after(url_for(".visit", visit_id=visit_id)))
    visit = the_visit(visit_id)
    said = gettext(
        "%(name)s is booked, %(when)s.", name=visit.client.name, when=when(visit.starts_at)
    )
    saw("schedule", [visit.client.public_id])
    return {
        "said": said,
        "visit": visit_id,
        "on": visit.on_date.isoformat(),
        "time": clock_time(visit.starts_at),
    }, 201


def _to_somebody_new(form: BookForm) -> Any:
    """Put the caller on the books, then come back here with them and all that was chosen."""
    chosen = form.kept()
    wanted = request.values.get("next", "")
    if is_safe_path(wanted):
        chosen += "&" + urlencode({"next": wanted})
    return redirect(url_for("clients.new", next=f"{url_for('.new')}?{chosen}"))


def _elsewhere(form: BookForm, name: str) -> str:
    """The address of another way of giving a time, with what was chosen."""
    path, fields = ELSEWHERE[name]
    chosen = {one: getattr(form, one).data for one in fields if getattr(form, one).data}
    if TICKED in chosen:
        chosen[TICKED] = "y"
    if form.on.data:
        chosen["from" if name == "waitlist" else "on"] = form.on.data.isoformat()
    if name == "series":
        chosen |= _begins(form)
    return f"{request.script_root}{path}?{urlencode(chosen, doseq=True)}"


def _begins(form: BookForm) -> dict[str, str]:
    """Day, hour and therapist of the time that is picked."""
    try:
        starts_at, therapist, _ = when_chosen(form)
    except DomainError:
        return {}
    wall = clock_time(starts_at)
    on = local_day(starts_at, the_practice().zone).isoformat()
    return {"on": on, "time": wall, "therapist": therapist.public_id}


def _book(form: BookForm) -> str:
    """Book what the form says; the new visit's public id."""
    typed = form.values()
    starts_at, therapist, place = when_chosen(form)
    client = kept_record(the_client(typed["client"]))
    asked = shown_as(client.public_id, local_day(starts_at, the_practice().zone))
    has_agreed = asked in form.agreed
    if not has_agreed:
        form.ask([asked])
    visit: Visit = services.book(
        actor=the_actor(),
        client=client,
        variant=the_variant(typed["variant"]),
        add_ons=the_add_ons(typed["add_ons"] or ()),
        therapist=therapist,
        place=place,
        starts_at=starts_at,
        use_referral=typed["use_referral"],
        note=typed["note"] or "",
        source=typed["source"],
        outside_hours=typed["outside_hours"],
        override_why=typed["override_why"] or "",
        over_why=typed["over_why"] or "",
        self_pay=has_agreed,
        hold=the_hold_if_any(typed["hold"] or ""),
    )
    return visit.public_id


def after_refusal(form: BookForm) -> tuple[BookingPage, list[Opening]]:
    """The page after a refusal, with the next free times where the one chosen is taken."""
    refresh()
    page = booking_page(form.chosen(is_all=is_all(), is_final=True), the_actor())
    form.offer(page, is_final=True)
    if form.status != 409 or page.variant is None:
        return page, []
    try:
        starts_at, _, _ = when_chosen(form)
    except DomainError:
        return page, []
    form.opening.data = ""
    return page, next_times(page.variant, page.add_ons, page.client, starts_at, the_actor())
