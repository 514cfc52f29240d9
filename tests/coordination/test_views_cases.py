"""The pages behind the buttons of a referral: only what is possible, and what was typed is kept."""

from types import SimpleNamespace
from typing import Any

import pytest
from flask import Flask

from clinic.clients.services import join_care
from clinic.coordination.queries import attempts_of, the_case
from clinic.core.db import db
from clinic.core.guard import writing
from clinic.core.permissions import SYSTEM, Role
from clinic.core.transactions import transaction
from clinic.letters.queries import of_about
from clinic.records.rules.measures import Subject, Taken
from clinic.records.services import measures
from tests.factories import inbound as cases
from tests.factories import scheduling as made
from tests.factories import staff as people

CANARY = "canary-care no traction"


@pytest.fixture
def there(app: Flask) -> SimpleNamespace:
    """A referral that was received, for eight visits."""
    with app.app_context():
        house = made.open_house()
        case = cases.received(house, reason="canary-reason", precautions=CANARY)
        cases.allowed(case, house)
        return SimpleNamespace(
            house=house,
            path=f"/referrals/{case.referral.public_id}",
            id=case.referral.public_id,
            therapist=house.therapist.public_id,
        )


def _now(app: Flask, there: SimpleNamespace) -> SimpleNamespace:
    with app.app_context():
        case = the_case(there.id)
        return SimpleNamespace(
            status=case.status, version=case.version, why=case.why, missing=case.missing,
            next_action=case.next_action, due_on=case.due_on, owner=case.owner.name,
            attempts=[one.result for one in attempts_of(case)],
        )  # fmt: skip


def _buttons(page: str) -> set[str]:
    return {part.split('"')[0] for part in page.split("/steps/")[1:]}


def _send(app: Flask, there: SimpleNamespace, who: Any, step: str, **typed: str) -> Any:
    path = f"{there.path}/steps/{step}"
    data = {"version": str(_now(app, there).version), **typed}
    return people.send(who, path, data)


def test_each_possible_step_is_a_button_and_no_other_is_shown(app, there):
    everybody = {"incomplete", "decline", "cancel", "mistake", "plan"}
    owner = people.signed_in(app, Role.OWNER, name="Olga Reed")
    assert _buttons(owner.get(there.path).text) == everybody | {"accept"}
    desk = people.signed_in(app, name="Robin Vale")
    assert _buttons(desk.get(there.path).text) == everybody


def test_each_button_leads_to_a_page(app, there):
    owner = people.signed_in(app, Role.OWNER, name="Olga Reed")
    for step in _buttons(owner.get(there.path).text):
        page = owner.get(f"{there.path}/steps/{step}")
        assert page.status_code == 200, step
        assert "canary" not in page.text


def test_what_is_not_possible_is_refused_with_a_kind_word(app, there):
    owner = people.signed_in(app, Role.OWNER, name="Olga Reed")
    answer = owner.get(f"{there.path}/steps/close")
    assert answer.status_code == 409
    assert "This is not possible now" in answer.text
    assert owner.get(f"{there.path}/steps/dance").status_code == 404
    assert _send(app, there, owner, "close").status_code == 409
    assert _now(app, there).status == "received"


def test_an_owner_accepts_once_it_was_looked_at(app, there):
    owner = people.signed_in(app, Role.OWNER, name="Olga Reed")
    answer = _send(app, there, owner, "accept")
    assert answer.status_code == 422
    assert "Look at this first." in answer.text
    answer = _send(app, there, owner, "accept", is_in_scope="y", owner=there.therapist)
    assert (answer.status_code, answer.location) == (302, there.path)
    now = _now(app, there)
    assert (now.status, now.owner, now.next_action) == ("accepted", "June Park", "contact")


def test_reception_logs_attempts_and_does_not_accept(app, there):
    desk = people.signed_in(app, name="Robin Vale")
    refused = _send(app, there, desk, "accept", is_in_scope="y")
    assert refused.status_code == 403
    with app.app_context():
        cases.do("accept", the_case(there.id), there.house.owner)
    _send(app, there, desk, "attempt", channel="phone", result="left_message", note="After six")
    now = _now(app, there)
    assert (now.status, now.attempts) == ("contacting", ["left_message"])


def test_what_was_typed_is_kept_where_something_is_wrong(app, there):
    desk = people.signed_in(app, name="Robin Vale")
    answer = _send(app, there, desk, "decline", code="", why="Full until <March>")
    assert answer.status_code == 422
    assert "Full until &lt;March&gt;" in answer.text
    assert _now(app, there).status == "received"


def test_what_is_missing_is_marked_from_what_the_order_says(app, there):
    desk = people.signed_in(app, name="Robin Vale")
    page = desk.get(f"{there.path}/steps/incomplete").text
    marked = [
        part for part in page.split("<input") if "checked" in part and 'name="missing"' in part
    ]
    assert any('value="signature"' in part for part in marked)
    assert not any('value="reason"' in part for part in marked)
    _send(app, there, desk, "incomplete", missing="signature")
    assert (_now(app, there).status, _now(app, there).missing) == ("incomplete", "signature")


def test_a_version_that_is_old_overwrites_nothing(app, there):
    desk = people.signed_in(app, name="Robin Vale")
    answer = people.send(
        desk, f"{there.path}/steps/decline", {"version": "99", "code": "no_capacity"}
    )
    assert answer.status_code == 409
    assert _now(app, there).status == "received"


def test_the_next_step_is_planned_and_let_go_again(app, there):
    desk = people.signed_in(app, name="Robin Vale")
    with app.app_context():
        day = made.day(9)
    _send(app, there, desk, "plan", next_action="own", due_on=str(day), owner="")
    assert (_now(app, there).next_action, _now(app, there).due_on) == ("own", day)
    _send(app, there, desk, "plan", next_action="", due_on=str(day), owner="")
    assert _now(app, there).next_action == "acknowledge"


def test_only_a_therapist_in_care_reads_the_precautions_while_confirming_them(app, there):
    with app.app_context():
        cases.do("accept", the_case(there.id), there.house.owner)
    step = f"{there.path}/steps/precautions"
    desk = people.signed_in(app, name="Robin Vale")
    assert "canary" not in desk.get(step).text
    with app.app_context():
        case = the_case(there.id)
        with transaction():
            join_care(case.referral.client, there.house.therapist.id, actor=SYSTEM, by_visit=True)
    treats = people.signed_in(app, Role.THERAPIST, name="June Park")
    assert CANARY in treats.get(step).text
    with app.app_context():
        read = str(the_case(there.id).referral.version)
    said = {"is_none_needed": "y", "read": read}
    assert _send(app, there, treats, "precautions", **said).status_code == 302
    assert "precautions" not in _buttons(treats.get(there.path).text)


def test_who_discharges_is_reminded_of_what_was_not_measured_at_the_end(app):
    with app.app_context():
        house = made.open_house()
        case = cases.accepted(house)
        with transaction(), writing("test.received", SYSTEM):
            join_care(house.client, house.therapist.id, actor=SYSTEM)
            case.referral.received_on = made.day(-2)
            db.session.flush()
        taken = [Taken(Subject("NPRS_AVERAGE"), 7)]
        with transaction():
            measures.take_readings(house.client, taken, actor=house.treats, on=made.day(-1))
        cases.had(case, house)
        there = SimpleNamespace(
            id=case.referral.public_id, path=f"/referrals/{case.referral.public_id}"
        )
    treats = people.signed_in(app, Role.THERAPIST, name="June Park")
    page = treats.get(f"{there.path}/steps/discharge").text
    assert "Not measured since the last visit" in page
    assert _send(app, there, treats, "discharge", outcome="goals_met").status_code == 302
    assert _now(app, there).status == "completed"


def test_what_may_help_instead_goes_into_the_letter_and_the_timeline(app, there):
    desk = people.signed_in(app, name="Robin Vale")
    said = "Lakeside <Massage>, (555) 014-2200"
    wrong = _send(app, there, desk, "decline", code="", alternative=said)
    assert wrong.status_code == 422
    assert "Lakeside &lt;Massage&gt;" in wrong.text
    long = _send(app, there, desk, "decline", code="no_capacity", alternative="x" * 201)
    assert long.status_code == 422
    assert "Use at most 200 characters." in long.text
    sent = _send(
        app, there, desk, "decline", code="no_capacity", alternative=said, why="canary-why"
    )
    assert (sent.status_code, _now(app, there).status) == (302, "declined")
    page = desk.get(there.path).text
    assert "Suggested to the sender instead" in page
    assert "Lakeside &lt;Massage&gt;" in page
    assert "canary" not in page
    with app.app_context():
        (letter,) = (one for one in of_about(f"referral:{there.id}") if one.kind == "decline")
        path = f"/letters/{letter.public_id}"
    assert "Lakeside &lt;Massage&gt;" in desk.get(path).text


def test_a_decline_without_another_place_says_nothing_of_one(app, there):
    desk = people.signed_in(app, name="Robin Vale")
    assert "What may help instead" in desk.get(f"{there.path}/steps/decline").text
    _send(app, there, desk, "decline", code="no_capacity", alternative=" ")
    assert "Suggested to the sender" not in desk.get(there.path).text
