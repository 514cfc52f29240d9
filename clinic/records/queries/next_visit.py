"""The visit after one: what stands at the foot of its note."""

from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import func, select
from sqlalchemy.orm import aliased

from clinic.clients.queries import is_of_person
from clinic.core.clock import epoch, now
from clinic.core.db import db
from clinic.scheduling.models import SeriesItem, Visit
from clinic.scheduling.queries.counts import RESERVING
from clinic.timetable.models import Slot


@dataclass(frozen=True, slots=True)
class NextVisit:
    """When somebody comes next, to whom, and which visit of a series that is (0: of none)."""

    public_id: str
    on: date
    starts_at: datetime
    service: str
    therapist: str
    number: int = 0
    planned: int = 0


def next_visit(visit: Visit) -> NextVisit | None:
    """The person's first visit after this one that is still to come: one query."""
    one = aliased(SeriesItem)
    planned = select(func.count()).where(SeriesItem.series_id == one.series_id).correlate(one)
    row = (
        db.session.execute(
            select(Visit, one.number, planned.scalar_subquery())
            .join(Slot, Slot.id == Visit.slot_id)
            .outerjoin(one, one.visit_id == Visit.id)
            .where(
                is_of_person(Visit.client_id, visit.client.known_as),
                Visit.status.in_(RESERVING),
                Slot.starts_s > max(visit.slot.starts_s, epoch(now())),
            )
            .order_by(Slot.starts_s, Visit.id)
            .limit(1)
        )
        .unique()
        .first()
    )
    if row is None:
        return None
    found, number, count = row
    return NextVisit(
        public_id=found.public_id,
        on=found.on_date,
        starts_at=found.starts_at,
        service=found.variant.service.name,
        therapist=found.therapist.name,
        number=number or 0,
        planned=count or 0,
    )
