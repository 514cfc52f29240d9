"""One client across the rooms: visits, orders, care, changes, and what is open."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, NamedTuple

from sqlalchemy import BigInteger, and_, bindparam, exists, func, or_, select, union_all
from sqlalchemy.orm import aliased, joinedload, lazyload

from clinic.catalogue.models import Service, ServiceVariant
from clinic.clients.models import CareTeamMember, Client, ImportedHistoryLine
from clinic.clients.queries import care_team, is_of_person
from clinic.clients.rules import said_name
from clinic.consents.models import Consent
from clinic.coordination.models import OutboundReferral
from clinic.coordination.queries.outbound import outbound_of_person
from clinic.core.clock import epoch, from_epoch, now
from clinic.core.db import db
from clinic.core.engines import ONE_PLAN
from clinic.core.errors import NotFound
from clinic.core.permissions import Actor, Permission
from clinic.core.swift import Swift
from clinic.desk.queries.clinical import Clinical, ConsentState, clinical_of, consent_state
from clinic.desk.queries.head import Head, head_of
from clinic.desk.queries.timeline import Event, timeline
from clinic.directory.models import Organisation, Provider
from clinic.referrals.models import Authorisation, Referral
from clinic.referrals.queries import is_open
from clinic.scheduling.models import Series, Visit
from clinic.scheduling.queries.counts import RESERVING, is_reserved, is_used
from clinic.scheduling.queries.series_page import SeriesLine, series_of
from clinic.staff.models import StaffMember
from clinic.timetable.models import Slot

VISITS, ASKED = 6, 10
"""How many coming and how many past visits the page lists; how many referrals to providers."""
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
    days: int | None = None
    """Days from a first visit that is not known: how long it lasts cannot be computed yet."""


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
    events: Sequence[Event]
    head: Head
    consent: ConsentState
    history: Sequence[ImportedHistoryLine] = ()
    plans: Sequence[SeriesLine] = ()
    asked: Sequence[OutboundReferral] = ()
    """Providers to whom this person was referred: what has not ended first."""
    clinical: Clinical | None = None
    """For who treats this client, and nobody else."""

    @property
    def is_treating(self) -> bool:
        """Whether the reader takes part in the care, and may read health facts."""
        return self.head.is_treating

    @property
    def shown_ids(self) -> list[str]:
        """Public ids of all records that the page shows."""
        kept = [self.kept.public_id] if self.kept else []
        return [self.client.public_id, *kept, *(public_id for public_id, _ in self.merged)]


def sheet(public_id: str, *, reader: Actor) -> Sheet:
    """The page of a client: four queries, eight for who treats them.

    One more each where there are orders, people who care for them and consents, three where a
    series is planned, one where somebody was asked about them, and one where another system wrote
    a history that nobody has reviewed. Raises NotFound.
    """
    client, merged, has = _record(public_id)
    person, kept = client.known_as, None
    if client.person_id:
        kept = db.session.get(Client, person)
    head = head_of(client, reader)
    coming, past = _visits(person)
    reads_orders = reader.may(Permission.REFERRALS_READ)
    return Sheet(
        client=client,
        kept=kept,
        merged=merged,
        coming=coming,
        past=past,
        orders=_orders(person) if has.orders and reads_orders else [],
        asked=outbound_of_person(person, ASKED) if has.asked and reads_orders else (),
        care=care_team(person) if has.care else [],
        events=timeline(client, is_treating=head.is_treating),
        head=head,
        consent=consent_state(kept or client, head.on, has_any=has.consents),
        history=_history(person) if has.history and head.is_treating else (),
        plans=series_of(person) if has.plans else (),
        clinical=clinical_of(person, head) if head.is_treating else None,
    )


_OTHER = aliased(Client)
_NUMBERS = func.aggregate_strings(_OTHER.public_id + " " + _OTHER.number, ",")
_SAME_PERSON = func.coalesce(Client.person_id, Client.id)


def _is_there(client_id: Any, name: str) -> Any:
    """Whether any row of this kind belongs to the person."""
    records = select(_OTHER.id).where(
        or_(_OTHER.id == _SAME_PERSON, _OTHER.person_id == _SAME_PERSON)
    )
    return exists().where(client_id.in_(records.correlate(Client))).label(name)


_RECORD = (
    select(
        Client,
        _is_there(Series.client_id, "plans"),
        _is_there(ImportedHistoryLine.client_id, "history"),
        _is_there(OutboundReferral.client_id, "asked"),
        _is_there(Referral.client_id, "orders"),
        _is_there(CareTeamMember.client_id, "care"),
        _is_there(Consent.client_id, "consents"),
        select(_NUMBERS)
        .where(_OTHER.person_id == Client.id)
        .correlate(Client)
        .scalar_subquery()
        .label("merged"),
    )
    .options(joinedload(Client.phones), joinedload(Client.preference))
    .where(Client.public_id == bindparam("public_id"))
    .execution_options(**{ONE_PLAN: True})
)


class _Has(NamedTuple):
    """What there is of a person, so that nothing is looked for in vain."""

    plans: bool
    history: bool
    asked: bool
    orders: bool
    care: bool
    consents: bool


def _record(public_id: str) -> tuple[Client, list[tuple[str, str]], _Has]:
    row = db.session.execute(_RECORD, {"public_id": public_id}).unique().first()
    if row is None:
        raise NotFound
    parts = [one.split(" ", 1) for one in (row.merged or "").split(",") if one]
    merged = sorted(((pid, number) for pid, number in parts), key=lambda one: one[1])
    has = _Has(*(bool(getattr(row, name)) for name in _Has._fields))
    return row.Client, merged, has


LINE = (
    select(
        Visit.public_id, Visit.status, Slot.starts_s, Service.name.label("service"), Visit.minutes,
        StaffMember.name.label("therapist"),
    )
    .join(Slot, Slot.id == Visit.slot_id)
    .join(ServiceVariant, ServiceVariant.id == Visit.variant_id)
    .join(Service, Service.id == ServiceVariant.service_id)
    .join(StaffMember, StaffMember.id == Visit.therapist_id)
)  # fmt: skip


def as_line(row: Any) -> VisitLine:
    return VisitLine(
        row.public_id, row.status, from_epoch(row.starts_s), row.service, row.minutes, row.therapist
    )


_PERSON: Any = bindparam("person_id", 0)


def _next_and_last() -> Swift:
    own, at = is_of_person(Visit.client_id, _PERSON), bindparam("at", 0, BigInteger)
    is_next = and_(Visit.status.in_(RESERVING), Slot.ends_s > at)
    coming = LINE.where(own, is_next).order_by(Visit.on_date, Slot.starts_s).limit(VISITS)
    past = (
        LINE.where(own, ~is_next).order_by(Visit.on_date.desc(), Slot.starts_s.desc()).limit(VISITS)
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
        lines[0 if row.is_next else 1].append(as_line(row))
    return (
        sorted(lines[0], key=lambda line: line.starts_at),
        sorted(lines[1], key=lambda line: line.starts_at, reverse=True),
    )


_COUNTED = select(func.count()).where(Visit.authorisation_id == Authorisation.id)
_ORDERS = Swift(
    select(
        Referral.public_id, Referral.number, Provider.first_name, Provider.last_name,
        Provider.credentials, Organisation.name.label("organisation"), Authorisation.visits,
        Authorisation.valid_from, Authorisation.valid_until, Authorisation.basis,
        Authorisation.days,
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
            row.days if row.basis == "first_visit" and row.valid_until is None else None,
        )
        for row in _ORDERS.rows(db.session.connection(), person_id=person_id)
    ]  # fmt: skip


def provider_name(row: Any) -> str:
    """``Samuel Adeyemi, MD`` from a row's columns."""
    name = said_name(row.first_name or "", row.last_name or "")
    return name if row.credentials == "other" else f"{name}, {row.credentials}"


def _history(person_id: int) -> Sequence[ImportedHistoryLine]:
    """What another system wrote of this person's health; for those alone who treat them."""
    return db.session.scalars(
        select(ImportedHistoryLine)
        .options(joinedload(ImportedHistoryLine.client).options(lazyload(Client.phones)))
        .where(is_of_person(ImportedHistoryLine.client_id, person_id))
        .order_by(ImportedHistoryLine.kind, ImportedHistoryLine.id)
        .limit(HISTORY_MOST)
    ).all()
