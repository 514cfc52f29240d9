"""The day of the whole clinic, drawn once while nothing changes, and one's own day."""

from collections.abc import Hashable, Mapping
from dataclasses import dataclass
from datetime import date
from functools import partial
from typing import Any, cast

from flask import current_app, g, request, session

from clinic.audit.services import saw
from clinic.core.clock import now, today
from clinic.core.permissions import Permission, can
from clinic.desk.queries.ahead import Ahead, ahead, forms_to_review
from clinic.desk.queries.day import day_mark, my_column, the_day
from clinic.desk.views import bp
from clinic.desk.views.cards import column_drawn, pieces_drawn
from clinic.practice.queries import the_practice
from clinic.records.queries.notes import unsigned_by
from clinic.tasks.queries import pressing
from clinic.web.framing import framed
from clinic.web.guards import requires, the_actor
from clinic.web.keeping import Kept
from clinic.web.pages import asked_date, asked_id, show
from clinic.web.sessions import ServerSession
from clinic.web.wording import day as day_words

DRAWN_AT_MOST = 64
SHOWN_AT_MOST = 4096


@dataclass(frozen=True, slots=True)
class DrawnDay:
    """A day as markup, the same for whoever looks, and whose records it shows."""

    people: list[tuple[str, str]]
    """Public id and name of whoever has a column."""
    columns: list[Any]
    look: int
    """Another one for another look of the columns."""
    foot: Any
    head: Any
    pick: Any
    has_therapists: bool
    clients: frozenset[str]
    bodies: dict[tuple[str, bool], Any]
    """The columns put together, for each of the people a phone may show."""


@bp.record
def _begin(state: Any) -> None:
    state.app.extensions["desk_days"] = Kept(DRAWN_AT_MOST)
    state.app.extensions["desk_days_shown"] = Kept(SHOWN_AT_MOST)


@bp.app_template_filter("days_on")
def days_on(day: date, number: int) -> str:
    """The date so many days later, as addresses write it."""
    return date.fromordinal(day.toordinal() + number).isoformat()


@bp.get("/day")
@requires(Permission.SCHEDULE_READ)
def day() -> Any:
    """The day's list, therapist by therapist; on a phone one of them at a time."""
    practice = the_practice()
    present = today(practice.zone)
    on = asked_date() or present
    key = (on, on - present, request.script_root, practice, day_mark())
    drawn = current_app.extensions["desk_days"].get(key) or _draw(on, present, key)
    _log(on, drawn)
    pieces = {
        "title": day_words(on), "head": drawn.head, "pick": drawn.pick, "body": _body(drawn, on)
    }  # fmt: skip
    return framed("desk/day.html", pieces, on=on)


def _draw(on: date, present: date, key: Hashable) -> DrawnDay:
    found, root = the_day(on), request.script_root
    parts, frame = _macros("desk/day_parts.html"), _macros("desk/day_head.html")
    may_book = on >= present
    columns = [column_drawn(column, on, may_book=may_book) for column in found.columns]
    foot = parts.foot(found.absent, found.closures)
    drawn = DrawnDay(
        people=[(column.public_id, column.name) for column in found.columns],
        columns=columns,
        look=hash((*columns, foot)),
        foot=foot,
        head=frame.head(root + "/day", on, present, found.count),
        pick=frame.pick(root + "/day", on),
        has_therapists=found.has_therapists,
        clients=frozenset(visit.client_public_id for visit in found.visits),
        bodies={},
    )
    current_app.extensions["desk_days"].keep(key, drawn)
    return drawn


def _body(drawn: DrawnDay, on: date) -> Any:
    shown = (_chosen(drawn), can(the_actor(), Permission.STAFF_WRITE))
    if shown not in drawn.bodies:
        parts = _macros("desk/day_parts.html")
        drawn.bodies[shown] = parts.body(drawn, on, request.script_root, *shown)
    return drawn.bodies[shown]


def _macros(name: str) -> Any:
    return current_app.jinja_env.get_template(name).module


def _log(on: date, drawn: DrawnDay) -> None:
    """One entry in the log of reads for a session, a day and what the day looked like."""
    shown = current_app.extensions["desk_days_shown"]
    seen = (cast(ServerSession, session).reference, on, drawn.look)
    if shown.get(seen) is None:
        saw("schedule", drawn.clients)
        g.when_written = partial(shown.keep, seen, True)  # a page that was held back is none


def _chosen(drawn: DrawnDay) -> str:
    """Whose column a phone shows: the one asked for, one's own, or the first."""
    there = [public_id for public_id, _ in drawn.people]
    wanted = (asked_id("therapist"), the_actor().public_id)
    return next((person for person in wanted if person in there), there[0] if there else "")


@bp.get("/my-day")
@requires(Permission.SCHEDULE_OWN)
def my_day() -> Any:
    """One's own visits, the one that is on or comes next on top."""
    actor, practice = the_actor(), the_practice()
    present = today(practice.zone)
    on = asked_date() or present
    column = my_column(on, actor.id or 0, actor.public_id, actor.name)
    visits = [piece.visit for piece in column.pieces if piece.visit]
    known = ahead(on, actor)
    _saw_own(visits, known)
    tasks = pressing(actor, present) if on == present else []
    saw("contact", {task.client.public_id for task in tasks if task.client is not None})
    moment = now()
    return show(
        "desk/my_day.html",
        tasks=tasks,
        on=on,
        present=present,
        column=column,
        visits=visits,
        top=next_up(visits, int(moment.timestamp())) if on == present else None,
        second=int(moment.timestamp()),
        pieces=pieces_drawn(column, on, may_book=on >= present, ahead=known),
        ahead=known,
        to_review=forms_to_review(actor),
        to_sign=unsigned_by(actor) if can(actor, Permission.NOTES_WRITE) else 0,
    )


def _saw_own(visits: list[Any], known: Mapping[str, Ahead]) -> None:
    """Of clients in one's care the day says more than of others."""
    treated = {
        visit.client_public_id
        for visit in visits
        if visit.public_id in known and known[visit.public_id].in_care
    }
    saw("schedule", {visit.client_public_id for visit in visits} - treated)
    if treated:
        saw("clinical", treated)


def next_up(visits: list[Any], second: int) -> Any:
    """The visit to mind now: in session, then waiting, then the next that is not over."""
    for status in ("in_session", "arrived"):
        for visit in visits:
            if visit.status == status:
                return visit
    coming = (v for v in visits if v.status in ("booked", "confirmed") and v.ends_s > second)
    return next(coming, None)
