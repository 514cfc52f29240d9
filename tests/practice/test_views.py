import pytest
from sqlalchemy import select

from clinic.core.db import db
from clinic.core.permissions import Role
from clinic.practice.models import Setting
from clinic.practice.queries import the_practice
from clinic.practice.views import STARTER
from tests.factories import staff as people

TYPED = {
    "name": "Harbour Lane", "timezone": "America/Toronto", "currency": "cad", "locale": "en_CA",
    "region": "ca",
}  # fmt: skip
FIGURES = {
    "slot_grid": "10", "horizon": "90", "min_lead": "30", "late_cancel": "12",
    "no_show_grace": "10", "hands_on_limit": "240", "idle": "20",
}  # fmt: skip


def kept(app) -> Setting | None:
    with app.app_context():
        return db.session.scalar(select(Setting))


def test_a_new_clinic_is_set_up_once(app):
    owner = people.signed_in(app, Role.OWNER)
    assert people.send(owner, "/setup", TYPED, page="/setup").status_code == 302
    setting = kept(app)
    assert (setting.name, setting.currency, setting.region) == ("Harbour Lane", "CAD", "CA")
    assert owner.get("/setup").headers["Location"] == "/settings"


def test_the_starter_catalogue_is_offered_where_there_is_one(app, monkeypatch):
    stocked = []
    monkeypatch.setitem(app.extensions, STARTER, lambda *, actor: stocked.append(actor.name))
    owner = people.signed_in(app, Role.OWNER)
    assert 'name="catalogue"' in owner.get("/setup").text
    people.send(owner, "/setup", {**TYPED, "catalogue": "massage"}, page="/setup")
    assert stocked == ["Owner"]


def test_an_empty_catalogue_can_be_chosen(app, monkeypatch):
    monkeypatch.setitem(app.extensions, STARTER, lambda **_: pytest.fail("not wanted"))
    owner = people.signed_in(app, Role.OWNER)
    answer = people.send(owner, "/setup", {**TYPED, "catalogue": "nothing"}, page="/setup")
    assert answer.status_code == 302


@pytest.mark.parametrize(
    ("field", "value"),
    [("name", ""), ("timezone", "Mars/Olympus"), ("currency", "ZZZ"), ("currency", "dollars"),
     ("locale", "klingon"), ("locale", "x" * 50), ("region", "USA"), ("name", "x" * 200)],
)  # fmt: skip
def test_what_cannot_be_is_refused_beside_its_field(app, field, value):
    owner = people.signed_in(app, Role.OWNER)
    answer = people.send(owner, "/setup", {**TYPED, field: value}, page="/setup")
    assert answer.status_code == 422
    assert f'id="{field}-e"' in answer.text
    assert kept(app) is None


def test_the_settings_are_changed_later(app):
    owner = people.signed_in(app, Role.OWNER)
    people.send(owner, "/setup", TYPED, page="/setup")
    version = kept(app).version
    typed = {**TYPED, **FIGURES, "phone": "555 0100", "version": str(version)}
    assert people.send(owner, "/settings", typed, page="/settings").status_code == 302
    assert (kept(app).idle, kept(app).phone) == (20, "555 0100")


def test_what_an_owner_decides_of_orders_is_kept_and_nobody_else_gains_by_silence(app):
    owner = people.signed_in(app, Role.OWNER)
    people.send(owner, "/setup", TYPED, page="/setup")
    assert (kept(app).over_authorisation, kept(app).desk_sees_diagnosis) == ("refuse", False)
    typed = {**TYPED, **FIGURES, "over_authorisation": "warn", "desk_sees_diagnosis": "y"}
    sent = people.send(owner, "/settings", typed | {"version": "1"}, page="/settings")
    assert sent.status_code == 302
    assert (kept(app).over_authorisation, kept(app).desk_sees_diagnosis) == ("warn", True)
    with app.app_context():
        assert the_practice().over_authorisation == "warn"
        assert the_practice().desk_sees_diagnosis
    silent = {**TYPED, **FIGURES, "version": "2"}
    assert people.send(owner, "/settings", silent, page="/settings").status_code == 302
    assert (kept(app).over_authorisation, kept(app).desk_sees_diagnosis) == ("warn", False)


@pytest.mark.parametrize(
    ("field", "value"),
    [("over_authorisation", "shrug"), ("idle", "31"), ("idle", "4"), ("idle", "soon"),
     ("slot_grid", "7"), ("horizon", "9" * 30), ("min_lead", "-1"),
     ("email", "nowhere"), ("late_cancel", "")],
)  # fmt: skip
def test_a_figure_out_of_its_limits_is_refused(app, field, value):
    owner = people.signed_in(app, Role.OWNER)
    people.send(owner, "/setup", TYPED, page="/setup")
    typed = {**TYPED, **FIGURES, "version": str(kept(app).version), field: value}
    answer = people.send(owner, "/settings", typed, page="/settings")
    assert answer.status_code == 422
    assert f'id="{field}-e"' in answer.text


def test_a_stale_edit_shows_both_versions_and_overwrites_nothing(app):
    owner = people.signed_in(app, Role.OWNER)
    people.send(owner, "/setup", TYPED, page="/setup")
    version = str(kept(app).version)
    first = {**TYPED, **FIGURES, "version": version, "name": "First Name"}
    second = {**TYPED, **FIGURES, "version": version, "name": "Second Name"}
    assert people.send(owner, "/settings", first, page="/settings").status_code == 302
    answer = people.send(owner, "/settings", second, page="/settings")
    assert answer.status_code == 409
    assert "Saved meanwhile" in answer.text
    assert "First Name" in answer.text
    assert "Second Name" in answer.text
    assert kept(app).name == "First Name"
    again = {**second, "version": str(kept(app).version)}
    assert people.send(owner, "/settings", again, page="/settings").status_code == 302
    assert kept(app).name == "Second Name"


def test_only_an_owner_changes_the_settings(app):
    for role in (Role.RECEPTIONIST, Role.THERAPIST):
        browser = people.signed_in(app, role)
        assert browser.get("/settings").status_code == 403
        assert people.send(browser, "/setup", TYPED).status_code == 403
    assert kept(app) is None


def test_before_the_set_up_plain_settings_hold(inside):
    assert the_practice().timezone == "UTC"
    assert the_practice().version == 0
