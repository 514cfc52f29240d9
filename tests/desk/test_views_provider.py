"""What the desk adds to the page of a provider, and merging two of them on the pages."""

import pytest
from flask import Flask

from clinic.coordination.services import inbound
from clinic.core.db import db
from clinic.core.permissions import Role
from clinic.core.transactions import transaction
from clinic.directory.models import Provider
from tests.factories import directory, outbound, staff
from tests.factories import tasks as made
from tests.factories.scheduling import open_house

CLINICAL = ("canary-asked", "canary-found", "canary-meanwhile", "canary-why", "red_flag")


@pytest.fixture
def provider(app: Flask) -> str:
    with app.app_context():
        staff.set_up()
        cast = outbound.cast()
        with transaction():
            inbound.receive(
                actor=cast.robin, client=cast.client, provider=cast.provider,
                received_on=made.day(), reason="canary-why",
            )  # fmt: skip
        outbound.begin(cast)
        return cast.provider.public_id


def test_the_page_shows_what_is_open_and_nothing_clinical(app, provider):
    page = staff.signed_in(app).get(f"/directory/{provider}").text
    assert "Open with them" in page
    assert "R-000001" in page
    assert "Grace Nakamura" in page
    assert "How soon they answer" in page
    assert "How clients fared is not compared" in page
    for word in CLINICAL:
        assert word not in page


def test_retired_on_the_page_what_is_open_is_to_be_reassigned_and_on_the_task_list(app, provider):
    desk = staff.signed_in(app)
    where = f"/directory/{provider}"
    answer = staff.send(desk, f"{where}/status", {"status": "retired"})
    assert answer.location == where
    page = desk.get(where).text
    assert "To be reassigned" in page
    assert "What is open with them is on the task list." in page
    listed = desk.get("/tasks?whose=all&kind=reassign").text
    assert "Find another provider" in listed
    assert where in listed


def test_retired_in_the_office_it_is_the_same(app, provider):
    owner = staff.signed_in(app, Role.OWNER)
    page = "/office/providers/"
    with app.app_context():
        number = db.session.query(Provider).filter_by(public_id=provider).one().public_id
    staff.send(owner, f"{page}action/", {"action": "retired", "rowid": number}, page=page)
    assert "Find another provider" in owner.get("/tasks?whose=all&kind=reassign").text


def test_a_state_there_is_not_is_refused(app, provider):
    desk = staff.signed_in(app)
    staff.send(desk, f"/directory/{provider}/status", {"status": "asleep"})
    assert "Choose one of the list." in desk.get(f"/directory/{provider}").text
    gone = "/directory/" + "z" * 20 + "/status"
    assert staff.send(desk, gone, {"status": "retired"}).status_code == 404


def test_two_records_are_compared_joined_and_parted_by_an_owner(app):
    with app.app_context():
        open_house()
        one = directory.provider(phone="+19205550148").public_id
        two = directory.provider(phone="+19205550148", specialty="Sports medicine").public_id
    owner, desk = staff.signed_in(app, Role.OWNER), staff.signed_in(app)
    assert f"/directory/{one}/merge?with={two}" in owner.get("/directory/duplicates").text
    assert "merge?with" not in desk.get("/directory/duplicates").text
    assert "Likely here twice" in desk.get(f"/directory/{one}").text
    assert desk.get(f"/directory/{one}/merge").status_code == 403
    assert "Sports medicine" in owner.get(f"/directory/{one}/merge?with={two}").text
    assert "This is the same record" in owner.get(f"/directory/{one}/merge?with={one}").text
    pair = {"pair": f"{one},{two}"}
    assert staff.send(owner, f"/directory/{one}/merge", pair).location == f"/directory/{one}"
    assert "Also entered as" in owner.get(f"/directory/{one}").text
    gone = desk.get(f"/directory/{two}").text
    assert f"/directory/{one}" in gone
    assert "Open with them" not in gone
    assert f"/directory/{two}" not in desk.get("/directory").text
    answer = staff.send(owner, f"/directory/{one}/merge", pair)
    assert answer.location == f"/directory/{one}/merge"
    assert "merged into another already" in owner.get(f"/directory/{one}/merge").text
    staff.send(owner, f"/directory/{two}/part")
    assert f"/directory/{two}" in desk.get("/directory").text
    assert "Nobody is here twice" not in desk.get("/directory/duplicates").text


def test_a_pair_that_does_not_name_the_record_is_none(app):
    with app.app_context():
        open_house()
        one = directory.provider().public_id
    owner = staff.signed_in(app, Role.OWNER)
    where = f"/directory/{one}/merge"
    assert staff.send(owner, where, {"pair": "a,b"}).location == where
    assert "Nobody is here twice" in owner.get("/directory/duplicates").text
