"""What is offered on a day, for how long, at which price, and who may give it."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Date,
    ScalarSelect,
    Select,
    bindparam,
    func,
    or_,
    select,
    union,
)

from clinic.catalogue.models import (
    AddOn,
    Price,
    Service,
    ServiceRequirement,
    ServiceVariant,
    Technique,
)
from clinic.catalogue.rules import FIELDS
from clinic.core.db import db
from clinic.core.errors import NotFound
from clinic.core.swift import Swift
from clinic.staff.models import Qualification


@dataclass(frozen=True, slots=True)
class BookableVariant:
    """One length of a service as it can be booked on a day.

    Times in minutes, the price in minor units; ``required`` are the codes of the
    qualifications without which nobody may give it.
    """

    id: int
    public_id: str
    service_id: int
    service_public_id: str
    name: str
    family: str
    note: str
    minutes: int
    buffer_before: int
    buffer_after: int
    hands_on_percent: int
    needs_referral: bool
    price_minor: int
    required: frozenset[str]


@dataclass(frozen=True, slots=True)
class OfferedAddOn:
    """An add-on as it can be booked on a day; minutes and minor units."""

    id: int
    public_id: str
    name: str
    extra_minutes: int
    price_minor: int
    required: str | None


def amount_on(of: ColumnElement[bool], on: date | ColumnElement[date]) -> ScalarSelect[int]:
    """The amount that holds on a day, beside each row of an outer query."""
    return (
        select(Price.amount_minor)
        .where(of, Price.effective_from <= on)
        .order_by(Price.effective_from.desc())
        .limit(1)
        .scalar_subquery()
    )


def variant_price(on: date | ColumnElement[date]) -> ScalarSelect[int]:
    """The price of each ServiceVariant of an outer query on a day."""
    return amount_on(Price.variant_id == ServiceVariant.id, on)


def add_on_price(on: date) -> ScalarSelect[int]:
    """The price of each AddOn of an outer query on a day."""
    return amount_on(Price.add_on_id == AddOn.id, on)


def price_on(variant_id: int, on: date) -> int | None:
    """What a length costs on a day, in minor units; None before its first price."""
    return prices_on([variant_id], on).get(variant_id)


def prices_on(variant_ids: Collection[int], on: date) -> dict[int, int]:
    """What these lengths cost on a day, in one query; those without a price are left out."""
    found = db.session.execute(
        select(ServiceVariant.id, variant_price(on)).where(ServiceVariant.id.in_(variant_ids))
    )
    return {variant_id: amount for variant_id, amount in found if amount is not None}


def add_on_prices_on(add_on_ids: Collection[int], on: date) -> dict[int, int]:
    """The same for add-ons."""
    found = db.session.execute(select(AddOn.id, add_on_price(on)).where(AddOn.id.in_(add_on_ids)))
    return {add_on_id: amount for add_on_id, amount in found if amount is not None}


def bookable_variants(on: date, service_id: int | None = None) -> list[BookableVariant]:
    """Every length that can be booked for a day: active, with a price; of all services, or of
    one. One query."""
    db.session.flush()
    rows = _BOOKABLE.rows(db.session.connection(), on=on, service=service_id or 0)
    return [
        BookableVariant(*(*row[:-1], frozenset(row.codes.split(",") if row.codes else ())))
        for row in rows
        if row.price_minor is not None
    ]


def _bookable() -> Swift:
    on, service = bindparam("on", date.min, Date), bindparam("service", 0, BigInteger)
    codes = (
        select(func.aggregate_strings(Qualification.code, ","))
        .join(ServiceRequirement, ServiceRequirement.qualification_id == Qualification.id)
        .where(ServiceRequirement.service_id == Service.id)
        .correlate(Service)
        .scalar_subquery()
    )
    return Swift(
        select(
            ServiceVariant.id,
            ServiceVariant.public_id,
            ServiceVariant.service_id,
            Service.public_id.label("service_public_id"),
            Service.name,
            Service.family,
            Service.note,
            ServiceVariant.minutes,
            Service.buffer_before,
            Service.buffer_after,
            Service.hands_on_percent,
            Service.needs_referral,
            variant_price(on).label("price_minor"),
            codes.label("codes"),
        )
        .join(Service, Service.id == ServiceVariant.service_id)
        .where(
            Service.is_active, ServiceVariant.is_active, or_(service == 0, Service.id == service)
        )
        .order_by(Service.position, Service.name, Service.id, ServiceVariant.minutes)
    )


_BOOKABLE = _bookable()


def add_ons_on(on: date) -> list[OfferedAddOn]:
    """Every add-on that can be booked for a day: active, with a price. One query."""
    found = db.session.execute(
        select(
            AddOn.id,
            AddOn.public_id,
            AddOn.name,
            AddOn.extra_minutes,
            add_on_price(on).label("price_minor"),
            Qualification.code.label("required"),
        )
        .outerjoin(Qualification, Qualification.id == AddOn.qualification_id)
        .where(AddOn.is_active)
        .order_by(AddOn.name, AddOn.id)
    )
    return [OfferedAddOn(**row._mapping) for row in found if row.price_minor is not None]


def required_codes(variant_id: int, add_on_ids: Collection[int] = ()) -> frozenset[str]:
    """The codes of all qualifications that a length with these add-ons asks for."""
    of_service = (
        select(Qualification.code)
        .join(ServiceRequirement, ServiceRequirement.qualification_id == Qualification.id)
        .join(ServiceVariant, ServiceVariant.service_id == ServiceRequirement.service_id)
        .where(ServiceVariant.id == variant_id)
    )
    of_add_ons = (
        select(Qualification.code)
        .join(AddOn, AddOn.qualification_id == Qualification.id)
        .where(AddOn.id.in_(add_on_ids))
    )
    return frozenset(db.session.scalars(union(of_service, of_add_ons)))


def _the(kind: type[Any], public_id: str) -> Any:
    found = db.session.scalar(select(kind).where(kind.public_id == public_id))
    if found is None:
        raise NotFound
    return found


def the_service(public_id: str) -> Service:
    """Raises NotFound."""
    service: Service = _the(Service, public_id)
    return service


def the_variant(public_id: str) -> ServiceVariant:
    """A length of a service, its service loaded with it. Raises NotFound."""
    variant: ServiceVariant = _the(ServiceVariant, public_id)
    return variant


def the_add_on(public_id: str) -> AddOn:
    """Raises NotFound."""
    add_on: AddOn = _the(AddOn, public_id)
    return add_on


def the_technique(public_id: str) -> Technique:
    """Raises NotFound."""
    technique: Technique = _the(Technique, public_id)
    return technique


def the_price(public_id: str) -> Price:
    """Raises NotFound."""
    price: Price = _the(Price, public_id)
    return price


def the_add_ons(public_ids: Iterable[str]) -> list[AddOn]:
    """These add-ons, in one query. Raises NotFound if one of them is missing."""
    wanted = set(public_ids)
    found = list(db.session.scalars(select(AddOn).where(AddOn.public_id.in_(wanted))))
    if len(found) != len(wanted):
        raise NotFound
    return found


def facts_of(service: Service) -> dict[str, Any]:
    """A service as its form shows it: its fields, and its lists by their codes."""
    lines = service.techniques
    return {
        **{name: getattr(service, name) for name in FIELDS},
        "version": service.version,
        "requires": sorted(line.qualification.code for line in service.requirements),
        "techniques": sorted(line.technique.code for line in lines),
        "primary": sorted(line.technique.code for line in lines if line.is_primary),
        "features": sorted(line.feature.code for line in service.features),
        "equipment": sorted(line.kind.code for line in service.equipment),
        "late_policy": service.late_policy.public_id if service.late_policy else "",
    }


def is_bookable() -> ColumnElement[bool]:
    """Criterion on ServiceVariant joined with Service: offered now."""
    return Service.is_active & ServiceVariant.is_active


def techniques() -> Select[Technique]:
    """All techniques by name, those in use first."""
    return select(Technique).order_by(Technique.is_active.desc(), Technique.name, Technique.id)


def services() -> Select[Service]:
    """All services in their order."""
    return select(Service).order_by(Service.position, Service.name, Service.id)


def lengths_by_name() -> Select[Any]:
    """Every length that is offered, to be chosen from a list: columns only."""
    columns: tuple[Any, ...] = (ServiceVariant.public_id, Service.name, ServiceVariant.minutes)
    return (
        select(*columns)
        .join(Service, Service.id == ServiceVariant.service_id)
        .where(is_bookable())
        .order_by(Service.position, Service.name, Service.id, ServiceVariant.minutes)
    )


def add_ons() -> Select[AddOn]:
    """All add-ons by name, those offered first."""
    return select(AddOn).order_by(AddOn.is_active.desc(), AddOn.name, AddOn.id)


def history_of(thing: ServiceVariant | AddOn) -> Select[Price]:
    """The prices of a length or an add-on, latest first."""
    return select(Price).where(price_of_thing(thing)).order_by(Price.effective_from.desc())


def price_of_thing(thing: ServiceVariant | AddOn) -> ColumnElement[bool]:
    """Criterion on Price: of this length, or of this add-on."""
    if isinstance(thing, ServiceVariant):
        return Price.variant_id == thing.id
    return Price.add_on_id == thing.id


def is_length(thing: ServiceVariant | AddOn) -> bool:
    """Whether this is a length of a service, and not an add-on."""
    return isinstance(thing, ServiceVariant)


def thing_of(price: Price) -> ServiceVariant | AddOn:
    """What costs this price."""
    if price.variant_id is not None:
        return db.session.get_one(ServiceVariant, price.variant_id)
    return db.session.get_one(AddOn, price.add_on_id)


def current_price(thing: ServiceVariant | AddOn, on: date) -> int | None:
    """What a length or an add-on costs on a day, in minor units."""
    if isinstance(thing, ServiceVariant):
        return price_on(thing.id, on)
    return add_on_prices_on([thing.id], on).get(thing.id)


def prices_of_service(service: Service) -> Select[Price]:
    """The prices of all lengths of a service, latest first."""
    return (
        select(Price)
        .join(ServiceVariant, ServiceVariant.id == Price.variant_id)
        .where(ServiceVariant.service_id == service.id)
        .order_by(Price.effective_from.desc(), Price.id)
    )


def codes_in_use(kind: type[Any]) -> frozenset[str]:
    """The codes of all services, techniques, add-ons or qualifications."""
    return frozenset(db.session.scalars(select(kind.code)))


def is_empty() -> bool:
    """Whether there is no service at all yet."""
    return db.session.scalar(select(Service.id).limit(1)) is None


def last_position() -> int:
    """The place in the list that the last service has."""
    return db.session.scalar(select(func.max(Service.position))) or 0
