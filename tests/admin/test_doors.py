"""Who may pass which door of the back office, and what doors there are not."""

import re

import pytest

from clinic.admin.base import GuardedView, ServiceModelView
from clinic.admin.office import SCREENS
from clinic.core.permissions import Role
from clinic.web import guards
from tests.engines import on_both_engines
from tests.factories import staff

SLUGS = [screen.slug for screen in SCREENS if hasattr(screen, "slug")]
ONLY_OWNER_SEES = {"settings", "changes"}
RECEPTION_WRITES = {"appointments", "orders", "authorisations", "providers", "organisations"}
THERAPIST_WRITES = {"orders", "authorisations"}
CLOSED = ("delete/", "export/csv/", "export/xlsx/", "ajax/update/")
REDIRECTS = (
    "https:evil.example", "//evil.example", "//localhost\\@evil.example", "/\\evil.example",
    "http://evil.example/", "\\\\evil.example", "javascript:alert(1)", "/\x09/evil.example",
    "https:///evil.example", " //evil.example", "/%0d%0a//evil.example\r\nX: 1", "http://[",
    "///evil.example",
)  # fmt: skip


def test_every_view_stands_on_the_guarded_one(app):
    views = app.extensions["admin"][0]._views
    assert len(views) == len(SCREENS) + 1
    assert all(isinstance(view, GuardedView) and view.read_permission for view in views)
    assert all(
        isinstance(view, ServiceModelView) for view in views if view.endpoint.startswith("office_")
        and view.endpoint not in {"office_reads", "office_board", "office_cases"}
    )  # fmt: skip


def test_a_view_that_names_no_permission_is_shut(app):
    with app.test_request_context():
        assert not GuardedView().is_accessible()


def test_every_rule_of_the_wing_has_a_door(app):
    rules = [rule for rule in app.url_map.iter_rules() if rule.rule.startswith("/office")]
    assert len(rules) > 100
    assert all(rule.endpoint in guards.doors(app) for rule in rules)
    assert not [rule for rule in rules if "static" in rule.endpoint]


def test_nobody_enters_without_signing_in(app, client):
    for rule in app.url_map.iter_rules():
        if rule.rule.startswith("/office"):
            method = "GET" if "GET" in rule.methods else "POST"
            path = re.sub(r"<[^>]+>", "x" * 20, rule.rule)
            answer = client.open(path, method=method)
            assert answer.status_code in {302, 400, 401}, rule.rule
            assert "/sign-in" in answer.headers.get("Location", "/sign-in")


def test_doors_that_flask_admin_brings_are_not_there(office, owner):
    for slug in SLUGS:
        for path in CLOSED:
            assert owner.get(f"/office/{slug}/{path}").status_code == 404, (slug, path)
            answer = owner.post(f"/office/{slug}/{path}", {"id": office.ids.get(slug, "1")})
            assert answer.status_code == 404
        answer = owner.post(
            f"/office/{slug}/action/", {"action": "delete", "rowid": office.ids.get(slug, "1")}
        )
        assert answer.status_code in {403, 404}


def allowed(visitor, slug: str, office) -> tuple[int, int, int]:
    number = office.ids.get(slug, "1")
    return (
        visitor.get(f"/office/{slug}/").status_code,
        visitor.get(f"/office/{slug}/edit/?id={number}").status_code,
        min(visitor.post(f"/office/{slug}/edit/?id={number}", {}).status_code, 409),
    )


@pytest.mark.parametrize(
    ("role", "writes"),
    [
        (Role.RECEPTIONIST, RECEPTION_WRITES),
        (Role.THERAPIST, THERAPIST_WRITES),
        (Role.OWNER, set(SLUGS)),
    ],
)
def test_each_role_sees_and_writes_what_the_table_says(as_, office, role, writes):
    visitor = as_(role)
    for screen in SCREENS:
        slug = getattr(screen, "slug", "")
        if not slug:
            continue
        sees = role is Role.OWNER or slug not in ONLY_OWNER_SEES
        may = slug in writes and screen.update_with is not None
        wanted = (200 if sees else 403, 200 if may else 403, 409 if may else 403)
        assert allowed(visitor, slug, office) == wanted, slug
        made = visitor.get(f"/office/{slug}/new/").status_code
        assert made == (200 if slug in writes and screen.create_with else 403), slug


def test_the_index_shows_each_role_its_own_sections(receptionist, therapist, owner):
    for visitor in (receptionist, therapist):
        page = visitor.get("/office/").text
        assert "Appointments" in page
        assert "Settings" not in page
        assert "/office/changes/" not in page
    page = owner.get("/office/").text
    assert {"Scheduling", "Catalogue", "Staff", "Audit"} <= set(re.findall(r"<h2>(\w+)</h2>", page))
    assert page.count('class="tile"') == len(SCREENS)


def test_a_reader_is_shown_no_way_to_write(office, therapist):
    for slug in ("rooms", "people", "services", "providers"):
        page = therapist.get(f"/office/{slug}/").text
        assert "/new/" not in page
        assert "action_form" not in page
        assert "/edit/" not in page
        assert therapist.post(
            f"/office/{slug}/action/", {"action": "retire", "rowid": office.ids[slug]}
        ).status_code == 403  # fmt: skip


def test_every_form_needs_its_token(app, office):
    client = staff.signed_in(app, Role.OWNER)
    for screen in SCREENS:
        slug = getattr(screen, "slug", "")
        if slug not in office.ids:
            continue
        for path in ("new/", f"edit/?id={office.ids[slug]}", "action/"):
            answer = client.post(f"/office/{slug}/{path}", data={"name": "x", "rowid": "x"})
            assert answer.status_code in {400, 403}, (slug, path, answer.status_code)


def test_no_address_leads_out_of_the_house(office, owner):
    for target in REDIRECTS:
        for path in ("edit/", "new/"):
            page = owner.get(f"/office/techniques/{path}", query_string={
                "id": office.ids["techniques"], "url": target})  # fmt: skip
            assert page.status_code == 200
            assert "evil.example" not in page.text
        answer = owner.post(
            "/office/techniques/action/",
            {"action": "retire", "rowid": office.ids["techniques"], "url": target},
        )
        assert answer.status_code == 302
        assert answer.headers["Location"] == "/office/techniques/", target


@on_both_engines
def test_a_lookup_gives_few_rows_to_those_who_write(app, office, owner, therapist):
    path = "/office/providers/ajax/lookup/?name=organisation&query="
    assert owner.get(path + "n").json == []
    assert owner.get(path + "north").json == [
        [office.ids["organisations"], "Northside Family Practice"]
    ]
    assert len(owner.get(path + "no&limit=100000").json) <= 20
    assert therapist.get(path + "north").status_code == 403
    assert owner.get("/office/rooms/ajax/lookup/?name=x").status_code == 403
    found = owner.get("/office/authorisations/ajax/lookup/?name=referral&query=naka").json
    assert found[0][0] == office.ids["orders"]
    assert "canary" not in str(found)
