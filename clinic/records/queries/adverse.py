"""Adverse events: one, those of a client, those somebody may see, and how many there were."""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, and_, bindparam, exists, func, or_, select
from sqlalchemy.orm import joinedload

from clinic.audit.queries import WhileNothingChanges
from clinic.clients.models import CareTeamMember, Client
from clinic.clients.queries import is_current, is_of_person, may_read_health
from clinic.core.clock import local_day, today
from clinic.core.db import at_hand, db
from clinic.core.errors import NotFound
from clinic.core.permissions import Actor, Permission
from clinic.core.swift import Swift
from clinic.health.queries.history import verdict_of
from clinic.practice.queries import the_practice
from clinic.records.models import AdverseEvent
from clinic.records.queries.notes import note_of
from clinic.records.rules.adverse import (
    COUNTS,
    GRAVE,
    OPEN,
    Account,
    Around,
    FollowUp,
    RuleFound,
    follow_up_by,
    is_followed,
    per_hundred,
    read_account,
    read_review,
)
from clinic.records.rules.notes import read_body
from clinic.scheduling.models import Visit
from clinic.scheduling.queries.starting import day_of
from clinic.staff.models import StaffMember

MOST = 200
"""Events that one list holds."""


def the_event(public_id: str) -> AdverseEvent:
    """Raises NotFound."""
    event = db.session.scalar(
        select(AdverseEvent)
        .where(AdverseEvent.public_id == public_id)
        .options(
            joinedload(AdverseEvent.visit),
            joinedload(AdverseEvent.note),
            joinedload(AdverseEvent.reported_by),
        )
    )
    if event is None:
        raise NotFound
    return event


def may_read_event(actor: Actor, event: AdverseEvent) -> bool:
    """Owners read every report that was sent, therapists those of clients in their care.

    A draft is its writer's alone.
    """
    if event.status == "draft" or event.reported_at is None:
        return is_writer(actor, event)
    return actor.may(Permission.EVENTS_REVIEW) or may_read_health(actor, event.client_id)


def is_writer(actor: Actor, event: AdverseEvent) -> bool:
    """Whether this person writes, or wrote, the report."""
    return actor.id is not None and actor.id == event.reported_by_id


@dataclass(frozen=True, slots=True)
class Listed:
    """An event in a list, opened."""

    event: AdverseEvent
    account: Account
    follow_up: FollowUp | None = None
    """Set in a list for those who read reports, while it is open and not done."""


def events_of(person_id: int) -> list[Listed]:
    """The reports about a person that count, the latest first; for who treats them."""
    return _opened(
        _newest().where(
            is_of_person(AdverseEvent.client_id, person_id), AdverseEvent.status.in_(COUNTS)
        )
    )


def events_for(actor: Actor, status: str = "", person_id: int | None = None) -> list[Listed]:
    """The reports this person may read, of one client or all.

    First those whose client is still to be asked how they are, the longest overdue before the
    others; then those open and grave.
    """
    wanted = _newest().where(AdverseEvent.status.in_(COUNTS))
    if not actor.may(Permission.EVENTS_REVIEW):
        if not actor.may(Permission.CLINICAL_READ):
            return []
        wanted = wanted.where(_is_in_care(actor.id))
    if person_id is not None:
        wanted = wanted.where(is_of_person(AdverseEvent.client_id, person_id))
    if status == "open":
        wanted = wanted.where(AdverseEvent.status.in_(OPEN))
    elif status == "closed":
        wanted = wanted.where(AdverseEvent.status == "closed")
    listed = [replace(one, follow_up=follow_up_of(one.event)) for one in _opened(wanted)]
    return sorted(listed, key=_rank)


def _rank(one: Listed) -> tuple[bool, date, bool, bool]:
    waits = one.follow_up if one.follow_up and one.follow_up.is_due else None
    is_open, is_grave = one.event.status in OPEN, one.event.severity in GRAVE
    return waits is None, waits.by if waits else date.max, not is_open, not is_grave


def must_follow_by(event: AdverseEvent) -> date | None:
    """By when the client of a report that was sent is asked how they are, done or not."""
    if event.reported_at is None:
        return None
    reported_on = local_day(event.reported_at, the_practice().zone)
    return follow_up_by(event.severity, event.actuality, event.happened_on, reported_on)


def follow_up_of(event: AdverseEvent) -> FollowUp | None:
    """What is still to be done of it; None once it is written down, or the report is closed."""
    by = must_follow_by(event)
    if by is None or event.status not in OPEN or is_followed(read_review(event.review)):
        return None
    return FollowUp(by, today(the_practice().zone))


def _is_in_care(staff_id: int | None) -> ColumnElement[bool]:
    kept = select(Client.person_id).where(Client.id == AdverseEvent.client_id).scalar_subquery()
    return exists().where(
        CareTeamMember.staff_id == staff_id,
        is_current(),
        or_(CareTeamMember.client_id == AdverseEvent.client_id, CareTeamMember.client_id == kept),
    )


def own_reports(actor: Actor) -> list[AdverseEvent]:
    """Drafts and sent reports of this person: whose, when, and no more of what was sent."""
    wanted = (
        select(AdverseEvent)
        .where(AdverseEvent.reported_by_id == actor.id, AdverseEvent.status != "entered_in_error")
        .order_by(AdverseEvent.status != "draft", AdverseEvent.id.desc())
        .limit(20)
    )
    return list(db.session.scalars(wanted))


def _newest() -> Any:
    return (
        select(AdverseEvent)
        .options(
            joinedload(AdverseEvent.visit).joinedload(Visit.therapist),
            joinedload(AdverseEvent.reported_by),
        )
        .order_by(AdverseEvent.happened_on.desc(), AdverseEvent.id.desc())
        .limit(MOST)
    )


def _opened(wanted: Any) -> list[Listed]:
    return [Listed(one, read_account(one.details)) for one in db.session.scalars(wanted)]


_UNSEEN = Swift(
    select(AdverseEvent.public_id, AdverseEvent.reported_at)
    .where(
        AdverseEvent.status == bindparam("status", "reported"),
        AdverseEvent.severity.in_(GRAVE),
        AdverseEvent.owner_seen_at.is_(None),
    )
    .order_by(AdverseEvent.id)
)


def _read_unseen() -> list[Any]:
    return list(_UNSEEN.rows(at_hand()))


_UNSEEN_NOW = WhileNothingChanges(_read_unseen, AdverseEvent.__tablename__)


def unseen_grave() -> list[Any]:
    """Severe or worse, and no owner has opened it: what every owner is told on every page."""
    return _UNSEEN_NOW.get()


def around(visit: Visit) -> tuple[Around, Account]:
    """What stands around a visit now, and what its note says was done in it."""
    note = note_of(visit.id)
    verdict = verdict_of(visit.client, day_of(visit))
    found = Around(
        service=visit.variant.service.name,
        minutes=visit.minutes,
        hits=tuple(
            RuleFound(hit.rule, hit.klass, hit.state) for hit in verdict.hits if not hit.is_always
        ),
        cap=verdict.pressure,
        has_note=note is not None,
    )
    if note is None:
        return found, Account(around=found)
    body = read_body(note.body)
    return found, Account(
        techniques=body.techniques,
        areas=tuple((one.area, one.side) for one in body.treated),
        pressure=body.pressure,
        product=body.product,
        around=found,
    )


# --- how many ---


@dataclass(frozen=True, slots=True)
class Count:
    """How many events there were of something, and per 100 of ``sessions``."""

    code: str
    name: str
    events: int
    sessions: int

    @property
    def rate(self) -> float | None:
        """Events per 100 sessions."""
        return per_hundred(self.events, self.sessions)


@dataclass(frozen=True, slots=True)
class Counts:
    """Events of a span of days by what they were, what was used, and who treated.

    Near misses are counted apart. A session is a completed visit of the span.
    """

    since: date
    until: date
    sessions: int
    actual: int
    near: int
    by_kind: tuple[Count, ...]
    by_technique: tuple[Count, ...]
    by_therapist: tuple[Count, ...]


def counts(since: date, until: date) -> Counts:
    """What was reported as happened from one day to another, both among them."""
    listed = events_between(since, until)
    actual = [one for one in listed if one.event.actuality == "actual"]
    held = _sessions(since, until)
    sessions, people = sum(held.values()), _names()
    return Counts(
        since=since,
        until=until,
        sessions=sessions,
        actual=len(actual),
        near=len(listed) - len(actual),
        by_kind=_tally(actual, lambda one: [one.account.kind], lambda _: sessions),
        by_technique=_tally(actual, lambda one: one.account.techniques, lambda _: sessions),
        by_therapist=_tally(actual, _therapist, lambda code: held.get(code, 0), people),
    )


def events_between(since: date, until: date, by: str = "", of: str = "") -> list[Listed]:
    """The events behind a number: ``by`` is kind, technique, therapist or near; ``of`` its code."""
    listed = _opened(
        _newest()
        .where(AdverseEvent.status.in_(COUNTS), AdverseEvent.happened_on.between(since, until))
        .limit(None)
    )
    named: dict[str, Callable[[Listed], Iterable[str]]] = {
        "kind": lambda one: [one.account.kind],
        "technique": lambda one: one.account.techniques,
        "therapist": _therapist,
    }
    if by == "near":
        return [one for one in listed if one.event.actuality == "near_miss"]
    if by not in named:
        return listed
    return [one for one in listed if one.event.actuality == "actual" and of in named[by](one)]


def _therapist(one: Listed) -> Iterable[str]:
    return [one.event.visit.therapist.public_id] if one.event.visit else []


def _sessions(since: date, until: date) -> dict[str, int]:
    found = (
        select(StaffMember.public_id, func.count())
        .select_from(Visit)
        .join(StaffMember, StaffMember.id == Visit.therapist_id)
        .where(and_(Visit.status == "completed", Visit.on_date.between(since, until)))
        .group_by(StaffMember.public_id)
    )
    return {row[0]: row[1] for row in db.session.execute(found)}


def _names() -> dict[str, str]:
    found = db.session.execute(select(StaffMember.public_id, StaffMember.name))
    return {row[0]: row[1] for row in found}


def _tally(
    listed: Iterable[Listed],
    codes: Callable[[Listed], Iterable[str]],
    sessions: Callable[[str], int],
    names: dict[str, str] | None = None,
) -> tuple[Count, ...]:
    known = names or defaultdict(str)
    found = Counter(code for one in listed for code in set(codes(one)) if code)
    return tuple(
        Count(code, known.get(code, ""), number, sessions(code))
        for code, number in sorted(found.items(), key=lambda one: (-one[1], one[0]))
    )
