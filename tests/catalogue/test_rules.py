from datetime import date, timedelta

from hypothesis import given
from hypothesis import strategies as st

from clinic.catalogue.rules import has_begun, is_code, may_begin, price_of
from clinic.cli.opening import NEEDS, PIECES, ROOMS, TAKES

DAY = date(2026, 11, 21)
days = st.dates(date(2020, 1, 1), date(2030, 12, 31))


@given(st.dictionaries(days, st.integers(0, 10**6), max_size=12), days)
def test_the_price_of_a_day_is_that_of_the_last_first_day(history: dict, on: date) -> None:
    expected = None
    for offset in range((on - date(2020, 1, 1)).days + 1):
        expected = history.get(date(2020, 1, 1) + timedelta(offset), expected)
    assert price_of(history.items(), on) == expected


@given(st.sets(days, min_size=1), days)
def test_a_new_price_never_rewrites_what_a_past_day_has_cost(history: set, first: date) -> None:
    if may_begin(first, today=DAY, history=history) and first < DAY:
        before = dict.fromkeys(history, 1)
        past = [DAY - timedelta(n) for n in range(1, 2500)]
        had = [day for day in past if price_of(before.items(), day) is not None]
        after = {**before, first: 2}
        assert all(price_of(after.items(), day) == 1 for day in had)


def test_a_price_begins_on_its_first_day() -> None:
    assert has_begun(DAY, today=DAY)
    assert not has_begun(DAY + timedelta(1), today=DAY)


def test_a_code_is_capitals_digits_and_underscores() -> None:
    assert is_code("DEEP_TISSUE")
    assert is_code("ADD_15")
    assert not any(map(is_code, ["", "A", "deep", "1A", "DEEP TISSUE", "A" * 31, "DEEP\n", "ÄB"]))


def test_every_service_of_the_demonstration_finds_a_room_that_has_what_it_needs() -> None:
    rooms = [set(features) for _, features in ROOMS]
    assert all(any(set(needed) <= has for has in rooms) for needed in NEEDS.values())
    assert set(TAKES.values()) <= {code for code, _ in PIECES}
