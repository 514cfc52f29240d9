"""Booking: a verdict, a stretch of time, and a visit that rests on both."""

from collections.abc import Sequence
from datetime import datetime

from clinic.audit.services import put
from clinic.catalogue.models import AddOn, ServiceVariant
from clinic.clients.models import Client
from clinic.clients.queries import kept_record
from clinic.clients.services import join_care, welcome
from clinic.core.errors import DomainError
from clinic.core.guard import verb
from clinic.core.permissions import Actor, Permission
from clinic.core.words import say
from clinic.practice.queries import the_practice
from clinic.referrals.models import Authorisation
from clinic.referrals.queries import open_authorisations
from clinic.referrals.rules import left
from clinic.scheduling.models import GroupBooking, Hold, Visit, VisitAddOn, VisitVerdict
from clinic.scheduling.queries.counts import counted
from clinic.scheduling.queries.facts import Facts
from clinic.scheduling.rules import NOTE_MAX, SOURCES, WALK_IN
from clinic.scheduling.services import gate
from clinic.scheduling.services.claims import claim
from clinic.scheduling.services.fees import agreed_terms
from clinic.scheduling.services.holding import give_up, standing_hold
from clinic.scheduling.services.noting import note_booked
from clinic.scheduling.services.paying import agreed_to_pay
from clinic.scheduling.services.plans import (
    Plan,
    id_of,
    known,
    knows_hours,
    must_be_own,
    must_be_timely,
    must_fit_the_day,
    overlap_of,
)
from clinic.staff.models import StaffMember
from clinic.timetable.models import Place, Slot
from clinic.timetable.services import is_overlapping, take


@verb(Permission.SCHEDULE_OWN)
def book(
    *,
    actor: Actor,
    client: Client,
    variant: ServiceVariant,
    therapist: StaffMember,
    starts_at: datetime,
    place: Place | None = None,
    add_ons: Sequence[AddOn] = (),
    authorisation: Authorisation | None = None,
    use_referral: bool = False,
    note: str = "",
    source: str = "phone",
    outside_hours: bool = False,
    overlap_why: str = "",
    override_why: str = "",
    over_why: str = "",
    self_pay: bool = False,
    hold: Hold | None = None,
    group: GroupBooking | None = None,
) -> Visit:
    """Book a visit. Without a place the first free one is taken.

    ``use_referral`` (or a service that needs one) takes the earliest open authorisation
    with a visit left where none is named. Price, minutes and add-ons are frozen as they
    are on the visit's day, and so is what a late cancel costs. A prospect becomes an
    active client, and the therapist joins the client's care team. ``overlap_why`` lets the
    therapist be taken twice; ``override_why`` is a therapist's reason to book what health
    stops or holds; what is stopped waits for a review all the same. ``over_why`` is the reason
    to book one visit more than was authorised, where the owner lets that be; ``self_pay`` says
    that the client agrees to pay, where none of their authorisations bears it any more. ``hold``
    is time kept for this booking, which is given back first: one that ran out is as good as none.

    Raises SlotTaken for time that somebody has, OutsideHours, NotAdmitted (of it NotScreened
    for health) and DomainError for what the gate and the clinic's rules refuse, NotAllowed
    for another therapist's day.
    """
    must_be_own(actor, therapist.id)
    _must_be_plain(note, source)
    plan = Plan(
        kept_record(client), variant, therapist, starts_at, tuple(add_ons), id_of(place),
        overlap_why=overlap_of(actor, overlap_why),
    )  # fmt: skip
    must_be_timely(plan, actor, is_new=True, is_walk_in=source == WALK_IN)
    held = standing_hold(hold, actor)
    plan = claim(plan, but=held.slot_id, rather=held.place_id, also=held.resources)
    authorisation = _counted_against(plan, authorisation, use_referral=use_referral)
    give_up(held, actor)
    # Time before judgement: of many who want one slot, all but one stop here.
    slot = take(
        actor=actor, kind="visit", starts_at=starts_at, ends_at=plan.ends_at, wants=plan.wants
    )
    facts = known(plan, slot=slot)
    is_known = knows_hours(actor, outside_hours=outside_hours)
    is_outside = must_fit_the_day(plan, facts, is_known=is_known)
    verdict = gate.admit(
        plan.person, variant, plan.add_ons, therapist, plan.on, actor,
        authorisation=authorisation, facts=facts, override_why=override_why, over_why=over_why,
    )  # fmt: skip
    reason = _over(authorisation, over_why)
    agreed_at = agreed_to_pay(facts, authorisation, plan.on, self_pay=self_pay)
    price, extras = price_of(plan, facts), added(plan, facts)
    visit = _rest(plan, slot, verdict, facts, authorisation, price, extras)
    visit.source, visit.note, visit.group = source, note.strip(), group
    visit.is_outside_hours, visit.over_why = is_outside, reason
    visit.self_pay_agreed_at = agreed_at
    visit.overlap_why = plan.overlap_why if plan.overlap_why and is_overlapping(slot) else ""
    put(visit)
    if extras:
        visit.add_ons = extras
    join(plan, facts, actor)
    note_booked(visit, actor)
    welcome(plan.person, actor=actor)
    return visit


def _must_be_plain(note: str, source: str) -> None:
    if source not in SOURCES:
        raise DomainError(say("Choose one of the ways of booking."), field="source")
    if len(note) > NOTE_MAX:
        raise DomainError(say("Use at most {count} characters.", count=NOTE_MAX), field="note")


def _counted_against(
    plan: Plan, authorisation: Authorisation | None, *, use_referral: bool
) -> Authorisation | None:
    """The authorisation this visit counts against, locked so that nobody counts meanwhile."""
    if authorisation is not None:
        gate.count_on(authorisation)
        return authorisation
    if not (use_referral or plan.variant.service.needs_referral):
        return None
    found = open_authorisations(plan.person.id, plan.on)
    if not found:
        raise gate.NotAdmitted(
            say("There is no referral that is valid on {day}.", day=plan.on), field="referral"
        )
    gate.count_on(*found)
    counts = counted([one.id for one in found])
    return next((one for one in found if left(counts[one.id], one)), found[0])


def _over(authorisation: Authorisation | None, over_why: str) -> str:
    """The reason as the visit keeps it: only where none is left, or it says nothing."""
    if authorisation is None or not over_why.strip():
        return ""
    return gate.reason_over(over_why) if not gate.numbers_of(authorisation).left else ""


def price_of(plan: Plan, facts: Facts) -> int:
    """The price of the length itself on the day. Raises DomainError where it has none."""
    if None not in facts.prices:
        raise DomainError(say("This service has no price on {day}.", day=plan.on), field="service")
    return facts.prices[None]


def added(plan: Plan, facts: Facts) -> list[VisitAddOn]:
    """The add-ons as they are on the day. Raises DomainError for one without a price."""
    if any(one.id not in facts.prices for one in plan.add_ons):
        raise DomainError(say("An add-on has no price on {day}.", day=plan.on), field="add_ons")
    return [
        VisitAddOn(add_on=one, extra_minutes=one.extra_minutes, price_minor=facts.prices[one.id])
        for one in plan.add_ons
    ]


def _rest(
    plan: Plan,
    slot: Slot,
    verdict: VisitVerdict,
    facts: Facts,
    authorisation: Authorisation | None,
    price: int,
    extras: Sequence[VisitAddOn],
) -> Visit:
    therapist, client, place = plan.resources
    whole = price + sum(one.price_minor for one in extras)
    terms = agreed_terms(facts, whole, is_referred=authorisation is not None)
    return Visit(
        client=plan.person,
        variant=plan.variant,
        therapist=plan.therapist,
        place_id=plan.place_id,
        slot=slot,
        on_date=slot.on_date,
        verdict_id=verdict.id,
        held_slot_id=slot.id,
        therapist_resource_id=therapist,
        client_resource_id=client,
        place_resource_id=place,
        authorisation=authorisation,
        status="booked",
        minutes=plan.minutes,
        price_minor=price,
        currency=the_practice().currency,
        cut_off_hours=terms.cut_off_hours,
        late_fee_minor=terms.late_fee_minor,
        no_show_fee_minor=terms.no_show_fee_minor,
    )


def join(plan: Plan, facts: Facts, actor: Actor) -> None:
    """The therapist takes part in the client's care from now on."""
    if not facts.is_in_care:
        join_care(
            kept_record(plan.person), plan.therapist.id, actor=actor, why="booking",
            by_visit=True, is_asked=True,
        )  # fmt: skip
