"""The doors of the staff room, as a person meets them."""

import re

import pytest
from sqlalchemy import select

from clinic.core.db import db
from clinic.core.permissions import SYSTEM, Role
from clinic.core.transactions import transaction
from clinic.staff import queries, services
from clinic.staff.models import StaffMember
from tests.factories import staff as people

LINK = re.compile(r'value="http://localhost(/link/[^"]+)"')


def without_what_changes(body: str) -> str:
    return re.sub(r'value="[^"]*"', "", body)


def test_a_wrong_password_is_a_422_and_says_not_which_part_was_wrong(app):
    people.signed_in(app)
    known = people.enter(app.test_client(), "Receptionist", "wrong password here")
    unknown = people.enter(app.test_client(), "Nobody At All", "wrong password here")
    assert known.status_code == unknown.status_code == 422
    assert "do not match" in known.text
    assert without_what_changes(known.text) == without_what_changes(unknown.text)


def test_who_has_left_gets_the_same_answer(app):
    people.signed_in(app)
    with app.app_context(), transaction():
        gone = db.session.scalars(select(StaffMember)).one()
        services.disable(gone, actor=SYSTEM)
    answer = people.enter(app.test_client(), "Receptionist")
    assert (answer.status_code, "do not match" in answer.text) == (422, True)


def test_too_many_tries_are_a_429_for_known_and_unknown_alike(app):
    people.signed_in(app)
    bodies = []
    for name in ("Receptionist", "Nobody At All"):
        browser = app.test_client()
        for _ in range(10):
            people.enter(browser, name, "wrong password here")
        answer = people.enter(browser, name)
        assert answer.status_code == 429
        bodies.append(without_what_changes(answer.text))
    assert bodies[0] == bodies[1]


def test_what_was_typed_is_not_lost_but_the_password(app):
    answer = people.enter(app.test_client(), "Some Body", "a secret that was typed")
    assert people.address_of("Some Body") in answer.text
    assert "a secret that was typed" not in answer.text


def test_signing_in_leads_to_where_one_wanted_to_go(app):
    people.signed_in(app, Role.OWNER)
    browser = app.test_client()
    there = browser.get("/staff?page=2", headers={"Accept": "text/html"})
    assert there.status_code == 302
    assert browser.get(there.headers["Location"]).status_code == 200
    assert (
        people.enter(browser, "Owner", next="/staff?page=2").headers["Location"] == "/staff?page=2"
    )


def test_who_is_signed_in_needs_no_sign_in_page(app):
    assert people.signed_in(app).get("/sign-in").status_code == 302


def test_an_owner_invites_and_the_invited_chooses_a_password(app):
    owner = people.signed_in(app, Role.OWNER)
    typed = {"name": "Teo Marsh", "email": "teo.marsh@clinic.example", "roles": ["therapist"]}
    page = people.send(owner, "/staff/invite", typed)
    link = LINK.search(page.text)[1]
    browser = app.test_client()
    assert "Teo Marsh" in browser.get(link).text
    answer = people.send(browser, link, {"password": "nine slow herons wade"}, page=link)
    assert answer.status_code == 302
    assert browser.get("/account").status_code == 200
    assert app.test_client().get(link).status_code == 404
    assert owner.get("/staff/invite").status_code == 200


@pytest.mark.parametrize(
    ("password", "words"),
    [
        ("short", "At least 12"),
        ("passwordpassword", "guesser"),
        ("teo.marsh@clinic", "guesser"),
        ("x" * 300, ""),
        ("", "Choose a password"),
    ],
)
def test_a_weak_password_is_refused_beside_its_field(app, password, words):
    owner = people.signed_in(app, Role.OWNER)
    typed = {"name": "Teo Marsh", "email": "teo.marsh@clinic.example", "roles": ["therapist"]}
    link = LINK.search(people.send(owner, "/staff/invite", typed).text)[1]
    browser = app.test_client()
    answer = people.send(browser, link, {"password": password}, page=link)
    assert answer.status_code == 422
    assert words in answer.text
    assert 'aria-invalid="true"' in answer.text
    assert browser.get(link).status_code == 200


@pytest.mark.parametrize(
    "typed",
    [
        {"name": "", "email": "x@clinic.example", "roles": ["therapist"]},
        {"name": "X", "email": "no address", "roles": ["therapist"]},
        {"name": "X", "email": "x@clinic.example"},
        {"name": "X", "email": "x@clinic.example", "roles": ["emperor"]},
        {"name": "X" * 100, "email": "x@clinic.example", "roles": ["therapist"]},
        {"name": "X", "email": "x" * 300 + "@clinic.example", "roles": ["therapist"]},
    ],
)
def test_a_wrong_invitation_is_refused_and_nothing_is_lost(app, typed):
    owner = people.signed_in(app, Role.OWNER)
    answer = people.send(owner, "/staff/invite", typed)
    assert answer.status_code == 422
    assert str(typed["name"]) in answer.text
    with app.app_context():
        assert db.session.scalars(select(StaffMember.name)).all() == ["Owner"]


def test_an_address_that_somebody_has_is_a_409_beside_the_field(app):
    owner = people.signed_in(app, Role.OWNER)
    typed = {"name": "X", "email": people.address_of("Owner").upper(), "roles": ["therapist"]}
    answer = people.send(owner, "/staff/invite", typed)
    assert answer.status_code == 409
    assert "signs in with this address already" in answer.text


def test_a_forgotten_password_is_replaced_by_a_link(app):
    owner, browser = people.signed_in(app, Role.OWNER), people.signed_in(app)
    with app.app_context():
        ref = db.session.scalar(
            select(StaffMember.public_id).where(StaffMember.name == "Receptionist")
        )
    first = LINK.search(people.send(owner, f"/staff/{ref}/new-link").text)[1]
    second = LINK.search(people.send(owner, f"/staff/{ref}/new-link").text)[1]
    assert app.test_client().get(first).status_code == 404
    new = app.test_client()
    people.send(new, second, {"password": "nine slow herons wade"}, page=second)
    assert new.get("/account").status_code == 200
    assert browser.get("/account").status_code == 401


def test_a_person_chooses_light_or_dark(app):
    browser = people.signed_in(app)
    assert people.send(browser, "/account/look", {"theme": "dark"}).status_code == 302
    page = browser.get("/account").text
    assert 'data-theme="dark"' in page
    assert 'data-shortcuts="off"' in page
    assert people.send(browser, "/account/look", {"theme": "pink"}).status_code == 422


def test_the_last_owner_cannot_leave(app):
    owner = people.signed_in(app, Role.OWNER)
    with app.app_context():
        ref = db.session.scalar(select(StaffMember.public_id))
    people.send(owner, f"/staff/{ref}/disable")
    assert "cannot end your own access" in owner.get("/staff").text


def test_there_is_nobody_by_that_id(app):
    owner = people.signed_in(app, Role.OWNER)
    assert people.send(owner, f"/staff/{'a' * 20}/disable").status_code == 404
    assert people.send(owner, "/staff/1/disable").status_code == 404


def test_the_first_owner_is_made_by_a_link_and_then_sets_the_clinic_up(app):
    with app.app_context(), transaction():
        token = services.first_owner_link(actor=SYSTEM)
    browser = app.test_client()
    typed = {"name": "Olga Reed", "email": "olga@clinic.example", "password": people.PASSWORD}
    assert people.send(browser, f"/link/{token}", typed, page=f"/link/{token}").status_code == 302
    assert browser.get("/").headers["Location"] == "/setup"
    with app.app_context():
        assert not queries.is_without_owner()


def test_a_fresh_clinic_has_nobody_in_it(app):
    with app.app_context():
        assert db.session.scalars(select(StaffMember)).all() == []
