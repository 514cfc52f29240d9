"""New times for many visits at once: no two of those preselected clash."""

from itertools import combinations

from hypothesis import given
from hypothesis import strategies as st

from clinic.scheduling.rules.hurt import CAUSES, Bid, assign, foremost

BIDS = st.builds(
    lambda therapist, place, client, at, minutes, before, after, kinds: Bid(
        therapist, place, client, at * 900, at * 900 + minutes * 60, before * 60, after * 60, kinds
    ),
    st.integers(1, 3),
    st.integers(1, 3),
    st.integers(1, 4),
    st.integers(0, 20),
    st.sampled_from((15, 60, 90)),
    st.sampled_from((0, 10)),
    st.sampled_from((0, 15)),
    st.frozensets(st.integers(1, 2), max_size=2),
)
MANY = st.lists(st.lists(BIDS, max_size=5), max_size=8)


def takes(bid: Bid, what: str) -> set[tuple[object, int]]:
    """Every minute of one thing that a bid takes."""
    first, last = bid.starts_s - bid.before_s, bid.ends_s + bid.after_s
    if what == "client":
        first, last = bid.starts_s, bid.ends_s
    names = bid.kinds if what == "kinds" else {getattr(bid, f"{what}_id")}
    return {(name, minute) for name in names for minute in range(first // 60, last // 60)}


@given(MANY)
def test_no_two_choices_take_one_thing_at_one_time(bids: list[list[Bid]]) -> None:
    chosen = [
        offered[number]
        for offered, number in zip(bids, assign(bids), strict=True)
        if number is not None
    ]
    for one, other in combinations(chosen, 2):
        for what in ("therapist", "place", "client", "kinds"):
            assert not takes(one, what) & takes(other, what)


@given(MANY)
def test_a_choice_is_passed_over_only_where_it_clashes(bids: list[list[Bid]]) -> None:
    taken: list[Bid] = []
    for offered, number in zip(bids, assign(bids), strict=True):
        for bid in offered[: len(offered) if number is None else number]:
            assert any(bid.clashes(other) for other in taken)
        if number is not None:
            taken.append(offered[number])


@given(BIDS, BIDS)
def test_a_clash_is_mutual_and_everything_clashes_with_itself(one: Bid, other: Bid) -> None:
    assert one.clashes(other) == other.clashes(one)
    assert one.clashes(one)


def test_a_visit_is_listed_under_what_weighs_most() -> None:
    assert foremost(reversed(CAUSES)) == "gone"
    assert foremost(["room_lacks", "hours"]) == "hours"
