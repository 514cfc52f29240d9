"""What the board's deeds are answered with: what was done, or why not and what could be."""

from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import datetime
from typing import Any

from flask import flash, jsonify, request

from clinic.admin import board_deeds as deeds
from clinic.admin.board_panel import move_to, time_label
from clinic.admin.scheduling import STATUS_WORDS
from clinic.audit.services import saw
from clinic.catalogue.queries import the_variant
from clinic.clients.queries import kept_record, may_read_health
from clinic.core.clock import TwiceThatDay, epoch, local_day, now
from clinic.core.errors import DomainError, StaleEdit
from clinic.core.permissions import Permission
from clinic.core.transactions import refresh
from clinic.practice.queries import the_practice
from clinic.scheduling.models import Hold, Visit
from clinic.scheduling.queries.answers import answers
from clinic.scheduling.queries.changes import latest_change
from clinic.scheduling.queries.openings import next_free
from clinic.scheduling.queries.wishes import Opening, Wish
from clinic.scheduling.rules import HOLD_MINUTES, TAKEN_BACK
from clinic.scheduling.rules.screening import is_treating
from clinic.scheduling.services import NotAdmitted, NotReady, NotScreened, OutsideHours, SlotTaken
from clinic.staff.queries import names_of
from clinic.timetable.services import what_is_taken
from clinic.web.guards import the_actor
from clinic.web.wording import gettext, messages, spoken, when
from clinic.web.wording import lazy_gettext as _l

FREE_AT_MOST = 5
_CURED_ELSEWHERE = ("time", "therapist", "place")
"""Fields of a refusal that another time can cure."""
_DONE = {
    "approve": _l("%(name)s approved"),
    "check-in": _l("%(name)s checked in"),
    "confirm": _l("%(name)s confirmed"),
    "decline": _l("%(name)s declined"),
    "finish": _l("%(name)s finished"),
    "no-show": _l("%(name)s marked as a no-show"),
    "release": _l("The time of %(name)s is free again"),
    "reopen": _l("%(name)s opened again"),
    "send-home": _l("%(name)s sent home"),
    "start": _l("Session of %(name)s begun"),
    "undo": _l("Last step of %(name)s taken back"),
    "cancel": _l("%(name)s cancelled"),
    "fee": _l("Fee of %(name)s decided"),
    "length": _l("Length of %(name)s changed"),
}


_STEPS = {
    "approve": _l("Approved"),
    "check-in": _l("Arrived"),
    "confirm": _l("Confirmed"),
    "decline": _l("Declined"),
    "finish": _l("Completed"),
    "no-show": _l("No-show"),
    "release": _l("Released"),
    "reopen": _l("Opened again"),
    "send-home": _l("Sent home"),
    "start": _l("In session"),
    "undo": _l("Last step taken back"),
    "cancel": _l("Cancelled"),
    "fee": _l("Fee decided"),
    "length": _l("Length changed"),
}
_THERAPIST_IS_TAKEN = what_is_taken("visit", is_therapist=True)


def refusal(words: str, status: int, **more: Any) -> Any:
    """A refusal as the page's script takes it."""
    plain: dict[str, Any] = {
        "error": words,
        "field": None,
        "offers": None,
        "free": [],
        "links": [],
        "go": None,
        "stale": None,
    }
    return jsonify(plain | more), status


def links_of(error: DomainError | None, visit: Visit | None) -> list[dict[str, str]]:
    """Where what the gate asks for is done; the page of the visit lists it all."""
    if visit is None or not isinstance(error, NotScreened | NotReady):
        return []
    root = request.script_root
    on_page = {"label": gettext("Open the visit"), "url": f"{root}/visits/{visit.public_id}"}
    found = [on_page]
    if may_read_health(the_actor(), visit.client_id):
        client = kept_record(visit.client).public_id
        found.append({"label": gettext("Health page"), "url": f"{root}/clients/{client}/health"})
    return found


def start_gate(error: DomainError | None, visit: Visit | None) -> str | None:
    """Where a therapist sees, and settles, what a session waits for: its room card."""
    if visit is None or not isinstance(error, NotReady):
        return None
    if not may_read_health(the_actor(), visit.client_id):
        return None
    flash(gettext("The session has not begun. See what it waits for."), "error")
    return f"{request.script_root}/visits/{visit.public_id}/card#gate"


def _is_done(form: deeds.Said, act: Callable[[Any], Any]) -> bool:
    return form.is_sent() and form.attempt(lambda: act(form))


# ---- one for each deed


def move() -> Any:
    """Move a visit, or say why it stays."""
    form = deeds.MoveTo()
    if _is_done(form, deeds.move):
        visit: Visit = form.result
        words = gettext(
            "%(name)s moved to %(time)s with %(who)s",
            name=_name(visit), time=time_label(visit.starts_at), who=visit.therapist.name,
        )  # fmt: skip
        return _done(visit, words, form)
    refresh()
    return _refused(form, _meant(form), free=_free_for_a_move(form), yours=_wished(form))


def length() -> Any:
    """Give a visit another length, or say why it keeps its own."""
    form = deeds.LengthTo()
    if _is_done(form, deeds.length):
        visit: Visit = form.result
        words = gettext("%(name)s now takes %(count)s min", name=_name(visit), count=visit.minutes)
        return _done(visit, words, form)
    refresh()
    minutes = gettext("%(minutes)s min", minutes=form.minutes.data or 0)
    return _refused(form, _meant(form), yours={gettext("Length"): minutes})


def step() -> Any:
    """Take a step, or say why not."""
    form = deeds.StepTo()
    if _is_done(form, deeds.step):
        visit: Visit = form.result
        return _done(visit, str(_DONE[form.step.data or ""]) % {"name": _name(visit)}, form)
    refresh()
    wanted = _STEPS.get(form.step.data or "", "")
    return _refused(form, _meant(form), yours={gettext("State"): str(wanted)})


def undo() -> Any:
    """Take a change back, or say why it stands."""
    form = deeds.UndoOf()
    if _is_done(form, deeds.undo):
        visit: Visit = form.result
        return _done(visit, gettext("Taken back: %(name)s", name=_name(visit)))
    refresh()
    return _refused(form)


def hold() -> Any:
    """Keep a time, or say why not."""
    form = deeds.HoldAt()
    if _is_done(form, deeds.hold):
        kept: Hold = form.result
        until = epoch(kept.slot.expires_at) if kept.slot.expires_at is not None else 0
        words = gettext("Kept for %(count)s minutes", count=HOLD_MINUTES)
        return jsonify(said=words, undo=None, hold=kept.public_id, until=until)
    refresh()
    return _refused(form, free=_free_for_a_hold(form))


def release() -> Any:
    """Give a kept time back."""
    form = deeds.ReleaseOf()
    if _is_done(form, deeds.release):
        return jsonify(said=gettext("The time is free again"), undo=None)
    refresh()
    return _refused(form)


# ---- done


def _name(visit: Visit) -> str:
    return kept_record(visit.client).name


def _done(visit: Visit, words: str, form: deeds.OfVisit | None = None) -> Any:
    """What was done; ``undo`` names the change, where it can be taken back."""
    saw("schedule", [kept_record(visit.client).public_id])
    change = None
    if form is not None and form.version.data != visit.version:
        change = latest_change(visit.id)
    may_undo = change is not None and change.verb in TAKEN_BACK
    return jsonify(
        said=words,
        undo=change.public_id if change is not None and may_undo else None,
        visit=visit.public_id,
        version=visit.version,
    )


# ---- refused


def _meant(form: deeds.OfVisit) -> Visit | None:
    """The visit that was meant, as it stands now; none where there is no such visit."""
    try:
        return deeds.visit_of(form)
    except DomainError:
        return None


def _refused(
    form: deeds.Said,
    visit: Visit | None = None,
    *,
    free: Iterable[Opening] = (),
    yours: dict[str, str] | None = None,
) -> Any:
    """Why it was refused, the nearest free times, and what may be done all the same."""
    error = form.refusal
    found = [*form.form_errors, *(one for field in form.errors.values() for one in field)]
    words = " ".join(dict.fromkeys(messages(found))) or gettext("Look at this once more.")
    if error is not None:
        words = spoken(error.words)
    if visit is not None:
        saw("schedule", [kept_record(visit.client).public_id])
    return refusal(
        words,
        form.status if form.status >= 400 else 422,
        field=error.field if error is not None else next(iter(form.errors), None),
        offers=_offered(error),
        free=[_as_free(one) for one in free],
        links=links_of(error, visit),
        go=start_gate(error, visit),
        stale=_both(error, visit, yours or {}),
    )


def _offered(error: DomainError | None) -> str | None:
    """What can be done knowingly, by whom it may be done."""
    actor = the_actor()
    if isinstance(error, TwiceThatDay):
        return "fold"
    if isinstance(error, OutsideHours) and actor.may(Permission.SCHEDULE_WRITE):
        return "outside_hours"
    if isinstance(error, NotAdmitted) and error.field == "self_pay":
        return "self_pay"
    may_say = isinstance(error, NotScreened | NotReady) and error.field == "override_why"
    if may_say and is_treating(actor):
        return "reason"
    is_taken = isinstance(error, SlotTaken) and error.words == _THERAPIST_IS_TAKEN
    return "overlap" if is_taken and actor.may(Permission.SCHEDULE_OVERLAP) else None


def _as_free(one: Opening) -> dict[str, str]:
    label, name = time_label(one.starts_at), one.therapist.name
    return {"label": label, "staff_name": name} | move_to(one)


def _both(
    error: DomainError | None, visit: Visit | None, yours: dict[str, str]
) -> dict[str, dict[str, str]] | None:
    """What was wanted beside what stands, and who changed it last."""
    if not isinstance(error, StaleEdit) or visit is None:
        return None
    last = latest_change(visit.id)
    by = last.by_id if last is not None else None
    is_confirmed = visit.status == "booked" and visit.confirmed_at is not None
    state = gettext("Confirmed") if is_confirmed else str(STATUS_WORDS[visit.status])
    theirs = {
        gettext("Starts"): when(visit.starts_at),
        gettext("With"): visit.therapist.name,
        gettext("Room"): visit.place.room.name,
        gettext("Length"): gettext("%(minutes)s min", minutes=visit.minutes),
        gettext("State"): state,
        "by": names_of([by]).get(by, "") if by is not None else "",
    }
    return {"yours": yours, "theirs": theirs}


def _wished(form: deeds.MoveTo) -> dict[str, str]:
    """Where the visit was to go, in words."""
    try:
        starts_at = deeds.wall_time(form.start.data, form.fold.data or "0")
        therapist = deeds.staff_of(form.staff)
    except DomainError:
        return {}
    wished = {gettext("Starts"): when(starts_at)}
    if therapist is not None:
        wished[gettext("With")] = therapist.name
    return wished


# ---- the nearest free times


def _free_for_a_move(form: deeds.MoveTo) -> list[Opening]:
    visit = _meant(form)
    if visit is None or visit.status != "booked" or not _is_cured_elsewhere(form):
        return []
    try:
        starts_at = deeds.wall_time(form.start.data, form.fold.data or "0")
        therapist = deeds.staff_of(form.staff) or visit.therapist
    except DomainError:
        return []
    wish = Wish(
        visit.variant,
        [one.add_on for one in visit.add_ons],
        local_day(starts_at, the_practice().zone),
        therapist_id=therapist.id,
        client_id=visit.client.known_as,
        move=visit,
        is_treating=is_treating(the_actor()),
    )
    return near(wish, starts_at)


def _free_for_a_hold(form: deeds.HoldAt) -> list[Opening]:
    if not _is_cured_elsewhere(form):
        return []
    try:
        starts_at = deeds.wall_time(form.start.data, form.fold.data or "0")
        therapist = deeds.staff_of(form.staff)
        variant = the_variant(deeds.known_id(form.variant))
    except DomainError:
        return []
    since = local_day(starts_at, the_practice().zone)
    number = therapist.id if therapist is not None else None
    return near(Wish(variant, (), since, therapist_id=number), starts_at)


def _is_cured_elsewhere(form: deeds.Said) -> bool:
    error = form.refusal
    return error is not None and error.field in _CURED_ELSEWHERE


def near(wish: Wish, wanted: datetime) -> list[Opening]:
    """The free times nearest to a wanted one, the same therapist first; for who keeps only
    their own schedule, their own. Where a visit is already, it need not be moved to."""
    actor = the_actor()
    later = replace(wish, after=max(now(), wanted))
    found: dict[tuple[int, int], Opening] = {}
    for one in (*answers(wish, [wanted])[0].instead, *next_free(later, FREE_AT_MOST + 1)):
        is_theirs = actor.may(Permission.SCHEDULE_WRITE) or one.therapist.id == actor.id
        is_the_wanted = one.at == epoch(wanted) and one.therapist.id == wish.therapist_id
        if is_theirs and not is_the_wanted and not _is_there(one, wish):
            found.setdefault((one.at, one.therapist.id), one)
    return list(found.values())[:FREE_AT_MOST]


def _is_there(one: Opening, wish: Wish) -> bool:
    visit = wish.move
    if visit is None:
        return False
    return (one.starts_at, one.therapist.id) == (visit.starts_at, visit.therapist_id)
