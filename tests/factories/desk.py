"""A client about whom everything is known, and who is here today."""

from dataclasses import dataclass, replace
from datetime import timedelta

from clinic.clients.models import Client
from clinic.core.transactions import transaction
from clinic.records.rules.measures import Subject, Taken
from clinic.records.rules.plans import Details, Goal, PlanPhase
from clinic.records.services import measures, plans
from clinic.scheduling.models import Visit
from clinic.scheduling.services import check_in
from tests.factories import records, screening
from tests.factories import scheduling as made
from tests.factories.scheduling import House

WORDS = ("canary-clot", "canary-allergy", "canary-aches", "canary-told", "canary-goal")
"""What nobody reads who does not treat the client."""
GOAL = "canary-goal Check my blind spot"


@dataclass(frozen=True)
class Known:
    """The clinic, the client, and their visit of today, which has not begun."""

    house: House
    client: Client
    visit: Visit


def everything_known(house: House) -> Known:
    """A reviewed history with a clot, an allergy and aches; a signed note, measures, a plan."""
    client, treats = house.client, house.treats
    visit = records.finished(house, made.at(10, days=-7))
    records.signed(house, visit, told="canary-told Stiff since Monday.", assessment="Looser.")
    pain = Subject("NPRS_NOW")
    for back, figure in ((7, 6), (0, 3)):
        with transaction():
            measures.take_readings(
                client, [Taken(pain, figure)], actor=treats,
                on=made.this_day() - timedelta(days=back),
            )  # fmt: skip
    with transaction():
        details = Details(goals=(Goal(GOAL, pain, 6, 2),), phases=(PlanPhase("relief", 7, 6),))
        plan = plans.write_plan(client, actor=treats, details=details)
    with transaction():
        plans.agree_to_plan(plan, actor=treats)
    coming = made.book(house, made.at(18, days=0))
    screening.know(client, screening.CLOT, screening.LATEX, screening.FIBROMYALGIA)
    return Known(house, client, coming)


def here(known: Known) -> None:
    """Let them arrive."""
    made.done(check_in, known.visit, known.house.desk)


def untold(note: records.Body) -> records.Body:
    """A note without its words."""
    return replace(note, told="")
