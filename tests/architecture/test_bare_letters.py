"""Only what draws a letter up in ready-made words may call it bare: nobody who passes typed text.

Read from the code, so that no new way of writing letters goes round the consent gate.
"""

import ast
from pathlib import Path

CLINIC = Path(__file__).parents[2] / "clinic"
ONLY = "coordination/services/reporting.py"


def _called(node: ast.Call) -> str:
    return node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")


def _callers(source: str) -> bool:
    return any(
        isinstance(one, ast.Call)
        and _called(one) in {"draft", "edit"}
        and any(word.arg in {"is_bare", None} for word in one.keywords)
        for one in ast.walk(ast.parse(source))
    )


def test_ready_made_letters_come_from_one_place():
    found = {
        str(path.relative_to(CLINIC)) for path in CLINIC.rglob("*.py") if _callers(path.read_text())
    }
    assert found == {ONLY}


def test_sabotage_a_page_that_calls_its_own_words_ready_made_is_found():
    assert _callers("services.edit(row, content=form.content(), is_bare=True)")
    assert _callers("draft(**facts)")
    assert not _callers("services.edit(row, content=form.content())")
