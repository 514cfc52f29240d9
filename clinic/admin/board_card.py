"""One visit on the board: its card as text, and the times around it."""

import json
from collections.abc import Iterator
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from clinic.desk.queries.board_ground import Sold, Spot
from clinic.desk.rules import effects_said, is_fee_open, tint
from clinic.scheduling.rules import BEARING, FREED, ways
from clinic.timetable.rules import Interval
from clinic.web.wording import gettext, spoken
from clinic.web.wording import lazy_gettext as _l

_NOTES = {
    "no_show": _l("No-show"),
    "cancelled": _l("Cancelled"),
    "late_cancelled": _l("Late cancel"),
    "requested": _l("To be approved"),
    "held": _l("On hold"),
}

_STOP, _OVER, _PREPAY = _l("Do not book"), _l("Overlaps on purpose"), _l("Prepay")
_INCOMPLETE, _FEE = _l("Record incomplete"), _l("Fee to be decided")


_encode = json.JSONEncoder(ensure_ascii=False, check_circular=False, separators=(",", ":")).encode


def as_json(value: Any) -> bytes:
    """A value as the page\'s script reads it."""
    return _encode(value).encode()


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

    text: bytes
    turns: bytes
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
def card_of(row: Any, look: Look, spot: Spot, sold: Sold) -> Card:
    """One visit, drawn once for as long as nothing of its row is another."""
    is_waited_for = row.status == "booked"
    grace = row.starts_s + look.grace if is_waited_for else None
    event = {
        "id": row.public_id,
        "v": row.version,
        "staff": look.staff,
        "place": spot.public_id,
        "room": spot.room,
        **stretch(row.starts_s, row.ends_s, look.zone),
        "title": f"{row.preferred_name or row.first_name} {row.last_name}".strip(),
        "service": f"{sold.service} {row.minutes}",
        "minutes": row.minutes,
        "fam": tint(sold.family),
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
        as_json(event),
        b",".join([as_json(turn) for turn in _turns(row, look, spot)]),
        event["st"],
        grace,
        minutes_of(row.starts_s, row.ends_s, look.zone),
    )


def _note(row: Any) -> str:
    if row.status in _NOTES:
        return str(_NOTES[row.status])
    return gettext("Outside hours") if row.is_outside_hours else ""


def _turns(row: Any, look: Look, spot: Spot) -> Iterator[dict[str, str]]:
    who = {"staff": look.staff, "place": spot.public_id}
    if row.before_s:
        yield who | stretch(row.starts_s - row.before_s, row.starts_s, look.zone)
    if row.after_s:
        yield who | stretch(row.ends_s, row.ends_s + row.after_s, look.zone)


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
