"""One row written at once: nothing about it is other than a flush would have it."""

from datetime import date

import pytest
from sqlalchemy import inspect, select

from clinic.audit.models import ChangeEntry
from clinic.audit.queries import changes_of, values_of
from clinic.audit.services import put
from clinic.core.db import db
from clinic.core.guard import UnguardedWrite, writing
from clinic.core.permissions import SYSTEM
from clinic.core.transactions import transaction
from clinic.staff.models import Qualification, StaffQualification
from tests.factories import staff as people


def held(person, code: str) -> StaffQualification:
    return StaffQualification(
        staff=person, qualification=Qualification(code=code, name="Cover"),
        number="7", valid_from=date(2025, 3, 1),
    )  # fmt: skip


def noted(row) -> dict:
    values = values_of(db.session.scalars(changes_of("staff_qualification", row.public_id)).one())
    return {name: value for name, value in values.items() if name != "qualification_id"}


def test_it_is_noted_as_a_flush_would_note_it_and_is_a_row_like_all_others(inside):
    person = people.member()
    with transaction() as session, writing("staff.try", SYSTEM):
        flushed, written = held(person, "A"), held(person, "B")
        session.add(flushed)
        put(written)
        assert written in session
        assert (written.version, written.qualification.code) == (1, "B")
        assert not session.dirty
        assert not session.new
    assert noted(written) == noted(flushed)
    with transaction(), writing("staff.try", SYSTEM):
        written.number = "8"
        db.session.flush()
    again = db.session.get_one(StaffQualification, written.id, populate_existing=True)
    assert (again.version, again.number, again.staff_id) == (2, "8", person.id)
    assert again.created_at <= again.updated_at


def test_with_its_savepoint_it_is_gone_from_the_session_and_from_the_log(inside):
    person = people.member()
    with transaction() as session, writing("staff.try", SYSTEM):
        row = held(person, "A")
        savepoint = session.begin_nested()
        put(row)
        savepoint.rollback()
        assert inspect(row).transient
        assert row not in session
    assert not db.session.scalars(select(StaffQualification)).all()
    tables = db.session.scalars(select(ChangeEntry.object_table)).all()
    assert "staff_qualification" not in tables


def test_without_a_verb_nothing_is_written_at_once_either(inside):
    person = people.member()
    with transaction(), pytest.raises(UnguardedWrite):
        put(
            StaffQualification(
                staff=person, qualification_id=1, number="", valid_from=date(2025, 3, 1)
            )
        )
