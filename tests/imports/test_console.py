"""The commands as they are typed, and a process that is killed at its work."""

import csv
import os
import shutil
import signal
import subprocess
import sys

import pytest
from sqlalchemy import func, select

from clinic.audit import services as audit
from clinic.clients.models import Client, SearchTerm
from clinic.core.db import db
from clinic.core.permissions import SYSTEM
from clinic.imports import queries, services
from clinic.imports.models import ImportRow
from tests.engines import ROOT, on_both_engines
from tests.factories import imports as made


def run(app, *words):
    return app.test_cli_runner().invoke(args=["import", *map(str, words)])


def test_a_folder_is_read_in_listed_and_taken_back(app):
    assert "Nothing has been imported yet." in run(app, "list").output
    said = run(app, "synthea", made.SYNTHEA)
    assert said.exit_code == 0
    assert "patients.csv: 4 rows read, 4 written, 0 here already, 0 repeated, 0 refused" in (
        said.output
    )
    assert "encounters.csv: It is not read." in said.output
    assert "patients.csv, line 3: a minor without guardian, no postcode" in said.output
    assert "Wrote 30 rows as import 1." in said.output
    assert "is here already" in run(app, "synthea", made.SYNTHEA).output
    assert "done, 30 rows here, 0 refused" in run(app, "list").output
    assert "Removed 4 clients." in run(app, "undo", 1).output
    assert run(app, "undo", 1).exit_code == 1
    assert run(app, "undo", 7).exit_code == 1


def test_what_the_history_means_is_told_and_written_without_a_name(app, tmp_path):
    folder = shutil.copytree(made.SYNTHEA, tmp_path / "folder")
    table = folder / "procedures.csv"
    table.write_text(table.read_text().replace("Realignment of", "+Realignment of"))
    path = tmp_path / "report.csv"
    said = run(app, "synthea", folder, "--report", path)
    assert "rule DVT_ACTIVE: holds by 1 imported facts for 1 clients" in said.output
    assert "1 × procedure: +Realignment of the canary-procedure" in said.output
    assert "2 × condition: Full-time employment (finding)" in said.output
    rows = list(csv.reader(path.read_text(encoding="utf-8").splitlines()))
    assert ["not understood", "procedure", "'+Realignment of the canary-procedure", "1", "0",
            "0"] in rows  # fmt: skip
    assert ["rule", "DVT_ACTIVE"] in [row[:2] for row in rows]
    for name in ("Brünhild", "Óskarsdóttir", "Nguyễn", "Vandermeer"):
        assert name not in said.output + path.read_text(encoding="utf-8")
    assert run(app, "synthea", folder, "--report", tmp_path / "no" / "where.csv").exit_code == 1


def test_old_lines_are_moved_by_a_command(app, tmp_path):
    with app.app_context():
        made.read_as_before(made.SYNTHEA, tmp_path / "people")
    said = run(app, "move-history")
    assert "Moved 16 history lines of 4 clients." in said.output
    assert "rule DVT_ACTIVE: holds by 1 imported facts for 1 clients" in said.output
    assert "No lines of history are left to move." in run(app, "move-history").output


def test_a_report_names_lines_and_reasons_and_nobody(app, caplog):
    said = run(app, "synthea", made.ROUGH)
    assert said.exit_code == 1
    assert "patients.csv, line 6, column LAST: This begins like a formula" in said.output
    assert "Nothing was written: 13 rows cannot be taken." in said.output
    for value in ("Brünhild", "Óskarsdóttir", "CANARY", "HYPERLINK", "1961", "yesterday"):
        assert value not in said.output + caplog.text


@pytest.mark.parametrize(
    "words",
    [
        ("clients", "/nowhere/at/all.csv"),
        ("clients", made.SYNTHEA),
        ("synthea", made.SYNTHEA / "patients.csv"),
        ("clients", made.SYNTHEA / "patients.csv", "--map", "nonsense"),
        ("clients", made.SYNTHEA / "patients.csv", "--source", "a b"),
        ("clients", made.SYNTHEA / "encounters.csv"),
    ],
)
def test_what_cannot_be_read_is_said_in_a_sentence(app, words):
    said = run(app, *words)
    assert said.exit_code == 1
    assert said.output.startswith("Error: ")
    assert "Traceback" not in said.output


def test_clients_are_read_with_a_mapping(app, tmp_path):
    path = made.a_file(tmp_path, "Who,When\nAda Ash,4/5/1985\nBad,\n=1,\n")
    words = ("clients", path, "--map", "Who=name", "--map", "When=birth_date", "--dates", "mdy")
    assert run(app, *words).exit_code == 1
    said = run(app, *words, "--good-rows")
    assert said.exit_code == 0
    assert "Wrote 2 rows as import 1." in said.output


KILLED = """
import os, signal, sys
from clinic.core import transactions
from clinic.imports.services import writing
from wsgi import app

batches = []

def die(*args):
    batches.append(1)
    if len(batches) == 2:
        os.kill(os.getpid(), signal.SIGKILL)

if sys.argv[2] == "between":
    told = writing._tell
    writing._tell = lambda *args: (told(*args), die())
else:
    transactions.before_commit(die)
app.test_cli_runner().invoke(args=["import", "clients", sys.argv[1]])
"""


def killed(ground, tmp_path, path, where: str) -> None:
    """Let a process of its own read the file, and be killed in or behind its second batch."""
    key = tmp_path / "master.key"
    key.write_bytes(ground.config.MASTER_KEY)
    key.chmod(0o600)
    environment = {
        **os.environ,
        "CLINIC_DATA": str(ground.config.DATA_DIR),
        "CLINIC_DATABASE": ground.config.SQLALCHEMY_DATABASE_URI,
        "CLINIC_MIGRATIONS": ground.config.MIGRATION_DATABASE_URI,
        "CLINIC_MASTER_KEY": str(key),
        "PYTHONPATH": str(ROOT),
    }
    done = subprocess.run(
        [sys.executable, "-c", KILLED, str(path), where],
        cwd=ROOT, env=environment, capture_output=True, text=True, timeout=120, check=False,
    )  # fmt: skip
    assert done.returncode == -signal.SIGKILL, done.stderr


@on_both_engines
@pytest.mark.parametrize(("where", "survive"), [("between", 400), ("within", 200)])
def test_a_killed_import_leaves_whole_batches_and_can_be_repeated_or_undone(
    inside, ground, tmp_path, where, survive
):
    path = made.many(tmp_path, 650)
    killed(ground, tmp_path, path, where)
    assert [(one.state, one.standing) for one in queries.imports()] == [("writing", survive)]
    again = made.read(path)
    assert (again.written, again.tallies[0].present) == (650 - survive, survive)
    assert services.undo(1, actor=SYSTEM).removed == {"client": survive}
    assert services.undo(2, actor=SYSTEM).removed == {"client": 650 - survive}
    for model in (Client, SearchTerm):
        assert db.session.scalar(select(func.count()).select_from(model)) == 0
    states = set(db.session.scalars(select(ImportRow.state)))
    assert states == {"forgotten"}
    assert all(one.broken_at is None for one in audit.verify(inside.extensions["access"]))
