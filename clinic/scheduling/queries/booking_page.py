"""What the booking page shows for what has been chosen so far."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from itertools import groupby

from clinic.catalogue.models import AddOn, ServiceVariant
from clinic.catalogue.queries import (
    BookableVariant,
    OfferedAddOn,
    add_ons_on,
    bookable_variants,
    the_add_ons,
    the_variant,
)
from clinic.clients.models import Client
from clinic.clients.queries import Found, found, kept_record, the_client
from clinic.core.clock import local_day, now, today
from clinic.core.errors import NotFound
from clinic.core.ids import is_public_id
from clinic.core.permissions import Actor, Permission
from clinic.core.words import Words
from clinic.practice.queries import the_practice
from clinic.scheduling.models import Hold
from clinic.scheduling.queries.counts import may_go_over
from clinic.scheduling.queries.given import Given, given_on
from clinic.scheduling.queries.holding import the_hold_if_any
from clinic.scheduling.queries.openings import DAYS, Offer, Opening, Person, Wish, openings
from clinic.scheduling.queries.presets import LastTime, last_time
from clinic.scheduling.queries.screening_page import NO_GATE, Gate, gate_of
from clinic.scheduling.queries.self_pay import spent_on
from clinic.scheduling.rules import WALK_IN
from clinic.scheduling.rules.screening import is_treating

SHOWN = 6
"""Openings of a day that are shown until somebody asks for all of them."""
FOUND = 8
"""Clients that a search lists at most."""
USUAL = 60
"""The length that is chosen first, in minutes."""


@dataclass(frozen=True, slots=True)
class Chosen:
    """What has been chosen so far, by public ids; any of it may be missing or wrong.

    ``who`` is a client's name, number or the like as it was typed, to be looked for.
    ``minutes`` is the gap that a visit is to fill, ``wall`` the time at which it begins
    there, ``earliest`` the first time of a day that is wanted, ``opening`` the time that
    was picked, ``hold`` what is kept for the caller. ``of_client`` is whose last visit the
    choices were taken from, and ``is_final`` says that nothing may be chosen by itself any
    more.
    """

    client: str = ""
    service: str = ""
    variant: str = ""
    add_ons: Collection[str] = ()
    therapist: str = ""
    gender: str = ""
    who: str = ""
    on: date | None = None
    days: int = DAYS
    part: str = ""
    earliest: str = ""
    minutes: int = 0
    wall: str = ""
    opening: str = ""
    hold: str = ""
    of_client: str = ""
    source: str = "phone"
    is_all: bool = False
    is_final: bool = False


@dataclass(slots=True)
class BookingPage:
    """The choices, and what follows from them."""

    on: date
    chosen: Chosen
    services: dict[str, str] = field(default_factory=dict)
    lengths: list[BookableVariant] = field(default_factory=list)
    extras: list[OfferedAddOn] = field(default_factory=list)
    chosen_extras: list[OfferedAddOn] = field(default_factory=list)
    length: BookableVariant | None = None
    variant: ServiceVariant | None = None
    add_ons: list[AddOn] = field(default_factory=list)
    client: Client | None = None
    last: LastTime | None = None
    found: Sequence[Found] = ()
    given: Given = field(default_factory=Given)
    """What the visit would count against on its day."""
    spent: Words | None = None
    """That no authorised visit is left for the day, where the client would have to pay."""
    may_go_over: bool = False
    """Whether one more than was authorised may be booked, with a reason."""
    offer: Offer = field(default_factory=Offer)
    days: list[tuple[date, list[Opening]]] = field(default_factory=list)
    gate: Gate = NO_GATE
    picked: Opening | None = None
    kept: Hold | None = None
    has_more: bool = False
    is_narrowed: bool = False

    @property
    def minutes(self) -> int:
        """The client's own time, add-ons included."""
        own = self.length.minutes if self.length else 0
        return own + sum(one.extra_minutes for one in self.chosen_extras)

    @property
    def price_minor(self) -> int:
        """What it costs on the first day of the search, add-ons included."""
        own = self.length.price_minor if self.length else 0
        return own + sum(one.price_minor for one in self.chosen_extras)

    @property
    def day(self) -> date:
        """The day of the time that is picked; else the first day of the search."""
        if self.picked is None:
            return self.on
        return local_day(self.picked.starts_at, the_practice().zone)

    @property
    def seconds_left(self) -> int:
        """How long the time is still kept."""
        until = self.kept.slot.expires_at if self.kept is not None else None
        return max(0, int((until - now()).total_seconds())) if until is not None else 0

    @property
    def is_as_last(self) -> bool:
        """Whether this is what the client had the last time."""
        return (
            self.last is not None
            and self.length is not None
            and self.length.public_id == self.last.variant
            and {one.public_id for one in self.chosen_extras} == self.last.add_ons
        )


def value_of(opening: Opening) -> str:
    """An opening as a form sends it: second, therapist, place."""
    return f"{opening.at}.{opening.therapist.public_id}.{opening.place.public_id}"


def booking_page(chosen: Chosen, actor: Actor) -> BookingPage:
    """Everything that can be chosen next, and the openings once service and length stand.

    As long as nothing is final, what the client had the last time is chosen for them
    where it is still offered, and the best opening of the first day that has one.
    """
    first = today(the_practice().zone)
    page = BookingPage(max(chosen.on or first, first), chosen)
    _put_client(page, chosen)
    offered = bookable_variants(page.on)
    page.extras = add_ons_on(page.on)
    chosen = page.chosen = _as_last_time(page, chosen, offered)
    page.services = {one.service_public_id: one.name for one in offered}
    page.chosen_extras = [one for one in page.extras if one.public_id in chosen.add_ons]
    page.lengths = [one for one in offered if one.service_public_id == chosen.service]
    page.length = _length(page.lengths, chosen)
    if page.length is not None:
        _put_openings(page, page.length, actor)
    _put_referral(page, actor)
    return page


def _as_last_time(page: BookingPage, chosen: Chosen, offered: list[BookableVariant]) -> Chosen:
    """With what the client had the last time, where nothing of it was chosen by hand."""
    if page.client is None or page.last is None or chosen.is_final:
        return chosen
    is_theirs = chosen.of_client == page.client.public_id
    if chosen.service and (is_theirs or not chosen.of_client):
        return chosen
    last = page.last
    if not any(one.service_public_id == last.service for one in offered):
        return chosen
    return replace(
        chosen,
        service=last.service,
        variant="" if chosen.minutes else last.variant,
        add_ons=last.add_ons,
        therapist=_therapist_of(chosen, last),
        of_client=page.client.public_id,
    )


def _therapist_of(chosen: Chosen, last: LastTime) -> str:
    """Theirs of the last time, unless one was asked for before the client was known."""
    is_asked = bool(chosen.wall) or not chosen.of_client
    return chosen.therapist if chosen.therapist and is_asked else last.therapist


def _length(lengths: list[BookableVariant], chosen: Chosen) -> BookableVariant | None:
    """The length that was chosen; or the longest that fills the gap; or the usual one."""
    by_id = {one.public_id: one for one in lengths}
    if chosen.variant in by_id or not lengths:
        return by_id.get(chosen.variant)
    if chosen.minutes:
        fitting = [one for one in lengths if one.minutes <= chosen.minutes]
        return max(fitting, key=lambda one: one.minutes) if fitting else lengths[0]
    return next((one for one in lengths if one.minutes == USUAL), lengths[0])


def _put_client(page: BookingPage, chosen: Chosen) -> None:
    if not chosen.client:
        page.found = found(chosen.who, FOUND) if chosen.who else ()
        return
    try:
        page.client = kept_record(the_client(chosen.client))
    except NotFound:
        return
    page.last = last_time(page.client.id)


def _put_referral(page: BookingPage, actor: Actor) -> None:
    if page.client is not None:
        page.given = given_on(page.client.known_as, page.day)
        page.may_go_over = may_go_over(actor)
        if not page.given.left and (page.given.authorisation or page.given.others):
            spent = spent_on(page.client.known_as, page.day)
            page.spent = spent.said(page.day) if spent is not None else None


def _put_openings(page: BookingPage, length: BookableVariant, actor: Actor) -> None:
    chosen = page.chosen
    page.variant = the_variant(length.public_id)
    page.kept = the_hold_if_any(chosen.hold) if is_public_id(chosen.hold) else None
    page.add_ons = the_add_ons([one.public_id for one in page.chosen_extras])
    is_keeper = actor.may(Permission.SCHEDULE_WRITE)
    wish = Wish(
        page.variant,
        page.add_ons,
        page.on,
        chosen.days,
        client_id=page.client.id if page.client else None,
        part=chosen.part,
        gender=chosen.gender if not chosen.therapist else "",
        is_walk_in=is_keeper and chosen.source == WALK_IN,
        hold=page.kept,
        is_treating=is_treating(actor),
    )
    offer = openings(wish)
    offer.able, offer.unable = _mine(offer.able, actor), _mine(offer.unable, actor)
    page.offer = offer
    page.gate = gate_of(offer, page.client, page.services, actor)
    _narrow(page)
    _put_days(page, is_all=chosen.is_all)


def _narrow(page: BookingPage) -> None:
    """Leave the openings of the therapist and the hours that are wanted."""
    chosen, able = page.chosen, {one.public_id for one in page.offer.able}
    every = [one for one in page.offer.openings if one.therapist.public_id in able]
    wanted = [one for one in every if not chosen.earliest or one.wall >= chosen.earliest]
    theirs = [one for one in wanted if chosen.therapist in ("", one.therapist.public_id)]
    is_guess = page.is_as_last and page.last is not None and chosen.therapist == page.last.therapist
    if is_guess and not chosen.is_final and not theirs and not chosen.wall:
        # Who treated them the last time has no time: whoever has is better than nobody.
        page.chosen, theirs = replace(chosen, therapist=""), wanted
    page.is_narrowed = len(theirs) < len(every)
    page.offer.openings = theirs
    page.picked = _picked(page, theirs)


def _picked(page: BookingPage, times: list[Opening]) -> Opening | None:
    """The opening that was picked or asked for; else, until the end, the best of the first day."""
    chosen, zone = page.chosen, the_practice().zone
    wanted = chosen.opening.rpartition(".")[0]
    for one in times:
        if wanted and value_of(one).rpartition(".")[0] == wanted:
            return one
        if chosen.wall == one.wall and local_day(one.starts_at, zone) == page.on:
            return one
    return None if chosen.wall or chosen.is_final or not times else times[0]


def _mine(people: list[Person], actor: Actor) -> list[Person]:
    """Who may not keep the whole schedule books for themselves."""
    if actor.may(Permission.SCHEDULE_WRITE):
        return people
    return [one for one in people if one.id == actor.id]


def _put_days(page: BookingPage, *, is_all: bool) -> None:
    zone = the_practice().zone
    for day, open_ones in groupby(page.offer.openings, lambda one: local_day(one.starts_at, zone)):
        times = list(open_ones)
        page.has_more = page.has_more or len(times) > SHOWN
        kept = times if is_all else _spread(times)
        if page.picked in times and page.picked not in kept:
            kept.append(page.picked)
        page.days.append((day, sorted(kept, key=lambda one: (one.at, one.therapist.name))))
    if not is_all:
        page.has_more = page.has_more or len(page.days) > SHOWN
        later = [pair for pair in page.days[SHOWN:] if page.picked in pair[1]]
        page.days = page.days[:SHOWN] + later


def _spread(times: list[Opening]) -> list[Opening]:
    """The best of a day, each hour of the clock at most once while there is choice."""
    kept: dict[int, Opening] = {}
    for one in times:
        kept.setdefault(one.at // 3600, one)
    return list(kept.values())[:SHOWN]


def after(page: BookingPage) -> date:
    """The first day of the next search."""
    return page.on + timedelta(days=page.chosen.days)
