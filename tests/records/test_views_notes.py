"""The pages of a session note: written with and without script, signed, read, added to."""

from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from clinic.anatomy import Finding, write_findings
from clinic.core.clock import now
from clinic.core.permissions import Role
from clinic.records.queries.notes import note_of
from clinic.records.rules.notes import read_body
from clinic.scheduling.queries.visits import the_visit
from tests.factories import records, staff
from tests.factories import scheduling as made

TYPED = {
    "told": "Stiff since Monday",
    "pain_now": "4",
    "since": "better",
    "has_consent": "y",
    "techniques": "SWEDISH",
    "minutes": "50",
    "assessment": "Moves more freely",
    "plan": "Again in two weeks",
    "findings": write_findings([Finding("CALF", "L", "treated", minutes=10)]),
}
"""What the page sends for a note that can be signed."""


@pytest.fixture
def ids(app: Flask) -> dict[str, str]:
    """A visit in session, an earlier one with a signed note, and who works there."""
    with app.app_context():
        house = made.open_house()
        records.techniques()
        earlier = records.finished(house, now() - timedelta(days=9))
        note = records.signed(house, earlier, assessment="Tight then")
        visit = records.begun(house)
        staff.member("Hannah Doyle", Role.RECEPTIONIST)
        made.a_therapist("Teo Marsh")
        return {
            "visit": visit.public_id,
            "note": note.public_id,
            "client": house.client.public_id,
        }


def body_of(app: Flask, visit_id: str) -> Any:
    with app.app_context():
        note = note_of(the_visit(visit_id).id)
        return read_body(note.body) if note else None


def draft_of(ids: dict[str, str], path: str = "") -> str:
    return f"/visits/{ids['visit']}/note{path}"


def june(app: Flask) -> FlaskClient:
    return staff.signed_in(app, name="June Park")


def test_a_note_is_saved_and_signed_without_any_script(app: Flask, ids: dict[str, str]):
    client = june(app)
    page = client.get(draft_of(ids))
    assert page.status_code == 200
    assert "Tight then" in page.text
    saved = staff.send(client, draft_of(ids), TYPED | {"seq": "0", "save": "1"})
    assert saved.status_code == 302
    assert body_of(app, ids["visit"]).told == "Stiff since Monday"
    signed = staff.send(client, draft_of(ids), TYPED | {"seq": "1", "sign": "1"})
    assert signed.status_code == 302
    read = client.get(client.get(draft_of(ids)).location)
    for words in ("Stiff since Monday", "June Park, LMT_LICENSE", "Swedish", "Left calf"):
        assert words.lower() in read.text.lower()
    assert staff.send(client, draft_of(ids), TYPED | {"seq": "2"}).status_code == 302
    assert body_of(app, ids["visit"]).seq == 2


def test_a_refused_signature_names_everything_and_keeps_what_was_typed(
    app: Flask, ids: dict[str, str]
):
    client = june(app)
    refused = staff.send(client, draft_of(ids), {"told": "Stiff", "seq": "0", "sign": "1"})
    assert refused.status_code == 422
    for words in ("Choose at least one technique.", "Write the assessment.", "Write the plan."):
        assert words in refused.text
    assert body_of(app, ids["visit"]).told == "Stiff"
    assert 'name="seq" type="hidden" value="1"' in refused.text


def test_a_part_is_copied_and_marked(app: Flask, ids: dict[str, str]):
    client = june(app)
    copied = staff.send(client, draft_of(ids), {"told": "New", "seq": "0", "copy": "a"})
    assert copied.status_code == 302
    body = body_of(app, ids["visit"])
    assert (body.told, body.assessment, body.copied) == ("New", "Tight then", ("assessment",))
    sent = {"assessment": "Tight then", "told": "New", "seq": str(body.seq)}
    staff.send(client, draft_of(ids), sent)
    assert body_of(app, ids["visit"]).copied == ("assessment",)
    staff.send(client, draft_of(ids), sent | {"assessment": "Looser", "seq": str(body.seq + 1)})
    assert body_of(app, ids["visit"]).copied == ()


def test_a_part_is_copied_without_leaving_the_page(app: Flask, ids: dict[str, str]):
    client = june(app)
    sent = {"told": "New", "seq": "0", "pen": "one.1"}
    answer = staff.send(client, draft_of(ids, "/draft"), sent | {"copy": "a"}).json
    assert answer["fields"] == {"assessment": "Tight then", "progress": ""}
    assert (answer["copied"], answer["error"]) == (["assessment"], "")
    answer = staff.send(client, draft_of(ids, "/draft"), sent | {"seq": "2", "copy": "nothing"})
    assert (answer.status_code, answer.json["fields"]) == (200, {})
    assert "no earlier note" in answer.json["error"]


def test_one_tab_holds_its_pen_through_a_reload(app: Flask, ids: dict[str, str]):
    client = june(app)
    sent = {"seq": "0", "pen": "one.1", "told": "First"}
    assert staff.send(client, draft_of(ids, "/draft"), sent).status_code == 200
    assert staff.send(client, draft_of(ids, "/pen"), {"pen": "one.2"}).json == {"seq": 1}
    late = {"pen": "one.1", "give": "y"}
    assert staff.send(client, draft_of(ids, "/pen"), late).status_code == 200
    assert staff.send(client, draft_of(ids, "/pen"), {"pen": "two.1"}).status_code == 409


def test_vitals_saved_on_purpose_warn_at_once(app: Flask, ids: dict[str, str]):
    client = june(app)
    sent = TYPED | {"seq": "0", "systolic": "190", "diastolic": "125", "save": "1"}
    answer = staff.send(client, draft_of(ids, "/draft"), sent)
    assert answer.status_code == 200
    assert answer.json["warnings"]


def test_the_rail_is_told_how_many_notes_wait(app: Flask, ids: dict[str, str]):
    client = june(app)
    assert client.get("/notes/count").json == {"count": 1}
    assert 'data-count="/notes/count"' in client.get("/notes").text


def test_what_cannot_be_read_is_named_and_the_rest_is_saved(app: Flask, ids: dict[str, str]):
    client = june(app)
    sent = TYPED | {"minutes": "many", "seq": "0"}
    answer = staff.send(client, draft_of(ids, "/draft"), sent)
    assert answer.status_code == 200
    assert answer.json["wrong"] == ["Hands-on minutes"]
    assert answer.json["seq"] == 1
    body = body_of(app, ids["visit"])
    assert (body.told, body.minutes) == ("Stiff since Monday", None)
    page = staff.send(client, draft_of(ids), sent | {"seq": "1", "sign": "1"})
    assert page.status_code == 422
    assert "Enter a whole number." in page.text


def test_a_second_tab_is_told_and_may_take_over(app: Flask, ids: dict[str, str]):
    client = june(app)
    send = {"seq": "0", "pen": "one", "told": "First"}
    assert staff.send(client, draft_of(ids, "/draft"), send).status_code == 200
    told = staff.send(client, draft_of(ids, "/pen"), {"pen": "two"})
    assert told.status_code == 409
    assert "another tab" in told.json["error"]
    assert staff.send(client, draft_of(ids, "/draft"), send | {"pen": "two"}).status_code == 409
    taken = staff.send(client, draft_of(ids, "/pen"), {"pen": "two", "force": "y"})
    assert taken.json == {"seq": 1}
    assert staff.send(client, draft_of(ids, "/draft"), send | {"seq": "1"}).status_code == 409
    page = staff.send(client, draft_of(ids), send | {"told": "Mine", "seq": "1"})
    assert page.status_code == 409
    assert "Mine" in page.text
    assert "Take over here" in page.text
    assert staff.send(client, draft_of(ids), {"take": "1"}).status_code == 302
    assert staff.send(client, draft_of(ids, "/pen"), {"pen": "", "give": "y"}).status_code == 200


def test_who_does_not_treat_sees_no_word_of_a_note(app: Flask, ids: dict[str, str]):
    staff.send(june(app), draft_of(ids), TYPED | {"seq": "0"})
    pages = (draft_of(ids), f"/notes/{ids['note']}", f"/clients/{ids['client']}/notes")
    for name in ("Hannah Doyle", "Teo Marsh", "Olga Reed"):
        client = staff.signed_in(app, name=name)
        for page in pages:
            answer = client.get(page)
            assert "Stiff" not in answer.text
            assert "Tight then" not in answer.text
            is_owners = name == "Olga Reed" and page.startswith("/notes/")
            assert answer.status_code == (200 if is_owners else 403)


def test_an_addendum_is_added_and_an_empty_one_is_refused(app: Flask, ids: dict[str, str]):
    client = june(app)
    address = f"/notes/{ids['note']}/addenda"
    assert staff.send(client, address, {"text": "", "why": "Forgot"}).status_code == 422
    assert staff.send(client, address, {"text": "Rang her", "why": "Forgot"}).status_code == 302
    page = client.get(f"/notes/{ids['note']}").text
    assert "Rang her" in page
    assert "Late entry" in page


def test_an_owner_marks_a_note_in_error_without_reading_it(app: Flask, ids: dict[str, str]):
    client = staff.signed_in(app, name="Olga Reed")
    address = f"/notes/{ids['note']}"
    assert staff.send(client, f"{address}/error", {"why": ""}).status_code == 422
    assert staff.send(client, f"{address}/error", {"why": "Another client"}).status_code == 302
    assert "Entered in error" in client.get(address).text
    assert "Tight then" in june(app).get(address).text


def test_a_search_stays_within_one_client(app: Flask, ids: dict[str, str]):
    client = june(app)
    assert "Tight then" in client.get(f"/clients/{ids['client']}/notes?q=tight").text
    assert "No note says" in client.get(f"/clients/{ids['client']}/notes?q=elbow").text


def test_what_is_still_to_sign_is_listed(app: Flask, ids: dict[str, str]):
    page = june(app).get("/notes").text
    assert "In session" in page
    assert draft_of(ids) in page
