"""Plans of visits: every date looked at first, booked all or none; then how far one has come."""

from typing import Any

from flask import flash, redirect, request, url_for

from clinic.audit.services import saw
from clinic.catalogue.queries import the_add_ons, the_variant
from clinic.clients.queries import the_client
from clinic.core.clock import from_epoch
from clinic.core.errors import Conflict, DomainError
from clinic.core.ids import is_public_id
from clinic.core.permissions import Permission
from clinic.core.transactions import refresh
from clinic.core.words import say
from clinic.scheduling import services
from clinic.scheduling.forms.series import EndForm, ExtendForm, ItemForm, SeriesForm, picks_sent
from clinic.scheduling.queries.series import LATER, SKIP, UNASKED, value_of
from clinic.scheduling.queries.series_choices import SeriesChoices, put_dates, series_choices
from clinic.scheduling.queries.series_page import series_page, the_item, the_series
from clinic.scheduling.rules.screening import is_treating
from clinic.scheduling.views import bp
from clinic.staff.queries import the_member
from clinic.timetable.queries import the_place
from clinic.web.guards import requires, the_actor
from clinic.web.pages import show
from clinic.web.wording import gettext

LEFT = (LATER, SKIP, UNASKED)
"""What may be chosen for a date besides a time."""


@bp.route("/series/new", methods=["GET", "POST"])
@requires(Permission.SCHEDULE_OWN)
def new_series() -> Any:
    """Plan a series: every date is shown with its own answer; only the last button books."""
    form = SeriesForm.begun()
    is_final = "book" in request.form
    choices = _chosen(form, is_final=is_final)
    if is_final and form.is_sent():
        if form.shown.data != form.mark():
            form.blame(Conflict(say("The plan is another now. Look at its dates, then book.")))
        elif form.attempt(lambda: _plan(form)):
            return redirect(url_for(".series", series_id=form.result))
        refresh()
        choices = _chosen(form, is_final=True)
    shown = [choices.client] if choices.client is not None else choices.found
    saw("schedule" if choices.dates else "contact", [one.public_id for one in shown])
    return show(
        "scheduling/series_new.html", form=form, page=choices, mark=form.mark(), value_of=value_of,
        asks_why=choices.needs_reason and is_treating(the_actor()),
    )  # fmt: skip


def _chosen(form: SeriesForm, *, is_final: bool) -> SeriesChoices:
    """The choices that follow from what was sent; the form knows them afterwards."""
    choices = series_choices(form.chosen(), the_actor())
    if not is_final:
        form.arrange(choices.left)
    form.offer(choices, is_final=is_final)
    put_dates(choices, form.chosen(), the_actor())
    return choices


def _plan(form: SeriesForm) -> str:
    """Keep the plan and book what was accepted of it; the plan's public id."""
    typed = form.values()
    picks = picks_sent()
    series = services.plan_series(
        actor=the_actor(),
        client=the_client(typed["client"]),
        variant=the_variant(typed["variant"]),
        add_ons=the_add_ons(typed["add_ons"] or ()),
        therapist=the_member(typed["therapist"]) if typed["therapist"] else None,
        phases=form.phases.phases,
        first_on=typed["first_on"],
        wall=form.chosen().wall or 0,
        use_referral=typed["use_referral"],
        chosen=[
            (number, *_picked(pick)) for number, pick in sorted(picks.items()) if pick not in LEFT
        ],
        skipped=[number for number, pick in picks.items() if pick == SKIP],
        override_why=typed["override_why"] or "",
        over_why=typed["over_why"] or "",
        self_pay=typed["self_pay"],
    )
    booked = sum(item.visit is not None for item in series.items)
    flash(gettext("The plan is kept. Visits booked: %(count)s.", count=booked), "success")
    return series.public_id


def _picked(pick: str) -> tuple[Any, Any, Any]:
    """Time, therapist and place of an opening as a form sends it."""
    at, _, people = pick.partition(".")
    therapist, _, place = people.partition(".")
    is_right = at.isascii() and at.isdigit() and len(at) < 12
    if not (is_right and is_public_id(therapist) and is_public_id(place)):
        raise DomainError(say("Choose a time."), field="opening")
    return from_epoch(int(at)), the_member(therapist), the_place(place)


@bp.get("/series/<pid:series_id>")
@requires(Permission.SCHEDULE_READ)
def series(series_id: str) -> Any:
    """One plan: its visits one by one, and what is left to do."""
    asked = request.args.get("find", "")
    is_number = asked.isascii() and asked.isdigit() and len(asked) < 4
    return _series(series_id, finding=int(asked) if is_number else None)


def _series(series_id: str, finding: int | None = None, **forms: Any) -> Any:
    page = series_page(the_series(series_id), the_actor(), finding)
    saw("schedule", [page.series.client.public_id])
    version = page.series.version
    fresh = {
        "item": ItemForm(formdata=None),
        "end": EndForm(formdata=None, version=version),
        "extend": ExtendForm(formdata=None, version=version),
    } | forms
    status = max(form.status for form in fresh.values())
    return show(
        "scheduling/series.html", page=page, status=status, value_of=value_of,
        asks_why=is_treating(the_actor()) and page.needs_reason, **fresh,
    )  # fmt: skip


def _tell(series_id: str, words: str) -> Any:
    flash(words, "success")
    return redirect(url_for(".series", series_id=series_id))


@bp.post("/series/<pid:series_id>/<int:number>/book")
@requires(Permission.SCHEDULE_OWN)
def book_series_item(series_id: str, number: int) -> Any:
    """Book one visit of the plan at one of the open times."""
    form = ItemForm()
    if form.is_sent() and form.attempt(lambda: _book_item(series_id, number, form)):
        return _tell(series_id, gettext("The visit is booked."))
    return _series(series_id, finding=number, item=form)


def _book_item(series_id: str, number: int, form: ItemForm) -> None:
    starts_at, therapist, place = _picked(form.opening.data or "")
    services.book_item(
        the_item(series_id, number),
        actor=the_actor(),
        starts_at=starts_at,
        therapist=therapist,
        place=place,
        version=form.version.data,
        override_why=form.override_why.data or "",
        over_why=form.over_why.data or "",
        self_pay=form.self_pay.data,
    )


@bp.post("/series/<pid:series_id>/<int:number>/<any('skip','take-up'):deed>")
@requires(Permission.SCHEDULE_OWN)
def mark_series_item(series_id: str, number: int, deed: str) -> Any:
    """Leave one visit of the plan out, or take it up again."""
    act: Any = services.skip_item if deed == "skip" else services.take_up_item
    form = ItemForm()
    if form.is_sent() and form.attempt(
        lambda: act(the_item(series_id, number), actor=the_actor(), version=form.version.data)
    ):
        return _tell(
            series_id,
            gettext("The visit is skipped.")
            if deed == "skip"
            else gettext("The visit is to book again."),
        )
    return _series(series_id, item=form)


@bp.post("/series/<pid:series_id>/end")
@requires(Permission.SCHEDULE_OWN)
def end_series(series_id: str) -> Any:
    """End the plan; its visits stay."""
    form = EndForm()
    if form.is_sent() and form.attempt(
        lambda: services.end_series(
            the_series(series_id),
            actor=the_actor(),
            why=form.why.data or "",
            version=form.version.data,
        )
    ):
        return _tell(series_id, gettext("The plan is ended. Its visits stay as they are."))
    return _series(series_id, end=form)


@bp.post("/series/<pid:series_id>/extend")
@requires(Permission.SCHEDULE_OWN)
def extend_series(series_id: str) -> Any:
    """Add one more step to the plan."""
    form = ExtendForm()
    if form.is_sent() and form.attempt(lambda: _extend(series_id, form)):
        return _tell(series_id, gettext("The plan is longer now. Its new visits are to book."))
    return _series(series_id, extend=form)


def _extend(series_id: str, form: ExtendForm) -> None:
    services.extend_series(
        the_series(series_id),
        actor=the_actor(),
        phase=form.phases.phases[0],
        version=form.version.data,
    )
