"""What the booking page shows for what has been chosen so far."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
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
from clinic.core.clock import local_day, today
from clinic.core.errors import NotFound
from clinic.core.permissions import Actor, Permission
from clinic.practice.queries import the_practice
from clinic.referrals.models import Authorisation
from clinic.referrals.queries import open_authorisations
from clinic.referrals.rules import Counts
from clinic.scheduling.queries.counts import counted
from clinic.scheduling.queries.openings import Offer, Opening, Person, Wish, openings
from clinic.scheduling.rules import WALK_IN

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
    """

    client: str = ""
    service: str = ""
    variant: str = ""
    add_ons: Collection[str] = ()
    therapist: str = ""
    gender: str = ""
    who: str = ""
    on: date | None = None
    part: str = ""
    source: str = "phone"
    is_all: bool = False


@dataclass(slots=True)
class BookingPage:
    """The choices, and what follows from them."""

    on: date
    services: dict[str, str] = field(default_factory=dict)
    lengths: list[BookableVariant] = field(default_factory=list)
    extras: list[OfferedAddOn] = field(default_factory=list)
    chosen_extras: list[OfferedAddOn] = field(default_factory=list)
    length: BookableVariant | None = None
    variant: ServiceVariant | None = None
    add_ons: list[AddOn] = field(default_factory=list)
    client: Client | None = None
    found: Sequence[Found] = ()
    authorisation: Authorisation | None = None
    counts: Counts = field(default_factory=Counts)
    offer: Offer = field(default_factory=Offer)
    days: list[tuple[date, list[Opening]]] = field(default_factory=list)
    has_more: bool = False

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


def booking_page(chosen: Chosen, actor: Actor) -> BookingPage:
    """Everything that can be chosen next, and the openings once service and length stand."""
    first = today(the_practice().zone)
    page = BookingPage(max(chosen.on or first, first))
    _put_client(page, chosen)
    offered = bookable_variants(page.on)
    page.services = {one.service_public_id: one.name for one in offered}
    page.extras = add_ons_on(page.on)
    page.chosen_extras = [one for one in page.extras if one.public_id in chosen.add_ons]
    page.lengths = [one for one in offered if one.service_public_id == chosen.service]
    page.length = _length(page.lengths, chosen.variant)
    if page.length is not None:
        _put_openings(page, page.length, chosen, actor)
    return page


def _length(lengths: list[BookableVariant], wanted: str) -> BookableVariant | None:
    by_id = {one.public_id: one for one in lengths}
    usual = next((one for one in lengths if one.minutes == USUAL), None)
    return by_id.get(wanted) or usual or (lengths[0] if lengths else None)


def _put_client(page: BookingPage, chosen: Chosen) -> None:
    if not chosen.client:
        page.found = found(chosen.who, FOUND) if chosen.who else ()
        return
    try:
        page.client = kept_record(the_client(chosen.client))
    except NotFound:
        return
    allowed = open_authorisations(page.client.id, page.on)
    counts = counted([one.id for one in allowed])
    for one in reversed(allowed):
        if counts[one.id].taken < one.visits or page.authorisation is None:
            page.authorisation, page.counts = one, counts[one.id]


def _put_openings(page: BookingPage, length: BookableVariant, chosen: Chosen, actor: Actor) -> None:
    page.variant = the_variant(length.public_id)
    page.add_ons = the_add_ons([one.public_id for one in page.chosen_extras])
    is_keeper = actor.may(Permission.SCHEDULE_WRITE)
    wish = Wish(
        page.variant,
        page.add_ons,
        page.on,
        client_id=page.client.id if page.client else None,
        part=chosen.part,
        gender=chosen.gender if not chosen.therapist else "",
        is_walk_in=is_keeper and chosen.source == WALK_IN,
    )
    offer = openings(wish)
    offer.able, offer.unable = _mine(offer.able, actor), _mine(offer.unable, actor)
    known = {one.public_id for one in offer.able if chosen.therapist in ("", one.public_id)}
    offer.openings = [one for one in offer.openings if one.therapist.public_id in known]
    page.offer = offer
    _put_days(page, is_all=chosen.is_all)


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
        page.days.append((day, sorted(kept, key=lambda one: (one.at, one.therapist.name))))
    if not is_all:
        page.has_more = page.has_more or len(page.days) > SHOWN
        del page.days[SHOWN:]


def _spread(times: list[Opening]) -> list[Opening]:
    """The best of a day, each hour of the clock at most once while there is choice."""
    kept: dict[int, Opening] = {}
    for one in times:
        kept.setdefault(one.at // 3600, one)
    return list(kept.values())[:SHOWN]


def after(page: BookingPage) -> date:
    """The first day of the next search."""
    return page.on + timedelta(days=14)
