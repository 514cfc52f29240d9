from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clinic.imports import rules
from clinic.imports.rules import Bad, Unreadable


@pytest.mark.parametrize(
    ("written", "order", "meant"),
    [
        ("1985-04-08", "ymd", date(1985, 4, 8)),
        ("1985-04-08T00:00:00Z", "ymd", date(1985, 4, 8)),
        ("8.4.1985", "ymd", date(1985, 4, 8)),
        ("04/08/1985", "mdy", date(1985, 4, 8)),
        ("04/08/1985", "dmy", date(1985, 8, 4)),
        ("25/12/1985", "ymd", date(1985, 12, 25)),
        ("12/25/1985", "ymd", date(1985, 12, 25)),
        (" ", "ymd", None),
    ],
)
def test_dates_are_read_as_they_are_usually_written(written, order, meant):
    assert rules.day(order)(written) == meant


@pytest.mark.parametrize("written", ["yesterday", "2019-02-30", "1985-13-01", "04/08/1985", "٣"])
def test_a_date_that_is_none_or_could_be_two_is_refused(written):
    with pytest.raises(Bad):
        rules.day()(written)


@pytest.mark.parametrize(
    "cell", ["=1+1", "=cmd|' /C calc'!A0", "@SUM(1)", "-2+3", "+HYPERLINK(1)", "a\0b", "a\x07b"]
)
def test_formulas_and_control_characters_are_refused(cell):
    with pytest.raises(Bad):
        rules.letters(80)(cell)


@given(st.text(max_size=200))
def test_whatever_a_cell_says_it_is_read_or_refused_without_repeating_it(raw):
    for read in rules.FIELDS.values():
        try:
            value = read(raw)
        except Bad as bad:
            value, told = None, {name for name, _ in bad.reason.values}
        else:
            told = set()
        assert told <= {"most"}
        assert value is None or isinstance(value, str | date)


@given(st.text(max_size=80))
def test_a_read_text_reads_the_same_again(raw):
    try:
        once = rules.letters(80)(raw)
    except Bad:
        return
    assert rules.letters(80)(once) == once


def test_a_whole_name_is_parted_at_its_last_blank():
    assert rules.name_and_surname("José Luis Márquez") == ("José Luis", "Márquez")
    assert rules.name_and_surname("Ishikawa") == ("", "Ishikawa")


def test_tidying_takes_only_the_digits_behind_a_name():
    assert rules.tidied("Curt84") == "Curt"
    assert rules.tidied("O'Dea6") == "O'Dea"
    assert rules.tidied("3rd") == "3rd"


def test_usual_headers_are_known_whatever_their_case_and_signs():
    places = rules.mapped(["CLIENT-ID", "first name", "Surname", "D.O.B.", "E-Mail", "Shoe"], {})
    assert places == {"id": 0, "first_name": 1, "last_name": 2, "birth_date": 3, "email": 4}


def test_a_wish_goes_before_the_usual_header():
    places = rules.mapped(["Name", "Last Name", "Maiden"], {"Maiden": "last_name", "Name": "-"})
    assert places == {"last_name": 2}


@pytest.mark.parametrize(
    ("headers", "wishes"),
    [
        (["Name"], {"Surname": "last_name"}),
        (["Name"], {"Name": "shoe_size"}),
        (["Phone", "Mobile"], {}),
    ],
)
def test_a_mapping_that_cannot_be_met_is_refused(headers, wishes):
    with pytest.raises(Unreadable):
        rules.mapped(headers, wishes)


@pytest.mark.parametrize("wish", ["Name", "=last_name", ""])
def test_a_mapping_needs_both_sides(wish):
    with pytest.raises(Unreadable):
        rules.wished([wish])
