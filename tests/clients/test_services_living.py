"""A death or an archive is noted on the record that stands for the person."""

from datetime import date

import pytest
from flask import Flask

from clinic.clients import services
from clinic.core.errors import Conflict
from clinic.core.permissions import SYSTEM
from clinic.core.transactions import transaction
from tests.factories import clients


def test_a_death_is_not_noted_on_a_merged_record(inside: Flask) -> None:
    kept, duplicate = clients.a_client("Ada Stone"), clients.a_client("Ada Stone")
    with transaction():
        services.merge(kept, duplicate, actor=SYSTEM)
    with pytest.raises(Conflict), transaction():
        services.record_death(duplicate, actor=SYSTEM, on=date(2026, 1, 2))
    assert duplicate.status != "deceased"
