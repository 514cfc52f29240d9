"""What the page of a client shows to who treats them: plan, courses, history, last notes."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import bindparam, select

from clinic.catalogue.models import Service, ServiceVariant
from clinic.clients.models import Client
from clinic.clients.queries import is_of_person
from clinic.clients.rules import age_on
from clinic.consents.queries import consents_on
from clinic.consents.rules import Consents
from clinic.core.db import db
from clinic.core.swift import Swift
from clinic.core.vault import SubjectKey, vault
from clinic.core.words import Words, say
from clinic.desk.queries.head import GRAVE, Head, is_live
from clinic.health.rules.facts import Answer, Fact
from clinic.health.rules.screening import Hit
from clinic.health.rules.telling import said_of
from clinic.health.rules.wording import KIND_NAMES, label_of, parts_of
from clinic.records.models import Note
from clinic.records.queries.measures import Trend, readings_of, trends
from clinic.records.queries.plans import PlanPage, goals_of, open_plan, plan_page
from clinic.records.rules.notes import Body, read_body
from clinic.scheduling.models import Visit
from clinic.staff.models import StaffMember
from clinic.timetable.models import Slot

NOTES = 4
"""How many of the last notes the page lists."""
CHARTS = 4
_BOXES: tuple[tuple[str, str, Words, tuple[str, ...]], ...] = (
    ("condition", "stethoscope", KIND_NAMES["condition"], ("condition",)),
    ("medicine", "medical-cross", KIND_NAMES["medicine"], ("medicine",)),
    ("allergy", "alert-octagon", KIND_NAMES["allergy"], ("allergy",)),
    ("injury", "history", say("Injuries and operations"), ("injury", "surgery")),
    ("device", "heart", KIND_NAMES["device"], ("device",)),
    ("pregnancy", "prenatal", KIND_NAMES["pregnancy"], ("pregnancy",)),
)
_ALWAYS = ("condition", "medicine", "allergy", "injury")
"""Boxes that are shown though nothing is in them."""


@dataclass(frozen=True, slots=True)
class KnownFact:
    """One thing that is known; ``mark`` is stop or care where a rule is hit by it, and
    ``action`` what the gravest of these rules asks for. An allergy always says stop."""

    label: Words
    parts: tuple[Words, ...]
    mark: str
    action: str


@dataclass(frozen=True, slots=True)
class HealthBox:
    """One part of a history; ``said`` is what was answered about all of it: none, unsure,
    told ("yes", and nothing is listed), or nothing where nobody asked; ``said_on`` when."""

    kind: str
    icon: str
    title: Words
    facts: tuple[KnownFact, ...]
    said: str
    said_on: date | None


@dataclass(frozen=True, slots=True)
class NoteLine:
    """A note as the page of a client lists it."""

    public_id: str
    on: date
    service: str
    minutes: int
    author: str
    is_amended: bool
    body: Body


@dataclass(frozen=True, slots=True)
class Clinical:
    """All of it."""

    plan: PlanPage | None
    trends: Sequence[Trend]
    boxes: tuple[HealthBox, ...]
    notes: list[NoteLine]


def clinical_of(person_id: int, head: Head) -> Clinical:
    """What is for therapists in a client's care alone: three queries, four with a
    plan, five where it is joined to a series."""
    known = readings_of(person_id)
    plan = open_plan(person_id)
    page = plan_page(plan, known) if plan is not None else None
    return Clinical(
        plan=page,
        trends=trends(known, goals_of(page))[:CHARTS],
        boxes=_boxes(head),
        notes=last_notes(person_id),
    )


_LAST = Swift(
    select(
        Note.public_id, Note.status, Note.body_sealed, Visit.on_date, Visit.minutes,
        Service.name.label("service"), StaffMember.name.label("author"),
        SubjectKey.id.label("key_id"), SubjectKey.subject, SubjectKey.wrapped,
    )
    .join(Visit, Visit.id == Note.visit_id)
    .join(Slot, Slot.id == Visit.slot_id)
    .join(ServiceVariant, ServiceVariant.id == Visit.variant_id)
    .join(Service, Service.id == ServiceVariant.service_id)
    .join(StaffMember, StaffMember.id == Note.author_id)
    .join(Client, Client.id == Note.client_id)
    .join(SubjectKey, SubjectKey.id == Client.key_id)
    .where(
        is_of_person(Note.client_id, bindparam("person_id", 0)),
        Note.status.in_(("signed", "amended")),
    )
    .order_by(Slot.starts_s.desc(), Note.id.desc())
    .limit(NOTES)
)  # fmt: skip


def last_notes(person_id: int) -> list[NoteLine]:
    """The last signed notes of a person, opened: one query. Raises CannotOpen."""
    return [
        NoteLine(
            row.public_id, row.on_date, row.service, row.minutes, row.author,
            row.status == "amended", read_body(_opened(row)),
        )
        for row in _LAST.rows(db.session.connection(), person_id=person_id)
    ]  # fmt: skip


def _opened(row: Any) -> str:
    """The text of a note that was read as columns."""
    key = SubjectKey(id=row.key_id, subject=row.subject, wrapped=row.wrapped)
    place = f"{Note.__tablename__}.body_sealed.{row.public_id}"
    return vault().open(key, place, row.body_sealed) if row.body_sealed else ""


# --- the history, out of the sheet that screening reads ---


def _boxes(head: Head) -> tuple[HealthBox, ...]:
    sheet = head.known.sheet
    hits = [hit for hit in head.verdict.of("open", "adjusted", "cleared") if not hit.is_always]
    found = []
    for kind, icon, title, kinds in _BOXES:
        facts = tuple(
            _known(fact, hits, head)
            for fact in sheet.facts
            if fact.kind in kinds and is_live(fact, head.on)
        )
        said = [said_of(one, sheet.answers) for one in kinds]
        answers = [one for one in said if one is not None]
        if facts or kind in _ALWAYS:
            on = answers[0].on if answers else None
            found.append(HealthBox(kind, icon, title, facts, _said(answers), on))
    return tuple(found)


def _known(fact: Fact, hits: Sequence[Hit], head: Head) -> KnownFact:
    own = [hit for hit in hits if any(cause.fact == fact for cause in hit.because)]
    is_grave = fact.kind == "allergy" or any(hit.klass in GRAVE for hit in own)
    mark = "stop" if is_grave else "care" if own else ""
    action = head.book.rule(own[0].rule, head.on).action if own else ""
    return KnownFact(label_of(fact), parts_of(fact), mark, action)


def _said(answers: Sequence[Answer]) -> str:
    words = {answer.said for answer in answers}
    for said, told in (("unsure", "unsure"), ("yes", "told"), ("no", "none")):
        if said in words:
            return told
    return ""


# --- consents, as everybody may know them ---


@dataclass(frozen=True, slots=True)
class ConsentState:
    """Whether a session could start by what was agreed to; ``since`` and ``until`` are of
    the consent to treatment."""

    missing: tuple[str, ...]
    since: date | None
    until: date | None


def consent_state(person: Client, on: date, *, has_any: bool = True) -> ConsentState:
    """What stands of the consents without which no session starts: one query, if there are any."""
    said = consents_on(person.known_as, on) if has_any else Consents(on, ())
    given = said.given("TREATMENT")
    age = age_on(person.birth_date, on) if person.birth_date else None
    return ConsentState(
        missing=said.missing_for(age),
        since=given[0].given_on if given else None,
        until=given[0].expires_on if given else None,
    )
