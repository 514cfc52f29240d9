"""What stands above every page of a client: what must be minded, where they are, what there is."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import Date, bindparam, case, exists, func, or_, select
from sqlalchemy.orm import aliased

from clinic.clients.models import CareTeamMember, Client
from clinic.clients.queries import is_current, is_of_person
from clinic.core.clock import from_epoch, now, today
from clinic.core.db import UtcDateTime, db
from clinic.core.permissions import Actor, Permission
from clinic.core.swift import Swift
from clinic.core.vault import SubjectKey
from clinic.core.words import Words, say
from clinic.desk.rules import effects_said
from clinic.health.models import FactSheet, RuleVersion
from clinic.health.queries.rules import book_for
from clinic.health.queries.sheets import Known, known_from
from clinic.health.rules.effects import effects
from clinic.health.rules.facts import Fact
from clinic.health.rules.rulebook import RuleBook
from clinic.health.rules.screening import Hit, Verdict, judge
from clinic.health.rules.wording import label_of
from clinic.practice.queries import the_practice
from clinic.records.models import Note
from clinic.referrals.models import Referral
from clinic.referrals.queries import is_open
from clinic.scheduling.models import Visit
from clinic.staff.models import StaffMember
from clinic.timetable.models import Place, Room, Slot

GRAVE = ("ABSOLUTE", "CLEARANCE")
"""Classes of rules that stop or hold."""


@dataclass(frozen=True, slots=True)
class HeadFlag:
    """One thing to mind: how grave it is, a picture, words."""

    tone: str
    icon: str
    words: Words


@dataclass(frozen=True, slots=True)
class Here:
    """The visit of today: the one that is on, else who waits, else the next."""

    public_id: str
    status: str
    is_own: bool
    starts_at: datetime
    ends_at: datetime
    room: str
    therapist: str


@dataclass(frozen=True, slots=True)
class Head:
    """The head of a client's pages as one reader sees it.

    ``notes`` is 0 for whoever does not treat the client. ``known`` and ``verdict`` are
    clinical: only their form and their effects may be shown to others.
    """

    is_treating: bool
    notes: int
    referrals: int
    flags: tuple[HeadFlag, ...]
    here: Here | None
    known: Known
    verdict: Verdict
    book: RuleBook
    on: date


def head_of(client: Client, reader: Actor) -> Head:
    """What stands above the pages of a client: one query. Raises CannotOpen."""
    on, person = today(the_practice().zone), client.known_as
    rows = _HEAD.rows(
        db.session.connection(), person_id=person, on=on, staff_id=reader.id or 0, at=now()
    )
    first, known = rows[0], known_from([row for row in rows if row.public_id])
    born = next((row.birth_date for row in rows if row.record_id == person), None)
    book = book_for(first.rules or "")
    verdict = judge(known.sheet, book, on, born=born)
    is_treating = bool(first.in_care) and reader.may(Permission.CLINICAL_READ)
    here = _here(first, reader)
    return Head(
        is_treating=is_treating,
        notes=first.notes if is_treating else 0,
        referrals=first.referrals,
        flags=_flags(known, verdict, book, on, here) if is_treating else _effects(verdict, here),
        here=here,
        known=known,
        verdict=verdict,
        book=book,
        on=on,
    )


_PERSON: Any = bindparam("person_id", 0)
_ON: Any = bindparam("on", date.min, type_=Date)
_STAFF: Any = bindparam("staff_id", 0)
_AT: Any = bindparam("at", None, UtcDateTime)
_RECORD, _TODAY, _SLOT = aliased(Client), aliased(Visit), aliased(Slot)
_ORDER = case((Visit.status == "in_session", 0), (Visit.status == "arrived", 1), else_=2)


def _one(wanted: Any) -> Any:
    return wanted.correlate(None).scalar_subquery()


_TODAYS = _one(
    select(Visit.id)
    .join(Slot, Slot.id == Visit.slot_id)
    .where(
        is_of_person(Visit.client_id, _PERSON),
        Visit.on_date == _ON,
        Visit.status.in_(("booked", "arrived", "in_session")),
    )
    .order_by(_ORDER, Slot.starts_s)
    .limit(1)
)
_IN_CARE = (
    exists()
    .where(
        is_of_person(CareTeamMember.client_id, _PERSON),
        CareTeamMember.staff_id == _STAFF,
        is_current(_AT),
    )
    .correlate(None)
)
_NOTES = _one(
    select(func.count()).where(
        is_of_person(Note.client_id, _PERSON), Note.status.in_(("signed", "amended"))
    )
)
_REFERRALS = _one(select(func.count()).where(is_of_person(Referral.client_id, _PERSON), is_open()))
_RULES = _one(select(RuleVersion.public_id).order_by(RuleVersion.id.desc()).limit(1))
_HEAD = Swift(
    select(
        FactSheet.public_id, FactSheet.contents_sealed, FactSheet.version, FactSheet.checked_on,
        SubjectKey.id.label("key_id"), SubjectKey.subject, SubjectKey.wrapped,
        _RECORD.id.label("record_id"), _RECORD.birth_date,
        _IN_CARE.label("in_care"), _NOTES.label("notes"), _REFERRALS.label("referrals"),
        _RULES.label("rules"), _TODAY.public_id.label("visit"), _TODAY.status,
        _TODAY.confirmed_at, _TODAY.therapist_id, _SLOT.starts_s, _SLOT.ends_s,
        Room.name.label("room"), StaffMember.name.label("therapist"),
    )
    .select_from(_RECORD)
    .join(SubjectKey, SubjectKey.id == _RECORD.key_id)
    .outerjoin(FactSheet, FactSheet.client_id == _RECORD.id)
    .outerjoin(_TODAY, _TODAY.id == _TODAYS)
    .outerjoin(_SLOT, _SLOT.id == _TODAY.slot_id)
    .outerjoin(Place, Place.id == _TODAY.place_id)
    .outerjoin(Room, Room.id == Place.room_id)
    .outerjoin(StaffMember, StaffMember.id == _TODAY.therapist_id)
    .where(or_(_RECORD.id == _PERSON, _RECORD.person_id == _PERSON))
    .order_by(_RECORD.id)
)  # fmt: skip


def _here(row: Any, reader: Actor) -> Here | None:
    if row.visit is None:
        return None
    is_confirmed = row.status == "booked" and row.confirmed_at is not None
    return Here(
        public_id=row.visit,
        status="confirmed" if is_confirmed else row.status,
        is_own=reader.id == row.therapist_id,
        starts_at=from_epoch(row.starts_s),
        ends_at=from_epoch(row.ends_s),
        room=row.room,
        therapist=row.therapist,
    )


# --- what must be minded ---


def _effects(verdict: Verdict, here: Here | None) -> tuple[HeadFlag, ...]:
    """What to do, in fixed phrases: never why."""
    codes = effects(verdict, is_today=here is not None)
    return tuple(
        HeadFlag("" if one.tone == "admin" else one.tone, one.icon, one.words)
        for one in effects_said(",".join(codes))
    )


def _flags(
    known: Known, verdict: Verdict, book: RuleBook, on: date, here: Here | None
) -> tuple[HeadFlag, ...]:
    """For who treats the client: allergies, what stops or holds, what to do, the rest."""
    allergies = tuple(
        HeadFlag("stop", "alert-octagon", say("Allergy: {what}", what=label_of(fact)))
        for fact in known.sheet.facts
        if fact.kind == "allergy" and is_live(fact, on)
    )
    hits = [hit for hit in verdict.of("open", "adjusted", "cleared") if not _is_said(hit)]
    grave = [hit for hit in hits if hit.klass in GRAVE]
    mild = [hit for hit in hits if hit.klass not in GRAVE]
    told = _effects(verdict, here)
    stops = tuple(one for one in told if one.tone == "stop")
    return (
        *allergies,
        *(_rule_flag(hit, book, on) for hit in grave),
        *stops,
        *(_rule_flag(hit, book, on) for hit in mild),
        *(one for one in told if one not in stops),
    )


def is_live(fact: Fact, on: date) -> bool:
    """Whether a fact is not over on a day."""
    return fact.until is None or fact.until >= on


def _is_said(hit: Hit) -> bool:
    """Whether it holds for everybody, or only for an allergy that is named already."""
    kinds = {cause.fact.kind if cause.fact is not None else "" for cause in hit.because}
    return hit.is_always or kinds == {"allergy"}


def _rule_flag(hit: Hit, book: RuleBook, on: date) -> HeadFlag:
    is_open_stop = hit.klass in GRAVE and hit.state == "open"
    return HeadFlag(
        "stop" if is_open_stop else "care",
        "alert-octagon" if is_open_stop else "alert-triangle",
        say("{text}", text=book.rule(hit.rule, on).label),
    )
