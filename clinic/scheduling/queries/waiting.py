"""Whom a time that came free would suit.

``matches_of`` asks eight queries at most, however many wait (the entries, referrals about
to end where any counts against one, what the people have then, who said no, and four for
what is known of their health) and the
search for openings once for each length that somebody waits for.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta

from sqlalchemy import func, or_, select

from clinic.catalogue.models import ServiceVariant
from clinic.clients.models import Client
from clinic.core.clock import epoch, from_epoch, local_day, now
from clinic.core.db import db
from clinic.core.words import Words
from clinic.practice.queries import the_practice
from clinic.scheduling.models import WaitlistEntry, WaitlistOffer
from clinic.scheduling.queries.openings import Opening, Person, Wish, openings
from clinic.scheduling.queries.waitlist import Line, lines
from clinic.scheduling.queries.waitlist_screened import Screens
from clinic.scheduling.rules import Span
from clinic.scheduling.rules.screening import codes_of, phrases
from clinic.scheduling.rules.waiting import WAITING, best_start, is_wanted_day, suits
from clinic.staff.models import StaffMember
from clinic.timetable.models import Occupancy, Resource, Slot
from clinic.timetable.rules import union

_REACH = 60 * 3600
"""Seconds: nothing that began further back could still be going on."""


@dataclass(frozen=True, slots=True)
class Gap:
    """Time of one therapist that came free."""

    therapist_id: int
    starts_at: datetime
    ends_at: datetime

    @property
    def span(self) -> Span:
        return (epoch(self.starts_at), epoch(self.ends_at))


@dataclass(frozen=True, slots=True)
class Match:
    """A time inside a gap that suits somebody, and the seconds of the gap that remain.

    ``has_refused`` says that they declined this very time, or let it lapse.
    """

    line: Line
    starts_at: datetime
    therapist: Person
    before: int
    after: int
    has_refused: bool = False
    effects: tuple[Words, ...] = ()
    """What the gate asks for, in words fit for the desk."""

    @property
    def ends_at(self) -> datetime:
        return self.starts_at + timedelta(minutes=self.line.variant.minutes)


# ---- whom a gap suits


def matches(therapist: StaffMember, starts_at: datetime, ends_at: datetime) -> list[Match]:
    """Whom the time of one therapist would suit, who comes first on top."""
    return matches_of([Gap(therapist.id, starts_at, ends_at)])[0]


def matches_of(gaps: Sequence[Gap], *, is_treating: bool = False) -> list[list[Match]]:
    """For each gap whom it would suit, ranked; who has said no to a time comes last.

    ``is_treating`` says that who asks treats, and so may book with a reason what is stopped.
    """
    if not gaps:
        return []
    zone = the_practice().zone
    days = [local_day(gap.starts_at, zone) for gap in gaps]
    waiting = [one for one in _waiting(min(days), max(days)) if one.refused is None]
    if not waiting:
        return [[] for _ in gaps]
    open_by_variant = _openings({one.variant.id: one.variant for one in waiting}, gaps, days)
    begin, end = min(gap.span[0] for gap in gaps), max(gap.span[1] for gap in gaps)
    taken = _taken({one.person_id for one in waiting}, begin, end)
    refused = _refused(from_epoch(begin), from_epoch(end))
    screens = Screens(waiting, is_treating=is_treating)
    return [_matches(gap, waiting, open_by_variant, taken, refused, screens) for gap in gaps]


def _waiting(first: date, last: date) -> list[Line]:
    return lines(
        WaitlistEntry.status == WAITING,
        WaitlistEntry.earliest <= last,
        WaitlistEntry.latest >= first,
    )


def _openings(
    variants: Mapping[int, ServiceVariant], gaps: Sequence[Gap], days: Sequence[date]
) -> dict[int, dict[int, list[Opening]]]:
    """The open times of each length by therapist, in the days of the gaps."""
    people = {gap.therapist_id for gap in gaps}
    only = next(iter(people)) if len(people) == 1 else None
    number = (max(days) - min(days)).days + 1
    found: dict[int, dict[int, list[Opening]]] = {}
    for variant in variants.values():
        wish = Wish(variant, (), min(days), days=number, therapist_id=only)
        by_person: dict[int, list[Opening]] = defaultdict(list)
        for one in openings(wish).openings:
            by_person[one.therapist.id].append(one)
        found[variant.id] = by_person
    return found


def _taken(person_ids: Collection[int], begin: int, end: int) -> dict[int, list[Span]]:
    """What these people have themselves between two seconds, under any of their records."""
    of = func.coalesce(Client.person_id, Client.id)
    found: dict[int, list[Span]] = defaultdict(list)
    rows = db.session.execute(
        select(of, Occupancy.starts_s, Occupancy.ends_s)
        .select_from(Occupancy)
        .join(Resource, Resource.id == Occupancy.resource_id)
        .join(Client, Client.id == Resource.client_id)
        .join(Slot, Slot.id == Occupancy.slot_id)
        .where(
            or_(Client.id.in_(person_ids), Client.person_id.in_(person_ids)),
            Occupancy.starts_s.between(begin - _REACH, end + _REACH),
            Occupancy.ends_s > begin,
            or_(Slot.expires_at.is_(None), Slot.expires_at > now()),
        )
    )
    for person_id, starts_s, ends_s in rows:
        found[person_id].append((starts_s, ends_s))
    return {person_id: union(spans) for person_id, spans in found.items()}


def _refused(begin: datetime, end: datetime) -> set[tuple[int, int, int]]:
    """Which entries said no to which times: entry, therapist, second."""
    rows = db.session.execute(
        select(WaitlistOffer.entry_id, WaitlistOffer.therapist_id, WaitlistOffer.starts_at).where(
            WaitlistOffer.status.in_(("declined", "expired")),
            WaitlistOffer.starts_at.between(begin, end),
        )
    )
    return {(row[0], row[1], epoch(row[2])) for row in rows}


def _matches(
    gap: Gap,
    waiting: Iterable[Line],
    open_by_variant: Mapping[int, Mapping[int, list[Opening]]],
    taken: Mapping[int, list[Span]],
    refused: Collection[tuple[int, int, int]],
    screens: Screens,
) -> list[Match]:
    found = []
    for line in waiting:
        times = open_by_variant[line.variant.id].get(gap.therapist_id, [])
        match = _match(gap, line, times, taken.get(line.person_id, []), screens)
        if match is not None:
            said_no = (line.wanted.id, gap.therapist_id, epoch(match.starts_at)) in refused
            found.append(replace(match, has_refused=said_no))
    return sorted(found, key=lambda one: one.has_refused)  # the rank stays: sorting is stable


def _match(
    gap: Gap, line: Line, times: list[Opening], taken: list[Span], screens: Screens
) -> Match | None:
    at, zone, seconds = now(), the_practice().zone, line.variant.minutes * 60
    fitting = [
        one
        for one in times
        if gap.span[0] <= one.at < gap.span[1]
        and suits(line.wanted, one.starts_at, gap.therapist_id, one.therapist.gender, at, zone)
        and not any(begins < one.at + seconds and one.at < ends for begins, ends in taken)
    ]
    best = best_start([(one.waste, one.at) for one in fitting], gap.span, seconds)
    if best is None:
        return None
    person, on = fitting[0].therapist, local_day(from_epoch(best[0]), zone)
    case = screens.of(line, on)
    if case is None or not person.is_able(case.needed, on):
        return None
    effects = phrases(codes_of(case.told()))
    return Match(line, from_epoch(best[0]), person, best[1], best[2], effects=effects)


# ---- how many


def count_matching(gaps: Sequence[Gap]) -> list[int]:
    """How many people each gap may suit: at most three queries, however many gaps.

    Nobody's own visits are asked for, nor rooms and qualifications: ``matches`` does that.
    """
    if not gaps:
        return []
    zone = the_practice().zone
    days = [local_day(gap.starts_at, zone) for gap in gaps]
    waiting = [one for one in _waiting(min(days), max(days)) if one.refused is None]
    if not waiting:
        return [0 for _ in gaps]
    people = select(StaffMember.id, StaffMember.gender)
    rows = db.session.execute(people.where(StaffMember.id.in_({gap.therapist_id for gap in gaps})))
    genders = {row.id: row.gender for row in rows}
    return [
        sum(_may_fit(gap, line, genders.get(gap.therapist_id, "")) for line in waiting)
        for gap in gaps
    ]


def counts_for(gaps: Mapping[str, Gap]) -> dict[str, int]:
    """The same by whatever the gaps are called, such as the visit that left each."""
    return dict(zip(gaps, count_matching(list(gaps.values())), strict=True))


def _may_fit(gap: Gap, line: Line, gender: str) -> bool:
    practice, at = the_practice(), now()
    first, end = gap.span
    return any(
        suits(line.wanted, from_epoch(second), gap.therapist_id, gender, at, practice.zone)
        for second in range(first, end - line.variant.minutes * 60 + 1, practice.slot_grid * 60)
    )


def waiting_for_day(on: date) -> int:
    """How many wait for a day, whatever is free on it."""
    return sum(is_wanted_day(one.wanted, on) for one in _waiting(on, on))
