"""The ground of a search: what stands still, what is taken, and both together day by day."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta

from clinic.core.clock import epoch, now, today
from clinic.core.db import db
from clinic.core.words import Words
from clinic.practice.queries import the_practice
from clinic.practice.rules import Practice
from clinic.scheduling.queries.screens import screened_days
from clinic.scheduling.queries.still import Still, read_still
from clinic.scheduling.queries.taken import CLIENT, EQUIPMENT, PLACE, STAFF, Taken, read_taken
from clinic.scheduling.queries.wishes import Opening, Person, Table, Wish
from clinic.scheduling.rules import (
    PARTS,
    Bits,
    Block,
    DayGround,
    earliest_start,
    grid_minutes,
    is_within_load,
    open_starts,
    runs,
    stretch,
)
from clinic.scheduling.rules.screening import CLEAR, Screened, reason_from_text, refusal
from clinic.timetable.rules import day_of, minutes_on, wall_second


@dataclass(slots=True)
class Day:
    """One day of a search: who comes into question, and what is free."""

    on: date
    begin: int
    length: int
    people: list[Person]
    ground: DayGround
    tables: list[tuple[Table, Bits]] = field(default_factory=list)
    """Where it can be, with the minutes from which on it is free for the whole visit."""
    rooms: dict[int, int] = field(default_factory=dict)
    """The place of each slot."""

    @property
    def end(self) -> int:
        return self.begin + self.length * 60


@dataclass(slots=True)
class Ground:
    """All that a search knows. Two queries read it, however long it is."""

    wish: Wish
    still: Still
    taken: Taken
    needed: frozenset[str]
    kinds: list[int]
    tables: list[Table]
    block: Block
    earliest: int
    practice: Practice
    screened: Mapping[date, Screened] = field(default_factory=dict)
    """What is known of the client's health does to each day, where there is a client."""
    days: dict[date, Day] = field(default_factory=dict)

    def is_asked(self, person: Person) -> bool:
        """Whether the wish is for them, or for anybody like them."""
        wish = self.wish
        if wish.therapist_id is not None:
            return person.id == wish.therapist_id
        return not wish.gender or person.gender == wish.gender

    def is_sold(self, on: date) -> bool:
        """Whether all of it is offered, with a price on a day. A visit that only moves keeps
        what it was booked with."""
        wish = self.wish
        return wish.has_its_price or (
            wish.is_offered and self.still.is_priced([one.id for one in wish.add_ons], on)
        )

    def screening(self, on: date) -> Screened:
        """What health says of a day; nothing where there is no client."""
        return self.screened.get(on, CLEAR)

    def needed_on(self, on: date) -> frozenset[str]:
        """What a therapist has to hold on a day, for the service and for this client."""
        return self.needed | self.screening(on).needed

    def health_refuses(self, on: date) -> Words | None:
        """Why health refuses a day to whoever asks, as booking says it."""
        case = self.screening(on)
        is_excused = case.is_stopped and self._is_excused(case)
        refused = refusal(case, is_treating=self.wish.is_treating, is_excused=is_excused)
        # Who treats may say why: the day is open to them.
        return refused[0] if refused and refused[1] != "override_why" else None

    def _is_excused(self, case: Screened) -> bool:
        """Whether a therapist gave a reason for exactly this, for the visit that moves."""
        move = self.wish.move
        if move is None or not self.wish.has_its_price or not move.verdict.why_sealed:
            return False
        return reason_from_text(move.verdict.why)[1] == case.mark

    def free(self, what: int, number: int, day: Day) -> Bits:
        """The minutes of a day in which nothing takes it."""
        every = stretch(0, day.length)
        return every & ~self.taken.minutes(what, number, day.begin, day.length)

    def worked(self, person: Person, day: Day) -> Bits:
        """The minutes that somebody works."""
        return minutes_on(day.on, self.still.minutes_worked(person.id, day.on), self.practice.zone)

    def limit_of(self, person: Person) -> int:
        """Minutes that somebody treats in a day at most."""
        own = person.hands_on_limit
        return self.practice.hands_on_limit if own is None else own

    def bears(self, person: Person, day: Day) -> bool:
        """Whether this is not too much for somebody's day."""
        load = self.taken.load(person.id, day.begin, day.end)
        percent = self.wish.variant.service.hands_on_percent
        return is_within_load(load, self.wish.minutes, percent, self.limit_of(person))

    def on(self, on: date, people: Sequence[Person]) -> Day:
        """A day with these people, as far as they can give the service and work on it."""
        if on not in self.days:
            self.days[on] = self._laid(on, people)
        return self.days[on]

    def _laid(self, on: date, people: Sequence[Person]) -> Day:
        begin, end, _ = day_of(on, self.practice.zone)
        day = Day(on, begin, (end - begin) // 60, [], DayGround(0, [], [], 0))
        free: list[Bits] = []
        needed = self.needed_on(on)
        is_open = self.is_sold(on) and self.health_refuses(on) is None
        for person in people if is_open else ():
            worked = self.worked(person, day) if person.is_able(needed, on) else 0
            if worked and self.bears(person, day):
                day.people.append(person)
                free.append(worked & self.free(STAFF, person.id, day))
        if free:
            tables = [self.free(PLACE, one.id, day) for one in self.tables]
            whole = self.block.whole
            day.tables = [
                (table, runs(one, whole)) for table, one in zip(self.tables, tables, strict=True)
            ]
            day.ground = DayGround(
                starts=self.starts(day),
                people=free,
                tables=tables,
                client=self.free(CLIENT, 0, day),
                kinds=[
                    [self.free(EQUIPMENT, piece, day) for piece in self.still.pieces.get(kind, ())]
                    for kind in self.kinds
                ],
            )
        return day

    def starts(self, day: Day) -> Bits:
        """The minutes of the grid that are neither past nor too soon."""
        practice = self.practice
        grid = grid_minutes(day.on, practice.zone, practice.slot_grid)
        first = -((day.begin - self.earliest) // 60)
        return grid & stretch(first, day.length) if first > 0 else grid

    def wished(self, day: Day) -> Bits:
        """The minutes of a day at which the wish wants to begin."""
        wish, zone = self.wish, self.practice.zone
        first, end = day.begin, day.end
        if wish.part in PARTS:
            first, end = (wall_second(day.on, minute, zone) for minute in PARTS[wish.part])
        if wish.after_wall > 0:
            first = max(first, wall_second(day.on, wish.after_wall, zone))
        if wish.after is not None:
            first = max(first, epoch(wish.after))
        if wish.before is not None:
            end = min(end, epoch(wish.before))
        return stretch(
            max(-((day.begin - first) // 60), 0), min(-((day.begin - end) // 60), day.length)
        )

    def openings(self, day: Day, starts: Bits) -> Iterator[Opening]:
        """What is open on a day among these minutes, what wastes least first."""
        ground = day.ground
        narrowed = DayGround(
            ground.starts & starts, ground.people, ground.tables, ground.client, ground.kinds
        )
        orders: dict[int, list[tuple[Table, Bits]]] = {}
        before, begin, people = self.block.before, day.begin, day.people
        for minute, waste, number in open_starts(narrowed, self.block):
            if number not in orders:
                orders[number] = self._in_order(day, people[number])
            for table, begins in orders[number]:
                if begins >> (minute - before) & 1:
                    yield Opening(begin + minute * 60, waste, people[number], table)
                    break

    def _in_order(self, day: Day, person: Person) -> list[tuple[Table, Bits]]:
        """Tables as they are tried: the visit's own, then where they treat that day anyway."""
        if not day.rooms:
            day.rooms = {
                slot: table.id
                for table in self.tables
                for slot in self.taken.slots(PLACE, table.id, day.begin, day.end)
            }
        slots = self.taken.slots(STAFF, person.id, day.begin, day.end)
        used = [day.rooms[slot] for slot in slots if slot in day.rooms]
        move = self.wish.move
        own = move.place_id if move is not None else None
        if not used and own is None:
            return day.tables
        return sorted(day.tables, key=lambda pair: (pair[0].id != own, -used.count(pair[0].id)))


def span_of(wish: Wish) -> tuple[date, date]:
    """The first and the last day of a wish that can be booked; the last before the first
    where there is none. Any date may be wished, also the last of all."""
    practice = the_practice()
    this_day = today(practice.zone)
    horizon = this_day + timedelta(days=practice.horizon)
    if wish.since > horizon:
        return horizon, horizon - timedelta(days=1)
    first = max(wish.since, this_day)
    last = min(wish.since.toordinal() + wish.days, horizon.toordinal() + 1) - 1
    return first, date.fromordinal(max(last, first.toordinal() - 1))


def read_ground(wish: Wish, first: date, last: date) -> Ground:
    """Two queries: what stands still, and what is taken from one day until another; and one
    more for a client, of whose health something may be known."""
    practice, service = the_practice(), wish.variant.service
    db.session.flush()  # what this piece of work has changed counts as well
    still = read_still(wish.variant, first, last)
    begin, end = day_of(first, practice.zone)[0], day_of(last, practice.zone)[1]
    taken = read_taken(begin, end, wish.client_id or 0, _own_slots(wish))
    lead = 0 if wish.move is not None else practice.min_lead
    codes = {one.qualification.code for one in wish.add_ons if one.qualification is not None}
    kinds = {one.equipment_kind_id for one in wish.add_ons if one.equipment_kind_id is not None}
    return Ground(
        wish=wish,
        still=still,
        taken=taken,
        needed=still.needed | codes,
        kinds=sorted((kinds & still.named.keys()) | still.kinds.keys()),
        tables=_tables(wish, still),
        block=Block(wish.minutes, service.buffer_before, service.buffer_after, still.shortest),
        earliest=earliest_start(now(), practice.zone, lead, is_walk_in=wish.is_walk_in),
        practice=practice,
        screened=_screened(wish, still, first, last),
    )


def _screened(wish: Wish, still: Still, first: date, last: date) -> Mapping[date, Screened]:
    if wish.client_id is None:
        return {}
    extra = frozenset(one.technique.code for one in wish.add_ons if one.technique is not None)
    return screened_days(wish.client_id, first, last, still.primary, extra)


def _tables(wish: Wish, still: Still) -> list[Table]:
    """Where it can be given: a visit that moves may stay in a room that is in use no more."""
    own = wish.move.place_id if wish.move is not None else None
    tables = still.tables + [one for one in still.idle if one.id == own]
    return [one for one in tables if wish.place_id in (None, one.id)]


def _own_slots(wish: Wish) -> list[int]:
    """What the wish has already, and would give up for another time."""
    of_visit = [wish.move.slot_id] if wish.move is not None else []
    return of_visit + ([wish.hold.slot_id] if wish.hold is not None else [])
