"""Another time, therapist, room or service: the visit stays, all it rests on is made anew."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from clinic.catalogue.models import AddOn, ServiceVariant
from clinic.core.db import db
from clinic.core.errors import DomainError
from clinic.core.guard import verb
from clinic.core.permissions import Actor, Permission
from clinic.core.words import Words, say
from clinic.scheduling.models import Visit, VisitVerdict
from clinic.scheduling.queries.facts import Facts
from clinic.scheduling.rules import must_go
from clinic.scheduling.services import gate
from clinic.scheduling.services.booking import added, join, price_of
from clinic.scheduling.services.claims import claim, takes_no_more
from clinic.scheduling.services.fees import agree
from clinic.scheduling.services.noting import noted
from clinic.scheduling.services.paying import agreed_anew
from clinic.scheduling.services.plans import (
    Plan,
    id_of,
    known,
    knows_hours,
    must_be_own,
    must_be_timely,
    must_fit_the_day,
    overlap_of,
    resources_of,
)
from clinic.staff.models import StaffMember
from clinic.timetable.models import Place
from clinic.timetable.services import free, is_overlapping, shift, take

SHOWN = ("status", "starts_at")
"""What a stale edit of a visit shows of the version that stands."""


@verb(Permission.SCHEDULE_OWN)
@noted
def move(
    visit: Visit,
    *,
    actor: Actor,
    starts_at: datetime,
    therapist: StaffMember | None = None,
    place: Place | None = None,
    version: int | None = None,
    outside_hours: bool = False,
    overlap_why: str = "",
    override_why: str = "",
    self_pay: bool = False,
) -> None:
    """Move a booked visit to another time, therapist or room.

    Without a place it keeps its own where that is free. What was agreed on, its price
    among it, stays; an overlap on purpose ends where the time is free. ``self_pay`` is
    asked for another day as booking asks for it, but of who agreed already. Raises what
    ``book`` raises, StaleEdit, and Conflict for a visit that is not booked.
    """
    visit.expect(version, *SHOWN)
    must_go(visit.status, "move")
    plan = Plan(
        visit.client,
        visit.variant,
        therapist or visit.therapist,
        starts_at,
        tuple(one.add_on for one in visit.add_ons),
        id_of(place),
        agreed=visit.minutes,
        overlap_why=overlap_of(actor, overlap_why),
    )
    if plan.starts_at != visit.starts_at:
        must_be_timely(plan, actor, is_new=False, is_walk_in=False)
    is_moved, stood_on = plan.starts_at != visit.starts_at, visit.on_date
    facts = rest_elsewhere(
        visit, plan, actor, is_known=knows_hours(actor, outside_hours=outside_hours),
        override_why=override_why,
    )  # fmt: skip
    if visit.on_date != stood_on:
        visit.self_pay_agreed_at = agreed_anew(visit, facts, self_pay=self_pay)
    if is_moved:
        visit.confirmed_at = None  # they agreed to another time
    join(plan, facts, actor)


@verb(Permission.SCHEDULE_OWN)
@noted
def change_service(
    visit: Visit,
    *,
    actor: Actor,
    variant: ServiceVariant,
    add_ons: Sequence[AddOn] = (),
    version: int | None = None,
    outside_hours: bool = False,
    override_why: str = "",
) -> None:
    """Give a booked visit another service, length or add-ons, at the same time and place.

    Price, minutes and what a late cancel costs are frozen anew, as they are on the
    visit's day. A visit that lies over another on purpose may grow only by who may book
    so. Raises what ``move`` raises.
    """
    visit.expect(version, *SHOWN)
    must_go(visit.status, "change_service")
    _serve(visit, variant, add_ons, actor, outside_hours=outside_hours, override_why=override_why)


@verb(Permission.SCHEDULE_OWN)
@noted
def resize(
    visit: Visit,
    *,
    actor: Actor,
    minutes: int,
    version: int | None = None,
    outside_hours: bool = False,
    override_why: str = "",
) -> None:
    """Give a booked visit another length: so many minutes on the table, add-ons included.

    It becomes the length of the same service that comes to that. Raises DomainError,
    which names the lengths there are, and what ``change_service`` raises.
    """
    must_be_own(actor, visit.therapist_id)
    visit.expect(version, *SHOWN)
    must_go(visit.status, "resize")
    if minutes == visit.minutes:
        return
    extra = sum(one.extra_minutes for one in visit.add_ons)
    lengths = {one.minutes + extra: one for one in visit.variant.service.variants if one.is_active}
    if minutes not in lengths:
        raise DomainError(_lengths_there_are(sorted(lengths)), field="minutes")
    add_ons = [one.add_on for one in visit.add_ons]
    _serve(
        visit, lengths[minutes], add_ons, actor,
        outside_hours=outside_hours, override_why=override_why,
    )  # fmt: skip


def _lengths_there_are(lengths: Sequence[int]) -> Words:
    if not lengths:
        return say("This service is no longer offered in any length.")
    if len(lengths) == 1:
        return say("This service takes {minutes} minutes.", minutes=lengths[0])
    first = ", ".join(str(one) for one in lengths[:-1])
    return say("Choose {first} or {last} minutes.", first=first, last=lengths[-1])


def _serve(
    visit: Visit,
    variant: ServiceVariant,
    add_ons: Sequence[AddOn],
    actor: Actor,
    *,
    outside_hours: bool,
    override_why: str,
) -> None:
    """Another service at the same time, priced as on the visit's day."""
    plan = Plan(visit.client, variant, visit.therapist, visit.starts_at, tuple(add_ons))
    if takes_no_more(plan, visit) or actor.may(Permission.SCHEDULE_OVERLAP):
        plan = replace(plan, overlap_why=visit.overlap_why)
    known_to_be = knows_hours(actor, outside_hours=outside_hours)
    facts = rest_elsewhere(visit, plan, actor, is_known=known_to_be, override_why=override_why)
    visit.minutes, visit.price_minor = plan.minutes, price_of(plan, facts)
    kept = {one.add_on_id: one for one in visit.add_ons}
    visit.add_ons = [kept.get(one.add_on.id, one) for one in added(plan, facts)]
    agree(visit, facts)


def rest_elsewhere(
    visit: Visit, plan: Plan, actor: Actor, *, is_known: bool, override_why: str = ""
) -> Facts:
    """Everything that is asked before a visit that stands may rest elsewhere; then it does.

    ``is_known`` says that it may lie outside working hours.
    """
    must_be_own(actor, visit.therapist_id, plan.therapist.id)
    plan = claim(plan, visit)
    if visit.authorisation is not None:
        gate.count_on(visit.authorisation)
    facts = known(plan, visit)
    is_outside = must_fit_the_day(plan, facts, is_known=is_known)
    verdict = gate.admit(
        plan.person, plan.variant, plan.add_ons, plan.therapist, plan.on, actor,
        authorisation=visit.authorisation, visit=visit, facts=facts, override_why=override_why,
    )  # fmt: skip
    _rest_anew(visit, plan, verdict, actor)
    visit.is_outside_hours = is_outside
    return facts


def _rest_anew(visit: Visit, plan: Plan, verdict: VisitVerdict, actor: Actor) -> None:
    """Give back and take: in place where only the hour is another, else a slot of its own.

    The visit itself is set last and all at once: whatever is asked of the database writes
    down first what was set so far, and a new day with the old day's verdict is refused.
    """
    slot, place = visit.slot, visit.place
    if plan.place_id not in (None, place.id):
        place = db.session.get_one(Place, plan.place_id)
    if _is_same(visit, plan):
        shift(slot, actor=actor, starts_at=plan.starts_at, ends_at=plan.ends_at)
    else:
        free(slot, actor=actor)
        slot = take(
            actor=actor,
            kind="visit",
            starts_at=plan.starts_at,
            ends_at=plan.ends_at,
            wants=plan.wants,
        )
    is_over = bool(plan.overlap_why) and is_overlapping(slot)
    visit.slot, visit.held_slot_id, visit.on_date = slot, slot.id, slot.on_date
    visit.overlap_why = plan.overlap_why if is_over else ""
    visit.verdict_id = verdict.id
    visit.variant, visit.therapist = plan.variant, plan.therapist
    visit.place = place
    (
        visit.therapist_resource_id,
        visit.client_resource_id,
        visit.place_resource_id,
    ) = plan.resources


def _is_same(visit: Visit, plan: Plan) -> bool:
    """Whether it takes the same of everything, in its own lane, on the same day."""
    return (
        plan.resources == resources_of(visit)
        and plan.variant.service_id == visit.variant.service_id
        and plan.on == visit.on_date
        and not (plan.overlap_why or visit.overlap_why)
        and sorted(plan.equipment) == sorted(plan.had)
    )
