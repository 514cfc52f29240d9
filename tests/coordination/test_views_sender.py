"""The page on which another provider becomes the sender."""

from types import SimpleNamespace
from typing import Any

import pytest
from flask import Flask

from clinic.coordination.queries import the_case
from clinic.core.permissions import Role
from clinic.core.transactions import transaction
from clinic.desk.services import set_provider_status
from tests.factories import directory
from tests.factories import inbound as cases
from tests.factories import scheduling as made
from tests.factories import staff as people

FAX = "+13125550188"


@pytest.fixture
def there(app: Flask) -> SimpleNamespace:
    """A referral, and a doctor with two places."""
    with app.app_context():
        house = made.open_house()
        case = cases.received(house)
        one = directory.organisation("Lakeside Clinic", fax=FAX)
        two = directory.organisation("Hilltop Clinic", fax="+13125550199", city="Berlin")
        new = directory.provider("Lena", "Fischer", at=one)
        with transaction():
            from_two = directory.services.place_provider(new, two, actor=house.desk)
        assert from_two
        return SimpleNamespace(
            house=house, id=case.referral.public_id, path=f"/referrals/{case.referral.public_id}",
            old=case.referral.provider.public_id, new=new.public_id, place=one.public_id,
        )  # fmt: skip


@pytest.fixture
def desk(app: Flask, there: SimpleNamespace) -> Any:
    return people.signed_in(app, name="Robin Vale")


def send(desk: Any, there: SimpleNamespace, **typed: str) -> Any:
    page = f"{there.path}/sender"
    facts = {
        "provider": there.new, "sent_from": there.place, "code": "taken_over",
        "why": "canary-why", "version": "1",
    } | typed  # fmt: skip
    return people.send(desk, page, facts, page=page)


def sender(app: Flask, there: SimpleNamespace) -> str:
    with app.app_context():
        return str(the_case(there.id).referral.provider.public_id)


def test_the_numbers_are_shown_before_anything_is_saved(app, there, desk):
    first = desk.get(f"{there.path}/sender").text
    assert "Change who sent it" in desk.get(there.path).text
    assert 'name="why"' not in first
    page = desk.get(f"{there.path}/sender?provider={there.new}").text
    assert "(312) 555-0188" in page
    assert "(312) 555-0199" in page
    assert 'name="why"' in page
    assert sender(app, there) == there.old


def test_what_was_chosen_is_saved_and_stands_in_the_timeline(app, there, desk):
    answer = send(desk, there)
    assert (answer.status_code, answer.headers["Location"]) == (302, there.path)
    page = desk.get(there.path).text
    assert "Lena Fischer, MD" in page
    assert "canary-why" in page
    assert "somebody else looks after the client there now" in page
    assert sender(app, there) == there.new


@pytest.mark.parametrize(
    "typed",
    [
        {"code": ""}, {"code": "owl"}, {"why": ""}, {"why": "x" * 301}, {"sent_from": ""},
        {"sent_from": "a" * 20}, {"provider": ""}, {"provider": "a" * 20}, {"version": "7"},
    ],
)  # fmt: skip
def test_what_does_not_fit_is_refused_and_kept(app, there, desk, typed):
    answer = send(desk, there, **typed)
    assert 400 <= answer.status_code < 500
    assert sender(app, there) == there.old
    if not {"provider", "why"} & set(typed):
        assert 'value="canary-why"' in answer.text
        assert "(312) 555-0188" in answer.text


def test_an_address_that_names_nobody_offers_the_search(there, desk):
    page = desk.get(f"{there.path}/sender?provider={'a' * 20}&text=canary-name")
    assert page.status_code == 200
    assert 'value="canary-name"' in page.text


def test_the_sender_it_has_is_not_offered_again(there, desk):
    page = desk.get(f"{there.path}/sender?provider={there.old}").text
    assert "is the sender already" in page
    assert 'name="why"' not in page


def test_who_is_gone_shows_the_way_beside_each_referral(app, there, desk):
    own = f"/directory/{there.old}"
    assert f"{there.path}/sender" not in desk.get(own).text
    with app.app_context(), transaction():
        set_provider_status(
            the_case(there.id).referral.provider, actor=there.house.desk, status="retired"
        )
    assert f"{there.path}/sender" in desk.get(own).text
    send(desk, there)
    assert f"{there.path}/sender" not in desk.get(own).text


def test_a_referral_that_has_ended_says_so(app, there, desk):
    with app.app_context():
        cases.do("decline", the_case(there.id), there.house.desk, code="no_capacity")
    assert desk.get(f"{there.path}/sender").status_code == 409
    assert send(desk, there).status_code in (409, 400)
    assert "Change who sent it" not in desk.get(there.path).text


def test_an_owner_who_logs_nothing_still_may(app, there):
    owner = people.signed_in(app, Role.OWNER, name="Olga Reed")
    assert owner.get(f"{there.path}/sender").status_code == 200
