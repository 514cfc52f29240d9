"""The room card: everything a session needs, what the start asks, and no condition on paper."""

from typing import Any

import pytest
from flask import Flask

from clinic.clients.services import prefer
from clinic.core.db import db
from clinic.core.guard import writing
from clinic.core.permissions import SYSTEM
from clinic.core.transactions import transaction
from clinic.health.queries.rules import rule_book
from clinic.health.rules.facts import Fact
from clinic.health.services import review
from clinic.scheduling.queries.visits import the_visit
from clinic.scheduling.services import check_in
from clinic.staff.queries import actor_of
from tests.factories import health, records, screening, staff
from tests.factories import scheduling as made
from tests.factories.ready import ready


def a_clinic(app: Flask, *, is_ready: bool = True, facts: tuple[Fact, ...] = ()) -> dict[str, str]:
    """A client who is checked in; June treats them."""
    with app.app_context():
        house = made.open_house()
        records.techniques()
        if is_ready:
            ready(house)
        visit = made.book_now(house, 30)
        made.done(check_in, visit, house.desk)
        with transaction():
            prefer(
                house.client, actor=SYSTEM, pressure=4, draping="towel",
                focus_areas="CALF:L", avoid_areas="FOOT:B",
            )  # fmt: skip
        if facts:
            screening.know(house.client, *facts)
        made.a_therapist("Teo Marsh")
        return {"visit": visit.public_id, "client": house.client.public_id}


def june(app: Flask) -> Any:
    return staff.signed_in(app, name="June Park")


def card(app: Flask, ids: dict[str, str]) -> Any:
    return june(app).get(f"/visits/{ids['visit']}/card")


def test_preferences_always_stand_on_the_card(app: Flask):
    page = card(app, a_clinic(app)).text
    for words in ("4 Strong", "Left calf", "Towel instead of sheet", "foot"):
        assert words.lower() in page.lower()


@pytest.mark.parametrize("form", ["full", "update"])
def test_what_a_form_says_of_preferences_stands_on_the_card_once_it_was_read(app: Flask, form: str):
    ids = a_clinic(app)
    told = {
        "pressure": "2", "lubricant": "gel", "position": "prone,side", "draping": "warm",
        "therapist_gender": "female", "focus_areas__0__area": "FOREARM",
        "focus_areas__0__side": "R", "avoid_areas__0__area": "KNEE", "avoid_areas__0__side": "L",
    }  # fmt: skip
    with app.app_context():
        visit = the_visit(ids["visit"])
        treats = actor_of(visit.therapist)
        answered = health.filled(visit.client, form, on=visit.on_date, **told)
        with transaction():
            review(answered, actor=treats)
    page = card(app, ids).text
    for words in (
        "2 Heavy lotioning", "Gel", "Face down, On the side", "An extra blanket", "Female",
        "right forearm", "left knee",
    ):  # fmt: skip
        assert words.lower() in page.lower(), words


def test_only_a_therapist_in_care_opens_it(app: Flask):
    ids = a_clinic(app)
    path = f"/visits/{ids['visit']}/card"
    for name in ("Robin Vale", "Olga Reed", "Teo Marsh"):
        assert staff.signed_in(app, name=name).get(path).status_code == 403


def test_the_card_starts_and_finishes_the_session(app: Flask):
    ids, client = a_clinic(app), june(app)
    path = f"/visits/{ids['visit']}/card"
    assert "disabled" not in client.get(path).text.split("Start session")[0][-200:]
    assert started(app, client, ids).status_code == 302
    page = client.get(path).text
    assert "data-card-timer" in page
    assert f"/visits/{ids['visit']}/note" in page
    done = staff.send(client, f"{path}/finish", {"version": version(app, ids)})
    assert done.status_code == 302
    assert status(app, ids) == "completed"


def status(app: Flask, ids: dict[str, str]) -> str:
    with app.app_context():
        return the_visit(ids["visit"]).status


def version(app: Flask, ids: dict[str, str]) -> str:
    with app.app_context():
        return str(the_visit(ids["visit"]).version)


def started(app: Flask, client: Any, ids: dict[str, str], **more: str) -> Any:
    sent = {"version": version(app, ids)} | more
    return staff.send(client, f"/visits/{ids['visit']}/card/start", sent)


def test_what_is_missing_is_named_with_what_to_do_and_sending_it_anyway_is_refused(app: Flask):
    ids, client = a_clinic(app, is_ready=False), june(app)
    page = client.get(f"/visits/{ids['visit']}/card").text
    for words in ("There is no health form yet.", "There is no valid consent to treatment."):
        assert words in page
    assert f"/clients/{ids['client']}/intake" in page
    assert f"/clients/{ids['client']}/consents" in page
    assert "disabled" in page.split("Start session")[0][-400:]
    assert client.get(f"/clients/{ids['client']}/consents").status_code == 200
    refused = started(app, client, ids, override_why="I know them well")
    assert refused.status_code in (403, 409, 422)
    assert "There is no health form yet." in refused.text
    assert status(app, ids) == "arrived"


def test_a_rule_is_adjusted_with_one_tap(app: Flask):
    ids, client = a_clinic(app, facts=(Fact("allergy", "NUT"),)), june(app)
    with app.app_context():
        visit = the_visit(ids["visit"])
        hit = screening.hit_of(visit.client, "ALLERGY_PRODUCT", visit.on_date)
        label = rule_book().rule("ALLERGY_PRODUCT", visit.on_date).label
    path = f"/visits/{ids['visit']}/card"
    page = client.get(path).text
    assert "Allergies" in page
    assert label in page
    sent = {"rule": "ALLERGY_PRODUCT", "inputs": hit.inputs}
    assert staff.send(client, f"{path}/adjust", sent).status_code == 302
    assert f'value="{hit.inputs}"' not in client.get(path).text
    again = staff.send(client, f"{path}/adjust", sent)
    assert again.status_code == 409


def test_what_is_printed_names_no_condition(app: Flask):
    ids = a_clinic(app, facts=(Fact("condition", "DVT", details=(("status", "active"),)),))
    page = card(app, ids).text
    assert "Stop or ask first" in page
    parts = page.split('<div class="card__secret')
    assert "blood clot" not in parts[0].lower()
    assert "blood clot" in page.lower()


def test_an_event_before_stands_on_the_card(app: Flask):
    ids = a_clinic(app)
    desk = staff.signed_in(app, name="Robin Vale")
    with app.app_context():
        day = the_visit(ids["visit"]).on_date.isoformat()
    told = {
        "visit": ids["visit"], "severity": "mild", "actuality": "actual", "kind": "bruise",
        "text": "A bruise on the arm", "happened_on": day, "send": "1", "pressure": "",
    }  # fmt: skip
    assert staff.send(desk, "/events/new", told).status_code == 302
    assert "It went wrong before" in card(app, ids).text


def test_a_therapist_says_on_the_card_that_a_client_of_unknown_age_is_an_adult(app: Flask):
    ids = a_clinic(app)
    with app.app_context(), transaction(), writing("test.unborn", SYSTEM):
        the_visit(ids["visit"]).client.birth_date = None
        db.session.flush()
    who, path = june(app), f"/visits/{ids['visit']}/card"
    page = who.get(path).text
    assert "We do not know the birth date." in page
    assert f'href="/clients/{ids["client"]}/edit"' in page
    assert 'name="is_adult"' in page
    assert "Guardian’s consent" not in page
    with app.app_context():
        version = the_visit(ids["visit"]).version
    refused = staff.send(who, f"{path}/start", {"version": version}, page=path)
    assert refused.status_code == 422
    begun = staff.send(who, f"{path}/start", {"version": version, "is_adult": "y"}, page=path)
    assert begun.status_code == 302
    shelf = who.get(f"/clients/{ids['client']}/consents").text
    assert "We do not know the birth date" in shelf
