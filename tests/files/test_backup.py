"""A backup holds the documents that its copy of the database names."""

import pytest

from clinic.core import cabinet
from tests.factories.files import a_file, a_pdf
from tools import backup


@pytest.fixture
def here(inside, monkeypatch):
    monkeypatch.setenv("CLINIC_DATA", str(inside.config["DATA_DIR"]))
    return inside


def test_documents_are_copied_once_beside_the_database(here, tmp_path, capsys):
    first = a_file()
    assert backup.main(tmp_path) == 0
    copy = tmp_path / "files" / first.kept_as[:2] / first.kept_as
    kept = cabinet.get(first.kept_as)
    assert copy.read_bytes() == kept
    assert copy.stat().st_mode & 0o077 == 0
    second = a_file(a_pdf(3))
    assert backup.copy_files(cabinet.folder(), tmp_path / "files") == 1
    assert (tmp_path / "files" / second.kept_as[:2] / second.kept_as).exists()
    assert backup.copy_files(cabinet.folder(), tmp_path / "files") == 0
    assert "1 new documents, checked" in capsys.readouterr().out


def test_a_document_that_is_gone_is_said_and_the_backup_has_failed(here, tmp_path, capsys):
    file = a_file()
    cabinet.path_of(file.kept_as).unlink()
    assert backup.main(tmp_path) == 1
    assert "1 documents that the database names are not on the disk" in capsys.readouterr().out


def test_half_written_drafts_are_left_out(here, tmp_path):
    path = cabinet.path_of(a_file().kept_as)
    path.with_name(f"{path.name}.abcd.part").write_bytes(b"half")
    assert backup.copy_files(cabinet.folder(), tmp_path) == 1


def test_what_was_restored_is_read_again(here, tmp_path):
    file = a_file()
    backup.main(tmp_path)
    cabinet.path_of(file.kept_as).unlink()
    assert backup.copy_files(tmp_path / "files", cabinet.folder()) == 1
    assert cabinet.get(file.kept_as)
