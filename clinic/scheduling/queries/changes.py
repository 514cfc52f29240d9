"""What was done with a visit: each change, and all of it in words."""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import bindparam, select

from clinic.catalogue.models import AddOn, Service, ServiceVariant
from clinic.core.clock import from_epoch
from clinic.core.db import db
from clinic.core.errors import NotFound
from clinic.core.words import Words, say
from clinic.scheduling.models import Visit, VisitChange
from clinic.staff.models import StaffMember
from clinic.timetable.models import Place, Room

DEEDS = {
    "book": say("Booked"),
    "move": say("Moved"),
    "resize": say("Length changed"),
    "change_service": say("Service changed"),
    "confirm": say("Confirmation changed"),
    "cancel": say("Cancelled"),
    "check_in": say("Checked in"),
    "start": say("Session begun"),
    "finish": say("Finished"),
    "undo": say("Last step taken back"),
    "take_back": say("Last change taken back"),
    "mark_no_show": say("Marked as a no-show"),
    "send_home": say("Sent home"),
    "reopen": say("Opened again"),
    "correct": say("Set right by the owner"),
    "approve": say("Approved"),
    "decline": say("Declined"),
    "release": say("Released"),
    "settle_fee": say("Fee decided"),
    "count_against": say("Counted against another referral, or none"),
    "screening": say("Looked at again after a change"),
}
"""What the verbs are called when they are told."""


@dataclass(frozen=True, slots=True)
class Deed:
    """Something that was done with a visit: what, in words, by whom ("" is the clinic), when."""

    what: Words
    who: str
    at: datetime


@dataclass(frozen=True, slots=True)
class _State:
    """How a visit stood at one moment."""

    starts_s: int
    therapist_id: int
    place_id: int
    variant_id: int
    minutes: int
    is_confirmed: bool


def the_change(public_id: str) -> VisitChange:
    """Raises NotFound."""
    change = db.session.scalar(select(VisitChange).where(VisitChange.public_id == public_id))
    if change is None:
        raise NotFound
    return change


def latest_change(visit_id: int) -> VisitChange | None:
    """The last thing that was done with a visit."""
    of_visit = select(VisitChange).where(VisitChange.visit_id == visit_id)
    return db.session.scalar(of_visit.order_by(VisitChange.id.desc()).limit(1))


def change_before(change: VisitChange) -> VisitChange | None:
    """What was done with the visit before this."""
    earlier = select(VisitChange).where(
        VisitChange.visit_id == change.visit_id, VisitChange.id < change.id
    )
    return db.session.scalar(earlier.order_by(VisitChange.id.desc()).limit(1))


def as_before(change: VisitChange) -> tuple[ServiceVariant, StaffMember, Place]:
    """Length, therapist and place before a change."""
    return (
        db.session.get_one(ServiceVariant, change.variant_id),
        db.session.get_one(StaffMember, change.therapist_id),
        db.session.get_one(Place, change.place_id),
    )


def add_ons_of(add_on_ids: Collection[int]) -> list[AddOn]:
    """The add-ons by their numbers."""
    if not add_on_ids:
        return []
    return list(db.session.scalars(select(AddOn).where(AddOn.id.in_(add_on_ids))))


_DONE = (
    select(VisitChange, StaffMember.name)
    .outerjoin(StaffMember, StaffMember.id == VisitChange.by_id)
    .where(VisitChange.visit_id == bindparam("visit_id"))
    .order_by(VisitChange.id)
)


def history(visit: Visit) -> list[Deed]:
    """Who did what with a visit and when, latest first: four queries at most, whatever its age."""
    rows = db.session.execute(_DONE, {"visit_id": visit.id}).all()
    states = [*(_of(change) for change, _ in rows), _of(visit)]
    names = _names(states)
    deeds = [
        Deed(_told(change.verb, before, after, names), who or "", change.at)
        for (change, who), before, after in zip(rows, states, states[1:], strict=False)
    ]
    if not rows or rows[0][0].verb != "book":
        deeds.insert(0, Deed(DEEDS["book"], "", visit.created_at))
    return deeds[::-1]


def _of(one: VisitChange | Visit) -> _State:
    starts_s = one.starts_s if isinstance(one, VisitChange) else one.slot.starts_s
    return _State(
        starts_s,
        one.therapist_id,
        one.place_id,
        one.variant_id,
        one.minutes,
        one.confirmed_at is not None,
    )


@dataclass(frozen=True, slots=True)
class _Names:
    people: dict[int, str]
    rooms: dict[int, str]
    services: dict[int, str]


def _names(states: Sequence[_State]) -> _Names:
    """The names of all that a history speaks of; nothing is asked where nothing changed."""
    return _Names(
        _named(StaffMember.id, StaffMember.name, {one.therapist_id for one in states}),
        _named(Place.id, Room.name, {one.place_id for one in states}, Place.room),
        _named(
            ServiceVariant.id,
            Service.name,
            {one.variant_id for one in states},
            ServiceVariant.service,
        ),
    )


def _named(key: Any, name: Any, numbers: set[int], over: Any = None) -> dict[int, str]:
    if len(numbers) < 2:
        return {}
    found = select(key, name).where(key.in_(numbers))
    rows = db.session.execute(found.join(over) if over is not None else found)
    return {row[0]: row[1] for row in rows}


def _told(verb: str, before: _State, after: _State, names: _Names) -> Words:
    """One change in words; what moved is said from where to where."""
    if verb == "confirm":
        return say("Confirmed") if after.is_confirmed else say("Confirmation taken back")
    if verb not in ("move", "resize", "change_service", "take_back") or before == after:
        return DEEDS.get(verb, say("Changed"))
    parts = list(_differences(before, after, names))
    if not parts:
        return DEEDS[verb]
    told: Words = parts[0]
    for more in parts[1:]:
        told = say("{first}; {rest}", first=told, rest=more)
    return say("{what}: {parts}", what=DEEDS[verb], parts=told)


def _differences(before: _State, after: _State, names: _Names) -> Iterator[Words]:
    if before.starts_s != after.starts_s:
        yield say(
            "{before} to {after}",
            before=from_epoch(before.starts_s),
            after=from_epoch(after.starts_s),
        )
    for was, now_is, known in (
        (before.therapist_id, after.therapist_id, names.people),
        (before.place_id, after.place_id, names.rooms),
        (before.variant_id, after.variant_id, names.services),
    ):
        if was != now_is and known.get(was) != known.get(now_is):
            yield say("{before} to {after}", before=known[was], after=known[now_is])
    if before.minutes != after.minutes:
        yield say("{before} to {after} minutes", before=before.minutes, after=after.minutes)
