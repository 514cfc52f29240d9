"""Lines of history become facts: what they mean, what of them is told, and how old ones move."""

import json
import shutil
from collections import Counter
from datetime import timedelta

import pytest
from sqlalchemy import func, select

from clinic.clients.models import Client, ImportedHistoryLine
from clinic.core.clock import today
from clinic.core.db import db
from clinic.core.permissions import SYSTEM
from clinic.core.transactions import refresh, transaction
from clinic.health import services as health
from clinic.health.models import HealthFact
from clinic.health.queries import known_of
from clinic.imports import services
from clinic.practice.queries import the_practice
from tests.factories import imports as made

A_DAY = timedelta(days=1)


@pytest.fixture(autouse=True)
def _inside(inside):
    """Every test here works inside the application."""


def undo(number: int):
    return services.undo(number, actor=SYSTEM)


def facts() -> dict[str, tuple[str, str]]:
    """By ref: whose fact it is, and what it says."""
    refresh()
    rows = db.session.scalars(select(HealthFact).where(HealthFact.ended_at.is_(None)))
    return {row.import_ref: (row.client.import_ref, row.details) for row in rows}


def told() -> Counter[str]:
    found = (json.loads(details) for _, details in facts().values())
    return Counter(f"{one['kind']}:{one['code']}" for one in found)


def fact(code: str) -> dict:
    found = (json.loads(details) for _, details in facts().values())
    return next(one for one in found if one["code"] == code)


def lines() -> int:
    refresh()
    return db.session.scalar(select(func.count()).select_from(ImportedHistoryLine))


def test_every_line_stands_among_the_facts():
    report = made.read_folder()
    assert told() == {
        "allergy:LATEX": 1,
        "allergy:OTHER": 1,
        "condition:ASTHMA": 1,
        "condition:DVT": 1,
        "condition:HYPERTENSION": 1,
        "condition:MI": 1,
        "condition:OTHER": 2,
        "condition:RESP_INFECTION": 1,
        "medicine:ANTICOAGULANT": 1,
        "medicine:NSAID_ANALGESIC": 2,
        "medicine:OPIOID": 1,
        "medicine:OTHER": 1,
        "pregnancy:PREGNANCY": 1,
        "surgery:ABDOMINAL": 1,
        "surgery:OTHER": 1,
        "treatment:OTHER": 1,
        "treatment:VACCINE": 1,
    }
    assert sum(report.heard.facts.values()) == len(facts())


def test_repeated_prescriptions_are_one_medicine_that_is_current_if_one_of_them_is():
    made.read_folder()
    warfarin = fact("ANTICOAGULANT")
    assert warfarin["on"] == "2019-05-01"
    assert "until" not in warfarin
    assert warfarin["details"] == [["route", "oral"], ["status", "active"]]


def test_what_was_not_understood_is_kept_open_and_told():
    report = made.read_folder()
    assert report.heard.unknown == {
        ("condition", "Rhinitis, perennial (canary-condition)"): 1,
        ("procedure", "Realignment of the canary-procedure"): 1,
    }
    assert ("condition", "Full-time employment (finding)") in report.heard.no_matter
    kept = [json.loads(details) for _, details in facts().values()]
    sorted_ones = {one["text"]: one.get("details", []) for one in kept if one["code"] == "OTHER"}
    assert ["sorted", "yes"] in sorted_ones["Full-time employment (finding)"]
    assert ["sorted", "yes"] not in sorted_ones["Rhinitis, perennial (canary-condition)"]


def test_the_report_counts_what_each_rule_fired_on(tmp_path):
    folder = shutil.copytree(made.SYNTHEA, tmp_path / "recent")
    table = folder / "procedures.csv"
    lately = (today(the_practice().zone) - 9 * A_DAY).isoformat()
    table.write_text(table.read_text().replace("2019-06-03", lately))
    found = {one.rule: one for one in made.read_folder(folder).fired}
    for rule in ("DVT_ACTIVE", "ANTICOAGULANT", "PREG_ANY", "ALLERGY_PRODUCT", "ASTHMA",
                 "SURGERY_RECENT"):  # fmt: skip
        assert (found[rule].facts, found[rule].clients) == (1, 1), rule
    assert found["HTN_UNCONTROLLED"].asked >= 1
    assert "CAUTION_SITES" not in found


def test_the_report_is_told_again_where_nothing_is_new():
    first = made.read_folder()
    again = made.read_folder()
    assert again.written == 0
    assert (again.fired, again.heard.unknown) == (first.fired, first.heard.unknown)


def test_screening_reads_imported_facts_at_once():
    made.read_folder()
    client = db.session.scalars(select(Client).where(Client.last_name == "O'Dea6")).one()
    known = known_of(client.id)
    assert "DVT" in {one.code for one in known.sheet.facts}
    assert (known.version, known.is_reviewed) == (1, False)


def test_lines_of_an_earlier_release_become_the_same_facts(tmp_path):
    folder = shutil.copytree(made.SYNTHEA, tmp_path / "folder")
    (folder / "procedures.csv").unlink()
    made.read_as_before(folder, tmp_path / "people")
    assert (lines(), facts()) == (16, {})
    moved = services.move_history(actor=SYSTEM)
    assert (moved.lines, len(moved.clients), lines()) == (16, 4, 0)
    before = facts()
    assert services.move_history(actor=SYSTEM).lines == 0
    assert made.read_folder(folder).written == 0
    assert undo(1).removed == {
        "client": 4, "history": len(before), "provider": 3, "organisation": 2,
    }  # fmt: skip
    made.read_folder(folder)
    assert facts() == before


def test_lines_that_have_not_moved_yet_are_undone_as_well(tmp_path):
    made.read_as_before(made.SYNTHEA, tmp_path / "people")
    assert undo(1).kept == []
    assert (lines(), facts()) == (0, {})


def test_an_owed_move_is_done_by_the_sweep(inside, tmp_path):
    made.read_as_before(made.SYNTHEA, tmp_path / "people")
    said = inside.test_cli_runner().invoke(args=["sweep"])
    assert "16 imported lines became facts" in said.output
    assert lines() == 0


def test_a_fact_that_was_looked_at_stays_with_its_client():
    made.read_folder()
    row = db.session.scalars(
        select(HealthFact).join(Client).where(Client.last_name == "Nguyễn")
    ).first()
    with transaction():
        health.confirm_fact(row, actor=SYSTEM)
    kept = undo(1).kept
    assert [(one.kind, set(one.why)) for one in kept] == [("client", {"amended", "health_fact"})]


def test_a_later_import_s_fact_that_was_looked_at_stays(tmp_path):
    made.read_folder()
    folder = shutil.copytree(made.SYNTHEA, tmp_path / "later")
    table = folder / "conditions.csv"
    table.write_bytes(table.read_bytes().replace(b"Childhood asthma", b"Epilepsy (disorder)")
                      .replace(b"233678006", b"84757009"))  # fmt: skip
    made.read_folder(folder)
    row = db.session.get(HealthFact, db.session.scalar(select(func.max(HealthFact.id))))
    with transaction():
        health.confirm_fact(row, actor=SYSTEM)
    kept = undo(2).kept
    assert [(one.kind, one.why) for one in kept] == [("history", ("amended",))]
    assert told()["condition:EPILEPSY"] == 1
