"""Openings: offered is what can be booked, and on the grid nothing else can."""

from datetime import date, datetime, time, timedelta

import pytest
from flask import Flask
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from clinic.clients.services import keys_of
from clinic.core.clock import instant
from clinic.core.db import db
from clinic.core.errors import DomainError
from clinic.core.permissions import Role
from clinic.core.transactions import lock_all, transaction
from clinic.scheduling import services
from clinic.scheduling.queries.openings import Wish, next_free, openings
from clinic.scheduling.rules import grid_of
from clinic.staff.models import StaffMember
from clinic.timetable.models import HoursException
from tests.factories import catalogue, staff
from tests.factories import scheduling as made
from tests.factories.clients import a_client
from tests.statements import counted


def wish(house, **more):
    facts = {"since": made.this_day() + timedelta(days=7), "days": 1, "client_id": house.client.id}
    return Wish(house.variant, (), **(facts | more))


def times(found):
    return [one.starts_at.astimezone(made.zone()).strftime("%H:%M") for one in found]


def by_time(found):
    return sorted(set(times(found)))


def test_a_search_costs_three_queries_at_most(inside: Flask):
    house = made.open_house()
    made.book(house)
    made.a_therapist("Ines Okafor")
    wanted = wish(house, days=14)
    assert house.variant.service.buffer_after == 15
    with counted() as sent:
        assert openings(wanted).openings
    assert len(sent) <= 3


def test_openings_keep_hours_buffers_and_what_is_taken(inside: Flask):
    house = made.open_house()
    early = made.a_therapist("Ines Okafor", hours=(540, 780))
    found = openings(wish(house, therapist_id=early.id)).openings
    assert by_time(found) == [
        "09:00", "09:15", "09:30", "09:45", "10:00", "10:15", "10:30", "10:45", "11:00", "11:15",
        "11:30", "11:45",
    ]  # fmt: skip
    made.book(house, made.at(10, 30), therapist=early, client=a_client("Omar Haddad"))
    assert by_time(openings(wish(house, therapist_id=early.id)).openings) == [
        "09:00", "09:15", "11:45",
    ]  # fmt: skip


def test_what_leaves_nothing_unsellable_beside_it_comes_first(inside: Flask):
    house = made.open_house()
    early = made.a_therapist("Ines Okafor", hours=(540, 780))
    found = openings(wish(house, therapist_id=early.id)).openings
    best = [one for one in found if one.waste == 0]
    assert times(best) == ["09:00", "10:15", "10:30", "11:45"][:1] + times(best)[1:]
    assert found[: len(best)] == best
    assert {"09:00", "11:45"} <= set(times(best))
    assert "09:15" not in times(best)


def test_only_who_is_qualified_on_the_day_is_offered_and_the_others_are_named(inside: Flask):
    house = made.open_house()
    prenatal = catalogue.variant(code="PRENATAL", requires=("PRENATAL",))
    able = made.a_therapist("Ines Okafor")
    staff.licence(able, code="PRENATAL", until=made.this_day() + timedelta(days=7))
    since = made.this_day() + timedelta(days=7)
    offer = openings(Wish(prenatal, (), since, days=2))
    assert {one.therapist.name for one in offer.openings} == {"Ines Okafor"}
    assert [one.name for one in offer.unable] == ["June Park"]
    assert {one.starts_at.astimezone(made.zone()).date() for one in offer.openings} == {since}
    assert house.client


def test_gender_part_of_day_and_moment_narrow_the_search(inside: Flask):
    house = made.open_house()
    someone = made.a_therapist("Ines Okafor")
    with transaction() as session, made.writing("test", made.SYSTEM):
        session.get_one(StaffMember, someone.id).gender = "female"
        session.flush()
    found = openings(wish(house, gender="female", part="morning")).openings
    assert {one.therapist.name for one in found} == {"Ines Okafor"}
    assert max(times(found)) == "11:45"
    later = next_free(wish(house, after=made.at(15, 5)))
    assert times(later) == ["15:15", "15:30", "15:45", "16:00", "16:15"]


def test_a_full_day_and_a_busy_client_offer_nothing(inside: Flask):
    house = made.open_house(hands_on_limit=100)
    made.book(house, made.at(8))
    assert openings(wish(house, therapist_id=house.therapist.id)).openings == []
    other = made.a_therapist("Ines Okafor")
    found = openings(wish(house, therapist_id=other.id)).openings
    assert not {"07:15", "08:00", "08:45"} & set(times(found))
    assert {"07:00", "09:00"} <= set(times(found))


def test_without_a_room_there_is_no_opening(inside: Flask):
    house = made.open_house()
    for name in ("Ines Okafor", "Tomas Reyes"):
        made.book(house, therapist=made.a_therapist(name), client=a_client(f"C {name}"))
    found = openings(wish(house, therapist_id=house.therapist.id)).openings
    assert "10:00" not in times(found)
    assert "11:15" in times(found)


def test_a_visit_that_moves_is_not_in_its_own_way(inside: Flask):
    house = made.open_house()
    visit = made.book(house)
    found = openings(wish(house, move=visit, therapist_id=house.therapist.id)).openings
    assert "10:15" in times(found)
    assert all(one.place.id == visit.place_id for one in found)


def test_past_lead_and_horizon_bound_the_search(inside: Flask):
    house = made.open_house(min_lead=120, horizon=10)
    soon = openings(wish(house, since=made.this_day() - timedelta(days=3), days=5)).openings
    assert min(one.starts_at for one in soon) >= made.now() + timedelta(minutes=119)
    far = openings(wish(house, since=made.this_day() + timedelta(days=9), days=14)).openings
    assert len({one.starts_at.astimezone(made.zone()).date() for one in far}) == 2
    gone = openings(wish(house, since=made.this_day() + timedelta(days=12))).openings
    assert gone == []


def test_a_count_gives_the_best_of_the_earliest_days(inside: Flask):
    house = made.open_house()
    assert len(openings(wish(house, days=14), count=7).openings) == 7


def test_after_four_for_three_days_with_a_woman(inside: Flask):
    house = made.open_house()
    someone = made.a_therapist("Ines Okafor")
    with transaction() as session, made.writing("test", made.SYSTEM):
        session.get_one(StaffMember, someone.id).gender = "female"
        session.flush()
    found = openings(wish(house, days=3, after_wall=16 * 60, gender="female")).openings
    assert {one.therapist.name for one in found} == {"Ines Okafor"}
    assert len({one.starts_at.astimezone(made.zone()).date() for one in found}) == 3
    assert min(times(found)) == "16:00"
    until = openings(wish(house, days=3, before=made.at(9))).openings
    assert max(one.starts_at for one in until) == made.at(8, 45)


def test_a_hold_is_free_for_whom_it_was_made(inside: Flask):
    house = made.open_house()
    with transaction():
        hold = services.hold_time(
            actor=house.desk, variant=house.variant, therapist=house.therapist,
            starts_at=made.at(10),
        )  # fmt: skip
    assert "10:00" not in times(openings(wish(house)).openings)
    assert "10:00" in times(openings(wish(house, hold=hold)).openings)


@pytest.mark.parametrize("since", [date.max, date.min, date(9999, 1, 1)])
def test_no_date_is_too_far_to_be_asked_for(inside: Flask, since: date):
    house = made.open_house(horizon=10)
    for days in (1, 14, 0, -3):
        offer = openings(Wish(house.variant, (), since, days))
        assert offer.openings == []
        assert offer.why is not None
        assert [one.name for one in offer.able] == ["June Park"]
        assert next_free(Wish(house.variant, (), since, days)) == []
    assert openings(Wish(house.variant, (), date.min, 10**7)).openings


def test_what_makes_every_search_vain_is_said(inside: Flask):
    house = made.open_house()
    prenatal = catalogue.variant(code="PRENATAL", requires=("PRENATAL",))
    since = made.this_day() + timedelta(days=7)
    assert str(openings(Wish(prenatal, (), since)).why).startswith("Nobody is qualified for this")
    assert openings(wish(house)).why is None
    other = Wish(house.variant, (), since, therapist_id=house.desk.id)
    assert str(openings(other).why) == "This person does not treat here now. Choose somebody else."


def change_days(zone):
    """The next two days on which the clocks change, and the day after each."""
    day, found = made.this_day() + timedelta(days=1), []
    while len(found) < 2:
        begin = datetime.combine(day, time.min, zone)
        if begin.utcoffset() != (begin + timedelta(days=1)).utcoffset():
            found.append(day)
        day += timedelta(days=1)
    return found


STRETCH = st.tuples(st.integers(0, 1440), st.integers(0, 1440)).map(sorted).map(tuple)


@pytest.mark.parametrize("which", [0, 1, None], ids=["a change", "the other", "a plain day"])
@pytest.mark.parametrize("zone", ["Europe/London", "America/New_York"])
def test_offered_and_bookable_are_the_same_on_generated_days(inside: Flask, zone, which):  # noqa: C901 - one story
    house = made.open_house(zone, hands_on_limit=240)
    house.places[1:] = []
    other = made.a_therapist("Ines Okafor")
    day = change_days(made.zone())[which] if which is not None else made.this_day() + timedelta(9)
    someone = a_client("Omar Haddad")

    @settings(max_examples=4, phases=[Phase.generate])
    @given(
        hours=st.lists(STRETCH, max_size=3),
        booked=st.lists(st.tuples(st.integers(0, 95), st.booleans(), st.booleans()), max_size=5),
        buffers=st.tuples(st.sampled_from([0, 10, 20]), st.sampled_from([0, 15])),
        picks=st.lists(st.integers(0, 99), min_size=6, max_size=6),
    )
    def agree(hours, booked, buffers, picks):
        with rolled_back():
            prepare(hours, buffers)
            for quarter, is_other, is_same_client in booked:
                attempt(quarter, is_other, is_same_client)
            grid = list(grid_of(day, made.zone(), 15))
            offered = {
                (one.at, one.therapist.id): one
                for one in openings(
                    Wish(house.variant, (), day, 1, client_id=house.client.id)
                ).openings
            }
            wanted = [grid[pick % len(grid)] for pick in picks]
            chosen = sorted(offered)[:: max(1, len(offered) // 6)]
            wanted += [at for at, _ in chosen]
            for at in wanted:
                for person in (house.therapist, other):
                    said = offered.get((at, person.id))
                    assert is_bookable(at, person, said) == (said is not None), (
                        datetime.fromtimestamp(at, made.zone()), person.name,
                    )  # fmt: skip

    def prepare(hours, buffers):
        with made.writing("test", made.SYSTEM):
            service = house.variant.service
            service.buffer_before, service.buffer_after = buffers
            for starts, ends in hours:
                if starts < ends:
                    db.session.add(
                        HoursException(
                            staff_id=house.therapist.id, on_date=day, starts=starts, ends=ends
                        )
                    )
            db.session.flush()
        lock_all(keys_of(house.client, someone))

    def attempt(quarter, is_other, is_same_client):
        grid = list(grid_of(day, made.zone(), 15))
        try:
            with db.session.begin_nested():
                services.book(
                    actor=house.desk, variant=house.variant,
                    starts_at=moment(grid[quarter % len(grid)]),
                    client=house.client if is_same_client else someone,
                    therapist=other if is_other else house.therapist,
                )  # fmt: skip
        except DomainError:
            pass

    def is_bookable(at, person, said):
        try:
            with db.session.begin_nested() as point:
                services.book(
                    actor=house.desk, client=house.client, variant=house.variant, therapist=person,
                    starts_at=moment(at), place=db.session.get_one(made.Place, said.place.id)
                    if said else None,
                )  # fmt: skip
                point.rollback()
        except DomainError:
            return False
        return True

    agree()


def moment(second):
    return datetime.fromtimestamp(second, made.zone())


class rolled_back:  # noqa: N801 - reads as a phrase
    """A transaction whose work is thrown away."""

    class _Enough(Exception):
        pass

    def __enter__(self):
        self.block = transaction()
        self.block.__enter__()

    def __exit__(self, kind, error, trace):
        if kind is not None:
            return self.block.__exit__(kind, error, trace)
        self.block.__exit__(self._Enough, self._Enough(), None)
        return True


def test_openings_are_those_of_the_wall_clock_on_days_the_clocks_change(inside: Flask):
    house = made.open_house("Europe/London")
    for day in change_days(made.zone()):
        found = openings(Wish(house.variant, (), day, 1)).openings
        walls = times(found)
        assert all(wall[3:] in ("00", "15", "30", "45") for wall in walls)
        nine = instant(day, time(9), made.zone())
        assert nine in {one.starts_at for one in found}
    assert isinstance(Role.OWNER, str)
    assert isinstance(day, date)
