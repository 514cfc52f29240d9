"""Given times are answered: with whom and where, or why not and when instead."""

from datetime import UTC, datetime, timedelta

import pytest
from flask import Flask

from clinic.core.clock import now
from clinic.core.permissions import SYSTEM
from clinic.core.transactions import transaction
from clinic.scheduling.queries.openings import Wish, answers, openings
from clinic.timetable.services import Want, resource_for, take
from tests.factories import catalogue, staff
from tests.factories import scheduling as made
from tests.factories.clients import a_client
from tests.statements import counted


def wish(house, **more):
    facts = {"since": made.this_day() + timedelta(days=7), "days": 1, "client_id": house.client.id}
    return Wish(house.variant, (), **(facts | more))


def theirs(house, **more):
    return wish(house, therapist_id=house.therapist.id, **more)


def answer(house, at, **more):
    [one] = answers(theirs(house, **more), [at])
    return one


def why(house, at, **more):
    return str(answer(house, at, **more).why)


def walls(found):
    return [one.starts_at.astimezone(made.zone()).strftime("%a %H:%M") for one in found]


def kept(person, *, kind="hold", hour=10, days=7, expires=5):
    """Take an hour of somebody, by something that is no visit."""
    with transaction(), made.writing("test.take", SYSTEM):
        take(
            actor=SYSTEM, kind=kind, starts_at=made.at(hour, days=days),
            ends_at=made.at(hour + 1, days=days),
            wants=[Want(resource_for(staff_id=person.id))],
            expires_at=now() + timedelta(minutes=expires) if kind == "hold" else None,
        )  # fmt: skip


def test_open_times_name_therapist_and_room_and_the_others_say_why(inside: Flask):
    house = made.open_house()
    made.book(house, client=a_client("Omar Haddad"))
    free, taken = answers(theirs(house), [made.at(12), made.at(10)])
    assert free.is_open
    assert (free.opening.therapist.name, free.opening.place.room) == ("June Park", "R1")
    assert free.opening.starts_at == made.at(12)
    assert str(taken.why) == "June Park is taken then."
    assert not taken.is_open


def test_thirteen_weeks_cost_no_more_queries_than_one_day(inside: Flask):
    house = made.open_house()
    made.book(house, client=a_client("Omar Haddad"))
    wanted = [made.at(10, days=7 * week) for week in range(1, 14)]
    asked = theirs(house)
    assert house.variant.service.buffer_after == 15
    with counted() as sent:
        found = answers(asked, wanted)
    assert len(sent) <= 3
    assert [one.at for one in found] == wanted
    assert [one.is_open for one in found] == [False] + [True] * 12
    assert len(found[0].instead) == 3


def test_what_is_offered_instead_is_near_and_with_the_same_therapist(inside: Flask):
    house = made.open_house()
    made.a_therapist("Ines Okafor")
    made.book(house, client=a_client("Omar Haddad"))
    one = answer(house, made.at(10))
    day = made.at(10).astimezone(made.zone()).strftime("%a")
    assert walls(one.instead) == [f"{day} 08:45", f"{day} 11:15", f"{day} 08:30"]
    assert {other.therapist.name for other in one.instead} == {"June Park"}


def test_where_the_day_has_nothing_the_days_around_are_offered(inside: Flask):
    house = made.open_house(hands_on_limit=60)
    made.book(house, made.at(8), client=a_client("Omar Haddad"))
    one = answer(house, made.at(10))
    assert str(one.why) == "June Park would treat more than 60 minutes that day."
    days = {other.starts_at.astimezone(made.zone()).date() for other in one.instead}
    assert days <= {made.this_day() + timedelta(days=number) for number in (6, 8)}
    assert [wall[4:] for wall in walls(one.instead)] == ["10:00", "10:00", "09:45"]


def test_somebody_else_is_offered_where_the_therapist_has_no_time_that_day(inside: Flask):
    house = made.open_house(hands_on_limit=60)
    made.a_therapist("Ines Okafor")
    made.book(house, made.at(8), client=a_client("Omar Haddad"))
    one = answer(house, made.at(10))
    assert one.instead[0].starts_at == made.at(10)
    assert one.instead[0].therapist.name == "Ines Okafor"


def test_times_that_cannot_be_are_answered_whatever_their_year(inside: Flask):
    house = made.open_house(min_lead=120, horizon=30)
    soon = (now() + timedelta(minutes=75)).replace(second=0, microsecond=0)
    soon -= timedelta(minutes=soon.minute % 15)
    never = [
        datetime(9999, 12, 31, 23, 59, tzinfo=UTC),
        datetime(1, 1, 1, tzinfo=UTC),
        made.at(10, days=-1),
        made.at(10, days=31),
        made.at(10) + timedelta(minutes=7),
        soon,
    ]
    found = [str(one.why) for one in answers(theirs(house), never)]
    assert found == [
        "Book at most 30 days ahead.",
        "That time has passed.",
        "That time has passed.",
        "Book at most 30 days ahead.",
        "Visits begin every 15 minutes.",
        "Book at least 120 minutes ahead.",
    ]
    assert answers(theirs(house), []) == []


def test_who_does_not_work_or_is_away_is_named(inside: Flask):
    house = made.open_house()
    house.therapist = made.a_therapist("Ines Okafor", hours=(540, 780))
    assert why(house, made.at(14)) == "Ines Okafor does not work then, turnover included."
    kept(house.therapist, kind="time_off")
    assert why(house, made.at(10)) == "Ines Okafor is away then."
    [anybody] = answers(wish(house), [made.at(10)])
    assert anybody.opening.therapist.name == "June Park"


def test_a_time_kept_for_a_caller_is_taken_until_the_hold_runs_out(inside: Flask):
    house = made.open_house()
    kept(house.therapist, hour=10)
    kept(house.therapist, hour=15, expires=-1)
    assert "kept for somebody" in why(house, made.at(10))
    assert answer(house, made.at(15)).is_open


def test_a_licence_or_training_that_ends_before_the_day_is_said(inside: Flask):
    house = made.open_house()
    day = made.this_day() + timedelta(days=7)
    house.variant = catalogue.variant(code="PRENATAL", requires=("PRENATAL",))
    assert "is not qualified for this on" in why(house, made.at(10))
    staff.licence(house.therapist, code="PRENATAL", until=day)
    assert answer(house, made.at(10)).is_open
    assert "is not qualified for this on" in why(house, made.at(10, days=8))
    house.therapist = staff.member("Ada Moss", made.Role.THERAPIST)
    made.works(house.therapist, 0, 1440)
    assert "has no valid licence on" in why(house, made.at(10))
    [anybody] = answers(wish(house), [made.at(10, days=8)])
    assert str(anybody.why).startswith("Nobody is qualified for this on")


def test_the_client_is_one_person_in_one_place(inside: Flask):
    house = made.open_house()
    made.book(house, made.at(10), therapist=made.a_therapist("Ines Okafor"))
    assert why(house, made.at(10, 30)) == "The client has another visit then."
    assert answer(house, made.at(11)).is_open


def test_a_room_must_have_what_the_service_needs(inside: Flask):
    house = made.open_house()
    made.needs(house.variant, feature="Sink")
    offer = openings(wish(house))
    assert offer.openings == []
    assert str(offer.why) == (
        "No room has what this needs: Sink. Add it to a room, or take it off the service."
    )
    assert why(house, made.at(10)) == str(offer.why)
    made.has(house.places[1], "Sink")
    assert {one.place.room for one in openings(wish(house)).openings} == {"R2"}
    other = made.a_therapist("Ines Okafor")
    made.book(house, therapist=other, client=a_client("Omar Haddad"))
    assert why(house, made.at(10)) == "No room with Sink is free then."
    first = house.places[0].id
    assert why(house, made.at(12), place_id=first) == (
        "This room cannot be used for this: it needs Sink."
    )


def test_every_kind_of_equipment_needs_its_own_piece(inside: Flask):
    house = made.open_house()
    made.needs(house.variant, kind="Heater")
    offer = openings(wish(house))
    assert offer.openings == []
    assert str(offer.why) == "There is no Heater in use. Add one, or take it off the service."
    made.a_piece("Heater", "Heater 1")
    assert answer(house, made.at(10)).is_open
    made.needs(house.variant, kind="Warmer")
    assert why(house, made.at(10)).startswith("There is no Warmer in use.")
    made.a_piece("Warmer", "Warmer 1")
    other = made.a_therapist("Ines Okafor")
    made.book(house, therapist=other, client=a_client("Omar Haddad"))
    assert why(house, made.at(10)) in ("Every Heater is taken then.", "Every Warmer is taken then.")
    made.a_piece("Heater", "Heater 2")
    assert why(house, made.at(10)) == "Every Warmer is taken then."
    # The turnover of the visit before keeps its pieces as well.
    assert why(house, made.at(11)) == "Every Warmer is taken then."
    made.a_piece("Warmer", "Warmer 2")
    assert answer(house, made.at(10)).is_open


def test_a_therapist_has_a_limit_of_their_own(inside: Flask):
    house = made.open_house()
    made.bears(house.therapist, 60)
    made.book(house, made.at(8), client=a_client("Omar Haddad"))
    assert why(house, made.at(12)) == "June Park would treat more than 60 minutes that day."
    [anybody] = answers(wish(house), [made.at(12)])
    assert str(anybody.why) == "Everybody who is free then has treated enough that day."


def test_an_overlap_on_purpose_blocks_the_next_one_as_well(inside: Flask):
    house = made.open_house()
    made.book(house, client=a_client("Omar Haddad"))
    made.book(
        house, made.at(10, 30), actor=house.owner, client=a_client("Ida Rossi"),
        overlap_why="Sisters who asked for it",
    )  # fmt: skip
    assert why(house, made.at(11, 15)) == "June Park is taken then."
    assert answer(house, made.at(11, 45)).is_open


@pytest.mark.parametrize(("price", "is_open"), [(None, False), (8500, True)])
def test_what_has_no_price_on_the_day_is_not_open(inside: Flask, price, is_open):
    house = made.open_house()
    house.variant = catalogue.variant(code="NEW", price=price)
    one = answer(house, made.at(10))
    assert one.is_open == is_open
    assert is_open or "has no price on" in str(one.why)


def test_nobody_who_treats_is_said_as_such(inside: Flask):
    house = made.open_house()
    [one] = answers(wish(house, gender="other"), [made.at(10)])
    assert str(one.why) == "Nobody who treats here is as you wish. Widen the search."
    [one] = answers(wish(house, therapist_id=house.desk.id), [made.at(10)])
    assert str(one.why) == "This person does not treat here now. Choose somebody else."
