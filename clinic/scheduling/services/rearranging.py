"""Many visits moved or cancelled at once, all or none; and time off given together with them."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select

from clinic.core.db import db
from clinic.core.errors import DomainError, NotAllowed, NotFound, StaleEdit
from clinic.core.guard import verb
from clinic.core.permissions import Actor, Permission
from clinic.core.transactions import Lock, lock
from clinic.core.words import say
from clinic.scheduling.models import Visit
from clinic.scheduling.queries.spots import kinds_needed
from clinic.scheduling.services.claims import lock_with
from clinic.scheduling.services.living import cancel
from clinic.scheduling.services.moving import move
from clinic.scheduling.services.paying import Asking
from clinic.scheduling.services.plans import resources_of
from clinic.staff.models import StaffMember
from clinic.timetable.models import Equipment, Occupancy, Place, TimeOff
from clinic.timetable.services import approve as approve_time_off
from clinic.timetable.services import resource_for


@dataclass(frozen=True, slots=True)
class Move:
    """A visit as it was shown (``version``), and where it is to go."""

    visit: Visit
    version: int | None
    starts_at: datetime
    therapist: StaffMember
    place: Place
    override_why: str = ""
    self_pay: bool = False


@dataclass(frozen=True, slots=True)
class Drop:
    """A visit as it was shown, that the clinic cancels."""

    visit: Visit
    version: int | None


class NotRearranged(DomainError):
    """One of them could not be moved or cancelled, so none was; ``visit_id`` says which."""

    def __init__(self, visit: Visit, error: DomainError) -> None:
        words = error.words
        if isinstance(error, StaleEdit):
            words = say("Somebody else changed this visit meanwhile.")
        said = say(
            "{name}, {when}: {why} Nothing was changed.",
            name=visit.client.name, when=visit.starts_at, why=words,
        )  # fmt: skip
        is_asked = error.field == "override_why"
        super().__init__(said, field=error.field if is_asked else None)
        self.visit_id = visit.public_id
        self.status = error.status


@verb(Permission.SCHEDULE_WRITE)
def rearrange(
    moves: Sequence[Move],
    *,
    actor: Actor,
    cancels: Sequence[Drop] = (),
    why: str = "",
    approve: TimeOff | None = None,
    version: int | None = None,
) -> None:
    """Move these visits, cancel those for the clinic, then give the time off: all or nothing.

    ``version`` is that of the time off as it was shown. Raises NotRearranged, which names
    the visit that stands in the way; NotAgreed, which names every client who has to agree to
    pay first; VisitsStand where visits are left in the time off;
    NotAllowed, Conflict.
    """
    _lock_all(moves, cancels, approve)
    asking = Asking()
    for one in moves:
        with asking.of(one.visit.client, one.starts_at):
            _try(one.visit, lambda one=one: _move(one, actor))  # type: ignore[misc]
    asking.settle()
    for drop in cancels:
        _try(drop.visit, lambda drop=drop: _cancel(drop, actor, why))  # type: ignore[misc]
    if approve is not None:
        db.session.flush()
        approve_time_off(approve, actor=actor, version=version)


def _move(one: Move, actor: Actor) -> None:
    move(
        one.visit,
        actor=actor,
        starts_at=one.starts_at,
        therapist=one.therapist,
        place=one.place,
        version=one.version,
        override_why=one.override_why,
        self_pay=one.self_pay,
    )


def _cancel(drop: Drop, actor: Actor, why: str) -> None:
    cancel(drop.visit, actor=actor, by="clinic", why=why, version=drop.version)


def _try(visit: Visit, act: Callable[[], None]) -> None:
    try:
        act()
    except (NotAllowed, NotFound):
        raise
    except DomainError as error:
        if error.field == "self_pay":
            raise
        raise NotRearranged(visit, error) from error


def _lock_all(moves: Sequence[Move], cancels: Sequence[Drop], approve: TimeOff | None) -> None:
    """All locks at once, resources ascending and then the authorisations."""
    visits = [one.visit for one in moves] + [one.visit for one in cancels]
    held = select(Occupancy.resource_id).where(
        Occupancy.slot_id.in_([visit.slot_id for visit in visits])
    )
    resources = set(db.session.scalars(held))
    # What is cancelled meanwhile takes nothing any more, and is asked for all the same.
    resources |= {number for visit in visits for number in resources_of(visit)}
    resources |= {resource_for(client_id=visit.client.known_as) for visit in visits}
    for one in moves:
        resources |= {
            resource_for(staff_id=one.therapist.id), resource_for(place_id=one.place.id),
        }  # fmt: skip
    resources |= {resource_for(equipment_id=one) for one in _pieces(moves)}
    if approve is not None:
        resources.add(resource_for(staff_id=approve.staff_id))
    lock_with(resources, [visit.client for visit in visits])
    counted = [one.authorisation_id for one in visits if one.authorisation_id is not None]
    lock(Lock.AUTHORISATION, *counted)


def _pieces(moves: Sequence[Move]) -> list[int]:
    """Every piece of a kind that is needed: which of them is taken is seen later."""
    kinds = {kind for service in _services(moves) for kind in kinds_needed(service)}
    for one in moves:
        kinds |= {
            line.add_on.equipment_kind_id
            for line in one.visit.add_ons
            if line.add_on.equipment_kind_id is not None
        }
    if not kinds:
        return []
    found = select(Equipment.id).where(Equipment.kind_id.in_(kinds)).order_by(Equipment.id)
    return list(db.session.scalars(found))


def _services(moves: Sequence[Move]) -> set[int]:
    return {one.visit.variant.service_id for one in moves}
