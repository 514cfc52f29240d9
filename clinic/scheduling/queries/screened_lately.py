"""Visits to come that were judged otherwise after they were booked, the latest first."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import aliased

from clinic.catalogue.models import Service, ServiceVariant
from clinic.clients.models import Client
from clinic.clients.rules import said_name
from clinic.core.clock import from_epoch, today
from clinic.core.db import db
from clinic.core.words import Words
from clinic.practice.queries import the_practice
from clinic.scheduling.models import Visit, VisitChange, VisitVerdict
from clinic.scheduling.rules import STANDING
from clinic.scheduling.rules.screening import codes_of, phrases
from clinic.staff.models import StaffMember
from clinic.timetable.models import Slot

AT_A_TIME = 100


@dataclass(frozen=True, slots=True)
class Judged:
    """One visit; ``effects`` are what the gate asks for now, none where nothing does any more."""

    public_id: str
    client_id: str
    client: str
    service: str
    therapist: str
    starts_at: datetime
    at: datetime
    effects: tuple[Words, ...]


def screened_lately() -> list[Judged]:
    """One query."""
    person = aliased(Client)
    last = (
        select(func.max(VisitChange.id).label("id"))
        .join(Visit, Visit.id == VisitChange.visit_id)
        .where(
            VisitChange.verb == "screening",
            Visit.on_date >= today(the_practice().zone),
            Visit.status.in_(STANDING),
        )
        .group_by(VisitChange.visit_id)
    )
    rows = db.session.execute(
        select(
            Visit.public_id, person.public_id.label("client_id"), person.first_name,
            person.preferred_name, person.last_name, Service.name.label("service"),
            ServiceVariant.minutes, StaffMember.name.label("therapist"), Slot.starts_s,
            VisitChange.at, VisitVerdict.effects,
        )
        .select_from(VisitChange)
        .join(Visit, Visit.id == VisitChange.visit_id)
        .join(VisitVerdict, VisitVerdict.id == Visit.verdict_id)
        .join(Slot, Slot.id == Visit.slot_id)
        .join(Client, Client.id == Visit.client_id)
        .join(person, person.id == func.coalesce(Client.person_id, Client.id))
        .join(StaffMember, StaffMember.id == Visit.therapist_id)
        .join(ServiceVariant, ServiceVariant.id == Visit.variant_id)
        .join(Service, Service.id == ServiceVariant.service_id)
        .where(VisitChange.id.in_(last))
        .order_by(VisitChange.id.desc())
        .limit(AT_A_TIME)
    )  # fmt: skip
    return [
        Judged(
            row.public_id, row.client_id,
            said_name(row.first_name, row.last_name, row.preferred_name),
            f"{row.service} {row.minutes}", row.therapist, from_epoch(row.starts_s), row.at,
            phrases(codes_of(row.effects)),
        )
        for row in rows
    ]  # fmt: skip
