"""What somebody had the last time, so that it need not be asked again."""

from dataclasses import dataclass
from datetime import date

from sqlalchemy import select

from clinic.catalogue.models import AddOn, Service, ServiceVariant
from clinic.clients.queries import is_of_person
from clinic.core.db import db
from clinic.scheduling.models import Visit, VisitAddOn
from clinic.scheduling.rules import STANDING
from clinic.staff.models import StaffMember


@dataclass(frozen=True, slots=True)
class LastTime:
    """The latest visit of a person that took place or still stands, by public ids."""

    on: date
    service: str
    variant: str
    therapist: str
    add_ons: frozenset[str]


def last_time(person_id: int) -> LastTime | None:
    """What the person's latest visit was, under whichever of their records. Two queries."""
    row = db.session.execute(
        select(
            Visit.id, Visit.on_date, Service.public_id, ServiceVariant.public_id,
            StaffMember.public_id,
        )
        .join(ServiceVariant, ServiceVariant.id == Visit.variant_id)
        .join(Service, Service.id == ServiceVariant.service_id)
        .join(StaffMember, StaffMember.id == Visit.therapist_id)
        .where(is_of_person(Visit.client_id, person_id), Visit.status.in_(STANDING))
        .order_by(Visit.on_date.desc(), Visit.id.desc())
        .limit(1)
    ).first()  # fmt: skip
    if row is None:
        return None
    add_ons = db.session.scalars(
        select(AddOn.public_id)
        .join(VisitAddOn, VisitAddOn.add_on_id == AddOn.id)
        .where(VisitAddOn.visit_id == row[0])
    )
    return LastTime(*row[1:], frozenset(add_ons))
