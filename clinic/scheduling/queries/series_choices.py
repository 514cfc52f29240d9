"""What can be chosen of a new plan, and every date of it once enough is."""

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date

from sqlalchemy import select

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
from clinic.core.db import db
from clinic.core.errors import NotFound
from clinic.core.permissions import Actor, Permission
from clinic.practice.queries import the_practice
from clinic.scheduling.queries.counts import counted, may_go_over
from clinic.scheduling.queries.openings import Opening, Wish, next_free
from clinic.scheduling.queries.series import (
    LATER,
    SKIP,
    Asked,
    Authorised,
    Dated,
    allowed_to,
    authorised,
    ledger_of,
    propose,
)
from clinic.scheduling.rules.screening import is_treating
from clinic.scheduling.rules.series import Phase
from clinic.staff.models import StaffMember
from clinic.staff.queries import therapist_names

FOUND = 8
"""Clients that a search lists at most."""
USUAL = 60
"""The length that is chosen first, in minutes."""
BEGINNINGS = 4
"""Free times that are offered for the first visit."""


@dataclass(frozen=True, slots=True)
class Begun:
    """What has been chosen of a new plan so far, by public ids; any may be missing or wrong."""

    client: str = ""
    service: str = ""
    variant: str = ""
    add_ons: Collection[str] = ()
    therapist: str = ""
    who: str = ""
    phases: Sequence[Phase] = ()
    first_on: date | None = None
    wall: int | None = None
    use_referral: bool = False
    picks: Mapping[int, str] = field(default_factory=dict)
    is_nearest: bool = False


@dataclass(slots=True)
class SeriesChoices:
    """What can be chosen next, and every date of the plan once enough is."""

    may_any: bool = True
    """Whether anyone qualified may be asked for; who keeps their own days only may not."""
    client: Client | None = None
    found: Sequence[Found] = ()
    services: dict[str, str] = field(default_factory=dict)
    lengths: list[BookableVariant] = field(default_factory=list)
    length: BookableVariant | None = None
    extras: list[OfferedAddOn] = field(default_factory=list)
    chosen_extras: list[OfferedAddOn] = field(default_factory=list)
    therapists: list[tuple[str, str]] = field(default_factory=list)
    needs_referral: bool = False
    has_referral: bool = False
    left: int = 0
    """Authorised visits that are left on the first day of the plan."""
    authorised: list[Authorised] = field(default_factory=list)
    soon: list[Opening] = field(default_factory=list)
    """Times with which the plan could begin."""
    dates: list[Dated] = field(default_factory=list)

    @property
    def minutes(self) -> int:
        """The client's own time, add-ons included."""
        own = self.length.minutes if self.length else 0
        return own + sum(one.extra_minutes for one in self.chosen_extras)

    @property
    def price_minor(self) -> int:
        """What one visit costs on the first day, add-ons included."""
        own = self.length.price_minor if self.length else 0
        return own + sum(one.price_minor for one in self.chosen_extras)

    def count(self, what: str) -> int:
        """How many dates are to be booked ("book"), left for later or skipped."""
        kinds = Counter(one.pick if one.pick in (LATER, SKIP) else "book" for one in self.dates)
        return kinds[what]

    @property
    def needs_reason(self) -> bool:
        """Whether a date is stopped or held, so that a therapist's reason counts."""
        return any(one.needs_reason for one in self.dates)

    @property
    def clashes(self) -> int:
        """How many dates are not open as they were asked for, and have another time."""
        return sum(1 for one in self.dates if one.opening is None and one.instead)


def series_choices(begun: Begun, actor: Actor) -> SeriesChoices:
    """Everything that can be chosen next, and each date once who, what and when stand."""
    present = today(the_practice().zone)
    on = begun.first_on if begun.first_on and begun.first_on > present else present
    choices = SeriesChoices(may_any=actor.may(Permission.SCHEDULE_WRITE))
    _put_client(choices, begun, on)
    offered = bookable_variants(on)
    choices.services = {one.service_public_id: one.name for one in offered}
    choices.lengths = [one for one in offered if one.service_public_id == begun.service]
    choices.length = _length(choices.lengths, begun.variant)
    choices.extras = add_ons_on(on) if choices.length is not None else []
    choices.chosen_extras = [one for one in choices.extras if one.public_id in begun.add_ons]
    people = [(one.public_id, one.name) for one in db.session.execute(therapist_names())]
    choices.therapists = [one for one in people if choices.may_any or one[0] == actor.public_id]
    return choices


def put_dates(choices: SeriesChoices, begun: Begun, actor: Actor) -> None:
    """Every date with its own answer; without a first time, some to begin with."""
    if choices.length is None:
        return
    variant = the_variant(choices.length.public_id)
    choices.needs_referral = variant.service.needs_referral
    add_ons = the_add_ons([one.public_id for one in choices.chosen_extras])
    therapist_id = actor.id if not choices.may_any else _therapist_id(begun.therapist)
    zone = the_practice().zone
    if begun.first_on is None or begun.wall is None:
        person = choices.client.known_as if choices.client is not None else None
        wish = Wish(
            variant, add_ons, begun.first_on or today(zone), therapist_id=therapist_id,
            client_id=person, after=now(), is_treating=is_treating(actor),
        )  # fmt: skip
        choices.soon = _beginnings(wish)
        return
    if choices.client is None or not begun.phases or begun.first_on < today(zone):
        return
    asked = Asked(
        choices.client, variant, begun.phases, begun.first_on, begun.wall, therapist_id, add_ons,
        begun.use_referral, choices.may_any, is_treating(actor), may_go_over(actor),
    )  # fmt: skip
    choices.dates = propose(asked, begun.picks, is_nearest=begun.is_nearest)


def _beginnings(wish: Wish) -> list[Opening]:
    """The next free time of each of the next days that have one."""
    zone, found = the_practice().zone, dict[date, Opening]()
    for one in next_free(wish, 400):
        found.setdefault(local_day(one.starts_at, zone), one)
    return list(found.values())[:BEGINNINGS]


def _therapist_id(public_id: str) -> int | None:
    return db.session.scalar(select(StaffMember.id).where(StaffMember.public_id == public_id))


def _length(lengths: list[BookableVariant], wanted: str) -> BookableVariant | None:
    by_id = {one.public_id: one for one in lengths}
    usual = next((one for one in lengths if one.minutes == USUAL), None)
    return by_id.get(wanted) or usual or (lengths[0] if lengths else None)


def _put_client(choices: SeriesChoices, begun: Begun, on: date) -> None:
    if not begun.client:
        choices.found = found(begun.who, FOUND) if begun.who else ()
        return
    try:
        choices.client = kept_record(the_client(begun.client))
    except NotFound:
        return
    allowed = allowed_to(choices.client.known_as)
    choices.has_referral = bool(allowed)
    if allowed:
        counts = counted([one.id for one in allowed])
        choices.left = ledger_of(allowed, counts).look(on).left
        choices.authorised = authorised(allowed, counts)
