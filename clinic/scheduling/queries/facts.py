"""What the gate and the booking must know, read at once and under the locks."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import lru_cache
from typing import Any

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Date,
    Select,
    and_,
    bindparam,
    func,
    or_,
    select,
    union_all,
)

from clinic.catalogue.models import (
    RoomFeature,
    Service,
    ServiceFeature,
    ServiceVariant,
)
from clinic.clients.models import CareTeamMember
from clinic.clients.queries import is_of_person
from clinic.core.clock import now
from clinic.core.db import UtcDateTime, db
from clinic.core.permissions import Role
from clinic.core.swift import Swift
from clinic.referrals.models import Authorisation, Referral
from clinic.referrals.queries import is_open
from clinic.scheduling.models import Visit
from clinic.scheduling.queries.screens import Screen, screen_from_rows, screen_rows
from clinic.scheduling.queries.terms import a_row, late_policy, needed, prices, techniques
from clinic.scheduling.rules import STANDING, Fee, Policy
from clinic.staff.models import Qualification, RoleGrant, StaffMember, StaffQualification
from clinic.staff.queries import holds_on, is_active
from clinic.timetable.models import (
    HoursException,
    Occupancy,
    Place,
    Resource,
    Room,
    RoomHasFeature,
    Slot,
    WorkingHours,
)

_OF_HEALTH = frozenset({"record", "sheet", "key", "rules"})
_REACH = 60 * 3600
"""Seconds: nothing that began further back could still be going on."""


@dataclass(slots=True)
class Facts:
    """What holds for one therapist, client, service and day.

    ``load`` is what the therapist treats that day already, in hundredths of a minute;
    ``hours`` and ``exceptions`` are minutes after midnight; prices are minor units, that
    of the length itself under None; ``is_in_use`` is said of the place, and ``client_has`` is
    the kind of what has the person then; ``version`` is the visit's, as it stands now;
    ``is_referred`` says that visits were authorised with an order that still stands.
    ``health`` are the rows that ``screen`` is made of.
    ``primary`` and ``extra`` are the techniques that the service is about and that its
    add-ons use. ``lacks`` names what the service needs and the place's room has not,
    ``limit`` is the therapist's own hands-on limit in minutes, and ``fees`` what the policy
    says of late cancels and of missed visits, with its hours.
    """

    held: set[str] = field(default_factory=set)
    needed: set[str] = field(default_factory=set)
    is_therapist: bool = False
    load: int = 0
    hours: list[tuple[int, int]] = field(default_factory=list)
    exceptions: list[tuple[int, int]] = field(default_factory=list)
    prices: dict[int | None, int] = field(default_factory=dict)
    is_in_care: bool = False
    is_in_use: bool = False
    is_referred: bool = False
    client_has: str = ""
    version: int | None = None
    lacks: set[str] = field(default_factory=set)
    primary: set[str] = field(default_factory=set)
    extra: set[str] = field(default_factory=set)
    limit: int | None = None
    person_id: int = 0
    health: list[Any] = field(default_factory=list, repr=False)
    fees: dict[str, tuple[int, Fee]] = field(default_factory=dict)

    def screen(self) -> Screen:
        """What the person is judged by, as it was read with all else."""
        return screen_from_rows(self.health, self.person_id)

    def policy(self, cut_off_hours: int) -> Policy:
        """The service's policy, or the clinic's; else these hours, and no fees."""
        if not self.fees:
            return Policy(cut_off_hours)
        hours, late = self.fees["late"]
        return Policy(hours, late, self.fees["no_show"][1])


def facts_of(
    person_id: int,
    variant_id: int,
    therapist_id: int,
    on: date,
    add_on_ids: Sequence[int] = (),
    visit_id: int | None = None,
    *,
    place_id: int = 0,
    treatment: tuple[int, int] = (0, 0),
    but: int | None = None,
) -> Facts:
    """One query. ``person_id`` is the record that stands for the client; ``visit_id`` is a
    visit that is there already: it does not count as load. ``treatment`` are the seconds in
    which the person is wanted, whatever the slot ``but`` takes of them."""
    db.session.flush()  # what this piece of work has changed counts as well
    rows = _facts_with(len(add_on_ids)).rows(
        db.session.connection(),
        person=person_id,
        variant=variant_id,
        therapist=therapist_id,
        on=on,
        weekday=on.weekday(),
        visit=visit_id or 0,
        place=place_id,
        starts=treatment[0],
        ends=treatment[1],
        but=but or 0,
        at=now(),
        **{f"add_on_{number}": one for number, one in enumerate(add_on_ids)},
    )
    facts = Facts(person_id=person_id)
    for row in rows:
        if row.what in _OF_HEALTH:
            facts.health.append(row)
        else:
            _put(facts, *row[:4])
    return facts


@lru_cache(maxsize=32)
def _facts_with(add_ons: int) -> Swift:
    """The query for a visit with so many add-ons; put together once."""
    person, therapist, visit = a_number("person"), a_number("therapist"), a_number("visit")
    variant, place, on = a_number("variant"), a_number("place"), bindparam("on", None, Date)
    added = [a_number(f"add_on_{number}") for number in range(add_ons)]
    return Swift(
        union_all(
            _held(therapist, on),
            *needed(variant, added),
            *techniques(variant, added),
            _is_therapist(therapist),
            _load(therapist, on, visit),
            _hours(therapist, on),
            _exceptions(therapist, on),
            prices(variant, added, on),
            _care(person, therapist),
            _version(visit),
            _is_in_use(place),
            _client_has(person),
            _is_referred(person),
            _limit(therapist),
            _lacks(variant, place),
            *late_policy(variant),
            *screen_rows(person),
        )
    )


def a_number(name: str) -> Any:
    """A value of a statement that is put together once: a number of a row, or a second."""
    return bindparam(name, 0, BigInteger)


def _put(facts: Facts, what: str, first: Any, second: Any, code: str) -> None:
    match what:
        case "held" | "needed" | "lacks" | "primary" | "extra":
            getattr(facts, what).add(code)
        case "hours" | "exceptions":
            getattr(facts, what).append((first, second))
        case "prices":
            facts.prices[first or None] = second
        case "client_has":
            facts.client_has = code
        case "late" | "no_show":
            facts.fees[what] = first, Fee(code, second)
        case "is_therapist" | "is_in_care" | "is_in_use" | "is_referred":
            setattr(facts, what, True)
        case _:
            setattr(facts, what, int(first))


def _held(staff_id: Any, on: Any) -> Select[Any]:
    return (
        a_row("held", code=Qualification.code)
        .select_from(StaffQualification)
        .join(Qualification)
        .where(StaffQualification.staff_id == staff_id, holds_on(on))
    )


def _is_therapist(staff_id: Any) -> Select[Any]:
    return (
        a_row("is_therapist")
        .select_from(StaffMember)
        .join(RoleGrant)
        .where(StaffMember.id == staff_id, is_active(), RoleGrant.role == Role.THERAPIST.value)
    )


def _load(staff_id: Any, on: Any, but: Any) -> Select[Any]:
    weighted = func.coalesce(func.sum(Visit.minutes * Service.hands_on_percent), 0)
    standing = and_(Visit.therapist_id == staff_id, Visit.on_date == on, Visit.status.in_(STANDING))
    return (
        a_row("load", weighted)
        .select_from(Visit)
        .join(ServiceVariant, ServiceVariant.id == Visit.variant_id)
        .join(Service, Service.id == ServiceVariant.service_id)
        .where(standing, Visit.id != but)
    )


def _hours(staff_id: Any, on: Any) -> Select[Any]:
    return a_row("hours", WorkingHours.starts, WorkingHours.ends).where(
        WorkingHours.staff_id == staff_id,
        WorkingHours.weekday == a_number("weekday"),
        WorkingHours.from_on <= on,
        or_(WorkingHours.until_on.is_(None), WorkingHours.until_on >= on),
    )


def _exceptions(staff_id: Any, on: Any) -> Select[Any]:
    starts, ends = HoursException.starts, HoursException.ends
    return a_row("exceptions", func.coalesce(starts, 0), func.coalesce(ends, 0)).where(
        HoursException.staff_id == staff_id, HoursException.on_date == on
    )


def _care(person_id: Any, staff_id: Any) -> Select[Any]:
    return a_row("is_in_care").where(
        is_of_person(CareTeamMember.client_id, person_id),
        CareTeamMember.staff_id == staff_id,
        CareTeamMember.until.is_(None),
    )


def _version(visit_id: Any) -> Select[Any]:
    return a_row("version", Visit.version).where(Visit.id == visit_id)


def _limit(staff_id: Any) -> Select[Any]:
    own = StaffMember.hands_on_limit
    return a_row("limit", own).where(StaffMember.id == staff_id, own.is_not(None))


def _lacks(variant_id: Any, place_id: Any) -> Select[Any]:
    """What the service needs of a room, and this place's room has not."""
    return (
        a_row("lacks", code=RoomFeature.name)
        .select_from(ServiceFeature)
        .join(RoomFeature, RoomFeature.id == ServiceFeature.feature_id)
        .join(ServiceVariant, ServiceVariant.service_id == ServiceFeature.service_id)
        .join(Place, Place.id == place_id)
        .where(ServiceVariant.id == variant_id, RoomFeature.is_active, ~has_it())
    )


def has_it() -> ColumnElement[bool]:
    """Criterion on Place and ServiceFeature: the place's room has the feature."""
    return (
        select(RoomHasFeature.id)
        .where(
            RoomHasFeature.room_id == Place.room_id,
            RoomHasFeature.feature_id == ServiceFeature.feature_id,
        )
        .correlate(Place, ServiceFeature)
        .exists()
    )


def what_has(person_id: int, treatment: tuple[int, int], but: int | None) -> str | None:
    """What kind of thing has a person in these seconds, under whichever of their records."""
    db.session.flush()
    found = _WHAT_HAS.first(
        db.session.connection(),
        person=person_id,
        starts=treatment[0],
        ends=treatment[1],
        but=but or 0,
        at=now(),
    )
    return found[0] if found else None


def kind_of(starts_s: Any, ends_s: Any) -> Select[Any]:
    """The kind of a slot that takes something in these seconds; the caller says what."""
    return (
        select(Slot.kind)
        .join(Occupancy, Occupancy.slot_id == Slot.id)
        .join(Resource, Resource.id == Occupancy.resource_id)
        .where(*meets(starts_s, ends_s))
        .limit(1)
    )


def meets(starts_s: Any, ends_s: Any) -> tuple[ColumnElement[bool], ...]:
    """Criteria on Occupancy and its Slot: it is going on in these seconds, ``at`` some
    instant it has not run out, and it is not the slot ``but``."""
    present: Any = bindparam("at", None, UtcDateTime)
    return (
        Occupancy.starts_s > starts_s - _REACH,
        Occupancy.starts_s < ends_s,
        Occupancy.ends_s > starts_s,
        Slot.id != a_number("but"),
        or_(Slot.expires_at.is_(None), Slot.expires_at > present),
    )


_TREATMENT = a_number("starts"), a_number("ends")
_WHAT_HAS = Swift(kind_of(*_TREATMENT).where(is_of_person(Resource.client_id, a_number("person"))))


def _client_has(person_id: Any) -> Select[Any]:
    return (
        a_row("client_has", code=Slot.kind)
        .select_from(Slot)
        .join(Occupancy, Occupancy.slot_id == Slot.id)
        .join(Resource, Resource.id == Occupancy.resource_id)
        .where(is_of_person(Resource.client_id, person_id), *meets(*_TREATMENT))
    )


def _is_referred(person_id: Any) -> Select[Any]:
    return a_row("is_referred").where(
        select(Authorisation.id)
        .join(Authorisation.referral)
        .where(is_of_person(Referral.client_id, person_id), is_open())
        .exists()
    )


def _is_in_use(place_id: Any) -> Select[Any]:
    return (
        a_row("is_in_use")
        .select_from(Place)
        .join(Room, Room.id == Place.room_id)
        .where(Place.id == place_id, Place.is_active, Room.is_active)
    )
