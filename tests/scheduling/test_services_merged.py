"""Two records of one person: whatever is booked, it is the person who comes."""

import pytest

from clinic.clients import services as clients
from clinic.core.permissions import SYSTEM
from clinic.core.transactions import transaction
from clinic.scheduling import services
from clinic.scheduling.queries.openings import Wish, openings
from clinic.timetable.services import SlotTaken
from tests.factories import scheduling as made
from tests.factories.clients import a_client


@pytest.fixture
def house(inside):
    return made.open_house()


@pytest.fixture
def twin(house):
    """Another record of the same person, with a visit at ten in a week; merged afterwards."""
    other = a_client("Grace Nakamura-Ito")
    second = made.a_therapist("Second Person")
    visit = made.book(house, client=other, therapist=second, place=house.places[1])
    with transaction():
        clients.merge(house.client, other, actor=SYSTEM)
    return visit


def test_nobody_is_booked_twice_under_two_records(house, twin):
    with pytest.raises(SlotTaken):
        made.book(house)
    made.book(house, made.at(12))


def test_a_time_that_the_other_record_has_is_not_offered(house, twin):
    wish = Wish(house.variant, (), made.day(), days=1, client_id=house.client.id)
    assert made.at(10) not in {one.starts_at for one in openings(wish).openings}
    assert made.at(12) in {one.starts_at for one in openings(wish).openings}


def test_a_visit_is_not_moved_onto_one_of_the_other_record(house, twin):
    later = made.book(house, made.at(14))
    with pytest.raises(SlotTaken):
        made.done(services.move, later, house.desk, starts_at=made.at(10))
    with pytest.raises(SlotTaken):
        made.done(services.move, twin, house.desk, starts_at=made.at(14))


def test_a_cancelled_visit_does_not_come_back_onto_one_of_the_other_record(house, twin):
    made.done(services.cancel, twin, house.desk, by="clinic")
    made.book(house)
    with pytest.raises(SlotTaken):
        made.done(services.undo, twin, house.desk)


def test_a_visit_of_a_merged_record_goes_to_another_therapist(house, twin):
    made.done(services.move, twin, house.desk, starts_at=made.at(16), therapist=house.therapist)
    assert twin.therapist_id == house.therapist.id


def test_records_that_are_parted_again_are_booked_each_for_itself(house, twin):
    with transaction():
        clients.part(twin.client, actor=SYSTEM)
    made.book(house)


def test_two_visits_that_a_merge_found_at_one_time_can_still_be_kept(house):
    other = a_client("Grace Nakamura-Ito")
    second = made.a_therapist("Second Person")
    visit = made.book_now(house, client=other, therapist=second, place=house.places[1])
    made.book_now(house)
    with transaction():
        clients.merge(house.client, other, actor=SYSTEM)
    made.done(services.check_in, visit, house.desk)
    assert visit.status == "arrived"
