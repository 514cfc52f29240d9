"""The board as the page's script takes it: JSON text with the clinic's wall times.

The same text serves whoever may move the same visits; what one person alone is told
(which of the holds are theirs) is put in last.
"""

from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import lru_cache
from hashlib import sha256
from math import inf
from typing import Any
from zoneinfo import ZoneInfo

from clinic.admin.board_card import Card, Look, as_json, card_of, minutes_of, stretch
from clinic.desk.queries.board import Board
from clinic.practice.queries import the_practice
from clinic.scheduling.rules import FREED
from clinic.timetable.rules import MINUTE, Interval, clip, minus, wall_second
from clinic.web.wording import gettext, hue, initials, locale
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


@dataclass(slots=True)
class DrawnBoard:
    """A board as text, whose records it shows, and what is to be counted of it now."""

    clients: frozenset[str]
    people: list[dict[str, Any]]
    statuses: Counter[str]
    graces: list[tuple[int, str]]
    """When the grace of each visit that nobody came to yet is over, in seconds since 1970, and
    where it stands."""
    text: bytes
    """All but the holds, and open for them."""
    holds: list[tuple[dict[str, Any], int | None]]
    """Each with who holds it."""
    good_until: float = inf
    """Seconds since 1970."""
    texts: dict[int | None, tuple[bytes, str]] = field(default_factory=dict)
    """Text and tag for each of those who hold time here, and (None) for all others."""

    def text_for(self, staff_id: int | None) -> tuple[bytes, str]:
        """The JSON text and its tag, for one person."""
        who = staff_id if any(by == staff_id for _, by in self.holds) else None
        if who not in self.texts:
            holds = [{**hold, "is_mine": by is not None and by == who} for hold, by in self.holds]
            text = b'%s,"holds":%s}' % (self.text, as_json(holds))
            self.texts[who] = text, sha256(text).hexdigest()[:32]
        return self.texts[who]

    def tally(self, second: int) -> dict[str, int]:
        """How many wait, how many are to be confirmed, for how many nobody came in time."""
        late = [status for grace, status in self.graces if grace <= second]
        return {
            "waiting": self.statuses["arrived"],
            "to_confirm": self.statuses["booked"] - late.count("booked"),
            "no_shows": len(late),
        }


def draw(board: Board, own_id: int | None) -> DrawnBoard:
    """The board for those who may move everybody's visits, or (``own_id``) one person's only."""
    return Drawing(board, own_id).drawn()


# ---- all of it


def shade(
    zone: ZoneInfo, who: str | None, place: str | None, kind: str, title: str, when: Interval
) -> dict[str, Any]:
    """A stretch in which somebody does not work, or (``place``) a room cannot be used."""
    return {"staff": who, **stretch(*when, zone), "kind": kind, "title": title, "place": place}


@lru_cache(maxsize=4096)
def not_worked(
    who: str, hours: tuple[tuple[Interval, ...], ...], shown: tuple[Interval, ...], zone: ZoneInfo,
    tongue: str,
) -> bytes:  # fmt: skip
    """What of the days shown somebody does not work, before, between (``break``) and after their
    hours; drawn once for as long as these, and the language (``tongue``), are the same."""
    found = []
    for worked, span in zip(hours, shown, strict=True):
        for begin, end in minus([span], worked):
            is_pause = bool(worked) and worked[0][0] < begin and end < worked[-1][1]
            kind, title = ("break", gettext("Break")) if is_pause else ("off", "")
            found.append(as_json(shade(zone, who, None, kind, title, (begin, end))))
    return b",".join(found)


@lru_cache(maxsize=1024)
def hours_said(hours: tuple[Interval, ...], day: date, zone: ZoneInfo) -> str:
    """``9–17:30``: from the first second worked to the last."""
    return f"{_hour(hours[0][0], day, zone)}–{_hour(hours[-1][1], day, zone)}" if hours else ""


def _hour(second: int, day: date, zone: ZoneInfo) -> str:
    at = datetime.fromtimestamp(second, zone)
    if at.date() != day:
        return "24"
    return f"{at.hour}:{at.minute:02d}" if at.minute else str(at.hour)


@lru_cache(maxsize=1024)
def column_of(
    public_id: str, name: str, room: str, hours: str, load: str
) -> tuple[dict[str, Any], bytes]:
    """The head of somebody's column: as it is, read by all and changed by nobody, and as text."""
    head = {
        "id": public_id,
        "title": name,
        "initials": initials(name),
        "hue": hue(public_id),
        "room": room,
        "hours": hours,
        "load": load,
    }
    return head, as_json(head)


class Drawing:
    """One board being drawn."""

    def __init__(self, board: Board, own_id: int | None) -> None:
        self._board, self._own_id = board, own_id
        self._zone, self._grace = the_practice().zone, the_practice().no_show_grace * MINUTE
        self._tongue = locale()
        self._ids = {person.id: person.public_id for person in board.people}
        self._cards = self._drawn_cards()
        self._span = self._hours_shown()

    def _drawn_cards(self) -> list[Card]:
        looks: dict[int, Look] = {}
        spots, sold = self._board.ground.spots, self._board.ground.sold
        for number in {row.therapist_id for row in self._board.visits}:
            may_move = self._own_id in (None, number)
            staff = self._ids.get(number, "")
            looks[number] = Look(self._zone, self._tongue, self._grace, staff, may_move)
        return [
            card_of(row, looks[row.therapist_id], spots[row.place_id], sold[row.variant_id])
            for row in self._board.visits
        ]

    def drawn(self) -> DrawnBoard:
        board, cards = self._board, self._cards
        columns = self._columns()
        begin, end = self._span
        parts = {
            "days": list(map(str, board.days)),
            "min": f"{begin // 60:02d}:00",
            "max": f"{end // 60:02d}:00",
            "absent": board.absent,
            "rooms": [{"id": key, "title": name} for key, name in board.places.items()],
        }
        lists = {
            b"people": [text for _, text in columns],
            b"off": [*self._off(), *self._away()],
            b"events": [card.text for card in cards],
            b"turns": [card.turns for card in cards],
        }
        return DrawnBoard(
            clients=frozenset(row.client_public_id for row in board.visits),
            people=[head for head, _ in columns],
            statuses=Counter(card.status for card in cards),
            graces=[(card.grace, card.status) for card in cards if card.grace is not None],
            text=as_json(parts)[:-1]
            + b"".join(
                b',"%s":[%s]' % (name, b",".join(filter(None, texts)))
                for name, texts in lists.items()
            ),
            holds=[(self._hold(hold), hold.by_id) for hold in board.holds],
            good_until=board.good_until,
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

    def _off(self) -> Iterator[bytes]:
        days = self._board.days
        shown = tuple(self._shown_of(day) for day in days)
        for person in self._board.people:
            hours = tuple(person.hours.get(day, ()) for day in days)
            yield not_worked(person.public_id, hours, shown, self._zone, self._tongue)

    def _away(self) -> Iterator[bytes]:
        hours = {person.id: person.hours for person in self._board.people}
        for row in self._board.absences:
            if row.staff_id is not None and row.staff_id not in hours:
                continue
            day = datetime.fromtimestamp(row.starts_s, self._zone).date()
            worked = hours.get(row.staff_id or 0, {}).get(day) or (self._shown_of(day),)
            kind = row.kind if row.kind in ("break", "closed") else "away"
            staff = self._ids.get(row.staff_id or 0)
            for when in clip(worked, row.starts_s, row.ends_s):
                one = shade(self._zone, staff, row.place, kind, str(_AWAY[row.kind]), when)
                yield as_json(one)

    # -- people

    def _columns(self) -> list[tuple[dict[str, Any], bytes]]:
        """Of one day with the room, the hours and the minutes of the visits that stand."""
        people, days = self._board.people, self._board.days
        if len(days) > 1:
            return [column_of(person.public_id, person.name, "", "", "") for person in people]
        spots = self._board.ground.spots
        rooms: dict[int, list[str]] = defaultdict(list)
        minutes: Counter[int] = Counter()
        for row in self._board.visits:
            if row.status not in FREED:
                rooms[row.therapist_id].append(spots[row.place_id].room)
                minutes[row.therapist_id] += row.minutes
        return [
            column_of(
                person.public_id,
                person.name,
                max(own := rooms[person.id], key=own.count, default=""),
                hours_said(person.hours.get(days[0], ()), days[0], self._zone),
                f"{minutes[person.id] // 60}h{minutes[person.id] % 60:02d}",
            )
            for person in people
        ]  # fmt: skip
