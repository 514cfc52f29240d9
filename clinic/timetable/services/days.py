"""A long stretch of time, taken day by day and given back whole."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import date, datetime, timedelta

from sqlalchemy import ColumnElement, delete, select

from clinic.core.clock import day_bounds, local_day
from clinic.core.db import db
from clinic.core.errors import DomainError
from clinic.core.permissions import Actor
from clinic.core.words import say
from clinic.practice.queries import the_practice
from clinic.timetable.models import Occupancy, Slot
from clinic.timetable.rules import LONGEST_ABSENCE
from clinic.timetable.services.slots import Want, take


def check_stretch(starts_at: datetime, ends_at: datetime) -> None:
    """Raises DomainError for a stretch that ends before it starts, or lasts over a year."""
    if ends_at <= starts_at:
        raise DomainError(
            say("The end lies before the beginning. Change one of the two."), field="until_day"
        )
    if ends_at - starts_at > timedelta(days=LONGEST_ABSENCE):
        raise DomainError(say("That is longer than a year. Check the dates."), field="until_day")


def take_days(
    resource_ids: Iterable[int],
    *,
    actor: Actor,
    kind: str,
    starts_at: datetime,
    ends_at: datetime,
    time_off_id: int | None = None,
    closure_id: int | None = None,
) -> list[Slot]:
    """A slot for each of the clinic's days, taking all of these. Raises SlotTaken."""
    wants: Sequence[Want] = [Want(number) for number in resource_ids]
    return [
        take(
            actor=actor,
            kind=kind,
            starts_at=begins,
            ends_at=ends,
            wants=wants,
            time_off_id=time_off_id,
            closure_id=closure_id,
        )
        for begins, ends in _days(starts_at, ends_at)
    ]


def _days(starts_at: datetime, ends_at: datetime) -> Iterator[tuple[datetime, datetime]]:
    zone = the_practice().zone
    first, last = local_day(starts_at, zone), local_day(ends_at, zone)
    for number in range(first.toordinal(), last.toordinal() + 1):
        begins, ends = day_bounds(date.fromordinal(number), zone)
        if max(begins, starts_at) < min(ends, ends_at):
            yield max(begins, starts_at), min(ends, ends_at)


def give_back(what: ColumnElement[bool]) -> None:
    """Remove the slots of an absence or a closure, and all that they take."""
    slots = db.session.scalars(select(Slot).where(what).order_by(Slot.id)).all()
    db.session.execute(delete(Occupancy).where(Occupancy.slot_id.in_([slot.id for slot in slots])))
    for slot in slots:
        db.session.delete(slot)
