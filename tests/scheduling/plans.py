"""Plans of visits to test with."""

from datetime import timedelta

from sqlalchemy import func, select

from clinic.core.db import db
from clinic.core.transactions import transaction
from clinic.scheduling import services
from clinic.scheduling.rules.series import TAPER, Phase, at_wall, planned
from tests.factories import scheduling as made

THIRTEEN = tuple(Phase(*one) for one in TAPER)
WEEKLY = (Phase(7, 4),)
TEN = 10 * 60


def number_of(model):
    return db.session.scalar(select(func.count()).select_from(model))


def first_on():
    return made.this_day() + timedelta(days=7)


def each(house, phases=WEEKLY, numbers=None, *, wall=TEN, place=0):
    """Every date of a plan as it is accepted."""
    return [
        (number, at_wall(on, wall, made.zone()), house.therapist, house.places[place])
        for number, on in enumerate(planned(first_on(), phases), 1)
        if numbers is None or number in numbers
    ]


def plan(house, phases=WEEKLY, **more):
    facts = {
        "actor": house.desk, "client": house.client, "variant": house.variant,
        "therapist": house.therapist, "phases": phases, "first_on": first_on(), "wall": TEN,
    }  # fmt: skip
    with transaction():
        return services.plan_series(**(facts | {"chosen": each(house, phases)} | more))
