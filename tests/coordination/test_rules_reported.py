"""Figures of a record as a report says them: a direction and a size, without a judgement."""

from datetime import date
from typing import Any

import pytest

from clinic.anatomy import AREAS, Finding
from clinic.coordination.rules import reported as rules
from clinic.letters.rules.voice import Voice
from clinic.records.rules.charts import Point
from clinic.records.rules.measures import Subject, change
from clinic.records.rules.notes import Body
from clinic.records.rules.plans import Goal

PAIN, TURN, GIRTH = (
    Subject("NPRS_AVERAGE"),
    Subject("ROM", "NECK_ROTATION", "L"),
    Subject("GIRTH", "CALF", "L"),
)
GROC = Subject("GROC")
FIRST, LAST = date(2026, 9, 3), date(2026, 10, 15)
VOICE = Voice()


def line(subject: Subject, *points: Point, **more: Any) -> Any:
    return rules.line_of(subject, points, VOICE, **more)


def test_a_measure_runs_from_its_first_figure_to_now():
    found = line(PAIN, Point(FIRST, 7), Point(date(2026, 9, 20), 5, 3), Point(LAST, 4), target=2)
    assert (found.baseline, found.baseline_on, found.now, found.now_on) == ("7", FIRST, "4", LAST)
    assert (found.change, found.goal, found.may_matter) == ("3 lower", "2", True)
    assert found.series == (("2026-09-03", 7), ("2026-09-20", 5), ("2026-10-15", 4))


def test_one_figure_has_nothing_to_be_compared_with():
    found = line(TURN, Point(FIRST, 48))
    assert (found.baseline, found.now, found.change, found.may_matter) == ("48°", "", "", False)
    assert (found.side, found.unit) == ("L", "°")


def test_a_plans_own_start_counts_and_has_no_day_of_its_own():
    found = line(TURN, Point(LAST, 63), start=48)
    assert (found.baseline, found.baseline_on, found.now) == ("48°", None, "63°")
    assert found.change == "15° higher"


def test_a_rating_of_change_stands_for_itself():
    found = line(GROC, Point(FIRST, 2), Point(LAST, 5))
    assert (found.baseline, found.now, found.change) == ("", "+5", "")


def test_figures_after_a_session_count_only_where_there_are_no_others():
    assert line(PAIN, Point(FIRST, None, 3), Point(LAST, None, 3)).change == "no change"
    assert line(PAIN) is None


@pytest.mark.parametrize(
    ("subject", "first", "last", "target", "worse"),
    [
        (PAIN, 4, 7, None, True),
        (PAIN, 7, 4, None, False),
        (PAIN, 4, 5, None, False),
        (TURN, 60, 40, None, False),
        (GROC, 3, -3, None, False),
    ],
)
def test_worse_is_said_only_where_people_notice_it(
    subject: Subject, first: float, last: float, target: float | None, worse: bool
):
    points = (Point(FIRST, first), Point(LAST, last))
    assert rules.is_worse(subject, points, None, target) is worse
    assert rules.is_worse(subject, (), None, target) is False


@pytest.mark.parametrize(
    ("subject", "start", "now", "target", "met"),
    [
        (PAIN, 7, 2, 2, True),
        (PAIN, 7, 3, 2, False),
        (TURN, 40, 70, 70, True),
        (TURN, 40, 69, 70, False),
        (GIRTH, 40, 38, 38, True),
        (GIRTH, 36, 37, 38, False),
        (GIRTH, None, 38, 38, True),
        (GIRTH, None, 37, 38, False),
        (PAIN, 7, None, 2, None),
        (PAIN, 7, 2, None, None),
    ],
)
def test_a_goal_is_met_when_its_figure_is_reached(
    subject: Subject, start: Any, now: Any, target: Any, met: bool | None
):
    assert rules.is_met(subject, start, now, target) is met


def test_a_goal_keeps_the_clients_words():
    aim = rules.aim_of(Goal("Lift my daughter", PAIN, 7, 2), 7, 4)
    assert (aim.text, aim.start, aim.now, aim.target, aim.is_met) == (
        "Lift my daughter", "7", "4", "2", False,
    )  # fmt: skip
    assert rules.aim_of(Goal("Sleep"), None, None).is_met is None


def test_a_change_has_a_direction_and_a_size():
    assert str(rules.moved_by(change(PAIN, 7, 7))) == "no change"
    assert str(rules.moved_by(change(TURN, 48, 63))) == "15° higher"
    assert str(rules.moved_by(change(GROC, 0, 3))) == "3 higher"


NOTES = (
    Body(techniques=("SWEDISH", "DEEP"), since="better", findings=(
        Finding("SHOULDER_TOP", "R", "treated"), Finding("CALF", "L", "tension"),
        Finding("CHEST", "L", "treated"),
    )),
    Body(techniques=("SWEDISH",), since="same"),
    Body(since="better"),
)  # fmt: skip


def test_what_was_done_is_counted():
    assert rules.most_used(NOTES) == ["SWEDISH", "DEEP"]
    assert rules.usual_minutes([50, 52, None, 60]) == 50
    assert rules.usual_minutes([None]) is None
    told = rules.told_since(NOTES)
    assert (told.better, told.same, told.worse, told.told) == (2, 1, 0, 3)


def test_places_that_are_sensitive_are_not_named():

    sensitive = next(code for code, area in AREAS.items() if area.is_sensitive)
    body = Body(findings=(Finding(sensitive, "N", "treated"), Finding("CALF", "L", "treated")))
    assert [str(one) for one in rules.treated_most([body])] == ["left calf"]
