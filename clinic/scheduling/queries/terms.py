"""What the catalogue says of a service and its add-ons, as rows of one statement."""

from typing import Any

from sqlalchemy import Date, LargeBinary, Select, cast, func, literal, null, or_, select

from clinic.catalogue.models import (
    AddOn,
    LatePolicy,
    Price,
    Service,
    ServiceRequirement,
    ServiceTechnique,
    ServiceVariant,
    Technique,
)
from clinic.staff.models import Qualification

_NO_DATA = cast(null(), LargeBinary).label("data")
_NO_DAY = cast(null(), Date).label("day")


def a_row(
    what: str,
    first: Any = None,
    second: Any = None,
    code: Any = None,
    data: Any = None,
    day: Any = None,
) -> Select[Any]:
    """One kind of row of a union, with nothing in the columns it does not have."""
    return select(
        literal(what).label("what"),
        literal(0).label("first") if first is None else first,
        literal(0).label("second") if second is None else second,
        literal("").label("code") if code is None else code,
        _NO_DATA if data is None else data,
        _NO_DAY if day is None else day,
    )


def needed(variant_id: Any, add_on_ids: list[Any]) -> tuple[Select[Any], Select[Any]]:
    """The qualifications that they ask for."""
    of_service = (
        a_row("needed", code=Qualification.code)
        .select_from(ServiceRequirement)
        .join(Qualification)
        .join(ServiceVariant, ServiceVariant.service_id == ServiceRequirement.service_id)
        .where(ServiceVariant.id == variant_id)
    )
    of_add_ons = (
        a_row("needed", code=Qualification.code)
        .select_from(AddOn)
        .join(Qualification)
        .where(AddOn.id.in_(add_on_ids))
    )
    return of_service, of_add_ons


def techniques(variant_id: Any, add_on_ids: list[Any]) -> tuple[Select[Any], Select[Any]]:
    """What the service is about, and what the add-ons use."""
    of_service = (
        a_row("primary", code=Technique.code)
        .select_from(ServiceTechnique)
        .join(Technique)
        .join(ServiceVariant, ServiceVariant.service_id == ServiceTechnique.service_id)
        .where(ServiceVariant.id == variant_id, ServiceTechnique.is_primary)
    )
    of_add_ons = (
        a_row("extra", code=Technique.code)
        .select_from(AddOn)
        .join(Technique)
        .where(AddOn.id.in_(add_on_ids))
    )
    return of_service, of_add_ons


def prices(variant_id: Any, add_on_ids: list[Any], on: Any) -> Select[Any]:
    """The price that holds on the day: the latest of those that have begun."""
    later = select(Price).where(Price.effective_from <= on).subquery()
    newest = ~(
        select(later.c.id)
        .where(
            or_(later.c.variant_id == Price.variant_id, later.c.add_on_id == Price.add_on_id),
            later.c.effective_from > Price.effective_from,
        )
        .exists()
    )
    return a_row("prices", func.coalesce(Price.add_on_id, 0), Price.amount_minor).where(
        or_(Price.variant_id == variant_id, Price.add_on_id.in_(add_on_ids)),
        Price.effective_from <= on,
        newest,
    )


def late_policy(variant_id: Any) -> tuple[Select[Any], Select[Any]]:
    """The service's own policy, or that of the clinic."""
    own = (
        select(LatePolicy.id)
        .join(Service, Service.late_policy_id == LatePolicy.id)
        .join(ServiceVariant, ServiceVariant.service_id == Service.id)
        .where(ServiceVariant.id == variant_id, LatePolicy.is_active)
        .scalar_subquery()
    )
    usual = (
        select(func.min(LatePolicy.id))
        .where(LatePolicy.is_default, LatePolicy.is_active)
        .scalar_subquery()
    )
    chosen = LatePolicy.id == func.coalesce(own, usual)
    hours, late, missed = LatePolicy.cut_off_hours, LatePolicy.late_value, LatePolicy.no_show_value
    return (
        a_row("late", hours, late, LatePolicy.late_kind).where(chosen),
        a_row("no_show", hours, missed, LatePolicy.no_show_kind).where(chosen),
    )
