"""What an order asks to be careful with binds like what a provider answered, and leans on no
rule."""

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest
from flask import Flask

from clinic.core.db import db
from clinic.core.errors import DomainError, NotAllowed
from clinic.core.permissions import Actor
from clinic.core.transactions import transaction
from clinic.health.models import Clearance
from clinic.health.queries.clearances import asking_of, limits_of_order, the_clearance
from clinic.health.queries.history import standing_of, verdict_of
from clinic.health.rules.effects import effects
from clinic.health.rules.facts import Clearing, Limits, Sheet, from_json, to_json
from clinic.health.rules.limiting import NONE, ordered_on, together
from clinic.health.rules.rulebook import book_of, shipped
from clinic.health.rules.screening import fit, judge, judge_days
from clinic.health.services.clearing import limit_by_order, withdraw_clearance
from clinic.tasks.models import Task
from tests.factories import clients, directory, staff
from tests.factories import screening as made

CARE = Limits(pressure=2, blocked=("DEEP",), areas=(("CALF", "L"),), positions=("prone",))
DAY = date(2026, 11, 2)
ORDER, OTHER = "an0rder", "an0ther"


@pytest.fixture
def ines(inside: Flask) -> Actor:
    """Who treats the client."""
    return staff.therapist("Ines Okafor")


@pytest.fixture
def who(ines: Actor) -> Any:
    """A client of whom no more is known than who they are."""
    client = clients.a_client()
    made.treat(client, ines)
    return client


def limit(who: Any, actor: Actor, limits: Limits = CARE, order: str = ORDER) -> Clearance | None:
    sender = directory.provider(last_name=f"Of {order}")
    with transaction():
        return limit_by_order(who, actor=actor, order=order, provider=sender, limits=limits)


def test_they_hold_from_today_on_whatever_else_is_known(ines: Actor, who) -> None:
    before = verdict_of(who, made.today())
    limit(who, ines)
    for days in (0, 400):
        verdict = verdict_of(who, made.today() + timedelta(days=days))
        assert verdict.ordered == CARE
        assert (verdict.pressure, verdict.positions) == (2, ("prone",))
        assert {"DEEP"} <= verdict.barred & verdict.blocked
        assert ("CALF", "L") in verdict.areas
        assert (verdict.is_held, verdict.is_stopped) == (before.is_held, before.is_stopped)
        assert fit(verdict, ["DEEP"]).primary == ("DEEP",)
    yesterday = verdict_of(who, made.today() - timedelta(days=1))
    assert (yesterday.ordered, yesterday.barred) == (NONE, before.barred)


def test_the_desk_is_told_what_to_leave_out(ines: Actor, who) -> None:
    limit(who, ines)
    told = effects(verdict_of(who, made.today()))
    assert {"no:DEEP", "avoid:CALF:L", "pressure:2"} <= set(told)


def test_they_are_of_no_rule_and_nobody_has_to_be_told(ines: Actor, who) -> None:
    limit(who, ines)
    standing = standing_of(who, made.today())
    assert all(point.clearance is None for point in (*standing.open, *standing.seen))
    assert not db.session.query(Task).count()


def test_what_is_known_besides_is_added_to_them(ines: Actor, who) -> None:
    made.know(who, made.LOW_PLATELETS)
    without = verdict_of(who, made.today())
    limit(who, ines, Limits(pressure=5, blocked=("CUPPING",)))
    verdict = verdict_of(who, made.today())
    assert verdict.hits == without.hits
    assert verdict.pressure == min(5, without.pressure if without.pressure is not None else 5)
    assert verdict.barred == without.barred | {"CUPPING"}


def test_each_order_has_its_own_and_the_later_ones_of_an_order_replace_the_earlier(
    ines: Actor, who
) -> None:
    first, other = limit(who, ines), limit(who, ines, Limits(pressure=1), OTHER)
    limit(who, ines, Limits(blocked=("HEAT",)))
    assert first is not None
    assert other is not None
    assert (first.status, other.status) == ("withdrawn", "cleared_with_limits")
    assert verdict_of(who, made.today()).ordered == Limits(pressure=1, blocked=("HEAT",))
    assert limit(who, ines, NONE) is None
    assert verdict_of(who, made.today()).ordered == Limits(pressure=1)
    assert limits_of_order(who.id, OTHER) == [other]


def test_a_therapist_takes_them_back_with_a_reason(ines: Actor, who) -> None:
    row = limit(who, ines)
    assert row is not None
    with transaction():
        withdraw_clearance(the_clearance(row.public_id), actor=ines, why="The sender says so")
    assert verdict_of(who, made.today()).ordered == NONE
    assert asking_of(row).order == ORDER


def test_only_who_treats_the_client_sets_them_and_only_what_there_is(ines: Actor, who) -> None:
    with pytest.raises(NotAllowed):
        limit(who, staff.therapist("Ana Sol"))
    for field, wrong in (
        ("pressure", Limits(pressure=9)),
        ("areas", Limits(areas=(("ELBOW_OF_GOD", "L"),))),
        ("positions", Limits(positions=("floating",))),
    ):
        with pytest.raises(DomainError) as refused:
            limit(who, ines, wrong)
        assert refused.value.field == field
    assert not limits_of_order(who.id, ORDER)


def test_a_sheet_remembers_whose_they_are() -> None:
    clearing = Clearing((), (), DAY, limits=CARE, ref="r", order=ORDER)
    sheet = Sheet(clearings=(clearing,))
    assert from_json(to_json(sheet)) == sheet


def test_several_limits_as_one_are_the_strictest_of_each() -> None:
    one, other = Limits(4, ("HEAT",), (), ("prone",), 90), Limits(2, ("HEAT", "DEEP"), (), (), 60)
    assert together([one, other]) == Limits(2, ("HEAT", "DEEP"), (), ("prone",), 60)
    assert together([]) == NONE
    ended = Clearing((), (), DAY, DAY + timedelta(days=3), CARE, order=ORDER)
    of_rules = Clearing(("R",), ("x",), DAY, limits=CARE)
    assert ordered_on([ended, of_rules], DAY + timedelta(days=3)) == CARE
    assert ordered_on([ended, of_rules], DAY + timedelta(days=4)) == NONE


def test_day_by_day_they_are_judged_as_in_one_go() -> None:
    sheet = Sheet(
        clearings=(
            Clearing((), (), DAY + timedelta(days=2), limits=CARE, order=ORDER),
            Clearing((), (), DAY, DAY + timedelta(days=4), Limits(minutes=45), order=OTHER),
        )
    )
    book, last = book_of(shipped()), DAY + timedelta(days=9)
    found = judge_days(sheet, book, DAY, last)
    assert found == {day: judge(sheet, book, day) for day in found}
    assert len(found) == 10
    assert [found[DAY + timedelta(days=n)].ordered for n in (1, 3, 9)] == [
        Limits(minutes=45), replace(CARE, minutes=45), CARE,
    ]  # fmt: skip
