"""The pages of services and prices: what is shown, and what becomes of what is typed."""

from datetime import timedelta

import pytest
from sqlalchemy import event, func, select

from clinic.catalogue.models import AddOn, Price, Service, ServiceVariant, Technique
from clinic.core.clock import today
from clinic.core.db import db
from clinic.core.permissions import Role
from clinic.practice.queries import the_practice
from tests.factories import catalogue
from tests.factories import staff as people

SERVICE = {
    "name": "Deep tissue massage", "code": "DEEP_TISSUE", "family": "deep", "note": "Slow",
    "buffer_before": "0", "buffer_after": "15", "max_pressure": "5", "hands_on_percent": "125",
    "position": "10",
}  # fmt: skip
ADD_ON = {
    "name": "Aromatherapy", "code": "ADD_AROMA", "extra_minutes": "0", "technique": "",
    "qualification": "", "amount_minor": "10", "effective_from": "2026-01-01",
}  # fmt: skip
TECHNIQUE = {"name": "Myofascial release", "code": "MFR"}


def kept(app, kind):
    with app.app_context():
        return db.session.scalar(select(func.count()).select_from(kind))


def day(app, offset):
    with app.app_context():
        return (today(the_practice().zone) + timedelta(offset)).isoformat()


@pytest.fixture
def owner(app):
    return people.signed_in(app, Role.OWNER)


@pytest.fixture
def variant(app):
    with app.app_context():
        made = catalogue.variant(60, 8500)
        return made.public_id, made.service.public_id


def test_prices_are_said_in_the_currency_of_today(app, owner, variant):
    with app.app_context():
        people.set_up(currency="USD")
    assert "<b>$85</b>" in owner.get("/services").text
    with app.app_context():
        people.set_up(currency="EUR")
    assert "<b>€85</b>" in owner.get("/services").text


def test_the_page_takes_five_statements_at_any_size(app, owner):
    with app.app_context():
        catalogue.starter()
        engine = db.engine
    owner.get("/services")
    seen = []

    def note(*said):
        seen.append(said[2])

    event.listen(engine, "before_cursor_execute", note)
    body = owner.get("/services").text
    event.remove(engine, "before_cursor_execute", note)
    seen = [text for text in seen if "adverse_event" not in text]  # every page tells an owner
    assert len([text for text in seen if text.lstrip().startswith("SELECT")]) <= 5, seen
    assert "Deep tissue massage" in body
    assert "$95" in body


def test_an_empty_catalogue_offers_the_starter_to_the_owner_only(app, owner):
    assert "/services/starter" in owner.get("/services").text
    assert "/services/starter" not in people.signed_in(app).get("/services").text
    assert people.send(owner, "/services/starter").status_code == 302
    assert kept(app, Service) == 19


@pytest.mark.parametrize("role", [Role.RECEPTIONIST, Role.THERAPIST])
def test_others_than_the_owner_only_read(app, variant, role):
    browser = people.signed_in(app, role)
    length, service = variant
    for path in ("/services", f"/services/{service}", "/services/techniques"):
        answer = browser.get(path)
        assert answer.status_code == 200
        assert "/edit" not in answer.text
        rail = "/book/new", "/events/new"
        assert "/new" not in answer.text.replace(rail[0], "").replace(rail[1], "")
    for path in (
        "/services/starter",
        "/services/new",
        f"/services/{service}/edit",
        f"/services/{service}/retire",
        f"/services/lengths/{length}/prices/new",
        f"/services/lengths/{length}/withdraw",
        "/services/add-ons/new",
        "/services/techniques/new",
    ):
        assert people.send(browser, path, SERVICE).status_code == 403
    assert kept(app, Service) == 1


def test_a_service_is_made_given_a_length_and_shown_with_its_price(app, owner):
    page = "/services/new"
    where = people.send(owner, page, SERVICE, page=page).headers["Location"]
    typed = {"minutes": "60", "amount_minor": "95", "effective_from": day(app, 0)}
    people.send(owner, f"{where}/lengths/new", typed, page=f"{where}/lengths/new")
    assert "$95.00" in owner.get(where).text
    assert "$95" in owner.get("/services").text


@pytest.mark.parametrize(
    ("field", "bad"),
    [
        ("name", ""),
        ("name", "x" * 81),
        ("code", ""),
        ("code", "no spaces here"),
        ("code", "X" * 31),
        ("family", "magic"),
        ("note", "x" * 301),
        ("buffer_before", "61"),
        ("buffer_after", "many"),
        ("buffer_after", "9" * 5000),
        ("max_pressure", "6"),
        ("hands_on_percent", "-1"),
        ("position", ""),
        ("requires", "NONE_SUCH"),
        ("techniques", "NONE_SUCH"),
        ("primary", "NONE_SUCH"),
    ],
)
def test_a_bad_word_in_the_service_form_is_a_422_that_keeps_the_rest(app, owner, field, bad):
    page = "/services/new"
    answer = people.send(owner, page, {**SERVICE, field: bad}, page=page)
    assert answer.status_code == 422
    assert f'id="{field}-e"' in answer.text
    assert all(
        typed in answer.text
        for name, typed in SERVICE.items()
        if name not in (field, "family") and len(typed) > 3
    )
    if field not in ("requires", "techniques", "primary", "family"):
        assert bad.lower() in answer.text.lower()
    assert kept(app, Service) == 0


@pytest.mark.parametrize(
    ("field", "bad"),
    [
        ("amount_minor", ""),
        ("amount_minor", "ninety"),
        ("amount_minor", "-5"),
        ("amount_minor", "9.999"),
        ("amount_minor", "99999999"),
        ("amount_minor", "NaN"),
        ("effective_from", ""),
        ("effective_from", "soon"),
        ("effective_from", "0001-01-01"),
        ("effective_from", "9999-12-31"),
        ("effective_from", "2001-02-03"),
    ],
)
def test_a_bad_price_is_a_422_beside_its_field(app, owner, variant, field, bad):
    page = f"/services/lengths/{variant[0]}/prices/new"
    typed = {"amount_minor": "98.50", "effective_from": day(app, 5), field: bad}
    answer = people.send(owner, page, typed, page=page)
    assert answer.status_code == 422
    assert f'id="{field}-e"' in answer.text
    assert bad in answer.text
    assert all(f'value="{text}"' in answer.text for name, text in typed.items() if name != field)
    assert kept(app, Price) == 1


def test_a_second_price_for_one_day_is_a_409_beside_the_day(app, owner, variant):
    page = f"/services/lengths/{variant[0]}/prices/new"
    typed = {"amount_minor": "98", "effective_from": day(app, 5)}
    assert people.send(owner, page, typed, page=page).status_code == 302
    answer = people.send(owner, page, typed, page=page)
    assert (answer.status_code, 'id="effective_from-e"' in answer.text) == (409, True)


def test_a_price_to_come_is_edited_and_withdrawn(app, owner, variant):
    page = f"/services/lengths/{variant[0]}/prices/new"
    people.send(owner, page, {"amount_minor": "98", "effective_from": day(app, 5)}, page=page)
    with app.app_context():
        coming = db.session.scalars(select(Price).order_by(Price.id.desc())).first()
        edit = f"/services/prices/{coming.public_id}"
    typed = {"amount_minor": "99", "effective_from": day(app, 6), "version": "1"}
    assert people.send(owner, f"{edit}/edit", typed, page=f"{edit}/edit").status_code == 302
    assert "$99.00 from" in owner.get(f"/services/{variant[1]}").text
    stale = people.send(owner, f"{edit}/edit", {**typed, "amount_minor": "1"}, page=f"{edit}/edit")
    assert stale.status_code == 409
    people.send(owner, f"{edit}/withdraw", page=f"{edit}/edit")
    assert kept(app, Price) == 1


def test_a_price_that_has_begun_is_not_withdrawn(app, owner, variant):
    with app.app_context():
        begun = db.session.scalar(select(Price.public_id))
    people.send(owner, f"/services/prices/{begun}/withdraw")
    assert kept(app, Price) == 1
    assert "has begun" in owner.get("/services").text


@pytest.mark.parametrize(
    ("field", "bad"), [("minutes", "61"), ("minutes", "x"), ("amount_minor", "x")]
)
def test_a_bad_length_is_a_422(app, owner, variant, field, bad):
    page = f"/services/{variant[1]}/lengths/new"
    typed = {"minutes": "90", "amount_minor": "98", "effective_from": day(app, 5), field: bad}
    answer = people.send(owner, page, typed, page=page)
    assert (answer.status_code, f'id="{field}-e"' in answer.text) == (422, True)
    assert kept(app, ServiceVariant) == 1


@pytest.mark.parametrize(
    ("field", "bad"),
    [
        ("name", ""),
        ("code", "é!"),
        ("extra_minutes", "61"),
        ("technique", "NONE_SUCH"),
        ("qualification", "NONE_SUCH"),
        ("amount_minor", "x"),
        ("effective_from", "x"),
    ],
)
def test_a_bad_add_on_is_a_422_that_keeps_the_rest(app, owner, field, bad):
    page = "/services/add-ons/new"
    answer = people.send(owner, page, {**ADD_ON, field: bad}, page=page)
    assert (answer.status_code, f'id="{field}-e"' in answer.text) == (422, True)
    assert all(t in answer.text for n, t in ADD_ON.items() if n != field)
    assert kept(app, AddOn) == 0


def test_an_add_on_is_offered_amended_repriced_and_retired(app, owner):
    page = "/services/add-ons/new"
    where = people.send(owner, page, ADD_ON, page=page).headers["Location"]
    changed = {**ADD_ON, "name": "Scents", "extra_minutes": "5", "version": "1"}
    assert people.send(owner, f"{where}/edit", changed, page=f"{where}/edit").status_code == 302
    typed = {"amount_minor": "12", "effective_from": day(app, 3)}
    people.send(owner, f"{where}/prices/new", typed, page=f"{where}/prices/new")
    body = owner.get("/services").text
    assert "Scents" in body
    assert "$12 from" in body
    people.send(owner, f"{where}/retire")
    assert "Not offered" in owner.get(where).text
    people.send(owner, f"{where}/restore")


def test_a_technique_is_named_amended_and_retired(app, owner):
    page = "/services/techniques/new"
    assert people.send(owner, page, TECHNIQUE, page=page).status_code == 302
    for bad in ({"name": ""}, {"code": "1"}, {"code": "MFR"}):
        assert people.send(owner, page, {**TECHNIQUE, **bad}, page=page).status_code in (409, 422)
    with app.app_context():
        own = f"/services/techniques/{db.session.scalar(select(Technique.public_id))}"
    changed = {"name": "Fascia", "is_vigorous": "y", "version": "1"}
    assert people.send(owner, f"{own}/edit", changed, page=f"{own}/edit").status_code == 302
    people.send(owner, f"{own}/retire")
    assert "Not used now" in owner.get("/services/techniques").text
    people.send(owner, f"{own}/restore")


def test_two_owners_who_edit_a_service_see_both_versions(app, owner, variant):
    page = f"/services/{variant[1]}/edit"
    typed = {**SERVICE, "version": "1"}
    assert people.send(owner, page, typed, page=page).status_code == 302
    answer = people.send(owner, page, {**typed, "name": "My own words"}, page=page)
    assert answer.status_code == 409
    assert "My own words" in answer.text
    assert "Deep tissue massage" in answer.text


def test_what_is_not_there_is_a_404(owner):
    nobody = "a" * 20
    for path in (f"/services/{nobody}", f"/services/add-ons/{nobody}", "/services/x"):
        assert owner.get(path).status_code == 404
    assert owner.get(f"/services/prices/{nobody}/edit").status_code == 404


@pytest.mark.parametrize("on", ["x", "2026-02-30", "0001-01-01", "9999-12-31", "2001-01-01", ""])
def test_an_odd_day_in_the_address_shows_the_page(owner, variant, on):
    assert owner.get("/services", query_string={"on": on}).status_code == 200
