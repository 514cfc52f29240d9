"""No order comes in but through coordination, which gives it somebody who looks after it."""

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2] / "clinic"
ONLY = "clinic/coordination/services/inbound/receiving.py"


def _callers() -> set[str]:
    """Product modules that call ``log`` of the orders' services, by whatever name."""
    return {
        str(path.relative_to(ROOT.parent))
        for path in ROOT.rglob("*.py")
        if _calls_log(ast.parse(path.read_text()))
    }


def _calls_log(tree: ast.AST) -> bool:
    modules, verbs = _names(tree)
    calls = [node.func for node in ast.walk(tree) if isinstance(node, ast.Call)]
    return any(
        (isinstance(one, ast.Name) and one.id in verbs)
        or (
            isinstance(one, ast.Attribute)
            and one.attr == "log"
            and isinstance(one.value, ast.Name)
            and one.value.id in modules
        )
        for one in calls
    )


def _names(tree: ast.AST) -> tuple[set[str], set[str]]:
    """What a file calls the module of orders, and its ``log``."""
    modules, verbs = set(), set()
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("clinic.referrals"):
            for one in node.names:
                called = one.asname or one.name
                modules |= {called} if one.name in {"services", "orders"} else set()
                verbs |= {called} if one.name == "log" else set()
    return modules, verbs


def test_coordination_alone_logs_orders():
    assert _callers() == {ONLY}


@pytest.mark.parametrize(
    "text",
    [
        "from clinic.referrals import services as orders\norders.log(actor=1)",
        "from clinic.referrals.services import orders\norders.log(actor=1)",
        "from clinic.referrals.services import log as take\ntake(actor=1)",
    ],
)
def test_a_caller_that_hides_behind_another_name_is_found(text):
    assert _calls_log(ast.parse(text))


def test_what_only_looks_like_it_is_none():
    assert not _calls_log(ast.parse("from math import log\nlog(2)"))
