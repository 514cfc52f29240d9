"""What booking and the visit's page have in common: the time chosen, and where to go on."""

import re
from datetime import date, datetime, time
from typing import Any

from flask import request

from clinic.core.clock import from_epoch, instant
from clinic.core.errors import DomainError
from clinic.core.ids import is_public_id
from clinic.core.words import say
from clinic.practice.queries import the_practice
from clinic.staff.queries import the_member
from clinic.timetable.queries import the_place
from clinic.web.guards import is_safe_path

_WALL = re.compile(r"([01]\d|2[0-3]):[0-5]\d", re.ASCII)
_YEARS = range(2000, 2200)


def second_of(text: str) -> datetime:
    """The instant of a count of seconds as a form sends it. Raises DomainError for others."""
    if not (text.isascii() and text.isdigit() and len(text) < 12):
        raise DomainError(say("Choose a time."), field="opening")
    return from_epoch(int(text))


def wall_instant(day: date | None, typed: str | None, fold: int | None) -> datetime:
    """The instant of a day and a wall time as they were typed.

    Raises DomainError for what is none, for a year far off, and what ``instant`` raises.
    """
    if day is None or _WALL.fullmatch(typed or "") is None:
        raise DomainError(say("Choose a day and a time."), field="time")
    if day.year not in _YEARS:
        raise DomainError(say("Look at the year again."), field="on")
    return instant(day, time.fromisoformat(typed or ""), the_practice().zone, fold)


def when_chosen(form: Any) -> tuple[datetime, Any, Any]:
    """Time, therapist and place: of the chosen opening, or as they were typed."""
    if form.time.data:
        if not (form.on.data and is_public_id(form.therapist.data or "")):
            raise DomainError(say("Choose a day and a therapist for this time."), field="therapist")
        starts_at = wall_instant(form.on.data, form.time.data, fold_of(form))
        return starts_at, the_member(form.therapist.data), None
    at, _, people = (form.opening.data or "").partition(".")
    therapist, _, place = people.partition(".")
    if not (is_public_id(therapist) and is_public_id(place)):
        raise DomainError(say("Choose a time."), field="opening")
    return second_of(at), the_member(therapist), the_place(place)


def typed_of(value: str) -> dict[str, Any]:
    """An opening as day, time and therapist of a form; nothing for what is none."""
    at, _, people = value.partition(".")
    if not (at.isascii() and at.isdigit() and len(at) < 12):
        return {}
    wall = from_epoch(int(at)).astimezone(the_practice().zone)
    typed = {"on": wall.date(), "time": wall.strftime("%H:%M")}
    therapist = people.partition(".")[0]
    return typed | ({"therapist": therapist} if is_public_id(therapist) else {})


def put_typed(form: Any) -> None:
    """Where a reason is asked for an opening, let its day and time stand in the form."""
    if not (form.opening.data and form.override_why.errors):
        return
    for name, value in typed_of(form.opening.data).items():
        if name in form:
            form[name].data, form[name].raw_data = value, None
    form.opening.data = ""


def fold_of(form: Any) -> int | None:
    """Which of two equal wall times was meant: 0 the first, 1 the second; None if not said."""
    return int(form.fold.data) if form.fold.data in ("0", "1") else None


def after(otherwise: str) -> str:
    """Where the page was asked to lead on to, if that is an address of ours."""
    wanted = request.values.get("next", "")
    return wanted if is_safe_path(wanted) else otherwise
