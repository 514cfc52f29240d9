"""Time kept for a moment: a caller decides, and nobody else takes it meanwhile."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import inspect

from clinic.catalogue.models import AddOn, ServiceVariant
from clinic.clients.models import Client
from clinic.clients.queries import kept_record
from clinic.core.clock import now
from clinic.core.db import db
from clinic.core.errors import Conflict, NotAllowed
from clinic.core.guard import verb
from clinic.core.permissions import Actor, Permission
from clinic.core.transactions import Lock, lock
from clinic.core.words import say
from clinic.scheduling.models import Hold
from clinic.scheduling.queries.holding import count_of, hold_numbered, resources_held
from clinic.scheduling.rules import HOLD_MINUTES, HOLDS_MAX
from clinic.scheduling.services import gate
from clinic.scheduling.services.claims import claim
from clinic.scheduling.services.plans import (
    Plan,
    id_of,
    known,
    must_be_own,
    must_be_timely,
    must_fit_the_day,
)
from clinic.staff.models import StaffMember
from clinic.timetable.models import Place
from clinic.timetable.services import let_go as remove
from clinic.timetable.services import take


@dataclass(frozen=True, slots=True)
class Held:
    """What a hold keeps: its slot, its place, and what is to be locked with it; or nothing."""

    hold: Hold | None = None
    slot_id: int | None = None
    place_id: int | None = None
    resources: tuple[int, ...] = ()


@verb(Permission.SCHEDULE_OWN)
def hold_time(
    *,
    actor: Actor,
    variant: ServiceVariant,
    therapist: StaffMember,
    starts_at: datetime,
    place: Place | None = None,
    add_ons: Sequence[AddOn] = (),
    client: Client | None = None,
) -> Hold:
    """Keep a time for ``HOLD_MINUTES``: it takes therapist, place, equipment, and the client
    if one is named. After that it is free again by itself.

    Nobody keeps more than ``HOLDS_MAX`` times at once. Raises what ``book`` raises of the
    therapist, the room and the hours; of the client nothing is asked yet.
    """
    must_be_own(actor, therapist.id)
    _must_not_hoard(actor)
    person = kept_record(client) if client is not None else None
    plan = Plan(person, variant, therapist, starts_at, tuple(add_ons), id_of(place))
    must_be_timely(plan, actor, is_new=True, is_walk_in=False)
    plan = claim(plan)
    slot = take(
        actor=actor,
        kind="hold",
        starts_at=starts_at,
        ends_at=plan.ends_at,
        wants=plan.wants,
        expires_at=now() + timedelta(minutes=HOLD_MINUTES),
    )
    facts = known(plan, slot=slot)
    must_fit_the_day(plan, facts, is_known=False)
    gate.must_be_able(variant, plan.add_ons, therapist, plan.on, facts)
    hold = Hold(
        slot=slot,
        variant=variant,
        therapist=therapist,
        place_id=plan.place_id,
        client=person,
        made_by_id=actor.id,
    )
    db.session.add(hold)
    return hold


@verb(Permission.SCHEDULE_OWN)
def let_go(hold: Hold, *, actor: Actor) -> None:
    """Give kept time back at once. What ran out or was taken meanwhile is gone already.

    Only who keeps it, or who keeps the schedule. Raises NotAllowed.
    """
    give_up(standing_hold(hold, actor), actor)


def standing_hold(hold: Hold | None, actor: Actor) -> Held:
    """What a hold keeps now; nothing where it is gone or ran out. Raises NotAllowed."""
    # By its number: the row may be gone, and what was read of it before is not asked.
    identity = inspect(hold).identity if hold is not None else None
    kept = hold_numbered(identity[0]) if identity is not None else None
    if kept is None or kept.slot.expires_at is None or kept.slot.expires_at <= now():
        return Held()
    if kept.made_by_id != actor.id and not actor.may(Permission.SCHEDULE_WRITE):
        raise NotAllowed(say("Somebody else keeps this time."))
    return Held(kept, kept.slot_id, kept.place_id, resources_held(kept.slot_id))


def give_up(held: Held, actor: Actor) -> None:
    """Give back what is held, under its locks."""
    if held.hold is not None:
        lock(Lock.RESOURCE, *held.resources)
        slot = held.hold.slot
        db.session.expunge(held.hold)
        remove(slot, actor=actor)


def _must_not_hoard(actor: Actor) -> None:
    if actor.id is None:
        return
    lock(Lock.HOUSE, actor.id)
    if count_of(actor.id) >= HOLDS_MAX:
        raise Conflict(
            say("You keep {count} times already. Let one go, or book it.", count=HOLDS_MAX)
        )
