from datetime import datetime, time
from typing import Any
from urllib.parse import urlencode

from flask import flash, redirect, request, url_for

from clinic.audit.services import saw
from clinic.catalogue.queries import the_add_ons, the_variant
from clinic.clients.queries import the_client
from clinic.core.clock import from_epoch, instant
from clinic.core.errors import DomainError
from clinic.core.ids import is_public_id
from clinic.core.permissions import Permission
from clinic.core.transactions import refresh
from clinic.core.words import say
from clinic.practice.queries import the_practice
from clinic.scheduling import services
from clinic.scheduling.forms.visits import (
    BookForm,
    CancelForm,
    ChangeForm,
    CorrectForm,
    MoveForm,
    StepForm,
    value_of,
)
from clinic.scheduling.queries.booking_page import booking_page
from clinic.scheduling.queries.visit_page import VisitPage, visit_page
from clinic.scheduling.queries.visits import next_times, the_visit
from clinic.scheduling.views import bp
from clinic.staff.queries import the_member
from clinic.timetable.queries import the_place
from clinic.web.guards import is_safe_path, requires, the_actor
from clinic.web.pages import show
from clinic.web.wording import gettext

STEPS = {
    "approve": services.approve,
    "check-in": services.check_in,
    "confirm": services.confirm,
    "decline": services.decline,
    "finish": services.finish,
    "no-show": services.mark_no_show,
    "release": services.release,
    "reopen": services.reopen,
    "send-home": services.send_home,
    "start": services.start,
    "undo": services.undo,
}
"""The steps that one button takes, by what their address ends in."""
WITH_REASON = ("finish", "send-home", "decline")


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
            return redirect(_after(url_for(".visit", visit_id=form.result)))
        page, taken = _again(form, is_all=is_all)
    shown = [page.client] if page.client is not None else page.found
    saw("contact", [one.public_id for one in shown])
    return show(
        "scheduling/book.html", form=form, page=page, is_all=is_all, taken=taken, value_of=value_of
    )


def _to_somebody_new(form: BookForm) -> Any:
    """Put the caller on the books, then come back here with them and all that was chosen."""
    chosen = form.kept()
    after = request.values.get("next", "")
    if is_safe_path(after):
        chosen += "&" + urlencode({"next": after})
    return redirect(url_for("clients.new", next=f"{url_for('.new')}?{chosen}"))


def _book(form: BookForm) -> str:
    """Book what the form says; the new visit's public id."""
    typed = form.values()
    starts_at, therapist, place = _when(form)
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


def _when(form: Any) -> tuple[datetime, Any, Any]:
    """Time, therapist and place: of the chosen opening, or as they were typed."""
    if form.time.data:
        if not (form.on.data and is_public_id(form.therapist.data or "")):
            raise DomainError(say("Choose a day and a therapist for this time."), field="therapist")
        return (
            instant(form.on.data, time.fromisoformat(form.time.data), the_practice().zone),
            the_member(form.therapist.data),
            None,
        )
    at, _, people = (form.opening.data or "").partition(".")
    therapist, _, place = people.partition(".")
    if not (at.isdigit() and len(at) < 12 and is_public_id(therapist) and is_public_id(place)):
        raise DomainError(say("Choose a time."), field="opening")
    return from_epoch(int(at)), the_member(therapist), the_place(place)


def _again(form: BookForm, *, is_all: bool) -> tuple[Any, Any]:
    """The page after a refusal, with the next free times where the one chosen is taken."""
    refresh()
    page = booking_page(form.chosen(is_all=is_all), the_actor())
    if form.status != 409 or page.variant is None:
        return page, ()
    try:
        starts_at, _, _ = _when(form)
    except DomainError:
        return page, ()
    form.opening.data = ""
    return page, next_times(page.variant, page.add_ons, page.client, starts_at, the_actor())


def _after(otherwise: str) -> str:
    wanted = request.values.get("next", "")
    return wanted if is_safe_path(wanted) else otherwise


@bp.get("/visits/<pid:visit_id>")
@requires(Permission.SCHEDULE_READ)
def visit(visit_id: str) -> Any:
    """One visit: where it stands, what can be done, what happened to it."""
    return _visit(visit_id)


def _visit(visit_id: str, **forms: Any) -> Any:
    """The page, with the form that was refused in its place."""
    page = visit_page(the_visit(visit_id), the_actor())
    saw("schedule", [page.client_id])
    fresh = {
        "move": MoveForm(formdata=None, **_standing(page)),
        "change": ChangeForm(formdata=None, **_service(page)),
        "cancel": CancelForm(formdata=None, version=page.version),
        "step": StepForm(formdata=None, version=page.version),
        "correct": CorrectForm(formdata=None, version=page.version),
    } | forms
    fresh["move"].therapist.choices = page.therapists
    fresh["change"].offer(page)
    fresh["correct"].to.choices = [
        choice for choice in fresh["correct"].to.choices if choice[0] in page.corrections
    ]
    status = max(form.status for form in fresh.values())
    return show("scheduling/visit.html", page=page, status=status, value_of=value_of, **fresh)


def _standing(page: VisitPage) -> dict[str, Any]:
    return {
        "version": page.version,
        "on": page.on,
        "time": page.wall,
        "therapist": page.therapist_id,
    }


def _service(page: VisitPage) -> dict[str, Any]:
    return {
        "version": page.version,
        "variant": page.visit.variant.public_id,
        "add_ons": [one.add_on.public_id for one in page.visit.add_ons],
    }


def _tell(visit_id: str, words: str) -> Any:
    flash(words, "success")
    return redirect(_after(url_for(".visit", visit_id=visit_id)))


@bp.post("/visits/<pid:visit_id>/move")
@requires(Permission.SCHEDULE_OWN)
def move(visit_id: str) -> Any:
    form = MoveForm()
    form.therapist.choices = visit_page(the_visit(visit_id), the_actor()).therapists
    if form.opening.data:
        form.time.data = ""
    if form.is_sent() and form.attempt(lambda: _move(visit_id, form)):
        return _tell(visit_id, gettext("The visit is moved."))
    return _visit(visit_id, move=form)


def _move(visit_id: str, form: MoveForm) -> None:
    starts_at, therapist, place = _when(form)
    services.move(
        the_visit(visit_id),
        actor=the_actor(),
        starts_at=starts_at,
        therapist=therapist,
        place=place,
        version=form.version.data,
        outside_hours=form.outside_hours.data,
    )


@bp.post("/visits/<pid:visit_id>/service")
@requires(Permission.SCHEDULE_OWN)
def change_service(visit_id: str) -> Any:
    """Another service, length or add-ons; ``refresh`` only says what they would come to."""
    form = ChangeForm()
    form.offer(visit_page(the_visit(visit_id), the_actor()))
    if "refresh" in request.form:
        return _visit(visit_id, change=form)
    if form.is_sent() and form.attempt(lambda: _change_service(visit_id, form)):
        return _tell(visit_id, gettext("The service is changed."))
    return _visit(visit_id, change=form)


def _change_service(visit_id: str, form: ChangeForm) -> None:
    services.change_service(
        the_visit(visit_id),
        actor=the_actor(),
        variant=the_variant(form.variant.data),
        add_ons=the_add_ons(form.add_ons.data or ()),
        version=form.version.data,
        outside_hours=form.outside_hours.data,
    )


@bp.post("/visits/<pid:visit_id>/cancel")
@requires(Permission.SCHEDULE_OWN)
def cancel(visit_id: str) -> Any:
    form = CancelForm()
    typed = {"by": form.by.data, "why": form.why.data or "", "version": form.version.data}
    if form.is_sent() and form.attempt(
        lambda: services.cancel(the_visit(visit_id), actor=the_actor(), **typed)
    ):
        return _tell(visit_id, gettext("The visit is cancelled."))
    return _visit(visit_id, cancel=form)


@bp.post("/visits/<pid:visit_id>/correct")
@requires(Permission.SCHEDULE_CORRECT)
def correct(visit_id: str) -> Any:
    form = CorrectForm()
    typed = {"to": form.to.data, "why": form.why.data or "", "version": form.version.data}
    if form.is_sent() and form.attempt(
        lambda: services.correct(the_visit(visit_id), actor=the_actor(), **typed)
    ):
        return _tell(visit_id, gettext("The record is set right."))
    return _visit(visit_id, correct=form)


@bp.post("/visits/<pid:visit_id>/<any({}):step>".format(",".join(f"'{name}'" for name in STEPS)))
@requires(Permission.SCHEDULE_OWN)
def step(visit_id: str, step: str) -> Any:
    """Whatever one button does. A refusal is shown on the visit's page."""
    form = StepForm()
    act: Any = STEPS[step]
    more = {"why": form.why.data} if form.why.data and step in WITH_REASON else {}
    if form.is_sent() and form.attempt(
        lambda: act(the_visit(visit_id), actor=the_actor(), version=form.version.data, **more)
    ):
        return _tell(visit_id, gettext("Done."))
    return _visit(visit_id, step=form)
