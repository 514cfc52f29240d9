"""How far a plan has come: its visits one by one, and the plans of a client in a line each."""

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import or_, select
from sqlalchemy.orm import joinedload, selectinload

from clinic.audit.models import ChangeEntry
from clinic.catalogue.models import ServiceVariant
from clinic.clients.queries import is_of_person
from clinic.core.clock import from_epoch, local_day, now, today
from clinic.core.db import db
from clinic.core.errors import NotFound
from clinic.core.permissions import Actor, Permission
from clinic.core.words import Words, say
from clinic.practice.queries import the_practice
from clinic.scheduling.models import Series, SeriesItem, Visit, VisitVerdict
from clinic.scheduling.queries.openings import Offer, Opening, Wish, openings
from clinic.scheduling.queries.screens import screen_of
from clinic.scheduling.rules.screening import codes_of, is_treating, phrases
from clinic.scheduling.rules.series import (
    PLANNED_MOST,
    Phase,
    about,
    name_of,
    state_of_item,
)
from clinic.staff.models import StaffMember
from clinic.staff.queries import names_of
from clinic.timetable.models import Place, Room, Slot

AROUND = 3
"""Days before and after a planned date among which another time is looked for."""
TIMES = 9
A_DAY = 3
"""Times of one day that are named at most."""
DEEDS = {
    "scheduling.plan_series": say("Planned"),
    "scheduling.book_item": say("A visit booked"),
    "scheduling.skip_item": say("A visit skipped"),
    "scheduling.take_up_item": say("A skipped visit taken up again"),
    "scheduling.extend_series": say("Visits added"),
    "scheduling.end_series": say("Ended"),
}
"""What the change log calls a verb, in words."""


@dataclass(frozen=True, slots=True)
class ItemLine:
    """One visit of a plan: when it was planned, where it stands, and its visit if it has one."""

    public_id: str
    number: int
    planned_on: date
    version: int
    state: str
    visit_id: str | None
    visit_status: str | None
    starts_at: datetime | None
    therapist: str
    room: str
    effects: tuple[Words, ...] = ()
    """What the gate asks for, of a visit to come."""


@dataclass(slots=True)
class SeriesPage:
    """One plan as a page shows it."""

    series: Series
    name: Words
    items: list[ItemLine]
    may_change: bool
    deeds: list[tuple[Words, str, datetime]]
    finding: ItemLine | None = None
    times: list[Opening] = field(default_factory=list)
    needs_reason: bool = False
    """Whether the visit that is looked for is stopped or held, so that a reason counts."""
    refused: Words | None = None
    """Why health refuses every day around it."""

    def count(self, state: str) -> int:
        """How many of its visits are in a state."""
        return sum(1 for one in self.items if one.state == state)

    @property
    def wall(self) -> str:
        """``09:30``: the hour of the plan."""
        return "{:02d}:{:02d}".format(*divmod(self.series.wall, 60))


def the_series(public_id: str) -> Series:
    """Raises NotFound."""
    series = db.session.scalar(
        select(Series)
        .options(joinedload(Series.authorisation), selectinload(Series.phases))
        .where(Series.public_id == public_id)
    )
    if series is None:
        raise NotFound
    return series


def the_item(public_id: str, number: int) -> SeriesItem:
    """One visit of a plan. Raises NotFound."""
    if number > PLANNED_MOST:
        raise NotFound
    item = db.session.scalar(
        select(SeriesItem)
        .join(SeriesItem.series)
        .where(Series.public_id == public_id, SeriesItem.number == number)
    )
    if item is None:
        raise NotFound
    return item


def series_page(series: Series, actor: Actor, finding: int | None = None) -> SeriesPage:
    """A plan with its visits; ``finding`` is the number of one for which times are looked for."""
    items = _items(series)
    is_own = actor.id is not None and series.therapist_id == actor.id
    page = SeriesPage(
        series=series,
        name=name_of([Phase(one.every_days, one.visits) for one in series.phases]),
        items=items,
        may_change=actor.may(Permission.SCHEDULE_WRITE)
        or (is_own and actor.may(Permission.SCHEDULE_OWN)),
        deeds=_deeds(series, items),
    )
    wanted = next((one for one in items if one.number == finding), None)
    if wanted is not None and page.may_change and wanted.state in ("to_book", "skipped"):
        page.finding = wanted
        offer = _offer(series, wanted, actor)
        page.times, page.refused = _nearest(offer.openings, series, wanted), offer.refused
        case = screen_of(series.client.known_as).verdict(wanted.planned_on)
        page.needs_reason = case.is_stopped or case.is_held
    return page


_ITEMS = (
    select(
        SeriesItem.series_id, SeriesItem.public_id, SeriesItem.number, SeriesItem.planned_on,
        SeriesItem.version, SeriesItem.is_skipped, Visit.public_id.label("visit_id"), Visit.status,
        Visit.held_slot_id, Slot.starts_s, StaffMember.name.label("therapist"),
        Room.name.label("room"), VisitVerdict.effects, Series.status.label("series_status"),
    )
    .join(Series, Series.id == SeriesItem.series_id)
    .outerjoin(Visit, Visit.id == SeriesItem.visit_id)
    .outerjoin(VisitVerdict, VisitVerdict.id == Visit.verdict_id)
    .outerjoin(Slot, Slot.id == Visit.slot_id)
    .outerjoin(StaffMember, StaffMember.id == Visit.therapist_id)
    .outerjoin(Place, Place.id == Visit.place_id)
    .outerjoin(Room, Room.id == Place.room_id)
    .order_by(SeriesItem.series_id, SeriesItem.number)
)  # fmt: skip


def _items(series: Series) -> list[ItemLine]:
    rows = db.session.execute(_ITEMS.where(SeriesItem.series_id == series.id))
    return [_line(row) for row in rows]


def _state(row: Any) -> str:
    return state_of_item(
        status=row.status,
        is_standing=row.held_slot_id is not None,
        is_skipped=row.is_skipped,
        is_over=row.series_status == "ended",
    )


def _line(row: Any) -> ItemLine:
    return ItemLine(
        row.public_id, row.number, row.planned_on, row.version, _state(row), row.visit_id,
        row.status, from_epoch(row.starts_s) if row.starts_s is not None else None,
        row.therapist or "", row.room or "",
        _effects(row),
    )  # fmt: skip


def _effects(row: Any) -> tuple[Words, ...]:
    if _state(row) != "booked":
        return ()
    return phrases(codes_of(row.effects or ""))


def _offer(series: Series, item: ItemLine, actor: Actor) -> Offer:
    """What is open around the planned date; of the past, from now."""
    zone = the_practice().zone
    on = max(item.planned_on, today(zone))
    may_any = actor.may(Permission.SCHEDULE_WRITE)
    wish = Wish(
        series.variant,
        [one.add_on for one in series.add_ons],
        max(on - timedelta(days=AROUND), today(zone)),
        days=2 * AROUND + 1,
        therapist_id=series.therapist_id if may_any else actor.id,
        client_id=series.client.known_as,
        after=now(),
        is_treating=is_treating(actor),
    )
    return openings(wish)


def _nearest(found: list[Opening], series: Series, item: ItemLine) -> list[Opening]:
    """Those nearest to the plan's hour, on days without another visit of the plan."""
    zone = the_practice().zone
    on = max(item.planned_on, today(zone))
    others = {local_day(one.starts_at, zone) for one in _standing(series) if one.starts_at}
    wanted = about(on, series.wall, zone).timestamp()
    free = [one for one in found if local_day(one.starts_at, zone) not in others]
    nearest: dict[int, Opening] = {}
    of_day: Counter[date] = Counter()
    for one in sorted(free, key=lambda one: (abs(one.at - wanted), one.at, one.waste)):
        day = local_day(one.starts_at, zone)
        if one.at not in nearest and of_day[day] < A_DAY:
            nearest[one.at] = one
            of_day[day] += 1
    return sorted(list(nearest.values())[:TIMES], key=lambda one: one.at)


def _standing(series: Series) -> list[ItemLine]:
    return [one for one in _items(series) if one.state in ("booked", "done")]


def _deeds(series: Series, items: Sequence[ItemLine]) -> list[tuple[Words, str, datetime]]:
    """Who did what and when, latest first; each deed once, however much it wrote."""
    entries = db.session.execute(
        select(ChangeEntry.verb, ChangeEntry.actor_id, ChangeEntry.at)
        .where(
            or_(
                (ChangeEntry.object_table == "series")
                & (ChangeEntry.object_id == series.public_id),
                (ChangeEntry.object_table == "series_item")
                & ChangeEntry.object_id.in_([one.public_id for one in items]),
            ),
            ChangeEntry.verb.in_(DEEDS),
        )
        .order_by(ChangeEntry.seq.desc())
    ).all()
    names = names_of([one.actor_id for one in entries if one.actor_id is not None])
    once = dict.fromkeys((one.verb, one.actor_id, one.at) for one in entries)
    return [(DEEDS[verb], names.get(actor_id or 0, ""), at) for verb, actor_id, at in once]


# ---- the plans of a client


@dataclass(frozen=True, slots=True)
class SeriesLine:
    """A plan as the client's page lists it."""

    public_id: str
    name: Words
    service: str
    is_ended: bool
    done: int
    booked: int
    to_book: int


def series_of(person_id: int) -> list[SeriesLine]:
    """The plans of a person, whichever of their records they were made with: three queries."""
    plans = db.session.scalars(
        select(Series)
        .options(
            selectinload(Series.phases),
            joinedload(Series.variant).joinedload(ServiceVariant.service),
        )
        .where(is_of_person(Series.client_id, person_id))
        .order_by(Series.status, Series.first_on.desc(), Series.id.desc())
    ).all()
    counts: dict[int, Counter[str]] = defaultdict(Counter)
    for row in db.session.execute(
        _ITEMS.where(SeriesItem.series_id.in_([one.id for one in plans]))
    ):
        counts[row.series_id][_state(row)] += 1
    return [
        SeriesLine(
            one.public_id,
            name_of([Phase(step.every_days, step.visits) for step in one.phases]),
            one.variant.service.name,
            one.status == "ended",
            *(counts[one.id][state] for state in ("done", "booked", "to_book")),
        )
        for one in plans
    ]
