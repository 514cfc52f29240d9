"""The day at the desk, as people at it see it."""

import re
from collections.abc import Callable
from datetime import date, datetime, time, timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import func, select

from clinic.audit.models import access_entry
from clinic.clients import services as clients
from clinic.clients.models import Client
from clinic.core.clock import instant
from clinic.core.db import db
from clinic.core.guard import writing
from clinic.core.permissions import SYSTEM, Role
from clinic.core.transactions import transaction
from clinic.scheduling import services as scheduling
from clinic.scheduling.models import Visit
from clinic.staff.models import StaffMember
from clinic.timetable import services as timetable
from clinic.timetable.models import Room, TimeOff
from tests.factories import scheduling as made
from tests.factories.clients import a_client
from tests.factories.staff import signed_in
from tests.statements import counted

ROLES = pytest.mark.parametrize("role", list(Role))


@pytest.fixture
def booked(app: Flask) -> dict[str, Any]:
    """One visit at ten in a week's time."""
    with app.app_context():
        house = made.open_house()
        visit = made.book(house)
        return {
            "visit": visit.public_id,
            "visit_id": visit.id,
            "client_id": house.client.id,
            "client": house.client.public_id,
            "therapist": house.therapist.public_id,
            "therapist_id": house.therapist.id,
            "on": visit.on_date,
        }


def address(on: date) -> str:
    return f"/day?on={on.isoformat()}"


def heading(page: str) -> str:
    return page[page.index("<h1") : page.index("</h1>")]


def change(app: Flask, act: Callable[[], object]) -> None:
    with app.app_context(), transaction() as session, writing("test.change", SYSTEM):
        act()
        session.flush()


def test_the_day_shows_who_comes_to_whom_and_where(app: Flask, booked: dict[str, Any]) -> None:
    page = signed_in(app).get(address(booked["on"])).text
    for word in ("June Park", "Grace Nakamura", "Therapeutic 60", "R1", "Booked", "1 to confirm"):
        assert word in page
    assert f'href="/visits/{booked["visit"]}"' in page
    assert "<b>10:00</b><small>11:00</small>" in page


@ROLES
def test_every_role_sees_the_same_day(app: Flask, booked: dict[str, Any], role: Role) -> None:
    def columns(page: str) -> str:
        return page[page.index('<div class="daycols">') : page.index("</main>")]

    visitors = signed_in(app), signed_in(app, role, name="Somebody Else")
    first, other = (visitor.get(address(booked["on"])).text for visitor in visitors)
    assert columns(first) == columns(other)
    assert "csrf_token" not in columns(first)


def test_what_is_free_is_offered_and_what_is_over_is_not(
    app: Flask, booked: dict[str, Any]
) -> None:
    visitor = signed_in(app)
    on = booked["on"]
    page = visitor.get(address(on)).text
    offered = re.findall(r"/book\?therapist=(\w+)&amp;on=([\d-]+)&amp;time=([\d:]+)", page)
    # The treatment is followed by a quarter of an hour to turn the room over.
    assert offered == [
        (booked["therapist"], on.isoformat(), "00:00"),
        (booked["therapist"], on.isoformat(), "11:15"),
    ]
    assert "15 min turnover" in page
    past = visitor.get(address(on - timedelta(days=30))).text
    assert "/book?therapist" not in past


def member(facts: dict[str, Any]) -> StaffMember:
    return db.session.get_one(StaffMember, facts["therapist_id"])


def room(name: str) -> Room:
    return db.session.scalars(select(Room).where(Room.name == name)).one()


def visit_of(facts: dict[str, Any]) -> Visit:
    return db.session.get_one(Visit, facts["visit_id"])


def at(facts: dict[str, Any], hour: int) -> datetime:
    return instant(facts["on"], time(hour), made.zone())


def flag(facts: dict[str, Any]) -> None:
    db.session.get_one(Client, facts["client_id"]).is_prepay_only = True
    clients.touch(facts["client_id"], actor=SYSTEM)


def confirm(facts: dict[str, Any]) -> None:
    scheduling.confirm(visit_of(facts), actor=SYSTEM)


def cancel(facts: dict[str, Any]) -> None:
    scheduling.cancel(visit_of(facts), actor=SYSTEM, by="client", why="Ill")


def rename_room(facts: dict[str, Any]) -> None:
    timetable.amend_room(room("R1"), actor=SYSTEM, name="Blue", note="", position=1)


def rename_therapist(facts: dict[str, Any]) -> None:
    member(facts).name = "June Parker"


def rename_service(facts: dict[str, Any]) -> None:
    visit_of(facts).variant.service.name = "Deep rest"


def away(facts: dict[str, Any]) -> None:
    wanted = timetable.ask(
        member(facts),
        actor=SYSTEM,
        kind="training",
        starts_at=at(facts, 14),
        ends_at=at(facts, 16),
    )
    timetable.approve(wanted, actor=SYSTEM)


def other_hours(facts: dict[str, Any]) -> None:
    timetable.except_hours(member(facts), actor=SYSTEM, on_date=facts["on"], starts=480, ends=1080)


def close(facts: dict[str, Any]) -> None:
    timetable.close_room(room("R2"), actor=SYSTEM, starts_at=at(facts, 9), ends_at=at(facts, 12))


@pytest.mark.parametrize(
    ("act", "after"),
    [
        (flag, "Prepay"),
        (confirm, "Confirmed"),
        (cancel, "Cancelled"),
        (rename_room, '<span class="room">Blue</span>'),
        (rename_therapist, "June Parker"),
        (rename_service, "Deep rest 60"),
        (away, "Training, 2 h"),
        (other_hours, "08:00\N{EN DASH}18:00"),
        (close, "Room R2 is closed"),
    ],
)
def test_a_change_is_seen_at_once(
    app: Flask, booked: dict[str, Any], act: Callable[[dict[str, Any]], None], after: str
) -> None:
    visitor = signed_in(app, Role.OWNER)
    assert after not in visitor.get(address(booked["on"])).text
    change(app, lambda: act(booked))
    assert after in visitor.get(address(booked["on"])).text


def test_time_off_that_is_called_off_is_seen_at_once(app: Flask, booked: dict[str, Any]) -> None:
    visitor = signed_in(app, Role.OWNER)
    change(app, lambda: away(booked))
    assert "Training" in visitor.get(address(booked["on"])).text

    def call_off() -> None:
        timetable.call_off(db.session.scalars(select(TimeOff)).one(), actor=SYSTEM)

    change(app, call_off)
    assert "Training" not in visitor.get(address(booked["on"])).text


def test_the_number_of_a_referred_visit_follows_the_visits_before_it(app: Flask) -> None:
    with app.app_context():
        house = made.open_house()
        authorisation = made.an_authorisation(house)
        first = made.book(house, made.at(10, days=6), authorisation=authorisation).id
        second = made.book(house, made.at(10, days=7), authorisation=authorisation).on_date
    visitor = signed_in(app)
    assert "Visit 2 of 8" in visitor.get(address(second)).text
    change(
        app,
        lambda: scheduling.cancel(
            db.session.get_one(Visit, first), actor=SYSTEM, by="clinic", why="Closed"
        ),
    )
    assert "Visit 1 of 8" in visitor.get(address(second)).text


def test_a_drawn_day_costs_one_statement_and_a_new_one_four(
    app: Flask, booked: dict[str, Any]
) -> None:
    visitor = signed_in(app)
    visitor.get(address(booked["on"] + timedelta(days=3)))
    engines = _engines(app)
    with counted(engines[0]) as cold:
        visitor.get(address(booked["on"]))
    with counted() as cached:
        visitor.get(address(booked["on"]))
    assert len(cold) <= 4, cold
    assert len(cached) <= 1, cached


def _engines(app: Flask) -> list[Any]:
    with app.app_context():
        return [db.engine]


def test_a_busy_day_costs_no_more_statements_than_an_empty_one(app: Flask) -> None:
    with app.app_context():
        house = made.open_house()
        others = [house.therapist, *(made.a_therapist(f"Una {letter}") for letter in "ABC")]
        for number, therapist in enumerate(others):
            made.a_place(f"R{number + 3}", number + 3)
            for hour in (9, 11, 13):
                made.book(
                    house,
                    made.at(hour),
                    therapist=therapist,
                    client=a_client(f"Client {therapist.name} {hour}"),
                )
        on = made.this_day() + timedelta(days=7)
        engine = db.engine
    visitor = signed_in(app)
    with counted(engine) as busy:
        page = visitor.get(address(on)).text
    assert page.count('class="visitcard ') == 12
    assert len(busy) <= 5


def test_who_saw_the_day_is_written_once_for_each_look_of_it(
    app: Flask, booked: dict[str, Any]
) -> None:
    def entries() -> int:
        with app.extensions["access"].connect() as connection:
            where = access_entry.c.place == "desk.day"
            return connection.scalar(select(func.count()).select_from(access_entry).where(where))

    visitor = signed_in(app)
    for _ in range(3):
        visitor.get(address(booked["on"]))
    assert entries() == 1
    signed_in(app, Role.OWNER).get(address(booked["on"]))
    assert entries() == 2
    change(app, lambda: confirm(booked))
    visitor.get(address(booked["on"]))
    assert entries() == 3


def test_nothing_clinical_is_in_the_day(app: Flask, booked: dict[str, Any]) -> None:
    change(
        app,
        lambda: setattr(
            db.session.get_one(Client, booked["client_id"]), "alert", "Secret of the record"
        ),
    )
    for page in (address(booked["on"]), f"/my-day?on={booked['on']}"):
        for role in Role:
            assert "Secret of the record" not in signed_in(app, role).get(page).text


def test_an_empty_house_says_what_to_do(app: Flask) -> None:
    owner = signed_in(app, Role.OWNER)
    page = owner.get("/day").text
    assert "There are no therapists yet" in page
    assert 'href="/staff"' in page
    assert "The owner invites" in signed_in(app).get("/day").text
    signed_in(app, Role.THERAPIST)
    assert "Nobody works on this day" in owner.get("/day").text


def test_a_date_that_is_none_is_today(app: Flask) -> None:
    visitor = signed_in(app)
    today = visitor.get("/day").text
    for on in ("2027-02-30", "x", "9999-12-31", "0001-01-01", "'"):
        answer = visitor.get("/day", query_string={"on": on})
        assert answer.status_code == 200
        assert heading(answer.text) == heading(today)


def test_a_phone_shows_the_column_that_is_asked_for(app: Flask) -> None:
    with app.app_context():
        house = made.open_house()
        other = made.a_therapist("Ada Stone")
        ids = house.therapist.public_id, other.public_id
        name = house.therapist.name
    visitor = signed_in(app)

    def chosen(browser: Any, address: str) -> str:
        found = re.search(
            r'class="daycol is-chosen" aria-label="([^"]+)"', browser.get(address).text
        )
        assert found
        return found.group(1)

    assert chosen(visitor, "/day") == "Ada Stone"
    assert chosen(visitor, f"/day?therapist={ids[0]}") == "June Park"
    assert chosen(visitor, "/day?therapist=nobody") == "Ada Stone"
    assert chosen(signed_in(app, Role.THERAPIST, name=name), "/day") == "June Park"


def test_my_day_is_ones_own_with_what_comes_next_on_top(app: Flask) -> None:
    with app.app_context():
        house = made.open_house()
        made.a_therapist("Ada Stone")
        visit = made.book_now(house, 30)
        made.done(scheduling.check_in, visit, house.desk)
        made.book(house, made.at(18, days=0), client=a_client("Later Guest"))
        pid, name = visit.public_id, house.therapist.name
    mine = signed_in(app, Role.THERAPIST, name=name).get("/my-day").text
    top = mine[mine.index('class="now"') : mine.index("</article>")]
    assert "Arrived" in top
    assert f"/visits/{pid}" in top
    assert "Later Guest" in mine
    assert "2 visits" in mine
    theirs = signed_in(app, Role.THERAPIST, name="Ada Stone").get("/my-day").text
    assert "Later Guest" not in theirs
    assert 'class="now"' not in theirs


def test_my_day_says_so_when_there_is_nothing(app: Flask) -> None:
    assert "Nothing for you on this day" in signed_in(app, Role.THERAPIST).get("/my-day").text


def test_the_day_is_for_those_who_are_signed_in(app: Flask) -> None:
    for page in ("/day", "/my-day"):
        assert app.test_client().get(page, headers={"Accept": "text/html"}).status_code == 302
