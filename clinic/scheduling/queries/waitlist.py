"""Who waits: the entries of the waitlist as lists show them, who comes first on top."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, Select, String, cast, func, or_, select
from sqlalchemy.orm import aliased

from clinic.catalogue.models import Service, ServiceVariant
from clinic.clients.models import Client, Phone
from clinic.clients.rules import said_name
from clinic.core.clock import today
from clinic.core.db import db
from clinic.core.errors import NotFound
from clinic.core.words import Words
from clinic.practice.queries import the_practice
from clinic.referrals.models import Authorisation, Referral
from clinic.referrals.queries import is_open
from clinic.scheduling.models import Visit, WaitlistEntry, WaitlistOffer, WaitlistTherapist
from clinic.scheduling.queries.counts import is_reserved, is_used
from clinic.scheduling.rules.waiting import ALIVE, PRESSING, Wanted, not_to_be_booked, rank


def the_entry(public_id: str) -> WaitlistEntry:
    """Raises NotFound."""
    entry = db.session.scalar(select(WaitlistEntry).where(WaitlistEntry.public_id == public_id))
    if entry is None:
        raise NotFound
    return entry


def the_offer(public_id: str) -> WaitlistOffer:
    """Raises NotFound."""
    offer = db.session.scalar(select(WaitlistOffer).where(WaitlistOffer.public_id == public_id))
    if offer is None:
        raise NotFound
    return offer


def same_wait(person_id: int, service_id: int, but: int = 0) -> WaitlistEntry | None:
    """The entry under which a person waits for a service already, whichever of their records."""
    records = select(Client.id).where(or_(Client.id == person_id, Client.person_id == person_id))
    found: WaitlistEntry | None = db.session.scalar(
        select(WaitlistEntry)
        .join(ServiceVariant, ServiceVariant.id == WaitlistEntry.variant_id)
        .where(
            WaitlistEntry.client_id.in_(records),
            WaitlistEntry.status.in_(ALIVE),
            WaitlistEntry.id != but,
            ServiceVariant.service_id == service_id,
        )
        .limit(1)
    )
    return found


@dataclass(frozen=True, slots=True)
class Line:
    """Somebody who waits, as lists show them; ``refused`` says why nobody can book for them."""

    wanted: Wanted
    public_id: str
    status: str
    variant: ServiceVariant
    service: str
    service_id: str
    person_id: int
    client_id: str
    client: str
    phone: str
    refused: Words | None

    @property
    def is_high(self) -> bool:
        return self.wanted.priority == "high"

    @property
    def presses_on(self) -> date | None:
        """The last day of their referral, where that is near."""
        day = today(the_practice().zone)
        return self.wanted.presses_on if self.wanted.is_pressing(day) else None


_PERSON = aliased(Client)
"""The record that stands for whoever waits."""


def _named() -> Any:
    of = cast(WaitlistTherapist.staff_id, String)
    rows = select(of.label("of")).where(WaitlistTherapist.entry_id == WaitlistEntry.id)
    chosen = rows.correlate(WaitlistEntry).subquery()
    return select(func.aggregate_strings(chosen.c.of, ",")).scalar_subquery()


def _phone() -> Any:
    return (
        select(Phone.number)
        .where(Phone.client_id == _PERSON.id)
        .order_by(Phone.id)
        .limit(1)
        .correlate(_PERSON)
        .scalar_subquery()
    )


def _entries() -> Select[*tuple[Any, ...]]:
    return (
        select(
            ServiceVariant,
            WaitlistEntry.id, WaitlistEntry.public_id, WaitlistEntry.created_at,
            WaitlistEntry.earliest, WaitlistEntry.latest, WaitlistEntry.weekdays,
            WaitlistEntry.parts, WaitlistEntry.notice_hours, WaitlistEntry.gender,
            WaitlistEntry.priority, WaitlistEntry.status, WaitlistEntry.use_referral,
            Client.is_not_to_book.label("own_not_to_book"), Client.status.label("own_status"),
            Client.died_on.label("own_died_on"), _PERSON.id.label("person_id"),
            _PERSON.public_id.label("client_public_id"), _PERSON.first_name,
            _PERSON.preferred_name, _PERSON.last_name, _PERSON.status.label("client_status"),
            _PERSON.is_not_to_book, _PERSON.died_on,
            _named().label("named"), _phone().label("phone"),
        )
        .select_from(WaitlistEntry)
        .join(ServiceVariant, ServiceVariant.id == WaitlistEntry.variant_id)
        .join(Service, Service.id == ServiceVariant.service_id)
        .join(Client, Client.id == WaitlistEntry.client_id)
        .join(_PERSON, _PERSON.id == func.coalesce(Client.person_id, Client.id))
        .order_by(WaitlistEntry.id)
    )  # fmt: skip


def lines(*criteria: ColumnElement[bool]) -> list[Line]:
    """The entries that these criteria on WaitlistEntry, Client and Service let through, ranked.

    Two queries, and only one where nobody's visit counts against a referral.
    """
    rows = db.session.execute(_entries().where(*criteria)).all()
    ending = _ending({row.person_id for row in rows if _is_counted(row)})
    day = today(the_practice().zone)
    found = [_line(row, ending, day) for row in rows]
    return sorted(found, key=lambda line: rank(line.wanted, day))


def _is_counted(row: Any) -> bool:
    return bool(row.use_referral or row.ServiceVariant.service.needs_referral)


def _line(row: Any, ending: Mapping[int, date], day: date) -> Line:
    variant = row.ServiceVariant
    name = said_name(row.first_name, row.last_name, row.preferred_name)
    wanted = Wanted(
        row.id, row.created_at, row.earliest, row.latest, row.weekdays, row.parts,
        row.notice_hours, row.gender, frozenset(int(one) for one in _parted(row.named)),
        row.priority, ending.get(row.person_id) if _is_counted(row) else None,
    )  # fmt: skip
    refused = not_to_be_booked(
        name,
        row.client_status,
        day,
        is_not_to_book=row.is_not_to_book or row.own_not_to_book,
        has_died="deceased" in (row.client_status, row.own_status)
        or bool(row.died_on or row.own_died_on),
        is_offered=variant.is_active and variant.service.is_active,
    )
    return Line(
        wanted, row.public_id, row.status, variant, variant.service.name,
        variant.service.public_id, row.person_id, row.client_public_id, name, row.phone or "",
        refused,
    )  # fmt: skip


def _parted(text: str | None) -> list[str]:
    return text.split(",") if text else []


def _ending(person_ids: Collection[int]) -> dict[int, date]:
    """The nearest last day of a referral that ends soon and has a visit left, by person."""
    if not person_ids:
        return {}
    day = today(the_practice().zone)
    of = func.coalesce(Client.person_id, Client.id)
    taken = (
        select(func.count(Visit.id))
        .where(Visit.authorisation_id == Authorisation.id, or_(is_used(), is_reserved()))
        .correlate(Authorisation)
        .scalar_subquery()
    )
    rows = db.session.execute(
        select(of, func.min(Authorisation.valid_until))
        .select_from(Authorisation)
        .join(Referral, Referral.id == Authorisation.referral_id)
        .join(Client, Client.id == Referral.client_id)
        .where(
            of.in_(person_ids),
            is_open(),
            ~Authorisation.is_closed,
            Authorisation.valid_until.between(day, day + PRESSING),
            Authorisation.visits > taken,
        )
        .group_by(of)
    )
    return {row[0]: row[1] for row in rows if row[1] is not None}
