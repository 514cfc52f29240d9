"""A page's frame is kept, and shows each person, in each moment, what a page drawn anew does."""

import re
from html import unescape
from types import SimpleNamespace

import pytest
from flask import Flask, render_template

from clinic.core.clock import now
from clinic.core.permissions import Role
from clinic.web import framing
from clinic.web.markup import Markup
from tests.factories import staff as people

HERE = "/office/referrals/"
TEMPLATE = "admin/cases.html"
PIECES = {"head": Markup("<p>head</p>"), "body": Markup("<b>body</b>"), "keys": Markup("")}


@pytest.fixture
def desk(app: Flask):
    """A browser of the receptionist's."""
    with app.app_context():
        people.set_up()
    return people.signed_in(app, Role.RECEPTIONIST)


def draw(monkeypatch, browser, path=HERE):
    """The page from its frame, and the same page drawn as any other is."""
    framed = browser.get(path).text
    with monkeypatch.context() as patch:
        patch.setattr(
            "clinic.admin.cases.framed",
            lambda template, pieces, **facts: render_template(template, **pieces, **facts),
        )
        return framed, browser.get(path).text


def test_a_framed_page_is_the_page(app, desk, monkeypatch):
    for browser in (desk, people.signed_in(app, Role.OWNER), people.signed_in(app, Role.THERAPIST)):
        for path in (HERE, HERE + "?mine=1"):
            for _ in range(2):
                framed, plain = draw(monkeypatch, browser, path)
                assert unescape(framed) == unescape(plain)


def test_each_person_has_a_frame_of_their_own(app, desk):
    robin = desk.get(HERE).text
    ana = people.signed_in(app, Role.RECEPTIONIST, name="Ana Reis").get(HERE).text
    assert "Ana Reis" in ana
    assert "Ana Reis" not in robin
    assert "Ana Reis" not in desk.get(HERE).text


def test_each_session_has_a_token_of_its_own(app, desk):
    def token(browser):
        return re.search(r'name="csrf_token" value="([^"]+)"', browser.get(HERE).text)[1]

    again = people.signed_in(app, Role.RECEPTIONIST)
    assert token(desk) == token(desk)
    assert token(desk) != token(again)


def test_a_choice_of_how_pages_look_takes_effect_at_once(desk):
    quiet = desk.get(HERE).text
    assert 'data-theme="auto"' in quiet
    assert 'data-shortcuts="on"' in quiet
    assert people.send(desk, "/account/look", {"theme": "dark"}).status_code == 302
    text = desk.get(HERE).text
    assert 'data-theme="dark"' in text
    assert 'data-shortcuts="off"' in text


def test_what_is_said_once_is_said_once(desk):
    quiet = desk.get(HERE).text
    with desk.session_transaction() as session:
        session["_flashes"] = [("message", "Kept it")]
    assert "<span>Kept it</span>" in desk.get(HERE).text
    assert desk.get(HERE).text == quiet


def test_what_went_wrong_stands_above_the_page_it_is_said_on(app, desk, monkeypatch):
    assert "Not so" not in desk.get(HERE).text
    with monkeypatch.context() as patch:
        said = [("error", "Not so"), ("message", "Kept it")]
        patch.setattr(framing, "get_flashed_messages", lambda **_: said)
        text = desk.get(HERE).text
    assert re.search(r'<div class="flashes">.*Not so.*data-toast><span>Kept it', text, re.DOTALL)
    assert "Not so" not in desk.get(HERE).text


def test_an_owner_is_told_of_a_grave_event_on_a_page_that_was_drawn_before(app, desk):
    owner = people.signed_in(app, Role.OWNER)
    assert "severe event" not in owner.get(HERE).text
    event = SimpleNamespace(public_id="e" * 20, reported_at=now())
    app.extensions["grave_events"] = lambda _: [event]
    assert "1 severe event was reported" in owner.get(HERE).text
    app.extensions["grave_events"] = lambda _: []
    assert "severe event" not in owner.get(HERE).text


def test_a_piece_that_is_no_markup_is_escaped(desk):
    with desk:
        desk.get(HERE)
        page = framing.framed(TEMPLATE, PIECES | {"body": "<script>1</script>"})
    assert "&lt;script&gt;1&lt;/script&gt;" in page
    assert "<p>head</p>" in page


def test_what_reads_like_a_blank_is_not_filled(desk):
    with desk:
        desk.get(HERE)
        page = framing.framed(TEMPLATE, PIECES | {"body": Markup("\x02csrf_token\x03")})
    assert "\x02csrf_token\x03" in page


def test_a_frame_is_drawn_once_for_what_it_decides_by(desk, monkeypatch):
    drawn, real = [], framing.render_template

    def render(template, **context):
        drawn.append(context["fact"])
        return real(template, **context)

    monkeypatch.setattr(framing, "render_template", render)
    with desk:
        desk.get(HERE)
        for fact in ("a", "b", "a"):
            framing.framed(TEMPLATE, PIECES, fact=fact)
    assert drawn == ["a", "b"]


def test_a_piece_that_no_page_shows_is_a_fault(desk):
    with desk:
        desk.get(HERE)
        with pytest.raises(ValueError, match="a piece"):
            framing.framed(TEMPLATE, PIECES | {"foot": "lost"})


def test_another_name_of_the_clinic_stands_at_once(app, desk):
    assert "Harbour Lane" in desk.get(HERE).text
    with app.app_context():
        people.set_up(name="Willow Row")
    text = desk.get(HERE).text
    assert "Willow Row" in text
    assert "Harbour Lane" not in text


def test_where_the_application_is_mounted_is_part_of_what_a_frame_is(desk):
    assert 'href="/clients"' in desk.get(HERE).text
    mounted = desk.get(HERE, environ_overrides={"SCRIPT_NAME": "/clinic"}).text
    assert 'href="/clinic/clients"' in mounted
    assert 'href="/clients"' not in mounted
    assert "/clinic" not in desk.get(HERE).text
