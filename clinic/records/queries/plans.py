"""Plans of treatment: the one that runs, how far it has come, and those to be looked at again."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import ColumnElement, and_, case, func, select
from sqlalchemy.orm import joinedload

from clinic.clients.models import Client
from clinic.clients.queries import is_of_person, may_read_health
from clinic.core.clock import today
from clinic.core.db import db
from clinic.core.errors import NotFound
from clinic.core.permissions import Actor
from clinic.practice.queries import the_practice
from clinic.records.models import TreatmentPlan
from clinic.records.queries.measures import Known, Trend, latest_of, readings_of, trends
from clinic.records.rules.measures import Change, Subject, change, progress
from clinic.records.rules.plans import (
    OPEN,
    Details,
    Goal,
    PlanPhase,
    deeds_from,
    is_due,
    named_phases,
    phase_now,
    read_details,
)
from clinic.scheduling.models import Series, SeriesItem, SeriesPhase, Visit
from clinic.scheduling.rules import STANDING
from clinic.staff.models import StaffMember


def the_plan(public_id: str) -> TreatmentPlan:
    """Raises NotFound."""
    found = db.session.scalar(
        select(TreatmentPlan)
        .where(TreatmentPlan.public_id == public_id)
        .options(joinedload(TreatmentPlan.therapist))
    )
    if found is None:
        raise NotFound
    return found


def plans_of(person_id: int) -> Sequence[TreatmentPlan]:
    """Every plan of a person, the latest first."""
    return db.session.scalars(
        select(TreatmentPlan)
        .where(is_of_person(TreatmentPlan.client_id, person_id))
        .options(
            joinedload(TreatmentPlan.therapist).lazyload(StaffMember.grants),
            joinedload(TreatmentPlan.client, innerjoin=True).lazyload(Client.phones),
        )
        .order_by(TreatmentPlan.opened_on.desc(), TreatmentPlan.id.desc())
    ).all()


def open_plan(person_id: int) -> TreatmentPlan | None:
    """The plan that is not over: of a person there is one at most."""
    return next((one for one in plans_of(person_id) if one.status in OPEN), None)


def free_series(person_id: int, plan: TreatmentPlan | None = None) -> Sequence[Series]:
    """Series of a person that no other plan is joined to, the latest first."""
    joined = select(TreatmentPlan.series_id).where(TreatmentPlan.series_id.is_not(None))
    if plan is not None:
        joined = joined.where(TreatmentPlan.id != plan.id)
    return db.session.scalars(
        select(Series)
        .where(is_of_person(Series.client_id, person_id), Series.id.not_in(joined))
        .order_by(Series.id.desc())
    ).all()


def visits_since(person_id: int, since: date, after: bool = False) -> int:
    """Completed visits of a person from a day on, or only after it."""
    begins = Visit.on_date > since if after else Visit.on_date >= since
    found = (
        select(func.count())
        .select_from(Visit)
        .where(is_of_person(Visit.client_id, person_id), Visit.status == "completed", begins)
    )
    return db.session.scalar(found) or 0


@dataclass(frozen=True, slots=True)
class Aim:
    """A goal, and where its figure stands."""

    goal: Goal
    start: float | None
    now: float | None

    @property
    def change(self) -> Change | None:
        """How it moved since the start."""
        subject = self.goal.subject
        if subject is None or self.start is None or self.now is None:
            return None
        return change(subject, self.start, self.now, self.goal.target)

    @property
    def percent(self) -> int | None:
        """How much of the way is gone."""
        if self.start is None or self.now is None or self.goal.target is None:
            return None
        return progress(self.start, self.now, self.goal.target)

    @property
    def is_worse(self) -> bool:
        """Worse than at the start by so much that people notice it."""
        moved = self.change
        return moved is not None and moved.tone == "worse" and moved.may_matter


@dataclass(frozen=True, slots=True)
class PlanPage:
    """A plan as a page shows it. Visits are done, booked and planned in all."""

    plan: TreatmentPlan
    details: Details
    aims: tuple[Aim, ...]
    phases: tuple[PlanPhase, ...]
    phase: PlanPhase | None
    done: int
    booked: int
    planned: int
    since_review: int
    is_due: bool

    @property
    def worse(self) -> tuple[Aim, ...]:
        """What has become worse: a reason to change the plan or to refer."""
        return tuple(one for one in self.aims if one.is_worse)

    @property
    def deeds(self) -> tuple[str, ...]:
        """What can be done with it."""
        return deeds_from(self.plan.status)


def plan_page(plan: TreatmentPlan, known: Sequence[Known] | None = None) -> PlanPage:
    """A plan with its figures; ``known`` are those of the person, if they were read before."""
    person, details = plan.client.known_as, read_details(plan.details)
    known = readings_of(person) if known is None else known
    until = [one for one in known if plan.ended_on is None or one.on <= plan.ended_on]
    phases = _phases(plan, details)
    done, booked, since = _counted(plan, details)
    return PlanPage(
        plan=plan,
        details=details,
        aims=_aims(details, until, plan.opened_on),
        phases=phases,
        phase=phase_now(phases, done) if plan.status in OPEN else None,
        done=done,
        booked=booked,
        planned=max(sum(one.visits for one in phases), done + booked),
        since_review=since,
        is_due=plan.status == "active"
        and is_due(_today(), plan.review_on, since, plan.review_every_visits),
    )


def _today() -> date:
    return today(the_practice().zone)


def since_review(plan: TreatmentPlan, details: Details) -> int:
    """Completed visits since the plan was last looked at, or since it began."""
    person = plan.client.known_as
    if details.reviewed_on is not None:
        return visits_since(person, details.reviewed_on, after=True)
    return visits_since(person, plan.opened_on)


def _aims(details: Details, known: Sequence[Known], since: date) -> tuple[Aim, ...]:
    latest = latest_of(known)
    first: dict[Subject, float] = {}
    for one in known:
        if one.on >= since:
            first.setdefault(one.taken.subject, one.taken.value)
    return tuple(
        Aim(
            goal,
            goal.start if goal.start is not None or goal.subject is None
            else first.get(goal.subject),
            latest[goal.subject].taken.value if goal.subject in latest else None,
        )
        for goal in details.goals
    )  # fmt: skip


def _counted(plan: TreatmentPlan, details: Details) -> tuple[int, int, int]:
    """Visits done, visits booked, and those done since the last look: one query.

    Where a series is joined the first two are its own.
    """
    person = plan.client.known_as
    is_done, reviewed = Visit.status == "completed", details.reviewed_on
    is_coming = and_(Visit.status.in_(STANDING), ~is_done)
    if plan.series_id is None:
        own_done, own_coming = Visit.on_date >= plan.opened_on, Visit.on_date >= _today()
    else:
        items = select(SeriesItem.visit_id).where(SeriesItem.series_id == plan.series_id)
        own_done = own_coming = Visit.id.in_(items)
    looked = Visit.on_date > reviewed if reviewed else Visit.on_date >= plan.opened_on
    done, booked, since = db.session.execute(
        select(
            _how_many(is_done, own_done), _how_many(is_coming, own_coming),
            _how_many(is_done, looked),
        ).where(is_of_person(Visit.client_id, person))
    ).one()  # fmt: skip
    return done, booked, since


def _how_many(*criteria: ColumnElement[bool]) -> ColumnElement[int]:
    return func.coalesce(func.sum(case((and_(*criteria), 1), else_=0)), 0)


def _phases(plan: TreatmentPlan, details: Details) -> tuple[PlanPhase, ...]:
    """Those of the series where one is joined: one query then."""
    if plan.series_id is None:
        return details.phases
    found = db.session.execute(
        select(SeriesPhase.every_days, SeriesPhase.visits)
        .where(SeriesPhase.series_id == plan.series_id)
        .order_by(SeriesPhase.position)
    ).all()
    return named_phases([(every, visits) for every, visits in found])


def goals_of(page: PlanPage | None) -> dict[Subject, tuple[float | None, float | None]]:
    """Start and target of each subject that a plan has a goal for."""
    if page is None:
        return {}
    return {
        one.goal.subject: (one.start, one.goal.target)
        for one in page.aims
        if one.goal.subject is not None
    }


@dataclass(frozen=True, slots=True)
class Due:
    """A plan to be looked at again."""

    plan: TreatmentPlan
    visits: int
    is_due: bool


def plans_under(actor: Actor) -> list[Due]:
    """The running plans of clients this therapist treats, those that are due first."""
    running = db.session.scalars(
        select(TreatmentPlan)
        .where(TreatmentPlan.therapist_id == actor.id, TreatmentPlan.status == "active")
        .order_by(TreatmentPlan.review_on, TreatmentPlan.id)
    ).all()
    on = _today()
    listed = []
    for plan in running:
        if not may_read_health(actor, plan.client_id):
            continue
        visits = since_review(plan, read_details(plan.details))
        due = is_due(on, plan.review_on, visits, plan.review_every_visits)
        listed.append(Due(plan, visits, due))
    return sorted(listed, key=lambda one: not one.is_due)


def charts_of(person_id: int, most: int = 4) -> list[Trend]:
    """The few courses that the client's page shows: those with a goal first."""
    known = readings_of(person_id)
    plan = open_plan(person_id)
    page = plan_page(plan, known) if plan is not None else None
    return trends(known, goals_of(page))[:most]
