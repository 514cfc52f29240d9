"""What a letter says is kept as it is and read back strictly."""

import json
from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clinic.core.errors import DomainError
from clinic.letters.rules.blocks import (
    MANY,
    TEXT_MAX,
    Content,
    Facts,
    MeasureLine,
    Measures,
    Paragraph,
    Points,
    check,
    from_json,
    is_clinical,
    to_json,
)

words = st.text(max_size=60)
days = st.dates()
some = st.integers(-300, 300) | st.floats(-300, 300)
lines = st.builds(
    MeasureLine,
    name=words, side=st.sampled_from(["", "L", "R", "B"]), baseline=words,
    baseline_on=st.none() | days, now=words, now_on=st.none() | days, change=words, goal=words,
    unit=words, may_matter=st.booleans(),
    series=st.lists(st.tuples(days.map(date.isoformat), some), max_size=4).map(tuple),
)  # fmt: skip
blocks = st.one_of(
    st.builds(Paragraph, text=words, is_clinical=st.booleans()),
    st.builds(Facts, rows=st.lists(st.tuples(words, words), max_size=4).map(tuple),
              is_clinical=st.booleans()),
    st.builds(Points, title=words, items=st.lists(words, max_size=4).map(tuple),
              is_clinical=st.booleans()),
    st.builds(Measures, rows=st.lists(lines, max_size=3).map(tuple)),
)  # fmt: skip
contents = st.builds(
    Content, subject=words, salutation=words, closing=words,
    blocks=st.lists(blocks, max_size=5).map(tuple),
)  # fmt: skip


@given(contents)
def test_what_is_kept_is_read_back_the_same(content: Content) -> None:
    assert from_json(to_json(content)) == content
    assert to_json(from_json(to_json(content))) == to_json(content)


def test_a_letter_is_clinical_when_one_block_is() -> None:
    plain = Content("Thank you", "Dear Dr Lowe", (Paragraph("It came."), Facts((("Name", "A"),))))
    assert not is_clinical(plain)
    for block in (
        Paragraph("Less pain.", is_clinical=True),
        Facts((("Pain", "4"),), is_clinical=True),
        Points("Goals", ("Lift a child",), is_clinical=True),
        Measures(()),
    ):
        assert is_clinical(Content("s", "d", (*plain.blocks, block)))


WHOLE = Content(
    "s", "d",
    (Paragraph("p"), Facts((("a", "b"),)), Points("t", ("i",)),
     Measures((MeasureLine("Pain", series=(("2026-01-05", 7), ("2026-02-05", 3.5))),))),
    "c",
)  # fmt: skip


def _with(path: str, value: Any) -> str:
    whole = json.loads(to_json(WHOLE))
    at = whole
    *way, last = [int(step) if step.isdigit() else step for step in path.split(".")]
    for step in way:
        at = at[step]
    at[last] = value
    return json.dumps(whole)


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("subject", 3),
        ("subject", None),
        ("subject", "\ud800"),
        ("extra", "x"),
        ("blocks", {}),
        ("blocks.0", "text"),
        ("blocks.0.is", "markup"),
        ("blocks.0.is", ["paragraph"]),
        ("blocks.0.text", ["x"]),
        ("blocks.0.is_clinical", 1),
        ("blocks.0.more", ""),
        ("blocks.1.rows", [["a"]]),
        ("blocks.1.rows", [["a", "b", "c"]]),
        ("blocks.1.rows", ["ab"]),
        ("blocks.2.items", "ab"),
        ("blocks.3.rows.0.side", "X"),
        ("blocks.3.rows.0.now_on", "yesterday"),
        ("blocks.3.rows.0.series", [["2026-01-05", True]]),
        ("blocks.3.rows.0.series", [["2026-01-05", float("nan")]]),
        ("blocks.3.rows.0.series", [["soon", 1]]),
        ("blocks", [{"is": "paragraph", "text": "", "is_clinical": False}] * (MANY + 1)),
        ("closing", "x" * (TEXT_MAX + 1)),
    ],
)
def test_anything_else_is_refused(path: str, value: Any) -> None:
    with pytest.raises(DomainError, match="cannot be read as a letter"):
        from_json(_with(path, value))


@pytest.mark.parametrize("text", ["", "null", "[]", "{}", '"x"', "[" * 100_000, "{"])
def test_what_is_no_letter_at_all_is_refused(text: str) -> None:
    with pytest.raises(DomainError):
        from_json(text)


def test_what_could_not_be_read_back_is_refused_before_it_is_kept() -> None:
    assert check(WHOLE) == WHOLE
    with pytest.raises(DomainError):
        check(Content("x" * (TEXT_MAX + 1), "", ()))
