"""What a late cancel costs: pure arithmetic, in whole minor units."""

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clinic.scheduling.rules import Fee, Policy, Terms, terms_of

PRICES = st.integers(0, 100_000_000)
PERCENTS = st.integers(0, 100)


@pytest.mark.parametrize(
    ("kind", "value", "price", "fee"),
    [
        ("none", 0, 9000, 0),
        ("none", 50, 9000, 0),
        ("percent", 50, 9000, 4500),
        ("percent", 50, 9001, 4501),
        ("percent", 33, 100, 33),
        ("percent", 15, 10, 2),
        ("percent", 14, 10, 1),
        ("percent", 100, 8555, 8555),
        ("percent", 50, 0, 0),
        ("amount", 2500, 9000, 2500),
        ("amount", 2500, 0, 2500),
    ],
)
def test_a_fee_is_nothing_a_share_or_an_amount(kind, value, price, fee):
    assert Fee(kind, value).of(price) == fee


@given(PRICES, PERCENTS)
def test_a_share_is_rounded_to_the_nearest_unit_halves_up(price, percent):
    exact = Fraction(price * percent, 100)
    fee = Fee("percent", percent).of(price)
    assert -Fraction(1, 2) < exact - fee < Fraction(1, 2) or fee - exact == Fraction(1, 2)
    assert 0 <= fee <= price


@given(PRICES, PRICES, PERCENTS)
def test_who_pays_more_owes_no_less(one, other, percent):
    less, more = sorted((one, other))
    assert Fee("percent", percent).of(less) <= Fee("percent", percent).of(more)


@given(PRICES, PERCENTS, st.integers(0, 168))
def test_a_referred_visit_costs_nothing_and_keeps_its_hours(price, percent, hours):
    policy = Policy(hours, Fee("percent", percent), Fee("amount", price))
    assert terms_of(policy, price, is_referred=True) == Terms(hours, 0, 0)
    assert terms_of(policy, price, is_referred=False).no_show_fee_minor == price
