"""The forms of a visit's page: its length and its fee, as a browser sends them."""

from datetime import timedelta

import pytest

from clinic.core.clock import rehearsed
from clinic.core.db import db
from clinic.core.permissions import Role
from clinic.scheduling import services
from clinic.scheduling.models import Visit
from tests.factories import catalogue, staff
from tests.factories import scheduling as made


@pytest.fixture
def desk(app):
    """A clinic with a policy, a visit, and one that was cancelled late."""
    with app.app_context():
        house = made.open_house()
        made.a_policy()
        catalogue.variant(90, 12000, of=house.variant.service)
        visit, late = made.book(house), made.book(house, made.at(14))
        with rehearsed(late.starts_at - timedelta(hours=2)):
            made.done(services.cancel, late, house.desk)
        ids = visit.public_id, late.public_id, visit.version, late.version
    return (staff.signed_in(app, Role.RECEPTIONIST), *ids)


def standing(app, number):
    with app.app_context():
        one = db.session.query(Visit).filter_by(public_id=number).one()
        return one.minutes, one.fee_minor, one.fee_waived_why


def test_the_length_is_changed_and_said(app, desk):
    browser, visit, _, version, _ = desk
    answer = staff.send(browser, f"/visits/{visit}/length", {"minutes": "90", "version": version})
    assert answer.status_code == 302
    assert standing(app, visit)[0] == 90
    page = browser.get(f"/visits/{visit}").text
    assert "60 to 90 minutes" in page
    assert "later costs $60" in page


@pytest.mark.parametrize("minutes", ["", "x", "75", "9" * 40, "-1"])
def test_a_length_that_cannot_be_is_a_422(app, desk, minutes):
    browser, visit, _, version, _ = desk
    typed = {"minutes": minutes, "version": version}
    assert staff.send(browser, f"/visits/{visit}/length", typed).status_code == 422
    assert standing(app, visit)[0] == 60


def test_a_fee_is_waived_with_a_reason_only(app, desk):
    browser, _, late, _, version = desk
    typed = {"decision": "waive", "why": " ", "version": version}
    refused = staff.send(browser, f"/visits/{late}/fee", typed)
    assert (refused.status_code, "Say why the fee is waived" in refused.text) == (422, True)
    typed["why"] = "First time"
    assert staff.send(browser, f"/visits/{late}/fee", typed).status_code == 302
    assert standing(app, late)[1:] == (0, "First time")
    again = staff.send(browser, f"/visits/{late}/fee", typed)
    assert again.status_code == 409  # that version is no longer the one that stands


@pytest.mark.parametrize("decision", ["", "x"])
def test_a_fee_that_is_not_decided_is_a_422(app, desk, decision):
    browser, _, late, _, version = desk
    typed = {"decision": decision, "version": version}
    assert staff.send(browser, f"/visits/{late}/fee", typed).status_code == 422
    assert standing(app, late)[1] is None


def test_where_no_fee_is_due_none_is_charged(app, desk):
    browser, visit, _, version, _ = desk
    typed = {"decision": "charge", "version": version}
    assert staff.send(browser, f"/visits/{visit}/fee", typed).status_code == 409
