"""What a report says reads back the same; counting and its life are plain."""

from datetime import date

from hypothesis import given
from hypothesis import strategies as st

from clinic.records.rules.adverse import (
    COUNTS,
    SEVERITIES,
    STATUSES,
    TYPES,
    WAYS,
    Account,
    Around,
    Deed,
    Review,
    RuleFound,
    checked,
    emergency_number,
    is_grave,
    per_hundred,
    read_account,
    read_review,
    wanting,
    write_account,
    write_review,
)

words = st.text(max_size=40)
days = st.none() | st.dates(date(2000, 1, 1), date(2100, 1, 1))
accounts = st.builds(
    Account,
    kind=st.sampled_from(["", *TYPES]),
    text=words,
    techniques=st.lists(st.sampled_from(["DEEP", "HEAT"])).map(tuple),
    areas=st.lists(st.sampled_from([("CALF", "L"), ("NECK_FRONT", "N")])).map(tuple),
    pressure=st.none() | st.integers(1, 5),
    after_hours=st.none() | st.integers(0, 2000),
    around=st.builds(
        Around,
        service=words,
        hits=st.lists(st.builds(RuleFound, words, words, words)).map(tuple),
        cap=st.none() | st.integers(0, 5),
    ),
)
reviews = st.builds(
    Review,
    text=words,
    client_on=days,
    insurer_on=days,
    deeds=st.lists(st.builds(Deed, words, words, words, words)).map(tuple),
)


@given(accounts)
def test_an_account_reads_back_the_same(account: Account):
    assert read_account(write_account(account)) == account


@given(reviews)
def test_a_review_reads_back_the_same(review: Review):
    assert read_review(write_review(review)) == review


@given(accounts, st.sampled_from([None, *SEVERITIES]), days)
def test_a_report_is_complete_with_what_when_and_how_severe(
    account: Account, severity: str | None, on: date | None
):
    wants = {name for name, _ in wanting(account, severity, on)}
    assert ("severity" in wants) == (severity is None)
    assert ("kind" in wants) == (account.kind == "")
    assert ("happened_on" in wants) == (on is None)


@given(st.integers(0, 500), st.integers(0, 5000))
def test_a_rate_is_per_hundred_sessions_and_none_without_any(count: int, sessions: int):
    rate = per_hundred(count, sessions)
    assert (rate is None) == (sessions == 0)
    assert rate is None or rate >= 0


def test_every_state_is_reached_and_what_counts_was_sent():
    assert {*WAYS.values(), "draft"} == set(STATUSES)
    assert "draft" not in COUNTS
    assert "entered_in_error" not in COUNTS
    assert [one for one in SEVERITIES if is_grave(one)] == ["severe", "life_threatening", "death"]


def test_the_number_to_ring_is_that_of_the_country():
    assert (emergency_number("US"), emergency_number("GB"), emergency_number("DE")) == (
        "911", "999", "112",
    )  # fmt: skip


def test_areas_are_checked_with_their_sides():
    assert checked(Account(areas=(("CALF", "L"),))).areas
