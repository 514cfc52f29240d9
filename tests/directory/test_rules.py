from hypothesis import assume, given
from hypothesis import strategies as st

from clinic.directory.rules import is_npi, kept_phone, search_name
from tests.factories.directory import NPI

first_nine = st.text("0123456789", min_size=9, max_size=9)


def numbered(nine: str) -> str:
    """The one number of these nine digits whose check digit is right."""
    (right,) = [nine + digit for digit in "0123456789" if is_npi(nine + digit)]
    return right


@given(first_nine)
def test_nine_digits_have_exactly_one_check_digit(nine: str) -> None:
    assert len(numbered(nine)) == 10


@given(first_nine, st.integers(0, 9), st.sampled_from("0123456789"))
def test_every_change_of_one_digit_is_caught(nine: str, place: int, digit: str) -> None:
    right = numbered(nine)
    assume(right[place] != digit)
    assert not is_npi(right[:place] + digit + right[place + 1 :])


@given(first_nine, st.integers(0, 8))
def test_every_swap_of_neighbours_but_09_and_90_is_caught(nine: str, place: int) -> None:
    right = numbered(nine)
    one, other = right[place], right[place + 1]
    assume(one != other)
    swapped = right[:place] + other + one + right[place + 2 :]
    assert is_npi(swapped) == ({one, other} == {"0", "9"})


def test_the_example_of_the_standard_is_right_and_other_shapes_are_not() -> None:
    assert is_npi(NPI)
    assert not any(
        map(is_npi, ["", "123456789", "12345678930", "123456789x", "１２３４５６７８９３"])
    )


@given(st.text(max_size=40))
def test_a_name_is_compared_without_case_accents_and_marks(text: str) -> None:
    plain = search_name(text)
    assert search_name(plain) == plain
    assert plain == " ".join(plain.split())


def test_names_that_people_spell_differently_are_one() -> None:
    assert search_name("  Núñez-O’Brien, Zoë ") == "nunez o brien zoe"
    assert search_name("GROẞ") == search_name("gross")


def test_a_phone_is_kept_in_one_spelling_where_it_can_be_read() -> None:
    assert kept_phone("(920) 555-0148", "US") == "+19205550148"
    assert kept_phone("+44 20 7946 0018", "US") == "+442079460018"
    assert kept_phone("920 555 0148 ext. 12", "US") == "920 555 0148 ext. 12"
    assert kept_phone("ask at the desk", "US") == "ask at the desk"
