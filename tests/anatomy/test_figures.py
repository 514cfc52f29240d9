"""The two figures: a shape for every area and side, and marks that stand where they belong."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clinic.anatomy import AREAS, REGIONS, SMALL, Finding, is_within, marks, spot_or_area, spots
from clinic.anatomy.figures import regions_of
from tests.anatomy.test_findings import findings


def drawn(face: str) -> set[tuple[str, str]]:
    return {(one.area, one.side) for one in REGIONS[face]}


def numbers(path: str) -> list[float]:
    return [float(found) for found in re.findall(r"-?\d+\.?\d*", path)]


@pytest.mark.parametrize("face", ["front", "back"])
def test_every_area_has_a_shape_on_each_of_its_faces(face):
    expected = {code for code, area in AREAS.items() if face in area.faces}
    assert {area for area, _ in drawn(face)} == expected
    for area, side in drawn(face):
        assert side in (("L", "R") if AREAS[area].has_sides else ("N",))


def test_no_shape_stands_twice_and_small_ones_are_areas():
    for shapes in REGIONS.values():
        assert len({(one.area, one.side) for one in shapes}) == len(shapes)
    assert set(SMALL) <= set(AREAS)


def test_left_is_the_clients_own():
    for face, left_is_right in (("front", True), ("back", False)):
        for one in REGIONS[face]:
            across = numbers(one.path)[::2]
            if one.side in ("L", "R"):
                on_the_right = sum(across) / len(across) > 100
                assert on_the_right == ((one.side == "L") == left_is_right)


def test_a_shape_keeps_to_the_sheet_and_its_number_too():
    for shapes in REGIONS.values():
        for one in shapes:
            assert all(0 <= figure <= 440 for figure in numbers(one.path))
            assert 10 <= one.pin[0] <= 190
            assert 0 <= one.pin[1] <= 438


def test_both_sides_or_no_side_is_both_halves():
    assert [one.side for one in regions_of("CALF", "B", "back")] == ["L", "R"]
    assert [one.side for one in regions_of("CALF", "N", "back")] == ["L", "R"]
    assert [one.side for one in regions_of("CALF", "L", "back")] == ["L"]
    assert regions_of("CALF", "L", "front") == ()
    assert len(regions_of("WHOLE_BODY", "N", "front")) == 1


def test_a_finding_from_one_figure_is_not_drawn_on_the_other():
    found = [Finding("KNEE", "L", "pain", face="front"), Finding("HAND", "L", "pain", face="back")]
    assert [mark.number for mark in marks(found, "front")] == [1]
    assert [mark.number for mark in marks(found, "back")] == [2]
    assert [mark.number for mark in marks([Finding("HAND", "L", "pain")], "front")] == [1]


def test_rows_that_name_no_spot_are_left_out_but_counted():
    rows = [{"area": "", "mode": "pain"}, {"area": "TAIL", "side": "L", "mode": "pain", "face": ""}]
    rows.append({"area": "KNEE", "side": "L", "mode": "pain", "face": ""})
    rows[0] |= {"side": "", "face": ""}
    assert [mark.number for mark in marks(rows, "front")] == [3]


@given(st.lists(findings(), max_size=12))
def test_every_finding_is_drawn_with_a_number_clear_of_the_others(found):
    for face in ("front", "back"):
        shown = marks(found, face)
        places = [pin for mark in shown for pin in mark.pins]
        assert len(places) == len(set(places)) or max(y for _, y in places) >= 426
        expected = [
            number
            for number, one in enumerate(found, 1)
            if one.face in ("", face)
            and (face in AREAS[one.area].faces or not AREAS[one.area].faces)
        ]
        assert [mark.number for mark in shown] == expected


def test_areas_to_leave_alone_are_drawn_without_numbers():
    assert len(spots([("CALF", "L"), ("KNEE_BACK", "B"), ("TAIL", "L")], "back")) == 3
    assert spots([("CALF", "L")], "front") == ()


@pytest.mark.parametrize(
    ("side", "blocked", "said"),
    [
        ("L", [("CALF", "L")], True),
        ("L", [("CALF", "R")], False),
        ("B", [("CALF", "R")], True),
        ("L", [("CALF", "")], True),
        ("L", [("CALF", "B")], True),
        ("N", [("CALF", "R")], True),
        ("L", [("SHIN", "L")], False),
        ("L", [("WHOLE_BODY", "N")], True),
        ("L", [], False),
    ],
)
def test_a_finding_that_may_touch_a_blocked_spot_is_told(side, blocked, said):
    assert is_within(Finding("CALF", side, "treated"), blocked) is said
    assert not is_within({}, blocked)


def test_a_spot_that_is_none_is_still_said():
    assert str(spot_or_area("CALF", "L")) == "left calf"
    assert str(spot_or_area("CALF", "")) == "calf"
    assert str(spot_or_area("SPINE_C", "L")) == "neck spine"
    assert str(spot_or_area("TAIL", "L")) == "TAIL"
