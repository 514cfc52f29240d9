"""What is wanted of a day: who, what, when and where; and whether the clinic's rules bear it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

from clinic.catalogue.models import AddOn, ServiceVariant
from clinic.clients.models import Client
from clinic.core.clock import day_bounds, epoch, local_day, now, today
from clinic.core.errors import Conflict, DomainError, NotAllowed
from clinic.core.permissions import Actor, Permission
from clinic.core.words import say
from clinic.practice.queries import the_practice
from clinic.scheduling.models import Visit
from clinic.scheduling.queries.facts import Facts, facts_of
from clinic.scheduling.rules import (
    OVERLAP_WHY_MAX,
    earliest_start,
    is_on_grid,
    is_within_load,
)
from clinic.staff.models import StaffMember
from clinic.timetable.models import Place, Slot
from clinic.timetable.rules import seconds
from clinic.timetable.services import (
    SlotTaken,
    Want,
    what_is_taken,
)


class OutsideHours(DomainError):
    """The therapist does not work then; who keeps the schedule may book it knowingly."""


@dataclass(frozen=True, slots=True)
class Plan:
    """A visit as it is wanted.

    Once claimed, ``resources`` are therapist, client and place, ``equipment`` the
    resources of the pieces it takes, and ``had`` of those that the visit took so far.
    ``overlap_why`` says why the therapist may be taken where they treat somebody already.
    Time that is only kept may have no client yet.
    """

    client: Client | None
    variant: ServiceVariant
    therapist: StaffMember
    starts_at: datetime
    add_ons: Sequence[AddOn] = ()
    place_id: int | None = None
    resources: tuple[int, int, int] = (0, 0, 0)
    agreed: int | None = None
    equipment: tuple[int, ...] = ()
    had: tuple[int, ...] = ()
    overlap_why: str = ""

    @property
    def person(self) -> Client:
        """Whose visit it is to be."""
        if self.client is None:
            raise ValueError("a visit needs a client")
        return self.client

    @property
    def person_id(self) -> int:
        """The record that stands for the client; 0 where there is none yet."""
        return self.client.known_as if self.client is not None else 0

    @property
    def minutes(self) -> int:
        """The client's own time on the table, add-ons included; ``agreed`` where it is frozen."""
        added = sum(one.extra_minutes for one in self.add_ons)
        return self.agreed or self.variant.minutes + added

    @property
    def ends_at(self) -> datetime:
        # In UTC: minutes added to a wall time would be another length when the clocks change.
        return self.starts_at.astimezone(UTC) + timedelta(minutes=self.minutes)

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
        return [
            Want(therapist, before, after, self.overlap_why),
            *([Want(client)] if client else ()),
            *(Want(one, before, after) for one in (place, *self.equipment)),
        ]


def id_of(place: Place | None) -> int | None:
    """The id of a place that was named."""
    return place.id if place is not None else None


def as_booked(visit: Visit) -> Plan:
    """The plan that a visit was booked by."""
    add_ons = tuple(one.add_on for one in visit.add_ons)
    return Plan(
        visit.client, visit.variant, visit.therapist, visit.starts_at, add_ons, visit.place_id,
        resources_of(visit), visit.minutes,
    )  # fmt: skip


def must_be_own(actor: Actor, *therapist_ids: int) -> None:
    """Who may not write the whole schedule acts on visits with themselves. Raises NotAllowed."""
    if actor.may(Permission.SCHEDULE_WRITE):
        return
    if any(therapist_id != actor.id for therapist_id in therapist_ids):
        raise NotAllowed(say("You can do this for your own visits only."))


def resources_of(visit: Visit) -> tuple[int, int, int]:
    """Therapist, client and place of a visit, as what can be taken."""
    return (visit.therapist_resource_id, visit.client_resource_id, visit.place_resource_id)


def known(
    plan: Plan, visit: Visit | None = None, slot: Slot | None = None, *, day: date | None = None
) -> Facts:
    """The facts of a plan, read under its locks; ``slot`` is what it has taken already, and
    ``day`` the one on which it really comes to be.

    Raises Conflict for a visit changed meanwhile, SlotTaken where the person comes then
    already under another of their records, DomainError for a room that is out of use.
    """
    place = plan.place_id or 0
    treatment = epoch(plan.starts_at), epoch(plan.ends_at)
    facts = facts_of(
        plan.person_id,
        plan.variant.id,
        plan.therapist.id,
        day or plan.on,
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


def overlap_of(actor: Actor, why: str) -> str:
    """The reason for an overlap on purpose, if there is one.

    Raises NotAllowed for whom may not, DomainError for a reason that is too long.
    """
    reason = why.strip()
    if reason and not actor.may(Permission.SCHEDULE_OVERLAP):
        raise NotAllowed(say("Only the owner books a therapist twice at one time."))
    if len(reason) > OVERLAP_WHY_MAX:
        raise DomainError(
            say("Use at most {count} characters.", count=OVERLAP_WHY_MAX), field="overlap_why"
        )
    return reason


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


def knows_hours(actor: Actor, *, outside_hours: bool) -> bool:
    """Whether somebody books outside working hours knowingly: only who keeps the schedule may."""
    return outside_hours and actor.may(Permission.SCHEDULE_WRITE)


def must_fit_the_day(plan: Plan, facts: Facts, *, is_known: bool) -> bool:
    """Refuse what lies outside working hours or above the hands-on limit, or in a room without
    what the service needs; ``is_known`` lets it lie outside the hours. Gives whether it does.

    Raises OutsideHours, DomainError.
    """
    is_outside = not is_within_hours(plan, facts)
    if is_outside and not is_known:
        raise OutsideHours(
            say("{name} does not work then, turnover included.", name=plan.therapist.name),
            field="time",
        )
    must_suit(facts)
    must_bear(plan, facts)
    return is_outside


def must_suit(facts: Facts) -> None:
    """Refuse a room that lacks what the service needs. Raises DomainError."""
    if facts.lacks:
        raise DomainError(
            say("This room has no {thing}. Choose another.", thing=min(facts.lacks).lower()),
            field="place",
        )


def must_bear(plan: Plan, facts: Facts) -> None:
    """Refuse what lies above the therapist's own hands-on limit, or the clinic's.

    Raises DomainError.
    """
    percent = plan.variant.service.hands_on_percent
    limit = the_practice().hands_on_limit if facts.limit is None else facts.limit
    if not is_within_load(facts.load, plan.minutes, percent, limit):
        raise DomainError(
            say(
                "{name} would treat more than {minutes} minutes that day.",
                name=plan.therapist.name,
                minutes=limit,
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
