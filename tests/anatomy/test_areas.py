"""Areas, sides and movements: what there is, and how it is said."""

import pytest

from clinic.anatomy import AREAS, GROUPS, JOINTS, MOVEMENTS, POSITIONS, SIDES, is_spot, spot
from clinic.anatomy.movements import UNITS
from clinic.core.words import Words

CODES = """
    HEAD SCALP FACE JAW NECK_FRONT NECK_BACK SHOULDER_TOP SHOULDER_JOINT SCAPULA AXILLA UPPER_ARM
    ELBOW ELBOW_INNER FOREARM WRIST HAND CHEST_FRONT BREAST RIBS ABDOMEN GROIN UPPER_BACK MID_BACK
    LOW_BACK FLANK_KIDNEY SACRUM GLUTEAL HIP THIGH_FRONT THIGH_BACK THIGH_INNER THIGH_OUTER KNEE
    KNEE_BACK SHIN CALF ANKLE HEEL FOOT TOES SPINE_C SPINE_T SPINE_L WHOLE_BODY
""".split()


def codes(flag: str) -> set[str]:
    return {code for code, area in AREAS.items() if getattr(area, flag)}


def test_every_area_has_its_code_a_group_and_a_face():
    assert sorted(AREAS) == sorted(CODES)
    for code, area in AREAS.items():
        assert area.code == code
        assert area.group in GROUPS
        assert set(area.faces) <= {"front", "back"}
        assert area.faces or code == "WHOLE_BODY"


def test_no_two_areas_have_one_name():
    names = [str(area.name) for area in AREAS.values()]
    assert len(set(names)) == len(names)


def test_the_sensitive_areas_are_those_of_the_college():
    assert codes("is_sensitive") == {"BREAST", "GLUTEAL", "THIGH_INNER", "CHEST_FRONT"}


def test_caution_sites_lie_over_vessels_nerves_and_organs():
    assert codes("is_caution") == {
        "NECK_FRONT", "AXILLA", "ELBOW_INNER", "ABDOMEN", "GROIN", "FLANK_KIDNEY", "KNEE_BACK",
    }  # fmt: skip


def test_breast_and_groin_are_not_shown_unless_asked_for():
    assert codes("is_off_by_default") == {"BREAST", "GROIN"}


@pytest.mark.parametrize(
    ("area", "side", "said"),
    [
        ("CALF", "L", "left calf"),
        ("CALF", "R", "right calf"),
        ("CALF", "B", "calf, both sides"),
        ("CALF", "N", "calf"),
        ("LOW_BACK", "N", "low back"),
        ("SPINE_L", "N", "lumbar spine"),
    ],
)
def test_a_spot_is_said_in_words(area, side, said):
    assert str(spot(area, side)) == said


def test_every_area_and_side_has_words_or_is_refused():
    for area in [*AREAS, "TAIL", ""]:
        for side in [*SIDES, "X", ""]:
            if is_spot(area, side):
                assert isinstance(spot(area, side), Words)
            else:
                with pytest.raises(KeyError):
                    spot(area, side)


def test_the_spine_and_the_whole_body_have_no_sides():
    for code in ("SPINE_C", "SPINE_T", "SPINE_L", "WHOLE_BODY"):
        assert is_spot(code, "N")
        assert not any(is_spot(code, side) for side in "LRB")


def test_a_client_may_ask_to_avoid_the_first_three_positions():
    assert list(POSITIONS)[:3] == ["prone", "supine", "side"]


def test_every_movement_has_a_joint_a_unit_and_a_range():
    for code, movement in MOVEMENTS.items():
        assert movement.code == code
        assert movement.joint in JOINTS
        assert movement.unit in UNITS
        assert 0 <= movement.low <= movement.high <= movement.most
        assert movement.is_possible(movement.low)
        assert not movement.is_unusual(movement.high)


def test_a_reading_far_past_the_usual_is_unusual_and_past_all_measure_impossible():
    turning = MOVEMENTS["NECK_ROTATION"]
    assert not turning.is_unusual(110)
    assert turning.is_unusual(111)
    assert turning.is_possible(200)
    assert not turning.is_possible(201)
    assert not turning.is_possible(-1)
    assert not MOVEMENTS["JAW_OPENING"].is_unusual(90)
    assert not MOVEMENTS["JAW_OPENING"].is_possible(101)
