"""A client's health as one page shows it, and what waits for the therapists who treat them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from sqlalchemy import ColumnElement, exists, or_, select

from clinic.clients.models import CareTeamMember, Client
from clinic.clients.queries import is_current, kept_record
from clinic.core.db import db
from clinic.core.marks import marked
from clinic.core.words import Words
from clinic.health.models import Clearance, FactSheet, IntakeResponse, RuleHit
from clinic.health.queries.clearances import (
    CLEARED,
    Deciding,
    asking_of,
    clearances_of,
    deciding_of,
    decisions_of,
)
from clinic.health.queries.intake import waits_for_review
from clinic.health.queries.rules import rule_book
from clinic.health.queries.sheets import Known, known_of
from clinic.health.rules.case import Cause, add_months
from clinic.health.rules.rulebook import Rule
from clinic.health.rules.saying import joined
from clinic.health.rules.screening import REVIEW_MONTHS, Hit, Verdict, judge
from clinic.health.rules.wording import KIND_NAMES, label_of, parts_of, topic_words

MOST = 100
"""How many lines each list of the worklist holds."""


def verdict_of(client: Client, on: date, known: Known | None = None) -> Verdict:
    """What the rules say of a client on a day, whichever of their records is asked."""
    person = kept_record(client)
    sheet = (known or known_of(person.id)).sheet
    return judge(sheet, rule_book(), on, born=person.birth_date)


@dataclass(frozen=True, slots=True)
class Point:
    """A rule that is hit or cannot be told, with the words people read, and who saw to it.

    ``causes`` say why, or what is missing; ``topics`` are those that an answer could tell.
    """

    hit: Hit
    rule: Rule
    causes: tuple[Words, ...] = ()
    decision: RuleHit | None = None
    told: Deciding | None = None
    clearance: Clearance | None = None
    waiting: Clearance | None = None

    @property
    def is_told_later(self) -> bool:
        """Whether nothing is to be done before the day's check."""
        return self.hit.is_for_the_day


@dataclass(frozen=True, slots=True)
class Standing:
    """What the rules say of a person on a day, as a page lays it out."""

    known: Known
    verdict: Verdict
    open: tuple[Point, ...]
    seen: tuple[Point, ...]
    asks: tuple[Point, ...]
    later: tuple[Point, ...]


def standing_of(client: Client, on: date) -> Standing:
    """Everything that holds for a client on a day, those rules left out that hold for all."""
    person = kept_record(client)
    known = known_of(person.id)
    verdict = verdict_of(person, on, known)
    made, asked = decisions_of(person.id), clearances_of(person.id)
    points = [_point(hit, on, made, asked) for hit in verdict.hits if not hit.is_always]
    asks = [one for one in points if one.hit.state == "ask"]
    return Standing(
        known=known,
        verdict=verdict,
        open=tuple(one for one in points if one.hit.state == "open"),
        seen=tuple(one for one in points if one.hit.state not in ("open", "ask")),
        asks=tuple(one for one in asks if not one.is_told_later),
        later=tuple(one for one in asks if one.is_told_later),
    )


def point_of(client: Client, mark: str, on: date) -> Point | None:
    """One rule for a client on a day, by its mark; None where it finds nothing."""
    person = kept_record(client)
    verdict = verdict_of(person, on)
    rule = marked(person.public_id, mark, (hit.rule for hit in verdict.hits))
    hit = verdict.hit(rule) if rule else None
    if hit is None:
        return None
    return _point(hit, on, decisions_of(person.id), clearances_of(person.id))


def _point(hit: Hit, on: date, made: Sequence[RuleHit], asked: Sequence[Clearance]) -> Point:
    decision = next((one for one in made if _decides(deciding_of(one), hit)), None)
    about = [one for one in asked if hit.rule in asking_of(one).rules]
    return Point(
        hit=hit,
        rule=rule_book().rule(hit.rule, on),
        causes=tuple(dict.fromkeys(cause_words(cause) for cause in hit.because)),
        decision=decision,
        told=deciding_of(decision) if decision is not None else None,
        clearance=next((one for one in about if _clears(one, hit, on)), None),
        waiting=next((one for one in about if one.status == "asked"), None),
    )


def _decides(told: Deciding, hit: Hit) -> bool:
    return (told.rule, told.inputs) == (hit.rule, hit.inputs)


def _clears(row: Clearance, hit: Hit, on: date) -> bool:
    is_over = row.valid_until is not None and row.valid_until < on
    told = asking_of(row)
    pairs = zip(told.rules, told.inputs, strict=True)
    return row.status in CLEARED and not is_over and (hit.rule, hit.inputs) in pairs


def cause_words(cause: Cause) -> Words:
    """Why a rule is hit, or what is missing, in words: "Deep vein thrombosis, left calf"."""
    if cause.fact is None or cause.fact.kind not in KIND_NAMES:
        return topic_words(cause.topic)
    return joined((label_of(cause.fact), *parts_of(cause.fact)), ", ")


# --- what waits ---


@dataclass(frozen=True, slots=True)
class Due:
    """A client whose history is to be asked anew; ``history_on`` None where there is none."""

    client: Client
    history_on: date | None


def is_in_care(staff_id: int | None) -> ColumnElement[bool]:
    """Criterion on Client: this member of staff treats them now, under any of their records."""
    return exists().where(
        CareTeamMember.staff_id == staff_id,
        is_current(),
        or_(
            CareTeamMember.client_id == Client.id,
            CareTeamMember.client_id == Client.person_id,
        ),
    )


def unreviewed(staff_id: int | None) -> list[IntakeResponse]:
    """Completed forms of clients in somebody's care that nobody has looked at, oldest first."""
    wanted = (
        select(IntakeResponse)
        .join(Client, Client.id == IntakeResponse.client_id)
        .where(IntakeResponse.status == "completed", is_in_care(staff_id))
        .order_by(IntakeResponse.answered_at, IntakeResponse.id)
        .limit(MOST)
    )
    return [one for one in db.session.scalars(wanted) if waits_for_review(one)]


def _oldest_that_counts(on: date) -> date:
    """The earliest day of a history that is not due again, as screening counts its months."""
    day = add_months(on, -REVIEW_MONTHS)
    return day if add_months(day, REVIEW_MONTHS) >= on else day + timedelta(days=1)


def due(staff_id: int | None, today: date) -> list[Due]:
    """Active clients in somebody's care without a history, or with one that is a year old."""
    wanted: Any = (
        select(Client, FactSheet.history_on)
        .outerjoin(FactSheet, FactSheet.client_id == Client.id)
        .where(
            is_in_care(staff_id),
            Client.person_id.is_(None),
            Client.status.not_in(("archived", "deceased")),
            or_(
                FactSheet.history_on.is_(None),
                FactSheet.history_on < _oldest_that_counts(today),
            ),
        )
        .order_by(FactSheet.history_on.is_(None), FactSheet.history_on, Client.search_name)
        .limit(MOST)
    )
    return [Due(client, history_on) for client, history_on in db.session.execute(wanted)]
