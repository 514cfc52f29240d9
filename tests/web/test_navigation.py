"""Where a person can go: only to what exists and what their roles allow."""

import pytest
from flask import Flask
from jinja2 import DictLoader

from clinic.core.permissions import LEADS, Actor, Role
from clinic.web import navigation, wording

PLACES = (
    "office_board.index", "desk.day", "desk.my_day", "clients.index", "scheduling.new",
    "catalogue.index", "staff.index", "admin.index", "admin_rooms.index", "staff.sign_out",
)  # fmt: skip


@pytest.fixture
def site():
    """An application with some of the places, and none of the others."""
    app = Flask("site")
    wording.init_app(app)
    navigation.init_app(app)
    for endpoint in PLACES:
        room, _, page = endpoint.partition(".")
        path = f"/{room.replace('admin', 'office').replace('_', '/')}/{page}/".replace("index/", "")
        app.add_url_rule(path, endpoint, lambda: "")
    return app


def seen_by(*roles):
    return navigation.Navigation(Actor(1, "p", "Ann", frozenset(roles)))


def test_nobody_signed_in_sees_nothing(site):
    with site.test_request_context("/"):
        nobody = navigation.Navigation(None)
        assert nobody.entries == ()
        assert nobody.search_url == nobody.new_url == ""


def test_a_place_that_does_not_exist_is_not_shown(site):
    with site.test_request_context("/"):
        shown = {entry.endpoint for entry in seen_by(Role.OWNER).entries}
    assert "clients.index" in shown
    assert "office_cases.index" not in shown


def test_my_day_is_for_those_who_treat(site):
    with site.test_request_context("/"):
        for role, is_shown in (
            (Role.THERAPIST, True),
            (Role.RECEPTIONIST, False),
            (Role.OWNER, False),
        ):
            shown = {entry.endpoint for entry in seen_by(role).entries}
            assert ("desk.my_day" in shown) is is_shown


@pytest.mark.parametrize(
    ("path", "here"),
    [
        ("/clients/", "clients.index"),
        ("/desk/my_day/", "desk.my_day"),
        ("/desk/day/", "office_board.index"),
        ("/office/", "admin.index"),
        ("/office/rooms/", "admin.index"),
        ("/nowhere", ""),
    ],
)
def test_the_present_place_is_marked(site, path, here):
    with site.test_request_context(path):
        assert seen_by(Role.THERAPIST).here == here


def test_addresses_lie_below_the_place_of_the_application(site):
    with site.test_request_context("/", base_url="http://localhost/clinic"):
        assert seen_by(Role.OWNER).search_url == "/clinic/clients/"
    with site.test_request_context("/"):
        assert seen_by(Role.OWNER).search_url == "/clients/"


def test_every_entry_names_an_icon_and_a_permission_once():
    endpoints = [entry.endpoint for entry in navigation.ENTRIES]
    assert len(endpoints) == len(set(endpoints))
    assert all(entry.icon and entry.permission for entry in navigation.ENTRIES)


def test_what_somebody_may_by_name_is_never_shown_to_their_colleagues(site):
    site.add_url_rule("/rules", "health.rules", lambda: "")
    desk = frozenset({Role.RECEPTIONIST})
    for given, is_shown in ((LEADS, True), (frozenset(), False), (LEADS, True)):
        with site.test_request_context("/clients/"):
            go = navigation.Navigation(Actor(1, "p", "Ann", desk, by_name=given))
            assert ("health.rules" in {entry.endpoint for entry in go.entries}) is is_shown


def test_a_frame_is_kept_for_a_person_what_they_may_and_where_they_are(site):
    frame = "{% macro rail(go, me, name) %}{{ me.name }} {{ go.here }}{% endmacro %}"
    site.jinja_loader = DictLoader({"layouts/frame.html": frame})
    site.add_url_rule("/rules", "health.rules", lambda: "")
    frames = []
    for roles, given, path in (
        ({Role.RECEPTIONIST}, frozenset(), "/clients/"),
        ({Role.RECEPTIONIST}, LEADS, "/clients/"),
        ({Role.OWNER}, frozenset(), "/clients/"),
        ({Role.OWNER}, frozenset(), "/office/"),
    ):
        with site.test_request_context(path):
            go = navigation.Navigation(Actor(1, "p", "Ann", frozenset(roles), by_name=given))
            go.drawn("rail")
            frames.append(go._parts)
            again = navigation.Navigation(Actor(1, "p", "Ann", frozenset(roles), by_name=given))
            assert again.drawn("rail") is go.drawn("rail")
    assert len({id(parts) for parts in frames}) == 4
