"""Time taken and given back: the one place that writes slots and what they take.

Who may is asked by the verb above (booking, time off, closing a room); these ask
for the least that any of them needs. Every one locks its resources in ascending
order and looks for a clash before it writes, so that a refusal can say what is
taken; the database's constraint stands behind it all.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import lru_cache
from itertools import count
from operator import attrgetter
from typing import Any, NamedTuple

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Date,
    and_,
    bindparam,
    delete,
    insert,
    null,
    or_,
    select,
)
from sqlalchemy.exc import IntegrityError

from clinic.audit.services import put
from clinic.core.clock import day_bounds, epoch, local_day, now
from clinic.core.db import db
from clinic.core.errors import DomainError, broken_constraint
from clinic.core.guard import verb
from clinic.core.permissions import Actor, Permission
from clinic.core.swift import Swift
from clinic.core.transactions import Lock, lock
from clinic.core.words import say
from clinic.practice.queries import the_practice
from clinic.timetable.models import CLASH, LONGEST_SLOT, ClinicDay, Occupancy, Resource, Slot
from clinic.timetable.services.refusing import SlotTaken, what_is_taken
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


class _Day(NamedTuple):
    """The clinic's day, with the seconds that it was made with."""

    on: date
    starts_s: int
    ends_s: int


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
    on = local_day(starts_at, the_practice().zone)
    lanes, known = _claim(stretches, on=on)
    day = _day_of(starts_at, on, known)
    slot = Slot(
        kind=kind,
        on_date=day.on,
        day_starts_s=day.starts_s,
        day_ends_s=day.ends_s,
        starts_s=starts_s,
        ends_s=ends_s,
        expires_at=expires_at,
        time_off_id=time_off_id,
        closure_id=closure_id,
    )
    put(slot)
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
        slot.on_date, slot.day_starts_s, slot.day_ends_s = day.on, day.starts_s, day.ends_s
    slot.starts_s, slot.ends_s = starts_s, ends_s
    _flush()


@verb(Permission.SCHEDULE_OWN)
def free(slot: Slot, *, actor: Actor) -> None:
    """Give back everything that a slot takes; the slot itself stays, to be taken again."""
    db.session.execute(delete(Occupancy).where(Occupancy.slot_id == slot.id))


@verb(Permission.SCHEDULE_OWN)
def retake(slot: Slot, *, actor: Actor, wants: Sequence[Want]) -> None:
    """Take a freed slot's time again. Raises SlotTaken where somebody else has it by now."""
    lanes, _ = _claim(_stretches(wants, slot.starts_s, slot.ends_s), but=slot.id)
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


def the_day(moment: datetime) -> _Day:
    """The clinic's day on which an instant falls; made when it is first needed.

    A day keeps the bounds it was made with. Raises DomainError where the clinic's zone
    was changed since, so that the instant no longer lies within its day.
    """
    on = local_day(moment, the_practice().zone)
    return _day_of(moment, on, _known_day(on))


def _known_day(on: date) -> _Day | None:
    found = _DAY.first(db.session.connection(), on=on)
    return _Day(on, *found) if found else None


def _day_of(moment: datetime, on: date, known: _Day | None) -> _Day:
    """The same, where it was asked for already; None where it is not made yet."""
    day = known
    if day is None:
        starts, ends = day_bounds(on, the_practice().zone)
        day = _Day(on, epoch(starts), epoch(ends))
        insert_once(ClinicDay, on_date=on, starts_s=day.starts_s, ends_s=day.ends_s)
        # Of two who make it at once one does: it is as that one made it.
        day = _known_day(on) or day
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


def _claim(
    stretches: Sequence[_Stretch], but: int | None = None, on: date | None = None
) -> tuple[dict[int, int], _Day | None]:
    """Lock, remove holds that ran out, and refuse what somebody else has. Raises SlotTaken.

    Whatever lane it lies in, what is taken is taken. Gives the lanes of those that lie
    over a visit on purpose, and the day ``on`` where it is made already.
    """
    lock(Lock.RESOURCE, *(stretch.resource_id for stretch in stretches))
    if not stretches:
        return {}, _known_day(on) if on else None
    db.session.flush()  # what this piece of work has taken counts as well
    connection = db.session.connection()
    asked: dict[str, Any] = {"but": but or 0, "on": on}
    for number, one in enumerate(stretches):
        asked |= {
            f"resource_{number}": one.resource_id,
            f"starts_{number}": one.starts_s,
            f"ends_{number}": one.ends_s,
        }
    rows = _in_the_way_of(len(stretches)).rows(connection, **asked)
    found = sorted((row for row in rows if row.slot_id is not None), key=_BY_SLOT)
    day = next((_Day(on, row.lane, row.id) for row in rows if on and row.slot_id is None), None)
    present = now()
    expired = {row.slot_id for row in found if row.expires_at and row.expires_at <= present}
    _remove(expired)
    standing = [row for row in found if row.slot_id not in expired]
    willing = {stretch.resource_id for stretch in stretches if stretch.may_overlap}
    in_the_way = [row for row in standing if row.id not in willing or row.kind != "visit"]
    if in_the_way:
        raise _taken(in_the_way)
    lanes: dict[int, set[int]] = {}
    for row in standing:
        lanes.setdefault(row.id, {0}).add(row.lane)
    free = {
        number: next(lane for lane in count() if lane not in used) for number, used in lanes.items()
    }
    return free, day


_TABLE: Any = Occupancy.__table__
_OCCUPY = insert(_TABLE)
_BY_SLOT = attrgetter("slot_id")
_ON: Any = bindparam("on", None, Date)
_DAY = Swift(select(ClinicDay.starts_s, ClinicDay.ends_s).where(ClinicDay.on_date == _ON))


@lru_cache(maxsize=32)
def _in_the_way_of(stretches: int) -> Swift:
    """The query for what has any of so many stretches, and in a row without a slot for the
    bounds of a day; put together once."""
    nothing = null()
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
        .union_all(
            select(
                nothing, nothing, nothing, ClinicDay.starts_s, ClinicDay.ends_s,
                nothing, nothing, nothing,
            ).where(ClinicDay.on_date == _ON)
        )
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


def _taken(in_the_way: Sequence[Any]) -> SlotTaken:
    first = in_the_way[0]
    words = what_is_taken(
        first.kind,
        is_therapist=first.staff_id is not None,
        is_client=first.client_id is not None,
        is_equipment=first.equipment_id is not None,
    )
    return SlotTaken(words, tuple(sorted({row.id for row in in_the_way})))


def _remove(slot_ids: set[int]) -> None:
    if slot_ids:
        ordered = sorted(slot_ids)
        db.session.execute(delete(Occupancy).where(Occupancy.slot_id.in_(ordered)))
        db.session.execute(
            delete(Slot)
            .where(Slot.id.in_(ordered))
            .execution_options(unaudited="a hold that ran out was never anybody's time")
        )


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
        db.session.connection().execute(_OCCUPY, rows)
    except IntegrityError as error:
        raise _meant(error) from error


def _flush() -> None:
    try:
        db.session.flush()
    except IntegrityError as error:
        raise _meant(error) from error


def _meant(error: IntegrityError) -> Exception:
    return SlotTaken() if broken_constraint(error) == CLASH else error
