"""What the board is made of, on both engines."""

import re
from datetime import date, timedelta
from math import inf

import pytest
from flask import Flask
from sqlalchemy import select

from clinic.audit.queries import Followed, Mark
from clinic.core.clock import epoch, rehearsed
from clinic.core.db import Base, db
from clinic.core.guard import writing
from clinic.core.permissions import SYSTEM
from clinic.core.transactions import transaction
from clinic.desk.queries.beside import beside
from clinic.desk.queries.board import _BESIDE, _VISITS, BOARD_OF, the_board
from clinic.desk.queries.board_ground import _GROUND, GROUND_OF, the_ground
from clinic.scheduling import services
from clinic.scheduling.models import Visit
from clinic.timetable import services as timetable
from clinic.timetable.models import Room
from tests.factories import scheduling as made
from tests.factories.clients import a_client
from tests.factories.ready import ready
from tests.statements import counted

pytestmark = pytest.mark.usefixtures("inside")


def in_a_week() -> date:
    return made.this_day() + timedelta(days=7)


def test_a_day_holds_its_visits_people_places_and_hours() -> None:
    house = made.open_house()
    made.a_therapist("Ada Stone", hours=(480, 720))
    visit = made.book(house)
    board = the_board(in_a_week(), 1)
    (row,) = board.visits
    assert (row.public_id, row.version, row.status) == (visit.public_id, visit.version, "booked")
    assert (row.starts_s, row.ends_s) == (epoch(made.at(10)), epoch(made.at(11)))
    assert (row.before_s, row.after_s) == (0, 15 * 60)
    assert board.ground.spots[row.place_id].public_id == house.places[0].public_id
    assert board.ground.sold[row.variant_id] == (house.variant.service.name, "relaxation")
    assert [person.name for person in board.people] == ["Ada Stone", "June Park"]
    hours = board.people[0].hours[in_a_week()]
    assert hours == ((epoch(made.at(8)), epoch(made.at(12))),)
    assert list(board.places.values()) == ["R1", "R2"]
    assert (board.absences, board.holds, board.absent) == ([], [], [])


def test_a_week_holds_every_day_of_it_and_none_beside() -> None:
    house = made.open_house()
    for days in (6, 7, 13, 14):
        made.book(house, made.at(10, days=days))
    board = the_board(in_a_week(), 7)
    assert board.days == [in_a_week() + timedelta(days=number) for number in range(7)]
    assert [row.starts_s for row in board.visits] == [
        epoch(made.at(10, days=days)) for days in (7, 13)
    ]


def test_a_week_of_eight_therapists_is_read_in_two_statements_on_its_ground() -> None:
    house = made.open_house()
    others = [made.a_therapist(f"Una {letter}") for letter in "ABCDEFG"]
    for number, therapist in enumerate(others):
        made.a_place(f"R{number + 3}", number + 3)
        for days in (7, 8, 9):
            made.book(
                house,
                made.at(9, days=days),
                therapist=therapist,
                client=a_client(f"Client {therapist.name} {days}"),
            )
    engine = db.engine
    with counted(engine) as first:
        board = the_board(in_a_week(), 7)
    assert len(board.visits) == 21
    assert len(board.people) == 8
    with counted(engine) as again:
        the_board(in_a_week(), 7, board.ground)
    assert (len(first), len(again)) == (3, 2), (first, again)


def test_what_was_cancelled_is_shown_until_its_time_is_taken_again() -> None:
    house = made.open_house()
    first = made.book(house)
    with transaction():
        services.cancel(first, actor=SYSTEM, by="clinic", why="Closed")
    assert [row.status for row in the_board(in_a_week(), 1).visits] == ["cancelled"]
    made.book(house, made.at(10, 30), client=a_client("Helen Osei"))
    assert [row.status for row in the_board(in_a_week(), 1).visits] == ["booked"]


def test_time_off_and_closed_rooms_are_among_the_absences() -> None:
    house = made.open_house()
    with transaction():
        wanted = timetable.ask(
            house.therapist, actor=SYSTEM, kind="training", starts_at=made.at(14),
            ends_at=made.at(16),
        )  # fmt: skip
        timetable.approve(wanted, actor=SYSTEM)
        room = db.session.scalars(select(Room).where(Room.name == "R2")).one()
        timetable.close_room(room, actor=SYSTEM, starts_at=made.at(9), ends_at=made.at(12))
    away, closed = the_board(in_a_week(), 1).absences
    assert (away.staff_id, away.place, away.kind) == (house.therapist.id, None, "training")
    assert (away.starts_s, away.ends_s) == (epoch(made.at(14)), epoch(made.at(16)))
    assert (closed.staff_id, closed.place) == (None, house.places[1].public_id)
    assert closed.kind == "closed"


def test_who_is_off_has_no_column_unless_they_are_booked() -> None:
    house = made.open_house()
    made.a_therapist("Ada Stone", hours=(480, 720))
    with transaction():
        timetable.except_hours(
            house.therapist, actor=SYSTEM, on_date=in_a_week(), starts=None, ends=None
        )
    board = the_board(in_a_week(), 1)
    assert ([one.name for one in board.people], board.absent) == (["Ada Stone"], ["June Park"])
    made.book(house, outside_hours=True)
    board = the_board(in_a_week(), 1)
    assert [person.name for person in board.people] == ["Ada Stone", "June Park"]
    assert board.visits[0].is_outside_hours


def test_a_hold_is_there_until_it_runs_out_and_the_board_tells_when() -> None:
    house = made.open_house()
    with transaction():
        hold = services.hold_time(
            actor=house.desk, variant=house.variant, therapist=house.therapist,
            starts_at=made.at(10),
        )  # fmt: skip
    expires = hold.slot.expires_at
    assert expires is not None
    (kept,) = the_board(in_a_week(), 1).holds
    assert (kept.public_id, kept.by_id, kept.until) == (
        hold.public_id, house.desk.id, epoch(expires),
    )  # fmt: skip
    assert kept.place == house.places[0].public_id
    assert the_board(in_a_week(), 1).good_until == epoch(expires)
    with rehearsed(expires + timedelta(seconds=1)):
        assert the_board(in_a_week(), 1).holds == []
        assert the_board(in_a_week(), 1).good_until == inf


def test_every_change_is_another_mark() -> None:
    house = made.open_house()
    followed = Followed()

    def mark() -> Mark:
        followed.look()
        return followed.mark(*BOARD_OF)

    seen = {mark()}
    visit = made.book(house)
    seen.add(mark())
    with transaction():
        services.confirm(visit, actor=SYSTEM)
    seen.add(mark())
    with transaction():
        hold = services.hold_time(
            actor=house.desk, variant=house.variant, therapist=house.therapist,
            starts_at=made.at(14),
        )  # fmt: skip
    seen.add(mark())
    with transaction():
        services.let_go(hold, actor=house.desk)
    seen.add(mark())
    assert len(seen) == 5


UNNOTED = {
    "visit_verdict": "never changed: a visit gets another one",
    "occupancy": "taken and freed with its slot or its visit, whose changes are noted",
    "hold": "made and let go with its slot",
}


def test_all_tables_that_a_board_is_read_of_are_among_those_it_is_kept_under() -> None:
    read = {
        name: set(re.findall(r"(?:FROM|JOIN) (\w+)", str(one._statement)))
        for name, one in {"visits": _VISITS, "beside": _BESIDE, "ground": _GROUND}.items()
    }
    assert read["ground"] == set(GROUND_OF)
    assert read["visits"] | read["beside"] | read["ground"] == {*BOARD_OF, *UNNOTED}
    noted = {one.local_table.name for one in Base.registry.mappers if one.class_.is_audited}
    assert set(BOARD_OF) <= noted
    assert not noted & UNNOTED.keys()


def test_a_visit_in_a_place_that_came_to_be_since_is_drawn_in_it() -> None:
    house = made.open_house()
    before = the_ground(in_a_week(), 1)
    made.book(house, place=made.a_place("R9", 9))
    board = the_board(in_a_week(), 1, before)
    assert board.ground.spots[board.visits[0].place_id].room == "R9"


def test_a_place_given_up_is_shown_only_where_a_visit_has_it() -> None:
    house = made.open_house()
    made.book(house, place=house.places[0])
    with transaction() as session, writing("test.room", SYSTEM):
        house.places[0].room.is_active = False
        session.flush()
    assert list(the_board(in_a_week(), 1).places.values()) == ["R2", "R1"]
    assert list(the_board(in_a_week() + timedelta(days=1), 1).places.values()) == ["R2"]


def test_beside_a_visit_stands_how_often_the_client_was_here_and_what_is_open(
    inside: Flask,
) -> None:
    house = made.open_house()
    ready(house)
    now_on = made.book_now(house, 120)
    for act in (services.check_in, services.start, services.finish):
        with transaction():
            act(now_on, actor=house.treats)
    later = made.book(house)
    found = beside(later)
    assert (found.had, found.since, found.last_with) == (1, made.this_day(), "June Park")
    assert found.last_at == now_on.starts_at
    assert (found.missed, found.open_fees, found.number) == (0, 0, None)
    assert beside(db.session.get_one(Visit, now_on.id)).had == 0


def test_beside_a_referred_visit_stands_which_of_how_many_it_is() -> None:
    house = made.open_house()
    authorisation = made.an_authorisation(house)
    made.book(house, made.at(10, days=6), authorisation=authorisation)
    second = made.book(house, authorisation=authorisation)
    assert beside(second).number == 2
    (row,) = the_board(in_a_week(), 1).visits
    assert (row.number, row.allowed) == (2, authorisation.visits)
