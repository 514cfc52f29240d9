import re
from types import SimpleNamespace

import pytest
from flask import Flask

from clinic.catalogue.services import stock_starter
from clinic.core.permissions import SYSTEM, Role
from clinic.core.transactions import transaction
from clinic.staff.queries import actor_of
from tests.factories import clients
from tests.factories import screening as made
from tests.factories import staff as people

CANARY = re.compile("canary|platelet|fibromyalgia|thrombosis", re.IGNORECASE)


@pytest.fixture
def known(app: Flask) -> SimpleNamespace:
    """A client with low platelets and aches, whom Ines treats, and whom nobody else does."""
    with app.app_context():
        people.set_up()
        with transaction():
            stock_starter(actor=SYSTEM)
        who = clients.a_client()
        ines = people.member("Ines Okafor", Role.THERAPIST)
        people.member("Teo Marsh", Role.THERAPIST)
        made.treat(who, actor_of(ines))
        made.know(who, made.LOW_PLATELETS, made.FIBROMYALGIA)
        hit = made.hit_of(who, "THROMBOCYTOPENIA")
        soft = made.hit_of(who, "FIBROMYALGIA")
        return SimpleNamespace(
            path=f"/clients/{who.public_id}/health", id=who.id, inputs=hit.inputs, soft=soft.inputs
        )


def test_a_therapist_in_care_reads_what_holds_and_why(app: Flask, known) -> None:
    browser = people.signed_in(app, Role.THERAPIST, name="Ines Okafor")
    page = browser.get(known.path)
    assert page.status_code == 200
    assert "canary-condition platelets" in page.text
    assert "Low platelets" in page.text
    assert "Ask the provider" in page.text
    assert "Not asked yet" in page.text


@pytest.mark.parametrize(
    ("name", "role"),
    [
        ("Robin Vale", Role.RECEPTIONIST),
        ("Olga Reed", Role.OWNER),
        ("Teo Marsh", Role.THERAPIST),
    ],
)
def test_everybody_else_reads_what_to_do_and_not_why(app: Flask, known, name, role) -> None:
    browser = people.signed_in(app, role, name=name)
    page = browser.get(known.path)
    assert page.status_code == 200
    assert "A therapist looks at this before the visit" in page.text
    assert "Enter a paper form" in page.text
    assert not CANARY.search(page.text)
    decide = browser.get(made.found(known.path, "THROMBOCYTOPENIA"))
    assert decide.status_code == 403
    assert not CANARY.search(decide.text)
