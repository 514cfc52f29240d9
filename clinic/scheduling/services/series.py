"""Plans of visits: booked all or none, then each visit by itself."""

from collections.abc import Collection, Sequence
from datetime import date, datetime
from typing import Any, NamedTuple

from clinic.catalogue.models import AddOn, ServiceVariant
from clinic.clients.models import Client
from clinic.clients.queries import kept_record
from clinic.core.clock import local_day, today
from clinic.core.db import db
from clinic.core.errors import Conflict, DomainError
from clinic.core.guard import verb
from clinic.core.permissions import Actor, Permission
from clinic.core.words import say
from clinic.practice.queries import the_practice
from clinic.referrals.models import Authorisation
from clinic.scheduling.models import Series, SeriesAddOn, SeriesItem, SeriesPhase, Visit
from clinic.scheduling.queries.series import allowed_to, ledger_of
from clinic.scheduling.queries.spots import kinds_needed, pieces
from clinic.scheduling.rules.series import (
    ENDED_WHY_MAX,
    Ledger,
    Phase,
    must_be_a_plan,
    planned,
)
from clinic.scheduling.services.booking import book
from clinic.scheduling.services.claims import lock_with
from clinic.scheduling.services.gate import count_on
from clinic.scheduling.services.plans import must_be_own
from clinic.staff.models import StaffMember
from clinic.timetable.models import Place
from clinic.timetable.services import resource_for

OF_ALL = ("over_why", "self_pay")
"""What is said once for every visit of a plan."""


class Accepted(NamedTuple):
    """One visit of the plan that is to be booked: its number, and when, with whom and where."""

    number: int
    starts_at: datetime
    therapist: StaffMember
    place: Place


class DateRefused(DomainError):
    """One visit of a plan cannot be booked, so none of them was; ``number`` says which."""

    def __init__(self, number: int, on: date, error: DomainError) -> None:
        super().__init__(
            say("Visit {number}, {day}: {why}", number=number, day=on, why=error.words),
            field=error.field if error.field in OF_ALL else "dates",
        )
        self.status, self.number, self.because = error.status, number, error


@verb(Permission.SCHEDULE_OWN)
def plan_series(
    *,
    actor: Actor,
    client: Client,
    variant: ServiceVariant,
    phases: Sequence[Phase],
    first_on: date,
    wall: int,
    therapist: StaffMember | None = None,
    add_ons: Sequence[AddOn] = (),
    authorisation: Authorisation | None = None,
    use_referral: bool = False,
    chosen: Sequence[tuple[int, datetime, StaffMember, Place]] = (),
    skipped: Collection[int] = (),
    override_why: str = "",
    over_why: str = "",
    self_pay: bool = False,
) -> Series:
    """Keep a plan and book what was accepted of it: every visit, or none of them.

    ``chosen`` are number (from 1), time, therapist and place of each visit to book;
    ``skipped`` are left out on purpose, and the rest stays to be booked. With
    ``authorisation`` all count against that one; with ``use_referral``, or for a service
    that needs one, each against the earliest that is valid on its day with a visit left.
    ``override_why`` is a therapist's reason to book what health stops or holds, ``over_why`` the
    one to book more than was authorised; ``self_pay`` says that the client agrees to pay for
    those that nobody authorises any more.

    Raises DateRefused, which says which visit and why, DomainError for a plan that is
    none, and NotAllowed for another therapist's days.
    """
    accepted = sorted((Accepted(*one) for one in chosen), key=lambda one: one.number)
    _must_be_right(phases, first_on, wall, accepted, skipped)
    must_be_own(actor, _whose(therapist), *(one.therapist.id for one in accepted))
    person = kept_record(client)
    # Every resource of every visit comes before any authorisation: see the order of locks.
    _lock_resources(person, variant, add_ons, accepted)
    counts_from = _on_referral(
        person, authorisation, is_wanted=use_referral or variant.service.needs_referral
    )
    series = _planned(person, variant, therapist, phases, first_on, wall, add_ons, skipped)
    ledger = ledger_of(counts_from)
    first = ledger.look(first_on).which or 0
    series.authorisation = counts_from[first] if counts_from else None
    db.session.add(series)
    db.session.flush()
    for one in accepted:
        _book_one(
            series, one, actor, ledger, counts_from,
            override_why=override_why, over_why=over_why, self_pay=self_pay,
        )  # fmt: skip
    return series


def _must_be_right(
    phases: Sequence[Phase],
    first_on: date,
    wall: int,
    accepted: Sequence[Accepted],
    skipped: Collection[int],
) -> None:
    must_be_a_plan(phases)
    if first_on < today(the_practice().zone):
        raise DomainError(say("Choose a first day from today on."), field="first_on")
    if not 0 <= wall < 24 * 60:
        raise DomainError(say("Enter a time, such as 09:30."), field="time")
    numbers = [one.number for one in accepted] + list(skipped)
    known = range(1, len(planned(first_on, phases)) + 1)
    if len(set(numbers)) < len(numbers) or any(number not in known for number in numbers):
        raise DomainError(
            say("These dates belong to another plan. Look at the dates again."), field="dates"
        )


def _whose(therapist: StaffMember | None) -> int:
    return therapist.id if therapist is not None else 0


def _lock_resources(
    person: Client,
    variant: ServiceVariant,
    add_ons: Sequence[AddOn],
    accepted: Sequence[Accepted],
) -> None:
    """Lock everybody and every place of all visits, and every piece that any could take."""
    of_add_ons = (one.equipment_kind_id for one in add_ons)
    kinds = {*kinds_needed(variant.service_id), *(one for one in of_add_ons if one is not None)}
    found = pieces(kinds, (0, 0), None) if kinds else []
    # In one order, as whoever books a single visit makes them, so that nobody waits in a circle.
    numbers = [
        *(resource_for(staff_id=one) for one in sorted({one.therapist.id for one in accepted})),
        resource_for(client_id=person.id),
        *(resource_for(place_id=one) for one in sorted({one.place.id for one in accepted})),
        *(resource_for(equipment_id=one.equipment_id) for one in found if one.equipment_id),
    ]
    lock_with(numbers, [person])


def _on_referral(
    person: Client, authorisation: Authorisation | None, *, is_wanted: bool
) -> list[Authorisation]:
    """What the visits may count against, locked, as it stands now; the earliest first."""
    if authorisation is None and not is_wanted:
        return []
    found = [authorisation] if authorisation is not None else allowed_to(person.known_as)
    count_on(*found)
    if not found:
        raise DomainError(say("There is no open referral for this client."), field="use_referral")
    return found


def _planned(
    person: Client,
    variant: ServiceVariant,
    therapist: StaffMember | None,
    phases: Sequence[Phase],
    first_on: date,
    wall: int,
    add_ons: Sequence[AddOn],
    skipped: Collection[int],
) -> Series:
    return Series(
        client=person,
        variant=variant,
        therapist=therapist,
        first_on=first_on,
        wall=wall,
        phases=[
            SeriesPhase(position=at, every_days=one.every_days, visits=one.visits)
            for at, one in enumerate(phases)
        ],
        add_ons=[SeriesAddOn(add_on=one) for one in add_ons],
        items=[
            SeriesItem(number=number, planned_on=on, is_skipped=number in skipped)
            for number, on in enumerate(planned(first_on, phases), 1)
        ],
    )


def _book_one(
    series: Series,
    one: Accepted,
    actor: Actor,
    ledger: Ledger,
    counts_from: Sequence[Authorisation],
    **said: Any,
) -> None:
    on = local_day(one.starts_at, the_practice().zone)
    drawn = ledger.draw(on)
    # Where none bears it, the gate says why of the first that is valid then, or goes over it.
    bears = drawn.first if drawn.which is None else drawn.which
    which = counts_from[bears] if counts_from else None
    item, add_ons = series.items[one.number - 1], [held.add_on for held in series.add_ons]
    try:
        item.visit = book(
            actor=actor, client=series.client, variant=series.variant, therapist=one.therapist,
            starts_at=one.starts_at, place=one.place, add_ons=add_ons, authorisation=which,
            source="series", **said,
        )  # fmt: skip
    except DomainError as error:
        raise DateRefused(one.number, on, error) from error


@verb(Permission.SCHEDULE_OWN)
def book_item(
    item: SeriesItem,
    *,
    actor: Actor,
    starts_at: datetime,
    therapist: StaffMember,
    place: Place | None = None,
    version: int | None = None,
    override_why: str = "",
    over_why: str = "",
    self_pay: bool = False,
) -> Visit:
    """Book one visit of a plan that is to book or was skipped; it takes a cancelled one's place.

    A plan on a referral counts it against the earliest authorisation that is valid that
    day with a visit left. Raises what ``book`` raises, StaleEdit, and Conflict where it
    is booked already or the plan has ended.
    """
    series = item.series
    must_be_own(actor, _whose(series.therapist), therapist.id)
    _must_be_open(item, version)
    visit = book(
        actor=actor, client=series.client, variant=series.variant, therapist=therapist,
        starts_at=starts_at, place=place, add_ons=[one.add_on for one in series.add_ons],
        use_referral=series.authorisation_id is not None, source="series",
        override_why=override_why, over_why=over_why, self_pay=self_pay,
    )  # fmt: skip
    # Their client is locked by now: whoever booked this one meanwhile is seen here.
    db.session.refresh(item)
    _must_be_open(item, version)
    item.visit, item.is_skipped = visit, False
    return visit


@verb(Permission.SCHEDULE_OWN)
def skip_item(item: SeriesItem, *, actor: Actor, version: int | None = None) -> None:
    """Leave one visit of a plan out. Raises StaleEdit, and Conflict where it is booked."""
    must_be_own(actor, _whose(item.series.therapist))
    _must_be_open(item, version)
    item.is_skipped = True


@verb(Permission.SCHEDULE_OWN)
def take_up_item(item: SeriesItem, *, actor: Actor, version: int | None = None) -> None:
    """Put a visit that was left out back among those to book. Raises StaleEdit, Conflict."""
    must_be_own(actor, _whose(item.series.therapist))
    _must_be_open(item, version)
    item.is_skipped = False


@verb(Permission.SCHEDULE_OWN)
def end_series(series: Series, *, actor: Actor, why: str, version: int | None = None) -> None:
    """End a plan: what is booked stays as it is, the rest is not to be booked any more.

    Raises DomainError without a reason, StaleEdit, Conflict where it has ended.
    """
    must_be_own(actor, _whose(series.therapist))
    series.expect(version, "status", "ended_why")
    _must_be_active(series)
    if not why.strip():
        raise DomainError(say("Say why."), field="why")
    if len(why) > ENDED_WHY_MAX:
        raise DomainError(say("Use at most {count} characters.", count=ENDED_WHY_MAX), field="why")
    series.status, series.ended_why = "ended", why.strip()


@verb(Permission.SCHEDULE_OWN)
def extend_series(
    series: Series, *, actor: Actor, phase: Phase, version: int | None = None
) -> None:
    """Add so many visits, so many days apart, after the last one planned; nothing is booked.

    Raises DomainError where the plan would become too long, StaleEdit, Conflict.
    """
    must_be_own(actor, _whose(series.therapist))
    series.expect(version, "status")
    _must_be_active(series)
    before = [Phase(one.every_days, one.visits) for one in series.phases]
    must_be_a_plan([*before, phase])
    dates = planned(series.first_on, [*before, phase])
    last = max((one.number for one in series.items), default=0)
    series.phases.append(
        SeriesPhase(position=len(before), every_days=phase.every_days, visits=phase.visits)
    )
    series.items.extend(
        SeriesItem(number=number, planned_on=on) for number, on in enumerate(dates[last:], last + 1)
    )


def _must_be_active(series: Series) -> None:
    if series.status != "active":
        raise Conflict(say("This plan has ended. Make a new one."))


def _must_be_open(item: SeriesItem, version: int | None) -> None:
    """Raises StaleEdit, and Conflict where the visit stands or the plan has ended."""
    item.expect(version, "is_skipped")
    _must_be_active(item.series)
    if item.visit is not None and item.visit.held_slot_id is not None:
        raise Conflict(say("Visit {number} of this plan is booked already.", number=item.number))
