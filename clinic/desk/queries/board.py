"""The board: who comes to whom and where on some days, as plain rows; two queries and a ground.

Times are seconds since 1970. Nothing here is clinical: of what the gate said, only the
codes of what is to be done reach the board.
"""

from collections import defaultdict
from dataclasses import dataclass, field
from datetime import date, timedelta
from math import inf
from typing import Any

from sqlalchemy import (
    Date,
    Integer,
    String,
    and_,
    bindparam,
    case,
    func,
    select,
    type_coerce,
    union_all,
)

from clinic.clients.models import Client
from clinic.core.clock import epoch, now
from clinic.core.db import at_hand
from clinic.core.swift import Swift
from clinic.desk.queries.board_ground import (
    GROUND_OF,
    BoardPerson,
    Ground,
    Kinds,
    part_of,
    the_ground,
)
from clinic.desk.queries.day import HIDDEN, NUMBER, PERSON
from clinic.referrals.models import Authorisation
from clinic.scheduling.models import GroupBooking, Hold, Visit, VisitVerdict
from clinic.scheduling.rules import FREED
from clinic.timetable.models import Occupancy, Place, RoomClosure, Slot, TimeOff
from clinic.timetable.rules import Interval

BOARD_OF = (
    *GROUND_OF, "visit", "slot", "client", "authorisation", "group_booking", "time_off",
    "room_closure",
)  # fmt: skip
"""The tables whose changes are noted and may change a board; a hold's is noted as its slot's."""

_SINCE: Any = bindparam("since", date.min, type_=Date)
_UNTIL: Any = bindparam("until", date.min, type_=Date)
_MOMENT: Any = bindparam("moment", None, type_=Slot.expires_at.type)


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
    ground: Ground
    visits: list[Any]
    """Each row with the numbers of its place and variant, which the ground knows."""
    people: list[BoardPerson] = field(default_factory=list)
    """A column for whoever works, is booked or is held."""
    absent: list[str] = field(default_factory=list)
    """Names of those who treat and have nothing on these days."""
    places: dict[str, str] = field(default_factory=dict)
    """Public id and name of each place, in the rooms' order."""
    absences: list[Absence] = field(default_factory=list)
    holds: list[Keeping] = field(default_factory=list)

    @property
    def good_until(self) -> float:
        """When the next hold runs out, which nobody's doing tells; seconds since 1970."""
        return min((hold.until for hold in self.holds), default=inf)


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
        Visit.variant_id, Visit.place_id, VisitVerdict.effects, Visit.overlap_why,
        _as_number(Visit.is_outside_hours).label("is_outside_hours"),
        Visit.fee_minor, Visit.late_fee_minor, Visit.no_show_fee_minor,
        GroupBooking.public_id.label("group"), Authorisation.visits.label("allowed"),
        case((Visit.authorisation_id.is_not(None), NUMBER)).label("number"),
    )
    .select_from(Visit)
    .join(Slot, Slot.id == Visit.slot_id)
    .join(Client, Client.id == Visit.client_id)
    .join(PERSON, PERSON.id == func.coalesce(Client.person_id, Client.id))
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

_PARTS: Kinds = {
    "staff_id": Integer(), "public_id": String(), "kind": String(), "place": String(),
    "starts": Integer(), "ends": Integer(), "expires_at": Slot.expires_at.type,
    "by_id": Integer(),
}  # fmt: skip


def _part(what: str, **columns: Any) -> Any:
    """One kind of time of these days that is taken by something else than a visit."""
    times = {"starts": Slot.starts_s, "ends": Slot.ends_s}
    found = part_of(_PARTS, what, **times, **columns).select_from(Slot)
    return found.where(Slot.on_date >= _SINCE, Slot.on_date <= _UNTIL)


def _beside() -> Any:
    away = _part("away", staff_id=TimeOff.staff_id, kind=TimeOff.kind).join(
        TimeOff, TimeOff.id == Slot.time_off_id
    )
    closed = (
        _part("closed", place=Place.public_id)
        .join(RoomClosure, RoomClosure.id == Slot.closure_id)
        .join(Place, Place.room_id == RoomClosure.room_id)
    )
    held = (
        _part(
            "hold", staff_id=Hold.therapist_id, public_id=Hold.public_id, place=Place.public_id,
            expires_at=Slot.expires_at, by_id=Hold.made_by_id,
        )
        .join(Hold, Hold.slot_id == Slot.id)
        .join(Place, Place.id == Hold.place_id)
        .where(Slot.expires_at > _MOMENT)
    )  # fmt: skip
    return union_all(away, closed, held)


_BESIDE = Swift(_beside())


def the_board(since: date, days: int, ground: Ground | None = None) -> Board:
    """Everything of so many days from a date on: two queries, however much there is, and a
    third where the ``ground`` they stand on is not given or older than what is on it.

    A change between two of them is drawn with the next mark, which is another one by then.
    """
    connection = at_hand()
    given = {"since": since, "until": since + timedelta(days=days - 1)}
    visits = _still_shown(_VISITS.rows(connection, **given))
    rows: dict[str, list[Any]] = defaultdict(list)
    for row in _BESIDE.rows(connection, moment=now(), **given):
        rows[row.what].append(row)
    if ground is None or not ground.knows(visits):
        ground = the_ground(since, days)
    board = Board(
        [since + timedelta(days=number) for number in range(days)],
        ground,
        visits,
        places=_places(ground, {row.place_id for row in visits}),
        absences=[
            *(Absence(row.staff_id, None, row.kind, row.starts, row.ends) for row in rows["away"]),
            *(Absence(None, row.place, "closed", row.starts, row.ends) for row in rows["closed"]),
        ],
        holds=[
            Keeping(
                row.public_id, row.staff_id, row.place, row.starts, row.ends,
                epoch(row.expires_at), row.by_id,
            )
            for row in rows["hold"]
        ],
    )  # fmt: skip
    _put_people(board)
    return board


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


def _places(ground: Ground, taken: set[int]) -> dict[str, str]:
    """Every place that can be taken, and after them those no longer in use that a visit has."""
    spots = ground.spots
    return {
        **{spot.public_id: spot.label for spot in spots.values() if spot.is_in_use},
        **{
            spot.public_id: spot.room
            for number, spot in spots.items()
            if number in taken and not spot.is_in_use
        },
    }


def _put_people(board: Board) -> None:
    """A column for whoever works, is booked or is held; the others who treat by name only."""
    busy = {row.therapist_id for row in board.visits} | {hold.staff_id for hold in board.holds}
    for person in board.ground.people.values():
        if person.id in busy or (person.is_there and any(person.hours.values())):
            board.people.append(person)
        elif person.is_there:
            board.absent.append(person.name)
