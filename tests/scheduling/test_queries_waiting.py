"""Whom a time that came free would suit: ranked, true to the openings, in few queries."""

from datetime import timedelta

import pytest

from clinic.clients import services as clients
from clinic.core.permissions import SYSTEM
from clinic.core.transactions import transaction
from clinic.scheduling.models import WaitlistEntry
from clinic.scheduling.queries.openings import Wish, openings
from clinic.scheduling.queries.waiting import (
    Gap,
    count_matching,
    counts_for,
    matches,
    matches_of,
    waiting_for_day,
)
from clinic.scheduling.queries.waitlist import lines
from clinic.scheduling.services import waiting
from tests.factories import catalogue, staff
from tests.factories import scheduling as made
from tests.factories.clients import a_client
from tests.statements import counted


@pytest.fixture
def house(inside):
    return made.open_house()


def an_entry(house, name="Omar Haddad", **more):
    day = made.this_day()
    facts = {"earliest": day, "latest": day + timedelta(days=30), "notice_hours": 0}
    facts |= {"actor": house.desk, "variant": house.variant, "client": more.pop("client", None)}
    facts["client"] = facts["client"] or a_client(name)
    with transaction():
        return waiting.wait(**(facts | more))


def found(house, starts_at=None, minutes=60, therapist=None):
    begin = starts_at or made.at(10)
    end = begin + timedelta(minutes=minutes)
    return matches(therapist or house.therapist, begin, end)


def names(some):
    return [one.line.client for one in some]


def test_they_come_by_priority_then_by_a_referral_about_to_end_then_by_age(house):
    an_entry(house, "First Comer")
    referred = a_client("Referred Soon")
    day = made.this_day()
    made.an_authorisation(house, client=referred, valid_until=day + timedelta(days=14))
    an_entry(house, client=referred, use_referral=True)
    later = a_client("Referred Later")
    made.an_authorisation(house, client=later, valid_until=day + timedelta(days=15))
    an_entry(house, client=later, use_referral=True)
    an_entry(house, "High Priority", priority="high")
    some = found(house)
    assert names(some) == ["High Priority", "Referred Soon", "First Comer", "Referred Later"]
    assert some[1].line.presses_on == day + timedelta(days=14)
    assert some[3].line.presses_on is None


def test_a_referral_used_up_does_not_press(house):
    day = made.this_day()
    made.an_authorisation(house, 1, valid_until=day + timedelta(days=10))
    made.book(house, made.at(15), use_referral=True)
    an_entry(house, "First Comer")
    an_entry(house, client=house.client, use_referral=True)
    assert names(found(house)) == ["First Comer", "Grace Nakamura"]


def test_each_has_the_best_start_inside_the_gap_and_what_remains(house):
    made.book(house, made.at(9))
    made.book(house, made.at(13), client=a_client("Ada Brandt"))
    an_entry(house)
    short = catalogue.variant(30, 5000, of=house.variant.service)
    an_entry(house, "Short Stay", variant=short)
    by_name = {one.line.client: one for one in found(house, minutes=90)}
    for name, minutes in (("Omar Haddad", 60), ("Short Stay", 30)):
        one = by_name[name]
        assert made.at(10) <= one.starts_at < made.at(11, 30)
        assert one.before + one.after == (90 - minutes) * 60


def test_nobody_is_matched_to_a_time_that_they_could_not_be_booked_at(house):
    busy = an_entry(house, "Busy Then")
    made.book(house, client=busy.client, therapist=made.a_therapist("Ines Okafor"))
    trained = catalogue.variant(code="PRENATAL", requires=["PRENATAL_CERT"])
    an_entry(house, "Needs Training", variant=trained)
    an_entry(house, "Free Then")
    assert names(found(house)) == ["Free Then"]
    staff.licence(house.therapist, code="PRENATAL_CERT")
    assert names(found(house)) == ["Needs Training", "Free Then"]


def test_a_time_taken_again_suits_nobody(house):
    an_entry(house)
    made.book(house)
    assert found(house) == []


def test_wishes_are_minded(house):
    other = made.a_therapist("Ines Okafor")
    day = made.day()
    an_entry(house, "Other Therapist", therapists=[other])
    an_entry(house, "Other Weekday", weekdays=127 ^ (1 << day.weekday()))
    an_entry(house, "Only Evenings", parts=4)
    an_entry(house, "Not Yet", earliest=day + timedelta(days=1))
    an_entry(house, "No More", latest=day - timedelta(days=1))
    an_entry(house, "Wants Notice", notice_hours=336)
    an_entry(house, "Wants A Man", gender="male")
    an_entry(house, "Any Time")
    assert names(found(house)) == ["Any Time"]
    assert "Other Therapist" in names(found(house, therapist=other))


def test_whom_the_gate_would_not_admit_is_never_matched_and_the_reason_is_shown(house):
    stopped, gone = an_entry(house, "Stop Here"), an_entry(house, "Gone Away")
    with transaction():
        clients.stop_booking(stopped.client, actor=house.owner, reason="Asked for it")
        clients.record_death(gone.client, actor=SYSTEM, on=None)
    assert found(house) == []
    assert count_matching([Gap(house.therapist.id, made.at(10), made.at(11))]) == [0]
    said = {line.client: str(line.refused) for line in lines(WaitlistEntry.status == "waiting")}
    assert "do not book" in said["Stop Here"]
    assert "died" in said["Gone Away"]


def test_a_service_no_longer_offered_is_never_matched(house):
    an_entry(house)
    with transaction():
        catalogue.services.withdraw_length(house.variant, actor=SYSTEM)
    assert found(house) == []


def test_a_merged_client_waits_on_as_the_person_they_are(house):
    twin = a_client("Grace Nakamura-Ito")
    an_entry(house, client=twin)
    with transaction():
        clients.merge(house.client, twin, actor=SYSTEM)
    assert names(found(house)) == ["Grace Nakamura"]
    made.book(house, therapist=made.a_therapist("Ines Okafor"))
    assert found(house) == []


def test_who_said_no_to_the_very_time_comes_last_and_is_marked(house):
    first = an_entry(house, "First Comer")
    an_entry(house, "Second Comer")
    with transaction():
        offer = waiting.offer(
            first, actor=house.desk, therapist=house.therapist, starts_at=made.at(10)
        )
    assert names(found(house)) == ["Second Comer"]
    with transaction():
        waiting.decline(offer, actor=house.desk)
    some = found(house)
    assert [(one.line.client, one.has_refused) for one in some] == [
        ("Second Comer", False), ("First Comer", True),
    ]  # fmt: skip
    assert not any(one.has_refused for one in found(house, made.at(14)))


def test_every_match_is_a_time_that_is_open_for_that_person(house):
    made.book(house, made.at(11))
    lengths = [house.variant] + [
        catalogue.variant(minutes, 9000, of=house.variant.service) for minutes in (30, 90)
    ]
    for number, variant in enumerate(lengths):
        an_entry(house, f"Person {number}", variant=variant)
    gaps = [Gap(house.therapist.id, made.at(hour), made.at(hour + 1)) for hour in (9, 10, 13)]
    for gap, some in zip(gaps, matches_of(gaps), strict=True):
        for one in some:
            wish = Wish(
                one.line.variant, (), made.day(), days=1,
                therapist_id=gap.therapist_id, client_id=one.line.person_id,
            )  # fmt: skip
            assert one.starts_at in {opening.starts_at for opening in openings(wish).openings}


def test_the_count_is_at_least_what_the_matches_are_where_the_gap_is_as_long_as_the_wish(house):
    an_entry(house, "Any Time")
    an_entry(house, "Only Evenings", parts=4)
    an_entry(house, "Wants A Man", gender="male")
    gaps = [Gap(house.therapist.id, made.at(hour), made.at(hour + 1)) for hour in (10, 18)]
    assert count_matching(gaps) == [1, 2]
    assert counts_for({"ten": gaps[0]}) == {"ten": 1}
    assert count_matching([]) == []


def test_how_many_wait_for_a_day(house):
    day = made.day()
    an_entry(house, "Any Day")
    an_entry(house, "That Weekday", weekdays=1 << day.weekday())
    an_entry(house, "Other Weekday", weekdays=127 ^ (1 << day.weekday()))
    assert waiting_for_day(day) == 2
    assert waiting_for_day(day + timedelta(days=40)) == 0


def test_fifty_who_wait_cost_no_more_queries_than_two(house):
    made.an_authorisation(house, valid_until=made.this_day() + timedelta(days=5))
    an_entry(house, client=house.client, use_referral=True)
    an_entry(house)
    found(house)
    with counted() as few:
        assert len(found(house)) == 2
    for number in range(48):
        an_entry(house, f"Person Number{number}")
    gap = Gap(house.therapist.id, made.at(10), made.at(11))
    with counted() as many:
        assert len(found(house)) == 50
    with counted() as counts:
        assert count_matching([gap] * 7) == [50] * 7
    assert len(many) == len(few) <= 9
    assert len(counts) == 3
