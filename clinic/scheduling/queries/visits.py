"""One visit: the row, what it looks like on a page, and what happened to it."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import select

from clinic.catalogue.models import AddOn, ServiceVariant
from clinic.clients.models import Client
from clinic.core.clock import local_day, today
from clinic.core.db import db
from clinic.core.errors import NotFound
from clinic.core.permissions import Actor, Permission
from clinic.practice.queries import the_practice
from clinic.scheduling.models import Visit
from clinic.scheduling.queries.openings import Opening, Wish, next_free


def the_visit(public_id: str) -> Visit:
    """Raises NotFound."""
    visit = db.session.scalar(select(Visit).where(Visit.public_id == public_id))
    if visit is None:
        raise NotFound
    return visit


def version_of(visit_id: int) -> int | None:
    """The version that stands now, whatever was read before."""
    return db.session.scalar(select(Visit.version).where(Visit.id == visit_id))


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
    )
    return next_free(wish)
