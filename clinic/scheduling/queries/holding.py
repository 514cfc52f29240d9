"""Time that is kept for somebody just now; what ran out is not shown."""

from datetime import date

from sqlalchemy import Select, func, select

from clinic.core.clock import now
from clinic.core.db import db
from clinic.core.errors import NotFound
from clinic.core.words import say
from clinic.scheduling.models import Hold
from clinic.timetable.models import Occupancy, Slot


def the_hold(public_id: str) -> Hold:
    """A hold that still counts. Raises NotFound for one that ran out or was taken."""
    hold = the_hold_if_any(public_id)
    if hold is None:
        raise NotFound(say("This time is no longer kept for you."))
    return hold


def the_hold_if_any(public_id: str) -> Hold | None:
    """A hold that still counts, or nothing."""
    return db.session.scalar(_standing().where(Hold.public_id == public_id))


def standing_holds(first: date, last: date) -> list[Hold]:
    """All that is kept on these days."""
    of_days = Slot.on_date.between(first, last)
    return list(db.session.scalars(_standing().where(of_days).order_by(Slot.starts_s, Hold.id)))


def hold_numbered(number: int) -> Hold | None:
    """The row as it stands now, whatever was read before; nothing once it is gone."""
    return db.session.scalar(
        select(Hold).where(Hold.id == number).execution_options(populate_existing=True)
    )


def resources_held(slot_id: int) -> tuple[int, ...]:
    """What the slot of a hold takes."""
    taken = select(Occupancy.resource_id).where(Occupancy.slot_id == slot_id)
    return tuple(db.session.scalars(taken))


def count_of(staff_id: int) -> int:
    """How many times somebody keeps just now."""
    held = select(func.count(Hold.id)).join(Slot, Slot.id == Hold.slot_id)
    return db.session.scalar(held.where(Hold.made_by_id == staff_id, Slot.expires_at > now())) or 0


def _standing() -> Select[Hold]:
    return select(Hold).join(Slot, Slot.id == Hold.slot_id).where(Slot.expires_at > now())
