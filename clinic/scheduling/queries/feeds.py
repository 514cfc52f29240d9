"""What calendars of other programs are given."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from sqlalchemy import Select, select

from clinic.catalogue.models import Service, ServiceVariant
from clinic.clients.models import Client
from clinic.core.clock import today
from clinic.core.db import db
from clinic.core.errors import NotFound
from clinic.practice.queries import the_practice
from clinic.scheduling.models import FeedToken, Visit
from clinic.scheduling.rules import STANDING
from clinic.scheduling.rules.calendars import DAYS_BACK
from clinic.staff.models import StaffMember
from clinic.staff.queries import is_active
from clinic.staff.rules import token_hash
from clinic.timetable.models import Slot, TimeOff


def feed_behind(token: str) -> FeedToken:
    """The feed that a secret opens. Raises NotFound: also once taken back, or who left."""
    feed = db.session.scalar(
        select(FeedToken)
        .join(StaffMember)
        .where(
            FeedToken.token_hash == token_hash(token).hex(),
            FeedToken.revoked_at.is_(None),
            is_active(),
        )
    )
    if feed is None:
        raise NotFound
    return feed


def the_feed(public_id: str) -> FeedToken:
    """Raises NotFound."""
    feed = db.session.scalar(select(FeedToken).where(FeedToken.public_id == public_id))
    if feed is None:
        raise NotFound
    return feed


def feeds_of(staff_id: int) -> Sequence[FeedToken]:
    """The addresses of one person that can be read, the oldest first."""
    own = select(FeedToken).where(FeedToken.staff_id == staff_id, FeedToken.revoked_at.is_(None))
    return db.session.scalars(own.order_by(FeedToken.id)).all()


def all_feeds() -> Sequence[FeedToken]:
    """Everybody's addresses that can be read."""
    standing = select(FeedToken).join(StaffMember).where(FeedToken.revoked_at.is_(None))
    return db.session.scalars(standing.order_by(StaffMember.name, FeedToken.id)).all()


def visits_for_feed(staff_id: int) -> Sequence[Any]:
    """The standing visits of one therapist, from a month back to the horizon: columns only."""
    return db.session.execute(_visits(staff_id)).all()


def _visits(staff_id: int) -> Select[*tuple[Any, ...]]:
    practice = the_practice()
    present = today(practice.zone)
    return (
        select(
            Visit.public_id, Visit.version, Visit.updated_at, Slot.starts_s, Slot.ends_s,
            Client.public_id.label("client"), Client.preferred_name, Client.first_name,
            Service.name.label("service"),
        )
        .select_from(Visit)
        .join(Slot, Slot.id == Visit.slot_id)
        .join(Client, Client.id == Visit.client_id)
        .join(ServiceVariant, ServiceVariant.id == Visit.variant_id)
        .join(Service, Service.id == ServiceVariant.service_id)
        .where(
            Visit.therapist_id == staff_id,
            Visit.status.in_(STANDING),
            Visit.on_date.between(
                present - timedelta(days=DAYS_BACK), present + timedelta(days=practice.horizon)
            ),
        )
        .order_by(Slot.starts_s, Visit.id)
    )  # fmt: skip


def absences_for_feed(staff_id: int) -> Sequence[Any]:
    """Approved time off that is not long over: columns only."""
    since = today(the_practice().zone) - timedelta(days=DAYS_BACK)
    return db.session.execute(
        select(TimeOff.public_id, TimeOff.version, TimeOff.starts_at, TimeOff.ends_at)
        .where(
            TimeOff.staff_id == staff_id,
            TimeOff.status == "approved",
            TimeOff.id.in_(select(Slot.time_off_id).where(Slot.on_date >= since)),
        )
        .order_by(TimeOff.starts_at)
    ).all()
