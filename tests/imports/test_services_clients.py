from datetime import date

import pytest
from sqlalchemy import func, select

from clinic.audit import services as audit
from clinic.clients import queries as clients
from clinic.clients.models import Client, SearchTerm
from clinic.core.db import db
from clinic.core.transactions import refresh
from clinic.imports import queries
from clinic.imports import services as imports
from clinic.imports.models import ImportRow
from clinic.imports.rules import Unreadable
from clinic.imports.services.report import Tally
from tests.factories import imports as made
from tests.factories.clients import a_client


def count(model=Client) -> int:
    refresh()
    return db.session.scalar(select(func.count()).select_from(model))


def reasons(report) -> list[tuple[int, str, str]]:
    return [(fault.line, fault.column, str(fault.reason)) for fault in report.faults]


@pytest.fixture(autouse=True)
def _inside(inside):
    """Every test here works inside the application."""


def test_a_file_with_usual_headers_becomes_clients_who_can_be_found(tmp_path):
    headers = "First name;Surname;DOB;E-mail;Mobile;Post code\n"
    line = "Zoë;Brûlé;1985-04-08;Z@Mail.example;+1 202 555 0144;54971\n"
    report = made.read(made.a_file(tmp_path, headers + line))
    assert (report.written, report.refused, report.incomplete.count) == (1, 0, 0)
    refresh()
    (found,) = clients.found("brule")
    assert (found.name, found.birth_date) == ("Zoë Brûlé", date(1985, 4, 8))
    assert (found.phone, found.email) == ("+12025550144", "z@mail.example")
    assert [one.id for one in clients.found("555 0144")] == [found.id]


@pytest.mark.parametrize(
    ("data", "note"),
    [
        ("Last name\tPhone\nWeiß\t\n".encode(), False),
        ("\ufeffLast name,Phone\r\nWeiß,\r\n".encode(), False),
        ("Last name,Phone\nWeiß,\n".encode("latin-1"), True),
    ],
)
def test_separators_and_encodings_are_found_out(tmp_path, data, note):
    report = made.read(made.a_file(tmp_path, data))
    assert report.written == 1
    assert any("Latin-1" in str(said) for _, said in report.notes) is note
    assert db.session.scalar(select(Client.last_name)) == "Weiß"


def test_a_person_s_own_mapping_is_followed(tmp_path):
    path = made.a_file(tmp_path, "Wer,Wann\nAda Lovelace,10/12/1985\n")
    maps = {"Wer": "name", "Wann": "birth_date"}
    assert made.read(path, maps=maps, dates="dmy").written == 1
    row = db.session.execute(select(Client.first_name, Client.last_name, Client.birth_date)).one()
    assert tuple(row) == ("Ada", "Lovelace", date(1985, 12, 10))


def test_one_bad_row_refuses_the_whole_file(tmp_path):
    path = made.many(tmp_path, 450, last="451,No,,1990-13-01,nobody,12\n")
    report = made.read(path)
    assert report.is_refused
    assert (count(), count(ImportRow)) == (0, 0)
    assert reasons(report) == [
        (452, "Date of Birth", "There is no such day."),
        (452, "Email", "This is no e-mail address."),
    ]


def test_without_the_first_pass_half_a_file_would_be_written(tmp_path, monkeypatch):
    """The sabotage: what the check before any writing is good for."""

    def no_check(sheets, report):
        report.tallies += [Tally(sheet.file.name, sheet.kind) for sheet in sheets]

    monkeypatch.setattr(imports, "check", no_check)
    with pytest.raises(Unreadable):
        made.read(made.many(tmp_path, 450, last="451,No,,1990-13-01,nobody,12\n"))
    assert count() == 400


def test_good_rows_are_written_when_they_are_asked_for(tmp_path):
    path = made.many(tmp_path, 3, last="4,No,,,,\n5,Yes,Person,,,12\n6,Ok,Person,,,\n")
    report = made.read(path, good_rows=True)
    assert (report.written, report.refused, count()) == (4, 2, 4)
    assert reasons(report) == [
        (5, "Last Name", "Enter a last name."),
        (6, "Mobile", "This is no phone number."),
    ]


def test_the_same_id_twice_is_refused_with_the_first_line(tmp_path):
    report = made.read(made.a_file(tmp_path, "Id,Last name\n7,Ash\n7,Birch\n"))
    assert reasons(report) == [(3, "Id", "Line 2 has the same id.")]
    report = made.read(made.a_file(tmp_path, "Name,DOB\nA Ash,1990-01-01\nA Ash,1990-01-01\n"))
    assert reasons(report) == [(3, "", "Line 2 is the same person.")]


def test_a_second_run_writes_nothing_and_changed_rows_are_listed(tmp_path):
    path = made.many(tmp_path, 250)
    assert made.read(path).import_id == 1
    again = made.read(path)
    assert (again.written, again.tallies[0].present, again.import_id) == (0, 250, None)
    path.write_text(path.read_text().replace("Ada7,Ashton", "Ada7,Changed"))
    changed = made.read(path)
    assert [mark.line for mark in changed.changed.first] == [8]
    assert (changed.written, len(queries.imports())) == (0, 1)


def test_the_same_ids_of_another_system_are_other_people(tmp_path):
    path = made.many(tmp_path, 2)
    made.read(path)
    assert made.read(path, source="other").written == 2


def test_people_who_look_like_somebody_on_the_books_are_listed(tmp_path):
    known = a_client("Grace Nakamura")
    number = known.number
    path = made.a_file(tmp_path, "Name,DOB\nGrace Nakamura,1985-04-08\nOther One,1985-04-08\n")
    report = made.read(path)
    assert [(mark.line, mark.codes) for mark in report.look_alikes.first] == [(2, (number,))]


def test_the_people_are_marked_with_what_they_lack(tmp_path):
    made.read(made.a_file(tmp_path, "Last name,DOB\nAsh,2020-01-01\n"))
    assert db.session.scalar(select(Client.missing)) == "first_name,guardian,postcode,reach"
    assert [one.name for one in clients.listing("incomplete").rows] == ["Ash"]


WRONG = {
    "empty": b"",
    "only blanks": b"\xef\xbb\xbf \r\n\r\n",
    "picture": b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR" + bytes(range(256)) * 4,
    "spreadsheet": b"PK\x03\x04" + bytes(200),
    "utf-16": "Last name\nAsh\n".encode("utf-16"),
    "no headers": b"Ada,1985-04-08\nBen,1985-04-08\n",
    "too many columns": ",".join(f"c{n}" for n in range(300)).encode(),
    "open quote in the headers": b'"Last name\nAsh\n',
}


@pytest.mark.parametrize("data", WRONG.values(), ids=WRONG.keys())
def test_what_is_no_file_of_people_is_refused_at_once(tmp_path, data):
    with pytest.raises(Unreadable) as error:
        made.read(made.a_file(tmp_path, data))
    assert error.value.reason.message
    assert (count(), count(ImportRow)) == (0, 0)


ROWS = {
    "ragged": (b"Ash\n", "The row has 1 fields, the first line 2."),
    "NUL": (b"As\0h,Ripon\n", "This holds a NUL character."),
    "formula": (b"=1+1,Ripon\n", "This begins like a formula of a spreadsheet."),
    "a megabyte": (b"A" * 1_000_000 + b",Ripon\n", "A field is longer than 131072 letters."),
    "two megabytes": (b"A" * 2_200_000 + b",Ripon\n", "A field is longer than 131072 letters."),
    "long": (b"A" * 81 + b",Ripon\n", "This is longer than 80 letters."),
    "quotes": (b'"Ash"ton,Ripon\n', "The quotes of this row do not match."),
    "open quote": (b'"Ash,Ripon\n', "The quotes of this row do not match."),
}


@pytest.mark.parametrize(("line", "reason"), ROWS.values(), ids=ROWS.keys())
def test_a_row_that_cannot_be_taken_is_named_by_its_line(tmp_path, line, reason):
    report = made.read(made.a_file(tmp_path, b"Last name,City\nGood,Ripon\n" + line))
    assert [(number, said) for number, _, said in reasons(report)] == [(3, reason)]
    assert report.is_refused
    assert count() == 0


def test_a_quoted_line_break_counts_as_one_row(tmp_path):
    report = made.read(made.a_file(tmp_path, 'Last name,City\n"A\nsh",Ripon\n=1+1,x\n'))
    assert [line for line, _, _ in reasons(report)] == [4]


def test_a_file_that_changes_while_it_is_read_is_left(tmp_path, monkeypatch):
    path = made.many(tmp_path, 3)
    check = imports.check

    def check_and_swap(sheets, report):
        check(sheets, report)
        path.write_text(path.read_text() + "4,New,Person,,,\n")

    monkeypatch.setattr(imports, "check", check_and_swap)
    with pytest.raises(Unreadable, match="changed while it was read"):
        made.read(path)
    assert count() == 0


def test_undoing_takes_back_what_was_written_and_keeps_the_chain(inside, tmp_path):
    before = a_client("Grace Nakamura").id
    report = made.read(made.many(tmp_path, 250))
    terms = count(SearchTerm)
    undone = imports.undo(report.import_id, actor=made.SYSTEM)
    assert (undone.removed, undone.kept) == ({"client": 250}, [])
    refresh()
    assert list(db.session.scalars(select(Client.id))) == [before]
    assert count(SearchTerm) < terms
    assert all(one.broken_at is None for one in audit.verify(inside.extensions["access"]))
