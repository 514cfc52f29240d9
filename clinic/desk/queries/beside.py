"""What stands beside the board about one visit: how often the client was here, what is open."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import BigInteger, Date, and_, bindparam, case, func, select

from clinic.clients.models import Client
from clinic.clients.queries import is_of_person
from clinic.core.clock import from_epoch
from clinic.core.db import db
from clinic.core.swift import Swift
from clinic.desk.queries.day import NUMBER
from clinic.referrals.models import Authorisation
from clinic.scheduling.models import Visit
from clinic.staff.models import StaffMember
from clinic.timetable.models import Slot

_PERSON: Any = bindparam("person_id", 0)
_BEFORE: Any = bindparam("before_s", 0, type_=BigInteger)


@dataclass(frozen=True, slots=True)
class Beside:
    """One client's past at the clinic, as the desk may know it.

    ``had`` counts the completed visits before this one, ``since`` is the day of the first;
    ``missed`` counts no-shows and late cancels; ``open_fees`` those whose fee is undecided.
    """

    client: Client
    had: int = 0
    since: date | None = None
    missed: int = 0
    open_fees: int = 0
    open_minor: int = 0
    last_at: datetime | None = None
    last_with: str = ""
    number: int | None = None
    """Which of the visits allowed by its authorisation this one is."""


_IS_HAD = and_(Visit.status == "completed", Slot.starts_s < _BEFORE)
_IS_MISSED = Visit.status.in_(("no_show", "late_cancelled"))
_DUE = case((Visit.status == "no_show", Visit.no_show_fee_minor), else_=Visit.late_fee_minor)
_IS_OPEN = and_(_IS_MISSED, Visit.fee_minor.is_(None), _DUE > 0)


def _sum(criterion: Any, what: Any = 1) -> Any:
    return func.coalesce(func.sum(case((criterion, what), else_=0)), 0)


def _last(what: Any) -> Any:
    """Of the visit before this one."""
    return (
        select(what)
        .select_from(Visit)
        .join(Slot, Slot.id == Visit.slot_id)
        .join(StaffMember, StaffMember.id == Visit.therapist_id)
        .where(is_of_person(Visit.client_id, _PERSON), _IS_HAD)
        .order_by(Visit.on_date.desc(), Slot.starts_s.desc())
        .limit(1)
        .correlate(None)
        .scalar_subquery()
    )


_PAST = Swift(
    select(
        _sum(_IS_HAD).label("had"),
        func.min(case((Visit.status == "completed", Visit.on_date)), type_=Date).label("since"),
        _sum(_IS_MISSED).label("missed"),
        _sum(_IS_OPEN).label("open_fees"),
        _sum(_IS_OPEN, _DUE).label("open_minor"),
        _last(Slot.starts_s).label("last_s"),
        _last(StaffMember.name).label("last_with"),
    )
    .join(Slot, Slot.id == Visit.slot_id)
    .where(is_of_person(Visit.client_id, _PERSON))
)


def beside(visit: Visit) -> Beside:
    """What the desk is told about a visit's client: one query, two where it is referred."""
    person, kept = visit.client.known_as, visit.client
    row = _PAST.rows(db.session.connection(), person_id=person, before_s=visit.slot.starts_s)[0]
    if kept.person_id is not None:
        kept = db.session.get_one(Client, person)
    return Beside(
        client=kept,
        had=row.had,
        since=row.since,
        missed=row.missed,
        open_fees=row.open_fees,
        open_minor=row.open_minor,
        last_at=from_epoch(row.last_s) if row.last_s is not None else None,
        last_with=row.last_with or "",
        number=_number(visit),
    )


def _number(visit: Visit) -> int | None:
    if visit.authorisation_id is None:
        return None
    return db.session.scalar(
        select(NUMBER)
        .select_from(Visit)
        .join(Authorisation, Authorisation.id == Visit.authorisation_id)
        .where(Visit.id == visit.id)
    )
