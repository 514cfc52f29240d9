"""The day at the desk: who works, who comes, what is free; few queries, no entities.

What is drawn of a day can be kept as long as its *mark* is the same: the mark counts
every change of what a day shows, from the visits to the name of a room.
"""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from sqlalchemy import (
    Date,
    Select,
    and_,
    bindparam,
    func,
    literal,
    null,
    or_,
    select,
    true,
    union_all,
)
from sqlalchemy.orm import aliased

from clinic.catalogue.models import Service, ServiceVariant
from clinic.clients.models import Client
from clinic.core.db import db
from clinic.core.permissions import Role
from clinic.core.swift import Swift
from clinic.desk.rules import Piece, pieces, worked_minutes
from clinic.practice.queries import the_practice
from clinic.referrals.models import Authorisation
from clinic.scheduling.models import BoardDay, Visit
from clinic.scheduling.rules import FREED
from clinic.staff.models import RoleGrant, StaffMember
from clinic.staff.queries import has_role, is_active
from clinic.timetable.models import (
    HoursException,
    Occupancy,
    Place,
    Room,
    RoomClosure,
    Slot,
    TimeOff,
    WorkingHours,
)
from clinic.timetable.queries import hours_worked
from clinic.timetable.rules import MINUTE, Interval, seconds

_Rows = Select[*tuple[Any, ...]]
_HIDDEN = ("entered_in_error", "released")
_SHORTEST = 15 * MINUTE
"""Seconds: a gap that is shorter holds no visit."""


def day_mark(on: date) -> tuple[Any, ...]:
    """What a drawn day is kept under: one query, whose answer changes with what it shows."""
    return tuple(_MARK.first(db.session.connection(), on=on) or ())


_ON: Any = bindparam("on", date.min, type_=Date)


def _latest(table: Any) -> tuple[Any, Any]:
    """How many rows a small table has, and when one was changed last."""
    return (
        select(func.count()).select_from(table).scalar_subquery(),
        select(func.max(table.updated_at)).scalar_subquery(),
    )


def _visits_of_the_day() -> Any:
    return (
        select(
            func.count(Visit.id),
            func.sum(Visit.version),
            func.sum(Client.touches),
            func.sum(Client.version).label("clients"),
        )
        .join(Client, Client.id == Visit.client_id)
        .where(Visit.on_date == _ON)
        .subquery()
    )


def _visits_of_the_same_orders() -> Any:
    """The number in "visit 4 of 8" changes with visits of other days as well."""
    today = (
        select(Visit.authorisation_id)
        .where(Visit.on_date == _ON, Visit.authorisation_id.is_not(None))
        .distinct()
        .subquery()
    )
    return (
        select(func.count(Visit.id), func.sum(Visit.version), func.sum(Authorisation.version))
        .join(today, today.c.authorisation_id == Visit.authorisation_id)
        .join(Authorisation, Authorisation.id == Visit.authorisation_id)
        .subquery()
    )


def _absences_of_the_day() -> Any:
    return (
        select(func.count(Slot.id), func.max(Slot.id), func.max(TimeOff.updated_at))
        .outerjoin(TimeOff, TimeOff.id == Slot.time_off_id)
        .where(Slot.on_date == _ON, Slot.kind.in_(("time_off", "closure")))
        .subquery()
    )


def _mark() -> _Rows:
    special = (
        select(func.count(HoursException.id), func.max(HoursException.updated_at))
        .where(HoursException.on_date == _ON)
        .subquery()
    )
    changes = select(BoardDay.changes).where(BoardDay.on_date == _ON).scalar_subquery()
    parts = (_visits_of_the_day(), _visits_of_the_same_orders(), _absences_of_the_day(), special)
    together = parts[0]
    for part in parts[1:]:  # each has exactly one row
        together = together.join(part, true())
    return select(
        changes,
        *(column for part in parts for column in part.c),
        select(func.count(RoleGrant.id)).scalar_subquery(),
        *(
            part
            for table in (StaffMember, Service, Room, Place, WorkingHours)
            for part in _latest(table)
        ),
    ).select_from(together)


_MARK = Swift(_mark())


@dataclass(frozen=True, slots=True)
class Coming:
    """One visit as the day shows it; nothing here is clinical."""

    public_id: str
    client_public_id: str
    therapist_id: int
    starts_s: int
    ends_s: int
    before_s: int
    after_s: int
    starts: str
    ends: str
    status: str
    """As drawn: a booked visit that is confirmed is ``confirmed``."""
    is_standing: bool
    client: str
    service: str
    family: str
    minutes: int
    room: str
    is_not_to_book: bool
    is_prepay_only: bool
    is_incomplete: bool
    number: int | None
    allowed: int | None
    started_at: datetime | None

    @property
    def has_flags(self) -> bool:
        """Whether there is anything to mind."""
        return bool(
            self.is_not_to_book or self.is_prepay_only or self.is_incomplete or self.allowed
        )

    @property
    def turnover(self) -> int:
        """Minutes between this visit and whatever may follow."""
        return self.after_s // MINUTE


@dataclass(frozen=True, slots=True)
class Column:
    """One therapist's day."""

    public_id: str
    name: str
    hours: str
    worked: int
    booked: int
    pieces: list[Piece]


@dataclass(frozen=True, slots=True)
class Day:
    """A day at the desk."""

    columns: list[Column]
    absent: list[str]
    """Therapists of whom there is nothing to show."""
    closures: list[tuple[str, str, str]]
    """Room, from, until."""
    visits: list[Coming] = field(default_factory=list)

    @property
    def has_therapists(self) -> bool:
        return bool(self.columns or self.absent)

    def count(self, status: str) -> int:
        """How many visits are drawn as this."""
        return sum(visit.status == status for visit in self.visits)


def wall(second: int) -> str:
    """``10:30``: a second since 1970 on the clinic's clock."""
    moment = datetime.fromtimestamp(second, the_practice().zone)
    return f"{moment.hour:02d}:{moment.minute:02d}"


_OTHER = aliased(Visit)
_NUMBER = (
    select(func.count(_OTHER.id))
    .where(
        _OTHER.authorisation_id == Visit.authorisation_id,
        or_(
            _OTHER.status.not_in(FREED),
            and_(_OTHER.status == "no_show", Authorisation.counts_missed),
            and_(_OTHER.status == "late_cancelled", Authorisation.counts_late_cancelled),
        ),
        or_(
            _OTHER.on_date < Visit.on_date,
            and_(_OTHER.on_date == Visit.on_date, _OTHER.id <= Visit.id),
        ),
    )
    .correlate(Visit, Authorisation)
    .scalar_subquery()
)
_VISITS: _Rows = (
    select(
        Visit.public_id, Visit.therapist_id, Visit.status, Visit.minutes, Visit.confirmed_at,
        Visit.started_at, Slot.starts_s, Slot.ends_s, Occupancy.before_s, Occupancy.after_s,
        Client.public_id.label("client_public_id"), Client.first_name, Client.preferred_name,
        Client.last_name, Client.is_not_to_book, Client.is_prepay_only, Client.missing,
        Service.name.label("service"), Service.family, Room.name.label("room"),
        Authorisation.visits.label("allowed"), _NUMBER.label("number"),
    )
    .select_from(Visit)
    .join(Slot, Slot.id == Visit.slot_id)
    .join(Client, Client.id == Visit.client_id)
    .join(ServiceVariant, ServiceVariant.id == Visit.variant_id)
    .join(Service, Service.id == ServiceVariant.service_id)
    .join(Place, Place.id == Visit.place_id)
    .join(Room, Room.id == Place.room_id)
    .outerjoin(Authorisation, Authorisation.id == Visit.authorisation_id)
    .outerjoin(
        Occupancy,
        and_(
            Occupancy.slot_id == Visit.held_slot_id,
            Occupancy.resource_id == Visit.therapist_resource_id,
        ),
    )
    .where(Visit.on_date == _ON, Visit.status.not_in(_HIDDEN))
    .order_by(Slot.starts_s, Visit.id)
)  # fmt: skip


def _coming(row: Any) -> Coming:
    is_confirmed = row.status == "booked" and row.confirmed_at is not None
    return Coming(
        public_id=row.public_id,
        client_public_id=row.client_public_id,
        therapist_id=row.therapist_id,
        starts_s=row.starts_s,
        ends_s=row.ends_s,
        before_s=row.before_s or 0,
        after_s=row.after_s or 0,
        starts=wall(row.starts_s),
        ends=wall(row.ends_s),
        status="confirmed" if is_confirmed else row.status,
        is_standing=row.status not in FREED,
        client=f"{row.preferred_name or row.first_name} {row.last_name}".strip(),
        service=row.service,
        family=row.family,
        minutes=row.minutes,
        room=row.room,
        is_not_to_book=row.is_not_to_book,
        is_prepay_only=row.is_prepay_only,
        is_incomplete=bool(row.missing),
        number=row.number if row.allowed else None,
        allowed=row.allowed,
        started_at=row.started_at,
    )


def visits_on(on: date, therapist_id: int | None = None) -> list[Coming]:
    """The visits of a day, or those of one therapist, in their order: one query."""
    query = _VISITS if therapist_id is None else _VISITS.where(Visit.therapist_id == therapist_id)
    return [_coming(row) for row in db.session.execute(query, {"on": on})]


_PEOPLE = (
    select(
        StaffMember.id,
        StaffMember.public_id,
        StaffMember.name,
        TimeOff.kind,
        Slot.starts_s,
        Slot.ends_s,
    )
    .select_from(StaffMember)
    .outerjoin(
        TimeOff,
        and_(
            TimeOff.staff_id == StaffMember.id,
            TimeOff.id.in_(
                select(Slot.time_off_id).where(Slot.on_date == _ON, Slot.kind == "time_off")
            ),
        ),
    )
    .outerjoin(Slot, and_(Slot.time_off_id == TimeOff.id, Slot.on_date == _ON))
    .where(
        or_(
            and_(is_active(), has_role(Role.THERAPIST)),
            StaffMember.id.in_(select(Visit.therapist_id).where(Visit.on_date == _ON)),
        )
    )
)
_CLOSURES = (
    select(null(), null(), Room.name, literal("closure"), Slot.starts_s, Slot.ends_s)
    .select_from(Slot)
    .join(RoomClosure, RoomClosure.id == Slot.closure_id)
    .join(Room, Room.id == RoomClosure.room_id)
    .where(Slot.on_date == _ON)
)
_WHO: Any = union_all(_PEOPLE, _CLOSURES)
_Absence = tuple[int, int, str]


def the_day(on: date) -> Day:
    """Everything of a day: three queries, however many visits, people and rooms."""
    visits = visits_on(on)
    people: dict[int, tuple[str, str]] = {}
    absences: dict[int, list[_Absence]] = defaultdict(list)
    closures = []
    for number, public_id, name, kind, starts_s, ends_s in db.session.execute(_WHO, {"on": on}):
        if number is None:
            closures.append((name, wall(starts_s), wall(ends_s)))
            continue
        people[number] = (public_id, name)
        if starts_s is not None:
            absences[number].append((starts_s, ends_s, kind))
    hours = hours_worked(people, on, on)
    columns, absent = [], []
    for number, (public_id, name) in sorted(people.items(), key=lambda item: item[1][1]):
        own = [visit for visit in visits if visit.therapist_id == number]
        column = _column(public_id, name, _worked(hours[number], on), own, absences[number])
        (columns.append(column) if column.pieces else absent.append(name))
    return Day(columns, absent, sorted(closures), visits)


def my_column(on: date, staff_id: int, public_id: str, name: str) -> Column:
    """One person's own day: three queries."""
    own = visits_on(on, staff_id)
    rows = db.session.execute(
        select(Slot.starts_s, Slot.ends_s, TimeOff.kind)
        .join(TimeOff, TimeOff.id == Slot.time_off_id)
        .where(Slot.on_date == on, TimeOff.staff_id == staff_id)
    )
    away = [(row.starts_s, row.ends_s, row.kind) for row in rows]
    hours = hours_worked([staff_id], on, on)[staff_id]
    return _column(public_id, name, _worked(hours, on), own, away)


def _worked(days: dict[date, list[Interval]], on: date) -> list[Interval]:
    return seconds(on, days.get(on, ()), the_practice().zone)


def _column(
    public_id: str,
    name: str,
    hours: Sequence[Interval],
    visits: list[Coming],
    absences: list[_Absence],
) -> Column:
    return Column(
        public_id=public_id,
        name=name,
        hours=", ".join(f"{wall(start)}–{wall(end)}" for start, end in hours),
        worked=worked_minutes(hours),
        booked=sum(visit.minutes for visit in visits if visit.is_standing),
        pieces=pieces(
            hours,
            visits,
            absences,
            grid=the_practice().slot_grid * MINUTE,
            shortest=_SHORTEST,
        ),
    )
