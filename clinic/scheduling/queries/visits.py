"""One visit: the row, what it looks like on a page, and what happened to it."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import bindparam, case, func, select
from sqlalchemy.orm import joinedload

from clinic.catalogue.models import AddOn, ServiceVariant
from clinic.clients.models import Client
from clinic.clients.queries import is_of_person
from clinic.core.clock import local_day, today
from clinic.core.db import db
from clinic.core.errors import NotFound
from clinic.core.permissions import Actor, Permission
from clinic.practice.queries import the_practice
from clinic.scheduling.models import Visit
from clinic.scheduling.queries.openings import Opening, Wish, next_free
from clinic.scheduling.rules import MISSED
from clinic.scheduling.rules.screening import is_treating
from clinic.staff.models import StaffMember
from clinic.timetable.models import Equipment, Occupancy, Resource


def the_visit(public_id: str) -> Visit:
    """A visit to be changed, with its add-ons, in one query. Raises NotFound."""
    found = db.session.scalars(_TO_CHANGE, {"public_id": public_id})
    visit = found.unique().one_or_none()
    if visit is None:
        raise NotFound
    return visit


def a_visit_to_look_at(public_id: str) -> Visit:
    """The same with its add-ons and its verdict, in one query. Raises NotFound."""
    found = db.session.scalars(_TO_LOOK_AT, {"public_id": public_id})
    visit = found.unique().one_or_none()
    if visit is None:
        raise NotFound
    return visit


_TO_CHANGE = (
    select(Visit)
    .where(Visit.public_id == bindparam("public_id"))
    .options(joinedload(Visit.add_ons))
)
_TO_LOOK_AT = (
    select(Visit)
    .where(Visit.public_id == bindparam("public_id"))
    .options(
        joinedload(Visit.verdict),
        joinedload(Visit.add_ons),
        joinedload(Visit.client).lazyload(Client.phones),
        joinedload(Visit.therapist).lazyload(StaffMember.grants),
    )
)


def version_of(visit_id: int) -> int | None:
    """The version that stands now, whatever was read before."""
    return db.session.scalar(select(Visit.version).where(Visit.id == visit_id))


def missed_by(person_id: int) -> tuple[int, int]:
    """How often somebody cancelled late, and how often they did not come, under whichever
    of their records. Counted, never stored."""
    counts = db.session.execute(
        select(
            func.coalesce(func.sum(case((Visit.status == "late_cancelled", 1), else_=0)), 0),
            func.coalesce(func.sum(case((Visit.status == "no_show", 1), else_=0)), 0),
        ).where(is_of_person(Visit.client_id, person_id), Visit.status.in_(MISSED))
    ).one()
    return int(counts[0]), int(counts[1])


def fee_due(visit: Visit) -> int:
    """What can be charged in the visit's state, in minor units."""
    return {"late_cancelled": visit.late_fee_minor, "no_show": visit.no_show_fee_minor}.get(
        visit.status, 0
    )


def equipment_of(visit: Visit) -> list[str]:
    """The names of the pieces of equipment that a visit takes."""
    taken = (
        select(Equipment.name)
        .join(Resource, Resource.equipment_id == Equipment.id)
        .join(Occupancy, Occupancy.resource_id == Resource.id)
        .where(Occupancy.slot_id == visit.slot_id)
        .order_by(Equipment.name)
    )
    return list(db.session.scalars(taken))


def next_times(
    variant: ServiceVariant,
    add_ons: Sequence[AddOn],
    client: Client | None,
    since: datetime,
    actor: Actor,
) -> list[Opening]:
    """The next free times from a moment on, whoever is free: what a refusal is answered with."""
    zone = the_practice().zone
    wish = Wish(
        variant,
        add_ons,
        max(local_day(since, zone), today(zone)),
        therapist_id=None if actor.may(Permission.SCHEDULE_WRITE) else actor.id,
        client_id=client.known_as if client is not None else None,
        after=since,
        is_treating=is_treating(actor),
    )
    return next_free(wish)
