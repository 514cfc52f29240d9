"""What is wanted of a day: who, what, when and where; and whether the clinic's rules bear it."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta

from clinic.catalogue.models import AddOn, ServiceVariant
from clinic.clients.models import Client
from clinic.core.clock import day_bounds, epoch, local_day, now, today
from clinic.core.errors import Conflict, DomainError, NotAllowed
from clinic.core.permissions import Actor, Permission
from clinic.core.transactions import Lock, lock
from clinic.core.words import say
from clinic.practice.queries import the_practice
from clinic.scheduling.models import Visit
from clinic.scheduling.queries.facts import Facts, a_free_spot, facts_of, what_has
from clinic.scheduling.rules import earliest_start, is_on_grid, is_within_load
from clinic.staff.models import StaffMember
from clinic.timetable.models import Place, Slot
from clinic.timetable.rules import seconds
from clinic.timetable.services import (
    SlotTaken,
    Want,
    resource_for,
    resources_for,
    what_is_taken,
)


class OutsideHours(DomainError):
    """The therapist does not work then; who keeps the schedule may book it knowingly."""


@dataclass(frozen=True, slots=True)
class Plan:
    """A visit as it is wanted. ``resources`` are therapist, client and place, once claimed."""

    client: Client
    variant: ServiceVariant
    therapist: StaffMember
    starts_at: datetime
    add_ons: Sequence[AddOn] = ()
    place: Place | None = None
    resources: tuple[int, int, int] = (0, 0, 0)
    agreed: int | None = None

    @property
    def minutes(self) -> int:
        """The client's own time on the table, add-ons included; ``agreed`` where it is frozen."""
        added = sum(one.extra_minutes for one in self.add_ons)
        return self.agreed or self.variant.minutes + added

    @property
    def ends_at(self) -> datetime:
        return self.starts_at + timedelta(minutes=self.minutes)

    @property
    def on(self) -> date:
        """The clinic's day on which it begins."""
        return local_day(self.starts_at, the_practice().zone)

    @property
    def taken(self) -> tuple[int, int]:
        """The seconds that therapist and place give to it, buffers included."""
        service = self.variant.service
        return (
            epoch(self.starts_at) - service.buffer_before * 60,
            epoch(self.ends_at) + service.buffer_after * 60,
        )

    @property
    def wants(self) -> list[Want]:
        """What it takes; the client is taken for the treatment alone."""
        therapist, client, place = self.resources
        before, after = self.variant.service.buffer_before, self.variant.service.buffer_after
        return [Want(therapist, before, after), Want(client), Want(place, before, after)]


def as_booked(visit: Visit) -> Plan:
    """The plan that a visit was booked by."""
    add_ons = tuple(one.add_on for one in visit.add_ons)
    return Plan(
        visit.client, visit.variant, visit.therapist, visit.starts_at, add_ons, visit.place,
        resources_of(visit), visit.minutes,
    )  # fmt: skip


def must_be_own(actor: Actor, *therapist_ids: int) -> None:
    """Who may not write the whole schedule acts on visits with themselves. Raises NotAllowed."""
    if actor.may(Permission.SCHEDULE_WRITE):
        return
    if any(therapist_id != actor.id for therapist_id in therapist_ids):
        raise NotAllowed(say("You can do this for your own visits only."))


def claim(plan: Plan, visit: Visit | None = None) -> Plan:
    """Find a place where none was named, and lock all that the plan, and the visit, take.

    A visit keeps its own place where that is free. Raises SlotTaken where no room is free.
    """
    place = plan.place or _a_free_place(plan, visit)
    resources = resources_for(
        staff_id=plan.therapist.id, client_id=plan.client.id, place_id=place.id
    )
    of_visit = resources_of(visit) if visit is not None else ()
    lock(Lock.RESOURCE, *resources, *resource_of_person(plan.client), *of_visit)
    return replace(plan, place=place, resources=resources)


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


def _a_free_place(plan: Plan, visit: Visit | None) -> Place:
    """The visit's own place, or another that is free. Raises SlotTaken."""
    spot = a_free_spot(
        plan.taken,
        (epoch(plan.starts_at), epoch(plan.ends_at)),
        plan.therapist.id,
        plan.client.known_as,
        rather=visit.place_id if visit is not None else None,
        but=visit.slot_id if visit is not None else None,
    )
    if spot is None:
        raise SlotTaken(say("No room is free then. Choose another time."))
    # What others have taken already is refused before any lock is waited for.
    if spot.therapist_has is not None:
        raise SlotTaken(what_is_taken(spot.therapist_has, is_therapist=True))
    if spot.client_has is not None:
        raise SlotTaken(what_is_taken(spot.client_has, is_client=True))
    return spot.place


def resources_of(visit: Visit) -> tuple[int, int, int]:
    """Therapist, client and place of a visit, as what can be taken."""
    return (visit.therapist_resource_id, visit.client_resource_id, visit.place_resource_id)


def known(plan: Plan, visit: Visit | None = None, slot: Slot | None = None) -> Facts:
    """The facts of a plan, read under its locks; ``slot`` is what it has taken already.

    Raises Conflict for a visit changed meanwhile, SlotTaken where the person comes then
    already under another of their records, DomainError for a room that is out of use.
    """
    place = plan.place.id if plan.place is not None else 0
    treatment = epoch(plan.starts_at), epoch(plan.ends_at)
    facts = facts_of(
        plan.client.known_as,
        plan.variant.id,
        plan.therapist.id,
        plan.on,
        [one.id for one in plan.add_ons],
        visit.id if visit is not None else None,
        place_id=place,
        treatment=treatment,
        but=slot.id if slot is not None else visit.slot_id if visit is not None else None,
    )
    if visit is not None and facts.version != visit.version:
        raise Conflict(say("Somebody else changed this visit meanwhile. Look at it again."))
    # A merge may leave two visits at one time: either can still be kept as it is.
    stays = visit is not None and treatment == (visit.slot.starts_s, visit.slot.ends_s)
    if facts.client_has and not stays:
        raise SlotTaken(what_is_taken(facts.client_has, is_client=True))
    if not (facts.is_in_use or (visit is not None and visit.place_id == place)):
        raise DomainError(say("This room is not in use. Choose another."), field="place")
    return facts


def must_be_timely(plan: Plan, actor: Actor, *, is_new: bool, is_walk_in: bool) -> None:
    """Refuse a time off the grid, too soon, too far ahead or past. Raises DomainError.

    Who keeps the whole schedule may write down what happened earlier today, as a
    walk-in or by moving a visit; nobody books a day that is over.
    """
    practice, at = the_practice(), now()
    if not is_on_grid(plan.starts_at, practice.zone, practice.slot_grid):
        raise DomainError(
            say("Visits begin every {minutes} minutes.", minutes=practice.slot_grid), field="time"
        )
    may_look_back = actor.may(Permission.SCHEDULE_WRITE) and (is_walk_in or not is_new)
    lead = practice.min_lead if is_new else 0
    earliest = earliest_start(at, practice.zone, lead, is_walk_in=may_look_back)
    if epoch(plan.starts_at) < earliest:
        if plan.starts_at < at:
            raise DomainError(say("That time has passed."), field="time")
        raise DomainError(say("Book at least {minutes} minutes ahead.", minutes=lead), field="time")
    if plan.on > today(practice.zone) + timedelta(days=practice.horizon):
        raise DomainError(
            say("Book at most {days} days ahead.", days=practice.horizon), field="time"
        )


def must_fit_the_day(plan: Plan, facts: Facts, actor: Actor, *, outside_hours: bool) -> None:
    """Refuse what lies outside working hours or above the hands-on limit.

    ``outside_hours`` says that who keeps the schedule knows it and books all the same.
    Raises OutsideHours, DomainError.
    """
    knows = outside_hours and actor.may(Permission.SCHEDULE_WRITE)
    if not knows and not is_within_hours(plan, facts):
        raise OutsideHours(
            say("{name} does not work then, turnover included.", name=plan.therapist.name),
            field="time",
        )
    must_bear(plan, facts)


def must_bear(plan: Plan, facts: Facts) -> None:
    """Refuse what lies above the therapist's hands-on limit. Raises DomainError."""
    practice, percent = the_practice(), plan.variant.service.hands_on_percent
    if not is_within_load(facts.load, plan.minutes, percent, practice.hands_on_limit):
        raise DomainError(
            say(
                "{name} would treat more than {minutes} minutes that day.",
                name=plan.therapist.name,
                minutes=practice.hands_on_limit,
            ),
            field="therapist",
        )


def is_within_hours(plan: Plan, facts: Facts) -> bool:
    """Whether the therapist works all through it, buffers included."""
    worked = seconds(plan.on, facts.exceptions or facts.hours, the_practice().zone)
    starts, ends = plan.taken
    return any(begin <= starts and ends <= end for begin, end in worked)


def is_over(visit: Visit) -> bool:
    """Whether the visit's day has ended."""
    zone = the_practice().zone
    return now() >= day_bounds(visit.on_date, zone)[1]
