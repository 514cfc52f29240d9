import re
from types import SimpleNamespace

import pytest
from flask import Flask
from sqlalchemy import select

from clinic.clients.models import Client
from clinic.core.db import db
from clinic.core.permissions import Role
from clinic.health.models import IntakeResponse
from clinic.health.queries import known_of
from clinic.health.rules.asking import names_of
from clinic.health.rules.forms_1 import FULL
from clinic.staff import queries as staff_queries
from clinic.staff.models import StaffMember
from tests.factories import clients, health
from tests.factories import staff as people

CANARY = "canary in the left knee"


@pytest.fixture
def known(app: Flask) -> SimpleNamespace:
    """A client whom a therapist treats, and a history of theirs that nobody has read yet."""
    with app.app_context():
        people.set_up()
        grace = clients.a_client()
        people.member("Therapist", Role.THERAPIST)
        health.in_care(grace, _actor("Therapist"))
        more = {"complaint_areas__0__area": "KNEE", "complaint_areas__0__side": "L"}
        more |= {"complaint": CANARY, "cardio__MI": "y", "cardio__MI__on": "2020"}
        form = health.filled(grace, **more)
        return SimpleNamespace(id=grace.id, client=grace.public_id, form=form.public_id)


def _actor(name):
    person = db.session.scalar(select(StaffMember).where(StaffMember.name == name))
    return staff_queries.actor_of(person)


def begun(browser, known, **typed) -> str:
    """Begin a form; the address of its first section."""
    page = f"/clients/{known.client}/intake"
    answer = people.send(browser, page, {"form": "full", "given_by": "client"} | typed, page=page)
    assert answer.status_code == 302
    return answer.headers["Location"]


def sections(**more):
    """What is typed section by section, all no but for ``more``."""
    given = health.all_no("full", **more)
    for section in FULL.sections:
        names = {name for item in section.items for name in names_of(item)}
        yield {name: text for name, text in given.items() if name in names}


def filled_in(browser, first: str, **more):
    """Fill in a full history from its first section on; the last answer."""
    root, answer = first.removesuffix("1"), None
    for step, typed in enumerate(sections(**more), 1):
        to = {"to": "send" if step == len(FULL.sections) else "next"}
        answer = people.send(browser, f"{root}{step}", typed | to, page=first)
        if to["to"] == "next":
            assert answer.headers["Location"] == f"{root}{step + 1}"
    return answer


def test_reception_types_in_a_paper_form_and_never_reads_it_again(app, known):
    desk = people.signed_in(app)
    start = desk.get(f"/clients/{known.client}/intake").text
    assert CANARY not in start
    assert "not reviewed" in start
    first = begun(desk, known, is_on_paper="y", on="2026-11-01")
    assert CANARY not in desk.get(first).text
    answer = filled_in(desk, first, complaint="canary two", cardio__MI="y")
    assert answer.headers["Location"] == f"/clients/{known.client}"
    assert desk.get(first).status_code == 404
    review = first.removesuffix("/1") + "/review"
    assert desk.get(review).status_code == 403
    assert "canary" not in desk.get(f"/clients/{known.client}/intake").text


def test_another_receptionist_cannot_open_a_draft(app, known):
    first = begun(people.signed_in(app), known)
    other = people.signed_in(app, Role.RECEPTIONIST, name="Ana Bell")
    assert other.get(first).status_code == 404
    assert other.get(first.removesuffix("1") + "99").status_code == 404


def test_what_was_typed_is_kept_on_the_way_back(app, known):
    desk = people.signed_in(app)
    first = begun(desk, known)
    second = first.removesuffix("1") + "2"
    people.send(desk, second, {"cardio.MI": "y", "cardio.MI.on": "March", "to": "back"}, page=first)
    text = desk.get(second).text
    assert re.search(r'name="cardio.MI" value="y" checked', text)
    assert 'value="March"' in text


def test_what_is_missing_is_named_with_a_link_to_it(app, known):
    desk = people.signed_in(app)
    first = begun(desk, known)
    last = first.removesuffix("1") + str(len(FULL.sections))
    answer = people.send(desk, last, {"to": "send"}, page=first)
    assert answer.status_code == 422
    assert f"{first}?fix=1#frail" in answer.text
    assert "Choose an answer" in desk.get(f"{first}?fix=1").text


def test_a_therapist_reads_what_is_new_and_says_so(app, known):
    teo = people.signed_in(app, Role.THERAPIST)
    page = f"/intake/{known.form}/review"
    text = teo.get(page).text
    assert "Heart attack" in text
    assert CANARY in text
    assert "left knee</dd>" in text
    assert ">Good<" in text
    version = re.search(r'name="version"[^>]*value="(\d+)"', text)[1]
    answer = people.send(teo, page, {"version": version}, page=page)
    assert answer.status_code == 302
    with app.app_context():
        assert known_of(known.id).is_reviewed
    again = people.send(teo, page, {"version": version}, page=page)
    assert again.status_code == 409


def test_a_therapist_who_does_not_treat_the_client_and_an_owner_read_nothing(app, known):
    for roles, name in (((Role.THERAPIST,), "Mia Stone"), ((Role.OWNER,), "Olga Reed")):
        browser = people.signed_in(app, *roles, name=name)
        assert browser.get(f"/intake/{known.form}/review").status_code == 403
        assert CANARY not in browser.get(f"/clients/{known.client}/intake").text


def test_a_therapist_corrects_a_form_by_another_that_begins_with_it(app, known):
    teo = people.signed_in(app, Role.THERAPIST)
    answer = people.send(teo, f"/intake/{known.form}/correct", page=f"/intake/{known.form}/review")
    assert CANARY in teo.get(answer.headers["Location"]).text


def test_a_form_of_somebody_else_is_said_to_be_an_error(app, known):
    teo = people.signed_in(app, Role.THERAPIST)
    page = f"/intake/{known.form}/error"
    assert people.send(teo, page, {"why": ""}, page=page).status_code == 422
    assert people.send(teo, page, {"why": "This was Ana’s."}, page=page).status_code == 302
    with app.app_context():
        assert db.session.scalar(select(IntakeResponse.status)) == "entered_in_error"


def test_nothing_new_today_is_one_press(app, known):
    desk = people.signed_in(app)
    page = f"/clients/{known.client}/check?on=2026-11-20&back=/day"
    answer = people.send(desk, page, {"all_no": "1", "back": "/day"}, page=page)
    assert answer.headers["Location"] == "/day"
    with app.app_context():
        checked = known_of(known.id)
        assert checked.checked_on.isoformat() == "2026-11-20"
        said = {one.topic: one.said for one in checked.sheet.answers if one.of == "day"}
        assert set(said.values()) == {"no"}


def test_an_unanswered_check_keeps_what_was_ticked(app, known):
    desk = people.signed_in(app)
    page = f"/clients/{known.client}/check"
    answer = people.send(desk, page, {"illness": "yes", "illness.ill_now": "yes"}, page=page)
    assert answer.status_code == 422
    assert re.search(r'name="illness.ill_now" value="yes" checked', answer.text)
    given = health.all_no("check", illness="yes", illness__ill_now="yes")
    sent = people.send(desk, page, given, page=page)
    assert sent.headers["Location"] == f"/clients/{known.client}"


def test_a_draft_is_given_up(app, known):
    desk = people.signed_in(app)
    first = begun(desk, known)
    people.send(desk, first.removesuffix("1") + "stop", page=first)
    assert desk.get(first).status_code == 404


def test_a_minor_s_check_is_answered_by_a_guardian(app, known):
    with app.app_context():
        young = clients.a_client("Noa Nakamura", birth_date=health.ON.replace(year=2016),
                                 guardian_name="Grace Nakamura").public_id  # fmt: skip
    page = f"/clients/{young}/check"
    desk = people.signed_in(app)
    people.send(desk, page, {"all_no": "1"}, page=page)
    with app.app_context():
        child = select(Client.id).where(Client.public_id == young).scalar_subquery()
        mine = select(IntakeResponse).where(IntakeResponse.client_id == child)
        assert db.session.scalars(mine).one().given_by == "guardian"
