"""A visit's day: confirmed, checked in, begun, finished; and each of these taken back."""

from dataclasses import replace
from datetime import date, timedelta

from clinic.core.clock import now, today
from clinic.core.db import db
from clinic.core.errors import Conflict, DomainError, NotAllowed
from clinic.core.guard import verb
from clinic.core.permissions import Actor, Permission
from clinic.core.words import say
from clinic.practice.queries import the_practice
from clinic.scheduling.models import Visit
from clinic.scheduling.queries.screens import Screen, screen_of
from clinic.scheduling.queries.starting import day_of
from clinic.scheduling.queries.visits import version_of
from clinic.scheduling.rules import PARTIES, WHY_MAX, is_late, is_near, must_go
from clinic.scheduling.rules.screening import is_treating
from clinic.scheduling.services import gate, starting
from clinic.scheduling.services.claims import (
    as_it_would_be,
    lock_visit,
    must_be_alone,
)
from clinic.scheduling.services.fees import open_fee
from clinic.scheduling.services.moving import SHOWN
from clinic.scheduling.services.noting import noted
from clinic.scheduling.services.plans import (
    Plan,
    as_booked,
    is_over,
    known,
    must_be_own,
    must_bear,
)
from clinic.scheduling.services.rescreen import anew
from clinic.scheduling.services.seals import must_be_open
from clinic.timetable.services import free, is_overlapping, retake


def held(
    visit: Visit, actor: Actor, name: str, version: int | None, after: str | None = None
) -> str:
    """Lock a visit for a verb, and give the state that the verb leads to.

    Raises NotAllowed, StaleEdit, and Conflict where there is no such way from its state
    or somebody else was faster.
    """
    must_be_own(actor, visit.therapist_id)
    visit.expect(version, *SHOWN)
    lock_visit(visit)
    must_be_current(visit)
    return must_go(visit.status, name, after)


def must_be_current(visit: Visit) -> None:
    """Refuse what was read before somebody else changed it. Raises Conflict."""
    if version_of(visit.id) != visit.version:
        raise Conflict(say("Somebody else changed this visit meanwhile. Look at it again."))


def _judge_again(
    visit: Visit,
    actor: Actor,
    *,
    override_why: str = "",
    is_booking: bool = True,
    screen: Screen | None = None,
    kept_why: str = "",
    day: date | None = None,
) -> None:
    """Ask the gate anew, for what the visit is now; for another ``day`` where one is named."""
    plan = as_booked(visit)
    facts = known(plan, visit, day=day)
    if visit.held_slot_id is None:
        must_bear(plan, facts)
    verdict = gate.admit(
        plan.person, plan.variant, plan.add_ons, plan.therapist, visit.on_date, actor,
        authorisation=visit.authorisation, visit=visit, facts=facts,
        override_why=override_why, is_booking=is_booking, screen=screen, kept_why=kept_why, day=day,
    )  # fmt: skip
    visit.verdict_id = verdict.id


def screen_again(visit: Visit, actor: Actor) -> None:
    """A session that had begun is to come once more: what was learned meanwhile counts."""
    facts, screen = known(as_booked(visit), visit), screen_of(visit.client.known_as)
    case = screen.judge(day_of(visit), frozenset(facts.primary), frozenset(facts.extra))
    verdict = anew(visit, screen, case, actor)
    if verdict is not None:
        db.session.add(verdict)
        db.session.flush()
        visit.verdict_id = verdict.id


def _let_go(visit: Visit, status: str, actor: Actor, why: str) -> None:
    """To a state in which the visit takes nobody's time."""
    visit.status, visit.held_slot_id, visit.why = status, None, _reason(why)
    free(visit.slot, actor=actor)
    open_fee(visit)


def _take_again(visit: Visit, plan: Plan, status: str, actor: Actor) -> None:
    """Back to a state that takes time. Raises SlotTaken where somebody else has it by now.

    What lay over another visit on purpose lies so again only by who may book so.
    """
    must_be_alone(visit)
    retake(visit.slot, actor=actor, wants=plan.wants)
    visit.status, visit.held_slot_id = status, visit.slot_id
    visit.fee_minor, visit.fee_waived_why = None, ""
    if visit.overlap_why and not (plan.overlap_why and is_overlapping(visit.slot)):
        visit.overlap_why = ""


def plan_again(visit: Visit, actor: Actor) -> Plan:
    """What the visit takes when it takes its time again, locked at once with the visit itself."""
    plan = as_it_would_be(visit)
    may_overlap = actor.may(Permission.SCHEDULE_OVERLAP)
    return replace(plan, overlap_why=visit.overlap_why if may_overlap else "")


def _reason(why: str, *, is_needed: bool = False) -> str:
    reason = why.strip()
    if is_needed and not reason:
        raise DomainError(say("Say why."), field="why")
    if len(reason) > WHY_MAX:
        raise DomainError(say("Use at most {count} characters.", count=WHY_MAX), field="why")
    return reason


@verb(Permission.SCHEDULE_OWN)
@noted
def confirm(
    visit: Visit, *, actor: Actor, is_confirmed: bool = True, version: int | None = None
) -> None:
    """The client said they will come; or, taken back, that is no longer sure."""
    held(visit, actor, "confirm", version)
    visit.confirmed_at = now() if is_confirmed else None


@verb(Permission.SCHEDULE_OWN)
@noted
def approve(
    visit: Visit, *, actor: Actor, version: int | None = None, override_why: str = ""
) -> None:
    """A visit that was asked for, or whose slot was held, becomes a booked one."""
    after = held(visit, actor, "approve", version)
    _judge_again(visit, actor, override_why=override_why)
    visit.status = after


@verb(Permission.SCHEDULE_OWN)
@noted
def decline(visit: Visit, *, actor: Actor, why: str = "", version: int | None = None) -> None:
    """A visit that was asked for is not to be."""
    after = held(visit, actor, "decline", version)
    visit.cancelled_at, visit.cancelled_by = now(), "clinic"
    _let_go(visit, after, actor, why)


@verb(Permission.SCHEDULE_OWN)
@noted
def release(visit: Visit, *, actor: Actor, version: int | None = None) -> None:
    """A held slot is given back."""
    _let_go(visit, held(visit, actor, "release", version), actor, "")


@verb(Permission.SCHEDULE_OWN)
@noted
def cancel(
    visit: Visit, *, actor: Actor, by: str = "client", why: str = "", version: int | None = None
) -> None:
    """Cancel a visit; what a client cancels after the visit's own cut-off is cancelled late.

    A fee that was agreed on for that is then to be decided. The clinic's own cancelling is
    never late, and neither is giving up a held slot.
    """
    if by not in PARTIES:
        raise DomainError(say("Say who cancels."), field="by")
    at = now()
    is_too_late = by == "client" and is_late(visit.starts_at, at, visit.cut_off_hours)
    after = "late_cancelled" if is_too_late and visit.status == "booked" else "cancelled"
    after = held(visit, actor, "cancel", version, after)
    visit.cancelled_at, visit.cancelled_by = at, by
    _let_go(visit, after, actor, why)


@verb(Permission.SCHEDULE_OWN)
@noted
def check_in(visit: Visit, *, actor: Actor, version: int | None = None) -> None:
    """The client is here: on the visit's day, or a day off it. The gate judges again, for
    today, and what it says of health is asked before the session begins."""
    after = held(visit, actor, "check_in", version)
    on = today(the_practice().zone)
    if not is_near(visit.on_date, on):
        raise DomainError(say("This visit is on {day}. Move it first.", day=visit.on_date))
    _judge_again(visit, actor, is_booking=False, day=on)
    visit.status, visit.arrived_at = after, now()


@verb(Permission.VISITS_TREAT)
@noted
def start(
    visit: Visit,
    *,
    actor: Actor,
    version: int | None = None,
    override_why: str = "",
    is_adult: bool = False,
) -> None:
    """Begin the treatment: only who gives it. The gate judges again, for today, and what is
    known of the client must be in order; ``override_why`` is the therapist's reason to begin
    although the form was not reviewed, or the questions of the day were not asked, and
    ``is_adult`` their word where the birth date is not known.

    Raises NotReady, which names what is missing, and what the gate raises.
    """
    _must_treat_it(visit, actor)
    after = held(visit, actor, "start", version)
    screen = screen_of(visit.client.known_as)
    kept = starting.must_be_ready(visit, actor, screen, override_why, is_adult=is_adult)
    day = day_of(visit)
    _judge_again(visit, actor, is_booking=False, screen=screen, kept_why=kept, day=day)
    visit.status, visit.started_at = after, now()


@verb(Permission.VISITS_TREAT)
@noted
def finish(visit: Visit, *, actor: Actor, why: str = "", version: int | None = None) -> None:
    """The treatment is over; ``why`` where it was stopped early, which is sealed."""
    _must_treat_it(visit, actor)
    visit.status, visit.why = held(visit, actor, "finish", version), ""
    visit.treating_why = _reason(why) or None
    visit.finished_at = now()


def _must_treat_it(visit: Visit, actor: Actor) -> None:
    if not actor.is_system and actor.id != visit.therapist_id:
        raise NotAllowed(say("Only the therapist of this visit can do this."))


@verb(Permission.SCHEDULE_OWN)
@noted
def send_home(visit: Visit, *, actor: Actor, why: str = "", version: int | None = None) -> None:
    """The clinic cannot treat today, and the client, who is here, goes home.

    A reason that who treats gives is sealed: it may tell of health.
    """
    after = held(visit, actor, "send_home", version)
    visit.cancelled_at, visit.cancelled_by = now(), "clinic"
    treats = is_treating(actor)
    visit.treating_why = (_reason(why) if treats else "") or None
    _let_go(visit, after, actor, "" if treats else why)


@verb(Permission.SCHEDULE_OWN)
@noted
def mark_no_show(visit: Visit, *, actor: Actor, version: int | None = None) -> None:
    """The client did not come; said once the clinic's grace after the beginning is over.

    A fee that was agreed on for that is then to be decided.
    """
    after = held(visit, actor, "mark_no_show", version)
    grace = the_practice().no_show_grace
    if now() < visit.starts_at + timedelta(minutes=grace):
        raise DomainError(say("Wait {minutes} minutes after the beginning.", minutes=grace))
    _let_go(visit, after, actor, "")


@verb(Permission.SCHEDULE_OWN)
@noted
def reopen(visit: Visit, *, actor: Actor, version: int | None = None) -> None:
    """A visit was finished too soon: on the same day it can go on."""
    after = held(visit, actor, "reopen", version)
    must_be_open(visit)
    if visit.on_date != today(the_practice().zone):
        raise DomainError(say("A visit can be opened again on its own day only."))
    visit.status, visit.started_at, visit.finished_at = after, None, None
    screen_again(visit, actor)


@verb(Permission.SCHEDULE_OWN)
@noted
def undo(visit: Visit, *, actor: Actor, version: int | None = None, override_why: str = "") -> None:
    """Take the last step back: a check-in, a start, a no-show, a cancel.

    What has given its time back takes it again, if it is still free, and is judged anew.
    Raises SlotTaken, NotAdmitted, and DomainError once the visit's day is over.
    """
    visit.expect(version, *SHOWN)
    before = visit.status
    plan = plan_again(visit, actor) if visit.held_slot_id is None else None
    after = held(visit, actor, "undo", version)
    must_be_open(visit)
    if plan is not None:
        if is_over(visit):
            raise DomainError(say("That day is over. Book another visit."))
        reinstate(visit, plan, after, actor, override_why=override_why)
    elif before == "in_session":
        visit.status, visit.started_at = after, None
        screen_again(visit, actor)
    else:
        visit.status = after
        come_later(visit, actor)


def come_later(visit: Visit, actor: Actor) -> None:
    """A client is not here after all: the visit is judged for its own day again."""
    visit.arrived_at = None
    screen_again(visit, actor)


def reinstate(
    visit: Visit, plan: Plan, after: str, actor: Actor, *, override_why: str = ""
) -> None:
    """Take back that a visit was given up: it is judged anew and takes its time again."""
    if visit.authorisation is not None:
        gate.count_on(visit.authorisation)
    day = today(the_practice().zone) if after == "arrived" else None
    _judge_again(visit, actor, override_why=override_why, day=day)
    _take_again(visit, plan, after, actor)
    visit.cancelled_at, visit.cancelled_by, visit.why = None, "", ""
    visit.treating_why = None


@verb(Permission.SCHEDULE_CORRECT)
@noted
def correct(visit: Visit, *, actor: Actor, to: str, why: str, version: int | None = None) -> None:
    """The owner sets right what the record says: an error, a no-show that came, or the reverse.

    A visit that was had after all takes its time again, which must not be somebody else's.
    """
    reason = _reason(why, is_needed=True)
    visit.expect(version, *SHOWN)
    plan = plan_again(visit, actor) if visit.held_slot_id is None else as_booked(visit)
    after = held(visit, actor, "correct", version, to)
    must_be_open(visit)
    if after == "completed":
        _take_again(visit, plan, after, actor)
        visit.finished_at, visit.why = visit.finished_at or visit.ends_at, reason
        _may_be_over(visit, reason)
    else:
        _let_go(visit, after, actor, reason)


def _may_be_over(visit: Visit, reason: str) -> None:
    """A visit that was had after all counts, whatever was allowed: then the reason says why."""
    if visit.authorisation is None:
        return
    gate.count_on(visit.authorisation)
    db.session.flush()
    numbers = gate.numbers_of(visit.authorisation)
    if numbers.used + numbers.reserved > numbers.visits and not visit.over_why:
        visit.over_why = reason
