"""Another time, therapist, room or service: the visit stays, all it rests on is made anew."""

from collections.abc import Sequence
from datetime import datetime

from clinic.catalogue.models import AddOn, ServiceVariant
from clinic.core.guard import verb
from clinic.core.permissions import Actor, Permission
from clinic.core.transactions import Lock, lock
from clinic.scheduling.models import Visit, VisitVerdict
from clinic.scheduling.queries.facts import Facts
from clinic.scheduling.rules import must_go
from clinic.scheduling.services import gate
from clinic.scheduling.services.booking import added, join, price_of
from clinic.scheduling.services.plans import (
    Plan,
    claim,
    known,
    must_be_own,
    must_be_timely,
    must_fit_the_day,
    resources_of,
)
from clinic.staff.models import StaffMember
from clinic.timetable.models import Place
from clinic.timetable.services import free, shift, take

SHOWN = ("status", "starts_at")
"""What a stale edit of a visit shows of the version that stands."""


@verb(Permission.SCHEDULE_OWN)
def move(
    visit: Visit,
    *,
    actor: Actor,
    starts_at: datetime,
    therapist: StaffMember | None = None,
    place: Place | None = None,
    version: int | None = None,
    outside_hours: bool = False,
) -> None:
    """Move a booked visit to another time, therapist or room.

    Without a place it keeps its own where that is free. What was agreed on, its price
    among it, stays. Raises what ``book`` raises, StaleEdit, and Conflict for a visit
    that is not booked.
    """
    visit.expect(version, *SHOWN)
    must_go(visit.status, "move")
    plan = Plan(
        visit.client,
        visit.variant,
        therapist or visit.therapist,
        starts_at,
        tuple(one.add_on for one in visit.add_ons),
        place,
        agreed=visit.minutes,
    )
    plan, facts, verdict = _admit(visit, plan, actor, outside_hours=outside_hours)
    if plan.starts_at != visit.starts_at:
        visit.confirmed_at = None  # they agreed to another time
    _rest_anew(visit, plan, verdict, actor)
    join(plan, facts, actor)


@verb(Permission.SCHEDULE_OWN)
def change_service(
    visit: Visit,
    *,
    actor: Actor,
    variant: ServiceVariant,
    add_ons: Sequence[AddOn] = (),
    version: int | None = None,
    outside_hours: bool = False,
) -> None:
    """Give a booked visit another service, length or add-ons, at the same time and place.

    Price and minutes are frozen anew, as they are on the visit's day. Raises what
    ``move`` raises.
    """
    visit.expect(version, *SHOWN)
    must_go(visit.status, "change_service")
    plan = Plan(visit.client, variant, visit.therapist, visit.starts_at, tuple(add_ons))
    plan, facts, verdict = _admit(visit, plan, actor, outside_hours=outside_hours)
    _rest_anew(visit, plan, verdict, actor)
    visit.minutes, visit.price_minor = plan.minutes, price_of(plan, facts)
    _put_add_ons(visit, plan, facts)


def _put_add_ons(visit: Visit, plan: Plan, facts: Facts) -> None:
    kept = {one.add_on_id: one for one in visit.add_ons}
    visit.add_ons = [kept.get(one.add_on.id, one) for one in added(plan, facts)]


def _admit(
    visit: Visit, plan: Plan, actor: Actor, *, outside_hours: bool
) -> tuple[Plan, Facts, VisitVerdict]:
    """Everything that is asked before a visit that stands may rest elsewhere."""
    must_be_own(actor, visit.therapist_id, plan.therapist.id)
    if plan.starts_at != visit.starts_at:
        must_be_timely(plan, actor, is_new=False, is_walk_in=False)
    plan = claim(plan, visit)
    if visit.authorisation_id is not None:
        lock(Lock.AUTHORISATION, visit.authorisation_id)
    facts = known(plan, visit)
    must_fit_the_day(plan, facts, actor, outside_hours=outside_hours)
    verdict = gate.admit(
        plan.client, plan.variant, plan.add_ons, plan.therapist, plan.on, actor,
        authorisation=visit.authorisation, visit=visit, facts=facts,
    )  # fmt: skip
    return plan, facts, verdict


def _rest_anew(visit: Visit, plan: Plan, verdict: VisitVerdict, actor: Actor) -> None:
    """Give back and take: in place where only the hour is another, else a slot of its own."""
    is_same = plan.resources == resources_of(visit) and plan.variant is visit.variant
    if is_same and plan.on == visit.on_date:
        shift(visit.slot, actor=actor, starts_at=plan.starts_at, ends_at=plan.ends_at)
    else:
        free(visit.slot, actor=actor)
        visit.slot = take(
            actor=actor,
            kind="visit",
            starts_at=plan.starts_at,
            ends_at=plan.ends_at,
            wants=plan.wants,
        )
        visit.held_slot_id, visit.on_date = visit.slot.id, visit.slot.on_date
    visit.verdict_id = verdict.id
    visit.variant, visit.therapist = plan.variant, plan.therapist
    visit.place = plan.place or visit.place
    (
        visit.therapist_resource_id,
        visit.client_resource_id,
        visit.place_resource_id,
    ) = plan.resources
