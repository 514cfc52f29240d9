"""What a plan would come to, date by date, before anything is booked: nothing is written here."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import contains_eager, lazyload

from clinic.catalogue.models import AddOn, ServiceVariant
from clinic.clients.models import Client
from clinic.clients.queries import is_of_person
from clinic.core.clock import NoSuchTime, local_day, today
from clinic.core.db import db
from clinic.core.words import Words, say
from clinic.practice.queries import the_practice
from clinic.referrals.models import Authorisation, Referral
from clinic.referrals.queries import is_open
from clinic.referrals.rules import Counts, Window, window_of
from clinic.scheduling.queries.counts import counted
from clinic.scheduling.queries.openings import Opening, Wish, answers
from clinic.scheduling.rules.screening import phrases
from clinic.scheduling.rules.series import Draw, Ledger, Phase, about, at_wall, planned

LATER = "later"
SKIP = "skip"
UNASKED = "unasked"
"""Left for later because nothing else was possible: asked anew as soon as it is."""
NEAREST = 3
"""Other times that are offered for a date."""


@dataclass(frozen=True, slots=True)
class Asked:
    """A plan as it is asked for; ``wall`` is minutes after midnight, None of the therapist
    anyone qualified."""

    client: Client
    variant: ServiceVariant
    phases: Sequence[Phase]
    first_on: date
    wall: int
    therapist_id: int | None = None
    add_ons: Sequence[AddOn] = ()
    use_referral: bool = False
    may_others: bool = True
    """Whether another therapist's time may be offered instead."""
    is_treating: bool = False
    """Whether who asks treats, and so may book with a reason what is stopped."""
    may_go_over: bool = False
    """Whether who asks may book more than was authorised, with a reason."""

    @property
    def is_on_referral(self) -> bool:
        """Whether each visit counts against an authorisation."""
        return self.use_referral or self.variant.service.needs_referral


@dataclass(slots=True)
class Dated:
    """One date of a plan: the opening that was asked for, or why there is none, and others.

    ``left`` are the authorised visits before this one, None where none are counted.
    ``pick`` is what is chosen: an opening's value, LATER or SKIP.
    """

    number: int
    on: date
    at: datetime | None
    opening: Opening | None = None
    why: Words | None = None
    instead: list[Opening] = field(default_factory=list)
    left: int | None = None
    pick: str = LATER
    effects: tuple[Words, ...] = ()
    """What the gate asks for on the day, in words fit for the desk."""
    is_over: bool = False
    """Whether no authorised visit is left for it, and one may be booked with a reason."""
    needs_reason: bool = False
    """Whether it is stopped or held on the day, so that a therapist's reason counts."""

    @property
    def offered(self) -> list[Opening]:
        """Everything that can be booked for this date."""
        return [*([self.opening] if self.opening else []), *self.instead]

    @property
    def later(self) -> str:
        """What a form sends for a date that is left for later."""
        return LATER if self.opening is not None else UNASKED

    @property
    def chosen(self) -> Opening | None:
        """The opening that is picked."""
        return next((one for one in self.offered if value_of(one) == self.pick), None)


def value_of(opening: Opening) -> str:
    """An opening as a form sends it: second, therapist, place."""
    return f"{opening.at}.{opening.therapist.public_id}.{opening.place.public_id}"


def allowed_to(person_id: int) -> list[Authorisation]:
    """All authorisations of a person's open orders, in the order in which they are used."""
    return list(
        db.session.scalars(
            select(Authorisation)
            .join(Authorisation.referral)
            .options(contains_eager(Authorisation.referral).options(lazyload("*")))
            .where(is_of_person(Referral.client_id, person_id), is_open())
            .where(~Authorisation.is_closed)
            .order_by(Authorisation.valid_from, Authorisation.id)
        ).unique()
    )


@dataclass(frozen=True, slots=True)
class Authorised:
    """An authorisation with what is used and booked of it, as a page shows it."""

    number: str
    visits: int
    counts: Counts
    window: Window
    days: int | None

    @property
    def left(self) -> int:
        return max(self.visits - self.counts.taken, 0)


def authorised(allowed: Sequence[Authorisation], counts: Mapping[int, Counts]) -> list[Authorised]:
    """These authorisations, each with its numbers."""
    return [
        Authorised(one.referral.number, one.visits, counts[one.id], window_of(one), one.days)
        for one in allowed
    ]


def ledger_of(
    allowed: Sequence[Authorisation], counts: Mapping[int, Counts] | None = None
) -> Ledger:
    """These authorisations with the visits that are used or booked already: one query, or none
    where they were counted."""
    counts = counts or counted([one.id for one in allowed])
    return Ledger(allowed, [counts[one.id].taken for one in allowed])


def propose(
    asked: Asked, picks: Mapping[int, str] | None = None, *, is_nearest: bool = False
) -> list[Dated]:
    """Every date of a plan with its own answer, in five queries at most.

    ``picks`` is what was chosen before, by number; what cannot be had any more is left
    for later. ``is_nearest`` takes the nearest other time for each date that is not open.
    What is chosen for earlier dates is taken into account: no date offers the day of
    another, and authorised visits are used up one by one.
    """
    dates = [_dated(number, on, asked) for number, on in enumerate(_days(asked), 1)]
    _answer(dates, asked)
    ledger = ledger_of(allowed_to(asked.client.known_as)) if asked.is_on_referral else None
    used: set[date] = set()
    for one in dates:
        _keep_apart(one, used)
        wanted = (picks or {}).get(one.number, "")
        one.pick = _picked(one, wanted, is_nearest=is_nearest)
        if ledger is not None:
            _count(one, ledger, wanted, may_go_over=asked.may_go_over)
        if one.chosen is not None:
            used.add(_day_of(one.chosen))
    return dates


def _days(asked: Asked) -> list[date]:
    return planned(asked.first_on, asked.phases)


def _dated(number: int, on: date, asked: Asked) -> Dated:
    """A date with its instant, or why it has none."""
    practice = the_practice()
    if on > today(practice.zone) + timedelta(days=practice.horizon):
        return Dated(
            number, on, None, why=say("Book at most {days} days ahead.", days=practice.horizon)
        )
    try:
        return Dated(number, on, at_wall(on, asked.wall, practice.zone))
    except NoSuchTime as error:
        return Dated(number, on, None, why=error.words)


def _answer(dates: Sequence[Dated], asked: Asked) -> None:
    """Ask for all of them at once; of an hour that does not exist, for the one after it."""
    zone = the_practice().zone
    last = today(zone) + timedelta(days=the_practice().horizon)
    within = [one for one in dates if one.on <= last]
    if not within:
        return
    wish = Wish(
        asked.variant,
        asked.add_ons,
        within[0].on,
        therapist_id=asked.therapist_id,
        client_id=asked.client.known_as,
        is_treating=asked.is_treating,
    )
    wanted = [about(one.on, asked.wall, zone) for one in within]
    days = {one.on for one in dates}
    for one, answer in zip(within, answers(wish, wanted), strict=True):
        found = [*([answer.opening] if answer.opening else []), *answer.instead]
        if one.at is not None:
            one.opening, one.why, found = answer.opening, answer.why, list(answer.instead)
        one.effects = phrases(answer.screened.binding)
        one.needs_reason = answer.screened.is_stopped or answer.screened.is_held
        one.instead = [
            other
            for other in found
            if (_day_of(other) == one.on or _day_of(other) not in days)
            and (asked.may_others or other.therapist.id == asked.therapist_id)
        ][:NEAREST]


def _day_of(opening: Opening) -> date:
    return local_day(opening.starts_at, the_practice().zone)


def _keep_apart(one: Dated, used: set[date]) -> None:
    """Offer no day on which an earlier visit of the plan is by now."""
    one.instead = [other for other in one.instead if _day_of(other) not in used]
    if one.opening is not None and one.on in used:
        one.opening, one.why = None, say("Another visit of this plan is on that day.")


def _picked(one: Dated, wanted: str, *, is_nearest: bool) -> str:
    values = [value_of(other) for other in one.offered]
    if wanted == SKIP or wanted in values:
        return wanted
    if one.opening is not None and wanted != LATER:
        return values[0]
    return values[0] if is_nearest and values and one.opening is None else LATER


def _count(one: Dated, ledger: Ledger, wanted: str, *, may_go_over: bool) -> None:
    """Draw one visit for what is chosen; where none is left, nothing can be chosen, or only by
    who may go over and wants just that."""
    found = ledger.look(_day_of(one.chosen) if one.chosen is not None else one.on)
    one.left = found.left
    if found.which is None:
        one.why, one.is_over = _unauthorised(found, one.on), may_go_over and found.is_valid
        if one.is_over and one.pick == wanted:
            return
        if not one.is_over:
            one.opening, one.instead = None, []
        one.pick = SKIP if one.pick == SKIP else LATER
    elif one.chosen is not None:
        ledger.draw(_day_of(one.chosen))


def _unauthorised(found: Draw, on: date) -> Words:
    if found.is_valid:
        return say("The referral has no visits left.")
    return say("The referral is not valid on {day}.", day=on)
