"""The last change of a visit, taken back right after: everything as it was before."""

from datetime import timedelta

from clinic.core.clock import from_epoch, now
from clinic.core.errors import Conflict, NotAllowed
from clinic.core.guard import verb
from clinic.core.permissions import Actor, Permission
from clinic.core.words import say
from clinic.scheduling.models import Visit, VisitChange
from clinic.scheduling.queries.changes import (
    DEEDS,
    add_ons_of,
    as_before,
    change_before,
    latest_change,
)
from clinic.scheduling.rules import TAKEN_BACK, UNDO_WITHIN
from clinic.scheduling.services.claims import lock_visit
from clinic.scheduling.services.living import (
    come_later,
    must_be_current,
    plan_again,
    reinstate,
    screen_again,
)
from clinic.scheduling.services.moving import rest_elsewhere
from clinic.scheduling.services.noting import add_ons_from_text, noted
from clinic.scheduling.services.plans import Plan, id_of, must_be_own
from clinic.scheduling.services.seals import must_be_open

_MOVES = ("move", "change_service", "resize")
_GIVES_UP = ("cancel", "mark_no_show", "send_home")
_FROZEN = ("minutes", "price_minor", "cut_off_hours", "late_fee_minor", "no_show_fee_minor")


@verb(Permission.SCHEDULE_OWN)
def take_back(change: VisitChange, *, actor: Actor) -> Visit:
    """Undo the last change of a visit: time, therapist, place, length, price and state are as
    they were before. The gate judges again.

    Only who made the change, or keeps the schedule, within ``UNDO_WITHIN`` seconds, and only
    while nothing else has happened to the visit. Raises NotAllowed, Conflict, which says
    what happened, SlotTaken where somebody has the time by now, NotAdmitted.
    """
    visit = change.visit
    _must_be_theirs(change, visit, actor)
    _must_be_fresh(change, visit)
    must_be_open(visit)
    _take_back(visit, actor=actor, change=change)
    return visit


@noted
def _take_back(visit: Visit, *, actor: Actor, change: VisitChange) -> None:
    if change.verb in _MOVES:
        _put_back(visit, change, actor)
    elif change.verb in _GIVES_UP:
        _reinstate(visit, change, actor)
    else:
        _step_back(visit, change, actor)


def _must_be_theirs(change: VisitChange, visit: Visit, actor: Actor) -> None:
    must_be_own(actor, visit.therapist_id, change.therapist_id)
    if change.by_id != actor.id and not actor.may(Permission.SCHEDULE_WRITE):
        raise NotAllowed(say("Only who did this can take it back."))


def _must_be_fresh(change: VisitChange, visit: Visit) -> None:
    if change.verb not in TAKEN_BACK:
        raise Conflict(say("This cannot be taken back. Change the visit instead."))
    if visit.version != change.version:
        later = latest_change(visit.id)
        if later is not None and later.id != change.id:
            raise Conflict(
                say(
                    "Something else happened since: {what}. Look at the visit again.",
                    what=DEEDS[later.verb],
                )
            )
        raise Conflict(say("The visit was changed since. Look at it again."))
    if now() > change.at + timedelta(seconds=UNDO_WITHIN):
        raise Conflict(say("It is too late to take this back. Change the visit instead."))


def _put_back(visit: Visit, change: VisitChange, actor: Actor) -> None:
    """To the time, the people and the service before."""
    add_ons = visit.add_ons
    if change.verb != "move":
        add_ons = add_ons_from_text(change.add_ons)
    variant, therapist, place = as_before(change)
    may_overlap = actor.may(Permission.SCHEDULE_OVERLAP)
    plan = Plan(
        visit.client,
        variant,
        therapist,
        from_epoch(change.starts_s),
        tuple(add_ons_of([one.add_on_id for one in add_ons])),
        id_of(place),
        agreed=change.minutes,
        overlap_why=change.overlap_why if may_overlap else "",
    )
    rest_elsewhere(visit, plan, actor, is_known=change.is_outside_hours)
    for name in _FROZEN:
        setattr(visit, name, getattr(change, name))
    if change.verb != "move":
        kept = {one.add_on_id: one for one in visit.add_ons}
        visit.add_ons = [kept.get(one.add_on_id, one) for one in add_ons]
    visit.confirmed_at = change.confirmed_at
    if _was_agreed_by(visit, change):
        visit.self_pay_agreed_at = None


def _was_agreed_by(visit: Visit, change: VisitChange) -> bool:
    """Whether the client agreed to pay for the day that this change moved the visit to: they had
    not before, or the day of their agreement would be no later than what was done before."""
    if visit.self_pay_agreed_at is None:
        return False
    before = change_before(change)
    return visit.self_pay_agreed_at > (before.at if before is not None else visit.created_at)


def _reinstate(visit: Visit, change: VisitChange, actor: Actor) -> None:
    plan = plan_again(visit, actor)
    _lock(visit)
    reinstate(visit, plan, change.status, actor)


def _step_back(visit: Visit, change: VisitChange, actor: Actor) -> None:
    """To the state before, in which the visit took the same time."""
    _lock(visit)
    visit.status, visit.confirmed_at = change.status, change.confirmed_at
    match change.verb:
        case "check_in":
            come_later(visit, actor)
        case "start":
            visit.started_at = None
            screen_again(visit, actor)
        case "finish":
            visit.finished_at, visit.why, visit.treating_why = None, "", None


def _lock(visit: Visit) -> None:
    lock_visit(visit)
    must_be_current(visit)
