"""Many visits moved at once, all or none, and time off given with them."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from flask import Flask

from clinic.core.db import db
from clinic.core.errors import NotAllowed, StaleEdit
from clinic.core.transactions import transaction
from clinic.scheduling import services
from clinic.scheduling.models import Visit
from clinic.scheduling.services.rearranging import Drop, Move, NotRearranged, rearrange
from clinic.timetable import services as timetable
from clinic.timetable.models import TimeOff
from clinic.timetable.services import VisitsStand
from tests.factories import scheduling as made
from tests.factories.clients import a_client
from tests.factories.scheduling import House, at, book


@pytest.fixture
def house(inside: Flask) -> House:
    return made.open_house()


def moved(visit: Visit, starts_at: datetime, **more: Any) -> Move:
    facts = {"therapist": visit.therapist, "place": visit.place, "version": visit.version} | more
    return Move(visit, starts_at=starts_at, **facts)


def done(house: House, *moves: Move, **more: Any) -> None:
    with transaction():
        rearrange(moves, actor=house.owner, **more)


def absence(house: House) -> TimeOff:
    begin = at(0)
    with transaction():
        return timetable.ask(
            house.therapist, actor=house.owner, kind="vacation",
            starts_at=begin, ends_at=begin + timedelta(days=1),
        )  # fmt: skip


def two(house: House) -> tuple[Visit, Visit]:
    return book(house, at(9)), book(house, at(14), client=a_client("Tomas Reyes"))


def test_visits_move_together(house: House) -> None:
    one, other = two(house)
    ana = made.a_therapist("Ana Ruiz")
    done(house, moved(one, at(9, days=8)), moved(other, at(14), therapist=ana))
    assert one.starts_at == at(9, days=8)
    assert (other.starts_at, other.therapist.name) == (at(14), "Ana Ruiz")


def test_one_that_cannot_move_leaves_all_where_they_are(house: House) -> None:
    one, other = two(house)
    book(house, at(14, days=8), client=a_client("Lena Voss"))
    with pytest.raises(NotRearranged, match="Tomas Reyes") as refused:
        done(house, moved(one, at(9, days=8)), moved(other, at(14, days=8)))
    assert refused.value.visit_id == other.public_id
    assert refused.value.status == 409
    db.session.rollback()
    assert (one.starts_at, other.starts_at) == (at(9), at(14))


def test_two_that_want_one_place_are_both_refused(house: House) -> None:
    one, other = two(house)
    ana = made.a_therapist("Ana Ruiz")
    with pytest.raises(NotRearranged, match="room"):
        done(
            house,
            moved(one, at(9, days=8)),
            moved(other, at(9, days=8), therapist=ana, place=one.place),
        )
    db.session.rollback()
    assert (one.starts_at, other.starts_at) == (at(9), at(14))


def test_one_may_go_where_another_has_just_left(house: House) -> None:
    one, other = two(house)
    done(house, moved(one, at(9, days=8)), moved(other, at(9)))
    assert (one.starts_at, other.starts_at) == (at(9, days=8), at(9))


def test_time_off_is_given_with_its_moves_and_takes_the_time(house: House) -> None:
    one, other = two(house)
    wanted = absence(house)
    ana = made.a_therapist("Ana Ruiz")
    done(
        house, moved(one, at(9), therapist=ana), moved(other, at(14, days=8)),
        approve=wanted, version=wanted.version,
    )  # fmt: skip
    assert wanted.status == "approved"
    with pytest.raises(Exception, match="away"):
        book(house, at(16), client=a_client("Lena Voss"))


def test_one_visit_that_is_left_keeps_the_time_off_and_the_others_as_they_were(
    house: House,
) -> None:
    one, other = two(house)
    wanted = absence(house)
    with pytest.raises(VisitsStand) as refused:
        done(house, moved(one, at(9, days=8)), approve=wanted)
    assert refused.value.begin == [other.starts_at]
    db.session.rollback()
    assert (one.starts_at, wanted.status) == (at(9), "requested")


def test_moving_within_the_time_off_does_not_free_it(house: House) -> None:
    one = book(house, at(9))
    wanted = absence(house)
    with pytest.raises(VisitsStand):
        done(house, moved(one, at(11)), approve=wanted)
    db.session.rollback()
    assert one.starts_at == at(9)


def test_what_cannot_go_elsewhere_is_cancelled_by_the_clinic(house: House) -> None:
    one, other = two(house)
    wanted = absence(house)
    done(house, moved(one, at(9, days=8)), cancels=[Drop(other, other.version)], approve=wanted)
    assert (other.status, other.cancelled_by) == ("cancelled", "clinic")
    assert wanted.status == "approved"


def test_a_visit_that_somebody_changed_meanwhile_is_not_moved(house: House) -> None:
    one, _ = two(house)
    with pytest.raises(NotRearranged, match="changed this visit"):
        done(house, moved(one, at(9, days=8), version=one.version - 1))
    db.session.rollback()
    assert one.starts_at == at(9)


def test_time_off_that_was_changed_meanwhile_is_not_given(house: House) -> None:
    wanted = absence(house)
    with pytest.raises(StaleEdit):
        done(house, approve=wanted, version=wanted.version + 1)


def test_visits_on_two_referrals_move_whichever_comes_first(house: House) -> None:
    tomas = a_client("Tomas Reyes")
    first = made.an_authorisation(house)
    second = made.an_authorisation(house, client=tomas)
    one = book(house, at(9), client=tomas, authorisation=second)
    other = book(house, at(14), authorisation=first)
    done(house, moved(one, at(9, days=8)), moved(other, at(14, days=8)))
    assert other.starts_at == at(14, days=8)


def test_only_who_keeps_the_schedule_rearranges_it(house: House) -> None:
    one, _ = two(house)
    treats = house.treats
    with pytest.raises(NotAllowed), transaction():
        rearrange([moved(one, at(9, days=8))], actor=treats)


def test_the_desk_moves_and_only_the_owner_gives_the_time_off(house: House) -> None:
    one = book(house, at(9))
    wanted = absence(house)
    with pytest.raises(NotAllowed), transaction():
        rearrange([moved(one, at(9, days=8))], actor=house.desk, approve=wanted)
    db.session.rollback()
    assert one.starts_at == at(9)


def test_what_was_cancelled_meanwhile_is_refused_with_words(house: House) -> None:
    made.an_authorisation(house)
    one, other = two(house)
    counted = book(house, at(16), use_referral=True)
    made.done(services.cancel, counted, house.desk, by="clinic")
    with pytest.raises(NotRearranged, match="cannot be cancelled"):
        done(house, moved(one, at(9, days=8)), cancels=[Drop(counted, counted.version)])
    assert one.starts_at == at(9)
    assert other.starts_at == at(14)
