"""Time taken and given back: the one place that writes slots and what they take.

Who may is asked by the verb above (booking, time off, closing a room); these ask
for the least that any of them needs. Every one locks its resources in ascending
order and looks for a clash before it writes, so that a refusal can say what is
taken; the database's constraint stands behind it all.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from itertools import count

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    and_,
    bindparam,
    delete,
    insert,
    or_,
    select,
)
from sqlalchemy.exc import IntegrityError

from clinic.core.clock import day_bounds, epoch, local_day, now
from clinic.core.db import db
from clinic.core.errors import Conflict, DomainError, broken_constraint
from clinic.core.guard import verb
from clinic.core.permissions import Actor, Permission
from clinic.core.swift import Swift
from clinic.core.transactions import Lock, lock
from clinic.core.words import Words, say
from clinic.practice.queries import the_practice
from clinic.timetable.models import CLASH, LONGEST_SLOT, ClinicDay, Occupancy, Resource, Slot
from clinic.timetable.services.resources import insert_once

_REACH = LONGEST_SLOT * 2
"""Seconds: further back nothing begins that could still be going on."""
MINUTE = 60


@dataclass(frozen=True, slots=True)
class Want:
    """One resource that is wanted, with the minutes before and after that go with it.

    With ``overlap_why`` it is taken even where a visit has it already, in a lane of its
    own and for this reason; where nothing has it, the reason is not kept.
    """

    resource_id: int
    before: int = 0
    after: int = 0
    overlap_why: str = ""


@dataclass(frozen=True, slots=True)
class _Stretch:
    """One resource's seconds, buffers included."""

    resource_id: int
    starts_s: int
    ends_s: int
    may_overlap: bool = False


class SlotTaken(Conflict):
    """Somebody or something has that time already; ``resource_ids`` says which."""

    def __init__(self, words: Words | None = None, resource_ids: tuple[int, ...] = ()) -> None:
        super().__init__(words or say("That time is taken. Choose another."), field="time")
        self.resource_ids = resource_ids


@verb(Permission.SCHEDULE_OWN)
def take(
    *,
    actor: Actor,
    kind: str,
    starts_at: datetime,
    ends_at: datetime,
    wants: Sequence[Want],
    expires_at: datetime | None = None,
    time_off_id: int | None = None,
    closure_id: int | None = None,
) -> Slot:
    """Take a stretch of time of everything that is wanted.

    A slot that crosses midnight belongs to the day on which it starts. Raises SlotTaken,
    and DomainError for a stretch that ends before it starts or is longer than a day.
    """
    starts_s, ends_s = _seconds(starts_at, ends_at)
    stretches = _stretches(wants, starts_s, ends_s)
    lanes = _claim(stretches)
    day = the_day(starts_at)
    slot = Slot(
        kind=kind,
        on_date=day.on_date,
        day_starts_s=day.starts_s,
        day_ends_s=day.ends_s,
        starts_s=starts_s,
        ends_s=ends_s,
        expires_at=expires_at,
        time_off_id=time_off_id,
        closure_id=closure_id,
    )
    db.session.add(slot)
    db.session.flush()
    _occupy(slot, wants, lanes)
    return slot


@verb(Permission.SCHEDULE_OWN)
def shift(slot: Slot, *, actor: Actor, starts_at: datetime, ends_at: datetime) -> None:
    """Move a slot and all it takes to another time, buffers going with it.

    A slot on which a visit rests stays on its own day, as the database demands: for
    another day take a new one, rest the visit on it, and free the old. What becomes
    shorter takes nothing new and is not refused; what it takes stays in its lane.
    Raises SlotTaken.
    """
    starts_s, ends_s = _seconds(starts_at, ends_at)
    held = db.session.execute(
        select(Occupancy.resource_id, Occupancy.before_s, Occupancy.after_s).where(
            Occupancy.slot_id == slot.id
        )
    ).all()
    stretches = [
        _Stretch(row.resource_id, starts_s - row.before_s, ends_s + row.after_s) for row in held
    ]
    if not (slot.starts_s <= starts_s and ends_s <= slot.ends_s):
        _claim(stretches, but=slot.id)
    if not (slot.day_starts_s <= starts_s < slot.day_ends_s):
        day = the_day(starts_at)
        slot.on_date, slot.day_starts_s, slot.day_ends_s = day.on_date, day.starts_s, day.ends_s
    slot.starts_s, slot.ends_s = starts_s, ends_s
    _flush()


@verb(Permission.SCHEDULE_OWN)
def free(slot: Slot, *, actor: Actor) -> None:
    """Give back everything that a slot takes; the slot itself stays, to be taken again."""
    db.session.execute(delete(Occupancy).where(Occupancy.slot_id == slot.id))


@verb(Permission.SCHEDULE_OWN)
def retake(slot: Slot, *, actor: Actor, wants: Sequence[Want]) -> None:
    """Take a freed slot's time again. Raises SlotTaken where somebody else has it by now."""
    lanes = _claim(_stretches(wants, slot.starts_s, slot.ends_s), but=slot.id)
    _occupy(slot, wants, lanes)


@verb(Permission.SCHEDULE_OWN)
def let_go(slot: Slot, *, actor: Actor) -> None:
    """Remove a slot that only held time for a moment, and all that it takes.

    Unlike one that ran out by itself it is written down, so that boards are drawn anew.
    """
    db.session.execute(delete(Occupancy).where(Occupancy.slot_id == slot.id))
    db.session.delete(slot)


@verb(Permission.SCHEDULE_WRITE)
def remove_lapsed(*, actor: Actor) -> bool:
    """Remove one slot that ran out and that nobody took since; whether there was one.

    One a transaction: whoever takes time removes such slots as well, and must not wait for
    somebody who waits for them.
    """
    lapsed = select(Slot.id).where(Slot.expires_at <= now()).order_by(Slot.expires_at).limit(1)
    found = set(db.session.scalars(lapsed))
    _remove(found)
    return bool(found)


def is_overlapping(slot: Slot) -> bool:
    """Whether something of what a slot takes lies over what another has, on purpose."""
    lanes = select(Occupancy.id).where(Occupancy.slot_id == slot.id, Occupancy.lane > 0)
    return db.session.scalar(lanes.limit(1)) is not None


def the_day(moment: datetime) -> ClinicDay:
    """The clinic's day on which an instant falls; made when it is first needed.

    A day keeps the bounds it was made with. Raises DomainError where the clinic's zone
    was changed since, so that the instant no longer lies within its day.
    """
    zone = the_practice().zone
    on = local_day(moment, zone)
    day = db.session.get(ClinicDay, on)
    if day is None:
        starts, ends = day_bounds(on, zone)
        insert_once(ClinicDay, on_date=on, starts_s=epoch(starts), ends_s=epoch(ends))
        day = db.session.get_one(ClinicDay, on)
    if not day.starts_s <= epoch(moment) < day.ends_s:
        raise DomainError(
            say("The clinic's time zone was changed: {day} cannot be used at that hour.", day=on),
            field="time",
        )
    return day


def _seconds(starts_at: datetime, ends_at: datetime) -> tuple[int, int]:
    starts_s, ends_s = epoch(starts_at), epoch(ends_at)
    if ends_s <= starts_s:
        raise DomainError(say("The end lies before the beginning."), field="time")
    if ends_s - starts_s > LONGEST_SLOT:
        raise DomainError(say("That is longer than a day."), field="time")
    return starts_s, ends_s


def _stretches(wants: Sequence[Want], starts_s: int, ends_s: int) -> list[_Stretch]:
    return [
        _Stretch(
            want.resource_id,
            starts_s - want.before * MINUTE,
            ends_s + want.after * MINUTE,
            bool(want.overlap_why),
        )
        for want in wants
    ]


def _claim(stretches: Sequence[_Stretch], but: int | None = None) -> dict[int, int]:
    """Lock, remove holds that ran out, and refuse what somebody else has. Raises SlotTaken.

    Whatever lane it lies in, what is taken is taken. Gives the lanes of those that lie
    over a visit on purpose.
    """
    lock(Lock.RESOURCE, *(stretch.resource_id for stretch in stretches))
    if not stretches:
        return {}
    db.session.flush()  # what this piece of work has taken counts as well
    connection = db.session.connection()
    asked = {"but": but or 0}
    for number, one in enumerate(stretches):
        asked |= {
            f"resource_{number}": one.resource_id,
            f"starts_{number}": one.starts_s,
            f"ends_{number}": one.ends_s,
        }
    found = _in_the_way_of(len(stretches)).rows(connection, **asked)
    present = now()
    expired = {row.slot_id for row in found if row.expires_at and row.expires_at <= present}
    _remove(expired)
    standing = [row for row in found if row.slot_id not in expired]
    willing = {stretch.resource_id for stretch in stretches if stretch.may_overlap}
    in_the_way = [row for row in standing if row.id not in willing or row.kind != "visit"]
    if in_the_way:
        raise SlotTaken(
            what_is_taken(
                in_the_way[0].kind,
                is_therapist=in_the_way[0].staff_id is not None,
                is_client=in_the_way[0].client_id is not None,
                is_equipment=in_the_way[0].equipment_id is not None,
            ),
            tuple(sorted({row.id for row in in_the_way})),
        )
    lanes: dict[int, set[int]] = {}
    for row in standing:
        lanes.setdefault(row.id, {0}).add(row.lane)
    return {
        number: next(lane for lane in count() if lane not in used) for number, used in lanes.items()
    }


@lru_cache(maxsize=32)
def _in_the_way_of(stretches: int) -> Swift:
    """The query for what has any of so many stretches; put together once."""
    return Swift(
        select(
            Occupancy.slot_id, Slot.kind, Slot.expires_at,
            Occupancy.lane, Resource.id, Resource.staff_id, Resource.client_id,
            Resource.equipment_id,
        )
        .join(Slot, Slot.id == Occupancy.slot_id)
        .join(Resource, Resource.id == Occupancy.resource_id)
        .where(
            or_(*(_overlaps(number) for number in range(stretches))),
            Occupancy.slot_id != bindparam("but", 0, BigInteger),
        )
        .order_by(Occupancy.slot_id)
    )  # fmt: skip


def _overlaps(number: int) -> ColumnElement[bool]:
    resource, starts_s, ends_s = (
        bindparam(f"{name}_{number}", 0, BigInteger) for name in ("resource", "starts", "ends")
    )
    return and_(
        Occupancy.resource_id == resource,
        Occupancy.starts_s > starts_s - _REACH,
        Occupancy.starts_s < ends_s,
        Occupancy.ends_s > starts_s,
    )


def _remove(slot_ids: set[int]) -> None:
    if slot_ids:
        ordered = sorted(slot_ids)
        db.session.execute(delete(Occupancy).where(Occupancy.slot_id.in_(ordered)))
        db.session.execute(
            delete(Slot)
            .where(Slot.id.in_(ordered))
            .execution_options(unaudited="a hold that ran out was never anybody's time")
        )


def what_is_taken(
    kind: str,
    *,
    is_therapist: bool = False,
    is_client: bool = False,
    is_equipment: bool = False,
) -> Words:
    """The refusal in words: ``kind`` of slot has the therapist, the client, the equipment, or
    else the room."""
    if kind == "hold":
        return say("That time is kept for somebody just now. Wait a little, or choose another.")
    if is_therapist:
        is_away = kind == "time_off"
        return _IS_AWAY if is_away else say("The therapist is taken then. Choose another time.")
    if is_client:
        return say("The client has another visit then. Choose another time.")
    if is_equipment:
        return say("The equipment it needs is taken then. Choose another time.")
    is_closed = kind == "closure"
    return _IS_CLOSED if is_closed else say("The room is taken then. Choose another time or room.")


_IS_AWAY = say("The therapist is away then. Choose another time.")
_IS_CLOSED = say("The room is closed then. Choose another time or room.")


def _occupy(slot: Slot, wants: Sequence[Want], lanes: Mapping[int, int] | None = None) -> None:
    if not wants:
        return
    lanes = lanes or {}
    rows = [
        {
            "slot_id": slot.id,
            "resource_id": want.resource_id,
            "slot_starts_s": slot.starts_s,
            "slot_ends_s": slot.ends_s,
            "before_s": want.before * MINUTE,
            "after_s": want.after * MINUTE,
            "lane": lanes.get(want.resource_id, 0),
            "overlap_reason": want.overlap_why if want.resource_id in lanes else "",
        }
        for want in sorted(wants, key=lambda want: want.resource_id)
    ]
    try:
        db.session.connection().execute(insert(Occupancy.__table__), rows)  # type: ignore[arg-type]
    except IntegrityError as error:
        raise _meant(error) from error


def _flush() -> None:
    try:
        db.session.flush()
    except IntegrityError as error:
        raise _meant(error) from error


def _meant(error: IntegrityError) -> Exception:
    return SlotTaken() if broken_constraint(error) == CLASH else error
