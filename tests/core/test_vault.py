import os

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clinic.core.vault import CannotOpen, Sealed, Vault, read_or_make_key

MASTER, OTHER = bytes(range(32)), bytes(range(1, 33))
PLACE = "history_line.sealed_text.abc"


class Line:
    """A row as the vault sees it."""

    __tablename__ = "line"
    text = Sealed("sealed_text")
    other = Sealed("sealed_other")

    def __init__(self, key, public_id="row1"):
        self.key, self.public_id = key, public_id
        self.sealed_text = self.sealed_other = None

    def sealing_key(self):
        return self.key


@given(st.text(), st.text(min_size=1))
def test_what_is_sealed_opens_in_its_place_again(text, place):
    vault = Vault(MASTER)
    key = vault.new_key()
    assert vault.open(key, place, vault.seal(key, place, text)) == text


@given(st.text(min_size=8))
def test_the_text_cannot_be_read_from_what_is_kept(text):
    vault = Vault(MASTER)
    assert text.encode() not in vault.seal(vault.new_key(), PLACE, text)


def test_the_same_text_never_looks_the_same():
    vault = Vault(MASTER)
    key = vault.new_key()
    assert vault.seal(key, PLACE, "asthma") != vault.seal(key, PLACE, "asthma")


def test_another_master_key_opens_nothing():
    key = Vault(MASTER).new_key()
    sealed = Vault(MASTER).seal(key, PLACE, "asthma")
    with pytest.raises(CannotOpen):
        Vault(OTHER).open(key, PLACE, sealed)


def test_another_clients_key_opens_nothing():
    vault = Vault(MASTER)
    sealed = vault.seal(vault.new_key(), PLACE, "asthma")
    with pytest.raises(CannotOpen):
        vault.open(vault.new_key(), PLACE, sealed)


def test_a_wrapped_key_serves_its_own_subject_only():
    vault = Vault(MASTER)
    mine, theirs = vault.new_key(), vault.new_key()
    theirs.wrapped = mine.wrapped
    with pytest.raises(CannotOpen):
        vault.seal(theirs, PLACE, "asthma")


@pytest.mark.parametrize(
    "elsewhere",
    ["history_line.sealed_text.xyz", "history_line.sealed_note.abc", "note.sealed_text.abc"],
)
def test_moved_to_another_row_column_or_table_it_does_not_open(elsewhere):
    vault = Vault(MASTER)
    key = vault.new_key()
    with pytest.raises(CannotOpen):
        vault.open(key, elsewhere, vault.seal(key, PLACE, "asthma"))


@given(st.integers(0, 40), st.integers(1, 255))
def test_one_changed_bit_is_noticed(position, change):
    vault = Vault(MASTER)
    key = vault.new_key()
    sealed = bytearray(vault.seal(key, PLACE, "a text of some length"))
    sealed[position % len(sealed)] ^= change
    with pytest.raises(CannotOpen):
        vault.open(key, PLACE, bytes(sealed))


def test_a_master_key_has_exactly_its_length():
    with pytest.raises(ValueError, match="32 bytes"):
        Vault(b"short")


def test_keys_for_different_purposes_are_different():
    vault = Vault(MASTER)
    assert vault.derive("change log") != vault.derive("access log")


def test_a_sealed_attribute_reads_as_text_and_is_kept_as_bytes(inside):
    line = Line(Vault(b"only for tests, never for clients"[:32]).new_key())
    line.text = "asthma"
    assert line.text == "asthma"
    assert b"asthma" not in line.sealed_text
    line.text = ""
    assert line.sealed_text is None
    assert line.text == ""


def test_a_sealed_attribute_does_not_open_in_another_column_or_row(inside):
    line = Line(Vault(b"only for tests, never for clients"[:32]).new_key())
    line.text = "asthma"
    line.sealed_other = line.sealed_text
    with pytest.raises(CannotOpen):
        line.other  # noqa: B018 - reading is what fails
    other = Line(line.key, "row2")
    other.sealed_text = line.sealed_text
    with pytest.raises(CannotOpen):
        other.text  # noqa: B018 - reading is what fails


def test_the_same_text_again_changes_nothing(inside):
    line = Line(Vault(b"only for tests, never for clients"[:32]).new_key())
    line.text = "asthma"
    kept = line.sealed_text
    line.text = "asthma"
    assert line.sealed_text is kept


def test_the_key_file_is_made_once_for_its_owner_alone(tmp_path):
    path = tmp_path / "keys" / "master.key"
    first = read_or_make_key(path)
    assert read_or_make_key(path) == first
    assert len(first) == 32
    assert path.stat().st_mode & 0o777 == 0o600
    assert os.listdir(path.parent) == ["master.key"]  # noqa: PTH208


def test_a_key_file_that_others_may_read_is_refused(tmp_path):
    path = tmp_path / "master.key"
    read_or_make_key(path)
    path.chmod(0o644)
    with pytest.raises(PermissionError, match="chmod 600"):
        read_or_make_key(path)
