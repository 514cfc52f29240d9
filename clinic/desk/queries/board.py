"""The board: who comes to whom and where on some days, as plain rows; three queries.

Times are seconds since 1970. Nothing here is clinical: of what the gate said, only the
codes of what is to be done reach the board.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from functools import lru_cache
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from sqlalchemy import (
    Date,
    Dialect,
    Integer,
    String,
    and_,
    bindparam,
    case,
    cast,
    func,
    literal,
    null,
    or_,
    select,
    type_coerce,
    union_all,
)

from clinic.audit.models import ChangeEntry
from clinic.catalogue.models import Service, ServiceVariant
from clinic.clients.models import Client
from clinic.core.clock import epoch, now
from clinic.core.db import at_hand
from clinic.core.permissions import Role
from clinic.core.swift import Swift
from clinic.desk.queries.day import HIDDEN, NUMBER, PERSON
from clinic.practice.queries import the_practice
from clinic.referrals.models import Authorisation
from clinic.scheduling.models import GroupBooking, Hold, Visit, VisitVerdict
from clinic.scheduling.rules import FREED
from clinic.staff.models import StaffMember
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
from clinic.timetable.rules import Hours, Interval, seconds, worked

_SINCE: Any = bindparam("since", date.min, type_=Date)
_UNTIL: Any = bindparam("until", date.min, type_=Date)
_MOMENT: Any = bindparam("moment", None, type_=Slot.expires_at.type)

Mark = tuple[bytes, int]


def board_mark() -> Mark:
    """What a drawn board is kept under: the last change there was, and the next hold to run out.

    A hold ends without anybody's doing; the next one to end is another one from then on.
    One query.
    """
    found = _MARK.first(at_hand(), moment=now())
    if found is None:
        return b"", 0
    return bytes(found[0] or b""), epoch(found[1]) if found[1] is not None else 0


_MARK = Swift(
    select(
        select(ChangeEntry.hash).order_by(ChangeEntry.seq.desc()).limit(1).scalar_subquery(),
        select(func.min(Slot.expires_at, type_=Slot.expires_at.type))
        .where(Slot.expires_at > _MOMENT)
        .scalar_subquery(),
    )
)


Worked = Mapping[date, tuple[Interval, ...]]
"""Seconds since 1970, by day."""


@dataclass(frozen=True, slots=True)
class BoardPerson:
    """Somebody with a column on the board."""

    id: int
    public_id: str
    name: str
    hours: Worked = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Absence:
    """Time in which somebody is away, or (``place``) a room cannot be used."""

    staff_id: int | None
    place: str | None
    kind: str
    starts_s: int
    ends_s: int


@dataclass(frozen=True, slots=True)
class Keeping:
    """Time kept for a caller, until ``until`` (seconds since 1970)."""

    public_id: str
    staff_id: int
    place: str
    starts_s: int
    ends_s: int
    until: int
    by_id: int | None


@dataclass(slots=True)
class Board:
    """Some days: people, places, visits and all that takes time beside them."""

    days: list[date]
    visits: list[Any]
    people: list[BoardPerson] = field(default_factory=list)
    absent: list[str] = field(default_factory=list)
    """Names of those who treat and have nothing on these days."""
    places: dict[str, str] = field(default_factory=dict)
    """Public id and name of each place, in the rooms' order."""
    absences: list[Absence] = field(default_factory=list)
    holds: list[Keeping] = field(default_factory=list)


def _as_number(truth: Any) -> Any:
    """Left as the driver gives it: a row without anything to be converted is read fastest."""
    return type_coerce(truth, Integer)


_VISITS = Swift(
    select(
        Visit.id, Visit.public_id, Visit.version, Visit.therapist_id, Visit.status, Visit.minutes,
        _as_number(Visit.confirmed_at.is_not(None)).label("is_confirmed"),
        Slot.starts_s, Slot.ends_s,
        Occupancy.before_s, Occupancy.after_s, PERSON.public_id.label("client_public_id"),
        PERSON.first_name, PERSON.preferred_name, PERSON.last_name,
        _as_number(PERSON.is_not_to_book).label("is_not_to_book"),
        _as_number(PERSON.is_prepay_only).label("is_prepay_only"), PERSON.missing,
        Service.name.label("service"), Service.family,
        Place.public_id.label("place"), Place.name.label("place_name"),
        Room.name.label("room"), VisitVerdict.effects, Visit.overlap_why,
        _as_number(Visit.is_outside_hours).label("is_outside_hours"),
        Visit.fee_minor, Visit.late_fee_minor, Visit.no_show_fee_minor,
        GroupBooking.public_id.label("group"), Authorisation.visits.label("allowed"),
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
    .outerjoin(GroupBooking, GroupBooking.id == Visit.group_id)
    .outerjoin(Authorisation, Authorisation.id == Visit.authorisation_id)
    .outerjoin(
        Occupancy,
        and_(
            Occupancy.slot_id == Visit.held_slot_id,
            Occupancy.resource_id == Visit.therapist_resource_id,
        ),
    )
    .where(Visit.on_date >= _SINCE, Visit.on_date <= _UNTIL, Visit.status.not_in(HIDDEN))
    .order_by(Slot.starts_s, Visit.id)
)  # fmt: skip

_KIND = {
    "staff_id": Integer(), "public_id": String(), "name": String(), "place": String(),
    "starts": Integer(), "ends": Integer(), "weekday": Integer(), "since": Date(),
    "until": Date(), "expires_at": Slot.expires_at.type, "by_id": Integer(),
}  # fmt: skip


def _part(what: str, **columns: Any) -> Any:
    """One kind of row of the ground, with nothing in the columns it does not have."""
    return select(
        literal(what).label("what"),
        *(
            (columns[name] if name in columns else cast(null(), kind)).label(name)
            for name, kind in _KIND.items()
        ),
    )


def _ground() -> Any:
    days = Slot.on_date >= _SINCE, Slot.on_date <= _UNTIL
    people = _part(
        "person", staff_id=StaffMember.id, public_id=StaffMember.public_id, name=StaffMember.name
    ).where(
        or_(
            and_(is_active(), has_role(Role.THERAPIST)),
            StaffMember.id.in_(
                select(Visit.therapist_id).where(Visit.on_date >= _SINCE, Visit.on_date <= _UNTIL)
            ),
        )
    )
    places = (
        _part(
            "place", public_id=Place.public_id, name=Room.name, place=Place.name,
            starts=Room.position, ends=Place.id,
        )
        .join(Room, Room.id == Place.room_id)
        .where(Place.is_active, Room.is_active)
    )  # fmt: skip
    weekly = _part(
        "weekly", staff_id=WorkingHours.staff_id, starts=WorkingHours.starts,
        ends=WorkingHours.ends, weekday=WorkingHours.weekday, since=WorkingHours.from_on,
        until=WorkingHours.until_on,
    ).where(
        WorkingHours.from_on <= _UNTIL,
        or_(WorkingHours.until_on.is_(None), WorkingHours.until_on >= _SINCE),
    )  # fmt: skip
    special = _part(
        "special", staff_id=HoursException.staff_id, starts=HoursException.starts,
        ends=HoursException.ends, since=HoursException.on_date,
    ).where(HoursException.on_date >= _SINCE, HoursException.on_date <= _UNTIL)  # fmt: skip
    away = (
        _part(
            "away", staff_id=TimeOff.staff_id, name=TimeOff.kind, starts=Slot.starts_s,
            ends=Slot.ends_s,
        )
        .select_from(Slot)
        .join(TimeOff, TimeOff.id == Slot.time_off_id)
        .where(*days)
    )  # fmt: skip
    closed = (
        _part("closed", place=Place.public_id, starts=Slot.starts_s, ends=Slot.ends_s)
        .select_from(Slot)
        .join(RoomClosure, RoomClosure.id == Slot.closure_id)
        .join(Place, Place.room_id == RoomClosure.room_id)
        .where(*days)
    )
    held = (
        _part(
            "hold", staff_id=Hold.therapist_id, public_id=Hold.public_id, place=Place.public_id,
            starts=Slot.starts_s, ends=Slot.ends_s, expires_at=Slot.expires_at,
            by_id=Hold.made_by_id,
        )
        .select_from(Slot)
        .join(Hold, Hold.slot_id == Slot.id)
        .join(Place, Place.id == Hold.place_id)
        .where(*days, Slot.expires_at > _MOMENT)
    )  # fmt: skip
    return union_all(people, places, weekly, special, away, closed, held)


_GROUND = Swift(_ground())


def the_board(since: date, days: int) -> Board:
    """Everything of so many days from a date on: two queries, however much there is.

    A change between the two is drawn with the next mark, which is another one by then.
    """
    connection, zone = at_hand(), the_practice().zone
    until = since + timedelta(days=days - 1)
    visits = _still_shown(_VISITS.rows(connection, since=since, until=until))
    found = _GROUND.raw(connection, since=since, until=until, moment=now())
    ground = _laid(tuple(map(tuple, found)), since, days, zone, connection.dialect)
    board = Board(
        [since + timedelta(days=number) for number in range(days)],
        visits,
        places=dict(ground.places),
        absences=list(ground.absences),
        holds=list(ground.holds),
    )
    for row in visits:
        # Those no longer in use that a visit has.
        board.places.setdefault(row.place, row.room)
    _put_people(board, ground.people)
    return board


class _Ground(NamedTuple):
    """What the visits of some days stand on."""

    people: tuple[BoardPerson, ...]
    places: dict[str, str]
    absences: tuple[Absence, ...]
    holds: tuple[Keeping, ...]


@lru_cache(maxsize=256)
def _laid(
    found: tuple[tuple[Any, ...], ...], since: date, days: int, zone: ZoneInfo, dialect: Dialect
) -> _Ground:
    """The ground's rows as a board has them; kept under the rows, and changed by nobody."""
    rows: dict[str, list[Any]] = defaultdict(list)
    for row in _GROUND.named(dialect, found):
        rows[row.what].append(row)
    return _Ground(
        _people(rows, since, days, zone),
        _places(rows["place"]),
        (
            *(Absence(row.staff_id, None, row.name, row.starts, row.ends) for row in rows["away"]),
            *(Absence(None, row.place, "closed", row.starts, row.ends) for row in rows["closed"]),
        ),
        tuple(
            Keeping(
                row.public_id, row.staff_id, row.place, row.starts, row.ends,
                epoch(row.expires_at), row.by_id,
            )
            for row in rows["hold"]
        ),
    )  # fmt: skip


def _still_shown(visits: list[Any]) -> list[Any]:
    """All but those whose time was freed and taken again by a visit that stands."""
    standing: dict[int, list[Interval]] = defaultdict(list)
    for row in visits:
        if row.status not in FREED:
            standing[row.therapist_id].append((row.starts_s, row.ends_s))
    return [
        row
        for row in visits
        if row.status not in FREED
        or not any(
            begin < row.ends_s and row.starts_s < end for begin, end in standing[row.therapist_id]
        )
    ]


def _places(rows: list[Any]) -> dict[str, str]:
    """Every place that can be taken, in the rooms' order."""
    tables: dict[str, int] = defaultdict(int)
    for row in rows:
        tables[row.name] += 1
    return {
        row.public_id: row.name if tables[row.name] == 1 else f"{row.name}, {row.place}"
        for row in sorted(rows, key=lambda row: (row.starts, row.name, row.ends))
    }


def _people(
    rows: dict[str, list[Any]], since: date, days: int, zone: ZoneInfo
) -> tuple[BoardPerson, ...]:
    """All who may have a column, by name, with their hours."""
    of_person: dict[int, list[Any]] = defaultdict(list)
    for row in (*rows["weekly"], *rows["special"]):
        of_person[row.staff_id].append(row)
    return tuple(
        BoardPerson(
            row.staff_id, row.public_id, row.name,
            _hours(tuple(of_person[row.staff_id]), since, days, zone),
        )
        for row in sorted(rows["person"], key=lambda row: (row.name, row.staff_id))
    )  # fmt: skip


def _put_people(board: Board, people: Iterable[BoardPerson]) -> None:
    """A column for whoever works, is booked or is held; the others by name only."""
    busy = {row.therapist_id for row in board.visits} | {hold.staff_id for hold in board.holds}
    for person in people:
        if person.id in busy or any(person.hours.values()):
            board.people.append(person)
        else:
            board.absent.append(person.name)


@lru_cache(maxsize=1024)
def _hours(rows: tuple[Any, ...], since: date, days: int, zone: ZoneInfo) -> Worked:
    """Somebody's hours, by day; kept under the rows that say so, and changed by nobody."""
    weekly: list[Hours] = []
    special: dict[date, list[tuple[int | None, int | None]]] = defaultdict(list)
    for row in rows:
        if row.what == "weekly":
            weekly.append(Hours(row.weekday, row.starts, row.ends, row.since, row.until))
        else:
            special[row.since].append((row.starts, row.ends))
    found = {}
    for number in range(days):
        day = since + timedelta(days=number)
        found[day] = tuple(seconds(day, worked(day, weekly, special.get(day, ())), zone))
    return found
