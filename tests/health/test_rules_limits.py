"""Where a reading stands against the figures of the screening rules."""

from dataclasses import replace
from datetime import date

import pytest

from clinic.health.rules.facts import Fact, Sheet
from clinic.health.rules.grammar import parse
from clinic.health.rules.limits import Place, limits_of, place_of
from clinic.health.rules.rulebook import book_of, shipped
from clinic.health.rules.screening import judge

ON = date(2026, 11, 20)
LIMITS = limits_of(book_of(shipped()).frame(ON).held)


def place(upper: int, lower: int) -> Place:
    found = place_of({"bp_sys": upper, "bp_dia": lower}, LIMITS)
    assert found is not None
    return found


@pytest.mark.parametrize(
    ("upper", "lower", "tone", "rule"),
    [
        (120, 80, "fine", ""), (159, 99, "fine", ""), (160, 80, "care", "HTN_UNCONTROLLED"),
        (130, 100, "care", "HTN_UNCONTROLLED"), (179, 109, "care", "HTN_UNCONTROLLED"),
        (180, 80, "stop", "HTN_CRISIS"), (150, 110, "stop", "HTN_CRISIS"),
    ],
)  # fmt: skip
def test_a_blood_pressure_stands_where_the_shipped_rules_put_it(
    upper: int, lower: int, tone: str, rule: str
):
    found = place(upper, lower)
    assert (found.tone, found.rule) == (tone, rule)
    assert bool(found.source) is bool(rule)


@pytest.mark.parametrize("upper", range(90, 220, 5))
def test_what_is_called_a_stop_is_what_the_screening_stops(upper: int):
    sheet = Sheet(facts=(Fact("reading", "bp_sys", on=ON, value=upper, source="therapist"),))
    verdict = judge(sheet, book_of(shipped()), ON)
    hits = {hit.rule for hit in verdict.hits if hit.state == "open"}
    assert (place(upper, 70).tone == "stop") == ("HTN_CRISIS" in hits)


def test_a_limit_that_the_clinic_set_is_the_one_that_counts():
    crisis = next(one for one in shipped() if one.code == "HTN_CRISIS")
    node = parse("reading(bp_sys) >= 170")
    own = replace(crisis, trigger="reading(bp_sys) >= 170", node=node, number=2)
    limits = limits_of(book_of([*shipped(), own]).frame(ON).held)
    found = place_of({"bp_sys": 172}, limits)
    assert found is not None
    assert found.tone == "stop"


def test_nothing_is_said_of_what_no_rule_names():
    assert place_of({"pulse": 190}, LIMITS) is None
    assert place_of({}, LIMITS) is None
