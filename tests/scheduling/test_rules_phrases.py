"""What the gate asks for in few words: techniques together, and one thing said once."""

from clinic.scheduling.rules.screening import MISFIT, WAITS, phrases


def said(*codes: str, but: tuple[str, ...] = ()) -> list[str]:
    return [str(one) for one in phrases(codes, but=but)]


def test_techniques_that_are_left_out_stand_in_one_phrase_where_the_first_stood() -> None:
    assert said(MISFIT, "no:CUPPING", "pressure:2", "no:DEEP", "no:HEAT") == [
        "Another service is needed", "No cupping, deep tissue, heat", "Light pressure at most",
    ]  # fmt: skip
    assert said("no:HOTSTONE") == ["No hot stones"]


def test_areas_that_are_left_out_stand_in_one_phrase_too() -> None:
    assert said("avoid:CALF:L", "pressure:2", "avoid:NECK_FRONT:N", "no:HEAT") == [
        "Leave out: left calf, neck front", "Light pressure at most", "No heat",
    ]  # fmt: skip
    assert said("avoid:SECRET:L", "avoid:CALF:R") == [
        "Some areas are left out", "Leave out: right calf",
    ]  # fmt: skip


def test_that_somebody_must_look_is_said_once() -> None:
    assert said(WAITS, "review", "form") == ["Needs review", "Health form missing"]
    assert said("review") == ["A therapist looks at this before the visit"]
    assert said(WAITS, "stop") == ["Needs review", "No treatment until a therapist has looked"]
    assert said(WAITS, "review", "form", but=(WAITS, "review")) == ["Health form missing"]


def test_a_technique_that_no_phrase_knows_is_never_named() -> None:
    assert said("no:SECRET", "no:ALL") == [
        "Some techniques are left out", "No treatment until a therapist has looked",
    ]  # fmt: skip
