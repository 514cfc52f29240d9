"""Which verbs of the house write a visit, or time that a visit may take: read from its code."""

import ast
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
MADE = {"Visit", "VisitVerdict", "Hold"}
"""Rows that are a visit, a judgement of one, or time kept for one."""
BULK = {"insert", "update"}
SET = {"held_slot_id", "verdict_id"}
"""What a visit takes its time by, and by what leave."""


def _modules():
    for path in sorted((ROOT / "clinic").rglob("*.py")):
        parts = path.relative_to(ROOT).with_suffix("").parts
        yield ".".join(parts[:-1] if parts[-1] == "__init__" else parts), path


@cache
def _house():
    """Every function by module and name, and what each module's names stand for."""
    functions, names = {}, {}
    for module, path in _modules():
        tree = ast.parse(path.read_text(encoding="utf-8"))
        own = names.setdefault(module, {})
        for node in ast.walk(tree):
            if isinstance(node, ast.ImportFrom) and node.module:
                for one in node.names:
                    own[one.asname or one.name] = (node.module, one.name)
        for node in tree.body:
            if isinstance(node, ast.FunctionDef):
                functions[module, node.name] = node
    return functions, names


def _stands_for(module, name):
    """Where a name of a module comes from, through every room that passes it on."""
    functions, names = _house()
    seen = set()
    while (module, name) not in functions and (module, name) not in seen:
        seen.add((module, name))
        if name not in names.get(module, {}):
            break
        module, name = names[module][name]
    return module, name


@cache
def _reached(where):
    """Everything that a function names: its callees, and what it hands on to be called."""
    functions, names = _house()
    module, found = where[0], set()
    for one in ast.walk(functions[where]):
        if isinstance(one, ast.Name) and isinstance(one.ctx, ast.Load):
            found.add(_stands_for(module, one.id))
        elif isinstance(one, ast.Attribute) and isinstance(one.value, ast.Name):
            place = names[module].get(one.value.id)
            if place:
                found.add(_stands_for(".".join(place), one.attr))
    return found


def _writes(node):
    for one in ast.walk(node):
        if isinstance(one, ast.Call) and isinstance(one.func, ast.Name):
            # "Visit(...)" in the ORM's way, "update(Visit)" in bulk.
            bulk = [one.args[0]] if one.func.id in BULK and one.args else []
            if {name.id for name in (one.func, *bulk) if isinstance(name, ast.Name)} & MADE:
                return True
        if isinstance(one, ast.Attribute) and isinstance(one.ctx, ast.Store) and one.attr in SET:
            return True
    return False


def _is_writer(where, seen):
    functions, _ = _house()
    if where not in functions or where in seen:
        return False
    seen.add(where)
    return _writes(functions[where]) or any(_is_writer(one, seen) for one in _reached(where))


def _is_verb(node):
    return any(
        isinstance(one, ast.Call) and isinstance(one.func, ast.Name) and one.func.id == "verb"
        for one in node.decorator_list
    )


def verbs_that_write_visits():
    """Each verb, anywhere in the house, through which a visit comes to stand as it does."""
    functions, _ = _house()
    return {
        f"{module.split('.')[1]}.{name}"
        for (module, name), node in functions.items()
        if _is_verb(node) and _is_writer((module, name), set())
    }
