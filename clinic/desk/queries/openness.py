"""What is open for a client before the archive, and what two records of one person clash in."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import func, select

from clinic.clients.models import Client
from clinic.clients.queries import is_of_person
from clinic.clients.services import NothingOpen
from clinic.core.clock import epoch, now
from clinic.core.db import db
from clinic.core.errors import Conflict
from clinic.core.words import say
from clinic.desk.queries.client import LINE, VisitLine, as_line
from clinic.referrals.models import Referral
from clinic.referrals.queries import is_open
from clinic.scheduling.models import Visit, WaitlistEntry
from clinic.scheduling.queries.counts import RESERVING
from clinic.scheduling.queries.series_page import series_of
from clinic.scheduling.rules.waiting import ALIVE
from clinic.timetable.models import Slot


def nothing_open(client: Client) -> NothingOpen:
    """The proof that a record may be archived. Raises Conflict that says what is still open."""
    coming = db.session.scalar(
        select(func.count())
        .select_from(Visit)
        .join(Slot, Slot.id == Visit.slot_id)
        .where(
            is_of_person(Visit.client_id, client.known_as),
            Visit.status.in_(RESERVING),
        )
    )
    if coming:
        raise Conflict(say("There are visits booked ({count}). Cancel them first.", count=coming))
    orders = db.session.scalar(
        select(func.count())
        .select_from(Referral)
        .where(is_of_person(Referral.client_id, client.known_as), is_open())
    )
    if orders:
        raise Conflict(say("There are referrals open ({count}). End them first.", count=orders))
    plans = sum(not one.is_ended and one.to_book > 0 for one in series_of(client.known_as))
    if plans:
        raise Conflict(
            say("There are plans with visits to book ({count}). End them first.", count=plans)
        )
    waits = db.session.scalar(
        select(func.count())
        .select_from(WaitlistEntry)
        .where(
            is_of_person(WaitlistEntry.client_id, client.known_as), WaitlistEntry.status.in_(ALIVE)
        )
    )
    if waits:
        raise Conflict(
            say("They are on the waitlist ({count}). Take them off it first.", count=waits)
        )
    return NothingOpen(client.id)


@dataclass(frozen=True, slots=True)
class Overlap:
    """Two coming visits of two records at the same time."""

    one: VisitLine
    other: VisitLine


def overlaps(one: Client, other: Client) -> list[Overlap]:
    """The coming visits of two records that one person could not both keep."""
    first, second = _coming(one), _coming(other)
    return [
        Overlap(as_line(mine), as_line(theirs))
        for mine in first
        for theirs in second
        if mine.starts_s < theirs.ends_s and theirs.starts_s < mine.ends_s
    ]


def _coming(client: Client) -> Sequence[Any]:
    return db.session.execute(
        LINE.add_columns(Slot.ends_s).where(
            is_of_person(Visit.client_id, client.id),
            Visit.status.in_(RESERVING),
            Slot.ends_s > epoch(now()),
        )
    ).all()
