"""Couples and groups: several visits at one time, all of them or none."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select

from clinic.catalogue.models import AddOn, ServiceVariant
from clinic.clients.models import Client
from clinic.clients.queries import kept_record
from clinic.core.clock import epoch, local_day
from clinic.core.db import db
from clinic.core.errors import Conflict, DomainError
from clinic.core.guard import verb
from clinic.core.permissions import Actor, Permission
from clinic.core.transactions import Lock, lock
from clinic.core.words import say
from clinic.practice.queries import the_practice
from clinic.referrals.queries import open_authorisations
from clinic.scheduling.models import GroupBooking, Visit
from clinic.scheduling.queries.groups import (
    COUPLE,
    GROUP,
    Seat,
    seat_for,
    seat_of,
    the_house,
    visits_of,
)
from clinic.scheduling.services.booking import book
from clinic.scheduling.services.claims import lock_with
from clinic.scheduling.services.living import cancel
from clinic.scheduling.services.moving import move
from clinic.scheduling.services.paying import Asking
from clinic.scheduling.services.plans import resources_of
from clinic.staff.models import StaffMember
from clinic.timetable.models import Equipment, Occupancy, Place, Room
from clinic.timetable.services import SlotTaken, resource_for

FEWEST, MOST = 2, 6
"""How many may be booked together."""


@dataclass(frozen=True, slots=True)
class Member:
    """One of those who come together, and what they come for."""

    client: Client
    variant: ServiceVariant
    therapist: StaffMember
    add_ons: Sequence[AddOn] = ()
    use_referral: bool = False
    note: str = ""
    override_why: str = ""
    """A therapist's reason to book what health stops or holds."""
    over_why: str = ""
    """The reason to book more than was authorised."""
    self_pay: bool = False
    """The client agrees to pay, where nobody authorises it any more."""


@verb(Permission.SCHEDULE_WRITE)
def book_together(
    *,
    actor: Actor,
    members: Sequence[Member],
    starts_at: datetime,
    room: Room | None = None,
    kind: str = COUPLE,
    source: str = "phone",
    outside_hours: bool = False,
) -> GroupBooking:
    """Book a visit for each, all beginning at one time, all or none.

    A couple lies in one room with a free place for each; a group wherever there are
    places. Without a room the first is taken that has enough. Raises DomainError where
    somebody is named twice, SlotTaken where there is no such room, NotAgreed, which names
    everybody who has to agree to pay first, and what ``book`` raises for any of them.
    """
    _must_be_several(members, kind)
    seats = [seat_for(one.variant, one.add_ons) for one in members]
    places = _places(seats, starts_at, kind, room)
    _lock_all(_resources(members, places), _kinds(seats), [one.client for one in members])
    _lock_referrals(members, starts_at)
    group = GroupBooking(kind=kind)
    db.session.add(group)
    db.session.flush()
    asking = Asking()
    for member, place in zip(members, places, strict=True):
        with asking.of(member.client, starts_at):
            book(
                actor=actor, client=member.client, variant=member.variant,
                therapist=member.therapist, starts_at=starts_at, place=place,
                add_ons=member.add_ons, use_referral=member.use_referral, note=member.note,
                source=source, outside_hours=outside_hours, group=group,
                override_why=member.override_why, over_why=member.over_why,
                self_pay=member.self_pay,
            )  # fmt: skip
    asking.settle()
    return group


def _must_be_several(members: Sequence[Member], kind: str) -> None:
    if kind not in GroupBooking.KINDS:
        raise DomainError(say("Choose a couple or a group."), field="kind")
    if not FEWEST <= len(members) <= MOST:
        raise DomainError(
            say("Between {fewest} and {most} people come together.", fewest=FEWEST, most=MOST)
        )
    clients = [kept_record(one.client) for one in members]
    for number, person in enumerate(clients):
        if person in clients[:number]:
            raise DomainError(
                say("{name} is named twice. Choose another client.", name=person.name),
                field="client",
            )
    therapists = [one.therapist for one in members]
    for number, therapist in enumerate(therapists):
        if therapist in therapists[:number]:
            raise DomainError(
                say("{name} cannot treat two at once. Choose another.", name=therapist.name),
                field="therapist",
            )


def _places(
    seats: Sequence[Seat],
    starts_at: datetime,
    kind: str,
    room: Room | None,
    but: Iterable[int] = (),
) -> list[Place]:
    """A free place for each. Raises SlotTaken."""
    at = epoch(starts_at)
    spans = [seat.span(at) for seat in seats]
    house = the_house(seats, min(s for s, _ in spans), max(e for _, e in spans), list(but))
    found = house.seated(seats, at, kind, room.id if room is not None else 0)
    if found:
        return found
    if kind == GROUP:
        raise SlotTaken(say("There are not enough free rooms then. Choose another time."))
    raise SlotTaken(
        say(
            "No room has {count} free places then. Choose another time, or book a group.",
            count=len(seats),
        )
    )


def _resources(members: Sequence[Member], places: Sequence[Place]) -> set[int]:
    """Everything and everybody that is taken, whichever of a person's records is meant.

    What was never taken before gets its row here, in one order for all: people who
    treat, clients, places. Two who make the same rows wait for each other in that order.
    """
    people = {one.client.id for one in members} | {one.client.known_as for one in members}
    return {
        *[resource_for(staff_id=one) for one in sorted(one.therapist.id for one in members)],
        *[resource_for(client_id=one) for one in sorted(people)],
        *[resource_for(place_id=one) for one in sorted(one.id for one in places)],
    }


def _kinds(seats: Sequence[Seat]) -> set[int]:
    return {kind for seat in seats for kind in seat.kinds}


def _lock_all(resources: set[int], kinds: set[int], clients: Sequence[Client]) -> None:
    """All locks at once, ascending: whoever books one of these waits, and nobody in a ring.

    Of equipment every piece of a kind is locked: which of them is taken is seen later.
    """
    pieces = sorted(one for kind in kinds for one in _pieces(kind))
    lock_with((*resources, *(resource_for(equipment_id=one) for one in pieces)), clients)


def _pieces(kind_id: int) -> list[int]:
    from_kind = select(Equipment.id).where(Equipment.kind_id == kind_id)
    return list(db.session.scalars(from_kind.order_by(Equipment.id)))


def _lock_referrals(members: Sequence[Member], starts_at: datetime) -> None:
    """What the visits may count against, in one go: later locks of these are held already."""
    on = local_day(starts_at, the_practice().zone)
    wanted = [
        kept_record(one.client).id
        for one in members
        if one.use_referral or one.variant.service.needs_referral
    ]
    lock(
        Lock.AUTHORISATION,
        *(found.id for person in wanted for found in open_authorisations(person, on)),
    )


@verb(Permission.SCHEDULE_WRITE)
def move_together(
    group: GroupBooking,
    *,
    actor: Actor,
    starts_at: datetime,
    versions: Mapping[str, int] | None = None,
    outside_hours: bool = False,
    override_why: str = "",
    self_pay: Collection[str] = (),
) -> None:
    """Move every visit of a group that stands to one time, all or none.

    Each keeps its therapist, and its place where that is free then; a couple stays in
    one room. ``versions`` are those shown, by the visits' public ids; ``self_pay`` are the
    public ids of the clients who agree to pay. Raises NotAgreed, which names every other who
    has to, and what ``move`` raises.
    """
    visits = _standing(group)
    seats = [seat_of(visit) for visit in visits]
    slots = [visit.slot_id for visit in visits]
    places = _places(seats, starts_at, group.kind, None, but=slots)
    members = [Member(visit.client, visit.variant, visit.therapist) for visit in visits]
    _lock_all(
        _resources(members, places) | _held(visits), _kinds(seats),
        [one.client for one in visits],
    )  # fmt: skip
    counted = [visit.authorisation_id for visit in visits if visit.authorisation_id is not None]
    lock(Lock.AUTHORISATION, *counted)
    shown = versions or {}
    asking = Asking()
    for visit, place in zip(visits, places, strict=True):
        with asking.of(visit.client, starts_at):
            move(
                visit, actor=actor, starts_at=starts_at, place=place,
                version=shown.get(visit.public_id), outside_hours=outside_hours,
                override_why=override_why, self_pay=visit.client.public_id in self_pay,
            )  # fmt: skip
    asking.settle()


@verb(Permission.SCHEDULE_WRITE)
def cancel_together(
    group: GroupBooking,
    *,
    actor: Actor,
    by: str = "client",
    why: str = "",
    versions: Mapping[str, int] | None = None,
) -> None:
    """Cancel every visit of a group that stands, all or none. Raises what ``cancel`` raises."""
    visits = _standing(group)
    _lock_all(_held(visits), set(), [one.client for one in visits])
    counted = [visit.authorisation_id for visit in visits if visit.authorisation_id is not None]
    lock(Lock.AUTHORISATION, *counted)
    shown = versions or {}
    for visit in visits:
        cancel(visit, actor=actor, by=by, why=why, version=shown.get(visit.public_id))


def _standing(group: GroupBooking) -> list[Visit]:
    """Raises Conflict where none is left."""
    visits = visits_of(group)
    if not visits:
        raise Conflict(say("Nobody of this group comes any more."))
    return visits


def _held(visits: Sequence[Visit]) -> set[int]:
    """What the visits take now, and who the clients are under their other records."""
    slots = [visit.slot_id for visit in visits]
    taken = select(Occupancy.resource_id).where(Occupancy.slot_id.in_(slots))
    people = {resource_for(client_id=visit.client.known_as) for visit in visits}
    own = {number for visit in visits for number in resources_of(visit)}
    return people | own | set(db.session.scalars(taken))
