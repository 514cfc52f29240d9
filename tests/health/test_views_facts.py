import re
from datetime import date
from types import SimpleNamespace

import pytest
from flask import Flask
from sqlalchemy import select

from clinic.core.db import db
from clinic.core.marks import mark_of
from clinic.core.permissions import Role
from clinic.health.queries import known_of
from clinic.health.queries.facts import ended_facts_of, facts_of
from clinic.staff import queries as staff_queries
from clinic.staff.models import StaffMember
from tests.factories import clients, health
from tests.factories import staff as people


@pytest.fixture
def known(app: Flask) -> SimpleNamespace:
    """A client whom a therapist treats, with one fact told on a form."""
    with app.app_context():
        people.set_up()
        grace = clients.a_client()
        people.member("Therapist", Role.THERAPIST)
        person = db.session.scalar(select(StaffMember).where(StaffMember.name == "Therapist"))
        health.in_care(grace, staff_queries.actor_of(person))
        health.filled(grace, cardio__MI="y", cardio__MI__on="2020")
        (one,) = facts_of(grace.id)
        return SimpleNamespace(id=grace.id, client=grace.public_id, fact=one.row.public_id)


def new(known, kind) -> str:
    return f"/clients/{known.client}/health/facts/new?of={mark_of(known.client, kind)}"


def facts(app, known):
    with app.app_context():
        return [one.fact for one in facts_of(known.id)]


def test_a_therapist_writes_down_what_they_know(app, known):
    teo = people.signed_in(app, Role.THERAPIST)
    typed = {"code": "FRACTURE", "on": "2026-03", "area": "FOOT", "side": "L", "healed": "no",
             "source": "therapist"}  # fmt: skip
    answer = people.send(teo, new(known, "injury"), typed, page=new(known, "injury"))
    assert answer.status_code == 302
    fact = facts(app, known)[-1]
    assert (fact.kind, fact.code, fact.on) == ("injury", "FRACTURE", date(2026, 3, 31))
    assert (fact.area, fact.side, fact.details) == ("FOOT", "L", (("healed", "no"),))
    assert fact.source == "therapist"


@pytest.mark.parametrize("mark", ["", "nonsense", "%C3%A9", "a" * 20, "x" * 3000])
def test_a_mark_that_stands_for_nothing_is_no_page(app, known, mark):
    teo = people.signed_in(app, Role.THERAPIST)
    before, address = facts(app, known), f"/clients/{known.client}/health/facts/new?of={mark}"
    assert teo.get(address).status_code == 404
    plain = f"/clients/{known.client}/health/facts/new"
    sent = people.send(teo, address, {"text": "Gout", "source": "therapist"}, page=plain)
    assert sent.status_code == 404
    assert facts(app, known) == before


@pytest.mark.parametrize("kind", [
    "condition", "medicine", "allergy", "injury", "surgery", "device", "pregnancy", "treatment",
    "reading", "observation", "finding",
])  # fmt: skip
def test_every_kind_has_its_page(app, known, kind):
    teo = people.signed_in(app, Role.THERAPIST)
    assert teo.get(new(known, kind)).status_code == 200


@pytest.mark.parametrize("typed", [
    {}, {"code": "MI", "on": "2999"}, {"code": "MI", "area": "SPINE_C", "side": "L"},
    {"code": "MI", "on": "2024", "until": "2020"}, {"code": "OTHER"}, {"code": "MI", "flare": "x"},
])  # fmt: skip
def test_what_cannot_be_is_refused_and_kept_to_be_mended(app, known, typed):
    teo = people.signed_in(app, Role.THERAPIST)
    page = new(known, "condition")
    answer = people.send(teo, page, typed | {"source": "therapist", "text": ""}, page=page)
    assert answer.status_code == 422
    assert len(facts(app, known)) == 1
    for text in typed.values():
        assert text in answer.text or text == "x"


def test_a_reading_keeps_to_what_can_be_measured(app, known):
    teo = people.signed_in(app, Role.THERAPIST)
    page = new(known, "reading")
    for value, status in (("38,4", 302), ("400", 422), ("warm", 422)):
        typed = {"code": "temp_c", "value": value, "on": "2026-11-02", "source": "therapist"}
        assert people.send(teo, page, typed, page=page).status_code == status
    assert facts(app, known)[-1].value == 38.4


def test_a_changed_fact_takes_the_place_of_the_old_one(app, known):
    teo = people.signed_in(app, Role.THERAPIST)
    page = f"/health/facts/{known.fact}"
    text = teo.get(page).text
    version = re.search(r'name="version"[^>]*value="(\d+)"', text)[1]
    typed = {"code": "MI", "on": "2021", "source": "provider", "version": version}
    assert people.send(teo, page, typed, page=page).status_code == 302
    (fact,) = facts(app, known)
    assert (fact.on, fact.source) == (date(2021, 12, 31), "provider")
    with app.app_context():
        assert [one.row.ended_why for one in ended_facts_of(known.id)] == ["replaced"]
    assert people.send(teo, page, typed, page=page).status_code == 409


@pytest.mark.parametrize("why", ["review", "error"])
def test_a_fact_is_ended_with_why(app, known, why):
    teo = people.signed_in(app, Role.THERAPIST)
    page = f"/health/facts/{known.fact}"
    people.send(teo, f"{page}/end", {"why": why}, page=page)
    assert facts(app, known) == []
    with app.app_context():
        assert [one.row.ended_why for one in ended_facts_of(known.id)] == [why]
    people.send(teo, f"{page}/end", {"why": why}, page=page)
    assert "changed this meanwhile" in teo.get(f"/clients/{known.client}").text


def test_a_fact_that_was_told_is_confirmed(app, known):
    teo = people.signed_in(app, Role.THERAPIST)
    page = f"/health/facts/{known.fact}"
    people.send(teo, f"{page}/confirm", page=page)
    with app.app_context():
        assert facts_of(known.id)[0].row.is_reviewed


def test_none_known_is_an_answer_of_its_day(app, known):
    teo = people.signed_in(app, Role.THERAPIST)
    path = f"/clients/{known.client}/health/none-known"
    people.send(teo, path, {"kind": "device"}, page=new(known, "device"))
    people.send(teo, path, {"kind": "nonsense"}, page=new(known, "device"))
    with app.app_context():
        mine = [one for one in known_of(known.id).sheet.answers if one.topic == "device"]
        assert {one.said for one in mine} == {"no"}
        assert len(mine) == 2  # the form's, and this one


def test_nobody_else_opens_a_fact(app, known):
    browsers = [
        people.signed_in(app),
        people.signed_in(app, Role.OWNER),
        people.signed_in(app, Role.THERAPIST, name="Mia Stone"),
    ]
    for browser in browsers:
        assert browser.get(f"/health/facts/{known.fact}").status_code == 403
        assert browser.get(new(known, "condition")).status_code == 403
        for deed in ("end", "confirm"):
            path = f"/health/facts/{known.fact}/{deed}"
            assert people.send(browser, path).status_code == 403
    assert len(facts(app, known)) == 1
