"""How long an authorisation lasts: days included, and unknown where it is not known yet."""

from dataclasses import dataclass
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clinic.referrals.rules import BASES, COUNTED, Window, last_day_of, window_from, window_of

FIRST = date(2027, 1, 1)


@dataclass(frozen=True)
class Lasts:
    basis: str = "fixed_date"
    days: int | None = None
    issued_on: date | None = None
    first_visit_on: date | None = None
    valid_from: date = FIRST
    valid_until: date | None = None


@pytest.mark.parametrize(
    ("lasts", "last", "is_computable"),
    [
        (Lasts(valid_until=date(2027, 3, 14)), date(2027, 3, 14), True),
        (Lasts(), None, True),
        (Lasts("open", valid_until=None), None, True),
        # 31 January, 28 February and 31 March are 90 days, the first counted.
        (Lasts("issue_date", 90, FIRST), date(2027, 3, 31), True),
        (Lasts("issue_date", 1, FIRST), FIRST, True),
        (Lasts("first_visit", 90, None, FIRST), date(2027, 3, 31), True),
        (Lasts("first_visit", 180, None, FIRST), date(2027, 6, 29), True),
        (Lasts("first_visit", 90, None, date(2028, 1, 1)), date(2028, 3, 30), True),
        (Lasts("first_visit", 90), None, False),
        # What was written down before the first visit was known is not believed.
        (Lasts("first_visit", 90, FIRST, None, valid_until=date(2027, 3, 14)), None, False),
    ],
)
def test_the_last_day_follows_from_the_basis(lasts, last, is_computable):
    assert window_of(lasts) == Window(FIRST, last, is_computable)


days_ = st.dates(date(2026, 1, 1), date(2028, 12, 31))
lasting = st.builds(
    Lasts, basis=st.sampled_from(BASES), days=st.integers(1, 730), issued_on=days_,
    first_visit_on=st.none() | days_, valid_from=days_, valid_until=st.none() | days_,
)  # fmt: skip


@given(lasting)
def test_what_cannot_be_computed_never_has_a_date_and_holds_whatever_comes(lasts):
    window = window_of(lasts)
    if not window.is_computable:
        assert (window.last, lasts.basis, lasts.first_visit_on) == (None, "first_visit", None)
        assert window.holds(lasts.valid_from + timedelta(days=5000))


@given(st.sampled_from(COUNTED), st.integers(1, 730), days_)
def test_of_so_many_days_there_are_exactly_so_many(basis, count, first):
    window = window_of(Lasts(basis, count, first, first, valid_from=first))
    inside = [day for n in range(-2, count + 2) if window.holds(day := first + timedelta(days=n))]
    assert len(inside) == count
    assert window.last == last_day_of(first, count)


@given(lasting, days_, days_)
def test_an_earlier_first_visit_never_makes_it_last_longer(lasts, one, other):
    early, late = (window_from(lasts, day) for day in sorted((one, other)))
    if lasts.basis == "first_visit":
        assert early.last <= late.last
    else:
        assert early == late == window_of(lasts)


def test_days_outside_are_named():
    window = window_of(Lasts("first_visit", 10, None, FIRST))
    days = [FIRST, FIRST + timedelta(days=9), FIRST + timedelta(days=10)]
    assert window.outside(days) == days[2:]
