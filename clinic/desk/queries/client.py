"""One client across the rooms: visits, orders, care, changes, and what is open."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import BigInteger, and_, bindparam, exists, func, or_, select, union_all
from sqlalchemy.orm import aliased, joinedload, lazyload

from clinic.audit.models import ChangeEntry
from clinic.catalogue.models import Service, ServiceVariant
from clinic.clients.models import Client, ImportedHistoryLine
from clinic.clients.queries import care_team, is_of_person
from clinic.clients.rules import said_name
from clinic.clients.services import NothingOpen
from clinic.core.clock import epoch, from_epoch, now
from clinic.core.db import db
from clinic.core.errors import Conflict, NotFound
from clinic.core.permissions import Actor, Permission
from clinic.core.swift import Swift
from clinic.core.words import say
from clinic.directory.models import Organisation, Provider
from clinic.referrals.models import Authorisation, Referral
from clinic.referrals.queries import is_open
from clinic.scheduling.models import Series, Visit, WaitlistEntry
from clinic.scheduling.queries.counts import RESERVING, is_reserved, is_used
from clinic.scheduling.queries.series_page import SeriesLine, series_of
from clinic.scheduling.rules.waiting import ALIVE
from clinic.staff.models import StaffMember
from clinic.timetable.models import Slot

VISITS = 6
"""How many coming and how many past visits the page lists."""
CHANGES = 8
HISTORY_MOST = 200


@dataclass(frozen=True, slots=True)
class VisitLine:
    """A visit as the client's page lists it."""

    public_id: str
    status: str
    starts_at: datetime
    service: str
    minutes: int
    therapist: str


@dataclass(frozen=True, slots=True)
class OrderLine:
    """An open order, or one authorisation of it, with its visits counted."""

    public_id: str
    number: str
    provider: str
    organisation: str
    visits: int | None
    used: int
    booked: int
    valid_from: date | None
    valid_until: date | None


@dataclass(frozen=True, slots=True)
class Sheet:
    """All that the page of a client shows to one reader."""

    client: Client
    kept: Client | None
    """The record that stands for this person, when it is another one."""
    merged: list[tuple[str, str]]
    """Public id and number of each record merged into this one."""
    coming: list[VisitLine]
    past: list[VisitLine]
    orders: list[OrderLine]
    care: Sequence[Any]
    changes: Sequence[Any]
    is_treating: bool
    """Whether the reader takes part in the care, and may read health facts."""
    history: Sequence[ImportedHistoryLine]
    plans: Sequence[SeriesLine] = ()

    @property
    def shown_ids(self) -> list[str]:
        """Public ids of all records that the page shows."""
        kept = [self.kept.public_id] if self.kept else []
        return [self.client.public_id, *kept, *(public_id for public_id, _ in self.merged)]


def sheet(public_id: str, *, reader: Actor) -> Sheet:
    """The page of a client, in six queries at most, and three more where there are plans.

    Raises NotFound.
    """
    client, merged, has_plans = _record(public_id)
    person = client.known_as
    coming, past = _visits(person)
    care = care_team(person)
    is_treating = reader.may(Permission.CLINICAL_READ) and any(
        one.staff_id == reader.id for one in care if one.staff_id is not None
    )
    return Sheet(
        client=client,
        kept=db.session.get(Client, person) if client.person_id else None,
        merged=merged,
        coming=coming,
        past=past,
        orders=_orders(person) if reader.may(Permission.REFERRALS_READ) else [],
        care=care,
        changes=_changes(client),
        is_treating=is_treating,
        history=_history(person) if is_treating else [],
        plans=series_of(person) if has_plans else (),
    )


_OTHER = aliased(Client)
_NUMBERS = func.aggregate_strings(_OTHER.public_id + " " + _OTHER.number, ",")
_SAME_PERSON = func.coalesce(Client.person_id, Client.id)
_HAS_PLANS = exists().where(
    Series.client_id.in_(
        select(_OTHER.id)
        .where(or_(_OTHER.id == _SAME_PERSON, _OTHER.person_id == _SAME_PERSON))
        .correlate(Client)
    )
)
_RECORD = (
    select(
        Client,
        _HAS_PLANS.label("has_plans"),
        select(_NUMBERS)
        .where(_OTHER.person_id == Client.id)
        .correlate(Client)
        .scalar_subquery()
        .label("merged"),
    )
    .options(joinedload(Client.phones), joinedload(Client.preference))
    .where(Client.public_id == bindparam("public_id"))
)


def _record(public_id: str) -> tuple[Client, list[tuple[str, str]], bool]:
    row = db.session.execute(_RECORD, {"public_id": public_id}).unique().first()
    if row is None:
        raise NotFound
    parts = [one.split(" ", 1) for one in (row.merged or "").split(",") if one]
    merged = sorted(((pid, number) for pid, number in parts), key=lambda one: one[1])
    return row.Client, merged, bool(row.has_plans)


_LINE = (
    select(
        Visit.public_id, Visit.status, Slot.starts_s, Service.name.label("service"), Visit.minutes,
        StaffMember.name.label("therapist"),
    )
    .join(Slot, Slot.id == Visit.slot_id)
    .join(ServiceVariant, ServiceVariant.id == Visit.variant_id)
    .join(Service, Service.id == ServiceVariant.service_id)
    .join(StaffMember, StaffMember.id == Visit.therapist_id)
)  # fmt: skip


def _as_line(row: Any) -> VisitLine:
    return VisitLine(
        row.public_id, row.status, from_epoch(row.starts_s), row.service, row.minutes, row.therapist
    )


_PERSON: Any = bindparam("person_id", 0)


def _next_and_last() -> Swift:
    own, at = is_of_person(Visit.client_id, _PERSON), bindparam("at", 0, BigInteger)
    is_next = and_(Visit.status.in_(RESERVING), Slot.ends_s > at)
    coming = _LINE.where(own, is_next).order_by(Visit.on_date, Slot.starts_s).limit(VISITS)
    past = (
        _LINE.where(own, ~is_next)
        .order_by(Visit.on_date.desc(), Slot.starts_s.desc())
        .limit(VISITS)
    )
    return Swift(
        union_all(
            select(coming.subquery(), func.abs(1).label("is_next")),
            select(past.subquery(), func.abs(0).label("is_next")),
        )
    )


_VISITS = _next_and_last()


def _visits(person_id: int) -> tuple[list[VisitLine], list[VisitLine]]:
    """The next visits, soonest first, and the last ones, latest first: one query."""
    lines: tuple[list[VisitLine], list[VisitLine]] = ([], [])
    for row in _VISITS.rows(db.session.connection(), person_id=person_id, at=epoch(now())):
        lines[0 if row.is_next else 1].append(_as_line(row))
    return (
        sorted(lines[0], key=lambda line: line.starts_at),
        sorted(lines[1], key=lambda line: line.starts_at, reverse=True),
    )


_COUNTED = select(func.count()).where(Visit.authorisation_id == Authorisation.id)
_ORDERS = Swift(
    select(
        Referral.public_id, Referral.number, Provider.first_name, Provider.last_name,
        Provider.credentials, Organisation.name.label("organisation"), Authorisation.visits,
        Authorisation.valid_from, Authorisation.valid_until,
        _COUNTED.where(is_used()).correlate(Authorisation).scalar_subquery().label("used"),
        _COUNTED.where(is_reserved()).correlate(Authorisation).scalar_subquery().label("booked"),
    )
    .join(Provider, Provider.id == Referral.provider_id)
    .outerjoin(Organisation, Organisation.id == Referral.organisation_id)
    .outerjoin(Authorisation, Authorisation.referral_id == Referral.id)
    .where(is_of_person(Referral.client_id, _PERSON), is_open())
    .order_by(Referral.received_on, Referral.id, Authorisation.valid_from, Authorisation.id)
)  # fmt: skip


def _orders(person_id: int) -> list[OrderLine]:
    """Open orders with their authorisations, used and booked visits counted: one query."""
    return [
        OrderLine(
            row.public_id, row.number, provider_name(row), row.organisation or "", row.visits,
            row.used or 0, row.booked or 0, row.valid_from, row.valid_until,
        )
        for row in _ORDERS.rows(db.session.connection(), person_id=person_id)
    ]  # fmt: skip


def provider_name(row: Any) -> str:
    """``Samuel Adeyemi, MD`` from a row's columns."""
    name = said_name(row.first_name or "", row.last_name or "")
    return name if row.credentials == "other" else f"{name}, {row.credentials}"


_CHANGES = Swift(
    select(ChangeEntry.at, ChangeEntry.verb, ChangeEntry.kind, ChangeEntry.fields, StaffMember.name)
    .outerjoin(StaffMember, StaffMember.id == ChangeEntry.actor_id)
    .where(
        or_(
            *(
                and_(
                    ChangeEntry.object_table == table, ChangeEntry.object_id == bindparam(table, "")
                )
                for table in ("client", "preference")
            )
        )
    )
    .order_by(ChangeEntry.seq.desc())
    .limit(CHANGES)
)


def _changes(client: Client) -> Sequence[Any]:
    """Who changed the record lately, when, and which fields; never the values."""
    preference = client.preference.public_id if client.preference is not None else ""
    return _CHANGES.rows(db.session.connection(), client=client.public_id, preference=preference)


def _history(person_id: int) -> Sequence[ImportedHistoryLine]:
    """What another system wrote of this person's health; for those alone who treat them."""
    return db.session.scalars(
        select(ImportedHistoryLine)
        .options(joinedload(ImportedHistoryLine.client).options(lazyload(Client.phones)))
        .where(is_of_person(ImportedHistoryLine.client_id, person_id))
        .order_by(ImportedHistoryLine.kind, ImportedHistoryLine.id)
        .limit(HISTORY_MOST)
    ).all()


# ---- what is open, and what would clash


def nothing_open(client: Client) -> NothingOpen:
    """The proof that a record may be archived. Raises Conflict that says what is still open."""
    coming = db.session.scalar(
        select(func.count())
        .select_from(Visit)
        .join(Slot, Slot.id == Visit.slot_id)
        .where(
            is_of_person(Visit.client_id, client.known_as),
            Visit.status.in_(RESERVING),
        )
    )
    if coming:
        raise Conflict(say("There are visits booked ({count}). Cancel them first.", count=coming))
    orders = db.session.scalar(
        select(func.count())
        .select_from(Referral)
        .where(is_of_person(Referral.client_id, client.known_as), is_open())
    )
    if orders:
        raise Conflict(say("There are referrals open ({count}). End them first.", count=orders))
    plans = sum(not one.is_ended and one.to_book > 0 for one in series_of(client.known_as))
    if plans:
        raise Conflict(
            say("There are plans with visits to book ({count}). End them first.", count=plans)
        )
    waits = db.session.scalar(
        select(func.count())
        .select_from(WaitlistEntry)
        .where(
            is_of_person(WaitlistEntry.client_id, client.known_as), WaitlistEntry.status.in_(ALIVE)
        )
    )
    if waits:
        raise Conflict(
            say("They are on the waitlist ({count}). Take them off it first.", count=waits)
        )
    return NothingOpen(client.id)


@dataclass(frozen=True, slots=True)
class Overlap:
    """Two coming visits of two records at the same time."""

    one: VisitLine
    other: VisitLine


def overlaps(one: Client, other: Client) -> list[Overlap]:
    """The coming visits of two records that one person could not both keep."""
    first, second = _coming(one), _coming(other)
    return [
        Overlap(_as_line(mine), _as_line(theirs))
        for mine in first
        for theirs in second
        if mine.starts_s < theirs.ends_s and theirs.starts_s < mine.ends_s
    ]


def _coming(client: Client) -> Sequence[Any]:
    return db.session.execute(
        _LINE.add_columns(Slot.ends_s).where(
            is_of_person(Visit.client_id, client.id),
            Visit.status.in_(RESERVING),
            Slot.ends_s > epoch(now()),
        )
    ).all()
