"""The day at the desk: who works, who comes, what is free; few queries, no entities.

What is drawn of a day can be kept as long as the *mark* is the same, which is
another one after any change anywhere; then it is drawn anew.
"""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import lru_cache
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import (
    Date,
    Dialect,
    and_,
    bindparam,
    case,
    func,
    literal,
    null,
    or_,
    select,
    tuple_,
    union_all,
)
from sqlalchemy.orm import aliased

from clinic.audit.queries import newest
from clinic.catalogue.models import Service, ServiceVariant
from clinic.clients.models import Client
from clinic.core.db import db
from clinic.core.permissions import Role
from clinic.core.swift import Swift
from clinic.desk.rules import Piece, pieces, worked_minutes
from clinic.practice.queries import the_practice
from clinic.referrals.models import Authorisation
from clinic.scheduling.models import Visit, VisitVerdict
from clinic.scheduling.rules import BEARING, FREED
from clinic.staff.models import StaffMember
from clinic.staff.queries import has_role, is_active
from clinic.timetable.models import (
    Occupancy,
    Place,
    Room,
    RoomClosure,
    Slot,
    TimeOff,
)
from clinic.timetable.queries import hours_worked
from clinic.timetable.rules import MINUTE, Interval, seconds

HIDDEN = ("entered_in_error", "released")
_SHORTEST = 15 * MINUTE
"""Seconds: a gap that is shorter holds no visit."""


def day_mark() -> bytes:
    """What a drawn day is kept under: the hash of the last change there was.

    Whatever a day shows is audited, so any change of it adds to the log of changes.
    """
    return newest()[1]


_ON: Any = bindparam("on", date.min, type_=Date)
_THERAPIST: Any = bindparam("therapist_id", 0)


@dataclass(frozen=True, slots=True, eq=False)
class Coming:
    """One visit as the day shows it; nothing here is clinical.

    The same row gives the same one again, so that it is known by itself.
    """

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
    effects: str = ""
    """Codes of what the gate asks for."""

    @property
    def has_flags(self) -> bool:
        """Whether there is anything to mind."""
        return bool(
            self.is_not_to_book
            or self.is_prepay_only
            or self.is_incomplete
            or self.allowed
            or self.effects
        )

    @property
    def turnover(self) -> int:
        """Minutes between this visit and whatever may follow."""
        return self.after_s // MINUTE


@dataclass(frozen=True, slots=True, eq=False)
class Column:
    """One therapist's day; the same one again where it is made of the same."""

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
    return _wall(second, the_practice().zone)


@lru_cache(maxsize=4096)
def _wall(second: int, zone: ZoneInfo) -> str:
    moment = datetime.fromtimestamp(second, zone)
    return f"{moment.hour:02d}:{moment.minute:02d}"


_OTHER = aliased(Visit)
PERSON = aliased(Client)
"""The record that stands for whoever comes: what must be minded is noted on that one."""
NUMBER = (
    select(func.count(_OTHER.id))
    .where(
        _OTHER.authorisation_id == Visit.authorisation_id,
        or_(
            _OTHER.status.not_in(FREED),
            and_(_OTHER.status == "no_show", Authorisation.counts_missed),
            and_(_OTHER.status == "late_cancelled", Authorisation.counts_late_cancelled),
        ),
        # Hidden from the index of dates, by which all visits there ever were would be walked.
        tuple_(func.coalesce(_OTHER.on_date, Visit.on_date), _OTHER.id)
        <= tuple_(Visit.on_date, Visit.id),
    )
    .correlate(Visit, Authorisation)
    .scalar_subquery()
)
_VISITS = (
    select(
        Visit.public_id, Visit.therapist_id, Visit.status, Visit.minutes, Visit.confirmed_at,
        Visit.started_at, Slot.starts_s, Slot.ends_s, Occupancy.before_s, Occupancy.after_s,
        PERSON.public_id.label("client_public_id"), PERSON.first_name, PERSON.preferred_name,
        PERSON.last_name, PERSON.is_not_to_book, PERSON.is_prepay_only, PERSON.missing,
        Service.name.label("service"), Service.family, Room.name.label("room"),
        Authorisation.visits.label("allowed"), VisitVerdict.effects,
        case((Visit.authorisation_id.is_not(None), NUMBER)).label("number"),
    )
    .select_from(Visit)
    .join(Slot, Slot.id == Visit.slot_id)
    .join(Client, Client.id == Visit.client_id)
    .join(PERSON, PERSON.id == func.coalesce(Client.person_id, Client.id))
    .join(ServiceVariant, ServiceVariant.id == Visit.variant_id)
    .join(Service, Service.id == ServiceVariant.service_id)
    .join(Place, Place.id == Visit.place_id)
    .join(Room, Room.id == Place.room_id)
    .join(VisitVerdict, VisitVerdict.id == Visit.verdict_id)
    .outerjoin(Authorisation, Authorisation.id == Visit.authorisation_id)
    .outerjoin(
        Occupancy,
        and_(
            Occupancy.slot_id == Visit.held_slot_id,
            Occupancy.resource_id == Visit.therapist_resource_id,
        ),
    )
    .where(Visit.on_date == _ON, Visit.status.not_in(HIDDEN))
    .order_by(Slot.starts_s, Visit.id)
)  # fmt: skip
_ALL_VISITS = Swift(_VISITS)
_OWN_VISITS = Swift(_VISITS.where(Visit.therapist_id == _THERAPIST))


@lru_cache(maxsize=2048)
def _coming(raw: tuple[Any, ...], dialect: Dialect, zone: ZoneInfo) -> Coming:
    """What a row says, found again by the very row."""
    row = _ALL_VISITS.named(dialect, [raw])[0]
    is_confirmed = row.status == "booked" and row.confirmed_at is not None
    return Coming(
        row.public_id, row.client_public_id, row.therapist_id, row.starts_s, row.ends_s,
        row.before_s or 0, row.after_s or 0,
        starts=_wall(row.starts_s, zone),
        ends=_wall(row.ends_s, zone),
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
        effects=row.effects if row.status in BEARING else "",
    )  # fmt: skip


def visits_on(on: date, therapist_id: int | None = None) -> list[Coming]:
    """The visits of a day, or those of one therapist, in their order: one query."""
    connection, zone = db.session.connection(), the_practice().zone
    if therapist_id is None:
        rows = _ALL_VISITS.raw(connection, on=on)
    else:
        rows = _OWN_VISITS.raw(connection, on=on, therapist_id=therapist_id)
    return [_coming(row, connection.dialect, zone) for row in rows]


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
_WHO = Swift(union_all(_PEOPLE, _CLOSURES))
_AWAY = Swift(
    select(Slot.starts_s, Slot.ends_s, TimeOff.kind)
    .join(TimeOff, TimeOff.id == Slot.time_off_id)
    .where(Slot.on_date == _ON, TimeOff.staff_id == _THERAPIST)
)
_Absence = tuple[int, int, str]


def the_day(on: date) -> Day:
    """Everything of a day: three queries, however many visits, people and rooms."""
    visits = visits_on(on)
    people: dict[int, tuple[str, str]] = {}
    absences: dict[int, list[_Absence]] = defaultdict(list)
    closures = []
    for number, public_id, name, kind, starts_s, ends_s in _WHO.rows(
        db.session.connection(), on=on
    ):
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
    rows = _AWAY.rows(db.session.connection(), on=on, therapist_id=staff_id)
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
    practice = the_practice()
    made_of = tuple(hours), tuple(visits), tuple(absences)
    return _made(public_id, name, *made_of, practice.slot_grid * MINUTE, practice.zone)


@lru_cache(maxsize=256)
def _made(
    public_id: str,
    name: str,
    hours: tuple[Interval, ...],
    visits: tuple[Coming, ...],
    absences: tuple[_Absence, ...],
    grid: int,
    zone: ZoneInfo,
) -> Column:
    return Column(
        public_id=public_id,
        name=name,
        hours=", ".join(f"{_wall(start, zone)}–{_wall(end, zone)}" for start, end in hours),
        worked=worked_minutes(hours),
        booked=sum(visit.minutes for visit in visits if visit.is_standing),
        pieces=pieces(hours, visits, absences, grid=grid, shortest=_SHORTEST),
    )
