"""A letter that leaves without a consent, and what asks for one all the same."""

import re

import pytest
from flask import Flask
from flask.testing import FlaskClient

from clinic.core.permissions import SYSTEM
from clinic.core.transactions import transaction
from clinic.directory import services as directing
from clinic.letters.queries import the_letter
from tests.factories import directory, letters
from tests.factories import staff as people

TOLD = "With a word of your own in it, the client agrees first."
STOP = "It holds more than the ready-made words"


@pytest.fixture
def made(app: Flask) -> dict[str, str]:
    """Drafts by their kind; who gets the report is another record of who has retired."""
    with app.app_context():
        people.set_up()
        house = letters.world()
        plain = {one: letters.drafted(house, one) for one in ("acknowledgement", "closing")}
        twin, kept = directory.provider("Amy", "Bell"), directory.provider("Amy", "Bell")
        report = letters.drafted(house, provider=twin)
        with transaction():
            directing.merge(kept, twin, actor=SYSTEM)
        letters.gone(kept)
        assert report.provider.status == "active"
        found = plain | {"progress": report}
        return {kind: letter.public_id for kind, letter in found.items()}


@pytest.fixture
def desk(app: Flask, made: dict[str, str]) -> FlaskClient:
    browser = app.test_client()
    assert people.enter(browser, "Teo Marsh").status_code == 302
    return browser


def save(desk: FlaskClient, letter_id: str, **typed: str) -> None:
    """The page of its words sent back as it came, but for what was typed."""
    page = f"/letters/{letter_id}/edit"
    fields = re.findall(
        r'<(?:input|textarea)[^>]* name="(parts-[^"]+|version)"', desk.get(page).text
    )
    assert "parts-0-text" in fields
    version = re.search(r'name="version"[^>]* value="([^"]+)"', desk.get(page).text)[1]
    stands = {
        "subject": "Your referral", "salutation": "Dear Dr Adeyemi", "closing": "Kind regards",
        "parts-0-text": "We have your order.", "version": version,
    }  # fmt: skip
    assert people.send(desk, page, stands | typed).status_code == 302


def test_who_edits_a_letter_that_needs_no_consent_is_told_what_asks_for_one(made, desk):
    assert TOLD in desk.get(f"/letters/{made['acknowledgement']}/edit").text
    assert TOLD not in desk.get(f"/letters/{made['closing']}/edit").text


def test_saved_as_it_came_it_stays_bare_and_a_word_more_offers_to_ask_the_client(app, made, desk):
    bare = made["acknowledgement"]
    save(desk, bare)
    page = desk.get(f"/letters/{bare}").text
    assert "None is asked" in page
    assert STOP not in page
    save(desk, bare, more="She has had a clot.")
    page = desk.get(f"/letters/{bare}").text
    assert STOP in page
    assert "Ask for consent" in page
    assert "session notes" in page
    with app.app_context():
        assert not the_letter(bare).is_bare


def test_a_letter_to_a_merged_record_says_that_who_it_stands_for_is_gone(made, desk):
    assert "This provider has retired" in desk.get(f"/letters/{made['progress']}").text
    assert "This provider has retired" not in desk.get(f"/letters/{made['closing']}").text
