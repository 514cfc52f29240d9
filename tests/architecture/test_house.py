"""The rules of the house that no linter keeps.

Import contracts stand in pyproject.toml; here is what is said of the text of files.
Each exception is a name in a list below, with its reason.
"""

import ast
import functools
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]

MOST_LINES = 400
WRITTEN = {".py", ".html", ".css", ".js"}
TEXTS = WRITTEN | {
    "",
    ".md",
    ".toml",
    ".txt",
    ".in",
    ".sh",
    ".cfg",
    ".json",
    ".csv",
    ".svg",
    ".ini",
}

# Writes HTML that Jinja does not escape: only what builds attributes from escaped parts.
MAY_MARK_SAFE = {
    "clinic/web/markup.py",
}

# Hold SQL as text, since the toolkit has no words for it: pragmas, triggers, locks.
MAY_SPEAK_SQL = {
    "clinic/core/engines.py",
    "clinic/core/migrating.py",
    "clinic/audit/services/reads.py",
    "clinic/directory/models.py",  # the condition of a partial index
    "clinic/timetable/models.py",  # the clash constraint, on both engines
}

# Made by other people, kept as they were published.
VENDORED = ("tests/browser/vendor/", "clinic/static/vendor/", "clinic/static/fonts/")


@functools.cache
def tracked() -> tuple[str, ...]:
    """Every file of the repository, or of the folder where it came without one."""
    if (ROOT / ".git").exists():
        listed = subprocess.run(
            ["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=True
        ).stdout
        # A file deleted but not yet committed is still listed.
        return tuple(name for name in listed.split("\0") if name and (ROOT / name).is_file())
    skipped = {".venv", "build", "instance", "demo"}
    return tuple(
        str(path.relative_to(ROOT))
        for path in sorted(ROOT.rglob("*"))
        if path.is_file() and path.relative_to(ROOT).parts[0] not in skipped
    )


def ours(*suffixes: str, under: str = "") -> Iterator[tuple[str, str]]:
    """Name and text of each file of our own with one of the suffixes."""
    for name in tracked():
        is_ours = name.startswith(under) and not name.startswith(VENDORED)
        if is_ours and Path(name).suffix in suffixes:
            yield name, (ROOT / name).read_text(encoding="utf-8")


def tree(name: str, text: str) -> ast.Module:
    return ast.parse(text, filename=name)


def calls(module: ast.Module) -> Iterator[tuple[str, int]]:
    """The last name of everything called, and the line."""
    for node in ast.walk(module):
        if isinstance(node, ast.Call):
            if isinstance(node.func, ast.Attribute):
                yield node.func.attr, node.lineno
            elif isinstance(node.func, ast.Name):
                yield node.func.id, node.lineno


def speaks_sql(module: ast.Module) -> Iterator[int]:
    """The lines that hand SQL as text to a database."""
    for node in ast.walk(module):
        if not isinstance(node, ast.Call):
            continue
        called = getattr(node.func, "attr", getattr(node.func, "id", ""))
        is_text = bool(node.args) and isinstance(node.args[0], ast.Constant | ast.JoinedStr)
        if called in {"text", "DDL", "exec_driver_sql"} or (
            called in {"execute", "executemany", "executescript", "scalar", "scalars"} and is_text
        ):
            yield node.lineno


def test_only_the_transaction_commits():
    found = [
        f"{name}:{line}"
        for name, text in ours(".py", under="clinic/")
        if name != "clinic/core/transactions.py"
        for called, line in calls(tree(name, text))
        if called in {"commit", "rollback"}
    ]
    assert not found, "use `with transaction():` and let it end by itself"


def test_no_file_is_longer_than_one_sitting():
    sizes = {name: text.count("\n") for name, text in ours(*WRITTEN)}
    found = {name: lines for name, lines in sizes.items() if lines > MOST_LINES}
    assert not found, f"at most {MOST_LINES} lines: part them by what they are about"


def test_imports_stand_at_the_top():
    found = []
    for name, text in ours(".py"):
        for function in ast.walk(tree(name, text)):
            if isinstance(function, ast.FunctionDef | ast.AsyncFunctionDef):
                found += [
                    f"{name}:{node.lineno}"
                    for node in ast.walk(function)
                    if isinstance(node, ast.Import | ast.ImportFrom)
                ]
    assert not found, "an import inside a function hides an arrow between rooms"


def test_html_is_escaped_by_jinja():
    found = [
        f"{name}:{line}"
        for name, text in ours(".py", under="clinic/")
        if name not in MAY_MARK_SAFE
        for called, line in calls(tree(name, text))
        if called in {"Markup", "mark_safe"}
    ]
    unsafe = re.compile(r"\|\s*safe\b|\{%-?\s*autoescape\s+false")
    found += [
        name for name, text in ours(".html") if name not in MAY_MARK_SAFE and unsafe.search(text)
    ]
    assert not found, "build HTML in templates, where everything is escaped"


def test_templates_run_under_the_strict_policy():
    inline = re.compile(
        r"<style\b|\sstyle\s*=|\son[a-z]+\s*=\s*[\"']|javascript:|<script(?![^>]*\bsrc=)[^>]*>",
        re.IGNORECASE,
    )
    found = [
        f"{name}:{number}"
        for name, text in ours(".html", under="templates/")
        for number, line in enumerate(text.splitlines(), 1)
        if inline.search(line)
    ]
    assert not found, "no inline script, style or handler: use a class or a data attribute"


def test_sql_is_written_by_the_toolkit():
    found = [
        f"{name}:{line}"
        for name, text in ours(".py", under="clinic/")
        if name not in MAY_SPEAK_SQL
        for line in speaks_sql(tree(name, text))
    ]
    assert not found, "raw SQL lives in the files named at the top of this test"


# Spelled with brackets, so that this file does not find itself.
FOREIGN = {
    "a machine's path": re.compile(r"(?<![\w.])/(?:root|home/\w+|work|opt)/[\w.]"),
    "a folder beside the checkout": re.compile(r"(?<![\w/])(?:\.\./)+[s]hared\b"),
    "a package host": re.compile(
        r"\b(?:pypi\.(?:org|python\.org)|files\.python[h]osted\.org|registry\.npm[j]s\.org)\b"
    ),
    "an index option": re.compile(r"--(?:extra-)?index[-]url[ =]\S*:|--find[-]links[ =]"),
}


@pytest.mark.parametrize("what", FOREIGN)
def test_files_hold_nothing_of_the_machine_they_were_made_on(what: str):
    found = [
        f"{name}:{number}"
        for name, text in ours(*TEXTS)
        for number, line in enumerate(text.splitlines(), 1)
        if FOREIGN[what].search(line)
    ]
    assert not found, f"{what} is named"


@pytest.mark.parametrize("name", ["requirements/run.txt", "requirements/dev.txt"])
def test_every_requirement_is_pinned_with_its_hashes(name: str):
    joined = (ROOT / name).read_text(encoding="utf-8").replace("\\\n", " ")
    lines = [line.strip() for line in joined.splitlines()]
    wanted = [line for line in lines if line and not line.startswith("#")]
    assert wanted
    loose = [line[:60] for line in wanted if "==" not in line or "--hash=sha256:" not in line]
    assert not loose, "run tools/lock.sh"


def test_nothing_of_a_clinic_is_in_the_repository():
    kept = re.compile(r"^(?:instance|demo)/|\.(?:sqlite|db)(?:-\w+)?$|(?:^|/)\.env$")
    found = [name for name in tracked() if kept.search(name)]
    assert not found, "data, keys and settings of a clinic stay out"


def test_the_exceptions_named_here_are_needed():
    code = dict(ours(".py", under="clinic/"))
    idle = {name for name in MAY_SPEAK_SQL if not list(speaks_sql(tree(name, code[name])))}
    assert not idle, "take these out of MAY_SPEAK_SQL"
