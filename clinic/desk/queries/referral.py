"""An order as the desk sees it: what was asked, what has been had, what is still to be booked."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import groupby
from typing import Any

from sqlalchemy import select, tuple_

from clinic.audit.models import ChangeEntry
from clinic.core.clock import from_epoch, local_day
from clinic.core.db import db
from clinic.practice.queries import the_practice
from clinic.referrals.models import Referral
from clinic.referrals.rules import (
    SOON,
    Counts,
    Standing,
    Window,
    left,
    over,
    standing,
    window_of,
)
from clinic.scheduling.models import Visit
from clinic.scheduling.queries.counts import RESERVING, counted
from clinic.scheduling.rules.counting import takes_one
from clinic.staff.models import StaffMember
from clinic.timetable.models import Slot

VISITS_MOST = 400
HISTORY_MOST = 50
_DONE = (Standing.USED_UP, Standing.EXPIRED, Standing.CLOSED)


@dataclass(frozen=True, slots=True)
class VisitLine:
    """A visit as the page of an order lists it."""

    public_id: str
    authorisation_id: int | None
    status: str
    starts_at: datetime
    therapist: str
    by: str = ""
    """By whom it was cancelled, if it was."""
    over_why: str = ""

    @property
    def is_booked(self) -> bool:
        return self.status in RESERVING


@dataclass(frozen=True, slots=True)
class Allowed:
    """An authorisation with what has become of its visits."""

    authorisation: Any
    counts: Counts
    standing: Standing
    visits: list[VisitLine]
    others: list[VisitLine]
    """Visits that were booked on it and do not count."""
    today: date

    @property
    def left(self) -> int:
        return left(self.counts, self.authorisation)

    @property
    def over(self) -> int:
        return over(self.counts, self.authorisation)

    @property
    def window(self) -> Window:
        """From when until when it lasts, as far as that can be told."""
        return window_of(self.authorisation)

    @property
    def outside(self) -> list[VisitLine]:
        """Visits that count and lie outside: the first one was moved, or another came before."""
        zone = the_practice().zone
        return [one for one in self.visits if not self.window.holds(local_day(one.starts_at, zone))]

    @property
    def days_left(self) -> int | None:
        """Days until the last one, where that is soon."""
        until = self.authorisation.valid_until
        near = until is not None and timedelta() <= until - self.today <= SOON
        return (until - self.today).days if near else None


def allowed_of(referral: Referral, today: date) -> list[Allowed]:
    """The authorisations of an order, each with its visits, in the order of their use."""
    ids = [one.id for one in referral.authorisations]
    counts, visits = counted(ids), _visits_of(ids)
    return [_allowed(one, counts[one.id], visits.get(one.id, []), today)
            for one in referral.authorisations]  # fmt: skip


def _allowed(one: Any, counts: Counts, visits: list[VisitLine], today: date) -> Allowed:
    return Allowed(
        authorisation=one,
        counts=counts,
        standing=standing(counts, one, today),
        visits=[visit for visit in visits if takes_one(visit.status, visit.by, one)],
        others=[visit for visit in visits if not takes_one(visit.status, visit.by, one)],
        today=today,
    )


def _visits_of(authorisation_ids: list[int]) -> dict[int | None, list[VisitLine]]:
    rows = db.session.execute(
        select(
            Visit.public_id,
            Visit.authorisation_id,
            Visit.status,
            Slot.starts_s,
            StaffMember.name,
            Visit.cancelled_by,
            Visit.over_why,
        )
        .join(Slot, Slot.id == Visit.slot_id)
        .join(StaffMember, StaffMember.id == Visit.therapist_id)
        .where(Visit.authorisation_id.in_(authorisation_ids))
        .order_by(Visit.authorisation_id, Slot.starts_s, Visit.id)
        .limit(VISITS_MOST)
    )
    lines = [
        VisitLine(pid, one, status, from_epoch(at), *rest) for pid, one, status, at, *rest in rows
    ]
    return {key: list(some) for key, some in groupby(lines, key=lambda line: line.authorisation_id)}


def history_of(referral: Referral) -> Sequence[Any]:
    """Who changed the order or its authorisations, when, and which fields; never the values."""
    things = [("referral", referral.public_id)]
    things += [("authorisation", one.public_id) for one in referral.authorisations]
    named = tuple_(ChangeEntry.object_table, ChangeEntry.object_id)
    return db.session.execute(
        select(
            ChangeEntry.at,
            ChangeEntry.verb,
            ChangeEntry.kind,
            ChangeEntry.object_table,
            ChangeEntry.fields,
            StaffMember.name,
        )
        .outerjoin(StaffMember, StaffMember.id == ChangeEntry.actor_id)
        .where(named.in_(things))
        .order_by(ChangeEntry.seq.desc())
        .limit(HISTORY_MOST)
    ).all()
