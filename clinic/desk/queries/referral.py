"""Orders as the desk sees them: what was asked, what has been had, what is still to be booked."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import groupby
from typing import Any

from sqlalchemy import Select, select, tuple_

from clinic.audit.models import ChangeEntry
from clinic.audit.services import saw
from clinic.clients.rules import said_name
from clinic.core.clock import from_epoch
from clinic.core.db import db
from clinic.referrals.models import Referral
from clinic.referrals.queries import authorisations_of, found, is_open
from clinic.referrals.rules import (
    SOON,
    Counts,
    Standing,
    State,
    last_day,
    left,
    over,
    standing,
    state_of,
)
from clinic.scheduling.models import Visit
from clinic.scheduling.queries.counts import RESERVING, counted
from clinic.staff.models import StaffMember
from clinic.timetable.models import Slot

OPEN_MOST = 300
"""Open orders that the worklist shows; a clinic with more of them filters."""
VISITS_MOST = 400
HISTORY_MOST = 50
URGENCIES = ("emergency", "urgent", "soon", "routine")
_DONE = (Standing.USED_UP, Standing.EXPIRED)


@dataclass(frozen=True, slots=True)
class Line:
    """One order of the worklist; the figures are of the authorisations that still count."""

    row: Any
    state: State
    visits: int
    used: int
    booked: int
    left: int
    over: int
    until: date | None
    next_on: date | None
    today: date

    @property
    def client(self) -> str:
        return said_name(self.row.first_name, self.row.last_name, self.row.preferred_name)

    @property
    def provider(self) -> str:
        name = f"{self.row.provider_first_name} {self.row.provider_last_name}".strip()
        return name if self.row.credentials == "other" else f"{name}, {self.row.credentials}"

    @property
    def is_late(self) -> bool:
        """Whether an order that cannot wait still has no visit booked."""
        return self.state is State.NEW and self.row.urgency in URGENCIES[:2]

    @property
    def is_unclosed(self) -> bool:
        """Whether a booked visit's day has passed, and nobody said what became of it."""
        return self.next_on is not None and self.next_on < self.today

    @property
    def ends_soon(self) -> bool:
        return self.until is not None and self.until - self.today <= SOON

    @property
    def _rank(self) -> tuple[Any, ...]:
        urgency = URGENCIES.index(self.row.urgency)
        return (urgency, self.until or date.max, self.row.received_on, self.row.id)


def worklist(text: str, today: date) -> tuple[list[tuple[State, list[Line]]], bool]:
    """The open orders by state, in each the most urgent first; and whether there are more."""
    wanted = found(text).where(is_open()).order_by(Referral.received_on.desc(), Referral.id.desc())
    rows = db.session.execute(wanted.limit(OPEN_MOST + 1)).all()
    lines = lines_of(rows[:OPEN_MOST], today)
    groups = [(state, [line for line in lines if line.state is state]) for state in State]
    return [group for group in groups if group[1]], len(rows) > OPEN_MOST


def ended(text: str) -> Select[*tuple[Any, ...]]:
    """The orders that have ended, the latest first."""
    return (
        found(text)
        .where(Referral.ended_on.is_not(None))
        .order_by(Referral.ended_on.desc(), Referral.id.desc())
    )


def lines_of(rows: Sequence[Any], today: date) -> list[Line]:
    """Lines for rows of the list: their authorisations and visits in two queries."""
    saw("contact", [row.client_public_id for row in rows])
    allowed = db.session.execute(authorisations_of([row.id for row in rows])).all() if rows else []
    counts = counted([row.id for row in allowed])
    by_referral: dict[int, list[tuple[Any, Counts]]] = {row.id: [] for row in rows}
    for one in allowed:
        by_referral[one.referral_id].append((one, counts[one.id]))
    lines = [_line(row, by_referral[row.id], today) for row in rows]
    return sorted(lines, key=lambda line: line._rank)


def _line(row: Any, pairs: list[tuple[Any, Counts]], today: date) -> Line:
    live = [pair for pair in pairs if standing(pair[1], pair[0], today) not in _DONE]
    shown = live or pairs[-1:]
    nexts = [counts.next_on for _, counts in pairs if counts.next_on]
    return Line(
        row=row,
        state=state_of(pairs, today, is_ended=row.ended_on is not None),
        visits=sum(allowed.visits for allowed, _ in shown),
        used=sum(counts.used for _, counts in shown),
        booked=sum(counts.reserved for _, counts in shown),
        left=sum(left(counts, allowed) for allowed, counts in live),
        over=sum(over(counts, allowed) for allowed, counts in shown),
        until=last_day(shown),
        next_on=min(nexts, default=None),
        today=today,
    )


@dataclass(frozen=True, slots=True)
class VisitLine:
    """A visit as the page of an order lists it."""

    public_id: str
    authorisation_id: int | None
    status: str
    starts_at: datetime
    therapist: str

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
    counting = {"completed", *RESERVING}
    if one.counts_missed:
        counting.add("no_show")
    if one.counts_late_cancelled:
        counting.add("late_cancelled")
    return Allowed(
        authorisation=one,
        counts=counts,
        standing=standing(counts, one, today),
        visits=[visit for visit in visits if visit.status in counting],
        others=[visit for visit in visits if visit.status not in counting],
        today=today,
    )


def _visits_of(authorisation_ids: list[int]) -> dict[int | None, list[VisitLine]]:
    rows = db.session.execute(
        select(
            Visit.public_id, Visit.authorisation_id, Visit.status, Slot.starts_s, StaffMember.name
        )
        .join(Slot, Slot.id == Visit.slot_id)
        .join(StaffMember, StaffMember.id == Visit.therapist_id)
        .where(Visit.authorisation_id.in_(authorisation_ids))
        .order_by(Visit.authorisation_id, Slot.starts_s, Visit.id)
        .limit(VISITS_MOST)
    )
    lines = [
        VisitLine(pid, one, status, from_epoch(at), name) for pid, one, status, at, name in rows
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
