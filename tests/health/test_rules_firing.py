"""Every rule is hit by what it is about, and spares what only looks like it."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clinic.health.rules.case import add_months
from tests.health.cases import CASES
from tests.health.sheets import BOOK, CLEAN, DAY, judged, state


def test_every_rule_but_the_one_that_always_holds_has_its_cases():
    always = {rule.code for rule in BOOK.rules if rule.is_always}
    assert always == {"CAUTION_SITES"}
    assert set(CASES) | always == {rule.code for rule in BOOK.rules}
    assert len(BOOK.rules) == 69


@pytest.mark.parametrize("rule", CASES)
@given(data=st.data())
def test_a_rule_is_hit_by_what_it_is_about(rule, data):
    assert state(data.draw(CASES[rule][0]), rule) == "open"


@pytest.mark.parametrize("rule", CASES)
@given(data=st.data())
def test_a_rule_is_not_hit_by_what_only_looks_like_it(rule, data):
    assert state(data.draw(CASES[rule][1]), rule) == ""


def test_nobody_who_was_asked_everything_and_has_nothing_is_hit():
    assert {hit.rule for hit in judged(CLEAN).hits} == {"CAUTION_SITES"}


@given(days=st.integers(-3000, 3000))
def test_age_counts_on_the_day_of_the_visit(days):
    born = add_months(DAY, -75 * 12) + timedelta(days=days)
    assert state(CLEAN, "OLDER_FRAIL", born=born) == ("open" if days <= 0 else "")


def test_an_age_that_nobody_knows_is_asked():
    assert state(CLEAN, "OLDER_FRAIL", born=None) == "ask"
