"""Documents on the disk: sealed, whole, and gone again if nothing names them."""

import os
from contextlib import suppress
from datetime import timedelta

import pytest

from clinic.core import cabinet
from clinic.core.clock import now
from clinic.core.db import db
from clinic.core.errors import DomainError
from clinic.core.transactions import transaction
from clinic.core.vault import vault
from clinic.files.models import StoredFile
from clinic.files.queries import FileDamaged, place_of, read, the_file
from clinic.files.rules.kinds import check
from clinic.files.services import FEW, tidy
from tests.factories.files import a_file, a_pdf, a_picture, new_file


def on_disk():
    return sorted(path for path in cabinet.folder().rglob("*") if path.is_file())


def make_old(*paths, hours=25):
    then = (now() - timedelta(hours=hours)).timestamp()
    for path in paths:
        os.utime(path, (then, then))


def test_a_document_is_read_as_it_was_kept(inside):
    data = a_pdf(3)
    file = the_file(a_file(data, "Order of June.pdf").public_id)
    assert read(file) == data
    assert (file.name, file.pages, file.size) == ("Order of June.pdf", 3, len(data))


def test_on_the_disk_it_is_sealed_and_its_name_says_nothing(inside):
    data = a_pdf(1, lambda writer: writer.add_metadata({"/Title": "canary-title"}))
    file = a_file(data, "canary-name.pdf")
    (path,) = on_disk()
    assert path.name == file.kept_as
    assert path.parent.name == file.kept_as[:2]
    assert path.parent.parent == inside.config["DATA_DIR"] / "files"
    kept = path.read_bytes()
    assert b"canary" not in kept
    assert b"%PDF" not in kept
    assert path.stat().st_mode & 0o077 == 0


def test_what_was_looked_over_before_is_kept_as_it_is(inside):
    checked = check(a_picture("JPEG"), "scan.jpg")
    file = a_file(checked)
    assert read(file) == checked.data
    assert file.name == "scan.jpg"


def test_a_file_that_is_refused_leaves_nothing(inside):
    with pytest.raises(DomainError):
        a_file(b"plain words")
    assert on_disk() == []
    assert db.session.query(StoredFile).count() == 0


@pytest.mark.parametrize("how", ["gone", "changed", "cut", "another"])
def test_a_damaged_file_says_so(inside, how):
    file, other = a_file(), a_file(a_pdf(5))
    path = cabinet.path_of(file.kept_as)
    kept = path.read_bytes()
    if how == "gone":
        path.unlink()
    else:
        flipped = kept[:-1] + bytes([kept[-1] ^ 1])
        theirs = cabinet.path_of(other.kept_as).read_bytes()
        path.write_bytes({"changed": flipped, "cut": kept[:20], "another": theirs}[how])
    with pytest.raises(FileDamaged):
        read(file)
    assert len(read(other)) > 0


def test_a_file_that_opens_but_is_not_what_was_kept_says_so(inside):
    file = a_file()
    other = vault().seal_bytes(file.key, place_of(file.public_id), b"another")
    cabinet.path_of(file.kept_as).write_bytes(other)
    with pytest.raises(FileDamaged):
        read(file)


def test_a_file_whose_transaction_failed_is_removed_after_a_day(inside):
    kept = a_file()
    with suppress(RuntimeError), transaction():
        new_file()
        raise RuntimeError
    known = cabinet.path_of(kept.kept_as)
    (orphan,) = set(on_disk()) - {known}
    make_old(known)
    assert tidy().removed == 0
    make_old(orphan, hours=23)
    assert tidy().removed == 0
    make_old(orphan)
    assert tidy().removed == 1
    assert tidy().removed == 0
    assert on_disk() == [known]
    assert read(kept)


def test_a_draft_that_was_never_finished_is_removed_too(inside):
    kept = cabinet.path_of(a_file().kept_as)
    draft = kept.with_name(f"{kept.name}.abcd.part")
    draft.write_bytes(b"half")
    make_old(draft, kept)
    assert tidy().removed == 1
    assert on_disk() == [kept]


def test_beside_a_database_that_knows_none_of_them_files_stay(inside):
    names = [cabinet.put(b"sealed of another clinic") for _ in range(FEW + 1)]
    make_old(*on_disk())
    assert tidy().doubtful == len(names)
    assert len(on_disk()) == len(names)


def test_no_draft_stays_where_the_disk_is_full(inside, monkeypatch):
    def full(_):
        raise OSError("no space left")

    monkeypatch.setattr(cabinet.os, "fsync", full)
    with pytest.raises(OSError, match="no space"):
        cabinet.put(b"sealed")
    assert on_disk() == []


def test_a_name_that_leads_elsewhere_is_none(inside):
    for name in ("../../clinic.sqlite", "", "A" * 32, "a" * 31):
        with pytest.raises(ValueError, match="no name"):
            cabinet.get(name)


def test_a_document_is_no_longer_read_where_its_row_names_no_file(inside):
    file = a_file()
    with db.session.no_autoflush:
        file.kept_as = "../../clinic.sqlite"
        with pytest.raises(FileDamaged):
            read(file)
    db.session.expire_all()
