"""Whatever makes a visit, or changes its state, its time or what it counts against, is told.

Both are done where changes of visits are noted. Read from the code: from no verb is there a
way to such a change that does not pass there.
"""

import ast

import pytest

from tests.prove import writers

SET = {"status", "slot", "slot_id", "held_slot_id", "on_date", "authorisation", "authorisation_id"}
NOTING = {"noted", "note_booked"}


def names_in(node):
    return {one.id for one in ast.walk(node) if isinstance(one, ast.Name)}


def changes_a_visit(node):
    for one in ast.walk(node):
        if isinstance(one, ast.Call) and isinstance(one.func, ast.Name):
            bulk = one.args[0] if one.func.id in writers.BULK and one.args else one.func
            if isinstance(bulk, ast.Name) and bulk.id == "Visit":
                return True
        if (
            isinstance(one, ast.Attribute)
            and isinstance(one.ctx, ast.Store)
            and one.attr in SET
            and isinstance(one.value, ast.Name)
            and one.value.id == "visit"
        ):
            return True
    return False


def reaches(where, seen, *, noting=frozenset()):
    """Whether there is a way from here to a change of a visit, past none of these names."""
    functions, _ = writers._house()
    if where not in functions or where in seen or noting & names_in(functions[where]):
        return False
    seen.add(where)
    return changes_a_visit(functions[where]) or any(
        reaches(one, seen, noting=noting) for one in writers._reached(where)
    )


def verbs(*, noting=frozenset()):
    functions, _ = writers._house()
    return {
        f"{module.split('.')[1]}.{name}"
        for (module, name), node in functions.items()
        if writers._is_verb(node) and reaches((module, name), set(), noting=noting)
    }


def test_the_verbs_that_change_visits_are_found():
    found = verbs()
    assert {"scheduling.book", "scheduling.finish", "scheduling.take_back"} <= found
    # Nobody is judged by these: a visit is over, or counts against another authorisation.
    unjudged = {"scheduling.finish", "records.sign", "scheduling.count_against"}
    assert found - writers.verbs_that_write_visits() <= unjudged


def test_from_no_verb_is_there_a_change_that_is_not_told():
    assert verbs(noting=NOTING) == set()


@pytest.mark.parametrize("forgotten", ["noted", "note_booked"])
def test_sabotage_what_forgets_to_note_is_found(forgotten):
    assert verbs(noting=NOTING - {forgotten})
