"""The day of an instant is the one on the clinic's calendar, never the one in UTC.

Between an hour of the evening and one of the morning the two differ, so code that takes
the wrong one is right all day and wrong at night. Ruff's DTZ keeps ``date.today()`` away.
"""

import ast
from collections.abc import Iterator

import pytest

from tests.architecture.test_house import ours, tree

ON_A_WALL = {"now": 0, "fromtimestamp": 1}
"""What gives a wall time where it is told a zone, and the place of that zone."""


def _is_local(node: ast.AST) -> bool:
    """Whether a call says by its name, or by the zone it is given, that it is a wall time."""
    if not isinstance(node, ast.Call):
        return False
    name = getattr(node.func, "attr", getattr(node.func, "id", ""))
    if name in ON_A_WALL:
        given = node.args[ON_A_WALL[name] :]
        return bool(given) and ast.unparse(given[0]) not in ("UTC", "timezone.utc")
    return name in ("astimezone", "_local")


def _names_of_walls(module: ast.Module) -> set[str]:
    """What is set from a wall time somewhere in a file."""
    return {
        name.id
        for node in ast.walk(module)
        if isinstance(node, ast.Assign) and any(map(_is_local, ast.walk(node.value)))
        for target in node.targets
        for name in ast.walk(target)
        if isinstance(name, ast.Name)
    }


def days_in_no_zone(module: ast.Module) -> Iterator[int]:
    """The lines that take the day of what nobody brought to a clinic's zone."""
    walls = _names_of_walls(module)
    for node in ast.walk(module):
        is_day = isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute)
        if not is_day or node.func.attr != "date" or node.args or node.keywords:
            continue
        of = node.func.value
        if not _is_local(of) and not (isinstance(of, ast.Name) and of.id in walls):
            yield node.lineno


def test_the_day_of_an_instant_is_taken_in_the_clinics_zone():
    found = [
        f"{name}:{line}"
        for name, text in ours(".py")
        if name.startswith(("clinic/", "tests/", "tools/"))
        for line in days_in_no_zone(tree(name, text))
    ]
    assert not found, "clock.local_day(instant, zone), clock.today(zone), or made.day() in tests"


@pytest.mark.parametrize(
    "line",
    [
        "day = now().date()", "day = datetime.now(UTC).date()", "day = made.at(10).date()",
        "day = visit.starts_at.date()", "moment = now()\nday = moment.date()",
        "day = datetime.fromtimestamp(second, UTC).date()", "day = from_epoch(second).date()",
    ],
)  # fmt: skip
def test_a_day_in_utc_is_found(line):
    assert list(days_in_no_zone(tree("made-up", line)))


@pytest.mark.parametrize(
    "line",
    [
        "day = at.astimezone(zone).date()", "wall = at.astimezone(zone)\nday = wall.date()",
        "here, there = one.astimezone(zone), other.astimezone(zone)\nday = here.date()",
        "day = datetime.now(ZONE).date()", "day = datetime.fromtimestamp(second, zone).date()",
        "on = field.date(2027)",
    ],
)  # fmt: skip
def test_a_day_of_the_clinic_is_let_pass(line):
    assert not list(days_in_no_zone(tree("made-up", line)))
