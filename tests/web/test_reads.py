"""The log of reads, seen from the web: before the answer leaves, once for a request."""

import json

import pytest
from flask import Blueprint
from sqlalchemy import select

from clinic import app as house
from clinic.audit import services as audit
from clinic.audit.models import access_entry
from clinic.core.permissions import Permission, Role
from clinic.web.guards import requires
from tests.engines import create_app, release
from tests.factories import staff as people

ONE, TWO = "a" * 20, "b" * 20
bp = Blueprint("record", __name__)


@bp.get("/record")
@requires(Permission.CLIENTS_READ)
def page():
    audit.saw("contact", [ONE])
    audit.saw("clinical", [TWO])
    return "the record of Jane Doe"


@bp.get("/record/fails")
@requires(Permission.CLIENTS_READ)
def fails():
    audit.saw("contact", [ONE])
    raise ValueError


@pytest.fixture
def recorded(ground, monkeypatch):
    """The application with a page that shows two clients."""
    monkeypatch.setattr(house, "BLUEPRINTS", (*house.BLUEPRINTS, bp))
    made = create_app(ground.config)
    yield made
    release(made)


def kept(app):
    with app.extensions["access"].connect() as connection:
        return connection.execute(select(access_entry).order_by(access_entry.c.seq)).all()


def test_a_page_that_shows_clients_is_one_entry(recorded):
    browser = people.signed_in(recorded)
    assert "Jane" in browser.get("/record").text
    (entry,) = kept(recorded)
    assert json.loads(entry.subjects) == [ONE, TWO]
    assert (entry.place, entry.category, entry.outcome) == ("record.page", "clinical", "shown")
    assert entry.actor_id is not None
    assert entry.request_ref


def test_a_page_that_shows_nobody_is_none(recorded):
    browser = people.signed_in(recorded)
    browser.get("/account")
    browser.get("/staff")
    assert kept(recorded) == []


def test_what_was_seen_does_not_spill_into_the_next_request(recorded):
    browser = people.signed_in(recorded)
    browser.get("/record/fails")
    browser.get("/account")
    assert len(kept(recorded)) <= 1


def test_a_refused_person_is_written_down(recorded):
    browser = people.signed_in(recorded, Role.THERAPIST)
    assert browser.get("/settings").status_code == 403
    (entry,) = kept(recorded)
    assert (entry.place, entry.outcome, entry.subjects) == ("practice.settings", "denied", "[]")


def test_a_stranger_is_sent_to_the_sign_in_and_sees_nothing(recorded):
    answer = recorded.test_client().get("/record", headers={"Accept": "text/html"})
    assert answer.status_code == 302
    assert "Jane" not in answer.text
    assert kept(recorded) == []


def test_what_cannot_be_logged_is_not_shown(recorded, monkeypatch):
    browser = people.signed_in(recorded)

    def full(*_, **__):
        raise OSError

    monkeypatch.setattr(audit, "write_reads", full)
    answer = browser.get("/record")
    assert answer.status_code == 503
    assert "Jane" not in answer.text


def test_sabotage_without_the_log_the_record_leaves_unseen(recorded, monkeypatch):
    browser = people.signed_in(recorded)
    monkeypatch.setattr(audit, "write_reads", lambda *_, **__: None)
    assert "Jane" in browser.get("/record").text
    assert kept(recorded) == []
