"""The log of the outbox: who sees what, and what can be done with a message."""

from datetime import timedelta

import pytest

from clinic.core.clock import now, rehearsed
from clinic.core.db import db
from clinic.core.permissions import Role
from clinic.core.transactions import refresh
from clinic.messages.models import OutboxMessage
from clinic.messages.services import Undelivered, run
from clinic.practice.rules import OUTBOX, SWEEP
from clinic.practice.services import beat
from tests.factories import staff as people
from tests.factories.messages import TO, Pocket, a_message


@pytest.fixture
def desk(app):
    with app.app_context():
        people.set_up()
    return people.signed_in(app)


def made(app, **more):
    with app.app_context():
        return a_message(**more).public_id


def sent_by(app, transport):
    with app.app_context():
        run(transport=transport)


def state(app, message_id):
    with app.app_context():
        row = db.session.query(OutboxMessage).filter_by(public_id=message_id).one()
        return row.status, row.version


def test_an_empty_outbox_says_what_will_be_there(app, desk):
    page = desk.get("/messages").text
    assert "Nothing has been sent by e-mail yet" in page
    assert "E-mail does not leave this machine" in page
    assert "has not run yet" in page


def test_with_a_mail_server_set_nobody_is_warned(app, desk, monkeypatch):
    monkeypatch.setitem(app.config, "SMTP_HOST", "mail.clinic.example")
    assert "E-mail does not leave" not in desk.get("/messages").text


def test_the_log_shows_states_and_reasons_and_nobodys_whole_address(app, desk):
    dead = made(app, subject="canary-subject", body="canary-body", kind="letter")
    sent_by(app, Pocket(Undelivered("address", is_final=True)))
    made(app)
    page = desk.get("/messages").text
    assert f"/messages/{dead}" in page
    for text in (
        "Not delivered",
        "does not know this address",
        "Waiting",
        "o•••@northside.example",
    ):
        assert text in page
    for text in (TO, "canary"):
        assert text not in page


def test_the_list_is_parted_by_state(app, desk):
    dead = made(app)
    sent_by(app, Pocket(Undelivered("address", is_final=True)))
    waiting = made(app)
    only = desk.get("/messages?status=dead").text
    assert dead in only
    assert waiting not in only
    assert "No message is in this state" in desk.get("/messages?status=sent").text
    assert waiting in desk.get("/messages?status=nonsense&page=x").text


def test_one_message_shows_its_attempts_and_never_its_words(app, desk):
    one = made(app, subject="canary-subject", body="canary-body")
    sent_by(app, Pocket(Undelivered("not_reached")))
    page = desk.get(f"/messages/{one}").text
    assert TO in page
    assert "could not be reached" in page
    assert "canary" not in page


def test_who_writes_no_letters_sees_a_masked_address_and_no_deeds(app, desk, monkeypatch):
    one = made(app)
    monkeypatch.setattr("clinic.messages.views.pages.can", lambda *_: False)
    page = desk.get(f"/messages/{one}").text
    assert TO not in page
    assert "o•••@northside.example" in page
    assert "Call it back" not in page


def test_what_waits_is_called_back(app, desk):
    one = made(app)
    sent = people.send(desk, f"/messages/{one}/withdraw", {"version": "1"})
    assert (sent.status_code, sent.headers["Location"]) == (302, f"/messages/{one}")
    assert state(app, one)[0] == "withdrawn"
    again = people.send(desk, f"/messages/{one}/withdraw", {"version": "2"})
    assert again.status_code == 409
    assert "Only a message that waits" in again.text


def test_what_was_given_up_is_tried_again(app, desk):
    one = made(app)
    early = people.send(desk, f"/messages/{one}/again", {"version": "1"})
    assert early.status_code == 409
    sent_by(app, Pocket(Undelivered("address", is_final=True)))
    _, version = state(app, one)
    assert "Try again" in desk.get(f"/messages/{one}").text
    sent = people.send(desk, f"/messages/{one}/again", {"version": str(version)})
    assert sent.status_code == 302
    assert state(app, one)[0] == "waiting"


def test_a_deed_on_what_changed_meanwhile_changes_nothing(app, desk):
    one = made(app)
    sent_by(app, Pocket(Undelivered("not_reached")))
    stale = people.send(desk, f"/messages/{one}/withdraw", {"version": "1"})
    assert stale.status_code == 409
    assert state(app, one)[0] == "waiting"


def test_what_is_not_there_is_no_page(app, desk):
    nowhere = "z" * 20
    assert desk.get(f"/messages/{nowhere}").status_code == 404
    for deed in ("again", "withdraw"):
        assert people.send(desk, f"/messages/{nowhere}/{deed}", {"version": "1"}).status_code == 404


def test_machinery_that_stands_still_is_said_where_people_look(app, desk):
    with app.app_context():
        refresh()
        with rehearsed(now() - timedelta(hours=27)), beat(SWEEP), beat(OUTBOX):
            pass
    for path in ("/messages", "/office/"):
        page = desk.get(path).text
        assert "Nightly sweep is overdue" in page
        assert "Sending of e-mail is overdue" in page
    with app.app_context(), beat(SWEEP), beat(OUTBOX):
        pass
    for path in ("/messages", "/office/"):
        page = desk.get(path).text
        assert "Nightly sweep is overdue" not in page
        assert "Sending of e-mail is overdue" not in page
        assert "Nightly sweep" in page


def test_a_run_that_failed_is_said(app, desk):
    with app.app_context(), pytest.raises(ValueError, match="x"), beat(SWEEP):
        raise ValueError("x")
    assert "Nightly sweep did not finish its last run" in desk.get("/office/").text


def test_sending_is_owed_once_something_waits_for_an_hour(app, desk):
    assert "is overdue" not in desk.get("/messages").text
    with app.app_context(), rehearsed(now() - timedelta(hours=2)):
        a_message()
    page = desk.get("/messages").text
    assert "Sending of e-mail is overdue" in page
    assert "It has never run." in page


def test_everybody_who_works_here_sees_the_log(app):
    with app.app_context():
        people.set_up()
    for role in Role:
        assert people.signed_in(app, role).get("/messages").status_code == 200
