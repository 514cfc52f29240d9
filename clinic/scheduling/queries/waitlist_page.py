"""What the pages of the waitlist show: open offers, who waits, what came free and for whom."""

from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import func, or_, select
from sqlalchemy.orm import aliased, joinedload

from clinic.clients.models import Client
from clinic.clients.queries import kept_record
from clinic.clients.rules import said_name
from clinic.core.clock import epoch, from_epoch, now, today
from clinic.core.db import db
from clinic.core.permissions import Actor, Permission
from clinic.core.words import Words
from clinic.practice.queries import the_practice
from clinic.scheduling.models import Visit, WaitlistEntry, WaitlistOffer
from clinic.scheduling.queries.waiting import Gap, Match, count_matching, matches_of
from clinic.scheduling.queries.waitlist import Line, lines
from clinic.scheduling.queries.waitlist_screened import effects_of
from clinic.scheduling.rules import Span
from clinic.scheduling.rules.screening import is_treating
from clinic.scheduling.rules.waiting import ALIVE, WAITING, would_see
from clinic.staff.models import StaffMember
from clinic.staff.queries import names_of, therapists
from clinic.timetable.models import Occupancy, Resource, Slot
from clinic.timetable.rules import minus, union

DAYS = 7
"""How many days of freed time are shown at a time."""
SHORTEST = 15 * 60
"""Seconds: less than this is not worth a call."""
LEFT = ("cancelled", "late_cancelled", "no_show")
"""States in which a visit has left its time to others."""
_REACH = 60 * 3600


@dataclass(frozen=True, slots=True)
class OpenOffer:
    """An offer nobody has answered yet, and the record of whoever it was made to."""

    offer: WaitlistOffer
    client: Client
    is_over: bool
    minutes_left: int
    may_answer: bool

    @property
    def ends_at(self) -> datetime:
        return self.offer.starts_at + timedelta(minutes=self.offer.entry.variant.minutes)

    @property
    def phone(self) -> str:
        return self.client.phones[0].number if self.client.phones else ""


@dataclass(slots=True)
class WaitlistPage:
    """The list: offers that are open, and who waits, who comes first on top."""

    offers: list[OpenOffer]
    waiting: list[Line]
    services: dict[str, str]
    people: list[StaffMember]
    names: dict[int, str]
    count: int

    @property
    def client_ids(self) -> set[str]:
        return {one.client_id for one in self.waiting} | {
            one.client.public_id for one in self.offers
        }


def waitlist_page(service: str, therapist: str, actor: Actor) -> WaitlistPage:
    """The list as one person sees it, filtered by public ids of a service and a therapist."""
    everyone = lines(WaitlistEntry.status == WAITING)
    offers = open_offers(actor)
    people = list(db.session.scalars(therapists()))
    chosen = next((one for one in people if one.public_id == therapist), None)
    waiting = [
        one
        for one in everyone
        if service in ("", one.service_id)
        and (chosen is None or would_see(one.wanted, chosen.id, chosen.gender))
    ]
    services = {one.service_id: one.service for one in everyone}
    return WaitlistPage(
        offers, waiting, dict(sorted(services.items(), key=lambda pair: pair[1])), people,
        names_of({staff_id for one in waiting for staff_id in one.wanted.therapists}),
        len(everyone),
    )  # fmt: skip


def open_offers(actor: Actor, entry: WaitlistEntry | None = None) -> list[OpenOffer]:
    """The offers that wait for an answer, whichever runs out first on top."""
    client = joinedload(WaitlistOffer.entry).joinedload(WaitlistEntry.client)
    wanted = (
        select(WaitlistOffer)
        .where(WaitlistOffer.status == "open")
        .options(client.selectinload(Client.phones))
    )
    if entry is not None:
        wanted = wanted.where(WaitlistOffer.entry_id == entry.id)
    rows = db.session.scalars(wanted.order_by(WaitlistOffer.expires_at, WaitlistOffer.id)).unique()
    return [_open(one, actor) for one in rows]


def _open(offer: WaitlistOffer, actor: Actor) -> OpenOffer:
    left = (offer.expires_at - now()).total_seconds()
    return OpenOffer(
        offer,
        kept_record(offer.entry.client),
        is_over=left <= 0,
        minutes_left=max(int(left // 60), 0),
        may_answer=_may_keep(actor, offer.therapist_id),
    )


def _may_keep(actor: Actor, staff_id: int) -> bool:
    return actor.may(Permission.SCHEDULE_WRITE) or staff_id == actor.id


@dataclass(slots=True)
class EntryPage:
    """One entry: what is waited for, what was offered."""

    entry: WaitlistEntry
    client: Client
    line: Line
    names: dict[int, str]
    offers: Sequence[OpenOffer]
    history: list[WaitlistOffer]
    may_change: bool
    effects: Sequence[Words] = ()
    """What the gate asks for on the first day they wait for."""


def entry_page(entry: WaitlistEntry, actor: Actor) -> EntryPage:
    """The page of one entry for one person."""
    named = {one.staff_id for one in entry.therapists}
    return EntryPage(
        entry,
        kept_record(entry.client),
        lines(WaitlistEntry.id == entry.id)[0],
        names_of(named),
        open_offers(actor, entry),
        [one for one in reversed(entry.offers) if one.status != "open"],
        may_change=actor.may(Permission.SCHEDULE_WRITE) or named == {actor.id},
        effects=effects_of(entry) if entry.status in ALIVE else (),
    )


# ---- what came free


@dataclass(frozen=True, slots=True)
class Left:
    """A visit that left its time to others."""

    public_id: str
    client_id: str
    client: str
    status: str


@dataclass(slots=True)
class Freed:
    """Time that came free, by whom, and whom it would suit."""

    gap: Gap
    therapist_id: str
    therapist: str
    visits: list[Left]
    matches: list[Match] = field(default_factory=list)
    offers: list[OpenOffer] = field(default_factory=list)

    @property
    def mark(self) -> str:
        """What its place on the page is called."""
        return f"{self.therapist_id}-{epoch(self.gap.starts_at)}"

    @property
    def minutes(self) -> int:
        return (self.gap.span[1] - self.gap.span[0]) // 60


def freed(since: date, actor: Actor, days: int = DAYS) -> list[Freed]:
    """The gaps of these days that cancelled visits left and nobody has taken, in their order."""
    first = max(since, today(the_practice().zone))
    rows = _left(first, first + timedelta(days=days - 1), actor)
    found = _gaps(rows)
    offers = open_offers(actor)
    for one, some in zip(
        found, matches_of([one.gap for one in found], is_treating=is_treating(actor)), strict=True
    ):
        one.matches = some
        one.offers = [offer for offer in offers if _is_in(offer, one.gap)]
    return found


def might_come(visit: Visit) -> int:
    """How many who wait may want the time that a visit left, while that is still free."""
    gap = Gap(visit.therapist_id, visit.starts_at, visit.ends_at)
    if visit.status not in LEFT or visit.starts_at <= now():
        return 0
    if _taken({visit.therapist_id}, *gap.span)[visit.therapist_id]:
        return 0
    return count_matching([gap])[0]


def _is_in(offer: OpenOffer, gap: Gap) -> bool:
    made = offer.offer
    return made.therapist_id == gap.therapist_id and (
        made.starts_at < gap.ends_at and gap.starts_at < offer.ends_at
    )


def _left(first: date, last: date, actor: Actor) -> Sequence[Any]:
    person = aliased(Client)
    wanted = (
        select(
            Visit.public_id, Visit.status, Visit.therapist_id, Slot.starts_s, Slot.ends_s,
            StaffMember.public_id.label("staff_public_id"), StaffMember.name.label("staff_name"),
            person.public_id.label("client_id"), person.first_name, person.preferred_name,
            person.last_name,
        )
        .select_from(Visit)
        .join(Slot, Slot.id == Visit.slot_id)
        .join(StaffMember, StaffMember.id == Visit.therapist_id)
        .join(Client, Client.id == Visit.client_id)
        .join(person, person.id == func.coalesce(Client.person_id, Client.id))
        .where(
            Visit.status.in_(LEFT),
            Visit.on_date.between(first, last),
            Slot.starts_s > epoch(now()),
        )
        .order_by(Slot.starts_s, StaffMember.name, Visit.id)
    )  # fmt: skip
    if not actor.may(Permission.SCHEDULE_WRITE):
        wanted = wanted.where(Visit.therapist_id == (actor.id or 0))
    return db.session.execute(wanted).all()


def _gaps(rows: Sequence[Any]) -> list[Freed]:
    """What is still free of the time that these visits left, joined where they touch."""
    by_person: dict[int, list[Any]] = defaultdict(list)
    for row in rows:
        by_person[row.therapist_id].append(row)
    if not rows:
        return []
    begin, end = min(row.starts_s for row in rows), max(row.ends_s for row in rows)
    taken = _taken(set(by_person), begin, end)
    found = [
        _freed(staff_id, span, own)
        for staff_id, own in by_person.items()
        for span in minus(((row.starts_s, row.ends_s) for row in own), taken[staff_id])
        if span[1] - span[0] >= SHORTEST
    ]
    return sorted(found, key=lambda one: (one.gap.starts_at, one.therapist))


def _freed(staff_id: int, span: Span, rows: Sequence[Any]) -> Freed:
    visits = [
        Left(row.public_id, row.client_id, _name(row), row.status)
        for row in rows
        if row.starts_s < span[1] and span[0] < row.ends_s
    ]
    gap = Gap(staff_id, from_epoch(span[0]), from_epoch(span[1]))
    return Freed(gap, rows[0].staff_public_id, rows[0].staff_name, visits)


def _name(row: Any) -> str:
    return said_name(row.first_name, row.last_name, row.preferred_name)


def _taken(staff_ids: Collection[int], begin: int, end: int) -> dict[int, list[Span]]:
    """What takes these therapists between two seconds: one query."""
    found: dict[int, list[Span]] = defaultdict(list)
    spans = db.session.execute(
        select(Resource.staff_id, Occupancy.starts_s, Occupancy.ends_s)
        .select_from(Occupancy)
        .join(Resource, Resource.id == Occupancy.resource_id)
        .join(Slot, Slot.id == Occupancy.slot_id)
        .where(
            Resource.staff_id.in_(staff_ids),
            Occupancy.starts_s > begin - _REACH,
            Occupancy.starts_s < end,
            Occupancy.ends_s > begin,
            or_(Slot.expires_at.is_(None), Slot.expires_at > now()),
        )
    )
    for staff_id, starts_s, ends_s in spans:
        found[staff_id or 0].append((starts_s, ends_s))
    return defaultdict(list, {key: union(some) for key, some in found.items()})
