"""The page on which another provider is asked."""

from types import SimpleNamespace

import pytest
from flask import Flask

from clinic.coordination.queries.outbound import the_outbound
from clinic.core.permissions import Role
from tests.factories import directory
from tests.factories import outbound as sent
from tests.factories import staff as people


@pytest.fixture
def there(app: Flask) -> SimpleNamespace:
    with app.app_context():
        people.set_up()
        who = sent.cast()
        row = sent.begin(who)
        place = directory.organisation("Lakeside Clinic", fax="+13125550188")
        new = directory.provider("Lena", "Fischer", at=place)
        return SimpleNamespace(
            id=row.public_id, path=f"/outbound/{row.public_id}", new=new.public_id,
            old=row.provider.public_id, version=str(row.version),
        )  # fmt: skip


def send(client, there, **typed):
    page = f"{there.path}/recipient"
    facts = {"provider": there.new, "why": "canary-why", "version": there.version} | typed
    return people.send(client, page, facts, page=page)


def test_the_number_is_shown_before_it_is_saved(app, there):
    ines = people.signed_in(app, Role.THERAPIST, name="Ines Okafor")
    assert f"{there.path}/recipient" in ines.get(there.path).text
    assert "(312) 555-0188" in ines.get(f"{there.path}/recipient?provider={there.new}").text
    assert send(ines, there).location == there.path
    page = ines.get(there.path).text
    assert "Lena Fischer" in page
    assert "Another provider is asked" in page


@pytest.mark.parametrize(
    "typed", [{"why": ""}, {"why": "x" * 301}, {"provider": ""}, {"provider": "a" * 20},
              {"organisation": "a" * 20}, {"version": "99"}],
)  # fmt: skip
def test_what_does_not_fit_is_refused(app, there, typed):
    ines = people.signed_in(app, Role.THERAPIST, name="Ines Okafor")
    answer = send(ines, there, **typed)
    assert 400 <= answer.status_code < 500
    if not {"provider", "why"} & set(typed):
        assert 'value="canary-why"' in answer.text
    with app.app_context():
        assert the_outbound(there.id).provider.public_id == there.old


def test_the_desk_is_shown_no_such_way(app, there):
    desk = people.signed_in(app, name="Robin Vale")
    assert f"{there.path}/recipient" not in desk.get(there.path).text
    assert desk.get(f"{there.path}/recipient").status_code == 403


def test_what_was_cancelled_says_so(app, there):
    ines = people.signed_in(app, Role.THERAPIST, name="Ines Okafor")
    where = f"{there.path}/cancel"
    people.send(ines, where, {"code": "not_needed", "version": there.version}, page=where)
    assert ines.get(f"{there.path}/recipient").status_code == 409


def test_who_treats_the_client_sees_what_the_letter_tells_before_it_is_approved(app, there):
    ines = people.signed_in(app, Role.THERAPIST, name="Ines Okafor")
    page = ines.get(there.path).text
    assert "What the letter tells" in page
    assert " of 9" in page
    assert "The client, with the birth date" in page
    desk = people.signed_in(app, name="Robin Vale")
    assert "What the letter tells" not in desk.get(there.path).text
    letter = f"{there.path}/approve"
    people.send(ines, letter, {"version": there.version}, page=there.path)
    assert "What the letter tells" not in ines.get(there.path).text
