import json
import shutil

import pytest
from sqlalchemy import func, select

from clinic.clients.models import Client, ImportedHistoryLine
from clinic.core.db import Base, db
from clinic.core.transactions import refresh
from clinic.directory.models import Organisation, Provider
from clinic.health.models import HealthFact
from clinic.imports.rules import Unreadable
from tests.factories import imports as made

NEVER = (
    "CANARY-SSN", "CANARY-DRIVERS", "CANARY-PASSPORT", "CANARY-MARITAL", "CANARY-RACE",
    "CANARY-ETHNICITY", "CANARY-BIRTHPLACE", "CANARY-SHOE", "43.871234567", "88.871234567",
    "77001.77", "88002.88", "66003.66", "66004.66",
)  # fmt: skip
SEALED = ("canary-condition", "canary-medication", "canary-allergy", "canary-procedure")


def count(model) -> int:
    refresh()
    return db.session.scalar(select(func.count()).select_from(model))


@pytest.fixture(autouse=True)
def _inside(inside):
    """Every test here works inside the application."""


def person(last: str) -> Client:
    return db.session.scalars(select(Client).where(Client.last_name == last)).one()


def test_a_folder_becomes_clients_directory_and_history():
    report = made.read_folder()
    assert {t.file: (t.read, t.written) for t in report.tallies} == {
        "organizations.csv": (2, 2),
        "providers.csv": (3, 3),
        "patients.csv": (4, 4),
        "conditions.csv": (10, 9),
        "medications.csv": (5, 5),
        "allergies.csv": (2, 2),
        "procedures.csv": (5, 5),
    }
    assert report.tallies[3].repeated == 1
    assert {name for name, note in report.notes if "not read." in str(note)} == {"encounters.csv"}


def test_people_are_kept_as_the_file_says_and_marked():
    report = made.read_folder()
    one = person("Óskarsdóttir332")
    assert (one.first_name, one.sex_at_birth, one.address) == (
        "Brünhild84", "female", "3 Elm Street, Apt 4",
    )  # fmt: skip
    assert person("Vandermeer15").missing == "guardian,postcode,reach"
    dead = person("O'Dea6")
    assert (dead.status, str(dead.died_on), dead.missing) == ("deceased", "2020-01-02", "")
    assert person("Nguyễn").missing == "first_name,reach"
    assert (report.incomplete.count, report.deceased.count) == (3, 1)


def test_made_up_digits_go_when_that_is_asked_for():
    made.read_folder(tidy_names=True)
    assert person("Óskarsdóttir").first_name == "Brünhild"
    assert set(db.session.scalars(select(Provider.last_name))) == {
        "Thorvald", "Márquez", "Ishikawa",
    }  # fmt: skip


def test_providers_have_two_names_and_a_place():
    made.read_folder()
    provider = db.session.scalars(select(Provider).where(Provider.last_name == "Márquez19")).one()
    assert (provider.first_name, provider.credentials) == ("José Luis8", "other")
    assert [at.organisation.name for at in provider.places] == ["LAKESIDE CLINIC, NORTH BUILDING"]
    phones = set(db.session.scalars(select(Organisation.phone)))
    assert phones == {"+19205550100", "920-555-0102 Or 920-555-0103"}


def test_history_is_sealed_with_the_client_s_own_key():
    made.read_folder()
    rows = db.session.scalars(select(HealthFact)).all()
    latex = next(row for row in rows if "Latex" in row.details)
    assert latex.client.last_name == "Óskarsdóttir332"
    assert json.loads(latex.details) == {
        "kind": "allergy",
        "code": "LATEX",
        "text": "Latex canary-allergy: Itching (MODERATE), Eruption of skin (MILD)",
        "on": "2009-09-27",
        "details": [["status", "active"]],
        "source": "import",
    }
    assert {(row.source, row.is_reviewed) for row in rows} == {("import", False)}
    assert count(ImportedHistoryLine) == 0


def test_what_is_never_read_is_nowhere_and_history_is_nowhere_in_the_clear(ground, caplog):
    made.read_folder()
    refresh()
    kept = bytearray()
    for table in Base.metadata.sorted_tables:
        for row in db.session.execute(select(table)):
            kept += b"\n".join(v if isinstance(v, bytes) else str(v).encode() for v in row)
    for file in ground.config.DATA_DIR.glob("*"):
        kept += file.read_bytes() if file.is_file() else b""
    said = bytes(kept) + caplog.text.encode()
    assert "Óskarsdóttir332".encode() in said
    for canary in (*NEVER, *SEALED):
        assert canary.encode() not in said


def test_a_second_run_writes_nothing():
    made.read_folder()
    before = [count(model) for model in (Client, Provider, Organisation, HealthFact)]
    again = made.read_folder()
    assert (again.written, again.import_id) == (0, None)
    assert before == [count(m) for m in (Client, Provider, Organisation, HealthFact)]


def test_every_row_that_cannot_be_taken_is_named_and_nothing_is_written():
    report = made.read_folder(made.ROUGH)
    named = [(fault.file.split(".")[0], fault.line, fault.column) for fault in report.faults]
    assert named == [
        ("organizations", 3, "Id"),
        ("providers", 3, "ORGANIZATION"),
        ("patients", 3, "BIRTHDATE"),
        ("patients", 4, "Id"),
        ("patients", 5, "DEATHDATE"),
        ("patients", 6, "LAST"),
        ("patients", 7, ""),
        ("patients", 8, "BIRTHDATE"),
        ("conditions", 3, "PATIENT"),
        ("conditions", 4, "PATIENT"),
        ("conditions", 5, "START"),
        ("conditions", 6, "DESCRIPTION"),
        ("conditions", 7, ""),
    ]
    assert report.is_refused
    assert [count(model) for model in (Client, Provider, Organisation)] == [0, 0, 0]


def test_the_good_rows_of_a_rough_folder_are_written():
    report = made.read_folder(made.ROUGH, good_rows=True)
    assert [t.written for t in report.tallies] == [1, 1, 1, 1]
    assert report.refused == 13


def test_a_folder_without_its_people_is_refused(tmp_path):
    with pytest.raises(Unreadable, match=r"no patients\.csv"):
        made.read_folder(tmp_path)
    with pytest.raises(Unreadable, match="no such folder"):
        made.read_folder(tmp_path / "nowhere")
    made.a_file(tmp_path, "Id,FIRST\n1,A\n", "patients.csv")
    with pytest.raises(Unreadable, match="no column BIRTHDATE, LAST"):
        made.read_folder(tmp_path)


def test_history_of_a_client_who_was_here_is_added_by_a_later_import(tmp_path):
    made.read_folder()
    folder = shutil.copytree(made.SYNTHEA, tmp_path / "later")
    lines = folder / "conditions.csv"
    lines.write_bytes(lines.read_bytes().replace(b"59621000,Hypertension", b"1,Another one"))
    report = made.read_folder(folder)
    assert [t.written for t in report.tallies] == [0, 0, 0, 1, 0, 0, 0]
