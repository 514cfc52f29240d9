"""Audited rows do not change behind the log's back."""

import pytest
from flask import Flask
from sqlalchemy import delete, update

from clinic.audit.services.changes import UnnotedChange
from clinic.core.guard import writing
from clinic.core.permissions import SYSTEM
from clinic.core.transactions import transaction
from clinic.staff.models import StaffMember
from tests.factories import staff as people


@pytest.mark.parametrize("statement", [update(StaffMember).values(name="All"), delete(StaffMember)])
def test_audited_rows_are_not_changed_in_bulk(inside: Flask, statement: object) -> None:
    people.member()
    with pytest.raises(UnnotedChange), transaction() as session, writing("test", SYSTEM):
        session.execute(statement)
