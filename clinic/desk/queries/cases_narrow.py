"""Which referrals are wanted of what the board is narrowed by: one statement.

They have to be looked through: that is done once, and what is found is counted and put in order
elsewhere. Of the whole board it is known where each one stands.
"""

from functools import lru_cache
from typing import Any

from sqlalchemy import (
    Select,
    case,
    select,
    union_all,
)

from clinic.core.swift import Swift
from clinic.desk.queries.cases_cards import NOT_LATE, TODAY
from clinic.desk.queries.cases_wanted import (
    Shape,
    Wish,
    fixed,
    model_of,
    reached,
    wanted,
)
from clinic.desk.rules import cases as rules


@lru_cache(64)
def looking(shape: Shape) -> Swift:
    """All that is wanted of what is narrowed: of each referral its way, its state, its day, its id,
    and its gravity."""
    wish = shape.wish
    ways = (wish.way,) if wish.way else ("in", "out")
    return Swift(union_all(*(_found(way, wish) for way in ways)))


def _found(way: str, wish: Wish) -> Select[Any]:
    model = model_of(way)
    gravity = case((model.due_on < TODAY, model.grade), else_=fixed(NOT_LATE))
    states = [fixed(state) for state in rules.states(way)]
    found = select(fixed(way), model.status, model.due_on, model.id, gravity)
    found = found.select_from(model).where(model.status.in_(states), *wanted(way, wish, TODAY))
    return reached(found, way, wish)
