"""Session notes: the one of a visit, those before it, those to be signed."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import and_, func, or_, select
from sqlalchemy.orm import joinedload

from clinic.clients.queries import is_of_person
from clinic.core.clock import now, today
from clinic.core.db import db
from clinic.core.errors import NotFound
from clinic.core.permissions import Actor
from clinic.practice.queries import the_practice
from clinic.records.models import Addendum, Note
from clinic.records.rules.notes import LATE_AFTER, MINUTES, Body, is_found, read_body
from clinic.scheduling.models import Visit
from clinic.staff.queries import licence_of
from clinic.timetable.models import Slot

UNSIGNED_FOR = timedelta(days=120)
"""How long a finished visit without any note is asked about."""
MOST = 200
"""Notes of one client that are opened at once."""
_COUNTS = Note.status != "entered_in_error"
_SIGNED = Note.status.in_(("signed", "amended"))
TREATED = ("in_session", "completed")
"""States of a visit that has, or is to have, a note."""


def note_of(visit_id: int) -> Note | None:
    """The note of a visit that counts; those entered in error do not."""
    return db.session.scalar(select(Note).where(Note.visit_id == visit_id, _COUNTS))


def the_note(public_id: str) -> Note:
    """Raises NotFound."""
    note = db.session.scalar(
        select(Note)
        .where(Note.public_id == public_id)
        .options(joinedload(Note.visit), joinedload(Note.author))
    )
    if note is None:
        raise NotFound
    return note


def addenda_of(note: Note) -> Sequence[Addendum]:
    """What was added to a note, the oldest first."""
    return db.session.scalars(
        select(Addendum)
        .where(Addendum.note_id == note.id)
        .options(joinedload(Addendum.author))
        .order_by(Addendum.id)
    ).all()


def earlier_notes(visit: Visit) -> Sequence[Note]:
    """The signed notes of the person from visits before this one, the latest first."""
    found = (
        select(Note)
        .join(Visit, Visit.id == Note.visit_id)
        .join(Slot, Slot.id == Visit.slot_id)
        .where(
            is_of_person(Note.client_id, visit.client.known_as),
            _SIGNED,
            Note.visit_id != visit.id,
            Slot.starts_s < visit.slot.starts_s,
        )
        .options(joinedload(Note.visit), joinedload(Note.author))
        .order_by(Slot.starts_s.desc(), Note.id.desc())
        .limit(MOST)
    )
    return db.session.scalars(found).all()


@dataclass(frozen=True, slots=True)
class Listed:
    """A note in a list of one client's, opened."""

    note: Note
    body: Body


def notes_of(person_id: int, text: str = "") -> list[Listed]:
    """The notes of a person, the latest first; with a text, only those whose words hold it.

    They are sealed, so that a search opens those of this one client, and no others.
    Other people's drafts are not among them.
    """
    found = (
        select(Note)
        .join(Visit, Visit.id == Note.visit_id)
        .join(Slot, Slot.id == Visit.slot_id)
        .where(is_of_person(Note.client_id, person_id), Note.status != "draft")
        .options(joinedload(Note.visit), joinedload(Note.author))
        .order_by(Slot.starts_s.desc(), Note.id.desc())
        .limit(MOST)
    )
    listed = [Listed(one, read_body(one.body)) for one in db.session.scalars(found)]
    if not text:
        return listed
    added = _addenda_with([one.note.id for one in listed], text)
    return [one for one in listed if is_found(one.body, text) or one.note.id in added]


def _addenda_with(note_ids: list[int], text: str) -> set[int]:
    wanted = text.casefold()
    found = db.session.scalars(select(Addendum).where(Addendum.note_id.in_(note_ids)))
    return {one.note_id for one in found if wanted in f"{one.text} {one.why}".casefold()}


@dataclass(frozen=True, slots=True)
class ToSign:
    """A visit whose note is still to be signed; ``saved_at`` is that of its draft."""

    visit_id: str
    client_id: str
    client: str
    on: date
    starts_at: datetime
    ends_at: datetime
    service: str
    is_in_session: bool
    saved_at: datetime | None
    is_overdue: bool


def to_sign(actor: Actor) -> list[ToSign]:
    """This therapist's visits without a signed note, the oldest first."""
    since = today(the_practice().zone) - UNSIGNED_FOR
    found = db.session.execute(
        select(Visit, Note.saved_at)
        .join(Slot, Slot.id == Visit.slot_id)
        .outerjoin(Note, and_(Note.visit_id == Visit.id, _COUNTS))
        .where(
            Visit.therapist_id == actor.id,
            Visit.status.in_(TREATED),
            or_(Note.status == "draft", and_(Note.id.is_(None), Visit.on_date >= since)),
        )
        .order_by(Slot.starts_s, Visit.id)
    )
    at = now()
    return [_to_sign(visit, saved_at, at) for visit, saved_at in found.unique()]


def _to_sign(visit: Visit, saved_at: datetime | None, at: datetime) -> ToSign:
    ended_at = ended(visit)
    return ToSign(
        visit_id=visit.public_id,
        client_id=visit.client.public_id,
        client=visit.client.name,
        on=visit.on_date,
        starts_at=visit.starts_at,
        ends_at=ended_at,
        service=visit.variant.service.name,
        is_in_session=visit.status == "in_session",
        saved_at=saved_at,
        is_overdue=at - ended_at > LATE_AFTER,
    )


def unsigned_by(actor: Actor) -> int:
    """How many notes this therapist has still to sign."""
    since = today(the_practice().zone) - UNSIGNED_FOR
    found = (
        select(func.count())
        .select_from(Visit)
        .outerjoin(Note, and_(Note.visit_id == Visit.id, _COUNTS))
        .where(
            Visit.therapist_id == actor.id,
            Visit.status.in_(TREATED),
            or_(Note.status == "draft", and_(Note.id.is_(None), Visit.on_date >= since)),
        )
    )
    return db.session.scalar(found) or 0


def ended(visit: Visit) -> datetime:
    """When a session ended, or is to end."""
    return visit.finished_at or visit.ends_at


def longest(visit: Visit) -> int:
    """The most minutes of hands-on treatment that a visit can have had."""
    booked = int((visit.ends_at - visit.starts_at).total_seconds() // 60)
    if visit.started_at is None:
        return booked
    lasted = (visit.finished_at or now()) - visit.started_at
    return min(max(booked, int(lasted.total_seconds() // 60) + 1), MINUTES[1])


def signature(name: str, staff_id: int, on: date) -> str:
    """Name and licence as they stand on a day; no more than fits."""
    licence = licence_of(staff_id, on)
    return f"{name}, {licence}"[:160] if licence else name


def is_first(visit: Visit) -> bool:
    """Whether nobody has written a note for this person before."""
    found = select(Note.id).where(
        is_of_person(Note.client_id, visit.client.known_as), _COUNTS, Note.visit_id != visit.id
    )
    return db.session.scalar(found.limit(1)) is None
