"""The board as the page's script takes it: JSON text with the clinic's wall times.

The same text serves whoever may move the same visits; what one person alone is told
(which of the holds are theirs) is put in last.
"""

import json
from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from functools import lru_cache
from hashlib import blake2b
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from clinic.desk.queries.board import Board, BoardPerson
from clinic.desk.rules import effects_said, is_fee_open, tint
from clinic.practice.queries import the_practice
from clinic.scheduling.rules import BEARING, FREED, ways
from clinic.timetable.rules import MINUTE, Interval, clip, minus, wall_second
from clinic.web.wording import gettext, hue, initials, locale, spoken
from clinic.web.wording import lazy_gettext as _l

_PLAIN = (8 * 60, 18 * 60)
"""Minutes after midnight that are shown of days on which there is nothing."""
_AWAY = {
    "vacation": _l("Vacation"),
    "sick": _l("Sick"),
    "training": _l("Training"),
    "meeting": _l("Meeting"),
    "break": _l("Break"),
    "other": _l("Away"),
    "closed": _l("Closed"),
}
_NOTES = {
    "no_show": _l("No-show"),
    "cancelled": _l("Cancelled"),
    "late_cancelled": _l("Late cancel"),
    "requested": _l("To be approved"),
    "held": _l("On hold"),
}

_STOP, _OVER, _PREPAY = _l("Do not book"), _l("Overlaps on purpose"), _l("Prepay")
_INCOMPLETE, _FEE = _l("Record incomplete"), _l("Fee to be decided")


@dataclass(slots=True)
class DrawnBoard:
    """A board as text, whose records it shows, and what is to be counted of it now."""

    clients: frozenset[str]
    people: list[dict[str, Any]]
    statuses: Counter[str]
    graces: list[tuple[int, str]]
    """When the grace of each visit that nobody came to yet is over, in seconds since 1970, and
    where it stands."""
    text: str
    """All but the holds, and open for them."""
    holds: list[tuple[dict[str, Any], int | None]]
    """Each with who holds it."""
    texts: dict[int | None, tuple[bytes, str]] = field(default_factory=dict)
    """Text and tag for each of those who hold time here, and (None) for all others."""

    def text_for(self, staff_id: int | None) -> tuple[bytes, str]:
        """The JSON text and its tag, for one person."""
        who = staff_id if any(by == staff_id for _, by in self.holds) else None
        if who not in self.texts:
            holds = [{**hold, "is_mine": by is not None and by == who} for hold, by in self.holds]
            text = f'{self.text},"holds":{_json(holds)}}}'.encode()
            self.texts[who] = text, blake2b(text, digest_size=16).hexdigest()
        return self.texts[who]

    def tally(self, second: int) -> dict[str, int]:
        """How many wait, how many are to be confirmed, for how many nobody came in time."""
        late = [status for grace, status in self.graces if grace <= second]
        return {
            "waiting": self.statuses["arrived"],
            "to_confirm": self.statuses["booked"] - late.count("booked"),
            "no_shows": len(late),
        }


_json = json.JSONEncoder(ensure_ascii=False, check_circular=False, separators=(",", ":")).encode


def draw(board: Board, own_id: int | None) -> DrawnBoard:
    """The board for those who may move everybody's visits, or (``own_id``) one person's only."""
    return Drawing(board, own_id).drawn()


class Look(NamedTuple):
    """All by which one row is drawn differently."""

    zone: ZoneInfo
    locale: str
    grace: int
    """Seconds after which a visit that nobody came to may be a no-show."""
    staff: str
    may_move: bool


class Card(NamedTuple):
    """A visit as text, and what is counted of it."""

    text: str
    turns: str
    status: str
    grace: int | None
    span: Interval
    """Minutes after midnight."""


@lru_cache(maxsize=8192)
def wall_stamp(second: int, zone: ZoneInfo) -> str:
    """``2026-11-19T10:30:00``: a second since 1970 on the clinic's clock."""
    return datetime.fromtimestamp(second, zone).strftime("%Y-%m-%dT%H:%M:%S")


def stretch(starts_s: int, ends_s: int, zone: ZoneInfo) -> dict[str, str]:
    """Where it is drawn: on a night that has an hour twice, at least as long as it lasts."""
    starts, ends = wall_stamp(starts_s, zone), wall_stamp(ends_s, zone)
    if ends <= starts:
        later = datetime.fromisoformat(starts) + timedelta(seconds=ends_s - starts_s)
        ends = later.isoformat(timespec="seconds")
    return {"start": starts, "end": ends}


def minutes_of(starts_s: int, ends_s: int, zone: ZoneInfo) -> Interval:
    """Minutes after midnight of the day on which it begins; what goes on later ends it."""
    starts, ends = wall_stamp(starts_s, zone), wall_stamp(ends_s, zone)
    is_over_midnight = ends[:10] != starts[:10]
    return _minute(starts), 24 * 60 if is_over_midnight else _minute(ends)


# ---- one visit


@lru_cache(maxsize=4096)
def card_of(row: Any, look: Look) -> Card:
    """One visit, drawn once for as long as nothing of its row is another."""
    is_waited_for = row.status == "booked"
    grace = row.starts_s + look.grace if is_waited_for else None
    event = {
        "id": row.public_id,
        "v": row.version,
        "staff": look.staff,
        "place": row.place,
        "room": row.room,
        **stretch(row.starts_s, row.ends_s, look.zone),
        "title": f"{row.preferred_name or row.first_name} {row.last_name}".strip(),
        "service": f"{row.service} {row.minutes}",
        "minutes": row.minutes,
        "fam": tint(row.family),
        "st": "confirmed" if is_waited_for and row.is_confirmed else row.status,
        "note": _note(row),
        "is_standing": row.status not in FREED,
        "flags": flags_of(row),
        "over": bool(row.overlap_why),
        "group": row.group,
        "grace": grace,
        "may": ["move", "length"] if look.may_move and ways(row.status, "move") else [],
    }
    return Card(
        _json(event),
        ",".join(_json(turn) for turn in _turns(row, look)),
        event["st"],
        grace,
        minutes_of(row.starts_s, row.ends_s, look.zone),
    )


def _note(row: Any) -> str:
    if row.status in _NOTES:
        return str(_NOTES[row.status])
    return gettext("Outside hours") if row.is_outside_hours else ""


def _turns(row: Any, look: Look) -> Iterator[dict[str, str]]:
    who = {"staff": look.staff, "place": row.place}
    if row.before_s:
        yield who | stretch(row.starts_s - row.before_s, row.starts_s, look.zone)
    if row.after_s:
        yield who | stretch(row.ends_s, row.ends_s + row.after_s, look.zone)


# ---- all of it


@lru_cache(maxsize=1024)
def not_worked(
    hours: tuple[tuple[Interval, ...], ...], shown: tuple[Interval, ...]
) -> list[tuple[str, int, int]]:
    """What of the days shown is not worked, before, between (``break``) and after the hours."""
    found = []
    for worked, span in zip(hours, shown, strict=True):
        for begin, end in minus([span], worked):
            is_pause = bool(worked) and worked[0][0] < begin and end < worked[-1][1]
            found.append(("break" if is_pause else "off", begin, end))
    return found


class Drawing:
    """One board being drawn."""

    def __init__(self, board: Board, own_id: int | None) -> None:
        self._board, self._own_id = board, own_id
        self._zone, self._grace = the_practice().zone, the_practice().no_show_grace * MINUTE
        self._ids = {person.id: person.public_id for person in board.people}
        self._cards = self._drawn_cards()
        self._span = self._hours_shown()

    def _drawn_cards(self) -> list[Card]:
        looks: dict[int, Look] = {}
        tongue = locale()
        for number in {row.therapist_id for row in self._board.visits}:
            may_move = self._own_id in (None, number)
            staff = self._ids.get(number, "")
            looks[number] = Look(self._zone, tongue, self._grace, staff, may_move)
        return [card_of(row, looks[row.therapist_id]) for row in self._board.visits]

    def drawn(self) -> DrawnBoard:
        board, cards = self._board, self._cards
        own: dict[int, list[Any]] = defaultdict(list)
        if len(board.days) == 1:
            for row in board.visits:
                if row.status not in FREED:
                    own[row.therapist_id].append(row)
        people = [self._person(person, own[person.id]) for person in board.people]
        begin, end = self._span
        parts = {
            "days": [day.isoformat() for day in board.days],
            "min": f"{begin // 60:02d}:00",
            "max": f"{end // 60:02d}:00",
            "people": people,
            "absent": board.absent,
            "rooms": [{"id": key, "title": name} for key, name in board.places.items()],
            "off": [*self._off(), *self._away()],
        }
        events = ",".join([card.text for card in cards])
        turns = ",".join([card.turns for card in cards if card.turns])
        return DrawnBoard(
            clients=frozenset(row.client_public_id for row in board.visits),
            people=people,
            statuses=Counter(card.status for card in cards),
            graces=[(card.grace, card.status) for card in cards if card.grace is not None],
            text=f'{_json(parts)[:-1]},"events":[{events}],"turns":[{turns}]',
            holds=[(self._hold(hold), hold.by_id) for hold in board.holds],
        )

    # -- which hours

    def _hours_shown(self) -> Interval:
        """From the first whole hour in which anything is to the last, in minutes."""
        worked = (one for person in self._board.people for one in person.hours.values())
        spans = {(one[0][0], one[-1][1]) for one in worked if one}
        spans |= {(hold.starts_s, hold.ends_s) for hold in self._board.holds}
        found = [minutes_of(*span, self._zone) for span in spans]
        found += [card.span for card in self._cards]
        if not found:
            return _PLAIN
        return min(start for start, _ in found) // 60 * 60, -(-max(e for _, e in found) // 60) * 60

    def _shown_of(self, day: date) -> Interval:
        begin, end = (wall_second(day, minute, self._zone) for minute in self._span)
        return begin, end

    def _hold(self, hold: Any) -> dict[str, Any]:
        return {
            "id": hold.public_id,
            "staff": self._ids.get(hold.staff_id, ""),
            "place": hold.place,
            **stretch(hold.starts_s, hold.ends_s, self._zone),
            "title": gettext("On hold"),
            "until": hold.until,
        }

    # -- what is not worked

    def _off(self) -> Iterator[dict[str, Any]]:
        shown = tuple(self._shown_of(day) for day in self._board.days)
        for person in self._board.people:
            hours = tuple(person.hours.get(day, ()) for day in self._board.days)
            for kind, begin, end in not_worked(hours, shown):
                title = gettext("Break") if kind == "break" else ""
                yield self._shade(person.public_id, None, kind, title, begin, end)

    def _shade(
        self, staff: str | None, place: str | None, kind: str, title: str, begin: int, end: int
    ) -> dict[str, Any]:
        where = stretch(begin, end, self._zone)
        return {"staff": staff, **where, "kind": kind, "title": title, "place": place}

    def _away(self) -> Iterator[dict[str, Any]]:
        hours = {person.id: person.hours for person in self._board.people}
        for row in self._board.absences:
            if row.staff_id is not None and row.staff_id not in hours:
                continue
            day = datetime.fromtimestamp(row.starts_s, self._zone).date()
            worked = hours.get(row.staff_id or 0, {}).get(day) or (self._shown_of(day),)
            kind = row.kind if row.kind in ("break", "closed") else "away"
            staff = self._ids.get(row.staff_id or 0)
            for begin, end in clip(worked, row.starts_s, row.ends_s):
                yield self._shade(staff, row.place, kind, str(_AWAY[row.kind]), begin, end)

    # -- people

    def _person(self, person: BoardPerson, own: list[Any]) -> dict[str, Any]:
        """``own`` are the visits that stand, where one day is shown."""
        is_one_day = len(self._board.days) == 1
        return {
            "id": person.public_id,
            "title": person.name,
            "initials": initials(person.name),
            "hue": hue(person.public_id),
            **(
                self._of_the_day(person, own)
                if is_one_day
                else {"room": "", "hours": "", "load": ""}
            ),
        }

    def _of_the_day(self, person: BoardPerson, own: list[Any]) -> dict[str, str]:
        rooms = [row.room for row in own]
        hours = person.hours.get(self._board.days[0], ())
        minutes = sum(row.minutes for row in own)
        return {
            "room": max(rooms, key=rooms.count) if rooms else "",
            "hours": f"{self._hour(hours[0][0])}–{self._hour(hours[-1][1])}" if hours else "",
            "load": f"{minutes // 60}h{minutes % 60:02d}",
        }

    def _hour(self, second: int) -> str:
        moment = datetime.fromtimestamp(second, self._zone)
        is_midnight = moment.date() != self._board.days[0]
        if is_midnight:
            return "24"
        return f"{moment.hour}:{moment.minute:02d}" if moment.minute else str(moment.hour)


def _minute(stamp: str) -> int:
    return int(stamp[11:13]) * 60 + int(stamp[14:16])


def flags_of(row: Any) -> list[dict[str, str]]:
    """What is to be minded at a visit: do not, then adapt, then paperwork. Actions only."""
    said = effects_said(row.effects) if row.effects and row.status in BEARING else ()
    found = (
        (row.is_not_to_book, "hand-stop", "stop", _STOP),
        *((True, one.icon, one.tone, spoken(one.words)) for one in said if one.tone != "admin"),
        (row.overlap_why, "arrows-join", "care", _OVER),
        *((True, one.icon, one.tone, spoken(one.words)) for one in said if one.tone == "admin"),
        (row.allowed, "transfer", "admin", _order(row) if row.allowed else ""),
        (row.is_prepay_only, "cash", "admin", _PREPAY),
        (row.missing, "clipboard-list", "admin", _INCOMPLETE),
        (row.status in FREED and is_fee_open(row), "receipt", "admin", _FEE),
    )
    return [
        {"icon": icon, "tone": tone, "text": str(text)}
        for is_so, icon, tone, text in found
        if is_so
    ]


def _order(row: Any) -> str:
    return gettext("Visit %(number)s of %(allowed)s", number=row.number, allowed=row.allowed)
