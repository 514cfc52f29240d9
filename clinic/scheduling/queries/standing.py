"""Visits that stand and are to come, as far as a screening must know them; few statements."""

from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from sqlalchemy import ColumnElement, and_, func, or_, select, true
from sqlalchemy.orm import joinedload

from clinic.catalogue.models import AddOn, ServiceTechnique, ServiceVariant, Technique
from clinic.clients.models import Client
from clinic.clients.queries import is_of_person
from clinic.core.clock import today
from clinic.core.db import db
from clinic.core.vault import SubjectKey
from clinic.health.models import FactSheet
from clinic.health.queries.rules import book_and_version
from clinic.health.queries.sheets import known_from
from clinic.practice.queries import the_practice
from clinic.scheduling.models import Visit, VisitAddOn, VisitVerdict
from clinic.scheduling.queries.screens import Screen
from clinic.staff.models import StaffMember

JUDGED = ("requested", "held", "booked", "arrived")
"""States of a visit whose session has not begun."""
_MANY = 500
"""How many numbers one statement takes."""


@dataclass(frozen=True, slots=True)
class Standing:
    """One visit, what it is judged by, and what was said of it last."""

    visit_id: int
    person_id: int
    on: date
    variant_id: int
    primary: frozenset[str]
    add_ons: frozenset[str]
    outcome: str
    is_misfit: bool
    effects: str
    has_reason: bool


def standing_visits(person_id: int | None = None) -> dict[int, list[Standing]]:
    """All visits from today on whose session has not begun, by person; or one person's. For a
    client who is here the day is today.

    Three statements.
    """
    person, present = func.coalesce(Client.person_id, Client.id), today(the_practice().zone)
    whose = true() if person_id is None else is_of_person(Visit.client_id, person_id)
    rows = db.session.execute(
        select(
            Visit.id, person.label("person_id"), Visit.on_date, Visit.variant_id,
            ServiceVariant.service_id, VisitVerdict.outcome, VisitVerdict.is_misfit,
            (Visit.status == "arrived").label("is_here"),
            VisitVerdict.effects, VisitVerdict.why_sealed.is_not(None).label("has_reason"),
        )
        .join(Client, Client.id == Visit.client_id)
        .join(ServiceVariant, ServiceVariant.id == Visit.variant_id)
        .join(VisitVerdict, VisitVerdict.id == Visit.verdict_id)
        .where(*_to_come(present), whose)
        .order_by(person, Visit.on_date, Visit.id)
    ).all()  # fmt: skip
    found: dict[int, list[Standing]] = defaultdict(list)
    if not rows:
        return found
    primary, extra = _primary(), _of_add_ons(person_id)
    for row in rows:
        one = Standing(
            row.id, row.person_id, present if row.is_here else row.on_date, row.variant_id,
            frozenset(primary[row.service_id]), frozenset(extra[row.id]),
            row.outcome, row.is_misfit, row.effects, row.has_reason,
        )  # fmt: skip
        found[row.person_id].append(one)
    return found


def _to_come(present: date) -> tuple[ColumnElement[bool], ...]:
    """Criteria on Visit: from today on, or of yesterday with a client who is here today."""
    is_here = and_(Visit.status == "arrived", Visit.on_date >= present - timedelta(days=1))
    return Visit.status.in_(JUDGED), or_(Visit.on_date >= present, is_here)


def _primary() -> dict[int, set[str]]:
    """The techniques that each service is about."""
    rows = db.session.execute(
        select(ServiceTechnique.service_id, Technique.code)
        .join(Technique, Technique.id == ServiceTechnique.technique_id)
        .where(ServiceTechnique.is_primary)
    )
    return _sets(rows)


def _of_add_ons(person_id: int | None) -> dict[int, set[str]]:
    """The techniques of the add-ons of each visit to come."""
    whose = true() if person_id is None else is_of_person(Visit.client_id, person_id)
    rows = db.session.execute(
        select(VisitAddOn.visit_id, Technique.code)
        .join(Visit, Visit.id == VisitAddOn.visit_id)
        .join(AddOn, AddOn.id == VisitAddOn.add_on_id)
        .join(Technique, Technique.id == AddOn.technique_id)
        .where(*_to_come(today(the_practice().zone)), whose)
    )
    return _sets(rows)


def _sets(rows: Any) -> dict[int, set[str]]:
    found: dict[int, set[str]] = defaultdict(set)
    for key, code in rows:
        found[key].add(code)
    return found


def screens_of(people: Collection[int]) -> dict[int, Screen]:
    """What these persons are judged by: two statements, and one more for each ``_MANY``."""
    book, number = book_and_version()
    numbers = sorted(people)
    found: dict[int, Screen] = {}
    for begin in range(0, len(numbers), _MANY):
        chunk = numbers[begin : begin + _MANY]
        sheets: dict[int, list[Any]] = defaultdict(list)
        born: dict[int, date | None] = {}
        for row in db.session.execute(_sheets(chunk)):
            if row.client_id == row.person_id:
                born[row.person_id] = row.born
            if row.contents_sealed is not None:
                sheets[row.person_id].append(row)
        for person in chunk:
            found[person] = Screen(known_from(sheets[person]), born.get(person), book, number)
    return found


def _sheets(people: Collection[int]) -> Any:
    person = func.coalesce(Client.person_id, Client.id)
    return (
        select(
            person.label("person_id"), Client.id.label("client_id"),
            Client.birth_date.label("born"), FactSheet.public_id, FactSheet.contents_sealed,
            FactSheet.version, FactSheet.checked_on, SubjectKey.id.label("key_id"),
            SubjectKey.subject, SubjectKey.wrapped,
        )
        .outerjoin(FactSheet, FactSheet.client_id == Client.id)
        .outerjoin(SubjectKey, SubjectKey.id == Client.key_id)
        .where(person.in_(people))
        .order_by(Client.id)
    )  # fmt: skip


def visits_numbered(ids: Collection[int]) -> dict[int, Visit]:
    """These visits as they stand now, each with its verdict's reason at hand."""
    found: dict[int, Visit] = {}
    numbers = sorted(ids)
    for begin in range(0, len(numbers), _MANY):
        rows = db.session.scalars(
            select(Visit)
            .where(Visit.id.in_(numbers[begin : begin + _MANY]))
            .options(
                joinedload(Visit.verdict),
                joinedload(Visit.client).lazyload(Client.phones),
                joinedload(Visit.therapist).lazyload(StaffMember.grants),
            )
            .execution_options(populate_existing=True)
        )
        found |= {one.id: one for one in rows.unique()}
    return found
