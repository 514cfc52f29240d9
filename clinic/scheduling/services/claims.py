"""What a plan takes is found and locked: a place, pieces of equipment, and the people."""

from collections.abc import Iterable, Sequence
from dataclasses import replace

from clinic.clients.models import Client
from clinic.clients.services import keys_of
from clinic.core.clock import epoch
from clinic.core.errors import DomainError
from clinic.core.transactions import RULES_SHARED, Lock
from clinic.core.transactions import lock_all as lock
from clinic.core.words import say
from clinic.scheduling.models import Visit
from clinic.scheduling.queries.facts import what_has
from clinic.scheduling.queries.spots import (
    Piece,
    Spot,
    a_free_spot,
    are_in_use,
    kinds_needed,
    pieces,
)
from clinic.scheduling.services.plans import Plan, as_booked, resources_of
from clinic.timetable.services import SlotTaken, resource_for, resources_for, what_is_taken


def claim(
    plan: Plan,
    visit: Visit | None = None,
    *,
    but: int | None = None,
    rather: int | None = None,
    also: Sequence[int] = (),
) -> Plan:
    """Find a place where none was named, and the equipment; lock all that the plan, and the
    visit, take, and these others ``also``.

    A visit keeps its own place and pieces where those are free. ``but`` is a slot whose
    own taking does not count, ``rather`` a place to be taken before others. Raises
    SlotTaken where no room or no piece is free, DomainError where there is none at all.
    """
    spot = _a_spot(plan, visit, but, rather)
    kinds = _kinds(plan, spot.needs)
    but = visit.slot_id if visit is not None else but
    chosen = _chosen(pieces(kinds, plan.taken, but)) if kinds else ()
    resources = resources_for(
        staff_id=plan.therapist.id,
        client_id=plan.client.id if plan.client is not None else None,
        place_id=spot.place_id,
        equipment_ids=chosen,
        known=spot.resources,
    )
    of_visit = (*resources_of(visit), *spot.keeps) if visit is not None else ()
    of_person = resource_of_person(plan.client) if plan.client is not None else ()
    lock_with(
        (*resources, *of_person, *of_visit, *also),
        [one for one in (plan.client, visit.client if visit is not None else None) if one],
    )
    _must_be_in_use(chosen)
    therapist, client, place, *equipment = resources
    return replace(
        plan,
        place_id=spot.place_id,
        resources=(therapist, client, place),
        equipment=tuple(equipment),
        had=spot.keeps,
    )


def as_it_would_be(visit: Visit) -> Plan:
    """The plan of a visit that takes its time again: with pieces of equipment that are free.

    All of it is locked. Raises SlotTaken.
    """
    plan = as_booked(visit)
    kinds = _kinds(plan, kinds_needed(plan.variant.service_id))
    chosen = _chosen(pieces(kinds, plan.taken, visit.slot_id)) if kinds else ()
    equipment = tuple(resource_for(equipment_id=one) for one in chosen)
    lock_with((*plan.resources, *resource_of_person(visit.client), *equipment), [visit.client])
    _must_be_in_use(chosen)
    return replace(plan, equipment=equipment)


def _kinds(plan: Plan, of_service: Sequence[int]) -> frozenset[int]:
    """The kinds of equipment needed: of each, one piece, whoever needs it."""
    of_add_ons = [one.equipment_kind_id for one in plan.add_ons]
    return frozenset([*of_service, *(one for one in of_add_ons if one is not None)])


def _chosen(found: Sequence[Piece]) -> tuple[int, ...]:
    """A free piece of each kind."""
    chosen: dict[int, int] = {}
    for one in found:
        if one.is_free and one.equipment_id:
            chosen.setdefault(one.kind_id, one.equipment_id)
    for one in found:
        if not one.equipment_id:
            raise DomainError(
                say("There is no {kind} in use. Add one under Rooms first.", kind=one.kind),
                field="service",
            )
        if one.kind_id not in chosen:
            raise SlotTaken(say("No {kind} is free then. Choose another time.", kind=one.kind))
    return tuple(sorted(chosen.values()))


def _must_be_in_use(chosen: Sequence[int]) -> None:
    """Ask once more under the lock: a piece may have been given up meanwhile. Raises SlotTaken."""
    if chosen and not are_in_use(chosen):
        raise SlotTaken(what_is_taken("visit", is_equipment=True))


def lock_visit(visit: Visit) -> None:
    """Lock what a visit takes, and what is known of the client."""
    lock_with((*resources_of(visit), *resource_of_person(visit.client)), [visit.client])


def lock_with(resources: Iterable[int], clients: Iterable[Client]) -> None:
    """Lock these resources, and before them the rules and what is known of these clients."""
    lock({RULES_SHARED, *keys_of(*clients), *((Lock.RESOURCE, one) for one in resources)})


def resource_of_person(client: Client) -> tuple[int, ...]:
    """What is locked besides a merged record: the one that stands for the person, so that
    nobody books the same person at one time under two records."""
    return (resource_for(client_id=client.known_as),) if client.person_id is not None else ()


def must_be_alone(visit: Visit) -> None:
    """Refuse to take time again in which the person comes already, under whichever of their
    records. Raises SlotTaken."""
    treatment = visit.slot.starts_s, visit.slot.ends_s
    has = what_has(visit.client.known_as, treatment, visit.slot_id)
    if has is not None:
        raise SlotTaken(what_is_taken(has, is_client=True))


def _a_spot(plan: Plan, visit: Visit | None, but: int | None, rather: int | None) -> Spot:
    """The place that was named; or the visit's own, or another that is free.

    What others have taken already is refused before any lock is waited for. Raises SlotTaken.
    """
    spot = a_free_spot(
        plan.taken,
        (epoch(plan.starts_at), epoch(plan.ends_at)),
        plan.therapist.id,
        plan.person_id,
        plan.variant.service_id,
        plan.client.id if plan.client is not None else 0,
        only=plan.place_id,
        rather=visit.place_id if visit is not None else rather,
        but=visit.slot_id if visit is not None else but,
    )
    if spot is None:
        raise SlotTaken(say("No room is free then. Choose another time."))
    may_overlap = spot.therapist_has == "visit" and plan.overlap_why
    if spot.therapist_has is not None and not (may_overlap or takes_no_more(plan, visit)):
        raise SlotTaken(what_is_taken(spot.therapist_has, is_therapist=True))
    if spot.client_has is not None and not _stays(plan, visit):
        raise SlotTaken(what_is_taken(spot.client_has, is_client=True))
    if spot.place_has is not None:
        raise SlotTaken(what_is_taken(spot.place_has))
    return spot


def takes_no_more(plan: Plan, visit: Visit | None) -> bool:
    """Whether the therapist gives no other time than the visit has already, buffers included."""
    if visit is None or visit.therapist_id != plan.therapist.id:
        return False
    (begins, ends), (starts, stops) = plan.taken, as_booked(visit).taken
    return starts <= begins and ends <= stops


def _stays(plan: Plan, visit: Visit | None) -> bool:
    """Whether a visit keeps its time: what was joined to one person can still be kept."""
    return visit is not None and (visit.starts_at, visit.ends_at) == (plan.starts_at, plan.ends_at)
