"""What is done with a visit is noted with how it stood before, so that it can be taken back.

Here, and nowhere else, the rooms above are told of it, and an authorisation of when its first
visit is: every verb that makes a visit or changes its state, its time or what it counts
against passes this way (``tests/architecture/test_visits_are_told.py``).
"""

from collections.abc import Callable
from functools import wraps
from typing import Any, Concatenate, ParamSpec

from sqlalchemy import bindparam, insert

from clinic.core.announcements import announce
from clinic.core.clock import now
from clinic.core.db import db
from clinic.core.ids import new_public_id
from clinic.core.permissions import Actor
from clinic.core.swift import Swift
from clinic.referrals.models import Authorisation
from clinic.referrals.services import mark_first_visit
from clinic.scheduling.events import VisitChanged
from clinic.scheduling.models import Visit, VisitAddOn, VisitChange
from clinic.scheduling.queries.counts import first_taken
from clinic.scheduling.services.gate import count_on

_P = ParamSpec("_P")
_KEPT = (
    "status", "therapist_id", "place_id", "variant_id", "minutes", "price_minor",
    "cut_off_hours", "late_fee_minor", "no_show_fee_minor", "confirmed_at", "overlap_why",
    "is_outside_hours",
)  # fmt: skip
_OF_ADD_ONS = ("change_service", "resize")

_CHANGES: Any = VisitChange.__table__
_ADD = Swift(
    insert(_CHANGES).values(
        {column.name: bindparam(column.name) for column in _CHANGES.columns if column.name != "id"}
    )
)


def noted(act: Callable[Concatenate[Visit, _P], None]) -> Callable[Concatenate[Visit, _P], None]:
    """Have a verb leave one VisitChange, named after it; what changed nothing leaves none."""
    name = act.__name__.strip("_")

    @wraps(act)
    def noting(visit: Visit, /, *args: _P.args, **kwargs: _P.kwargs) -> None:
        before, version = _as_it_stands(visit, name), visit.version
        told = _told(visit)
        act(visit, *args, **kwargs)
        db.session.flush()
        if visit.version != version:
            _note(visit, name, before, kwargs["actor"])
        if _told(visit) != told:
            _tell(visit, told[0], kwargs["actor"], told[3])

    return noting


def note_booked(visit: Visit, actor: Actor) -> None:
    """Note that a visit was booked: there was nothing before."""
    db.session.flush()
    _note(visit, "book", _as_it_stands(visit, "book"), actor)
    _tell(visit, "", actor)


def _told(visit: Visit) -> tuple[str, int, int, int | None]:
    """What others go by: state, time, and what it counts against."""
    return visit.status, visit.slot.starts_s, visit.slot.ends_s, visit.authorisation_id


def _tell(visit: Visit, before: str, actor: Any, counted: int | None = None) -> None:
    """First the authorisations below, that it counts against and did, so that whoever hears of it
    above finds them right."""
    given = visit.authorisation
    if counted is not None and counted != visit.authorisation_id:
        _follow(db.session.get_one(Authorisation, counted), actor)
    if given is not None:
        _follow(given, actor)
    about = visit.authorisation_id or counted
    announce(VisitChanged(visit.id, visit.client_id, about, before, visit.status))


def _follow(authorisation: Authorisation, actor: Any) -> None:
    if authorisation.basis == "first_visit":
        _mark(authorisation, actor)


def _mark(authorisation: Authorisation, actor: Any) -> None:
    """Where days count from the first visit, say which day that is by now."""
    count_on(authorisation)
    first = first_taken(authorisation.id)
    if first != authorisation.first_visit_on:
        mark_first_visit(authorisation, first, actor=actor)


def _note(visit: Visit, verb: str, before: dict[str, Any], actor: Any) -> None:
    """Written as it is: a change is never changed, and the log has the visit's own."""
    told = {"add_ons": "", **before, "verb": verb, "at": now(), "by_id": actor.id}
    told |= {"public_id": new_public_id(), "visit_id": visit.id, "version": visit.version}
    _ADD.run(db.session.connection(), **told)


def _as_it_stands(visit: Visit, verb: str) -> dict[str, Any]:
    standing = {name: getattr(visit, name) for name in _KEPT}
    standing |= {"starts_s": visit.slot.starts_s, "ends_s": visit.slot.ends_s}
    if verb in _OF_ADD_ONS:
        standing["add_ons"] = add_ons_as_text(visit.add_ons)
    return standing


def add_ons_as_text(add_ons: list[VisitAddOn]) -> str:
    """The add-ons of a visit as a change keeps them."""
    return ",".join(f"{one.add_on_id}:{one.extra_minutes}:{one.price_minor}" for one in add_ons)


def add_ons_from_text(kept: str) -> list[VisitAddOn]:
    """The add-ons as a change kept them."""
    numbers = [tuple(map(int, one.split(":"))) for one in kept.split(",") if one]
    return [
        VisitAddOn(add_on_id=add_on, extra_minutes=minutes, price_minor=price)
        for add_on, minutes, price in numbers
    ]
