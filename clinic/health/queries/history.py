"""A client's health as one page shows it, and what waits for the therapists who treat them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from sqlalchemy import ColumnElement, and_, exists, or_, select
from sqlalchemy.orm import joinedload

from clinic.clients.models import CareTeamMember, Client
from clinic.clients.queries import is_current, is_of_person, kept_record
from clinic.core.db import db
from clinic.health.models import FactSheet, HealthFact, IntakeResponse
from clinic.health.queries.rules import rule_book
from clinic.health.queries.sheets import Known, known_of
from clinic.health.rules.screening import Verdict, judge

REVIEW_DAYS = 365
"""After how many days a history is due again; screening itself counts twelve months."""
MOST = 100
"""How many lines each list of the worklist holds."""


def verdict_of(client: Client, on: date, known: Known | None = None) -> Verdict:
    """What the rules say of a client on a day, whichever of their records is asked."""
    person = kept_record(client)
    sheet = (known or known_of(person.id)).sheet
    return judge(sheet, rule_book(), on, born=person.birth_date)


def facts_of(person_id: int) -> Sequence[HealthFact]:
    """What is known of a person and has not ended, in the order it was written down."""
    wanted = (
        select(HealthFact)
        .where(is_of_person(HealthFact.client_id, person_id), HealthFact.ended_at.is_(None))
        .options(joinedload(HealthFact.recorded_by))
        .order_by(HealthFact.id)
    )
    return db.session.scalars(wanted).all()


def forms_of(person_id: int) -> Sequence[IntakeResponse]:
    """The forms of a person that stand, and those begun, the latest first."""
    wanted = (
        select(IntakeResponse)
        .where(is_of_person(IntakeResponse.client_id, person_id))
        .options(joinedload(IntakeResponse.reviewed_by), joinedload(IntakeResponse.entered_by))
        .order_by(IntakeResponse.on_date.desc(), IntakeResponse.id.desc())
    )
    return db.session.scalars(wanted).all()


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


def unreviewed(staff_id: int | None) -> Sequence[IntakeResponse]:
    """Completed forms of clients in somebody's care that nobody has looked at, oldest first."""
    wanted = (
        select(IntakeResponse)
        .join(Client, Client.id == IntakeResponse.client_id)
        .where(IntakeResponse.status == "completed", is_in_care(staff_id))
        .order_by(IntakeResponse.answered_at, IntakeResponse.id)
        .limit(MOST)
    )
    return db.session.scalars(wanted).all()


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
                and_(FactSheet.history_on < today - timedelta(days=REVIEW_DAYS)),
            ),
        )
        .order_by(FactSheet.history_on.is_(None), FactSheet.history_on, Client.search_name)
        .limit(MOST)
    )
    return [Due(client, history_on) for client, history_on in db.session.execute(wanted)]
