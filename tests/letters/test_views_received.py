"""What came from outside is kept with whom it is about, and looked over before that."""

from types import SimpleNamespace
from typing import Any

import pytest
from flask import Flask

from clinic.core.db import db
from clinic.letters.models import Letter
from clinic.letters.views import lists
from tests.factories import clients, letters
from tests.factories import outbound as made
from tests.factories import staff as people


@pytest.fixture
def house(app: Flask) -> SimpleNamespace:
    """A letter of ours about one client, and another client."""
    with app.app_context():
        people.set_up()
        world = letters.world()
        return SimpleNamespace(
            ours=letters.approved(world, "acknowledgement").public_id,
            provider=world.provider.public_id,
            day=letters.this_day().isoformat(),
            other=clients.a_client("Una Field").public_id,
        )


def received(app: Flask, house: SimpleNamespace, **more: Any) -> Any:
    """The desk keeps a letter that came for the other client."""
    browser = app.test_client()
    assert people.enter(browser, "Robin Vale").status_code == 302
    facts = {"provider": house.provider, "received_on": house.day, "subject": "Answer"}
    scan = {"file": letters.upload(made.a_page(), "answer.pdf")}
    return people.send(browser, f"/clients/{house.other}/letters/received", facts | scan | more)


def test_an_answer_is_never_kept_with_a_letter_about_somebody_else(app: Flask, house):
    answer = received(app, house, answers=house.ours)
    assert answer.status_code == 422
    assert "Choose from the list." in answer.text
    with app.app_context():
        assert db.session.query(Letter).count() == 1


def test_a_scan_is_looked_over_before_anything_is_locked(
    app: Flask, house, monkeypatch: pytest.MonkeyPatch
):
    held, check = [], lists.check

    def looked(data: bytes, name: str) -> Any:
        held.append(db.session.info.get("in_transaction", False))
        return check(data, name)

    monkeypatch.setattr(lists, "check", looked)
    assert received(app, house).status_code == 302
    assert held == [False]
