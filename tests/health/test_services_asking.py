"""Whom a provider's conversation is to be with: chosen, changed, and kept once answered."""

from datetime import timedelta
from typing import Any

import pytest
from flask import Flask

from clinic.core.errors import Conflict, DomainError, NotAllowed, StaleEdit
from clinic.core.permissions import SYSTEM
from clinic.core.transactions import transaction
from clinic.directory.services import set_status
from clinic.health.models import Clearance
from clinic.health.services.clearing import ask_clearance, ask_whom, record_answer
from tests.factories import clients, directory, staff
from tests.factories import screening as made

RULE = "THROMBOCYTOPENIA"


@pytest.fixture
def asked(inside: Flask) -> Any:
    """Who treats a client, and a conversation that nobody is named for yet."""
    staff.set_up()
    ines = staff.therapist("Ines Okafor")
    client = clients.a_client()
    made.treat(client, ines)
    made.know(client, made.LOW_PLATELETS)
    with transaction():
        return ines, client, ask_clearance(client, [RULE], actor=ines)


def choose(row: Clearance, provider: Any, actor: Any, **more: Any) -> None:
    with transaction():
        ask_whom(row, provider, actor=actor, **more)


def test_who_is_asked_is_chosen_and_may_be_somebody_else_until_it_is_answered(asked):
    ines, _, row = asked
    assert row.provider is None
    first, second = directory.provider(), directory.provider(last_name="Mehta")
    choose(row, first, ines)
    choose(row, second, ines, version=row.version)
    assert row.provider.public_id == second.public_id
    with transaction():
        record_answer(row, actor=ines, outcome="cleared", said_by="Dr Mehta", said="Yes",
                      how="phone", on=made.today())  # fmt: skip
    with pytest.raises(Conflict):
        choose(row, first, ines)


def test_only_who_treats_chooses_and_nobody_over_somebody_else(asked):
    ines, _, row = asked
    provider, version = directory.provider(), row.version
    with pytest.raises(NotAllowed):
        choose(row, provider, staff.therapist("Teo Marsh"))
    with pytest.raises(NotAllowed):
        choose(row, provider, staff.receptionist())
    choose(row, provider, ines)
    with pytest.raises(StaleEdit):
        choose(row, provider, ines, version=version)


def test_nobody_is_asked_who_no_longer_practises(asked):
    ines, _, row = asked
    gone = directory.provider()
    with transaction():
        set_status(gone, actor=SYSTEM, status="retired")
    with pytest.raises(DomainError):
        choose(row, gone, ines)


def test_what_holds_another_day_is_asked_for_that_day(asked):
    ines, client, _ = asked
    later = made.today() + timedelta(days=20)
    with transaction():
        row = ask_clearance(client, [RULE], actor=ines, on=later)
    assert row.status == "asked"
    with pytest.raises(Conflict):
        ask_clearance(client, ["FIBROMYALGIA"], actor=ines, on=later)
