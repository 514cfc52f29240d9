"""Time off: asked for, approved, declined, called off."""

from datetime import datetime

from clinic.core.db import db
from clinic.core.errors import Conflict, DomainError, NotAllowed
from clinic.core.guard import verb
from clinic.core.permissions import Actor, Permission
from clinic.core.transactions import Lock, lock
from clinic.core.words import say
from clinic.staff.models import StaffMember
from clinic.timetable.models import Slot, TimeOff
from clinic.timetable.rules import TIME_OFF_EDGES
from clinic.timetable.services.days import check_stretch, give_back, take_days
from clinic.timetable.services.resources import resource_for
from clinic.timetable.services.standing import refuse_while_visits_stand


@verb(Permission.TIME_OFF_ASK)
def ask(
    member: StaffMember,
    *,
    actor: Actor,
    kind: str,
    starts_at: datetime,
    ends_at: datetime,
    note: str = "",
) -> TimeOff:
    """Ask for time off: it takes no time until it is approved.

    For oneself; whoever may write the timetable asks for anybody. Raises NotAllowed.
    """
    _refuse_strangers(member.id, actor)
    if kind not in TimeOff.KINDS:
        raise DomainError(say("Choose a kind."), field="kind")
    check_stretch(starts_at, ends_at)
    wanted = TimeOff(staff_id=member.id, kind=kind, starts_at=starts_at, ends_at=ends_at, note=note)
    db.session.add(wanted)
    return wanted


@verb(Permission.TIMETABLE_WRITE)
def approve(time_off: TimeOff, *, actor: Actor, version: int | None = None) -> None:
    """Give the time off: from now on it is taken.

    Raises VisitsStand, which says how many visits stand in it and when the first
    begin; SlotTaken where the person is away then already.
    """
    resource = _go(time_off, "approved", version)
    refuse_while_visits_stand([resource], time_off.starts_at, time_off.ends_at)
    take_days(
        [resource],
        actor=actor,
        kind="time_off",
        starts_at=time_off.starts_at,
        ends_at=time_off.ends_at,
        time_off_id=time_off.id,
    )


@verb(Permission.TIMETABLE_WRITE)
def decline(time_off: TimeOff, *, actor: Actor, version: int | None = None) -> None:
    """Do not give the time off."""
    _go(time_off, "declined", version)


@verb(Permission.TIME_OFF_ASK)
def call_off(time_off: TimeOff, *, actor: Actor, version: int | None = None) -> None:
    """Call time off off again, for oneself or by the owner: its time is free."""
    _refuse_strangers(time_off.staff_id, actor)
    _go(time_off, "cancelled", version)
    give_back(Slot.time_off_id == time_off.id)


def _go(time_off: TimeOff, status: str, version: int | None) -> int:
    """Lock whose time it is, and answer what still waits for that answer under the lock.

    Gives what was locked. Raises StaleEdit, Conflict.
    """
    resource = resource_for(staff_id=time_off.staff_id)
    lock(Lock.RESOURCE, resource)
    db.session.refresh(time_off)
    time_off.expect(version, "status", "starts_at", "ends_at")
    if status not in TIME_OFF_EDGES[time_off.status]:
        raise Conflict(say("This was answered already. Look at it again."))
    time_off.status = status
    return resource


def _refuse_strangers(staff_id: int, actor: Actor) -> None:
    if staff_id != actor.id and not actor.may(Permission.TIMETABLE_WRITE):
        raise NotAllowed
