"""The pages of visits that no longer fit: shown, looked over, moved together."""

import re
from datetime import timedelta
from html import unescape
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from clinic.core.db import db
from clinic.core.permissions import Role
from clinic.core.transactions import transaction
from clinic.scheduling.models import Visit
from clinic.staff import services as staff_services
from clinic.staff.models import StaffMember
from clinic.timetable import services as timetable
from clinic.timetable.models import TimeOff, WorkingHours
from tests.factories import scheduling as made
from tests.factories.clients import a_client
from tests.factories.scheduling import at, book
from tests.factories.staff import send, signed_in

HURT = "/schedule/hurt"


@pytest.fixture
def house(app: Flask) -> dict[str, str]:
    """A clinic with two visits on one day, time off over them, and somebody else who treats."""
    with app.app_context():
        kept = made.open_house()
        made.a_therapist("Ana Ruiz")
        one, other = book(kept, at(9)), book(kept, at(14), client=a_client("Tomas Reyes"))
        with transaction():
            away = timetable.ask(
                kept.therapist, actor=kept.owner, kind="vacation",
                starts_at=at(0), ends_at=at(0) + timedelta(days=1),
            )  # fmt: skip
        return {
            "one": one.public_id, "other": other.public_id, "away": away.public_id,
            "june": kept.therapist.public_id, "page": f"/time-off/{away.public_id}/visits",
            "hours": db.session.query(WorkingHours).first().public_id,
        }  # fmt: skip


@pytest.fixture
def owner(app: Flask, house: dict[str, str]) -> FlaskClient:
    return signed_in(app, Role.OWNER, name="Olga Reed")


def typed(page: str) -> dict[str, str]:
    """What a browser sends of the page as it is."""
    values = dict(
        re.findall(r'<input type="hidden" name="((?:to|version)-[^"]+)" value="([^"]*)"', page)
    )
    for name, body in re.findall(
        r'<select[^>]* name="(to-[^"]+)"[^>]*>(.*?)</select>', page, re.DOTALL
    ):
        options = re.findall(r'<option value="([^"]*)"( selected)?', body)
        values[name] = next((value for value, chosen in options if chosen), options[0][0])
    values.update(
        re.findall(
            r'(?=<input[^>]*name="version")<input[^>]*name="(version)"[^>]*value="(\d+)"', page
        )
    )
    return values


def stood(app: Flask, house: dict[str, str]) -> list[Any]:
    with app.app_context():
        rows = [
            db.session.query(Visit).filter_by(public_id=house[name]).one()
            for name in ("one", "other")
        ]
        away = db.session.query(TimeOff).filter_by(public_id=house["away"]).one()
        return [(row.starts_at, row.therapist.name, row.status) for row in rows] + [away.status]


def dismissed(app: Flask, house: dict[str, str]) -> None:
    with app.app_context():
        person = db.session.query(StaffMember).filter_by(public_id=house["june"]).one()
        owner = db.session.query(StaffMember).filter_by(name="Olga Reed").one()
        with transaction():
            staff_services.disable(person, actor=made.staff_queries.actor_of(owner))


def test_the_owner_sees_the_visits_in_the_time_off_moves_them_and_gives_it(
    app: Flask, house: dict[str, str], owner: FlaskClient
) -> None:
    listed = owner.get("/time-off").text
    assert house["page"] in listed
    assert "Move 2 visits" in listed
    page = owner.get(house["page"]).text
    assert "2 visits stand in it" in page
    assert "The therapist is away" in page
    before = stood(app, house)
    sure = send(owner, house["page"], typed(page), page=house["page"])
    assert sure.status_code == 200
    assert "Move 2 visits and approve" in sure.text
    assert "Nothing is changed yet." in sure.text
    assert stood(app, house) == before
    answer = send(owner, house["page"], typed(sure.text) | {"do": "1"}, page=house["page"])
    assert answer.status_code == 302
    after = stood(app, house)
    assert [one[1] for one in after[:2]] == ["Ana Ruiz", "Ana Ruiz"]
    assert [one[0] for one in after[:2]] == [one[0] for one in before[:2]]
    assert after[2] == "approved"
    told = owner.get("/time-off").text
    assert "2 visits are moved. The time off is approved." in told


def test_one_that_is_left_keeps_the_time_off_from_being_given(
    app: Flask, house: dict[str, str], owner: FlaskClient
) -> None:
    choice = typed(owner.get(house["page"]).text) | {f"to-{house['one']}": "leave"}
    answer = send(owner, house["page"], choice | {"do": "1"}, page=house["page"])
    assert answer.status_code == 422
    assert "once no visit is left in it" in answer.text
    assert re.search(r'<option value="leave" selected', answer.text)
    assert stood(app, house)[2] == "requested"


def test_one_can_be_cancelled_instead_and_the_button_says_so(
    app: Flask, house: dict[str, str], owner: FlaskClient
) -> None:
    choice = typed(owner.get(house["page"]).text) | {f"to-{house['one']}": "cancel"}
    sure = send(owner, house["page"], choice, page=house["page"])
    assert "Move 1, cancel 1 and approve" in sure.text
    send(owner, house["page"], typed(sure.text) | {"do": "1"}, page=house["page"])
    after = stood(app, house)
    assert (after[0][2], after[1][2], after[2]) == ("cancelled", "booked", "approved")


def test_a_time_that_was_taken_meanwhile_is_said_with_the_visit_and_nothing_moves(
    app: Flask, house: dict[str, str], owner: FlaskClient
) -> None:
    choice = typed(owner.get(house["page"]).text)
    with app.app_context():
        ana = db.session.query(StaffMember).filter_by(name="Ana Ruiz").one()
        desk = db.session.query(StaffMember).filter_by(name="Robin Vale").one()
        variant = db.session.query(Visit).first().variant
        lena = a_client("Lena Voss")
        with transaction():
            made.services.book(
                actor=made.staff_queries.actor_of(desk), client=lena,
                variant=variant, therapist=ana, starts_at=at(14),
            )  # fmt: skip
    before = stood(app, house)
    answer = send(owner, house["page"], choice | {"do": "1"}, page=house["page"])
    assert answer.status_code == 409
    assert "Tomas Reyes" in answer.text
    assert "Nothing was changed." in unescape(answer.text)
    assert stood(app, house) == before


@pytest.mark.parametrize(
    "value", ["", "tomorrow", "99999999999999.a.b", "1.x.y", "9" * 300, "1795855500.aaaa.bbbb"]
)
def test_what_is_no_choice_is_a_422_that_changes_nothing(
    app: Flask, house: dict[str, str], owner: FlaskClient, value: str
) -> None:
    before = stood(app, house)
    choice = typed(owner.get(house["page"]).text) | {f"to-{house['one']}": value, "do": "1"}
    answer = send(owner, house["page"], choice, page=house["page"])
    assert answer.status_code == 422
    assert stood(app, house) == before


def test_time_off_without_visits_is_looked_at_and_approved(
    app: Flask, house: dict[str, str], owner: FlaskClient
) -> None:
    choice = typed(owner.get(house["page"]).text)
    for name in ("one", "other"):
        choice[f"to-{house[name]}"] = "cancel"
    send(owner, house["page"], choice | {"do": "1"}, page=house["page"])
    assert stood(app, house)[2] == "approved"
    again = send(
        owner, house["page"], typed(owner.get(house["page"]).text) | {"do": "1"}, page=house["page"]
    )
    assert again.status_code == 409
    assert "answered already" in again.text


def test_everything_fits_says_so(app: Flask, house: dict[str, str], owner: FlaskClient) -> None:
    assert "Every visit fits" in owner.get(HURT).text


def test_the_desk_moves_what_somebody_who_left_had(app: Flask, house: dict[str, str]) -> None:
    signed_in(app, Role.OWNER, name="Olga Reed")
    dismissed(app, house)
    desk = signed_in(app, Role.RECEPTIONIST, name="Robin Vale")
    page = desk.get(HURT).text
    assert "The therapist has left" in page
    choice = typed(page) | {f"to-{house['other']}": "leave"}
    sure = send(desk, HURT, choice, page=HURT)
    assert "Move 1 visit" in sure.text
    assert "1 visit stays as it is." in sure.text
    assert send(desk, HURT, typed(sure.text) | {"do": "1"}, page=HURT).status_code == 302
    after = stood(app, house)
    assert [one[1] for one in after[:2]] == ["Ana Ruiz", "June Park"]
    assert house["one"] not in desk.get(HURT).text


def test_choosing_nothing_says_so(app: Flask, house: dict[str, str]) -> None:
    signed_in(app, Role.OWNER, name="Olga Reed")
    dismissed(app, house)
    desk = signed_in(app, Role.RECEPTIONIST, name="Robin Vale")
    choice = {f"to-{house['one']}": "leave", f"version-{house['one']}": "1"}
    answer = send(desk, HURT, choice, page=HURT)
    assert answer.status_code == 422
    assert "at least one visit" in answer.text


def test_therapists_see_neither_page(app: Flask, house: dict[str, str]) -> None:
    treats = signed_in(app, Role.THERAPIST, name="June Park")
    assert treats.get(HURT).status_code == 403
    assert treats.get(house["page"]).status_code == 403
    desk = signed_in(app, Role.RECEPTIONIST, name="Robin Vale")
    assert desk.get(house["page"]).status_code == 403


def test_ending_somebodys_access_tells_how_many_visits_no_longer_fit(
    app: Flask, house: dict[str, str], owner: FlaskClient
) -> None:
    assert send(owner, f"/staff/{house['june']}/disable").status_code == 302
    page = owner.get("/staff").text
    assert "2 visits no longer fit." in page
    assert f'href="{HURT}"' in page


def test_changing_hours_in_the_back_office_tells_it_too(
    app: Flask, house: dict[str, str], owner: FlaskClient
) -> None:
    with app.app_context():
        day = (made.this_day() + timedelta(days=7)).isoformat()
    answer = send(owner, "/office/exceptions/new/", {"staff": house["june"], "on_date": day})
    assert answer.status_code == 302
    assert "2 visits no longer fit." in owner.get("/office/exceptions/").text


def test_asking_for_time_off_says_what_stands_in_it(app: Flask, house: dict[str, str]) -> None:
    treats = signed_in(app, Role.THERAPIST, name="June Park")
    with app.app_context():
        day = (made.this_day() + timedelta(days=7)).isoformat()
    asked = {"kind": "sick", "from_day": day, "until_day": day}
    assert send(treats, "/time-off", asked, page="/time-off").status_code == 302
    assert "The request is sent. 2 visits stand in it." in treats.get("/time-off").text
