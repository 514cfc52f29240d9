"""What the page of one visit shows: where it stands, what can be done, what happened."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

from sqlalchemy import func, select
from sqlalchemy.orm import aliased

from clinic.catalogue.queries import (
    BookableVariant,
    OfferedAddOn,
    add_ons_on,
    bookable_variants,
)
from clinic.clients.models import Client
from clinic.core.clock import now, today
from clinic.core.db import db
from clinic.core.permissions import Actor, Permission
from clinic.practice.queries import the_practice
from clinic.referrals.models import Authorisation
from clinic.referrals.queries import open_authorisations
from clinic.referrals.rules import Counts, Window, window_of
from clinic.scheduling.models import Series, SeriesItem, Visit
from clinic.scheduling.queries.changes import Deed, history
from clinic.scheduling.queries.counts import counted
from clinic.scheduling.queries.openings import Opening, Wish, next_apart
from clinic.scheduling.queries.visits import equipment_of, fee_due, missed_by
from clinic.scheduling.rules import STANDING, is_near, verbs_from, ways
from clinic.scheduling.rules.screening import is_treating
from clinic.staff.queries import therapists

SOON = 5


@dataclass(frozen=True, slots=True)
class Quote:
    """What a choice comes to: minutes on the table, and the price in minor units."""

    name: str
    minutes: int
    price_minor: int


@dataclass(frozen=True, slots=True)
class InSeries:
    """Which visit of a series one is: ``number`` of ``count``."""

    series_id: str
    number: int
    count: int


@dataclass(slots=True)
class VisitPage:
    """One visit as a page shows it; ``may`` are the verbs this person can use now, and
    ``missed`` counts the client's late cancels and no-shows."""

    visit: Visit
    client: Client
    may: frozenset[str]
    corrections: tuple[str, ...]
    soon: list[Opening]
    deeds: list[Deed]
    therapists: list[tuple[str, str]]
    lengths: list[BookableVariant]
    extras: list[OfferedAddOn]
    missed: tuple[int, int] = (0, 0)
    equipment: Sequence[str] = ()
    in_series: InSeries | None = None
    counts: Counts = field(default_factory=Counts)
    """Visits used and booked of the authorisation that it counts against."""
    countable: Sequence[Authorisation] = ()
    """What it counts against, and what it could: for who may put that right."""

    @property
    def window(self) -> Window | None:
        """From when until when that authorisation lasts, as far as that can be told."""
        given = self.visit.authorisation
        return window_of(given) if given is not None else None

    @property
    def client_id(self) -> str:
        return self.client.public_id

    @property
    def version(self) -> int:
        return self.visit.version

    @property
    def on(self) -> date:
        return self.visit.on_date

    @property
    def wall(self) -> str:
        return self.visit.starts_at.astimezone(the_practice().zone).strftime("%H:%M")

    @property
    def therapist_id(self) -> str:
        return self.visit.therapist.public_id

    @property
    def price_minor(self) -> int:
        """All that was agreed on, add-ons included."""
        return self.visit.price_minor + sum(one.price_minor for one in self.visit.add_ons)

    def quote(self, variant_id: str | None, add_on_ids: Collection[str]) -> Quote | None:
        """What another service, length or add-ons would come to on the visit's day."""
        length = next((one for one in self.lengths if one.public_id == variant_id), None)
        if length is None:
            return None
        extras = [one for one in self.extras if one.public_id in add_on_ids]
        return Quote(
            length.name,
            length.minutes + sum(one.extra_minutes for one in extras),
            length.price_minor + sum(one.price_minor for one in extras),
        )

    @property
    def sizes(self) -> list[tuple[int, int]]:
        """The lengths of the same service, add-ons included, each with its whole price."""
        extra = sum(one.extra_minutes for one in self.visit.add_ons)
        agreed = sum(one.price_minor for one in self.visit.add_ons)
        return [
            (one.minutes + extra, one.price_minor + agreed)
            for one in self.lengths
            if one.service_id == self.visit.variant.service_id
        ]

    @property
    def free_until(self) -> datetime:
        """Until when the client may cancel freely."""
        return self.visit.starts_at - timedelta(hours=self.visit.cut_off_hours)

    @property
    def is_late_now(self) -> bool:
        """Whether what the client cancels now is cancelled late."""
        return now() > self.free_until

    @property
    def fee_due(self) -> int:
        """What can be charged for a late cancel or a missed visit, in minor units."""
        return fee_due(self.visit)

    @property
    def state(self) -> str:
        """The state as it is drawn: a booked visit that was confirmed is so shown."""
        is_confirmed = self.visit.status == "booked" and self.visit.confirmed_at is not None
        return "confirmed" if is_confirmed else self.visit.status


def visit_page(visit: Visit, actor: Actor) -> VisitPage:
    """The page for one person: what they may not do is not among what they may."""
    may = allowed(visit, actor)
    return VisitPage(
        visit=visit,
        client=visit.client,
        may=may,
        corrections=ways(visit.status, "correct") if "correct" in may else (),
        soon=_soon(visit, actor) if "move" in may else [],
        deeds=history(visit),
        therapists=_therapists(visit, actor),
        lengths=bookable_variants(visit.on_date) if "change_service" in may else [],
        extras=add_ons_on(visit.on_date) if "change_service" in may else [],
        missed=missed_by(visit.client.known_as),
        equipment=equipment_of(visit),
        in_series=_in_series(visit) if visit.source == "series" else None,
        counts=_counts(visit),
        countable=_countable(visit, actor),
    )


def _counts(visit: Visit) -> Counts:
    number = visit.authorisation_id
    return counted([number])[number] if number is not None else Counts()


def _countable(visit: Visit, actor: Actor) -> Sequence[Authorisation]:
    is_own = actor.may(Permission.SCHEDULE_WRITE) or actor.id == visit.therapist_id
    if visit.status not in STANDING or not (is_own and actor.may(Permission.REFERRALS_WRITE)):
        return ()
    found, own = open_authorisations(visit.client_id, visit.on_date), visit.authorisation
    return found if own is None or own in found else [own, *found]


def visit_beside(visit: Visit, actor: Actor) -> VisitPage:
    """The same for a panel beside the board: without what only the forms of a page ask, and
    the lengths are those of the visit's own service."""
    may = allowed(visit, actor)
    service_id = visit.variant.service_id
    return VisitPage(
        visit=visit,
        client=visit.client,
        may=may,
        corrections=(),
        soon=_soon(visit, actor) if "move" in may else [],
        deeds=history(visit),
        therapists=[],
        lengths=bookable_variants(visit.on_date, service_id) if "resize" in may else [],
        extras=[],
    )


def allowed(visit: Visit, actor: Actor) -> frozenset[str]:
    """The verbs that this person can use on this visit now."""
    verbs = verbs_from(visit.status) | ({"settle_fee"} if fee_due(visit) else set())
    is_own = actor.id == visit.therapist_id
    if not actor.may(Permission.SCHEDULE_CORRECT):
        verbs -= {"correct"}
    if not (is_own and actor.may(Permission.VISITS_TREAT)):
        verbs -= {"start", "finish"}
    may_own = is_own and actor.may(Permission.SCHEDULE_OWN)
    if not (may_own or actor.may(Permission.SCHEDULE_WRITE)):
        verbs &= {"correct"}
    return verbs - _too_early(visit)


def _too_early(visit: Visit) -> frozenset[str]:
    """What the clock does not allow yet, or no more."""
    practice, not_now = the_practice(), set[str]()
    day = today(practice.zone)
    if not is_near(visit.on_date, day):
        not_now.add("check_in")
    if now() < visit.starts_at + timedelta(minutes=practice.no_show_grace):
        not_now.add("mark_no_show")
    if visit.on_date != day:
        not_now.add("reopen")
    if visit.on_date < day and visit.held_slot_id is None:
        not_now.add("undo")
    return frozenset(not_now)


def _in_series(visit: Visit) -> InSeries | None:
    each = aliased(SeriesItem)
    count = select(func.count(each.id)).where(each.series_id == SeriesItem.series_id)
    row = db.session.execute(
        select(Series.public_id, SeriesItem.number, count.scalar_subquery())
        .join(Series, Series.id == SeriesItem.series_id)
        .where(SeriesItem.visit_id == visit.id)
    ).first()
    return None if row is None else InSeries(*row)


def _soon(visit: Visit, actor: Actor) -> list[Opening]:
    """The next free times to which it could go, on this day and the days after it."""
    is_keeper = actor.may(Permission.SCHEDULE_WRITE)
    present = now()
    wish = Wish(
        visit.variant,
        [one.add_on for one in visit.add_ons],
        max(visit.on_date, today(the_practice().zone)),
        days=7,
        therapist_id=None if is_keeper else actor.id,
        client_id=visit.client.known_as,
        move=visit,
        after=max(present, visit.starts_at + timedelta(minutes=1)),
        is_treating=is_treating(actor),
    )
    return next_apart(wish, SOON, visit.therapist_id)


def _therapists(visit: Visit, actor: Actor) -> list[tuple[str, str]]:
    if not actor.may(Permission.SCHEDULE_WRITE):
        return [(visit.therapist.public_id, visit.therapist.name)]
    present = [(one.public_id, one.name) for one in db.session.scalars(therapists())]
    own = (visit.therapist.public_id, visit.therapist.name)
    return present if own in present else [own, *present]
