"""The order's own fields on its pages: how it was allowed, and whether it is used elsewhere."""

from types import SimpleNamespace

import pytest
from flask import Flask

from clinic.core.db import db
from clinic.core.permissions import Role
from clinic.referrals.models import Authorisation, Referral
from clinic.referrals.queries import the_authorisation, the_referral
from tests.factories import clients, directory
from tests.factories import inbound as cases
from tests.factories import referrals as orders
from tests.factories import scheduling as made
from tests.factories import staff as people

HINT = "The client also uses this order elsewhere"
ALLOWED = {"visits": "6", "valid_from": "2026-09-03", "frequency": "twice a week"}


@pytest.fixture
def there(app: Flask) -> SimpleNamespace:
    """An order with a paper, and visits allowed."""
    with app.app_context():
        house = made.open_house()
        case = cases.received(house)
        given = cases.allowed(case, house)
        scan = orders.paper(case.referral, kind="authorisation")
        other = orders.paper(orders.order(clients.a_client("Omar Haddad")))
        return SimpleNamespace(
            id=case.referral.public_id, path=f"/referrals/{case.referral.public_id}",
            allowed=f"/referrals/authorisations/{given.public_id}", given=given.public_id,
            version=str(given.version), order_version=str(case.referral.version),
            scan=scan.public_id, other=other.public_id, client=house.client.public_id,
            service=house.variant.service.public_id,
        )  # fmt: skip


@pytest.fixture
def desk(app, there):
    return people.signed_in(app, name="Robin Vale")


def test_an_authorisation_is_entered_with_the_paper_that_it_stands_on(app, there, desk):
    page = f"{there.path}/authorise"
    assert "authorisation, " in desk.get(page).text
    assert "Stands on" not in desk.get(there.path).text
    typed = ALLOWED | {"paper": there.scan, "received_on": "2026-09-02"}
    assert people.send(desk, page, typed, page=page).location == there.path
    shown = desk.get(there.path).text
    assert all(word in shown for word in ("twice a week", "Stands on"))
    with app.app_context():
        new = db.session.query(Authorisation).order_by(Authorisation.id.desc()).first()
        assert (new.paper, str(new.received_on)) == (there.scan, "2026-09-02")


def test_who_may_open_the_paper_is_led_to_it(app, there, desk):
    typed = ALLOWED | {"paper": there.scan, "version": there.version}
    people.send(desk, there.allowed, typed, page=there.allowed)
    link = f'<dd><a href="/referrals/documents/{there.scan}">'
    assert link not in desk.get(there.path).text
    with app.app_context():
        assert the_authorisation(there.given).paper == there.scan


@pytest.mark.parametrize(
    "typed",
    [{"paper": "a" * 20}, {"paper": "other"}, {"frequency": "x" * 81},
     {"received_on": "2090-01-01"}, {"received_on": "soon"}],
)  # fmt: skip
@pytest.mark.parametrize("is_new", [True, False])
def test_what_does_not_fit_is_refused_and_the_rest_is_kept(app, there, desk, typed, is_new):
    typed = {name: there.other if value == "other" else value for name, value in typed.items()}
    page = f"{there.path}/authorise" if is_new else there.allowed
    facts = ALLOWED | {"reference": "canary-number", "version": there.version} | typed
    answer = people.send(desk, page, facts, page=page)
    assert 400 <= answer.status_code < 500
    assert 'value="canary-number"' in answer.text
    with app.app_context():
        assert db.session.query(Authorisation).count() == 1


def edit(desk, there, **typed):
    page = f"{there.path}/edit"
    facts = {
        "received_on": "2026-09-02", "received_via": "fax", "urgency": "routine",
        "version": there.order_version,
    } | typed  # fmt: skip
    return people.send(desk, page, facts, page=page)


def test_whether_it_is_used_elsewhere_is_corrected_and_hinted_at(app, there, desk):
    assert HINT not in desk.get(there.path).text
    assert edit(desk, there, used_elsewhere="yes").status_code == 302
    assert HINT in desk.get(there.path).text
    booking = desk.get(f"/book?client={there.client}&service={there.service}").text
    assert "ask the sender how many visits are left" in booking
    with app.app_context():
        version = str(the_referral(there.id).version)
    assert edit(desk, there, used_elsewhere="no", version=version).status_code == 302
    assert HINT not in desk.get(there.path).text


def test_no_answer_at_all_is_not_a_no(app, there, desk):
    assert edit(desk, there, used_elsewhere="").status_code == 302
    with app.app_context():
        assert the_referral(there.id).used_elsewhere is None


def test_an_answer_that_is_none_is_refused(app, there, desk):
    answer = edit(desk, there, used_elsewhere="owl", their_reference="canary-ref")
    assert answer.status_code == 422
    assert 'value="canary-ref"' in answer.text


def test_it_is_asked_where_an_order_is_logged(app, there):
    with app.app_context():
        provider = directory.provider("Lena", "Fischer").public_id
    owner = people.signed_in(app, Role.OWNER, name="Olga Reed")
    typed = {
        "client": there.client, "provider": provider, "received_on": "2026-09-02",
        "received_via": "fax", "urgency": "routine", "frequency": "once a week",
        "used_elsewhere": "yes", "visits": "4",
    }  # fmt: skip
    answer = people.send(owner, "/referrals/new", typed, page="/referrals/new")
    assert answer.status_code == 302
    with app.app_context():
        order = db.session.query(Referral).order_by(Referral.id.desc()).first()
        assert order.used_elsewhere is True
        (given,) = order.authorisations
        assert (given.frequency, str(given.received_on)) == ("once a week", "2026-09-02")
