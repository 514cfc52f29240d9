import pytest
from hypothesis import given
from hypothesis import strategies as st

from clinic.core.errors import DomainError
from clinic.core.money import MOST_MINOR, minor_from_text, text_from_minor

currencies = st.sampled_from(["USD", "EUR", "GBP", "CAD", "JPY", "KWD"])


@pytest.mark.parametrize(
    ("typed", "currency", "minor"),
    [
        ("85", "USD", 8500),
        ("85.5", "USD", 8550),
        (" 1,250.00 ", "USD", 125_000),
        ("1200", "JPY", 1200),
        ("1.234", "KWD", 1234),
        ("0", "USD", 0),
    ],
)
def test_an_amount_is_read_as_people_type_it(typed, currency, minor):
    assert minor_from_text(typed, currency) == minor


@pytest.mark.parametrize(
    "typed",
    [
        "",
        "abc",
        "-1",
        "1.234",
        "NaN",
        "Infinity",
        "1e400",
        "1e9",
        "--5",
        "8 5x",
        "\u0660.x",
        "9" * 400,
    ],
)
def test_what_is_no_amount_is_refused_in_words(typed):
    with pytest.raises(DomainError) as refused:
        minor_from_text(typed, "USD")
    assert refused.value.field == "amount"


@given(st.integers(0, MOST_MINOR), currencies)
def test_an_amount_comes_back_to_the_cent(minor, currency):
    assert minor_from_text(text_from_minor(minor, currency), currency) == minor


@given(st.text(max_size=30), currencies)
def test_any_text_is_an_amount_within_limits_or_refused(typed, currency):
    try:
        minor = minor_from_text(typed, currency)
    except DomainError:
        return
    assert isinstance(minor, int)
    assert 0 <= minor <= MOST_MINOR
