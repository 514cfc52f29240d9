"""Visits that no longer fit: listed by cause, given new times together; time off with them."""

from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

from flask import flash, redirect, request, url_for

from clinic.audit.services import saw
from clinic.core.clock import from_epoch, local_day
from clinic.core.errors import DomainError
from clinic.core.ids import is_public_id
from clinic.core.permissions import Permission, can
from clinic.core.transactions import refresh, tallied
from clinic.core.words import say
from clinic.practice.queries import the_practice
from clinic.scheduling.forms.paying import shown_as
from clinic.scheduling.forms.rearranging import (
    CANCEL,
    LEAVE,
    ApproveForm,
    Pick,
    RearrangeForm,
    picks_of,
)
from clinic.scheduling.models import Visit
from clinic.scheduling.queries.hurt import count_hurt, hurt_by_time_off, hurt_visits
from clinic.scheduling.queries.screened_lately import screened_lately
from clinic.scheduling.queries.series import value_of
from clinic.scheduling.queries.suggestions import AT_A_TIME, Suggested, suggest
from clinic.scheduling.queries.visits import the_visit
from clinic.scheduling.rules.screening import codes_of, is_treating, waits_for_somebody
from clinic.scheduling.services.rearranging import Drop, Move, rearrange
from clinic.scheduling.services.rescreen import CHANGED
from clinic.scheduling.views import bp
from clinic.scheduling.views.paying import asking
from clinic.staff.queries import the_member
from clinic.timetable.queries import the_place, the_time_off
from clinic.web import aftermath
from clinic.web.guards import me, requires, the_actor
from clinic.web.pages import show
from clinic.web.wording import gettext, ngettext
from clinic.web.wording import lazy_gettext as _l

CAUSE_NAMES = {
    "gone": _l("The therapist has left"),
    "not_therapist": _l("The therapist does not treat any more"),
    "licence": _l("No valid licence on the day"),
    "qualification": _l("Not qualified on the day"),
    "review": _l("Needs review"),
    "misfit": _l("Another service is needed"),
    "away": _l("The therapist is away"),
    "hours": _l("Outside working hours"),
    "room_given_up": _l("The room is no longer used"),
    "room_closed": _l("The room is closed"),
    "room_lacks": _l("The room lacks what is needed"),
}


@aftermath.teller
def _tell() -> None:
    """Say how many visits no longer fit, to whoever can mend it."""
    count = count_hurt() if can(me(), Permission.SCHEDULE_WRITE) else 0
    if count:
        flash(
            ngettext("%(num)s visit no longer fits.", "%(num)s visits no longer fit.", count),
            "hurt",
        )


@bp.after_app_request
def _say_screened(response: Any) -> Any:
    """Say on the page that follows how many visits to come were judged otherwise."""
    is_done = request.method == "POST" and 300 <= response.status_code < 400
    count = tallied(CHANGED) if is_done and can(me(), Permission.SCHEDULE_READ) else 0
    if count:
        flash(
            ngettext(
                "%(num)s visit to come is judged differently now.",
                "%(num)s visits to come are judged differently now.",
                count,
            ),
            "screened",
        )
    return response


@bp.get("/schedule/screened")
@requires(Permission.SCHEDULE_READ)
def screened() -> Any:
    """The visits to come that were judged otherwise of late."""
    lines = screened_lately()
    saw("schedule", {line.client_id for line in lines})
    return show("scheduling/screened.html", lines=lines)


@dataclass(slots=True)
class Plan:
    """What was chosen: visits that move, visits that are cancelled, how many are left."""

    moves: list[Move]
    cancels: list[Drop]
    left: int

    @property
    def is_empty(self) -> bool:
        return not (self.moves or self.cancels)


@bp.route("/schedule/hurt", methods=["GET", "POST"])
@requires(Permission.SCHEDULE_WRITE)
def hurt() -> Any:
    """All visits to come that no longer fit, and where each could go."""
    return _page(RearrangeForm())


@bp.route("/time-off/<pid:time_off_id>/visits", methods=["GET", "POST"])
@requires(Permission.TIMETABLE_WRITE)
def hurt_by_absence(time_off_id: str) -> Any:
    """The visits that stand in time off which was asked for; moved, it is approved with them."""
    return _page(ApproveForm(obj=the_time_off(time_off_id)), time_off_id)


def _page(form: RearrangeForm, time_off_id: str = "") -> Any:
    picks = picks_of(request.form)
    is_sent = form.is_sent()
    plan = _planned(form, picks) if is_sent or form.override_why.errors else None
    if plan is None:
        return _choose(form, picks, time_off_id)
    if is_sent and "do" in request.form:
        if form.attempt(lambda: asking(form, lambda: _do(form, picks, time_off_id))):
            flash(_told(plan, time_off_id), "success")
            return redirect(url_for("timetable.time_off" if time_off_id else ".hurt"))
        if not (form.override_why.errors or form.self_pay.errors):
            return _choose(form, picks, time_off_id)
        refresh()
        plan = _plan(picks)
    return _confirm(form, plan, picks, time_off_id)


def _planned(form: RearrangeForm, picks: list[Pick]) -> Plan | None:
    """What was chosen; None, with the reason on the form, where it cannot be read."""
    try:
        plan = _plan(picks)
        if plan.is_empty and "version" not in form:
            raise DomainError(say("Choose a new time for at least one visit."))
        if plan.left and "version" in form:
            raise DomainError(
                say("The time off can be given once no visit is left in it. Choose for each.")
            )
    except DomainError as error:
        form.blame(error)
        return None
    return plan


def _plan(picks: list[Pick], override_why: str = "", agreed: Collection[str] = ()) -> Plan:
    """``agreed`` are those for whom it is ticked that they pay (``shown_as``).

    Raises NotFound, DomainError for what is no choice.
    """
    plan = Plan([], [], 0)
    for pick in picks:
        if pick.to == LEAVE:
            plan.left += 1
        elif pick.to == CANCEL:
            plan.cancels.append(Drop(the_visit(pick.visit_id), pick.version))
        else:
            plan.moves.append(_move_of(pick, override_why, agreed))
    return plan


def _move_of(pick: Pick, override_why: str, agreed: Collection[str]) -> Move:
    at, _, people = pick.to.partition(".")
    therapist, _, place = people.partition(".")
    is_right = at.isascii() and at.isdigit() and len(at) < 12
    if not (is_right and is_public_id(therapist) and is_public_id(place)):
        raise DomainError(say("Choose a new time for each visit, or leave it."))
    visit, starts_at = the_visit(pick.visit_id), from_epoch(int(at))
    on = local_day(starts_at, the_practice().zone)
    return Move(
        visit,
        pick.version,
        starts_at,
        the_member(therapist),
        the_place(place),
        override_why,
        shown_as(visit.client.public_id, on) in agreed,
    )


def _do(form: RearrangeForm, picks: list[Pick], time_off_id: str) -> None:
    # Read again, inside the transaction.
    plan = _plan(picks, form.override_why.data or "", form.agreed)
    rearrange(
        plan.moves,
        actor=the_actor(),
        cancels=plan.cancels,
        approve=the_time_off(time_off_id) if time_off_id else None,
        version=form["version"].data if "version" in form else None,
    )


def _told(plan: Plan, time_off_id: str) -> str:
    said = []
    if plan.moves:
        count = len(plan.moves)
        said.append(ngettext("%(num)s visit is moved.", "%(num)s visits are moved.", count))
    if plan.cancels:
        count = len(plan.cancels)
        said.append(ngettext("%(num)s visit is cancelled.", "%(num)s visits are cancelled.", count))
    if time_off_id:
        said.append(gettext("The time off is approved."))
    return " ".join(said)


def _confirm(form: RearrangeForm, plan: Plan, picks: list[Pick], time_off_id: str) -> Any:
    """Old and new of each, before anything is written."""
    visits = [one.visit for one in plan.moves] + [one.visit for one in plan.cancels]
    saw("schedule", {visit.client.public_id for visit in visits})
    return show(
        "scheduling/hurt_confirm.html",
        form=form,
        plan=plan,
        picks=picks,
        absence=the_time_off(time_off_id) if time_off_id else None,
        asks_why=_asks_why(visits),
    )


def _asks_why(visits: list[Visit]) -> bool:
    """Whether a reason of who moves them would count for any."""
    return is_treating(the_actor()) and any(
        waits_for_somebody(codes_of(visit.verdict.effects)) for visit in visits
    )


def _choose(form: RearrangeForm, picks: list[Pick], time_off_id: str) -> Any:
    absence = the_time_off(time_off_id) if time_off_id else None
    found = hurt_by_time_off(absence) if absence else hurt_visits()
    lines = suggest(found[:AT_A_TIME], absence, is_treating=is_treating(the_actor()))
    saw("schedule", {line.visit.client.public_id for line in lines})
    return show(
        "scheduling/hurt.html",
        form=form,
        groups=_grouped(lines),
        causes=CAUSE_NAMES,
        count=len(found),
        more=len(found) - len(lines),
        picked={pick.visit_id: pick.to for pick in picks},
        absence=absence,
        value_of=value_of,
    )


def _grouped(lines: list[Suggested]) -> list[tuple[str, list[Suggested]]]:
    """By cause; those causes first under which the soonest visit is listed."""
    groups: dict[str, list[Suggested]] = defaultdict(list)
    for line in lines:
        groups[line.hurt.cause].append(line)
    return list(groups.items())
