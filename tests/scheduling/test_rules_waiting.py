"""Waiting: every edge and non-edge, whom a time suits, who comes first, until when."""

from datetime import UTC, date, datetime, timedelta
from itertools import pairwise, product
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clinic.core.clock import epoch, from_epoch, local_day
from clinic.core.errors import Conflict
from clinic.scheduling.models import WaitlistEntry
from clinic.scheduling.rules import PARTS
from clinic.scheduling.rules.waiting import (
    EDGES,
    PART_BITS,
    STATES,
    VERBS,
    Wanted,
    best_start,
    has_a_day,
    must_go,
    not_to_be_booked,
    offer_ends,
    rank,
    suits,
)

CHICAGO = ZoneInfo("America/Chicago")
WAYS = {
    ("waiting", "offer"): "offered",
    ("waiting", "amend"): "waiting",
    ("waiting", "expire"): "expired",
    ("waiting", "withdraw"): "cancelled",
    ("offered", "accept"): "accepted",
    ("offered", "decline"): "waiting",
    ("offered", "lapse"): "waiting",
    ("offered", "retract"): "waiting",
    ("offered", "withdraw"): "cancelled",
}
"""The whole machine: what is not here cannot be done."""
MONDAY = date(2027, 3, 1)
AT = datetime(2027, 2, 26, 15, 0, tzinfo=UTC)
"""Nine in the morning in Chicago, on the Friday before."""


def wanted(**more):
    plain = {"id": 1, "since": AT, "earliest": MONDAY, "latest": MONDAY + timedelta(days=13)}
    return Wanted(**(plain | more))


def wall(hour, minute=0, day=MONDAY):
    return datetime(day.year, day.month, day.day, hour, minute, tzinfo=CHICAGO)


def is_suited(entry, starts_at, staff_id=7, gender="female", at=AT):
    return suits(entry, starts_at, staff_id, gender, at, CHICAGO)


@pytest.mark.parametrize(("status", "verb"), list(product(STATES, VERBS)))
def test_every_verb_leads_where_the_table_says_or_is_refused_with_the_state(status, verb):
    if (status, verb) in WAYS:
        assert must_go(status, verb) == WAYS[status, verb]
        return
    with pytest.raises(Conflict) as refused:
        must_go(status, verb)
    assert "{" not in str(refused.value.words)


def test_the_table_and_the_rules_name_the_same_edges_and_states():
    assert {(edge.before, edge.by): edge.after for edge in EDGES} == WAYS
    assert STATES == WaitlistEntry.STATUSES


def test_a_time_suits_on_the_days_asked_for_and_not_the_day_before_or_after():
    entry = wanted()
    assert is_suited(entry, wall(10))
    assert is_suited(entry, wall(10, day=MONDAY + timedelta(days=13)))
    assert not is_suited(entry, wall(10, day=MONDAY - timedelta(days=1)))
    assert not is_suited(entry, wall(10, day=MONDAY + timedelta(days=14)))


def test_only_the_weekdays_asked_for_suit():
    entry = wanted(weekdays=0b0000010)
    assert not is_suited(entry, wall(10))
    assert is_suited(entry, wall(10, day=MONDAY + timedelta(days=1)))


@pytest.mark.parametrize(
    ("hour", "minute", "part"),
    [
        (0, 0, "morning"), (11, 45, "morning"), (12, 0, "afternoon"), (16, 45, "afternoon"),
        (17, 0, "evening"), (23, 45, "evening"),
    ],
)  # fmt: skip
def test_the_part_of_the_day_is_told_by_the_clock_on_the_wall(hour, minute, part):
    for name, bit in PART_BITS.items():
        assert is_suited(wanted(parts=bit), wall(hour, minute)) is (name == part)


def test_the_clock_on_the_wall_counts_on_the_day_the_clocks_change():
    summer = date(2027, 3, 14)
    entry = wanted(parts=PART_BITS["morning"])
    assert is_suited(entry, wall(11, 45, day=summer))
    assert not is_suited(entry, wall(12, 0, day=summer))


def test_who_needs_notice_is_not_told_too_late():
    entry = wanted(notice_hours=24)
    assert not is_suited(entry, wall(10), at=wall(10) - timedelta(hours=24))
    assert is_suited(entry, wall(10), at=wall(10) - timedelta(hours=24, minutes=1))


def test_a_named_therapist_counts_and_else_the_gender_asked_for():
    assert is_suited(wanted(therapists=frozenset({7, 8})), wall(10))
    assert not is_suited(wanted(therapists=frozenset({8})), wall(10))
    assert is_suited(wanted(gender="female"), wall(10))
    assert not is_suited(wanted(gender="male"), wall(10))
    assert is_suited(wanted(gender="male", therapists=frozenset({7})), wall(10))


def test_priority_comes_first_then_a_referral_about_to_end_then_age():
    day = local_day(AT, CHICAGO)
    old = wanted(id=1, since=AT - timedelta(days=30))
    new = wanted(id=2, since=AT)
    soon = wanted(id=3, presses_on=day + timedelta(days=14))
    sooner = wanted(id=4, presses_on=day + timedelta(days=2))
    later = wanted(id=5, since=AT - timedelta(days=60), presses_on=day + timedelta(days=15))
    over = wanted(id=6, presses_on=day - timedelta(days=1))
    high = wanted(id=7, since=AT + timedelta(days=1), priority="high")
    ranked = sorted([over, new, old, soon, later, sooner, high], key=lambda one: rank(one, day))
    assert [one.id for one in ranked] == [7, 4, 3, 5, 1, 2, 6]


@pytest.mark.parametrize(
    ("starts_at", "notice", "lead", "minutes"),
    [
        (wall(10), 0, 0, 120),
        (wall(15, day=MONDAY - timedelta(days=3)), 0, 0, 20),
        (wall(9, 15, day=MONDAY - timedelta(days=3)), 0, 0, 15),
        (wall(9, 30, day=MONDAY - timedelta(days=3)), 0, 15, 15),
        (wall(10), 72, 0, 60),
        (wall(10), 96, 0, 120),
    ],
    ids=[
        "two hours", "today 20 minutes", "until it begins", "until it can be booked no more",
        "until the notice", "at shorter notice than asked for",
    ],
)  # fmt: skip
def test_an_offer_stands_two_hours_or_as_long_as_it_can_be_of_use(starts_at, notice, lead, minutes):
    ends = offer_ends(starts_at, AT, CHICAGO, notice_hours=notice, lead_minutes=lead)
    assert ends == AT + timedelta(minutes=minutes)


def test_a_weekday_that_never_comes_between_two_dates_is_seen():
    assert has_a_day(MONDAY, MONDAY, 0b0000001)
    assert not has_a_day(MONDAY, MONDAY + timedelta(days=5), 0b1000000)
    assert has_a_day(MONDAY, MONDAY + timedelta(days=6), 0b1000000)


def test_who_would_not_be_admitted_is_refused_in_the_words_of_the_gate():
    def said(status="active", **more):
        facts = {"is_not_to_book": False, "has_died": False} | more
        return not_to_be_booked("Ann Lee", status, MONDAY, **facts)

    assert said() is None
    assert "died" in str(said(has_died=True))
    assert "archived" in str(said("archived"))
    assert "do not book" in str(said(is_not_to_book=True))
    assert "no longer offered" in str(said(is_offered=False))


def test_the_best_start_wastes_least_and_says_what_remains():
    hour = 3600
    assert best_start([(1, 10), (0, hour)], (0, 2 * hour), hour) == (hour, hour, 0)
    assert best_start([(0, hour), (0, 0)], (0, 2 * hour), hour) == (0, 0, hour)
    assert best_start([(0, 2 * hour)], (0, 2 * hour), hour) is None
    assert best_start([(0, hour)], (0, 2 * hour), 3 * hour) == (hour, hour, 0)


def _between(first, last):
    """Moments from one day until another, to the second."""
    begin, end = (
        epoch(datetime(day.year, day.month, day.day, tzinfo=UTC)) for day in (first, last)
    )
    return st.integers(begin, end).map(from_epoch)


entries = st.builds(
    Wanted,
    id=st.integers(1, 10**6),
    since=_between(date(2026, 1, 1), date(2027, 1, 1)),
    earliest=st.just(MONDAY),
    latest=st.dates(MONDAY, MONDAY + timedelta(days=60)),
    weekdays=st.integers(1, 127),
    parts=st.integers(1, 7),
    notice_hours=st.integers(0, 336),
    gender=st.sampled_from(["", "female", "male"]),
    therapists=st.frozensets(st.integers(1, 4), max_size=3),
    priority=st.sampled_from(["normal", "high"]),
    presses_on=st.none() | st.dates(MONDAY - timedelta(days=30), MONDAY + timedelta(days=30)),
)
moments = _between(date(2027, 2, 20), date(2027, 5, 10))  # over the change to summer time


@given(entries, moments, st.integers(1, 4), st.sampled_from(["female", "male", ""]), moments)
def test_whatever_suits_breaks_none_of_the_wishes(entry, starts_at, staff_id, gender, at):
    local = starts_at.astimezone(CHICAGO)
    part = next(
        name for name, (begin, end) in PARTS.items()
        if begin <= local.hour * 60 + local.minute < end
    )  # fmt: skip
    expected = (
        entry.earliest <= local.date() <= entry.latest
        and entry.weekdays & (1 << local.weekday()) != 0
        and entry.parts & PART_BITS[part] != 0
        and starts_at - at > timedelta(hours=entry.notice_hours)
        and (
            staff_id in entry.therapists
            if entry.therapists
            else not entry.gender or entry.gender == gender
        )
    )
    assert suits(entry, starts_at, staff_id, gender, at, CHICAGO) is expected


@given(entries, moments, moments, st.integers(1, 4))
def test_a_wider_wish_is_never_suited_less(entry, starts_at, at, staff_id):
    wide = Wanted(entry.id, entry.since, entry.earliest, entry.latest)
    if suits(entry, starts_at, staff_id, "female", at, CHICAGO):
        assert suits(wide, starts_at, staff_id, "female", at, CHICAGO)


@given(st.lists(entries, max_size=12, unique_by=lambda one: one.id), st.randoms())
def test_the_rank_is_one_order_however_the_entries_come(some, chance):
    shuffled = chance.sample(some, len(some))
    by_rank = sorted(some, key=lambda one: rank(one, MONDAY))
    assert sorted(shuffled, key=lambda one: rank(one, MONDAY)) == by_rank
    for first, second in pairwise(by_rank):
        if first.priority != second.priority:
            assert first.priority == "high"
        elif first.is_pressing(MONDAY) != second.is_pressing(MONDAY):
            assert first.is_pressing(MONDAY)
        elif not first.is_pressing(MONDAY):
            assert first.since <= second.since


@given(moments, moments, st.integers(0, 336), st.integers(0, 240))
def test_an_offer_never_outlives_what_can_be_booked(starts_at, at, notice, lead):
    ends = offer_ends(starts_at, at, CHICAGO, notice_hours=notice, lead_minutes=lead)
    assert ends <= starts_at - timedelta(minutes=lead)
    assert ends <= at + timedelta(hours=2)
    if starts_at - timedelta(hours=notice) > at:
        assert ends <= starts_at - timedelta(hours=notice)
