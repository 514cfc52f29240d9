from collections import defaultdict
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, ScalarSelect, Select, func, select, union

from clinic.catalogue.models import (
    AddOn,
    Price,
    Service,
    ServiceRequirement,
    ServiceVariant,
    Technique,
)
from clinic.core.db import db
from clinic.core.errors import NotFound
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


def _amount(of: ColumnElement[bool], on: date) -> ScalarSelect[int]:
    """The amount that holds on a day, beside each row of an outer query."""
    return (
        select(Price.amount_minor)
        .where(of, Price.effective_from <= on)
        .order_by(Price.effective_from.desc())
        .limit(1)
        .scalar_subquery()
    )


def _variant_price(on: date) -> ScalarSelect[int]:
    return _amount(Price.variant_id == ServiceVariant.id, on)


def _add_on_price(on: date) -> ScalarSelect[int]:
    return _amount(Price.add_on_id == AddOn.id, on)


def price_on(variant_id: int, on: date) -> int | None:
    """What a length costs on a day, in minor units; None before its first price."""
    return prices_on([variant_id], on).get(variant_id)


def prices_on(variant_ids: Collection[int], on: date) -> dict[int, int]:
    """What these lengths cost on a day, in one query; those without a price are left out."""
    found = db.session.execute(
        select(ServiceVariant.id, _variant_price(on)).where(ServiceVariant.id.in_(variant_ids))
    )
    return {variant_id: amount for variant_id, amount in found if amount is not None}


def add_on_prices_on(add_on_ids: Collection[int], on: date) -> dict[int, int]:
    """The same for add-ons."""
    found = db.session.execute(select(AddOn.id, _add_on_price(on)).where(AddOn.id.in_(add_on_ids)))
    return {add_on_id: amount for add_on_id, amount in found if amount is not None}


def bookable_variants(on: date) -> list[BookableVariant]:
    """Every length that can be booked for a day: active, with a price. Two queries."""
    price = _variant_price(on).label("price_minor")
    found = db.session.execute(
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
            price,
        )
        .join(Service, Service.id == ServiceVariant.service_id)
        .where(Service.is_active, ServiceVariant.is_active)
        .order_by(Service.position, Service.name, Service.id, ServiceVariant.minutes)
    ).all()
    required = _required_by_service()
    return [
        BookableVariant(**row._mapping, required=frozenset(required[row.service_id]))
        for row in found
        if row.price_minor is not None
    ]


def _required_by_service() -> dict[int, set[str]]:
    pairs = db.session.execute(
        select(ServiceRequirement.service_id, Qualification.code).join(
            Qualification, Qualification.id == ServiceRequirement.qualification_id
        )
    )
    codes: dict[int, set[str]] = defaultdict(set)
    for service_id, code in pairs:
        codes[service_id].add(code)
    return codes


def add_ons_on(on: date) -> list[OfferedAddOn]:
    """Every add-on that can be booked for a day: active, with a price. One query."""
    found = db.session.execute(
        select(
            AddOn.id,
            AddOn.public_id,
            AddOn.name,
            AddOn.extra_minutes,
            _add_on_price(on).label("price_minor"),
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


def is_bookable() -> ColumnElement[bool]:
    """Criterion on ServiceVariant joined with Service: offered now."""
    return Service.is_active & ServiceVariant.is_active


def techniques() -> Select[Technique]:
    """All techniques by name, those in use first."""
    return select(Technique).order_by(Technique.is_active.desc(), Technique.name, Technique.id)


def services() -> Select[Service]:
    """All services in their order."""
    return select(Service).order_by(Service.position, Service.name, Service.id)


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


_LADDER: tuple[Any, ...] = (
    Service.id,
    Service.public_id,
    Service.name,
    Service.family,
    Service.note,
    Service.buffer_before,
    Service.buffer_after,
    Service.needs_referral,
    Service.is_active,
)
_NEED: tuple[Any, ...] = (ServiceRequirement.service_id, Qualification.code, Qualification.name)


def ladder_services() -> Select[Any]:
    """The services for the page of prices: columns only."""
    return select(*_LADDER).order_by(Service.position, Service.name, Service.id)


def ladder_needs() -> Select[Any]:
    """Which service asks for which qualification: columns only."""
    return (
        select(*_NEED)
        .join(Qualification, Qualification.id == ServiceRequirement.qualification_id)
        .order_by(Qualification.name)
    )


def ladder_steps(today: date, on: date) -> Select[Any]:
    """Every length offered, with its price today, on a day, and the next one after today."""
    upcoming = _next(Price.variant_id == ServiceVariant.id, today)
    return (
        select(
            ServiceVariant.service_id,
            ServiceVariant.minutes,
            _variant_price(today).label("now_minor"),
            _variant_price(on).label("then_minor"),
            upcoming(Price.amount_minor).label("next_minor"),
            upcoming(Price.effective_from).label("next_from"),
        )
        .where(ServiceVariant.is_active)
        .order_by(ServiceVariant.minutes)
    )


def ladder_add_ons(today: date, on: date) -> Select[Any]:
    """The same for add-ons, with what they ask for."""
    upcoming = _next(Price.add_on_id == AddOn.id, today)
    return (
        select(
            AddOn.public_id,
            AddOn.name,
            AddOn.extra_minutes,
            AddOn.is_active,
            Technique.name.label("technique"),
            Qualification.name.label("qualification"),
            _add_on_price(today).label("now_minor"),
            _add_on_price(on).label("then_minor"),
            upcoming(Price.amount_minor).label("next_minor"),
            upcoming(Price.effective_from).label("next_from"),
        )
        .outerjoin(Technique, Technique.id == AddOn.technique_id)
        .outerjoin(Qualification, Qualification.id == AddOn.qualification_id)
        .order_by(AddOn.name, AddOn.id)
    )


def _next(of: ColumnElement[bool], after: date) -> Any:
    def column(wanted: Any) -> ScalarSelect[Any]:
        return (
            select(wanted)
            .where(of, Price.effective_from > after)
            .order_by(Price.effective_from)
            .limit(1)
            .scalar_subquery()
        )

    return column


def first_days_after(today: date) -> Select[Any]:
    """The days on which prices change after today, soonest first."""
    return (
        select(Price.effective_from)
        .where(Price.effective_from > today)
        .group_by(Price.effective_from)
        .order_by(Price.effective_from)
    )
