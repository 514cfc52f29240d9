"""Times that nobody can have meant: each is refused with words, and nothing breaks."""

import pytest

from tests.scheduling.test_views import Desk
from tests.scheduling.test_views_groups import Two
from tests.scheduling.test_views_series import Desk as Planner

ODD = ("²", "²².a.b", "1e9", "99999999999.a.b", "-5", "٣", "")
WALLS = ("1٢:30", "24:00", "9:30", "10:00:00", "²²:00", "10:00\n", "x")
DAYS = ("9999-12-31", "0001-01-01", "2201-01-01")


@pytest.fixture
def desk(app):
    return Desk(app)


@pytest.mark.parametrize("path", ["/book", "/book/keep"])
def test_a_time_that_is_none_is_not_booked_and_not_kept(desk, path):
    for typed in ODD:
        assert 400 <= desk.send(path, **desk.chosen(opening=typed, time="")).status_code < 500
    for typed in WALLS:
        sent = desk.chosen(time=typed, therapist=desk.therapist)
        answer = desk.send(path, **sent)
        is_right = typed.strip() == "10:00"
        assert answer.status_code in (200, 302) if is_right else 400 <= answer.status_code < 500
    for typed in DAYS:
        sent = desk.chosen(time="23:00", on=typed, therapist=desk.therapist)
        assert 400 <= desk.send(path, **sent).status_code < 500


def test_a_group_moves_to_no_such_time(app):
    two = Two(app)
    group = two.booked()
    plain = {"versions": "", "time": "23:00", "on": two.on}
    for typed in ODD[:-1]:
        answer = two.send(f"{group}/move", **plain | {"opening": typed})
        assert 400 <= answer.status_code < 500
    for typed in WALLS:
        if typed.strip() != "10:00":
            answer = two.send(f"{group}/move", **plain | {"time": typed})
            assert 400 <= answer.status_code < 500
    for typed in DAYS:
        answer = two.send(f"{group}/move", **plain | {"on": typed})
        assert 400 <= answer.status_code < 500


def test_a_plan_has_no_visit_of_such_a_number(app):
    planner = Planner(app)
    plan = planner.booked()
    answer = planner.send(f"{plan}/{10**25}/skip", version="1")
    assert answer.status_code == 404
    answer = planner.send(f"{plan}/{10**25}/book", version="1", opening="²")
    assert 400 <= answer.status_code < 500
