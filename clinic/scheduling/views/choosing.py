"""What booking and the visit's page have in common: the time chosen, and where to go on."""

from datetime import datetime, time
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


def when_chosen(form: Any) -> tuple[datetime, Any, Any]:
    """Time, therapist and place: of the chosen opening, or as they were typed."""
    if form.time.data:
        if not (form.on.data and is_public_id(form.therapist.data or "")):
            raise DomainError(say("Choose a day and a therapist for this time."), field="therapist")
        wall = time.fromisoformat(form.time.data)
        starts_at = instant(form.on.data, wall, the_practice().zone, fold_of(form))
        return starts_at, the_member(form.therapist.data), None
    at, _, people = (form.opening.data or "").partition(".")
    therapist, _, place = people.partition(".")
    if not (at.isdigit() and len(at) < 12 and is_public_id(therapist) and is_public_id(place)):
        raise DomainError(say("Choose a time."), field="opening")
    return from_epoch(int(at)), the_member(therapist), the_place(place)


def fold_of(form: Any) -> int | None:
    """Which of two equal wall times was meant: 0 the first, 1 the second; None if not said."""
    return int(form.fold.data) if form.fold.data in ("0", "1") else None


def after(otherwise: str) -> str:
    """Where the page was asked to lead on to, if that is an address of ours."""
    wanted = request.values.get("next", "")
    return wanted if is_safe_path(wanted) else otherwise
