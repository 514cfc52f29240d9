"""What happened around a client, the latest first: visits, forms, notes, orders, the record."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import String, bindparam, cast, literal, or_, select, union_all

from clinic.audit.models import ChangeEntry
from clinic.clients.models import Client
from clinic.clients.queries import is_of_person
from clinic.core.db import db
from clinic.core.swift import Swift
from clinic.core.words import Words, say
from clinic.health.models import IntakeResponse
from clinic.records.models import Note
from clinic.referrals.models import Referral
from clinic.scheduling.models import Visit, VisitChange
from clinic.scheduling.queries.changes import DEEDS
from clinic.staff.models import StaffMember

SHOWN = 10
"""How many lines the page of a client shows."""
_UNTOLD = ("screening", "undo", "take_back", "settle_fee", "confirm")
"""Deeds with a visit that a page of the client leaves to the visit's own."""
_FORMS = {
    "full": say("Health history filled in"),
    "update": say("Health update filled in"),
    "check": say("Visit check answered"),
}
_ORDERS = {"added": say("Referral logged"), "changed": say("Referral changed")}
_PICTURES = {
    "move": "calendar-time", "cancel": "calendar-x", "mark_no_show": "user-x",
    "start": "player-play", "finish": "check", "check_in": "user-check",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Event:
    """One line: ``words`` is None for a change of the record, which ``verb`` and ``fields``
    name; ``ref`` is the public id of the visit or the note behind it."""

    kind: str
    verb: str
    at: datetime
    who: str
    ref: str
    fields: str
    words: Words | None
    icon: str


def timeline(client: Client, *, is_treating: bool) -> Sequence[Event]:
    """The latest of all that happened; notes only for who treats the client. One query."""
    preference = client.preference.public_id if client.preference is not None else ""
    rows = (_ALL if is_treating else _TOLD).rows(
        db.session.connection(),
        person_id=client.known_as, client=client.public_id, preference=preference,
    )  # fmt: skip
    return [_event(row) for row in rows]


_PERSON: Any = bindparam("person_id", 0)


def _lines(kind: str, at: Any, verb: Any, ref: Any, *, fields: Any = None) -> Any:
    none = literal("", String)
    return select(
        literal(kind, String).label("kind"), at.label("at"), cast(verb, String).label("verb"),
        StaffMember.name.label("who"), cast(ref, String).label("ref"),
        (none if fields is None else fields).label("fields"),
    )  # fmt: skip


def _latest(wanted: Any, at: Any) -> Any:
    return select(wanted.order_by(at.desc()).limit(SHOWN).subquery())


def _branches() -> list[Any]:
    visits = (
        _lines("visit", VisitChange.at, VisitChange.verb, Visit.public_id)
        .select_from(VisitChange)
        .join(Visit, Visit.id == VisitChange.visit_id)
        .outerjoin(StaffMember, StaffMember.id == VisitChange.by_id)
        .where(is_of_person(Visit.client_id, _PERSON), VisitChange.verb.not_in(_UNTOLD))
    )
    forms = (
        _lines("form", IntakeResponse.answered_at, IntakeResponse.form, literal("", String))
        .select_from(IntakeResponse)
        .outerjoin(StaffMember, StaffMember.id == IntakeResponse.entered_by_id)
        .where(
            is_of_person(IntakeResponse.client_id, _PERSON),
            IntakeResponse.status.in_(("completed", "reviewed", "superseded")),
        )
    )
    orders = select(Referral.public_id).where(is_of_person(Referral.client_id, _PERSON))
    logged = (
        _lines("order", ChangeEntry.at, ChangeEntry.kind, ChangeEntry.object_id)
        .select_from(ChangeEntry)
        .outerjoin(StaffMember, StaffMember.id == ChangeEntry.actor_id)
        .where(ChangeEntry.object_table == "referral", ChangeEntry.object_id.in_(orders))
    )
    changed = (
        _lines("record", ChangeEntry.at, ChangeEntry.verb, literal("", String),
               fields=ChangeEntry.fields)
        .select_from(ChangeEntry)
        .outerjoin(StaffMember, StaffMember.id == ChangeEntry.actor_id)
        .where(
            or_(
                (ChangeEntry.object_table == "client")
                & (ChangeEntry.object_id == bindparam("client", "")),
                (ChangeEntry.object_table == "preference")
                & (ChangeEntry.object_id == bindparam("preference", "")),
            )
        )
    )  # fmt: skip
    return [
        _latest(visits, VisitChange.at),
        _latest(forms, IntakeResponse.answered_at),
        _latest(logged, ChangeEntry.at),
        _latest(changed, ChangeEntry.seq),
    ]


def _notes() -> Any:
    found = (
        _lines("note", Note.signed_at, Note.status, Note.public_id)
        .select_from(Note)
        .join(StaffMember, StaffMember.id == Note.author_id)
        .where(
            is_of_person(Note.client_id, _PERSON), Note.status.in_(("signed", "amended"))
        )
    )  # fmt: skip
    return _latest(found, Note.signed_at)


def _together(*parts: Any) -> Swift:
    every = union_all(*parts).subquery()
    return Swift(select(every).order_by(every.c.at.desc()).limit(SHOWN))


_TOLD = _together(*_branches())
_ALL = _together(*_branches(), _notes())


def _event(row: Any) -> Event:
    words: Words | None = None
    icon = "pencil"
    if row.kind == "visit":
        words, icon = DEEDS.get(row.verb, say("Changed")), _PICTURES.get(row.verb, "calendar")
    elif row.kind == "form":
        words, icon = _FORMS[row.verb], "clipboard-check"
    elif row.kind == "note":
        words, icon = say("Note signed"), "signature"
    elif row.kind == "order":
        words, icon = _ORDERS.get(row.verb, _ORDERS["changed"]), "transfer"
    return Event(
        kind=row.kind, verb=row.verb, at=row.at, who=row.who or "", ref=row.ref,
        fields=row.fields, words=words, icon=icon,
    )  # fmt: skip
