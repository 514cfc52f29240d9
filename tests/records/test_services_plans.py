"""A plan of treatment is written by who treats, runs once agreed to, and ends with a reason."""

from collections.abc import Iterator
from datetime import timedelta

import pytest

from clinic.core.clock import now, rehearsed
from clinic.core.errors import Conflict, DomainError, NotAllowed, StaleEdit
from clinic.core.permissions import SYSTEM
from clinic.core.transactions import transaction
from clinic.records.models import TreatmentPlan
from clinic.records.queries.plans import plan_page, plans_under
from clinic.records.rules.measures import Subject, Taken
from clinic.records.rules.plans import Details, Goal, PlanPhase, read_details
from clinic.records.services import measures
from clinic.records.services import plans as services
from clinic.scheduling.models import Series
from clinic.scheduling.rules.series import Phase
from clinic.scheduling.services import plan_series
from tests.factories import ready, records, staff
from tests.factories import scheduling as made
from tests.factories.scheduling import House

TURN = Subject("ROM", "NECK_ROTATION", "L")
DETAILS = Details(
    complaint="Stiff neck",
    goals=(Goal("Check my blind spot", TURN, 48, 70), Goal("Hurt less", Subject("NPRS_NOW"))),
    phases=(PlanPhase("relief", 7, 4),),
)


@pytest.fixture
def house(inside: object) -> Iterator[House]:
    found = made.open_house()
    ready.history(found.client, found.treats)
    return found


def written(house: House, **more: object) -> TreatmentPlan:
    with transaction():
        return services.write_plan(
            house.client, actor=house.treats, **({"details": DETAILS} | more)
        )


def do(house: House, plan: TreatmentPlan, deed: str) -> None:
    why = {"why": "Away for a month"} if deed in ("pause", "complete", "stop") else {}
    verb = getattr(services, "agree_to_plan" if deed == "agree" else f"{deed}_plan")
    with transaction():
        verb(plan, actor=house.treats, **why)


def running(house: House, **more: object) -> TreatmentPlan:
    plan = written(house, **more)
    do(house, plan, "agree")
    return plan


WAYS = {
    "draft": {"agree": "active"},
    "active": {"pause": "paused", "complete": "completed", "stop": "stopped"},
    "paused": {"resume": "active", "stop": "stopped"},
    "completed": {},
    "stopped": {},
}
"""The life of a plan. Nothing else leads anywhere."""
PATHS = {
    "draft": "", "active": "agree", "paused": "agree pause", "completed": "agree complete",
    "stopped": "agree stop",
}  # fmt: skip


@pytest.mark.parametrize("state", sorted(WAYS))
def test_a_plan_goes_the_ways_of_its_life_and_no_others(house: House, state: str):
    plan = written(house)
    for deed in PATHS[state].split():
        do(house, plan, deed)
    assert plan.status == state
    for deed in ("agree", "pause", "resume", "complete", "stop"):
        if deed not in WAYS[state]:
            with pytest.raises(Conflict):
                do(house, plan, deed)
            assert plan.status == state
    for deed, end in list(WAYS[state].items())[:1]:
        do(house, plan, deed)
        assert plan.status == end


def test_only_who_treats_a_client_writes_their_plan(house: House):
    for actor in (house.desk, house.owner, staff.therapist("Nia Cole")):
        with pytest.raises(NotAllowed), transaction():
            services.write_plan(house.client, actor=actor, details=DETAILS)


def test_a_person_has_one_open_plan_at_a_time(house: House):
    plan = running(house)
    with pytest.raises(Conflict):
        written(house)
    do(house, plan, "complete")
    assert plan.ended_on == made.this_day()
    assert written(house).status == "draft"


def test_a_change_on_an_older_version_is_refused_and_keeps_what_was_agreed(house: House):
    plan = running(house)
    version = plan.version
    with transaction():
        services.change_plan(
            plan, actor=house.treats, details=Details(goals=(Goal("Sleep"),)), version=version,
            every_days=10,
        )  # fmt: skip
    assert read_details(plan.details).agreed_on == made.this_day()
    assert plan.review_on == made.this_day() + timedelta(days=10)
    with pytest.raises(StaleEdit), transaction():
        services.change_plan(plan, actor=house.treats, details=DETAILS, version=version)


def test_a_plan_needs_a_goal_a_reason_and_possible_numbers(house: House):
    with pytest.raises(DomainError):
        written(house, details=Details())
    with pytest.raises(DomainError) as refused:
        written(house, every_visits=0)
    assert refused.value.field == "every_visits"
    plan = running(house)
    with pytest.raises(DomainError), transaction():
        services.stop_plan(plan, actor=house.treats, why="  ")
    assert plan.status == "active"


def test_visits_count_towards_the_next_look_and_the_look_begins_anew(house: House):
    with rehearsed(now() - timedelta(days=12)):
        plan = running(house, every_visits=2, every_days=90)
    for back in (9, 5):
        records.finished(house, now() - timedelta(days=back))
    page = plan_page(plan)
    assert (page.done, page.since_review, page.is_due) == (2, 2, True)
    (listed,) = plans_under(house.treats)
    assert listed.is_due
    with transaction():
        services.review_plan(plan, actor=house.treats, found="Turns better", next_step="Go on")
    page = plan_page(plan)
    assert (page.since_review, page.is_due) == (0, False)
    assert page.details.next_step == "Go on"


def test_days_make_a_plan_due_as_well(house: House):
    with rehearsed(now() - timedelta(days=31)):
        plan = running(house, every_visits=60, every_days=30)
    assert plan_page(plan).is_due


def test_a_series_brings_its_phases_and_its_visits(house: House):
    with transaction():
        series = plan_series(
            actor=SYSTEM, client=house.client, variant=house.variant,
            phases=[Phase(7, 3), Phase(14, 2)], first_on=made.this_day() + timedelta(days=7),
            wall=600,
        )  # fmt: skip
    assert isinstance(series, Series)
    plan = running(house, series=series)
    page = plan_page(plan)
    assert [(one.name, one.every_days, one.visits) for one in page.phases] == [
        ("relief", 7, 3), ("rebuild", 14, 2)
    ]  # fmt: skip
    assert page.planned == 5
    do(house, plan, "stop")
    with pytest.raises(DomainError) as refused:
        written(house, series=series)
    assert refused.value.field == "series"


def test_an_aim_shows_start_now_and_whether_it_became_worse(house: House):
    plan = running(house)
    with transaction():
        measures.take_readings(
            house.client,
            [Taken(TURN, 59), Taken(Subject("NPRS_NOW"), 4)],
            actor=house.treats,
        )
    turn, pain = plan_page(plan).aims
    assert (turn.start, turn.now, turn.percent) == (48, 59, 50)
    assert (pain.start, pain.now, pain.percent) == (4, 4, None)
    with transaction():
        measures.take_readings(house.client, [Taken(Subject("NPRS_NOW"), 6)], actor=house.treats)
    assert [one.goal.text for one in plan_page(plan).worse] == ["Hurt less"]
