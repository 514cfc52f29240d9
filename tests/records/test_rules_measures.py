"""What a figure may be, how it is kept, when a change may be meaningful, and where it is drawn."""

import itertools
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clinic.anatomy import MOVEMENTS
from clinic.anatomy.movements import METHODS
from clinic.core.errors import DomainError
from clinic.records.rules.charts import (
    BOTTOM,
    HEIGHT,
    LEFT,
    RIGHT,
    TOP,
    WIDTH,
    Point,
    drawn,
    scale,
)
from clinic.records.rules.keeping import read_taken, write_taken
from clinic.records.rules.measures import (
    GIRTHS,
    GROUPS,
    MEASURES,
    MOMENTS,
    MOVES,
    PLAIN,
    Subject,
    Taken,
    change,
    checked,
    is_unusual,
    of_activities,
    progress,
    subject_of,
)

DAY = date(2026, 3, 2)
SUBJECTS = (*PLAIN, *GIRTHS, *MOVES)
subjects = st.sampled_from(SUBJECTS)


@st.composite
def figures(draw: st.DrawFn, subject: Subject) -> float:
    """A figure that this subject can have."""
    low, high = subject.bounds
    places = subject.kind.places
    tenths = draw(st.integers(int(low * 10**places), int(high * 10**places)))
    return tenths / 10**places


@st.composite
def taken_ones(draw: st.DrawFn) -> Taken:
    subject = draw(subjects)
    return Taken(
        subject,
        draw(figures(subject)),
        moment=draw(st.sampled_from(sorted(MOMENTS))),
        method=draw(st.sampled_from(["", *METHODS])),
        is_painful=draw(st.booleans()),
        comment=draw(st.text(max_size=40)),
    )


@st.composite
def courses(draw: st.DrawFn) -> tuple[Subject, list[Point], float | None]:
    subject = draw(subjects)
    maybe = st.none() | figures(subject)
    days = sorted(draw(st.sets(st.integers(0, 900), min_size=1, max_size=30)))
    points = []
    for day in days:
        value, after = draw(figures(subject)), draw(maybe)
        points.append(Point(DAY + timedelta(days=day), value, after))
    return subject, points, draw(maybe)


@given(taken_ones())
def test_a_figure_within_its_range_is_taken_and_reads_back_the_same(taken: Taken):
    assert checked(taken) == taken
    assert read_taken(write_taken(taken)) == taken


@given(subjects, st.floats(0.01, 1e6), st.booleans())
def test_a_figure_outside_its_range_is_refused(subject: Subject, beyond: float, is_above: bool):
    low, high = subject.bounds
    with pytest.raises(DomainError):
        checked(Taken(subject, high + beyond if is_above else low - beyond))


@given(subjects)
def test_a_subject_is_found_again_by_its_code_and_has_a_name_of_its_own(subject: Subject):
    assert subject_of(subject.code) == subject
    assert [str(one.name) for one in SUBJECTS].count(str(subject.name)) == 1


@pytest.mark.parametrize(
    "code", ["", "NPRS", "ROM", "ROM:NECK_ROTATION", "ROM:NECK_ROTATION:B", "GIRTH:CALF", "GAD7",
             "PHQ9", "PROMIS", "NPRS_NOW:", "ROM:NECK_ROTATION:L:active", "A:B:C:D:E"]
)  # fmt: skip
def test_what_is_not_offered_is_no_subject(code: str):
    with pytest.raises(DomainError):
        subject_of(code)


def test_a_movement_by_the_therapist_is_another_subject_than_by_the_client():
    assert subject_of("ROM:NECK_ROTATION:L:passive") != subject_of("ROM:NECK_ROTATION:L")
    assert str(subject_of("ROM:NECK_ROTATION:L:passive").name) == "Neck, turning, left, passive"


def test_only_the_score_of_what_somebody_owns_is_taken_and_it_says_so():
    owned = {code for code, one in MEASURES.items() if one.is_score_only}
    assert owned == {"ODI", "NDI", "PSQI", "PSS10"}
    assert all("score" in str(MEASURES[code].licence) for code in owned)
    assert {one.group for one in MEASURES.values()} == set(GROUPS)


@given(subjects, st.data())
def test_a_change_has_the_sign_of_what_happened(subject: Subject, data: st.DataObject):
    start, now = data.draw(figures(subject)), data.draw(figures(subject))
    there, back = change(subject, start, now), change(subject, now, start)
    assert (there.by > 0) == (now > start)
    assert there.by == -back.by
    opposite = {"better": "worse", "worse": "better"}
    assert back.tone == opposite.get(there.tone, there.tone)
    assert (there.tone == "same") == (start == now)


def test_less_pain_more_movement_and_a_girth_nearer_its_goal_are_better():
    turn, calf = subject_of("ROM:NECK_ROTATION:L"), subject_of("GIRTH:CALF:L")
    assert change(Subject("NPRS_NOW"), 6, 4).tone == "better"
    assert change(turn, 48, 60).tone == "better"
    assert change(subject_of("ROM:FINGERTIP_FLOOR"), 20, 10).tone == "better"
    assert change(calf, 40, 38).tone == ""
    assert change(calf, 40, 38, target=37).tone == "better"
    assert change(calf, 36, 35, target=38).tone == "worse"


@pytest.mark.parametrize(
    ("code", "start", "now", "may"),
    [
        ("NPRS_NOW", 5, 3, True), ("NPRS_NOW", 5, 4, False), ("NPRS_NOW", 3, 2, True),
        ("NPRS_NOW", 8, 6, False), ("NPRS_NOW", 8, 5, True), ("PSFS", 4, 6, True),
        ("PSFS", 4, 5.9, False), ("RMDQ", 12, 8, True), ("RMDQ", 12, 9, False),
        ("ODI", 40, 30, True), ("ODI", 40, 31, False), ("NDI", 20, 15, True),
        ("NDI", 20, 16, False), ("STRESS_NRS", 10, 0, False), ("ROM:KNEE_FLEXION:L", 0, 90, False),
    ],
)  # fmt: skip
def test_a_change_may_be_meaningful_from_the_size_that_people_notice(
    code: str, start: float, now: float, may: bool
):
    assert change(subject_of(code), start, now).may_matter is may


def test_every_hint_at_meaning_names_who_found_it():
    assert {code for code, one in MEASURES.items() if one.meaning} == {
        "NPRS_NOW", "NPRS_AVERAGE", "NPRS_WORST", "PSFS", "RMDQ", "ODI", "NDI"
    }  # fmt: skip
    assert all(one.meaning.source for one in MEASURES.values() if one.meaning)


@given(st.sampled_from(MOVES))
def test_a_movement_is_looked_at_twice_beyond_the_usual_by_thirty_degrees(subject: Subject):
    move = MOVEMENTS[subject.point]
    if move.unit == "deg":
        assert not is_unusual(Taken(subject, min(move.high + 30, 200)))
        if move.high + 31 <= 200:
            assert is_unusual(Taken(subject, move.high + 31))


def test_own_activities_count_by_their_mean():
    taken = of_activities({"Drive": 4, "Lift the child": 5, "Sleep on the side": 5})
    assert taken.value == 4.7
    assert checked(taken)
    assert read_taken(write_taken(taken)) == taken
    for wrong in ({}, {str(n): 5 for n in range(6)}, {"Drive": 11}, {"Drive": -1}):
        with pytest.raises(DomainError):
            of_activities(wrong)


@given(st.integers(-7, 200), st.integers(-7, 200), st.integers(-7, 200))
def test_the_way_to_a_goal_is_from_none_to_all_of_it(start: int, now: int, target: int):
    gone = progress(start, now, target)
    assert 0 <= gone <= 100
    assert progress(start, target, target) == 100
    if start != target:
        assert progress(start, start, target) == 0


@given(courses())
def test_a_chart_stays_in_its_box_and_runs_with_its_days(
    course: tuple[Subject, list[Point], float | None],
):
    subject, points, target = course
    chart = drawn(subject, points, target, points[0].value)
    dots = [dot for line in chart.lines for dot in line.dots]
    assert all(LEFT <= dot.x <= RIGHT and TOP <= dot.y <= BOTTOM for dot in dots)
    for height in (chart.goal, chart.baseline, *(tick.at for tick in chart.ticks)):
        assert height is None or TOP <= height <= BOTTOM
    assert all(0 <= line.end_y <= HEIGHT and RIGHT < WIDTH for line in chart.lines)
    for line in chart.lines:
        across = [dot.x for dot in line.dots]
        assert across == sorted(across)
        assert [dot.is_last for dot in line.dots].count(True) == 1
    shown = [day.at for day in chart.days]
    assert shown == sorted(shown)
    assert len(shown) <= 6
    assert chart.days[0].label == points[0].on
    assert chart.days[-1].label == points[-1].on


@given(courses())
def test_the_higher_figure_stands_higher(course: tuple[Subject, list[Point], float | None]):
    subject, points, _target = course
    line = drawn(subject, points).lines[0]
    pairs = list(zip(line.dots, points, strict=True))
    for (one, here), (other, there) in itertools.pairwise(pairs):
        assert here.value is not None
        assert there.value is not None
        assert one.y >= other.y if here.value < there.value else one.y <= other.y


@given(subjects, st.data())
def test_a_scale_holds_what_was_measured(subject: Subject, data: st.DataObject):
    found = data.draw(st.lists(figures(subject), min_size=1, max_size=9))
    low, middle, high = scale(subject, found)
    assert low < middle < high
    assert low <= min(found)
    assert max(found) <= high
