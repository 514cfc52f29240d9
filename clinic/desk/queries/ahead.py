"""What a therapist prepares for: of each visit of their day, what is known of who comes."""

from collections import defaultdict
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import Date, and_, bindparam, exists, func, or_, select
from sqlalchemy.orm import aliased, joinedload

from clinic.clients.models import CareTeamMember, Client
from clinic.clients.queries import is_current
from clinic.clients.rules import age_on
from clinic.consents.models import Consent
from clinic.consents.queries import consents_of
from clinic.core.clock import now
from clinic.core.db import UtcDateTime, db
from clinic.core.permissions import Actor, Permission
from clinic.core.swift import Swift
from clinic.core.vault import SubjectKey
from clinic.desk.queries.head import GRAVE
from clinic.health.models import FactSheet, IntakeResponse, RuleVersion
from clinic.health.queries.history import is_in_care
from clinic.health.queries.intake import waits_for_review
from clinic.health.queries.rules import book_for
from clinic.health.queries.sheets import known_from
from clinic.health.rules.screening import Verdict, judge
from clinic.records.models import Note, TreatmentPlan
from clinic.records.rules.plans import read_details
from clinic.scheduling.models import SeriesItem, Visit


@dataclass(frozen=True, slots=True)
class Ahead:
    """One visit of one's own day. ``stops`` and ``cares`` count the rules that are open;
    they, ``plan`` (a visit's number and how many are planned), ``is_unreviewed`` and
    ``review`` (the form that waits) are told of clients in one's care alone."""

    is_first: bool
    in_care: bool
    note: str
    """The state of its note; nothing where there is none."""
    lacks_consent: bool
    stops: int = 0
    cares: int = 0
    is_unreviewed: bool = False
    review: str = ""
    plan: tuple[int, int] | None = None


def ahead(on: date, reader: Actor) -> dict[str, Ahead]:
    """By a visit's public id: three queries, one more each for a form that waits and a plan.

    Raises CannotOpen.
    """
    rows = _ROWS.rows(db.session.connection(), on=on, staff_id=reader.id or 0, at=now())
    visits: dict[str, list[Any]] = defaultdict(list)
    for row in rows:
        visits[row.visit].append(row)
    if not visits:
        return {}
    reads = reader.may(Permission.CLINICAL_READ)
    treated = {row.person_id for row in rows if row.in_care and reads}
    consents = _consents({row.record_id for row in rows}, rows)
    verdicts = {
        visit: _verdict(found, on)
        for visit, found in visits.items()
        if found[0].person_id in treated
    }
    waiting = _waiting(
        {row.record_id for row in rows if row.visit in verdicts}
        if any(not one.is_reviewed and one.form != "missing" for one in verdicts.values())
        else set()
    )
    plans = _plans({row.record_id for row in rows if row.visit in verdicts})
    return {
        visit: _one(found, on, verdicts.get(visit), consents, waiting, plans)
        for visit, found in visits.items()
    }


def forms_to_review(reader: Actor) -> int:
    """How many histories and updates of clients in one's care wait for a look: one query.

    Visit checks are not counted: most of them say nothing new, and wait for nobody.
    """
    if not reader.may(Permission.CLINICAL_DECIDE):
        return 0
    wanted = (
        select(func.count())
        .select_from(IntakeResponse)
        .join(Client, Client.id == IntakeResponse.client_id)
        .where(
            IntakeResponse.status == "completed",
            IntakeResponse.form != "check",
            is_in_care(reader.id),
        )
    )
    return db.session.scalar(wanted) or 0


_ON: Any = bindparam("on", date.min, type_=Date)
_STAFF: Any = bindparam("staff_id", 0)
_AT: Any = bindparam("at", None, UtcDateTime)
_OF, _PERSON, _RECORD = aliased(Client), aliased(Client), aliased(Client)
_EARLIER, _WHOSE = aliased(Visit), aliased(Client)


def _is_same(one: Any) -> Any:
    return or_(one.id == _PERSON.id, one.person_id == _PERSON.id)


_HAD = (
    exists()
    .where(
        _WHOSE.id == _EARLIER.client_id, _is_same(_WHOSE),
        _EARLIER.status == "completed", _EARLIER.id != Visit.id,
    )
    .correlate(_PERSON, Visit)
)  # fmt: skip
_IN_CARE = (
    exists()
    .where(
        CareTeamMember.client_id == _WHOSE.id,
        _is_same(_WHOSE),
        CareTeamMember.staff_id == _STAFF,
        is_current(_AT),
    )
    .correlate(_PERSON)
)
_NOTE = (
    select(Note.status)
    .where(Note.visit_id == Visit.id, Note.status != "entered_in_error")
    .correlate(Visit)
    .scalar_subquery()
)
_RULES = select(RuleVersion.public_id).order_by(RuleVersion.id.desc()).limit(1).scalar_subquery()
_ROWS = Swift(
    select(
        Visit.public_id.label("visit"), _PERSON.id.label("person_id"), _PERSON.birth_date,
        _RECORD.id.label("record_id"), FactSheet.public_id, FactSheet.contents_sealed,
        FactSheet.version, FactSheet.checked_on, SubjectKey.id.label("key_id"),
        SubjectKey.subject, SubjectKey.wrapped, _HAD.label("had"), _IN_CARE.label("in_care"),
        _NOTE.label("note"), _RULES.label("rules"),
    )
    .select_from(Visit)
    .join(_OF, _OF.id == Visit.client_id)
    .join(_PERSON, _PERSON.id == func.coalesce(_OF.person_id, _OF.id))
    .join(_RECORD, _is_same(_RECORD))
    .join(SubjectKey, SubjectKey.id == _RECORD.key_id)
    .outerjoin(FactSheet, FactSheet.client_id == _RECORD.id)
    .where(
        Visit.on_date == _ON,
        Visit.therapist_id == _STAFF,
        Visit.status.in_(("booked", "arrived", "in_session", "completed")),
    )
    .order_by(Visit.id, _RECORD.id)
)  # fmt: skip


def _verdict(rows: list[Any], on: date) -> Verdict:
    known = known_from([row for row in rows if row.public_id])
    return judge(known.sheet, book_for(rows[0].rules or ""), on, born=rows[0].birth_date)


def _consents(records: Collection[int], rows: list[Any]) -> Mapping[int, list[Consent]]:
    """Each person's consents."""
    persons = {row.record_id: row.person_id for row in rows}
    found: dict[int, list[Consent]] = defaultdict(list)
    wanted = (
        select(Consent)
        .where(Consent.client_id.in_(records))
        .options(joinedload(Consent.client, innerjoin=True).lazyload(Client.phones))
        .order_by(Consent.given_on.desc(), Consent.id.desc())
    )
    for one in db.session.scalars(wanted):
        found[persons[one.client_id]].append(one)
    return found


def _waiting(records: Collection[int]) -> Mapping[int, str]:
    """The form of each record that waits for a therapist: the oldest."""
    if not records:
        return {}
    wanted = (
        select(IntakeResponse)
        .where(IntakeResponse.client_id.in_(records), IntakeResponse.status == "completed")
        .order_by(IntakeResponse.answered_at.desc(), IntakeResponse.id.desc())
    )
    return {
        one.client_id: one.public_id for one in db.session.scalars(wanted) if waits_for_review(one)
    }


_DONE = (
    select(func.count())
    .select_from(SeriesItem)
    .join(Visit, Visit.id == SeriesItem.visit_id)
    .where(SeriesItem.series_id == TreatmentPlan.series_id, Visit.status == "completed")
    .correlate(TreatmentPlan)
    .scalar_subquery()
)
_PLANNED = (
    select(func.count())
    .select_from(SeriesItem)
    .where(SeriesItem.series_id == TreatmentPlan.series_id, SeriesItem.is_skipped.is_(False))
    .correlate(TreatmentPlan)
    .scalar_subquery()
)
_SINCE = (
    select(func.count())
    .select_from(Visit)
    .where(
        and_(
            Visit.client_id == TreatmentPlan.client_id,
            Visit.status == "completed",
            Visit.on_date >= TreatmentPlan.opened_on,
        )
    )
    .correlate(TreatmentPlan)
    .scalar_subquery()
)


def _plans(records: Collection[int]) -> Mapping[int, tuple[int, int]]:
    """By record: visits done and planned of the plan that runs."""
    if not records:
        return {}
    wanted = (
        select(TreatmentPlan, _DONE, _PLANNED, _SINCE)
        .where(TreatmentPlan.client_id.in_(records), TreatmentPlan.status == "active")
        .options(joinedload(TreatmentPlan.client))
    )
    found = {}
    for plan, done, planned, since in db.session.execute(wanted).unique():
        pair = (done, planned)
        if plan.series_id is None:
            pair = (since, sum(one.visits for one in read_details(plan.details).phases))
        if pair[1]:
            found[plan.client_id] = pair
    return found


def _one(
    rows: list[Any],
    on: date,
    verdict: Verdict | None,
    consents: Mapping[int, list[Consent]],
    waiting: Mapping[int, str],
    plans: Mapping[int, tuple[int, int]],
) -> Ahead:
    first = rows[0]
    age = age_on(first.birth_date, on) if first.birth_date else None
    told = Ahead(
        is_first=not first.had,
        in_care=verdict is not None,
        note=first.note or "",
        lacks_consent=bool(consents_of(consents.get(first.person_id, ()), on).missing_for(age)),
    )
    if verdict is None:
        return told
    hits = [hit for hit in verdict.of("open") if not hit.is_always]
    grave = sum(hit.klass in GRAVE for hit in hits)
    plan = next((plans[row.record_id] for row in rows if row.record_id in plans), None)
    return Ahead(
        is_first=told.is_first,
        in_care=True,
        note=told.note,
        lacks_consent=told.lacks_consent,
        stops=grave,
        cares=len(hits) - grave,
        is_unreviewed=verdict.form != "missing" and not verdict.is_reviewed,
        review=next((waiting[row.record_id] for row in rows if row.record_id in waiting), ""),
        plan=(min(plan[0] + 1, plan[1]), plan[1]) if plan else None,
    )
