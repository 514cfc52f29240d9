"""Sessions live with us: how long, for whom, and until when."""

from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from sqlalchemy import func, select

from clinic.core.db import db
from clinic.core.permissions import SYSTEM, Role
from clinic.core.transactions import transaction
from clinic.staff import queries, services
from clinic.staff.models import StaffMember, WebSession
from clinic.web.guards import doors
from tests.engines import on_both_engines
from tests.factories import staff as people

START = datetime(2026, 5, 4, 9, 0, tzinfo=UTC)


def is_in(client) -> bool:
    return client.get("/account").status_code == 200


def count(app, *criteria) -> int:
    with app.app_context():
        return db.session.scalar(select(func.count()).select_from(WebSession).where(*criteria))


def person(app, name="Receptionist") -> StaffMember:
    return db.session.scalars(select(StaffMember).where(StaffMember.name == name)).one()


@pytest.fixture
def clock():
    with time_machine.travel(START, tick=False) as traveller:
        yield traveller


def later(clock, **by) -> None:
    clock.shift(timedelta(**by))


@on_both_engines
def test_a_quarter_of_an_hour_without_work_signs_out(app, clock):
    browser = people.signed_in(app)
    later(clock, minutes=15)
    assert is_in(browser)
    later(clock, minutes=15, seconds=1)
    assert not is_in(browser)


@on_both_engines
def test_work_keeps_a_session_alive_but_not_beyond_twelve_hours(app, clock):
    browser = people.signed_in(app)
    for _ in range(72):
        assert is_in(browser)
        later(clock, minutes=10)
    later(clock, seconds=1)
    assert not is_in(browser)


def test_the_owner_decides_how_long(app, clock):
    with app.app_context():
        people.set_up(idle=5)
    browser = people.signed_in(app)
    later(clock, minutes=5, seconds=1)
    assert not is_in(browser)


def test_what_a_page_asks_by_itself_keeps_no_session_alive(app, clock, monkeypatch):
    browser = people.signed_in(app)
    door = doors(app)["staff.index"]
    monkeypatch.setitem(doors(app), "staff.index", type(door)(door.reading, door.writing, "", True))
    for _ in range(4):
        later(clock, minutes=4)
        browser.get("/staff")
    assert not is_in(browser)


def test_a_session_is_touched_once_a_minute_at_most(app, clock):
    browser = people.signed_in(app)
    later(clock, seconds=59)
    is_in(browser)
    assert count(app, WebSession.last_seen_at == START) == 1
    later(clock, seconds=2)
    is_in(browser)
    assert count(app, WebSession.last_seen_at == START) == 0


def cookie_of(browser) -> str:
    return browser.get_cookie("sid", domain="localhost").value


@on_both_engines
def test_signing_in_begins_a_fresh_session_and_ends_the_old(app):
    browser = people.signed_in(app)
    browser.post("/sign-out")
    old = app.test_client()
    old.get("/sign-in")
    before = cookie_of(old)
    people.enter(old, "Receptionist")
    assert cookie_of(old) != before
    thief = app.test_client()
    thief.set_cookie("sid", before, domain="localhost")
    assert not is_in(thief)


@on_both_engines
def test_signing_out_ends_the_session_and_not_only_the_cookie(app):
    browser = people.signed_in(app)
    stolen = cookie_of(browser)
    answer = people.send(browser, "/sign-out")
    assert "storage" in answer.headers["Clear-Site-Data"]
    thief = app.test_client()
    thief.set_cookie("sid", stolen, domain="localhost")
    assert not is_in(thief)
    assert not is_in(browser)


@on_both_engines
def test_who_is_disabled_is_out_at_the_next_request(app):
    browser = people.signed_in(app)
    with app.app_context(), transaction():
        services.disable(person(app), actor=SYSTEM)
    assert not is_in(browser)


def test_who_changes_their_roles_is_out_at_the_next_request(app):
    browser = people.signed_in(app, Role.OWNER, name="First Owner")
    people.signed_in(app, Role.OWNER, name="Second Owner")
    with app.app_context(), transaction():
        services.grant_roles(
            person(app, "First Owner"), actor=SYSTEM, roles=frozenset({Role.THERAPIST})
        )
    assert not is_in(browser)


@on_both_engines
def test_a_new_password_ends_all_other_sessions_and_renews_this_one(app):
    here, there = people.signed_in(app), people.signed_in(app)
    before = cookie_of(here)
    typed = {"current": people.PASSWORD, "password": "eleven quiet owls at noon"}
    assert people.send(here, "/account/password", typed).status_code == 302
    assert is_in(here)
    assert not is_in(there)
    assert cookie_of(here) != before
    assert people.enter(app.test_client(), "Receptionist").status_code == 422
    assert people.enter(app.test_client(), "Receptionist", typed["password"]).status_code == 302


def test_a_session_can_be_ended_from_another_place(app):
    here, there = people.signed_in(app), people.signed_in(app)
    page = here.get("/account").text
    path = page.split('action="/account/sessions/')[1].split('"')[0]
    people.send(here, "/account/sessions/" + path)
    assert is_in(here)
    assert not is_in(there)


def test_nobody_ends_another_persons_session(app):
    mine = people.signed_in(app)
    theirs = people.signed_in(app, Role.THERAPIST)
    with app.app_context():
        actor = queries.actor_of(person(app, "Therapist"))
        ref = db.session.scalars(queries.sessions_of(actor)).one().public_id
    people.send(mine, f"/account/sessions/{ref}/end")
    assert is_in(theirs)


def test_a_request_under_way_does_not_bring_an_ended_session_back(app):
    browser = people.signed_in(app)
    token = cookie_of(browser)
    with app.app_context():
        services.forget(token)
        services.keep(token, {"_user_id": "1"})
    assert not is_in(browser)
    assert count(app) == 0


def test_the_cookie_says_nothing_and_flashes_stay_here(app):
    browser = app.test_client()
    people.signed_in(app, Role.OWNER)
    page = people.enter(browser, "Owner")
    cookie = page.headers["Set-Cookie"]
    value = cookie.split("=", 1)[1].split(";")[0]
    assert len(value) == 43
    assert "." not in value
    assert {"HttpOnly", "SameSite=Lax", "Path=/"} <= {part.strip() for part in cookie.split(";")}
    people.send(browser, "/sign-out")
    assert "You are signed out." in browser.get("/sign-in").text
    assert "You are signed out." not in browser.get("/sign-in").text


@pytest.mark.parametrize("value", ["", "x", "x" * 4000, "'; DROP TABLE web_session", "\u00e9" * 20])
def test_a_made_up_cookie_is_nobody(app, value):
    browser = app.test_client()
    browser.set_cookie("sid", value, domain="localhost")
    browser.set_cookie("remember_token", "1|" + "a" * 128, domain="localhost")
    browser.set_cookie("session", value, domain="localhost")
    assert not is_in(browser)


def test_a_stranger_is_remembered_for_an_hour_and_then_swept_away(app, clock):
    for _ in range(3):
        app.test_client().get("/sign-in")
    assert count(app, WebSession.staff_id.is_(None)) == 3
    later(clock, hours=1, seconds=1)
    app.test_client().get("/sign-in")
    assert count(app) == 1


def test_style_and_script_ask_for_no_session(app):
    browser = people.signed_in(app)
    with (
        time_machine.travel(START + timedelta(days=400)),
        browser.get("/static/css/base.css") as answer,
    ):
        assert answer.status_code == 200


def test_the_token_itself_is_not_kept(app):
    browser = people.signed_in(app)
    with app.app_context():
        kept = db.session.scalars(select(WebSession.token_hash)).all()
    assert all(cookie_of(browser).encode() not in one for one in kept)
