"""Time off: asked for by those who treat, answered by the owner."""

from datetime import timedelta
from typing import Any

from flask import Blueprint, flash, redirect, url_for

from clinic.core.clock import day_bounds, instant, now
from clinic.core.errors import DomainError
from clinic.core.permissions import Permission, can
from clinic.core.transactions import transaction
from clinic.practice.queries import the_practice
from clinic.staff.queries import the_member
from clinic.timetable import queries, services
from clinic.timetable.forms import KIND_NAMES, STATUS_NAMES, AskForm
from clinic.timetable.models import TimeOff
from clinic.web.guards import requires, the_actor
from clinic.web.pages import records, show
from clinic.web.wording import gettext, ngettext

bp = Blueprint("timetable", __name__)


@bp.route("/time-off", methods=["GET", "POST"])
@requires(Permission.TIME_OFF_ASK)
def time_off() -> Any:
    """Ask for time off and see what became of it; the owner sees everybody's."""
    form = _form()
    if form.is_sent() and form.attempt(lambda: _ask(form)):
        flash(_sent(services.visits_in(form.result)), "success")
        return redirect(url_for(".time_off"))
    return _page(form)


def _sent(count: int) -> str:
    said = gettext("The request is sent.")
    if count:
        said += " " + _visits_stand(count)
    return said


def _visits_stand(count: int) -> str:
    return str(ngettext("%(num)s visit stands in it.", "%(num)s visits stand in it.", count))


def _page(form: AskForm) -> Any:
    """What this person asked for and, for who answers, everybody's absences to come."""
    to_come = records(queries.time_off_to_come(now())) if _answers() else ()
    return show(
        "timetable/time_off.html",
        form=form,
        own=records(queries.time_off_of(the_actor().id or 0)),
        to_come=to_come,
        standing={
            row.public_id: services.visits_in(queries.the_time_off(row.public_id))
            for row in to_come
            if row.status == "requested"
        },
        answers=_answers(),
        kinds=KIND_NAMES,
        statuses=STATUS_NAMES,
        last=last_day,
    )


def last_day(row: Any) -> Any:
    """The day that an absence still touches: one that ends at midnight ended the day before."""
    return row.ends_at - timedelta(microseconds=1)


def _answers() -> bool:
    return can(the_actor(), Permission.TIMETABLE_WRITE)


def _form(**given: Any) -> AskForm:
    form = AskForm(data={"staff": the_actor().public_id}, **given)
    if _answers():
        form.staff.choices = [tuple(row) for row in records(queries.people_at_work())]
    else:
        del form.staff
    return form


def _ask(form: AskForm) -> TimeOff:
    zone, typed = the_practice().zone, form.values()
    begins = day_bounds(typed["from_day"], zone)[0]
    if typed["from_time"] is not None:  # of a time that comes twice: away from the first ...
        begins = instant(typed["from_day"], typed["from_time"], zone, fold=0)
    ends = day_bounds(typed["until_day"], zone)[1]
    if typed["until_time"] is not None:
        # ... until the second
        ends = instant(typed["until_day"], typed["until_time"], zone, fold=1)
    actor = the_actor()
    return services.ask(
        the_member(typed.get("staff") or actor.public_id),
        actor=actor,
        kind=typed["kind"],
        starts_at=begins,
        ends_at=ends,
        note=typed["note"] or "",
    )


@bp.post("/time-off/<pid:time_off_id>/approve")
@requires(Permission.TIMETABLE_WRITE)
def approve(time_off_id: str) -> Any:
    """Give the time off."""
    return _answer(services.approve, time_off_id, gettext("The time off is approved."))


@bp.post("/time-off/<pid:time_off_id>/decline")
@requires(Permission.TIMETABLE_WRITE)
def decline(time_off_id: str) -> Any:
    """Do not give it."""
    return _answer(services.decline, time_off_id, gettext("The time off is declined."))


@bp.post("/time-off/<pid:time_off_id>/call-off")
@requires(Permission.TIME_OFF_ASK)
def call_off(time_off_id: str) -> Any:
    """Call it off again."""
    return _answer(services.call_off, time_off_id, gettext("The time off is called off."))


def _answer(verb: Any, time_off_id: str, said: str) -> Any:
    """Do it, or say on the same page what stands in the way."""
    try:
        with transaction():
            verb(queries.the_time_off(time_off_id), actor=the_actor())
    except DomainError as error:
        if error.status != 409:
            raise
        refused = _form(formdata=None)
        refused.blame(error)
        return _page(refused)
    flash(said, "success")
    return redirect(url_for(".time_off"))
