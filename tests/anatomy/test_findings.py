"""Findings are read from a page with care, and written so that they read back the same."""

import json
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clinic.anatomy import (
    AREAS,
    KINDS,
    MODES,
    Finding,
    read_findings,
    rows_sent,
    sent_findings,
    sides_of,
    write_findings,
)
from clinic.core.errors import DomainError

PLAIN = {"area": "CALF", "side": "L", "face": "back", "mode": "pain"}


def read(**changed: object) -> Finding:
    return read_findings(json.dumps([PLAIN | changed]))[0]


@st.composite
def findings(draw: st.DrawFn) -> Finding:
    area = draw(st.sampled_from(sorted(AREAS)))
    return Finding(
        area=area,
        side=draw(st.sampled_from(sides_of(area))),
        mode=draw(st.sampled_from(sorted(MODES))),
        face=draw(st.sampled_from(("", *AREAS[area].faces))),
        kind=draw(st.sampled_from(("", *KINDS))),
        severity=draw(st.none() | st.integers(0, 10)),
        minutes=draw(st.none() | st.integers(0, 240)),
        pressure=draw(st.none() | st.integers(1, 5)),
        text=draw(st.text(max_size=300).map(str.strip)),
        is_copied=draw(st.booleans()),
    )


@given(st.lists(findings(), max_size=60))
def test_what_was_written_reads_back_the_same(found):
    assert read_findings(write_findings(found)) == tuple(found)


@given(st.recursive(st.none() | st.booleans() | st.integers() | st.text(), st.lists) | st.text())
def test_anything_else_is_refused_or_is_no_finding(thing):
    text = thing if isinstance(thing, str) else json.dumps(thing)
    with suppress(DomainError):
        assert read_findings(text) == ()


def test_an_empty_field_holds_no_findings():
    assert read_findings("") == read_findings(" ") == read_findings("[]") == ()


def test_a_finding_may_say_no_more_than_where_and_what():
    assert read() == Finding("CALF", "L", "pain", face="back")
    assert read(side="", face="", text=None, severity="") == Finding("CALF", "N", "pain")


@pytest.mark.parametrize(
    "wrong",
    [
        {"area": "TAIL"},
        {"area": 3},
        {"area": "SPINE_C", "side": "L", "face": "back"},
        {"side": "X"},
        {"face": "front"},
        {"mode": ""},
        {"mode": "hot"},
        {"kind": "adhesion"},
        {"severity": 11},
        {"severity": -1},
        {"severity": 4.5},
        {"severity": True},
        {"severity": "4"},
        {"minutes": 241},
        {"pressure": 0},
        {"pressure": 6},
        {"text": "x" * 301},
        {"text": ["x"]},
        {"is_copied": "yes"},
    ],
)
def test_what_is_no_finding_is_refused(wrong):
    with pytest.raises(DomainError) as refused:
        read(**wrong)
    assert refused.value.field == "findings"


def test_a_chart_holds_at_most_sixty_findings():
    assert len(read_findings(json.dumps([PLAIN] * 60))) == 60
    with pytest.raises(DomainError, match="at most 60"):
        read_findings(json.dumps([PLAIN] * 61))


def test_a_list_nested_without_end_is_refused():
    with pytest.raises(DomainError):
        read_findings("[" * 100_000)


def sent(*rows: dict[str, str]) -> dict[str, str]:
    return {
        f"findings-{index}-{key}": value
        for index, row in enumerate(rows)
        for key, value in ({"mode": "pain", "area": "", "side": "N"} | row).items()
    } | {"findings": ""}


def test_without_script_the_rows_are_the_findings():
    rows = sent(
        {"area": "CALF", "side": "L", "face": "back", "severity": "6", "is_copied": "1"},
        {"area": "HAND", "side": "R", "mode": "treated", "minutes": "5", "pressure": " 3 "},
        {"area": "FOOT", "remove": "1"},
        {},
        {},
    )
    assert sent_findings(rows) == (
        Finding("CALF", "L", "pain", "back", severity=6, is_copied=True),
        Finding("HAND", "R", "treated", minutes=5, pressure=3),
    )


def test_with_script_the_json_speaks_and_an_empty_list_is_no_rows():
    rows = sent({"area": "CALF"})
    assert sent_findings(rows | {"findings": "[]"}) == ()
    assert sent_findings(rows | {"findings": json.dumps([PLAIN])})[0].side == "L"
    assert sent_findings({}) == ()


@pytest.mark.parametrize(
    "wrong",
    [
        {"text": "sore"},
        {"area": "CALF", "severity": "a lot"},
        {"area": "CALF", "severity": "11"},
        {"area": "CALF", "minutes": "9" * 40},
    ],
)
def test_a_row_that_cannot_be_kept_is_refused_and_shown_again_as_typed(wrong):
    with pytest.raises(DomainError):
        sent_findings(sent(wrong))
    [row] = rows_sent(sent(wrong))
    assert all(str(row[key]) == value for key, value in wrong.items())
