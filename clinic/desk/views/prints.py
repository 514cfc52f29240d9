"""The day on paper: a sheet for each therapist, or for each room. Actions only, no diagnosis."""

from collections import defaultdict
from dataclasses import dataclass
from typing import Any

from flask import request

from clinic.audit.services import saw
from clinic.core.clock import today
from clinic.core.permissions import Permission
from clinic.desk.queries.board import Board, the_board
from clinic.desk.queries.day import wall
from clinic.desk.rules import effects_said, is_fee_open
from clinic.desk.views import bp
from clinic.practice.queries import the_practice
from clinic.scheduling.rules import BEARING, FREED
from clinic.web.guards import requires
from clinic.web.pages import asked_date, show
from clinic.web.wording import gettext, spoken

WAYS = ("people", "rooms")


@dataclass(frozen=True, slots=True)
class Line:
    """One visit on paper."""

    starts: str
    ends: str
    client: str
    service: str
    minutes: int
    room: str
    therapist: str
    status: str
    flags: list[str]


@dataclass(frozen=True, slots=True)
class Section:
    """One sheet: whose it is, and the visits in their order."""

    title: str
    hours: str
    minutes: int
    lines: list[Line]


@bp.get("/day/sheet")
@requires(Permission.SCHEDULE_READ)
def sheet() -> Any:
    """The day as it is printed and hung up, one sheet for each therapist or room."""
    on = asked_date() or today(the_practice().zone)
    by = request.args.get("by", "people")
    by = by if by in WAYS else "people"
    board = the_board(on, 1)
    saw("schedule", {row.client_public_id for row in board.visits})
    sections = _by_room(board) if by == "rooms" else _by_person(board)
    return show("desk/print_day.html", on=on, by=by, sections=sections, absent=board.absent)


def _by_person(board: Board) -> list[Section]:
    found = []
    for person in board.people:
        rows = [row for row in board.visits if row.therapist_id == person.id]
        hours = person.hours[board.days[0]]
        said = ", ".join(f"{wall(start)}–{wall(end)}" for start, end in hours)
        found.append(_section(board, person.name, rows, said))
    return found


def _by_room(board: Board) -> list[Section]:
    rows: dict[str, list[Any]] = defaultdict(list)
    for row in board.visits:
        rows[board.ground.spots[row.place_id].public_id].append(row)
    return [_section(board, name, rows[place]) for place, name in board.places.items()]


def _section(board: Board, title: str, rows: list[Any], hours: str = "") -> Section:
    standing = [row for row in rows if row.status not in FREED]
    return Section(
        title, hours, sum(row.minutes for row in standing), [_line(board, row) for row in rows]
    )


def _line(board: Board, row: Any) -> Line:
    ground = board.ground
    is_confirmed = row.status == "booked" and row.is_confirmed
    return Line(
        starts=wall(row.starts_s),
        ends=wall(row.ends_s),
        client=f"{row.preferred_name or row.first_name} {row.last_name}".strip(),
        service=ground.sold[row.variant_id].service,
        minutes=row.minutes,
        room=ground.spots[row.place_id].room,
        therapist=ground.people[row.therapist_id].name,
        status="confirmed" if is_confirmed else row.status,
        flags=_flags(row),
    )


def _effects(row: Any) -> str:
    return row.effects if row.status in BEARING else ""


def _flags(row: Any) -> list[str]:
    """What is to be minded, in words: do not, then adapt, then paperwork."""
    order = gettext("Visit %(number)s of %(allowed)s", number=row.number, allowed=row.allowed)
    found = [
        (row.is_not_to_book, gettext("Do not book")),
        *((True, spoken(one.words)) for one in effects_said(_effects(row))),
        (row.overlap_why, gettext("Overlaps on purpose")),
        (row.is_outside_hours, gettext("Outside hours")),
        (row.allowed, order),
        (row.is_prepay_only, gettext("Prepay")),
        (row.missing, gettext("Record incomplete")),
        (is_fee_open(row), gettext("Fee to be decided")),
    ]
    return [words for is_so, words in found if is_so]
