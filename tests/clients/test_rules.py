from datetime import date

import phonenumbers
import pytest
from hypothesis import given
from hypothesis import strategies as st

from clinic.clients.rules import (
    TERM_MAX,
    NotAPhone,
    asked_words,
    fold,
    gaps,
    is_plausible_birth,
    is_similar_name,
    may_move,
    normal_phone,
    number_of,
    terms,
)

TODAY = date(2026, 11, 21)
names = st.text(st.characters(exclude_categories=["Cs", "Cc", "Cn", "Co"]), min_size=1, max_size=80)
mobiles = st.integers(2_000_000_000, 9_999_999_999).map(lambda n: f"+1{n}")


def terms_of(*said: str, phone: str = "", email: str = "", born: date | None = None) -> set[str]:
    phones = [phone] if phone else []
    return set(terms(names=said, number="C-000123", phones=phones, email=email, birth_date=born))


def finds(typed: str, found: set[str]) -> bool:
    return all(any(term.startswith(word) for term in found) for word in asked_words(typed))


@given(names, st.data())
def test_any_beginning_of_any_word_of_a_name_finds_it(name: str, data: st.DataObject) -> None:
    found = terms_of(name)
    for word in name.split():
        beginning = word[: data.draw(st.integers(1, len(word)))]
        if any(letter.isdecimal() for letter in beginning) or "@" in beginning:
            continue  # digits are looked for as numbers, not as names
        assert finds(beginning, found), (beginning, asked_words(beginning), found)


@given(mobiles, st.data())
def test_any_three_digits_in_a_row_find_a_phone(phone: str, data: st.DataObject) -> None:
    digits = phone[1:]
    start = data.draw(st.integers(0, len(digits) - 3))
    end = data.draw(st.integers(start + 3, len(digits)))
    assert finds(digits[start:end], terms_of("X", phone=phone))


@given(names)
def test_words_fit_their_column_and_folding_twice_changes_nothing(name: str) -> None:
    assert all(0 < len(term) <= TERM_MAX for term in terms_of(name, email=f"{name}@example.com"))
    assert fold(fold(name)) == fold(name)


@pytest.mark.parametrize(
    ("name", "typed"),
    [
        ("Zoë Müller-Weiß", "muller zoe"),
        ("Zoë Müller-Weiß", "mullerw"),
        ("Zoë Müller-Weiß", "MÜLLER-WEISS"),
        ("Ángel O'Brien", "obri ang"),
        ("Ángel O’Brien", "o'brien"),
        ("Łukasz Żółć", "lukasz zolc"),
        ("Søren Kjær", "soren kjaer"),
        ("İpek Işık", "ipek isik"),
        ("שרה כהן", "כה שר"),
        ("محمد الأمين", "الا"),
        ("山田 太郎", "山"),
        ("Rosa 🌸", "🌸"),
    ],
)
def test_a_name_is_found_however_it_is_typed(name: str, typed: str) -> None:
    assert asked_words(typed)
    assert finds(typed, terms_of(*name.split(" ", 1)))


@pytest.mark.parametrize(
    "typed",
    ["C-000123", "c-0001", "C123", "000123", "123", "(555) 014-88", "+1 555 014 8812", "0148812",
     "4/8/1985", "08.04.1985", "1985-4-8", "19850408", "grace.n@ex", "GRACE.N", "nak 014 88"],
)  # fmt: skip
def test_number_phone_birth_date_and_email_find_a_client(typed: str) -> None:
    born = date(1985, 4, 8)
    found = terms_of("Nakamura", phone="+15550148812", email="grace.n@example.com", born=born)
    assert finds(typed, found), asked_words(typed)


def test_a_number_from_abroad_is_found_as_it_is_dialled_there() -> None:
    assert finds("07700 9001", terms_of("X", phone="+447700900123"))


def test_signs_alone_ask_for_nobody() -> None:
    assert asked_words("  ( ) - . , ' ") == ()


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("(555) 014-8812", "+15550148812"),
        ("+44 7700 900123", "+447700900123"),
        ("555-0148", "555-0148"),
        ("555 014 8812 x12", "555 014 8812 x12"),
    ],
)
def test_a_phone_is_kept_in_one_spelling_or_as_it_was_typed(typed: str, kept: str) -> None:
    assert normal_phone(typed, "US") == kept


@pytest.mark.parametrize("typed", ["12", "call me", "+999 1", "5" * 40, "<b>1</b>"])
def test_what_nobody_could_ring_is_no_phone(typed: str) -> None:
    with pytest.raises(NotAPhone):
        normal_phone(typed, "US")


@given(st.sampled_from(sorted(phonenumbers.SUPPORTED_REGIONS)))
def test_every_country_s_own_example_is_understood(region: str) -> None:
    example = phonenumbers.example_number(region)
    if example is None:
        return
    typed = phonenumbers.format_number(example, phonenumbers.PhoneNumberFormat.INTERNATIONAL)
    assert normal_phone(typed, "US").startswith("+")


def test_a_birth_date_lies_within_a_life() -> None:
    assert is_plausible_birth(TODAY, TODAY)
    assert not is_plausible_birth(date(2026, 11, 22), TODAY)
    assert is_plausible_birth(date(1905, 11, 22), TODAY)
    assert not is_plausible_birth(date(1905, 11, 21), TODAY)


def test_a_minor_needs_a_guardian_until_the_eighteenth_birthday() -> None:
    def lacking(birth_date: date, guardian: str = "") -> frozenset[str]:
        return gaps(
            first_name="A", birth_date=birth_date, can_be_reached=True, guardian=guardian,
            today=TODAY,
        )  # fmt: skip

    assert lacking(date(2008, 11, 22)) == {"guardian"}
    assert lacking(date(2008, 11, 22), "Mother") == frozenset()
    assert lacking(date(2008, 11, 21)) == frozenset()


@pytest.mark.parametrize(
    ("one", "other", "alike"),
    [
        ("Grace Nakamura", "Nakamura Grace", True),
        ("Grace Nakamura", "Grace Nakamara", True),
        ("Jon Smith", "John Smyth", True),
        ("José García", "Jose Garcia", True),
        ("Grace Nakamura", "Walter Brandt", False),
        ("", "Walter Brandt", False),
    ],
)
def test_similar_names(one: str, other: str, *, alike: bool) -> None:
    assert is_similar_name(one, other) is alike


@given(names, names)
def test_similarity_has_no_direction_where_words_are_shared(one: str, other: str) -> None:
    if set(fold(one).split()) & set(fold(other).split()):
        assert is_similar_name(one, other)
        assert is_similar_name(other, one)


def test_the_dead_are_not_booked_back_and_the_archive_has_a_way_out() -> None:
    assert may_move("archived", "inactive")
    assert not may_move("archived", "active")
    assert not may_move("prospect", "inactive")


def test_numbers_grow_beyond_their_zeros() -> None:
    assert number_of(7) == "C-000007"
    assert number_of(1_234_567) == "C-1234567"
