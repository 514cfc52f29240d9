"""What of a search stands still: who treats here and holds what, hours, rooms, equipment.

One statement reads all of it, everybody's: these tables are small. What was read is put
in order once and kept under the rows themselves, so other rows are never taken for it.
"""

from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from functools import lru_cache
from typing import Any

from sqlalchemy import (
    Date,
    Integer,
    Select,
    String,
    bindparam,
    case,
    cast,
    func,
    literal_column,
    null,
    or_,
    select,
    union_all,
)

from clinic.catalogue.models import (
    EquipmentKind,
    Price,
    Service,
    ServiceEquipment,
    ServiceFeature,
    ServiceRequirement,
    ServiceTechnique,
    ServiceVariant,
    Technique,
)
from clinic.catalogue.models import RoomFeature as Feature
from clinic.core.db import db
from clinic.core.permissions import Role
from clinic.core.swift import Swift
from clinic.scheduling.queries.wishes import Person, Table
from clinic.scheduling.rules import LICENCE
from clinic.staff.models import Qualification, RoleGrant, StaffMember, StaffQualification
from clinic.staff.queries import is_active
from clinic.timetable.models import (
    Equipment,
    HoursException,
    Place,
    Room,
    RoomHasFeature,
    WorkingHours,
)
from clinic.timetable.queries import is_valid_between
from clinic.timetable.rules import Hours, Interval, worked

(
    _PERSON, _HELD, _HOURS, _SPECIAL, _PLACE, _HAS, _FEATURE, _CODE, _KIND, _PIECE,
    _SHORTEST, _PRICE, _TECHNIQUE,
) = range(13)  # fmt: skip


@dataclass(slots=True)
class Still:
    """It as it was read; nobody changes it, for it is shared.

    ``primary`` are the techniques that the service is about.
    ``tables`` and ``idle`` have all that the service needs, and are in use or no more;
    ``features`` and ``kinds`` are the names of what the service needs, ``named`` those of
    all kinds. ``shortest`` are minutes, ``priced`` the first day on which the length (None)
    and each add-on has a price.
    """

    people: list[Person] = field(default_factory=list)
    needed: frozenset[str] = frozenset()
    primary: frozenset[str] = frozenset()
    tables: list[Table] = field(default_factory=list)
    idle: list[Table] = field(default_factory=list)
    features: dict[int, str] = field(default_factory=dict)
    kinds: dict[int, str] = field(default_factory=dict)
    named: dict[int, str] = field(default_factory=dict)
    pieces: dict[int, list[int]] = field(default_factory=lambda: defaultdict(list))
    shortest: int = 0
    priced: dict[int | None, date] = field(default_factory=dict)
    weekly: dict[tuple[int, int], list[Hours]] = field(default_factory=lambda: defaultdict(list))
    special: dict[tuple[int, date], list[tuple[int | None, int | None]]] = field(
        default_factory=lambda: defaultdict(list)
    )

    def is_priced(self, add_on_ids: Collection[int], day: date) -> bool:
        """Whether the length and these add-ons have a price on a day."""
        never = date.max
        return all(self.priced.get(one, never) <= day for one in (None, *add_on_ids))

    def minutes_worked(self, staff_id: int, day: date) -> list[Interval]:
        """The wall minutes that somebody works on a day."""
        weekly = self.weekly.get((staff_id, day.weekday()), ())
        return worked(day, weekly, self.special.get((staff_id, day), ()))


def read_still(variant: ServiceVariant, since: date, until: date) -> Still:
    """One query; hours are those of the days from one date until another."""
    connection = db.session.connection()
    found = _STILL.raw(
        connection, service=variant.service_id, variant=variant.id, since=since, until=until
    )
    return _in_order(connection.dialect, tuple(found))


@lru_cache(maxsize=32)
def _in_order(dialect: Any, found: tuple[Any, ...]) -> Still:
    rows: dict[int, list[Any]] = defaultdict(list)
    for row in _STILL.named(dialect, found):
        rows[row.what].append(row)
    still = Still(
        features={row.id: row.name for row in rows[_FEATURE]},
        named={row.id: row.name for row in rows[_KIND]},
        kinds={row.id: row.name for row in rows[_KIND] if row.one},
        needed=frozenset({LICENCE, *(row.code for row in rows[_CODE])}),
        primary=frozenset(row.code for row in rows[_TECHNIQUE]),
        shortest=next((row.one for row in rows[_SHORTEST]), None) or 0,
        priced={row.id: row.since for row in rows[_PRICE]},
    )
    _put_people(still, rows[_PERSON], rows[_HELD])
    _put_tables(still, rows[_PLACE], rows[_HAS])
    for row in rows[_PIECE]:
        still.pieces[row.one].append(row.id)
    for row in rows[_HOURS]:
        hours = Hours(row.one, row.two, row.three, row.since, row.until)
        still.weekly[row.id, row.one].append(hours)
    for row in rows[_SPECIAL]:
        still.special[row.id, row.since].append((row.two, row.three))
    return still


def _put_people(still: Still, people: Sequence[Any], held: Sequence[Any]) -> None:
    holds: dict[int, list[tuple[str, date, date | None]]] = defaultdict(list)
    for row in held:
        holds[row.id].append((row.code, row.since, _last_day(row.until, row.revoked)))
    still.people = [
        Person(row.id, row.code, row.name, row.more, tuple(holds[row.id]), row.one)
        for row in sorted(people, key=lambda row: (row.name, row.id))
    ]


def _last_day(until: date | None, revoked: date | None) -> date | None:
    """The last day on which a qualification counts: a revoked one not on that day itself."""
    ends = [until] if until else []
    if revoked:
        ends.append(revoked - timedelta(days=1))
    return min(ends) if ends else None


def _put_tables(still: Still, places: Sequence[Any], has: Sequence[Any]) -> None:
    of_room: dict[int, set[int]] = defaultdict(set)
    for row in has:
        of_room[row.id].add(row.one)
    for row in sorted(places, key=lambda row: (row.three, row.name, row.id)):
        if still.features.keys() <= of_room[row.one]:
            into = still.tables if row.two else still.idle
            into.append(Table(row.id, row.code, row.name))


# ---- the statement

_NUMBER, _TEXT = literal_column("0", Integer), literal_column("''", String)
_DAY = cast(null(), Date)


def _row(what: int, number: Any, **given: Any) -> Select[Any]:
    """Columns that all parts have; those of one kind stand under one name."""
    nothing: dict[str, Any] = dict.fromkeys(("one", "two", "three"), _NUMBER)
    nothing |= dict.fromkeys(("code", "name", "more"), _TEXT)
    nothing |= dict.fromkeys(("since", "until", "revoked"), _DAY)
    columns = nothing | given
    return select(
        literal_column(str(what), Integer).label("what"),
        number.label("id"),
        *(column.label(name) for name, column in columns.items()),
    )


def _statement() -> Any:
    since, until = bindparam("since", date.min, Date), bindparam("until", date.min, Date)
    service_id: Any = bindparam("service", 0)
    return union_all(
        *_of_people(), *_of_hours(since, until), *_of_rooms(service_id),
        *_of_service(service_id), _of_prices(bindparam("variant", 0)),
    )  # fmt: skip


def _of_people() -> tuple[Select[Any], ...]:
    treats = (is_active(), RoleGrant.role == Role.THERAPIST.value)
    people = (
        _row(
            _PERSON, StaffMember.id, one=StaffMember.hands_on_limit, code=StaffMember.public_id,
            name=StaffMember.name, more=StaffMember.gender,
        )
        .join(RoleGrant, RoleGrant.staff_id == StaffMember.id)
        .where(*treats)
    )  # fmt: skip
    held = _row(
        _HELD, StaffQualification.staff_id, code=Qualification.code,
        since=StaffQualification.valid_from, until=StaffQualification.valid_until,
        revoked=StaffQualification.revoked_on,
    ).join(Qualification, Qualification.id == StaffQualification.qualification_id)  # fmt: skip
    return people, held


def _of_hours(since: Any, until: Any) -> tuple[Select[Any], ...]:
    weekly = _row(
        _HOURS, WorkingHours.staff_id, one=WorkingHours.weekday, two=WorkingHours.starts,
        three=WorkingHours.ends, since=WorkingHours.from_on, until=WorkingHours.until_on,
    ).where(is_valid_between(since, until))  # fmt: skip
    special = _row(
        _SPECIAL, HoursException.staff_id, one=null(), two=HoursException.starts,
        three=HoursException.ends, since=HoursException.on_date,
    ).where(HoursException.on_date.between(since, until))  # fmt: skip
    return weekly, special


def _of_rooms(service_id: Any) -> tuple[Select[Any], ...]:
    places = _row(
        _PLACE, Place.id, one=Place.room_id,
        two=case((Place.is_active & Room.is_active, 1), else_=0), three=Room.position,
        code=Place.public_id, name=Room.name,
    ).join(Room, Room.id == Place.room_id)  # fmt: skip
    has = _row(_HAS, RoomHasFeature.room_id, one=RoomHasFeature.feature_id).where(
        RoomHasFeature.feature_id.in_(
            select(ServiceFeature.feature_id).where(ServiceFeature.service_id == service_id)
        )
    )
    pieces = _row(_PIECE, Equipment.id, one=Equipment.kind_id).where(Equipment.is_active)
    return places, has, pieces


def _of_service(service_id: Any) -> tuple[Select[Any], ...]:
    features = (
        _row(_FEATURE, ServiceFeature.feature_id, name=Feature.name)
        .join(Feature, Feature.id == ServiceFeature.feature_id)
        .where(ServiceFeature.service_id == service_id, Feature.is_active)
    )
    codes = (
        _row(_CODE, ServiceRequirement.qualification_id, code=Qualification.code)
        .join(Qualification, Qualification.id == ServiceRequirement.qualification_id)
        .where(ServiceRequirement.service_id == service_id)
    )
    wanted = select(ServiceEquipment.kind_id).where(ServiceEquipment.service_id == service_id)
    kinds = _row(
        _KIND, EquipmentKind.id, one=case((EquipmentKind.id.in_(wanted), 1), else_=0),
        name=EquipmentKind.name,
    ).where(EquipmentKind.is_active)  # fmt: skip
    whole = ServiceVariant.minutes + Service.buffer_before + Service.buffer_after
    shortest = (
        _row(_SHORTEST, _NUMBER, one=func.min(whole))
        .select_from(ServiceVariant)
        .join(Service, Service.id == ServiceVariant.service_id)
        .where(Service.is_active, ServiceVariant.is_active)
    )
    techniques = (
        _row(_TECHNIQUE, ServiceTechnique.technique_id, code=Technique.code)
        .join(Technique, Technique.id == ServiceTechnique.technique_id)
        .where(ServiceTechnique.service_id == service_id, ServiceTechnique.is_primary)
    )
    return features, codes, kinds, shortest, techniques


def _of_prices(variant_id: Any) -> Select[Any]:
    wanted = or_(Price.variant_id == variant_id, Price.add_on_id > 0)
    first = func.min(Price.effective_from)
    return _row(_PRICE, Price.add_on_id, since=first).where(wanted).group_by(Price.add_on_id)


_STILL = Swift(_statement())
