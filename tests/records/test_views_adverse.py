"""The pages of adverse events: reported by anybody, told to owners, read by who may."""

import re
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from clinic.core.db import db
from clinic.core.permissions import Role
from clinic.records.models import AdverseEvent
from tests.factories import clients, records, staff
from tests.factories import scheduling as made

TYPED = {
    "severity": "severe",
    "actuality": "actual",
    "kind": "burn",
    "text": "canary-burn after hot stones",
    "action": "first_aid",
    "pressure": "",
    "product": "",
}


@pytest.fixture
def ids(app: Flask) -> dict[str, str]:
    with app.app_context():
        house = made.open_house()
        records.techniques()
        visit = records.begun(house)
        records.signed(house, visit, feedback="canary-note")
        made.a_therapist("Teo Marsh")
        return {
            "visit": visit.public_id,
            "client": house.client.public_id,
            "day": visit.on_date.isoformat(),
        }


def desk(app: Flask) -> Any:
    return staff.signed_in(app, name="Robin Vale")


def owner(app: Flask) -> Any:
    return staff.signed_in(app, name="Olga Reed")


def typed(ids: dict[str, str], **more: str) -> dict[str, str]:
    return TYPED | {"visit": ids["visit"], "happened_on": ids["day"], "send": "1"} | more


def sent(app: Flask, ids: dict[str, str], **more: str) -> str:
    answer = staff.send(desk(app), "/events/new", typed(ids, **more))
    assert answer.status_code == 302, answer.text
    return answer.location.split("/")[-2]


def test_the_form_is_two_actions_away_and_says_first_what_to_ring(app: Flask, ids: dict[str, str]):
    client = desk(app)
    assert 'href="/events/new"' in client.get("/account").text
    first = client.get("/events/new").text
    assert first.index("Ring 911 first") < first.index("Whom it happened to")
    assert 'name="severity"' in first
    linked = client.get(f"/events/new?visit={ids['visit']}").text
    assert linked.index("Ring 911 first") < linked.index('name="severity"')
    assert "Grace Nakamura" in linked
    found = client.get("/events/new?who=Grace").text
    assert ids["client"] in found
    assert "Grace Nakamura" in client.get(f"/events/new?client={ids['client']}").text


def test_whom_it_happened_to_is_found_by_name_and_nothing_typed_is_lost(
    app: Flask, ids: dict[str, str]
):
    client = desk(app)
    told = typed(ids, visit="", who="Grace")
    refused = staff.send(client, "/events/new", told)
    assert refused.status_code == 422
    for page in (refused.text, staff.send(client, "/events/new", told | {"find": "1"}).text):
        assert "canary-burn after hot stones" in page
        assert f'type="radio" name="client" id="found-0" value="{ids["client"]}"' in page
    assert "Say whom it happened to." in refused.text
    nobody = staff.send(client, "/events/new", told | {"who": "Nobody Such", "find": "1"})
    assert "Nobody found." in nobody.text
    chosen = told | {"client": ids["client"]}
    other = staff.send(client, "/events/new", chosen | {"again": "1"})
    assert "canary-burn after hot stones" in other.text
    assert "Whom it happened to" in other.text
    assert staff.send(client, "/events/new", chosen).location.endswith("/receipt")


def test_who_reports_is_given_a_receipt_and_reads_nothing_back(app: Flask, ids: dict[str, str]):
    event, client = sent(app, ids), desk(app)
    receipt = client.get(f"/events/{event}/receipt")
    assert event in receipt.text
    assert "canary" not in receipt.text
    assert client.get(f"/events/{event}").status_code == 403
    assert client.get(f"/events/{event}/draft").status_code == 302
    listed = client.get("/events").text
    assert "canary" not in listed
    assert f"/events/{event}/receipt" in listed
    assert client.get("/events/counts").status_code == 403


def test_a_draft_is_kept_unfinished_and_shows_nothing_of_the_note(app: Flask, ids: dict[str, str]):
    client = desk(app)
    kept = {"visit": ids["visit"], "text": "A first word", "draft": "1"}
    answer = staff.send(client, "/events/new", TYPED | kept | {"severity": "", "kind": ""})
    page = client.get(answer.location)
    assert "A first word" in page.text
    assert "canary-note" not in page.text
    assert not re.search(r'<option selected value="SHOULDER_TOP', page.text)
    refused = staff.send(client, answer.location, {"text": "A first word", "send": "1"})
    assert refused.status_code == 422
    assert "Say how severe it was." in refused.text
    assert "A first word" in refused.text
    assert staff.signed_in(app, name="Teo Marsh").get(answer.location).status_code == 403
    thrown = answer.location.replace("draft", "discard")
    assert staff.send(client, thrown, {}).status_code == 302
    assert "A first word" not in client.get("/events").text


def test_every_owner_is_told_of_a_severe_event_on_every_page_until_one_opens_it(
    app: Flask, ids: dict[str, str]
):
    told, client = "severe event was reported", owner(app)
    assert told not in client.get("/account").text
    event = sent(app, ids)
    for page in ("/account", "/clients", "/"):
        assert told in client.get(page, follow_redirects=True).text
    assert told not in desk(app).get("/account").text
    assert "Nobody has opened this report yet." in client.get(f"/events/{event}").text
    assert told in client.get("/account").text
    assert staff.send(client, f"/events/{event}/open", {}).status_code == 302
    assert told not in client.get("/account").text


def test_a_mild_event_waits_in_the_list(app: Flask, ids: dict[str, str]):
    sent(app, ids, severity="mild")
    client = owner(app)
    assert "severe event" not in client.get("/account").text
    assert "Burn" in client.get("/events").text


def test_it_is_reviewed_closed_and_opened_again(app: Flask, ids: dict[str, str]):
    event, client = sent(app, ids), owner(app)
    path = f"/events/{event}"
    staff.send(client, f"{path}/open", {})
    version = re.search(r'name="version"[^>]*value="(\d+)"', client.get(path).text)
    assert version is not None
    found = {
        "version": version[1], "causality": "possible", "outcome": "", "text": "Too hot, it seems",
        "actions": "A thermometer", "client_on": ids["day"], "close": "1",
    }  # fmt: skip
    refused = staff.send(client, f"{path}/review", found)
    assert refused.status_code == 422
    assert "Say how it ended." in refused.text
    assert "Too hot, it seems" in refused.text
    found |= {"outcome": "resolved"}
    refused = staff.send(client, f"{path}/review", found)
    assert refused.status_code == 422
    assert "when the client was asked how they are" in refused.text
    closed = staff.send(client, f"{path}/review", found | {"followed": "Much better"})
    assert closed.status_code == 302
    assert "Resolved" in client.get(path).text
    again = staff.send(client, f"{path}/reopen", {"again-why": "It came back"})
    assert again.status_code == 302
    assert "It came back" in client.get(path).text


def test_an_owner_who_does_not_treat_reads_no_rule_and_a_therapist_in_care_does(
    app: Flask, ids: dict[str, str]
):
    event = sent(app, ids)
    assert "canary-burn" in owner(app).get(f"/events/{event}").text
    june = staff.signed_in(app, name="June Park").get(f"/events/{event}")
    assert "canary-burn" in june.text
    assert "Health history" in june.text
    assert "Health history" not in owner(app).get(f"/events/{event}").text
    assert staff.signed_in(app, name="Teo Marsh").get(f"/events/{event}").status_code == 403


def test_an_owner_reviews_what_happened_and_not_what_was_treated(app: Flask, ids: dict[str, str]):
    event = sent(app, ids, techniques="HOTSTONE", pressure="4")
    reads = owner(app).get(f"/events/{event}").text
    treats = staff.signed_in(app, name="June Park").get(f"/events/{event}").text
    for words in ("canary-burn", "How severe", "What was done", "Service"):
        assert words in reads
        assert words in treats
    for words in ("Techniques", "Pressure"):
        assert words not in reads
        assert words in treats
    assert "read by the therapists of this client" in reads
    assert "read by the therapists of this client" not in treats


def test_numbers_lead_to_the_list_behind_them(app: Flask, ids: dict[str, str]):
    event, client = sent(app, ids), owner(app)
    page = client.get("/events/counts")
    assert "by=kind&amp;of=burn" in page.text.replace("&of", "&amp;of").replace("&by", "&amp;by")
    behind = client.get("/events/counts?by=kind&of=burn").text
    assert f"/events/{event}" in behind
    assert client.get("/events/counts?since=nonsense&by=x&of=y").status_code == 200


def test_the_reports_of_one_client_are_a_list_of_their_own(app: Flask, ids: dict[str, str]):
    event = sent(app, ids)
    with app.app_context():
        other = clients.a_client("Tomas Reyes").public_id
    june = staff.signed_in(app, name="June Park")
    assert f'/events?client={ids["client"]}"' in june.get(f"/clients/{ids['client']}").text
    assert f"/events/{event}" in june.get(f"/events?client={ids['client']}").text
    assert f"/events/{event}" not in june.get(f"/events?client={other}").text
    teo = staff.signed_in(app, name="Teo Marsh")
    assert f"/events/{event}" not in teo.get(f"/events?client={ids['client']}").text


def test_a_visit_that_is_not_there_is_no_page(app: Flask, ids: dict[str, str]):
    client = desk(app)
    assert client.get("/events/new?visit=aaaaaaaaaaaaaaaaaaaa").status_code == 404
    assert staff.send(client, "/events/new", typed(ids, visit="nonsense")).status_code == 404
    with app.app_context():
        assert db.session.scalars(select(AdverseEvent)).all() == []


def test_every_role_reaches_the_report(app: Flask):
    for role in Role:
        assert staff.signed_in(app, role, name=f"A {role}").get("/events/new").status_code == 200
